"""The plot of a result: a line, a family of lines or a map, with the proved thresholds drawn in."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from symcircuits.errors import BadValue
from symcircuits.export.drawings import Drawing, draw
from symcircuits.export.drawings.sweeps import HeatFigure, Line, LinesFigure
from symcircuits.sweeps.least import EVERY_ROW
from symcircuits.sweeps.plan import Plan
from symcircuits.sweeps.result import break_points_of, rounded
from symcircuits.sweeps.spaced import Spaced

if TYPE_CHECKING:
    import xarray

FAMILY = 8  # lines that can be told apart
MOST = 10**6  # points of a plot
ENDINGS = (".svg", ".pdf", ".png")


def plot_bytes(result: xarray.Dataset, ending: str) -> bytes:
    """The plot of a result as the bytes of a ``.svg``, ``.pdf`` or ``.png``. Raises ``BadValue`` as ``plot_of``."""
    drawing = plot_of(result)
    if ending == ".svg":
        return drawing.svg().encode()
    return drawing.pdf() if ending == ".pdf" else drawing.png()


def plot_of(result: xarray.Dataset) -> Drawing:
    """The first measure of a result, against its axes of more than one value: one makes a line, two make a family of
    lines where one of them is short, else a map.

    Raises ``BadValue`` for a result that no plot shows: more than two axes of more than one value, none of numbers, or
    more than ``MOST`` points.
    """
    name = next(iter(result.data_vars))
    dims = _shown({str(dim): (size, _is_text(result[dim].values)) for dim, size in result[name].sizes.items()})
    values = result[name].squeeze()
    values = values.transpose(*reversed(dims)).sortby(dims[0])
    x, label = values[dims[0]], str(name).replace("_", " ")
    if len(dims) == 2 and values.sizes[dims[1]] > FAMILY:
        values = values.sortby(dims[1])
        y = values[dims[1]]
        axes = _axis_label(x), _axis_label(y)
        return draw(HeatFigure(x.values, y.values, values.values, *axes, label, _threshold_lines(result, x, y)))
    lines = [Line("", values.values, _marks(result, x.name, {}))]
    if len(dims) == 2:
        y = values[dims[1]]
        lines = [
            Line(_label(y, text), values.values[place],
                 _marks(result, x.name, {str(y.name): y.values[place].item()}))
            for place, text in enumerate(rounded(y.values))
        ]  # fmt: skip
    return draw(LinesFigure(x.values, _axis_label(x), label, lines))


def check_plot(plan: Plan) -> None:
    """Raise ``BadValue``, before anything is worked out, for a sweep of which ``plot_of`` shows nothing."""
    _shown(
        {axis.name: (len(axis), not isinstance(axis.values, Spaced) and _is_text(axis.values)) for axis in plan.axes}
    )


def _shown(axes: Mapping[str, tuple[int, bool]]) -> list[str]:
    """The axes of a plot, of all axes with how many values they have and whether these are words: the one of most
    numbers first."""
    dims = sorted((dim for dim in axes if axes[dim][0] > 1), key=lambda dim: (axes[dim][1], -axes[dim][0]))
    told = " x ".join(f"{size} {dim}" for dim, (size, _) in axes.items())
    if not 1 <= len(dims) <= 2 or axes[dims[0]][1]:
        raise BadValue(f"a plot shows one or two axes of more than one value, one of them with numbers; got {told}")
    if prod(size for size, _ in axes.values()) > MOST:
        raise BadValue(f"a plot shows at most {MOST} points; got {told}")
    return dims


def write_plot(result: xarray.Dataset, file: Path) -> None:
    """Write the plot by the ending of a file."""
    file.write_bytes(plot_bytes(result, file.suffix))


def _axis_label(axis: Any) -> str:
    unit = str(axis.attrs.get("units", "")).replace(" ", r"\ ")
    return str(axis.attrs["latex"]) + (rf"\ \mathrm{{({unit})}}" if unit not in ("", "1") else "")


def _threshold_lines(result: xarray.Dataset, x: Any, y: Any) -> list[tuple[str, Any, Any]]:
    """The break points on a map as lines, one for each thing that holds beyond them."""
    found: dict[tuple[bool, str], list[tuple[float, float]]] = {}
    for point in break_points_of(result):
        across = y if point["symbol"] == x.name else x
        if across.name in point:
            places = found.setdefault((across is y, str(point["after"])), [])
            places.append((float(point[across.name]), float(point["value"])))
    lines = []
    for (along_x, told), places in found.items():
        if len(places) > 1:
            others, at = np.array(sorted(places)).T
            lines.append((f"proved: {told}", at, others) if along_x else (f"proved: {told}", others, at))
    return lines


def _marks(result: xarray.Dataset, symbol: Any, where: dict[str, Any]) -> tuple[tuple[str, float], ...]:
    """The break points of one line, those that do not speak of another value of its axis, with what they say."""
    return tuple(
        (_said(str(point["after"])), float(point["value"]))
        for point in break_points_of(result)
        if point["symbol"] == symbol and all(point.get(name, value) == value for name, value in where.items())
    )


def _said(after: str) -> str:
    """What stands in a legend for what holds beyond a break point.

    >>> _said("every row has a mass of at least 9/10"), _said("7 of 12 contexts are right; ab changed")
    ('proved: from here on 9/10 in every row', 'proved break points')
    """
    of_mass = after.startswith(EVERY_ROW)
    return f"proved: from here on {after.rpartition(' ')[2]} in every row" if of_mass else "proved break points"


def _label(axis: Any, text: str) -> str:
    return text if _is_text(axis.values) else f"${axis.attrs['latex']} = {_in_formula(text)}$"


def _in_formula(text: str) -> str:
    """A number in few digits as LaTeX.

    >>> _in_formula("1e+04"), _in_formula("2.5e-09"), _in_formula("64")
    ('10^{4}', '2.5 \\\\cdot 10^{-9}', '64')
    """
    digits, _, power = text.partition("e")
    ten = f"10^{{{int(power)}}}" if power else ""
    return text if not power else ten if digits == "1" else rf"{digits} \cdot {ten}"


def _is_text(values: Any) -> bool:
    return np.asarray(values).dtype.kind not in "fiu"
