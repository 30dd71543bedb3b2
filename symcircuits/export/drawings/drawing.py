"""A figure drawn, in whichever format is asked for."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from typing import Any

from matplotlib import rc_context, rcdefaults
from matplotlib.figure import Figure

from symcircuits.errors import BadValue
from symcircuits.export.drawings.blocks import draw_blocks
from symcircuits.export.drawings.pattern import draw_pattern, draw_weighted
from symcircuits.export.drawings.reads import draw_reads
from symcircuits.export.drawings.score import draw_score
from symcircuits.export.drawings.style import SETTINGS
from symcircuits.export.drawings.sweeps import HeatFigure, LinesFigure, draw_heat, draw_lines
from symcircuits.worked.diagrams import BlockFigure, ReadsFigure
from symcircuits.worked.patterns import PatternFigure, WeightedFigure
from symcircuits.worked.scores import ScoreFigure
from symcircuits.worked.steps import Drawn

_DATELESS: dict[str, dict[str, None]] = {
    "svg": {"Date": None, "Creator": None, "Type": None, "Format": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
    "png": {"Software": None},
}
_ID = re.compile(r'(\bid="|href="#|url\(#)')
_STYLE = re.compile(r"<defs>\s*<style.*?</style>\s*</defs>", re.DOTALL)
_NAMESPACES = re.compile(r' xmlns(:xlink)?="[^"]*"')
_DRAW: dict[type, Callable[[Any, Figure], None]] = {
    PatternFigure: draw_pattern,
    WeightedFigure: draw_weighted,
    ScoreFigure: draw_score,
    BlockFigure: draw_blocks,
    ReadsFigure: draw_reads,
    LinesFigure: draw_lines,
    HeatFigure: draw_heat,
}


@dataclass(frozen=True, repr=False)
class Drawing:
    """A figure, drawn anew for each format; a notebook shows it."""

    figure: Drawn | LinesFigure | HeatFigure

    def __repr__(self) -> str:
        return self.figure.alt()

    def svg(self, name: str = "figure") -> str:
        """An SVG file; ``name`` keeps its ids apart from those of other figures on a page."""
        whole = self._saved("svg").decode()
        # A style inside would hold for the whole page; and the words are for those who do not see.
        kept = _STYLE.sub("", whole[whole.index("<svg") :], count=1)
        words = f'<svg role="img" aria-label="{escape(self.figure.alt())}" style="stroke-linejoin: round" '
        return _ID.sub(rf"\g<1>{name}-", kept).replace("<svg ", words, 1)

    def inline(self, name: str) -> str:
        """The same ``<svg>`` to stand in a page, where it needs no namespaces."""
        return _NAMESPACES.sub("", self.svg(name)).replace("xlink:href", "href").strip()

    def pdf(self) -> bytes:
        """A PDF of one page, cut to the figure."""
        return self._saved("pdf")

    def png(self) -> bytes:
        """An image with 200 points an inch."""
        return self._saved("png", dpi=200)

    def _repr_png_(self) -> bytes:
        return self.png()

    def _saved(self, ending: str, **options: Any) -> bytes:
        made = io.BytesIO()
        with rc_context():
            rcdefaults()
            with rc_context(SETTINGS):
                canvas = Figure()
                try:
                    _DRAW[type(self.figure)](self.figure, canvas)
                    canvas.savefig(made, format=ending, metadata=_DATELESS[ending], **options)
                except ValueError as error:  # mathtext that cannot be read, or numbers that the engine refuses
                    raise BadValue(f"cannot draw a figure: {str(error).splitlines()[0]}") from error
        return made.getvalue()


def draw(figure: Drawn | LinesFigure | HeatFigure) -> Drawing:
    """The drawing of a figure of a derivation, ``draw(solution.figures[0])`` in a notebook."""
    return Drawing(figure)
