"""Whether the grid of a sweep falls on the right sides of its break points."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import product
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symcircuits.errors import BadValue, Disagreement
from symcircuits.sweeps.blocks import cut, measured, quantities
from symcircuits.sweeps.breaks import NEAR, Break, accuracy_breaks, exact_accuracy, turnings
from symcircuits.sweeps.cases import Case
from symcircuits.sweeps.closed import closed_evaluator
from symcircuits.sweeps.grid import Axis
from symcircuits.sweeps.interval import interval_ends
from symcircuits.sweeps.least import least_scales
from symcircuits.sweeps.plan import Place, Plan
from symcircuits.sweeps.points import exact_of, filled_in
from symcircuits.sweeps.quantities import OF_ATTENTION
from symcircuits.sweeps.running import TOLERANCE, Found
from symcircuits.sweeps.spaced import PIECE, Values, parts

MOST = 64  # places on the other axes for which break points are worked out


def break_points(plan: Plan, found: Found) -> list[dict[str, Any]]:
    """The exact break points along the longest axis of a symbol that has any, for each place on the other axes; nothing
    where these have more than ``MOST`` places.

    Raises ``Disagreement`` where a point of the grid, in float64, falls on the wrong side of one.
    """
    for axis in sorted(plan.inner, key=len, reverse=True):
        if listed := _along_axis(plan, found, axis):
            return listed
    return []


def _along_axis(plan: Plan, found: Found, axis: Axis) -> list[dict[str, Any]]:
    others = [other for other in plan.inner if other is not axis]
    if len(found.cases) * prod(len(other) for other in others) > MOST:
        return []
    known: set[str] = set()
    listed: list[dict[str, Any]] = []
    for place, case in found.cases.items():
        for chosen in product(*(range(len(other)) for other in others)):
            values = {other.name: float(other.values[i]) for other, i in zip(others, chosen, strict=True)}
            where = {name: value for name, value in plan.at(place).items() if name != "dtype"} | values
            breaks = _of_case(plan, found, place, chosen, _along(case, axis.name, values), axis)
            listed += [point.json(where, axis.values) for point in breaks] if str(where) not in known else []
            known.add(str(where))
    return listed


def _along(case: Case, name: str, others: Mapping[str, float]) -> Case:
    """The case with one swept symbol alone, and the others at these values."""
    values = {symbol: exact_of(symbol, others[symbol.name]) for symbol in case.swept if symbol.name != name}
    kept = tuple(symbol for symbol in case.swept if symbol.name == name)
    return replace(case, swept=kept, trial=replace(case.trial, values=filled_in(case.trial.values, values)))


def _of_case(plan: Plan, found: Found, place: Place, chosen: tuple[int, ...], case: Case, axis: Axis) -> list[Break]:
    """The break points of a case along an axis, with the results at a place, and where the other inner axes are at
    ``chosen``, on the right sides of them."""
    if case.answers is None:
        breaks, ends = least_scales(case), interval_ends(case)
        for point in breaks:
            _check_mass(plan, case, point, axis.values)
        for end in ends:
            _check_interval(plan, case, end, axis.values)
        return [*breaks, *ends]
    turning = turnings(case) if any(measure.name == "accuracy" for measure in plan.measures) else None
    if turning is None:
        return []
    if plan.dtype_at(place) == "float64":
        for values, accuracy in _along_line(plan, found, place, chosen, axis):
            _check_accuracy(plan, exact_accuracy(turning, values), accuracy, axis, values)
    return accuracy_breaks(case, turning)


def _along_line(
    plan: Plan, found: Found, place: Place, chosen: tuple[int, ...], axis: Axis
) -> Iterator[tuple[NDArray[np.float64], NDArray[np.floating[Any]]]]:
    """The values of an axis, with the accuracy at them, in parts."""
    lengths = [len(other) for other in plan.inner]
    across = plan.inner.index(axis)
    step = prod(lengths[across + 1 :])
    start = int(np.ravel_multi_index((*chosen[:across], 0, *chosen[across:]), lengths))
    at = list(found.cases).index(place)
    for first, last in cut(0, len(axis), max(1, PIECE // step)):
        row = found.kept.read(at, start + first * step, start + (last - 1) * step + 1)
        yield axis.values[first:last], row["accuracy"][::step]


def _check_mass(plan: Plan, case: Case, point: Break, values: Values) -> None:
    """The least mass of a row rises with the scale, so that the nearest points of the grid on both sides decide."""
    if point.mass is None:
        raise BadValue("expected a break point of a mass")
    below, above = float(point.low) * (1 - NEAR), float(point.high) * (1 + NEAR)
    evaluator = closed_evaluator(case)
    for value in [*_last_before(values, below, 1), *-_last_before(values, -above, 1, -1)]:
        mass = measured([OF_ATTENTION["least_mass"]], case, evaluator, [np.array([value])])["least_mass"].item()
        if (mass >= float(point.mass)) != (value > float(point.high)):
            raise Disagreement(
                f"{plan.id} at {point.symbol} = {value}: a least mass of {mass!r}, but from {float(point.high)} on, "
                f"and not before, {point.after}"
            )


def _last_before(values: Values, limit: float, count: int, sign: int = 1) -> NDArray[np.float64]:
    """The largest few of the values, or of the same with another sign, that are below a limit."""
    found = np.array([])
    for part in parts(values):
        signed = sign * part
        found = np.sort(np.concatenate([found, signed[signed < limit]]))[-count:]
    return found


def _check_interval(plan: Plan, case: Case, end: Break, values: Values) -> None:
    """Every row is right at the nearest points of the grid before the end, as far as rounding tells."""
    nearest = _last_before(values, float(end.low) * (1 - NEAR), MOST)
    if not len(nearest):
        return
    accuracy = OF_ATTENTION["accuracy"]
    found = quantities([accuracy], case, closed_evaluator(case), [nearest])
    _, most = accuracy.range_of(found, TOLERANCE)
    if (most < 1).any():
        wrong = nearest[np.argmax(most < 1)]
        raise Disagreement(
            f"{plan.id} at {end.symbol} = {wrong}: a wanted key is not ahead, but before {float(end.low)} each is"
        )


def _check_accuracy(
    plan: Plan, exact: NDArray[np.float64], found: NDArray[np.floating[Any]], axis: Axis, values: NDArray[np.float64]
) -> None:
    wrong = np.isfinite(exact) & (np.abs(exact - found) > 1e-12)
    if wrong.any():
        at = int(np.argmax(wrong))
        raise Disagreement(
            f"{plan.id} at {axis.name} = {values[at]}: accuracy {found[at]}, and {exact[at]} by the break points"
        )
