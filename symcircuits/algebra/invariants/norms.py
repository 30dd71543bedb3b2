"""Traces, Frobenius norms, and Gram matrices; of a product by its small factors.

>>> from sympy import Symbol, cos, sin
>>> a, t = Symbol("a", real=True), Symbol("t", positive=True)
>>> frobenius_norm((1, 2), {(0, 0): t * cos(a), (0, 1): t * sin(a)})
t
>>> trace((2, 2), {(0, 0): t, (1, 1): 2 * t, (0, 1): a})
3*t
"""

from __future__ import annotations

from sympy import Add, Expr

from symcircuits.algebra.invariants.cleared import Cleared, Entries, Shape, cleared
from symcircuits.algebra.invariants.square_roots import square_root
from symcircuits.errors import ShapeMismatch


def trace(shape: Shape, entries: Entries) -> Expr:
    """The sum of the diagonal; raises ``ShapeMismatch`` for a matrix that is not square."""
    _check_square(shape)
    return Add(*(value for (i, j), value in entries.items() if i == j))


def trace_of_product(left: tuple[Shape, Entries], right: tuple[Shape, Entries]) -> Expr:
    """The trace of a product, from the entries of its factors that meet on the diagonal."""
    _check_square((left[0][0], right[0][1]))
    return Add(*(value * right[1][j, i] for (i, j), value in left[1].items() if (j, i) in right[1]))


def frobenius_norm(shape: Shape, entries: Entries) -> Expr:
    """The square root of the sum of ``|entry|^2``.

    Raises ``OutsideClass`` or ``BudgetSpent`` for entries that cannot be read or are not known to be real or complex.
    """
    return _norm(*cleared([(shape, entries)], conjugated=True))


def frobenius_norm_of_product(left: tuple[Shape, Entries], right: tuple[Shape, Entries]) -> Expr:
    """The norm of a product: ``||L R||^2 = tr (L^* L) (R R^*)``, two matrices of the inner size."""
    first, first_turned, second, second_turned = cleared([left, right], conjugated=True)
    return _norm(first_turned.product(first), second.product(second_turned))


def gram(shape: Shape, entries: Entries) -> Cleared:
    """The smaller of ``M^* M`` and ``M M^*``: its eigenvalues are the squares of singular values."""
    matrix, turned = cleared([(shape, entries)], conjugated=True)
    product = matrix.product(turned) if shape[0] <= shape[1] else turned.product(matrix)
    return product.in_lower_terms()


def gram_of_product(left: tuple[Shape, Entries], right: tuple[Shape, Entries]) -> Cleared:
    """``(L^* L) (R R^*)``, which has the non-zero eigenvalues of ``(L R)^* (L R)``, where that is smaller."""
    first, first_turned, second, second_turned = cleared([left, right], conjugated=True)
    if left[0][1] <= min(left[0][0], right[0][1]):
        return first_turned.product(first).product(second.product(second_turned)).in_lower_terms()
    matrix, turned = first.product(second), second_turned.product(first_turned)
    return (matrix.product(turned) if left[0][0] <= right[0][1] else turned.product(matrix)).in_lower_terms()


def _norm(a: Cleared, b: Cleared) -> Expr:
    """The root of the trace of a product."""
    domain = a.domain
    total = domain.zero
    for i, row in a.rows.items():
        for j, element in row.items():
            factor = b.rows.get(j, {}).get(i)
            if factor is not None:
                total = total + element * factor
        total = domain.reduced(total)
    return square_root(total, domain.times(a.denominator, b.denominator), domain)


def _check_square(shape: Shape) -> None:
    if shape[0] != shape[1]:
        raise ShapeMismatch(f"a trace needs a square matrix, got {shape[0]} by {shape[1]}")
