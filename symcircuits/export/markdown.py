r"""Documents as Markdown: for GitHub with fenced ``math`` blocks, for notebooks with ``$$``.

>>> inline(r"\{a,\,b\}", github=True)
'\\lbrace a,\\thinspace b\\rbrace'
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

from symcircuits.export.book import Book, Section
from symcircuits.export.document import Block, Document, Piece, tag
from symcircuits.export.templating import environment
from symcircuits.typeset.matrices import matrix_plain_latex
from symcircuits.typeset.prose import Emphasis, Link, Span, Spans, Text

# GitHub reads backslash and a sign as Markdown before it reads mathematics, and takes neither < nor | for granted
_SPELLED = {
    r"\{": r"\lbrace ", r"\}": r"\rbrace ", r"\|": r"\Vert ", r"\,": r"\thinspace ", r"\;": r"\thickspace ",
    r"\:": r"\medspace ", r"\!": r"\negthinspace ", r"\ ": r"\enspace ", "<": r"\lt ", ">": r"\gt ", "|": r"\vert ",
    "*": r"\ast ", r"\_": r"\underline{\enspace}",
}  # fmt: skip
_UNSAFE_IN_TEXT = re.compile(r"[\\{}$%&#^_~<>|`*]")
_SPECIAL = re.compile(r"([\\`*_\[\]<>#$|~&])")


def render(document: Document) -> str:
    """The whole Markdown file of a sheet, for GitHub."""
    return "\n\n".join(_sheet(document)) + "\n"


def render_book(book: Book) -> str:
    """The whole Markdown file of several sheets, for GitHub, with a list of contents."""
    texts = [contents(book)]
    for section in book.sections:
        texts += [chapter(section)] if book.divided else []
        texts += [text for document in section.parts for text in _sheet(document)]
    return "\n\n".join(texts) + "\n"


def _sheet(document: Document) -> list[str]:
    return [heading(document), *(block(each, github=True, prefix=document.prefix) for each in document.blocks)]


def contents(book: Book) -> str:
    """Title, convention and contents of several sheets."""
    return environment("md").get_template("contents.md").render(book=book, **_tools(github=True)).strip()


def chapter(section: Section) -> str:
    """The title of an exercise in a book."""
    return f'<a id="{section.key}"></a>\n\n## {escaped(section.title)}'


def heading(document: Document) -> str:
    """Title, parameters and convention; a part of a larger document shares the convention of that."""
    hashes = "###" if document.anchor else "#"
    template = environment("md").get_template("heading.md")
    return template.render(document=document, hashes=hashes, **_tools(github=True)).strip()


def block(each: Block, github: bool, prefix: str = "") -> str:
    """One block; ``github`` says whose mathematics it is written for, ``prefix`` what stands before the numbers."""
    tools = _tools(github) | {"tag": partial(tag, prefix=prefix), "prefix": prefix}
    hashes = "####" if prefix else "##"
    return environment("md").get_template("block.md").render(block=each, github=github, hashes=hashes, **tools).strip()


def _tools(github: bool) -> dict[str, Callable[..., str]]:
    return {"prose": partial(prose, github=github), "mathematics": mathematics, "reason": reason, "escaped": escaped}


def prose(spans: Spans, github: bool) -> str:
    """Running text."""
    return "".join(_span(span, github) for span in spans)


def _span(span: Span, github: bool) -> str:
    if isinstance(span, Text):
        return escaped(span.text)
    if isinstance(span, Link):
        return f"[{prose(span.spans, github)}](#{span.target})"
    return f"*{prose(span.spans, github)}*" if isinstance(span, Emphasis) else f"${inline(span.latex, github)}$"


def inline(latex: str, github: bool) -> str:
    """A formula between dollar signs: only commands that are known there, and nothing that Markdown would take."""
    known = _common(latex)
    if not github:
        return known
    spelled = re.sub(r"\\[{}|,;:! _]|[<>|*]", lambda found: _SPELLED[found.group()], known)
    return re.sub(" +", " ", spelled).strip()


def mathematics(pieces: tuple[Piece, ...]) -> str:
    """The pieces of one side of a line."""
    return " ".join(_common(piece) if isinstance(piece, str) else matrix_plain_latex(piece) for piece in pieces)


def reason(spans: Spans) -> str:
    """A reason beside a line, inside mathematics."""
    return "".join(_worded(span) for span in spans)


def _worded(span: Span) -> str:
    if isinstance(span, Text):
        return rf"\text{{{_UNSAFE_IN_TEXT.sub('', span.text)}}}"
    return reason(span.spans) if isinstance(span, Emphasis | Link) else _common(span.latex)


def escaped(text: str) -> str:
    """Plain characters, safe outside mathematics."""
    return _SPECIAL.sub(r"\\\1", text)


def _common(latex: str) -> str:
    """The formula in commands that GitHub accepts."""
    return re.sub(r"\\(?:mbox|hbox)(?=\W)", r"\\text", re.sub(r"\\operatorname\*?(?=\W)", r"\\mathrm", latex))
