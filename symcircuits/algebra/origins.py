"""How results are put together from named parts, kept for print; an unnamed part leaves the result unnamed."""

from __future__ import annotations

from sympy import Expr

from symcircuits.typeset.expressions import latex
from symcircuits.typeset.formulas import Formula, Product, Scalar, Sum, Transpose


def transposed(formula: Formula | None) -> Formula | None:
    """The transpose of something."""
    if formula is None:
        return None
    return formula.of if isinstance(formula, Transpose) else Transpose(formula)


def product(left: Formula | None, right: Formula | None) -> Formula | None:
    """The product of two things, as one flat product."""
    if left is None or right is None:
        return None
    factors: list[Formula] = []
    for side in (left, right):
        factors.extend(side.factors if isinstance(side, Product) else [side])
    return Product(tuple(factors))


def scaled(factor: Expr, formula: Formula | None) -> Formula | None:
    """A thing times a number."""
    return Product((Scalar(latex(factor)), formula)) if formula is not None else None


def total(left: Formula | None, right: Formula | None, sign: int) -> Formula | None:
    """The sum of two things, the second with a sign, as one flat sum."""
    if left is None or right is None:
        return None
    terms = left.terms if isinstance(left, Sum) else ((1, left),)
    more = right.terms if isinstance(right, Sum) else ((1, right),)
    return Sum(terms + tuple((sign * s, term) for s, term in more))
