"""What was handed in: its text, its front matter, and the kind of file it came from.

>>> text = "---\\nexercise: framework/2b\\ndeclare: {c: positive}\\n---\\n$c$"
>>> given = read_front_matter(text)
>>> given.exercise, dict(given.declare), text[given.start:]
('framework/2b', {'c': 'positive'}, '$c$')
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from symcircuits.errors import BadValue
from symcircuits.grading.reading import limits
from symcircuits.grading.submitted.data import DATA, markdown_of
from symcircuits.grading.submitted.files import check_size, read_text

SUFFIXES = (".md", ".markdown", ".tex", ".txt", ".ipynb", *DATA)
_FRONT = re.compile(r"\A---[ \t]*\n(.*?)\n---[ \t]*(?:\n|\Z)", re.DOTALL)
_KEYS = ("exercise", "convention", "declare")
_DECLARED = re.compile(r"\s*([^:{}\[\]&*!,]{1,40}):\s*([A-Za-z0-9 ]{1,40}?)\s*\Z")


@dataclass(frozen=True)
class FrontMatter:
    """The flat keys at the head of a submission; ``start`` is the offset of what comes after them."""

    exercise: str | None = None
    convention: str = "columns"
    declare: Mapping[str, str] = field(default_factory=dict)
    start: int = 0


def read_front_matter(text: str) -> FrontMatter:
    """The front matter of a submission. Raises ``BadValue`` for an unknown key, or a value of another form."""
    found = _FRONT.match(text)
    if found is None:
        return FrontMatter()
    values: dict[str, str] = {}
    for number, line in enumerate(found[1].split("\n"), 2):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        key, colon, value = line.partition(":")
        key, value = key.strip(), value.strip()
        if not colon or key not in _KEYS or key in values:
            raise BadValue(f"line {number} of the front matter: expected one of {', '.join(_KEYS)}, got {line[:60]!r}")
        values[key] = value
    convention = values.get("convention", "columns")
    if convention not in ("columns", "rows"):
        raise BadValue(f"expected the convention columns or rows, got {convention[:40]!r}")
    return FrontMatter(values.get("exercise"), convention, _declared(values.get("declare", "{}")), found.end())


def _declared(text: str) -> dict[str, str]:
    if not (text.startswith("{") and text.endswith("}")):
        raise BadValue(f"expected declare: {{name: kind, ...}}, got {text[:60]!r}")
    declared: dict[str, str] = {}
    for part in filter(str.strip, _commas(text[1:-1])):
        found = _DECLARED.match(part)
        if found is None:
            raise BadValue(f"expected name: kind in declare, got {part.strip()[:60]!r}")
        declared[found[1].strip().strip("$\"'")] = found[2]
    return declared


def _commas(text: str) -> list[str]:
    """The parts between commas that stand in no braces."""
    parts, depth = [""], 0
    for character in text:
        depth += {"{": 1, "}": -1}.get(character, 0)
        if character == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return parts


def read_file(path: Path) -> str:
    """The text of a submission: of a notebook, its Markdown cells one below the other; of data, what it stands for.

    Raises ``BadValue`` for a file that is no text, is too long, or is no notebook; ``OSError`` as reading does.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise BadValue(f"expected a file that ends in {', '.join(SUFFIXES)}, got {path.name!r}")
    if path.suffix.lower() in DATA:
        return markdown_of(path)
    check_size(path)
    text = read_text(path)
    if path.suffix.lower() == ".ipynb":
        text = _markdown_of(text, path.name)
    if len(text) > limits.CHARACTERS:
        raise BadValue(f"{path.name} has {len(text)} characters, more than {limits.CHARACTERS}")
    return text


def _markdown_of(text: str, name: str) -> str:
    try:
        cells = json.loads(text)["cells"]
        sources = [cell["source"] for cell in cells if cell["cell_type"] == "markdown"]
        return "\n\n".join(source if isinstance(source, str) else "".join(source) for source in sources)
    except (ValueError, KeyError, TypeError, RecursionError):
        raise BadValue(f"{name} is no notebook: expected cells of Markdown in JSON") from None
