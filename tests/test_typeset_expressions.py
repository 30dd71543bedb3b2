from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import (
    Abs,
    Add,
    Expr,
    Function,
    Integer,
    Matrix,
    Max,
    Mod,
    Mul,
    Piecewise,
    Pow,
    Product,
    Rational,
    Sum,
    Symbol,
    acos,
    cos,
    exp,
    log,
    pi,
    postorder_traversal,
    sin,
    sqrt,
    symbols,
)

from symcircuits.errors import BadValue
from symcircuits.symbols import Lg, alpha, beta, coordinate, integer, lambda_, m, n, positive
from symcircuits.typeset import arrangement, expressions, names
from symcircuits.typeset.expressions import enclosed, latex, visible_length

a, g = alpha(0), positive("g")
x = Symbol("x")
other = integer("m'")
A, B = symbols("A B", commutative=False)
f = Function("f")


@pytest.mark.parametrize(
    ("expr", "expected"),
    [
        (n - m - 1, "n - 1 - m"),
        (-n - 1, "-n - 1"),
        (1 + positive("T"), "1 + T"),
        (1 - cos(a), r"1 - \cos \alpha_{0}"),
        (Add(n, Add(m, 1), evaluate=False), "n + (m + 1)"),
        (Mul(-1, n + m, evaluate=False), "-(n + m)"),
        (Mul(n, Mul(-2, m, evaluate=False), evaluate=False), "-2 n m"),
        (beta * (x + n), r"\beta (x + n)"),
        (B * A - 2 * A, "B A - 2 A"),
    ],
)
def test_sums_and_signs(expr: Expr, expected: str) -> None:
    assert latex(expr) == expected


@pytest.mark.parametrize(
    ("expr", "expected"),
    [
        (cos(a * (n - 1 - m)), r"\cos(\alpha_{0} (n - 1 - m))"),
        (cos(n - 1 - m), r"\cos(n - 1 - m)"),
        (sin(n - 1 - m), r"-\sin(m + 1 - n)"),
        (cos(2), r"\cos 2"),
        (cos(pi * x), r"\cos(\pi x)"),
        (sin(a) ** 2, r"\sin^{2} \alpha_{0}"),
        (sin(a * n / 2) ** 2, r"\sin^{2}\left( \frac{\alpha_{0} n}{2} \right)"),
        (cos(x) ** n, r"(\cos x)^{n}"),
        (log(x), r"\log x"),
        (acos(x), r"\arccos x"),
        (f(n, m), "f(n, m)"),
        (f(n) ** 2, "f(n)^{2}"),
        (Function("rank")(x), r"\mathrm{rank}(x)"),
        (Max(x, 1), r"\max(1, x)"),
        (Abs(x), r"\left|{x}\right|"),
    ],
)
def test_functions(expr: Expr, expected: str) -> None:
    assert latex(expr) == expected


@pytest.mark.parametrize(
    ("expr", "expected"),
    [
        (exp(-beta * g), r"e^{-\beta g}"),
        (exp(1), "e"),
        (exp(x / 2), r"\exp\left( \frac{x}{2} \right)"),
        (exp(beta * lambda_(0) ** 2 * cos(a * n)), r"\exp(\beta \lambda_{0}^{2} \cos(\alpha_{0} n))"),
        (exp(n) / Sum(exp(other), (other, 0, n)), r"\frac{e^{n}}{\sum_{m'=0}^{n} e^{m'}}"),
        (beta * Sum(1 + other, (other, 0, n)), r"\beta \sum_{m'=0}^{n} (m' + 1)"),
        (Sum(other, (other, 0, n)) ** 2, r"\left( \sum_{m'=0}^{n} m' \right)^{2}"),
        (Product(other, (other, 1, n)), r"\prod_{m'=1}^{n} m'"),
    ],
)
def test_exponentials_and_sums_over_an_index(expr: Expr, expected: str) -> None:
    assert latex(expr) == expected


@pytest.mark.parametrize(
    ("expr", "expected"),
    [
        (sqrt(2) / 2, r"\frac{\sqrt{2}}{2}"),
        (Rational(-3, 4), r"-\frac{3}{4}"),
        (n / 2, r"\frac{n}{2}"),
        (cos(x) / 2, r"\frac{1}{2} \cos x"),
        (3 * sqrt(2) * cos(x) / 4, r"\frac{3 \sqrt{2}}{4} \cos x"),
        (cos(x) / (1 + x) ** 2, r"\frac{\cos x}{(1 + x)^{2}}"),
        (1 / sqrt(x), r"\frac{1}{\sqrt{x}}"),
        (x ** Rational(3, 2), "x^{3/2}"),
        (x ** Rational(1, 3), r"\sqrt[3]{x}"),
        (2 * 3**n, r"2 \cdot 3^{n}"),
        ((-1) ** n, "(-1)^{n}"),
        (Pow(Rational(2, 3), n), r"\left( \frac{2}{3} \right)^{n}"),
        (coordinate("c", 3, "n - 1") ** 2, "(c_{3}^{(n - 1)})^{2}"),
        (B**-1 * A, "B^{-1} A"),
        (beta * Lg, r"\beta \mathit{Lg}"),
        (Lg * alpha(0), r"\mathit{Lg} \, \alpha_{0}"),
        (Lg * (1 + n), r"\mathit{Lg} \, (n + 1)"),
        (Lg**2 * n, r"\mathit{Lg}^{2} n"),
        (Lg * cos(n), r"\mathit{Lg} \cos n"),
        (2 * Mod(n, 3), r"2 (n \bmod 3)"),
    ],
)
def test_products_quotients_and_powers(expr: Expr, expected: str) -> None:
    assert latex(expr) == expected


def test_symbols_made_elsewhere_keep_the_naming_of_sympy_and_stay_harmless() -> None:
    assert latex(Symbol("theta_1")) == r"\theta_{1}"
    assert latex(Symbol("50%")) == r"50\%"


def test_plain_integers_are_expressions_too() -> None:
    assert latex(-3) == "-3"


@pytest.mark.parametrize("given_value", ["n - 1", 0.5, None, Matrix([[1]])])
def test_what_is_no_expression_is_refused(given_value: object) -> None:
    with pytest.raises(BadValue, match="cannot print .* as LaTeX: expected a SymPy expression"):
        latex(given_value)  # type: ignore[arg-type]


def test_parentheses_grow_only_around_something_tall() -> None:
    assert enclosed(r"\lambda_{0}^{2}") == r"(\lambda_{0}^{2})"
    assert enclosed(r"\frac{1}{2}") == r"\left( \frac{1}{2} \right)"


def test_the_visible_length_counts_what_a_reader_sees() -> None:
    assert visible_length(r"\cos_{0}") == 4
    assert visible_length(r"\mathrm{net}_{1}") == 4


def test_each_distinct_expression_is_printed_once() -> None:
    expr = Add(*(lambda_(i) ** 2 * cos(alpha(i) * (n - 1 - m)) for i in range(40)))
    latex(expr)
    start = time.perf_counter()
    for _ in range(65_536):
        latex(expr)
    assert time.perf_counter() - start < 2


_leaves = st.sampled_from(
    [
        n,
        m,
        beta,
        lambda_(0),
        lambda_(1),
        a,
        alpha(1),
        x,
        Integer(1),
        Integer(-2),
        Rational(1, 2),
        Rational(-3, 4),
        sqrt(2),
    ]
)


def _grow(children: st.SearchStrategy[Expr]) -> st.SearchStrategy[Expr]:
    pairs = st.tuples(children, children)
    return st.one_of(
        pairs.map(lambda pair: pair[0] + pair[1]),
        pairs.map(lambda pair: pair[0] * pair[1]),
        pairs.map(lambda pair: Mul(pair[0], pair[1], evaluate=False)),
        children.map(lambda child: -child),
        children.map(cos),
        children.map(exp),
        children.map(lambda child: child**2),
        children.map(lambda child: 1 / (1 + exp(child))),
    )


_expressions = st.recursive(_leaves, _grow, max_leaves=8)


def _forget() -> None:
    for module in (arrangement, expressions, names):
        for value in vars(module).values():
            if hasattr(value, "cache_clear"):
                value.cache_clear()


@settings(derandomize=True, max_examples=150)
@given(_expressions, st.lists(_expressions, max_size=3))
def test_the_text_does_not_depend_on_what_was_printed_before(expr: Expr, others: list[Expr]) -> None:
    _forget()
    alone = latex(expr)
    _forget()
    for seen in (*others, *(expr * other for other in others), *postorder_traversal(expr)):
        latex(seen)
    expressions._latex.cache_clear()
    assert latex(expr) == alone


def test_parts_are_printed_once_for_all_entries_that_hold_them(monkeypatch: pytest.MonkeyPatch) -> None:
    printed = []
    once = expressions._Printer._print_Add
    monkeypatch.setattr(expressions._Printer, "_print_Add", lambda self, sum_: printed.append(sum_) or once(self, sum_))
    _forget()
    texts = [latex(lambda_(i) * cos(alpha(i) * (n - 1))) for i in range(5)]
    assert texts[4] == r"\lambda_{4} \cos(\alpha_{4} (n - 1))"
    assert printed == [n - 1]


@settings(derandomize=True, max_examples=150)
@given(_expressions)
def test_braces_and_parentheses_match(expr: Expr) -> None:
    text = latex(expr)
    for opening, closing in ("{}", "()"):
        depth = 0
        for character in text:
            depth += (character == opening) - (character == closing)
            assert depth >= 0
        assert depth == 0


@settings(derandomize=True, max_examples=150)
@given(_expressions)
def test_no_sign_follows_a_sign_and_nothing_unknown_to_github_is_used(expr: Expr) -> None:
    text = latex(expr)
    assert not re.search(r"[-+] *[-+]", text)
    assert not re.search(r"\\(operatorname|mbox|phantom)", text)


@settings(derandomize=True, max_examples=150)
@given(st.lists(_expressions, min_size=2, max_size=4).map(lambda terms: Add(*terms)))
def test_a_sum_starts_with_a_positive_term_where_it_has_one(expr: Expr) -> None:
    if any(term.as_coeff_Mul()[0].is_positive for term in Add.make_args(expr)):
        assert not latex(expr).startswith("-")


def test_cases_stand_in_parentheses_inside_a_product() -> None:
    text = latex(n * Piecewise((1, x > 0), (0, True)))
    assert text.startswith(r"n \left( \begin{cases}")
