"""Inequalities: certificates only for what is so, and the places of equality as they are."""

from __future__ import annotations

from math import prod

import mpmath
import pytest
from algebra_oracle import at_most, confirm, value
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import (
    Abs,
    Add,
    Float,
    I,
    Integer,
    Rational,
    Symbol,
    conjugate,
    cos,
    cosh,
    exp,
    pi,
    sin,
    sinh,
    solve,
    sqrt,
    symbols,
)

from symcircuits.algebra import (
    Proved,
    Refuted,
    Undecided,
    prove_at_least,
    prove_less,
    prove_nonnegative,
    prove_positive,
)
from symcircuits.algebra.enclosures.balls import Intervals, default_backend
from symcircuits.errors import BadValue
from symcircuits.typeset.conditions import condition

a, b = symbols("a b", real=True)
p, q = symbols("p q", positive=True)
t = Symbol("t", nonnegative=True)
c = Symbol("c")
n, m = symbols("n m", integer=True)
half = Rational(1, 2)


@pytest.fixture(params=["as installed", "intervals"])
def backend(request, monkeypatch):
    chosen = default_backend() if request.param == "as installed" else Intervals()
    monkeypatch.setattr("symcircuits.algebra.enclosures.enclosure.default_backend", lambda: chosen)


# What is proved, with the angles that must be whole turns for equality (None: not told).
PROVED = {
    "one minus cosine": (1 - cos(a), (a,)),
    "one plus cosine": (1 + cos(2 * a), (2 * a + pi,)),
    "square of a sine": (sin(a / 2) ** 2, (a,)),
    "square of a cosine": (cos(a) ** 2, (2 * a + pi,)),
    "two waves": (2 - cos(a) - cos(b), (a, b)),
    "wave and its double": (2 - cos(a) - cos(2 * a), (a, 2 * a)),
    "product of waves": (1 - cos(a) * cos(b), (a + b, a - b)),
    "margin of a score": (p * q**2 * (1 - cos(a * (n - 1 - m))), (a * (m - n + 1),)),
    "positive over positive": ((1 - cos(a)) / (2 - cos(b)), (a,)),
    "irrational angle": (1 - cos(sqrt(2) * a / 3), (sqrt(2) * a / 3,)),
    "root in the angle": (1 - cos(sqrt(p) * a), (sqrt(p) * a,)),
    "angle with a denominator": (1 - cos(a / b), (a / b,)),
    "angle with pi": (1 - cos(2 * pi * n / 7), (2 * pi * n / 7,)),
    "exponential times wave": (exp(a) * (1 - cos(b)), (b,)),
    "more than enough": (2 + cos(a), ()),
    "positive": (p * sqrt(q) * pi, ()),
    "exponential": (exp(a), ()),
    "exponential of a positive": (exp(p * q) - 1, ()),
    "falling exponential": (1 - exp(-p), ()),
    "hyperbolic sine": (sinh(p), ()),
    "square of the excess": (exp(2 * p) - 2 * exp(p) + 1, ()),
    "squares that may be zero": (a**2 + t, None),
    "wave times what may be zero": (a**2 * (1 - cos(b)), None),
    "wave with a phase": (2 - sin(a) - cos(a), None),
    "one over a square": (1 / a**2, ()),
    "constant": (sqrt(2) - 1, ()),
    "zero in disguise": (sin(a) ** 2 + cos(a) ** 2 - 1, None),
}


@pytest.mark.parametrize("name", PROVED)
def test_what_is_never_negative_is_proved_with_its_zeros(name, backend):
    expression, equality_at = PROVED[name]
    verdict = prove_nonnegative(expression)
    assert verdict
    if equality_at is None:
        assert verdict.equality_at is None
    else:
        assert verdict.equality_at is not None and set(map(even, verdict.equality_at)) == set(map(even, equality_at))


def even(angle):
    """An angle up to its sign."""
    expanded = Add(angle).expand()
    return min(expanded, (-expanded).expand(), key=str)


WHOLE_TURNS = [name for name, (_, angles) in PROVED.items() if angles]


@pytest.mark.parametrize("name", WHOLE_TURNS)
def test_at_whole_turns_the_value_is_zero_and_elsewhere_not(name):
    expression, angles = PROVED[name][0], prove_nonnegative(PROVED[name][0]).equality_at
    free = sorted(expression.free_symbols - {p, q, n, m}, key=lambda v: (not sum(angles).has(v), str(v))) or [n]
    others = {symbol: Integer(k + 2) for k, symbol in enumerate([p, q, n, m]) if symbol not in free}
    unknowns = free[: len(angles)]
    equations = [angle.subs(others) - 2 * pi * 3 * (-1) ** k for k, angle in enumerate(angles)]
    if len(unknowns) == len(angles):
        (solution,) = solve(equations, unknowns, dict=True)
        rest = {symbol: Integer(5) for symbol in free if symbol not in solution}
        point = {**others, **rest, **{symbol: number.subs(rest) for symbol, number in solution.items()}}
        assert all(number.is_real for number in point.values())
        assert abs(value(expression, point)) < mpmath.mpf(10) ** -60
    elsewhere = {**others, **{symbol: Rational(k + 2, 3) for k, symbol in enumerate(free)}}
    assert value(expression, elsewhere).real > mpmath.mpf(10) ** -6


REFUTED = {
    "odd power": a**3,
    "symbol": a,
    "reciprocal": 1 / a,
    "wave too large": 1 - 2 * cos(a),
    "wave times a sign": a * (1 - cos(b)),
    "wave over a sign": (1 - cos(a)) / b,
    "wave with a minus": cos(a) - 1,
    "exponential of a real": exp(a) - 1,
    "exponential of what is negative": exp(-p) - 1,
    "excess turned round": 1 - exp(p),
    "minus one": Integer(-1),
    "difference of positives": p - q,
    "square minus": a**2 - p,
    "even with odd": a**2 - a,
    "integer": n,
    "phase": 1 - sin(a) - cos(a),
    "constant": sqrt(2) - Rational(3, 2),
}


@pytest.mark.parametrize("name", REFUTED)
def test_what_is_negative_somewhere_is_refuted_there(name, backend):
    expression = REFUTED[name]
    confirm(prove_nonnegative(expression), expression, Integer(0), less=True)


NOT_PROVED = {
    "complex square": c**2,
    "complex wave": 1 - cos(c),
    "complex exponential": exp(c),
    "root of a real": sqrt(a),
    "wave of the root of a real": 1 - cos(sqrt(a)),
    "wave of a cube root": 1 - cos(a ** Rational(1, 3)),
    "imaginary": I,
    "imaginary square": Symbol("j", imaginary=True) ** 2,
    "real or infinite": Symbol("e", extended_real=True) ** 3,
    "product with a conjugate": c * conjugate(c) * a,
}


@pytest.mark.parametrize("name", NOT_PROVED)
def test_what_need_not_be_real_or_of_one_sign_is_not_proved(name):
    assert not prove_nonnegative(NOT_PROVED[name])


TRUE_BUT_HARD = {
    "three four one": 3 - 4 * cos(a) + cos(2 * a),
    "exponential series": exp(p) - 1 - p,
    "hyperbolic cosine": cosh(a) - 1,
    "absolute value": Abs(a),
    "mean inequality": a**2 + b**2 - 2 * a * b,
    "sign of a turn": 1 - (-1) ** n,
    "exponential of nonnegative": exp(t) - 1,
    "root of a fourth power": sqrt(a) ** 4,
    "symbol": p,
    "symbol that may be zero": t,
}


@pytest.mark.parametrize("name", TRUE_BUT_HARD)
def test_what_is_true_is_never_refuted(name, backend):
    assert not isinstance(prove_nonnegative(TRUE_BUT_HARD[name]), Refuted)


def test_a_sign_inside_an_angle_is_told_as_a_sign():
    turn = exp(I * pi * n, evaluate=False)
    verdict = prove_nonnegative(1 - cos(p * turn))
    if verdict and verdict.equality_at is not None:
        (angle,) = verdict.equality_at
        for place in (2, 3):
            at_place = value(angle, {p: Integer(5), n: Integer(place)})
            assert abs(abs(at_place) - 5) < mpmath.mpf(10) ** -60, angle


@pytest.mark.parametrize("multiple", [5000, 2**30, 2**39])
def test_a_large_exponent_ends_in_a_verdict(multiple):
    with at_most(20):
        assert not isinstance(prove_nonnegative(exp(multiple * p) - 1), Refuted)


@pytest.mark.parametrize("levels", [200, 3000])
def test_deep_nesting_ends_in_a_verdict(levels):
    expression = a
    for _ in range(levels):
        expression = Add(expression * p, 1, evaluate=False)
    assert isinstance(prove_nonnegative(expression), Proved | Refuted | Undecided)


def test_at_least_tells_both_sides():
    witness = confirm(prove_at_least(p, 2 * p), p, 2 * p, less=True)
    assert witness.left == p.xreplace(witness.bindings) and witness.right == 2 * witness.left
    assert prove_at_least(2 * p, p).equality_at == ()
    assert prove_at_least(2 * p, 2 * p).method == "normal form"


def test_numbers_with_large_exponents_are_enclosed():
    large = exp(512 * sqrt(2)) - exp(256 * sqrt(2))
    assert prove_at_least(large, 1).method == "enclosure"
    assert isinstance(prove_at_least(1, large), Refuted)
    assert isinstance(prove_at_least(-large, -large), Proved)


def test_given_conditions_hold_at_the_witness():
    verdict = prove_nonnegative(a - 1, given=[a >= 0])
    assert 0 <= confirm(verdict, a - 1, Integer(0), less=True)[a] < 1
    assert not isinstance(prove_nonnegative(a + 1, given=[a >= 0]), Refuted)


def test_a_denominator_that_may_vanish_is_assumed_not_to():
    assert prove_nonnegative((1 - cos(a)) / (1 - cos(b))).assuming == (r"$1 - \cos b \ne 0$",)


@pytest.mark.parametrize("inexact", [0.5, True, "a", None, Float(1), a * Float(2)], ids=str)
def test_only_exact_values_have_an_order(inexact):
    with pytest.raises(BadValue, match=r"^expected an exact (value|expression)"):
        prove_nonnegative(inexact)


FACTORS = st.sampled_from(
    [p, q, a, b, a**2, t, sqrt(t), 1 / p, 1 / a, exp(a), exp(-p), sqrt(2), Integer(-1), pi, b**-2, n]
)
WAVES = st.sampled_from(
    [
        1 - cos(a),
        1 + cos(b),
        1 - cos(a - b),
        2 - cos(a) - cos(b),
        1 - sin(a),
        1 - 2 * cos(a),
        cos(a),
        Integer(1),
        exp(p) - 1,
    ]
)
TERMS = st.tuples(WAVES, st.lists(FACTORS, max_size=2)).map(lambda term: term[0] * prod(term[1], start=Integer(1)))


@settings(derandomize=True, max_examples=60)
@given(st.lists(TERMS, min_size=1, max_size=2).map(sum), st.randoms(use_true_random=False))
def test_no_verdict_contradicts_what_is_found_at_random_points(expression, chance):
    expression = Integer(0) + expression
    verdict = prove_nonnegative(expression)
    if isinstance(verdict, Refuted):
        confirm(verdict, expression, Integer(0), less=True)
    if not isinstance(verdict, Proved):
        return
    for _ in range(4):
        signs = {a: 1, b: 1, n: 1, p: 0, q: 0, t: 0}
        point = {symbol: Rational(chance.randint(1, 40), 1 if symbol is n else 9) for symbol in signs}
        point |= {symbol: -point[symbol] for symbol, either in signs.items() if either and chance.random() < 0.5}
        number = value(expression, point)
        assert number.real > -(mpmath.mpf(10) ** -60) and abs(number.imag) < mpmath.mpf(10) ** -60
        if verdict.equality_at == ():
            assert number.real > 0


STRICT = {
    "more than enough": 2 + cos(a),
    "no real root": a**2 + a + 1,
    "no real root in two": a**2 + a * b + b**2 + 1,
    "form that is never zero": exp(2 * a) - exp(a) + 1,
    "hyperbolic": cosh(a) - half,
    "integer from one on": Symbol("i", integer=True, positive=True) + 1 - half,
    "total of exponentials": exp(p * q) + Symbol("i", integer=True, positive=True) - 1,
    "by 1e-25": sqrt(2) - sqrt(2 - Rational(1, 10**25)),
    "exp(-200)": exp(Integer(-200)),
}


@pytest.mark.parametrize("name", STRICT)
def test_what_is_positive_is_proved_strictly(name, backend):
    assert prove_positive(STRICT[name]).equality_at == ()
    assert prove_less(0, STRICT[name]) and prove_less(-STRICT[name], 0)
    assert isinstance(prove_positive(-STRICT[name]), Refuted)


SQUARES = {
    "difference": a**2 - 2 * a * b + b**2,
    "quadratic": 4 * a**2 - 12 * a + 9,
    "fourth power": a**4 - 2 * a**2 * b + b**2,
    "hyperbolic cosine": cosh(a) - 1,
    "of three terms": ((exp(a) + exp(-b) - 1) ** 2).expand(),
    "of a trinomial": ((a**2 + a * b - b) ** 2).expand(),
    "times a positive": p * (a - b) ** 2,
    "of exponentials": exp(a) + exp(b) - 2 * exp((a + b) / 2),
}


@pytest.mark.parametrize("name", SQUARES)
def test_squares_that_are_not_written_as_such(name, backend):
    expression = SQUARES[name].expand()
    assert prove_nonnegative(expression) and prove_nonnegative(expression).equality_at != ()
    verdict = prove_positive(expression)
    assert not verdict
    assert not prove_nonnegative(expression - Rational(1, 10**6))


NOT_STRICT = {
    "one minus cosine": (1 - cos(a), {a: 0}),
    "square": (a**2, {a: 0}),
    "square of a difference": ((a - b) ** 2, None),
    "falling exponential of what may be zero": (1 - exp(-t), {t: 0}),
    "equal in disguise": (sin(a) ** 2 + cos(a) ** 2 - 1, None),
    "zero": (Integer(0), {}),
}


@pytest.mark.parametrize("name", NOT_STRICT)
def test_where_equality_is_reached_the_strict_order_is_refuted_there(name):
    expression, point = NOT_STRICT[name]
    verdict = prove_positive(expression)
    assert isinstance(verdict, Refuted)
    assert abs(value(expression, verdict.witness)) < mpmath.mpf(10) ** -90
    assert verdict.witness.left == verdict.witness.right == 0 or verdict.witness.right == 0
    if point is not None:
        assert dict(verdict.witness) == point


i = Symbol("i", integer=True)
GIVEN = {
    "above": (a - 1, [a > 1]),
    "below": (1 - a, [a < 1]),
    "between": (a * (1 - a), [a > 0, a < 1]),
    "turned round": (a - 1, [1 < a]),
    "integer": (i * (i - 2), [i >= 3]),
    "integers between": ((i - 1) * (5 - i), [i > 1, i < 5]),
    "two symbols": (a * b - 6, [a > 2, b > 3]),
    "share": ((1 - p) * (i - 1) / p, [p < 1, i >= 2]),
    "closed": (a * (3 - a), [a >= 1, a <= 2]),
}


@pytest.mark.parametrize("name", GIVEN)
def test_given_bounds_are_used_in_the_proof_and_told(name, backend):
    expression, conditions = GIVEN[name]
    verdict = prove_positive(expression, given=conditions)
    assert verdict and verdict.equality_at == ()
    assert set(verdict.assuming) == {condition(line.lhs, line.rel_op, line.rhs) for line in conditions}
    assert not prove_positive(expression)
    assert not isinstance(prove_positive(expression, given=conditions[:-1]), Proved)


NOT_WITHIN = {
    "end reached": (a - 1, [a >= 1]),
    "closed end": (a * (2 - a), [a >= 1, a <= 2]),
    "a little too far": (a - 1, [a > 1 - Rational(1, 10**9)]),
    "integer just below": (i - 3, [i > 2]),
    "wrong side": (a - 1, [a < 1]),
}


@pytest.mark.parametrize("name", NOT_WITHIN)
def test_bounds_that_do_not_suffice_prove_nothing(name):
    expression, conditions = NOT_WITHIN[name]
    assert not isinstance(prove_positive(expression, given=conditions), Proved)


def test_an_order_of_two_sides_has_their_values_at_the_witness():
    witness = prove_less(2 * p, p).witness
    assert witness.left == 2 * witness[p] and witness.right == witness[p]
    assert prove_less(p, 2 * p) and isinstance(prove_less(p, p), Refuted)


QUADRATICS = st.tuples(st.integers(-4, 4), st.integers(-4, 4), st.integers(-4, 4))


@settings(derandomize=True, max_examples=80)
@given(QUADRATICS)
def test_quadratics_are_decided_by_their_discriminant(coefficients):
    x, y, z = coefficients
    expression = Integer(0) + x * a**2 + y * a + z
    positive = z > 0 if x == y == 0 else x > 0 and y**2 < 4 * x * z
    nonnegative = z >= 0 if x == y == 0 else x > 0 and y**2 <= 4 * x * z
    assert bool(prove_nonnegative(expression)) == nonnegative
    assert bool(prove_positive(expression)) == positive


@settings(derandomize=True, max_examples=40)
@given(st.lists(st.tuples(*[st.integers(-2, 2)] * 4), min_size=1, max_size=2), st.integers(0, 3))
def test_sums_of_squares_are_never_refuted(rows, constant):
    expression = Integer(constant)
    for u, v, w, x in rows:
        expression += (u * a + v * b + w * a * b + x) ** 2
    verdict = prove_nonnegative(expression.expand())
    assert not isinstance(verdict, Refuted)
    if len(rows) == 1 and not constant:
        assert verdict
