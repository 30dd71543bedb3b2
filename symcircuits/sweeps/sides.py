"""Whether the grid of a sweep falls on the right sides of its break points."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from symcircuits.errors import BadValue, Disagreement
from symcircuits.sweeps.breaks import NEAR, Break, accuracy_breaks, exact_accuracy, least_scales, turnings
from symcircuits.sweeps.cases import Case
from symcircuits.sweeps.closed import closed_evaluator
from symcircuits.sweeps.plan import Place, Plan
from symcircuits.sweeps.quantities import OF_ATTENTION
from symcircuits.sweeps.running import Found, measured


def break_points(plan: Plan, found: Found) -> list[dict[str, Any]]:
    """The exact break points of a sweep over one symbol, for each place on the other axes.

    Raises ``Disagreement`` where a point of the grid, in float64, falls on the wrong side of one.
    """
    if len(plan.inner) != 1:
        return []
    known: dict[str, list[Break]] = {}
    listed: list[dict[str, Any]] = []
    for place, case in found.cases.items():
        where = {name: value for name, value in plan.at(place).items() if name != "dtype"}
        if str(where) in known:
            continue
        known[str(where)] = _of_case(plan, found, place, case)
        listed += [point.json(where) for point in known[str(where)]]
    return listed


def _of_case(plan: Plan, found: Found, place: Place, case: Case) -> list[Break]:
    values: NDArray[np.float64] = plan.inner[0].values
    if case.answers is None:
        breaks = least_scales(case)
        for point in breaks:
            _check_mass(plan, case, point, values)
        return breaks
    turning = turnings(case) if "accuracy" in found.values else None
    if turning is None:
        return []
    if plan.dtype_at(place) == "float64":
        _check_accuracy(plan, exact_accuracy(turning, values), found.values["accuracy"][place], values)
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


def _check_accuracy(
    plan: Plan, exact: NDArray[np.float64], found: NDArray[np.floating[Any]], values: NDArray[np.float64]
) -> None:
    wrong = np.isfinite(exact) & (np.abs(exact - found) > 1e-12)
    if wrong.any():
        at = int(np.argmax(wrong))
        raise Disagreement(
            f"{plan.id} at {plan.inner[0].name} = {values[at]}: accuracy {found[at]}, "
            f"and {exact[at]} by the break points"
        )
