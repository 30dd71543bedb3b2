"""The page over all sheets of a folder. It keeps what earlier builds wrote there, for as long as the files stay."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from symcircuits.export.chapters import BOOK, FURTHER, QUESTIONS, chapter, folder_of, part_of
from symcircuits.export.files import write_whole
from symcircuits.export.html import prose as prose_html
from symcircuits.export.templating import environment
from symcircuits.typeset import prose
from symcircuits.worked.collection import natural_order

NAME = "index.html"
# data that is read by the next build, and by nobody's browser
_DATA = re.compile(r'<script type="application/json" id="sheets">(.*?)</script>', re.DOTALL)


@dataclass(frozen=True)
class Sheet:
    """One line of the page; ``verdict`` is empty for a sheet that keeps the solution back.

    A document of several ``parts`` stands before the sheets of its folder.
    """

    id: str
    title: str
    verdict: str
    parts: bool = False


def write_index(folder: Path, sheets: Iterable[Sheet], formats: Iterable[str]) -> Path:
    """Write the page of a folder: these sheets, and those that the page had before and that are still there.

    ``formats`` are the file endings to look for. ``OutputFailed``: it cannot be written.
    """
    endings = tuple(formats)
    known = {sheet.id: sheet for sheet in [*_earlier(folder / NAME), *sheets]}
    ordered = sorted(known.values(), key=_place)
    found = [(sheet, _present(folder, sheet, endings)) for sheet in ordered]
    lines = [(sheet, prose_html(prose.read(sheet.title)), present) for sheet, present in found if present]
    data = json.dumps([asdict(sheet) for sheet, _, _ in lines], ensure_ascii=True).replace("<", "\\u003c")
    page = environment("html").get_template("index.html").render(lines=lines, data=data)
    return write_whole(folder / NAME, page)


def _place(sheet: Sheet) -> tuple[object, ...]:
    """A folder's book, its exercises, then its parts in the order of the book."""
    folder, part = folder_of(sheet.id), part_of(sheet.id)
    if sheet.parts:
        return natural_order(folder), 0, part != BOOK, part == FURTHER, part != QUESTIONS, natural_order(part)
    return natural_order(folder), 1, chapter(sheet.id).place, natural_order(part)


def _present(folder: Path, sheet: Sheet, endings: tuple[str, ...]) -> list[str]:
    return [ending for ending in endings if (folder / f"{sheet.id}.{ending}").is_file()]


def _earlier(page: Path) -> list[Sheet]:
    """The sheets of the page as it stands; none where it is missing, or was written by something else."""
    try:
        data = _DATA.search(page.read_text("utf-8"))
        lines = json.loads(data[1]) if data else []
        return [Sheet(line["id"], line["title"], line["verdict"], line.get("parts") is True) for line in lines]
    except (OSError, ValueError, KeyError, TypeError):
        return []
