"""The same scores of an exact model: symbols stay symbols, and no number is rounded.

A score without an exact form, such as one of eigenvalues that have none, is told as what it lacks; it is never guessed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial

from sympy import Expr, Integer, S, Symbol

from symcircuits.algebra import ExactMatrix, Factored
from symcircuits.analysis.composition import KINDS, Composition
from symcircuits.analysis.scores import Score
from symcircuits.circuit import Head, Transformer
from symcircuits.circuit.bind import bind_scalar
from symcircuits.circuit.scores import (
    composition_baseline,
    copying_score,
    k_composition,
    q_composition,
    v_composition,
)
from symcircuits.errors import AlgebraError, BadValue, UnboundSymbols

Place = tuple[int, int]
Values = Mapping[Symbol, Expr]
COMPOSITIONS = dict(zip(KINDS, (q_composition, k_composition, v_composition), strict=True))


def exact_scores(model: Transformer, head: Head, values: Values) -> dict[str, Score]:
    """Ranks and copying scores of a head, exact."""
    found: dict[str, Score] = {
        "rank_qk": _scored(lambda: Integer(qk_of(head).rank()), values),
        "rank_ov": _scored(lambda: Integer(head.W_OV.rank()), values),
        "copying_ov": _scored(lambda: copying_score(head.W_OV), values),
    }
    if model.W_U is not None:
        found["copying_full"] = _scored(lambda: copying_score(full_ov(model, head)), values)
    return found


def exact_singular_values(head: Head) -> dict[str, tuple[Expr, ...]]:
    """The singular values of the scaled ``W_QK`` and of ``W_OV``, by ``qk`` and ``ov``, where they have exact forms."""
    found: dict[str, tuple[Expr, ...]] = {}
    for name, matrix in (("qk", qk_of(head, scaled=True)), ("ov", head.W_OV)):
        try:
            found[name] = tuple(value for value in matrix.singular_values() if value is not S.Zero)
        except AlgebraError:
            continue
    return found


def exact_compositions(model: Transformer, values: Values) -> Iterator[Composition]:
    """The composition scores of all pairs, in the order of ``compositions``."""
    baseline = bind_scalar(composition_baseline(model.d_model), {})
    for layer, heads in enumerate(model.layers):
        for kind in KINDS if layer else ():
            for writer, first in model.placed():
                for head, second in enumerate(heads) if writer[0] < layer else ():
                    score = _scored(partial(COMPOSITIONS[kind], _plain(first), _plain(second)), values)
                    yield Composition(kind, writer, (layer, head), score, baseline)


def qk_of(head: Head, scaled: bool = False) -> Factored:
    """``W_QK`` of a head; with rotary positions that of a key in the query's own place."""
    found = head.W_QK_at(Integer(0))
    return Factored(found.left * head.scale, found.right) if scaled else found


def full_ov(model: Transformer, head: Head) -> ExactMatrix:
    """``W_U W_O W_V W_E``, ``[d_vocab, d_vocab]``. Raises ``BadValue`` without an unembedding."""
    if model.W_U is None:
        raise BadValue("the full OV circuit needs an unembedding")
    return model.W_U @ head.W_OV.left @ head.W_OV.right @ model.W_E


def full_qk(model: Transformer, head: Head) -> ExactMatrix:
    """``W_E^T W_QK W_E`` times the scale, ``[d_vocab, d_vocab]``, its rows the queries; with what ``b_Q`` adds."""
    queries = head.query(model.W_E)
    return queries.T @ (qk_of(head).right @ model.W_E) * head.scale


def _plain(head: Head) -> Head:
    """A head whose ``W_QK`` is that of the query's own place."""
    return head if head.rotary is None else replace(head, rotary=None)


def _scored(work: Callable[[], Expr], values: Values) -> Score:
    """The value of what is worked out, with its number where its symbols have some."""
    try:
        found = work()
    except BadValue as error:  # 0/0
        return Score.undefined(str(error))
    except AlgebraError as error:
        return Score.undefined(f"no exact form: {error}")
    try:
        return Score(bind_scalar(found, values), exact=found)
    except UnboundSymbols:
        return Score(None, exact=found)
