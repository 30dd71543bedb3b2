r"""Expressions and formulas as readable Unicode, for terminals.

>>> from sympy import cos
>>> from symcircuits.symbols import alpha, beta, lambda_, m, n
>>> text(beta * lambda_(0)**2 * cos(alpha(0) * (n - 1 - m)))
'β λ₀² cos(α₀ (n − 1 − m))'
"""

from __future__ import annotations

from sympy import Expr

from symcircuits.typeset.expressions import latex
from symcircuits.typeset.formulas import Formula, to_latex
from symcircuits.typeset.readable import readable


def text(expr: Expr | int) -> str:
    """The expression on one line, in the order of ``expressions.latex``. Raises ``BadValue`` as that does."""
    return readable(latex(expr))


def formula_text(formula: Formula) -> str:
    """The formula on one line.

    >>> from symcircuits.typeset.formulas import Name, Product, Transpose
    >>> formula_text(Product((Transpose(Name("W_Q")), Name("W_K"))))
    'W_Qᵀ W_K'
    """
    return readable(to_latex(formula))
