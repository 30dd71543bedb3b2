"""Polynomials in real quantities as quadratic forms in their monomials, and whether such a form is positive.

>>> from symcircuits.algebra.forms import laurent
>>> x, y = laurent.generator(0), laurent.generator(1)
>>> form = quadratic_form({2 * x: 1, x + y: -2, 2 * y: 1}, {0, 1}, set())
>>> form is not None and is_positive_form(form)
False
>>> is_square({4 * x: 1, 3 * x: 2, 2 * x: -1, x: -2, 0: 1}, {0}, set())
True
>>> is_positive_form(quadratic_form({2 * x: 1, x: 1, 0: 1}, {0}, set()))
True
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations

from symcircuits.algebra.forms import laurent
from symcircuits.algebra.forms.laurent import Poly

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


def is_square(polynomial: Poly, real: set[int], positive: set[int]) -> bool:
    """Whether a polynomial in real generators, times a positive monomial, is a positive number times a square."""
    shift = _shift(polynomial, positive)
    rest = {monomial + shift: Fraction(coefficient) for monomial, coefficient in polynomial.items()}
    lead = max(rest)
    first = _half(lead)
    factor = rest[lead]
    if first is None or factor < 0 or any(not laurent.exponents(monomial).keys() <= real for monomial in rest):
        return False
    root: dict[int, Fraction] = {}
    rest = {monomial: coefficient / factor for monomial, coefficient in rest.items()}
    while rest and len(root) <= MAX_SIZE:
        # Packed monomials are ordered as integers are, and adding keeps the order: a division from the top.
        top = max(rest)
        term, value = (first, Fraction(1)) if not root else (top - first, rest[top] / 2)
        if root and term >= min(root):
            return False
        for known, coefficient in [*root.items(), (term, value)]:
            _subtract(rest, known + term, (1 if known == term else 2) * coefficient * value)
        root[term] = value
    return not rest


def _subtract(rest: dict[int, Fraction], monomial: int, value: Fraction) -> None:
    left = rest.get(monomial, Fraction(0)) - value
    if left:
        rest[monomial] = left
    else:
        rest.pop(monomial, None)


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
