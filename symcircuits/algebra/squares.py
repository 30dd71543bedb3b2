"""Polynomials in real quantities as quadratic forms in their monomials, and whether such a form is positive.

>>> from symcircuits.algebra import laurent
>>> x, y = laurent.generator(0), laurent.generator(1)
>>> form = quadratic_form({2 * x: 1, x + y: -2, 2 * y: 1}, {0, 1}, set())
>>> form is not None and is_positive_form(form)
False
>>> is_positive_form(quadratic_form({2 * x: 1, x: 1, 0: 1}, {0}, set()))
True
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations

from symcircuits.algebra import laurent
from symcircuits.algebra.laurent import Poly

MAX_SIZE = 24


@dataclass(frozen=True)
class QuadraticForm:
    """``sum entries[i, j] v_i v_j`` over i <= j; ``never_all_zero``: some ``v_i`` is never zero."""

    size: int
    entries: Mapping[tuple[int, int], int]
    never_all_zero: bool


def quadratic_form(polynomial: Poly, real: set[int], positive: set[int]) -> QuadraticForm | None:
    """A polynomial, times a positive monomial, as a quadratic form in the roots of its even monomials.

    ``real`` and ``positive`` are the indices of the generators that are real, and positive. ``None`` where a generator
    is not real, or where a term is no product of two such roots.
    """
    shift = _shift(polynomial, positive)
    shifted = {monomial + shift: coefficient for monomial, coefficient in polynomial.items()}
    if any(not laurent.exponents(monomial).keys() <= real for monomial in shifted):
        return None
    roots = [half for half in map(_half, shifted) if half is not None]
    if len(roots) > MAX_SIZE:
        return None
    entries = {(place, place): shifted.pop(2 * root) for place, root in enumerate(roots)}
    for (i, left), (j, right) in combinations(enumerate(roots), 2):
        coefficient = shifted.pop(left + right, 0)
        if coefficient:
            entries[i, j] = coefficient
    never = any(laurent.exponents(root).keys() <= positive for root in roots)
    return None if shifted else QuadraticForm(len(roots), entries, never)


def _shift(polynomial: Poly, positive: set[int]) -> int:
    """The monomial of positive generators that makes their lowest exponents even."""
    lowest: dict[int, int] = {}
    for index in positive:
        lowest[index] = min(laurent.exponents(monomial).get(index, 0) for monomial in polynomial)
    return sum(laurent.generator(index) for index, exponent in lowest.items() if exponent % 2)


def _half(monomial: int) -> int | None:
    exponents = laurent.exponents(monomial)
    if any(exponent % 2 for exponent in exponents.values()):
        return None
    return sum(laurent.generator(index) * (exponent // 2) for index, exponent in exponents.items())


def is_positive_form(form: QuadraticForm) -> bool | None:
    """``True`` where the form is certainly positive, ``False`` where only certainly non-negative, else ``None``.

    By completing squares, exactly, over the rationals.
    """
    matrix = [[Fraction(0)] * form.size for _ in range(form.size)]
    for (i, j), entry in form.entries.items():
        matrix[i][j] += Fraction(entry, 2)
        matrix[j][i] += Fraction(entry, 2)
    definite = True
    for pivot in range(form.size):
        value = matrix[pivot][pivot]
        if value < 0 or (value == 0 and any(matrix[pivot][pivot:])):
            return None
        if value == 0:
            definite = False
            continue
        for row in range(pivot + 1, form.size):
            factor = matrix[row][pivot] / value
            for column in range(pivot, form.size):
                matrix[row][column] -= factor * matrix[pivot][column]
    return definite and form.never_all_zero
