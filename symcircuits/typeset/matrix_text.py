"""Labelled matrices as lines of text, for terminals."""

from __future__ import annotations

from collections.abc import Sequence

from symcircuits.typeset.layouts import Cell, Layout, layout
from symcircuits.typeset.matrix_views import MatrixView
from symcircuits.typeset.readable import readable


def matrix_text(view: MatrixView) -> str:
    """The matrix in columns of equal width, dots for zeros, a line between blocks.

    >>> from sympy import Integer
    >>> from symcircuits.typeset.axes import Axis
    >>> axis = Axis.of_blocks(("c", ["c_{0}", "c_{1}"]), ("v", ["v_{0}"]))
    >>> print(matrix_text(MatrixView((3, 3), {(2, 0): Integer(1)}, axis, axis)))
       │ c₀ c₁ │ v₀
    ───┼───────┼───
    c₀ │ ·  ·  │ ·
    c₁ │ ·  ·  │ ·
    ───┼───────┼───
    v₀ │ 1  ·  │ ·
    """
    shown = layout(view)
    grid = [[_cell(cell) for cell in row] for row in shown.cells]
    if shown.column_labels:
        grid.insert(0, [readable(label) for label in shown.column_labels])
    if shown.row_labels:
        corner = [""] if shown.column_labels else []
        names = [*corner, *(readable(label) for label in shown.row_labels)]
        grid = [[name, *row] for name, row in zip(names, grid, strict=True)]
    return "\n".join(_lines(grid, *_rules(shown)))


def _cell(cell: Cell) -> str:
    return "·" if cell.kind == "zero" else readable(cell.latex)


def _rules(shown: Layout) -> tuple[set[int], set[int]]:
    """The grid rows and columns before which a line goes, the labels counted."""
    top, left = bool(shown.column_labels), bool(shown.row_labels)
    rows = {rule + top for rule in shown.row_rules} | ({1} if top else set())
    columns = {rule + left for rule in shown.column_rules} | ({1} if left else set())
    return rows, columns


def _lines(grid: Sequence[Sequence[str]], row_rules: set[int], column_rules: set[int]) -> list[str]:
    widths = [max(len(row[place]) for row in grid) for place in range(len(grid[0]))]
    lines = []
    for index, row in enumerate(grid):
        if index in row_rules:
            lines.append(_joined(["─" * width for width in widths], column_rules, "─", "─┼─"))
        padded = [text.ljust(width) for text, width in zip(row, widths, strict=True)]
        lines.append(_joined(padded, column_rules, " ", " │ ").rstrip())
    return lines


def _joined(texts: Sequence[str], column_rules: set[int], gap: str, bar: str) -> str:
    line = texts[0]
    for place, text in enumerate(texts[1:], start=1):
        line += (bar if place in column_rules else gap) + text
    return line
