"""What was read, for a page of given width: its matrices in columns, beside one another where there is room.

>>> print("\\n".join(laid_out("A = [1, ·; cos a, 2]", 40)))
A = [ 1      · ]
    [ cos a  2 ]
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import zip_longest
from textwrap import wrap

_FIXED = "\N{NO-BREAK SPACE}"
_MATRIX = re.compile(r"\[[^\[\]]*;[^\[\]]*\]")


def laid_out(read_as: str, width: int) -> list[str]:
    """The lines, each ``width`` characters at most unless a row of a matrix is longer."""
    parts = [part for part in _parts(read_as) if part]
    if len(parts) == 1 and not _MATRIX.fullmatch(read_as):
        return wrapped(read_as, width)
    blocks = [_rows(part) if _MATRIX.fullmatch(part) else [part] for part in parts]
    beside = _beside(blocks)
    if max(map(len, beside)) <= width:
        return beside
    return [line for pair in _with_their_signs(blocks) for line in _beside(pair)]


def _with_their_signs(blocks: Sequence[list[str]]) -> list[list[list[str]]]:
    """Every matrix with the name or the relation before it."""
    groups: list[list[list[str]]] = [[]]
    for block in blocks:
        if groups[-1] and len(groups[-1][-1]) > 1:
            groups.append([])
        groups[-1].append(block)
    return groups


def wrapped(line: str, width: int) -> list[str]:
    """A line of words, broken where it is too long; what goes on is set in."""
    kept = line.replace(" = ", f"{_FIXED}={_FIXED}")  # a name is not parted from its value
    lines = wrap(kept, max(width, 20), subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)
    return [one.replace(_FIXED, " ") for one in lines] or [""]


def _parts(read_as: str) -> list[str]:
    """Matrices, and what stands between them."""
    parts, at = [], 0
    for found in _MATRIX.finditer(read_as):
        parts += [read_as[at : found.start()].strip(), found.group()]
        at = found.end()
    return [*parts, read_as[at:].strip()]


def _rows(matrix: str) -> list[str]:
    """A matrix as lines, its cells below one another."""
    rows = [_cells(row) for row in matrix[1:-1].split("; ")]
    widths = [max(map(len, column)) for column in zip_longest(*rows, fillvalue="")]
    padded = ["  ".join(cell.ljust(size) for cell, size in zip(row, widths, strict=False)) for row in rows]
    return [f"[ {row} ]" for row in padded]


def _cells(row: str) -> list[str]:
    """The cells of a row; a comma in brackets is part of a cell."""
    cells, depth = [""], 0
    for piece in re.split(r"(, |[()])", row):
        depth += {"(": 1, ")": -1}.get(piece, 0)
        if piece == ", " and depth == 0:
            cells.append("")
        else:
            cells[-1] += piece
    return cells


def _beside(blocks: Sequence[Sequence[str]]) -> list[str]:
    """Blocks of lines beside one another, from the same line down."""
    widths = [max(map(len, block)) for block in blocks]
    lines = []
    for row in zip_longest(*blocks, fillvalue=""):
        lines.append(" ".join(part.ljust(size) for part, size in zip(row, widths, strict=True)).rstrip())
    return lines
