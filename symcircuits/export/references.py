"""Cross-references: what a text says of another part or of a statement becomes a link to it.

>>> places = Places(parts={"Exercise 2(c)": "2c", "Question 4": "q4"}, statements=frozenset({"2c.1"}))
>>> [span.kind for span in places.linked((Text("By exercise 2(c), (2c.1) and question 4, but not 5."),), "2d")]
['text', 'link', 'text', 'link', 'text', 'link', 'text']
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, TypeVar

from symcircuits.export.document import Document
from symcircuits.typeset.matrices import MatrixView
from symcircuits.typeset.prose import Link, Span, Spans, Text
from symcircuits.worked.steps import Drawn

T = TypeVar("T")
_ITEM = r"(?:\d+(?:\([a-z]\))?|\([a-z]\))"
_PHRASE = re.compile(
    rf"\b(?P<word>[Ee]xercises?|[Qq]uestions?|[Pp]arts?) (?P<items>{_ITEM}(?:(?:, and|, or|,| and| or| to) {_ITEM})*)"
    r"(?![\w(])"
    r"|(?P<statement>\((?P<number>(?:\d+[a-z]?|q\d+|[A-Z])\.\d+)\))"
)
_WORDS = {"exercise": "Exercise", "question": "Question", "part": "Exercise"}


@dataclass(frozen=True)
class Places:
    """What can be linked to: parts by what they are called ("Exercise 2(c)"), with their anchors, and statements."""

    parts: Mapping[str, str]
    statements: frozenset[str] = frozenset()

    def document(self, document: Document) -> Document:
        """The document with links; what names the document itself stays as it is."""
        blocks = tuple(self._inside(block, document.anchor) for block in document.blocks)
        return replace(document, blocks=blocks, builds_on=tuple(self._kept(document.builds_on)))

    def _kept(self, spans: Spans) -> Iterator[Span]:
        """Links whose place is in this document; the others as plain text."""
        for span in spans:
            if isinstance(span, Link) and span.target not in self.parts.values():
                yield from span.spans
            else:
                yield span

    def linked(self, spans: Spans, here: str) -> Spans:
        """Running text with links; ``here`` is the anchor of the part that it stands in."""
        return tuple(made for span in spans for made in self._span(span, here))

    def _inside(self, value: T, here: str) -> T:
        """Any block with all its running text linked, wherever in it that stands."""
        found: Any = value
        if isinstance(value, tuple):
            found = tuple(made for entry in value for made in self._entry(entry, here))
        elif is_dataclass(value) and not isinstance(value, MatrixView | Drawn | type):
            changes = {field.name: getattr(value, field.name) for field in fields(value)}
            found = replace(value, **{name: self._inside(part, here) for name, part in changes.items()})
        return found

    def _entry(self, entry: Any, here: str) -> Iterator[Any]:
        if isinstance(entry, Text):
            yield from self._span(entry, here)
        else:
            yield self._inside(entry, here)

    def _span(self, span: Span, here: str) -> Iterator[Span]:
        if not isinstance(span, Text):
            yield self._inside(span, here)
            return
        end = 0
        for start, stop, target in self._found(span.text, here):
            if start > end:
                yield Text(span.text[end:start])
            yield Link((Text(span.text[start:stop]),), target)
            end = stop
        if end < len(span.text):
            yield Text(span.text[end:])

    def _found(self, text: str, here: str) -> Iterator[tuple[int, int, str]]:
        """Where links go: the whole phrase where it names one part, else each item of its list."""
        for phrase in _PHRASE.finditer(text):
            if phrase["statement"]:
                if phrase["number"] in self.statements:
                    yield *phrase.span(), phrase["number"]
                continue
            items = list(re.finditer(_ITEM, phrase["items"]))
            number = _number_of(here)
            for item in items:
                number = re.match(r"\d*", item[0])[0] or number  # type: ignore[index]
                target = self.parts.get(f"{_WORDS[phrase['word'].lower().rstrip('s')]} {number}{_letter(item[0])}")
                if target is None or target == here:
                    continue
                start = phrase.start("items")
                whole = len(items) == 1
                yield (*phrase.span(), target) if whole else (start + item.start(), start + item.end(), target)


def _number_of(anchor: str) -> str:
    found = re.match(r"\d+", anchor)
    return found[0] if found else ""


def _letter(item: str) -> str:
    found = re.search(r"\([a-z]\)", item)
    return found[0] if found else ""
