"""Attention patterns as heatmaps."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from symcircuits.export.drawings.style import BLUES, QUIET, RULE, UNSEEN, axes
from symcircuits.worked.figures import PatternFigure

_MOST_LABELS = 20


def draw_pattern(pattern: PatternFigure, figure: Figure) -> None:
    """A row for each query, a column for each key; keys that the mask hides are grey."""
    weights = pattern.weights()
    size = len(weights)
    figure.set_size_inches(4.3, 3.5)
    plot = axes(figure, open_frame=False)
    plot.set_facecolor(UNSEEN)
    hidden = np.triu(np.ones(weights.shape, dtype=bool), k=1)
    image = plot.imshow(np.ma.array(weights, mask=hidden), cmap=BLUES, vmin=0.0, vmax=1.0, interpolation="nearest")
    step = 1 if size <= _MOST_LABELS else max(1, size // 8)
    shown = range(0, size, step)
    names = [pattern.tokens[token] if pattern.tokens else str(token) for token in shown]
    plot.set_xticks(list(shown), names)
    plot.set_yticks(list(shown), names)
    plot.tick_params(length=0)
    plot.xaxis.set_ticks_position("top")
    plot.xaxis.set_label_position("top")
    plot.set_xlabel("key $m$")
    plot.set_ylabel("query $n$")
    if size <= _MOST_LABELS:
        edges = np.arange(-0.5, size)
        plot.hlines(edges, -0.5, size - 0.5, colors="white", linewidth=0.8)
        plot.vlines(edges, -0.5, size - 0.5, colors="white", linewidth=0.8)
    plot.spines[:].set_color(RULE)
    bar = figure.colorbar(image, ax=plot, fraction=0.046, pad=0.04, ticks=[0, 0.5, 1])
    bar.ax.set_yticklabels(["0", "½", "1"])
    bar.set_label("attention $A_{nm}$")
    bar.outline.set(edgecolor=QUIET, linewidth=0.6)
