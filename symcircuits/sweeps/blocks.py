"""Blocks of points: plain values in, plain arrays out, and the same numbers in whatever process they are worked out.

>>> made = plan(collect(), "framework/2c", ["mass"], {"beta": [1, 10, 100]}, {"n_ctx": 4}, {}, None)
>>> work_out(job_of(made, None, "closed", "numpy"), 0, 1, 3)["mass"].round(6)
array([0.984006, 1.      ])
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from functools import cache, lru_cache
from importlib.metadata import version
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symcircuits.errors import BadValue
from symcircuits.sweeps.cases import Case
from symcircuits.sweeps.closed import Backend, Evaluator, closed_evaluator
from symcircuits.sweeps.grid import Axis
from symcircuits.sweeps.passes import forward_evaluator
from symcircuits.sweeps.plan import Method, Place, Plan, plan
from symcircuits.sweeps.points import Array
from symcircuits.sweeps.quantities import Measure, Quantities
from symcircuits.worked import collect

LARGEST = 2**25 - 2**15  # bytes, just below the most that the allocator of glibc learns from
CACHE = 2**21  # bytes that a piece of a block may take, so that it stays near the processor
WORK = 2**28  # numbers that are worked out between two marks of a store


class Blocks:
    """The blocks of a plan by one method: a case and an evaluator for each place, made when they are needed."""

    def __init__(self, plan: Plan, cases: Mapping[Place, Case], method: Method, backend: Backend) -> None:
        self.plan, self.method, self.backend = plan, method, backend
        self.places = list(plan.places())
        self.size = prod(len(axis) for axis in plan.inner)
        self._cases = dict(cases)
        self._evaluators: dict[Place, Evaluator] = {}
        keep_memory()

    def case(self, place: Place) -> Case:
        """The case at a place, made where it was not given."""
        if place not in self._cases:
            self._cases[place] = self.plan.case(place)
        return self._cases[place]

    def evaluator(self, place: Place) -> Evaluator:
        """The evaluator at a place, made once. Raises ``NotSupported`` where there is no closed form."""
        if place not in self._evaluators:
            self._evaluators[place] = evaluator_for(self.plan, place, self.case(place), self.method, self.backend)
        return self._evaluators[place]

    def work_out(self, number: int, first: int, last: int, into: Mapping[str, Array]) -> None:
        """Write the measures of the inner points from ``first`` to ``last``, at a place by its number, into arrays
        ``[last - first]``."""
        place = self.places[number]
        case, evaluator = self.case(place), self.evaluator(place)
        for start, stop in pieces(last - first, evaluator.numbers):
            points = inner_points(self.plan, first + start, first + stop)
            for name, values in measured(self.plan.measures, case, evaluator, points).items():
                into[name][start:stop] = values


def evaluator_for(plan: Plan, place: Place, case: Case, method: Method, backend: Backend = "numpy") -> Evaluator:
    """How a case is worked out by a method. Raises ``BadValue`` for forward passes by another backend than numpy."""
    if method == "closed":
        return closed_evaluator(case, backend)
    if backend != "numpy":
        raise BadValue(f"the backend {backend} works out closed forms, and this is swept by forward passes; use numpy")
    return forward_evaluator(case, plan.dtype_at(place))


def job_of(plan: Plan, source: str | None, method: str, backend: str) -> str:
    """A sweep as text, from which any process makes the same blocks; ``source`` is a derivation file."""
    fix = {name: str(value) for name, value in plan.fixed.items()}
    fix |= {} if any(axis.name == "dtype" for axis in plan.axes) else {"dtype": plan.dtype}
    told = {
        "id": plan.id,
        "measures": [measure.name for measure in plan.measures],
        "over": {axis.name: axis.given for axis in plan.axes},
        "fix": fix if plan.n_ctx is None else fix | {"n_ctx": plan.n_ctx},
        "parameters": dict(plan.parameters),
        "seed": plan.seed,
    }
    return json.dumps({**told, "source": source, "method": method, "backend": backend}, default=_plain)


def _plain(value: Any) -> Any:
    """Numbers of NumPy as those of Python, sequences as lists, everything else as it is written."""
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    return list(value) if isinstance(value, Sequence | range) else str(value)


def work_out(job: str, place: int, first: int, last: int) -> dict[str, Array]:
    """The block function: the measures of the points from ``first`` to ``last`` at a place, ``[points]`` each.

    Places are numbered in the order of the outer axes. What is compiled is kept for the next block of the same job.
    """
    blocks = blocks_of(job)
    made: dict[str, Array] = {measure.name: np.empty(last - first) for measure in blocks.plan.measures}
    blocks.work_out(place, first, last, made)
    return made


@lru_cache(maxsize=1)
def blocks_of(job: str) -> Blocks:
    """The blocks of a job. Raises as ``plan`` does."""
    told = json.loads(job)
    collection = collect([told["source"] or told["id"]])
    names = ("id", "measures", "over", "fix", "parameters", "seed")
    made = plan(collection, *(told[name] for name in names))
    return Blocks(made, {}, told["method"], told["backend"])


def definition(plan: Plan, method: str, backend: str) -> dict[str, Any]:
    """What a sweep is, in plain values: two sweeps with the same definition have the same results."""
    axes = [[axis.name, axis.kind, len(axis), _hash(axis)] for axis in plan.axes]
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
        "method": method,
        "backend": backend,
        "versions": [_version(name) for name in ("symcircuits", "numpy", *((backend,) if backend != "numpy" else ()))],
    }


_version = cache(version)


def _hash(axis: Axis) -> str:
    """Of a range its text, which with the version of NumPy says what its values are; else of the values."""
    told = axis.given.encode() if isinstance(axis.given, str) else np.asarray(axis.values).tobytes()
    return hashlib.sha256(told).hexdigest()


def stored_points(work: int) -> int:
    """How many points are kept together in a store: a power of two, so that blocks of different places line up, and
    about half a second of work or more.

    >>> stored_points(128), stored_points(20_000)
    (2097152, 8192)
    """
    return 1 << max(0, (WORK // work).bit_length() - 1)


def pieces(size: int, numbers: int) -> list[tuple[int, int]]:
    """Where pieces of a block start and stop, for points that take so many numbers each.

    >>> pieces(5, 100_000)
    [(0, 2), (2, 4), (4, 5)]
    """
    return cut(0, size, max(1, CACHE // (8 * max(1, numbers))))


def cut(first: int, last: int, step: int) -> list[tuple[int, int]]:
    """The stretches from ``first`` to ``last`` of so many points, but for the last one."""
    return [(start, min(last, start + step)) for start in range(first, last, step)]


def inner_points(plan: Plan, first: int, last: int) -> list[Array]:
    """The values of the inner axes at the points from ``first`` to ``last``, one array for each axis."""
    if len(plan.inner) == 1:
        return [plan.inner[0].values[first:last]]
    return points_at(plan, np.arange(first, last))


def points_at(plan: Plan, numbers: NDArray[np.integer[Any]]) -> list[Array]:
    """The values of the inner axes at points by number, one array for each axis."""
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


def keep_memory() -> None:
    """Have the process keep the memory of arrays that come and go, of some megabytes each.

    The allocator of glibc takes what is large from the system, and gives it back, each time anew, until it has seen a
    block of that size given back; forward passes take three times as long before. The block is never touched, and so
    takes no memory; with another allocator this does nothing.
    """
    np.empty(LARGEST, dtype=np.uint8)


def one_thread() -> AbstractContextManager[object]:
    """While inside, products of matrices are made by one thread, so that they do not depend on how many there are."""
    try:
        from threadpoolctl import threadpool_limits
    except ImportError:
        raise BadValue("sweeps need threadpoolctl: pip install 'symcircuits[sweep]'") from None
    limits: AbstractContextManager[object] = threadpool_limits(1)
    return limits
