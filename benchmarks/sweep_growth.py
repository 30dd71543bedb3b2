"""How the cost of a sweep grows with its points, the context and the frequency pairs, as a table of ``docs/sweeps.md``.

Run it with ``python benchmarks/sweep_growth.py docs/images/sweep-growth.svg``; the plot shows the same numbers.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from work import best

from symcircuits.sweeps.blocks import Blocks
from symcircuits.sweeps.plan import plan
from symcircuits.worked import shipped

START = {"points": 4096, "n_ctx": 64, "pairs": 2}
GROWN = {
    "points": (256, 1024, 4096, 16384, 65536, 262144),
    "n_ctx": (8, 32, 128, 512, 2048),
    "pairs": (1, 2, 4, 8, 16),
}


def seconds(points: int, n_ctx: int, pairs: int) -> float:
    """The time of the previous-token mass by its closed form, compiled beforehand."""
    over, fix = {"beta": f"geom(0.1, 1e3, {points})"}, {"n_ctx": n_ctx}
    fix |= {f"alpha_{i}": f"1/{i + 1}" for i in range(pairs)} | {f"lambda_{i}": f"1/{i + 1}" for i in range(pairs)}
    made = plan(shipped(), "framework/2c", ["mass"], over, fix, {"pairs": pairs, "stream_pairs": pairs}, None)
    ours, into = Blocks(made, {}, "closed", "numpy"), {"mass": np.empty(points)}
    ours.work_out(0, 0, points, into)
    return best(lambda: ours.work_out(0, 0, points, into), 5)


def main() -> None:
    """Print the table, and draw it where a file is named."""
    figure = Figure(figsize=(7.2, 2.6), layout="constrained")
    print("| what grows | value | ms | ns a point and token |\n|---|---|---|---|")
    for plot, (name, values) in zip(figure.subplots(1, len(GROWN)), GROWN.items(), strict=True):
        times = []
        for value in values:
            at = START | {name: value}
            times.append(seconds(**at))
            print(f"| {name} | {value} | {1e3 * times[-1]:.2f} | {1e9 * times[-1] / at['points'] / at['n_ctx']:.2f} |")
        plot.loglog(values, 1e3 * np.array(times), marker="o", markersize=3, color="#1f4e79")
        plot.set_xlabel(name)
        plot.grid(linewidth=0.3)
    figure.axes[0].set_ylabel("ms")
    if sys.argv[1:]:
        figure.savefig(Path(sys.argv[1]))


if __name__ == "__main__":
    main()
