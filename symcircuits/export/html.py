"""Documents as pages: one file each, without a script, a font or a request to any host.

Functions that give HTML escape what they are given; a template marks their results as safe, and escapes all else.
"""

from __future__ import annotations

import re
from html import escape

from symcircuits.export import pictures
from symcircuits.export.book import Book, Section
from symcircuits.export.breaking import wrapped
from symcircuits.export.document import Display, Document, Piece, tag
from symcircuits.export.templating import environment
from symcircuits.typeset.expressions import latex
from symcircuits.typeset.mathematics import formula_html
from symcircuits.typeset.matrices import HTML_STYLE, matrix_html
from symcircuits.typeset.prose import Emphasis, Link, Span, Spans, Text

_ROOM = 31.0  # em that a page has for mathematics beside a column of reasons
_TIED = re.compile(r"[(“]<svg(?:(?!</svg>).)*</svg>[.,;:!?)”’]*|<svg(?:(?!</svg>).)*</svg>[.,;:!?)”’]+", re.DOTALL)
_MOST_COLUMNS = 12
_CELL = 0.7  # em of white in a cell of a matrix


def render(document: Document) -> str:
    """The whole page of a sheet. ``BadValue``: a formula that cannot be drawn."""
    return _render(document.name, (Section("", "", (document,)),), None)


def render_book(book: Book) -> str:
    """The whole page of several sheets, with a list of contents. ``BadValue``: a formula that cannot be drawn."""
    return _render(book.name, book.sections, book)


def _render(name: str, sections: tuple[Section, ...], book: Book | None) -> str:
    tools = {
        "prose": prose,
        "mathematics": mathematics,
        "roomy": roomy,
        "tag": tag,
        "place": place,
        "drawn": pictures.inline,
    }
    template = environment("html").get_template("sheet.html")
    return template.render(name=name, sections=sections, book=book, matrix_style=HTML_STYLE, **tools)


def place(number: int | None, document: Document) -> str:
    """What makes the number of a statement a place that links lead to, in a larger document."""
    named = number is not None and document.prefix
    return f' id="{escape(document.prefix, quote=True)}{number}"' if named else ""


def prose(spans: Spans) -> str:
    """Running text; no line ends between a formula and its punctuation."""
    return _TIED.sub(r'<span class="tied">\g<0></span>', "".join(_span(span) for span in spans))


def mathematics(relation: str, pieces: tuple[Piece, ...]) -> str:
    """One side of a line: formulas as drawings, matrices as tables; a relation is drawn with what follows it."""
    if relation and pieces and isinstance(pieces[0], str):
        pieces = (f"{relation} {pieces[0]}", *pieces[1:])
    elif relation:
        pieces = (relation, *pieces)
    return " ".join(_piece(piece) for piece in pieces)


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


def _piece(piece: Piece) -> str:
    return formula_html(piece, display=True) if isinstance(piece, str) else matrix_html(piece)


def _span(span: Span) -> str:
    if isinstance(span, Text):
        return escape(span.text)
    if isinstance(span, Link):
        return f'<a href="#{escape(span.target, quote=True)}">{prose(span.spans)}</a>'
    if isinstance(span, Emphasis):
        return f"<em>{prose(span.spans)}</em>"
    first, *others = wrapped(span.latex)
    return " ".join([formula_html(first), *(formula_html(_continued(part)) for part in others)])


def _continued(part: str) -> str:
    """A part of a formula that goes on from the part before, so that its first sign stands between two things."""
    return f"{{}} {part}" if part.startswith(("+", "-")) else part
