"""Enclosures hold the number that they are for: against mpmath, at random, with both kinds of ball."""

from __future__ import annotations

import random

import mpmath
import pytest
from algebra_oracle import value
from mpmath import mpf
from sympy import (
    Abs,
    Add,
    E,
    Expr,
    I,
    Integer,
    Mul,
    Pow,
    Rational,
    Sum,
    Symbol,
    acos,
    cos,
    cosh,
    cot,
    coth,
    csc,
    exp,
    log,
    nan,
    oo,
    pi,
    sec,
    sin,
    sinh,
    sqrt,
    symbols,
    tan,
    tanh,
    zoo,
)

from symcircuits.algebra.enclosures import balls
from symcircuits.algebra.enclosures.balls import FlintBalls, Intervals, default_backend
from symcircuits.algebra.enclosures.enclosure import enclose
from symcircuits.errors import AlgebraError, BudgetSpent, OutsideClass

x, y = symbols("x y")
n, k = symbols("n k", integer=True)


@pytest.fixture(params=["balls", "intervals"])
def backend(request):
    if request.param == "intervals":
        return Intervals()
    return FlintBalls(pytest.importorskip("flint"))


FUNCTIONS = (cos, sin, tan, cot, sec, csc, exp, cosh, sinh, tanh, coth, log, sqrt, Abs)
LEAVES = (x, y, pi, I, E, sqrt(2), Integer(3), Integer(-2), Rational(5, 7), Rational(-1, 3))


def random_expression(chance: random.Random, depth: int) -> Expr:
    if depth == 0:
        return chance.choice(LEAVES)
    inside = random_expression(chance, depth - 1)
    kind = chance.choice(("function", "function", "add", "mul", "power", "root"))
    if kind == "function":
        return chance.choice(FUNCTIONS)(inside)
    if kind in ("add", "mul"):
        return {"add": Add, "mul": Mul}[kind](inside, random_expression(chance, depth - 1))
    exponent = chance.randint(-4, 5) if kind == "power" else Rational(chance.randint(-5, 5), chance.choice((2, 3)))
    return inside**exponent


def cases(count: int):
    chance = random.Random(8)
    for _ in range(count):
        expression = random_expression(chance, chance.randint(1, 4))
        if not expression.has(zoo, nan, oo):
            point = {x: Rational(chance.randint(-5, 5), chance.randint(1, 4)), y: Integer(chance.randint(-4, 6))}
            yield expression, point, chance.choice((64, 256))


def contains(part, number, backend) -> bool:
    low, high = (mpf(0), mpf(0)) if part is None else backend.bounds(part)
    with mpmath.workdps(900):
        # What the oracle rounds may lie outside an exact enclosure, by no more than it rounds.
        slack = mpf(10) ** -700 * (1 + abs(number))
        return mpmath.isnan(low) or mpmath.isnan(high) or low - slack <= number <= high + slack


def test_random_expressions_lie_in_their_enclosures(backend):
    enclosed = 0
    for expression, point, bits in cases(600):
        try:
            found = enclose(expression, point, bits, backend)
        except AlgebraError:
            continue
        enclosed += 1
        number = value(expression, point, 800)
        assert contains(found.real, number.real, backend), (expression, point)
        assert contains(found.imaginary, number.imag, backend), (expression, point)
    assert enclosed > 400


def test_more_bits_give_a_narrower_enclosure(backend):
    widths = []
    for bits in (64, 256, 1024):
        low, high = backend.bounds(enclose(exp(cos(sqrt(2))), {}, bits, backend).real)
        with mpmath.workprec(4096):
            widths.append(high - low)
    assert 0 < widths[2] < widths[1] < widths[0] < mpf(10) ** -15


@pytest.mark.parametrize("argument", [Integer(10) ** 10, -(Integer(10) ** 10), Rational(355, 113), pi * 10**6])
def test_large_arguments_are_reduced_rightly(argument, backend):
    for function in (cos, sin):
        found = enclose(function(x), {x: argument}, 256, backend)
        assert contains(found.real, value(function(x), {x: argument}, 800).real, backend)


@pytest.mark.parametrize(
    ("expression", "number"),
    [
        (Sum(k, (k, 1, n)), 10),
        (Sum(k, (k, 5, n)), 0),
        (Sum(k, (k, 7, n)), -11),
        (Sum(k * n, (k, 1, 2), (n, 1, 3)), 18),
        (Sum(Sum(k, (k, 1, n)), (n, 1, 3)), 10),
        (Sum(k * x, (k, n, n + 1)), 18),
        (Sum(Sum(k, (k, 1, k)), (k, 1, 3)), 10),
    ],
    ids=str,
)
def test_sums_follow_karr_and_keep_their_indices_to_themselves(expression, number, backend):
    found = enclose(expression, {n: Integer(4), x: Integer(2), k: Integer(100)}, 64, backend)
    assert backend.bounds(found.real) == (number, number)


@pytest.mark.parametrize(
    ("expression", "sign"),
    [(sqrt(2) - Rational(7, 5), 1), (exp(-50), 1), (cos(3), -1), (log(Rational(1, 2)), -1), (Integer(0), 0)],
    ids=str,
)
def test_signs_are_told_only_where_certain(expression, sign, backend):
    assert enclose(expression, {}, 64, backend).real_sign() == sign


def test_a_zero_that_is_not_seen_is_neither_sign_nor_different_from_zero(backend):
    found = enclose(sin(x) ** 2 + cos(x) ** 2 - 1, {x: Integer(1)}, 256, backend)
    assert found.real_sign() == 0 and not found.differs_from_zero()


def test_an_imaginary_part_alone_makes_a_difference(backend):
    found = enclose(I * x, {x: Integer(2)}, 64, backend)
    assert found.differs_from_zero() and found.real_sign() == 0 and found.midpoint() == (0, 2)


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        (1 / x, "a denominator is not certainly different from zero"),
        (tan(pi / 2 + x * pi, evaluate=False), "a denominator is not certainly different from zero"),
        (x**-3, "a denominator is not certainly different from zero"),
        (Mul(x, Pow(x, -1), evaluate=False), "a denominator"),
        (log(x), "the logarithm of a number"),
        (x ** Rational(1, 3), "the logarithm of a number"),
        (sqrt(1 + I), "the square root of a number"),
        (Abs(1 + I * exp(x), evaluate=False), "the absolute value of a number"),
        (Abs(x), "whose sign is not certain"),
        (acos(x), "cannot be enclosed"),
        (Symbol("q") + x, "q has no value"),
        (nan, "cannot be enclosed"),
        (Sum(k, (k, x + Rational(1, 2), 3)), "are not integers there"),
    ],
    ids=str,
)
def test_what_is_not_certainly_defined_is_refused(expression, message, backend):
    with pytest.raises(OutsideClass, match=message):
        enclose(expression, {x: Integer(0)}, 64, backend)


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        (exp(Integer(2) ** 50), r"^the argument of exp is larger than allowed$"),
        (exp(exp(exp(5))), r"^the argument of exp is larger than allowed$"),
        (Sum(k, (k, 1, 10**6)), r"^a sum of \d+ terms is longer than allowed$"),
        ((1 + sqrt(2)) ** (2**45), r"^a power of \d+ is larger than allowed$"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_what_grows_too_large_is_refused(expression, message, backend):
    with pytest.raises(BudgetSpent, match=message):
        enclose(expression, {}, 64, backend)


def test_the_ends_of_an_enclosure_are_exact_and_below_one_another(backend):
    with backend.precision(100):
        low, high = backend.bounds(backend.apply("sqrt", backend.rational(2, 1)))
        third = backend.bounds(backend.rational(1, 3))
        turn = backend.bounds(backend.pi())
    with mpmath.workprec(300):
        assert low**2 < 2 < high**2 and high - low < mpf(2) ** -95
        assert third[0] < mpf(1) / 3 < third[1] and turn[0] < mpmath.pi < turn[1]


def test_the_precision_of_others_is_put_back(backend):
    before = mpmath.iv.prec, mpmath.mp.prec
    with pytest.raises(OutsideClass, match="has no value"):
        enclose(x, {}, 777, backend)
    enclose(sqrt(2), {}, 777, backend)
    assert (mpmath.iv.prec, mpmath.mp.prec) == before


def test_without_flint_the_intervals_step_in(monkeypatch):
    def missing(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(balls, "import_module", missing)
    default_backend.cache_clear()
    try:
        assert default_backend().name == "mpmath intervals"
    finally:
        monkeypatch.undo()
        default_backend.cache_clear()
