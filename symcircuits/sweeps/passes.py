"""Sweeps by forward passes: the engine on bound weights, many points at a time, in any kind of floating point.

A point at which the engine cannot go on, since a score is no longer finite, has nan for all its quantities.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from functools import cache
from itertools import groupby
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from sympy import Expr, Integer, Symbol

from symcircuits.behaviours import FollowsRules, Predicts, Task
from symcircuits.behaviours.following.asked import Asked
from symcircuits.circuit import Transformer
from symcircuits.circuit.batches import HeadBatch, batched_symbols, bind_outer, in_kind
from symcircuits.circuit.bind import unembedding
from symcircuits.engine import TransformerArrays, causal_softmax, embed, forward, scores, streams
from symcircuits.errors import BadValue, InputError
from symcircuits.sweeps.cases import Case, task_at
from symcircuits.sweeps.closed import Evaluator, with_scores
from symcircuits.sweeps.points import Array, Points, count, filled_in, in_groups
from symcircuits.sweeps.quantities import ROWS, Part, Quantities, of_rows
from symcircuits.sweeps.weights import numeric_scores

Tokens: TypeAlias = NDArray[np.integer[Any]]
Values: TypeAlias = Mapping[Symbol, Expr]
Inside: TypeAlias = Callable[[Values, Points, Collection[Part]], Quantities]


def forward_evaluator(case: Case, dtype: str) -> Evaluator:
    """The engine on the weights of a case, in a kind of floating point. Raises ``BadValue`` for a mask that is not
    causal."""
    scores = numeric_scores(case.trial, case.scores, case.swept, dtype) if case.scores else None
    return with_scores(_of_runs(case, dtype) if case.runs else None, scores, "weights of the engine")


def _of_runs(case: Case, dtype: str) -> Evaluator:
    model, n_ctx = case.trial.model, case.trial.n_ctx
    if model is not None and model.mask != "causal":
        raise BadValue(f"{case.behaviour} is swept with a causal mask, got {model.mask}")
    shared, contexts = _shared(case), 1 if case.answers is None else len(case.answers.answers)
    if model is None:
        inside = _of_head(case, dtype)
    elif case.answers is not None:
        inside = _of_answers(case, model, dtype)
    elif isinstance(case.behaviour, FollowsRules):
        asked = case.behaviour.asked_of_each(case.trial)
        inside, contexts = _of_flags(case, model, asked, dtype), len(asked.tokens)
    else:
        inside = _of_pattern(case, model, dtype)

    def run(points: Points, parts: Collection[Part]) -> Quantities:
        def group(values: Values, rest: Points) -> Quantities:
            return _halving(lambda some: inside(values, some, parts), rest, parts)

        return in_groups(points, shared, group)

    return Evaluator(run, "forward passes of the engine, many points at a time", 5 * n_ctx * n_ctx * contexts)


def _shared(case: Case) -> set[Symbol]:
    """The swept symbols that points of one batch have in common: all but those of weights of heads and of scales."""
    heads, model = case.trial.heads, case.trial.model
    batched = set().union(*map(batched_symbols, heads))
    fixed = [head.free_symbols - batched_symbols(head) for head in heads]
    fixed += [block.free_symbols for head in heads if model is None for block in head.stream.positions().values()]
    if model is not None:
        matrices = (model.W_E, model.W_U, model.W_pos)
        fixed += [matrix.free_symbols for matrix in matrices if matrix is not None]
        fixed += [block.free_symbols for block in model.positions().values()]
    return set(case.swept) & (set().union(*fixed) | (set(case.swept) - batched))


def _of_head(case: Case, dtype: str) -> Inside:
    head = case.trial.heads[0]

    @cache
    def at(values: tuple[tuple[Symbol, Expr], ...], moving: tuple[Symbol, ...]) -> tuple[Task, Array, HeadBatch]:
        task = task_at(case, {**dict.fromkeys(case.swept, Integer(1)), **dict(values)})
        return task, task.x.astype(dtype), HeadBatch(head, filled_in(case.trial.values, dict(values)), moving)

    def inside(values: Values, points: Points, parts: Collection[Part]) -> Quantities:
        task, x, batch = at(tuple(values.items()), tuple(points))
        return of_scores(scores(x, batch.at(points, dtype)), task, parts)

    return inside


def _of_pattern(case: Case, model: Transformer, dtype: str) -> Inside:
    task, bound = task_at(case, dict.fromkeys(case.swept, Integer(1))), _binder(case, model, dtype)
    following = task.x[task.wanted[task.rows].argmax(axis=-1)]  # the token that a row of a repeated block predicts

    def inside(values: Values, points: Points, parts: Collection[Part]) -> Quantities:
        arrays = bound(values, points)
        read = streams(embed(task.x, arrays), arrays.layers[:-1])[-1]
        found = of_scores(scores(read, arrays.layers[-1][getattr(case.behaviour, "head", 0)]), task, parts)
        if "logit_leads" not in parts:
            return found
        logits = forward(read, arrays.layers[-1:])[..., task.rows, :] @ unembedding(arrays)
        return replace(found, logit_leads=_ahead(logits, following))

    return inside


def _of_answers(case: Case, model: Transformer, dtype: str) -> Inside:
    by_length, bound = _by_length(model, case.answers), _binder(case, model, dtype)

    def inside(values: Values, points: Points, parts: Collection[Part]) -> Quantities:
        arrays = bound(values, points)
        W_U, found = unembedding(arrays), []
        for tokens, right in by_length:
            x = embed(tokens[:, None, :], arrays)  # [contexts, 1, length, d_model]
            last = (forward(x, arrays.layers) @ W_U)[..., -1, :]  # -> [contexts, points, d_vocab]
            last = np.broadcast_to(last, (len(tokens), count(points), last.shape[-1]))
            found.append(_ahead(last.swapaxes(0, 1), right))
        return Quantities(leads=np.concatenate(found, axis=1))

    return inside


def _of_flags(case: Case, model: Transformer, asked: Asked, dtype: str) -> Inside:
    """The slack of flags after each sequence, as what is in the lead."""
    bound = _binder(case, model, dtype)

    def inside(values: Values, points: Points, parts: Collection[Part]) -> Quantities:
        arrays = bound(values, points)
        x = embed(asked.tokens[:, None, :], arrays)  # [sequences, 1, n_ctx, d_model]
        flags = forward(x, arrays.layers) @ unembedding(arrays)  # -> [sequences, points, n_ctx, d_vocab]
        slack = asked.slack(flags.swapaxes(0, 1).astype(float))
        return Quantities(leads=slack.reshape(len(slack), -1))

    return inside


def _ahead(logits: Array, right: Tokens) -> Array:
    """By how much the right token of each row is ahead of all others, ``[..., rows]``, of logits ``[..., rows,
    d_vocab]`` and tokens ``[rows]``."""
    logits = logits.astype(float)  # so that a difference of two large logits is no overflow
    is_right = np.arange(logits.shape[-1]) == right[:, None]
    mine, others = logits[..., is_right], np.where(is_right, -np.inf, logits).max(axis=-1)
    ahead: Array = mine - others
    return ahead


def _by_length(model: Transformer, predicts: Predicts | None) -> list[tuple[Tokens, Tokens]]:
    """The contexts of each length as tokens ``[contexts, length]``, with the right tokens ``[contexts]``."""
    answers = () if predicts is None else predicts.answers  # the shortest first
    found = []
    for _, some in groupby(answers, key=lambda answer: len(answer.context)):
        group = list(some)
        tokens = np.array([model.numbers(answer.context) for answer in group])
        found.append((tokens, np.array([model.numbers(answer.letter)[0] for answer in group])))
    return found


def _binder(case: Case, model: Transformer, dtype: str) -> Callable[[Values, Points], TransformerArrays]:
    """A function that binds a model: what all points share once, its heads at each point."""

    @cache
    def shared(values: tuple[tuple[Symbol, Expr], ...]) -> tuple[TransformerArrays, list[list[HeadBatch]]]:
        numbers = filled_in(case.trial.values, dict(values))
        outer = in_kind(bind_outer(model, case.trial.n_ctx, numbers), dtype)
        moving = [symbol for symbol in case.swept if symbol not in dict(values)]
        heads = [
            [HeadBatch(head, numbers, [s for s in moving if s in head.free_symbols]) for head in layer]
            for layer in model.layers
        ]
        return outer, heads

    def bound(values: Values, points: Points) -> TransformerArrays:
        outer, heads = shared(tuple(values.items()))
        layers = tuple(tuple(head.at(points, dtype) for head in layer) for layer in heads)
        return replace(outer, layers=layers)

    return bound


def of_scores(found: Array, task: Task, parts: Collection[Part]) -> Quantities:
    """The quantities of scores ``[points, n_ctx, n_ctx]`` by the softmax of the engine.

    Raises ``ValueError`` where a score that counts is not finite.
    """
    found = found if found.ndim == 3 else found[None]
    masses = leaks = None
    if {"masses", "leaks"} & set(parts):
        pattern = causal_softmax(found)  # which refuses scores that are not finite
        masses = task.masses(pattern) if "masses" in parts else None
        leaks = task.others(pattern) if "leaks" in parts else None
    elif not np.isfinite(found).all(where=np.tri(found.shape[-1], dtype=bool)):
        raise ValueError("scores must be finite where the query sees the key")
    return Quantities(masses, leaks, task.leads(found.astype(float)) if "leads" in parts else None)


def _halving(run: Callable[[Points], Quantities], points: Points, parts: Collection[Part]) -> Quantities:
    """Run all points together; where the engine refuses, each half, down to the points that it refuses."""
    size = count(points)
    try:
        with np.errstate(all="ignore"):
            return _broadcast(run(points), size)
    except InputError:
        raise
    except ValueError:
        if size == 1:
            return of_rows({part: np.full((1, 1), np.nan) for part in ROWS if part in parts})
    middle = size // 2
    halves = [
        _halving(run, {symbol: values[half] for symbol, values in points.items()}, parts)
        for half in (slice(None, middle), slice(middle, None))
    ]
    return of_rows({part: _stacked([half.part(part) for half in halves]) for part in ROWS if part in parts})


def _broadcast(found: Quantities, size: int) -> Quantities:
    rows = {part: getattr(found, part) for part in ROWS}
    return of_rows({part: np.broadcast_to(row, (size, row.shape[-1])) for part, row in rows.items() if row is not None})


def _stacked(halves: Sequence[Array]) -> Array:
    """Rows of points one below the other; a point without any has a single nan for all its rows."""
    width = max(half.shape[-1] for half in halves)
    return np.concatenate([np.broadcast_to(half, (len(half), width)) for half in halves])
