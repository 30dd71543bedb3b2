r"""Numbers as decimals, where they are decimals.

>>> decimal_latex(Rational(-5, 4)), decimal_latex(Rational(1, 3)), decimal_latex(Rational(7))
('-1.25', '\\frac{1}{3}', '7')
>>> decimal_latex(Rational(5, 4), 4)
'1.2500'
"""

from __future__ import annotations

from sympy import Expr, Rational

from symcircuits.typeset.expressions import latex

MOST_PLACES = 60


def decimal_latex(number: Expr, places: int = 0) -> str:
    """A number as LaTeX: a fraction whose denominator divides a power of ten as a decimal, all else as it is.

    ``places`` is the least number of digits after the point of a decimal.
    """
    if not isinstance(number, Rational) or number.q == 1:
        return latex(number)
    needed = next((d for d in range(1, MOST_PLACES) if 10**d % number.q == 0), 0)
    if not needed:
        return latex(number)
    shown = max(needed, places)
    whole, part = divmod(abs(int(number.p)) * (10**shown // int(number.q)), 10**shown)
    return f"{'-' if number < 0 else ''}{whole}.{part:0{shown}d}"
