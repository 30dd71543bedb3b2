"""Text to exact value: what is read, what is refused, and that neither takes long."""

from __future__ import annotations

import re
import time

import pytest
import sympy
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sympy import E, Expr, Integer, Rational, cos, exp, log, pi, sin, sqrt, tan

from symcircuits.errors import BadValue
from symcircuits.exact import exact_integer, exact_value

READ = {
    "10": Integer(10),
    "-3": Integer(-3),
    "+3": Integer(3),
    "--3": Integer(3),
    "1/2": Rational(1, 2),
    "0.1": Rational(1, 10),
    ".5": Rational(1, 2),
    "5.": Integer(5),
    "007": Integer(7),
    "1e3": Integer(1000),
    "1E+3": Integer(1000),
    "2.5e-3": Rational(1, 400),
    "1e300": Integer(10) ** 300,
    "sqrt(8)": 2 * sqrt(2),
    "sqrt(0)": Integer(0),
    "2*pi/7": 2 * pi / 7,
    "exp(-1)": exp(-1),
    "e": E,
    "E^2": exp(2),
    "e**(1/100000)": exp(Rational(1, 100000)),
    "cos(pi/8)": cos(pi / 8),
    "sin(1)": sin(1),
    "tan(1/2)": tan(Rational(1, 2)),
    "log(3)": log(3),
    "log(1)": Integer(0),
    " 1 +\t2 ": Integer(3),
    "1-2-3": Integer(-4),
    "8/2/2": Integer(2),
    "1+2*3": Integer(7),
    "(1+2)*3": Integer(9),
    "-2^2": Integer(-4),
    "(-2)^2": Integer(4),
    "(-2)^-3": Rational(-1, 8),
    "2^-1": Rational(1, 2),
    "2**3^2": Integer(512),
    "2^(1/2)": sqrt(2),
    "0^2": Integer(0),
    "7^0": Integer(1),
    "2^pi": 2**pi,
    "sqrt(2)*sqrt(2) - 2": Integer(0),
    "sin(2*pi)": Integer(0),
    "exp(3*log(2))": Integer(8),
    "1/sqrt(8)": sqrt(2) / 4,
    "(1+sqrt(2))^3": (1 + sqrt(2)) ** 3,
}


@pytest.mark.parametrize("text", READ)
def test_text_is_read_exactly(text):
    assert exact_value(text) == READ[text]


REFUSED = {
    "": "expected a number, a name or '(', found the end at column 1",
    "1 +": "expected a number, a name or '(', found the end at column 4",
    "()": "expected a number, a name or '(', found ')' at column 2",
    "1 2": "expected an operator or the end, found '2' at column 3",
    "2e": "expected an operator or the end, found 'e' at column 2",
    "1_000": "expected an operator or the end, found '_000' at column 2",
    "(1": "expected ')', found the end at column 3",
    "1)": "expected an operator or the end, found ')' at column 2",
    "sqrt 8": "expected '(' after 'sqrt', found '8' at column 6",
    "sqrt(1, 2)": "unexpected ',' at column 7",
    "pi(2)": "expected an operator or the end, found '(' at column 3",
    "__import__('os')": 'unexpected "\'" at column 12',
    "sin.__class__": "unexpected '.' at column 4",
    "beta": "unknown name 'beta', expected one of sqrt, exp, log, cos, sin, tan, pi, e, E, at column 1",
    "nan": "unknown name 'nan'",
    "inf": "unknown name 'inf'",
    "Sqrt(2)": "unknown name 'Sqrt'",
    "1//2": "expected a number, a name or '(', found '/' at column 3",
    "0x10": "expected an operator or the end, found 'x10' at column 2",
    "1j": "expected an operator or the end, found 'j' at column 2",
    "\uff11": "unexpected '\uff11' at column 1",
    "\u0663": "unexpected '\u0663' at column 1",
    "1\n2": r"unexpected '\n' at column 2",
    "\u03c0": "unexpected '\u03c0' at column 1",
    "1/0": "division by zero at column 2",
    "1/(2-2)": "division by zero at column 2",
    "1/sin(pi)": "division by zero at column 2",
    "0^0": "zero to a power that is not positive at column 2",
    "0^-1": "zero to a power that is not positive at column 2",
    "sqrt(-1)": "square root of a negative number at column 1",
    "(-8)^(1/3)": "a negative number to a power that is not whole at column 5",
    "log(0)": "logarithm of a number that is not positive at column 1",
    "log(-2)": "logarithm of a number that is not positive at column 1",
    "tan(pi/2)": "tangent at a pole, or too close to one at column 1",
    "9**9**9": "an exponent beyond 1000 at column 2",
    "2^1001": "an exponent beyond 1000 at column 2",
    "1e999999": "an exponent beyond 300 at column 1",
    "1e400": "a value beyond 10^300 or within 10^-300 of zero at column 1",
    "1e-400": "a value beyond 10^300 or within 10^-300 of zero at column 1",
    "1e200*1e200": "a value beyond 10^300 or within 10^-300 of zero at column 6",
    "exp(exp(exp(9)))": "a value beyond 10^300 or within 10^-300 of zero at column 5",
    "exp(-1000)": "a value beyond 10^300 or within 10^-300 of zero at column 1",
    "exp(1000000*log(1+1e-9))": "a power with too many digits at column 1",
    "((1+1e-9)^(1000000000*pi))^(1/pi)": "a power with too many digits",
    "((1e299+1)/(1e299+3))^5": "a fraction with too many digits at column 22",
    "sqrt(2)+sqrt(3)-sqrt(5+2*sqrt(6))": "a value that 256 bits cannot tell from zero at column 16",
    "((((((((((((((((((((((((((1))))))))))))))))))))))))))": "nested deeper than 25",
    "-" * 100 + "1": "nested deeper than 25",
    "1" * 201: "it has 201 characters, more than 200",
}


@pytest.mark.parametrize("text", REFUSED)
def test_refusals_name_the_text_the_problem_and_the_column(text):
    with pytest.raises(BadValue, match=re.escape(REFUSED[text])) as caught:
        exact_value(text)
    message = str(caught.value)
    shown = text if len(text) <= 60 else text[:57] + "..."
    assert message.startswith(f"cannot read {shown!r} as an exact number: ")
    assert "\n" not in message


def test_whole_numbers():
    assert [exact_integer(text) for text in ("64", "-3", "1e3", "2^6", "10/5", "4.0")] == [64, -3, 1000, 64, 2, 4]
    assert type(exact_integer("64")) is int


@pytest.mark.parametrize(("text", "value"), [("1/2", ""), ("0.5", " = 1/2"), ("sqrt(8)", " = 2*sqrt(2)"), ("pi", "")])
def test_values_that_are_not_whole(text, value):
    with pytest.raises(BadValue, match=re.escape(f"expected a whole number, not {text!r}{value}") + "$"):
        exact_integer(text)


def check_quick_and_real(text: str) -> None:
    started = time.process_time()
    try:
        value = exact_value(text)
    except BadValue as problem:
        assert "\n" not in str(problem)
    else:
        assert isinstance(value, Expr)
        assert not value.has(sympy.I, sympy.nan, sympy.zoo, sympy.oo, sympy.Float)
        assert len(str(value)) < 20_000
    assert time.process_time() - started < 1


PIECES = st.sampled_from(
    [
        *"0123456789.+-*/^()eE ",
        "**",
        "sqrt(",
        "exp(",
        "log(",
        "cos(",
        "sin(",
        "tan(",
        "pi",
        "10",
        "1e9",
        "1e299",
        "(1/3)",
    ]
)


def expressions() -> st.SearchStrategy[str]:
    numbers = st.one_of(
        st.integers(0, 10**6).map(str), st.sampled_from(["0", "1e-9", "0.1", "1e299", "pi", "e", "2/3"])
    )
    return st.recursive(
        numbers,
        lambda inner: st.one_of(
            st.tuples(st.sampled_from(["sqrt", "exp", "log", "cos", "sin", "tan", "-"]), inner).map(
                lambda parts: f"{parts[0]}({parts[1]})"
            ),
            st.tuples(inner, st.sampled_from([*"+-*/^", "**"]), inner).map(lambda parts: f"({''.join(parts)})"),
        ),
        max_leaves=12,
    )


@settings(max_examples=400, derandomize=True)
@given(st.one_of(st.text(max_size=60), st.lists(PIECES, max_size=25).map("".join)))
@example("sqrt(10^298+7)*" * 13 + "1")
@example("(10^149+7)^(1/7)*" * 11 + "1")
@example("log(1e299+7)^9*" * 13 + "1")
@example("(sqrt(2)+sqrt(3)+sqrt(5)+sqrt(7)+sqrt(11)-sqrt(13))^1000")
@example("1/" * 100)
@example("cos(pi/7)*cos(2*pi/7)*cos(3*pi/7) - 1/8")
@example("sin(" * 24 + "1" + ")" * 24)
def test_any_text_gives_a_value_or_one_line(text):
    check_quick_and_real(text)


@settings(max_examples=400, derandomize=True)
@given(expressions())
def test_any_expression_gives_a_value_or_one_line(text):
    check_quick_and_real(text)


@settings(max_examples=200, derandomize=True)
@given(st.fractions(max_denominator=10**6).filter(lambda ratio: abs(ratio) < 10**9))
def test_fractions_are_read_back(ratio):
    assert exact_value(str(ratio)) == Rational(ratio.numerator, ratio.denominator)


@settings(max_examples=200, derandomize=True)
@given(st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-1000, max_value=1000))
def test_decimals_are_exact(decimal):
    numerator, denominator = decimal.as_integer_ratio()
    assert exact_value(str(decimal)) == Rational(numerator, denominator)
