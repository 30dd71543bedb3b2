"""What cannot be analysed ends in one clear line; what is degenerate is told as undefined, without any warning."""

from __future__ import annotations

import json
from types import SimpleNamespace

import numpy as np
import pytest
from analysis_models import changed, random_weights

from symcircuits import analyse
from symcircuits.analysis.tokens import read_tokens, spelt
from symcircuits.cli import main
from symcircuits.errors import BadValue, ShapeMismatch, UnknownName
from symcircuits.export.weights import write_weights

pytestmark = pytest.mark.once

CONFIG = {name: value for name, value in random_weights(0).config.items() if name != "attn_scale"}


def saved(folder, name="model.npz", config=None, without=(), **arrays):
    parameters = {**random_weights(0).parameters, **{key.replace("__", "."): value for key, value in arrays.items()}}
    kept = {key: value for key, value in parameters.items() if key not in without}
    np.savez(folder / name, config=np.array(json.dumps({**CONFIG, **(config or {})})), **kept)
    return folder / name


def spoilt(value):
    W_O = random_weights(0).parameters["blocks.0.attn.W_O"].copy()
    W_O[1, 2, 3] = value
    return W_O


BAD_MODELS = {
    "layer norm": ({"blocks__0__ln1__w": np.ones(7)}, r"'blocks\.0\.ln1\.w' is no parameter .* --heads-only"),
    "mlp": ({"blocks__1__mlp__W_in": np.ones((7, 9))}, r"'blocks\.1\.mlp\.W_in' is no parameter"),
    "final norm": ({"ln_final__b": np.ones(7)}, r"'ln_final\.b' is no parameter"),
    "missing": ({"without": ["blocks.1.attn.W_K"]}, r"missing parameter blocks\.1\.attn\.W_K"),
    "missing layer": ({"without": [n for n in random_weights(0).parameters if n.startswith("blocks.0")]}, "missing"),
    "nan": ({"blocks__0__attn__W_O": spoilt(np.nan)}, r"blocks\.0\.attn\.W_O\[1, 2, 3\] is nan"),
    "inf": ({"blocks__0__attn__W_O": spoilt(-np.inf)}, r"blocks\.0\.attn\.W_O\[1, 2, 3\] is -inf"),
    "header": ({"config": {"d_head": 5}}, r"W_Q has the shape \[3, 7, 3\], expected .* = \[3, 7, 5\]"),
    "shapes": ({"unembed__W_U": np.ones((7, 8))}, r"unembed\.W_U has the shape \[7, 8\]"),
    "kind": ({"config": {"normalization_type": "LN"}}, r"normalization_type = \'LN\', expected null"),
    "positions": ({"config": {"positional_embedding_type": "rotary"}}, r"pos_embed\.W_pos is given"),
}


@pytest.mark.parametrize("name", BAD_MODELS)
def test_bad_models_are_refused_in_one_line(name, tmp_path, capsys):
    changes, message = BAD_MODELS[name]
    path = saved(tmp_path, **changes)
    with pytest.raises((BadValue, ShapeMismatch), match=message):
        analyse(path)
    assert main(["analyse", str(path)]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(f"symcircuits: error: {path}: ")
    assert said.err.count("\n") == 1


@pytest.mark.parametrize("name", ["a.npz", "a.safetensors"])
def test_files_of_another_kind(name, tmp_path):
    (tmp_path / name).write_bytes(b"neither the one nor the other")
    with pytest.raises(BadValue, match=f"^cannot read .*{name}: "):
        analyse(tmp_path / name)
    with pytest.raises(BadValue, match="there is no such file"):
        analyse(tmp_path / f"no-{name}")


def test_pickles_are_never_loaded(tmp_path):
    np.savez(tmp_path / "a.npz", config=np.array("{}"), x=np.array([{}], dtype=object))
    with pytest.raises(BadValue, match=r"a\.npz: an array in it is a pickle, which is never loaded$"):
        analyse(tmp_path / "a.npz")


def test_other_things_are_refused(tmp_path):
    (tmp_path / "notes.txt").write_text("x")
    for given, message in (
        (tmp_path / "notes.txt", r"a file that ends in \.npz or \.safetensors, got 'notes\.txt'"),
        ("framework", "analyse takes one model, and 'framework' stands for"),
        ("framework/1a", "has no whole transformer, with an embedding and an unembedding"),
        ("circuits/zero_layer", "has a transformer without layers, and so no head to analyse"),
        (3.5, "expected weights, a transformer, a file, an ID or a TransformerLens model, got float"),
    ):
        with pytest.raises(BadValue, match=message):
            analyse(given)
    with pytest.raises(UnknownName, match=r"unknown derivation 'framework/9'; nearest: framework/3"):
        analyse("framework/9")
    with pytest.raises(UnknownName, match="unknown symbol of framework/3 'bet'; nearest: beta_"):
        analyse("framework/3", values={"bet": 1})
    with pytest.raises(BadValue, match="beta_1 cannot be -1"):
        analyse("framework/3", values={"beta_1": -1})
    with pytest.raises(BadValue, match="only an exact model has symbols to bind, got beta_1"):
        analyse(random_weights(0), values={"beta_1": 1})
    with pytest.raises(BadValue, match="only a derivation has parameters, got n"):
        analyse(random_weights(0), parameters={"n": "1"})
    with pytest.raises(BadValue, match="expected at least 1 for top and sequences"):
        analyse(random_weights(0), top=0)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1 2 99", "expected tokens from 0 to 8, got 99 at place 2"),
        ("1, two, 3", "expected tokens from 0 to 8, got 'two' at place 1"),
        ("[1, 2.5]", r"expected a list of numbers and names, got '2\.5' in it"),
        ("[1, true]", "expected a list of numbers and names, got 'True' in it"),
        ("[1, 2", "expected a JSON list of tokens, got what is no JSON"),
        (" \n", "expected tokens, got none"),
        ("5", "expected at least two tokens in a context, got 1"),
    ],
)
def test_tokens_outside_the_vocabulary(text, message, tmp_path):
    (tmp_path / "tokens.txt").write_text(text)
    with pytest.raises(BadValue, match=message):
        analyse(random_weights(0), tokens=read_tokens(tmp_path / "tokens.txt"))


@pytest.mark.parametrize(
    ("text", "vocab", "message"),
    [
        ("1 2 99", None, "expected tokens from 0 to 8, got 99 at place 2"),
        ("w1 zz", [f"w{i}" for i in range(9)], "unknown token number 1 'zz'; known: w0, w1"),
    ],
)
def test_the_command_names_the_file_of_an_unknown_token(text, vocab, message, tmp_path, capsys):
    path = saved(tmp_path, config={"vocab": vocab} if vocab else {})
    (tmp_path / "tokens.txt").write_text(text)
    assert main(["analyse", str(path), "--tokens", str(tmp_path / "tokens.txt")]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(f"symcircuits: error: {tmp_path / 'tokens.txt'}: {message}")
    assert said.err.count("\n") == 1


def test_names_and_text(tmp_path, capsys):
    names = ["the", "th", "t", "c", "a", " ", "\n", "BOS", "he"]
    weights = random_weights(0, vocab=names)
    assert spelt("the cat\n", names) == ["the", " ", "c", "a", "t", "\n"]
    with pytest.raises(UnknownName, match="unknown token number 1 'dog'"):
        analyse(weights, tokens=["the", "dog"])
    path = write_weights(weights, tmp_path / "model.npz")
    (tmp_path / "a.txt").write_text("the\ncat dog")
    assert main(["analyse", str(path), "--text", str(tmp_path / "a.txt")]) == 2
    assert "a.txt: line 2, column 5: no token of the vocabulary begins 'dog'" in capsys.readouterr().err
    (tmp_path / "a.txt").write_text("the cat" * 3)
    assert main(["analyse", str(path), "--text", str(tmp_path / "a.txt"), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)["importance"]
    given = analyse(weights, tokens=spelt("the cat" * 3, names)).to_json()["importance"]
    assert told == given
    (tmp_path / "b.txt").write_bytes(b"\xff\xfe")
    assert main(["analyse", str(path), "--text", str(tmp_path / "b.txt")]) == 2
    assert "it is no UTF-8 text" in capsys.readouterr().err


def test_a_model_of_another_kind_head_by_head(tmp_path):
    norms = {"blocks__0__ln1__w": np.ones(7), "blocks__1__mlp__W_in": np.ones((7, 9))}
    path = saved(tmp_path, config={"normalization_type": "LN", "attn_only": False}, **norms)
    report, whole = analyse(path, heads_only=True), analyse(random_weights(0))
    assert report.notes[0].endswith("Left out: blocks.0.ln1.w, blocks.1.mlp.W_in.")
    for one, other in zip(report.heads, whole.heads, strict=True):
        for name, score in one.scores.items():
            if name.startswith(("rank", "copying")):
                assert score == other.scores[name]
            else:
                assert score.value is None
                assert score.why == "per-head analysis only: patterns need the whole model"
    assert report.composition == whole.composition
    assert report.trigrams == report.virtual == report.together == ()


def test_heads_that_do_nothing_are_undefined_and_make_no_noise():
    weights = random_weights(3)
    zeros = {name: weights.parameters[f"blocks.0.attn.{name}"].copy() for name in ("W_K", "W_V", "b_K")}
    for array in zeros.values():
        array[1] = 0
    report = analyse(changed(weights, **{f"L0_{name}": array for name, array in zeros.items()}), tokens=[1, 2, 3])
    told = next(one for one in report.to_json()["heads"] if (one["layer"], one["head"]) == (0, 1))
    assert (told["rank_qk"], told["rank_ov"]) == (0, 0)
    for name in ("copying_ov", "copying_full"):
        assert told[name] is None
        assert told["why"][name] == "0/0: the matrix is zero"
    assert told["previous_token"] == pytest.approx(report.uniform["previous_token"])
    for pair in report.composition:
        if pair.writer == (0, 1):
            assert (pair.score.value, pair.score.why) == (None, "0/0: the writer moves nothing, its W_OV is zero")
    table = next(one for one in report.trigrams if (one.layer, one.head) == (0, 1))
    assert (table.keys, table.why) == ((), "its QK or its OV table is zero")
    assert "nan" not in json.dumps(report.to_json())


@pytest.mark.parametrize("turned", [False, True])
def test_a_nilpotent_head_has_no_copying_score(turned):
    """A head that copies three directions to three others, as it is and in a basis in which rounding blurs it."""
    weights = random_weights(3, n_layers=1, n_heads=1)
    W_V, W_O = np.zeros((1, 7, 3)), np.zeros((1, 3, 7))
    W_V[0, [0, 1, 2], [0, 1, 2]] = 1
    W_O[0, [0, 1, 2], [3, 4, 0]] = 1  # 0 -> 3, 1 -> 4, 2 -> 0: nilpotent of index 3
    rng = np.random.default_rng(0)
    Q = np.linalg.qr(rng.standard_normal((7, 7)))[0] if turned else np.eye(7)
    G = rng.standard_normal((3, 3)) if turned else np.eye(3)
    head = changed(weights, L0_W_V=Q @ W_V @ G, L0_W_O=np.linalg.inv(G) @ W_O @ Q.T)
    score = analyse(head).head(0, 0).scores["copying_ov"]
    assert (score.value, score.why) == (None, "0/0: the matrix is nilpotent, all its eigenvalues are 0")
    W_O[0, 2, 2] = 0.01  # and one direction is copied to itself
    almost = changed(weights, L0_W_V=Q @ W_V @ G, L0_W_O=np.linalg.inv(G) @ W_O @ Q.T)
    assert analyse(almost).head(0, 0).scores["copying_ov"].value == pytest.approx(1.0, abs=1e-3)


def test_a_context_without_room_for_two_copies():
    weights = random_weights(3, n_ctx=3)
    told = analyse(weights).heads[0].scores
    assert told["induction"].value is None
    assert "too small for a copy of two tokens" in told["induction"].why
    two = analyse(random_weights(3, n_ctx=4)).heads[0].scores
    assert "the key of induction is the previous token" in two["induction"].why
    assert two["previous_token"].value is not None


class Tensor(SimpleNamespace):
    """As much of a tensor as is asked for."""

    def detach(self):
        return self

    cpu = detach

    def numpy(self):
        return self.array


def test_a_bridge_of_transformer_lens_names_its_parameters_otherwise():
    """Release 4 holds linear maps ``[out, in]`` with the heads one below another."""
    weights, state = random_weights(5), {}
    for name, array in weights.parameters.items():
        layer, _, own = name.rpartition(".")
        kind, _, letter = own.partition("_")
        if layer in ("embed", "pos_embed", "unembed"):
            linear, word = array.T if letter == "U" and kind == "W" else array, layer
        elif own == "b_O":
            linear, word = array, f"{layer}.o"
        elif kind == "b":
            linear, word = np.concatenate(list(array)), f"{layer}.{letter.lower()}"
        elif letter == "O":
            linear, word = np.hstack([head.T for head in array]), f"{layer}.o"
        else:
            linear, word = np.vstack([head.T for head in array]), f"{layer}.{letter.lower()}"
        state[f"{word}.{'weight' if kind == 'W' else 'bias'}"] = Tensor(array=linear)
    cfg = SimpleNamespace(**{word: value for word, value in weights.config.items() if word != "vocab"})
    model = SimpleNamespace(cfg=cfg, state_dict=lambda: state, tokenizer=None)
    assert analyse(model).to_json()["heads"] == analyse(weights).to_json()["heads"]
    assert analyse(model).to_json()["composition"] == analyse(weights).to_json()["composition"]
    state["blocks.0.mlp.in.weight"] = Tensor(array=np.ones((2, 2)))
    with pytest.raises(BadValue, match="'blocks.0.mlp.in.weight' is no parameter of an attention-only model"):
        analyse(model)


def test_a_model_of_transformer_lens():
    """The parts of a model of TransformerLens that are read: ``cfg``, ``state_dict``, the tokenizer's BOS."""
    weights = random_weights(5)
    state = {name: Tensor(array=array) for name, array in weights.parameters.items()}
    state |= {"blocks.0.attn.mask": Tensor(array=np.ones((11, 11), bool)), "blocks.0.attn.IGNORE": Tensor(array=-1e5)}
    cfg = SimpleNamespace(**{name: value for name, value in weights.config.items() if name != "vocab"})
    model = SimpleNamespace(cfg=cfg, state_dict=lambda: state, tokenizer=None)
    found, expected = analyse(model).to_json(), analyse(weights).to_json()
    assert found["heads"] == expected["heads"]
    begun = SimpleNamespace(cfg=cfg, state_dict=lambda: state, tokenizer=SimpleNamespace(bos_token_id=8))
    assert "BOS r r" in analyse(begun).sequences
    cfg.normalization_type = "LNPre"
    with pytest.raises(BadValue, match="normalization_type = 'LNPre', expected null"):
        analyse(model)
