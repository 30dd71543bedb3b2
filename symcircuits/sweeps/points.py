"""Points of a sweep, in groups that share the values of some symbols.

>>> from symcircuits.symbols import alpha, beta
>>> points = {alpha(0): np.array([1.0, 2.0, 1.0]), beta: np.array([5.0, 6.0, 7.0])}
>>> def run(values, inside):
...     return Quantities(masses=float(values[alpha(0)]) * inside[beta][:, None])
>>> in_groups(points, {alpha(0)}, run).masses.ravel()
array([ 5., 12.,  7.])
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from sympy import Expr, Integer, Symbol

from symcircuits.sweeps.grid import exactly
from symcircuits.sweeps.quantities import ROWS, Quantities

Array = NDArray[np.floating[Any]]
Places: TypeAlias = NDArray[np.integer[Any]]
Points: TypeAlias = Mapping[Symbol, Array]
Run: TypeAlias = Callable[[dict[Symbol, Expr], dict[Symbol, Array]], Quantities]


def count(points: Points) -> int:
    """How many points there are; one where nothing is swept."""
    return len(next(iter(points.values()))) if points else 1


def filled_in(values: Mapping[Symbol, Expr], further: Mapping[Symbol, Expr]) -> dict[Symbol, Expr]:
    """Values with further ones, which are put in where a value is made of them.

    >>> from symcircuits.symbols import alpha, beta
    >>> filled_in({alpha(1): beta ** -2}, {beta: Integer(3)})
    {alpha_1: 1/9, beta: 3}
    """
    return {symbol: value.xreplace(dict(further)) for symbol, value in values.items()} | dict(further)


def in_groups(points: Points, shared: set[Symbol], run: Run) -> Quantities:
    """Run points that agree in the ``shared`` symbols together: ``run`` gets exact values of these, and the others as
    arrays."""
    keys = [symbol for symbol in points if symbol in shared]
    rest = {symbol: values for symbol, values in points.items() if symbol not in shared}
    if not keys:
        return run({}, rest)
    distinct, group = np.unique(np.stack([points[symbol] for symbol in keys], axis=1), axis=0, return_inverse=True)
    found: dict[str, Array] = {}
    scores: dict[str, Array] = {}
    for number, values in enumerate(distinct):
        inside = np.flatnonzero(group.ravel() == number)
        one = run(
            {symbol: exact_of(symbol, value) for symbol, value in zip(keys, values, strict=True)},
            {symbol: array[inside] for symbol, array in rest.items()},
        )
        for part in ROWS:
            rows = getattr(one, part)
            if rows is not None:
                found.setdefault(part, np.empty((count(points), rows.shape[-1])))[inside] = rows
        for name, score in one.scores.items():
            scores.setdefault(name, np.empty(count(points)))[inside] = score
    return Quantities(**found, scores=scores)


def exact_of(symbol: Symbol, value: float) -> Expr:
    """A float as an exact value of a symbol."""
    return Integer(int(value)) if symbol.is_integer else exactly(value)
