"""Entries multiplied and added as terms come out as SymPy's own products and sums, to the last node."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import (
    Dummy,
    Expr,
    Function,
    I,
    Integer,
    Matrix,
    Pow,
    Rational,
    S,
    Symbol,
    cos,
    cosh,
    exp,
    pi,
    sin,
    sqrt,
    symbols,
)
from sympy.core.cache import clear_cache

from symcircuits.algebra import ExactMatrix
from symcircuits.algebra.terms import ONE, ZERO, read, times, total, written

many = settings(derandomize=True, max_examples=300)
a, b, x = symbols("a b x")
r = Symbol("x", real=True)  # named like x, and another symbol
p, q = symbols("p q", positive=True)
f, g = Function("f"), Function("g")

atoms = st.sampled_from(
    [a, b, x, r, p, q, cos(a), sin(a), cos(a * x), cosh(p), f(x), f(a), g(r), Dummy("d")]
    + [
        exp(p),
        sqrt(p),
        sqrt(2),
        I,
        pi,
        a**2,
        1 / b,
        a + b,
        cos(a) + 1,
        Integer(3),
        Rational(-2, 3),
        Integer(-1),
        Integer(1),
    ]
)
products = st.lists(atoms, min_size=1, max_size=4).map(lambda factors: _product(factors))
entries = products | st.lists(products, min_size=2, max_size=3).map(sum)


def _product(factors: list[Expr]) -> Expr:
    result = S.One
    for factor in factors:
        result *= factor
    return result


@many
@given(entries, entries)
def test_a_product_is_sympys_own(left, right):
    found = written(times(read(left), read(right)))
    assert found == left * right and found.args == (left * right).args
    assert found.is_commutative == (left * right).is_commutative


@many
@given(st.lists(entries, min_size=1, max_size=4))
def test_a_sum_is_sympys_own(values):
    found = written(total([read(value) for value in values]))
    assert found == sum(values, S.Zero)


@many
@given(entries)
def test_what_is_read_is_written_the_same(value):
    assert written(read(value)) == value


def test_results_stay_sympys_own_when_its_cache_is_empty():
    product = times(read(p * cos(a)), read(-b * x))
    clear_cache()
    assert written(product) == -Symbol("b") * Symbol("p", positive=True) * Symbol("x") * cos(Symbol("a"))


def test_a_power_of_a_symbol_is_left_to_sympy():
    assert times(read(a), read(a)) == a**2
    assert times(read(a * b), read(a * x)) == a**2 * b * x
    assert times(read(cos(a)), read(cos(a))) == cos(a) ** 2


def test_products_that_do_not_commute_stay_in_order():
    m, n = symbols("m n", commutative=False)
    assert written(times(read(m), read(n))) == m * n != n * m


def test_a_product_left_unevaluated_is_not_taken_for_a_term():
    twice = Pow(2, 2, evaluate=False) * a
    assert written(read(twice)) == twice
    assert read(Symbol("a") * 1) == (1, (a,), ())


def test_zero_and_one_are_themselves():
    assert read(S.Zero) is ZERO and read(S.One) is ONE
    assert total([read(a * b), read(-a * b)]) is ZERO
    assert total([read(a + b), read(-a - b)]) is ZERO
    assert total([read(Rational(1, 2) * a), read(Rational(1, 3) * a)]) == (Fraction(5, 6), (a,), ())


def test_zeros_that_come_out_are_not_kept():
    left = ExactMatrix.from_rows([[a, b]])
    right = ExactMatrix.from_rows([[b], [-a]])
    assert dict((left @ right).entries) == {}
    assert dict((left - left).entries) == {} == dict((left * 0).entries)


@settings(derandomize=True, max_examples=40)
@given(st.data())
def test_matrices_are_multiplied_added_and_scaled_as_sympy_does(data):
    cell = entries | st.just(S.Zero)
    rows = [[[data.draw(cell) for _ in range(2)] for _ in range(2)] for _ in range(2)]
    left, right = map(ExactMatrix.from_rows, rows)
    plain_left, plain_right = map(Matrix, rows)
    assert (left @ right).to_sympy() == Matrix(
        2, 2, lambda i, j: sum((rows[0][i][k] * rows[1][k][j] for k in range(2)), S.Zero)
    )
    assert (left + right).to_sympy() == plain_left + plain_right
    assert (left - right).to_sympy() == plain_left - plain_right
    assert (left.T * a).to_sympy() == plain_left.T * a
    assert left.kron(right)[3, 2] == rows[0][1][1] * rows[1][1][0]
