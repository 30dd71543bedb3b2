"""The nearest float of an exact number, by enclosures: digits lost in a difference are found again.

>>> from sympy import cosh, sinh, Integer
>>> nearest_float(cosh(200) ** 2 - sinh(Integer(200)) ** 2)
1.0
"""

from __future__ import annotations

from functools import lru_cache
from math import isfinite

from mpmath import mp, mpf
from sympy import Expr, Rational

from symcircuits.algebra.enclosures.enclosure import enclose
from symcircuits.errors import AlgebraError, BadValue

_PRECISIONS = (80, 320, 1280, 5120)
_ENOUGH = mpf(2) ** -56
_NOTHING = mpf(2) ** -1100  # less than the smallest float


@lru_cache(maxsize=4096)  # circuits that are tried one after the other differ in few of their entries
def nearest_float(expression: Expr) -> float:
    """The float nearest to a real number without symbols, to within its last bit.

    Raises ``BadValue`` for what is no real number, not finite as a float, or not enclosed closely enough.
    """
    try:
        if isinstance(expression, Rational):
            return _finite(expression, int(expression.p) / int(expression.q))
        for bits in _PRECISIONS:
            found = enclose(expression, {}, bits)
            if found.relative_width() < _ENOUGH:
                return _real(expression, *found.midpoint())
        if found.width() < _NOTHING:
            return 0.0
    except (AlgebraError, OverflowError) as error:
        raise BadValue(f"expected a finite real number, got {expression}: {error}") from None
    raise BadValue(f"expected a finite real number, got {expression}, which is not enclosed closely enough")


def _real(expression: Expr, real: mpf, imaginary: mpf) -> float:
    if imaginary:
        raise BadValue(f"expected a finite real number, got {expression}")
    with mp.workprec(53):
        return _finite(expression, float(real))


def _finite(expression: Expr, value: float) -> float:
    if not isfinite(value):
        raise BadValue(f"expected a finite real number, got {expression}")
    return value
