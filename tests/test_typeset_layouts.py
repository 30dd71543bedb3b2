from __future__ import annotations

import pytest
from sympy import Integer, Symbol

from symcircuits.circuit import Residual, Sinusoids
from symcircuits.typeset.axes import Axis
from symcircuits.typeset.layouts import layout
from symcircuits.typeset.matrices import (
    MatrixView,
    matrix_html,
    matrix_latex,
    matrix_plain_latex,
    matrix_text,
)

one = Integer(1)
axis = Axis.of_blocks(("c", ["c_{0}", "c_{1}"]), ("v", ["v_{0}"]))
wide = Axis.of_blocks(
    ("c", [f"c_{{{i}}}" for i in range(20)]), ("p", [rf"\{f}_{{{i}}}" for i in range(5) for f in ("cos", "sin")])
)


def test_blocks_that_hold_something_are_shaded() -> None:
    shown = layout(MatrixView((3, 3), {(2, 0): one}, axis, axis))
    assert [[cell.shaded for cell in row] for row in shown.cells] == [[False] * 3, [False] * 3, [True, True, False]]
    assert (shown.row_rules, shown.column_rules) == ({2}, {2})


def test_nothing_is_shaded_where_every_block_holds_something() -> None:
    shown = layout(MatrixView((3, 1), {(0, 0): one, (2, 0): one}, axis))
    assert not any(cell.shaded for row in shown.cells for cell in row)


def test_entries_know_their_labels() -> None:
    shown = layout(MatrixView((3, 3), {(2, 0): one}, axis, axis))
    assert shown.cells[2][0].labels == ("v_{0}", "c_{0}")
    assert layout(MatrixView((3, 3), {(2, 0): one}, axis)).cells[2][0].labels is None


def test_twenty_three_are_printed_in_full_and_twenty_four_in_blocks() -> None:
    full = layout(MatrixView((23, 23), {(i, i): one for i in range(23)}))
    assert len(full.cells) == 23
    blocks = layout(MatrixView((24, 24), {(i, i): one for i in range(24)}))
    assert [[cell.latex for cell in row] for row in blocks.cells] == [["I_{24}"]]


def test_a_short_side_lets_twenty_four_be_printed_in_full() -> None:
    three = MatrixView((8, 24), {(i, i + shift): one for i in range(8) for shift in (0, 8, 16)})
    assert [len(row) for row in layout(three).cells] == [24] * 8
    assert len(layout(MatrixView((9, 24), {(i, i): one for i in range(9)})).cells) < 9


def test_blocks_are_named_with_their_size_and_parts_with_their_range() -> None:
    entries = {(i, i): Integer(2) for i in range(20)} | {(20 + i, 21 + i): Symbol("x") + 1 for i in range(4)}
    shown = layout(MatrixView((30, 30), entries, wide, wide))
    assert shown.row_labels == (r"c\ (20)", r"\cos_{0} \dots \sin_{1}", r"\cos_{2} \dots \sin_{4}")
    assert shown.column_labels == (r"c\ (20)", r"\cos_{0}", r"\sin_{0} \dots \cos_{2}", r"\sin_{2} \dots \sin_{4}")
    assert shown.cells[0][0].latex == "2 I_{20}"
    assert shown.cells[1][2].latex == "(1 + x) I_{4}"
    assert shown.cells[0][0].labels == (r"c\ (20)", r"c\ (20)")


def test_a_range_of_one_name_is_short() -> None:
    shown = layout(MatrixView((30, 30), {(i, i + 4): one for i in range(10)}, wide, wide))
    assert shown.row_labels == (r"c_{0\text{–}9}", r"c_{10\text{–}19}", r"p\ (10)")


def test_two_neighbours_that_are_no_range_stand_beside_each_other() -> None:
    shown = layout(MatrixView((30, 30), {(i, i + 20): one for i in range(2)}, wide, wide))
    assert shown.column_labels == (r"c\ (20)", r"\cos_{0}, \sin_{0}", r"\cos_{1} \dots \sin_{4}")
    assert layout(MatrixView((30, 30), {(i, i): one for i in range(2)})).row_labels == (r"0\text{–}1", r"2\text{–}29")


def test_a_column_without_a_name_gets_none() -> None:
    assert layout(MatrixView((30, 1), {(3, 0): one}, wide)).column_labels == ()


def test_a_large_matrix_without_blocks_shows_its_corners() -> None:
    entries = {(i, j): Integer(100 * i + j + 1) for i in range(30) for j in range(4)}
    shown = layout(MatrixView((30, 4), entries))
    assert [row[0].latex for row in shown.cells] == ["1", "101", "201", "301", "401", "501", r"\vdots", "2801", "2901"]
    square = layout(MatrixView((30, 30), {(i, j): Integer(100 * i + j + 1) for i in range(30) for j in range(30)}))
    assert [cell.latex for cell in square.cells[6]] == [*[r"\vdots"] * 6, r"\ddots", *[r"\vdots"] * 2]
    assert square.cells[0][6].latex == r"\cdots"


def test_no_entry_is_left_out_where_few_lines_hold_any() -> None:
    pairs = Axis.of_blocks(*((f"p_{{{i}}}", [rf"\cos_{{{i}}}", rf"\sin_{{{i}}}"]) for i in range(30)))
    shown = layout(MatrixView((2, 60), {(0, 20): one, (1, 21): Integer(2)}, None, pairs))
    assert [cell.latex for cell in shown.cells[0]] == ["", r"\cdots", "1", "", r"\cdots", ""]
    assert [cell.latex for cell in shown.cells[1]] == ["", r"\cdots", "", "2", r"\cdots", ""]
    assert shown.column_labels == (r"\cos_{0}", "", r"\cos_{10}", r"\sin_{10}", "", r"\sin_{29}")


def test_a_gap_of_one_line_is_no_gap() -> None:
    pairs = Axis.of_blocks(*((f"p_{{{i}}}", [f"a_{{{i}}}"]) for i in range(30)))
    shown = layout(MatrixView((1, 30), {(0, 2): one, (0, 27): one}, None, pairs))
    assert shown.column_labels == ("a_{0}", "a_{1}", "a_{2}", "", "a_{27}", "a_{28}", "a_{29}")


@pytest.mark.parametrize("d_model", [32, 64, 1024])
def test_large_streams_stay_readable_in_every_format(d_model: int) -> None:
    stream = Residual(content=16, position=Sinusoids(4), v=d_model - 24)
    read, write = stream.read(stream["content"][:8]), stream.write(stream["v"][:8])
    for matrix in (read, write, write @ read, read.T, write.T):
        view = matrix.view()
        shown = layout(view)
        assert max(len(shown.cells), len(shown.cells[0])) < 24
        for text in (matrix_latex(view), matrix_plain_latex(view), matrix_text(view), matrix_html(view)):
            assert "I_{8}" in text or "I₈" in text
        columns = matrix_plain_latex(view).partition("{array}{")[2].partition("}")[0]
        assert columns.count("c") == len(shown.cells[0])
        assert max(map(len, matrix_text(view).splitlines())) < 120


def test_long_labels_are_known() -> None:
    words = Axis.of_blocks(("w", [rf"\mathrm{{content}}_{{{i}}}" for i in range(9)]))
    assert layout(MatrixView((1, 9), {}, None, words)).has_long_labels
    assert not layout(MatrixView((3, 3), {}, axis, axis)).has_long_labels
