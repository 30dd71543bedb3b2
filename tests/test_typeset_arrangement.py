from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Add, Expr, Function, Mul, Rational, Sum, Symbol, cos, default_sort_key, exp, sin, sqrt, symbols

from symcircuits.symbols import alpha, beta, integer, lambda_, m, n, natural, positive
from symcircuits.typeset.arrangement import factor_class, ordered_factors, ordered_terms, split_sign, upright

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


_alike = st.lists(
    st.sampled_from([h(j * x + k) for h in (cos, sin, Function("f")) for j in (1, 2, 3) for k in (0, 1)]),
    min_size=2, max_size=5, unique=True,
)  # fmt: skip


@settings(derandomize=True)
@given(_alike, st.randoms(use_true_random=False))
def test_what_is_alike_in_all_else_stands_as_sympy_sorts_it(factors: list[Expr], random: Random) -> None:
    expected = sorted(factors, key=lambda call: (factor_class(call), isinstance(call, sin), default_sort_key(call)))
    random.shuffle(factors)
    assert ordered_factors(Mul(*factors, evaluate=False)).numerator == expected
    assert [term for _, term in ordered_terms(Add(*factors, evaluate=False))] == expected


def test_a_bound_index_is_no_symbol_of_a_term() -> None:
    k = integer("k")
    assert _terms(x + Sum(k, (k, 0, 3))) == ["+Sum(k, (k, 0, 3))", "+x"]
    assert _terms(x + Sum(k, (k, 0, n))) == ["+x", "+Sum(k, (k, 0, n))"]


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
