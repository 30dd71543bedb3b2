"""A measure against one scale, or against two: lines with their thresholds, and a map."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from numpy.typing import NDArray

from symcircuits.export.drawings.style import ACCENT, BLUES, QUIET, RULE, WIDTH, axes, mathtext

Array = NDArray[Any]
COLOURS = (ACCENT, "#b5541c", "#3f7d4e", "#7a4f9a", "#9a7d16", "#2a8a96", "#a33b52", "#5b6570")
_DASHES = ((0, (4, 2)), (0, (1, 1.5)), "-")
WIDE = 50  # times the smallest value that the largest must be, for a logarithmic axis


@dataclass(frozen=True, eq=False)
class Line:
    """One curve: its label, its values ``[points]``, and its thresholds, each with what it says and where it is."""

    label: str
    values: Array
    marks: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, eq=False)
class LinesFigure:
    """Lines over the values ``x`` ``[points]`` of a scale; ``x_label`` is LaTeX, ``y_label`` prose."""

    x: Array
    x_label: str
    y_label: str
    lines: Sequence[Line]

    def alt(self) -> str:
        """The figure in words."""
        labels = ", ".join(line.label for line in self.lines if line.label)
        return f"{self.y_label} against {self.x_label}" + (f", for {labels}" if labels else "")


@dataclass(frozen=True, eq=False)
class HeatFigure:
    """A measure ``[y, x]`` over the values of two scales, whose labels are LaTeX. ``marks`` are lines of thresholds,
    each with what it says and its points ``xs`` and ``ys``."""

    x: Array
    y: Array
    values: Array
    x_label: str
    y_label: str
    label: str
    marks: Sequence[tuple[str, Array, Array]] = ()

    def alt(self) -> str:
        """The figure in words."""
        return f"{self.label} against {self.x_label} and {self.y_label}"


def draw_lines(lines: LinesFigure, figure: Figure) -> None:
    """A line each, with broken ones in its colour at its thresholds; those that say the same are broken alike."""
    figure.set_size_inches(WIDTH, 3.1)
    plot = axes(figure)
    said = list(dict.fromkeys(told for line in lines.lines for told, _ in line.marks))
    broken: Any = {told: {"linewidth": 0.8, "linestyle": _DASHES[i % 2]} for i, told in enumerate(said)}
    curves = []
    for number, line in enumerate(lines.lines):
        colour = COLOURS[number % len(COLOURS)]
        style: Any = {"drawstyle": "steps-mid"} if len(np.unique(line.values)) <= 16 < len(lines.x) else {}
        width = 1.2 + 1.4 * (len(lines.lines) - 1 - number) / len(lines.lines)  # so that lines show below one another
        curves += plot.plot(lines.x, line.values, color=colour, linewidth=width, label=line.label, **style)
        for told, mark in line.marks:
            if lines.x.min() <= mark <= lines.x.max():
                plot.axvline(mark, color=colour, zorder=1, **broken[told])
    proved = [plot.plot([], [], color=QUIET, label=told, **broken[told])[0] for told in said]
    if _is_wide(lines.x):
        plot.set_xscale("log")
    plot.set_xlabel(mathtext(lines.x_label))
    plot.set_ylabel(lines.y_label)
    plot.tick_params(colors=QUIET)
    plot.grid(axis="y", color=RULE, linewidth=0.4)
    plot.margins(x=0.01)
    _legend_above(plot, proved)
    named = [curve for line, curve in zip(lines.lines, curves, strict=True) if line.label]
    _legend_above(plot, named, 1.08 if proved else 1)


def draw_heat(heat: HeatFigure, figure: Figure) -> None:
    """A map with a bar for its values."""
    figure.set_size_inches(WIDTH, 3.8)
    plot = axes(figure)
    image = plot.pcolormesh(heat.x, heat.y, heat.values, cmap=BLUES, shading="nearest", rasterized=True)
    for number, (told, xs, ys) in enumerate(heat.marks):
        plot.plot(xs, ys, color=COLOURS[1], linewidth=1.2, linestyle=_DASHES[number % len(_DASHES)], label=told)
    if heat.marks:
        plot.set_xlim(heat.x.min(), heat.x.max())
        plot.set_ylim(heat.y.min(), heat.y.max())
        _legend_above(plot, plot.get_legend_handles_labels()[0])
    if _is_wide(heat.x):
        plot.set_xscale("log")
    if _is_wide(heat.y):
        plot.set_yscale("log")
    plot.set_xlabel(mathtext(heat.x_label))
    plot.set_ylabel(mathtext(heat.y_label))
    plot.tick_params(colors=QUIET)
    bar = figure.colorbar(image, ax=plot, fraction=0.046, pad=0.04)
    bar.set_label(heat.label)
    bar.outline.set(edgecolor=QUIET, linewidth=0.6)


def _legend_above(plot: Any, shown: Sequence[Any], height: float = 1) -> None:
    """Out of the way of every line; nothing for nothing."""
    place: Any = {"loc": "lower left", "bbox_to_anchor": (0, height), "borderaxespad": 0.3}
    if shown:
        labels = [artist.get_label() for artist in shown]
        legend = plot.add_artist(Legend(plot, shown, labels, frameon=False, fontsize=8, ncols=4, **place))
        legend.set_clip_on(False)  # else it is cut off, since it stands outside


def _is_wide(values: Array) -> bool:
    """Whether values ask for a logarithmic axis: far apart, and not at equal distances."""
    steps = np.diff(np.sort(values))
    even = len(steps) > 1 and np.allclose(steps, steps[0], rtol=1e-6)
    return bool(values.min() > 0 and values.max() > WIDE * values.min() and not even)
