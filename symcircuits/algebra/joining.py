"""Matrices joined to larger ones: side by side, or one below the other.

>>> from symcircuits.algebra.matrices import ExactMatrix
>>> one = ExactMatrix.from_rows([[1]])
>>> beside(one, one).entries, below(one, one).shape
({(0, 0): 1, (0, 1): 1}, (2, 1))
"""

from __future__ import annotations

from sympy import Expr

from symcircuits.algebra.matrices import ExactMatrix
from symcircuits.errors import ShapeMismatch


def beside(first: ExactMatrix, *others: ExactMatrix) -> ExactMatrix:
    """The matrix ``[first others...]``, written down anew; its rows keep the labels of the first.

    Raises ``ShapeMismatch`` for different numbers of rows.
    """
    width, entries = 0, dict[tuple[int, int], Expr]()
    for matrix in (first, *others):
        if matrix.shape[0] != first.shape[0]:
            raise ShapeMismatch(
                f"cannot put {first.describe()} beside {matrix.describe()}: their rows differ in number"
            )
        entries |= {(i, width + j): value for (i, j), value in matrix.entries.items()}
        width += matrix.shape[1]
    return ExactMatrix.from_entries((first.shape[0], width), entries, first.rows)


def below(first: ExactMatrix, *others: ExactMatrix) -> ExactMatrix:
    """The matrices one below the other, written down anew; the columns keep the labels of the first.

    Raises ``ShapeMismatch`` for different numbers of columns.
    """
    height, entries = 0, dict[tuple[int, int], Expr]()
    for matrix in (first, *others):
        if matrix.shape[1] != first.shape[1]:
            raise ShapeMismatch(
                f"cannot put {first.describe()} above {matrix.describe()}: their columns differ in number"
            )
        entries |= {(height + i, j): value for (i, j), value in matrix.entries.items()}
        height += matrix.shape[0]
    return ExactMatrix.from_entries((height, first.shape[1]), entries, None, first.columns)
