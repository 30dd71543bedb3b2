r"""What a printed matrix shows: all of its entries, or when it is large a matrix of blocks, the lines that hold
something, or its corners.

>>> from sympy import Integer
>>> large = MatrixView((40, 40), {(i + 20, i): Integer(1) for i in range(20)})
>>> [[cell.latex for cell in row] for row in layout(large).cells]
[['', ''], ['I_{20}', '']]
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from symcircuits.typeset.axes import Axis
from symcircuits.typeset.blocks import LARGEST, Blocks, Piece, split
from symcircuits.typeset.expressions import latex, visible_length
from symcircuits.typeset.matrix_views import MatrixView, block_numbers, starts

_FIRST, _LAST = 6, 2
_MANY, _LONG = 9, 6
_SHORT = 8  # three square blocks of eight side by side are read as they stand


@dataclass(frozen=True)
class Cell:
    """One printed place: LaTeX, or nothing for a zero; ``labels`` names its row and column where both have names."""

    latex: str = ""
    kind: Literal["entry", "zero", "dots", "count"] = "zero"
    shaded: bool = False
    labels: tuple[str, str] | None = None


@dataclass(frozen=True)
class Layout:
    """The printed places in order, the labels (empty for an unnamed side) and the indices before which a rule goes."""

    cells: tuple[tuple[Cell, ...], ...]
    row_labels: tuple[str, ...] = ()
    column_labels: tuple[str, ...] = ()
    row_rules: frozenset[int] = frozenset()
    column_rules: frozenset[int] = frozenset()

    @property
    def has_long_labels(self) -> bool:
        """Whether the labels of the columns, side by side, would set the width of the whole."""
        lengths = [visible_length(label) for label in self.column_labels]
        return len(lengths) >= _MANY and max(lengths) > _LONG


def layout(view: MatrixView) -> Layout:
    """All entries below 24 rows and columns, and at 24 of a side where the other has 8 at most; else the blocks where
    they say something, or some lines."""
    if max(view.shape) < LARGEST or (max(view.shape) == LARGEST and min(view.shape) <= _SHORT):
        return _entries(view, range(view.shape[0]), range(view.shape[1]))
    blocks = split(view)
    return _block_layout(view, blocks) if blocks else _some_lines(view)


def _entries(view: MatrixView, rows: Sequence[int], columns: Sequence[int]) -> Layout:
    row_blocks, column_blocks = map(block_numbers, view.block_starts(), view.shape)
    shaded = _shaded_blocks(view, row_blocks, column_blocks)
    return Layout(
        tuple(
            tuple(_entry(view, row, column, (row_blocks[row], column_blocks[column]) in shaded) for column in columns)
            for row in rows
        ),
        _labels(view.rows, rows),
        _labels(view.columns, columns),
        _rules(view.rows, rows),
        _rules(view.columns, columns),
    )


def _entry(view: MatrixView, row: int, column: int, shaded: bool) -> Cell:
    if row < 0 or column < 0:
        return Cell(r"\ddots" if row == column else r"\vdots" if row < 0 else r"\cdots", "dots")
    value = view.entries.get((row, column))
    if value is None:
        return Cell(shaded=shaded)
    labels = (view.rows.labels[row], view.columns.labels[column]) if view.rows and view.columns else None
    return Cell(latex(value), "entry", shaded, labels)


def _shaded_blocks(view: MatrixView, rows: Sequence[int], columns: Sequence[int]) -> frozenset[tuple[int, int]]:
    """The blocks that hold something, unless all of them do: then shading would say nothing."""
    filled = frozenset((rows[row], columns[column]) for row, column in view.entries)
    return frozenset() if len(filled) == (rows[-1] + 1) * (columns[-1] + 1) else filled


def _labels(axis: Axis | None, places: Sequence[int]) -> tuple[str, ...]:
    return () if axis is None else tuple(axis.labels[place] if place >= 0 else "" for place in places)


def _rules(axis: Axis | None, places: Sequence[int]) -> frozenset[int]:
    return frozenset(places.index(start) for start in starts(axis)[1:] if start in places)


def _some_lines(view: MatrixView) -> Layout:
    rows, columns = (_lines(size, {place[side] for place in view.entries}) for side, size in enumerate(view.shape))
    return _entries(view, rows, columns)


def _lines(size: int, filled: set[int]) -> Sequence[int]:
    """Which indices of a side to print, with -1 for each gap: all of a short side, else the first, the last and those
    that hold an entry, or where these are too many the first few and the last few."""
    if size < LARGEST:
        return range(size)
    kept = _with_gaps(sorted({0, size - 1} | filled))
    return kept if len(kept) <= LARGEST else [*range(_FIRST), -1, *range(size - _LAST, size)]


def _with_gaps(indices: Sequence[int]) -> list[int]:
    """A -1 where something is left out; a single index is shown instead, for it takes no more room."""
    found = [*indices[:1]]
    for before, index in pairwise(indices):
        found += {1: [], 2: [before + 1]}.get(index - before, [-1])
        found.append(index)
    return found


def _block_layout(view: MatrixView, blocks: Blocks) -> Layout:
    rows = _piece_labels(view.rows, blocks.row_starts, view.shape[0])
    columns = _piece_labels(view.columns, blocks.column_starts, view.shape[1])
    places = range(len(blocks.column_starts))
    named = bool(rows and columns)
    cells = tuple(
        tuple(_block_cell(blocks.pieces.get((i, j)), (rows[i], columns[j]) if named else None) for j in places)
        for i in range(len(blocks.row_starts))
    )
    row_rules, column_rules = _rules(view.rows, blocks.row_starts), _rules(view.columns, blocks.column_starts)
    return Layout(cells, rows, columns, row_rules, column_rules)


def _block_cell(piece: Piece | None, labels: tuple[str, str] | None) -> Cell:
    if piece is None:
        return Cell()
    if piece.factor is None:
        return Cell(rf"{piece.count}\ \text{{entries}}", "count", True, labels)
    return Cell(_scaled_identity(latex(piece.factor), piece.count, piece.factor.is_Add), "entry", True, labels)


def _scaled_identity(factor: str, size: int, is_sum: bool) -> str:
    if size == 1:
        return factor
    scale = {"1": "", "-1": "-"}.get(factor, f"({factor}) " if is_sum else f"{factor} ")
    return f"{scale}I_{{{size}}}"


def _piece_labels(axis: Axis | None, piece_starts: Sequence[int], size: int) -> tuple[str, ...]:
    if axis is None and size == 1:
        return ()
    ends = [*piece_starts[1:], size]
    return tuple(_piece_label(axis, start, end) for start, end in zip(piece_starts, ends, strict=True))


def _piece_label(axis: Axis | None, start: int, end: int) -> str:
    if axis is None:
        return _range_label(str(start), str(end - 1), end - start)
    name, size = dict(zip(starts(axis), _filled_blocks(axis), strict=True)).get(start, ("", 0))
    if size == end - start > 1:
        return rf"{name}\ ({size})"
    return _range_label(axis.labels[start], axis.labels[end - 1], end - start)


def _filled_blocks(axis: Axis) -> list[tuple[str, int]]:
    return [block for block in axis.blocks if block[1]] or [("", 0)]


def _range_label(first: str, last: str, count: int) -> str:
    r"""``c_{0}`` to ``c_{3}`` as ``c_{0–3}`` where these are four; two that are no range stand beside each other."""
    if count == 1:
        return first
    stem, low, high = _common_stem(first, last)
    if low.isdigit() and high.isdigit() and int(high) - int(low) == count - 1:
        numbers = rf"{low}\text{{–}}{high}"
        return f"{stem}_{{{numbers}}}" if stem else numbers
    return f"{first}, {last}" if count == 2 else rf"{first} \dots {last}"


def _common_stem(first: str, last: str) -> tuple[str, str, str]:
    stem, _, low = first.removesuffix("}").rpartition("_{")
    other, _, high = last.removesuffix("}").rpartition("_{")
    return (stem, low, high) if stem == other else ("", "", "")
