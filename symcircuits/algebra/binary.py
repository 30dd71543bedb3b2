"""Exact numbers rounded to a binary format, with proof.

>>> from sympy import exp, Integer
>>> from symcircuits.formats import HALF
>>> nearest_in(exp(-Integer(17)), HALF), nearest_in(exp(-Integer(18)), HALF)
(Fraction(1, 16777216), Fraction(0, 1))
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache

from mpmath import isfinite
from sympy import Expr, Rational, exp, oo

from symcircuits.algebra.enclosures.arithmetic import Enclosure
from symcircuits.algebra.enclosures.enclosure import enclose
from symcircuits.algebra.thresholds.isolation import fraction
from symcircuits.algebra.values import as_fraction, as_rational
from symcircuits.algebra.verdict import Proved, Refuted, Undecided, Verdict, Witness
from symcircuits.errors import AlgebraError, NotSupported
from symcircuits.formats import Format
from symcircuits.typeset.expressions import latex

_PRECISIONS = (80, 160, 640, 2560)


@lru_cache(maxsize=65536)
def nearest_in(expression: Expr, to: Format) -> Fraction:
    """The number of a format that is nearest to a real number without symbols, of two equally near ones the even one.

    Rounding never turns the order of two numbers round: where both ends of an enclosure round to one number, so does
    all between them. Raises ``OverflowError`` where it is infinite, ``NotSupported`` for what is no real number, or so
    near to the middle of two numbers that no enclosure tells it from there.
    """
    if isinstance(expression, Rational):
        return to.nearest(as_fraction(expression))
    for bits in _PRECISIONS:
        ends = _ends(enclose(expression, {}, bits))
        if ends is not None and _or_infinite(ends[0], to) == _or_infinite(ends[1], to):
            return to.nearest(ends[0])
    raise NotSupported(f"{expression} is too near to the middle of two numbers of {to}, or no real number")


@lru_cache(maxsize=65536)
def exponential_in(exponent: Fraction, to: Format) -> Fraction:
    """The number of a format that is nearest to the exponential of a fraction. Raises as ``nearest_in`` does.

    >>> from symcircuits.formats import BFLOAT
    >>> exponential_in(Fraction(-5), BFLOAT), exponential_in(Fraction(-(10**40)), BFLOAT)
    (Fraction(221, 32768), Fraction(0, 1))
    """
    if exponent < to.least - to.bits:  # e^x < 2^x, less than half the least positive number
        return Fraction(0)
    if exponent > to.most + 1:  # e^x > 2^x, beyond the largest
        raise OverflowError(f"an exponential is beyond the largest number of {to}")
    return nearest_in(exp(as_rational(exponent)), to)


def prove_nearest(expression: Expr, to: Format, stated: Expr) -> Verdict:
    """Decide whether a number rounds to the stated one, ``oo`` or ``-oo`` where it is infinite.

    >>> from sympy import sqrt, Integer
    >>> from symcircuits.formats import BFLOAT
    >>> bool(prove_nearest(1 / sqrt(Integer(8)), BFLOAT, Rational(181, 512)))
    True
    >>> bool(prove_nearest(1 / sqrt(Integer(8)), BFLOAT, Rational(91, 256)))
    False
    """
    try:
        found = rounded_expression(expression, to)
    except AlgebraError as error:
        return Undecided(str(error))
    if found == stated:
        return Proved("exact rounding")
    return Refuted(Witness({}, found, stated, latex(found), latex(stated)))


def rounded_expression(expression: Expr, to: Format) -> Expr:
    """``nearest_in`` as an expression, ``oo`` or ``-oo`` where it is infinite."""
    try:
        found = nearest_in(expression, to)
    except OverflowError:
        return oo if enclose(expression, {}, _PRECISIONS[0]).real_sign() > 0 else -oo
    return as_rational(found)


def _ends(found: Enclosure) -> tuple[Fraction, Fraction] | None:
    """Both ends of a real enclosure, exactly."""
    low, high = found.backend.bounds(found.real)
    if found.imaginary is not None or not (isfinite(low) and isfinite(high)):
        return None
    return fraction(low), fraction(high)


def _or_infinite(x: Fraction, to: Format) -> Fraction | float:
    try:
        return to.nearest(x)
    except OverflowError:
        return float("inf") if x > 0 else float("-inf")
