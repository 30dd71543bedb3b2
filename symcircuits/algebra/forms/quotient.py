"""Quotients of Laurent polynomials: what every expression of the class is read into.

A denominator of one term is divided out at once, so that it stays an integer; equality is decided by multiplying
across.

>>> half = Quotient({0: 1}, {0: 2})
>>> half.plus(half, []).equals(Quotient({0: 1}), [])
True
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import gcd

from symcircuits.algebra.forms.laurent import ONE, Poly, add, add_to, constant, multiply, power, quadratic_part, scale
from symcircuits.errors import OutsideClass


class Quotient:
    """``numerator / denominator``; the denominator is never the zero polynomial. It is never changed."""

    __slots__ = ("denominator", "numerator")  # thousands are made for one question

    def __init__(self, numerator: Poly, denominator: Poly = ONE) -> None:
        self.numerator = numerator
        self.denominator = denominator

    def __eq__(self, other: object) -> bool:
        """Whether both are written the same; ``equals`` decides whether they are the same."""
        if not isinstance(other, Quotient):
            return NotImplemented
        return self.numerator == other.numerator and self.denominator == other.denominator

    __hash__ = None  # type: ignore[assignment]

    @property
    def integer_denominator(self) -> int | None:
        """The denominator where it is an integer, else ``None``."""
        return self.denominator.get(0) if len(self.denominator) == 1 else None

    @staticmethod
    def total(terms: Iterable[Quotient], squares: Sequence[int]) -> Quotient:
        """The sum of many: those over integers are gathered in one polynomial, which no step copies."""
        numerator: Poly = {}
        common, others = 1, []
        for term in terms:
            divisor = term.integer_denominator
            if divisor is None:
                others.append(term)
                continue
            if common % divisor:
                factor = divisor // gcd(common, divisor)
                numerator, common = scale(numerator, factor), common * factor
            add_to(numerator, term.numerator, common // divisor)
        result = Quotient(numerator, constant(common))
        for term in others:
            result = result.plus(term, squares)
        return result

    def plus(self, other: Quotient, squares: Sequence[int]) -> Quotient:
        """The sum; integer denominators meet at their least common multiple."""
        mine, theirs = self.integer_denominator, other.integer_denominator
        if mine is not None and theirs is not None:
            if mine == theirs:
                return Quotient(add(self.numerator, other.numerator), self.denominator)
            common = mine * theirs // gcd(mine, theirs)
            left = scale(self.numerator, common // mine)
            return Quotient(add(left, other.numerator, common // theirs), constant(common))
        if self.denominator == other.denominator:
            return Quotient(add(self.numerator, other.numerator), self.denominator)
        left = multiply(self.numerator, other.denominator, squares)
        right = multiply(other.numerator, self.denominator, squares)
        return Quotient(add(left, right), multiply(self.denominator, other.denominator, squares))

    def times(self, other: Quotient, squares: Sequence[int]) -> Quotient:
        """The product."""
        mine, theirs = self.integer_denominator, other.integer_denominator
        if mine is not None and theirs is not None:
            return Quotient(multiply(self.numerator, other.numerator, squares), constant(mine * theirs))
        if self.denominator == other.numerator and self.denominator != ONE:
            return Quotient(self.numerator, other.denominator)
        if other.denominator == self.numerator and other.denominator != ONE:
            return Quotient(other.numerator, self.denominator)
        return Quotient(
            multiply(self.numerator, other.numerator, squares),
            multiply(self.denominator, other.denominator, squares),
        )

    def inverse(self, squares: Sequence[int]) -> Quotient:
        """One over it; a numerator of one term is divided out."""
        if not self.numerator:
            raise OutsideClass("division by an expression that is identically zero")
        if len(self.numerator) > 1:
            return Quotient(self.denominator, self.numerator)
        ((monomial, coefficient),) = self.numerator.items()
        root = quadratic_part(monomial)
        square = multiply({root: 1}, {root: 1}, squares)[0]
        top = multiply(
            scale(self.denominator, 1 if coefficient * square > 0 else -1, root - monomial), {root: 1}, squares
        )
        return Quotient(top, constant(abs(coefficient * square)))

    def to(self, exponent: int, squares: Sequence[int]) -> Quotient:
        """An integer power."""
        base = self if exponent >= 0 else self.inverse(squares)
        return Quotient(power(base.numerator, abs(exponent), squares), power(base.denominator, abs(exponent), squares))

    def cross_difference(self, other: Quotient, squares: Sequence[int]) -> Poly:
        """The numerator of the difference over a common denominator: zero where both are equal."""
        mine, theirs = self.integer_denominator, other.integer_denominator
        if mine is not None and theirs is not None:
            shared = gcd(mine, theirs)
            difference = scale(self.numerator, theirs // shared)
            add_to(difference, other.numerator, -mine // shared)
            return difference
        if self.denominator == other.denominator:
            return add(self.numerator, other.numerator, -1)
        left = multiply(self.numerator, other.denominator, squares)
        return add(left, multiply(other.numerator, self.denominator, squares), -1)

    def equals(self, other: Quotient, squares: Sequence[int]) -> bool:
        """Whether both are the same element of the ring of fractions."""
        return not self.cross_difference(other, squares)
