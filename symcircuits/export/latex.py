r"""Documents as LaTeX: a file that compiles by itself with pdflatex in one run.

>>> escaped("100 % of W_V & more, α")
'100 \\% of W\\_V \\& more, \\ensuremath{\\alpha}'
"""

from __future__ import annotations

import re

from symcircuits.export.book import Book, Section
from symcircuits.export.characters import AS_LATEX
from symcircuits.export.document import Document, Mark, Piece, plain, tag
from symcircuits.export.templating import environment
from symcircuits.typeset.matrices import LATEX_PREAMBLE, matrix_latex
from symcircuits.typeset.prose import Emphasis, Link, Span, Spans, Text
from symcircuits.typeset.readable import readable

_SPECIAL = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\ensuremath{<}",
    ">": r"\ensuremath{>}",
    "|": r"\ensuremath{|}",
    '"': r"\textquotedbl{}",
    **{character: "\\" + character for character in "&%$#_{}"},
}


def render(document: Document) -> str:
    """The whole ``.tex`` file of a sheet, which compiles in one run."""
    return _render(document.id, (Section("", "", (document,)),), None)


def render_book(book: Book) -> str:
    """The whole ``.tex`` file of several sheets; its contents and links need a second and a third run."""
    return _render(book.id, book.sections, book)


def _render(id: str, sections: tuple[Section, ...], book: Book | None) -> str:
    tools = {"prose": prose, "mathematics": mathematics, "escaped": escaped, "marked": marked, "tagged": tagged}
    template = environment("tex").get_template("sheet.tex")
    return template.render(id=id, sections=sections, book=book, preamble=LATEX_PREAMBLE, bookmark=bookmark, **tools)


def prose(spans: Spans) -> str:
    """Running text."""
    return "".join(_span(span) for span in spans)


def mathematics(pieces: tuple[Piece, ...]) -> str:
    """The pieces of one side of a line, in mathematics mode."""
    return r"\;".join(_known(piece) if isinstance(piece, str) else matrix_latex(piece) for piece in pieces)


def marked(mark: Mark) -> str:
    """What stands at a statement that was not proved."""
    return rf"\textbf{{{mark.answer.capitalize()}}}: {prose(mark.text)}"


def tagged(number: int | None, document: Document) -> str:
    """The number of a statement, in a larger document as a place that links lead to."""
    printed = tag(number, document.prefix)
    return rf"\place{{{document.prefix}{number}}}{printed}" if printed and document.prefix else printed


def bookmark(spans: Spans) -> str:
    """A title for the outline of a viewer, which knows no mathematics: letters and digits as they are read."""
    return escaped("".join(character for character in readable(plain(spans)) if character.isascii()))


def escaped(text: str) -> str:
    """Plain characters, safe outside mathematics."""
    return "".join(_character(character) for character in text)


def _span(span: Span) -> str:
    if isinstance(span, Text):
        return escaped(span.text)
    if isinstance(span, Link):
        return rf"\hyperlink{{{span.target}}}{{{prose(span.spans)}}}"
    return rf"\emph{{{prose(span.spans)}}}" if isinstance(span, Emphasis) else f"${_known(span.latex)}$"


def _character(character: str) -> str:
    if character in _SPECIAL:
        return _SPECIAL[character]
    if character.isascii():
        return character
    return AS_LATEX[character][0] if character in AS_LATEX else _printable(character)


def _printable(character: str) -> str:
    """A letter of the Latin alphabets as it is; anything else that no font here has, by its number."""
    return character if ord(character) < 0x180 else f"[U+{ord(character):04X}]"


def _known(latex: str) -> str:
    """Mathematics with Unicode signs turned into commands, for inputenc knows few of them."""
    return re.sub(r"[^\x00-\x7f]", lambda found: AS_LATEX.get(found.group(), ("", r"\square "))[1], latex)
