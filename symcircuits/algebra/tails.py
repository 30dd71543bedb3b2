"""The sign that a sum of exponentials with exact numbers in it keeps from some point on.

The term that grows fastest is found by enclosures of the rates. Divided by it, every other term is a power times a
falling exponential, whose greatest value beyond a point is known; where these together stay below the leading
coefficient, the sign is that coefficient's for ever.

>>> from sympy import Symbol, exp
>>> from symcircuits.algebra.exponentials import read_quotient
>>> x = Symbol("x", positive=True)
>>> (top, _) = read_quotient(exp(x) - 100 * x ** 2 * exp(x / 2), x)
>>> tail_sign(normalised(top), Fraction(4)), tail_sign(normalised(top), Fraction(64))
(0, 1)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from mpmath import mp, mpf
from sympy import Expr, Integer, Rational, Symbol

from symcircuits.algebra.balls import default_backend
from symcircuits.algebra.enclosure import MAX_MAGNITUDE, enclose
from symcircuits.algebra.exponentials import ExponentialSum, Key
from symcircuits.algebra.prove import prove
from symcircuits.errors import OutsideClass

BITS = 256


@dataclass(frozen=True)
class Tail:
    """A sum of exponentials times a positive factor, such that its leading term is a number.

    ``certain`` says whether the leading term is known to be the leading one, with a coefficient that is not zero.
    """

    sum: ExponentialSum
    leading: Key
    certain: bool


def normalised(total: ExponentialSum) -> Tail:
    """The sum with equal rates merged and vanishing terms left out, divided by its fastest-growing exponential.

    Coefficients and rates must be exact real numbers; raises ``OutsideClass`` for others, and for a sum that is
    identically zero.
    """
    terms = _merged(total.terms)
    if not terms:
        raise OutsideClass("the two sides are identically equal")
    rates = sorted({rate for _, rate in terms}, key=lambda rate: _bounds(rate)[1])
    first = rates[-1]
    certain = all(_bounds(rate)[1] < _bounds(first)[0] for rate in rates[:-1])
    power = max(power for power, rate in terms if rate == first)
    low, high = _bounds(terms[power, first])
    moved = ExponentialSum(terms, total.symbol, total.grade).shifted(Integer(0), -first)
    return Tail(moved, (power, Integer(0)), certain and not low <= 0 <= high)


def tail_sign(tail: Tail, start: Fraction) -> int:
    """1 or -1 where the sum certainly has that sign throughout ``[start, oo)``, else 0; ``start`` is positive."""
    if not tail.certain:
        return 0
    backend = default_backend()
    lead = tail.sum.terms[tail.leading]
    with backend.precision(BITS):
        rest: Any = backend.rational(0, 1)
        for key, coefficient in tail.sum.terms.items():
            if key == tail.leading:
                continue
            greatest = _greatest(tail, key, start)
            if greatest is None:
                return 0
            rest = rest + _size(coefficient) * greatest
        value = enclose(lead, {}, BITS, backend).real
        if backend.bounds(value - rest)[0] > 0:
            return 1
        return -1 if backend.bounds(value + rest)[1] < 0 else 0


def _greatest(tail: Tail, key: Key, start: Fraction) -> Any:
    """The greatest value of ``x^power exp(rate x^grade)`` over the leading power, for x from ``start`` on."""
    backend = default_backend()
    point: Mapping[Symbol, Expr] = {tail.sum.symbol: Rational(start.numerator, start.denominator)}
    power, rate = key[0] - tail.leading[0], key[1]
    if rate == 0:
        falls = power <= 0
    else:
        # x^power exp(rate x^grade) falls once power + rate * grade * x^grade <= 0.
        turning = power + rate * tail.sum.grade * tail.sum.symbol**tail.sum.grade
        falls = backend.bounds(enclose(turning, point, BITS, backend).real)[1] <= 0
    exponent = enclose(rate * tail.sum.symbol**tail.sum.grade, point, BITS, backend).real
    if not falls:
        return None
    if backend.bounds(exponent)[0] < -MAX_MAGNITUDE:
        exponent = backend.rational(-MAX_MAGNITUDE, 1)
    return enclose(tail.sum.symbol**power, point, BITS, backend).real * backend.apply("exp", exponent)


def _size(coefficient: Expr) -> Any:
    """A number at least as large as the coefficient's absolute value."""
    backend = default_backend()
    value = enclose(coefficient, {}, BITS, backend).real
    low, high = backend.bounds(value)
    return value if low >= 0 else -value if high <= 0 else backend.hull(value, -value)


def _merged(terms: Mapping[Key, Expr]) -> dict[Key, Expr]:
    """Terms whose rates are proved equal are added up; coefficients that are proved to be zero are left out."""
    known: list[Expr] = []
    total: dict[Key, Expr] = {}
    for (power, rate), coefficient in sorted(terms.items(), key=lambda item: _bounds(item[0][1])[0]):
        if known and rate != known[-1] and _overlap(rate, known[-1]) and prove(rate, known[-1]):
            rate = known[-1]
        else:
            known.append(rate)
        total[power, rate] = total.get((power, rate), Integer(0)) + coefficient
    return {key: coefficient for key, coefficient in total.items() if not _vanishes(coefficient)}


def _vanishes(coefficient: Expr) -> bool:
    low, high = _bounds(coefficient)
    return bool(low <= 0 <= high and prove(coefficient, 0))


def _overlap(a: Expr, b: Expr) -> bool:
    (low_a, high_a), (low_b, high_b) = _bounds(a), _bounds(b)
    return bool(low_a <= high_b and low_b <= high_a)


def _bounds(number: Expr) -> tuple[mpf, mpf]:
    value = enclose(number, {}, BITS)
    if value.imaginary is not None:
        raise OutsideClass(f"{number} is not real")
    low, high = value.backend.bounds(value.real)
    if not (mp.isfinite(low) and mp.isfinite(high)):
        raise OutsideClass(f"{number} has no bounds")
    return low, high
