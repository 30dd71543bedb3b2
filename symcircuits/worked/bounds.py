"""Inequalities as they are stated: for all values, or for every integer in a range at given numbers.

>>> from sympy import Symbol, cos
>>> k = Symbol("k", integer=True)
>>> prove_bound(cos(k), -1, over=(k, range(3))).method, scope("", (k, range(3)), None)
('enclosures of all 3 values', '$k = 0, \\\\ldots, 2$')
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from sympy import Ge, Symbol

from symcircuits.algebra import Between, Margin, Proved, Verdict, exact, prove_at_least, prove_between, prove_gap_over
from symcircuits.algebra.values import Exact
from symcircuits.errors import BadValue
from symcircuits.typeset.expressions import latex

Range: TypeAlias = tuple[Symbol, range]
Values: TypeAlias = Mapping[Symbol, Exact]
Where: TypeAlias = tuple[Range | None, Values | None, Between | None]


def prove_bound(
    left: Exact, right: Exact, over: Range | None = None, at: Values | None = None, throughout: Between | None = None
) -> Verdict:
    """Decide ``left >= right``: for all values of the symbols that ``at`` gives none, for each integer of a range, or
    for every value of one symbol between two numbers.

    Raises ``BadValue`` where a range is given and a symbol has no number.
    """
    numbers = {symbol: exact(value) for symbol, value in (at or {}).items()}
    if throughout is not None:
        sides = exact(left).xreplace(numbers), exact(right).xreplace(numbers)
        return prove_between(Ge(*sides, evaluate=False), throughout)
    if over is None:
        return prove_at_least(exact(left).xreplace(numbers), exact(right).xreplace(numbers))
    symbol, integers = over
    found = prove_gap_over(exact(left) - exact(right), symbol, integers, numbers)
    if isinstance(found, Margin):
        return Proved(f"enclosures of all {len(integers)} values", equality_at=() if found.strict else None)
    return found


def scope(given: str, over: Range | None, at: Values | None, throughout: Between | None = None) -> str:
    """Under which conditions an inequality is stated, as prose. Raises ``BadValue`` for an empty range."""
    parts = [given] if given else []
    if over is not None and not over[1]:
        raise BadValue(f"expected a range with an integer in it for {over[0]}, got {over[1]}")
    if over is not None:
        parts.append(f"${latex(over[0])} = {over[1][0]}, \\ldots, {over[1][-1]}$")
    if throughout is not None:
        parts.append(throughout.text().removeprefix("for "))
    return ", ".join([*parts, *([told(at)] if at else [])])


def told(values: Values) -> str:
    """Values of symbols, as prose with ``$...$``."""
    return ", ".join(f"${latex(symbol)} = {latex(exact(value))}$" for symbol, value in values.items())
