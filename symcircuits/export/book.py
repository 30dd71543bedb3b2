"""From many derivations to one document: an exercise, or the book of a folder, with links between the parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from symcircuits.export import chapters
from symcircuits.export.compose import compose
from symcircuits.export.document import Answer, Checked, Document, plain
from symcircuits.export.references import Places
from symcircuits.typeset import prose
from symcircuits.typeset.prose import Link, Spans, Text
from symcircuits.worked.solution import Derivation

_WORST: tuple[Answer, ...] = ("refuted", "undecided", "proved")


@dataclass(frozen=True)
class Section:
    """The parts of an exercise, under its title."""

    key: str
    title: str
    parts: tuple[Document, ...]


@dataclass(frozen=True)
class Book:
    """Several sheets as one document. ``answer`` is ``None`` where the solutions are kept back.

    ``divided`` says whether it has more than one exercise, so that these have titles and lines in the contents.
    """

    id: str
    title: Spans
    subtitle: Spans
    convention: Spans
    answer: Answer | None
    sections: tuple[Section, ...]
    divided: bool

    @property
    def name(self) -> str:
        """The title as plain characters."""
        return plain(self.title)

    @property
    def told(self) -> str:
        """How much there is, and how much of it is proved."""
        boxes = [
            block
            for section in self.sections
            for part in section.parts
            for block in part.blocks
            if isinstance(block, Checked)
        ]
        proved, total = sum(box.proved for box in boxes), sum(box.total for box in boxes)
        passed = [passed for box in boxes for run in box.runs for passed in run.passed]
        return f"{proved} of {total} statements proved, {sum(passed)} of {len(passed)} experiments passed."


def exercises(
    folder: str, derivations: Sequence[Derivation], sheet: str = "solutions", convention: str = "columns"
) -> dict[str, Book]:
    """The document of each exercise and the book of all, by ID: ``framework/exercise-2``, ``framework/book``.

    ``derivations`` are all parts of the folder, in any order; ``UnknownName`` for another sheet or convention.
    """
    parts = _composed(derivations, sheet, convention)
    sections = tuple(
        Section(key, title, tuple(parts[id] for id in members))
        for (key, title), members in _divided(chapters.in_order(parts))
    )
    books = {
        f"{folder}/{section.key}": _book(f"{folder}/{section.key}", section.title, (section,), False)
        for section in sections
        if len(sections) > 1
    }
    id = f"{folder}/{chapters.BOOK}"
    return books | {id: _book(id, chapters.book_title(folder), sections, len(sections) > 1)}


def _divided(ids: Sequence[str]) -> list[tuple[tuple[str, str], list[str]]]:
    grouped = groupby(ids, key=lambda id: (chapters.chapter(id).key, chapters.chapter(id).title))
    return [(chapter, list(members)) for chapter, members in grouped]


def _composed(derivations: Sequence[Derivation], sheet: str, convention: str) -> dict[str, Document]:
    """The parts by ID, numbered as parts of one document, without links."""
    titles = {derivation.id: derivation.title for derivation in derivations}
    prefixes = chapters.prefixes(chapters.in_order(titles))
    return {
        derivation.id: replace(
            compose(derivation, sheet, convention, prefixes[derivation.id]),
            anchor=chapters.part_of(derivation.id),
            builds_on=_builds_on(derivation, titles) if sheet == "solutions" else (),
        )
        for derivation in derivations
    }


def _builds_on(derivation: Derivation, titles: Mapping[str, str]) -> Spans:
    links = tuple(
        (Link((Text(called(titles[id])),), chapters.part_of(id)) if id in titles else Text(id),)
        for id in derivation.builds_on
    )
    return (Text("Builds on "), *prose.join(", ", links), Text(".")) if links else ()


def called(title: str) -> str:
    """What a part is called in a sentence: its title up to the colon.

    >>> called("Exercise 2(c): attend to the previous token")
    'Exercise 2(c)'
    """
    return title.partition(":")[0]


def _book(id: str, title: str, sections: tuple[Section, ...], divided: bool) -> Book:
    parts = [part for section in sections for part in section.parts]
    sections_called = {section.title: section.key for section in sections if divided}
    places = Places(
        sections_called | {called(part.name): part.anchor for part in parts},
        frozenset(f"{part.prefix}{number}" for part in parts for number in part.numbers),
    )
    linked = tuple(replace(section, parts=tuple(map(places.document, section.parts))) for section in sections)
    answers = {part.answer for part in parts}
    answer = None if None in answers else next(answer for answer in _WORST if answer in answers)
    subtitle = "Problems" if answer is None else "Worked solutions"
    return Book(id, prose.read(title), prose.read(subtitle), parts[0].convention, answer, linked, divided)
