"""Binary formats: rounding against exact fractions and NumPy, and the transformer by hand run in them."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Integer, Rational, cosh, exp, log, oo, sinh, sqrt
from test_by_hand import model

from symcircuits.algebra import ExactMatrix, Proved, Refuted, Undecided
from symcircuits.algebra.binary import exponential_in, nearest_in, prove_nearest, rounded_expression
from symcircuits.behaviours import (
    Answer,
    FirstRightRow,
    FormatRow,
    LogitsIn,
    Predicts,
    RightsIn,
    SeesIn,
    StoredRow,
    Trial,
    TurnRow,
)
from symcircuits.behaviours.predicting.precision import margin_in
from symcircuits.behaviours.predicting.precision_rows import between_numbers
from symcircuits.circuit.bind import bind_transformer
from symcircuits.circuit.rounded import RoundedRun
from symcircuits.engine import attention_pattern, embed, logits
from symcircuits.errors import BadValue, DerivationFailed, NotSupported, UnboundSymbols
from symcircuits.formats import BFLOAT, DOUBLE, FORMATS, HALF, SINGLE, Format
from symcircuits.rounding import cast, rounded, rounded_embedding, rounded_logits, rounded_pattern
from symcircuits.symbols import Lg
from symcircuits.typeset.binary import dyadic_latex, shortest
from symcircuits.worked import shipped

pytestmark = pytest.mark.once

MADE = model()
SMALL = (HALF, BFLOAT, SINGLE)
EVERY = Predicts.by_window({"aa": "b", "ab": "a", "ba": "a"}, "ab", range(2, 6))
WORDS = ("aabaa", "bbbaa", "abbab", "baaba")


def nearest(x, to):
    """The rounding of a double by fractions, infinite where it overflows."""
    try:
        return float(to.nearest(Fraction(x)))
    except OverflowError:
        return np.inf if x > 0 else -np.inf


@pytest.mark.parametrize("to", SMALL, ids=str)
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_arrays_are_rounded_as_fractions_are(to, x):
    assert rounded(x, to) == nearest(x, to)


@pytest.mark.parametrize("to", SMALL, ids=str)
@given(data=st.data())
def test_ties_go_to_even_among_normal_and_subnormal_numbers(to, data):
    exponent = data.draw(st.integers(to.least - to.bits + 1, to.most - to.bits + 1))
    steps = data.draw(st.integers(0 if exponent == to.least - to.bits + 1 else 2 ** (to.bits - 1), 2**to.bits - 2))
    spacing = Fraction(2) ** exponent
    found = to.nearest((steps + Fraction(1, 2)) * spacing) / spacing
    assert found in (steps, steps + 1) and found % 2 == 0
    assert rounded(float((steps + Fraction(1, 2)) * spacing), to) == float(found * spacing)
    assert to.nearest((steps + Fraction(501, 1000)) * spacing) == (steps + 1) * spacing


@pytest.mark.parametrize(("to", "kind"), [(HALF, np.float16), (SINGLE, np.float32)], ids=str)
@given(x=st.floats(allow_nan=False, allow_infinity=False))
def test_numpy_rounds_in_the_same_way(to, kind, x):
    with np.errstate(all="ignore"):
        assert float(np.float64(x).astype(kind)) == nearest(x, to)


@given(st.fractions(), st.integers(-1200, 1100))
def test_python_rounds_to_doubles_in_the_same_way(x, exponent):
    number = x * Fraction(2) ** exponent
    try:
        expected = float(number)
    except OverflowError:
        with pytest.raises(OverflowError, match="beyond the largest of float64"):
            DOUBLE.nearest(number)
        return
    assert DOUBLE.nearest(number) == expected


@pytest.mark.parametrize("to", SMALL, ids=str)
@given(x=st.floats(-1e6, 1e6), y=st.floats(-1e6, 1e6))
def test_an_operation_in_doubles_rounded_again_is_rounded_rightly(to, x, y):
    a, b = (rounded(value, to) for value in (x, y))
    if not np.isfinite([a, b]).all():
        return
    first, second = Fraction(float(a)), Fraction(float(b))
    assert rounded(a + b, to) == nearest(first + second, to)
    assert rounded(a * b, to) == nearest(first * second, to)
    if second:
        with np.errstate(all="ignore"):
            assert rounded(a / b, to) == nearest(first / second, to)


@pytest.mark.parametrize(("to", "kind"), [(HALF, "float16"), (SINGLE, "float32"), (DOUBLE, "float64")], ids=str)
def test_the_limits_are_those_of_numpy(to, kind):
    found = np.finfo(kind)
    assert to.largest == float(found.max) and to.least_normal == float(found.smallest_normal)
    assert to.least_positive == float(found.smallest_subnormal) and 2 * to.unit == float(found.eps)
    assert to.nearest(to.overflow - to.spacing(to.largest) / 1000) == to.largest
    with pytest.raises(OverflowError, match=f"beyond the largest of {to}"):
        to.nearest(to.overflow)


def test_what_makes_no_format_or_number():
    with pytest.raises(ValueError, match="expected 2 bits or more, .* not 1 bits"):
        Format("tiny", 1, -1, 1)
    with pytest.raises(ValueError, match="expected a positive number of float16, not 2049"):
        HALF.after(Fraction(2049))
    with pytest.raises(OverflowError, match="beyond the largest of float16, 65504"):
        HALF.after(HALF.largest)
    with pytest.raises(ValueError, match="expected float64 or a format within float32, not wide"):
        rounded(1.0, Format("wide", 30, -126, 127))
    assert HALF.after(HALF.least_positive) == 2 * HALF.least_positive


def test_expressions_are_rounded_with_proof_or_not_at_all():
    assert nearest_in(1 / sqrt(Integer(8)), SINGLE) == Fraction(float(np.float32(8**-0.5)))
    assert rounded_expression(-exp(Integer(200)), BFLOAT) == -oo and rounded_expression(Integer(65520), HALF) == oo
    hidden_tie = 1 + Rational(1, 2**11) + cosh(1) ** 2 - sinh(Integer(1)) ** 2 - 1
    with pytest.raises(NotSupported, match="too near to the middle of two numbers of float16"):
        nearest_in(hidden_tie, HALF)
    assert isinstance(prove_nearest(hidden_tie, HALF, Integer(1)), Undecided)
    assert isinstance(prove_nearest(Integer(1025), BFLOAT, Integer(1024)), Proved)
    assert isinstance(prove_nearest(Integer(1025), BFLOAT, Integer(1025)), Refuted)
    assert isinstance(prove_nearest(Integer(65519), HALF, oo), Refuted)


@pytest.mark.parametrize("to", FORMATS, ids=str)
def test_exponentials_vanish_and_overflow_where_the_logarithm_says(to):
    places = to.bits - to.least
    for factor, lost in ((Fraction(999, 1000), False), (Fraction(1001, 1000), True)):
        assert (exponential_in(-places * Fraction(69314718, 10**8) * factor, to) == 0) is lost
    assert exponential_in(Fraction(-(10**300)), to) == 0 and exponential_in(Fraction(0), to) == 1
    with pytest.raises(OverflowError, match="beyond the largest"):
        exponential_in(Fraction(10**300), to)


@pytest.mark.parametrize("to", SMALL, ids=str)
@settings(max_examples=15)
@given(size=st.integers(1, 3 * 10**5))
def test_the_exact_run_and_the_rounded_arrays_are_the_same_to_the_last_bit(to, size):
    large = Rational(size, 100)
    run, arrays = RoundedRun(MADE, to, {Lg: large}, 5), bind_transformer(MADE, 5, {Lg: large})
    for word in WORDS:
        tokens = np.array(MADE.numbers(word))
        found = rounded_logits(tokens, arrays, to)
        assert [[float(number) for number in row] for row in run.logits(word)] == found.tolist()
        assert [float(number) for number in run.last_logits(word)] == found[-1].tolist()
        head = arrays.layers[0][0]
        pattern = rounded_pattern(rounded_embedding(tokens, arrays, to), head, to)
        for i, row in enumerate(run.pattern(word)):
            assert [float(number) for number in row] == pattern[i, : i + 1].tolist()
        plain = rounded_pattern(rounded_embedding(tokens, arrays, to), head, to, shifted=False)[-1]
        assert [float(number) for number in run.last_row(word, shifted=False)] == np.nan_to_num(plain).tolist()


@pytest.mark.parametrize("to", [HALF, SINGLE, DOUBLE], ids=str)
def test_the_engine_in_the_type_of_numpy_comes_near_to_the_exact_run(to):
    for large in (Rational(11, 2), Integer(24), Integer(1024)):
        run, arrays = RoundedRun(MADE, to, {Lg: large}, 5), cast(bind_transformer(MADE, 5, {Lg: large}), to)
        for word in WORDS:
            tokens = np.array(MADE.numbers(word))
            found = logits(tokens, arrays)
            assert (
                found.dtype == to.dtype
                and attention_pattern(embed(tokens, arrays), arrays.layers[0][0]).dtype == to.dtype
            )
            expected = np.array([[float(number) for number in row] for row in run.logits(word)])
            np.testing.assert_allclose(
                found.astype(float), expected, rtol=8 * float(to.unit), atol=20 * float(large * to.unit)
            )


@pytest.mark.parametrize(("to", "step"), [(HALF, 37), (BFLOAT, 19)], ids=str)
def test_no_larger_number_loses_an_answer_again(to, step):
    large, tried = between_numbers(to, Fraction("5.05"), lambda x: margin(to, x) > 0)[1], 0
    while large < 64:
        arrays = cast(bind_transformer(MADE, 5, {Lg: Rational(large.numerator, large.denominator)}), to)
        for answer in EVERY.answers:
            tokens = np.array(MADE.numbers(answer.context))
            row = (logits if to.dtype else lambda t, a: rounded_logits(t, a, to))(tokens, arrays)[-1]
            assert row[MADE.numbers(answer.letter)[0]] == row.max() > row.min()
        large, tried = to.nearest(large + step * to.spacing(large)), tried + 1
    assert tried > 20


def margin(to, large):
    return margin_in(MADE, Answer("bbbaa", "b"), to, {Lg: Rational(large.numerator, large.denominator)}, 5)


def trial(large):
    return Trial(MADE.heads, {Lg: Rational(large)}, 5, model=MADE)


@pytest.mark.parametrize("to", FORMATS, ids=str)
def test_a_wrong_count_is_refuted_and_measured(to):
    for behaviour, wrong in (
        (RightsIn(EVERY, 45, to), {"count": 44}),
        (SeesIn(5, 0, to), {"seen": 4}),
        (SeesIn(5, 0, to), {"halves": 2}),
        (
            LogitsIn("ab", ExactMatrix.from_rows([[1, 12], [12, 1]]), to),
            {"table": ExactMatrix.from_rows([[1, 12], [12, 2]])},
        ),
    ):
        other = replace(behaviour, **wrong)
        assert behaviour.prove_strict(MADE, {Lg: Integer(12)}, 5) and behaviour.measure(trial(12)).passed
        assert isinstance(other.prove_strict(MADE, {Lg: Integer(12)}, 5), Refuted)
        assert not other.measure(trial(12)).passed
        assert isinstance(behaviour.prove_on(MADE), Undecided)


def test_another_format_gives_another_answer():
    stays = ExactMatrix.from_rows([[1, 1024, 1025], [1024, 1, 0]])
    assert LogitsIn("aba", stays, HALF).prove_strict(MADE, {Lg: Integer(1024)}, 5)
    assert not LogitsIn("aba", stays, BFLOAT).prove_strict(MADE, {Lg: Integer(1024)}, 5)
    assert not LogitsIn("aba", stays, BFLOAT).measure(trial(1024)).passed
    assert SeesIn(5, 2, DOUBLE).measure(trial(1024)).passed and SeesIn(2, 2, SINGLE).measure(trial(1024)).passed
    assert not SeesIn(5, 2, SINGLE).measure(trial(1024)).passed


def test_overflow_is_no_answer():
    for behaviour in (RightsIn(EVERY, 0, HALF), RightsIn(EVERY, 45, SINGLE)):
        assert behaviour.prove_strict(MADE, {Lg: Integer(65520)}, 5) and behaviour.measure(trial(65520)).passed
    assert isinstance(SeesIn(0, 0, HALF).prove_strict(MADE, {Lg: Integer(65520)}, 5), Undecided)
    table = ExactMatrix.from_rows([[1], [65504]])
    assert isinstance(LogitsIn("a", table, HALF).prove_strict(MADE, {Lg: Integer(65520)}, 5), Undecided)


def test_rows_are_refuted_where_a_number_or_count_is_another():
    turn = TurnRow.found(MADE, Lg, HALF, Integer(46), ("leak",), (5, 2))
    assert turn.prove() and turn.cells() == ("float16", "leak", "$45.88$", "$45.9$")
    for wrong in ({"high": turn.low}, {"low": turn.high}, {"below": 4}, {"above": 3}, {"low": turn.low - 1}):
        assert isinstance(replace(turn, **wrong).prove(), Refuted)
    first = FirstRightRow.found(MADE, Lg, EVERY, BFLOAT, Rational("5.05"), Answer("bbbaa", "b"))
    assert first.prove() and (first.behind, first.ahead) == (Rational(-1, 32), Rational(1, 32))
    later = {
        "low": first.high,
        "high": Rational(*float(BFLOAT.after(Fraction(int(first.high.p), int(first.high.q)))).as_integer_ratio()),
    }
    for wrong in (
        {"high": first.low},
        {"ahead": 2 * first.ahead},
        {"behind": Integer(0)},
        {"largest": first.largest / 2},
        later,
    ):
        assert isinstance(replace(first, **wrong).prove(), Refuted)
    stored = StoredRow.found(BFLOAT, [Integer(1025), Rational(1, 3)])
    assert stored.prove()
    assert not StoredRow(HALF, stored.numbers).prove()
    limits = FormatRow(HALF, -11, 5, -14, -24)
    assert limits.prove()
    for name in ("unit", "top", "normal", "least"):
        for by in (-1, 1):
            assert isinstance(replace(limits, **{name: getattr(limits, name) + by}).prove(), Refuted)


def test_what_cannot_be_run_or_looked_for_is_refused():
    with pytest.raises(UnboundSymbols, match="the model still contains Lg"):
        RoundedRun(MADE, HALF, {}, 5)
    with pytest.raises(BadValue, match="expected a model with a causal mask, got the mask none"):
        RoundedRun(replace(MADE, mask="none"), HALF, {Lg: Integer(2)}, 5)
    with pytest.raises(BadValue, match="no W_U"):
        RoundedRun(replace(MADE, W_U=None), HALF, {Lg: Integer(2)}, 5).logits("aa")
    with pytest.raises(BadValue, match="nothing turns between 87.5 and 112.5 in float16"):
        TurnRow.found(MADE, Lg, HALF, Integer(100), (), (5, 2))
    with pytest.raises(BadValue, match="expected to count keys that are seen or halves, got 'thirds'"):
        TurnRow(MADE, Lg, HALF, (), Integer(1), Integer(2), 0, 0, "thirds")
    with pytest.raises(BadValue, match="expected numbers, a column for each token of 'ab'"):
        LogitsIn("ab", ExactMatrix.from_rows([[Lg, 1], [1, 1]]), HALF)
    with pytest.raises(BadValue, match="is measured on a transformer, got heads"):
        RightsIn(EVERY, 45, HALF).measure(Trial(MADE.heads, {Lg: Integer(2)}, 5))


def test_numbers_in_print():
    assert shortest(Rational(45.875), HALF) == "45.88" and shortest(Rational(1024), BFLOAT) == "1024"
    assert [dyadic_latex(number) for number in (oo, -oo, Rational(1, 4))] == [r"\infty", r"-\infty", "2^{-2}"]
    with pytest.raises(BadValue, match="expected a number of float16 with few digits"):
        shortest(Rational(1, 3), HALF)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"n_ctx": 4}, "n_ctx must be 5 or 6, .* got 4"),
        ({"n_ctx": 7}, "got 7"),
        ({"scale_of": 0}, "must be 4 to 16, got 0"),
    ],
)
def test_parameters_that_make_no_sense(settings, message):
    with pytest.raises(DerivationFailed, match=message):
        shipped().derive("by_hand/precision", **settings)


def test_a_closed_form_is_the_logarithm_of_the_number_that_decides():
    row_of = shipped().find("by_hand/precision").function.__globals__["From"]
    row = row_of.here(HALF, ("exponential", r"25 \log 2"), 25 * log(2), Integer(2) ** 25, 1 / sqrt(Integer(8)))
    assert row.prove()
    condition = row.condition
    altered = (
        replace(row, lost=row.lost + 1),
        replace(row, condition=condition.func(condition.lhs + 1, condition.rhs, evaluate=False)),
    )
    assert all(isinstance(other.prove(), Refuted) for other in altered)


@pytest.mark.parametrize("settings", [{"n_ctx": 6}, {"scale_of": 5}, {"scale_of": 16}], ids=str)
def test_other_parameters_are_proved(settings):
    assert shipped().derive("by_hand/precision", **settings).verdict == "proved"
