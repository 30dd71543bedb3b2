"""Weights that cannot be chosen: orders that no positive value of a symbol brings about at once.

The scores are linear in the symbol at given numbers, so each order that is wanted bounds it from one side. A
counterexample is one order that no positive value satisfies, or two that bound it from both sides and leave nothing.
Numbers say where to look; what is told is proved.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from sympy import Expr, Integer, Symbol

from symcircuits.algebra import Proved, Refuted, Witness, prove, prove_at_least, prove_positive
from symcircuits.behaviours import AvoidsSelf
from symcircuits.behaviours.content_scores import ContentScores, j
from symcircuits.circuit import Head
from symcircuits.errors import InputError
from symcircuits.grading.instances import TOKENS, Instance, bound, family, numbers, tokens
from symcircuits.symbols import m, n

_TRIES = 20
_CLEAR = 1e-6


@dataclass(frozen=True)
class Order:
    """``at + rate * weight`` is what the wanted key is ahead of another, by numbers."""

    at: float
    rate: float
    query: int
    wanted: int
    key: int


def find_no_interval(behaviour: AvoidsSelf, head: Head) -> Refuted | None:
    """Numbers and tokens for which no positive weight lets the other copies of a token win; none is looked for where
    there is another positive symbol to choose."""
    own = {symbol for weight in head.weights().values() for symbol in weight.free_symbols if symbol.is_positive}
    given = {symbol for block in head.stream.positions().values() for symbol in block.free_symbols}
    if own - given - {behaviour.weight}:
        return None
    for seed in range(_TRIES):
        try:
            found = _at(behaviour, head, seed)
        except InputError:
            return None
        if found is not None:
            return found
    return None


def _at(behaviour: AvoidsSelf, head: Head, seed: int) -> Refuted | None:
    scores = ContentScores(head, behaviour.content, behaviour.count)
    words = family(len(behaviour.content), scores.read(), seed)
    order = np.random.default_rng([seed, 3]).integers(0, len(words), TOKENS)
    contents = np.random.default_rng([seed, 1]).integers(-2, 3, size=(TOKENS, head.d_model)) * (seed % 2)
    contents[:, list(behaviour.content.places)] = [words[word] for word in order]
    values = {symbol: value for symbol, value in numbers(head, seed).items() if symbol != behaviour.weight}
    columns, held = tokens(head.stream, values, contents)
    tried = Instance(bound(head, values), columns, {}, values, held, frozenset(head.free_symbols & values.keys()))
    orders = list(_orders(tried, behaviour.weight, order))
    for some in _impossible(orders):
        found = _certified(tried, behaviour.weight, some)
        if found is not None:
            return found
    return None


def _orders(tried: Instance, weight: Symbol, words: NDArray[np.integer]) -> Iterator[Order]:
    """Every order that is wanted: a copy over the token itself, and over every other content."""
    one, two, three = (replace(tried, head=bound(tried.head, {weight: Integer(size)})).scores() for size in (1, 2, 3))
    if not np.allclose(three, 2 * two - one):
        return
    at, rate = 2 * one - two, two - one
    for query in range(TOKENS):
        copies = [key for key in range(query) if words[key] == words[query]]
        others = [key for key in range(query) if words[key] != words[query]]
        for copy in copies:
            for key in (query, *others):
                yield Order(at[query, copy] - at[query, key], rate[query, copy] - rate[query, key], query, copy, key)


def _impossible(orders: list[Order]) -> Iterator[tuple[Order, ...]]:
    """The orders that no positive weight satisfies, the clearest first."""
    alone = [one for one in orders if one.at <= _CLEAR and one.rate <= _CLEAR]
    for one in sorted(alone, key=lambda order: order.at + order.rate)[:2]:
        yield (one,)
    rising = [one for one in orders if one.rate > _CLEAR]
    falling = [one for one in orders if one.rate < -_CLEAR]
    if rising and falling:
        low, high = max(rising, key=_turn), min(falling, key=_turn)
        if _turn(low) > _turn(high) + _CLEAR:
            yield low, high


def _turn(order: Order) -> float:
    """The weight at which the order turns."""
    return -order.at / order.rate


def _certified(tried: Instance, weight: Symbol, orders: tuple[Order, ...]) -> Refuted | None:
    lines = [_line(tried, weight, order) for order in orders]
    if any(line is None for line in lines):
        return None
    exact = [line for line in lines if line is not None]
    first = orders[0]
    told = {n: Integer(first.query), m: Integer(first.wanted), j: Integer(first.key)}
    told |= tried.told(first.query, first.wanted, first.key)
    sides = tried.score(first.query, first.wanted), tried.score(first.query, first.key)
    if len(exact) == 1:
        ((at, rate),) = exact
        if all(isinstance(prove_at_least(0, part), Proved) for part in (at, rate)):
            return Refuted(Witness(told, *sides, str(sides[0]), str(sides[1])), "numbers, certified exactly")
        return None
    (at, rate), (other, falls) = exact
    crossed = prove_positive(rate), prove_positive(-falls), prove_at_least(at * falls, other * rate)
    if not all(isinstance(verdict, Proved) for verdict in crossed):
        return None
    low, high = ((-a / b).evalf(6) for a, b in exact)
    bounds = f"{weight} > {low} is needed", f"{weight} < {high} for n = {orders[1].query}, m = {orders[1].wanted}"
    return Refuted(Witness(told, *sides, *bounds), "two bounds, certified exactly")


def _line(tried: Instance, weight: Symbol, order: Order) -> tuple[Expr, Expr] | None:
    """By how much the wanted key is ahead, exactly: what it is without the weight, and the rate."""
    gap = tried.score(order.query, order.wanted) - tried.score(order.query, order.key)
    one, two = (gap.xreplace({weight: Integer(size)}) for size in (1, 2))
    at, rate = 2 * one - two, two - one
    return (at, rate) if isinstance(prove(gap, at + rate * weight), Proved) else None
