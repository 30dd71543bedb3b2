"""Attention patterns as heatmaps."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from symcircuits.export.drawings.style import BLUES, QUIET, RULE, UNSEEN, axes
from symcircuits.worked.figures import PatternFigure

_MOST_LABELS = 16


def draw_pattern(pattern: PatternFigure, figure: Figure) -> None:
    """A row for each query, a column for each key; keys that the mask hides are grey."""
    weights = pattern.weights()
    size = len(weights)
    figure.set_size_inches(4.3, 3.5)
    plot = axes(figure, open_frame=False)
    plot.set_facecolor(UNSEEN)
    hidden = np.triu(np.ones(weights.shape, dtype=bool), k=1)
    seen, lines = np.ma.array(weights, mask=hidden), 0.8 if size <= _MOST_LABELS else 0.0
    image = plot.pcolormesh(seen, cmap=BLUES, vmin=0.0, vmax=1.0, edgecolors="white", linewidth=lines)
    plot.set(xlim=(0, size), ylim=(size, 0), aspect="equal")
    step = 1 if size <= _MOST_LABELS else max(1, size // 8)
    shown = range(0, size, step)
    names = [pattern.tokens[token] if pattern.tokens else str(token) for token in shown]
    plot.set_xticks([token + 0.5 for token in shown], names)
    plot.set_yticks([token + 0.5 for token in shown], names)
    plot.tick_params(length=0)
    plot.xaxis.set_ticks_position("top")
    plot.xaxis.set_label_position("top")
    plot.set_xlabel("key $m$")
    plot.set_ylabel("query $n$")
    plot.spines[:].set_color(RULE)
    bar = figure.colorbar(image, ax=plot, fraction=0.046, pad=0.04, ticks=[0, 0.5, 1])
    bar.ax.set_yticklabels(["0", "½", "1"])
    bar.set_label("attention $A_{nm}$")
    bar.outline.set(edgecolor=QUIET, linewidth=0.6)
