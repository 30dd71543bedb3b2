"""Scores as figures: what is drawn and at which numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from sympy import Expr, Symbol

from symcircuits.algebra.values import exact
from symcircuits.behaviours.trial import Array
from symcircuits.circuit.bind import numeric_function
from symcircuits.errors import BadValue, UnboundSymbols
from symcircuits.worked.patterns import Values


@dataclass(frozen=True)
class ScoreFigure:
    """A score against an offset, with the gap between the best and the next one marked.

    ``score`` is an exact expression in the integer symbol ``offset`` and in symbols that have values in ``at``;
    ``over`` are the offsets that occur, ``best`` the one that must win. Without ``best`` the expression is itself a
    gap, and the least one is marked. ``label`` is LaTeX for the vertical axis. Raises ``BadValue`` for fewer than two
    offsets or a best one that is not among them, ``UnboundSymbols`` for a symbol without a value.

    >>> from sympy import cos
    >>> k = Symbol("k", integer=True)
    >>> figure = ScoreFigure(cos(k), k, range(-3, 4), best=0)
    >>> figure.runner_up(), round(figure.gap(), 4)
    (-1, 0.4597)
    """

    score: Expr
    offset: Symbol
    over: range
    at: Values = field(default_factory=dict)
    best: int | None = 0
    label: str = "s(k)"

    def __post_init__(self) -> None:
        if len(self.over) < 2:
            raise BadValue(f"expected at least two offsets to draw a score at, got {self.over}")
        if self.best is not None and self.best not in self.over:
            raise BadValue(f"the best offset {self.best} is not among {self.over}")
        left_over = sorted(symbol.name for symbol in self.score.free_symbols - {self.offset, *self.at})
        if left_over:
            raise UnboundSymbols(f"the score of a figure still contains {', '.join(left_over)}")

    def values(self, offsets: Array) -> Array:
        """The score at these offsets; they need not be whole numbers."""
        drawn = Symbol("x", real=True)
        numbers = {symbol: exact(value) for symbol, value in self.at.items()}
        function = numeric_function(self.score.xreplace({self.offset: drawn}), [drawn], numbers)
        return np.broadcast_to(np.asarray(function(offsets), dtype=float), offsets.shape)

    def runner_up(self) -> int:
        """The offset that comes nearest to the best, or that of the least gap."""
        rest = [offset for offset in self.over if offset != self.best]
        scores = self.values(np.array(rest, dtype=float))
        return rest[int(scores.argmin() if self.best is None else scores.argmax())]

    def gap(self) -> float:
        """By how much the best is ahead, or the least gap."""
        best = 0.0 if self.best is None else float(self.values(np.array([self.best], dtype=float))[0])
        return abs(float(self.values(np.array([self.runner_up()], dtype=float))[0]) - best)

    def told(self) -> Mapping[Symbol, Expr]:
        """The values that the caption tells."""
        return {symbol: exact(value) for symbol, value in self.at.items() if symbol in self.score.free_symbols}

    def alt(self) -> str:
        """What is seen, in words, for readers who do not see it."""
        what = "The gap" if self.best is None else f"The score, largest at offset {self.best},"
        return (
            f"{what} against the offset from {self.over[0]} to {self.over[-1]}; "
            f"the least gap is {self.gap():.4g}, at offset {self.runner_up()}."
        )
