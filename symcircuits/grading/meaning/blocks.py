"""Matrices as they are written out: entries, blocks, and stacks of named directions."""

from __future__ import annotations

from collections.abc import Sequence

from sympy import Expr, S

from symcircuits.algebra import ExactMatrix
from symcircuits.errors import ShapeMismatch
from symcircuits.grading.meaning.scope import Eye, Value
from symcircuits.grading.reading.refusals import CannotRead

Cells = Sequence[Sequence[Value | None]]


def block_matrix(cells: Cells, at: int) -> ExactMatrix:
    """The matrix with these cells; an empty one is 0. Directions in one column are rows, in one row they are columns.

    Raises ``ShapeMismatch`` for blocks that do not fit, ``CannotRead`` for cells of no certain meaning.
    """
    rows = [[S.Zero if cell is None else cell for cell in row] for row in cells]
    if all(isinstance(cell, Expr) for row in rows for cell in row):
        entries = {(i, j): cell for i, row in enumerate(rows) for j, cell in enumerate(row) if cell is not S.Zero}
        return ExactMatrix.from_entries((len(rows), len(rows[0])), entries)
    return _joined(*_laid_out(rows, at), at)


def _laid_out(rows: list[list[Value]], at: int) -> tuple[list[list[Value]], bool]:
    """Directions turned so that they lie in the matrix as rows, or stand in it as columns; and whether there are any,
    so that a 0 beside them is one row or column."""
    if not any(_is_direction(cell) for row in rows for cell in row):
        return rows, False
    if len(rows) == 1 and len(rows[0]) == 1:
        raise CannotRead("a single direction may be a row or a column", at, "write it without a matrix round it")
    if len(rows[0]) == 1:
        return [[_lying(row[0])] for row in rows], True
    if len(rows) == 1:
        return [[_standing(cell) for cell in rows[0]]], True
    raise CannotRead("directions in several rows and columns", at, "write a stack of them, one in a row")


def _is_direction(cell: Value) -> bool:
    return isinstance(cell, ExactMatrix) and 1 in cell.shape and (cell.rows or cell.columns) is not None


def _lying(cell: Value) -> Value:
    return cell.T if isinstance(cell, ExactMatrix) and cell.shape[1] == 1 and cell.shape[0] > 1 else cell


def _standing(cell: Value) -> Value:
    return cell.T if isinstance(cell, ExactMatrix) and cell.shape[0] == 1 and cell.shape[1] > 1 else cell


def _joined(rows: list[list[Value]], stack: bool, at: int) -> ExactMatrix:
    heights, widths = _sizes(rows, stack, at)
    entries: dict[tuple[int, int], Expr] = {}
    axis = None
    top = 0
    for row, height in zip(rows, heights, strict=True):
        left = 0
        for cell, width in zip(row, widths, strict=True):
            block = _block(cell, height, width, at)
            entries |= {(top + i, left + j): value for (i, j), value in block.entries.items()}
            axis = axis or ((block.rows, block.columns) if block.rows or block.columns else None)
            left += width
        top += height
    shape = (sum(heights), sum(widths))
    above, beside = axis or (None, None)
    fits = (above if above is not None and len(above) == shape[0] else None,
            beside if beside is not None and len(beside) == shape[1] else None)  # fmt: skip
    return ExactMatrix.from_entries(shape, entries, *fits)


def _extent(cell: Value, side: int) -> int | None:
    return cell.shape[side] if isinstance(cell, ExactMatrix) else None


def _sizes(rows: list[list[Value]], stack: bool, at: int) -> tuple[list[int], list[int]]:
    """The heights and widths of the blocks: those of matrices, then of identities, which are square, then of numbers.

    Raises ``CannotRead`` for zeros beside matrices whose size nothing gives."""
    heights = [_size([_extent(cell, 0) for cell in row]) for row in rows]
    widths = [_size([_extent(row[j], 1) for row in rows]) for j in range(len(rows[0]))]
    places = [(i, j) for i, row in enumerate(rows) for j, cell in enumerate(row) if isinstance(cell, Eye)]
    for i, j in places * len(places):
        heights[i] = heights[i] or widths[j]
        widths[j] = widths[j] or heights[i]
    columns = [list(column) for column in zip(*rows, strict=True)]
    return _settled(heights, rows, stack, at), _settled(widths, columns, stack, at)


def _settled(sizes: list[int | None], lines: list[list[Value]], stack: bool, at: int) -> list[int]:
    """The sizes, where a line of numbers has 1."""
    settled = []
    for size, line in zip(sizes, lines, strict=True):
        if size is None and not stack and not any(isinstance(cell, Expr) and cell is not S.Zero for cell in line):
            raise CannotRead("a block of zeros of unknown size", at, r"write 0_{4 \times 12}")
        settled.append(size or 1)
    return settled


def _size(found: Sequence[int | None]) -> int | None:
    sizes = {size for size in found if size is not None}
    if len(sizes) > 1:
        raise ShapeMismatch(f"blocks of sizes {' and '.join(map(str, sorted(sizes)))} beside each other")
    return sizes.pop() if sizes else None


def _block(cell: Value, height: int, width: int, at: int) -> ExactMatrix:
    if isinstance(cell, ExactMatrix):
        return cell
    if isinstance(cell, Eye):
        if height != width:
            raise ShapeMismatch(f"an identity in a block of {height} by {width}")
        return ExactMatrix.identity(height) * cell.factor
    if cell is S.Zero:
        return ExactMatrix.zeros(height, width)
    if (height, width) == (1, 1):
        return ExactMatrix.from_rows([[cell]])
    raise CannotRead(f"a number in a block of {height} by {width}", at, "only 0 stands for a whole block")


def diagonal(values: Sequence[Value], at: int) -> ExactMatrix:
    """The matrix with these entries or blocks on its diagonal. Raises ``CannotRead``."""
    blocks = [ExactMatrix.from_rows([[value]]) if isinstance(value, Expr) else value for value in values]
    if any(isinstance(block, Eye) for block in blocks):
        raise CannotRead("an identity of unknown size on a diagonal", at, "write I_2")
    entries: dict[tuple[int, int], Expr] = {}
    top = left = 0
    for block in blocks:
        if isinstance(block, ExactMatrix):
            entries |= {(top + i, left + j): value for (i, j), value in block.entries.items()}
            top, left = top + block.shape[0], left + block.shape[1]
    return ExactMatrix.from_entries((top, left), entries)


def rolled(matrix: ExactMatrix, side: int, shift: int) -> ExactMatrix:
    """The matrix with its rows (side 0) or columns (side 1) moved on, the last ones to the front.

    >>> rolled(ExactMatrix.from_rows([[1, 0, 0]]), 1, 2).entries
    {(0, 2): 1}
    """
    size = matrix.shape[side]
    places = {at: ((at[0] + shift) % size, at[1]) if side == 0 else (at[0], (at[1] + shift) % size)
              for at in matrix.entries}  # fmt: skip
    entries = {places[at]: value for at, value in matrix.entries.items()}
    return ExactMatrix.from_entries(matrix.shape, entries, matrix.rows, matrix.columns)
