"""The exact break points of a sweep: where a threshold is crossed, and whether the grid falls on the right sides.

Two kinds are known. Where distances decide, the least scale at which every row gives the wanted key a mass; and where
answers are counted, each value at which a context changes between right and wrong.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sympy import Expr, Gt, Rational, Symbol

from symcircuits.algebra import FallingSum, Threshold, threshold
from symcircuits.algebra.thresholds.falling import last_digit
from symcircuits.behaviours.deciding import gaps
from symcircuits.errors import AlgebraError
from symcircuits.sweeps.cases import Case
from symcircuits.sweeps.closed import scores_by_distance
from symcircuits.sweeps.compiled import apart
from symcircuits.symbols import n

MASSES = (Rational(9, 10), Rational(99, 100))
DIGITS = 8
NEAR = 1e-9  # relatively: a float so near to a break point is not judged


@dataclass(frozen=True)
class Break:
    """A value of a symbol at which something changes, between two rationals, the upper one excluded from what was
    before; ``low`` equals ``high`` where the value itself is rational. ``after`` says what holds beyond it."""

    symbol: Symbol
    low: Rational
    high: Rational
    after: str
    mass: Rational | None = None

    def json(self, where: Mapping[str, Any]) -> dict[str, Any]:
        """For the attributes of a result; ``where`` are the values of the other axes."""
        ends = [str(end) for end in (self.low, self.high)]
        return {"symbol": self.symbol.name, "value": float(self.high), "between": ends, "after": self.after, **where}


def least_scales(case: Case) -> list[Break]:
    """The least value of the one swept symbol, which multiplies all scores, from which on every row has each of
    ``MASSES`` on the wanted key, to eight digits.

    Nothing where distances do not decide, or where gaps are not all positive.
    """
    ahead = scores_by_distance(case) if len(case.swept) == 1 else None
    split = None if ahead is None else apart(ahead.xreplace(dict(case.trial.values)), case.swept, [n])
    if split is None or split[1] != case.swept[0] or not split[0].free_symbols <= {n}:
        return []
    wanted = int(-getattr(case.behaviour, "offset", 0))
    distances = [distance for distance in range(case.trial.n_ctx) if distance != wanted]
    found = []
    try:
        tail = FallingSum.of(-split[0], n, distances)
        for mass in MASSES:
            at = tail.least_scale((1 - mass) / mass, DIGITS)
            after = f"every row has a mass of at least {mass}"
            found.append(Break(case.swept[0], at - last_digit(at, DIGITS), at, after, mass))
    except AlgebraError:
        return found
    return found


@dataclass(frozen=True)
class Turning:
    """The break points of a context: where its answer changes, and whether it is right before the first."""

    context: str
    found: Threshold

    def right_at(self, values: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Whether the answer is right at these values, which lie beside the break points."""
        places = np.array([float(_ends(point)[1]) for point in self.found.breaks])
        holds = np.array([stretch.holds for stretch in self.found.stretches])
        right: NDArray[np.bool_] = holds[np.searchsorted(places, values)]
        return right


def turnings(case: Case) -> list[Turning] | None:
    """Each context with its break points in the one swept symbol; ``None`` where answers are not counted, or where a
    break point is not certain."""
    answers, model = case.answers, case.trial.model
    if answers is None or model is None or len(case.swept) != 1:
        return None
    known: dict[Expr, Threshold] = {}
    found = []
    for answer in answers.answers:
        sides = [mine - other for mine, other in gaps(model, answer.context, answer.letter)]
        if len(sides) != 1:
            return None
        gap = sides[0].xreplace(dict(case.trial.values))
        if gap not in known:
            decided = threshold(Gt(gap, 0, evaluate=False), case.swept[0])
            if not isinstance(decided, Threshold):
                return None
            known[gap] = decided
        found.append(Turning(answer.context, known[gap]))
    return found


def accuracy_breaks(case: Case, found: list[Turning]) -> list[Break]:
    """Every break point, in rising order, with how many contexts are right beyond it."""
    by_ends: dict[tuple[Rational, Rational], list[str]] = {}
    for turning in found:
        for point in turning.found.breaks:
            by_ends.setdefault(_ends(point), []).append(turning.context)
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
        for point in turning.found.breaks:
            low, high = (float(end) for end in _ends(point))
            right[(values >= low * (1 - NEAR)) & (values <= high * (1 + NEAR))] = np.nan
    return right


def _ends(point: Any) -> tuple[Rational, Rational]:
    if isinstance(point.exact, Rational):
        return point.exact, point.exact
    return point.low, point.high
