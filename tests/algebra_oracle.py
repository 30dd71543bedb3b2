"""An evaluation of expressions that shares nothing with the package: mpmath, by recursion, at 60 digits and more.

It confirms what a witness says: that the values obey the symbols' assumptions, that the sides really differ there,
and that the printed decimals are right.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import mpmath
from sympy import Add, E, Expr, I, Mul, Pow, Rational, Sum, Symbol, pi, sympify

from symcircuits.algebra import Refuted, Verdict, Witness

PRECISIONS = (100, 1000, 5000)
_NAMES = {"Abs": abs, "log": mpmath.log}


def value(expression: Expr, bindings: Mapping[Symbol, Expr], digits: int = PRECISIONS[0]) -> mpmath.mpc:
    """The number that an expression is at a point; sums in Karr's convention."""
    with mpmath.workdps(digits):
        known = {symbol: value(number, {}, digits) for symbol, number in bindings.items()}
        return mpmath.mpc(_value(sympify(expression), known))


def _value(expression: Expr, known: Mapping[Symbol, mpmath.mpc]) -> mpmath.mpc:
    if isinstance(expression, Symbol):
        return known[expression]
    if isinstance(expression, Rational):
        return mpmath.mpf(int(expression.p)) / int(expression.q)
    if isinstance(expression, Sum):
        return _sum(expression, known)
    constants = {pi: mpmath.pi, E: mpmath.e, I: mpmath.mpc(0, 1)}
    if expression in constants:
        return +constants[expression]
    arguments = [_value(argument, known) for argument in expression.args]
    if isinstance(expression, Add):
        return mpmath.fsum(arguments)
    if isinstance(expression, Mul):
        return mpmath.fprod(arguments)
    if isinstance(expression, Pow):
        return mpmath.power(*arguments)
    name = type(expression).__name__
    return (_NAMES.get(name) or getattr(mpmath, name))(*arguments)


def _sum(expression: Sum, known: Mapping[Symbol, mpmath.mpc]) -> mpmath.mpc:
    *inner, (index, lower, upper) = expression.limits
    body = Sum(expression.function, *inner) if inner else expression.function
    low, high = (int(_value(bound, known).real) for bound in (lower, upper))
    if high >= low:
        return mpmath.fsum(_value(body, {**known, index: mpmath.mpf(k)}) for k in range(low, high + 1))
    return -mpmath.fsum(_value(body, {**known, index: mpmath.mpf(k)}) for k in range(high + 1, low))


def confirm(verdict: Verdict, left: Expr, right: Expr, less: bool = False) -> Witness:
    """The witness of a refutation, once everything that it claims has been found to be so."""
    assert isinstance(verdict, Refuted), f"expected a refutation of {left} = {right}, got {verdict}"
    witness = verdict.witness
    left, right = sympify(left), sympify(right)
    assert set(witness) >= left.free_symbols | right.free_symbols
    for symbol, number in witness.items():
        assert number.is_number and obeys(symbol, number), f"{symbol} = {number} breaks an assumption"
    sides = _separated(left, right, witness)
    if less:
        assert sides[0].real < sides[1].real and not sides[0].imag and not sides[1].imag
    for text, number in zip((witness.left_value, witness.right_value), sides, strict=True):
        check_decimals(text, number)
    return witness


def obeys(symbol: Symbol, number: Expr) -> bool:
    """Whether a number has every property that is assumed of a symbol."""
    return all(getattr(number, f"is_{name}") == truth for name, truth in symbol.assumptions0.items())


def _separated(left: Expr, right: Expr, witness: Witness) -> list[mpmath.mpc]:
    """Both sides, at the first precision that tells them apart with 40 digits to spare."""
    for digits in PRECISIONS:
        sides = [value(side, witness.bindings, digits) for side in (left, right)]
        with mpmath.workdps(digits):
            size = max(1, *map(abs, sides))
            if abs(sides[0] - sides[1]) > size * mpmath.mpf(10) ** (40 - digits):
                return sides
    raise AssertionError(f"{left} and {right} do not differ at {witness}")


def check_decimals(text: str, number: mpmath.mpc) -> None:
    """Every printed digit but the last must be certain: the text is the number to a unit of its last digit or so.

    A text that begins with "about" promises nothing."""
    if text.startswith("about"):
        return
    real, _, imaginary = text.partition(" + ")
    for part, exact in ((real, number.real), (imaginary.removesuffix("i") or "0", number.imag)):
        with mpmath.workdps(PRECISIONS[-1]):
            mantissa = part.partition("e")[0]
            digits = len(mantissa.strip("-").replace(".", "").lstrip("0"))
            allowed = mpmath.mpf(10) ** (1 - max(digits, 6)) * max(abs(exact), mpmath.mpf(10) ** -60) * 20
            assert abs(mpmath.mpf(part) - exact) <= allowed, f"{text} is printed for {mpmath.nstr(number, 20)}"


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """A limit on the time of what runs inside."""

    def stop(*_: object) -> None:
        raise TimeoutError(f"took more than {seconds} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
