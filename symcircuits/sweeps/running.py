"""A plan worked out: point by point in blocks, and a sample of them once more the other way."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symcircuits.errors import BadValue, Disagreement, NotSupported
from symcircuits.sweeps.cases import Case
from symcircuits.sweeps.closed import Evaluator, closed_evaluator
from symcircuits.sweeps.passes import forward_evaluator
from symcircuits.sweeps.plan import Method, Place, Plan
from symcircuits.sweeps.points import Array
from symcircuits.sweeps.quantities import Measure, Quantities
from symcircuits.sweeps.store import Store

CACHE = 2**21  # bytes that a block may take, so that it stays near the processor
WORK = 2**28  # numbers that are worked out between two marks of a store
SAMPLE = 32  # points that are worked out both ways
TOLERANCE = 1e-9
Progress = Callable[[str, int, int], None]


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
) -> Found:
    """Work out a plan, keeping what is done in a store. Raises ``BadValue`` for values that are not finite, or where
    there is no closed form and one is asked for; ``Disagreement`` where a point of the sample comes out otherwise the
    other way; ``OutputFailed`` where the store cannot be used."""
    cases = {place: plan.case(place) for place in plan.places()}
    evaluators: dict[Place, Evaluator] = {}
    chosen = _choose(plan, cases, method, evaluators)
    shape = tuple(len(axis) for axis in plan.inner)
    size = prod(shape)
    values = {m.name: np.empty((*(len(axis) for axis in plan.outer), *shape)) for m in plan.measures}
    for place, case in cases.items():
        evaluators[place] = evaluators.get(place) or _evaluator(plan, place, case, chosen.method)
    steps = {place: stored_points(evaluator.work or evaluator.numbers) for place, evaluator in evaluators.items()}
    if store is not None:
        store.open(definition(plan, chosen), (len(cases), size), min(steps.values()))
    done = 0
    for number, place in enumerate(cases):
        for first in range(0, size, steps[place]):
            last = min(size, first + steps[place])
            made = None if store is None else store.read(number, first, last)
            if made is None:
                made = _worked_out(plan, cases[place], evaluators[place], first, last)
                if store is not None:
                    store.write(number, first, made)
            cells: Any = (*place, ...)  # a view, even where no symbol is swept
            for name, part in made.items():
                values[name][cells].reshape(-1)[first:last] = part
            done += last - first
            on_progress(plan.id, done, size * len(cases))
    for measure in plan.measures:
        _check_finite(plan, measure, values[measure.name], chosen)
    checked, difference = _compare(plan, cases, chosen, values, tolerance, np.random.default_rng(seed), sample)
    return Found(values, chosen, next(iter(evaluators.values())).told, cases, checked, difference)


def _worked_out(plan: Plan, case: Case, evaluator: Evaluator, first: int, last: int) -> dict[str, Array]:
    pieces = [block(plan, case, evaluator, first + a, first + b) for a, b in blocks(last - first, evaluator.numbers)]
    return {measure.name: np.concatenate([piece[measure.name] for piece in pieces]) for measure in plan.measures}


def stored_points(work: int) -> int:
    """How many points are kept together in a store: a power of two, so that blocks of different places line up, and
    about half a second of work or more.

    >>> stored_points(128), stored_points(20_000)
    (2097152, 8192)
    """
    return 1 << max(0, (WORK // work).bit_length() - 1)


def definition(plan: Plan, chosen: Chosen) -> dict[str, Any]:
    """What a sweep is, in plain values: two sweeps with the same definition have the same results."""
    axes = [[axis.name, axis.kind, len(axis), hashlib.sha256(axis.values.tobytes()).hexdigest()] for axis in plan.axes]
    entry = plan.collection.find(plan.id)
    return {
        "derivation": plan.id,
        "file": hashlib.sha256(entry.file.read_bytes()).hexdigest(),
        "measures": [measure.name for measure in plan.measures],
        "axes": axes,
        "fixed": {name: str(value) for name, value in sorted(plan.fixed.items())},
        "parameters": {name: str(value) for name, value in sorted(plan.parameters.items())},
        "n_ctx": plan.n_ctx,
        "dtype": plan.dtype,
        "seed": plan.seed,
        "method": chosen.method,
        "versions": [version("symcircuits"), np.__version__],
    }


def block(plan: Plan, case: Case, evaluator: Evaluator, start: int, stop: int) -> dict[str, Array]:
    """The measures of the inner points from ``start`` to ``stop``: plain numbers in, plain arrays out."""
    return measured(plan.measures, case, evaluator, inner_points(plan, np.arange(start, stop)))


def inner_points(plan: Plan, numbers: NDArray[np.integer[Any]]) -> list[Array]:
    """The values of the inner axes at points by number, one array for each axis."""
    if len(plan.inner) == 1:
        return [plan.inner[0].values[numbers]]
    places = np.unravel_index(numbers, tuple(len(axis) for axis in plan.inner)) if plan.inner else ()
    return [axis.values[at] for axis, at in zip(plan.inner, places, strict=True)]


def measured(
    measures: Sequence[Measure], case: Case, evaluator: Evaluator, points: Sequence[Array]
) -> dict[str, Array]:
    """Each measure at points, which are given in the order of the swept symbols."""
    found = quantities(measures, case, evaluator, points)
    return {measure.name: measure.of(found) for measure in measures}


def quantities(measures: Sequence[Measure], case: Case, evaluator: Evaluator, points: Sequence[Array]) -> Quantities:
    """What the measures are made of, at points; what is not finite is not complained about here."""
    with np.errstate(all="ignore"):
        return evaluator.run(dict(zip(case.swept, points, strict=True)), {measure.part for measure in measures})


def blocks(size: int, numbers: int) -> list[tuple[int, int]]:
    """Where blocks of points start and stop, of which each takes so many numbers.

    >>> blocks(5, 100_000)
    [(0, 2), (2, 4), (4, 5)]
    """
    step = max(1, CACHE // (8 * max(1, numbers)))
    return [(start, min(size, start + step)) for start in range(0, size, step)]


def _choose(plan: Plan, cases: Mapping[Place, Case], method: Method, made: dict[Place, Evaluator]) -> Chosen:
    """The method in use; an evaluator that is made on the way is kept in ``made``."""
    kinds = sorted({plan.dtype_at(place) for place in cases} - {"float64"})
    if method == "forward":
        return Chosen("forward", "asked for")
    if kinds:
        if method == "closed":
            raise BadValue(f"a closed form hides what {kinds[0]} overflows and rounds; use the method forward")
        return Chosen("forward", f"a closed form hides what {kinds[0]} overflows and rounds")
    try:
        first = next(iter(cases))
        made[first] = closed_evaluator(cases[first])
    except NotSupported as error:
        if method == "closed":
            raise BadValue(f"{plan.id} has no closed form to sweep: {error}") from None
        return Chosen("forward", str(error))
    return Chosen("closed", "asked for" if method == "closed" else "the derivation has a closed form")


def _evaluator(plan: Plan, place: Place, case: Case, method: Method) -> Evaluator:
    return closed_evaluator(case) if method == "closed" else forward_evaluator(case, plan.dtype_at(place))


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
        points = inner_points(plan, inside)
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
        return _evaluator(plan, place, case, "forward" if method == "closed" else "closed")
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
