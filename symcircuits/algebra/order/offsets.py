"""The least of an expression over a finite range of integers: the margin of a score over the offsets that occur.

>>> from sympy import Symbol
>>> k = Symbol("k", integer=True)
>>> margin = prove_gap_over(1 - cos(k), k, range(1, 63))
>>> margin.least.reached_at, margin.ties, margin.least.low.n(6)
((44,), (), 0.000156691)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mpmath import isfinite, mp, mpf, nstr
from sympy import Expr, Integer, Rational, Symbol, cos, pi, sin

from symcircuits.algebra.enclosures.enclosure import enclose
from symcircuits.algebra.prove import prove
from symcircuits.algebra.thresholds.isolation import fraction
from symcircuits.algebra.values import Exact, as_rational, exact
from symcircuits.algebra.verdict import Refuted, Undecided, Witness
from symcircuits.errors import AlgebraError, BadValue

PRECISIONS = (64, 256, 1024, 4096)
MAX_VALUES = 20_000


@dataclass(frozen=True)
class Least:
    """The least positive value: exactly ``value``, between the rationals ``low`` and ``high``, at ``reached_at``."""

    value: Expr
    low: Rational
    high: Rational
    reached_at: tuple[int, ...]


@dataclass(frozen=True)
class Margin:
    """No value over the range is negative: zero exactly at ``ties``, positive elsewhere, there with a ``least``.

    ``least`` is ``None`` where all values are ties. ``margin`` is 0 where there is a tie, else the least value.
    """

    least: Least | None
    ties: tuple[int, ...]

    @property
    def margin(self) -> Expr:
        """The least value over the whole range, exact."""
        return Integer(0) if self.ties or self.least is None else self.least.value

    @property
    def strict(self) -> bool:
        """Whether every value is positive."""
        return not self.ties


def prove_gap_over(
    expression: Exact, symbol: Symbol, values: Sequence[int], at: Mapping[Symbol, Exact] | None = None
) -> Margin | Refuted | Undecided:
    """Decide whether an expression is non-negative at every integer in ``values``, and where it is least.

    ``at`` gives exact numbers to the other symbols. Every value is decided by itself: by an enclosure that leaves out
    zero, or by a proof that it is zero, which makes a tie. A negative value is ``Refuted``, with the witness.

    Raises ``BadValue`` for an empty or too long range, for other things than integers in it, and for a symbol left
    without a number.
    """
    numbers = _checked(values)
    point = {name: exact(value) for name, value in (at or {}).items()}
    gap = exact(expression).xreplace(point)
    left = sorted(map(str, gap.free_symbols - {symbol}))
    if left:
        raise BadValue(f"expected an exact number for every symbol but {symbol}, got none for {', '.join(left)}")
    gaps = {k: _reduced(gap.xreplace({symbol: Integer(k)})) for k in numbers}
    ties: list[int] = []
    for k, value in gaps.items():
        sign = exact_sign(value)
        if sign is None:
            return Undecided(f"the sign at {symbol} = {k} is not settled")
        if sign < 0:
            return Refuted(_witness(value, symbol, k, point))
        ties += [k] if sign == 0 else []
    return _margin({k: value for k, value in gaps.items() if k not in set(ties)}, tuple(ties))


def _reduced(value: Expr) -> Expr:
    """The value with every cosine and sine of a fraction of pi brought to a cosine of at most a right angle."""
    waves = {wave: _first_quadrant(wave) for wave in value.atoms(cos, sin) if (wave.args[0] / pi).is_Rational}
    return value.xreplace(waves)


def _first_quadrant(wave: Expr) -> Expr:
    turns = wave.args[0] / pi
    turns = (turns if isinstance(wave, cos) else Rational(1, 2) - turns) % 2
    turns = min(turns, 2 - turns)
    return cos(pi * turns) if 2 * turns <= 1 else -cos(pi * (1 - turns))


def _checked(values: Sequence[int]) -> list[int]:
    numbers = list(values)
    if not numbers or len(numbers) > MAX_VALUES:
        raise BadValue(f"expected 1 to {MAX_VALUES} integers, got {len(numbers)}")
    for k in numbers:
        if not isinstance(k, int) or isinstance(k, bool):
            raise BadValue(f"expected integers, got {k!r}")
    return list(dict.fromkeys(numbers))


def exact_sign(number: Expr) -> int | None:
    """The sign of an exact real number: 1 or -1 by enclosure, 0 by proof; ``None`` where it is not settled."""
    for bits in PRECISIONS:
        try:
            value = enclose(number, {}, bits)
        except AlgebraError:
            continue
        sign = value.real_sign() if value.imaginary is None else 0
        if sign:
            return sign
        if bits == PRECISIONS[1] and prove(number, 0):
            return 0
    return 0 if prove(number, 0) else None


def _witness(value: Expr, symbol: Symbol, k: int, point: Mapping[Symbol, Expr]) -> Witness:
    middle = enclose(value, {}, PRECISIONS[1]).midpoint()[0]
    return Witness({**point, symbol: Integer(k)}, value, Integer(0), str(nstr(middle, 8)), "0.0")


def _margin(gaps: Mapping[int, Expr], ties: tuple[int, ...]) -> Margin | Undecided:
    if not gaps:
        return Margin(None, ties)
    candidates = dict(gaps)
    for bits in PRECISIONS:
        bounds = {k: _bounds(value, bits) for k, value in candidates.items()}
        lowest_high = min(high for _, high in bounds.values())
        candidates = {k: value for k, value in candidates.items() if bounds[k][0] <= lowest_high}
        first, *others = candidates
        if all(prove(candidates[first], candidates[other]) for other in others):
            low, high = (as_rational(fraction(end)) for end in bounds[first])
            least = Least(candidates[first], low, high, tuple(sorted(candidates)))
            return Margin(least, ties)
    return Undecided(f"the least of the values at {', '.join(map(str, candidates))} is not settled")


def _bounds(number: Expr, bits: int) -> tuple[mpf, mpf]:
    value = enclose(number, {}, bits)
    low, high = value.backend.bounds(value.real)
    return (low, high) if isfinite(low) and isfinite(high) else (mpf(0), mp.inf)
