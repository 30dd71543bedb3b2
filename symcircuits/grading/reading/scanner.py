"""Where the mathematics is in a Markdown or LaTeX text, and which commands the writer has made.

>>> text = "Let $a = 1$, and `$no$` code.\\n$$b = 2$$"
>>> [(place.kind, text[place.start:place.end]) for place in scan(text).places]
[('inline', 'a = 1'), ('display', 'b = 2')]
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from symcircuits.grading.reading import limits
from symcircuits.grading.reading.markdown import is_code, unquoted
from symcircuits.grading.reading.refusals import CannotRead

DISPLAYS = ("equation", "align", "gather", "alignat", "flalign", "multline", "eqnarray", "displaymath", "math")
_UNREAD = ("IEEEeqnarray", "dmath", "dgroup", "darray", "empheq", "subeqnarray", "xalignat", "xxalignat")
_SKIPPED = ("verbatim", "lstlisting", "comment", "minted")
_OPENING = re.compile(
    r"\\\\|\\[$%`]"
    r"|(?P<fence>^[ ]{0,3}(?:`{3,}|~{3,}))(?P<info>[^\n]*)"
    r"|(?P<code>`+)"
    r"|(?P<aside><!--)"
    r"|(?P<comment>%[^\n]*)"
    r"|(?P<mark>\$\$?|\\\(|\\\[)"
    r"|(?P<never>\\iffalse)(?![A-Za-z])"
    r"|\\verb\*?(?P<quote>[^A-Za-z0-9\s*])"
    r"|\\begin\s*\{(?P<environment>[A-Za-z]+)\*?\}",
    re.MULTILINE,
)
_CLOSING = {"$$": "$$", "$": "$", r"\(": r"\)", r"\[": r"\]"}
_MADE = re.compile(
    r"\\(?:re|provide)?newcommand\*?\s*\{?\s*\\(?P<name>[A-Za-z]+)\s*\}?\s*(?:\[(?P<count>[0-9])\])?\s*(?P<open>\{)"
    r"|\\def\s*\\(?P<plain>[A-Za-z]+)\s*(?P<marks>(?:#[1-9])*)\s*\{"
    r"|\\DeclareMathOperator\*?\s*\{?\s*\\(?P<operator>[A-Za-z]+)\s*\}?\s*(?P<opens>\{)"
)


@dataclass(frozen=True)
class Place:
    """A piece of mathematics: offsets of its content, in running text or displayed; ``problem`` says what it lacks."""

    kind: Literal["inline", "display"]
    start: int
    end: int
    problem: str = ""


@dataclass(frozen=True)
class Command:
    """A command of the writer's: the number of its arguments and the text that it stands for."""

    arguments: int
    body: str


@dataclass(frozen=True)
class Scanned:
    """The mathematics of a text, in order, and the writer's commands; the text itself, without marks of quotations in
    its mathematics."""

    places: tuple[Place, ...]
    commands: Mapping[str, Command]
    text: str


def scan(text: str, start: int = 0, comments: bool = False) -> Scanned:
    """Find the mathematics; ``comments`` says that ``%`` begins one, as in LaTeX. Raises ``CannotRead``."""
    begin = text.find(r"\begin{document}")
    last = text.find(r"\end{document}") if comments else -1
    commands, bodies = _commands(text)
    places: list[Place] = []
    offset = max(start, begin)
    while found := _OPENING.search(text, offset, len(text) if last < 0 else last):
        offset = found.end()
        inside = next((end for first, end in bodies if first <= found.start() < end), None)
        if inside is not None:
            offset = inside
            continue
        place, offset = _place(text, found, comments)
        if place is not None and not comments:
            place = _outside_code(text, place)
            text = text if place is None else unquoted(text, place.start, place.end)
        if place is not None:
            places.append(place)
        if len(places) > limits.PLACES:
            raise CannotRead(f"more than {limits.PLACES} pieces of mathematics", found.start())
    return Scanned(tuple(places), commands, text)


def _place(text: str, found: re.Match[str], comments: bool) -> tuple[Place | None, int]:
    """The mathematics that begins here, if any, and where to go on."""
    after = found.end()
    if found["fence"]:
        return _fenced(text, found)
    if found["code"]:
        end = text.find(found["code"], after)
        return None, after if end < 0 or "\n\n" in text[after:end] else end + len(found["code"])
    if found["aside"]:
        end = -1 if comments else text.find("-->", after)
        return None, after if end < 0 else end + 3
    if found["never"] or found["quote"]:
        end = text.find(r"\fi" if found["never"] else found["quote"], after)
        return None, after if end < 0 else end + 1
    if found["comment"] or found["mark"] is None and found["environment"] is None:
        return None, after if comments or not found["comment"] else found.start() + 1
    if found["environment"] in _SKIPPED:
        end = text.find(rf"\end{{{found['environment']}", after)
        return None, len(text) if end < 0 else end
    if found["environment"]:
        return _environment(text, found)
    return _marked(text, found["mark"], after)


def _outside_code(text: str, place: Place) -> Place | None:
    """The place, unless it lies in indented lines of Markdown, which are code; of a display that is told."""
    if not is_code(text, place.start):
        return place
    told = "mathematics in a block of indented lines is code in Markdown: begin them further to the left"
    return replace(place, problem=place.problem or told) if place.kind == "display" else None


def _fenced(text: str, found: re.Match[str]) -> tuple[Place | None, int]:
    after, fence = found.end(), found["fence"].strip()
    end = re.compile(rf"^[ ]{{0,3}}{re.escape(fence)}", re.MULTILINE).search(text, after)
    last = len(text) if end is None else end.start()
    place = Place("display", after, last) if found["info"].strip() == "math" else None
    return place, last if end is None else end.end()


def _environment(text: str, found: re.Match[str]) -> tuple[Place | None, int]:
    name = found["environment"]
    if name in _UNREAD:
        return Place("display", found.start(), found.end(), rf"\begin{{{name}}} is not read: write align"), found.end()
    if name not in DISPLAYS:
        return None, found.end()
    closing = re.compile(rf"\\end\s*\{{{name}\*?\}}").search(text, found.end())
    if closing is None:
        return Place("display", found.start(), found.end(), rf"\begin{{{name}}} without \end{{{name}}}"), found.end()
    return Place("display", found.start(), closing.end()), closing.end()


def _marked(text: str, mark: str, after: int) -> tuple[Place | None, int]:
    kind: Literal["inline", "display"] = "display" if mark in ("$$", r"\[") else "inline"
    closing = re.compile(rf"(?<!\\)(?:\\\\)*(?P<end>{re.escape(_CLOSING[mark])})").search(text, after)
    end = None if closing is None else closing.start("end")
    if end is None or (mark == "$" and "\n\n" in text[after:end]):
        # A dollar sign in running text is no mathematics; an opened display is.
        problem = f"{mark} is opened and not closed"
        return (None if mark == "$" else Place(kind, after, after, problem)), after
    return Place(kind, after, end), end + len(_CLOSING[mark])


def _commands(text: str) -> tuple[dict[str, Command], list[tuple[int, int]]]:
    """The writer's commands, and the offsets between which they are made."""
    commands: dict[str, Command] = {}
    bodies = []
    for found in _MADE.finditer(text):
        name, operator = found["name"] or found["plain"], found["operator"]
        start = found.end()
        end = _closing_brace(text, start)
        if end is None:
            raise CannotRead("a command is made with braces that are not closed", found.start())
        body = text[start:end]
        count = int(found["count"] or len(found["marks"] or "") // 2)
        command = Command(count, body if name else rf"\operatorname{{{body}}}")
        if commands.setdefault(name or operator, command) != command:
            raise CannotRead(rf"\{name or operator} is made twice, and differently", found.start(), "use two names")
        bodies.append((found.start(), end))
    return commands, bodies


def made_at(text: str, start: int) -> int | None:
    """Where a command that is made at ``start`` ends, if one is."""
    found = _MADE.match(text, start)
    end = None if found is None else _closing_brace(text, found.end())
    return None if end is None else end + 1


def _closing_brace(text: str, start: int) -> int | None:
    depth = 1
    for place in range(start, min(len(text), start + 2_000)):
        depth += {"{": 1, "}": -1}.get(text[place], 0)
        if depth == 0:
            return place
    return None
