"""From exact weights to arrays: every symbol bound, every float the nearest one, and rows made in one place."""

from __future__ import annotations

import numpy as np
import pytest
from sympy import Function, I, Integer, Rational, Sum, Symbol, cos, cosh, exp, oo, pi, sin, sinh, sqrt, symbols

from symcircuits.algebra import ExactMatrix
from symcircuits.circuit import Head, OneHot, Residual, Sinusoids
from symcircuits.circuit.bind import (
    bind_head,
    bind_matrix,
    bind_scalar,
    bind_stream,
    numeric_function,
    pattern_of,
    scores_of,
    table_of,
    values_at,
)
from symcircuits.circuit.conventions import columns_from_rows, rows_from_columns
from symcircuits.engine import HeadArrays, previous_token_pattern, scores
from symcircuits.errors import BadValue, UnboundSymbols
from symcircuits.symbols import alpha, beta, lambda_, m, n
from symcircuits.typeset.formulas import Name

x, y = symbols("x y")
k = Symbol("k", integer=True)
POSITION = Sinusoids(2)
STREAM = Residual(content=2, position=POSITION)
VALUES = {**POSITION.suggested(), beta: Integer(3)}


def previous() -> Head:
    return Head(W_Q=STREAM.read(POSITION), W_K=POSITION.shift(1) @ STREAM.read(POSITION), scale=beta)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (Rational(1, 3), 1 / 3),
        (sqrt(8), 8**0.5),
        (exp(-x), np.exp(-2.0)),
        (Sum(k, (k, 1, x)), 3.0),
        (exp(-2000), 0.0),
        (sqrt(2) + Integer(10) ** 40 - Integer(10) ** 40, 2**0.5),
        (sin(10**9), 0.5458434494486996),
        (exp(-60) + 1 - cos(0), 8.75651076269652e-27),
    ],
    ids=str,
)
def test_a_scalar_becomes_the_nearest_float(expression, expected):
    assert bind_scalar(expression, {x: Integer(2)}) == expected


@pytest.mark.parametrize("argument", [10, 50, 100, 200, 400])
def test_digits_lost_in_a_difference_are_found_again(argument):
    assert bind_scalar(cosh(x) ** 2 - sinh(x) ** 2, {x: Integer(argument)}) == 1.0


@pytest.mark.parametrize(
    "expression", [I, 1 / x, oo, Function("f")(x), exp(2000), Integer(10) ** 400], ids=lambda e: str(e)[:20]
)
def test_what_is_no_real_number_is_refused(expression):
    with pytest.raises(BadValue, match="real number|finite"):
        bind_scalar(expression, {x: Integer(0)})


@pytest.mark.parametrize("angle", [1, Rational(1, 10), sqrt(2), pi, Rational(10) ** Rational(-31, 8), 100, -3])
def test_positions_far_along_are_bound_to_the_last_bits(angle):
    position = Sinusoids(1)
    bound = {alpha(0): Integer(1) * angle, lambda_(0): sqrt(3)}
    found = bind_stream(Residual(position=position), 5000, bound, np.zeros((5000, 2)))
    for token in (0, 1, 44, 355, 710, 4999):
        expected = [bind_scalar(position.at(token)[i, 0], bound) for i in range(2)]
        np.testing.assert_allclose(found[token], expected, rtol=0, atol=2e-15)


def test_symbols_left_over_are_named_with_what_holds_them():
    with pytest.raises(UnboundSymbols, match=r"^an expression still contains x, y; expected a value for each symbol$"):
        bind_scalar(x * y + 1, {})
    with pytest.raises(UnboundSymbols, match=r"^W \(1 by 1\) still contains y; expected a value for each symbol$"):
        bind_matrix(ExactMatrix.from_rows([[x * y]]).named(Name("W")), {x: Integer(1)})
    with pytest.raises(UnboundSymbols, match=r"^the scale of a head still contains beta; expected"):
        bind_head(previous(), POSITION.suggested())
    with pytest.raises(UnboundSymbols, match=r"still contains alpha_0; expected"):
        bind_head(previous(), {symbol: value for symbol, value in VALUES.items() if symbol is not alpha(0)})
    with pytest.raises(UnboundSymbols, match=r"^an angle of a position still contains alpha_0; expected"):
        bind_stream(STREAM, 2, {}, np.zeros((2, 6)))
    with pytest.raises(UnboundSymbols, match=r"^a closed form still contains y; expected"):
        numeric_function(x * y, [x], {})


def test_a_symbol_named_alike_is_not_bound():
    with pytest.raises(UnboundSymbols, match="still contains beta"):
        bind_scalar(beta, {Symbol("beta"): Integer(1)})


def test_a_matrix_becomes_an_array_of_its_shape():
    array = bind_matrix(ExactMatrix.from_entries((2, 3), {(0, 2): x, (1, 0): -x / 2}), {x: Integer(3)})
    np.testing.assert_array_equal(array, [[0, 0, 3], [-1.5, 0, 0]])
    assert bind_matrix(ExactMatrix.zeros(2, 2), {}).dtype == np.float64


def test_a_head_becomes_rows_for_the_engine():
    arrays = bind_head(previous(), VALUES)
    assert isinstance(arrays, HeadArrays) and arrays.scale == 3.0
    assert arrays.W_Q.shape == (6, 4) and arrays.W_V is None
    np.testing.assert_array_equal(arrays.W_K, bind_matrix(previous().W_K, VALUES).T)
    moving = Head(W_V=STREAM.read("content"), W_O=STREAM.write(STREAM["position"][:2]))
    pattern = previous_token_pattern(3)
    bound = bind_head(moving, {}, pattern)
    assert bound.W_O.shape == (2, 6) and bound.pattern is not None and bound.pattern.shape == (3, 3)


def test_the_scores_of_the_engine_are_those_of_the_algebra():
    x_numbers = bind_stream(STREAM, 4, VALUES, np.random.default_rng(0).normal(size=(4, 6)))
    measured = scores(x_numbers, bind_head(previous(), VALUES))
    exact = previous().score(STREAM.at(n), STREAM.at(m))
    expected = [[bind_scalar(exact, {**VALUES, n: Integer(a), m: Integer(b)}) for b in range(4)] for a in range(4)]
    np.testing.assert_allclose(measured, expected, atol=1e-13)


def test_positions_are_written_over_a_stream_and_the_rest_is_kept():
    content = np.full((3, 6), 7.0)
    bound = bind_stream(STREAM, 3, VALUES, content)
    np.testing.assert_array_equal(bound[:, :2], content[:, :2])
    np.testing.assert_allclose(bound[:, 2:], [bind_matrix(POSITION.at(t), VALUES)[:, 0] for t in range(3)])
    assert (content == 7.0).all()
    stream = Residual(a=1, place=OneHot(3))
    np.testing.assert_array_equal(bind_stream(stream, 3, {}, np.zeros((3, 4)))[:, 1:], np.eye(3))


def test_a_closed_form_becomes_a_function_of_arrays():
    function = numeric_function(cos(x * n) + y, [n], {x: pi, y: Integer(2)})
    np.testing.assert_allclose(function(np.arange(3)), [3, 1, 3])


def test_a_closed_form_of_attention_fills_what_the_mask_leaves():
    pattern = pattern_of(1 / (x + n + m), n, m, 3, {x: Integer(1)})
    np.testing.assert_allclose(pattern, [[1, 0, 0], [1 / 2, 1 / 3, 0], [1 / 3, 1 / 4, 1 / 5]])
    np.testing.assert_array_equal(pattern_of(Integer(1), n, m, 3, {}), np.tri(3))


def test_rows_are_columns_transposed_and_back():
    chance = np.random.default_rng(3)
    columns = {name: chance.normal(size=shape) for name, shape in {"W_Q": (2, 5), "W_O": (5, 2)}.items()}
    rows = rows_from_columns(columns)
    assert rows["W_Q"].shape == (5, 2) and rows["W_O"].shape == (2, 5) and rows["W_Q"].flags["C_CONTIGUOUS"]
    for name, weight in columns_from_rows(rows).items():
        np.testing.assert_array_equal(weight, columns[name])
    token = chance.normal(size=5)
    np.testing.assert_allclose(token @ rows["W_Q"], columns["W_Q"] @ token)


def test_magnitudes_are_bound_in_the_stream_and_not_in_the_weights():
    assert lambda_(0) not in previous().free_symbols
    doubled = {**VALUES, lambda_(0): 2 * VALUES[lambda_(0)]}
    before, after = (bind_stream(STREAM, 2, values, np.zeros((2, 6))) for values in (VALUES, doubled))
    np.testing.assert_allclose(after[:, 2:4], 2 * before[:, 2:4])


def test_scores_by_a_closed_form_are_those_of_the_engine():
    head = previous()
    content = np.random.default_rng(5).standard_normal((6, STREAM.d_model))
    arrays = bind_stream(STREAM, 6, VALUES, content)
    closed = beta * sum(lambda_(i) ** 2 * cos(alpha(i) * (n - 1 - m)) for i in range(2))
    np.testing.assert_allclose(scores_of(closed, STREAM, arrays, VALUES), scores(arrays, bind_head(head, VALUES)))
    held = [STREAM.at(token)[1, 0] for token in (n, m)]
    found = scores_of(held[0] - 2 * held[1] * n + m, STREAM, arrays, VALUES)
    for row, key in np.ndindex(6, 6):
        assert found[row, key] == pytest.approx(arrays[row, 1] - 2 * arrays[key, 1] * row + key)
    assert scores_of(Integer(3), STREAM, arrays, {}).shape == (6, 6)


def test_a_score_with_a_symbol_left_over_is_refused():
    with pytest.raises(UnboundSymbols, match=r"^a closed form still contains beta; expected a value for each symbol$"):
        scores_of(beta * n, STREAM, np.zeros((3, STREAM.d_model)), {})


def test_a_score_without_a_real_value_is_nan():
    found = scores_of(sqrt(n - m) + 1 / (n - 2), STREAM, np.zeros((3, STREAM.d_model)), {})
    assert np.isnan(found[0, 1]) and found[1, 0] == 0 and not np.isfinite(found[2]).any()


def test_a_table_is_worked_out_entry_by_entry_for_all_values_of_its_symbols():
    form = beta * Sum(k, (k, 0, m)) / n
    for scale in (2, 3):
        table = table_of(form, [1, 2], 3, {beta: Integer(scale)})
        np.testing.assert_array_equal(table * 2 / scale, [[0, 0, 0], [0, 2, 0], [0, 1, 3]])
    assert np.isnan(table_of(form, [0], 1, {beta: Integer(2)})[0, 0])
    np.testing.assert_array_equal(values_at(beta * n, [1, 4], {beta: Integer(2)}), [2.0, 8.0])


def test_a_table_with_a_symbol_left_over_is_refused():
    with pytest.raises(UnboundSymbols, match="a closed form .*beta"):
        table_of(beta * m, [1], 2, {})
    with pytest.raises(UnboundSymbols, match="a closed form .*beta"):
        values_at(beta * n, [1], {})
