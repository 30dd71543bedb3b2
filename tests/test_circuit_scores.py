"""Composition scores: their range, their baseline, their ceiling, and where they are undefined."""

from __future__ import annotations

import numpy as np
import pytest
from sympy import Rational, S, Symbol, sqrt

from symcircuits import Head, Residual
from symcircuits.algebra import ExactMatrix, prove
from symcircuits.circuit.bind import bind_matrix
from symcircuits.circuit.generic import any_basis, any_numbers, any_weights
from symcircuits.circuit.scores import (
    composition_baseline,
    composition_ceiling,
    copying_score,
    k_composition,
    q_composition,
    v_composition,
)
from symcircuits.errors import BadValue, NotSupported

STREAM = Residual(x=3)
SCORES = {"q": q_composition, "k": k_composition, "v": v_composition}


def numeric_head(letters: str, start: int) -> Head:
    weights = any_weights(STREAM, 2, letters)
    return Head(
        **{name: matrix.substitute(any_numbers(matrix, start + i)) for i, (name, matrix) in enumerate(weights.items())}
    )


FIRST, SECOND = numeric_head("qkvo", 0), numeric_head("fgwp", 2)


@pytest.mark.parametrize("kind", SCORES)
def test_a_score_is_the_quotient_of_frobenius_norms(kind):
    found = float(SCORES[kind](FIRST, SECOND))
    W_OV = bind_matrix(FIRST.W_OV.expand(), {})
    reading = {"q": SECOND.W_QK.T, "k": SECOND.W_QK, "v": SECOND.W_OV}[kind]
    A = bind_matrix(reading.expand(), {})
    expected = np.linalg.norm(A @ W_OV) / (np.linalg.norm(A) * np.linalg.norm(W_OV))
    assert found == pytest.approx(expected, rel=1e-12)
    assert 0 < found < 1


def test_the_three_scores_tell_queries_keys_and_values_apart():
    assert len({score(FIRST, SECOND) for score in SCORES.values()}) == 3


@pytest.mark.parametrize("kind", SCORES)
def test_a_gauge_move_changes_no_score(kind):
    G, inverse = (
        matrix.substitute({Symbol(s, real=True): v for s, v in zip("abcd", (2, 1, 3, 5), strict=True)})
        for matrix in any_basis(2)
    )
    moved = FIRST.moved(values=(G, inverse)), SECOND.moved(queries=(G, inverse), values=(G, inverse))
    assert prove(SCORES[kind](*moved), SCORES[kind](FIRST, SECOND))


def test_aligned_heads_of_equal_singular_values_reach_the_ceiling():
    stream = Residual(a=3, b=3)
    first = Head(W_V=stream.read("a"), W_O=stream.write("b"))
    second = Head(W_V=stream.read("b") * 5, W_O=stream.write("a"))
    assert v_composition(first, second) == composition_ceiling(3) == 1 / sqrt(3)
    assert composition_ceiling(1) == 1


def test_a_head_of_rank_one_can_score_one():
    column = ExactMatrix.from_rows([[1], [2]])
    head = Head(W_V=column.T, W_O=column)
    assert v_composition(head, head) == 1


def test_the_baseline_is_the_root_mean_square_over_random_rotations():
    random = np.random.default_rng(3)
    A, B = random.standard_normal((2, 4, 4))
    squares = []
    for _ in range(4000):
        rotation, triangle = np.linalg.qr(random.standard_normal((4, 4)))
        rotation *= np.sign(np.diag(triangle))
        squares.append((np.linalg.norm(A @ rotation @ B) / (np.linalg.norm(A) * np.linalg.norm(B))) ** 2)
    assert np.sqrt(np.mean(squares)) == pytest.approx(float(composition_baseline(4)), rel=0.02)


@pytest.mark.parametrize("t", [1, 2, 3])
def test_exercise_one_scores_the_root_of_what_is_passed_over_the_size(t):
    stream = Residual.numbered(first=3, more=3, passed=3, last=3)
    first = Head(W_V=stream.read("first"), W_O=stream.write("passed"))
    reads = [stream["more"][: 3 - t]] * (t < 3) + [stream["passed"][:t]]
    second = Head(W_V=stream.read(*reads), W_O=stream.write("last"))
    assert v_composition(first, second) == sqrt(t) / 3
    assert composition_baseline(16) == Rational(1, 4)


def test_a_head_that_moves_nothing_has_no_score():
    nothing = Head(W_V=ExactMatrix.zeros(1, 3), W_O=ExactMatrix.zeros(3, 1))
    for pair in ((nothing, SECOND), (FIRST, nothing)):
        with pytest.raises(BadValue, match=r"undefined \(0/0\)"):
            v_composition(*pair)


def test_weights_that_are_not_there_are_told():
    values_only = Head(W_V=SECOND.W_V, W_O=SECOND.W_O)
    with pytest.raises(BadValue, match="has no W_Q and W_K"):
        q_composition(FIRST, values_only)


@pytest.mark.parametrize("size", [0, -1])
def test_sizes_are_positive(size):
    with pytest.raises(BadValue, match=f"expected d_model of at least 1, got {size}"):
        composition_baseline(size)
    with pytest.raises(BadValue, match=f"expected a rank of at least 1, got {size}"):
        composition_ceiling(size)


def test_a_score_keeps_symbols():
    c = Symbol("c", positive=True)
    column = ExactMatrix.from_rows([[1], [c]])
    head = Head(W_V=column.T, W_O=ExactMatrix.from_rows([[1], [S.Zero]]))
    assert prove(v_composition(head, head), 1 / sqrt(1 + c**2))


MATRICES = [
    [[0, -1], [1, 0]],
    [[1, 2], [3, 4]],
    [[2, 1], [1, 2]],
    [[-2, 1], [1, -2]],
    [[1, -1], [1, 1]],
    [[3, 5, 0], [0, -1, 0], [2, 0, 0]],
]


@pytest.mark.parametrize("rows", MATRICES)
def test_a_copying_score_is_the_sum_of_eigenvalues_over_that_of_their_sizes(rows):
    values = np.linalg.eigvals(np.array(rows, dtype=float))
    found = float(copying_score(ExactMatrix.from_rows(rows)))
    assert found == pytest.approx(values.sum().real / np.abs(values).sum(), abs=1e-12)
    assert float(copying_score(ExactMatrix.from_rows(rows) * -2)) == pytest.approx(-found, abs=1e-12)


def test_a_copying_score_of_what_is_not_known_is_refused():
    a = Symbol("a", real=True)
    with pytest.raises(NotSupported, match="the sign of .*a.* is not proved"):
        copying_score(ExactMatrix.from_rows([[a]]))
    with pytest.raises(NotSupported, match="have no proved size"):
        copying_score(ExactMatrix.from_rows([[0, 0, 1], [1, 0, 1], [0, 1, 0]]))
    with pytest.raises(BadValue, match="undefined"):
        copying_score(ExactMatrix.from_rows([[0, a], [0, 0]]))
