"""Thresholds: every stated interval holds what it claims, by an evaluation that shares nothing with the package."""

from __future__ import annotations

from fractions import Fraction

import mpmath
import pytest
from algebra_oracle import at_most, value
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import (
    Abs,
    Add,
    E,
    Eq,
    Ge,
    Gt,
    I,
    Integer,
    Le,
    Lt,
    Rational,
    S,
    Symbol,
    cos,
    cosh,
    exp,
    floor,
    log,
    oo,
    pi,
    sin,
    sinh,
    sqrt,
    symbols,
    tan,
    tanh,
)

from symcircuits.algebra import (
    Proved,
    Refuted,
    Threshold,
    Undecided,
    prove,
    prove_decreasing,
    prove_increasing,
    threshold,
)
from symcircuits.algebra.enclosures.balls import Intervals, default_backend
from symcircuits.errors import BadValue

x, g, h, c = symbols("x g h c", positive=True)
r = Symbol("r", real=True)
n = Symbol("n", integer=True, positive=True)
eps = Symbol("epsilon", positive=True)


@pytest.fixture(params=["as installed", "intervals"])
def backend(request, monkeypatch):
    chosen = default_backend() if request.param == "as installed" else Intervals()
    for module in ("enclosures.enclosure", "enclosures.ranges", "order.tails"):
        monkeypatch.setattr(f"symcircuits.algebra.{module}.default_backend", lambda: chosen)


def difference_at(condition, symbol, at):
    return value(condition.lhs - condition.rhs, {symbol: at}, 400).real


def truth_at(condition, symbol, at):
    """Whether a condition holds at a number, at 400 digits."""
    number = difference_at(condition, symbol, at)
    assert abs(number) > mpmath.mpf(10) ** -380, f"{condition} is not told at {at}"
    return (number > 0) == isinstance(condition, Ge | Gt)


def inside(stretch, count=9):
    """Numbers in an open interval, some of them close to its ends."""
    low = stretch.low if stretch.low != -oo else -Integer(50)
    high = stretch.high if stretch.high is not oo else Add(low, 60)
    near = [Rational(1, 10**6), 1 - Rational(1, 10**6)]
    return [low + (high - low) * part for part in [*near, *(Rational(k, count) for k in range(1, count))]]


def confirm(found, digits=15):
    """A threshold whose symbols all have numbers, once all that it says has been found to be so."""
    assert isinstance(found, Threshold), found
    condition, symbol = found.condition, found.symbol
    assert len(found.stretches) == len(found.breaks) + 1
    for stretch in found.stretches:
        for at in inside(stretch):
            assert truth_at(condition, symbol, at) == stretch.holds, (condition, at)
    for point, left, right in zip(found.breaks, found.stretches, found.stretches[1:], strict=False):
        assert point.holds == isinstance(condition, Ge | Le)
        if point.exact is not None:
            assert left.high == point.exact == right.low
            assert abs(difference_at(condition, symbol, point.exact)) < mpmath.mpf(10) ** -300
            assert point.low <= point.exact <= point.high
        else:
            assert (left.high, right.low) == (point.low, point.high)
            assert truth_at(condition, symbol, point.low) != truth_at(condition, symbol, point.high)
        assert point.high - point.low <= Rational(1, 10**digits) * max(abs(point.low), abs(point.high))
    return found


def holds(found):
    return [stretch.holds for stretch in found.stretches]


COSINE_GAPS = [4 * (1 - cos(k)) + (1 - cos(Rational(k, 7))) for k in range(1, 63)]
RATIONAL_GAPS = [Rational(k, 63) + Rational(1, 50) for k in range(62)]
MASS = Rational(1, 99)


@pytest.mark.parametrize("gaps", [COSINE_GAPS, RATIONAL_GAPS], ids=["cosine", "rational"])
@pytest.mark.parametrize("digits", [8, 60])
def test_the_least_scale_of_sixty_two_gaps(gaps, digits):
    condition = Add(*(exp(-x * gap) for gap in gaps)) <= MASS
    with at_most(30):
        found = threshold(condition, x, digits=digits)
    assert confirm(found, digits).least is found.breaks[0]
    with mpmath.workdps(100):
        numbers = [value(gap, {}).real for gap in gaps]
        root = mpmath.findroot(
            lambda scale: mpmath.log(mpmath.fsum(mpmath.exp(-scale * gap) for gap in numbers) * 99),
            mpmath.mpf(int(found.least.low.p)) / int(found.least.low.q),
        )
        assert value(found.least.low, {}).real <= root <= value(found.least.high, {}).real


def test_the_softmax_and_the_sum_have_the_same_threshold(backend):
    terms = Add(*(exp(-x * gap) for gap in RATIONAL_GAPS[:9]))
    by_mass = confirm(threshold(1 / (1 + terms) >= 1 - Rational(1, 100), x, digits=20), 20)
    by_sum = confirm(threshold(terms <= MASS, x, digits=20), 20)
    assert by_mass.least.low <= by_sum.least.high and by_sum.least.low <= by_mass.least.high


def test_the_closed_form_of_equal_gaps():
    mass = 1 - (n - 1) / (exp(x * g) + n - 1)
    found = threshold(mass >= 1 - eps, x, given=[n >= 2, eps < 1])
    assert found.exact == found.least.exact and prove(exp(g * found.exact), (n - 1) * (1 - eps) / eps)
    assert holds(found) == [False, True] and found.breaks[0].holds
    assert found.assuming and r"$n \ge 2$" in found.assuming


def test_without_bounds_on_the_others_the_closed_form_says_what_it_assumes():
    found = threshold(1 - (n - 1) / (exp(x * g) + n - 1) >= 1 - eps, x)
    assert prove(exp(g * found.exact), (n - 1) * (1 - eps) / eps)
    assert any("> 0$" in line for line in found.assuming)


CLOSED = {
    "falling exponential": (exp(-g * x) < c, -log(c) / g, [False, True]),
    "strict": (exp(g * x) > c, log(c) / g, [False, True]),
    "other way round": (exp(g * x) <= c, log(c) / g, [True, False]),
    "two scores": (exp(x * (g + h)) / (exp(x * (g + h)) + exp(x * h)) >= Rational(3, 4), log(3) / g, [False, True]),
    "line": (g * x - h >= 0, h / g, [False, True]),
    "falling line": (h - g * x >= 0, h / g, [True, False]),
    "reciprocal": (g / x <= h, g / h, [False, True]),
    "square of the scale": (exp(g * x**2) >= 2, sqrt(log(2) / g), [False, True]),
    "hyperbolic": (tanh(g * x) >= Rational(1, 2), log(3) / (2 * g), [False, True]),
    "two scores, unequal weights": (5 * exp(-g * x) <= exp(-h * x / 2) * exp(h * x / 2), log(5) / g, [False, True]),
}


@pytest.mark.parametrize("name", CLOSED)
def test_closed_forms_with_symbols(name):
    condition, root, truths = CLOSED[name]
    found = threshold(condition, x)
    numbers = {g: Rational(7, 3), h: Rational(5, 2), c: Rational(9, 4)}
    assert holds(found) == truths
    assert abs(value(found.exact - root, numbers, 100)) < mpmath.mpf(10) ** -90
    assert found.breaks[0].low is None
    for stretch in threshold(condition.xreplace({g: Integer(2), h: Integer(3), c: Rational(1, 3)}), x, (20)).stretches:
        assert isinstance(stretch.holds, bool)


def test_the_sign_of_a_rate_decides_the_side():
    a = Symbol("a", real=True)
    assert isinstance(threshold(exp(a * x) >= 2, x), Undecided)
    assert holds(threshold(exp(a * x) >= 2, x, given=[a > 1])) == [False, True]
    assert holds(threshold(exp(a * x) >= 2, x, given=[a < -1])) == [True, False]


NUMBERS = {
    "exponential": (exp(x) >= 2, [False, True]),
    "square in an exponential": (exp(2 * x) - 5 * exp(x) + 6 > 0, [True, False, True]),
    "one root outside": (2 * exp(2 * x) - 7 * exp(x) + 3 >= 0, [False, True]),
    "quadratic": (x**2 - 3 * x + 1 <= 0, [False, True, False]),
    "quadratic turned": (3 * x - x**2 - 1 <= 0, [True, False, True]),
    "two winners crossing": (exp(2 * x) + exp(-3 * x) < 3 * exp(x), [True, False]),
    "hump": (x * exp(-x) > Rational(1, 5), [False, True, False]),
    "hump of the root": (sqrt(x) * exp(-sqrt(x)) > Rational(1, 5), [False, True, False]),
    "three terms": (exp(-x) + exp(-x * sqrt(2)) + exp(-3 * x / 2) <= 1, [False, True]),
    "root at one": (exp(-x) + exp(-sqrt(2) * x) <= exp(-1) + exp(-sqrt(2)), [False, True]),
    "quotient": (exp(2 * x) / (exp(2 * x) + exp(x) + exp(x / 2)) >= Rational(9, 10), [False, True]),
    "hyperbolic": (cosh(x) - 2 * sinh(x / 3) >= 1, [False, True]),
    "cubic": ((x - 1) * (x - 2) * (x - 3) > 0, [False, True, False, True]),
    "close roots": ((x - 1) * (x - 1 - Rational(1, 10**9)) * (x + 1) > 0, [True, False, True]),
    "small difference": (exp(-x) >= Rational(1, 10**25), [True, False]),
    "large root": (exp(-x / 1000) + exp(-x / 999) <= Rational(1, 10**9), [False, True]),
}


@pytest.mark.parametrize("name", NUMBERS)
def test_break_points_with_numbers(name, backend):
    condition, truths = NUMBERS[name]
    found = confirm(threshold(condition, x, digits=20), 20)
    assert holds(found) == truths


def test_a_rational_root_is_found_as_such():
    assert threshold(NUMBERS["root at one"][0], x).exact == 1
    assert [point.exact for point in threshold(NUMBERS["cubic"][0], x).breaks] == [1, 2, 3]


def test_right_then_wrong_on_an_interval():
    """Accuracy need not grow with the scale: a condition that holds, fails on an interval, and holds again."""
    condition = 1 + x * exp(-x) * 2 - 5 * exp(-x) - x**2 * exp(-x) >= Rational(1, 3)
    found = confirm(threshold(condition, x, digits=25), 25)
    assert found.least is not None and len(found.breaks) in (1, 3)
    condition = exp(2 * x) - 4 * x * exp(x) + Rational(3, 2) > 0
    assert holds(confirm(threshold(condition, x, digits=25), 25)) == [True, False, True]
    bounded = confirm(threshold(exp(-x) - 2 * exp(-2 * x) > Rational(1, 10), x))
    assert holds(bounded) == [False, True, False] and bounded.least is None


BETWEEN = {
    "wave": (cos(x) >= Rational(1, 3), (0, 20), 6),
    "wave and line": (sin(x) * 3 > x, (Rational(1, 2), 9), 1),
    "nested exponential": (exp(x * exp(x) / (1 + exp(x))) >= 5, (0, 9), 1),
    "logarithm": (log(x) < Rational(3, 7), (1, 8), 1),
    "negative ends": (r**3 - r + Rational(1, 5) > 0, (-3, 3), 3),
    "exponential on both sides": (exp(r) + exp(-2 * r) + r**3 >= 4, (-5, 5), None),
    "tangent": (tan(x) >= 1, (0, Rational(3, 2)), 1),
}


@pytest.mark.parametrize("name", BETWEEN)
def test_break_points_between_two_ends(name, backend):
    condition, ends, count = BETWEEN[name]
    (symbol,) = condition.free_symbols
    found = confirm(threshold(condition, symbol, digits=18, between=ends), 18)
    assert count is None or len(found.breaks) == count
    assert (found.stretches[0].low, found.stretches[-1].high) == ends


ONE_SIDED = {
    "exponential above its tangent": (exp(x) >= 1 + x, True),
    "and strictly, the end left out": (exp(x) > 1 + x, True),
    "second order": (exp(x) > 1 + x + x**2 / 2, True),
    "more than everything": (exp(-x) + exp(-2 * x) + exp(-3 * x) > 3, False),
    "never so small": (Gt(exp(-x) + exp(-2 * x) + exp(-3 * x), 0, evaluate=False), True),
    "no real root": (Lt(x**2 + 1, 0, evaluate=False), False),
    "sum of squares": (Ge((exp(-x) + exp(-2 * x) - 1) ** 2, 0, evaluate=False), True),
    "negative argument": (Gt(exp(x), -3 * exp(2 * x), evaluate=False), True),
}


@pytest.mark.parametrize("name", ONE_SIDED)
def test_conditions_that_always_or_never_hold(name, backend):
    condition, truth = ONE_SIDED[name]
    found = confirm(threshold(condition, x))
    assert (found.always, found.never) == (truth, not truth) and found.least is None


def test_two_equal_sides_hold_or_fail_as_the_sign_says():
    sides = sin(x) ** 2 + cos(x) ** 2, Integer(1)
    assert threshold(Ge(*sides), x).always and threshold(Le(*sides), x).always
    assert threshold(Gt(*sides), x).never and threshold(Lt(*sides), x).never


def test_touching_without_crossing():
    strict = threshold((x - 1) ** 2 > 0, x)
    assert holds(strict) == [True, True] and strict.exact == 1 and not strict.breaks[0].holds
    assert threshold(Ge((x - 1) ** 2, 0, evaluate=False), x).always
    only_there = threshold(Le((x - 1) ** 2, 0, evaluate=False), x)
    assert holds(only_there) == [False, False] and only_there.breaks[0].holds
    with at_most(20):
        assert isinstance(threshold((exp(-x) + exp(-2 * x) - 1) ** 2 > 0, x), Undecided)
    with at_most(20):
        assert isinstance(threshold(cos(x) > -1, x, between=(0, 4)), Undecided)


UNDECIDED = {
    "a wave without an end": (cos(x) >= 0, x, {}),
    "a symbol without a number": (exp(x * g) + exp(x * h) >= c, x, {}),
    "a real symbol without ends": (exp(r) + exp(-2 * r) + r >= 4, r, {}),
    "a function that is not enclosed": (floor(x) + exp(x) >= 2, x, {"between": (0, 2)}),
    "an absolute value": (Abs(cos(x)) >= Rational(1, 2), x, {"between": (0, 2)}),
    "a pole": (1 / (x - 1) + exp(-x) + x > 3, x, {"between": (0, 3)}),
    "a pole of a tangent": (tan(x) >= 1, x, {"between": (1, 2)}),
    "an angle that is not real": (Gt(exp(I * x) * (x - 1), 0, evaluate=False), x, {}),
}


@pytest.mark.parametrize("name", UNDECIDED)
def test_what_is_not_settled_is_undecided(name):
    condition, symbol, options = UNDECIDED[name]
    found = threshold(condition, symbol, **options)
    assert isinstance(found, Undecided) and found.tried


@pytest.mark.parametrize("budget", [0, 10, 3000])
def test_past_the_budget_nothing_is_decided(budget):
    condition = Add(*(exp(-x * gap) for gap in RATIONAL_GAPS)) <= MASS
    with at_most(10):
        assert threshold(condition, x, budget=budget) == Undecided("budget")


def test_a_condition_that_is_too_large_is_undecided_soon():
    condition = Le(Add(*(exp(-x * k) * cos(k) for k in range(1, 4000))), 1, evaluate=False)
    with at_most(20):
        assert isinstance(threshold(condition, x), Undecided)


WRONG = {
    "equality": (Eq(x, 1), x, {}, "expected a condition with >=, >, <= or <"),
    "no condition": (x, x, {}, "expected a condition with >=, >, <= or <"),
    "decided before": (S.true, x, {}, "expected a condition, got True: SymPy has decided it"),
    "floating point": (exp(x) >= 0.5, x, {}, "expected an exact expression"),
    "no digits": (exp(x) >= 2, x, {"digits": 0}, "expected 1 to 2000 digits, got 0"),
    "digits": (exp(x) >= 2, x, {"digits": 2.0}, "expected 1 to 2000 digits, got 2.0"),
    "ends turned": (exp(x) >= 2, x, {"between": (2, 1)}, "expected two rational ends in rising order"),
    "irrational end": (exp(x) >= 2, x, {"between": (0, pi)}, "expected two rational ends in rising order"),
    "negative end": (exp(x) >= 2, x, {"between": (-1, 1)}, "expected ends from 0 on, since x is not negative, got -1"),
    "no symbol": (exp(x) >= 2, x + 1, {}, "expected a symbol, got x \\+ 1"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_such_question_is_told(name):
    condition, symbol, options, message = WRONG[name]
    with pytest.raises(BadValue, match=f"^{message}"):
        threshold(condition, symbol, **options)


@pytest.mark.parametrize("digits", [1, 2, 3, 9])
def test_close_break_points_are_told_apart_at_few_digits(digits):
    condition = (exp(-x) - Rational(1, 3)) * (exp(-x) - Rational(33, 100)) * (exp(-x) - 3) * (x + 1) > 0
    found = confirm(threshold(condition, x, digits=digits), digits)
    assert holds(found) == [False, True, False]
    assert found.breaks[0].high <= found.breaks[1].low


def test_an_altered_sign_or_scale_moves_the_threshold():
    at = threshold(exp(-x) + exp(-2 * x) <= Rational(1, 3), x).least
    for other in (
        exp(-x) + exp(-2 * x) <= Rational(1, 3) + Rational(1, 10**12),
        exp(-x * (1 + Rational(1, 10**12))) + exp(-2 * x) <= Rational(1, 3),
        exp(-x) - exp(-2 * x) / 10**12 + exp(-2 * x) <= Rational(1, 3),
    ):
        moved = confirm(threshold(other, x)).least
        assert moved.high < at.low


COEFFICIENTS = st.integers(-6, 6).filter(bool)
RATES = st.fractions(Fraction(1, 4), 4, max_denominator=6)


@settings(derandomize=True, max_examples=60)
@given(st.lists(st.tuples(COEFFICIENTS, RATES), min_size=1, max_size=4), COEFFICIENTS, st.integers(0, 2))
def test_no_stretch_contradicts_what_is_found_inside_it(terms, constant, power):
    total = Add(*(k * exp(-Rational(rate) * x) for k, rate in terms)) * x**power
    condition = Ge(total, Rational(constant, 5), evaluate=False)
    found = threshold(condition, x, digits=12)
    if isinstance(found, Threshold):
        confirm(found, 12)


@settings(derandomize=True, max_examples=30)
@given(st.lists(st.integers(1, 40), min_size=1, max_size=4, unique=True), st.sampled_from([Ge, Gt, Le, Lt]))
def test_the_roots_of_a_polynomial_are_all_found(roots, relation):
    product = Integer(1)
    for root in roots:
        product *= x - Rational(root, 7)
    found = threshold(relation(product.expand(), 0), x)
    assert [point.exact for point in found.breaks] == sorted(Rational(root, 7) for root in roots)
    if len(roots) > 1:
        confirm(found)


RISING = {
    "logistic": (1 / (1 + exp(-x)), 0, oo),
    "with symbols": (g / (g + exp(-h * x)), 0, oo),
    "cube": (x**3, 0, 5),
    "zero at single points": (r - sin(r), -9, 9),
    "hump before its top": (x * exp(-x), 0, Rational(99, 100)),
    "score difference": (exp(2 * x) / (exp(2 * x) + exp(x) + 1), 0, oo),
    "wave": (sin(x), 0, Rational(3, 2)),
    "within bounds": (r**2, 0, oo),
    "nested": (exp(exp(-1 / (1 + x))), 0, 9),
}


@pytest.mark.parametrize("name", RISING)
def test_what_rises_is_proved_to_rise_and_its_negative_to_fall(name):
    function, low, high = RISING[name]
    symbol = r if function.has(r) else x
    assert prove_increasing(function, symbol, low, high)
    assert prove_decreasing(-function, symbol, low, high)
    verdict = prove_decreasing(function, symbol, low, high)
    assert isinstance(verdict, Refuted)
    assert value(function.diff(symbol), verdict.witness).real > 0
    if high is not oo:
        assert low <= verdict.witness[symbol] <= high


NOT_RISING = {
    "past the top": (x * exp(-x), 0, Rational(101, 100)),
    "a pole between two branches": (-1 / (r - 1), 0, 3),
    "a hidden pole": (-1 / r, -2, 5),
    "constant": (Integer(3) + 0 * x, 0, 5),
    "wave": (sin(x), 0, 4),
    "symbol of any sign": (Symbol("s", real=True) * x, 0, 5),
}


@pytest.mark.parametrize("name", NOT_RISING)
def test_what_does_not_rise_throughout_is_not_proved(name):
    function, low, high = NOT_RISING[name]
    assert not isinstance(prove_increasing(function, r if function.has(r) else x, low, high), Proved)


def test_a_given_bound_decides_a_direction():
    s = Symbol("s", real=True)
    verdict = prove_increasing(s * x, x, 0, oo, given=[s > 2])
    assert verdict and verdict.assuming == ("$s > 2$",)
    assert prove_decreasing(s * x, x, 0, oo, given=[s < -2])


@pytest.mark.parametrize("ends", [(1, 1), (2, 1), (0, pi), (0.5, 1), (-oo, 1)], ids=str)
def test_the_ends_of_an_interval_are_rationals_in_order(ends):
    with pytest.raises(BadValue, match=r"^expected (two rational ends|an exact)"):
        prove_increasing(exp(x), x, *ends)


def test_euler_is_no_float():
    assert threshold(exp(x) >= E, x).exact == 1
