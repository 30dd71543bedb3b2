"""Packed Laurent polynomials against plain dictionaries of exponent tuples."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symcircuits.algebra.forms import laurent
from symcircuits.errors import BudgetSpent

SQUARES = [-1, 2, 3, 1]
GENERATORS = 3
few = settings(derandomize=True, max_examples=60)

exponent_tuples = st.tuples(*[st.integers(-5, 5)] * GENERATORS, *[st.integers(0, 1)] * len(SQUARES))
plain_polynomials = st.dictionaries(exponent_tuples, st.integers(-4, 4).filter(bool), max_size=5)


def packed(plain):
    return {pack(exponents): coefficient for exponents, coefficient in plain.items()}


def pack(exponents):
    free = sum(laurent.generator(i) * e for i, e in enumerate(exponents[:GENERATORS]))
    return free + sum(laurent.quadratic(i) * e for i, e in enumerate(exponents[GENERATORS:]))


def times(a, b):
    total = {}
    for left, x in a.items():
        for right, y in b.items():
            exponents, coefficient = [i + j for i, j in zip(left, right, strict=True)], x * y
            for place, square in enumerate(SQUARES, GENERATORS):
                if exponents[place] == 2:
                    exponents[place], coefficient = 0, coefficient * square
            total[tuple(exponents)] = total.get(tuple(exponents), 0) + coefficient
    return {exponents: coefficient for exponents, coefficient in total.items() if coefficient}


@few
@given(plain_polynomials, plain_polynomials)
def test_products_are_those_of_plain_dictionaries(a, b):
    assert laurent.multiply(packed(a), packed(b), SQUARES) == packed(times(a, b))


@few
@given(plain_polynomials, st.integers(0, 5))
def test_powers_are_repeated_products(a, exponent):
    expected = {(0,) * (GENERATORS + len(SQUARES)): 1}
    for _ in range(exponent):
        expected = times(expected, a)
    assert laurent.power(packed(a), exponent, SQUARES) == packed(expected)


@few
@given(plain_polynomials, plain_polynomials, plain_polynomials)
def test_the_ring_is_a_ring(a, b, c):
    p, q, r = packed(a), packed(b), packed(c)
    assert laurent.multiply(p, laurent.add(q, r), SQUARES) == laurent.add(
        laurent.multiply(p, q, SQUARES), laurent.multiply(p, r, SQUARES)
    )
    assert laurent.add(p, p, -1) == {}


@few
@given(exponent_tuples)
def test_a_monomial_unpacks_to_what_was_packed(exponents):
    monomial = pack(exponents)
    free = laurent.exponents(monomial)
    assert [free.get(i, 0) for i in range(GENERATORS)] == list(exponents[:GENERATORS])
    assert laurent.quadratic_places(monomial) == [i for i, e in enumerate(exponents[GENERATORS:]) if e]
    assert laurent.quadratic_part(monomial) == pack((0,) * GENERATORS + exponents[GENERATORS:])


def test_a_negative_exponent_does_not_reach_its_neighbours():
    monomial = -3 * laurent.generator(0) + 5 * laurent.generator(1) - laurent.generator(2)
    assert laurent.exponents(monomial) == {0: -3, 1: 5, 2: -1}


def test_the_square_of_the_imaginary_unit():
    i = {laurent.quadratic(0): 1}
    assert laurent.multiply(i, i, SQUARES) == {0: -1}


def test_constants_and_scaling():
    assert laurent.constant(0) == {} and laurent.constant(-2) == {0: -2}
    x = laurent.generator(0)
    assert laurent.scale({x: 2, 0: 1}, -3, x) == {2 * x: -6, x: -3}
    assert laurent.scale({x: 2}, 0) == {}


def test_a_product_of_too_many_terms_is_refused():
    long = {laurent.generator(0) * i: 1 for i in range(1500)}
    with pytest.raises(BudgetSpent, match=r"^a product of 1500 by 1500 terms is larger than allowed$"):
        laurent.multiply(long, long, [])


def test_an_exponent_that_would_leave_its_field_is_refused():
    with pytest.raises(BudgetSpent, match=r"an exponent beyond \d+"):
        laurent.power({laurent.generator(0): 1}, laurent.MAX_EXPONENT + 1, [])
