"""Rows of tables about a binary format itself: its limits, and numbers as it stores them, proved by exact rounding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from sympy import Expr

from symcircuits.algebra import Proved, Verdict
from symcircuits.algebra.binary import prove_nearest, rounded_expression
from symcircuits.behaviours.predicting.precision import refuted
from symcircuits.formats import Format, power_of_two
from symcircuits.typeset.binary import dyadic_latex


@dataclass(frozen=True)
class Stored:
    """A number, and what is stored of it: ``oo`` or ``-oo`` for one beyond the largest."""

    value: Expr
    stated: Expr


@dataclass(frozen=True)
class StoredRow:
    """Numbers as they are stored in a format.

    >>> from sympy import Integer, sqrt
    >>> from symcircuits.formats import BFLOAT
    >>> row = StoredRow.found(BFLOAT, [1 / sqrt(Integer(8)), Integer(1025)])
    >>> row.cells(), bool(row.prove())
    (('bfloat16', '$181 \\\\cdot 2^{-9}$', '$1024$'), True)
    """

    format: Format
    numbers: tuple[Stored, ...]

    @classmethod
    def found(cls, to: Format, values: Sequence[Expr]) -> StoredRow:
        """The row for these numbers. Raises ``NotSupported`` as ``nearest_in`` does."""
        return cls(to, tuple(Stored(value, rounded_expression(value, to)) for value in values))

    def cells(self) -> tuple[str, ...]:
        """The format, and each number as a whole number times a power of two."""
        return (str(self.format), *(f"${dyadic_latex(number.stated)}$" for number in self.numbers))

    def prove(self) -> Verdict:
        """Whether each number rounds to what is stated."""
        verdicts = [prove_nearest(number.value, self.format, number.stated) for number in self.numbers]
        return next((verdict for verdict in verdicts if not verdict), Proved("exact rounding", equality_at=()))


@dataclass(frozen=True)
class FormatRow:
    """The exponents of a format, each by what it means for rounding.

    ``unit``: 1 + 2^unit is in the middle between 1 and the next number. ``top``: 2^bits - 1 times 2^top is the largest
    number. ``normal``: from 2^normal on all bits are there. ``least``: 2^least is the least positive number.
    """

    format: Format
    unit: int
    top: int
    normal: int
    least: int

    def cells(self) -> tuple[str, ...]:
        """Name, number of bits, and the four numbers."""
        bits = self.format.bits
        largest = rf"(2^{{{bits}}} - 1) \cdot 2^{{{self.top}}}"
        told = (str(bits), f"2^{{{self.unit}}}", largest, f"2^{{{self.normal}}}", f"2^{{{self.least}}}")
        return (str(self.format), *(f"${cell}$" for cell in told))

    def prove(self) -> Verdict:
        """Whether each exponent is right, by rounding."""
        checks = (self._unit_is_half(), self._top_is_largest(), self._normal_is_full(), self._least_is_positive())
        if all(checks):
            return Proved("exact rounding", equality_at=())
        return refuted(sum(checks), len(checks), "all four", {})

    def _unit_is_half(self) -> bool:
        unit = power_of_two(self.unit)
        return self.format.nearest(1 + unit) == 1 < self.format.nearest(1 + unit * Fraction(3, 2))

    def _top_is_largest(self) -> bool:
        numbers, last = power_of_two(self.format.bits), power_of_two(self.top)
        return self._finite((numbers - 1) * last) and not self._finite((numbers - Fraction(1, 2)) * last)

    def _finite(self, x: Fraction) -> bool:
        try:
            self.format.nearest(x)
        except OverflowError:
            return False
        return True

    def _normal_is_full(self) -> bool:
        full = 1 + power_of_two(1 - self.format.bits)
        here, below = full * power_of_two(self.normal), full * power_of_two(self.normal - 1)
        return self.format.nearest(here) == here and self.format.nearest(below) != below

    def _least_is_positive(self) -> bool:
        least = power_of_two(self.least)
        return self.format.nearest(least) == least and self.format.nearest(least / 2) == 0
