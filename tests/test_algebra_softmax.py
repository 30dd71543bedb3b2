"""Softmax rows: the maximum is proved, ties are ties, leaks and limits are what an independent evaluation finds."""

from __future__ import annotations

from fractions import Fraction

import mpmath
import pytest
from algebra_oracle import confirm, value
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Add, Integer, Rational, Symbol, cos, exp, log, pi, sin, sqrt, symbols

from symcircuits.algebra import (
    Margin,
    Proved,
    Refuted,
    SoftmaxRow,
    Undecided,
    exact,
    prove,
    prove_at_least,
    prove_gap_over,
    softmax_row,
)
from symcircuits.algebra.enclosures.balls import Intervals, default_backend
from symcircuits.errors import BadValue

beta, g, h = symbols("beta g h", positive=True)
a, alpha = symbols("a alpha", real=True)
n = Symbol("n", integer=True, positive=True)
k = Symbol("k", integer=True)


@pytest.fixture(params=["as installed", "intervals"])
def backend(request, monkeypatch):
    chosen = default_backend() if request.param == "as installed" else Intervals()
    for module in ("enclosures.enclosure", "enclosures.ranges", "order.tails"):
        monkeypatch.setattr(f"symcircuits.algebra.{module}.default_backend", lambda: chosen)


def weights_at(row, numbers):
    """The softmax of a row at numbers, apart from the package."""
    with mpmath.workdps(100):
        powers = [mpmath.exp(value(row.scale * score, numbers).real) for score in row.scores]
        return [power / mpmath.fsum(powers) for power in powers]


ROWS = {
    "one winner": ([1, 0, 0], (0,), (0, 1, 0)),
    "last wins": ([0, Rational(1, 2), 3], (2,), None),
    "two tied": ([g, g, 0], (0, 1), None),
    "tied in disguise": ([cos(a) ** 2 + sin(a) ** 2, 1, 0], (0, 1), None),
    "all tied": ([g, g, g], (0, 1, 2), None),
    "one key": ([a], (0,), None),
    "roots": ([sqrt(2), Rational(141421356, 10**8), 1], (0,), None),
    "by 1e-25": ([1, 1 + Rational(1, 10**25)], (1,), None),
    "symbolic gap": ([0, -g, -2 * g], (0,), None),
    "common part": ([a + g, a, a - h], (0,), None),
    "cosines": ([cos(Integer(1)), cos(Integer(0)), cos(Integer(2))], (1,), None),
}


@pytest.mark.parametrize("name", ROWS)
def test_the_maximum_its_gaps_leak_and_limit(name, backend):
    scores, winners, _ = ROWS[name]
    row = softmax_row(scores, beta)
    assert row.winners == winners and row.tied == (len(winners) > 1)
    assert all(prove(gap, row.scores[winners[0]] - score) for gap, score in zip(row.gaps, row.scores, strict=True))
    share = Rational(1, len(winners))
    assert row.limit() == tuple(share if place in winners else 0 for place in range(len(scores)))
    numbers = {beta: Rational(3, 2), g: Rational(5, 4), h: Rational(1, 3), a: Rational(-7, 5)}
    weights = weights_at(row, numbers)
    with mpmath.workdps(100):
        for weight, number in zip(row.weights(), weights, strict=True):
            assert abs(value(weight, numbers).real - number) < mpmath.mpf(10) ** -90
    leak = row.leak()
    with mpmath.workdps(100):
        off = mpmath.fsum(weight for place, weight in enumerate(weights) if place not in winners)
        bound = value(leak.value, numbers).real
        assert abs(bound - off) < mpmath.mpf(10) ** -90 if leak.is_exact else off < bound


def test_the_exact_leak_of_equal_gaps():
    row = softmax_row([0, g, 0, 0], beta)
    assert row.leak().is_exact and prove(row.leak().value, 3 / (exp(beta * g) + 3))
    tied = softmax_row([g, g, 0, 0, 0], beta)
    assert tied.leak().is_exact and prove(tied.leak().value, 3 / (2 * exp(beta * g) + 3))
    assert isinstance(prove(row.leak().value, 3 / (exp(beta * g) + 4)), Refuted)
    assert isinstance(prove(row.leak().value, 4 / (exp(beta * g) + 3)), Refuted)


def test_the_bound_of_unequal_gaps():
    leak = softmax_row([3, 1, 0], beta).leak()
    assert not leak.is_exact and leak.verdict
    assert prove(leak.value, exp(-2 * beta) + exp(-3 * beta))
    shared = softmax_row([3, 1, 0, 3], beta).leak()
    assert prove(shared.value, (exp(-2 * beta) + exp(-3 * beta)) / 2)


def test_no_leak_where_all_are_tied():
    assert softmax_row([a, a], beta).leak().value == 0


def test_the_limit_is_not_stated_where_a_gap_may_be_zero():
    row = softmax_row([1, cos(a), -3], beta)
    assert row.winners == (0,) and isinstance(row.limit(), Undecided)
    assert "score 1" in row.limit().tried
    assert isinstance(softmax_row([0, a, -g], beta), Undecided)


def test_the_sign_of_a_difference_decides_between_two_symbols():
    assert isinstance(softmax_row([g, h], beta), Undecided)
    assert softmax_row([g, h], beta, given=[g > 2, h < 1]).winners == (0,)
    assert softmax_row([g, h], beta, given=[g < 1, h > 2]).limit() == (0, 1)
    assert softmax_row([n, 2 * n], beta).limit() == (0, 1)


def test_the_previous_token_ties_where_a_period_returns():
    period_seven = [cos(2 * pi * (j - 1) / 7) for j in range(8)]
    row = softmax_row(period_seven, beta)
    assert row.winners == (1,)
    assert softmax_row([*period_seven, period_seven[1]], beta).winners == (1, 8)
    assert softmax_row([cos(2 * pi * (j - 1) / 7) for j in range(9)], beta).winners == (1, 8)


@pytest.mark.parametrize(
    ("scores", "scale", "message"),
    [
        ([], beta, "expected at least one score, got none"),
        ([0.5], beta, "expected an exact value"),
        ([1, 0], a, "expected a scale that is known to be positive, got a"),
        ([1, 0], 0, "expected a scale that is known to be positive, got 0"),
        ([1, 0], -beta, "expected a scale that is known to be positive"),
    ],
    ids=str,
)
def test_what_is_no_row_is_told(scores, scale, message):
    with pytest.raises(BadValue, match=f"^{message}"):
        softmax_row(scores, scale)


SCORES = st.sampled_from(
    [
        Integer(0),
        Integer(1),
        Rational(1, 2),
        sqrt(2),
        cos(Integer(1)),
        pi / 3,
        log(3),
        -sqrt(3),
        Integer(1) + sqrt(2) - sqrt(2),
    ]
)


@settings(derandomize=True, max_examples=50)
@given(st.lists(SCORES, min_size=1, max_size=7))
def test_rows_of_numbers_agree_with_an_independent_evaluation(scores):
    row = softmax_row(scores, beta)
    assert isinstance(row, SoftmaxRow)
    with mpmath.workdps(100):
        numbers = [value(score, {}).real for score in scores]
        greatest = max(numbers)
        assert row.winners == tuple(
            place for place, number in enumerate(numbers) if greatest - number < mpmath.mpf(10) ** -80
        )
    if len(scores) > len(row.winners):
        assert prove_at_least(row.leak().value.xreplace({beta: Integer(2)}), 0)


# gap(k) = sum of lambda_i^2 (1 - cos(alpha_i k)): the margin of a previous-token head over the offsets that occur.
OFFSETS = [-1, *range(1, 63)]


def test_one_frequency_comes_back_near_zero(backend):
    margin = prove_gap_over(1 - cos(alpha * k), k, range(1, 63), at={alpha: 1})
    assert margin.strict and margin.least.reached_at == (44,)
    near_nineteen = prove_gap_over(1 - cos(k), k, range(1, 22)).least
    assert near_nineteen.reached_at == (19,)
    assert Rational(112, 10**4) < near_nineteen.low <= near_nineteen.high < Rational(114, 10**4)


def test_a_period_makes_ties(backend):
    margin = prove_gap_over(1 - cos(2 * pi * k / 7), k, range(1, 22))
    assert margin.ties == (7, 14, 21) and not margin.strict and margin.margin == 0
    assert margin.least.reached_at == (1, 6, 8, 13, 15, 20)
    assert prove_gap_over(1 - cos(2 * pi * k / 7), k, range(1, 7)).ties == ()
    assert prove_gap_over(1 - cos(2 * pi * k), k, range(3)) == Margin(None, (0, 1, 2))


def test_the_least_of_two_frequencies_is_enclosed_where_it_is_reached(backend):
    gap = 4 * (1 - cos(k)) + (1 - cos(k / Integer(7)))
    margin = prove_gap_over(gap, k, OFFSETS)
    with mpmath.workdps(60):
        numbers = {j: 4 * (1 - mpmath.cos(j)) + 1 - mpmath.cos(mpmath.mpf(j) / 7) for j in OFFSETS}
        least = min(numbers.values())
        assert margin.least.reached_at == tuple(j for j, number in numbers.items() if number - least < 1e-50)
        assert value(margin.least.low, {}).real <= least <= value(margin.least.high, {}).real
    assert prove(margin.margin, gap.xreplace({k: Integer(margin.least.reached_at[0])}))


@pytest.mark.parametrize(
    "wrong",
    [cos(k) - 1, 1 - 2 * cos(k), (1 - cos(k)) - Rational(113, 10**4), k * (1 - cos(k)), sin(k)],
    ids=str,
)
def test_a_negative_gap_is_refuted_with_its_offset(wrong):
    verdict = prove_gap_over(wrong, k, OFFSETS)
    witness = confirm(verdict, wrong, Integer(0), less=True)
    assert int(witness[k]) in OFFSETS


def test_a_gap_by_1e_25_is_told_from_a_tie():
    tiny = Rational(1, 10**25)
    assert prove_gap_over(1 - cos(2 * pi * k / 3) + tiny, k, [3]).least.value == tiny
    assert isinstance(prove_gap_over(1 - cos(2 * pi * k / 3) - tiny, k, [1, 2, 3]), Refuted)


def test_a_sign_that_is_not_settled_is_undecided():
    hidden = log(6) - log(2) - log(3)
    assert isinstance(prove_gap_over(hidden.expand(log=False) * (k + 1), k, [1]), Undecided | Margin)
    assert isinstance(prove_gap_over(log(k + 5) - log(2) - log(3), k, [1]), Undecided)


@pytest.mark.parametrize(
    ("expression", "values", "message"),
    [
        (1 - cos(k), [], "expected 1 to 20000 integers, got 0"),
        (1 - cos(k), range(20001), "expected 1 to 20000 integers, got 20001"),
        (1 - cos(k), [1.0], "expected integers, got 1.0"),
        (1 - cos(alpha * k), [1], "expected an exact number for every symbol but k, got none for alpha"),
        (0.5 * k, [1], "expected an exact expression"),
    ],
    ids=str,
)
def test_what_is_no_range_of_gaps_is_told(expression, values, message):
    with pytest.raises(BadValue, match=f"^{message}"):
        prove_gap_over(expression, k, values)


@settings(derandomize=True, max_examples=40)
@given(
    st.lists(st.tuples(st.integers(1, 5), st.fractions(Fraction(-3), 3, max_denominator=9)), min_size=1, max_size=3),
    st.lists(st.integers(-30, 30), min_size=1, max_size=8),
)
def test_margins_agree_with_an_independent_evaluation(waves, offsets):
    gap = Add(*(size * (1 - cos(exact(angle) * k)) for size, angle in waves))
    margin = prove_gap_over(gap, k, offsets)
    with mpmath.workdps(80):
        numbers = {j: value(gap, {k: Integer(j)}).real for j in offsets}
        assert set(margin.ties) == {j for j, number in numbers.items() if abs(number) < mpmath.mpf(10) ** -60}
        if margin.least is not None:
            left = [number for j, number in numbers.items() if j not in margin.ties]
            assert value(margin.least.low, {}).real <= min(left) <= value(margin.least.high, {}).real
    assert isinstance(prove_at_least(margin.margin, 0), Proved)
