"""A plan worked out: point by point in blocks, and a sample of them once more the other way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod

import numpy as np

from symcircuits.errors import BadValue, Disagreement, NotSupported
from symcircuits.sweeps.blocks import (
    Blocks,
    evaluator_for,
    one_thread,
    points_at,
    quantities,
)
from symcircuits.sweeps.cases import Case
from symcircuits.sweeps.closed import Backend, Evaluator
from symcircuits.sweeps.filling import Progress, Seen, filled
from symcircuits.sweeps.plan import Method, Place, Plan
from symcircuits.sweeps.points import Array
from symcircuits.sweeps.quantities import Measure
from symcircuits.sweeps.store import Kept, Store

SAMPLE = 32  # points that are worked out both ways
TOLERANCE = 1e-9


@dataclass(frozen=True)
class Chosen:
    """The method in use, and why."""

    method: Method
    reason: str


@dataclass(frozen=True, eq=False)
class Found:
    """The numbers of each measure, a row for each place, with the least and the largest of each; ``difference`` is the
    largest of the sample of ``checked`` points worked out both ways."""

    kept: Kept
    ends: Mapping[str, tuple[float, float]]
    chosen: Chosen
    told: str
    cases: Mapping[Place, Case]
    backend: Backend = "numpy"
    checked: int = 0
    difference: float = 0.0


def run_plan(
    plan: Plan,
    method: Method,
    tolerance: float,
    seed: int,
    on_progress: Progress,
    sample: int = SAMPLE,
    store: Store | None = None,
    backend: Backend = "numpy",
    workers: int = 1,
    source: str | None = None,
) -> Found:
    """Work out a plan, keeping what is done in a store. Raises ``BadValue`` for values that are not finite, or where
    there is no closed form and one is asked for; ``Disagreement`` where a point of the sample comes out otherwise the
    other way; ``OutputFailed`` where the store cannot be used; ``WorkerFailed`` where a worker ends."""
    cases = {place: plan.case(place) for place in plan.places()}
    with one_thread():
        chosen, ours = _choose(plan, cases, method, backend)
        told = ours.evaluator(ours.places[0]).told  # before anything is worked out: the backend may not be able to
        kept, seen = filled(ours, store, workers, source, on_progress)
        _check_finite(plan, seen, chosen)
        checked, difference = _compare(plan, cases, chosen, kept, tolerance, np.random.default_rng(seed), sample)
    return Found(kept, seen.ends, chosen, told, cases, backend, checked, difference)


def _choose(plan: Plan, cases: Mapping[Place, Case], method: Method, backend: Backend) -> tuple[Chosen, Blocks]:
    """The method in use, and the blocks by it."""
    forward = Blocks(plan, cases, "forward", backend)
    kinds = sorted({plan.dtype_at(place) for place in cases} - {"float64"})
    if method == "forward":
        return Chosen("forward", "asked for"), forward
    if kinds:
        if method == "closed":
            raise BadValue(f"a closed form hides what {kinds[0]} overflows and rounds; use the method forward")
        return Chosen("forward", f"a closed form hides what {kinds[0]} overflows and rounds"), forward
    closed = Blocks(plan, cases, "closed", backend)
    try:
        closed.evaluator(closed.places[0])
    except NotSupported as error:
        if method == "closed":
            raise BadValue(f"{plan.id} has no closed form to sweep: {error}") from None
        return Chosen("forward", str(error)), forward
    return Chosen("closed", "asked for" if method == "closed" else "the derivation has a closed form"), closed


def _check_finite(plan: Plan, seen: Seen, chosen: Chosen) -> None:
    axes = (*plan.outer, *plan.inner)
    lengths = tuple(len(axis) for axis in axes)
    for measure in plan.measures:
        if measure.name not in seen.bad:
            continue
        count, number = seen.bad[measure.name]
        first = tuple(int(i) for i in np.unravel_index(number, lengths))
        where = ", ".join(f"{axis.name} = {axis.values[i]}" for axis, i in zip(axes, first, strict=True))
        kind = plan.dtype_at(first[: len(plan.outer)])
        closed = "the closed form leaves the range of float64; the method forward may not"
        why = f"the scores overflow {kind}" if chosen.method == "forward" else closed
        raise BadValue(
            f"{measure.name} is not finite at {count} of {prod(lengths)} points, the first at {where}: {why}"
        )


def _compare(
    plan: Plan,
    cases: Mapping[Place, Case],
    chosen: Chosen,
    kept: Kept,
    tolerance: float,
    chance: np.random.Generator,
    sample: int,
) -> tuple[int, float]:
    """Work out a random sample of points the other way; how many, and the largest difference."""
    places = [place for place in cases if plan.dtype_at(place) == "float64"]
    size = prod(len(axis) for axis in plan.inner)
    if not places or sample == 0:
        return 0, 0.0
    drawn = chance.choice(len(places) * size, size=min(sample, len(places) * size), replace=False)
    largest = 0.0
    for number in np.unique(drawn // size):
        place, inside = places[int(number)], np.sort(drawn[drawn // size == number] % size)
        other = _other_way(plan, place, cases[place], chosen.method)
        if other is None:
            return 0, 0.0
        points = points_at(plan, inside)
        at = list(cases).index(place)
        ours = [kept.read(at, int(point), int(point) + 1) for point in inside]
        found = quantities(plan.measures, cases[place], other, points)
        for measure in plan.measures:
            mine = np.concatenate([numbers[measure.name] for numbers in ours])
            low, high = measure.range_of(found, tolerance)
            wrong = ~((mine >= low) & (mine <= high))
            if wrong.any():
                _refuse(plan, place, measure, chosen, points, mine, measure.of(found), int(np.argmax(wrong)), tolerance)
            largest = max(largest, float(np.max(np.abs(mine - measure.of(found)))))
    return len(drawn), largest


def _other_way(plan: Plan, place: Place, case: Case, method: Method) -> Evaluator | None:
    try:
        return evaluator_for(plan, place, case, "forward" if method == "closed" else "closed")
    except NotSupported:
        return None


def _refuse(
    plan: Plan,
    place: Place,
    measure: Measure,
    chosen: Chosen,
    points: Sequence[Array],
    mine: Array,
    other: Array,
    at: int,
    tolerance: float,
) -> None:
    values = plan.at(place) | {axis.name: array[at] for axis, array in zip(plan.inner, points, strict=True)}
    where = ", ".join(f"{name} = {value}" for name, value in values.items())
    ways = ("closed form", "forward passes") if chosen.method == "closed" else ("forward passes", "closed form")
    raise Disagreement(
        f"{measure.name} at {where}: {mine[at]:.17g} by the {ways[0]} and {other[at]:.17g} by the {ways[1]}, "
        f"further apart than the tolerance of {tolerance}"
    )
