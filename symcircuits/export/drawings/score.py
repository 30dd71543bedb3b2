"""Scores against an offset, with the gap that decides drawn in."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from symcircuits.export.drawings.style import ACCENT, QUIET, RULE, WIDTH, axes, mathtext
from symcircuits.typeset.expressions import latex
from symcircuits.worked.scores import ScoreFigure

_CURVE = 1200  # points of the curve between the whole offsets


def draw_score(score: ScoreFigure, figure: Figure) -> None:
    """Dots at the offsets that occur on the curve between them; the best and the next one stand out."""
    figure.set_size_inches(WIDTH, 2.5)
    plot = axes(figure)
    offsets = np.array(score.over, dtype=float)
    between = np.linspace(offsets[0], offsets[-1], _CURVE)
    plot.plot(between, score.values(between), color=RULE, linewidth=0.8, zorder=1)
    plot.plot(offsets, score.values(offsets), "o", color="#8aa9c8", markersize=2.6, zorder=2)
    next_one = float(score.runner_up())
    low = float(score.values(np.array([next_one]))[0])
    high = 0.0 if score.best is None else float(score.values(np.array([float(score.best)]))[0])
    marked = [next_one] if score.best is None else [next_one, float(score.best)]
    plot.plot(marked, score.values(np.array(marked)), "o", color=ACCENT, markersize=4.6, zorder=3)
    right = float(offsets[-1] + 0.03 * (offsets[-1] - offsets[0]))
    for level, start in ((low, next_one), (high, float(offsets[0]) if score.best is None else float(score.best))):
        plot.plot([start, right], [level, level], color=ACCENT, linewidth=0.7, linestyle=(0, (4, 3)), zorder=2)
    plot.plot([right, right], [low, high], "_-", color=ACCENT, linewidth=1.4, markersize=6, clip_on=False, zorder=3)
    told = f"gap $\\approx {score.gap():.4g}$"
    plot.annotate(
        told, (right, (low + high) / 2), (6, 0), textcoords="offset points", va="center", color=ACCENT, fontsize=10
    )
    plot.set_xlabel(f"offset {mathtext(latex(score.offset))}")
    plot.set_ylabel(mathtext(score.label))
    plot.tick_params(colors=QUIET)
    plot.margins(x=0.01)
