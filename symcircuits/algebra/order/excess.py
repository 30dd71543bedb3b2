"""Bounds on symbols used in proofs: a bounded symbol is written through a new one that is positive.

A symbol above ``c`` is ``c + u``, below ``c`` it is ``c - u``, between two numbers ``(low + high u) / (1 + u)``, each
with ``u > 0``; a bound that may be reached is a case of its own. An integer above ``c`` is ``c + 1 + u``, ``u >= 0``.

>>> from sympy import Symbol
>>> x = Symbol("x", real=True)
>>> case = cases([x], [x > 2])[0]
>>> case[x].subs(list(case[x].free_symbols)[0], 5)
7
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product

from sympy import Dummy, Expr, Ge, Gt, Integer, Le, Lt, Rational, Symbol, ceiling, floor
from sympy.core.relational import Relational
from sympy.logic.boolalg import Boolean

from symcircuits.typeset.conditions import condition

MAX_CASES = 64

_TURNED = {Ge: Le, Gt: Lt, Le: Ge, Lt: Gt}
Case = dict[Symbol, Expr]


@dataclass
class _Bounds:
    """The bounds of a real symbol; a bound that is ``open`` is not reached."""

    low: Rational | None = None
    low_open: bool = False
    high: Rational | None = None
    high_open: bool = False
    given: bool = False

    def raise_low(self, low: Rational, is_open: bool) -> None:
        if self.low is None or (low, is_open) > (self.low, self.low_open):
            self.low, self.low_open = low, is_open

    def lower_high(self, high: Rational, is_open: bool) -> None:
        if self.high is None or (-high, is_open) > (-self.high, self.high_open):
            self.high, self.high_open = high, is_open


def cases(symbols: Iterable[Symbol], given: Sequence[Boolean]) -> list[Case]:
    """Substitutions that together cover all values of the symbols within their bounds; ``[{}]`` where none is known.

    Conditions that are not a bound of one symbol by a rational number are left out: they are not used.
    """
    choices: list[list[Case]] = []
    for symbol in sorted(symbols, key=str):
        bounds = _bounds(symbol, given)
        if bounds.given or (symbol.is_integer and bounds.low is not None):
            choices.append([{symbol: value} for value in _values(symbol, bounds)])
    combined = [_joined(choice) for choice in product(*choices)]
    return combined if len(combined) <= MAX_CASES else [{}]


def used(symbols: Iterable[Symbol], given: Sequence[Boolean]) -> tuple[str, ...]:
    """The conditions that ``cases`` makes use of, as prose."""
    known = set(symbols)
    return tuple(
        condition(line.lhs, line.rel_op, line.rhs)
        for line in given
        if isinstance(line, Relational) and (read := _bound(line)) and read[0] in known
    )


def _joined(choice: tuple[Case, ...]) -> Case:
    return {symbol: value for case in choice for symbol, value in case.items()}


def _bounds(symbol: Symbol, given: Sequence[Boolean]) -> _Bounds:
    bounds = _Bounds()
    if symbol.is_positive or symbol.is_nonnegative:
        bounds.raise_low(Integer(0), bool(symbol.is_positive))
    for line in given:
        read = _bound(line)
        if read and read[0] == symbol:
            bounds.given = True
            if read[1] in (Ge, Gt):
                bounds.raise_low(read[2], read[1] is Gt)
            else:
                bounds.lower_high(read[2], read[1] is Lt)
    return _whole(bounds) if symbol.is_integer else bounds


def _bound(condition: Boolean) -> tuple[Symbol, type, Rational] | None:
    if not isinstance(condition, Relational) or type(condition) not in _TURNED:
        return None
    left, right, kind = condition.lhs, condition.rhs, type(condition)
    if isinstance(left, Rational):
        left, right, kind = right, left, _TURNED[kind]
    return (left, kind, right) if isinstance(left, Symbol) and isinstance(right, Rational) else None


def _whole(bounds: _Bounds) -> _Bounds:
    """The same bounds for an integer, all reached."""
    low, high = bounds.low, bounds.high
    if low is not None:
        low = floor(low) + 1 if bounds.low_open else ceiling(low)
    if high is not None:
        high = ceiling(high) - 1 if bounds.high_open else floor(high)
    return _Bounds(low, False, high, False, bounds.given)


def _values(symbol: Symbol, bounds: _Bounds) -> list[Expr]:
    low, high = bounds.low, bounds.high
    if low is not None and high is not None:
        return _between(bounds, low, high)
    if low is not None:
        return [low + _unknown(symbol, bounds.low_open)]
    if high is not None:
        return [high - _unknown(symbol, bounds.high_open)]
    return [symbol]


def _between(bounds: _Bounds, low: Rational, high: Rational) -> list[Expr]:
    reached = [end for end, is_open in ((low, bounds.low_open), (high, bounds.high_open)) if not is_open]
    if low >= high:
        return reached[:1] if low == high and len(reached) == 2 else []
    u = Dummy("u", positive=True)
    return [(low + high * u) / (1 + u), *reached]


def _unknown(symbol: Symbol, is_open: bool) -> Symbol:
    if symbol.is_integer:
        return Dummy("u", integer=True, nonnegative=True)
    return Dummy("u", positive=True) if is_open else Dummy("u", nonnegative=True)
