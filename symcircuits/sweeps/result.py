"""The result of a sweep as an ``xarray.Dataset``, with everything that is needed to make it again in its attributes."""

from __future__ import annotations

import json
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
from sympy import Symbol

from symcircuits.errors import BadValue
from symcircuits.sweeps.cases import Case
from symcircuits.sweeps.grid import Axis
from symcircuits.sweeps.plan import Plan
from symcircuits.sweeps.points import Array
from symcircuits.sweeps.quantities import Measure
from symcircuits.sweeps.running import Found
from symcircuits.sweeps.tables import Box, Column, Table
from symcircuits.symbols import meaning_of
from symcircuits.typeset.expressions import latex

if TYPE_CHECKING:
    import xarray

_OTHERS = {
    "n_ctx": (r"n_{\mathrm{ctx}}", "number of tokens in the context", "tokens"),
    "dtype": (r"\mathrm{dtype}", "kind of floating point of the forward pass", ""),
}


@dataclass(frozen=True, eq=False)
class Swept:
    """A sweep that is worked out: its plan, what was found and where that is kept, and its break points."""

    plan: Plan
    found: Found
    breaks: Sequence[dict[str, Any]]
    tolerance: float

    def dataset(self) -> xarray.Dataset:
        """The result in memory, with its dimensions in the order of the axes; attributes that have parts are JSON."""
        table, plan = self.table(), self.plan
        axes = (*plan.outer, *plan.inner)
        order, shape = [axis.name for axis in axes], tuple(len(axis) for axis in axes)
        kept = self.found.kept.whole()
        variables = {
            name: (order, kept[name].reshape(shape), dict(measure.attributes))
            for name, measure in table.measures.items()
        }
        coordinates = {name: (name, np.asarray(axis.values), axis.attributes) for name, axis in table.axes.items()}
        made = load_xarray().Dataset(variables, coordinates, table.attributes)
        return made.transpose(*table.axes)

    def table(self) -> Table:
        """The result as what is written to a file, piece by piece."""
        case = next(iter(self.found.cases.values()))
        symbols = {symbol.name: symbol for symbol in case.swept}
        axes = {axis.name: Column(_told_axis(axis, symbols.get(axis.name)), axis.values) for axis in self.plan.axes}
        measures = {measure.name: Column(self._told(measure, case)) for measure in self.plan.measures}
        attributes = _attributes(self.plan, self.found, self.tolerance) | {
            "break_points": json.dumps(list(self.breaks))
        }
        return Table(attributes, axes, measures, self._in_box)

    def _told(self, measure: Measure, case: Case) -> dict[str, Any]:
        attributes: dict[str, Any] = {"long_name": measure.meaning, "latex": measure.latex, "units": measure.unit}
        if case.answers is not None:
            attributes["contexts"] = case.answers.contexts
        baselines = [measure.baseline(case.trial) for case in self.found.cases.values()]
        if None not in baselines:  # a number, or one for each place on the outer axes where it is not the same at all
            attributes["baseline"] = baselines[0] if len(set(baselines)) == 1 else baselines
        return attributes

    def _in_box(self, box: Box) -> dict[str, Array]:
        """The numbers of each measure in a box that is a stretch of the points, and so one of each place."""
        plan = self.plan
        at = dict(zip((axis.name for axis in plan.axes), box, strict=True))
        outer, inner = ([at[axis.name] for axis in axes] for axes in (plan.outer, plan.inner))
        sizes = [part.stop - part.start for part in inner]
        lengths = [len(axis) for axis in plan.inner]
        first, last = (_number(part, lengths) for part in ([s.start for s in inner], [s.stop - 1 for s in inner]))
        places = list(product(*(range(part.start, part.stop) for part in outer)))
        numbered = {place: number for number, place in enumerate(plan.places())}
        rows = [self.found.kept.read(numbered[place], first, last + 1) for place in places]
        names = [axis.name for axis in (*plan.outer, *plan.inner)]
        order = [names.index(axis.name) for axis in plan.axes]
        shape = [part.stop - part.start for part in outer] + sizes
        return {
            measure.name: np.stack([row[measure.name] for row in rows]).reshape(shape).transpose(order)
            for measure in plan.measures
        }


def _number(place: Sequence[int], lengths: Sequence[int]) -> int:
    return int(np.ravel_multi_index(tuple(place), tuple(lengths))) if lengths else 0


def _attributes(plan: Plan, found: Found, tolerance: float) -> dict[str, Any]:
    case = next(iter(found.cases.values()))
    derivation = plan.derivation(plan.parameters)
    swept = {axis.name for axis in plan.outer}
    fixed, suggested = (_bound(found, are_suggested) for are_suggested in (False, True))
    held = {name: str(value) for name, value in derivation.parameters.items() if name not in swept}
    held |= {} if "n_ctx" in swept else {"n_ctx": str(case.trial.n_ctx)}
    held |= {} if "dtype" in swept else {"dtype": plan.dtype}
    return {
        "title": derivation.title,
        "derivation": plan.id,
        "behaviour": str(case.behaviour),
        "method": found.chosen.method,
        "reason": found.chosen.reason,
        "computed_by": found.told,
        "backend": found.backend,
        "held_fixed": json.dumps(fixed),
        "suggested_values": json.dumps(suggested),
        "parameters": json.dumps(held),
        "seed": case.trial.seed,
        "points_checked": found.checked,
        "largest_difference": found.difference,
        "tolerance": tolerance,
        "versions": json.dumps(_versions()),
    }


def _bound(found: Found, are_suggested: bool) -> dict[str, Any]:
    """Symbols by name with the value that they have, as the derivation suggests it or as it was given: one text, or one
    for each place on the outer axes where it is not the same at all, ``None`` where there is no such symbol."""
    values = [
        {
            symbol.name: str(value)
            for symbol, value in case.trial.values.items()
            if (symbol in case.suggested) == are_suggested
        }
        for case in found.cases.values()
    ]
    names = sorted(set().union(*values))
    columns = {name: [one.get(name) for one in values] for name in names}
    return {name: column[0] if len(set(column)) == 1 else column for name, column in columns.items()}


@cache
def _versions() -> dict[str, str]:
    packages = ("symcircuits", "numpy", "sympy", "xarray")
    return {"python": platform.python_version()} | {name: version(name) for name in packages}


def _told_axis(axis: Axis, symbol: Symbol | None) -> dict[str, str]:
    if symbol is not None:
        meaning = meaning_of(symbol) or symbol.name
        return {"latex": latex(symbol), "long_name": meaning, "units": _unit(meaning)}
    if axis.name in _OTHERS:
        return dict(zip(("latex", "long_name", "units"), _OTHERS[axis.name], strict=True))
    named = axis.name.replace("_", r"\_")
    return {"latex": rf"\mathrm{{{named}}}", "long_name": f"parameter {axis.name}", "units": ""}


def _unit(meaning: str) -> str:
    return "radians per token" if meaning.startswith("angle per token") else "1"


def load_xarray() -> Any:
    """The package xarray. Raises ``BadValue`` where it is not installed."""
    try:
        import xarray
    except ImportError:
        raise BadValue("sweeps need xarray: pip install 'symcircuits[sweep]'") from None
    return xarray


def break_points_of(result: xarray.Dataset) -> list[dict[str, Any]]:
    """The break points in the attributes of a result."""
    found: list[dict[str, Any]] = json.loads(str(result.attrs.get("break_points", "[]")))
    return found


def rounded(values: Any) -> list[str]:
    """Values in few digits, for a legend.

    >>> rounded(np.array([0.5, 8.0]))
    ['0.5', '8']
    """
    return [f"{value:.4g}" if isinstance(value, float) else str(value) for value in np.asarray(values).tolist()]
