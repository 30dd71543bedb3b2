"""Quotients of Laurent polynomials: a field wherever nothing is divided by zero."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symcircuits.algebra.forms import laurent
from symcircuits.algebra.forms.laurent import constant
from symcircuits.algebra.forms.quotient import Quotient
from symcircuits.errors import OutsideClass

SQUARES = [-1, 2]
few = settings(derandomize=True, max_examples=60)
X, Y = laurent.generator(0), laurent.generator(1)
monomials = st.sampled_from([0, X, -X, Y, X + Y, 2 * X, laurent.quadratic(0), laurent.quadratic(1) + Y])
polynomials = st.dictionaries(monomials, st.integers(-3, 3).filter(bool), max_size=3)
quotients = st.builds(Quotient, polynomials, polynomials.filter(bool))


def same(a, b):
    return a.equals(b, SQUARES)


@few
@given(quotients, quotients, quotients)
def test_sums_and_products_obey_the_laws(a, b, c):
    assert same(a.plus(b, SQUARES), b.plus(a, SQUARES))
    assert same(a.times(b, SQUARES), b.times(a, SQUARES))
    left = a.times(b.plus(c, SQUARES), SQUARES)
    assert same(left, a.times(b, SQUARES).plus(a.times(c, SQUARES), SQUARES))


@few
@given(quotients)
def test_a_quotient_times_its_inverse_is_one(a):
    if a.numerator:
        assert same(a.times(a.inverse(SQUARES), SQUARES), Quotient({0: 1}))


@few
@given(quotients, st.integers(-3, 3))
def test_powers_are_repeated_products(a, exponent):
    if not a.numerator and exponent < 0:
        return
    expected = Quotient({0: 1})
    for _ in range(abs(exponent)):
        expected = expected.times(a if exponent > 0 else a.inverse(SQUARES), SQUARES)
    assert same(a.to(exponent, SQUARES), expected)


@few
@given(st.fractions(max_denominator=9), st.fractions(max_denominator=9))
def test_rational_numbers_behave_as_fractions(a, b):
    def read(q: Fraction) -> Quotient:
        return Quotient(constant(q.numerator), constant(q.denominator))

    assert same(read(a).plus(read(b), []), read(a + b))
    assert same(read(a).times(read(b), []), read(a * b))
    assert same(read(a), read(b)) == (a == b)


def test_integer_denominators_meet_at_the_least_common_multiple():
    total = Quotient({0: 1}, constant(4)).plus(Quotient({0: 1}, constant(6)), [])
    assert total == Quotient({0: 5}, constant(12))


def test_the_inverse_of_one_term_is_divided_out_with_its_root():
    i, root = laurent.quadratic(0), laurent.quadratic(1)
    assert Quotient({i: 1}).inverse(SQUARES) == Quotient({i: -1}, constant(1))
    assert Quotient({root: -3}).inverse(SQUARES) == Quotient({root: -1}, constant(6))
    assert Quotient({X + i: 2}, constant(5)).inverse(SQUARES) == Quotient({i - X: -5}, constant(2))


def test_only_an_integer_denominator_is_told_as_one():
    assert Quotient({X: 1}, constant(3)).integer_denominator == 3
    assert Quotient({0: 1}, {0: 1, X: 1}).integer_denominator is None
    assert Quotient({0: 1}, {X: 1}).integer_denominator is None


def test_dividing_by_zero_is_refused():
    with pytest.raises(OutsideClass, match=r"^division by an expression that is identically zero$"):
        Quotient({}).inverse([])
    with pytest.raises(OutsideClass, match="identically zero"):
        Quotient({}).to(-2, [])
