r"""What Markdown puts round mathematics: the marks of quotations, and indented lines, which are code.

>>> unquoted("> $$ a\n> = 1 $$", 5, 13)
'> $$ a\n  = 1 $$'
>>> is_code("Text:\n\n    $x$", 12), is_code("- item\n\n    $x$", 13)
(True, False)
"""

from __future__ import annotations

import re

_MARKS = re.compile(r"(?:[ ]{0,3}>)+")
_INDENTED = re.compile(r"(?: {4}|[ ]{0,3}\t)")
_ITEM = re.compile(r"[ ]*(?:[-*+]|[0-9]{1,9}[.)]|\[\^[^\]]+\]:)(?:\s|$)")


def unquoted(text: str, start: int, end: int) -> str:
    """The text with blanks for the marks of a quotation between two offsets, if it is quoted there; offsets stay.

    Where the line of ``start`` has no such mark, a line that begins with > begins with a relation.
    """
    opening = _MARKS.match(text, text.rfind("\n", 0, start) + 1, start)
    if opening is None:
        return text
    marks = re.compile(rf"(?<=\n)(?:[ ]{{0,3}}>){{1,{opening.group().count('>')}}}")
    inside = marks.sub(lambda found: " " * len(found.group()), text[start:end])
    return text[:start] + inside + text[end:]


def is_code(text: str, offset: int) -> bool:
    """Whether an offset lies in an indented block after an empty line, outside of every list."""
    lines = text[:offset].split("\n")
    if not _INDENTED.match(lines.pop()):
        return False
    adjacent, parted = True, not lines
    while lines:
        line = lines.pop()
        if not line.strip():
            adjacent, parted = False, True
        elif not _INDENTED.match(line):
            return not adjacent and not _in_list([*lines, line])
        elif not _ITEM.match(line):
            adjacent = True
    return parted


def _in_list(lines: list[str]) -> bool:
    """Whether the paragraph that these lines end with belongs to a list, or is indented a little."""
    while lines and lines[-1].strip():
        line = lines.pop()
        if _ITEM.match(line) or line.startswith(" "):
            return True
    return False
