"""From the names of derivations to files on disk."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from symcircuits.errors import BadValue, InputError, UnknownName
from symcircuits.export import html, latex, markdown, notebook, pdf, pictures
from symcircuits.export.book import Book, exercises
from symcircuits.export.chapters import BOOK, folder_of, whole_folders
from symcircuits.export.compose import SHEETS, compose
from symcircuits.export.document import Document
from symcircuits.export.files import require_writable, write_whole
from symcircuits.export.index import Sheet, write_index
from symcircuits.export.pieces import CONVENTIONS
from symcircuits.worked.collection import collect, settings_for
from symcircuits.worked.solution import Derivation, run_experiments

Progress = Callable[[str, int, int], None]
_FILE_ID = re.compile(r"(?:[A-Za-z0-9_-][A-Za-z0-9._-]*/)*[A-Za-z0-9_-][A-Za-z0-9._-]*")
FORMATS = ("html", "tex", "pdf", "md", "ipynb")


@dataclass(frozen=True)
class Built:
    """What a build gave: the derivations with their outcomes, the files written, and what could not be derived."""

    derivations: tuple[Derivation, ...]
    files: tuple[Path, ...]
    failures: tuple[InputError, ...] = ()


@dataclass(frozen=True)
class _Order:
    """What to write, and where."""

    formats: tuple[str, ...]
    folder: Path
    sheet: str
    convention: str

    def check(self) -> None:
        """Refuse before anything is computed what could not be written in the end."""
        for ending in self.formats:
            if ending not in FORMATS:
                raise UnknownName("format", ending, FORMATS)
        for kind, given, known in (("sheet", self.sheet, SHEETS), ("convention", self.convention, CONVENTIONS)):
            if given not in known:
                raise UnknownName(kind, given, known)
        if "pdf" in self.formats:
            pdf.require_tex()
        if "ipynb" in self.formats:
            notebook.require_nbformat()
        require_writable(self.folder)


def build(
    *targets: str,
    to: Sequence[str] = ("tex", "html"),
    out: str | Path = "solutions",
    sheet: str = "solutions",
    convention: str = "columns",
    settings: Mapping[str, str] | None = None,
    on_progress: Progress | None = None,
) -> Built:
    """Derive, run the experiments, and write a sheet of each derivation in each format, with an index page over all.

    A target is an ID, a folder of IDs or a file; without targets, everything that ships. Files are named by ID:
    ``out/framework/2c.tex``. A whole folder gets a document of each exercise too, ``out/framework/exercise-2.tex``, and
    one of all, ``out/framework/book.tex``, unless a part of it fails. A derivation that fails is among the ``failures``
    and the others go on; one with a refuted statement is written, marked as refuted. ``on_progress`` is told (ID, how
    many are done, how many there are).

    Raises ``UnknownName`` for an unknown target, format, sheet, convention or setting, ``BadValue`` for a setting of
    the wrong kind, ``OutputFailed`` where the folder cannot be written (before anything is computed).

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     [file.name for file in build("framework/1a", to=["md"], out=folder).files]
    ['1a.md', '1a-figure-1.svg', 'index.html']
    """
    order = _Order(tuple(dict.fromkeys(to)), Path(out), sheet, convention)
    collection = collect(targets)
    values = settings_for(collection.entries, settings or {}) if collection.entries else []
    order.check()
    derivations: list[Derivation] = []
    files: list[Path] = []
    lines: list[Sheet] = []
    whole = whole_folders(targets, [entry.id for entry in collection.entries])
    failures: list[InputError] = list(collection.failures)
    for done, (entry, parameters) in enumerate(zip(collection.entries, values, strict=True)):
        _tell(on_progress, entry.id, done, len(values))
        try:
            derivation = run_experiments(collection.derive(entry.id, **parameters))
            sheets = _sheets(derivation, order)
        except InputError as error:
            failures.append(error)
            continue
        derivations.append(derivation)
        files += [write_whole(path, data) for path, data in sheets.items()]
        _tell(on_progress, entry.id, done + 1, len(values))
    lines += [_line(derivation, order) for derivation in derivations]
    for folder in whole:
        _tell(on_progress, f"{folder}/{BOOK}", len(values), len(values))
        parts = [derivation for derivation in derivations if folder_of(derivation.id) == folder]
        if len(parts) < sum(folder_of(entry.id) == folder for entry in collection.entries):
            continue  # a book with a part missing would not say so
        try:
            books = exercises(folder, parts, order.sheet, order.convention)
            sheets = {path: data for book in books.values() for path, data in _documents(book, parts, order).items()}
        except InputError as error:
            failures.append(error)
            continue
        lines += [Sheet(id, book.name, book.answer or "", parts=True) for id, book in books.items()]
        files += [write_whole(path, data) for path, data in sheets.items()]
    files.append(write_index(order.folder, lines, FORMATS))
    return Built(tuple(derivations), tuple(files), tuple(failures))


def _tell(on_progress: Progress | None, id: str, done: int, total: int) -> None:
    if on_progress is not None:
        on_progress(id, done, total)


def _line(derivation: Derivation, order: _Order) -> Sheet:
    return Sheet(derivation.id, derivation.title, derivation.verdict if order.sheet == "solutions" else "")


def _sheets(derivation: Derivation, order: _Order) -> dict[Path, str | bytes]:
    """All files of a derivation, made before the first is written."""
    if not _FILE_ID.fullmatch(derivation.id):
        raise BadValue(f"{derivation.id!r} cannot name a file: expected letters, digits, '.', '_', '-' and slashes")
    try:
        document = compose(derivation, order.sheet, order.convention)
        paths = {ending: order.folder / f"{derivation.id}.{ending}" for ending in order.formats}
        sheets = {path: _sheet(ending, path, document, derivation) for ending, path in paths.items()}
        return sheets | _pictures(document, order, (order.folder / derivation.id).parent)
    except BadValue as error:
        raise BadValue(f"{derivation.id}: {error}") from None


def _sheet(ending: str, path: Path, document: Document, derivation: Derivation) -> str | bytes:
    match ending:
        case "tex":
            return latex.render(document)
        case "pdf":
            return pdf.compiled(latex.render(document), str(path), pictures.beside(document, "pdf"))
        case "html":
            return html.render(document)
        case "md":
            return markdown.render(document)
        case _:
            return notebook.render(document, derivation, _seen_from(path.parent, derivation.source))


def _documents(book: Book, derivations: Sequence[Derivation], order: _Order) -> dict[Path, str | bytes]:
    """All files of a document of several parts, made before the first is written."""
    paths = {ending: order.folder / f"{book.id}.{ending}" for ending in order.formats}
    return {path: _document(ending, path, book, derivations) for ending, path in paths.items()}


def _document(ending: str, path: Path, book: Book, derivations: Sequence[Derivation]) -> str | bytes:
    match ending:
        case "tex":
            return latex.render_book(book)
        case "pdf":
            return pdf.compiled(latex.render_book(book), str(path), pictures.of_book(book))
        case "html":
            return html.render_book(book)
        case "md":
            return markdown.render_book(book)
        case _:
            sources = {derivation.id: _seen_from(path.parent, derivation.source) for derivation in derivations}
            return notebook.render_book(book, {derivation.id: derivation for derivation in derivations}, sources)


def _pictures(document: Document, order: _Order, folder: Path) -> dict[Path, str | bytes]:
    """The files of the figures, beside the sheets that show them: PDF for LaTeX, SVG for Markdown."""
    endings = [ending for sheet, ending in (("tex", "pdf"), ("md", "svg")) if sheet in order.formats]
    return {folder / name: data for ending in endings for name, data in pictures.beside(document, ending).items()}


def _seen_from(folder: Path, source: str) -> str:
    """A file as named from a folder, where a notebook's kernel starts; empty for a derivation that ships."""
    return Path(os.path.relpath(source, folder)).as_posix() if source else ""
