"""What is read into generators: angles, exponents, roots, signs, sums; and where reading stops."""

from __future__ import annotations

import pytest
from sympy import (
    E,
    Function,
    I,
    Piecewise,
    Pow,
    Rational,
    Sum,
    Symbol,
    cos,
    exp,
    log,
    nan,
    nextprime,
    oo,
    pi,
    sin,
    sqrt,
    symbols,
    zoo,
)

from symcircuits.algebra.forms import laurent
from symcircuits.algebra.forms.generators import IMAGINARY, Generators
from symcircuits.algebra.forms.normal_form import read_all
from symcircuits.errors import BudgetSpent, OutsideClass

x, y = symbols("x y")
n, m, k = symbols("n m k", integer=True)
p = Symbol("p", positive=True)
f = Function("f")


def forms(*expressions):
    quotients, reader = read_all(list(expressions))
    return quotients, reader.generators


def same(left, right):
    (a, b), generators = forms(left, right)
    return a.equals(b, generators.squares)


def kinds(expression):
    (quotient,), generators = forms(expression)
    keys = {key[0] for monomial in quotient.numerator for key, _ in generators.parts(monomial)}
    places = {place for monomial in quotient.numerator for place in laurent.quadratic_places(monomial)}
    return keys | {generators.quadratic_keys[place][0] for place in places}


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (x * y, {"symbol"}),
        (cos(x), {"angle"}),
        (exp(x), {"exponent"}),
        (exp(I * x), {"angle"}),
        (cos(I * x), {"exponent"}),
        (sqrt(x), {"root"}),
        (sqrt(6), {"prime"}),
        (pi * I, {"pi", "I"}),
        (E, {"exponent"}),
        (exp(pi * I * n, evaluate=False), {"sign"}),
        (exp(2 * pi * I * n, evaluate=False), set()),
        (exp(pi * I / 4), {"I", "prime"}),
        (log(x), {"opaque"}),
        (x**y, {"power"}),
        ((x + 1) ** Rational(1, 3), {"opaque"}),
        (Sum(f(k), (k, 0, n)), {"sum"}),
    ],
    ids=lambda value: " ".join(sorted(value)) if isinstance(value, set) else str(value),
)
def test_each_expression_has_its_kind_of_generator(expression, expected):
    assert kinds(expression) == expected


def test_one_generator_serves_all_multiples_of_an_angle():
    (quotient,), generators = forms(cos(x) + cos(x / 2) + sin(x / 3))
    keys = {key for monomial in quotient.numerator for key, _ in generators.parts(monomial)}
    assert len(keys) == 1
    (key,) = keys
    assert generators.denominator(*key) == 6


def test_the_argument_of_an_angle_is_split_over_its_monomials():
    assert same(cos(x * (y + 1)), cos(x * y) * cos(x) - sin(x * y) * sin(x))
    assert same(cos(x / y + x), cos(x / y) * cos(x) - sin(x / y) * sin(x))


def test_a_root_met_late_is_the_root_of_the_symbol_met_early():
    assert same(x + cos(x) + sqrt(x), sqrt(x) ** 2 + cos(sqrt(x) ** 2) + sqrt(x))


def test_a_denominator_met_late_does_not_change_what_was_read():
    assert same(cos(x) - 1 + cos(x / 7), cos(x / 7) - 2 * sin(x / 2) ** 2)
    assert not same(1 / (cos(x) - cos(x / 2)), 0 * x + 1)


@pytest.mark.parametrize("length", [0, 1, 5])
def test_a_window_of_known_length_is_written_out(length):
    assert same(Sum(f(k), (k, n, n + length)), sum(f(n + i) for i in range(length + 1)))


def test_what_is_free_of_the_index_leaves_the_sum():
    assert same(Sum(x * f(k) * cos(y), (k, 0, n)), x * cos(y) * Sum(f(k), (k, 0, n)))
    assert same(Sum(x, (k, m, n)), x * (n - m + 1))


def test_names_of_indices_do_not_matter():
    j = Symbol("j", integer=True)
    assert same(Sum(f(k), (k, 0, n)), Sum(f(j), (j, 0, n)))
    assert same(Sum(f(k, j), (j, 0, k), (k, 0, n)), Sum(f(j, k), (k, 0, j), (j, 0, n)))


def test_integers_under_a_sum_make_whole_turns():
    assert same(Sum(exp(2 * pi * I * k, evaluate=False) * x, (k, 1, n)), n * x)
    assert not same(Sum(exp(pi * I * k, evaluate=False), (k, 1, n)), n)


def test_large_primes_keep_their_roots_apart():
    a, b = nextprime(2**21), nextprime(2**22)
    assert same(sqrt(a) * sqrt(b), Pow(a * b, Rational(1, 2), evaluate=False))
    assert not same(sqrt(a), sqrt(b))


@pytest.mark.parametrize("expression", [nan, oo, zoo, Piecewise((x, x > 0), (y, True)), Sum(x**k, (k, 0, oo))], ids=str)
def test_what_is_outside_says_so(expression):
    with pytest.raises(
        OutsideClass, match=r"is outside the class of expressions that are decided$|is an infinite sum$"
    ):
        read_all([expression])


def test_division_by_nothing_is_outside():
    with pytest.raises(OutsideClass, match="division by an expression that is identically zero"):
        read_all([1 / (sin(x) ** 2 + cos(x) ** 2 - 1)])
    with pytest.raises(OutsideClass, match="identically zero"):
        read_all([x / ((x + 1) ** 2 - x**2 - 2 * x - 1)])


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ((x + 1) ** 5000, r"^a power of 5000 is larger than allowed$"),
        (exp(2**41 * x), r"multiple beyond 2\^40$"),
        (Sum(f(k), (k, 1, 10**6)), r"^a sum of 1000000 terms is longer than allowed$"),
        (sum(sqrt(nextprime(100 * i)) for i in range(40)), r"^more square roots than allowed in one question$"),
        ((x + y + p + n) ** 60, r"^a product of \d+ by \d+ terms is larger than allowed$"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_is_too_large_says_so(expression, message):
    with pytest.raises(BudgetSpent, match=message):
        read_all([expression])


# The table of generators itself


def test_a_table_gives_the_same_monomial_for_the_same_key():
    table = Generators()
    assert table.symbol(x) == table.symbol(x) != table.symbol(y)
    assert table.quadratic(("prime", 2), 2) == table.quadratic(("prime", 2), 2) != IMAGINARY
    assert table.squares == [-1, 2]


def test_a_new_denominator_makes_the_table_stale():
    table = Generators()
    base = table.symbol(x)
    table.exponential("angle", base, 1, 1)
    assert not table.stale
    table.exponential("angle", base, 1, 3)
    assert table.stale and table.denominator("angle", base) == 3


def test_a_late_root_makes_the_table_stale():
    table = Generators()
    whole = table.symbol(x)
    table.root(x)
    assert table.stale and table.symbol(x) == 2 * table.root(x) != whole


def test_dependence_is_seen_through_nested_generators():
    table = Generators()
    inner = table.free("exponent", table.symbol(x))
    outer = table.free("angle", inner)
    assert table.depends_on(outer, x) and not table.depends_on(outer, y)
    assert table.depends_on(table.free("opaque", f(y)), y)
    assert not table.depends_on(table.quadratic(("prime", 3), 3), x)


def test_only_products_of_integers_are_integer_valued():
    table = Generators()
    assert table.integer_valued(table.symbol(n) + 2 * table.symbol(m)) and table.integer_valued(0)
    assert not table.integer_valued(-table.symbol(n))
    assert not table.integer_valued(table.symbol(x))
    assert not table.integer_valued(table.quadratic(("prime", 2), 2))
