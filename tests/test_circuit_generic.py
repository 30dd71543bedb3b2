"""Matrices of which nothing is assumed, and matrices joined to larger ones."""

from __future__ import annotations

import pytest

from symcircuits import Residual
from symcircuits.algebra import ExactMatrix, below, beside, prove, softmax
from symcircuits.circuit.generic import (
    any_basis,
    any_matrix,
    any_numbers,
    any_pattern,
    any_weights,
    check_sizes,
    row_sums,
    shares,
    tokens,
    written_out,
)
from symcircuits.errors import BadValue, ShapeMismatch


@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_a_general_basis_and_its_inverse(size):
    G, inverse = any_basis(size)
    assert prove(G @ inverse, ExactMatrix.identity(size))
    assert len(G.free_symbols) == (1 if size == 1 else 4)


def test_entries_have_symbols_of_their_own():
    matrix = any_matrix("v", 2, 3)
    assert len(matrix.free_symbols) == 6
    assert matrix.rank() == 2
    assert all(value != 0 for value in any_numbers(matrix, 1).values())
    assert set(any_pattern("a", 3).entries) == {(n, m) for n in range(3) for m in range(n + 1)}


def test_weights_carry_the_directions_of_the_stream():
    stream = Residual(x=3)
    weights = any_weights(stream, 2)
    assert weights["W_V"].columns == weights["W_O"].rows == stream
    assert tokens(stream, 2).shape == (3, 2)


def test_a_product_written_out_is_the_product():
    left, right = any_matrix("a", 2, 3), any_matrix("b", 3, 2)
    assert prove(written_out(left, right), left @ right)
    assert written_out(left, right).made_by != (left @ right).made_by


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ((3, 1), "d_head must be at least 2, got 1"),
        ((10, 2), "d_model must be at most 9, got 10"),
        ((3, 3), "d_head must be less than d_model = 3, got 3"),
    ],
)
def test_sizes_that_do_not_fit_are_refused(sizes, message):
    with pytest.raises(BadValue, match=f"^{message}$"):
        check_sizes(*sizes)


def test_blocks_side_by_side_times_blocks_below_are_a_sum():
    a, b, c, d = (any_matrix(letter, 2, 2) for letter in "abcd")
    assert prove(beside(a, b) @ below(c, d), a @ c + b @ d)
    assert not prove(beside(b, a) @ below(c, d), a @ c + b @ d)


def test_blocks_must_fit():
    with pytest.raises(ShapeMismatch, match="cannot put a 1 by 2 matrix beside a 2 by 2 matrix: their rows differ"):
        beside(any_matrix("a", 1, 2), any_matrix("b", 2, 2))
    with pytest.raises(ShapeMismatch, match="cannot put a 2 by 1 matrix above a 2 by 2 matrix: their columns differ"):
        below(any_matrix("a", 2, 1), any_matrix("b", 2, 2))


def test_shares_and_row_sums_together_are_the_softmax():
    scores = any_matrix("s", 3, 3)
    pattern = any_pattern("a", 3)
    found = pattern.substitute(row_sums(pattern)).substitute(shares(pattern, scores))
    rows = [softmax([scores[n, m] for m in range(n + 1)]) for n in range(3)]
    wanted = {(n, m): weight for n, row in enumerate(rows) for m, weight in enumerate(row)}
    assert prove(found, ExactMatrix.from_entries((3, 3), wanted))
    assert not prove(found, ExactMatrix.from_entries((3, 3), wanted | {(2, 0): wanted[2, 1], (2, 1): wanted[2, 0]}))
