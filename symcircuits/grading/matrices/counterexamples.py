"""Counterexamples found by numbers and certified exactly, where no proof says what is wrong with a circuit.

Numbers only say where to look: a counterexample counts when its two scores are exact values that are proved to be in
the wrong order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import lru_cache, partial

import numpy as np
from sympy import Expr, Integer, Rational, Symbol

from symcircuits.algebra import Proved, Refuted, Witness, prove, prove_at_least
from symcircuits.algebra.enclosures.witness import obeys_assumptions
from symcircuits.algebra.verdict import tied
from symcircuits.behaviours import (
    AttendsAfterPrevious,
    AttendsTo,
    AttendsToSame,
    AvoidsSelf,
    Behaviour,
    InducesOnContents,
    Predicts,
    TellsPair,
)
from symcircuits.behaviours.content_scores import ContentScores, is_no_projection
from symcircuits.circuit import Head, Residual, Transformer
from symcircuits.circuit.numbered import substituted
from symcircuits.errors import InputError
from symcircuits.grading.matrices.contents import of_one_norm, projection_of, reflected
from symcircuits.grading.matrices.instances import Instance, alike, attending, pointed, repeating
from symcircuits.grading.matrices.intervals import find_no_interval, has_no_interval
from symcircuits.symbols import m, n

_TRIES = 120
_GLANCES = 4
_CLEAR = 1e-6  # a gap worth certifying
_NUMBERS = (Integer(1), Rational(1, 10_000), Integer(10_000), Integer(-1), Integer(0))  # for other symbols


def find_counterexample(behaviour: Behaviour, circuit: Head | Transformer) -> Refuted | None:
    """A query and a key with more than the wanted one has: at descending magnitudes, angles well apart, some contents.

    >>> from symcircuits.circuit import Residual, Sinusoids
    >>> position = Sinusoids(1)
    >>> stream = Residual(content=1, position=position)
    >>> head = Head(W_Q=stream.read(position), W_K=position.shift(1) @ stream.read(position))
    >>> find_counterexample(AttendsTo(0), head) is None
    False
    """
    try:
        return _found(behaviour, circuit)
    except InputError:
        return None


def _found(behaviour: Behaviour, circuit: Head | Transformer) -> Refuted | None:
    if isinstance(behaviour, Predicts | TellsPair) and isinstance(circuit, Transformer):
        return _with_numbers(behaviour, circuit)
    if isinstance(circuit, Transformer):
        return _of_two_heads(behaviour, circuit) if isinstance(behaviour, InducesOnContents) else None
    if isinstance(behaviour, AvoidsSelf):
        return find_no_interval(behaviour, circuit)
    if isinstance(behaviour, AttendsToSame):
        return _of_contents(ContentScores(circuit, behaviour.content, behaviour.count))
    if isinstance(behaviour, AttendsTo):
        return _search(partial(attending, behaviour, circuit))
    if isinstance(behaviour, AttendsAfterPrevious):
        return _search(partial(pointed, behaviour, circuit))
    return None


def _with_numbers(behaviour: Predicts | TellsPair, model: Transformer) -> Refuted | None:
    """Where a model is wrong with one number for all symbols but that of the behaviour."""
    between = behaviour.between if isinstance(behaviour, Predicts) else None
    kept = {between.symbol} if between else set()
    others = sorted(model.free_symbols - kept, key=str)
    verdict = behaviour.prove_on(model)
    if isinstance(verdict, Refuted):
        return verdict
    for number in _NUMBERS if others else ():
        values = {
            symbol: value
            for symbol in others
            if (value := next((one for one in (number, *_NUMBERS) if obeys_assumptions(symbol, one)), None)) is not None
        }
        verdict = behaviour.prove_on(substituted(model, values))
        if isinstance(verdict, Refuted):
            found = verdict.witness
            return Refuted(replace(found, bindings={**found.bindings, **values}), verdict.method)
    return None


def _of_contents(scores: ContentScores) -> Refuted | None:
    refuted = scores.too_few_or_many()
    return _search(partial(alike, scores)) if refuted is None else refuted


def _of_two_heads(behaviour: InducesOnContents, model: Transformer) -> Refuted | None:
    """A counterexample to what the first head attends to, or to what the second does behind an ideal first one."""
    looks = behaviour.emptied(behaviour.heads(model)[0])
    if not isinstance(AttendsTo(-1).prove_on(looks), Proved):
        found = _search(partial(attending, AttendsTo(-1), looks))
        if found is not None:
            return found
    instance = _behind_an_ideal_head(behaviour, model)
    return None if instance is None else _search(instance)


def _behind_an_ideal_head(behaviour: InducesOnContents, model: Transformer) -> Callable[[int], Instance] | None:
    """None where it is not known which contents have one norm in the dimensions that are compared."""
    form, size = behaviour.form(*behaviour.heads(model)), len(behaviour.content)
    read = sorted({place for entry in form.entries for place in entry}) or list(range(size))
    if len(read) > (rank := form.rank()) > 0 and not is_no_projection(form, rank):
        projection = projection_of(form, rank)
        return (
            None if projection is None else partial(repeating, behaviour, model, read, partial(reflected, projection))
        )
    return partial(repeating, behaviour, model, read, partial(of_one_norm, size, read))


def loses(behaviour: Behaviour, circuit: Head | Transformer) -> bool:
    """Whether, by numbers alone, a circuit clearly lacks a behaviour: no proof of it is worth a try.

    >>> from symcircuits.circuit import Residual, Sinusoids
    >>> stream = Residual(position=Sinusoids(1))
    >>> head = Head(W_Q=stream.read("position"), W_K=stream.read("position"))
    >>> loses(AttendsTo(0), head), loses(AttendsTo(-1), head)
    (False, True)
    """
    try:
        if isinstance(behaviour, AvoidsSelf) and isinstance(circuit, Head):
            return any(has_no_interval(behaviour, circuit, seed) for seed in range(_GLANCES))
        if isinstance(behaviour, InducesOnContents) and isinstance(circuit, Transformer):
            looks = behaviour.emptied(behaviour.heads(circuit)[0])
            if _does_not_look_back(looks, looks.stream):
                return True
        instance = _instance(behaviour, circuit)
        return instance is not None and _glanced(instance)
    except InputError:
        return False


def _instance(behaviour: Behaviour, circuit: Head | Transformer) -> Callable[[int], Instance] | None:
    """What a behaviour can be looked at by; of two heads only the second, behind an ideal first one."""
    if isinstance(circuit, Transformer):
        return _behind_an_ideal_head(behaviour, circuit) if isinstance(behaviour, InducesOnContents) else None
    if isinstance(behaviour, AttendsTo):
        return partial(attending, behaviour, circuit)
    if isinstance(behaviour, AttendsAfterPrevious):
        return partial(pointed, behaviour, circuit)
    if isinstance(behaviour, AttendsToSame):
        return partial(alike, ContentScores(circuit, behaviour.content, behaviour.count))
    return None


@lru_cache(maxsize=64)
def _does_not_look_back(head: Head, stream: Residual) -> bool:
    """Whether a head clearly does not attend to the previous token. Most changes of two heads leave this one as it is;
    heads of different streams may be equal."""
    return _glanced(partial(attending, AttendsTo(-1), head))


def _glanced(instance: Callable[[int], Instance]) -> bool:
    return any(_behind(instance(seed)) for seed in range(_GLANCES))


def _behind(tried: Instance) -> bool:
    """Whether a wanted key is clearly behind another, or not clearly ahead where it must be."""
    scores, least = tried.scores(), _CLEAR if tried.strict else -_CLEAR
    rows = ((scores[query, : query + 1], list(keys)) for query, keys in tried.wanted.items())
    return any(row[keys].min() - np.delete(row, keys).max(initial=-np.inf) < least for row, keys in rows)


def _search(instance: Callable[[int], Instance]) -> Refuted | None:
    for seed in range(_TRIES):
        tried = instance(seed)
        for query, wanted, key in _losses(tried):
            found = _certified(tried, query, wanted, key)
            if found is not None:
                return found
    return None


def _losses(tried: Instance) -> Iterator[tuple[int, int, int]]:
    """The worst few places where another key is ahead of a wanted one, clearly, or where it may tie and must not."""
    scores = tried.scores()
    gaps = [
        (scores[query, wanted] - scores[query, key], query, wanted, key)
        for query, keys in tried.wanted.items()
        for wanted in keys
        for key in range(query + 1)
        if key not in keys
    ]
    for gap, query, wanted, key in sorted(gaps)[:2]:
        if gap < (_CLEAR if tried.strict else -_CLEAR):
            yield query, wanted, key


def _certified(tried: Instance, query: int, wanted: int, key: int) -> Refuted | None:
    best, other = tried.score(query, wanted), tried.score(query, key)
    told: dict[Symbol, Expr] = {n: Integer(query), m: Integer(key), **tried.told(query, wanted, key)}
    verdict = prove_at_least(best, other)
    if isinstance(verdict, Refuted):
        found = verdict.witness
        return Refuted(Witness(told, best, other, found.left_value, found.right_value), "numbers, certified exactly")
    if tried.strict and isinstance(prove(best, other), Proved):
        return tied(told, best, other)
    return None
