"""Functions as formulas: what is let through is right, and everything else is refused in one line."""

from __future__ import annotations

import math
import re
import sys
from functools import wraps

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Integer, cos, exp, sin, sqrt, symbols

from symcircuits import Residual, Work, derive
from symcircuits.algebra import Proved, Refuted
from symcircuits.engine import causal_softmax
from symcircuits.errors import BadValue
from symcircuits.export import latex, markdown
from symcircuits.export.compose import compose
from symcircuits.worked import Rule, Statement, shown
from symcircuits.worked import functions as tracing
from symcircuits.worked.collection import shipped
from symcircuits.worked.reports import step_json

x, y = symbols("x y", real=True)
ROW = symbols("s:4", real=True)
# fmt: off


def same(i, j): return 1 if i == j else 0
def turned(a): return [[cos(a), -sin(a)], [sin(a), cos(a)]]
def share(s, n, m): return exp(s[m]) / sum(exp(s[j]) for j in range(n + 1))
def brackets(a, b): return (-a) ** 2 - (a - (b - a)) + 2 ** -b + (a / b) ** 2 * (a + b)
def greek(beta, g): return exp(-beta * g) + sqrt(g)
def squares(n): return sum(k ** 2 for k in range(1, n))
def doubled(n): return sum(sum(k * j for j in range(k)) for k in range(n))


def three(i, j):
    """With words."""
    if i == j or i == j + 1:
        return 1
    elif i < j and j != 3:
        return 2
    else:
        return 0


RIGHT = {
    same: (r"\begin{cases} 1 & \text{if } i = j \\ 0 & \text{otherwise} \end{cases}", {"i": range(3), "j": range(3)}),
    turned: (r"\begin{bmatrix} \cos a & -\sin a \\ \sin a & \cos a \end{bmatrix}", {"a": x}),
    share: (
        r"\frac{\exp s_{m}}{\sum_{j = 0}^{n} \left({\exp s_{j}}\right)}", {"s": ROW, "n": range(2, 4), "m": range(3)}
    ),
    brackets: (
        r"\left( -a \right)^{2} - \left( a - \left( b - a \right) \right) + 2^{-b}"
        r" + \left( \frac{a}{b} \right)^{2} \left( a + b \right)",
        {"a": x, "b": y},
    ),
    greek: (r"\exp \left( -\beta g \right) + \sqrt{ g }", {"beta": x, "g": y}),
    squares: (r"\sum_{k = 1}^{n - 1} \left({k^{2}}\right)", {"n": range(5)}),
    doubled: (
        r"\sum_{k = 0}^{n - 1} \left({\sum_{j = 0}^{k - 1} \left({k j}\right)}\right)", {"n": range(4)}
    ),
    three: (
        r"\begin{cases} 1 & \text{if } i = j \text{ or } i = j + 1 \\ 2 & \text{if } i < j \text{ and } j \ne 3 \\"
        r" 0 & \text{otherwise} \end{cases}",
        {"i": range(3), "j": range(5)},
    ),
}


def reduced(s): return np.exp(s).sum(axis=-1)
def transposed(a): return a.T
def last(s): return s[-1]
def before(s, m): return s[m - 1]
def named(W_Q): return W_Q
def fraction(a): return 1 / 2 * a
def decimal(a): return 0.5 * a
def defaulted(a, b=2): return a * b
def starred(*a): return a
def outside(a): return a + y
def floored(a): return a // 2
def chained(a): return 1 if 0 < a < 2 else 0
def truthy(a): return 1 if a else 0
def followed(a, b): return cos(a) * b
def power_of_sum(n): return sum(k for k in range(n)) ** 2
def hidden(k): return sum(k for k in range(k))
def filtered(n): return sum(k for k in range(n) if k > 1)
def empty(n): return n + sum(k for k in range(3, 2))
def stepped(n): return sum(k for k in range(0, n, 2))
def escaped(n): return sum(k for k in range(n)) + k  # noqa: F821
def other(a): return abs(a)
def ragged(a): return [[a, a], [a]]
def inner(a): return 1 + (1 if a == 0 else 2)
def math_cos(a): return math.cos(a)
def relative(a, b): return a if a > b else b
def true(a): return True
def without_else(a):
    if a == 0:
        return 1
    return 2
def in_steps(a):
    b = a + 1
    return b * b


WRONG = {
    reduced: ("the call np.exp(s).sum(axis=-1) is not let through", {"s": ROW}),
    transposed: ("Attribute is not let through: a.T", {"a": x}),
    last: (r"s[-1] is no entry of a row with an index of at least 0", {"s": ROW}),
    before: ("before at m = 0 cannot be traced: a row has no entry -1", {"s": ROW, "m": range(2)}),
    named: ("the name W_Q is neither a letter nor a Greek letter", {"W_Q": x}),
    fraction: ("expected an exact expression, got one with a floating-point number", {"a": x}),
    decimal: ("0.5 is no whole number", {"a": x}),
    defaulted: ("expected plain arguments without defaults", {"a": x, "b": y}),
    starred: ("expected plain arguments without defaults", {"a": x}),
    outside: ("y is not one of its arguments", {"a": x}),
    floored: ("BinOp is not let through: a // 2", {"a": x}),
    chained: ("expected one comparison, or several with and, or", {"a": range(3)}),
    truthy: ("expected one comparison, or several with and, or", {"a": range(3)}),
    followed: ("a factor after a function could be read as its argument", {"a": x, "b": y}),
    power_of_sum: ("a power of a sum could be read as a sum of powers", {"n": range(3)}),
    hidden: ("the index k hides an argument", {"k": range(3)}),
    filtered: ("expected a sum over one index in a range", {"n": range(3)}),
    empty: ("an empty range has no reading as a sum", {"n": range(3)}),
    stepped: ("expected a sum over one index in a range", {"n": range(3)}),
    escaped: ("k is not one of its arguments", {"n": range(3)}),
    other: ("the call abs(a) is not let through", {"a": x}),
    ragged: ("expected a list of rows of one length", {"a": x}),
    inner: ("IfExp is not let through", {"a": range(2)}),
    math_cos: ("the call math.cos(a) is not let through", {"a": x}),
    relative: ("relative at a = x, b = y cannot be traced: ", {"a": x, "b": y}),
    true: ("True is no whole number", {"a": x}),
    without_else: ("expected a single return, or one if with else", {"a": range(2)}),
    in_steps: ("expected a single return, or one if with else", {"a": x}),
    cos: ("expected a function defined with def, got cos", {"a": x}),
}
# fmt: on


def name(function: object) -> str:
    return getattr(function, "__name__", str(function))


@pytest.mark.parametrize("function", RIGHT, ids=name)
def test_what_is_let_through_is_shown_as_it_is_computed(function):
    expected, over = RIGHT[function]
    formula = shown(function, **over)
    assert formula.latex == expected
    assert formula.matrix == (function is turned)


@pytest.mark.parametrize("function", WRONG, ids=name)
def test_everything_else_is_refused_in_one_line(function):
    message, over = WRONG[function]
    with pytest.raises(BadValue, match=rf"^[^\n]*{re.escape(message)}[^\n]*$"):
        shown(function, **over)


def test_the_line_is_named():
    line = in_steps.__code__.co_firstlineno + 1
    with pytest.raises(BadValue, match=rf"^in_steps cannot be shown as a formula \(line {line}\): expected a single"):
        shown(in_steps, a=x)


@pytest.mark.parametrize(
    ("over", "message"),
    [
        ({"i": range(2)}, "same has the arguments i, j; got values for i"),
        ({"i": range(0), "j": range(2)}, "same was tried at no values at all: a range is empty"),
        ({"i": x, "j": range(2)}, "same at i = x, j = 0 cannot be traced: i == j is neither true nor false"),
    ],
)
def test_arguments_must_stand_for_something(over, message):
    with pytest.raises(BadValue, match=message):
        shown(same, **over)


# A function that is not what its source says.


def made_elsewhere(source: str, where: dict[str, object], like: object) -> object:
    """A function made by exec that claims the file and the line of another."""
    lines = "\n" * (like.__code__.co_firstlineno - 1)
    exec(compile(lines + source, __file__, "exec"), where)  # noqa: S102  what is tested
    return where[like.__name__]


def test_a_function_made_by_exec_with_the_source_of_another_is_refused():
    fake = made_elsewhere("def greek(beta, g): return exp(-beta) + sqrt(g)", {"exp": exp, "sqrt": sqrt}, greek)
    with pytest.raises(BadValue, match="greek cannot be shown .*: it was not compiled from the source found for it"):
        shown(fake, beta=x, g=y)


@pytest.mark.parametrize(
    "where",
    [
        {"exp": lambda value: value, "sqrt": sqrt},
        {"exp": sin, "sqrt": sqrt},
        {"sqrt": sqrt, "__builtins__": {"exp": sin}},
    ],
    ids=["another function", "the sine", "another builtin"],
)
def test_a_name_that_means_something_else_is_refused(where):
    fake = made_elsewhere("def greek(beta, g): return exp(-beta * g) + sqrt(g)", where, greek)
    with pytest.raises(BadValue, match="exp is not the exp that it seems to be"):
        shown(fake, beta=x, g=y)


def test_another_sum_is_refused():
    fake = made_elsewhere("def squares(n): return sum(k ** 2 for k in range(1, n))", {"sum": max}, squares)
    with pytest.raises(BadValue, match="sum is not the sum that it seems to be"):
        shown(fake, n=range(2, 4))


def test_the_same_function_made_by_exec_is_shown():
    copy = made_elsewhere("def greek(beta, g): return exp(-beta * g) + sqrt(g)", {"exp": exp, "sqrt": sqrt}, greek)
    assert shown(copy, beta=x, g=y).latex == RIGHT[greek][0]


def test_variables_around_a_function_and_decorators_are_refused():
    factor = 2

    def scaled(a):
        return factor * a

    def halved(function):
        @wraps(function)
        def half(a):
            return function(a) / 2

        return half

    @halved
    def plain(a):
        return a

    with pytest.raises(BadValue, match="scaled uses factor of a function around it: make it an argument"):
        shown(scaled, a=x)
    with pytest.raises(BadValue, match="half uses function of a function around it|plain uses function"):
        shown(plain, a=x)
    with pytest.raises(BadValue, match="expected a function defined with def"):
        shown(lambda a: a, a=x)


def test_a_reading_that_differs_from_what_is_computed_is_refused(monkeypatch):
    monkeypatch.setattr(tracing, "_combined", lambda left, op, right: left + right)
    with pytest.raises(BadValue, match="brackets at a = x, b = y is not proved to compute what its formula says"):
        shown(brackets, a=x, b=y)


def test_without_latexify_the_source_is_shown(monkeypatch):
    monkeypatch.setitem(sys.modules, "latexify.codegen", None)
    assert shown(same, i=range(2), j=range(2)).latex == r"\text{return 1 if i == j else 0}"


# In a derivation.

STREAM = Residual.numbered(a=2, b=2)


def test_a_rule_makes_the_matrix_and_its_equality_is_a_statement():
    work = Work("mine/rule", "A rule")
    made = work.rule("V", same, (2, 4), meaning="reads")
    verdict = work.equal(made, STREAM.read("a"), because="entry by entry")
    assert isinstance(verdict, Proved)
    derivation = work.finish()
    assert len(derivation.statements) == 1
    assert derivation.definitions["V"] == STREAM.read("a")
    step = derivation.steps[0]
    assert isinstance(step, Rule)
    assert (step.left(), step.left(rows=True)) == ("V_{i j}", "V_{j i}")
    assert step_json(step) == {"kind": "rule", "latex": f"V_{{i j}} = {RIGHT[same][0]}"}
    assert rf"\mathsline{{V_{{i j}}}}{{= {RIGHT[same][0]}}}{{reads}}" in latex.render(compose(derivation))
    assert "V_{j i} &= " in markdown.render(compose(derivation, convention="rows"))


def test_a_wrong_rule_is_refuted():
    work = Work("mine/rule", "A rule")
    made = work.rule("V^1", three, (2, 4))
    assert isinstance(work.equal(made, STREAM.read("a")), Refuted)
    assert work.finish().steps[0].left() == "(V^{1})_{i j}"
    with pytest.raises(BadValue, match=r"V\^1 is defined twice"):
        work.rule("V^1", same, (2, 4))
    with pytest.raises(BadValue, match="expected a function of a row and a column, got one with 1 arguments"):
        work.rule("W", squares, (2, 4))


def test_a_formula_comes_back_to_be_applied():
    work = Work("mine/formula", "A formula")
    B = work.formula(turned, a=x)
    assert B.value(y) == ((cos(y), -sin(y)), (sin(y), cos(y)))
    step = work.finish().steps[0]
    assert (step.left(), step.left(rows=True)) == (r"\mathrm{turned}(a)", r"\mathrm{turned}(a)^{\mathsf{T}}")


@settings(derandomize=True, max_examples=25)
@given(st.lists(st.integers(-3, 3), min_size=4, max_size=4), st.integers(0, 3))
def test_the_formulas_of_the_row_are_what_the_engine_computes(scores, key):
    """The functions that exercise 2(c) shows, at whole scores, against the engine's last row."""
    module = sys.modules[shipped().find("framework/2c").function.__module__]
    engine = causal_softmax(np.tile(np.array(scores, dtype=float), (4, 1)))[3]
    row = [Integer(score) for score in scores]
    for formula, more in ((module.weight, ()), (module.shifted, (Integer(max(scores)),))):
        assert float(formula(row, 3, key, *more)) == pytest.approx(engine[key], abs=1e-12)


def test_shipped_derivations_show_their_rules_and_prove_them():
    for id, count in (("framework/1a", 2), ("framework/1b", 1), ("framework/2c", 3)):
        derivation = derive(id)
        assert sum(isinstance(step, Rule) for step in derivation.steps) == count
        assert derivation.verdict == "proved"
    stated = [step.because for step in derive("framework/2c").statements if isinstance(step, Statement)]
    assert "one block for each pair" in stated
