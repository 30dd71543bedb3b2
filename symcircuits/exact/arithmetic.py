"""Exact arithmetic that stays inside its domain.

A value is an exact SymPy number with an enclosure of it by floating-point bounds. Every operation looks at the
enclosures first (no division by zero, no complex root, no integer of a million digits), and only then asks SymPy.

>>> multiply(number("0.5"), FUNCTIONS["sqrt"](number("8"))).exact
sqrt(2)
>>> divide(number("1"), number("0"))
Traceback (most recent call last):
    ...
symcircuits.exact.arithmetic.NoValue: division by zero
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sympy
from mpmath.ctx_iv import MPIntervalContext
from sympy import Expr, Rational

DECADES = 300  # a value other than 0 lies between 10^-300 and 10^300, as do floating-point numbers
_LARGEST_EXPONENT = 1000  # numerator and denominator of a power
_MOST_BITS_MADE = 40_000  # a bound on the integers of a power, before it is taken
_MOST_BITS_KEPT = 4_000  # of a fraction in a value

# A context of our own: the precision of mpmath.iv is global. SymPy decides signs with up to 100 digits before it turns
# to slow algebra; 256 bits are fewer, so that what is told from zero here is told from zero there, quickly.
_bounds = MPIntervalContext()
_bounds.prec = 256
_LIMIT = _bounds.log(10) * DECADES + _bounds.mpf("1e-50")  # the ends belong to it


class NoValue(Exception):
    """An operation outside its domain, or beyond the bounds; the reader adds the text and the place."""


@dataclass(frozen=True)
class Value:
    """An exact real number and an interval that contains it."""

    exact: Expr
    enclosure: Any

    @classmethod
    def of(cls, exact: Expr, enclosure: Any = None) -> Value:
        """The value, if it is zero or of a size that can be worked with; a rational number encloses itself."""
        if exact.is_Rational:
            enclosure = _bounds.mpf(int(exact.p)) / int(exact.q)
        if exact is not sympy.S.Zero:
            if 0 in enclosure:
                raise NoValue(f"a value that {_bounds.prec} bits cannot tell from zero")
            _check_size(_bounds.log(abs(enclosure)))
        if any(_bits(ratio) > _MOST_BITS_KEPT for ratio in exact.atoms(Rational)):
            raise NoValue("a fraction with too many digits")
        return cls(exact, enclosure)


def number(text: str) -> Value:
    """The value of unsigned decimal digits, perhaps with a point and an exponent: ``12``, ``0.1``, ``.5``, ``1e-3``."""
    mantissa, _, exponent = text.lower().partition("e")
    whole, _, fraction = mantissa.partition(".")
    if len(exponent.lstrip("+-0")) > len(str(DECADES)):
        raise NoValue(f"an exponent beyond {DECADES}")
    return Value.of(int(whole + fraction) * Rational(10) ** (int(exponent or 0) - len(fraction)))


def add(left: Value, right: Value) -> Value:
    """The sum."""
    return Value.of(left.exact + right.exact, left.enclosure + right.enclosure)


def subtract(left: Value, right: Value) -> Value:
    """The difference."""
    return add(left, negative(right))


def negative(value: Value) -> Value:
    """The value with the other sign."""
    return Value.of(-value.exact, -value.enclosure)


def multiply(left: Value, right: Value) -> Value:
    """The product."""
    return Value.of(left.exact * right.exact, left.enclosure * right.enclosure)


def divide(left: Value, right: Value) -> Value:
    """The quotient; not by zero."""
    if right.exact is sympy.S.Zero:
        raise NoValue("division by zero")
    return Value.of(left.exact / right.exact, left.enclosure / right.enclosure)


def power(base: Value, exponent: Value) -> Value:
    """The real power: any exponent of a positive base, whole exponents of a negative one, positive ones of zero."""
    if base.exact is sympy.S.Zero:
        if not exponent.enclosure > 0:
            raise NoValue("zero to a power that is not positive")
        return base
    _check_power(base, exponent)
    if exponent.exact.is_Integer:
        return Value.of(base.exact**exponent.exact, base.enclosure ** int(exponent.exact))
    return Value.of(base.exact**exponent.exact, _bounds.exp(exponent.enclosure * _bounds.log(base.enclosure)))


def _sqrt(value: Value) -> Value:
    if value.enclosure < 0:
        raise NoValue("square root of a negative number")
    return Value.of(sympy.sqrt(value.exact), _bounds.sqrt(value.enclosure))


def _exp(value: Value) -> Value:
    return power(_E, value)


def _log(value: Value) -> Value:
    if not value.enclosure > 0:
        raise NoValue("logarithm of a number that is not positive")
    return Value.of(sympy.log(value.exact), _bounds.log(value.enclosure))


def _cos(value: Value) -> Value:
    return Value.of(sympy.cos(value.exact), _bounds.cos(value.enclosure))


def _sin(value: Value) -> Value:
    return Value.of(sympy.sin(value.exact), _bounds.sin(value.enclosure))


def _tan(value: Value) -> Value:
    if sympy.cos(value.exact) is sympy.S.Zero or 0 in _bounds.cos(value.enclosure):
        raise NoValue("tangent at a pole, or too close to one")
    return Value.of(sympy.tan(value.exact), _bounds.tan(value.enclosure))


def _check_power(base: Value, exponent: Value) -> None:
    if base.enclosure < 0 and not exponent.exact.is_Integer:
        raise NoValue("a negative number to a power that is not whole")
    if exponent.exact.is_Rational and base.exact is not sympy.E and _size(exponent.exact) > _LARGEST_EXPONENT:
        raise NoValue(f"an exponent beyond {_LARGEST_EXPONENT}")
    _check_size(exponent.enclosure * _bounds.log(abs(base.enclosure)))
    for factor in sympy.Mul.make_args(base.exact):
        inner_base, inner = factor.as_base_exp()
        _check_growth(inner_base, inner, exponent.exact)


def _check_size(logarithm: Any) -> None:
    if not abs(logarithm) < _LIMIT:
        raise NoValue(f"a value beyond 10^{DECADES} or within 10^-{DECADES} of zero")


def _check_growth(base: Expr, inner: Expr, outer: Expr) -> None:
    """Refuse ``(base**inner)**outer`` before SymPy makes its integers, if they could fill pages."""
    ratios = base.atoms(Rational).union(*(power.atoms(Rational) for power in (inner, outer) if power.has(sympy.log)))
    if sum(map(_bits, ratios)) * _size(inner) * _size(outer) > _MOST_BITS_MADE:
        raise NoValue("a power with too many digits")


def _size(exponent: Expr) -> int:
    return max((max(abs(int(ratio.p)), int(ratio.q)) for ratio in exponent.atoms(Rational)), default=1)


def _bits(ratio: Rational) -> int:
    return int(ratio.p).bit_length() + int(ratio.q).bit_length()


FUNCTIONS: dict[str, Callable[[Value], Value]] = {
    "sqrt": _sqrt,
    "exp": _exp,
    "log": _log,
    "cos": _cos,
    "sin": _sin,
    "tan": _tan,
}
_E = Value.of(sympy.E, _bounds.exp(1))
CONSTANTS = {"pi": Value.of(sympy.pi, _bounds.pi * 1), "e": _E, "E": _E}
