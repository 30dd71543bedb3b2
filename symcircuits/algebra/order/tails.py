"""The sign that a sum of exponentials with exact numbers in it keeps from some point on.

The term that grows fastest is found by enclosures of the rates. Divided by it, every other term is a power times a
falling exponential, whose greatest value beyond a point is known; where these together stay below the leading
coefficient, the sign is that coefficient's for ever.

>>> from sympy import Symbol, exp
>>> from symcircuits.algebra.thresholds.exponentials import read_quotient
>>> x = Symbol("x", positive=True)
>>> (top, _) = read_quotient(exp(x) - 100 * x ** 2 * exp(x / 2), x)
>>> tail_sign(normalised(top), Fraction(4)), tail_sign(normalised(top), Fraction(64))
(0, 1)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any, TypeAlias

from mpmath import mp, mpf
from sympy import Expr, Integer

from symcircuits.algebra.enclosures.arithmetic import MAX_MAGNITUDE
from symcircuits.algebra.enclosures.balls import default_backend
from symcircuits.algebra.enclosures.enclosure import enclose_real
from symcircuits.algebra.prove import prove
from symcircuits.algebra.thresholds.exponentials import ExponentialSum, Key
from symcircuits.errors import OutsideClass

BITS = 256
Ends: TypeAlias = tuple[Any, mpf, mpf]


@dataclass(frozen=True)
class Tail:
    """A sum of exponentials times a positive factor, such that its leading term is ``leading x^power``.

    ``rest`` holds, for each other term, its power over the leading one, its rate and a bound of its coefficient.
    ``certain`` says whether the leading term is known to be the leading one, with a coefficient that is not zero.
    """

    sum: ExponentialSum
    leading: Any
    rest: tuple[tuple[int, Any, Any], ...]
    certain: bool


def normalised(total: ExponentialSum) -> Tail:
    """The sum with equal rates merged and vanishing terms left out, divided by its fastest-growing exponential.

    Coefficients and rates must be exact real numbers, powers and grade whole; raises ``OutsideClass`` for others, and
    for a sum that is identically zero.
    """
    enclosed = cache(_enclosed)  # each number once, and no longer than for this sum
    terms = _merged(total.terms, enclosed)
    if not terms:
        raise OutsideClass("the two sides are identically equal")
    if any(power.q > 1 for power in (total.grade, *(power for power, _ in terms))):
        raise OutsideClass("a power that is not whole")
    bounds = {rate: enclosed(rate)[1:] for _, rate in terms}
    first = max(bounds, key=lambda rate: bounds[rate][1])
    certain = all(bounds[rate][1] < bounds[first][0] for rate in bounds if rate != first)
    power = max(power for power, rate in terms if rate == first)
    lead, low, high = enclosed(terms[power, first])
    moved = ExponentialSum(terms, total.symbol, total.grade).shifted(Integer(0), -first)
    rest = tuple(
        (int(k - power), enclosed(rate)[0], _size(*enclosed(coefficient)))
        for (k, rate), coefficient in moved.terms.items()
        if (k, rate) != (power, 0)
    )
    return Tail(moved, lead, rest, certain and not low <= 0 <= high)


def tail_sign(tail: Tail, start: Fraction) -> int:
    """1 or -1 where the sum certainly has that sign throughout ``[start, oo)``, else 0; ``start`` is positive."""
    if not tail.certain:
        return 0
    backend = default_backend()
    with backend.precision(BITS):
        total: Any = backend.rational(0, 1)
        for power, rate, size in tail.rest:
            greatest = _greatest(power, rate, start, int(tail.sum.grade))
            if greatest is None:
                return 0
            total = total + size * greatest
        if backend.bounds(tail.leading - total)[0] > 0:
            return 1
        return -1 if backend.bounds(tail.leading + total)[1] < 0 else 0


def _greatest(power: int, rate: Any, start: Fraction, grade: int) -> Any:
    """The greatest value of ``x^power exp(rate x^grade)`` for x from ``start`` on, or ``None`` where it may rise."""
    backend = default_backend()
    exponent = rate * _ratio(start**grade)
    # With a rate that is not positive, it falls from where power + rate * grade * x^grade <= 0 on.
    turning = exponent * _ratio(Fraction(grade)) + _ratio(Fraction(power))
    if backend.bounds(rate)[1] > 0 or backend.bounds(turning)[1] > 0:
        return None
    if backend.bounds(exponent)[0] < -MAX_MAGNITUDE:
        exponent = backend.rational(-MAX_MAGNITUDE, 1)
    return _ratio(start**power) * backend.apply("exp", exponent)


def _ratio(x: Fraction) -> Any:
    return default_backend().rational(x.numerator, x.denominator)


def _size(value: Any, low: mpf, high: mpf) -> Any:
    """A number at least as large as the absolute value of one between ``low`` and ``high``."""
    return value if low >= 0 else -value if high <= 0 else default_backend().hull(value, -value)


def _merged(terms: Mapping[Key, Expr], enclosed: Callable[[Expr], Ends]) -> dict[Key, Expr]:
    """Terms whose rates are proved equal are added up; coefficients that are proved to be zero are left out."""
    bounds = {rate: enclosed(rate)[1:] for _, rate in terms}
    known: list[Expr] = []
    total: dict[Key, Expr] = {}
    for (power, rate), coefficient in sorted(terms.items(), key=lambda item: bounds[item[0][1]][0]):
        if known and rate != known[-1] and _overlap(bounds[rate], bounds[known[-1]]) and prove(rate, known[-1]):
            rate = known[-1]
        else:
            known.append(rate)
        total[power, rate] = total.get((power, rate), Integer(0)) + coefficient
    return {key: value for key, value in total.items() if not _vanishes(value, *enclosed(value)[1:])}


def _vanishes(coefficient: Expr, low: mpf, high: mpf) -> bool:
    return bool(low <= 0 <= high and prove(coefficient, 0))


def _overlap(a: tuple[mpf, mpf], b: tuple[mpf, mpf]) -> bool:
    return bool(a[0] <= b[1] and b[0] <= a[1])


def _enclosed(number: Expr) -> Ends:
    """An enclosure of a number, with its two ends."""
    value = enclose_real(number, BITS)
    low, high = value.backend.bounds(value.real)
    if not (mp.isfinite(low) and mp.isfinite(high)):
        raise OutsideClass(f"{number} has no bounds")
    return value.real, low, high
