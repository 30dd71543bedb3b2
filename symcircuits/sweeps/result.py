"""The result of a sweep as an ``xarray.Dataset``, with everything that is needed to make it again in its attributes."""

from __future__ import annotations

import json
import platform
from collections.abc import Sequence
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np
from sympy import Symbol

from symcircuits.errors import BadValue
from symcircuits.sweeps.grid import Axis
from symcircuits.sweeps.plan import Plan
from symcircuits.sweeps.running import Found
from symcircuits.symbols import meaning_of
from symcircuits.typeset.expressions import latex

if TYPE_CHECKING:
    import xarray

_OTHERS = {
    "n_ctx": (r"n_{\mathrm{ctx}}", "number of tokens in the context", "tokens"),
    "dtype": (r"\mathrm{dtype}", "kind of floating point of the forward pass", ""),
}


def dataset(plan: Plan, found: Found, breaks: Sequence[dict[str, Any]], tolerance: float) -> xarray.Dataset:
    """The result with its dimensions in the order of the axes; attributes that have parts are JSON."""
    xr = _xarray()
    case = next(iter(found.cases.values()))
    order = [axis.name for axis in (*plan.outer, *plan.inner)]
    symbols = {symbol.name: symbol for symbol in case.swept}
    coordinates = {axis.name: (axis.name, axis.values, _told_axis(axis, symbols.get(axis.name))) for axis in plan.axes}
    variables = {}
    for measure in plan.measures:
        attributes = {"long_name": measure.meaning, "latex": measure.latex, "units": measure.unit}
        if case.answers is not None:
            attributes["contexts"] = case.answers.contexts
        variables[measure.name] = (order, found.values[measure.name], attributes)
    attributes = _attributes(plan, found, tolerance) | {"break_points": json.dumps(list(breaks))}
    made = xr.Dataset(variables, coordinates, attributes)
    return made.transpose(*(axis.name for axis in plan.axes))


def _attributes(plan: Plan, found: Found, tolerance: float) -> dict[str, Any]:
    case = next(iter(found.cases.values()))
    derivation = plan.derivation(plan.parameters)
    swept = {axis.name for axis in plan.outer}
    values = {symbol.name: str(value) for symbol, value in case.trial.values.items()}
    held = {name: str(value) for name, value in derivation.parameters.items() if name not in swept}
    held |= {} if "n_ctx" in swept else {"n_ctx": str(case.trial.n_ctx)}
    held |= {} if "dtype" in swept else {"dtype": plan.dtype}
    suggested = {symbol.name for symbol in case.suggested}
    return {
        "title": derivation.title,
        "derivation": plan.id,
        "behaviour": str(case.behaviour),
        "method": found.chosen.method,
        "reason": found.chosen.reason,
        "computed_by": found.told,
        "backend": found.backend,
        "held_fixed": json.dumps({name: values[name] for name in sorted(values) if name not in suggested}),
        "suggested_values": json.dumps({name: values[name] for name in sorted(suggested)}),
        "parameters": json.dumps(held),
        "seed": case.trial.seed,
        "points_checked": found.checked,
        "largest_difference": found.difference,
        "tolerance": tolerance,
        "versions": json.dumps(_versions()),
    }


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


def _xarray() -> Any:
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
