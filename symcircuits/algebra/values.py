"""What counts as an exact value.

>>> from fractions import Fraction
>>> exact(Fraction(1, 3))
1/3
"""

from __future__ import annotations

from fractions import Fraction
from typing import TypeAlias

from sympy import Basic, Expr, Float, Integer, Rational

from symcircuits.errors import BadValue

Exact: TypeAlias = Expr | int | Fraction


def contains(expression: Basic, kind: type[Basic]) -> bool:
    """Whether a node of this kind occurs in an expression."""
    waiting = [expression]
    while waiting:
        node = waiting.pop()
        if isinstance(node, kind):
            return True
        waiting.extend(node.args)
    return False


def exact(value: object) -> Expr:
    """A value as an exact SymPy expression: an expression without floats, an ``int`` or a ``Fraction``.

    Raises ``BadValue`` for anything else.
    """
    if isinstance(value, Expr):
        if contains(value, Float):
            raise BadValue(f"expected an exact expression, got one with a floating-point number: {value}")
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return Integer(value)
    if isinstance(value, Fraction):
        return Rational(value.numerator, value.denominator)
    raise BadValue(
        f"expected an exact value (SymPy expression, int or Fraction), got {type(value).__name__}: {value!r}"
    )
