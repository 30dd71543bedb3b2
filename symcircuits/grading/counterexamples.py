"""Counterexamples found by numbers and certified exactly, where no proof says what is wrong with a head.

Numbers only say where to look: a counterexample counts when its two scores are exact values that are proved to be in
the wrong order.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from sympy import Expr, Integer, Rational, Symbol

from symcircuits import symbols
from symcircuits.algebra import Refuted, Witness, prove_at_least
from symcircuits.behaviours import AttendsTo
from symcircuits.circuit import Head
from symcircuits.circuit.bind import Array, bind_matrix, bind_stream
from symcircuits.errors import InputError
from symcircuits.grading.heads import head_of
from symcircuits.symbols import is_coordinate, m, n

_TOKENS = 16
_TRIES = 12
_CLEAR = 1e-6  # a gap worth certifying


def find_counterexample(behaviour: AttendsTo, head: Head) -> Refuted | None:
    """A query and a key with more than the wanted one has: at descending magnitudes, angles well apart, some contents.

    >>> from symcircuits.circuit import Residual, Sinusoids
    >>> position = Sinusoids(1)
    >>> stream = Residual(content=1, position=position)
    >>> head = Head(W_Q=stream.read(position), W_K=position.shift(1) @ stream.read(position))
    >>> find_counterexample(AttendsTo(0), head) is None
    False
    """
    for seed in range(_TRIES):
        values = _numbers(head, seed)
        contents = np.random.default_rng([seed, 1]).integers(-2, 3, size=(_TOKENS, head.d_model)) * float(seed % 3)
        try:
            scores = _scores(head, values, contents)
        except InputError:
            return None
        for query, key in _losses(scores, behaviour.offset):
            found = _certified(behaviour, head, values, contents, query, key)
            if found is not None:
                return found
    return None


def _numbers(head: Head, seed: int) -> dict[Symbol, Expr]:
    """Values of every symbol: magnitudes that descend, more or less steeply, and angles well apart."""
    chance = np.random.default_rng([seed, 0])
    steep = [Rational(9, 10), Rational(1, 2), Rational(1, 6)][seed % 3]
    free = head.free_symbols.union(*(block.free_symbols for block in head.stream.positions().values()))
    places = chance.permutation(64)
    values: dict[Symbol, Expr] = {}
    for symbol in sorted(free, key=lambda one: one.name):
        family, _, number = symbol.name.partition("_")
        if family == "lambda" and number.isdigit():
            values[symbol] = steep ** int(number)
        elif family == "alpha" and number.isdigit():
            # Steps of 0.41, each moved by less than half a step.
            values[symbol] = Rational(35 + 41 * int(places[int(number) % 64] % 7) + int(chance.integers(0, 18)), 100)
        else:
            values[symbol] = Integer(1) if symbol.is_positive else Rational(int(chance.integers(-5, 6)), 2)
    return values


def _scores(head: Head, values: Mapping[Symbol, Expr], contents: Array) -> Array:
    """The scores ``[queries, keys]`` over the scale, which is positive."""
    if head.W_Q is None or head.W_K is None:
        raise InputError("this head has no W_Q and W_K")
    x = bind_stream(head.stream, _TOKENS, values, contents)
    scores: Array = (x @ bind_matrix(head.W_Q, values).T) @ (x @ bind_matrix(head.W_K, values).T).T
    return scores


def _losses(scores: Array, offset: int) -> Iterator[tuple[int, int]]:
    """The worst few places where another key is clearly ahead of the wanted one."""
    gaps = [
        (scores[query, query + offset] - scores[query, key], query, key)
        for query in range(-offset, _TOKENS)
        for key in range(query + 1)
        if key != query + offset
    ]
    for gap, query, key in sorted(gaps)[:2]:
        if gap < -_CLEAR:
            yield query, key


def _certified(
    behaviour: AttendsTo, head: Head, values: Mapping[Symbol, Expr], contents: Array, query: int, key: int
) -> Refuted | None:
    columns, held = {}, {}
    for token in {query, key, query + behaviour.offset}:
        column = head.stream.at(token)
        mine = {
            symbol: Integer(int(contents[token, place]))
            for (place, _), symbol in column.entries.items()
            if isinstance(symbol, Symbol) and is_coordinate(symbol)
        }
        columns[token] = column.substitute({**values, **mine})
        held.update(mine)
    weights = {name: weight.substitute(dict(values)) for name, weight in head.weights().items()}
    bound = head_of(weights, Integer(1))
    best = bound.score(columns[query], columns[query + behaviour.offset])
    other = bound.score(columns[query], columns[key])
    verdict = prove_at_least(best, other)
    if not isinstance(verdict, Refuted):
        return None
    counted = {symbol: value for symbol, value in held.items() if value and _reads(head, symbol)}
    told = {**{n: Integer(query), m: Integer(key)}, **_used(head, values), **counted}
    found = verdict.witness
    return Refuted(Witness(told, best, other, found.left_value, found.right_value), "numbers, certified exactly")


def _used(head: Head, values: Mapping[Symbol, Expr]) -> dict[Symbol, Expr]:
    score = head.score(head.stream.at(n), head.stream.at(m)).free_symbols | head.free_symbols
    return {symbol: value for symbol, value in values.items() if symbol in score - {symbols.beta}}


def _reads(head: Head, symbol: Symbol) -> bool:
    """Whether a head reads the direction that a coordinate is held in."""
    prefix = symbol.name.partition("^")[0]
    score = head.score(head.stream.at(n), head.stream.at(m)).free_symbols
    return any(one.name.partition("^")[0] == prefix for one in score)
