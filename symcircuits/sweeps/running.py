"""A plan worked out: point by point in blocks, and a sample of them once more the other way."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import TypeAlias

import numpy as np

from symcircuits.errors import BadValue, Disagreement, NotSupported
from symcircuits.sweeps.blocks import (
    Blocks,
    definition,
    evaluator_for,
    job_of,
    one_thread,
    points_at,
    quantities,
    stored_points,
)
from symcircuits.sweeps.cases import Case
from symcircuits.sweeps.closed import Backend, Evaluator
from symcircuits.sweeps.plan import Method, Place, Plan
from symcircuits.sweeps.points import Array
from symcircuits.sweeps.quantities import Measure
from symcircuits.sweeps.store import Store
from symcircuits.sweeps.workers import Block, Workers

SAMPLE = 32  # points that are worked out both ways
TOLERANCE = 1e-9
Progress = Callable[[str, int, int], None]
Made: TypeAlias = dict[str, Array]


@dataclass(frozen=True)
class Chosen:
    """The method in use, and why."""

    method: Method
    reason: str


@dataclass(frozen=True, eq=False)
class Found:
    """The values of each measure, ``[*outer, *inner]``; ``difference`` is the largest of the sample of ``checked``
    points worked out both ways."""

    values: Mapping[str, Array]
    chosen: Chosen
    told: str
    cases: Mapping[Place, Case]
    backend: Backend = "numpy"
    checked: int = 0
    difference: float = 0.0
    notes: tuple[str, ...] = field(default=())


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
        values = filled(ours, store, workers, source, on_progress)
        for measure in plan.measures:
            _check_finite(plan, measure, values[measure.name], chosen)
        checked, difference = _compare(plan, cases, chosen, values, tolerance, np.random.default_rng(seed), sample)
    return Found(values, chosen, told, cases, backend, checked, difference)


def filled(
    ours: Blocks, store: Store | None, workers: int, source: str | None, on_progress: Progress
) -> dict[str, Array]:
    """The values of each measure, ``[*outer, *inner]``, block by block."""
    plan, done, total = ours.plan, 0, ours.size * len(ours.places)
    outer, inner = (tuple(len(axis) for axis in axes) for axes in (plan.outer, plan.inner))
    values: dict[str, Array] = {measure.name: np.empty((*outer, ours.size)) for measure in plan.measures}

    def room(block: Block) -> Made:
        number, first, last = block
        return {name: array[ours.places[number]][first:last] for name, array in values.items()}

    for _, first, last in _done(ours, store, workers, source, room):
        done += last - first
        on_progress(plan.id, done, total)
    return {name: array.reshape(outer + inner) for name, array in values.items()}


def _done(
    ours: Blocks, store: Store | None, workers: int, source: str | None, room: Callable[[Block], Made]
) -> Iterator[Block]:
    """Each block when its numbers are in its room: first those that a store has, then all others."""
    steps = [stored_points(ours.evaluator(place).work or ours.evaluator(place).numbers) for place in ours.places]
    every = [
        (number, first, min(ours.size, first + step))
        for number, step in enumerate(steps)
        for first in range(0, ours.size, step)
    ]
    missing = every
    if store is not None:
        store.open(definition(ours.plan, ours.method, ours.backend), (len(ours.places), ours.size), min(steps))
        missing = [block for block in every if not store.has(*block[:2])]
        for block in sorted(set(every) - set(missing)):
            _fill(room(block), store.read(*block))
            yield block
    for block in _worked_out(ours, missing, workers, source, room):
        if store is not None:
            store.write(*block[:2], room(block))
        yield block


def _worked_out(
    ours: Blocks, missing: Sequence[Block], workers: int, source: str | None, room: Callable[[Block], Made]
) -> Iterator[Block]:
    if min(workers, len(missing)) < 2:
        for block in missing:
            ours.work_out(*block, room(block))
            yield block
        return
    with Workers(min(workers, len(missing)), job_of(ours.plan, source, ours.method, ours.backend)) as started:
        for block, made in started.work_out(missing):
            _fill(room(block), made)
            yield block


def _fill(room: Made, made: Made) -> None:
    for name, part in room.items():
        part[:] = made[name]


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


def _check_finite(plan: Plan, measure: Measure, values: Array, chosen: Chosen) -> None:
    bad = ~np.isfinite(values)
    if not bad.any():
        return
    first = tuple(int(i) for i in np.argwhere(bad)[0])
    axes = (*plan.outer, *plan.inner)
    where = ", ".join(f"{axis.name} = {axis.values[i]}" for axis, i in zip(axes, first, strict=True))
    kind = plan.dtype_at(first[: len(plan.outer)])
    closed = "the closed form leaves the range of float64; the method forward may not"
    why = f"the scores overflow {kind}" if chosen.method == "forward" else closed
    raise BadValue(f"{measure.name} is not finite at {bad.sum()} of {bad.size} points, the first at {where}: {why}")


def _compare(
    plan: Plan,
    cases: Mapping[Place, Case],
    chosen: Chosen,
    values: Mapping[str, Array],
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
        found = quantities(plan.measures, cases[place], other, points)
        for measure in plan.measures:
            mine = values[measure.name][place].reshape(-1)[inside]
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
