r"""How figures look: the colours of the pages, one serif for words and mathematics, and few lines.

>>> mathtext(r"0\text{–}3"), mathtext(r"W_{Q}^{\mathsf{T}}")
('$0\\mathrm{–}3$', '$W_{Q}^{\\mathsf{T}}$')
"""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

INK = "#1b1f24"
QUIET = "#636b74"
RULE = "#d5d9de"
ACCENT = "#1f4e79"
SHADE = "#e3ecf5"
UNSEEN = "#f3f4f6"
BLUES = LinearSegmentedColormap.from_list("ink", ["#ffffff", "#c3d6e9", "#5f8fbf", ACCENT])
WIDTH = 6.1  # inches, the width of the text on a sheet

SETTINGS: Any = {  # matplotlib's own names
    "axes.edgecolor": QUIET,
    "axes.labelcolor": INK,
    "axes.labelsize": 10,
    "axes.linewidth": 0.6,
    "figure.facecolor": "white",
    "font.family": "STIXGeneral",
    "font.size": 10,
    "mathtext.fontset": "stix",
    "pdf.compression": 6,
    "pdf.fonttype": 42,
    "savefig.bbox": "tight",
    "savefig.pad_inches": 0.04,
    "svg.fonttype": "path",
    "svg.hashsalt": "symcircuits",
    "text.color": INK,
    "text.usetex": False,
    "xtick.color": QUIET,
    "xtick.labelsize": 9,
    "xtick.major.size": 2.5,
    "ytick.color": QUIET,
    "ytick.labelsize": 9,
    "ytick.major.size": 2.5,
}


def mathtext(latex: str) -> str:
    """A formula for matplotlib, which knows no ``\\text``."""
    return f"${latex.replace(chr(92) + 'text{', chr(92) + 'mathrm{')}$"


def axes(figure: Figure, open_frame: bool = True) -> Axes:
    """The one pair of axes of a figure; an open frame has no upper and no right side."""
    made = figure.add_subplot()
    if open_frame:
        made.spines[["top", "right"]].set_visible(False)
    return made
