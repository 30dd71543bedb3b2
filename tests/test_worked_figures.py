"""Figures as values: what is drawn is what the engine and the exact entries say."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Integer, Rational, Symbol, cos

from symcircuits import Head, OneHot, Residual, Sinusoids, Transformer, Work
from symcircuits.algebra import ExactMatrix
from symcircuits.behaviours import Trial
from symcircuits.errors import BadValue, UnboundSymbols
from symcircuits.symbols import alpha, beta, integer, lambda_
from symcircuits.typeset.formulas import Name
from symcircuits.worked import BlockFigure, PatternFigure, ReadsFigure, ScoreFigure
from symcircuits.worked.reports import step_json

POSITION = Sinusoids(2)
STREAM = Residual(content=3, position=POSITION)
AT = POSITION.suggested() | {beta: Integer(100)}
FOUR = Residual.numbered(a=2, b=2, c=2, d=2)
k = integer("k")


def previous(back: int = 1) -> Head:
    read = STREAM.read("position")
    return Head(W_Q=read, W_K=POSITION.shift(back) @ read, scale=beta)


def by_content() -> Head:
    return Head(W_Q=STREAM.read("content"), W_K=STREAM.read("content"), scale=beta)


def mover(source: str, target: str) -> Head:
    return Head(W_V=FOUR.read(source), W_O=FOUR.write(target))


@pytest.mark.parametrize("back", [0, 1, 2])
def test_a_pattern_is_what_the_engine_gives(back):
    weights = PatternFigure.of(previous(back), 6, AT).weights()
    assert weights.argmax(axis=1).tolist()[back:] == list(range(6 - back))
    trial = Trial((previous(back),), AT, 6)
    assert np.array_equal(weights, trial.pattern(trial.stream()))
    assert np.allclose(weights.sum(axis=1), 1)


def two_layers() -> Transformer:
    """One head that looks at the token before, and behind it one that looks for its own token."""
    stream = Residual(content=2, position=POSITION, v=2)
    read, own = stream.read("position"), stream.read("content")
    moves = {"W_V": own, "W_O": stream.write("v"), "scale": beta}
    before = Head(W_Q=read, W_K=POSITION.shift(1) @ read, **moves)
    return Transformer(((before,), (Head(W_Q=own, W_K=own, **moves),)), W_E=stream.write("content"), vocabulary="ab")


def test_the_pattern_of_a_virtual_head_is_the_later_pattern_times_the_earlier():
    model, words = two_layers(), "a b b a b"
    first, second = (PatternFigure.of_model(model, words, AT, layer).weights() for layer in (0, 1))
    virtual = PatternFigure.of_path(model, words, AT, ((0, 0), (1, 0)))
    assert np.array_equal(virtual.weights(), second @ first)
    assert not np.allclose(virtual.weights(), first @ second)
    assert virtual.weights()[4].round(3).tolist() == [0.333, 0.333, 0, 0.333, 0]  # before each b that the last b finds
    assert np.allclose(virtual.weights().sum(axis=1), 1)
    assert virtual.told() == AT


@pytest.mark.parametrize("places", [(), ((1, 0), (0, 0)), ((0, 0), (0, 0))])
def test_heads_that_are_no_path_are_refused(places):
    with pytest.raises(BadValue, match="^expected a head or more, each in a later layer than the one before, got "):
        PatternFigure.of_path(two_layers(), "a b", AT, places)


def test_the_same_word_has_the_same_content():
    weights = PatternFigure.of(by_content(), "A B A C B", AT, STREAM["content"], gap=1).weights()
    assert [set(np.flatnonzero(row > 0.1)) for row in weights] == [{0}, {1}, {0, 2}, {3}, {1, 4}]


def test_other_words_give_another_pattern():
    same, other = (PatternFigure.of(by_content(), words, AT, STREAM["content"]) for words in ("A B A", "A B C"))
    assert not np.allclose(same.weights(), other.weights())


def test_a_caption_tells_the_values_that_matter_and_no_others():
    figure = PatternFigure.of(by_content(), "A B", AT, STREAM["content"])
    assert figure.told() == {beta: 100}
    assert set(PatternFigure.of(previous(), 3, AT).told()) == set(AT)
    places = OneHot(3)
    read = Residual(position=places).read("position")
    assert PatternFigure.of(Head(W_Q=read, W_K=read, scale=beta), 3, AT).told() == {beta: 100}
    work = Work("mine/one", "One")
    work.figure(figure, "Two   tokens.")
    [step] = work.finish().steps
    assert step.caption == "Two tokens. Drawn at $\\beta = 100$."
    assert step_json(step) == {"kind": "figure", "latex": step.caption, "figure": "PatternFigure"}
    assert work.finish().figures == (figure,)


def test_words_for_those_who_do_not_see():
    assert PatternFigure.of(previous(), 3, AT).alt().endswith("0 at 0: 0, 1 at 1: 0, 2 at 2: 1.")
    assert "A at 2: 0" in PatternFigure.of(by_content(), "A B A", AT, STREAM["content"]).alt()


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (("A B", AT), BadValue, "the tokens 'A B' need the directions in which they differ: give content"),
        ((4, {beta: 1}), UnboundSymbols, "the figure has no value for alpha_0, alpha_1, lambda_0, lambda_1"),
        ((0, AT), BadValue, "expected a context of at least one token, got n_ctx = 0"),
    ],
)
def test_a_pattern_that_cannot_be_run_is_refused(arguments, error, message):
    with pytest.raises(error, match=message):
        PatternFigure.of(previous(), *arguments)


def test_more_words_than_contents_and_wrong_names_are_refused():
    with pytest.raises(BadValue, match="expected 7 words, at most 6 of them different, got 7 and 7"):
        PatternFigure.of(by_content(), "A B C D E F G", AT, STREAM["content"]).weights()
    named = PatternFigure(PatternFigure.of(previous(), 3, AT).source, ("A", "B"))
    with pytest.raises(BadValue, match="2 names for a pattern of 3 tokens"):
        named.weights()


@settings(derandomize=True, max_examples=30)
@given(st.integers(-9, -1), st.integers(1, 9), st.integers(1, 30))
def test_the_gap_is_the_difference_of_the_two_largest_scores(first, last, tenths):
    figure = ScoreFigure(cos(Rational(tenths, 10) * k), k, range(first, last + 1), best=0)
    scores = sorted(float(cos(Rational(tenths, 10) * offset).evalf()) for offset in range(first, last + 1))
    assert figure.gap() == pytest.approx(scores[-1] - scores[-2], abs=1e-12)
    least = ScoreFigure(1 - cos(Rational(tenths, 10) * k), k, range(1, last + 2), best=None)
    gaps = [1 - float(cos(Rational(tenths, 10) * offset).evalf()) for offset in range(1, last + 2)]
    assert least.gap() == pytest.approx(min(gaps), abs=1e-12)
    assert gaps[least.runner_up() - 1] == pytest.approx(min(gaps), abs=1e-12)


def test_a_score_tells_its_values():
    figure = ScoreFigure(lambda_(0) * cos(alpha(0) * k), k, range(3), {lambda_(0): 2, alpha(0): 1, beta: 7})
    assert figure.told() == {lambda_(0): 2, alpha(0): 1}
    assert figure.values(np.array([0.0, 0.5]))[1] == pytest.approx(2 * np.cos(0.5))
    assert figure.alt().startswith("The score, largest at offset 0, against the offset from 0 to 2; the least gap is ")


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"over": range(1)}, BadValue, r"expected at least two offsets to draw a score at, got range\(0, 1\)"),
        ({"best": 9}, BadValue, r"the best offset 9 is not among range\(0, 4\)"),
        ({"at": {}}, UnboundSymbols, "the score of a figure still contains alpha_0"),
    ],
)
def test_a_score_that_cannot_be_drawn_is_refused(changes, error, message):
    given = {"score": cos(alpha(0) * k), "offset": k, "over": range(4), "at": {alpha(0): 1}}
    with pytest.raises(error, match=message):
        ScoreFigure(**given | changes)


def test_blocks_are_marked_by_what_they_are():
    half = FOUR.matrix({(FOUR["c"][0], FOUR["a"][1]): 1, (FOUR["d"][0], FOUR["b"][0]): Symbol("t")})
    figure = BlockFigure((mover("a", "b").W_OV.named(Name("W")), half.named(Name("H"))))
    assert [(block.row, block.column, block.mark) for block in figure.blocks(0)] == [(1, 0, r"\mathrm{Id}")]
    assert [(block.row, block.column, block.mark[-1]) for block in figure.blocks(1)] == [(2, 0, "1"), (3, 1, "1")]
    assert figure.alt() == "W: block 2–3 reads block 0–1. H: block 4–5 reads block 0–1, block 6–7 reads block 2–3."


def test_twice_an_identity_is_no_identity():
    doubled = (mover("a", "b").W_OV.expand() * 2).named(Name("W"))
    assert [block.mark for block in BlockFigure((doubled,)).blocks(0)] == [r"\mathrm{rank}\ 2"]


@pytest.mark.parametrize(
    "matrices", [(), (ExactMatrix.identity(2),), (FOUR.matrix({(FOUR["a"][0], FOUR["a"][0]): 1}),)]
)
def test_blocks_need_names(matrices):
    with pytest.raises(BadValue, match="expected at least one matrix|needs a name, and labels on its rows and columns"):
        BlockFigure(matrices)


def moves(figure: ReadsFigure) -> list[tuple[object, ...]]:
    return [(move.layer, move.source, move.target, move.read, move.written) for move in figure.arrows()]


def test_what_is_read_on_is_traced_to_where_it_came_from():
    first, second = mover("a", "b"), Head(W_V=FOUR.read(FOUR["b"][1], FOUR["c"][0]), W_O=FOUR.write("d"))
    assert moves(ReadsFigure((first, second))) == [
        (2, 2, 3, ("3", "4"), ("6", "7")),
        (1, 1, 2, ("1",), ("3",)),
        (1, 2, 3, ("0", "1"), ("2", "3")),
    ]


def test_a_head_that_reads_nothing_of_another_is_not_joined_to_it():
    assert moves(ReadsFigure((mover("a", "b"), mover("c", "d")), back=(1, 2))) == [
        (2, 1, 3, ("4", "5"), ("6", "7")),
        (1, 2, 3, ("0", "1"), ("2", "3")),
    ]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"tokens": 1}, "expected more than 1 tokens for these heads, got 1"),
        ({"back": (1, 1)}, "2 offsets for 1 heads"),
        ({"heads": ()}, "expected more than 0 tokens for these heads, got 4"),
    ],
)
def test_reads_that_do_not_fit_are_refused(changes, message):
    with pytest.raises(BadValue, match=message):
        ReadsFigure(**{"heads": (mover("a", "b"),), "tokens": 4} | changes)


def test_a_derivation_with_figures_can_be_pickled():
    work = Work("mine/one", "One")
    work.figure(ReadsFigure((mover("a", "b"),)), "A move.")
    work.figure(PatternFigure.of(previous(), 3, AT), "A pattern.")
    derivation = work.finish()
    assert pickle.loads(pickle.dumps(derivation)) == derivation  # noqa: S301  our own bytes
