"""The exact break points of a sweep: values of a symbol at which something changes, each between two rationals.

Where answers are counted, every value at which a context changes between right and wrong is one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, Context, Decimal
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from sympy import Expr, Gt, Rational, Symbol

from symcircuits.algebra import Threshold, threshold
from symcircuits.algebra.thresholds.truth import BreakPoint
from symcircuits.behaviours.deciding import gaps
from symcircuits.errors import BadValue
from symcircuits.sweeps.cases import Case
from symcircuits.sweeps.spaced import Values, parts

DIGITS = (15, 30, 60)  # to which break points are isolated; more where two would be taken for one
NEAR = 1e-9  # relatively: a float so near to a break point is not judged
Ends: TypeAlias = tuple[Rational, Rational]


@dataclass(frozen=True)
class Break:
    """A value of a symbol at which something changes, between two rationals, the upper one excluded from what was
    before; ``low`` equals ``high`` where the value itself is rational. ``after`` says what holds beyond it."""

    symbol: Symbol
    low: Rational
    high: Rational
    after: str
    mass: Rational | None = None

    def beside(self, values: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Which values are so near that floats do not tell on which side they are."""
        return beside((self.low, self.high), values)

    def json(self, where: Mapping[str, Any], values: Values) -> dict[str, Any]:
        """For the attributes of a result; ``where`` are the values of the other axes, ``values`` those of this one: it
        is told which of them are beside the break point, if any are."""
        ends = [str(end) for end in (self.low, self.high)]
        near = [value for part in parts(values) for value in part[self.beside(part)].tolist()]
        told = {"symbol": self.symbol.name, "value": float(self.high), "between": ends, "after": self.after, **where}
        return {**told, "beside": near} if near else told


def told(ends: Ends, others: Sequence[Ends] = ()) -> str:
    """A break point in eight digits, or as many as tell it from the ``others``; dots stand for those that follow.

    >>> told((Rational(3, 2), Rational(3, 2))), told((Rational(141421356, 10**8), Rational(141421357, 10**8)))
    ('1.5', '1.4142135...')
    >>> close = [(Rational(1, 3) + Rational(i, 10**12), Rational(1, 3) + Rational(i, 10**12)) for i in (0, 1)]
    >>> told(close[0], close[1:]), told(close[1], close[:1])
    ('0.333333333333...', '0.333333333334...')
    """
    low, high = ends
    short = f"{float(high):.8g}"
    if Rational(short) == high:
        return short
    for digits in range(8, DIGITS[-1]):
        text = _decimal(low, digits)
        rest = (end for other in others for end in other)
        if _decimal(high, digits) == text and all(_decimal(end, digits) != text for end in rest):
            return text if low == high == Rational(text) else f"{text}..."
    return f"({low}, {high}]"


def told_apart(between: Sequence[Sequence[str]]) -> list[str]:
    """Break points, each between two rationals as text, in digits that tell them apart.

    >>> told_apart([("1/3", "1/3"), ("333333334/1000000000", "333333334/1000000000")])
    ['0.333333333...', '0.333333334']
    """
    ends = [(Rational(low), Rational(high)) for low, high in between]
    return [told(here, [other for other in ends if other != here]) for here in ends]


def _decimal(value: Rational, digits: int) -> str:
    context = Context(prec=digits, rounding=ROUND_DOWN)
    return str(context.divide(Decimal(int(value.p)), Decimal(int(value.q))))


def beside(ends: Ends, values: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which values lie between two rationals, or as near to these as rounding brings them.

    >>> beside((Rational(2), Rational(2)), np.array([1.9, 2.0, 2.0 + 1e-12]))
    array([False,  True,  True])
    """
    found: NDArray[np.bool_] = (values >= float(ends[0]) * (1 - NEAR)) & (values <= float(ends[1]) * (1 + NEAR))
    return found


@dataclass(frozen=True)
class Turning:
    """The break points of a context, in rising order, and whether its answer is right before, between and after."""

    context: str
    points: tuple[Ends, ...]
    right: tuple[bool, ...]

    def right_at(self, values: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Whether the answer is right at these values, which are not beside the break points."""
        places = np.array([float(high) for _, high in self.points])
        found: NDArray[np.bool_] = np.array(self.right)[np.searchsorted(places, values)]
        return found


def turnings(case: Case) -> list[Turning] | None:
    """Each context with its break points in the one swept symbol; ``None`` where answers are not counted, or where a
    break point is not certain."""
    answers, model = case.answers, case.trial.model
    if answers is None or model is None or len(case.swept) != 1:
        return None
    over = {}
    for answer in answers.answers:
        sides = [mine - other for mine, other in gaps(model, answer.context, answer.letter)]
        over[answer.context] = list(dict.fromkeys(side.xreplace(dict(case.trial.values)) for side in sides))
    known = thresholds_apart(list(dict.fromkeys(gap for some in over.values() for gap in some)), case.swept[0])
    if known is None:
        return None
    found = []
    for context, some in over.items():
        turning = turning_of(context, [known[gap] for gap in some])
        if turning is None:
            return None
        found.append(turning)
    return found if _in_order({point for turning in found for point in turning.points}) else None


def thresholds_apart(gaps: Sequence[Expr], symbol: Symbol) -> dict[Expr, Threshold] | None:
    """Where each gap is positive; ``None`` where that is not certain for one. Break points of different gaps that lie
    between the same two rationals are looked at with more digits, until ``DIGITS`` agree."""
    known: dict[Expr, Threshold] = {}
    unclear = list(gaps)
    for digits in DIGITS:
        for gap in unclear:
            decided = threshold(Gt(gap, 0, evaluate=False), symbol, digits=digits)
            if not isinstance(decided, Threshold):
                return None
            known[gap] = decided
        ends = [(gap, _ends(point)) for gap, found in known.items() for point in found.breaks]
        often = {point for point, times in Counter(point for _, point in ends).items() if times > 1}
        unclear = list(dict.fromkeys(gap for gap, (low, high) in ends if low < high and (low, high) in often))
    return known


def _in_order(points: Iterable[Ends]) -> bool:
    return all(bool(one[1] < other[0]) for one, other in pairwise(sorted(points)))


def turning_of(context: str, found: Sequence[Threshold]) -> Turning | None:
    """Where all of some conditions hold together; ``None`` where the order of their break points is not certain. Two
    that lie between the same rationals, and so agree to all digits that are looked at, are told as one."""
    points = sorted({_ends(point) for threshold in found for point in threshold.breaks})
    if not _in_order(points):
        return None
    kept: list[Ends] = []
    right = [all(threshold.stretches[0].holds for threshold in found)]
    for point in points:
        after = all(_holds_after(threshold, point) for threshold in found)
        if after != right[-1]:
            kept.append(point)
            right.append(after)
    return Turning(context, tuple(kept), tuple(right))


def _holds_after(found: Threshold, point: Ends) -> bool:
    return found.stretches[sum(bool(_ends(other)[1] <= point[1]) for other in found.breaks)].holds


def accuracy_breaks(case: Case, found: list[Turning]) -> list[Break]:
    """Every break point, in rising order, with how many contexts are right beyond it."""
    by_ends: dict[Ends, list[str]] = {}
    for turning in found:
        for point in turning.points:
            by_ends.setdefault(point, []).append(turning.context)
    breaks = []
    ordered = sorted(by_ends)
    for place, ends in enumerate(ordered):
        beyond = float(ordered[place + 1][0]) if place + 1 < len(ordered) else float(ends[1]) + 2
        inside = np.array([(float(ends[1]) + beyond) / 2])
        right = sum(bool(turning.right_at(inside)[0]) for turning in found)
        told = f"{right} of {len(found)} contexts are right; {', '.join(by_ends[ends])} changed"
        breaks.append(Break(case.swept[0], *ends, told))
    return breaks


def exact_accuracy(found: list[Turning], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The share of contexts that are right at these values; nan beside a break point, where a float does not tell."""
    right: NDArray[np.float64] = np.mean([turning.right_at(values) for turning in found], axis=0)
    for turning in found:
        for point in turning.points:
            right[beside(point, values)] = np.nan
    return right


def _ends(point: BreakPoint) -> Ends:
    if isinstance(point.exact, Rational):
        return point.exact, point.exact
    if point.low is None or point.high is None:
        raise BadValue(f"expected a break point between two rationals, got {point}")
    return point.low, point.high
