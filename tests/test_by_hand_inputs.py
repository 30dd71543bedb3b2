"""What cannot be used ends in one line that names what was given: words, contexts, sizes and shapes of weights.

The tables of the transformer by hand are pinned here too, in the digits in which they are usually printed.
"""

from __future__ import annotations

import pytest
from sympy import Integer

from symcircuits import Work
from symcircuits.algebra import Between, ExactMatrix
from symcircuits.behaviours import Answer, Completes, Computes, Predicts, Trial
from symcircuits.behaviours.predicting.prediction import complete
from symcircuits.circuit import Gpt2Block, OneHot, Vocabulary, gpt2_model
from symcircuits.circuit.bind import bind_transformer
from symcircuits.cli import main
from symcircuits.errors import BadValue, DerivationFailed, ShapeMismatch, UnknownName
from symcircuits.symbols import Lg
from symcircuits.worked import Table, shipped

pytestmark = pytest.mark.once

zeros, identity = ExactMatrix.zeros, ExactMatrix.identity
BLOCK = Gpt2Block(zeros(2, 6), identity(2))
WORDS = ("embedding", "attention", "values", "projection", "logits", "tokens", "tables")
CONTEXTS = ("embedding", "attention", "values", "projection", "logits", "roles", "scaling", "tables")


TWO, THREE_PLACES = identity(2), zeros(3, 2)


def tiny(wpe=THREE_PLACES, blocks=(BLOCK,), vocabulary="ab", **more):
    return gpt2_model(TWO, wpe, list(blocks), vocabulary, **more)


def by_hand():
    return shipped().derive("by_hand/logits").experiments[0].trial.model


def said_to(capsys, *arguments):
    code = main(list(arguments))
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1, lines
    return code, lines[0]


@pytest.mark.parametrize("part", WORDS)
def test_a_word_with_an_unknown_letter_on_the_command_line(part, capsys):
    code, line = said_to(capsys, "derive", f"by_hand/{part}", "--set", "word=aacaa")
    assert code == 2
    assert line.endswith(f"by_hand/{part}: expected a word of the letters a, b, got 'c' at place 2 of 'aacaa'")


def test_an_empty_word_on_the_command_line(capsys):
    code, line = said_to(capsys, "derive", "by_hand/embedding", "--set", "word=")
    assert code == 2 and line.endswith("--set: expected NAME=VALUE, got 'word='")


@pytest.mark.parametrize("part", WORDS)
def test_an_empty_word(part):
    with pytest.raises(DerivationFailed, match="expected a word of at least one letter, got an empty one"):
        shipped().derive(f"by_hand/{part}", word="")


@pytest.mark.parametrize("n_ctx", ["0", "1", "-3"])
@pytest.mark.parametrize("part", CONTEXTS)
def test_a_context_of_nothing_or_shorter_than_the_window_on_the_command_line(part, n_ctx, capsys):
    code, line = said_to(capsys, "derive", f"by_hand/{part}", "--set", f"n_ctx={n_ctx}")
    assert code == 2
    assert f"by_hand/{part}: n_ctx must be at least" in line and line.endswith(f", got {n_ctx}")


@pytest.mark.parametrize(
    ("setting", "message"),
    [("Lg=-1", "unknown parameter 'Lg'; known: n_ctx, scale_of, word"), ("scale_of=-8", "must be positive, got -8")],
)
def test_a_size_that_is_not_positive_on_the_command_line(setting, message, capsys):
    code, line = said_to(capsys, "verify", "by_hand/attention", "--set", setting)
    assert code == 2 and line.endswith(message)


@pytest.mark.parametrize("value", [-1, 0])
def test_a_size_that_is_not_positive(value):
    model, message = by_hand(), rf"^Lg cannot be {value}: it is positive and real$"
    at = {Lg: Integer(value)}
    work = Work("mine/bad", "Bad")
    uses = (
        lambda: Completes("a", "b").prove_strict(model, at, 5),
        lambda: Predicts((Answer("a", "b"),), "1 context").prove_strict(model, at, 5),
        lambda: Completes("a", "b").measure(Trial(model.heads, at, 5, model=model)),
        lambda: complete(model, at, "a", 3, 5),
        lambda: bind_transformer(model, 5, at),
        lambda: work.claim(Completes("a", "b"), of=model, at=at, n_ctx=5),
        lambda: work.experiment(Completes("a", "b"), of=model, n_ctx=5, Lg=[value]),
        lambda: work.suggest(at),
    )
    for use in uses:
        with pytest.raises(BadValue, match=message):
            use()


def test_a_range_of_sizes_below_zero():
    with pytest.raises(BadValue, match="expected two rational ends from 0 on, in rising order, for Lg; got -1, oo"):
        Between(Lg, -1)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: tiny(wpe=zeros(3, 4)), r"^expected wpe with 2 columns, as wte has, got 0 \(3 by 4\)$"),
        (lambda: tiny(wpe=zeros(0, 2)), r"^expected wpe with a row for each position, at least one, got 0 \(0 by 2\)$"),
        (lambda: tiny(vocabulary="abc"), r"^expected wte with a row for each of 3 tokens, got .* \(2 by 2\)$"),
        (
            lambda: tiny(blocks=[BLOCK, Gpt2Block(zeros(3, 6), identity(2))]),
            r"^block 1: expected c_attn with 2 rows, got 0 \(3 by 6\)$",
        ),
        (lambda: tiny(blocks=[Gpt2Block(zeros(2, 5), identity(2))]), r"^expected c_attn of 2 by 6, got 0 \(2 by 5\)$"),
        (lambda: tiny(blocks=[Gpt2Block(zeros(2, 6), zeros(2, 3))]), r"^expected c_proj of 2 by 2, got 0 \(2 by 3\)$"),
        (
            lambda: tiny(blocks=[Gpt2Block(zeros(2, 6), identity(2), c_attn_bias=zeros(6, 1))]),
            r"^expected the bias of c_attn of 1 by 6, got 0 \(6 by 1\)$",
        ),
        (
            lambda: tiny(blocks=[Gpt2Block(zeros(2, 6), identity(2), c_proj_bias=zeros(1, 3))]),
            r"^expected the bias of c_proj of 1 by 2, got 0 \(1 by 3\)$",
        ),
        (lambda: tiny(n_heads=3), r"^expected a number of heads that divides d_model = 2, got 3$"),
        (lambda: Computes("ab", zeros(2, 1)).prove_on(tiny()), r"^expected a column for each of 2 tokens of ab, got 0"),
    ],
)
def test_weights_of_the_wrong_shape(make, message):
    with pytest.raises(ShapeMismatch, match=message):
        make()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: tiny(blocks=[]), "^expected at least one block, got none$"),
        (lambda: tiny(vocabulary="aa"), "^expected 2 different names of tokens, got 1 in 2$"),
        (lambda: OneHot(0), "^expected at least one position, got 0$"),
        (lambda: Vocabulary(""), "^expected a vocabulary of at least one letter, got none$"),
        (lambda: Vocabulary("ab").encode(""), "^expected a word of at least one letter, got an empty one$"),
        (lambda: Vocabulary("ab").tokens("abc"), "got 'c' at place 2 of 'abc'$"),
        (lambda: Vocabulary("ab").decode([0, 2]), "^expected tokens from 0 to 1, got 2$"),
        (lambda: list(Vocabulary("ab").words([-1])), "^expected a length of at least 0, got -1$"),
        (lambda: tiny().logits(""), "^expected at least one token, got none$"),
        (lambda: tiny().logits("abab"), r"^expected at most 3 tokens \(the columns of W_pos\), got 4$"),
        (lambda: Predicts((), "none"), "^expected at least one context to predict after, got none$"),
        (lambda: Predicts.cut_from("", [2]), "^expected a word of at least one letter, got an empty one$"),
        (lambda: Predicts.cut_from("aab", [0]), "^expected a length of at least 1, got 0$"),
        (
            lambda: Predicts.by_window({"ac": "a"}, "ab", [2]),
            "^expected a word of the letters a, b, got 'c' at place 1",
        ),
        (
            lambda: Predicts.by_window({"aa": "c"}, "ab", [2]),
            "^expected a word of the letters a, b, got 'c' at place 2",
        ),
        (lambda: Predicts((Answer("a", "c"),), "1").prove_on(tiny()), "^expected a token of a, b after a, got 'c'$"),
        (
            lambda: Predicts((Answer("aaa", "a"),), "1").prove_strict(tiny(), {}, 2),
            "at most n_ctx = 2 letters, got aaa",
        ),
        (lambda: Completes("", "a"), "^expected a text and a completion of at least one letter each$"),
        (lambda: Completes("a", "b").steps(0), "^expected a context of at least one token, got n_ctx = 0$"),
        (
            lambda: Completes("a", "b").prove_strict(tiny(), {}, -1),
            "^expected a context of at least one token, got n_ct",
        ),
        (lambda: complete(tiny(), {}, "a", 3, 0), "^expected a context of at least one token, got n_ctx = 0$"),
        (lambda: complete(tiny(), {}, "", 3, 3), "^expected at least one token, got none$"),
        (lambda: bind_transformer(tiny(), 0, {}), "^expected a context of at least one token, got n_ctx = 0$"),
    ],
)
def test_words_and_contexts_that_cannot_be_used(make, message):
    with pytest.raises(BadValue, match=message):
        make()


@pytest.mark.parametrize(
    "use",
    [
        lambda: tiny().logits("ac"),
        lambda: complete(tiny(), {}, "c", 1, 3),
        lambda: Completes("c", "a").prove_on(tiny()),
    ],
)
def test_a_token_that_the_model_does_not_have(use):
    with pytest.raises(UnknownName, match="^unknown token 'c'; known: a, b$"):
        use()


def figures(id, caption):
    (table,) = [step for step in shipped().derive(id).steps if isinstance(step, Table) and caption in step.text]
    return [[cell.strip("$") for cell in row[1:]] for row in table.rows]


PRINTED = [
    ("The attention, scaled", ["1 0 0 0 0", "0.5 0.5 0 0 0", "0 0.5 0.5 0 0", "0 0 0.5 0.5 0", "0 0 0 0.5 0.5"]),
    ("The attention without", ["1 0 0 0 0", "0.5 0.5 0 0 0", "0 0.5 0.5 0 0", "0 0 0.5 0.5 0", "0 0 0 0.5 0.5"]),
    ("What the head gets", [f"0 0 0 0 0 0 0 {v}" for v in (1, 1, 0, 0, 1)]),
    ("the output matrix", [f"0 0 0 0 0 {v} 0" for v in ("0 1024", "0 1024", "1024 0", "1024 0", "0 1024")]),
    (
        "The stream after",
        ["1 0 0 0 0 1 1024 0", "0 1 0 0 0 1 1024 0", "0 0 1 0 0 1024 1 0", "0 0 0 1 0 1025 0 0", "0 0 0 0 1 1 1024 0"],
    ),
    ("The logits", ["1 1024", "1 1024", "1024 1", "1025 0", "1 1024"]),
    ("The probabilities", ["0 1", "0 1", "1 0", "1 0", "0 1"]),
]


@pytest.mark.parametrize(("caption", "rows"), PRINTED)
def test_every_table_has_the_numbers_that_are_usually_printed(caption, rows):
    assert figures("by_hand/tables", caption) == [row.split() for row in rows]


def test_the_rounded_numbers_of_the_softmax_and_of_the_layer_norm():
    small, large = ["0.58", "0.21", "0.21"], ["0.9999", "0.00005", "0.00005"]
    assert figures("by_hand/softmax", "Rows of scores") == [small, small, large, large]
    assert figures("by_hand/softmax", "Two powers") == [["0.6"], ["0.00005"]]
    assert [row[-1] for row in figures("by_hand/layernorm", "a one and a zero")] == ["1.73200462", "-0.57733487"]
    assert shipped().derive("by_hand/layernorm", ones=3, d_model=11).verdict == "proved"
