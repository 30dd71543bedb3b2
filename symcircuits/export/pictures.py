"""The figures of a document in the formats that its sheets need; matplotlib is loaded when there is one."""

from __future__ import annotations

from symcircuits.export.book import Book
from symcircuits.export.document import Document, Picture


def beside(document: Document, ending: str) -> dict[str, bytes]:
    """The files that lie beside a sheet, by name: ``pdf`` for LaTeX, ``svg`` for Markdown.

    Raises ``BadValue`` for a figure that cannot be drawn.
    """
    return {f"{picture.file}.{ending}": _data(picture, ending) for picture in document.pictures}


def of_book(book: Book) -> dict[str, bytes]:
    """The files of the figures of all parts, as PDF. Raises ``BadValue`` for a figure that cannot be drawn."""
    parts = (document for section in book.sections for document in section.parts)
    return {name: data for document in parts for name, data in beside(document, "pdf").items()}


def inline(picture: Picture) -> str:
    """A figure as an ``<svg>`` inside a page. Raises ``BadValue`` for one that cannot be drawn."""
    from symcircuits.export.drawings import draw

    return draw(picture.figure).inline(picture.file)


def image(picture: Picture) -> bytes:
    """A figure as PNG. Raises ``BadValue`` for one that cannot be drawn."""
    from symcircuits.export.drawings import draw

    return draw(picture.figure).png()


def _data(picture: Picture, ending: str) -> bytes:
    from symcircuits.export.drawings import draw

    drawing = draw(picture.figure)
    return drawing.pdf() if ending == "pdf" else drawing.svg(picture.file).encode()
