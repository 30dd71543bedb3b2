"""Sums of exponentials over whole intervals, term by term: their derivatives need no rules, and nothing is compiled.

>>> from sympy import Symbol, exp
>>> from symcircuits.algebra.thresholds.exponentials import read_quotient
>>> x = Symbol("x", positive=True)
>>> falling = SumFunction(read_quotient(exp(-x) - 1, x)[0])
>>> falling.sign(Fraction(1), Fraction(9)), falling.sign(Fraction(0), Fraction(9)), falling.sign_at(Fraction(0))
(-1, 0, 0)
>>> falling.derivative().sum.expression()
-exp(-x)
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, TypeAlias

from mpmath import isfinite, mpf
from sympy import Expr, Rational

from symcircuits.algebra.enclosures.arithmetic import MAX_MAGNITUDE
from symcircuits.algebra.enclosures.balls import default_backend
from symcircuits.algebra.enclosures.enclosure import enclose_real
from symcircuits.algebra.enclosures.ranges import PRECISIONS, Ranged, Undefined, Work
from symcircuits.algebra.thresholds.exponentials import ExponentialSum, Key

# The polynomial of each rate, from its highest power down, with the rate; ``None`` is the rate zero.
_Enclosed: TypeAlias = list[tuple[Any, list[Any]]]


class SumFunction(Ranged):
    """A sum of exponentials with exact numbers in it; powers are whole and not negative, the grade is whole."""

    def __init__(self, total: ExponentialSum, work: Work | None = None) -> None:
        self.sum = total
        self._work = work or Work(1 << 40)
        self._enclosed: dict[int, _Enclosed] = {}
        self._derivative: SumFunction | None = None

    def over(self, low: Fraction, high: Fraction, bits: int = PRECISIONS[0]) -> tuple[mpf, mpf]:
        """Two bounds of the function over ``[low, high]``; raises ``Undefined`` where there are none."""
        backend = default_backend()
        self._work.spend((1 + 3 * len(self.sum.terms)) * (1 + bits // 512))
        with backend.precision(bits):
            x = _between(Fraction(low), Fraction(high))
            power = x if self.sum.grade == 1 else _between(*self._powers(low, high))
            total: Any = backend.rational(0, 1)
            for rate, coefficients in self._terms(bits):
                value = coefficients[0]
                for coefficient in coefficients[1:]:
                    value = value * x + coefficient
                total = total + (value if rate is None else value * _exponential(rate * power))
            ends = backend.bounds(total)
        if not (isfinite(ends[0]) and isfinite(ends[1])):
            raise Undefined("no bounds over this interval")
        return ends

    def derivative(self) -> SumFunction:
        """The derivative, on the same allowance of work."""
        if self._derivative is None:
            grade, terms = self.sum.grade, dict[Key, Expr]()
            for (power, rate), coefficient in self.sum.terms.items():
                for key, factor in (((power - 1, rate), power), ((power + grade - 1, rate), rate * grade)):
                    if factor != 0:
                        terms[key] = terms.get(key, Rational(0)) + coefficient * factor
            self._derivative = SumFunction(ExponentialSum(terms, self.sum.symbol, grade), self._work)
        return self._derivative

    def exactly_at(self, x: Rational) -> Expr:
        """The value at one point."""
        return self.sum.expression().xreplace({self.sum.symbol: x})

    def _powers(self, low: Fraction, high: Fraction) -> tuple[Fraction, Fraction]:
        """Between which numbers the power of the exponents lies."""
        grade = int(self.sum.grade)
        ends = sorted((Fraction(low) ** grade, Fraction(high) ** grade))
        return (min(ends[0], Fraction(0)), ends[1]) if low < 0 < high else (ends[0], ends[1])

    def _terms(self, bits: int) -> _Enclosed:
        if bits not in self._enclosed:
            by_rate: dict[Expr, dict[int, Expr]] = {}
            for (power, rate), coefficient in self.sum.terms.items():
                by_rate.setdefault(rate, {})[int(power)] = coefficient
            self._enclosed[bits] = [
                (None if rate == 0 else enclose_real(rate, bits).real, _from_the_highest(powers, bits))
                for rate, powers in by_rate.items()
            ]
        return self._enclosed[bits]


def _from_the_highest(powers: Mapping[int, Expr], bits: int) -> list[Any]:
    zero = default_backend().rational(0, 1)
    return [enclose_real(powers[k], bits).real if k in powers else zero for k in range(max(powers), -1, -1)]


def _between(low: Fraction, high: Fraction) -> Any:
    backend = default_backend()
    ends = [backend.rational(end.numerator, end.denominator) for end in (low, high)]
    return ends[0] if low == high else backend.hull(*ends)


def _exponential(x: Any) -> Any:
    backend = default_backend()
    if not backend.within(x, MAX_MAGNITUDE):
        raise Undefined("exp over this interval")
    return backend.apply("exp", x)
