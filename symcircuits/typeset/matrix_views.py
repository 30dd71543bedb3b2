r"""A matrix as a printer sees it: a shape, the entries that are not zero, and what names its rows and columns.

>>> from sympy import Integer
>>> view = MatrixView((2, 3), {(0, 1): Integer(5)})
>>> view.transposed().entries, view.block_starts()
({(1, 0): 5}, ((0,), (0,)))
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sympy import Expr, S

from symcircuits.errors import BadValue, ShapeMismatch
from symcircuits.typeset.axes import Axis


@dataclass(frozen=True)
class MatrixView:
    """Shape (rows, columns), the non-zero entries by (row, column), and an axis or ``None`` for rows and columns.

    Entries that are equal are one object, so that ``is`` tells them apart without a walk through both.
    Raises ``ShapeMismatch`` where an axis is longer or shorter than its side, ``BadValue`` for an entry outside.
    """

    shape: tuple[int, int]
    entries: Mapping[tuple[int, int], Expr]
    rows: Axis | None = None
    columns: Axis | None = None

    def __post_init__(self) -> None:
        for side, size, axis in zip(("rows", "columns"), self.shape, (self.rows, self.columns), strict=True):
            if size < 1:
                raise BadValue(f"a matrix to print needs at least one row and one column, not the shape {self.shape}")
            if axis is not None and len(axis) != size:
                raise ShapeMismatch(f"{len(axis)} labels for the {side} of a matrix of shape {self.shape}")
        for row, column in self.entries:
            if not (0 <= row < self.shape[0] and 0 <= column < self.shape[1]):
                raise BadValue(f"entry ({row}, {column}) lies outside a matrix of shape {self.shape}")
        object.__setattr__(self, "entries", _shared(self.entries))

    def transposed(self) -> MatrixView:
        """The same matrix with rows and columns exchanged."""
        entries = {(column, row): entry for (row, column), entry in self.entries.items()}
        return MatrixView((self.shape[1], self.shape[0]), entries, self.columns, self.rows)

    def block_starts(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Where the blocks of the rows and of the columns begin; a side without an axis is one block."""
        return starts(self.rows), starts(self.columns)


def _shared(entries: Mapping[tuple[int, int], Expr]) -> dict[tuple[int, int], Expr]:
    """The entries without the zeros, equal ones as one object."""
    distinct = {S.Zero: S.Zero}
    shared = {place: distinct.setdefault(entry, entry) for place, entry in entries.items()}
    return {place: entry for place, entry in shared.items() if entry is not S.Zero}


def block_numbers(block_starts: Sequence[int], size: int) -> list[int]:
    """For each index of a side of that size, the number of the block in which it lies.

    >>> block_numbers((0, 2), 5)
    [0, 0, 1, 1, 1]
    """
    return [bisect_right(block_starts, index) - 1 for index in range(size)]


def starts(axis: Axis | None) -> tuple[int, ...]:
    """Where the blocks of an axis begin; empty blocks are left out."""
    if axis is None:
        return (0,)
    return tuple(start for start, (_, size) in zip(axis.block_starts(), axis.blocks, strict=True) if size) or (0,)
