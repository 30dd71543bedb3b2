r"""A large sparse matrix cut into blocks, so that runs along a diagonal show as identities.

>>> from sympy import Integer
>>> view = MatrixView((32, 32), {(i + 16, i): Integer(1) for i in range(4)})
>>> blocks = split(view)
>>> blocks.row_starts, blocks.column_starts, blocks.pieces
((0, 16, 20), (0, 4), {(1, 0): Piece(factor=1, count=4)})
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sympy import Expr

from symcircuits.typeset.matrix_views import MatrixView, block_numbers

LARGEST = 24
_Entries = Mapping[tuple[int, int], Expr]
_Starts = tuple[tuple[int, ...], tuple[int, ...]]


@dataclass(frozen=True)
class Piece:
    """``factor`` times the identity of size ``count``; or, without a factor, a block of ``count`` entries."""

    factor: Expr | None
    count: int


@dataclass(frozen=True)
class Blocks:
    """Where the pieces begin, and those that are not zero, by (row of pieces, column of pieces)."""

    row_starts: tuple[int, ...]
    column_starts: tuple[int, ...]
    pieces: Mapping[tuple[int, int], Piece]


@dataclass(frozen=True)
class _Run:
    """Equal entries down a diagonal."""

    row: int
    column: int
    length: int


def split(view: MatrixView) -> Blocks | None:
    """The blocks of the axes, cut further where that makes identities; ``None`` where blocks would say nothing.

    A block in which no row or column holds two entries is cut into its runs. Fuller ones are cut too if then the whole
    matrix is made of zeros and of identities times numbers.
    """
    named = view.block_starts()
    filled = _by_block(view, named).values()
    sparse = [run for entries in filled if _is_sparse(entries) for run in _runs(entries)]
    whole = _blocks(view, _cut(view, named, [run for entries in filled for run in _runs(entries)]))
    if whole and all(piece.factor is not None and piece.factor.is_Rational for piece in whole.pieces.values()):
        return whole
    blocks = _blocks(view, _cut(view, named, sparse)) or _blocks(view, named)
    return blocks if blocks and not _says_nothing(blocks) else None


def _says_nothing(blocks: Blocks) -> bool:
    single = len(blocks.row_starts) == len(blocks.column_starts) == 1
    return single and any(piece.factor is None for piece in blocks.pieces.values())


def _blocks(view: MatrixView, starts: _Starts) -> Blocks | None:
    """The matrix cut there, unless that is too many pieces to print."""
    return Blocks(*starts, _pieces(view, starts)) if max(map(len, starts)) <= LARGEST else None


def _cut(view: MatrixView, starts: _Starts, runs: Sequence[_Run]) -> _Starts:
    rows, columns = set(starts[0]), set(starts[1])
    for run in runs:
        rows |= {run.row, run.row + run.length}
        columns |= {run.column, run.column + run.length}
    if max(len(rows), len(columns)) <= LARGEST + 1:
        _share_cuts(rows, columns, runs)
    return tuple(sorted(rows - {view.shape[0]})), tuple(sorted(columns - {view.shape[1]}))


def _share_cuts(rows: set[int], columns: set[int], runs: Sequence[_Run]) -> None:
    """Cut every run at the same places in its rows and in its columns, until nothing changes."""
    before = -1
    while before != len(rows) + len(columns):
        before = len(rows) + len(columns)
        for run in runs:
            offset = run.column - run.row
            columns |= {row + offset for row in rows if run.row < row < run.row + run.length}
            rows |= {column - offset for column in columns if run.column < column < run.column + run.length}


def _by_block(view: MatrixView, starts: _Starts) -> dict[tuple[int, int], _Entries]:
    rows, columns = map(block_numbers, starts, view.shape)
    blocks: dict[tuple[int, int], dict[tuple[int, int], Expr]] = defaultdict(dict)
    for place, entry in view.entries.items():
        blocks[rows[place[0]], columns[place[1]]][place] = entry
    return dict(blocks)


def _is_sparse(entries: _Entries) -> bool:
    """Whether no two entries share a row or a column."""
    return len({row for row, _ in entries}) == len({column for _, column in entries}) == len(entries)


def _runs(entries: _Entries) -> Iterator[_Run]:
    for (row, column), entry in entries.items():
        if entries.get((row - 1, column - 1)) is entry:
            continue
        length = 1
        while entries.get((row + length, column + length)) is entry:
            length += 1
        yield _Run(row, column, length)


def _pieces(view: MatrixView, starts: _Starts) -> dict[tuple[int, int], Piece]:
    ends = tuple((*side[1:], size) for side, size in zip(starts, view.shape, strict=True))
    pieces = {}
    for (i, j), entries in _by_block(view, starts).items():
        size = ends[0][i] - starts[0][i], ends[1][j] - starts[1][j]
        pieces[i, j] = Piece(_identity_factor(entries, starts[0][i], starts[1][j], size), len(entries))
    return pieces


def _identity_factor(entries: _Entries, row: int, column: int, size: tuple[int, int]) -> Expr | None:
    first = entries.get((row, column))
    if first is None or size != (len(entries), len(entries)):
        return None
    return first if next(_runs(entries)).length == len(entries) else None
