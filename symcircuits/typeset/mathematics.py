r"""LaTeX formulas as inline SVG, drawn here: a page needs no font, no script and no host to show them."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, lru_cache
from html import escape
from typing import Any

from symcircuits.errors import BadValue

# Coordinates are whole numbers in units of 1/500 em: fine enough for print, and far shorter than decimals.
_UNITS = 500
_NUMBERS = re.compile(r"-?\d+(?:\.\d+)?")


@lru_cache(maxsize=1 << 13)
def formula_html(latex: str, display: bool = False) -> str:
    r"""A formula as an ``<svg>`` that scales with the text, stands on its baseline and takes its colour.

    Raises ``BadValue``, naming the formula, for LaTeX that cannot be drawn.

    >>> formula_html(r"\alpha_{0}")[:60]
    '<svg class="math" role="img" aria-label="\\alpha_{0}" width="'
    """
    try:
        drawing = _drawing(latex, display)
    except Exception as error:  # the renderer raises a dozen unrelated classes; each means the same to a reader
        raise BadValue(f"cannot draw the formula {latex!r}: {_reason(error)}") from None
    return _svg(drawing, latex)


def _drawing(latex: str, display: bool) -> Any:
    with _plain_paths():
        formula = _renderer()(latex.strip(), size=_UNITS, color="currentColor", inline=not display, margin=0)
        if unknown := re.search(r"\\[A-Za-z]*", "".join(formula.mathml.itertext())):
            raise BadValue(f"unknown command {unknown.group()}")
        return formula.svgxml()


@cache
def _renderer() -> Any:
    """The renderer, imported on first use; its import warns on some Pythons, which is no concern of the caller."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        from ziamath import Latex
    return Latex


@contextmanager
def _plain_paths() -> Iterator[None]:
    """Draw glyphs as paths, without the ids that would clash between the formulas of one page."""
    from ziafont import config

    before = config.svg2
    config.svg2 = False
    try:
        yield
    finally:
        config.svg2 = before


def _svg(drawing: Any, latex: str) -> str:
    left, top, width, height = (float(number) for number in drawing.get("viewBox").split())
    box = f"{round(left)} {round(top)} {round(width)} {round(height)}"
    size = f'width="{width / _UNITS:.3f}em" height="{height / _UNITS:.3f}em" viewBox="{box}"'
    align = f"vertical-align:{-(top + height) / _UNITS:.3f}em"
    label = escape(latex, quote=True)
    shapes = "".join(_shape(element) for element in drawing.iter() if element.tag in ("path", "rect"))
    return f'<svg class="math" role="img" aria-label="{label}" {size} style="{align}" fill="currentColor">{shapes}</svg>'


def _shape(element: Any) -> str:
    if element.tag == "rect":
        place = " ".join(f'{name}="{float(element.get(name)):.0f}"' for name in ("x", "y", "width", "height"))
        return f"<rect {place}/>"
    stroke = "".join(f' {name}="{element.get(name)}"' for name in ("stroke", "stroke-width") if element.get(name))
    fill = ' fill="none"' if element.get("fill") == "none" else ""
    return f'<path d="{_compact(element.get("d"))}"{stroke}{fill}/>'


def _compact(path: str) -> str:
    rounded = _NUMBERS.sub(lambda number: f"{float(number.group()):.0f}", path)
    return re.sub(r" ?([A-Za-z]) ?", r"\1", rounded).replace(" -", "-").replace(",-", "-")


def _reason(error: Exception) -> str:
    first = str(error).strip().splitlines()
    return first[0] if first else type(error).__name__
