"""The least of a softmax average over all choices of keys, with certainty, in whole numbers.

At each place there are a few options, each with a positive weight ``w`` and a value ``v``; one is chosen at each, and
the average ``sum(w v) / sum(w)`` is asked for. It is at least ``x`` for every choice exactly where
``sum(w (v - x)) >= 0`` for every choice, and that sum is least where each place by itself is. So the least average
needs no search through the choices.

Numbers are intervals with ends that are whole multiples of ``2^-bits``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import floor
from typing import Any, TypeAlias

from sympy import Expr, Symbol

from symcircuits.algebra.enclosures.balls import default_backend
from symcircuits.algebra.enclosures.enclosure import enclose
from symcircuits.algebra.thresholds.isolation import fraction
from symcircuits.algebra.values import as_fraction
from symcircuits.errors import OutsideClass

Interval: TypeAlias = tuple[int, int]
Option: TypeAlias = tuple[Interval, Interval]  # weight and value
_STEPS = 60


class Numbers:
    """Exact expressions as intervals, each worked out once.

    >>> from sympy import Rational
    >>> Numbers({}, bits=4).value(Rational(1, 2))
    (8, 8)
    """

    def __init__(self, values: Mapping[Symbol, Expr], bits: int) -> None:
        self.bits, self.one = bits, 1 << bits
        self._values = dict(values)
        self._backend = default_backend()
        self._balls: dict[Expr, Any] = {}
        self._weights: dict[tuple[Expr, Expr], Interval] = {}
        self._known: dict[Expr, Interval] = {}

    def value(self, expression: Expr) -> Interval:
        """A real number. Raises ``OutsideClass`` where it cannot be enclosed."""
        if expression not in self._known:
            if expression.is_Rational:
                scaled = as_fraction(expression) * self.one
                self._known[expression] = floor(scaled), -floor(-scaled)
            else:
                self._known[expression] = self._interval(self._ball(expression))
        return self._known[expression]

    def weight(self, score: Expr, reference: Expr) -> Interval:
        """``exp(score - reference)``."""
        if (score, reference) not in self._weights:
            with self._backend.precision(2 * self.bits):
                power = self._backend.apply("exp", self._ball(score) - self._ball(reference))
            self._weights[score, reference] = self._interval(power)
        return self._weights[score, reference]

    def greatest(self, scores: Sequence[Expr]) -> Expr:
        """One of the scores that is, to many digits, the greatest."""
        distinct = list(dict.fromkeys(scores))
        return distinct[0] if len(distinct) == 1 else max(distinct, key=self.value)

    def _ball(self, expression: Expr) -> Any:
        if expression not in self._balls:
            found = enclose(expression, self._values, 2 * self.bits)
            if found.imaginary is not None:
                raise OutsideClass(f"{expression} is not known to be real")
            self._balls[expression] = found.real
        return self._balls[expression]

    def _interval(self, ball: Any) -> Interval:
        low, high = (end for end in self._backend.bounds(ball))
        if not (abs(low) < 2**64 and abs(high) < 2**64):
            raise OutsideClass("a number is too large for a softmax average")
        least = -int(low < 0) if self._is_tiny(low) else floor(fraction(low) * self.one)
        return least, int(high > 0) if self._is_tiny(high) else -floor(-fraction(high) * self.one)

    def _is_tiny(self, end: Any) -> bool:
        """Whether an end is below the unit in size; it is not written out then, for it may be far below."""
        return bool(abs(end) * self.one < 1)


@dataclass(frozen=True)
class LeastShare:
    """A number that no average lies below, in multiples of ``2^-bits``, and for each place the option that comes
    nearest to it."""

    bound: int
    chosen: tuple[int, ...]


def least_share(places: Sequence[Sequence[Option]]) -> LeastShare | None:
    """The least average; ``None`` where the weights are too small to be told from zero.

    >>> low, high, weight = (0, 0), (16, 16), (16, 16)
    >>> least_share([[(weight, high)], [(weight, high), (weight, low)]])
    LeastShare(bound=8, chosen=(0, 1))
    """
    alike = Counter(tuple(options) for options in places)
    bound = max(value[1] for options in alike for _, value in options)
    for _ in range(_STEPS):
        chosen = {options: _least_option(options, bound) for options in alike}
        weight = sum(count * sum(options[chosen[options]][0]) for options, count in alike.items())
        moved = sum(
            count * sum(options[chosen[options]][0]) * sum(options[chosen[options]][1])
            for options, count in alike.items()
        )
        if weight <= 0:
            return None
        better = moved // (2 * weight)
        if better >= bound:
            break
        bound = better
    short = sum(count * min(term(option, bound)[0] for option in options) for options, count in alike.items())
    if short < 0:
        least = sum(count * min(weight[0] for weight, _ in options) for options, count in alike.items())
        if least <= 0:
            return None
        bound -= -(short // least)
    return LeastShare(bound, tuple(chosen[tuple(options)] for options in places))


def term(option: Option, bound: int) -> Interval:
    """Bounds of ``w (v - bound)``, in multiples of ``2^-2 bits``."""
    (low, high), (least, most) = option
    return min(low * (least - bound), high * (least - bound)), max(low * (most - bound), high * (most - bound))


def _least_option(options: Sequence[Option], bound: int) -> int:
    return min(range(len(options)), key=lambda place: sum(term(options[place], bound)))
