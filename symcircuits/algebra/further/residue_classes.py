"""Integer symbols split into residue classes, for what depends on them by fractions of a turn.

The wave of ``pi M / D``, for an integer ``M`` made of integer symbols, depends on these modulo ``2 D`` only. So
``n = 2 D q + r`` with an integer ``q`` is put in for each ``r``, and each case is decided by itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from math import lcm, prod

from sympy import Dummy, Expr, Symbol

from symcircuits.algebra.forms.generators import Generators, Key

MOST_CASES = 64


def residue_cases(generators: Generators, symbols: set[Symbol]) -> Iterator[dict[Symbol, Expr]]:
    """What to put in for the symbols that occur in turns, case by case; nothing where there are none or too many.

    >>> from sympy import Integer, cos, pi
    >>> from symcircuits.algebra.forms.normal_form import read_all
    >>> n = Symbol("n", integer=True)
    >>> _, reader = read_all([cos(pi * n / 3)])
    >>> [case[n] for case in residue_cases(reader.generators, {n})]
    [6*_n, 6*_n + 1, 6*_n + 2, 6*_n + 3, 6*_n + 4, 6*_n + 5]
    """
    periods = _periods(generators, symbols)
    if periods and prod(periods.values()) <= MOST_CASES:
        multiples = {symbol: period * _whole(symbol) for symbol, period in periods.items()}
        for residues in product(*map(range, periods.values())):
            yield {symbol: multiples[symbol] + r for symbol, r in zip(periods, residues, strict=True)}


def _whole(symbol: Symbol) -> Dummy:
    """The ``q`` of ``period * q + r``: not negative where the symbol is not."""
    if symbol.is_nonnegative:
        return Dummy(symbol.name, integer=True, nonnegative=True)
    return Dummy(symbol.name, integer=True)


def _periods(generators: Generators, symbols: set[Symbol]) -> dict[Symbol, int]:
    periods: dict[Symbol, int] = {}
    for key in (*generators.quadratic_keys, *generators.keys):
        period = _period(generators, key)
        for symbol in _symbols(generators, key) if period else ():
            if symbol in symbols:
                periods[symbol] = lcm(periods.get(symbol, 1), period)
    return dict(sorted(periods.items(), key=lambda item: item[0].name))


def _period(generators: Generators, key: Key) -> int:
    """How far on the value of a generator is the same again, in steps of its integer symbols; 0 for never."""
    if key[0] == "sign":
        return 2
    if key[0] == "angle" and isinstance(key[1], int) and generators.is_turn(key[1]):
        return 2 * generators.denominator("angle", key[1])
    return 0


def _symbols(generators: Generators, key: Key) -> list[Symbol]:
    """The symbols in the integer of a turn or a sign."""
    parts = generators.parts(key[1]) if isinstance(key[1], int) else []
    return [content for part, _ in parts for content in part[1:] if isinstance(content, Symbol)]
