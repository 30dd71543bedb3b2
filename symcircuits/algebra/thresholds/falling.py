"""Sums of falling exponentials, ``sum_k exp(-x g(k))`` with every gap ``g(k) > 0``: the tail of a softmax row.

Such a sum falls strictly from the number of its terms to zero, so it comes down to a level at exactly one ``x``. Every
gap is enclosed once, and then each ``x`` that is asked about costs one exponential for each term.

>>> from sympy import Symbol, cos
>>> k = Symbol("k", integer=True)
>>> tail = FallingSum.of(1 - cos(k), k, (-1, *range(1, 7)))
>>> least = tail.least_scale(Rational(1, 9), digits=8)
>>> least, bool(tail.prove_least_scale(Rational(1, 9), least, digits=8))
(55165463/1000000, True)
>>> tail.prove_least_scale(Rational(1, 9), least + Rational(1, 10**6), digits=8).witness is None
False
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp as float_exp
from math import fsum
from math import log as float_log
from typing import Any

from mpmath import mpf, nstr
from sympy import Add, Expr, Function, Integer, Rational, S, Sum, Symbol, ceiling, cos, exp

from symcircuits.algebra.enclosures.balls import default_backend
from symcircuits.algebra.enclosures.enclosure import enclose
from symcircuits.algebra.prove import prove
from symcircuits.algebra.thresholds.isolation import Unsettled, fraction
from symcircuits.algebra.values import as_rational
from symcircuits.algebra.verdict import Proved, Refuted, Undecided, Verdict, Witness
from symcircuits.errors import BadValue, OutsideClass

BITS = 192
MAX_OFFSET = 10**6
MAX_STEPS = 200
NEIGHBOURS = 3  # last digits by which a float may be off
_X, _PLACE = Symbol("x", positive=True), Symbol("k", integer=True)


@dataclass(frozen=True, eq=False)
class FallingSum:
    """``sum_k exp(-x gap(k))`` over integers ``offsets``; ``gaps`` are positive enclosures, in the same order.

    Where the gaps have no common form, ``each`` holds them, and ``gap`` is only a name.
    """

    gap: Expr
    index: Symbol
    offsets: tuple[int, ...]
    gaps: tuple[Any, ...]
    each: tuple[Expr, ...] = ()

    @classmethod
    def of(cls, gap: Expr, index: Symbol, offsets: Sequence[int]) -> FallingSum:
        """The sum over different offsets; every other symbol of ``gap`` must have a number.

        Raises ``BadValue`` for no offsets or two that are the same, ``OutsideClass`` where a gap is not certainly
        positive: where a frequency comes back the sum does not fall to zero.
        """
        if not offsets or len(set(offsets)) < len(offsets):
            raise BadValue(f"expected different offsets, at least one, got {list(offsets)}")
        backend = default_backend()
        with backend.precision(BITS):
            found = tuple(_waves(gap, index, offsets) or _values(gap, index, offsets))
        for k, value in zip(offsets, found, strict=True):
            if not backend.bounds(value)[0] > 0:
                raise OutsideClass(f"the gap at {index} = {k} is not certainly positive")
        return cls(gap, index, tuple(offsets), found)

    @classmethod
    def of_values(cls, gaps: Sequence[Expr]) -> FallingSum:
        """The sum over gaps that are numbers. Raises as ``of`` does.

        >>> from sympy import sqrt
        >>> FallingSum.of_values([Integer(1), sqrt(2)]).least_scale(Rational(1, 9), digits=3)
        251/100
        """
        if not gaps:
            raise BadValue("expected at least one gap")
        found = tuple(_ball(gap) for gap in gaps)
        for gap, value in zip(gaps, found, strict=True):
            if not default_backend().bounds(value)[0] > 0:
                raise OutsideClass(f"the gap {gap} is not certainly positive")
        return cls(Function("g")(_PLACE), _PLACE, tuple(range(len(gaps))), found, tuple(gaps))

    def first(self, count: int) -> FallingSum:
        """The sum over the first offsets alone."""
        return FallingSum(self.gap, self.index, self.offsets[:count], self.gaps[:count], self.each[:count])

    def expression(self, x: Expr) -> Expr:
        """The sum at ``x``, exactly."""
        if self.each:
            return Add(*(exp(-x * gap) for gap in self.each))
        runs = [(k, k) for k in self.offsets]
        for place in range(len(runs) - 1, 0, -1):
            if runs[place - 1][1] + 1 == runs[place][0]:
                runs[place - 1 : place + 1] = [(runs[place - 1][0], runs[place][1])]
        return Add(*(Sum(exp(-x * self.gap), (self.index, low, high)) for low, high in runs))

    def least_gap_at(self) -> int:
        """The offset with the least gap, the first of two that are opposite and have the same gap.

        Raises ``Unsettled`` where others compete.
        """
        bounds = [default_backend().bounds(gap) for gap in self.gaps]
        place = min(range(len(bounds)), key=lambda i: bounds[i][1])
        rivals = [i for i, other in enumerate(bounds) if other[0] <= bounds[place][1] and i != place]
        opposite = all(self.offsets[i] == -self.offsets[place] for i in rivals)
        if rivals and not (opposite and prove(self.gap, self.gap.xreplace({self.index: -self.index}))):
            raise Unsettled("two offsets compete for the least gap")
        return self.offsets[min([place, *rivals])]

    def over(self, x: Rational) -> tuple[mpf, mpf]:
        """Two bounds of the sum at a positive ``x``."""
        backend = default_backend()
        with backend.precision(BITS):
            scale = backend.rational(-int(x.p), int(x.q))
            total = backend.rational(0, 1)
            for gap in self.gaps:
                total = total + backend.apply("exp", scale * gap)
        return backend.bounds(total)

    def least_scale(self, level: Rational, digits: int) -> Rational:
        """The least ``x`` with ``digits`` digits at which the sum is at most ``level``: it is, and at the decimal
        before it is certainly more.

        Raises ``OutsideClass`` for a level that is not between 0 and the number of terms, ``Unsettled`` where no
        decimal near the root is certain.
        """
        if not 0 < level < len(self.gaps):
            raise OutsideClass(f"expected a level between 0 and {len(self.gaps)}, got {level}")
        near = _rounded_up(Rational(self.near(float(level))), digits)
        unit = last_digit(near, digits)
        for steps in sorted(range(-NEIGHBOURS, NEIGHBOURS + 1), key=abs):
            tried = near + steps * unit
            if tried > 0 and isinstance(self.prove_least_scale(level, tried, digits), Proved):
                return tried
        raise Unsettled(f"no number with {digits} digits near {float(near):.6g} is certainly the least")

    def prove_least_scale(self, level: Rational, stated: Rational, digits: int) -> Verdict:
        """Whether the sum is at most ``level`` at ``stated``, and more than it one unit of the last digit before."""
        before = stated - last_digit(stated, digits)
        if not before > 0:
            return Undecided(f"expected a scale that is more than one unit of its last digit, got {stated}")
        verdicts = [_at_most(self, level, stated, holds=True), _at_most(self, level, before, holds=False)]
        return next((found for found in verdicts if not found), verdicts[0])

    def certainly_at_most(self, level: Rational, x: Rational) -> bool:
        """Whether the sum at a positive ``x`` is certainly at most this level."""
        return isinstance(_at_most(self, level, x, holds=True), Proved)

    def near(self, level: float) -> float:
        """The root in floats: Newton's steps for the logarithm of the sum, which is convex, from the left."""
        rates = [float(default_backend().bounds(gap)[0]) for gap in self.gaps]
        least, x = min(rates), 0.0
        for _ in range(MAX_STEPS):
            weights = [float_exp(-x * (rate - least)) for rate in rates]
            total = fsum(weights)
            excess = float_log(total) - x * least - float_log(level)
            step = excess * total / fsum(rate * weight for rate, weight in zip(rates, weights, strict=True))
            x += step
            if abs(step) <= 1e-15 * x:
                break
        return x


def _waves(gap: Expr, index: Symbol, offsets: Sequence[int]) -> list[Any]:
    """The values of ``c + sum_i c_i cos(a_i k)``, each number enclosed once; nothing for another expression."""
    backend, constant = default_backend(), Integer(0)
    waves: list[tuple[Any, Any]] = []
    for term in Add.make_args(gap.expand()):
        factor, wave = term.as_independent(index, as_Add=False)
        if wave is S.One:
            constant += factor
            continue
        angle, turned = wave.args[0].as_independent(index, as_Add=False) if isinstance(wave, cos) else (None, None)
        if turned != index or abs(max(offsets, key=abs)) > MAX_OFFSET:
            return []
        waves.append((_ball(factor), _ball(angle)))
    start = _ball(constant)
    values = []
    for k in offsets:
        turns, value = backend.rational(k, 1), start
        for factor, angle in waves:
            value = value + factor * backend.apply("cos", angle * turns)
        values.append(value)
    return values


def _values(gap: Expr, index: Symbol, offsets: Sequence[int]) -> list[Any]:
    """The values of any other expression."""
    return [_ball(gap.xreplace({index: Integer(k)})) for k in offsets]


def _ball(number: Expr) -> Any:
    value = enclose(number, {}, BITS)
    if value.imaginary is not None:
        raise OutsideClass(f"{number} is not real")
    return value.real


def last_digit(x: Rational, digits: int) -> Rational:
    """One unit of the last of the leading ``digits`` digits of a positive number.

    >>> last_digit(Rational(123456, 1000), 4)
    1/10
    """
    power = len(str(int(x))) if x >= 1 else 1 - len(str(int(1 / x)))
    power += 1 if x < 1 and Rational(10) ** power <= x else 0
    return Rational(10) ** (power - digits)


def prove_rounded(number: Expr, stated: Rational, digits: int, up: bool = True) -> Verdict:
    """Whether ``stated`` is a positive number rounded up to so many digits, or down.

    >>> from sympy import log
    >>> [bool(prove_rounded(log(2), Rational(stated, 10000), 4)) for stated in (6931, 6932, 6933)]
    [False, True, False]
    """
    value = enclose(number, {}, BITS)
    low, high = (as_rational(fraction(end)) for end in value.backend.bounds(value.real))
    unit = last_digit(stated, digits)
    before, after = (stated - unit, stated) if up else (stated, stated + unit)
    if before < low and high <= after:
        return Proved(METHOD)
    if high <= before or after < low:
        said = str(nstr(value.midpoint()[0], digits + 4))
        return Refuted(Witness({}, number, stated, said, str(stated)), METHOD)
    return Undecided(f"whether {stated} is the next decimal is not settled")


def rounded(number: Expr, digits: int, up: bool = True) -> Rational:
    """A positive number rounded up to so many digits, or down; ``prove_rounded`` certifies it.

    >>> from sympy import log
    >>> rounded(log(2), 4), rounded(log(2), 4, up=False)
    (1733/2500, 6931/10000)
    """
    low, _ = default_backend().bounds(enclose(number, {}, BITS).real)
    above = _rounded_up(as_rational(fraction(low)), digits)
    return above if up else above - last_digit(above, digits)


METHOD = "enclosures at two neighbouring decimals"


def _at_most(total: FallingSum, level: Rational, x: Rational, holds: bool) -> Verdict:
    """Whether the sum at ``x`` is at most the level, or more, as is stated."""
    low, high = (as_rational(fraction(end)) for end in total.over(x))
    if high <= level if holds else low > level:
        return Proved(METHOD)
    if low > level if holds else high <= level:
        said = str(nstr(total.over(x)[0], 15))
        return Refuted(Witness({_X: x}, total.expression(x), level, said, str(level)), METHOD)
    return Undecided(f"the sum at {x} is not separated from {level}")


def _rounded_up(x: Rational, digits: int) -> Rational:
    unit = last_digit(x, digits)
    return ceiling(x / unit) * unit
