"""Rotary positions: turns that add up, that see distances alone, and that the engine makes by a formula of its own."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Integer, Rational, cos, sqrt, symbols

from symcircuits.algebra import ExactMatrix, prove
from symcircuits.behaviours import AttendsTo, AttendsToSame, Trial
from symcircuits.circuit import Constant, Head, Residual, Rotary, Sinusoids, Transformer
from symcircuits.circuit.bind import bind_head, bind_scalar, bind_stream, bind_transformer
from symcircuits.engine import HeadArrays, embed, forward, scores, turned
from symcircuits.errors import BadValue, UnboundSymbols, UnknownName
from symcircuits.symbols import alpha, beta, m, n, positive
from symcircuits.typeset.formulas import Name, to_latex

LAYOUTS = ["adjacent", "half"]
STREAM = Residual(content=2, one=Constant(), v=2)
R = [positive(f"r_{i}") for i in range(3)]
j, k = symbols("j k", integer=True)

rotaries = st.builds(Rotary, st.integers(1, 4), st.sampled_from(LAYOUTS))
offsets = st.integers(-9, 9) | st.sampled_from([j, k, j - k, n - 1, m])


def reading(rotary: Rotary, d_head: int | None = None) -> ExactMatrix:
    """The constant direction, with magnitude r_i in the first dimension of every pair."""
    size = d_head or rotary.size
    one = STREAM["one"].places[0]
    entries = {(rotary.places(i)[0], one): R[i] for i in range(rotary.pairs)}
    return ExactMatrix.from_entries((size, STREAM.d_model), entries, rotary.axis(size), STREAM)


def previous(rotary: Rotary, by: int = 1, d_head: int | None = None) -> Head:
    return Head(
        W_Q=reading(rotary, d_head),
        W_K=rotary.shift(by, d_head) @ reading(rotary, d_head),
        scale=beta,
        rotary=rotary,
    )


def values(rotary: Rotary) -> dict:
    return {**rotary.suggested(10), beta: Integer(3), **{r: Rational(1, i + 1) for i, r in enumerate(R)}}


@settings(max_examples=30)
@given(rotaries, offsets, offsets)
def test_turns_add_up_and_keep_lengths(rotary, a, b):
    assert prove(rotary.shift(a) @ rotary.shift(b), rotary.shift(a + b))
    assert prove(rotary.shift(a).T, rotary.shift(-a))
    assert prove(rotary.shift(a).T @ rotary.shift(a), ExactMatrix.identity(rotary.size))
    assert not prove(rotary.shift(a) @ rotary.shift(b), rotary.shift(a + b + 1))


@settings(max_examples=20)
@given(rotaries, offsets, st.integers(0, 3))
def test_the_two_layouts_are_one_up_to_the_order_of_the_dimensions(rotary, by, more):
    P = rotary.from_adjacent()
    assert P.T @ P == ExactMatrix.identity(rotary.size)
    assert P @ Rotary(rotary.pairs).shift(by) @ P.T == rotary.shift(by)
    d_head = rotary.size + more
    assert rotary.shift(by, d_head).shape == (d_head, d_head)
    assert all(rotary.shift(by, d_head)[i, i] == 1 for i in range(rotary.size, d_head))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_each_turned_by_its_own_place_is_the_turn_between_the_two(layout):
    rotary = Rotary(2, layout)
    q, key = (ExactMatrix.from_rows([[s] for s in symbols(f"{name}_0:4")]) for name in "qk")
    own = (rotary.shift(n) @ q).T @ (rotary.shift(m) @ key)
    assert prove(own, q.T @ rotary.shift(m - n) @ key)
    assert not prove(own, q.T @ rotary.shift(n - m) @ key)


def test_the_adjacent_layout_turns_as_the_sinusoids_of_a_stream_do():
    assert Rotary(3).shift(k) == Sinusoids(3).shift(k)
    assert Rotary(3, "half").shift(k) != Sinusoids(3).shift(k)
    assert Rotary(1, "half").shift(k) == Rotary(1).shift(k)


def test_a_pair_turns_forward_by_its_own_angle():
    column = Rotary(2, "half").shift(1) @ ExactMatrix.from_rows([[0], [1], [0], [0]])
    assert column.entries.keys() == {(1, 0), (3, 0)} and column[1, 0] == cos(alpha(1))


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("d_head", [None, 6])
def test_the_score_of_a_key_turned_by_one_token(layout, d_head):
    head = previous(Rotary(2, layout), d_head=d_head)
    closed = beta * sum(R[i] ** 2 * cos(alpha(i) * (n - 1 - m)) for i in range(2))
    assert prove(head.score_at(n, m), closed)
    assert prove(head.score(STREAM.at(n), STREAM.at(m), at=(n, m)), closed)
    assert not prove(head.score(STREAM.at(n), STREAM.at(m), at=(m, n)), closed)
    assert not prove(previous(Rotary(2, layout), by=-1).score_at(n, m), closed)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_rotary_head_attends_to_the_previous_token(layout):
    rotary = Rotary(2, layout)
    assert AttendsTo(-1).prove_on(previous(rotary))
    assert AttendsTo(0).prove_on(previous(rotary, by=0))
    assert not AttendsTo(-1).prove_on(previous(rotary, by=-1))
    assert not AttendsTo(-1).prove_on(previous(rotary, by=0))
    assert AttendsTo(-1).prove_strict(previous(rotary), values(rotary), 20)


def test_a_content_read_beside_the_turned_dimensions_feels_no_place():
    rotary, stream = Rotary(1), Residual(content=2)
    content = {(2 + i, stream["content"].places[i]): 1 for i in range(2)}
    beside, inside = (
        ExactMatrix.from_entries((4, 2), entries, rotary.axis(4), stream)
        for entries in (content, {(i - 2, place): 1 for (i, place) in content})
    )
    assert AttendsToSame(stream["content"]).prove_on(Head(W_Q=beside, W_K=beside, rotary=rotary))
    assert not AttendsToSame(stream["content"]).prove_on(Head(W_Q=inside, W_K=inside, rotary=rotary))


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("d_head", [None, 7])
def test_the_engine_turns_by_absolute_places_and_agrees(layout, d_head):
    rotary = Rotary(3, layout)
    head, bound = previous(rotary, d_head=d_head), values(rotary)
    x = bind_stream(STREAM, 9, bound, np.random.default_rng(3).standard_normal((9, STREAM.d_model)))
    arrays = bind_head(head, bound)
    found = scores(x, arrays)
    expected = [[bind_scalar(head.score_at(a, b), bound) for b in range(9)] for a in range(9)]
    np.testing.assert_allclose(found, expected, atol=1e-13)
    other = HeadArrays(W_Q=arrays.W_Q, W_K=arrays.W_K, scale=arrays.scale, rotary=-arrays.rotary, rotary_layout=layout)
    assert np.abs(scores(x, other) - expected).max() > 0.1
    swapped = "half" if layout == "adjacent" else "adjacent"
    other = HeadArrays(W_Q=arrays.W_Q, W_K=arrays.W_K, scale=3.0, rotary=arrays.rotary, rotary_layout=swapped)
    assert np.abs(scores(x, other) - expected).max() > 0.1


@settings(max_examples=25)
@given(st.integers(0, 2**32 - 1), st.sampled_from(LAYOUTS), st.integers(0, 3))
def test_the_engine_on_random_heads_is_the_exact_turn_of_each_distance(seed, layout, more):
    rng = np.random.default_rng(seed)
    rotary, d_head, x = Rotary(2, layout), 4 + more, rng.standard_normal((5, 3))
    angles = dict(zip(rotary.angles, (Rational(int(a), 8) for a in rng.integers(-20, 20, 2)), strict=True))
    W_Q, W_K = rng.standard_normal((2, 3, d_head))
    numbers = np.array([float(a) for a in angles.values()])
    found = scores(x, HeadArrays(W_Q=W_Q, W_K=W_K, rotary=numbers, rotary_layout=layout))
    for a in range(5):
        for b in range(5):
            turn = rotary.shift(b - a, d_head).substitute(angles)
            exact = np.array([[float(turn[r, c]) for c in range(d_head)] for r in range(d_head)])
            assert abs((x[a] @ W_Q) @ exact @ (x[b] @ W_K) - found[a, b]) < 1e-10


def test_batches_are_turned_alike_and_keep_their_kind_of_number():
    x = np.random.default_rng(1).standard_normal((2, 4, 5)).astype(np.float32)
    found = turned(x, [0.5, 0.1], "half")
    assert found.dtype == np.float32 and found.shape == x.shape
    np.testing.assert_array_equal(found[1], turned(x[1], [0.5, 0.1], "half"))
    np.testing.assert_array_equal(found[..., 4], x[..., 4])
    np.testing.assert_array_equal(found[:, 0], x[:, 0])


def test_a_constant_tells_no_two_tokens_apart():
    assert STREAM.at(n)[STREAM["one"].places[0], 0] == 1
    assert STREAM.positions() == {"one": Constant()} and Constant().free_symbols == set()
    assert Constant().shift(3) == ExactMatrix.identity(1)


def test_what_a_head_is_with_rotary_positions():
    head = previous(Rotary(2))
    assert head.free_symbols == {beta, alpha(0), alpha(1), R[0], R[1]}
    assert prove(head.W_QK_at(-1).expand()[2, 2], R[0] ** 2 + R[1] ** 2)
    named = Head(W_Q=head.W_Q.named(Name("W_Q")), W_K=head.W_K.named(Name("W_K")), rotary=Rotary(2))
    x, y = STREAM.at(n), STREAM.at(m)
    assert to_latex(named.score_formula(x, y, at=(n, m))) == (r"x_{n}^{\mathsf{T}} W_Q^{\mathsf{T}} R(m - n) W_K x_{m}")
    assert Trial((head,), {}).symbols() == head.free_symbols


def test_only_what_commutes_with_the_turns_is_a_change_of_basis():
    rotary = Rotary(2)
    head = previous(rotary)
    turn = rotary.shift(1)
    moved = head.moved(queries=(turn, turn.T))
    assert prove(moved.score_at(n, m), head.score_at(n, m)) and moved.W_Q != head.W_Q
    swap = ExactMatrix.from_entries((4, 4), {(0, 1): 1, (1, 0): 1, (2, 2): 1, (3, 3): 1})
    with pytest.raises(BadValue, match=r"is not proved to commute with the turns of the rotary positions$"):
        head.moved(queries=(swap, swap))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_transformer_turns_each_token_by_its_own_place(layout):
    head = previous(Rotary(2, layout))
    moving = Head(head.W_Q, head.W_K, STREAM.read("content"), STREAM.write("v"), head.scale, rotary=head.rotary)
    model = Transformer(((moving,),), W_E=STREAM.write("content"), vocabulary=("a", "b"))
    assert model.free_symbols == head.free_symbols
    x = model.embed("abba")
    for a in range(4):
        for b in range(4):
            assert prove(model.scores(0, 0, x)[a, b], head.score(x.take_columns([a]), x.take_columns([b]), at=(a, b)))
    bound = values(head.rotary)
    exact = model.forward("abba")[-1].substitute(bound)
    arrays = bind_transformer(model, 4, bound)
    numeric = forward(embed([0, 1, 1, 0], arrays), arrays.layers)
    expected = [[bind_scalar(exact[i, j], {}) for i in range(STREAM.d_model)] for j in range(4)]
    np.testing.assert_allclose(numeric, expected, atol=1e-13)


def test_turns_of_what_is_empty_leave_one_matrix_for_all_distances():
    rotary = Rotary(1)
    entries = {(2 + i, STREAM["content"].places[i]): 1 for i in range(2)}
    beside = ExactMatrix.from_entries((4, STREAM.d_model), entries, rotary.axis(4), STREAM)
    head = Head(W_Q=beside, W_K=beside, rotary=rotary)
    assert prove(head.W_QK, head.W_QK_at(k))
    turned_queries = Head(W_Q=reading(rotary, 4), W_K=beside, rotary=rotary)
    assert prove(turned_queries.W_QK, turned_queries.W_QK_at(k))


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Rotary(0), BadValue, r"^expected at least one frequency pair, got 0$"),
        (lambda: Rotary(2, "other"), UnknownName, r"layout of rotary positions"),
        (lambda: Rotary(2).places(2), BadValue, r"^expected a pair from 0 to 1, got 2$"),
        (lambda: Rotary(2).shift(1, 3), BadValue, r"^2 frequency pairs need a head with 4 dimensions, got 3$"),
        (lambda: previous(Rotary(2)).W_QK, BadValue, r"^with rotary positions W_QK depends on the distance"),
        (lambda: previous(Rotary(1)).score(STREAM.at(n), STREAM.at(m)), BadValue, r"give at=\(n, m\)$"),
        (
            lambda: Head(W_Q=reading(Rotary(1)), W_K=reading(Rotary(1)), rotary=Rotary(2)),
            BadValue,
            r"^2 frequency pairs need a head with 4 dimensions, got 2$",
        ),
        (
            lambda: Head(W_V=STREAM.read("v"), W_O=STREAM.write("v"), rotary=Rotary(1)),
            BadValue,
            r"^rotary positions turn queries and keys; this head has no W_Q and W_K$",
        ),
        (lambda: bind_head(previous(Rotary(1)), {beta: Integer(1), R[0]: Integer(1)}), UnboundSymbols, r"alpha_0"),
    ],
    ids=lambda part: part if isinstance(part, str) else "",
)
def test_what_does_not_fit_is_refused(make, error, message):
    with pytest.raises(error, match=message):
        make()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: HeadArrays(W_V=np.eye(2), W_O=np.eye(2), rotary=[1.0]), r"^rotary turns queries and keys"),
        (lambda: HeadArrays(W_Q=np.eye(3), W_K=np.eye(3), rotary=[1.0, 2.0]), r"^2 rotary pairs need 4 dimensions"),
        (lambda: HeadArrays(W_Q=np.eye(2), W_K=np.eye(2), rotary=[[1.0]]), r"^rotary must be finite angles \[pairs\]"),
        (lambda: HeadArrays(W_Q=np.eye(2), W_K=np.eye(2), rotary=[np.nan]), r"^rotary must be finite angles"),
        (
            lambda: HeadArrays(W_Q=np.eye(2), W_K=np.eye(2), rotary=[1.0], rotary_layout="row"),
            r"^rotary_layout must be 'adjacent' or 'half', not 'row'$",
        ),
    ],
)
def test_the_engine_refuses_angles_that_do_not_fit(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_suggested_angles_are_exact_roots():
    assert list(Rotary(4).suggested().values()) == [1, Rational(1, 10), Rational(1, 100), Rational(1, 1000)]
    assert Rotary(2).suggested(10)[alpha(1)] == 1 / sqrt(10)
