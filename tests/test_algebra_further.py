"""Equalities beyond the normal form: induction, sums turned round, residue classes, roots, symbolic powers."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from algebra_oracle import confirm
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from sympy import (
    Add,
    Expr,
    Function,
    I,
    Integer,
    Mul,
    Pow,
    Rational,
    Sum,
    Symbol,
    cos,
    exp,
    legendre_symbol,
    log,
    pi,
    sin,
    sqrt,
    symbols,
)

from symcircuits.algebra import Proved, Refuted, Undecided, prove
from symcircuits.algebra.forms.budget import Budget
from symcircuits.algebra.forms.normal_form import read_all
from symcircuits.algebra.forms.sums import with_own_indices
from symcircuits.algebra.further.divisors import AT_ANY_STEP
from symcircuits.algebra.further.induction import by_induction
from symcircuits.algebra.further.methods import prove_further
from symcircuits.algebra.further.residue_classes import residue_cases

x, y = symbols("x y")
r = Symbol("r", real=True)
p, q = symbols("p q", positive=True)
n, m = symbols("n m", integer=True, nonnegative=True)
N = Symbol("N", integer=True, positive=True)
j, k, w = symbols("j k w", integer=True)
f = Function("f")
half = Rational(1, 2)

often = settings(derandomize=True, max_examples=25)
small = st.integers(-3, 3)


def raw(base: Expr, exponent: Expr) -> Expr:
    """A power that SymPy leaves as it is."""
    return Pow(base, exponent, evaluate=False)


def induced(left: Expr, right: Expr) -> Proved | None:
    """What induction shows by itself, where both its beginning and its steps are left to normal forms."""

    def decide(a: Expr, b: Expr) -> Proved | None:
        forms, reader = read_all([a, b])
        return Proved("normal form") if forms[0].equals(forms[1], reader.generators.squares) else None

    return by_induction(with_own_indices(left), with_own_indices(right), decide, Budget())


# A sum of differences telescopes, whatever is summed.

PARTS = (
    lambda v: v,
    lambda v: v**3,
    lambda v: cos(x * v),
    lambda v: exp(-p * v),
    lambda v: 2**v,
    lambda v: (-1) ** v * v,
    lambda v: x**v,
    lambda v: cos(pi * v / 2),
    lambda v: 1 / (v + 1),
    lambda v: sin(r * v) ** 2,
)


@often
@given(st.lists(st.tuples(st.sampled_from(PARTS), small.filter(bool)), min_size=1, max_size=3), st.integers(1, 3))
def test_a_sum_of_differences_is_its_last_less_its_first_value(parts, alteration):
    def whole(value: Expr) -> Expr:
        return Add(*(coefficient * part(value) for part, coefficient in parts))

    terms, closed = (whole(k) - whole(k - 1)).expand(), whole(n) - whole(Integer(0))
    assume(terms.has(k) and closed.has(n))
    assert prove(Sum(terms, (k, 1, n)), closed)
    wrong = {1: closed + n, 2: whole(n + 1) - whole(Integer(0)), 3: 2 * closed}[alteration]
    verdict = prove(Sum(terms, (k, 1, n)), wrong)
    assert not isinstance(verdict, Proved)
    if isinstance(verdict, Refuted):
        confirm(verdict, Sum(terms, (k, 1, n)), wrong)


@often
@given(st.lists(small, min_size=2, max_size=5), st.integers(-3, 3), st.sampled_from((n, N, w)))
@example([0, 1], 0, w)
def test_sums_of_polynomials_have_their_closed_form(coefficients, start, last):
    body = Add(*(c * k**power for power, c in enumerate(coefficients)))
    assume(body.has(k))
    left = Sum(body, (k, start, last))
    closed = left.doit().expand()  # Faulhaber's formula, by SymPy
    assert prove(left, closed)
    confirm(prove(left, closed + last * (last - 1)), left, closed + last * (last - 1))
    confirm(prove(Sum(body + 1, (k, start, last)), closed), Sum(body + 1, (k, start, last)), closed)


@often
@given(small, small, small)
def test_a_sum_may_be_split_anywhere(low, middle, high):
    def split(part: Callable[[Expr], Expr]) -> tuple[Expr, Expr]:
        halves = Sum(part(k), (k, m + low, w + middle)), Sum(part(k), (k, w + middle + 1, n + high))
        return Sum(part(k), (k, m + low, n + high)), Add(*halves)

    assert prove(*split(f))
    whole, parts = split(cos)
    confirm(prove(whole, parts + cos(w + middle)), whole, parts + cos(w + middle))


@often
@given(small, small, small, st.booleans())
def test_a_sum_may_be_turned_round(a, b, shift, in_the_exponent):
    assume(a)
    body = exp(p * (a * k + b * n)) if in_the_exponent else cos(r * (a * k + b * n))
    left = Sum(body, (k, shift, n))
    right = Sum(body.xreplace({k: n + shift - k}), (k, shift, n))
    assert prove(left, right)
    off = Sum(body.xreplace({k: n + shift + 1 - k}), (k, shift, n))
    assert isinstance(prove(left, off), Refuted)


@often
@given(small.filter(bool), small, st.permutations([n, m]))
def test_an_index_may_have_any_place(a, b, bounds):
    body = cos(r * (a * k + b * j))
    nested = Sum(Sum(body, (k, 0, bounds[0])), (j, 0, bounds[1]))
    other = Sum(Sum(body, (j, 0, bounds[1])), (k, 0, bounds[0]))
    assert prove(nested, other)
    assert isinstance(prove(nested, Sum(Sum(body, (j, 0, bounds[1])), (k, 1, bounds[0]))), Refuted)


# What an induction needs: each part of it fails by itself.

NOT_INDUCED = {
    "wrong at the beginning": (Sum(k, (k, 1, n)), n * (n + 1) / 2 + 1),
    "wrong in the steps": (Sum(k, (k, 1, n)), n * (n + 1) * (n + 2) / 4),
    "right at many values": (Sum(k, (k, 1, n)), n * (n + 1) / 2 + Mul(*(n - i for i in range(12)))),
    "undefined at the beginning and after": (Sum(1 / k, (k, 0, n)), Integer(1)),
    "both sides over a zero, at every other step": (
        Sum(k, (k, 0, n)) / (1 - (-1) ** n),
        (n**2 + 1) / (1 - (-1) ** n),
    ),
    "every fourth denominator is zero, where the sum gains": (
        Sum((cos(pi * k / 2) + cos(pi * k / 2) ** 2) / 2, (k, 1, n)) + 1 / (1 - exp(I * pi * n / 2)),
        1 / (1 - exp(I * pi * n / 2)),
    ),
    "undefined terms are left behind": (Sum(1 / (k - 2), (k, n, 2 * n)), Sum(1 / k, (k, n - 2, 2 * n - 2))),
    "a logarithm": (Sum(log(k - 2) - log(k - 3), (k, 1, n)), log(n - 2) - log(-2)),
    "true of what is not negative": (Sum(1, (k, 1, w)), sqrt(w**2)),
    "no bound with a symbol": (cos(x * n), cos(x * m)),
}


@pytest.mark.parametrize("name", NOT_INDUCED)
def test_what_is_not_shown_by_induction(name):
    left, right = NOT_INDUCED[name]
    assert induced(left, right) is None
    assert not isinstance(prove(left, right), Proved)


def test_no_step_divides_by_what_may_be_zero():
    for number in (x, p):
        left = number**-n * Sum(number**k, (k, 0, n))
        right = number**-n * (number ** (n + 1) - 1) / (number - 1)
        assert (induced(left, right) is None) == (number == x)


def test_what_is_shown_by_induction_beside_that():
    assert induced(Sum(k, (k, 1, n)), n * (n + 1) / 2) == Proved("induction on n")
    assert induced(Sum(1 / (k + 2), (k, 0, 2 * n)), Sum(1 / (k + 3), (k, -1, 2 * n - 1))) == Proved("induction on n")
    assert induced(Sum(f(k) - f(k - 1), (k, 1, n)), f(n) - f(0)) == Proved("induction on n")
    assert induced(Sum(1, (k, 1, n)), sqrt(n**2)) == Proved("induction on n")
    assert induced(Sum(k, (k, 1, N)) / N, (N + 1) / 2) == Proved("induction on N")


def test_a_symbol_that_may_be_negative_takes_steps_down_as_well():
    assert prove(Sum(1, (k, 1, n)), sqrt(n**2))
    assert isinstance(prove(Sum(1, (k, 1, w)), sqrt(w**2)), Refuted)
    assert prove(Sum(k, (k, 1, w)), w * (w + 1) / 2)
    assert isinstance(prove(Sum(k, (k, 0, w)), Sum(abs(k), (k, 0, w))), Refuted | Undecided)


def test_the_verdict_lists_what_must_not_be_zero():
    dirichlet = 1 + 2 * Sum(cos(k * x), (k, 1, n)), sin((2 * n + 1) * x / 2) / sin(x / 2)
    assert prove(*dirichlet).assuming == (r"$\sin\left( \frac{x}{2} \right) \ne 0$",)
    assert prove(Sum(1 / (k * (k + 1)), (k, 1, n)), n / (n + 1)).assuming == ()
    moving = prove(Sum(1 / ((k + x) * (k + x + 1)), (k, 0, n)), 1 / x - 1 / (n + 1 + x))
    assert AT_ANY_STEP in moving.assuming and r"$x \ne 0$" in moving.assuming
    assert AT_ANY_STEP == "the denominators are not zero at any step"


def test_the_method_is_told():
    assert prove(Sum(k, (k, 1, n)), n * (n + 1) / 2).method == "induction on n"
    assert prove(Sum(f(k), (k, 0, n)), Sum(f(n - k), (k, 0, n))).method == "a sum turned round"
    assert prove(cos(pi * n**2, evaluate=False), cos(pi * n)).method == "residue classes"


def test_a_spent_budget_proves_nothing_further():
    left, right = Sum(k, (k, 1, n)), n * (n + 1) / 2
    _, reader = read_all([left, right])
    assert prove_further(left, right, reader.generators, Budget())
    assert prove_further(left, right, reader.generators, Budget(0)) is None


# Integers in turns.


@often
@given(small, small, st.sampled_from((1, 2, 3, 4, 6, 8)), small.filter(bool))
def test_a_turn_may_gain_a_product_of_neighbours(a, b, parts, times):
    angle = pi * (a * n**2 + b * n) / parts
    more = cos(x + angle + times * pi * n * (n + 1), evaluate=False)
    assert prove(cos(x + angle, evaluate=False), more)
    other = cos(x + angle + times * pi * n * (n + 2) + pi * n / 3, evaluate=False)
    confirm(prove(cos(x + angle, evaluate=False), other), cos(x + angle, evaluate=False), other)


@often
@given(st.sampled_from((2, 3, 4, 5, 6)), small, small)
def test_products_of_integers_count_modulo_the_period(parts, a, b):
    angle = 2 * pi * n * w / parts
    shifted = angle.xreplace({n: n + a * parts, w: w + b * parts})
    assert prove(cos(angle), cos(shifted, evaluate=False))
    assert isinstance(prove(cos(angle), cos(shifted + 2 * pi * n / parts, evaluate=False)), Refuted)


def test_too_many_cases_are_not_begun():
    _, reader = read_all([cos(pi * n * m / 8)])
    assert list(residue_cases(reader.generators, {n, m})) == []
    assert len(list(residue_cases(reader.generators, {n}))) == 16


# Roots, roots of unity and powers.


@often
@given(st.sampled_from((3, 5, 7, 11, 13, 17, 19)), st.integers(1, 18))
def test_sums_over_squares_are_roots_of_primes(prime, a):
    assume(a % prime)
    part = cos if prime % 4 == 1 else sin
    total = Add(*(part(2 * pi * a * i**2 / prime) for i in range(prime)))
    root = legendre_symbol(a, prime) * sqrt(prime)
    assert prove(total, root)
    confirm(prove(total, -root), total, -root)


@often
@given(*[st.integers(0, 4)] * 3, st.sampled_from((1, 2, 3, Rational(1, 2), Rational(3, 4))))
def test_what_is_not_negative_leaves_a_root(a, b, c, number):
    inside = number * p**a * q**b * (x + 1) ** (c % 2)
    outside = sqrt(number) * sqrt(p) ** a * sqrt(q) ** b * sqrt(x + 1) ** (c % 2)
    assert prove(raw(inside, half), outside)
    confirm(prove(raw(inside, half), -outside), raw(inside, half), -outside)
    assert not prove(raw(inside * r**2, half), outside * r)


@often
@given(st.integers(1, 12), st.integers(1, 12))
def test_sums_of_two_roots_come_out_of_a_root(a, b):
    assume(a > b)
    nested = raw(a + b - 2 * sqrt(a * b), half)
    assert prove(nested, sqrt(a) - sqrt(b))
    confirm(prove(nested, sqrt(b) - sqrt(a)), nested, sqrt(b) - sqrt(a))


@often
@given(st.sampled_from((8, 5, 10, 12, 24)), st.integers(1, 40), st.integers(1, 40))
def test_nested_roots_of_sympy_are_turns(parts, a, b):
    product = 2 * cos(pi * a / parts) * cos(pi * b / parts)
    total = cos(pi * (a + b) / parts) + cos(pi * (a - b) / parts)
    assert prove(product, total)
    assert not prove(product, total + Rational(1, 10**25))


@often
@given(st.lists(st.tuples(st.sampled_from((x, p, Integer(6), Integer(-2), I)), small, small), min_size=1, max_size=4))
def test_symbolic_powers_of_a_base_add_up(powers):
    left = Mul(*(raw(base, a * n + b) for base, a, b in powers))
    bases = {base for base, _, _ in powers}
    right = Mul(*(raw(v, sum(a for u, a, _ in powers if u == v) * n) for v in bases))
    right *= Mul(*(v ** sum(b for u, _, b in powers if u == v) for v in bases))
    assert prove(left, right)
    confirm(prove(left, right * 2 ** (n + 1)), left, right * 2 ** (n + 1))


def test_bases_are_not_merged_across_a_branch():
    assert isinstance(prove(raw(x * r, y), x**y * r**y), Refuted)
    assert prove(raw(x * r, w), x**w * r**w)
    assert prove(raw(x * p, y), x**y * p**y)
    assert isinstance(prove(raw(1 / x, r), raw(x, -r)), Refuted)
    assert not prove(raw(Integer(0), w), 0)
