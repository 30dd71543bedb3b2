"""What counts as an exact value.

>>> from fractions import Fraction
>>> exact(Fraction(1, 3))
1/3
"""

from __future__ import annotations

from fractions import Fraction
from typing import TypeAlias

from sympy import Basic, Expr, Float, Integer, Rational, Subs, Symbol
from sympy.concrete.expr_with_limits import ExprWithLimits

from symcircuits.errors import BadValue

Exact: TypeAlias = Expr | int | Fraction


def parts(expression: Basic) -> list[Basic]:
    """An expression and all that it is made of, each part once however often it occurs."""
    found, known = [expression], {expression}
    for node in found:  # grows while it is gone through
        for part in node.args:
            if part not in known:
                known.add(part)
                found.append(part)
    return found


def contains(expression: Basic, kind: type[Basic]) -> bool:
    """Whether a node of this kind occurs in an expression."""
    return any(isinstance(node, kind) for node in parts(expression))


def symbols_in(expression: Basic) -> set[Symbol]:
    """The symbols that an expression depends on, found faster than by ``free_symbols``."""
    nodes = parts(expression)
    if any(isinstance(node, ExprWithLimits | Subs) for node in nodes):
        return set(expression.free_symbols)
    return {node for node in nodes if isinstance(node, Symbol)}


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
        return as_rational(value)
    raise BadValue(
        f"expected an exact value (SymPy expression, int or Fraction), got {type(value).__name__}: {value!r}"
    )


def as_rational(number: int | Fraction) -> Rational:
    """A fraction as a rational number of SymPy."""
    return Rational(number.numerator, number.denominator)


def as_fraction(number: Rational) -> Fraction:
    """A rational number of SymPy as a fraction."""
    return Fraction(int(number.p), int(number.q))


def fitting(symbol: object, value: object) -> Expr:
    """A value for a symbol; raises ``BadValue`` for one that breaks an assumption of the symbol.

    >>> fitting(Symbol("L", positive=True), 3)
    3
    """
    if not isinstance(symbol, Symbol):
        raise BadValue(f"expected a symbol to give a value to, got {symbol!r}")
    given = exact(value)
    if any(getattr(given, f"is_{name}") is (not truth) for name, truth in symbol.assumptions0.items()):
        raise BadValue(f"{symbol} cannot be {given}: {_assumed(symbol)}")
    return given


def _assumed(symbol: Symbol) -> str:
    stated = [name for name in ("positive", "negative", "integer", "real") if symbol.assumptions0.get(name)]
    return f"it is {' and '.join(stated)}" if stated else "it breaks an assumption"
