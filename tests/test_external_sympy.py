"""What SymPy is relied on to do: a release that does otherwise breaks this file, and not forty proofs."""

from __future__ import annotations

import pytest
from sympy import (
    Add,
    E,
    Expr,
    Float,
    Function,
    I,
    Integer,
    Matrix,
    Mul,
    Pow,
    Rational,
    S,
    SparseMatrix,
    Sum,
    Symbol,
    cos,
    exp,
    factorint,
    pi,
    sin,
    sqrt,
    symbols,
    zoo,
)

x, y = symbols("x y")
n, k = symbols("n k", integer=True)


def test_special_angles_evaluate_by_themselves_and_others_stay():
    assert cos(pi / 4) == sqrt(2) / 2 and sin(pi / 6) == Rational(1, 2)
    assert cos(pi / 5) == (1 + sqrt(5)) / 4
    assert cos(pi / 7).has(cos) and sin(pi / 11).has(sin)


def test_whole_half_turns_of_an_integer_become_signs():
    assert cos(pi * n) == (-1) ** n and sin(pi * n) == 0
    assert cos(pi * x).has(cos)


def test_roots_come_out_in_normal_form():
    assert sqrt(8) == 2 * sqrt(2) and 1 / sqrt(2) == sqrt(2) / 2 and sqrt(-2) == sqrt(2) * I
    assert sqrt(x**2) != x and sqrt(Symbol("p", positive=True) ** 2).name == "p"


def test_the_exponential_is_a_power_in_disguise():
    assert E**x == exp(x) and exp(1) is E
    assert exp(x).base is E and exp(x).exp == x and not isinstance(exp(x), Pow)


@pytest.mark.parametrize(("low", "high", "total"), [(1, 3, 6), (1, 0, 0), (5, 1, -9), (3, 1, -2), (0, -3, 3)])
def test_sums_follow_karr(low, high, total):
    assert Sum(k, (k, low, high)).doit() == total


def test_the_last_limit_of_a_sum_is_the_outermost():
    double = Sum(x, (k, 1, n), (n, 1, 3))
    assert double.limits[-1][0] == n and double.doit() == 6 * x


def test_xreplace_distributes_a_minus_over_a_sum():
    assert (-(x + y)).xreplace({x: Integer(1)}) == -1 - y
    assert (2 * x).xreplace({x: 1 + y}) == 2 + 2 * y


def test_replacing_captures_the_variable_of_a_sum_unless_that_is_renamed_first():
    twice = Sum(k * x, (k, 1, 2))
    assert twice.xreplace({x: k}).doit() == twice.subs(x, k).doit() == 5
    assert twice.as_dummy().xreplace({x: k}).doit() == 3 * k


def test_as_dummy_renames_a_lone_symbol_too():
    assert x.as_dummy() != x
    assert (x + y).as_dummy() == x + y


def test_assumptions0_tells_every_assumption_and_what_follows():
    told = Symbol("p", positive=True).assumptions0
    assert told["positive"] and told["real"] and told["nonzero"] and told["commutative"] and not told["zero"]
    assert Symbol("x").assumptions0 == {"commutative": True}
    assert told.keys() <= {name.removeprefix("is_") for name in dir(Expr) if name.startswith("is_")}


def test_as_coeff_add_splits_the_constant():
    assert (n + 3).as_coeff_Add() == (3, n)
    assert Integer(7).as_coeff_Add() == (7, 0)
    assert (2 * n).as_coeff_Add() == (0, 2 * n)
    assert (n + Rational(1, 2)).as_coeff_Add() == (Rational(1, 2), n)


def test_a_sparse_matrix_gives_its_entries_without_zeros():
    assert SparseMatrix(2, 3, {(0, 1): x, (1, 2): 0}).todok() == {(0, 1): x}
    assert Matrix([[0, 1], [y, 0]]).todok() == {(0, 1): 1, (1, 0): y}


def test_unevaluated_expressions_stay_as_written():
    assert Add(x, x, evaluate=False).args == (x, x)
    assert Mul(x, Pow(x, -1), evaluate=False) != 1


def test_zero_is_one_object_and_floats_are_seen_inside():
    assert (x - x) is S.Zero and Integer(0) is S.Zero
    assert (x + Float(1) * y).has(Float) and not (x + y).has(Float)


def test_dividing_by_zero_gives_complex_infinity():
    assert (1 / x).xreplace({x: Integer(0)}) is zoo


def test_what_does_not_commute_says_so():
    a, b = symbols("a b", commutative=False)
    assert (a * b).is_commutative is False and a * b != b * a
    assert Function("f", commutative=False)(x).is_commutative is False


def test_trial_division_with_a_limit_still_multiplies_up():
    large = (2**31 - 1) * (2**61 - 1)
    product = 1
    for factor, multiplicity in factorint(large, limit=1 << 20).items():
        product *= factor**multiplicity
    assert product == large
