"""Formulas made by chance: with what they mean, and without any meaning at all.

A meaning is built beside the text, in SymPy, apart from the reader; the text takes one of many spellings.
"""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Expr, Integer, Matrix, Rational, cos, exp, sin, sqrt

from symcircuits.algebra import ExactMatrix, Proved, prove
from symcircuits.grading.grade import grade_text
from symcircuits.grading.lines.chains import Judge
from symcircuits.grading.meaning.evaluate import evaluate
from symcircuits.grading.meaning.scope import Scope, Value
from symcircuits.grading.reading.parser import parse
from symcircuits.grading.reading.refusals import CannotRead
from symcircuits.grading.reading.scanner import scan
from symcircuits.grading.reading.tokens import tokenize
from symcircuits.grading.reports.report import WORST_FIRST
from symcircuits.symbols import alpha, beta, lambda_, m, n, real
from symcircuits.typeset.expressions import latex

pytestmark = pytest.mark.once
x = real("x", "a real number", "x")
VALUES = {x: Rational(3, 7), alpha(1): Rational(11, 10), lambda_(0): Rational(5, 4), beta: Rational(2, 3), n: 3, m: 2}
Meant = tuple[str, Expr]


def read(text: str) -> Value:
    return evaluate(parse(tokenize(text, 0, {}), len(text)), Scope(None, {"x": "real"}))


def same(found: Value, meant: Expr) -> bool:
    """Whether both are alike, literally or to thirty digits at values that nothing singles out."""
    value = found.scalar() if isinstance(found, ExactMatrix) else found
    assert isinstance(value, Expr)
    return value == meant or abs((value - meant).subs(VALUES).evalf(30)) < 1e-20 * (
        1 + abs(meant.subs(VALUES).evalf(30))
    )


# Spellings of one thing.

ATOMS: list[tuple[tuple[str, ...], Expr]] = [
    (("2", "2", "{2}"), Integer(2)),
    ((r"\frac{1}{2}", r"\tfrac12", r"\dfrac{1}2", "0.5", "(1/2)"), Rational(1, 2)),
    ((r"\lambda_0", r"\lambda_{0}", r"{\lambda_0}", r"\lambda_\mathrm{0}"), lambda_(0)),
    ((r"\alpha_1", r"\alpha_{1}", r"\alpha_{\text{1}}", r"\boldsymbol{\alpha}_1"), alpha(1)),
    ((r"\beta", r"{\beta}", r"\left(\beta\right)"), beta),
    (("x", r"\mathrm{x}", r"\mathit{x}", "(x)", r"\boxed{x}"), x),
    (("n", "{n}", r"\bigl(n\bigr)"), n),
    (("m", r"\mathbf{m}", "[m]"), m),
]


def atoms() -> st.SearchStrategy[Meant]:
    return st.sampled_from(ATOMS).flatmap(lambda atom: st.tuples(st.sampled_from(atom[0]), st.just(atom[1])))


def bracketed(text: str, which: int) -> str:
    opening, closing = [("(", ")"), (r"\left(", r"\right)"), ("[", "]"), (r"\bigl[", r"\bigr]"), (r"\{", r"\}")][which]
    return f"{opening} {text} {closing}"


def added(parts: tuple[Meant, Meant, bool, int]) -> Meant:
    (one, left), (other, right), minus, which = parts
    sign = "-" if minus else "+"
    return bracketed(f"{one} {sign} {other}", which), left - right if minus else left + right


def multiplied(parts: tuple[Meant, Meant, str, int]) -> Meant:
    (one, left), (other, right), sign, which = parts
    return f"{bracketed(one, which)}{sign}{bracketed(other, which)}", left * right


def divided(parts: tuple[Meant, str, int]) -> Meant:
    (text, value), command, which = parts
    if command == "/":
        return f"({bracketed(text, which)} / 3)", value / 3
    return rf"{command}{{{text}}}{{3}}", value / 3


def called(parts: tuple[Meant, str, int]) -> Meant:
    (text, value), how, which = parts
    inside = bracketed(text, which)
    return {
        "cos": (rf"\cos {inside}", cos(value)),
        "sin^2": (rf"\sin^2{inside}", sin(value) ** 2),
        "sin^{2}": (rf"\sin^{{2}}\!{inside}", sin(value) ** 2),
        "braced": (rf"\cos{{{inside}}}", cos(value)),
        "square": (rf"{inside}^2", value**2),
        "inverse": (rf"\left(1 + {inside}^{{2}}\right)^{{-1}}", 1 / (1 + value**2)),
        "exp": (rf"\exp{inside}", exp(value)),
        "e": (rf"e^{{{text}}}", exp(value)),
        "root": (rf"\sqrt{{2 + {inside}^2}}", sqrt(2 + value**2)),
        "minus": (rf"(-{inside})", -value),
        "brace": (rf"\underbrace{{{inside}}}_{{\text{{so it is}}}}", value),
    }[how]


HOW = ["cos", "sin^2", "sin^{2}", "braced", "square", "inverse", "root", "minus", "brace", "exp", "e"]
KINDS = st.integers(0, 4)
FORMULAS = st.recursive(
    atoms(),
    lambda inner: st.one_of(
        st.tuples(inner, inner, st.booleans(), KINDS).map(added),
        st.tuples(inner, inner, st.sampled_from([" ", r" \cdot ", r"\,", r" \times ", "*"]), KINDS).map(multiplied),
        st.tuples(inner, st.sampled_from([r"\frac", r"\dfrac", "/"]), KINDS).map(divided),
        st.tuples(inner, st.sampled_from(HOW), KINDS).map(called),
    ),
    max_leaves=5,
)


@settings(max_examples=1500)
@given(FORMULAS)
def test_a_formula_made_by_chance_means_what_it_was_made_of(formula):
    text, meant = formula
    try:
        found = read(text)
    except CannotRead as refused:
        # Only what grows beyond the limits; never a spelling.
        assert any(word in refused.problem for word in ("tower", "digits", "exponent beyond", "too large")), text
        return
    assert same(found, meant), text


@settings(max_examples=600)
@given(FORMULAS)
def test_what_is_printed_of_a_formula_is_read_as_the_same(formula):
    text, _ = formula
    try:
        found = read(text)
        again = read(latex(found))
    except CannotRead as refused:
        assert any(word in refused.problem for word in ("tower", "digits", "exponent beyond", "too large")), text
        return
    assert same(again, found), text


ENTRIES = st.sampled_from([("1", Integer(1)), ("", Integer(0)), ("-2", Integer(-2)), (r"\cos x", cos(x)), ("x", x)])
SQUARES = st.lists(st.lists(ENTRIES, min_size=2, max_size=2), min_size=2, max_size=2)
LAYOUTS = st.sampled_from(
    [
        (r"\begin{pmatrix} ", r" \\ ", r" \end{pmatrix}"),
        (r"\begin{bmatrix} ", r"\\[2pt] ", r" \\ \end{bmatrix}"),
        (r"\left(\begin{array}{c|c} ", r" \\ \hline ", r" \\ \end{array}\right)"),
        (r"\left[\begin{matrix} ", r"\cr ", r" \end{matrix}\right]"),
        (r"\bigl(\begin{smallmatrix} ", r"\\", r"\end{smallmatrix}\bigr)"),
    ]
)


def written(entries: list[list[tuple[str, Expr]]], layout: tuple[str, str, str]) -> tuple[str, Matrix]:
    opening, between, closing = layout
    rows = between.join(" & ".join(text for text, _ in row) for row in entries)
    return f"{opening}{rows}{closing}", Matrix([[value for _, value in row] for row in entries])


@settings(max_examples=60)
@given(SQUARES, SQUARES, LAYOUTS, st.sampled_from(["product", "turned", "sum", "multiple", "diagonal", "tensor"]))
def test_matrices_made_by_chance_keep_their_order_and_their_turns(one, other, layout, how):
    (a, A), (b, B) = written(one, layout), written(other, layout)
    text, meant = {
        "product": (f"{a} {b}", A * B),
        "turned": (rf"{a}^T {b}^{{\top}}", A.T * B.T),
        "sum": (f"{a} - {b}", A - B),
        "multiple": (rf"\frac12 {a} \cdot {b}", A * B / 2),
        "diagonal": (rf"\operatorname{{diag}}({a}, 3)", Matrix.diag(A, 3)),
        "tensor": (
            rf"{a} \otimes {b}",
            Matrix([[A[i // 2, j // 2] * B[i % 2, j % 2] for j in range(4)] for i in range(4)]),
        ),
    }[how]
    found = read(text)
    assert isinstance(found, ExactMatrix)
    assert found.to_sympy() == meant or isinstance(prove(found, meant), Proved)


# No meaning at all: read or refused, and nothing else.

PIECES = st.sampled_from(
    r"""\cos \sin^2 \tan \exp \log_2 \ln \frac \sqrt \sqrt[3] \sum_{i=0}^{2} \sum \begin{pmatrix} \end{pmatrix}
    \begin{array}{c|c} \end{array} \begin{cases} \end{cases} \begin{aligned} \end{aligned} \\ & ^ _ { } ( ) [ ] = < \le
    \approx + - / * \cdot \otimes 1 2.5 10{,}000 x n m i A W_Q W_{net}^2 \lambda_0 \alpha_i
    \alpha_{2i} \delta_{nm} u^{\cos}_0 v_1 ^T
    ^{-1} ^{\top} ' , . ; : \text{for} \text{otherwise} \left \right \left( \right) \left. \right. | \| ! \underbrace
    \boxed \overset{!} \stackrel \tilde \hat \bar \mathbf \mathrm{diag} \operatorname{softmax} \diag \implies \in \ne
    \quad \, \! ~ \dots \vdots \ddots \hline \rm e ^{x} \pi \pm \binom I I_2 Lg \newcommand{\a}{b} \a \def\b#1{#1} \b %
    $ $$ \[ \] \( \) ` # \ \{ \} cos ln abc {} \prime ^\prime \mathrm \textcolor{red} \phantom \tag{1}""".split()
)
SOUP = st.recursive(
    PIECES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=6).map(" ".join),
        inner.map(lambda text: f"{{{text}}}"),
        inner.map(lambda text: rf"\begin{{pmatrix}} {text} \end{{pmatrix}}"),
        inner.map(lambda text: rf"\left( {text} \right)"),
        inner.map(lambda text: rf"\frac{{{text}}}{{2}}"),
        inner.map(lambda text: rf"\begin{{cases}} {text} & n = m \\ 0 & \text{{otherwise}} \end{{cases}}"),
        inner.map(lambda text: rf"\sum_{{i=0}}^{{2}} {text}"),
    ),
    max_leaves=20,
)


@settings(max_examples=600)
@given(SOUP)
def test_any_nest_of_fragments_is_read_or_refused_at_a_place_in_it(text):
    try:
        node = parse(tokenize(text, 0, {}), len(text))
        evaluate(node, Scope())
    except CannotRead as refused:
        assert 0 <= refused.at <= len(text)
        assert refused.problem


@settings(max_examples=200)
@given(SOUP, SOUP, st.booleans())
def test_any_nest_of_fragments_gets_a_report(one, other, latex):
    report = grade_text(f"$${one} = {other}$$ and ${one}$", latex)
    assert report.verdict in WORST_FIRST
    for statement in report.statements:
        assert statement.line == 1 or "\n" in one + other
        assert statement.verdict != "unreadable" or statement.message


@settings(max_examples=60)
@given(SOUP)
def test_a_definition_is_read_the_same_twice(text):
    found = [(one.read_as, one.verdict) for one in judged(f"$$M = {text}$$")]
    assert found == [(one.read_as, one.verdict) for one in judged(f"$$ M  =  {text} $$")]


def judged(text: str):
    judge = Judge(text, scan(text), Scope())
    judge.judge_all()
    return judge.statements
