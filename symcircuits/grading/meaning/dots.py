r"""Dots in a matrix of a declared size, written out where only one reading is possible.

>>> from symcircuits.grading.reading.parser import parse
>>> from symcircuits.grading.reading.tokens import tokenize
>>> text = r"\begin{pmatrix} \lambda_0 & & \\ & \ddots & \\ & & \lambda_3 \end{pmatrix}"
>>> filled = fill(parse(tokenize(text, 0, {}), len(text)), (4, 4))
>>> [row[i].below for i, row in enumerate(filled.rows)]
[('0',), ('1',), ('2',), ('3',)]
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, is_dataclass, replace
from typing import TypeAlias

from symcircuits.grading.reading.refusals import CannotRead
from symcircuits.grading.reading.syntax import Dots, Grid, Named, Node, Number

Cell: TypeAlias = Node | None
Rows: TypeAlias = Sequence[Sequence[Cell]]
_HINT = "write every entry"


def fill(grid: Grid, shape: tuple[int, int]) -> Grid:
    """The matrix of this shape that a grid with dots stands for. Raises ``CannotRead`` where that is not certain."""
    at = next((cell.at for row in grid.rows for cell in row if isinstance(cell, Dots)), None)
    if at is None:
        return grid
    down, across = _dotted(grid.rows, at), _dotted(list(zip(*grid.rows, strict=True)), at)
    rows: Rows = grid.rows
    if down is not None and across is not None:
        rows = _crossed(rows, down, across, shape, at)
    elif across is not None:
        rows = [_stretched(row, across, shape[1], at) for row in rows]
    elif down is not None:
        columns = [_stretched(column, down, shape[0], at) for column in zip(*rows, strict=True)]
        rows = list(zip(*columns, strict=True))
    if (len(rows), len(rows[0])) != shape or any(isinstance(cell, Dots) for row in rows for cell in row):
        raise CannotRead(f"dots that do not lead to {shape[0]} by {shape[1]}", at, _HINT)
    return Grid(grid.at, tuple(map(tuple, rows)))


def _dotted(rows: Rows, at: int) -> int | None:
    """The row that holds nothing but dots and empty cells."""
    found = [
        i
        for i, row in enumerate(rows)
        if all(cell is None or isinstance(cell, Dots) for cell in row) and any(cell is not None for cell in row)
    ]
    if len(found) > 1:
        raise CannotRead("dots in several places", at, _HINT)
    return found[0] if found else None


def _crossed(rows: Rows, down: int, across: int, shape: tuple[int, int], at: int) -> Rows:
    """A matrix with a row and a column of dots: diagonal, or of one entry throughout."""
    kept = [[cell for j, cell in enumerate(row) if j != across] for i, row in enumerate(rows) if i != down]
    seen = {_bare(cell) for row in kept for cell in row}
    if len(seen) == 1:
        return [[kept[0][0]] * shape[1]] * shape[0]
    aside = {_bare(cell) for i, row in enumerate(kept) for j, cell in enumerate(row) if i != j}
    square = shape[0] == shape[1] and down == across and len(kept) == len(kept[0])
    if not square or aside != {None} or not isinstance(rows[down][across], Dots):
        raise CannotRead("dots in a matrix that is not diagonal", at, _HINT)
    diagonal = [row[i] for i, row in enumerate(kept)]
    entries = _stretched([*diagonal[:down], None, *diagonal[down:]], down, shape[0], at)
    return [[cell if i == j else None for j in range(shape[1])] for i, cell in enumerate(entries)]


def _stretched(line: Sequence[Cell], place: int, size: int, at: int) -> list[Cell]:
    """The line with what its dots leave out: the same entry again and again, or one that counts up."""
    before, after = list(line[:place]), list(line[place + 1 :])
    missing = size - len(before) - len(after)
    if missing < 1 or not before or not after:
        raise CannotRead(f"dots that do not lead to {size} entries", at, _HINT)
    if _bare(before[-1]) == _bare(after[0]):
        return [*before, *([before[-1]] * missing), *after]
    for one, other in zip(before, before[1:], strict=False):
        if _counted(one, 1) != _counted(other, 0):
            raise CannotRead("what these dots leave out is not certain", at, _HINT)
    between = [_advanced(before[-1], step) for step in range(1, missing + 1)]
    if _counted(before[-1], missing + 1) != _counted(after[0], 0) or None in between:
        raise CannotRead("what these dots leave out is not certain", at, _HINT)
    return [*before, *between, *after]


def _advanced(cell: Cell, step: int) -> Cell:
    """The cell with its one number that much larger; ``None`` where it has none."""
    if isinstance(cell, Named) and len(cell.below) == 1 and cell.below[0].isdigit():
        return replace(cell, below=(str(int(cell.below[0]) + step),))
    if isinstance(cell, Number) and cell.text.isdigit():
        return replace(cell, text=str(int(cell.text) + step))
    return None


def _counted(cell: Cell, step: int) -> object:
    advanced = _advanced(cell, step)
    return object() if advanced is None else _bare(advanced)


def _bare(part: object) -> object:
    """A cell without its place in the text; a zero is an empty cell."""
    if isinstance(part, Number) and part.text == "0":
        return None
    if isinstance(part, tuple):
        return tuple(map(_bare, part))
    if not is_dataclass(part):
        return part
    return type(part), *(_bare(getattr(part, field.name)) for field in fields(part) if field.name != "at")
