"""Binary floating-point formats, and exact numbers rounded to them.

Rounding is to the nearest number of the format, a tie to the one whose last bit is zero, as IEEE 754 has it; beyond the
largest number there is infinity.

>>> BFLOAT.nearest(Fraction(1025)), HALF.nearest(Fraction(1025)), HALF.largest
(Fraction(1024, 1), Fraction(1025, 1), Fraction(65504, 1))
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cache, cached_property


@dataclass(frozen=True)
class Format:
    """Numbers of ``bits`` significant bits, the first one included, from ``2^least`` to below ``2^(most + 1)``, and the
    subnormal ones, which go on below ``2^least`` with the same spacing down to zero.

    ``dtype`` is the name of NumPy's own type of this format, empty where it has none. Raises ``ValueError`` for fewer
    than two bits, or exponents that are not in order.

    >>> HALF.unit, HALF.least_normal, HALF.least_positive
    (Fraction(1, 2048), Fraction(1, 16384), Fraction(1, 16777216))
    """

    name: str
    bits: int
    least: int
    most: int
    dtype: str = ""

    def __post_init__(self) -> None:
        if self.bits < 2 or not self.least <= 0 <= self.most:
            told = f"{self.bits} bits, exponents {self.least} to {self.most}"
            raise ValueError(f"expected 2 bits or more, and exponents from 0 or less to 0 or more, not {told}")

    def __str__(self) -> str:
        return self.name

    @cached_property
    def unit(self) -> Fraction:
        """The unit roundoff ``2^-bits``, by which a rounded number may be off at most, relative to it."""
        return power_of_two(-self.bits)

    @cached_property
    def largest(self) -> Fraction:
        """The largest finite number."""
        return (2 - 2 * self.unit) * power_of_two(self.most)

    @cached_property
    def overflow(self) -> Fraction:
        """What is as large as this, or larger, rounds to infinity."""
        return (2 - self.unit) * power_of_two(self.most)

    @cached_property
    def least_normal(self) -> Fraction:
        """The least positive number with all bits."""
        return power_of_two(self.least)

    @cached_property
    def least_positive(self) -> Fraction:
        """The least positive number of all, a subnormal one."""
        return power_of_two(self.least - self.bits + 1)

    def spacing(self, x: Fraction) -> Fraction:
        """How far apart the numbers are around ``x``; at a power of two, above it."""
        return power_of_two(max(_exponent(x) if x else self.least, self.least) - self.bits + 1)

    def nearest(self, x: Fraction) -> Fraction:
        """The number nearest to ``x``, of two equally near ones the even one.

        Raises ``OverflowError`` where that is infinite.

        >>> HALF.nearest(Fraction(2049)), HALF.nearest(Fraction(2051))
        (Fraction(2048, 1), Fraction(2052, 1))
        """
        spacing = self.spacing(x)
        found = round(x / spacing) * spacing  # Python rounds fractions to even, too
        if abs(found) > self.largest:
            raise OverflowError(f"a number is beyond the largest of {self}, {float(self.largest):.6g}")
        return found

    def after(self, x: Fraction) -> Fraction:
        """The next number above a positive number of the format.

        Raises ``OverflowError`` for the largest, ``ValueError`` for what is no number of the format.
        """
        if x <= 0 or self.nearest(x) != x:
            raise ValueError(f"expected a positive number of {self}, not {x}")
        return self.nearest(x + self.spacing(x))


HALF = Format("float16", 11, -14, 15, "float16")
BFLOAT = Format("bfloat16", 8, -126, 127)
SINGLE = Format("float32", 24, -126, 127, "float32")
DOUBLE = Format("float64", 53, -1022, 1023, "float64")
FORMATS = (HALF, BFLOAT, SINGLE, DOUBLE)


def _exponent(x: Fraction) -> int:
    """The whole number e with 2^e <= |x| < 2^(e + 1), for x other than 0."""
    size = abs(x)
    guess = size.numerator.bit_length() - size.denominator.bit_length()
    return guess if power_of_two(guess) <= size else guess - 1


@cache
def power_of_two(exponent: int) -> Fraction:
    """``2^exponent``, exactly."""
    return Fraction(2) ** exponent
