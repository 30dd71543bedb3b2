"""Sums of falling exponentials: least scales certified on both sides, next to what is known of them otherwise."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Integer, Rational, Sum, Symbol, cos, exp, log, pi, sqrt

from symcircuits.algebra import FallingSum, Proved, Refuted, Undecided, prove, prove_rounded, rounded, threshold
from symcircuits.algebra.enclosures import balls
from symcircuits.algebra.thresholds.falling import last_digit
from symcircuits.errors import BadValue, OutsideClass

k = Symbol("k", integer=True)
beta = Symbol("beta", positive=True)
WAVES = 2 - cos(k) - cos(k / 10)
OFFSETS = (-1, *range(1, 7))
LEVEL = Rational(1, 9)


@pytest.mark.parametrize("backend", [balls.default_backend(), balls.Intervals()], ids=lambda backend: backend.name)
def test_the_least_scale_is_where_the_general_threshold_is(backend, monkeypatch):
    written = sum(exp(-beta * WAVES.xreplace({k: Integer(j)})) for j in OFFSETS)
    point = threshold(written <= LEVEL, beta, digits=12).least
    monkeypatch.setattr("symcircuits.algebra.thresholds.falling.default_backend", lambda: backend)
    monkeypatch.setattr("symcircuits.algebra.enclosures.enclosure.default_backend", lambda: backend)
    tail = FallingSum.of(WAVES, k, OFFSETS)
    found = tail.least_scale(LEVEL, 8)
    assert found - last_digit(found, 8) < point.low <= point.high <= found


@pytest.mark.parametrize("level", [LEVEL, Rational(1, 99), Rational(5)])
def test_the_root_of_equal_gaps_is_a_logarithm(level):
    tail = FallingSum.of(Integer(3) + 0 * k, k, range(1, 11))
    found = tail.least_scale(level, 8)
    assert prove_rounded(log(10 / level) / 3, found, 8)


@settings(max_examples=20)
@given(
    st.lists(st.fractions(Rational(1, 9), 4, max_denominator=9), min_size=1, max_size=6),
    st.fractions(Rational(1, 50), Rational(9, 10), max_denominator=50),
    st.integers(2, 12),
)
def test_a_least_scale_lies_between_two_decimals_with_opposite_truths(gaps, level, digits):
    gap = sum(Rational(value) * (1 - cos(pi * k / (i + 2))) for i, value in enumerate(gaps))
    tail = FallingSum.of(gap, k, range(1, 4))
    found = tail.least_scale(Rational(level), digits)
    unit = last_digit(found, digits)
    rates = np.array([float(gap.xreplace({k: Integer(j)})) for j in range(1, 4)])
    above, below = (np.exp(-float(x) * rates).sum() for x in (found, found - unit))
    assert above <= float(level) * (1 + 1e-9) and below >= float(level) * (1 - 1e-9)
    assert isinstance(tail.prove_least_scale(Rational(level), found + 2 * unit, digits), Refuted)
    assert isinstance(tail.prove_least_scale(Rational(level), found - 2 * unit, digits), Refuted)


def test_a_witness_tells_which_side_is_wrong():
    tail = FallingSum.of(WAVES, k, OFFSETS)
    found = tail.least_scale(LEVEL, 8)
    too_low, too_high = (tail.prove_least_scale(LEVEL, found * factor, 8) for factor in (Rational(1, 2), Integer(2)))
    assert float(too_low.witness.left_value) > 1 / 9 and float(too_high.witness.left_value) < 1 / 9
    (at,) = too_low.witness.bindings.values()
    assert prove(too_low.witness.left, tail.expression(at)) and at == found / 2


def test_what_is_too_near_to_tell_is_undecided():
    tail = FallingSum.of(Integer(1) + 0 * k, k, (1,))
    exactly = Rational(693147180559945, 10**15)
    assert isinstance(tail.prove_least_scale(Rational(1, 2), exactly, 80), Refuted | Undecided)
    assert isinstance(tail.prove_least_scale(Rational(1, 2), Rational(1, 10**9), 1), Refuted | Undecided)


@pytest.mark.parametrize("gap", [WAVES, (1 - cos(k)) * (2 - cos(k)), k**2, sqrt(2) * (1 - cos(sqrt(2) * k)) + k**2])
def test_waves_and_other_gaps_are_enclosed_alike(gap):
    tail = FallingSum.of(gap, k, OFFSETS)
    expected = [float(gap.xreplace({k: Integer(j)})) for j in OFFSETS]
    low, high = tail.over(Rational(1, 3))
    assert low <= high and abs(float(low) - np.exp(-np.array(expected) / 3).sum()) < 1e-12
    written = tail.expression(Rational(1, 3))
    assert sum(isinstance(term, Sum) for term in written.args) == 2


def test_a_shorter_sum_is_the_beginning_of_a_longer_one():
    tail, shorter = FallingSum.of(WAVES, k, OFFSETS), FallingSum.of(WAVES, k, OFFSETS[:3])
    assert tail.first(3).offsets == shorter.offsets
    assert tail.first(3).least_scale(LEVEL, 8) == shorter.least_scale(LEVEL, 8) < tail.least_scale(LEVEL, 8)


def test_the_least_gap_is_found_and_an_even_one_on_both_sides():
    assert FallingSum.of(1 - cos(k), k, range(1, 24)).least_gap_at() == 19
    assert FallingSum.of(1 - cos(k / 9), k, (-1, 1, 2)).least_gap_at() == -1
    assert FallingSum.of(1 - cos(k / 9) + k**2 * (k + 2), k, (-1, 1, 2)).least_gap_at() == -1


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: FallingSum.of(WAVES, k, ()), BadValue, r"^expected different offsets, at least one, got \[\]$"),
        (lambda: FallingSum.of(WAVES, k, (1, 1)), BadValue, r"^expected different offsets"),
        (
            lambda: FallingSum.of(1 - cos(2 * pi * k / 7), k, range(1, 9)),
            OutsideClass,
            r"^the gap at k = 7 is not certainly positive$",
        ),
        (lambda: FallingSum.of(cos(k), k, (3,)), OutsideClass, r"^the gap at k = 3 is not certainly positive$"),
        (lambda: FallingSum.of(beta * k, k, (1,)), OutsideClass, r"beta has no value"),
        (
            lambda: FallingSum.of(WAVES, k, (1, 2)).least_scale(Integer(2), 8),
            OutsideClass,
            r"^expected a level between 0 and 2, got 2$",
        ),
    ],
)
def test_what_does_not_fall_is_refused(make, error, message):
    with pytest.raises(error, match=message):
        make()


@pytest.mark.parametrize("number", [log(2), sqrt(1234567), pi / 1000, exp(-20), Integer(123456789)])
@pytest.mark.parametrize("digits", [1, 4, 8])
@pytest.mark.parametrize("up", [True, False])
def test_rounding_is_certified_and_its_neighbours_are_refuted(number, digits, up):
    stated = rounded(number, digits, up)
    unit = last_digit(stated, digits)
    assert isinstance(prove_rounded(number, stated, digits, up), Proved)
    assert (stated >= number) if up else (stated <= number)
    for wrong in (stated + 2 * unit, stated - unit / 2 if up else stated + unit / 2):
        assert not isinstance(prove_rounded(number, wrong, digits, up), Proved) or abs(wrong - number) < unit


@pytest.mark.parametrize(
    ("x", "digits", "unit"),
    [
        (Rational(1), 1, 1),
        (Rational(10), 1, 10),
        (Rational(99), 3, Rational(1, 10)),
        (Rational(1, 10), 2, Rational(1, 100)),
        (Rational(99, 1000), 2, Rational(1, 1000)),
        (Rational(1, 3), 3, Rational(1, 1000)),
    ],
)
def test_the_last_digit(x, digits, unit):
    assert last_digit(x, digits) == unit
