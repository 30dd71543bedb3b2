"""Which parts make an exercise, and which exercises a book: told by the IDs, decided here and nowhere else.

>>> chapter("framework/2c"), chapter("framework/q4").title, chapter("framework/aliasing").key
(Chapter(key='exercise-2', title='Exercise 2', place=2), 'Opening questions', 'further')
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from symcircuits.errors import BadValue
from symcircuits.worked.collection import natural_order

BOOK, QUESTIONS, FURTHER = "book", "questions", "further"
_NUMBERED = re.compile(r"(?P<question>q)?(?P<number>\d+)[a-z]*")
_TITLES = {
    "framework": "Transformer circuits by hand",
    "by_hand": "A transformer by hand",
    "self_attention": "Rules as attention heads",
    "circuits": "Attention-only models",
}
# Parts that are words have no order of their own; those that are not told here come after these.
_TAUGHT = {
    "by_hand": (
        "matrices tokens embedding attention softmax values projection logits tables roles scaling layernorm "
        "threshold growth breaks worse precision completions cost beyond smaller words"
    ).split(),
    "self_attention": "worked_example current previous seen bigram cycle induction possible".split(),
    "circuits": (
        "zero_layer one_layer skip_trigrams selection_rule copying in_context positional composition two_layer "
        "virtual_heads induction term_importance"
    ).split(),
}
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True)
class Chapter:
    """An exercise: the name of its document, its title, and its place among the others of its folder."""

    key: str
    title: str
    place: int


def folder_of(id: str) -> str:
    """The folder of an ID."""
    return id.rpartition("/")[0]


def part_of(id: str) -> str:
    """An ID without its folder."""
    return id.rpartition("/")[2]


def chapter(id: str) -> Chapter:
    """The exercise of a part: ``2c`` is of exercise 2, ``q4`` of the opening questions, a word of what is left."""
    found = _NUMBERED.fullmatch(part_of(id))
    if not found:
        return Chapter(FURTHER, "Further results", 1 << 30)
    if found["question"]:
        return Chapter(QUESTIONS, "Opening questions", -1)
    return Chapter(f"exercise-{found['number']}", f"Exercise {found['number']}", int(found["number"]))


def in_order(ids: Iterable[str]) -> list[str]:
    """The IDs of a folder as a book has them.

    >>> in_order(["e/aliasing", "e/10a", "e/2c", "e/q4"])
    ['e/q4', 'e/2c', 'e/10a', 'e/aliasing']
    """
    return sorted(ids, key=lambda id: (chapter(id).place, _taught(id), natural_order(id)))


def _taught(id: str) -> int:
    parts = _TAUGHT.get(folder_of(id), [])
    return parts.index(part_of(id)) if part_of(id) in parts else len(parts)


def prefixes(ids: Sequence[str]) -> dict[str, str]:
    """What stands before the numbers of statements: the part, or a letter where the part is a word.

    >>> prefixes(["e/q4", "e/2c", "e/aliasing"])
    {'e/q4': 'q4.', 'e/2c': '2c.', 'e/aliasing': 'A.'}
    """
    words = [id for id in ids if not _NUMBERED.fullmatch(part_of(id))]
    lettered = {id: _LETTERS[place] if place < len(_LETTERS) else part_of(id) for place, id in enumerate(words)}
    return {id: f"{lettered.get(id, part_of(id))}." for id in ids}


def book_title(folder: str) -> str:
    """The title of the book of a folder."""
    return _TITLES.get(folder, f"Worked solutions: {folder.replace('_', ' ')}")


def whole_folders(targets: Sequence[str], ids: Iterable[str]) -> list[str]:
    """The folders that were asked for as a whole, with at least two parts each: those get a book.

    Without targets these are all folders; else those that a target names, by ID or as a folder on disk. Raises
    ``BadValue`` for a part that bears the name of a document of its folder.

    >>> whole_folders(["e"], ["e/1a", "e/1b"]), whole_folders(["e/1a", "e/1b"], ["e/1a", "e/1b"])
    (['e'], [])
    """
    parts: dict[str, list[str]] = {}
    for id in ids:
        if not targets or any(_stands_for(target, folder_of(id)) for target in targets):
            parts.setdefault(folder_of(id), []).append(id)
    found = {folder: members for folder, members in parts.items() if len(members) > 1}
    for folder, members in found.items():
        documents = {BOOK, *(chapter(id).key for id in members)}
        for id in members:
            if part_of(id) in documents:
                raise BadValue(f"{id} has the name of a document over all of {folder}: expected another part")
    return sorted(found)


def _stands_for(target: str, folder: str) -> bool:
    return f"{folder}/".startswith(f"{target.rstrip('/')}/") or Path(target).is_dir()
