"""The zeros of a real function on an interval, isolated rigorously: where its sign is constant, and where it changes.

An interval is halved until on each part either the function has one sign throughout, or its derivative has, so that
the signs at the two ends decide. Zeros are then narrowed by interval Newton steps, halving where these do not help.

>>> from sympy import Symbol
>>> from symcircuits.algebra.enclosures.ranges import RealFunction
>>> x = Symbol("x", positive=True)
>>> f = RealFunction(x ** 2 - 2, x)
>>> before, crossing = parts(f, Fraction(0), Fraction(2))
>>> before.sign, crossing.direction
(-1, 1)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from mpmath import mpf

from symcircuits.algebra.enclosures.ranges import PRECISIONS, Ranged, Undefined
from symcircuits.errors import AlgebraError

MAX_HALVINGS = 60
MAX_ORDER = 4
MAX_SHIFT = 24
FINE = 20


class Unsettled(AlgebraError):
    """An interval on which the sign of a function could not be settled."""


@dataclass(frozen=True)
class Part:
    """Between ``low`` and ``high``, the ends left out, a function has one ``sign`` (1 or -1) throughout."""

    low: Fraction
    high: Fraction
    sign: int


@dataclass(frozen=True)
class Crossing:
    """Between ``low`` and ``high`` a function has exactly one zero and its derivative is not zero.

    At the ends it has certain, opposite signs: ``-direction`` at ``low``, ``direction`` at ``high``. Where both ends
    are the same number, that is the zero.
    """

    low: Fraction
    high: Fraction
    direction: int


def parts(function: Ranged, low: Fraction, high: Fraction) -> list[Part | Crossing]:
    """The parts of ``[low, high]`` in order, each zero a crossing between two parts.

    Raises ``Unsettled`` where neither sign nor derivative can be settled (a zero that is not crossed, say),
    ``BudgetSpent`` past the allowance of work.
    """
    slope = function.derivative()
    found: list[Part | Crossing] = []
    first = _after_zero(function, low, high)
    if first is not None:
        # No crossing is told at the end: it belongs to nobody, since the ends are left out.
        found.append(first)
        low = first.high
    for part in _explore(function, slope, low, high, MAX_HALVINGS):
        _append(found, part)
    return found


def constant_sign(function: Ranged, low: Fraction, high: Fraction) -> int:
    """The sign that a function has throughout the open interval, or 0 where it changes; raises as ``parts`` does."""
    found = parts(function, low, high)
    signs = {part.sign for part in found if isinstance(part, Part)}
    inner = [part for part in found if isinstance(part, Crossing) and (part.high > low and part.low < high)]
    return signs.pop() if len(signs) == 1 and not inner else 0


def _after_zero(function: Ranged, low: Fraction, high: Fraction) -> Part | None:
    """A first part, where the function is zero at ``low``."""
    if function.sign(low, low) or function.sign_at(low) != 0:
        return None
    for shift in range(2, MAX_SHIFT):
        start = low + (high - low) / 2**shift
        sign = _sign_after_zero(function, low, start, MAX_ORDER)
        if sign:
            return Part(low, start, sign)
    return None


def _sign_after_zero(function: Ranged, low: Fraction, high: Fraction, order: int) -> int:
    """The sign of a function throughout ``(low, high]`` when it is zero at ``low``, by a derivative's sign; else 0."""
    slope = function.derivative()
    sign = slope.sign(low, high)
    if sign or not order or slope.sign(low, low) or slope.sign_at(low) != 0:
        return sign
    return _sign_after_zero(slope, low, high, order - 1)


def _append(found: list[Part | Crossing], part: Part | Crossing) -> None:
    last = found[-1] if found else None
    if part == last:  # a zero that is the end of two parts
        return
    if isinstance(part, Part) and isinstance(last, Part) and part.sign == last.sign:
        found[-1] = Part(last.low, part.high, part.sign)
    else:
        found.append(part)


def _explore(
    function: Ranged, slope: Ranged, low: Fraction, high: Fraction, halvings: int
) -> Iterator[Part | Crossing]:
    bits = PRECISIONS[0] if halvings > MAX_HALVINGS - FINE else PRECISIONS[1]
    sign = function.sign(low, high, bits)
    if sign:
        yield Part(low, high, sign)
        return
    direction, sign = _by_slope(function, slope, low, high, bits)
    if sign:
        yield Part(low, high, sign)
        return
    ends = (function.sign_at(low), function.sign_at(high)) if direction else (None, None)
    if ends[0] is not None and ends[1] is not None:
        yield from _monotone(low, high, direction, ends[0], ends[1])
        return
    if not halvings:
        raise Unsettled(f"no sign between {decimal(low)} and {decimal(high)}: perhaps a zero that is not crossed")
    middle = (low + high) / 2
    yield from _explore(function, slope, low, middle, halvings - 1)
    yield from _explore(function, slope, middle, high, halvings - 1)


def _by_slope(function: Ranged, slope: Ranged, low: Fraction, high: Fraction, bits: int) -> tuple[int, int]:
    """The certain signs of the slope, and of the function as its value in the middle plus what the slope can add."""
    middle = (low + high) / 2
    try:
        slopes = [fraction(end) for end in slope.over(low, high, bits)]
        values = [fraction(end) for end in function.over(middle, middle, bits)]
    except Undefined:
        return 0, 0
    reach = (high - low) / 2 * max(map(abs, slopes))
    sign = 1 if values[0] > reach else -1 if values[1] < -reach else 0
    return 1 if slopes[0] > 0 else -1 if slopes[1] < 0 else 0, sign


def _monotone(low: Fraction, high: Fraction, direction: int, at_low: int, at_high: int) -> Iterator[Part | Crossing]:
    if at_low == 0:
        yield Crossing(low, low, direction)
    if at_low * at_high < 0:
        yield Crossing(low, high, direction)
    else:
        yield Part(low, high, at_low or at_high)
    if at_high == 0:
        yield Crossing(high, high, direction)


def fraction(end: mpf) -> Fraction:
    """A finite floating-point number as the fraction that it is."""
    sign, mantissa, exponent, _ = end._mpf_
    whole, power = -int(mantissa) if sign else int(mantissa), int(exponent)
    return Fraction(whole << power) if power >= 0 else Fraction(whole, 1 << -power)


def decimal(x: Fraction) -> str:
    """A fraction to six digits, for a message."""
    return f"{float(x):.6g}"
