"""The command ``compile``: what it prints, returns and writes, and what it refuses, with a caret under the place."""

from __future__ import annotations

import json
from itertools import product

import numpy as np
import pytest

from symcircuits.cli import main

pytestmark = pytest.mark.once

VOCAB = ["--vocab", "A,B,C"]


def compiled(capsys, *arguments):
    code = main(["compile", *arguments, *VOCAB, "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_weights_are_told_and_run(capsys):
    code = main(["compile", "A X -> B", *VOCAB, "--positions", "onehot", "--n-ctx", "5", "--run", "C A,C"])
    out = capsys.readouterr().out
    assert code == 0
    assert "W_Q (layer 0, head 0) =" in out
    assert "least beta = log((1 − ε) (n − 1)/ε)" in out
    assert "3.583518938 at n = 5, ε = 1/10 (a smaller one fails)" in out
    assert "proved at beta = 3.58351894204" in out
    assert ["C", "B", "0.0000", "0.9231", "0.0000"] in [line.split() for line in out.splitlines()]


def test_impossible_tells_two_inputs(capsys):
    assert main(["compile", "A X -> B", *VOCAB, "--layers", "1"]) == 1
    out = capsys.readouterr().out
    assert "No model of this class follows the rules" in out
    assert ["A", "B", "A", "nothing"] in [line.split() for line in out.splitlines()]
    assert ["B", "A", "A", "B"] in [line.split() for line in out.splitlines()]
    code, told = compiled(capsys, "A X -> B", "--no-bos")
    assert code == 1
    assert [found["tokens"] for found in told["inputs"]] == [["A"], ["A", "A"]]


@pytest.mark.parametrize("positions", ["onehot", "sinusoidal"])
def test_an_induction_head_is_compiled(capsys, positions):
    code, told = compiled(capsys, "a b ... a -> b", "--positions", positions, "--n-ctx", "6", "--run", "A B C A")
    assert code == 0
    assert told["layers"] == [1, 1]
    assert told["least_beta"]["value"] == pytest.approx(2 * np.log(95))
    assert [row["asked"] for row in told["run"]] == [{}, {}, {}, {"B": "1"}]
    assert told["run"][3]["flags"]["B"] > 0.9


def test_undecided_tells_what_was_tried(capsys):
    assert main(["compile", "a b ... a -> b", *VOCAB]) == 3
    told = "undecided: no construction is known here for a b ... a -> b with 2 layers, no positions, with BOS; one head"
    assert " ".join(capsys.readouterr().out.split()).startswith(told)
    code, told = compiled(capsys, "A X -> B", "--beta", "1/2")
    assert code == 3
    assert "a flag is off" in told["tried"] or "refuted" in told["tried"]


def test_one_head_in_the_last_layer_is_told_by_four_inputs(capsys):
    assert main(["compile", "a b ... a -> b", *VOCAB, "--heads", "1"]) == 1
    said = capsys.readouterr().out
    for tokens in ("A C C B A B C A", "C A B A C C B A", "A C B A C B C A", "C A C B A C B A"):
        assert tokens in said
    assert main(["compile", "a b ... a -> b", *VOCAB, "--heads", "1", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert [entry["asked"].get("B") for entry in told["inputs"]] == ["1/2", "1/2", None, None]
    assert (
        main(["compile", "A X -> B", *VOCAB, "--layers", "1", "--positions", "onehot", "--no-bos", "--heads", "1"]) == 3
    )
    assert "built with 2 heads in its last layer, and none with 1" in capsys.readouterr().out


def test_json_says_everything(capsys):
    code, told = compiled(capsys, "A X -> B", "--run", "A C", "--n-ctx", "4", "--eps", "0.2", "--layers", "2")
    assert code == 0
    assert told["rules"] == ["A X -> B"]
    assert told["vocab"] == ["A", "B", "C", "BOS"]
    assert told["layers"] == [2, 1]
    assert told["least_beta"]["value"] == pytest.approx(4 * 49 / 3 * np.log(12))
    assert not told["least_beta"]["smaller_fails"]
    assert [row["asked"] for row in told["run"]] == [{}, {"B": "1"}]
    assert told["run"][1]["flags"]["B"] > 0.8


def forward(parameters: dict[str, np.ndarray], tokens: list[int]) -> np.ndarray:
    """A plain forward pass by the names of TransformerLens, one row at a time, that shares no code with the package."""
    x = parameters["embed.W_E"][tokens] + parameters["pos_embed.W_pos"][: len(tokens)]
    layer = 0
    while f"blocks.{layer}.attn.W_Q" in parameters:
        W_Q, W_K, W_V, W_O = (parameters[f"blocks.{layer}.attn.W_{letter}"] for letter in "QKVO")
        added = np.zeros_like(x)
        for head in range(len(W_Q)):
            for n in range(len(tokens)):
                scores = (x[n] @ W_Q[head]) @ (x[: n + 1] @ W_K[head]).T
                weights = np.exp(scores - scores.max())
                added[n] += (weights / weights.sum()) @ x[: n + 1] @ W_V[head] @ W_O[head]
        x, layer = x + added, layer + 1
    return x @ parameters["unembed.W_U"]


@pytest.mark.parametrize("options", [["--positions", "onehot", "--no-bos"], ["--positions", "sinusoidal"], []])
def test_the_file_follows_the_rule(capsys, tmp_path, options):
    file = tmp_path / "model.npz"
    code, told = compiled(capsys, "A X -> B", "--n-ctx", "6", "--out", str(file), *options)
    assert code == 0
    arrays = dict(np.load(file))
    config = json.loads(str(arrays.pop("config")))
    assert config["rules"] == ["A X -> B"]
    assert config["inclusive"] is False
    assert config["eps"] == "1/10"
    assert config["attn_scale"] == 1
    assert config["beta"] == told["beta"]
    assert config["n_ctx"] == 6
    begin = [] if config["bos"] is None else [config["bos"]]
    assert begin == ([] if "--no-bos" in options else [3])
    for text in product(range(3), repeat=4):
        flags = forward(arrays, [*begin, *text])
        for place, row in enumerate(flags[len(begin) :]):
            fires = place > 0 and text[place - 1] == 0
            assert row[1] >= 0.9 if fires else row[1] <= 0.1
            assert max(row[0], row[2]) <= 0.1


def test_a_file_is_not_replaced_unless_asked(capsys, tmp_path):
    file = tmp_path / "model.safetensors"
    assert compiled(capsys, "A -> B", "--out", str(file))[0] == 0
    assert main(["compile", "A -> B", *VOCAB, "--out", str(file)]) == 2
    first, *below = capsys.readouterr().err.splitlines()
    assert "is there already; --overwrite replaces it" in first
    assert below == [f"  --out {file}", f"  {' ' * 6}^"]
    assert compiled(capsys, "A -> B", "--out", str(file), "--overwrite")[0] == 0
    nowhere = tmp_path / "model.safetensors" / "model.npz"
    assert main(["compile", "A -> B", *VOCAB, "--out", str(nowhere)]) == 2
    assert capsys.readouterr().err.splitlines()[1:] == [f"  --out {nowhere}", f"  {' ' * 6}^"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["A -> B", "--layers", "x"], "'x' is not a valid integer"),
        (["A -> B", "C X -> A"], "the rules disagree after C A: A -> B asks for B and C X -> A asks for A"),
    ],
)
def test_nonsense_is_refused_in_one_line(capsys, arguments, message):
    assert main(["compile", *arguments, *VOCAB]) == 2
    written = capsys.readouterr()
    assert written.out == ""
    assert written.err.startswith("symcircuits: error: ")
    assert written.err.count("\n") == 1
    assert message in written.err


# Each wrong use with what is said of it, the text that is shown below, and the place of the caret in it.
POINTED = [
    (["A Q -> B"], "unknown token 'Q' (the vocabulary is A, B, C)", "A Q -> B", 2),
    (["A => B"], "unknown arrow '=>'", "A => B", 2),
    (["A B -> "], "expected a token after the arrow", "A B -> ", 6),
    (["A B"], "expected an arrow", "A B", 3),
    (["A -> X"], "X stands for any token", "A -> X", 5),
    (["... A -> B"], "... means nothing at the beginning", "... A -> B", 0),
    (["A ... -> B"], "... means nothing before the arrow", "A ... -> B", 2),
    (["A -> ... B"], "... means nothing after the arrow", "A -> ... B", 5),
    (["A ... B -> C -> A"], "... means nothing in a chain", "A ... B -> C -> A", 2),
    (["A -> B", "C -> Q"], "unknown token 'Q'", "C -> Q", 5),
    (["A -> B", "--layers", "0"], "expected at least one layer, got 0", "--layers 0", 9),
    (["A -> B", "--eps", "1/2"], "expected eps, a fraction between 0 and 1/2, got 1/2", "--eps 1/2", 6),
    (["A -> B", "--eps", "0"], "expected eps, a fraction between 0 and 1/2, got 0", "--eps 0", 6),
    (["A -> B", "--eps", "sqrt(2)"], "expected eps, a fraction between 0 and 1/2", "--eps sqrt(2)", 6),
    (["A -> B", "--eps", "x"], "cannot read 'x' as an exact number", "--eps x", 6),
    (["A -> B", "--beta", "x"], "cannot read 'x' as an exact number", "--beta x", 7),
    (["A X -> B", "--n-ctx", "2"], "expected n_ctx of at least 3, so that A X -> B can fire", "--n-ctx 2", 8),
    (["A -> B", "--priority", "1,2"], "expected 1 priorities", "--priority 1,2", 11),
    (["A -> B", "B -> C", "--priority", "1, x"], "--priority: expected whole numbers", "--priority 1, x", 14),
    (["A -> B", "--positions", "learned"], "unknown kind of positions 'learned'", "--positions learned", 12),
    (["A -> B", "--beta", "-1"], "beta cannot be -1", "--beta -1", 7),
    (["A -> B", "--out", "model.txt"], "--out: expected a file that ends in .npz", "--out model.txt", 11),
    (["A -> B", "--out", "model"], "--out: expected a file that ends in .npz", "--out model", 11),
    (["A -> B", "--run", "A,Q B"], "--run: expected tokens of A, B, C, got 'Q'", "--run A,Q B", 8),
    (["A -> B", "--run", " "], "--run: expected tokens of A, B, C, got ' '", "--run  ", 6),
    (["A -> B", "--run", "A B C", "--n-ctx", "3"], "--run: expected at most 2 tokens, got 3", "--run A B C", 10),
]


@pytest.mark.parametrize(("arguments", "message", "shown", "place"), POINTED)
def test_a_caret_stands_under_the_place(capsys, arguments, message, shown, place):
    assert main(["compile", *arguments, *VOCAB]) == 2
    written = capsys.readouterr()
    assert written.out == ""
    first, *below = written.err.splitlines()
    assert first.startswith("symcircuits: error: ")
    assert message in first
    assert below == [f"  {shown}", f"  {' ' * place}^"]


VOCABULARIES = [
    ("A,B,A", "expected a vocabulary of different names, got A, B, A", 12),
    ("A,B->,C", "expected names of tokens without blanks, arrows and dots, got 'B->'", 10),
    ("A,B,,C", "--vocab: expected names with commas between them, got 'A,B,,C'", 12),
    ("A,BOS", "the beginning BOS is a token of the vocabulary", 10),
]


@pytest.mark.parametrize(("given", "message", "place"), VOCABULARIES)
def test_a_caret_stands_under_a_name_that_no_token_can_have(capsys, given, message, place):
    assert main(["compile", "A -> A", "--vocab", given]) == 2
    first, *below = capsys.readouterr().err.splitlines()
    assert message in first
    assert below == [f"  --vocab {given}", f"  {' ' * place}^"]
