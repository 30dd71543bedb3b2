"""Where a condition on one symbol holds: break points, and the stretches between them.

>>> from sympy import Integer, Symbol, log, oo
>>> x = Symbol("x", positive=True)
>>> at = BreakPoint(exact=log(2), holds=True)
>>> found = Threshold(x >= log(2), x, (at,), (Stretch(Integer(0), log(2), False), Stretch(log(2), oo, True)), "linear")
>>> found.least is at, found.always, found.exact
(True, False, log(2))
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from sympy import Expr, Rational, Symbol
from sympy.core.relational import Relational

from symcircuits.typeset.expressions import latex


@dataclass(frozen=True)
class BreakPoint:
    """A value at which a condition changes between holding and failing.

    It is ``exact``, or lies between the rationals ``low`` and ``high``, at which the condition has certain, opposite
    truths; both may be told. ``holds`` says whether the condition holds at the break point itself.
    """

    exact: Expr | None = None
    low: Rational | None = None
    high: Rational | None = None
    holds: bool = False

    def __str__(self) -> str:
        return str(self.exact) if self.exact is not None else f"between {self.low} and {self.high}"


@dataclass(frozen=True)
class Stretch:
    """An open interval throughout which a condition ``holds``, or throughout which it fails.

    Beside a break point that is not exact, the end is the nearer one of its two rationals.
    """

    low: Expr
    high: Expr
    holds: bool

    def __str__(self) -> str:
        return f"{'holds' if self.holds else 'fails'} on ({self.low}, {self.high})"


@dataclass(frozen=True)
class Threshold:
    """Where a ``condition`` on ``symbol`` holds: ``breaks`` in rising order, and one stretch more than breaks.

    ``assuming`` lists what was used besides the assumptions of the symbols. Where an exact break point with other
    symbols in it lies outside the symbol's own range, the stretch on that side is empty.
    """

    condition: Relational
    symbol: Symbol
    breaks: tuple[BreakPoint, ...]
    stretches: tuple[Stretch, ...]
    method: str
    assuming: tuple[str, ...] = ()

    @property
    def always(self) -> bool:
        """Whether the condition holds everywhere."""
        return not self.breaks and self.stretches[0].holds

    @property
    def never(self) -> bool:
        """Whether the condition holds nowhere."""
        return not self.breaks and not self.stretches[0].holds

    @property
    def least(self) -> BreakPoint | None:
        """The least value from which on the condition holds to the end; ``None`` where there is none, or no least."""
        return self.breaks[-1] if self.breaks and self.stretches[-1].holds else None

    @property
    def exact(self) -> Expr | None:
        """The only break point as an exact expression, where there is one."""
        return self.breaks[0].exact if len(self.breaks) == 1 else None

    def __str__(self) -> str:
        told = "; ".join(str(stretch) for stretch in self.stretches)
        return f"{self.condition} {told} ({self.method})"

    def _repr_latex_(self) -> str:
        parts = []
        for stretch in self.stretches:
            word = "holds" if stretch.holds else "fails"
            parts.append(rf"\text{{{word} on }} \left({latex(stretch.low)},\ {latex(stretch.high)}\right)")
        return "$" + r",\quad ".join(parts) + "$"

    def _repr_html_(self) -> str:
        return f"<p>{escape(str(self))}</p>"


def assembled(
    condition: Relational,
    symbol: Symbol,
    breaks: list[BreakPoint],
    truths: list[bool],
    domain: tuple[Expr, Expr],
    method: str,
    assuming: tuple[str, ...] = (),
) -> Threshold:
    """A threshold from its break points and the truths between them; break points where nothing changes go."""
    kept: list[BreakPoint] = []
    between = [truths[0]]
    for point, after in zip(breaks, truths[1:], strict=True):
        if point.holds == between[-1] == after:
            continue
        kept.append(point)
        between.append(after)
    lows = [domain[0], *(_end(point, point.high) for point in kept)]
    highs = [*(_end(point, point.low) for point in kept), domain[1]]
    stretches = tuple(Stretch(*ends) for ends in zip(lows, highs, between, strict=True))
    return Threshold(condition, symbol, tuple(kept), stretches, method, assuming)


def _end(point: BreakPoint, side: Rational | None) -> Expr:
    return point.exact if point.exact is not None or side is None else side


def everywhere(
    condition: Relational,
    symbol: Symbol,
    holds: bool,
    domain: tuple[Expr, Expr],
    method: str,
    assuming: tuple[str, ...] = (),
) -> Threshold:
    """The result for a condition without break points."""
    return Threshold(condition, symbol, (), (Stretch(*domain, holds),), method, assuming)
