"""Who reads whom: tokens across, layers up, and an arrow for each move."""

from __future__ import annotations

import re
from collections.abc import Iterable

from matplotlib.figure import Figure

from symcircuits.export.drawings.style import ACCENT, QUIET, RULE, WIDTH, axes, mathtext
from symcircuits.worked.diagrams import Arrow, ReadsFigure


def draw_reads(reads: ReadsFigure, figure: Figure) -> None:
    """A line up for each token's stream, a dot for what it holds after each layer, and the moves into the last one."""
    layers = len(reads.heads)
    figure.set_size_inches(WIDTH, 0.7 + 0.9 * layers)
    plot = axes(figure, open_frame=False)
    for token in range(reads.tokens):
        plot.plot([token, token], [-0.12, layers + 0.12], color=RULE, linewidth=1.2, zorder=1)
        plot.plot([token] * (layers + 1), range(layers + 1), "o", color="white", mec=QUIET, ms=5, mew=0.8, zorder=2)
    for arrow in reads.arrows():
        style = {"arrowstyle": "-|>,head_width=.22,head_length=.45", "color": ACCENT, "shrinkA": 4, "shrinkB": 4}
        plot.annotate("", (arrow.target, arrow.layer), (arrow.source, arrow.layer - 1), arrowprops=style, zorder=3)
        middle = ((arrow.source + arrow.target) / 2, arrow.layer - 0.5)
        box = {"facecolor": "white", "edgecolor": "none", "pad": 1.2}
        plot.annotate(_moved(arrow), middle, ha="center", va="center", fontsize=9, color=ACCENT, bbox=box, zorder=4)
    last = reads.tokens - 1
    names = ["n" if token == last else f"n-{last - token}" for token in range(reads.tokens)]
    plot.set_xticks(range(reads.tokens), [f"token ${name}$" for name in names])
    plot.set_yticks(range(layers + 1), ["at first", *(f"after layer {layer}" for layer in range(1, layers + 1))])
    plot.tick_params(length=0, colors=QUIET, pad=6)
    plot.spines[:].set_visible(False)
    plot.set(xlim=(-0.4, last + 0.4), ylim=(-0.25, layers + 0.25))


def _moved(arrow: Arrow) -> str:
    return mathtext(rf"{dims(arrow.read)} \rightarrow {dims(arrow.written)}")


def dims(labels: Iterable[str]) -> str:
    r"""Labels of directions, runs drawn together.

    >>> dims(["4", "5", "6", "8"]), dims(["v_{0}", "v_{1}", "v_{2}"])
    ('4\\mathrm{–}6, 8', 'v_{0}, \\ldots, v_{2}')
    """
    runs: list[list[str]] = []
    for label in labels:
        if runs and _follows(runs[-1][-1], label):
            runs[-1].append(label)
        else:
            runs.append([label])
    return ", ".join(map(_run, runs))


def _run(run: list[str]) -> str:
    if len(run) == 1:
        return run[0]
    if run[0].isdigit():
        return rf"{run[0]}\mathrm{{–}}{run[-1]}"
    return rf"{run[0]}, \ldots, {run[-1]}" if len(run) > 2 else ", ".join(run)


def _follows(before: str, after: str) -> bool:
    first, second = (re.fullmatch(r"(.*?)(\d+)(\}?)", label) for label in (before, after))
    if first is None or second is None:
        return False
    return (first[1], first[3]) == (second[1], second[3]) and int(second[2]) == int(first[2]) + 1
