"""The search for a witness: points that the symbols allow, always the same ones, and sides told apart for certain."""

from __future__ import annotations

import pytest
from algebra_oracle import confirm, obeys
from sympy import Abs, Eq, I, Integer, Rational, Sum, Symbol, cos, exp, sin, sqrt, symbols

from symcircuits.algebra import Refuted
from symcircuits.algebra.enclosures.balls import Intervals, default_backend
from symcircuits.algebra.enclosures.witness import candidate_points, find_difference, find_less, obeys_assumptions

x, y = symbols("x y")
r = Symbol("r", real=True)
p, q = symbols("p q", positive=True)
n, m, k = symbols("n m k", integer=True)

ASSUMPTIONS = [
    {"positive": True},
    {"negative": True},
    {"nonnegative": True},
    {"integer": True, "positive": True},
    {"integer": False, "real": True},
    {"even": True},
    {"odd": True},
    {"prime": True},
    {"zero": True},
    {"nonzero": True, "real": True},
    {"rational": True},
    {},
]


@pytest.fixture(params=["as installed", "intervals"])
def backend(request, monkeypatch):
    chosen = default_backend() if request.param == "as installed" else Intervals()
    monkeypatch.setattr("symcircuits.algebra.enclosures.enclosure.default_backend", lambda: chosen)


@pytest.mark.parametrize("assumptions", ASSUMPTIONS, ids=str)
def test_every_point_obeys_every_assumption(assumptions):
    symbol = Symbol("s", **assumptions)
    points = list(candidate_points([symbol, x]))
    assert points and all(set(point) == {symbol, x} and obeys(symbol, point[symbol]) for point in points)


@pytest.mark.parametrize("assumptions", [{"irrational": True}, {"imaginary": True}, {"commutative": False}], ids=str)
def test_where_no_value_is_known_to_fit_there_is_no_point(assumptions):
    assert list(candidate_points([Symbol("s", **assumptions)])) == []


def test_assumptions_are_checked_both_ways():
    assert obeys_assumptions(p, Integer(1)) and not obeys_assumptions(p, Integer(0))
    assert not obeys_assumptions(n, Rational(1, 2)) and obeys_assumptions(x, Rational(1, 2))
    assert not obeys_assumptions(Symbol("e", even=True), Integer(3))


def test_conditions_leave_points_out():
    points = list(candidate_points([n, m], [m <= n, n - 1 >= 0]))
    assert points and all(point[m] <= point[n] and point[n] >= 1 for point in points)
    assert list(candidate_points([n], [n > 10**6])) == []


def test_points_come_in_the_same_order_every_time():
    first = list(candidate_points([x, p, n]))
    assert first == list(candidate_points([n, p, x]))


def test_without_symbols_there_is_one_empty_point():
    assert list(candidate_points([])) == [{}]


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (cos(x) ** 2, cos(x)),
        (p, q),
        (exp(I * r), cos(r)),
        (sqrt(x**2), x),
        (Sum(cos(k * r), (k, 0, n)), Sum(cos(k * r), (k, 1, n))),
        (Sum(k, (k, 1, 3)) * k, 7 * k),
        (Integer(1), Integer(2)),
    ],
    ids=str,
)
def test_a_difference_is_found_and_real(left, right, backend):
    confirm(Refuted(find_difference(left, right)), left, right)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (cos(x) ** 2, 1 - sin(x) ** 2),
        (x, x),
        (Abs(r) ** 2, r**2),
        (Integer(2), Integer(2)),
        (exp(x) * exp(-y), exp(x - y)),
    ],
    ids=str,
)
def test_no_difference_is_found_where_there_is_none(left, right, backend):
    assert find_difference(left, right) is None


def test_a_point_where_a_side_is_undefined_is_no_witness(backend):
    assert find_difference(x / x + 0 * y, 1 + 0 * x, given=[Eq(x, 0)]) is None
    assert find_difference((x**2 - 1) / (x - 1), 5 + 0 * x, given=[Eq(x, 1)]) is None


@pytest.mark.parametrize(
    ("left", "right"), [(r, r**2), (cos(r), 1 + 0 * r), (n, n + 1), (Integer(1), Integer(2))], ids=str
)
def test_less_is_found_and_real(left, right, backend):
    confirm(Refuted(find_less(left, right)), left, right, less=True)


@pytest.mark.parametrize(
    ("left", "right"), [(r**2, Integer(0)), (p, Integer(0)), (I, Integer(1)), (x + I, x + 2 * I)], ids=str
)
def test_less_is_not_found_where_it_is_not_or_means_nothing(left, right, backend):
    assert find_less(left, right) is None
