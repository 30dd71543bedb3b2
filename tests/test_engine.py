"""The numeric oracle, against loops that are too plain to be wrong in the same way."""

from __future__ import annotations

import math
import re
from dataclasses import replace

import numpy as np
import pytest

from symcircuits.engine import (
    HeadArrays,
    TransformerArrays,
    attention_pattern,
    causal_softmax,
    embed,
    forward,
    head_output,
    logits,
    offset_pattern,
    previous_token_pattern,
    scores,
    streams,
)


def random_head(rng, d_model=6, d_head=3, **changes):
    shapes = {"W_Q": (d_model, d_head), "W_K": (d_model, d_head), "W_V": (d_model, d_head), "W_O": (d_head, d_model)}
    return HeadArrays(**({name: rng.normal(size=shape) for name, shape in shapes.items()} | {"scale": 0.7} | changes))


def slow_vector(vector, matrix):
    return [sum(vector[i] * matrix[i][j] for i in range(len(vector))) for j in range(len(matrix[0]))]


def slow_pattern(x, head):
    queries, keys = ([slow_vector(row, weight) for row in x] for weight in (head.W_Q, head.W_K))
    pattern = [[0.0] * len(x) for _ in x]
    for n, query in enumerate(queries):
        raised = [math.exp(head.scale * sum(a * b for a, b in zip(query, keys[m], strict=True))) for m in range(n + 1)]
        for m in range(n + 1):
            pattern[n][m] = raised[m] / sum(raised)
    return pattern


def slow_layer(x, heads):
    result = [list(row) for row in x]
    for head in heads:
        pattern = slow_pattern(x, head)
        written = [slow_vector(slow_vector(row, head.W_V), head.W_O) for row in x]
        for n in range(len(x)):
            for m in range(n + 1):
                for i in range(len(x[0])):
                    result[n][i] += pattern[n][m] * written[m][i]
    return result


def test_pattern_and_stream_agree_with_explicit_loops():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(7, 6))
    layers = [[random_head(rng), random_head(rng, d_head=2)], [random_head(rng, scale=1.3)]]
    np.testing.assert_allclose(attention_pattern(x, layers[0][0]), slow_pattern(x, layers[0][0]), atol=1e-14)
    expected = slow_layer(slow_layer(x.tolist(), layers[0]), layers[1])
    np.testing.assert_allclose(forward(x, layers), expected, rtol=1e-12)


def test_score_is_query_times_key_times_scale():
    W_Q, W_K = np.array([[1.0, 0.0], [0.0, 2.0]]), np.array([[0.0, 1.0], [1.0, 0.0]])
    x = np.array([[1.0, 0.0], [0.0, 1.0]])
    expected = [[0.0, 3.0], [6.0, 0.0]]
    np.testing.assert_array_equal(scores(x, HeadArrays(W_Q=W_Q, W_K=W_K, scale=3)), expected)


def test_rows_sum_to_one_and_no_key_after_the_query_has_weight():
    pattern = causal_softmax(np.random.default_rng(2).normal(size=(3, 9, 9)) * 5)
    np.testing.assert_allclose(pattern.sum(axis=-1), 1, atol=1e-15)
    assert (pattern[:, ~np.tri(9, dtype=bool)] == 0).all()
    assert (pattern[:, np.tri(9, dtype=bool)] > 0).all()


def test_masked_scores_are_missing_whatever_they_hold():
    plain = np.array([[1.0, 0.0], [2.0, 3.0]])
    for wild in (np.nan, np.inf, -np.inf, 1e308):
        changed = plain.copy()
        changed[0, 1] = wild
        np.testing.assert_array_equal(causal_softmax(changed), causal_softmax(plain))


@pytest.mark.parametrize("wild", [np.nan, np.inf, -np.inf])
def test_a_score_that_counts_must_be_finite(wild):
    with pytest.raises(ValueError, match="scores must be finite where the query sees the key"):
        causal_softmax(np.array([[1.0, 0.0], [wild, 3.0]]))


def test_adding_a_number_to_a_row_changes_nothing():
    given = np.random.default_rng(3).normal(size=(5, 5))
    shifted = given + np.array([[1.0], [-3.0], [1024.0], [0.0], [-64.0]])
    np.testing.assert_allclose(causal_softmax(shifted), causal_softmax(given), atol=1e-12)


@pytest.mark.parametrize("size", [1e4, -1e4, 1e308])
def test_large_scores_neither_overflow_nor_lose_the_winner(size):
    given = np.array([[size, 0, 0], [0, size, 0], [size, 0, size]])
    winner = [0.0, 1.0, 0.0] if size > 0 else [1.0, 0.0, 0.0]
    np.testing.assert_array_equal(causal_softmax(given)[1], winner)
    np.testing.assert_array_equal(causal_softmax(given)[2], [0.5, 0, 0.5] if size > 0 else [0, 1, 0])


def test_a_gap_beyond_the_largest_float_leaves_no_weight():
    np.testing.assert_array_equal(causal_softmax([[0, 0], [1.5e308, -1.5e308]])[1], [1.0, 0.0])


def test_softmax_of_one_gap_is_the_logistic_function():
    np.testing.assert_allclose(
        causal_softmax(np.array([[0.0, 0.0], [2.0, 0.0]]))[1, 1], 1 / (1 + math.exp(2)), rtol=1e-15
    )


def test_a_fixed_pattern_takes_the_place_of_the_computed_one():
    rng = np.random.default_rng(4)
    x, pattern = rng.normal(size=(5, 6)), previous_token_pattern(5)
    head = random_head(rng, W_Q=None, W_K=None, pattern=pattern)
    np.testing.assert_allclose(head_output(x, head)[1:], (x @ head.W_V @ head.W_O)[:-1], atol=1e-14)
    np.testing.assert_array_equal(head_output(x, head)[0], np.zeros(6))
    both = random_head(rng, pattern=pattern)
    np.testing.assert_array_equal(attention_pattern(x, both), pattern)


def test_two_shifts_are_the_expansion_with_its_virtual_head():
    rng = np.random.default_rng(5)
    x, S = rng.normal(size=(6, 6)), previous_token_pattern(6)
    one, two = (random_head(rng, W_Q=None, W_K=None, pattern=S) for _ in range(2))
    net_1, net_2 = one.W_V @ one.W_O, two.W_V @ two.W_O
    expected = x + S @ x @ net_1 + S @ x @ net_2 + S @ S @ x @ net_1 @ net_2
    np.testing.assert_allclose(forward(x, [[one], [two]]), expected, rtol=1e-12)


def test_heads_of_one_layer_do_not_read_each_other():
    rng = np.random.default_rng(6)
    x, one, two = rng.normal(size=(4, 6)), random_head(rng), random_head(rng)
    np.testing.assert_allclose(forward(x, [[one, two]]), x + head_output(x, one) + head_output(x, two), atol=1e-14)
    assert not np.allclose(forward(x, [[one, two]]), forward(x, [[one], [two]]))


def test_no_layers_and_empty_layers_leave_the_stream_alone():
    x = np.arange(6.0).reshape(3, 2)
    np.testing.assert_array_equal(forward(x, []), x)
    np.testing.assert_array_equal(forward(x, [[], []]), x)


def test_a_token_does_not_change_what_earlier_tokens_get():
    rng = np.random.default_rng(7)
    x, layers = rng.normal(size=(6, 6)), [[random_head(rng)], [random_head(rng)]]
    altered = x.copy()
    altered[4] += 1
    difference = np.abs(forward(altered, layers) - forward(x, layers)).max(axis=-1)
    assert (difference[:4] == 0).all()
    assert (difference[4:] > 1e-6).all()


def test_batches_in_front_are_carried_along():
    rng = np.random.default_rng(8)
    x = rng.normal(size=(2, 3, 5, 6))
    layers = [[random_head(rng)], [random_head(rng, W_Q=None, W_K=None, pattern=previous_token_pattern(5))]]
    result = forward(x, layers)
    assert result.shape == x.shape
    np.testing.assert_allclose(result[1, 2], forward(x[1, 2], layers), atol=1e-14)


def test_a_batch_of_heads_is_each_head_by_itself():
    rng = np.random.default_rng(9)
    x, several = rng.normal(size=(5, 6)), [random_head(rng, scale=scale) for scale in (0.5, 1.0, 2.0)]
    weights = {name: np.stack([getattr(head, name) for head in several]) for name in ("W_Q", "W_K", "W_V", "W_O")}
    together = HeadArrays(**weights, scale=np.array([0.5, 1.0, 2.0]))
    result = forward(x, [[together]])
    assert result.shape == (3, 5, 6)
    for one, head in zip(result, several, strict=True):
        np.testing.assert_allclose(one, forward(x, [[head]]), atol=1e-14)
    swapped = forward(x, [[replace(together, scale=np.array([0.5, 2.0, 1.0]))]])
    assert np.abs(swapped[1] - result[1]).max() > 1e-3


def test_a_batch_of_heads_must_fit_in_its_last_dimensions():
    with pytest.raises(ValueError, match=re.escape("W_V [3, 4, 2] and W_O [3, 3, 4] do not fit: W_O needs 2 rows")):
        HeadArrays(W_V=np.ones((3, 4, 2)), W_O=np.ones((3, 3, 4)))


KINDS = [(np.float16, np.float16), (np.float32, np.float32), (np.float64, np.float64), (int, np.float64)]


@pytest.mark.parametrize(("given", "expected"), KINDS)
def test_kinds_of_numbers(given, expected):
    eye = np.eye(4, dtype=given)
    head = HeadArrays(W_Q=eye, W_K=eye, W_V=eye, W_O=eye, scale=np.float64(2))
    assert forward(eye, [[head]]).dtype == expected


def test_offset_patterns():
    np.testing.assert_array_equal(offset_pattern(4, -1), np.eye(4, k=-1))
    np.testing.assert_array_equal(offset_pattern(4, 0, row_zero="itself"), np.eye(4))
    np.testing.assert_array_equal(offset_pattern(4, -2), previous_token_pattern(4) @ previous_token_pattern(4))
    np.testing.assert_array_equal(offset_pattern(2, -5, row_zero="itself"), np.eye(2))
    assert offset_pattern(2, -5).sum() == 0
    assert (previous_token_pattern(5, row_zero="itself").sum(axis=1) == 1).all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0, -1), "n_ctx must be at least 1, not 0"),
        ((4, 1), "offset must be 0 or negative, not 1: no token sees a later one"),
        ((4, -1, "wrap"), "row_zero must be 'nothing' or 'itself', not 'wrap'"),
    ],
)
def test_offset_patterns_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        offset_pattern(*arguments)


BAD_HEADS = [
    ({"W_Q": np.ones((6, 3)), "W_K": np.ones((6, 2))}, r"W_Q \[6, 3\] and W_K \[6, 2\] do not fit"),
    ({"W_Q": np.ones((6, 3))}, "both W_Q and W_K, or neither"),
    ({"W_V": np.ones((6, 3))}, "both W_V and W_O, or neither"),
    ({"W_V": np.ones((6, 3)), "W_O": np.ones((2, 6))}, r"W_V \[6, 3\] and W_O \[2, 6\] do not fit: W_O needs 3 rows"),
    (
        {"W_V": np.ones((6, 3)), "W_O": np.ones((3, 5))},
        r"W_V \[6, 3\] and W_O \[3, 5\] do not fit: W_O needs 6 columns",
    ),
    (
        dict.fromkeys(("W_Q", "W_K"), np.ones((5, 3))) | {"W_V": np.ones((6, 3)), "W_O": np.ones((3, 6))},
        r"W_Q \[5, 3\] and W_V \[6, 3\] do not fit: their d_model must be equal",
    ),
    ({"pattern": np.ones((4, 3))}, r"pattern must be \[n_ctx, n_ctx\], not \[4, 3\]"),
    ({"pattern": np.ones(4)}, r"pattern must be a matrix, not an array of shape \[4\]"),
    ({"W_V": np.array([[object()]]), "W_O": np.ones((1, 1))}, "W_V must hold real numbers, not object"),
    ({"W_V": np.array([[1j]]), "W_O": np.ones((1, 1))}, "W_V must hold real numbers, not complex128"),
    ({"scale": float("nan")}, "scale must be finite, not nan"),
    ({"scale": np.array([1.0, np.inf])}, "scale must be finite"),
    ({"scale": "2"}, "scale must hold real numbers"),
]


@pytest.mark.parametrize(("weights", "message"), BAD_HEADS)
def test_weights_that_do_not_fit_are_named(weights, message):
    with pytest.raises(ValueError, match=message):
        HeadArrays(**weights)


def test_streams_that_do_not_fit_are_named():
    head = random_head(np.random.default_rng(9), d_model=6)
    with pytest.raises(ValueError, match=r"x \[4, 5\] and W_Q \[6, 3\] do not fit: W_Q needs 5 rows"):
        scores(np.ones((4, 5)), head)
    with pytest.raises(ValueError, match=r"x \[4, 5\] and W_V \[6, 3\] do not fit: W_V needs 5 rows"):
        forward(np.ones((4, 5)), [[head]])
    with pytest.raises(ValueError, match=r"x must be \[..., n_ctx, d_model\], not \[4\]"):
        forward(np.ones(4), [[head]])
    with pytest.raises(ValueError, match=r"pattern \[3, 3\] does not fit x with n_ctx = 4"):
        attention_pattern(np.ones((4, 6)), HeadArrays(pattern=np.eye(3)))
    with pytest.raises(ValueError, match=r"scores must be \[..., n_ctx, n_ctx\], not \[2, 3\]"):
        causal_softmax(np.ones((2, 3)))


def test_missing_weights_are_named():
    with pytest.raises(ValueError, match="scores need a head with W_Q and W_K"):
        scores(np.ones((2, 2)), HeadArrays())
    with pytest.raises(ValueError, match="the output of a head needs W_V and W_O"):
        head_output(np.ones((2, 2)), HeadArrays(pattern=np.eye(2)))


def model_of(chance, **changed):
    layers = tuple((random_head(chance, d_model=6),) for _ in range(2))
    whole = {"W_E": chance.standard_normal((4, 6)), "W_U": chance.standard_normal((6, 4))}
    return TransformerArrays(**{"layers": layers, **whole, **changed})


def test_logits_are_embedding_layers_and_unembedding():
    chance = np.random.default_rng(11)
    model = model_of(chance, W_pos=chance.standard_normal((5, 6)))
    tokens = np.array([[1, 3, 3], [0, 2, 1]])
    x = model.W_E[tokens] + model.W_pos[:3]
    np.testing.assert_array_equal(embed(tokens, model), x)
    read = x + head_output(x, model.layers[0][0])
    after = read + head_output(read, model.layers[1][0])
    for found, wanted in zip(streams(x, model.layers), (x, read, after), strict=True):
        np.testing.assert_allclose(found, wanted, atol=1e-12)
    np.testing.assert_allclose(logits(tokens, model), after @ model.W_U, atol=1e-12)
    assert np.abs(logits(tokens, model) - logits(tokens[:, ::-1], model)).max() > 0.1


BAD_MODELS = [
    ({"W_U": np.ones((5, 4))}, r"W_E \[4, 6\] and W_U \[5, 4\] do not fit: W_U needs 6 rows"),
    ({"W_pos": np.ones((5, 4))}, r"W_E \[4, 6\] and W_pos \[5, 4\] do not fit: W_pos needs 6 columns"),
    ({"W_E": np.ones(4)}, r"W_E must be a matrix, not an array of shape \[4\]"),
]


@pytest.mark.parametrize(("changed", "message"), BAD_MODELS)
def test_transformers_that_do_not_fit_are_named(changed, message):
    with pytest.raises(ValueError, match=message):
        model_of(np.random.default_rng(1), **changed)


@pytest.mark.parametrize(
    ("tokens", "message"),
    [
        ([0, 4], "tokens must be from 0 to 3, not 0 to 4"),
        ([-1, 2], "tokens must be from 0 to 3, not -1 to 2"),
        ([0.5], "tokens must be whole numbers"),
        (1, "tokens must be whole numbers"),
        ([1, 2, 3], r"W_pos \[2, 6\] has no rows for 3 tokens"),
    ],
)
def test_tokens_that_cannot_be_embedded_are_told(tokens, message):
    with pytest.raises(ValueError, match=message):
        embed(tokens, model_of(np.random.default_rng(1), W_pos=np.ones((2, 6))))


def test_logits_need_an_unembedding():
    with pytest.raises(ValueError, match="no W_U"):
        logits([0], model_of(np.random.default_rng(1), W_U=None))
