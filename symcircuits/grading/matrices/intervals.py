"""Weights that cannot be chosen: orders that no positive value of a symbol brings about at once.

The scores are linear in the symbol at given numbers, so each order that is wanted bounds it from one side. A
counterexample is one order that no positive value satisfies, or two that bound it from both sides and leave nothing.
Numbers say where to look; what is told is proved.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from sympy import Add, Expr, Integer, Rational, Symbol, cos

from symcircuits.algebra import ExactMatrix, Proved, Refuted, Witness, prove, prove_at_least, prove_positive
from symcircuits.behaviours import AvoidsSelf
from symcircuits.behaviours.content_scores import ContentScores, j
from symcircuits.circuit import Head
from symcircuits.grading.matrices.heads import head_of
from symcircuits.grading.matrices.instances import TOKENS, Instance, alike
from symcircuits.symbols import m, n
from symcircuits.typeset.text import text

_TRIES = 40
_CLEAR = 1e-6
_POWERS = (Integer(0), Integer(1), Integer(-1), Rational(1, 2), Rational(-1, 2), Integer(2), Integer(-2))


@dataclass(frozen=True)
class Order:
    """``at + rate * weight`` is what the wanted key is ahead of another, by numbers."""

    at: float
    rate: float
    query: int
    wanted: int
    key: int


def with_its_weight(behaviour: AvoidsSelf, head: Head) -> AvoidsSelf:
    """The behaviour with the one positive symbol that the writer has chosen to say how much the place counts."""
    chosen = _own(_without_sizes(head, behaviour.weight))
    return replace(behaviour, weight=min(chosen, key=str)) if len(chosen) == 1 else behaviour


def weighing_places(behaviour: AvoidsSelf, head: Head) -> tuple[Head, Expr]:
    """A head whose contents are without the weight and whose places go with its first power, and the power of the
    weight that this stands for: scores over what the contents go with are as ordered as they were. A head that is like
    that already stays, with 1, as does one in which both go with the same power."""
    if head.W_Q is None or head.W_K is None or head.is_turned:
        return head, Integer(1)
    weight = behaviour.weight
    of_contents, of_places = (_usual_power(weight, terms) for terms in _terms_of_scores(head))
    if of_contents == of_places:
        return head, Integer(1)
    power = of_places - of_contents
    weights = {"W_Q": head.W_Q, "W_K": head.W_K * weight**-of_contents}
    over = {weight: weight ** (1 / power)}
    return head_of({name: one.substitute(over) for name, one in weights.items()}, head.scale, head.rotary), power


def interval_told(behaviour: AvoidsSelf, head: Head, power: Expr) -> str:
    """The interval of the weight in which a head that has the behaviour has it, in a line of plain text; ``power`` is
    that of the weight with which its places go, and below 0 there is no upper end."""
    weight, gap = behaviour.interval(_without_sizes(head, behaviour.weight))
    least, own = "" if weight == 1 else f"{text(weight)} ", text(behaviour.weight ** abs(power))
    spread = "(greatest − least gap)"
    over = f"{own} > {spread} / {f'({least}d)' if least else 'd'}"
    bounds = over if power.is_negative else f"0 < {own} < {least}d / {spread}"
    differ = "where contents differ by d at least"
    return f"for {bounds}, {differ}, and the gap at token m is {text(_by_distance(gap))}"


def _terms_of_scores(head: Head) -> tuple[list[Expr], list[Expr]]:
    """The terms of the entries of ``W_QK`` that are of contents alone, and of positions alone."""
    terms: tuple[list[Expr], list[Expr]] = [], []
    places = _places(head)
    for (row, column), entry in head.W_QK.expand().entries.items():
        if (row in places) == (column in places):
            terms[row in places].extend(term for term in Add.make_args(entry.expand()) if not term.is_zero)
    return terms


def _usual_power(symbol: Symbol, terms: list[Expr]) -> Expr:
    """The rational power of a symbol that most of its terms have."""
    powers = Counter(power for term in terms if (power := term.as_coeff_exponent(symbol)[1]).is_Rational)
    return powers.most_common(1)[0][0] if powers else Integer(0)


def _places(head: Head) -> set[int]:
    """The places of the stream that are of a position."""
    return {place for name in head.stream.positions() for place in head.stream[name].places}


def _by_distance(gap: Expr) -> Expr:
    """A gap of squares of waves by the distance of two tokens, where it is proved to be that; else as it is."""
    squares = {wave: gap.expand().coeff(wave**2) for wave in gap.atoms(cos) if wave.args[0].has(n)}
    short = Add(*(size * (1 - cos(wave.args[0].xreplace({n: n - m}))) for wave, size in squares.items()))
    return short if isinstance(prove(gap, short), Proved) else gap


def _own(head: Head) -> set[Symbol]:
    """The positive symbols in the weights that are not of a position."""
    own = {symbol for weight in head.weights().values() for symbol in weight.free_symbols if symbol.is_positive}
    return own - {symbol for block in head.stream.positions().values() for symbol in block.free_symbols}


def find_no_interval(behaviour: AvoidsSelf, head: Head) -> Refuted | None:
    """Numbers and tokens for which no positive weight lets the other copies of a token win; none is looked for where
    there is another positive symbol to choose."""
    head = _without_sizes(head, behaviour.weight)
    if _own(head) - {behaviour.weight}:
        return None
    scores = ContentScores(head, behaviour.content, behaviour.count)
    for seed in range(_TRIES):
        found = _at(behaviour, scores, seed)
        if found is not None:
            return found
    return None


def has_no_interval(behaviour: AvoidsSelf, head: Head, seed: int) -> bool:
    """Whether, by numbers alone, no positive weight lets the other copies of a token win."""
    tried = _instance(behaviour, ContentScores(head, behaviour.content, behaviour.count), seed)
    return any(_impossible(list(_orders(tried, behaviour.weight))))


def _without_sizes(head: Head, weight: Symbol) -> Head:
    """The head with 1 for each positive symbol, other than the weight, that does no more than multiply its scores by
    a positive number: all of ``W_Q``, or all of ``W_K``."""
    weights = head.weights()
    for symbol in _own(head) - {weight}:
        ones = {name: matrix.substitute({symbol: Integer(1)}) for name, matrix in weights.items()}
        if all(_is_multiple(matrix, ones[name], symbol) for name, matrix in weights.items()):
            weights = ones
    return head_of(weights, head.scale, head.rotary)


def _is_multiple(matrix: ExactMatrix, one: ExactMatrix, symbol: Symbol) -> bool:
    """Whether a matrix is a power of this symbol times one without it."""
    return any(isinstance(prove(matrix, one * symbol**power), Proved) for power in _POWERS)


def _at(behaviour: AvoidsSelf, scores: ContentScores, seed: int) -> Refuted | None:
    tried, weight = _instance(behaviour, scores, seed), behaviour.weight
    unbounded = _unbounded(tried, weight, _not_compared(scores))
    if unbounded is not None:
        return unbounded
    for some in _impossible(list(_orders(tried, weight))):
        found = _certified(tried, behaviour.weight, some)
        if found is not None:
            return found
    return None


def _instance(behaviour: AvoidsSelf, scores: ContentScores, seed: int) -> Instance:
    """Tokens without a value of the weight; the other copies are wanted."""
    tried = alike(scores, seed)
    values = {symbol: value for symbol, value in tried.values.items() if symbol != behaviour.weight}
    return replace(tried, values=values, wanted={query: keys - {query} for query, keys in tried.wanted.items()})


def _not_compared(scores: ContentScores) -> list[int]:
    """The places of the stream in which a token may hold anything, contents that are compared left out."""
    stream = scores.head.stream
    taken = _places(scores.head) | {scores.content.places[i] for i in scores.read()}
    return [place for place in range(stream.d_model) if place not in taken]


def _unbounded(tried: Instance, weight: Symbol, places: list[int]) -> Refuted | None:
    """A witness where another content wins, for every weight, by what it holds in a direction that is not compared, or
    by what the query holds there."""
    sides = ((q, copy, key) for q in range(2, TOKENS) for copy in tried.wanted[q] for key in range(q))
    found = next((side for side in sides if side[2] not in tried.wanted[side[0]]), None)
    if found is None:
        return None
    query, copy, key = found
    for place in places:
        unit = ExactMatrix.from_entries((tried.head.d_model, 1), {(place, 0): Integer(1)}, tried.head.stream)
        none, by_key = Integer(0), tried.of(tried.column(query), unit, query, key)
        by_query = [tried.of(unit, tried.column(at), query, at) for at in (copy, key)]
        for holder, lifts, rises in ((key, none, by_key), (query, *by_query)):
            if not _has_one_sign(rises - lifts, weight):
                continue
            best, other = tried.score(query, copy), tried.score(query, key)
            more = (best - other + 1) / (rises - lifts)
            told = {n: Integer(query), m: Integer(copy), j: Integer(key), **tried.told(query, copy, key)}
            told[tried.head.stream.at(holder)[place, 0]] = tried.column(holder)[place, 0] + more
            sums = best + more * lifts, other + more * rises
            return Refuted(Witness(told, *sums, "the score of a copy", "1 more"), "unbounded")
    return None


def _has_one_sign(rate: Expr, weight: Symbol) -> bool:
    """Whether it is a number that is not zero, or the weight times one."""
    number = rate.xreplace({weight: Integer(1)})
    alike = any(isinstance(prove(rate, number * power), Proved) for power in (Integer(1), weight))
    return alike and any(isinstance(prove_positive(sign * number), Proved) for sign in (1, -1))


def _orders(tried: Instance, weight: Symbol) -> Iterator[Order]:
    """Every order that is wanted: a copy over the token itself, and over every other content."""
    one, two, three = (tried.scores({weight: Integer(size)}) for size in (1, 2, 3))
    if not np.allclose(three, 2 * two - one):
        return
    at, rate = 2 * one - two, two - one
    for query, copies in tried.wanted.items():
        for copy in copies:
            for key in set(range(query + 1)) - copies:
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
            return Refuted(
                Witness(told, *sides, str(sides[0].evalf(6)), str(sides[1].evalf(6))), "numbers, certified exactly"
            )
        return None
    (at, rate), (start, falls) = exact
    crossed = prove_positive(rate), prove_positive(-falls), prove_at_least(at * falls, start * rate)
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
