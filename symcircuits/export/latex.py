r"""Documents as LaTeX: a file that compiles by itself with pdflatex in one run.

>>> escaped("100 % of W_V & more, α")
'100 \\% of W\\_V \\& more, \\ensuremath{\\alpha}'
"""

from __future__ import annotations

import re

from symcircuits.export.characters import AS_LATEX
from symcircuits.export.document import Document, Mark, Piece
from symcircuits.export.templating import environment
from symcircuits.typeset.matrices import LATEX_PREAMBLE, matrix_latex
from symcircuits.typeset.prose import Emphasis, Span, Spans, Text

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
    """The whole ``.tex`` file."""
    tools = {"prose": prose, "mathematics": mathematics, "escaped": escaped, "marked": marked, "tag": tag}
    return environment("tex").get_template("sheet.tex").render(document=document, preamble=LATEX_PREAMBLE, **tools)


def prose(spans: Spans) -> str:
    """Running text."""
    return "".join(_span(span) for span in spans)


def mathematics(pieces: tuple[Piece, ...]) -> str:
    """The pieces of one side of a line, in mathematics mode."""
    return r"\;".join(_known(piece) if isinstance(piece, str) else matrix_latex(piece) for piece in pieces)


def marked(mark: Mark) -> str:
    """What stands at a statement that was not proved."""
    return rf"\textbf{{{mark.answer.capitalize()}}}: {prose(mark.text)}"


def tag(number: int | None) -> str:
    """The number of a statement."""
    return "" if number is None else f"({number})"


def escaped(text: str) -> str:
    """Plain characters, safe outside mathematics."""
    return "".join(_character(character) for character in text)


def _span(span: Span) -> str:
    if isinstance(span, Text):
        return escaped(span.text)
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
