from __future__ import annotations

import pytest
from sympy import Add, Integer

from symcircuits.errors import BadValue, ShapeMismatch
from symcircuits.symbols import m, n
from symcircuits.typeset.axes import Axis
from symcircuits.typeset.matrices import MatrixView

axis = Axis.of_blocks(("c", ["c_{0}", "c_{1}"]), ("v", ["v_{0}"]))


def test_zeros_are_dropped_and_sides_exchange() -> None:
    view = MatrixView((3, 1), {(0, 0): Integer(0), (2, 0): Integer(7)}, axis)
    assert view.entries == {(2, 0): 7}
    turned = view.transposed()
    assert (turned.shape, turned.entries, turned.rows, turned.columns) == ((1, 3), {(0, 2): 7}, None, axis)


def test_equal_entries_are_one_object() -> None:
    first, second = (Add._from_args((n + m).args) for _ in range(2))
    assert first is not second
    entries = MatrixView((2, 2), {(0, 0): first, (0, 1): n, (1, 1): second}).entries
    assert entries[0, 0] is entries[1, 1] is not entries[0, 1]


def test_blocks_begin_where_the_axis_says_and_empty_ones_do_not_count() -> None:
    gaps = Axis((*axis.labels, "w"), (("e", 0), *axis.blocks, ("f", 0), ("w", 1)))
    assert MatrixView((3, 4), {}, axis, gaps).block_starts() == ((0, 2), (0, 2, 3))


def test_an_axis_of_another_length_is_refused() -> None:
    with pytest.raises(ShapeMismatch, match=r"3 labels for the columns of a matrix of shape \(3, 2\)"):
        MatrixView((3, 2), {}, axis, axis)


@pytest.mark.parametrize("place", [(0, 2), (-1, 0), (3, 0)])
def test_an_entry_outside_is_refused(place: tuple[int, int]) -> None:
    with pytest.raises(BadValue, match=r"entry \(.*\) lies outside a matrix of shape \(2, 2\)"):
        MatrixView((2, 2), {place: Integer(1)})


def test_an_empty_matrix_is_refused() -> None:
    with pytest.raises(BadValue, match=r"at least one row and one column, not the shape \(0, 2\)"):
        MatrixView((0, 2), {})
