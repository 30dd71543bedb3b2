"""Biases of heads: what they add, in symbols and on the engine, and biases that do not fit."""

from __future__ import annotations

import numpy as np
import pytest
from sympy import Integer, symbols

from symcircuits.algebra import ExactMatrix, prove
from symcircuits.behaviours import ActsLike, Copies, CopiesAll
from symcircuits.circuit import Head, Residual
from symcircuits.circuit.bind import bind_head
from symcircuits.circuit.conventions import columns_from_rows, rows_from_columns
from symcircuits.engine import HeadArrays, head_output, scores
from symcircuits.errors import BadValue, ShapeMismatch

STREAM = Residual(content=2, v=2)
x, y = symbols("x y", real=True)
b = ExactMatrix.from_rows([[x], [y]])
to_v = ExactMatrix.from_entries((4, 1), {(2, 0): 5})


def biased(**changes) -> Head:
    weights = {"W_Q": STREAM.read("content"), "W_K": STREAM.read("v")}
    weights |= {"W_V": STREAM.read("content"), "W_O": STREAM.write("v")}
    return Head(**(weights | changes))


def random_arrays(seed: int) -> dict[str, np.ndarray]:
    chance = np.random.default_rng(seed)
    shapes = {"W_Q": (4, 3), "W_K": (4, 3), "W_V": (4, 3), "W_O": (3, 4), "b_Q": 3, "b_K": 3, "b_V": 3, "b_O": 4}
    return {name: chance.normal(size=shape) for name, shape in shapes.items()}


def test_a_bias_is_a_weight_that_reads_a_direction_which_is_always_one():
    arrays = random_arrays(1)
    stream = np.random.default_rng(2).normal(size=(6, 4))
    wide = {name: np.vstack([arrays[f"W_{name[-1]}"], arrays[f"b_{name[-1]}"]]) for name in ("W_Q", "W_K", "W_V")}
    wide["W_O"] = np.hstack([arrays["W_O"], np.zeros((3, 1))])
    with_one = np.hstack([stream, np.ones((6, 1))])
    expected = head_output(with_one, HeadArrays(**wide))[:, :4] + arrays["b_O"]
    np.testing.assert_allclose(head_output(stream, HeadArrays(**arrays)), expected, rtol=1e-12)
    np.testing.assert_allclose(scores(stream, HeadArrays(**arrays)), scores(with_one, HeadArrays(**wide)), rtol=1e-12)


@pytest.mark.parametrize("name", ["b_Q", "b_K", "b_V", "b_O"])
def test_each_bias_is_felt_and_bound(name):
    size = 4 if name == "b_O" else 2
    bias = ExactMatrix.from_entries((size, 1), {(0, 0): x, (1, 0): 2})
    head = biased(**{name: bias})
    assert x in head.free_symbols
    stream = np.arange(12.0).reshape(3, 4) / 7
    plain, moved = (bind_head(one, {x: Integer(3)}) for one in (biased(), head))
    np.testing.assert_array_equal(getattr(moved, name), [3, 2, 0, 0][:size])
    where = scores if name in ("b_Q", "b_K") else head_output
    assert np.abs(where(stream, moved) - where(stream, plain)).max() > 0.1


def test_the_exact_score_has_all_four_terms():
    key_bias = ExactMatrix.from_rows([[3], [4]])
    query, key = STREAM.at(0), STREAM.at(1)
    score = biased(b_Q=b, b_K=key_bias).score(query, key)
    expected = (query[0, 0] + x) * (key[2, 0] + 3) + (query[1, 0] + y) * (key[3, 0] + 4)
    assert prove(score, expected)
    assert not prove(biased(b_Q=b).score(query, key), expected)


def test_queries_of_several_tokens_get_the_bias_in_each_column():
    both = ExactMatrix.from_rows([[1, 2], [0, 0], [0, 0], [0, 0]])
    found = biased(b_Q=b).query(both)
    assert prove(found, ExactMatrix.from_rows([[1 + x, 2 + x], [y, y]]))


def test_a_change_of_basis_moves_the_biases_too():
    G, inverse = ExactMatrix.from_rows([[1, x], [0, 1]]), ExactMatrix.from_rows([[1, -x], [0, 1]])
    head = biased(b_Q=b, b_K=ExactMatrix.from_rows([[1], [2]]), b_V=b, b_O=to_v)
    moved = head.moved(queries=(G, inverse), values=(G, inverse))
    assert ActsLike(head).prove_on(moved)
    assert prove(head.score(STREAM.at(0), STREAM.at(1)), moved.score(STREAM.at(0), STREAM.at(1)))
    assert not ActsLike(head).prove_on(Head(**moved.weights(), b_Q=head.b_Q, b_V=moved.b_V, b_O=moved.b_O))


def test_a_bias_that_writes_is_no_pure_copy():
    copies = Copies(STREAM["content"], STREAM["v"])
    for asked in (copies, CopiesAll((copies,))):
        assert asked.prove_on(biased(b_Q=b))
        assert not asked.prove_on(biased(b_V=b))
        assert not asked.prove_on(biased(b_O=to_v))
        cancelling = biased(b_V=ExactMatrix.from_rows([[1], [0]]), b_O=STREAM.unit(STREAM["v"][0]) * -1)
        assert asked.prove_on(cancelling)


def test_heads_that_differ_in_a_bias_do_not_act_alike():
    assert ActsLike(biased(b_Q=b)).prove_on(biased(b_Q=b))
    for name in ("b_Q", "b_V"):
        assert not ActsLike(biased()).prove_on(biased(**{name: b}))
    assert not ActsLike(biased()).prove_on(biased(b_O=to_v))
    # What is added to every key alike is not felt.
    assert ActsLike(biased()).prove_on(biased(b_K=b))


def test_biases_turn_between_rows_and_columns():
    rows = {"W_V": np.arange(6.0).reshape(3, 2), "b_V": np.array([1.0, 2.0])}
    columns = columns_from_rows(rows)
    assert columns["W_V"].shape == (2, 3) and columns["b_V"].shape == (2, 1)
    for name, array in rows_from_columns(columns).items():
        np.testing.assert_array_equal(array, rows[name])


BAD = [
    ({"b_Q": ExactMatrix.zeros(3, 1)}, ShapeMismatch, r"b_Q must be 2 by 1, as .*; got 0 \(3 by 1\)"),
    ({"b_O": ExactMatrix.zeros(2, 1)}, ShapeMismatch, "b_O must be 4 by 1"),
    ({"W_V": None, "W_O": None, "b_V": b}, BadValue, "b_V needs W_V, and this head has none"),
    ({"b_O": Residual(other=4).unit(Residual(other=4)["other"][0])}, ShapeMismatch, "name different directions"),
]


@pytest.mark.parametrize(("changes", "error", "message"), BAD)
def test_biases_that_do_not_fit(changes, error, message):
    with pytest.raises(error, match=message):
        biased(**changes)


BAD_ARRAYS = [
    ({"b_Q": np.zeros(4)}, r"b_Q \[4\] and W_Q \[4, 3\] do not fit: b_Q needs 3 entries"),
    ({"b_V": np.zeros((3, 1))}, "b_V must be a vector"),
    ({"W_V": None, "W_O": None, "b_O": np.zeros(4), "b_V": None}, "b_O needs W_O; this head has none"),
]


@pytest.mark.parametrize(("changes", "message"), BAD_ARRAYS)
def test_arrays_of_biases_that_do_not_fit(changes, message):
    with pytest.raises(ValueError, match=message):
        HeadArrays(**(random_arrays(1) | changes))


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda head: head.constant(), "no W_V and W_O"),
        (lambda head: head.value(STREAM.at(0)), "no W_V and W_O"),
    ],
)
def test_what_a_head_without_values_cannot_tell(ask, message):
    with pytest.raises(BadValue, match=message):
        ask(Head(W_Q=STREAM.read("v"), W_K=STREAM.read("v")))


@pytest.mark.parametrize("ask", [lambda head: head.key_bias(), lambda head: head.query(STREAM.at(0))])
def test_what_a_head_without_queries_cannot_tell(ask):
    with pytest.raises(BadValue, match="no W_Q and W_K"):
        ask(Head(W_V=STREAM.read("v"), W_O=STREAM.write("v")))
