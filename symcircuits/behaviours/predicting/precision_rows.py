"""Rows of tables that tell between which two numbers of a format something turns, proved by exact rounding."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction

from sympy import Expr, Rational, Symbol

from symcircuits.algebra import Proved, Undecided, Verdict
from symcircuits.algebra.values import as_fraction, as_rational
from symcircuits.behaviours.predicting.precision import Counted, counted_in, margin_in, refuted, rights_in
from symcircuits.behaviours.predicting.prediction import Answer, Predicts
from symcircuits.circuit import Transformer
from symcircuits.errors import BadValue
from symcircuits.formats import Format
from symcircuits.typeset.binary import dyadic_latex, shortest


@dataclass(frozen=True)
class TurnRow:
    """Up to the number ``low`` of a format so many keys are counted as ``SeesIn`` counts them, and from the next number
    ``high`` on another number of keys. ``told`` are further cells.

    Raises ``BadValue`` for something else to count.
    """

    model: Transformer = field(repr=False)
    symbol: Symbol
    format: Format
    told: tuple[str, ...]
    low: Rational
    high: Rational
    below: int
    above: int
    what: Counted = "seen"
    shifted: bool = True

    def __post_init__(self) -> None:
        if self.what not in ("seen", "halves"):
            raise BadValue(f"expected to count keys that are seen or halves, got {self.what!r}")

    @classmethod
    def found(
        cls,
        model: Transformer,
        symbol: Symbol,
        to: Format,
        near: Expr,
        told: tuple[str, ...],
        counts: tuple[int, int],
        what: Counted = "seen",
        shifted: bool = True,
    ) -> TurnRow:
        """The row with its two numbers looked for near a number, by halving."""
        below, _ = counts
        n_ctx = _places(model)

        def turned(x: Fraction) -> bool:
            return counted_in(model, to, {symbol: as_rational(x)}, n_ctx, what, shifted) != below

        low, high = between_numbers(to, _near(near), turned)
        return cls(model, symbol, to, told, as_rational(low), as_rational(high), *counts, what, shifted)

    def cells(self) -> tuple[str, ...]:
        """The format, what is told, and both numbers by their shortest decimals."""
        return (str(self.format), *self.told, *(f"${shortest(end, self.format)}$" for end in (self.low, self.high)))

    def prove(self) -> Verdict:
        """Whether the two numbers are neighbours, and the counts are right at each."""
        if not _neighbours(self.low, self.high, self.format):
            return refuted(self.low, self.high, "no neighbours", {})
        n_ctx = _places(self.model)
        for end, stated in ((self.low, self.below), (self.high, self.above)):
            try:
                found = counted_in(self.model, self.format, {self.symbol: end}, n_ctx, self.what, self.shifted)
            except OverflowError as error:
                return Undecided(str(error))
            if found != stated:
                return refuted(found, stated, f"{stated} keys", {self.symbol: end})
        return Proved("exact rounding", equality_at=())


@dataclass(frozen=True)
class FirstRightRow:
    """At the number ``low`` of a format the answer to the context that ``decides`` is not ahead, at the next number
    ``high`` it is, and there every context is answered rightly; so it is at ``largest``, the largest number.

    The answer is ahead by ``behind`` at ``low``, which is negative or a tie, and by ``ahead`` at ``high``.
    """

    model: Transformer = field(repr=False)
    symbol: Symbol
    predicts: Predicts
    format: Format
    decides: Answer
    low: Rational
    high: Rational
    behind: Rational
    ahead: Rational
    largest: Rational

    @classmethod
    def found(
        cls, model: Transformer, symbol: Symbol, predicts: Predicts, to: Format, near: Expr, decides: Answer
    ) -> FirstRightRow:
        """The row with its two numbers looked for near a number, by halving."""

        def margin(x: Fraction) -> Fraction:
            return margin_in(model, decides, to, {symbol: as_rational(x)}, len(decides.context))

        ends = between_numbers(to, _near(near), lambda x: margin(x) > 0)
        low, high, behind, ahead = map(as_rational, (*ends, *map(margin, ends)))
        return cls(model, symbol, predicts, to, decides, low, high, behind, ahead, as_rational(to.largest))

    def cells(self) -> tuple[str, ...]:
        """The format, the two numbers each with the margin there, and the largest number."""
        low, high = (shortest(end, self.format) for end in (self.low, self.high))
        told = (low, dyadic_latex(self.behind), high, dyadic_latex(self.ahead), dyadic_latex(self.largest))
        return (str(self.format), *(f"${cell}$" for cell in told))

    def prove(self) -> Verdict:
        """Whether the numbers are what they are said to be."""
        if not _neighbours(self.low, self.high, self.format):
            return refuted(self.low, self.high, "no neighbours", {})
        if self.largest != as_rational(self.format.largest):
            return refuted(as_rational(self.format.largest), self.largest, "not the largest", {})
        for end, stated, ahead in ((self.low, self.behind, False), (self.high, self.ahead, True)):
            found = margin_in(self.model, self.decides, self.format, {self.symbol: end}, len(self.decides.context))
            if as_rational(found) != stated or (found > 0) is not ahead:
                return refuted(found, stated, str(stated), {self.symbol: end})
        for end in (self.high, self.largest):
            right = rights_in(self.model, self.predicts, self.format, {self.symbol: end}, _longest(self.predicts))
            if right != len(self.predicts.answers):
                return refuted(right, len(self.predicts.answers), "all", {self.symbol: end})
        return Proved("exact rounding", equality_at=())


def between_numbers(to: Format, near: Fraction, holds: Callable[[Fraction], bool]) -> tuple[Fraction, Fraction]:
    """Two neighbouring numbers of a format, the second of which a condition holds at and the first not.

    They are looked for within an eighth of ``near``. Raises ``BadValue`` where the condition does not turn there.
    """
    low, high = to.nearest(near * Fraction(7, 8)), to.nearest(near * Fraction(9, 8))
    if holds(low) or not holds(high):
        raise BadValue(f"nothing turns between {float(low):.6g} and {float(high):.6g} in {to}")
    while to.after(low) != high:
        middle = to.nearest((low + high) / 2)
        low, high = (low, middle) if holds(middle) else (middle, high)
    return low, high


def _neighbours(low: Rational, high: Rational, to: Format) -> bool:
    below, above = (as_fraction(end) for end in (low, high))
    return to.nearest(below) == below and to.after(below) == above


def _longest(predicts: Predicts) -> int:
    return max(len(answer.context) for answer in predicts.answers)


def _near(number: Expr) -> Fraction:
    return Fraction(str(number.evalf(12)))


def _places(model: Transformer) -> int:
    if model.W_pos is None:
        raise BadValue("expected a model with a table of positions, got one without")
    return model.W_pos.shape[1]
