"""Whether the grid of a sweep falls on the right sides of its break points."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import product
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symcircuits.errors import BadValue, Disagreement
from symcircuits.sweeps.blocks import measured, quantities
from symcircuits.sweeps.breaks import NEAR, Break, accuracy_breaks, exact_accuracy, turnings
from symcircuits.sweeps.cases import Case
from symcircuits.sweeps.closed import closed_evaluator
from symcircuits.sweeps.grid import Axis
from symcircuits.sweeps.interval import interval_ends
from symcircuits.sweeps.least import least_scales
from symcircuits.sweeps.plan import Plan
from symcircuits.sweeps.points import exact_of
from symcircuits.sweeps.quantities import OF_ATTENTION
from symcircuits.sweeps.running import TOLERANCE, Found

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
            at = tuple(chosen[others.index(other)] if other is not axis else slice(None) for other in plan.inner)
            breaks = _of_case(plan, found, (*place, *at), _along(case, axis.name, values), axis)
            listed += [point.json(where, axis.values) for point in breaks] if str(where) not in known else []
            known.add(str(where))
    return listed


def _along(case: Case, name: str, others: Mapping[str, float]) -> Case:
    """The case with one swept symbol alone, and the others at these values."""
    values = {symbol: exact_of(symbol, others[symbol.name]) for symbol in case.swept if symbol.name != name}
    kept = tuple(symbol for symbol in case.swept if symbol.name == name)
    return replace(case, swept=kept, trial=replace(case.trial, values={**case.trial.values, **values}))


def _of_case(plan: Plan, found: Found, at: tuple[Any, ...], case: Case, axis: Axis) -> list[Break]:
    """The break points of a case along an axis, with the results ``at`` these indices on the right sides of them."""
    if case.answers is None:
        breaks, ends = least_scales(case), interval_ends(case)
        for point in breaks:
            _check_mass(plan, case, point, axis.values)
        for end in ends:
            _check_interval(plan, case, end, axis.values)
        return [*breaks, *ends]
    turning = turnings(case) if "accuracy" in found.values else None
    if turning is None:
        return []
    if plan.dtype_at(at[: len(plan.outer)]) == "float64":
        _check_accuracy(plan, exact_accuracy(turning, axis.values), found.values["accuracy"][at], axis)
    return accuracy_breaks(case, turning)


def _check_mass(plan: Plan, case: Case, point: Break, values: NDArray[np.float64]) -> None:
    """The least mass of a row rises with the scale, so that the nearest points of the grid on both sides decide."""
    if point.mass is None:
        raise BadValue("expected a break point of a mass")
    below, above = (values[values < float(point.low) * (1 - NEAR)], values[values > float(point.high) * (1 + NEAR)])
    nearest = [*([below.max()] if len(below) else []), *([above.min()] if len(above) else [])]
    evaluator = closed_evaluator(case)
    for value in nearest:
        mass = measured([OF_ATTENTION["least_mass"]], case, evaluator, [np.array([value])])["least_mass"].item()
        if (mass >= float(point.mass)) != (value > float(point.high)):
            raise Disagreement(
                f"{plan.id} at {point.symbol} = {value}: a least mass of {mass!r}, but from {float(point.high)} on, "
                f"and not before, {point.after}"
            )


def _check_interval(plan: Plan, case: Case, end: Break, values: NDArray[np.float64]) -> None:
    """Every row is right at the nearest points of the grid before the end, as far as rounding tells."""
    before = values[values < float(end.low) * (1 - NEAR)]
    nearest = [np.sort(before)[-MOST:]]
    if not len(before):
        return
    accuracy = OF_ATTENTION["accuracy"]
    found = quantities([accuracy], case, closed_evaluator(case), nearest)
    _, most = accuracy.range_of(found, TOLERANCE)
    if (most < 1).any():
        wrong = nearest[0][np.argmax(most < 1)]
        raise Disagreement(
            f"{plan.id} at {end.symbol} = {wrong}: a wanted key is not ahead, but before {float(end.low)} each is"
        )


def _check_accuracy(plan: Plan, exact: NDArray[np.float64], found: NDArray[np.floating[Any]], axis: Axis) -> None:
    wrong = np.isfinite(exact) & (np.abs(exact - found) > 1e-12)
    if wrong.any():
        at = int(np.argmax(wrong))
        raise Disagreement(
            f"{plan.id} at {axis.name} = {axis.values[at]}: accuracy {found[at]}, and {exact[at]} by the break points"
        )
