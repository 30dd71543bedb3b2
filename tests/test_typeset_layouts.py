from __future__ import annotations

from sympy import Integer, Symbol

from symcircuits.typeset.axes import Axis
from symcircuits.typeset.layouts import layout
from symcircuits.typeset.matrices import MatrixView

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


def test_twenty_four_are_printed_in_full_and_twenty_five_in_blocks() -> None:
    full = layout(MatrixView((24, 24), {(i, i): one for i in range(24)}))
    assert len(full.cells) == 24
    blocks = layout(MatrixView((25, 25), {(i, i): one for i in range(25)}))
    assert [[cell.latex for cell in row] for row in blocks.cells] == [["I_{25}"]]


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


def test_long_labels_are_known() -> None:
    words = Axis.of_blocks(("w", [rf"\mathrm{{content}}_{{{i}}}" for i in range(9)]))
    assert layout(MatrixView((1, 9), {}, None, words)).has_long_labels
    assert not layout(MatrixView((3, 3), {}, axis, axis)).has_long_labels
