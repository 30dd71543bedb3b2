"""Transformers: the embedding, exact scores and patterns, streams, logits, and the same numbers from the engine."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sympy import Integer, Rational, exp, sqrt

from symcircuits.algebra import ExactMatrix, prove
from symcircuits.circuit import Gpt2Block, Head, OneHot, Residual, Sinusoids, Transformer
from symcircuits.circuit.bind import bind_matrix, bind_transformer
from symcircuits.engine import attention_pattern, embed, logits, previous_token_pattern, streams
from symcircuits.errors import BadValue, ShapeMismatch, UnboundSymbols, UnknownName
from symcircuits.symbols import beta, beta_

POSITION = Sinusoids(1)
STREAM = Residual(content=3, position=POSITION, before=3)
FIRST = Head(
    W_Q=STREAM.read(POSITION),
    W_K=POSITION.shift(1) @ STREAM.read(POSITION),
    W_V=STREAM.read("content"),
    W_O=STREAM.write("before"),
    scale=beta_(1),
)
SECOND = Head(
    W_Q=STREAM.read("content"),
    W_K=STREAM.read("before"),
    W_V=STREAM.read("content"),
    W_O=STREAM.write("content"),
    scale=beta_(2),
)
MODEL = Transformer(
    ((FIRST,), (SECOND,)),
    W_E=STREAM.write("content"),
    W_U=STREAM.read("content"),
    vocabulary=("BOS", "a", "b"),
)
VALUES = {**POSITION.suggested(), beta_(1): Integer(3), beta_(2): Rational(5, 2)}
TOKENS = ("BOS", "a", "b", "a")
PREVIOUS = ExactMatrix.from_entries((4, 4), {(0, 0): 1, (1, 0): 1, (2, 1): 1, (3, 2): 1})


def test_tokens_are_embedded_with_their_places():
    x = MODEL.embed(TOKENS)
    assert x.shape == (8, 4) and x.rows is STREAM
    assert {place: x[place] for place in ((0, 0), (1, 1), (2, 2), (1, 3))} == dict.fromkeys(
        ((0, 0), (1, 1), (2, 2), (1, 3)), 1
    )
    assert [x[3, token] for token in range(4)] == [POSITION.at(token)[0, 0] for token in range(4)]
    assert MODEL.embed((0, 1, 2, 1)) == x
    assert MODEL.numbers(["b", 0]) == (2, 0)


def test_a_table_of_positions_is_added_too():
    stream = Residual(content=2, place=2)
    head = Head(W_V=stream.read("content"), W_O=stream.write("content"))
    table = ExactMatrix.from_entries((4, 3), {(2, 0): 5, (3, 2): 7})
    model = Transformer(((head,),), W_E=stream.write("content"), W_pos=table, vocabulary="ab")
    assert model.embed("ab").entries == {(0, 0): 1, (1, 1): 1, (2, 0): 5}
    with pytest.raises(BadValue, match="expected at most 3 tokens"):
        model.embed("abab")


def test_the_first_pattern_is_the_softmax_of_the_exact_scores():
    x = MODEL.embed(TOKENS)
    scores, pattern = MODEL.scores(0, 0, x), MODEL.pattern(0, 0, x)
    assert scores[2, 1] == FIRST.score(x.take_columns([2]), x.take_columns([1]))
    weights = [exp(scores[2, key]) for key in range(3)]
    assert prove(pattern[2, 1], weights[1] / sum(weights))
    assert not prove(pattern[2, 1], weights[0] / sum(weights))
    assert pattern[0, 0] == 1
    assert all(key <= query for query, key in pattern.entries)


def test_given_patterns_stand_in_for_computed_ones():
    after = MODEL.forward(TOKENS, {(0, 0): PREVIOUS}, layers=1)
    assert len(after) == 2
    moved = after[1] - after[0]
    assert moved.entries == {(5, 0): 1, (5, 1): 1, (6, 2): 1, (7, 3): 1}
    second = MODEL.scores(1, 0, after[1])
    assert [second[3, key] for key in range(4)] == [0, 0, beta_(2), 0]


def test_logits_are_exact_and_agree_with_the_engine():
    exact = MODEL.logits(TOKENS)
    arrays = bind_transformer(MODEL, len(TOKENS), VALUES)
    found = logits(np.array(MODEL.numbers(TOKENS)), arrays)
    np.testing.assert_allclose(bind_matrix(exact, VALUES).T, found, atol=1e-14)
    assert np.abs(found[3] - logits(np.array([0, 1, 1, 1]), arrays)[3]).max() > 0.1


def test_every_stream_and_pattern_agrees_with_the_engine():
    arrays = bind_transformer(MODEL, 4, VALUES)
    symbolic = MODEL.forward(TOKENS)
    numeric = streams(embed(np.array([0, 1, 2, 1]), arrays), arrays.layers)
    for layer, (ours, theirs) in enumerate(zip(symbolic, numeric, strict=True)):
        np.testing.assert_allclose(bind_matrix(ours, VALUES).T, theirs, atol=1e-14)
        if layer < 2:
            pattern = bind_matrix(MODEL.pattern(layer, 0, ours), VALUES)
            np.testing.assert_allclose(pattern, attention_pattern(theirs, arrays.layers[layer][0]), atol=1e-14)


def test_patterns_may_be_given_to_the_engine_too():
    pattern = previous_token_pattern(4, "itself")
    arrays = bind_transformer(MODEL, 4, VALUES, {(0, 0): pattern})
    found = streams(embed(np.array([0, 1, 2, 1]), arrays), arrays.layers)[1]
    np.testing.assert_array_equal(found, bind_matrix(MODEL.forward(TOKENS, {(0, 0): PREVIOUS}, layers=1)[1], VALUES).T)


ENCODER = replace(MODEL, mask="none")


def test_without_a_mask_every_query_sees_every_key():
    x = ENCODER.embed(TOKENS)
    scores, pattern = ENCODER.scores(0, 0, x), ENCODER.pattern(0, 0, x)
    weights = [exp(scores[0, key]) for key in range(4)]
    assert prove(pattern[0, 3], weights[3] / sum(weights))
    assert len(pattern.entries) == 16
    later = ExactMatrix.from_entries((4, 4), {(n, 3): 1 for n in range(4)})
    assert ENCODER.forward(TOKENS, {(0, 0): later}, layers=1)
    with pytest.raises(BadValue, match="has an entry after the query"):
        MODEL.forward(TOKENS, {(0, 0): later}, layers=1)


def test_an_encoder_agrees_with_the_engine_and_a_decoder_does_not():
    numbers = np.array(ENCODER.numbers(TOKENS))
    found = logits(numbers, bind_transformer(ENCODER, 4, VALUES))
    np.testing.assert_allclose(bind_matrix(ENCODER.logits(TOKENS), VALUES).T, found, atol=1e-14)
    assert np.abs(found - logits(numbers, bind_transformer(MODEL, 4, VALUES))).max() > 0.01


def test_an_unknown_mask_is_refused():
    with pytest.raises(BadValue, match="expected the mask causal or none, got 'full'"):
        replace(MODEL, mask="full")


def test_each_head_keeps_its_own_scale():
    twice = replace(MODEL, layers=((FIRST, replace(FIRST, scale=sqrt(8))), (SECOND,)))
    x = twice.embed(TOKENS)
    assert prove(twice.scores(0, 0, x) * sqrt(8), twice.scores(0, 1, x) * beta_(1))
    assert len(twice.heads) == 3 and twice.placed()[1][0] == (0, 1)


def test_two_heads_of_a_layer_read_the_same_stream_and_add_up():
    copy = Head(W_V=STREAM.read("content"), W_O=STREAM.write("before"))
    double = Head(W_V=STREAM.read("before"), W_O=STREAM.write("content"))
    model = replace(MODEL, layers=((copy, double),))
    own = ExactMatrix.identity(1)
    (x, after) = model.forward(("a",), {(0, 0): own, (0, 1): own})
    assert (after - x).entries == {(6, 0): 1}


def test_symbols_of_every_part_are_free():
    assert MODEL.free_symbols == set(VALUES)
    with pytest.raises(UnboundSymbols, match="beta_2"):
        bind_transformer(MODEL, 3, {key: value for key, value in VALUES.items() if key != beta_(2)})


def test_weights_are_named_by_their_place():
    assert set(MODEL.weights()) == {"W_E", "W_U"} | {
        f"W_{letter} (layer {layer}, head 0)" for layer in (0, 1) for letter in "QKVO"
    }


def test_one_hot_positions_end_where_they_end():
    position = OneHot(2)
    stream = Residual(content=1, position=position)
    head = Head(W_V=stream.read("content"), W_O=stream.write("content"))
    model = Transformer(((head,),), W_E=stream.write("content"))
    assert model.vocabulary == ("0",)
    assert model.embed([0, 0]).entries == {(0, 0): 1, (0, 1): 1, (1, 0): 1, (2, 1): 1}
    with pytest.raises(BadValue, match="expected a position from 0 to 1, got 2"):
        model.embed([0, 0, 0])


OTHER = Residual(content=3, position=POSITION, after=3)
WRONG = [
    ({"layers": ((FIRST,), ())}, BadValue, "expected a head in each layer, got a layer without heads"),
    ({"vocabulary": ("a", "b")}, BadValue, "expected 3 different names of tokens, got 2 in 2"),
    ({"vocabulary": ("a", "b", "a")}, BadValue, "expected 3 different names of tokens, got 2 in 3"),
    ({"W_U": STREAM.write("content")}, ShapeMismatch, "expected W_U of shape 3 by 8, got .*8 by 3"),
    ({"W_U": OTHER.read("content")}, ShapeMismatch, "W_U and W_E name different directions"),
    ({"W_E": OTHER.write("content")}, ShapeMismatch, "layer 0, head 0 and W_E name different directions"),
    ({"W_pos": ExactMatrix.zeros(8, 4)}, BadValue, "from the blocks of the stream or from W_pos, not from both"),
    (
        {"W_E": ExactMatrix.zeros(7, 3)},
        ShapeMismatch,
        "layer 0, head 0 reads 8 directions, W_E writes 7",
    ),
    (
        {"W_E": ExactMatrix.zeros(8, 3), "W_pos": ExactMatrix.zeros(7, 3)},
        ShapeMismatch,
        "expected W_pos with 8 rows, got .*7 by 3",
    ),
]


@pytest.mark.parametrize(("changed", "error", "message"), WRONG)
def test_parts_that_do_not_fit_are_refused(changed, error, message):
    with pytest.raises(error, match=message):
        replace(MODEL, **changed)


def test_what_cannot_be_run_is_told():
    with pytest.raises(UnknownName, match="unknown token 'c'"):
        MODEL.embed("c")
    with pytest.raises(BadValue, match="expected a token from 0 to 2, got 3"):
        MODEL.embed([3])
    with pytest.raises(BadValue, match="expected at least one token, got none"):
        MODEL.embed(())
    with pytest.raises(BadValue, match=r"expected a head of \[1, 1\], got layer 2, head 0"):
        MODEL.head(2)
    with pytest.raises(BadValue, match=r"expected a head of \[1, 1\], got layer 0, head 1"):
        MODEL.forward(TOKENS, {(0, 1): PREVIOUS})
    with pytest.raises(ShapeMismatch, match="layer 0, head 0: .*4 by 4.* is no pattern of 2 tokens"):
        MODEL.forward("ab", {(0, 0): PREVIOUS})
    with pytest.raises(BadValue, match="the pattern of layer 0, head 0 has an entry after the query"):
        MODEL.forward(TOKENS, {(0, 0): PREVIOUS.T})
    with pytest.raises(BadValue, match="no W_U"):
        replace(MODEL, W_U=None).logits("a")
    with pytest.raises(BadValue, match="no W_V and W_O"):
        replace(MODEL, layers=((Head(W_Q=FIRST.W_Q, W_K=FIRST.W_K),),)).forward("a")
    with pytest.raises(BadValue, match="no W_Q and W_K"):
        replace(MODEL, layers=((Head(W_V=FIRST.W_V, W_O=FIRST.W_O),),)).forward("a")


def test_a_stream_without_names_has_none():
    head = Head(W_V=ExactMatrix.identity(2), W_O=ExactMatrix.identity(2))
    model = Transformer(((head,),), W_E=ExactMatrix.identity(2))
    assert model.positions() == {}
    with pytest.raises(BadValue, match="was not made from a residual stream"):
        _ = model.stream


def test_models_print_as_labelled_tables():
    stream = Residual(content=2, v=2)
    one = ExactMatrix.from_entries((2, 1), {(0, 0): 1})
    head = Head(*(stream.read("content"),) * 3, stream.write("v"), scale=beta, b_Q=one)
    model = Transformer(((head,),), stream.write("content"), stream.read("v"))
    text = str(model)
    assert text.startswith("W_E\n") and text.endswith("scale (layer 0, head 0) = β")
    assert "\n\nW_Q (layer 0, head 0)\n" in text and "\n\nb_Q (layer 0, head 0)\n1\n·\n" in text
    assert str(head).splitlines()[1].split() == ["│", "cont₀", "cont₁", "│", "v₀", "v₁"]
    assert model._repr_html_().count("<table") == len(model.weights()) == 7
    assert "<svg" in model._repr_html_()
    other = Transformer(((replace(head, scale=beta * 2),),), stream.write("content"), stream.read("v"))
    assert str(other) != text and other._repr_html_() != model._repr_html_()


def test_a_block_of_gpt2_prints_what_it_has():
    block = Gpt2Block(ExactMatrix.zeros(1, 3), ExactMatrix.from_rows([[7]]))
    assert str(block) == "c_attn\n· · ·\n\nc_proj\n7"
    assert str(replace(block, c_proj_bias=ExactMatrix.from_rows([[5]]))).endswith("\n\nc_proj_bias\n5")
