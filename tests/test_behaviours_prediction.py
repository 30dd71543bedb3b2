"""What a model says next: every context run, counterexamples told with the shortest context, ties no answers."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sympy import Gt, Integer, Rational, Symbol, exp, oo, sin, sqrt
from test_by_hand import model

from symcircuits.algebra import Between, ExactMatrix, Proved, Refuted, Undecided, prove, prove_between
from symcircuits.behaviours import AccuracyRow, Answer, Completes, Computes, Predicts, Rights, SharesAttention, Trial
from symcircuits.behaviours.predicting.prediction import complete
from symcircuits.circuit import Gpt2Block, Head, OneHot, Residual, Vocabulary, gpt2_model
from symcircuits.circuit.words import cuts, followers
from symcircuits.errors import BadValue, NotSupported, ShapeMismatch, UnboundSymbols
from symcircuits.symbols import Lg
from symcircuits.worked import IntervalRow, RootRow

MADE = model()
CUTS = Predicts.cut_from("aab", range(2, 6))
AT = {Lg: Integer(1024)}


def trial(large, n_ctx=5):
    return Trial(MADE.heads, {Lg: large}, n_ctx, model=MADE)


def test_all_contexts_of_the_pattern_are_there_once():
    assert len(CUTS.answers) == 12 and CUTS.answers[0] == Answer("aa", "b")
    assert {followers("aab", answer.context) for answer in CUTS.answers} == {"a", "b"}
    assert cuts("aab", 4) == ("aaba", "abaa", "baab") and followers("aab", "a") == "ab"


def test_the_shortest_counterexample_is_told_with_its_context():
    wrong = Predicts(tuple(replace(a, letter="b") for a in CUTS.answers), "contexts")
    verdict = wrong.prove_strict(MADE, AT, 5)
    assert isinstance(verdict, Refuted) and str(verdict.witness).startswith("context = ab: left 1.0")
    assert CUTS.prove_strict(MADE, AT, 5) and CUTS.measure(trial(Integer(1024))).passed
    measured = wrong.measure(trial(Integer(1024)))
    assert not measured.passed and measured.note == "after ab it does not say b"


def test_for_all_values_and_between_two():
    assert isinstance(CUTS.prove_on(MADE), Refuted)
    assert replace(CUTS, between=Between(Lg, Rational(11, 4))).prove_on(MADE)
    below = replace(CUTS, between=Between(Lg, Rational(27, 10))).prove_on(MADE)
    assert isinstance(below, Refuted) and "baa" in str(below.witness)
    with pytest.raises(UnboundSymbols, match="still contain Lg"):
        CUTS.prove_strict(MADE, {Lg: Lg + 1}, 5)


def test_one_context_that_is_not_decided_leaves_all_undecided():
    named = Symbol("q", real=True)
    head = MADE.heads[0]
    scaled = replace(MADE, layers=((replace(head, W_O=head.W_O * named, b_O=head.b_O * named),),))
    verdict = replace(CUTS, between=Between(Lg, 1024)).prove_on(scaled)
    assert isinstance(verdict, Undecided) and verdict.tried.startswith("after aa: ")


def test_a_tie_is_no_answer():
    assert all(isinstance(Completes("a", x).prove_strict(MADE, {Lg: Integer(1)}, 5), Refuted) for x in "ab")
    assert not any(Completes("a", x).measure(trial(Integer(1))).passed for x in "ab")
    assert complete(MADE, {Lg: Integer(1)}, "a", 3, 5) == "?"
    assert complete(MADE, AT, "bbbbb", 10, 5) == "aabaabaaba"


def test_an_altered_completion_is_refuted():
    assert Completes("ba", "abaab").prove_strict(MADE, AT, 5)
    wrong = Completes("ba", "abaaa")
    assert isinstance(wrong.prove_strict(MADE, AT, 5), Refuted)
    assert wrong.measure(trial(Integer(1024))).note == "after aabaa it does not say a"
    assert Completes("ab", "aab", Between(Lg, 3)).prove_on(MADE)


def test_how_many_are_right():
    assert Rights(CUTS, 11).prove_strict(MADE, {Lg: Rational(5, 2)}, 5)
    assert isinstance(Rights(CUTS, 12).prove_strict(MADE, {Lg: Rational(5, 2)}, 5), Refuted)
    assert Rights(CUTS, 11).measure(trial(Rational(5, 2))).passed
    assert not Rights(CUTS, 12).measure(trial(Rational(5, 2))).passed


@pytest.mark.parametrize("changes", [{"right": 4}, {"low": Rational(9, 10)}, {"turning": ("aa",)}, {"exactly": False}])
def test_an_altered_stretch_is_refuted(changes):
    row = AccuracyRow(MADE, CUTS, Lg, Integer(1), Rational(14, 10), 7, ("aa", "ab", "baab"), True)
    assert row.prove()
    assert isinstance(replace(row, **changes).prove(), Refuted)


def test_rows_of_roots_and_intervals_fire():
    row = RootRow.found(("x",), Gt(Lg**2, 2, evaluate=False), Lg)
    assert row.prove() and row.cells()[1] == r"$1.414213562373095048801688724209\ldots$"
    unit = row.high - row.low
    assert not replace(row, low=row.low + unit, high=row.high + unit).prove()
    assert not replace(row, condition=Gt(Lg, 2, evaluate=False)).prove()
    inside = IntervalRow.found(("x",), Gt((Lg - 1) * (2 - Lg), 0, evaluate=False), Lg)
    assert inside.prove() and not replace(inside, ends=(Integer(1), Integer(3))).prove()
    for beyond in (Gt(Lg, 1, evaluate=False), Gt((Lg - 1) * (Lg - 2), 0, evaluate=False)):
        assert isinstance(replace(inside, condition=beyond).prove(), Refuted)
        with pytest.raises(NotSupported, match="no single bounded interval"):
            IntervalRow.found(("x",), beyond, Lg)
    with pytest.raises(BadValue, match="two neighbouring decimals"):
        replace(row, low=row.low - 1)


def test_another_symbol_is_proved_for_all_its_values_and_not_refuted_at_one():
    c = Symbol("c", positive=True)
    assert isinstance(prove_between(Gt(c * (1 + exp(-Lg)), 0, evaluate=False), Between(Lg, 1)), Proved)
    for factor in (2 + sin(c), c):  # the first holds wherever Lg > 1, the second not always
        assert isinstance(prove_between(Gt(factor * Lg, 1, evaluate=False), Between(Lg, 1)), Undecided)


def test_conditions_between_two_numbers():
    assert isinstance(prove_between(Gt(Lg, 1, evaluate=False), Between(Lg, 1, 5)), Proved)
    refuted = prove_between(Gt(Lg, 1, evaluate=False), Between(Lg, Rational(1, 2), oo))
    assert refuted.witness[Lg] <= 1
    for ends in ((-1, 1), (2, 2), (0, sqrt(2))):
        with pytest.raises(BadValue, match="two rational ends"):
            Between(Lg, *ends)


def window(keys):
    stream = Residual(content=1, position=OneHot(4))
    asked = {(i, 1 + j): Lg for i in range(4) for j in keys(i) if j >= 0}
    return Head(W_Q=ExactMatrix.from_entries((4, 5), {(j - 1, i + 1): v for (i, j), v in asked.items()}, None, stream),
                W_K=stream.read("position"))  # fmt: skip


def test_a_window_is_proved_and_one_that_is_shifted_refuted():
    two, before = window(lambda i: (i, i - 1)), window(lambda i: (i - 1, i - 2))
    assert SharesAttention(2).prove_on(two)
    assert not SharesAttention(3).prove_on(two) and not SharesAttention(2).prove_on(before)
    run = Trial((two,), {Lg: Integer(9)}, 4)
    assert SharesAttention(2).measure(run).passed and not SharesAttention(1).measure(run).passed


def test_gpt2_weights_in_rows_with_several_heads_and_biases():
    made = gpt2_model(
        ExactMatrix.identity(2), ExactMatrix.zeros(3, 2),
        [Gpt2Block(ExactMatrix.from_rows([[0, 0, 0, 0, 1, 0], [0, 0, 0, 0, 0, 1]]), ExactMatrix.identity(2),
                   ExactMatrix.from_rows([[0, 0, 0, 0, 5, 7]]), ExactMatrix.from_rows([[10, 20]]))],
        "ab", n_heads=2,
    )  # fmt: skip
    assert len(made.heads) == 2 and made.heads[0].d_head == 1
    # The values with their bias, a mean of equal ones, and the bias of the output once.
    assert prove(made.logits("a"), ExactMatrix.from_rows([[1 + 1 + 5 + 10], [0 + 7 + 20]]))


ONE, ZERO = ExactMatrix.identity(2), ExactMatrix.zeros(2, 6)
BAD = [
    (lambda: gpt2_model(ONE, ExactMatrix.zeros(3, 4), [Gpt2Block(ZERO, ONE)], "ab"), ShapeMismatch, "wpe with 2"),
    (lambda: gpt2_model(ONE, ONE, [], "ab"), BadValue, "at least one block"),
    (lambda: gpt2_model(ONE, ONE, [Gpt2Block(ONE, ONE)], "ab"), ShapeMismatch, "expected c_attn of 2 by 6"),
    (lambda: gpt2_model(ONE, ONE, [Gpt2Block(ZERO, ZERO)], "ab"), ShapeMismatch, "expected c_proj of 2 by 2"),
    (lambda: gpt2_model(ONE, ONE, [Gpt2Block(ZERO, ONE)], "abc"), ShapeMismatch, "for each of 3"),
    (lambda: gpt2_model(ONE, ONE, [Gpt2Block(ZERO, ONE)], "ab", n_heads=0), ShapeMismatch, "divides d_model = 2"),
    (lambda: Vocabulary("ab").encode("abc"), BadValue, "letters a, b, got 'c' at place 2 of 'abc'"),
    (lambda: Vocabulary("aa"), BadValue, "different letters, got 'aa'"),
    (lambda: Vocabulary("ab").encode(""), BadValue, "got an empty one"),
    (lambda: Vocabulary("ab").decode([2]), BadValue, "tokens from 0 to 1, got 2"),
    (lambda: cuts("", 2), BadValue, "got an empty one"),
    (lambda: Predicts((), "none"), BadValue, "at least one context"),
    (lambda: Predicts((Answer("a", "a"), Answer("a", "b")), "x"), BadValue, "two to one"),
    (lambda: Completes("", "a"), BadValue, "at least one letter each"),
    (lambda: Computes("ab", ExactMatrix.zeros(2, 3)), ShapeMismatch, "a column for each of 2 tokens"),
    (lambda: Predicts((Answer("a", "c"),), "x").prove_on(MADE), BadValue, "a token of a, b after a, got 'c'"),
]  # fmt: skip


@pytest.mark.parametrize(("ask", "error", "message"), BAD, ids=range(len(BAD)))
def test_what_cannot_be_used_is_named(ask, error, message):
    with pytest.raises(error, match=message):
        ask()
