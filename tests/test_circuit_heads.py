"""Heads: what they compute, what does not change them, and matrices that make no head."""

from __future__ import annotations

import pytest
from sympy import Float, Integer, Rational, cos, sin, sqrt, symbols

from symcircuits.algebra import ExactMatrix, Factored, prove
from symcircuits.circuit import Head, Residual, Sinusoids
from symcircuits.errors import BadValue, ShapeMismatch
from symcircuits.symbols import alpha, beta, lambda_, m, n
from symcircuits.typeset.formulas import Name, to_latex

POSITION = Sinusoids(2)
STREAM = Residual(content=3, position=POSITION, v=3)
x, y = symbols("x y")


def previous(scale=beta, **changes) -> Head:
    weights = {
        "W_Q": STREAM.read(POSITION),
        "W_K": POSITION.shift(1) @ STREAM.read(POSITION),
        "W_V": STREAM.read("content"),
        "W_O": STREAM.write("v"),
    }
    return Head(**(weights | changes), scale=scale)


def test_the_score_of_the_previous_token_head():
    score = previous().score(STREAM.at(n), STREAM.at(m))
    assert prove(score, beta * sum(lambda_(i) ** 2 * cos(alpha(i) * (n - 1 - m)) for i in range(2)))
    assert not prove(score, beta * sum(lambda_(i) ** 2 * cos(alpha(i) * (n + 1 - m)) for i in range(2)))


def test_the_score_is_the_bilinear_form_of_the_query_key_matrix():
    head = previous(scale=1 / sqrt(8))
    query, key = STREAM.at(n), STREAM.at(m)
    assert prove(head.score(query, key), (query.T @ head.W_QK.expand() @ key).scalar() / (2 * sqrt(2)))


def test_products_stay_factored_and_have_the_rank_of_what_they_move():
    head = previous()
    assert isinstance(head.W_OV, Factored) and isinstance(head.W_QK, Factored)
    assert head.W_OV.shape == (10, 10) == head.W_QK.shape
    assert (head.W_OV.inner, head.W_OV.rank(), head.W_QK.rank()) == (3, 3, 4)
    moved = {(STREAM["v"][i], STREAM["content"][i]): 1 for i in range(3)}
    assert prove(head.W_OV, STREAM.matrix(moved))


INVERTIBLE = ExactMatrix.from_rows([[1, x, 0], [0, 1, y], [0, 0, 2]])
INVERSE = ExactMatrix.from_rows([[1, -x, x * y / 2], [0, 1, -y / 2], [0, 0, Rational(1, 2)]])


def test_a_change_of_basis_inside_a_head_changes_nothing():
    assert prove(INVERTIBLE @ INVERSE, ExactMatrix.identity(3))
    head = previous()
    moved = previous(W_V=INVERTIBLE @ head.W_V, W_O=head.W_O @ INVERSE)
    assert prove(moved.W_OV, head.W_OV)
    assert not prove(previous(W_V=INVERTIBLE @ head.W_V).W_OV, head.W_OV)


def test_a_rotation_of_queries_and_keys_changes_nothing():
    head = previous()
    turn = POSITION.shift(5)
    moved = previous(W_Q=turn @ head.W_Q, W_K=turn @ head.W_K)
    assert prove(moved.W_QK, head.W_QK)
    assert prove(moved.score(STREAM.at(n), STREAM.at(m)), head.score(STREAM.at(n), STREAM.at(m)))
    assert not prove(previous(W_Q=turn @ head.W_Q).W_QK, head.W_QK)


def test_moved_heads_are_the_same_head():
    head, size = previous(), 4
    stretch = ExactMatrix.from_entries((size, size), {(i, i): x if i else 1 for i in range(size)} | {(0, 1): y})
    back = ExactMatrix.from_entries((size, size), {(i, i): 1 / x if i else 1 for i in range(size)} | {(0, 1): -y / x})
    moved = head.moved(queries=(stretch, back), values=(INVERTIBLE, INVERSE))
    assert prove(moved.W_QK, head.W_QK) and prove(moved.W_OV, head.W_OV)
    assert prove(moved.W_Q, stretch @ head.W_Q) and prove(moved.W_K, back.T @ head.W_K)
    assert not prove(moved.W_Q, head.W_Q) and not prove(moved.W_V, head.W_V)
    assert head.moved() == head
    assert head.moved(values=(INVERTIBLE, INVERSE)).W_Q is head.W_Q
    once = head.moved(values=(INVERTIBLE, INVERSE))
    assert prove(once.moved(values=(INVERSE, INVERTIBLE)).W_V, head.W_V)


def test_only_a_matrix_with_its_inverse_is_a_basis():
    head = previous()
    with pytest.raises(BadValue, match=r"^a 3 by 3 matrix and a 3 by 3 matrix are not proved to be inverse"):
        head.moved(values=(INVERTIBLE, INVERTIBLE))
    with pytest.raises(BadValue, match=r"are not proved to be inverse to each other$"):
        head.moved(queries=(ExactMatrix.zeros(4, 4), ExactMatrix.zeros(4, 4)))
    with pytest.raises(ShapeMismatch, match=r"^cannot multiply "):
        head.moved(queries=(INVERTIBLE, INVERSE))
    with pytest.raises(BadValue, match=r"^this head has no W_V and W_O$"):
        Head(W_Q=head.W_Q, W_K=head.W_K).moved(values=(INVERTIBLE, INVERSE))
    with pytest.raises(BadValue, match=r"^this head has no W_Q and W_K$"):
        Head(W_V=head.W_V, W_O=head.W_O).moved(queries=(INVERTIBLE, INVERSE))


def test_sizes_stream_and_parts():
    head = previous()
    assert (head.d_model, head.d_head, head.stream) == (10, 4, STREAM)
    assert list(head.weights()) == ["W_Q", "W_K", "W_V", "W_O"]
    assert head.reads() is head.W_V and head.writes() is head.W_O
    assert head.free_symbols == {beta, alpha(0), alpha(1)}
    moving = Head(W_V=STREAM.read("content"), W_O=STREAM.write("v"))
    assert (moving.d_head, list(moving.weights()), moving.scale) == (3, ["W_V", "W_O"], 1)


@pytest.mark.parametrize("missing", ["W_Q", "W_K", "W_V", "W_O"])
def test_half_a_head_is_refused(missing):
    pair = "W_Q and W_K" if missing in ("W_Q", "W_K") else "W_V and W_O"
    with pytest.raises(BadValue, match=rf"^a head has both {pair}, or neither$"):
        previous(**{missing: None})


def test_no_head_at_all_is_refused():
    with pytest.raises(BadValue, match=r"^a head needs W_Q and W_K, or W_V and W_O$"):
        Head()


def zeros(name: str, rows: int, columns: int) -> ExactMatrix:
    return ExactMatrix.zeros(rows, columns).named(Name(name))


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ({"W_Q": (2, 5), "W_K": (2, 6)}, r"^W_Q \(2 by 5\) and W_K \(2 by 6\) do not fit in one head$"),
        ({"W_Q": (2, 5), "W_K": (3, 5)}, r"^W_Q \(2 by 5\) and W_K \(3 by 5\) do not fit in one head$"),
        ({"W_V": (2, 5), "W_O": (5, 3)}, r"^W_V \(2 by 5\) and .*W_O.* do not fit in one head$"),
        ({"W_V": (2, 5), "W_O": (6, 2)}, r"^W_V \(2 by 5\) and .*W_O.* do not fit in one head$"),
        (
            {"W_Q": (2, 5), "W_K": (2, 5), "W_V": (1, 6), "W_O": (6, 1)},
            r"^W_Q \(2 by 5\) and W_V \(1 by 6\) do not fit in one head$",
        ),
    ],
    ids=str,
)
def test_weights_that_do_not_fit_are_both_named(weights, message):
    with pytest.raises(ShapeMismatch, match=message):
        Head(**{name: zeros(name, *shape) for name, shape in weights.items()})


def test_weights_over_different_streams_make_no_head():
    other = Residual(other=3, position=POSITION, v=3)
    with pytest.raises(ShapeMismatch, match="different directions|do not fit"):
        previous(W_K=other.read(POSITION))
    with pytest.raises(ShapeMismatch, match="different directions|do not fit"):
        previous(W_O=other.write("v"))


@pytest.mark.parametrize("scale", [0.35, Float(1), "beta", None])
def test_a_scale_is_exact(scale):
    with pytest.raises(BadValue, match=r"expected an exact (value|expression)"):
        previous(scale=scale)


def test_a_whole_number_is_a_scale():
    once, twice = (previous(scale=scale).score(STREAM.at(n), STREAM.at(m)) for scale in (Integer(1), 2))
    assert prove(twice, 2 * once)
    assert previous(scale=2).free_symbols == {alpha(0), alpha(1)}


@pytest.mark.parametrize("ask", [lambda h: h.W_QK, lambda h: h.score(STREAM.at(n), STREAM.at(m))])
def test_without_queries_and_keys_there_is_no_score(ask):
    with pytest.raises(BadValue, match=r"^this head has no W_Q and W_K$"):
        ask(Head(W_V=STREAM.read("content"), W_O=STREAM.write("v")))


@pytest.mark.parametrize("ask", [lambda h: h.W_OV, lambda h: h.reads(), lambda h: h.writes()])
def test_without_values_nothing_is_moved(ask):
    with pytest.raises(BadValue, match=r"^this head has no W_V and W_O$"):
        ask(Head(W_Q=STREAM.read(POSITION), W_K=STREAM.read(POSITION)))


def test_a_head_of_bare_matrices_has_no_stream():
    with pytest.raises(
        BadValue, match=r"W \(2 by 4\) was not made from a residual stream, so its columns have no names$"
    ):
        _ = Head(W_Q=zeros("W", 2, 4), W_K=zeros("W", 2, 4)).stream


def test_a_column_of_another_length_has_no_score():
    with pytest.raises(ShapeMismatch, match=r"^cannot multiply .* by "):
        previous().score(Residual(content=2).at(n), STREAM.at(m))


def test_the_names_of_the_weights_make_those_of_the_products():
    head = previous(W_V=STREAM.read("content").named(Name("W_V")), W_O=STREAM.write("v").named(Name("W_O")))
    assert to_latex(head.W_OV.formula) == "W_O W_V"


def test_notebooks_show_every_weight():
    head = previous()
    assert head._repr_html_().count("<table") == 4
    assert head._repr_latex_().startswith("$W_Q = ") and "W_O = " in head._repr_latex_()


def test_the_closed_form_at_numbers():
    score = previous(scale=Integer(1)).score(STREAM.at(3), STREAM.at(1))
    expected = sum(lambda_(i) ** 2 * (cos(alpha(i)) * cos(0) - sin(alpha(i)) * sin(0)) for i in range(2))
    assert prove(score, expected)
