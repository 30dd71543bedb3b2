"""Weights in files: what is written gives the logits of the model, and what is read is refused unless it is a model."""

from __future__ import annotations

import json
import sys
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest
import weights_reader
from by_hand_oracle import logits as logits_by_hand
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sympy import Integer, Rational, Symbol, sqrt
from test_by_hand import model as hand_made

from symcircuits import Head, OneHot, Residual, Rotary, Transformer, export_weights, read_weights, to_transformer_lens
from symcircuits.algebra import ExactMatrix
from symcircuits.circuit import Sinusoids
from symcircuits.circuit.bind import bind_transformer
from symcircuits.engine import logits as engine_logits
from symcircuits.errors import BadValue, InputError, OutputFailed, ShapeMismatch, UnboundSymbols
from symcircuits.export.weights import Weights, weights_of, write_weights
from symcircuits.symbols import Lg, alpha, beta

SUFFIXES = (".npz", ".safetensors")
AABAA = [0, 0, 1, 0, 0]
LAMBDA_AND_ALPHA = {symbol: Rational(k + 2, 7) for k, symbol in enumerate(sorted(Sinusoids(2).free_symbols, key=str))}


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("large", [Rational(3, 10), Integer(2), Integer(5), Integer(1024)])
def test_the_file_of_the_model_by_hand_gives_its_logits(suffix, large, tmp_path):
    path = export_weights(hand_made(), tmp_path / f"model{suffix}", {Lg: large})
    config, parameters = weights_reader.read(path)
    found = weights_reader.logits(config, parameters, AABAA)
    np.testing.assert_allclose(found, logits_by_hand("aabaa", 5, float(large), 8), rtol=1e-13, atol=1e-13)
    if large == 1024:
        np.testing.assert_array_equal(found, [[1, 1024], [1, 1024], [1024, 1], [1025, 0], [1, 1024]])


def test_the_names_the_shapes_and_the_header_of_the_model_by_hand(tmp_path):
    config, parameters = weights_reader.read(export_weights(hand_made(), tmp_path / "model.npz", {Lg: 1024}))
    attn = {f"blocks.0.attn.W_{letter}": (1, 8, 8) for letter in "QKVO"}
    biases = {f"blocks.0.attn.b_{letter}": (1, 8) for letter in "QKV"} | {"blocks.0.attn.b_O": (8,)}
    outside = {"embed.W_E": (2, 8), "pos_embed.W_pos": (5, 8), "unembed.W_U": (8, 2), "unembed.b_U": (2,)}
    assert {name: array.shape for name, array in parameters.items()} == attn | biases | outside
    assert {array.dtype for array in parameters.values()} == {np.dtype("float64")}
    assert config == {
        "n_layers": 1, "n_heads": 1, "d_model": 8, "d_head": 8, "d_vocab": 2, "n_ctx": 5, "attn_only": True,
        "normalization_type": None, "positional_embedding_type": "standard", "attention_dir": "causal",
        "attn_scale": 8**0.5, "vocab": ["a", "b"],
    }  # fmt: skip
    assert set(parameters["blocks.0.attn.W_Q"].ravel()) == {0, 1024}  # 1/sqrt(8) times sqrt(8), before any rounding


def drawn_matrix(draw, rows, columns):
    numbers = draw(st.lists(st.integers(-6, 6), min_size=rows * columns, max_size=rows * columns))
    entries = [Rational(number, 5) for number in numbers]
    return ExactMatrix.from_rows([entries[i * columns : (i + 1) * columns] for i in range(rows)])


def drawn_head(draw, d_model, rotary):
    width, values = draw(st.integers(2, 3)), draw(st.integers(1, 3))
    weights = {name: drawn_matrix(draw, width, d_model) for name in ("W_Q", "W_K")}
    weights |= {"W_V": drawn_matrix(draw, values, d_model), "W_O": drawn_matrix(draw, d_model, values)}
    sizes = {"b_Q": width, "b_K": width, "b_V": values, "b_O": d_model}
    biases = {name: drawn_matrix(draw, size, 1) for name, size in sizes.items() if draw(st.booleans())}
    return Head(
        **weights, **biases, scale=draw(st.sampled_from([Integer(1), sqrt(Integer(3)) / 2, beta])), rotary=rotary
    )


@st.composite
def models(draw):
    """Models whose layers and heads differ in size, with positions of each kind."""
    kind = draw(st.sampled_from(["table", "none", "waves", "adjacent", "half"]))
    d_model, d_vocab = draw(st.integers(2, 3)), draw(st.integers(1, 3))
    W_E, W_pos, rotary = drawn_matrix(draw, d_model, d_vocab), None, None
    if kind == "table":
        W_pos = drawn_matrix(draw, d_model, 4)
    elif kind == "waves":
        stream = Residual(content=d_model, position=Sinusoids(1))
        W_E, d_model = (stream.write("content") @ W_E).labelled(stream, None), d_model + 2
    elif kind != "none":
        rotary = Rotary(1, kind)
    sizes = draw(st.lists(st.integers(1, 2), min_size=1, max_size=2))
    layers = tuple(tuple(drawn_head(draw, d_model, rotary) for _ in range(size)) for size in sizes)
    mask = draw(st.sampled_from(["causal", "none"]))
    return Transformer(layers, W_E, drawn_matrix(draw, d_vocab, d_model), W_pos, mask=mask)


@given(model=models(), suffix=st.sampled_from(SUFFIXES), size=st.integers(1, 4), divisor=st.sampled_from([None, 1]))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_model_comes_back_with_the_logits_of_the_engine(model, suffix, size, divisor, tmp_path):
    values = {beta: Rational(3, 2)} | LAMBDA_AND_ALPHA
    tokens = [token % model.d_vocab for token in range(size)]
    path = export_weights(model, tmp_path / f"m{suffix}", values, 4, attn_scale=divisor, overwrite=True)
    expected = engine_logits(np.array(tokens), bind_transformer(model, 4, values))
    np.testing.assert_allclose(
        weights_reader.logits(*weights_reader.read(path), tokens), expected, rtol=1e-10, atol=1e-10
    )
    back = read_weights(path)
    made = weights_of(model, values, 4, attn_scale=divisor)
    assert back.config == made.config and list(back.parameters) == list(made.parameters)
    for name, array in made.parameters.items():
        np.testing.assert_array_equal(back.parameters[name], array)
    if divisor == 1:
        assert back.config["attn_scale"] == 1


def generic():
    """A model of two layers with all that a file can hold, and no two entries alike."""
    primes = iter([p for p in range(2, 3000) if all(p % d for d in range(2, int(p**0.5) + 1))])

    def matrix(rows, columns):
        return ExactMatrix.from_rows(
            [[Rational(next(primes) % 97 - 48, 61) for _ in range(columns)] for _ in range(rows)]
        )

    def head():
        shapes = {"W_Q": (2, 3), "W_K": (2, 3), "W_V": (2, 3), "W_O": (3, 2)}
        biases = {"b_Q": (2, 1), "b_K": (2, 1), "b_V": (2, 1), "b_O": (3, 1)}
        made = {name: matrix(*shape) for name, shape in (shapes | biases).items()}
        return Head(**made, scale=Rational(1, 3))

    layers = ((head(), head()), (head(), head()))
    return Transformer(layers, matrix(3, 4), matrix(4, 3), matrix(3, 5), vocabulary=tuple("abcd"))


PARAMETERS = list(weights_of(generic()).parameters)


@pytest.mark.parametrize("name", [name for name in PARAMETERS if not name.endswith("b_K")])
def test_an_altered_parameter_is_noticed(name, tmp_path):
    """All but ``b_K``, which adds the same to every key of a query."""
    model, tokens = generic(), [0, 1, 2, 3, 0]
    config, parameters = weights_reader.read(export_weights(model, tmp_path / "model.npz"))
    expected = engine_logits(np.array(tokens), bind_transformer(model, 5, {}))
    for place in np.ndindex(parameters[name].shape):
        altered = parameters[name].copy()
        altered[place] += 0.25
        found = weights_reader.logits(config, parameters | {name: altered}, tokens)
        assert np.abs(found - expected).max() > 1e-6, place


@pytest.mark.parametrize("word", ["attn_scale", "attention_dir"])
def test_an_altered_header_is_noticed(word, tmp_path):
    model, tokens = generic(), [0, 1, 2, 3, 0]
    config, parameters = weights_reader.read(export_weights(model, tmp_path / "model.npz"))
    expected = engine_logits(np.array(tokens), bind_transformer(model, 5, {}))
    config[word] = {"attn_scale": 1.0, "attention_dir": "bidirectional"}[word]
    assert np.abs(weights_reader.logits(config, parameters, tokens) - expected).max() > 1e-6


ROTARY = Rotary(1)


def rotary_model(rotaries=(ROTARY,), **kwargs):
    heads = tuple(Head(*(ExactMatrix.identity(2),) * 4, rotary=rotary) for rotary in rotaries)
    return Transformer((heads,), ExactMatrix.identity(2), ExactMatrix.identity(2), **kwargs)


def test_what_cannot_be_written_says_so(tmp_path):
    path, eye = tmp_path / "model.npz", ExactMatrix.identity(2)
    whole = Head(eye, eye, eye, eye)
    refused = [
        (Transformer(((whole,),), eye), "needs an unembedding, and this transformer has no W_U"),
        (
            Transformer(((whole, Head(W_V=eye, W_O=eye)),), eye, eye),
            "needs W_K of every head; layer 0, head 1 has none",
        ),
        (Transformer(((Head(W_Q=eye, W_K=eye),),), eye, eye), "needs W_O of every head"),
        (rotary_model((Rotary(1), None)), "rotary positions must be those of every head; layer 0, head 1 has others"),
        (rotary_model(W_pos=eye), "this model has both"),
        (Transformer(((whole,),), eye, eye), "expected n_ctx, the number of places, for a model without W_pos"),
    ]
    for model, message in refused:
        with pytest.raises(BadValue, match=message):
            export_weights(model, path)
    with pytest.raises(UnboundSymbols, match=r"W_Q of layer 0, head 0 \(8 by 8\) still contains Lg"):
        export_weights(hand_made(), path)
    for n_ctx in (0, 6):
        with pytest.raises(BadValue, match=rf"expected n_ctx from 1 to 5 \(the columns of W_pos\), got {n_ctx}"):
            export_weights(hand_made(), path, {Lg: 1}, n_ctx)
    with pytest.raises(BadValue, match="expected n_ctx at least 1, got 0"):
        export_weights(rotary_model(), path, {alpha(0): 1}, 0)
    with pytest.raises(BadValue, match="the header may not say d_model, which the model tells"):
        export_weights(generic(), path, header={"d_model": 3})
    with pytest.raises(BadValue, match="the header cannot be written as JSON: .*set"):
        export_weights(generic(), path, header={"rules": {1, 2}})
    with pytest.raises(BadValue, match=r"attn_scale = -2.0, expected a number above 0"):
        export_weights(generic(), path, attn_scale=-2)
    with pytest.raises(BadValue, match=r"ends in .npz or .safetensors, got 'model.bin'"):
        export_weights(hand_made(), tmp_path / "model.bin")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_file_is_not_replaced_unless_told_and_is_the_same_each_time(suffix, tmp_path):
    path = tmp_path / f"new/model{suffix}"
    assert export_weights(generic(), path) == path
    first = path.read_bytes()
    with pytest.raises(OutputFailed, match="it is there already; overwrite=True replaces it"):
        export_weights(hand_made(), path, {Lg: 1})
    assert path.read_bytes() == first
    export_weights(generic(), path, overwrite=True)
    assert path.read_bytes() == first
    assert [found.name for found in path.parent.iterdir()] == [path.name]


def test_what_is_added_to_the_header_comes_back(tmp_path):
    told = {"bos": None, "eps": 0.1, "rules": ["A -> B"], "name": "été"}
    for suffix in SUFFIXES:
        path = export_weights(generic(), tmp_path / f"model{suffix}", header=told, n_ctx=2, attn_scale=1)
        config = read_weights(path).config
        assert {word: config[word] for word in told} == told
        assert (config["n_ctx"], config["attn_scale"], config["vocab"]) == (2, 1.0, list("abcd"))


def test_positions_of_the_stream_become_a_table(tmp_path):
    stream = Residual(content=2, position=OneHot(3))
    read, write = stream.read("position"), stream.write("position")
    model = Transformer(((Head(read, read, read, write),),), stream.write("content"), stream.read("content"))
    table = weights_of(model, n_ctx=3).parameters["pos_embed.W_pos"]
    np.testing.assert_array_equal(table, np.eye(3, 5, k=2))
    with pytest.raises(BadValue, match="position from 0 to 2, got 3"):
        weights_of(model, n_ctx=4)


def plain(**altered):
    """The parameters of a small model, with some altered; ``None`` leaves one out."""
    one = np.arange(4, dtype=np.float32).reshape(1, 2, 2)
    named = {f"blocks.0.attn.W_{letter}": one for letter in "QKVO"}
    named |= {"embed.W_E": np.eye(3, 2), "pos_embed.W_pos": np.ones((5, 2)), "unembed.W_U": np.eye(2, 3)}
    named |= {name.replace("__", "."): value for name, value in altered.items()}
    return {name: array for name, array in named.items() if array is not None}


def test_biases_may_be_left_out_and_masks_are_passed_over():
    buffers = {"blocks.0.attn.mask": np.ones((5, 5), dtype=bool), "blocks.0.attn.IGNORE": np.array(-np.inf)}
    made = Weights({}, plain() | buffers)
    assert set(made.parameters) == {name for name in PARAMETERS if not name.startswith("blocks.1")}
    assert made.parameters["blocks.0.attn.W_Q"].dtype == np.float32
    assert not made.parameters["unembed.b_U"].any() and made.parameters["unembed.b_U"].shape == (3,)
    sizes = {"n_layers": 1, "n_heads": 1, "d_model": 2, "d_head": 2, "d_vocab": 3, "n_ctx": 5}
    assert {name: made.config[name] for name in sizes} == sizes
    assert Weights({"attn_scale": -1}, plain()).config["attn_scale"] == 2**0.5
    assert Weights({"use_attn_scale": False}, plain()).config["attn_scale"] == 1


NAN, BIG = np.full((3, 2), np.nan), np.eye(3, 2)
NAN[:2] = 0
BIG[2, 1] = np.inf
BAD_PARAMETERS = [
    ({"blocks__0__attn__W_K": None}, BadValue, "missing parameter blocks.0.attn.W_K"),
    ({"embed__W_E": None}, BadValue, "missing parameter embed.W_E"),
    ({"pos_embed__W_pos": None}, BadValue, "missing parameter pos_embed.W_pos"),
    ({f"blocks__0__attn__W_{letter}": None for letter in "QKVO"}, BadValue, "missing parameter blocks.0.attn.W_Q"),
    ({"blocks__2__attn__W_Q": np.ones((1, 2, 2))}, BadValue, "missing parameter blocks.1.attn.W_Q"),
    ({"blocks__0__mlp__W_in": np.eye(2)}, BadValue, "'blocks.0.mlp.W_in' is no parameter of an attention-only model"),
    ({"blocks__0__ln1__w": np.ones(2)}, BadValue, "'blocks.0.ln1.w' is no parameter"),
    ({"blocks__0__attn___W_K": np.ones(2)}, BadValue, "'blocks.0.attn._W_K' is no parameter"),
    ({"blocks__00__attn__W_K": np.ones(2)}, BadValue, "'blocks.00.attn.W_K' is no parameter"),
    ({"embed__W_E": NAN}, BadValue, r"embed.W_E\[2, 0\] is nan, expected a finite number"),
    ({"embed__W_E": BIG}, BadValue, r"embed.W_E\[2, 1\] is inf, expected a finite number"),
    ({"embed__W_E": np.eye(3, 2) * 1j}, BadValue, "embed.W_E holds complex128, expected real numbers"),
    ({"embed__W_E": np.eye(3, 2) > 0}, BadValue, "embed.W_E holds bool, expected real numbers"),
    ({"embed__W_E": np.ones(3)}, ShapeMismatch, r"shape \[3\], expected \[d_vocab, d_model\], none of them 0"),
    ({"embed__W_E": np.ones((0, 2))}, ShapeMismatch, r"embed.W_E has the shape \[0, 2\]"),
    ({"unembed__W_U": np.ones((2, 4))}, ShapeMismatch, r"unembed.W_U has the shape \[2, 4\], .* = \[2, 3\]"),
    ({"blocks__0__attn__W_O": np.ones((1, 3, 2))}, ShapeMismatch, r"blocks.0.attn.W_O .* = \[1, 2, 2\]"),
    ({"blocks__0__attn__b_O": np.ones(3)}, ShapeMismatch, r"blocks.0.attn.b_O has the shape \[3\], .* = \[2\]"),
]
BAD_HEADERS = [
    ({"d_vocab": 4}, r"embed.W_E has the shape \[3, 2\], expected \[d_vocab, d_model\] = \[4, 2\]"),
    ({"n_layers": 2}, "the config says n_layers = 2, and there are 1 blocks"),
    ({"n_heads": 0}, "the config says n_heads = 0, expected a whole number of at least 1"),
    ({"n_heads": True}, "n_heads = True, expected a whole number"),
    ({"d_model": "2"}, "d_model = '2', expected a whole number"),
    ({"attn_only": False}, "attn_only = False, expected true"),
    ({"normalization_type": "LN"}, "normalization_type = 'LN', expected null"),
    ({"positional_embedding_type": "alibi"}, "'alibi', expected standard, rotary or none"),
    ({"positional_embedding_type": ["standard"]}, "expected standard, rotary or none"),
    ({"positional_embedding_type": "none"}, "pos_embed.W_pos is given, and the config says .* = 'none'"),
    ({"attention_dir": "up"}, 'attention_dir = \'up\', expected "causal" or "bidirectional"'),
    ({"attn_scale": 0}, "attn_scale = 0, expected a number above 0"),
    ({"attn_scale": float("nan")}, "attn_scale = nan, expected a number above 0"),
    ({"attn_scale": 10**400}, "attn_scale = 1000.*0000, expected a number above 0"),
    ({"use_local_attn": True}, "use_local_attn = True, expected it off"),
    ({"output_logits_soft_cap": 30.0}, "output_logits_soft_cap = 30.0, expected it off"),
    ({"vocab": ["a", "b"]}, "vocab = .*, expected a list of d_vocab = 3 different names"),
    ({"vocab": ["a", "b", "a"]}, "expected a list of d_vocab = 3 different names"),
    ({"vocab": ["a", "b", 3]}, "expected a list of d_vocab = 3 different names"),
]
BAD_ROTARY = [
    ({}, "the config says no n_ctx, and there is no pos_embed.W_pos to tell it"),
    ({"n_ctx": 5}, "rotary_angles = nothing, expected a list of 1 to 1 numbers"),
    ({"n_ctx": 5, "rotary_angles": [1, 2]}, r"rotary_angles = \[1, 2\], expected a list of 1 to 1 numbers"),
    ({"n_ctx": 5, "rotary_angles": ["1"]}, "expected a list of 1 to 1 numbers"),
    (
        {"n_ctx": 5, "rotary_angles": [1], "rotary_adjacent_pairs": 0},
        "rotary_adjacent_pairs = 0, expected true or false",
    ),
]


@pytest.mark.parametrize(("altered", "error", "message"), BAD_PARAMETERS)
def test_bad_parameters(altered, error, message):
    with pytest.raises(error, match=message):
        Weights({}, plain(**altered))


@pytest.mark.parametrize(("header", "message"), BAD_HEADERS)
def test_bad_headers(header, message):
    with pytest.raises(InputError, match=message):
        Weights(header, plain())


@pytest.mark.parametrize(("header", "message"), BAD_ROTARY)
def test_bad_rotary_headers(header, message):
    with pytest.raises(BadValue, match=message):
        Weights({"positional_embedding_type": "rotary"} | header, plain(pos_embed__W_pos=None))


def npz(path, **arrays):
    np.savez(path, **arrays)
    return path


def safetensors(path, header, data=b""):
    text = json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + data)
    return path


BFLOAT = {"dtype": "BF16", "shape": [2], "data_offsets": [0, 4]}
BAD_FILES = [
    (lambda at: at / "none.npz", "cannot read .*none.npz: there is no such file"),
    (lambda at: at, "expected a file that ends in .npz or .safetensors"),
    (lambda at: npz(at / "a.npz", x=np.eye(2)), "a.npz: expected an array config of one JSON text, got none"),
    (lambda at: npz(at / "a.npz", config=np.eye(2)), r"got one of float64 with the shape \[2, 2\]"),
    (
        lambda at: npz(at / "a.npz", config=np.array({}, dtype=object)),
        "cannot read .*a.npz: an array in it is a pickle, which is never loaded$",
    ),
    (lambda at: npz(at / "a.npz", config=np.array("[]")), r"a.npz: the config is no JSON object, it begins '\[\]'"),
    (lambda at: npz(at / "a.npz", config=np.array("[" * 10**5)), r"it begins '\[\[\[\["),
    (lambda at: npz(at / "a.npz", config=np.array("{}"), **{"embed.W_E": np.eye(2)}), "a.npz: missing parameter"),
    (lambda at: safetensors(at / "a.safetensors", {}), "expected a text config in the metadata, got none"),
    (lambda at: safetensors(at / "a.safetensors", {"__metadata__": {"x": "y"}}), r"in the metadata, got \['x'\]"),
    (lambda at: safetensors(at / "a.safetensors", {"__metadata__": {"config": "1"}}), "no JSON object, it begins '1'"),
    (lambda at: safetensors(at / "a.safetensors", {"x": BFLOAT}, b"0000"), "cannot read .*bfloat16"),
    (lambda at: safetensors(at / "a.safetensors", {"x": BFLOAT}), "cannot read .*a.safetensors: "),
]


@pytest.mark.parametrize(("make", "message"), BAD_FILES)
def test_bad_files(make, message, tmp_path):
    with pytest.raises(BadValue, match=message) as caught:
        read_weights(make(tmp_path))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("data", [b"", b"no weights", b"PK\x03\x04", b"\x80\x04K\x01."])
def test_files_of_something_else(suffix, data, tmp_path):
    (tmp_path / f"model{suffix}").write_bytes(data)
    with pytest.raises(BadValue, match=f"cannot read .*model{suffix}: "):
        read_weights(tmp_path / f"model{suffix}")


@given(data=st.data(), suffix=st.sampled_from(SUFFIXES))
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_damaged_file_is_refused_in_one_line_or_read(data, suffix, tmp_path):
    path = write_weights(Weights({}, plain()), tmp_path / f"whole{suffix}", overwrite=True)
    damaged = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    del damaged[data.draw(st.integers(len(damaged) // 2, len(damaged))) :]
    (tmp_path / f"damaged{suffix}").write_bytes(damaged)
    try:
        read_weights(tmp_path / f"damaged{suffix}")
    except InputError as error:
        assert "\n" not in str(error)


def test_packages_that_are_not_installed_are_named(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "safetensors.numpy", None)
    with pytest.raises(OutputFailed, match=r"cannot write .safetensors: .*install symcircuits\[models\]"):
        export_weights(generic(), tmp_path / "model.safetensors")
    (tmp_path / "model.safetensors").write_bytes(b"")
    with pytest.raises(OutputFailed, match=r"cannot read .safetensors: .*install symcircuits\[models\]"):
        read_weights(tmp_path / "model.safetensors")
    monkeypatch.setitem(sys.modules, "transformer_lens", None)
    with pytest.raises(OutputFailed, match=r"transformer_lens is not installed; .*symcircuits\[transformer-lens\]"):
        to_transformer_lens(generic())


def test_a_release_of_transformer_lens_that_is_broken_says_what_it_lacks(monkeypatch, tmp_path):
    (tmp_path / "transformer_lens.py").write_text("import a_package_that_is_nowhere")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(OutputFailed, match="installed and cannot be imported: No module named 'a_package_that_is_now"):
        to_transformer_lens(generic())


def test_what_is_not_handed_to_transformer_lens():
    with pytest.raises(BadValue, match="without rotary positions: TransformerLens chooses their angles itself"):
        to_transformer_lens(rotary_model(), {alpha(0): Integer(1)}, 4)
    with pytest.raises(BadValue, match="expected the dtype float64 or float32, got 'float16'"):
        to_transformer_lens(generic(), dtype="float16")


class Stub:
    """A model that loads strictly, as PyTorch does, and has a mask in its state."""

    def __init__(self, config):
        self.config, self.loaded = config, {}

    def named_buffers(self):
        return [("blocks.0.attn.mask", "its own"), ("not.kept", "in no state")]

    def state_dict(self):
        return dict.fromkeys([name for name in PARAMETERS if name[:8] != "blocks.1"]) | dict(self.named_buffers()[:1])

    def load_state_dict(self, state, strict):
        assert strict and set(state) == set(self.state_dict())
        self.loaded = state


def one_layer(attn_scale):
    model = generic()
    return weights_of(Transformer(model.layers[:1], model.W_E, model.W_U, model.W_pos), attn_scale=attn_scale)


def stub_torch(monkeypatch):
    torch = SimpleNamespace(tensor=lambda array, dtype: array.astype(dtype), float64=np.float64, float32=np.float32)
    monkeypatch.setitem(sys.modules, "torch", torch)


@pytest.mark.parametrize("attn_scale", [None, 1])
def test_an_early_release_of_transformer_lens_gets_every_parameter_and_keeps_its_mask(attn_scale, monkeypatch):
    stub_torch(monkeypatch)
    lens = SimpleNamespace(HookedTransformer=Stub, HookedTransformerConfig=lambda **words: words)
    monkeypatch.setitem(sys.modules, "transformer_lens", lens)
    weights = one_layer(attn_scale)
    made = to_transformer_lens(weights)
    assert made.loaded.pop("blocks.0.attn.mask") == "its own"
    assert made.config["normalization_type"] is None and made.config["device"] == "cpu"
    told = made.config | {"attn_scale": 2**0.5}  # what TransformerLens takes for d_head = 2, without being told
    expected = weights_reader.logits(weights.config, weights.parameters, [0, 1, 2, 3])
    found = weights_reader.logits(told, made.loaded, [0, 1, 2, 3])
    np.testing.assert_allclose(found, expected, rtol=1e-13)


def test_a_late_release_of_transformer_lens_gets_a_bridge(monkeypatch):
    stub_torch(monkeypatch)
    lens = ModuleType("transformer_lens")

    def removed(name):
        raise ImportError(f"{name!r} was removed in TransformerLens 4.0")

    lens.__getattr__ = removed
    modules = {
        "transformer_lens": lens,
        "transformer_lens.config": SimpleNamespace(TransformerBridgeConfig=lambda **words: words),
        "transformer_lens.model_bridge.sources.native": SimpleNamespace(boot=lambda config, dtype: Stub(config)),
        "transformer_lens.utilities.tl_checkpoint_conversion": SimpleNamespace(
            convert_tl_checkpoint=lambda state, config: state | {"blocks.0.attn.mask": config["n_ctx"]}
        ),
    }
    for name, module in modules.items():
        monkeypatch.setitem(sys.modules, name, module)
    made = to_transformer_lens(one_layer(None), dtype="float32")
    assert made.loaded["blocks.0.attn.mask"] == 5
    assert {array.dtype for name, array in made.loaded.items() if "mask" not in name} == {np.dtype("float32")}


def test_a_model_without_positions_gets_a_table_of_zeros(monkeypatch):
    stub_torch(monkeypatch)
    lens = SimpleNamespace(HookedTransformer=Stub, HookedTransformerConfig=lambda **words: words)
    monkeypatch.setitem(sys.modules, "transformer_lens", lens)
    weights = Weights({"positional_embedding_type": "none", "n_ctx": 4}, plain(pos_embed__W_pos=None))
    table = to_transformer_lens(weights).loaded["pos_embed.W_pos"]
    assert table.shape == (4, 2) and not table.any()


def test_symbols_by_hand_may_stay_apart():
    x = Symbol("x")
    model = Transformer(((Head(*(ExactMatrix.identity(1) * x,) * 4),),), *(ExactMatrix.identity(1),) * 2)
    found = weights_of(model, {x: Rational(1, 3)}, 1).parameters["blocks.0.attn.W_V"]
    assert found.item() == 1 / 3


def test_a_model_without_layers_is_refused():
    identity = ExactMatrix.identity(2)
    with pytest.raises(BadValue, match="a file of weights needs at least one layer, and this transformer has none"):
        weights_of(Transformer((), W_E=identity, W_U=identity))
