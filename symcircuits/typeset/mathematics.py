r"""LaTeX formulas as inline SVG, drawn here: a page needs no font, no script and no host to show them.

>>> formula_html(r"\alpha_{0}")[:60]
'<svg class="math" role="img" aria-label="\\alpha_{0}" width="'
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, lru_cache
from html import escape
from typing import Any
from xml.etree import ElementTree

from symcircuits.errors import BadValue
from symcircuits.typeset.mathml import correct
from symcircuits.typeset.outlines import Box, box_of, drawn

# Coordinates are whole numbers in units of 1/500 em: fine enough for print, and far shorter than decimals.
_UNITS = 500
_MARGIN = 15
_TEXT = re.compile(r"\\text\{[^{}]*\}")


@lru_cache(maxsize=1 << 13)
def formula_html(latex: str, display: bool = False) -> str:
    r"""A formula as an ``<svg>`` that scales with the text, stands on its baseline and takes its colour.

    It holds no id and no reference, so that any number of formulas may stand on a page; its ``aria-label`` is the
    LaTeX. Remembered for each formula. Raises ``BadValue``, naming the formula, for LaTeX that cannot be drawn.
    """
    try:
        drawing = _drawing(latex, display)
    except Exception as error:  # noqa: BLE001  the renderer raises a dozen unrelated classes, all with this one meaning
        raise BadValue(f"cannot draw the formula {latex!r}: {_reason(error)}") from None
    return _svg(drawing, latex)


def _drawing(latex: str, display: bool) -> ElementTree.Element:
    braces = re.sub(r"\\[{}]|[^{}]", "", latex)
    if braces.count("{") != braces.count("}"):
        raise BadValue("its braces do not match")
    math, to_mathml = _renderer()
    plain = _TEXT.sub(_escaped, latex.strip())
    tree = ElementTree.fromstring(to_mathml(plain, inline=not display))
    if unknown := re.search(r"\\[A-Za-z]*", "".join(tree.itertext())):
        raise BadValue(f"unknown command {unknown.group()}")
    correct(tree)
    tree.set("mathcolor", "currentColor")
    with _plain_paths():
        return math(tree, size=_UNITS, margin=0).svgxml()


def _escaped(text: re.Match[str]) -> str:
    """Words of a formula as the renderer wants them, which puts them into its XML as they are."""
    return text[0].replace("<", "&lt;").replace(">", "&gt;")


@cache
def _renderer() -> tuple[Any, Any]:
    """The renderer, imported on first use; its import warns on some Pythons, which is no concern of the caller."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        from ziamath.tex import tex2mml
        from ziamath.zmath import Math
    return Math, tex2mml


@contextmanager
def _plain_paths() -> Iterator[None]:
    """Draw glyphs as paths, without the ids that would clash between the formulas of one page."""
    from ziafont.config import config

    before = config.svg2
    config.svg2 = False
    try:
        yield
    finally:
        config.svg2 = before


def _svg(drawing: ElementTree.Element, latex: str) -> str:
    shapes = [element for element in drawing.iter() if element.tag in ("path", "rect")]
    box = _box(drawing, shapes)
    width, height = box.right - box.left, box.bottom - box.top
    size = f'width="{width / _UNITS:.3f}em" height="{height / _UNITS:.3f}em"'
    view = f'viewBox="{box.left:.0f} {box.top:.0f} {width:.0f} {height:.0f}"'
    style = f"vertical-align:{-box.bottom / _UNITS:.3f}em;overflow:visible;flex:none"
    label = f'role="img" aria-label="{escape(latex, quote=True)}"'
    strokes = "".join(map(drawn, shapes))
    return f'<svg class="math" {label} {size} {view} style="{style}" fill="currentColor">{strokes}</svg>'


def _box(drawing: ElementTree.Element, shapes: list[ElementTree.Element]) -> Box:
    """From the first stroke to the last, and above and below at least the room that the renderer asks for."""
    left, top, width, height = map(float, drawing.get("viewBox", "").split())
    boxes = [box_of(shape) for shape in shapes] or [Box(left, top, left + width, top + height)]
    box = Box(boxes[0].left, top, boxes[0].right, top + height).around(boxes)
    return Box(box.left - _MARGIN, box.top - _MARGIN, box.right + _MARGIN, box.bottom + _MARGIN)


def _reason(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
