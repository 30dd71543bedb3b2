"""Attention patterns as heatmaps, alone or beside what they move."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from symcircuits.export.drawings.style import BLUES, QUIET, RULE, UNSEEN, WIDTH, axes
from symcircuits.worked.patterns import PatternFigure, WeightedFigure

_MOST_LABELS = 16


def draw_pattern(pattern: PatternFigure, figure: Figure) -> None:
    """A row for each query, a column for each key; keys that the mask hides are grey."""
    figure.set_size_inches(4.3, 3.5)
    bar = _heat(axes(figure, open_frame=False), pattern.weights(), pattern.tokens, 1.0)
    bar.set_label("attention $A_{nm}$")


def draw_weighted(weighted: WeightedFigure, figure: Figure) -> None:
    """The pattern, and beside it the same times the size of what arrives, from 0 to the largest of all."""
    figure.set_size_inches(WIDTH, 2.7)
    left, right = figure.subplots(1, 2, gridspec_kw={"wspace": 0.75})
    _heat(left, weighted.pattern(), weighted.tokens, 1.0).set_label("attention $A_{nm}$")
    moved = weighted.weighted()
    bar = _heat(right, moved, weighted.tokens, float(moved.max()) or 1.0)
    bar.set_label(r"$A_{nm} \, \Vert W_{\mathrm{OV}} x_m \Vert$")


def _heat(plot: Axes, weights: NDArray[np.floating[Any]], tokens: tuple[str, ...], top: float) -> Any:
    """The heatmap, from 0 to ``top``; returns its bar of colours."""
    size = len(weights)
    plot.set_facecolor(UNSEEN)
    hidden = np.triu(np.ones(weights.shape, dtype=bool), k=1)
    seen, lines = np.ma.array(weights, mask=hidden), 0.8 if size <= _MOST_LABELS else 0.0
    image = plot.pcolormesh(seen, cmap=BLUES, vmin=0.0, vmax=top, edgecolors="white", linewidth=lines)
    plot.set(xlim=(0, size), ylim=(size, 0), aspect="equal")
    step = 1 if size <= _MOST_LABELS else max(1, size // 8)
    shown = range(0, size, step)
    names = [tokens[token] if tokens else str(token) for token in shown]
    plot.set_xticks([token + 0.5 for token in shown], names)
    plot.set_yticks([token + 0.5 for token in shown], names)
    plot.tick_params(length=0)
    plot.xaxis.set_ticks_position("top")
    plot.xaxis.set_label_position("top")
    plot.set_xlabel("key $m$")
    plot.set_ylabel("query $n$")
    plot.spines[:].set_color(RULE)
    bar = plot.figure.colorbar(image, ax=plot, fraction=0.046, pad=0.04, ticks=[0, top / 2, top])
    bar.ax.set_yticklabels(["0", "½", "1"] if top == 1.0 else [f"{value:.3g}" for value in (0.0, top / 2, top)])
    bar.outline.set(edgecolor=QUIET, linewidth=0.6)
    return bar
