"""A zero that is isolated, narrowed to as many digits as asked: by interval Newton steps, else by halving.

>>> from sympy import Symbol
>>> from symcircuits.algebra.enclosures.ranges import RealFunction
>>> x = Symbol("x", positive=True)
>>> f = RealFunction(x ** 2 - 2, x)
>>> fine = narrowed(f, Crossing(Fraction(1), Fraction(2), 1), 30)
>>> fine.low ** 2 < 2 < fine.high ** 2, fine.high - fine.low < Fraction(2, 10 ** 30)
(True, True)
"""

from __future__ import annotations

from fractions import Fraction

from symcircuits.algebra.enclosures.ranges import PRECISIONS, Ranged, Undefined
from symcircuits.algebra.thresholds.isolation import Crossing, Unsettled, decimal, fraction

SMALL_DENOMINATOR = 1000


def narrowed(function: Ranged, crossing: Crossing, digits: int) -> Crossing:
    """The same crossing between ends that agree to ``digits`` digits, with certain opposite signs at both.

    A zero that is a fraction with a small denominator is found as such. Raises ``Unsettled`` where the signs cannot
    be settled, ``BudgetSpent`` past the allowance of work.
    """
    slope, whole = function.derivative(), crossing
    tolerance = Fraction(1, 4 * 10**digits)
    tried_small = crossing.low == crossing.high
    while crossing.high - crossing.low > tolerance * _size(crossing):
        if not tried_small and crossing.high - crossing.low < Fraction(1, SMALL_DENOMINATOR**3) * _size(crossing):
            tried_small = True
            crossing = _at_small_fraction(function, crossing)
        else:
            crossing = _step(function, slope, crossing, tolerance)
    if not tried_small:
        crossing = _at_small_fraction(function, crossing)
    return _with_decimal_ends(function, crossing, whole, digits)


def _with_decimal_ends(function: Ranged, crossing: Crossing, whole: Crossing, digits: int) -> Crossing:
    """The ends moved outwards to short decimals, inside the whole crossing and where their signs are as certain."""
    if crossing.low == crossing.high:
        return crossing
    scale = Fraction(10) ** (digits + 1)
    while _size(crossing) * scale > 10 ** (digits + 2):
        scale /= 10
    while _size(crossing) * scale < 10 ** (digits + 1):
        scale *= 10
    low, high = (crossing.low * scale) // 1 / scale, -((-crossing.high * scale) // 1) / scale
    if low < whole.low or high > whole.high:
        return crossing
    needed = _even(digits * 4 + 128)
    signs = function.sign(low, low, needed), function.sign(high, high, needed)
    return Crossing(low, high, crossing.direction) if signs == (-crossing.direction, crossing.direction) else crossing


def _step(function: Ranged, slope: Ranged, crossing: Crossing, tolerance: Fraction) -> Crossing:
    width = crossing.high - crossing.low
    gained = max(0, _bits(_size(crossing) / width))
    bits = _even(64 + min(4 * gained, 2 * _bits(1 / tolerance)))
    inner = _newton(function, slope, crossing, bits)
    if inner is not None and 4 * (inner[1] - inner[0]) < width:
        better = _with_signs(function, crossing, *inner)
        if better is not None:
            return better
    middle = _rounded((crossing.low + crossing.high) / 2, 2 * _bits(1 / width) + 64)
    sign = function.sign(middle, middle, bits) or function.sign_at(middle)
    if sign is None:
        raise Unsettled(f"no sign at {decimal(middle)}")
    if sign == 0:
        return Crossing(middle, middle, crossing.direction)
    low, high = (crossing.low, middle) if sign == crossing.direction else (middle, crossing.high)
    return Crossing(low, high, crossing.direction)


def _newton(function: Ranged, slope: Ranged, crossing: Crossing, bits: int) -> tuple[Fraction, Fraction] | None:
    """An interval that contains the zero, by one interval Newton step, rounded outwards."""
    middle = _rounded((crossing.low + crossing.high) / 2, bits)
    if not crossing.low < middle < crossing.high:
        return None
    try:
        values = [fraction(end) for end in function.over(middle, middle, bits)]
        slopes = [fraction(end) for end in slope.over(crossing.low, crossing.high, bits)]
    except Undefined:
        return None
    if slopes[0] <= 0 <= slopes[1]:
        return None
    quotients = [value / steepness for value in values for steepness in slopes]
    return _rounded(middle - max(quotients), bits, -1), _rounded(middle - min(quotients), bits, 1)


def _with_signs(function: Ranged, crossing: Crossing, low: Fraction, high: Fraction) -> Crossing | None:
    """The inner interval widened a little, once the signs at its ends are certain."""
    margin = (high - low) / 4 or (crossing.high - crossing.low) / (1 << 64)
    low, high = max(low - margin, crossing.low), min(high + margin, crossing.high)
    for bits in _precisions(margin / _size(crossing)):
        if function.sign(low, low, bits) * function.sign(high, high, bits) < 0:
            return Crossing(low, high, crossing.direction)
    return None


def _at_small_fraction(function: Ranged, crossing: Crossing) -> Crossing:
    simple = ((crossing.low + crossing.high) / 2).limit_denominator(SMALL_DENOMINATOR)
    if crossing.low <= simple <= crossing.high and function.sign_at(simple) == 0:
        return Crossing(simple, simple, crossing.direction)
    return crossing


def _precisions(margin: Fraction) -> tuple[int, ...]:
    needed = 32 + _bits(1 / margin)
    return tuple(_even(bits + needed) for bits in (0, *PRECISIONS[:2]))


def _even(bits: int) -> int:
    """The next power of two, so that steps share what is enclosed once for each precision."""
    return 1 << (bits - 1).bit_length()


def _size(crossing: Crossing) -> Fraction:
    return max(abs(crossing.low), abs(crossing.high))


def _bits(ratio: Fraction) -> int:
    return max(0, ratio.numerator.bit_length() - ratio.denominator.bit_length() + 1)


def _rounded(x: Fraction, bits: int, direction: int = 0) -> Fraction:
    """The nearest dyadic fraction with about that many significant bits; below or above with ``direction``."""
    shift = bits - (x.numerator.bit_length() - x.denominator.bit_length())
    scaled = x * Fraction(2) ** shift
    whole = round(scaled) if not direction else (-((-scaled) // 1) if direction > 0 else scaled // 1)
    return whole / Fraction(2) ** shift
