"""The zeros of a difference on an interval that may be unbounded, and its sign between them.

A sum of exponentials is divided by its fastest-growing one first; its tail, and the sign of its denominator, are
proved apart. Anything else is taken as it stands, on bounded intervals.

>>> from sympy import Symbol, exp
>>> from symcircuits.algebra.enclosures.ranges import Work
>>> x = Symbol("x", positive=True)
>>> found = sign_changes(x * exp(-x) - exp(-2), x, Fraction(0), None, 8, Work(10 ** 6))
>>> found.signs, [round(float(low), 6) for low, high in found.zeros]
((-1, 1, -1), [0.158594, 3.146193])
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import lcm

from sympy import Dummy, Expr, Rational, Symbol

from symcircuits.algebra.enclosures.ranges import Ranged, RealFunction, Work
from symcircuits.algebra.order.tails import Tail, normalised, tail_sign
from symcircuits.algebra.thresholds.exponentials import ExponentialSum, read_quotient
from symcircuits.algebra.thresholds.isolation import Crossing, Part, constant_sign, parts
from symcircuits.algebra.thresholds.narrowing import narrowed
from symcircuits.algebra.thresholds.sum_function import SumFunction
from symcircuits.algebra.values import as_fraction, as_rational
from symcircuits.errors import OutsideClass

MAX_DOUBLINGS = 48


@dataclass(frozen=True)
class SignChanges:
    """``zeros`` in rising order, each between two rationals; ``signs`` before, between and after them."""

    zeros: tuple[tuple[Rational, Rational], ...]
    signs: tuple[int, ...]
    method: str


def sign_changes(
    difference: Expr, symbol: Symbol, low: Fraction, high: Fraction | None, digits: int, work: Work
) -> SignChanges:
    """The zeros strictly between ``low`` and ``high`` (``None``: no upper end), to ``digits`` digits.

    Raises ``OutsideClass`` or ``Unsettled`` where a sign is not settled, ``BudgetSpent`` past the allowance of work.
    """
    try:
        top, bottom = read_quotient(difference, symbol)
        return _of_exponentials(top, bottom, low, high, digits, work)
    except OutsideClass as error:
        if high is None:
            raise OutsideClass(f"the sign beyond every bound is not proved: {error}") from None
    return _told(RealFunction(difference, symbol, work), _Range(low, high), 1, digits)


def _of_exponentials(
    top: ExponentialSum, bottom: ExponentialSum, low: Fraction, high: Fraction | None, digits: int, work: Work
) -> SignChanges:
    root = _root(top, bottom)
    if low < 0 and (root > 1 or min(power for power, _ in [*top.terms, *bottom.terms]) < 0):
        raise OutsideClass("a root or a negative power of a symbol that may be negative")
    tails = [normalised(_in_root(total, root, low >= 0)) for total in (top, bottom)]
    start = low if root == 1 else _root_of_rational(low, root)
    end = _end_of(tails, start) if high is None else _root_of_rational(high, root)
    above, below = (SumFunction(tail.sum, work) for tail in tails)
    sign = constant_sign(below, start, end)
    if not sign:
        raise OutsideClass("a denominator changes its sign, or touches zero")
    return _told(above, _Range(start, end, root), sign, digits)


def _root(top: ExponentialSum, bottom: ExponentialSum) -> int:
    """The least q such that in terms of the q-th root of the symbol all powers are whole."""
    powers = [power for power, _ in [*top.terms, *bottom.terms]] + [top.grade]
    return lcm(*(int(power.q) for power in powers))


def _in_root(total: ExponentialSum, root: int, positive: bool) -> ExponentialSum:
    """The sum in terms of the root of the symbol, times a power of it that leaves no negative ones."""
    terms = {(power * root, rate): value for (power, rate), value in total.terms.items()}
    symbol = Dummy("y", positive=True) if positive else Dummy("y", real=True)
    shift = -min(power for power, _ in terms) if positive and terms else Rational(0)
    return ExponentialSum(terms, symbol, total.grade * root).shifted(shift, Rational(0))


def _root_of_rational(x: Fraction, root: int) -> Fraction:
    if root == 1 or x == 0:
        return x
    value = as_rational(x) ** Rational(1, root)
    if not isinstance(value, Rational):
        raise OutsideClass(f"the end {x} has no rational root of order {root}")
    return as_fraction(value)


def _end_of(tails: list[Tail], start: Fraction) -> Fraction:
    """A point from which on no sum changes its sign any more."""
    end = Fraction(1)
    for _ in range(MAX_DOUBLINGS):
        if end > start and all(tail_sign(tail, end) for tail in tails):
            return end
        end *= 2
    raise OutsideClass("no bound is found beyond which the sign stays")


@dataclass(frozen=True)
class _Range:
    """The interval asked about, in terms of the root of order ``root`` of the symbol."""

    low: Fraction
    high: Fraction
    root: int = 1


def _told(function: Ranged, over: _Range, sign: int, digits: int) -> SignChanges:
    found = parts(function, over.low, over.high)
    inner = [part for part in found if isinstance(part, Crossing) and part.low < over.high and part.high > over.low]
    if not inner:
        first = next(part.sign for part in found if isinstance(part, Part))
        return SignChanges((), (sign * first,), "enclosures over intervals")
    fine = [narrowed(function, crossing, digits + over.root.bit_length()) for crossing in inner]
    signs = [-inner[0].direction, *(crossing.direction for crossing in inner)]
    zeros = tuple((_power(crossing.low, over.root), _power(crossing.high, over.root)) for crossing in fine)
    return SignChanges(zeros, tuple(sign * s for s in signs), "zeros isolated by enclosures over intervals")


def _power(x: Fraction, exponent: int) -> Rational:
    return as_rational(x**exponent)
