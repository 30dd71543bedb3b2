"""Matrices block by block: what is read across, what is written down."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from symcircuits.export.drawings.style import ACCENT, QUIET, RULE, SHADE, WIDTH, mathtext
from symcircuits.worked.diagrams import BlockFigure

_MOST_IN_A_ROW = 3


def draw_blocks(blocks: BlockFigure, figure: Figure) -> None:
    """The matrices side by side, at most three in a row, all at one scale."""
    count = len(blocks.matrices)
    across = min(count, _MOST_IN_A_ROW)
    down = -(-count // across)
    side = min(WIDTH / across, 2.3)
    figure.set_size_inches(side * across, side * 1.12 * down)
    grid = figure.subplots(down, across, squeeze=False, gridspec_kw={"wspace": 0.32, "hspace": 0.45})
    for place, plot in enumerate(grid.flat):
        if place < count:
            _draw_matrix(blocks, place, plot)
            plot.set_ylabel("written" if place % across == 0 else "", fontsize=9, color=QUIET, labelpad=2)
        else:
            plot.set_axis_off()


def _draw_matrix(blocks: BlockFigure, place: int, plot: Axes) -> None:
    rows, columns = blocks.axes(place)
    tops, lefts = ([*axis.block_starts(), len(axis)] for axis in (rows, columns))
    for block in blocks.blocks(place):
        top, left = tops[block.row], lefts[block.column]
        height, width = rows.blocks[block.row][1], columns.blocks[block.column][1]
        plot.add_patch(Rectangle((left, top), width, height, facecolor=SHADE, linewidth=0))
    for i, j in blocks.entries(place):
        plot.add_patch(Rectangle((j + 0.12, i + 0.12), 0.76, 0.76, facecolor=ACCENT, linewidth=0))
    for block in blocks.blocks(place):
        _say(plot, block.mark, lefts[block.column], tops[block.row], columns.blocks[block.column][1])
    plot.hlines(tops, 0, len(columns), colors=RULE, linewidth=0.6)
    plot.vlines(lefts, 0, len(rows), colors=RULE, linewidth=0.6)
    plot.set(xlim=(0, len(columns)), ylim=(len(rows), 0), aspect="equal")
    plot.set_xticks([start + size / 2 for start, (_, size) in zip(lefts, columns.blocks, strict=False)])
    plot.set_yticks([start + size / 2 for start, (_, size) in zip(tops, rows.blocks, strict=False)])
    plot.set_xticklabels([mathtext(name) for name, _ in columns.blocks])
    plot.set_yticklabels([mathtext(name) for name, _ in rows.blocks])
    plot.tick_params(length=0, pad=2, labelsize=8)
    plot.spines[:].set_color(QUIET)
    plot.set_title(mathtext(blocks.name(place)), fontsize=11, pad=6)
    plot.set_xlabel("read", fontsize=9, color=QUIET, labelpad=2)


def _say(plot: Axes, mark: str, left: int, top: int, width: int) -> None:
    """What a block is, above it."""
    plot.annotate(
        mathtext(mark), (left + width / 2, top), (0, 2), textcoords="offset points", ha="center", va="bottom",
        fontsize=7.5, color=ACCENT,
    )  # fmt: skip
