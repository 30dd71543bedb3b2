r"""Conditions on symbols, as prose with ``$...$``.

>>> from sympy import Symbol
>>> a, b = Symbol("a"), Symbol("b")
>>> condition(a - b, "!=", 0), condition(a, ">=", 1)
('$a - b \\ne 0$', '$a \\ge 1$')
"""

from __future__ import annotations

from sympy import Expr

from symcircuits.typeset.expressions import latex

_SIGNS = {"!=": r"\ne", ">": ">", ">=": r"\ge", "<": "<", "<=": r"\le", "==": "="}


def condition(left: Expr | int, relation: str, right: Expr | int) -> str:
    """A relation between two expressions; ``relation`` is what Python and SymPy call it, ``!=`` or ``>=``."""
    return f"${latex(left)} {_SIGNS[relation]} {latex(right)}$"
