"""Documents as pages: one file each, without a script, a font or a request to any host."""

from __future__ import annotations

import re

from markupsafe import Markup, escape

from symcircuits.export.breaking import wrapped
from symcircuits.export.document import Display, Document, Emphasis, Piece, Span, Spans, Text
from symcircuits.export.templating import environment
from symcircuits.typeset.expressions import latex
from symcircuits.typeset.mathematics import formula_html
from symcircuits.typeset.matrices import HTML_STYLE, matrix_html

_ROOM = 31.0  # em that a page has for mathematics beside a column of reasons
_MOST_COLUMNS = 12
_CELL = 0.7  # em of white in a cell of a matrix


def render(document: Document) -> str:
    """The whole page. ``BadValue``: a formula that cannot be drawn."""
    tools = {"prose": prose, "mathematics": mathematics, "roomy": roomy}
    template = environment("html").get_template("sheet.html")
    return template.render(document=document, matrix_style=Markup(HTML_STYLE), **tools)


def prose(spans: Spans) -> Markup:
    """Running text."""
    return Markup("").join(_span(span) for span in spans)


def mathematics(relation: str, pieces: tuple[Piece, ...]) -> Markup:
    """One side of a line: formulas as drawings, matrices as tables; a relation is drawn with what follows it."""
    if relation and pieces and isinstance(pieces[0], str):
        pieces = (f"{relation} {pieces[0]}", *pieces[1:])
    elif relation:
        pieces = (relation, *pieces)
    return Markup(" ").join(_piece(piece) for piece in pieces)


def roomy(display: Display) -> bool:
    """Whether the mathematics leaves room for the reasons beside it."""
    left = max(sum(map(_width, row.left)) for row in display.rows)
    right = max(sum(map(_width, row.right)) for row in display.rows)
    return left + right + 1.5 <= _ROOM


def _width(piece: Piece) -> float:
    """The width in em: as drawn for a formula, estimated for a matrix."""
    if isinstance(piece, str):
        drawn = re.search(r'width="([\d.]+)em"', formula_html(piece, display=True))
        return float(drawn[1]) if drawn else 0.0
    if piece.shape[1] > _MOST_COLUMNS:
        return _ROOM
    columns = [1.15] * piece.shape[1]
    for (_, column), entry in piece.entries.items():
        columns[column] = max(columns[column], _width(latex(entry)))
    return sum(columns) + _CELL * (len(columns) + 4)


def _piece(piece: Piece) -> Markup:
    return Markup(formula_html(piece, display=True) if isinstance(piece, str) else matrix_html(piece))


def _span(span: Span) -> Markup:
    if isinstance(span, Text):
        return escape(span.text)
    if isinstance(span, Emphasis):
        return Markup("<em>{}</em>").format(prose(span.spans))
    return Markup(" ").join(Markup(formula_html(part)) for part in wrapped(span.latex))
