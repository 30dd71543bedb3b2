from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Add, Expr, Integer, cos

from symcircuits.symbols import alpha, m, n
from symcircuits.typeset.axes import Axis
from symcircuits.typeset.blocks import LARGEST, Blocks, Piece, split
from symcircuits.typeset.matrices import MatrixView

one = Integer(1)
stream = Axis.of_blocks(*((name, [f"{name}_{{{i}}}" for i in range(16)]) for name in "cpvw"))


def _run(row: int, column: int, length: int, value: Expr = one) -> dict[tuple[int, int], Expr]:
    return {(row + i, column + i): value for i in range(length)}


def test_a_copied_block_shows_as_an_identity() -> None:
    blocks = split(MatrixView((64, 64), _run(32, 0, 16), stream, stream))
    assert blocks == Blocks((0, 16, 32, 48), (0, 16, 32, 48), {(2, 0): Piece(one, 16)})


def test_a_run_inside_a_block_cuts_it() -> None:
    blocks = split(MatrixView((64, 64), _run(48, 16, 12) | _run(60, 32, 4, Integer(2)), stream, stream))
    assert blocks is not None
    assert blocks.row_starts == (0, 16, 32, 48, 60)
    assert blocks.column_starts == (0, 16, 28, 32, 36, 48)
    assert blocks.pieces == {(3, 1): Piece(one, 12), (4, 3): Piece(Integer(2), 4)}


def test_runs_that_share_rows_are_cut_alike() -> None:
    blocks = split(MatrixView((40, 40), _run(0, 0, 8) | _run(4, 20, 8)))
    assert blocks is not None
    assert all(piece.factor == 1 for piece in blocks.pieces.values())
    assert sum(piece.count for piece in blocks.pieces.values()) == 16


def test_equal_entries_that_were_made_apart_are_one_run() -> None:
    apart = {(i, i): Add._from_args((n + m).args) for i in range(30)}
    blocks = split(MatrixView((30, 30), apart))
    assert blocks is not None
    assert blocks.pieces == {(0, 0): Piece(n + m, 30)}


def test_a_full_block_tells_how_many_entries_it_has() -> None:
    rotation = {(16 + i, 16 + j): cos(alpha(i + j)) for i in range(16) for j in range(16)}
    blocks = split(MatrixView((64, 64), rotation | _run(0, 0, 16), stream, stream))
    assert blocks is not None
    assert blocks.pieces == {(0, 0): Piece(one, 16), (1, 1): Piece(None, 256)}


@pytest.mark.parametrize("size", [30, 64])
def test_a_full_matrix_without_blocks_has_none(size: int) -> None:
    assert (
        split(MatrixView((size, size), {(i, j): Integer(i + j + 1) for i in range(size) for j in range(size)})) is None
    )


def test_more_blocks_than_can_be_printed_are_none() -> None:
    many = Axis.of_blocks(*((f"p_{{{i}}}", ["a", "b"]) for i in range(LARGEST + 1)))
    full = {(i, j): Integer(i * j + 1) for i in range(50) for j in range(50)}
    assert split(MatrixView((50, 50), full, many, many)) is None


def test_a_thousand_dimensions_take_no_time() -> None:
    view = MatrixView((1024, 1024), _run(512, 0, 512))
    start = time.perf_counter()
    assert split(view) is not None
    assert time.perf_counter() - start < 0.5


@settings(derandomize=True)
@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30), st.integers(1, 10)), max_size=4))
def test_the_pieces_are_the_matrix(runs: list[tuple[int, int, int]]) -> None:
    entries: dict[tuple[int, int], Expr] = {}
    for run in runs:
        entries |= _run(*run)
    blocks = split(MatrixView((40, 40), entries))
    if blocks is None:
        return
    rebuilt: dict[tuple[int, int], Expr] = {}
    for (i, j), piece in blocks.pieces.items():
        if piece.factor is None:
            return
        rebuilt |= _run(blocks.row_starts[i], blocks.column_starts[j], piece.count, piece.factor)
    assert rebuilt == entries
