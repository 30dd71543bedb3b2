"""A condition for every value of one symbol between two numbers, decided by its break points.

>>> from sympy import Ge, exp
>>> x = Symbol("x", positive=True)
>>> prove_between(Ge(exp(x), 2 * x, evaluate=False), Between(x, 0)).method
'enclosures over intervals'
>>> prove_between(Ge(x, 2, evaluate=False), Between(x, 0, 4)).witness[x]
1
"""

from __future__ import annotations

from dataclasses import dataclass

from sympy import Expr, Rational, Symbol, oo
from sympy.core.relational import Relational

from symcircuits.algebra.thresholds.search import threshold
from symcircuits.algebra.thresholds.truth import Stretch, Threshold
from symcircuits.algebra.values import Exact, exact
from symcircuits.algebra.verdict import Proved, Refuted, Undecided, Verdict, Witness
from symcircuits.errors import BadValue
from symcircuits.typeset.decimals import decimal_latex
from symcircuits.typeset.expressions import latex


@dataclass(frozen=True)
class Between:
    """Every value of a symbol strictly between two rational numbers, from 0 on; the upper one may be infinite.

    Raises ``BadValue`` for other ends.

    >>> from symcircuits.symbols import Lg
    >>> Between(Lg, 6).text(), Between(Lg, 0, Rational(5, 2)).text()
    ('for every $\\\\mathit{Lg} > 6$', 'for every $0 < \\\\mathit{Lg} < 2.5$')
    """

    symbol: Symbol
    low: Exact
    high: Exact = oo

    def __post_init__(self) -> None:
        low, high = exact(self.low), oo if self.high is oo else exact(self.high)
        if not isinstance(low, Rational) or low < 0 or not (high is oo or (isinstance(high, Rational) and low < high)):
            raise BadValue(
                f"expected two rational ends from 0 on, in rising order, for {self.symbol}; got {low}, {high}"
            )
        object.__setattr__(self, "low", low)
        object.__setattr__(self, "high", high)

    def text(self) -> str:
        """The values that are meant, as prose with ``$...$``."""
        name, low = latex(self.symbol), decimal_latex(exact(self.low))
        if self.high is oo:
            return f"for every ${name} > {low}$"
        return f"for every ${low} < {name} < {decimal_latex(exact(self.high))}$"


def prove_between(condition: Relational, values: Between) -> Verdict:
    """Decide whether ``left >= right`` (or ``>``, ``<=``, ``<``) holds for all these values, and for all of any other
    symbol; where there is one, it is not refuted, since a break point may lie anywhere then.

    Raises ``BadValue`` as ``threshold`` does.
    """
    found = threshold(condition, values.symbol, digits=2, between=(values.low, values.high))
    if isinstance(found, Undecided):
        return found
    if found.always:
        strict = condition.rel_op in ("<", ">")
        return Proved(found.method, found.assuming, () if strict else None)
    if condition.free_symbols - {values.symbol}:
        return Undecided("it does not hold throughout, or not for every value of the other symbols")
    point = {values.symbol: failing(found)}
    left, right = (_decimal(side.xreplace(point)) for side in (condition.lhs, condition.rhs))
    return Refuted(Witness(point, condition.lhs, condition.rhs, left, right), found.method)


def failing(found: Threshold) -> Expr:
    """A number at which a condition fails: inside the first stretch on which it does, else a break point."""
    for stretch in found.stretches:
        if not stretch.holds:
            return _inside(stretch)
    point = next(point for point in found.breaks if not point.holds)
    return exact(point.exact if point.exact is not None else point.low)


def _inside(stretch: Stretch) -> Expr:
    return exact(stretch.low + 1 if stretch.high is oo else (stretch.low + stretch.high) / 2)


def _decimal(value: Expr) -> str:
    return str(value.evalf(8)) if value.is_number else str(value)
