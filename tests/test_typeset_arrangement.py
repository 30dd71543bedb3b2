from __future__ import annotations

import pytest
from sympy import Add, Expr, Mul, Rational, Symbol, cos, exp, sin, sqrt, symbols

from symcircuits.symbols import alpha, beta, lambda_, m, n, natural, positive
from symcircuits.typeset.arrangement import ordered_factors, ordered_terms, split_sign, upright

x = Symbol("x")
A, B = symbols("A B", commutative=False)


def _terms(expr: Expr) -> list[str]:
    return [("-" if negative else "+") + str(term) for negative, term in ordered_terms(expr)]


@pytest.mark.parametrize(
    ("expr", "terms"),
    [
        (n - m - 1, ["+n", "-1", "-m"]),
        (n + 1, ["+n", "+1"]),
        (natural("N") - 1, ["+N", "-1"]),
        (1 - m, ["+1", "-m"]),
        (-1 - m, ["-m", "-1"]),
        (1 - cos(alpha(0)), ["+1", "-cos(alpha_0)"]),
        (cos(alpha(0)) - 1, ["+cos(alpha_0)", "-1"]),
        (1 + positive("T"), ["+1", "+T"]),
        (1 + sqrt(2), ["+1", "+sqrt(2)"]),
        (sqrt(2) - 1, ["+sqrt(2)", "-1"]),
        (lambda_(1) ** 2 + lambda_(0) ** 2, ["+lambda_0**2", "+lambda_1**2"]),
        (n**2 + n * m + n, ["+n**2", "+m*n", "+n"]),
    ],
)
def test_terms_stand_as_a_person_writes_them(expr: Expr, terms: list[str]) -> None:
    assert _terms(expr) == terms


def test_factors_stand_number_scale_magnitude_angle_index_function() -> None:
    factors = ordered_factors(
        sin(x) * n * alpha(0) * lambda_(0) ** 2 * beta * sqrt(2) * cos(x) * exp(x) * (1 + x) * 3 / 4
    )
    assert (factors.p, factors.q) == (3, 4)
    assert factors.numerator == [
        sqrt(2), beta, lambda_(0) ** 2, alpha(0), n, 1 + x, exp(x), cos(x), sin(x)
    ]  # fmt: skip


def test_factors_that_do_not_commute_keep_their_order() -> None:
    assert ordered_factors(B * A * x * B**-1).numerator == [x, B, A, B**-1]


def test_powers_below_one_go_under_the_line() -> None:
    assert ordered_factors(n / (1 + x) ** 2).denominator == [(1 + x) ** 2]


@pytest.mark.parametrize(
    ("expr", "negative"),
    [
        (-x, True),
        (Rational(-1, 2) * x, True),
        (Mul(n, Mul(-2, m, evaluate=False), evaluate=False), True),
        (Mul(-1, Add(n, m), evaluate=False), True),
        (x, False),
        (Mul(-1, n, Mul(-1, m, evaluate=False), evaluate=False), False),
    ],
)
def test_the_sign_of_a_product_is_found_at_any_depth(expr: Expr, negative: bool) -> None:
    found, rest = split_sign(expr)
    assert found is negative
    assert (rest + expr if negative else rest - expr).expand() == 0


def test_an_even_function_starts_with_the_symbol_declared_first() -> None:
    assert upright(m - n + 1) == n - 1 - m
    assert upright(n - 1 - m) == n - 1 - m
    assert upright(Rational(3)) == 3
