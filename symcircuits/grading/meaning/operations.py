"""Sums, products, powers and turns of values: scalars, matrices and identities. Shapes are checked at every step.

>>> times(Integer(2), ExactMatrix.identity(2), 0).entries
{(0, 0): 2, (1, 1): 2}
"""

from __future__ import annotations

from collections.abc import Callable

from sympy import Expr, I, Integer, S, exp
from sympy import Pow as SymPyPower

from symcircuits.algebra import ExactMatrix, Refuted, prove
from symcircuits.errors import ShapeMismatch
from symcircuits.grading.meaning.scope import Eye, Value
from symcircuits.grading.reading import limits
from symcircuits.grading.reading.refusals import CannotRead

_INVERTED = 8  # rows of a matrix that is inverted


class WrongShape(CannotRead):
    """Operands that were read, and do not fit: the work is wrong here, not unreadable."""


def as_scalar(value: Value) -> Value:
    """A 1 by 1 matrix as its entry; everything else as it is."""
    return value.scalar() if isinstance(value, ExactMatrix) and value.shape == (1, 1) else value


def plus(left: Value, right: Value, at: int) -> Value:
    """The sum of two values that fit."""
    if isinstance(left, Expr) and isinstance(right, Expr):
        return left + right
    if isinstance(left, Eye) and isinstance(right, Eye):
        return Eye(left.factor + right.factor)
    for one, other in ((left, right), (right, left)):
        if one is S.Zero:
            return other
    left, right = same_size(left, right, at)
    if isinstance(left, ExactMatrix) and isinstance(right, ExactMatrix):
        return fitting(lambda: left + right, at)
    raise WrongShape("the sum of a number and a matrix", at)


def same_size(left: Value, right: Value, at: int) -> tuple[Value, Value]:
    """Two values as two scalars or two matrices: identities and zeros take the size of the other."""
    left, right = (value if isinstance(value, Expr | Eye) else value for value in (left, right))
    if isinstance(left, ExactMatrix) and not isinstance(right, ExactMatrix):
        return _like(right, left, at)[::-1]
    if isinstance(right, ExactMatrix) and not isinstance(left, ExactMatrix):
        return _like(left, right, at)
    if isinstance(left, Eye) and isinstance(right, Eye):
        return left.factor, right.factor
    return left, right


def _like(value: Expr | Eye, matrix: ExactMatrix, at: int) -> tuple[Value, Value]:
    """The value as a matrix of the size of another, or that one as a scalar; and the other."""
    if isinstance(value, Eye):
        if matrix.shape[0] != matrix.shape[1]:
            raise WrongShape(f"an identity beside {matrix.describe()}", at)
        return ExactMatrix.identity(matrix.shape[0]) * value.factor, matrix
    if value is S.Zero:
        return ExactMatrix.zeros(*matrix.shape), matrix
    return value, as_scalar(matrix)


def times(left: Value, right: Value, at: int) -> Value:
    """The product of two values that fit, in this order."""
    if isinstance(left, Expr) and isinstance(right, Expr):
        return left * right
    if isinstance(left, Eye):
        return Eye(left.factor * right.factor) if isinstance(right, Eye) else times(left.factor, right, at)
    if isinstance(right, Eye):
        return times(right.factor, left, at) if isinstance(left, ExactMatrix) else Eye(right.factor * left)
    if isinstance(left, Expr):
        left, right = right, left
    if isinstance(right, Expr):
        return left * right
    if left.shape[1] != right.shape[0]:
        for one, other in ((left, right), (right, left)):
            if one.shape == (1, 1):
                return other * one.scalar()
    if left.shape == right.shape and left.shape[1] == 1 < left.shape[0]:
        raise CannotRead("a column times a column", at, "write ^T where a transpose is meant")
    return fitting(lambda: left @ right, at)


def fitting(made: Callable[[], ExactMatrix], at: int) -> ExactMatrix:
    """What is made; shapes that do not fit are told with their place, by ``WrongShape``."""
    try:
        return made()
    except ShapeMismatch as error:
        raise WrongShape(str(error), at) from None


def power(base: Expr, exponent: Expr, at: int) -> Expr:
    """A power of scalars, within the limits."""
    limits.check_power(base, exponent, at)
    if base is S.Zero and exponent.is_positive is not True:
        raise CannotRead("zero to a power that is not positive", at)
    return real(SymPyPower(base, exponent), at)


def real(value: Expr, at: int) -> Expr:
    """The value, which must be a real number. Raises ``CannotRead``."""
    if value.has(I, S.NaN, S.ComplexInfinity, S.Infinity, S.NegativeInfinity):
        raise CannotRead("no real number", at)
    return value


def turned(value: Value, turn: str, at: int) -> Value:
    """A transpose, an inverse, or both."""
    if isinstance(value, Expr):
        if turn == "-1":
            return power(value, Integer(-1), at)
        raise CannotRead("the transpose of a number", at, "declare the name as a matrix, with its size")
    if isinstance(value, Eye):
        return value if turn == "T" else Eye(power(value.factor, Integer(-1), at))
    flipped = value.T if "T" in turn else value
    return _inverse(flipped, at) if "-" in turn else flipped


def _inverse(matrix: ExactMatrix, at: int) -> ExactMatrix:
    if matrix.shape[0] != matrix.shape[1]:
        raise WrongShape(f"the inverse of {matrix.describe()}", at)
    if matrix.shape[0] > _INVERTED:
        raise CannotRead(f"the inverse of a matrix with more than {_INVERTED} rows", at, "write it out")
    determinant = matrix.determinant()
    if not isinstance(prove(determinant, 0), Refuted):
        raise CannotRead("the inverse of a matrix that may have none", at)
    adjugate = matrix.to_sympy().adjugate()
    return ExactMatrix.from_sympy(adjugate) * (1 / determinant)


def softmax(value: Value, at: int) -> ExactMatrix:
    """The softmax of a row or a column. Raises ``CannotRead`` for anything else."""
    if not isinstance(value, ExactMatrix) or 1 not in value.shape:
        raise CannotRead("softmax of something that is no row", at, "write the row as a matrix of one row")
    places = [(i, j) for i in range(value.shape[0]) for j in range(value.shape[1])]
    terms = {place: exp(value[place]) for place in places}
    total = sum(terms.values())
    return ExactMatrix.from_entries(value.shape, {place: term / total for place, term in terms.items()})
