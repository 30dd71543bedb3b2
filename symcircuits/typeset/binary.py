"""Numbers of a binary format in print: by their shortest decimals, or as whole numbers times powers of two."""

from __future__ import annotations

from fractions import Fraction

from sympy import Expr, Rational, oo

from symcircuits.errors import BadValue
from symcircuits.formats import Format
from symcircuits.typeset.decimals import decimal_latex


def shortest(number: Rational, to: Format) -> str:
    """The decimal with the fewest digits that rounds to a positive number of a format.

    >>> from symcircuits.formats import SINGLE
    >>> shortest(Rational(13421773, 134217728), SINGLE)
    '0.1'
    """
    exact = Fraction(int(number.p), int(number.q))
    for digits in range(40):
        decimal = Fraction(round(exact * 10**digits), 10**digits)
        if to.nearest(decimal) == exact:
            return decimal_latex(Rational(decimal.numerator, decimal.denominator))
    raise BadValue(f"expected a number of {to} with few digits, got {number}")


def dyadic_latex(number: Expr) -> str:
    """A whole number as it is, another one as a whole number times a power of two; infinity too.

    >>> dyadic_latex(Rational(3, 8)), dyadic_latex(Rational(-5)), dyadic_latex(Rational(3) * 2**70)
    ('3 \\\\cdot 2^{-3}', '-5', '3 \\\\cdot 2^{70}')
    """
    if not isinstance(number, Rational):
        return r"\infty" if number is oo else r"-\infty"
    odd, exponent = int(number.p), 1 - int(number.q).bit_length()
    if exponent == 0 and abs(odd) < 10**12:
        return str(odd)
    while odd and odd % 2 == 0:
        odd, exponent = odd // 2, exponent + 1
    sign, size = ("-" if odd < 0 else ""), abs(odd)
    return f"{sign}2^{{{exponent}}}" if size == 1 else rf"{sign}{size} \cdot 2^{{{exponent}}}"
