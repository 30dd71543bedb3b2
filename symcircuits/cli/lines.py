"""Formulas and matrices as lines of text: side by side where there is room, below one another where there is not.

>>> print("\\n".join(sentence(["R"], "=", [["1 ·", "· 1"]], margin=1, width=20)))
R = 1 ·
    · 1
"""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap

Part = str | list[str]
_CROSS = "┼"


def sentence(left: Sequence[Part], relation: str, right: Sequence[Part], margin: int, width: int) -> list[str]:
    """The lines of ``left relation right``, the relation at column ``margin`` or later.

    What is wider than ``width`` goes below: long formulas are wrapped, wide matrices cut into panels.
    """
    start = [line.ljust(margin) for line in beside(left)]
    whole = beside([start, relation, *right])
    if max(map(len, whole)) <= width:
        return whole
    matrices = [line for part in right if not isinstance(part, str) for line in _below(part, width, "    ")]
    words = " ".join([relation, *(part for part in right if isinstance(part, str))])
    if matrices and len(start) == 1 and len(f"{start[0]} {words}") <= width:
        return [f"{start[0]} {words}", *matrices]
    above = [line for part in left for line in _below(part, width, "")]
    return above + _below(words, width, "  " if left or margin > width // 2 else " " * margin) + matrices


def continued(parts: Sequence[Part], margin: int, width: int) -> list[str]:
    """Lines that go on with what stands above them, from column ``margin`` on if that leaves enough room."""
    return [line for part in parts for line in _below(part, width, " " * (margin if margin <= width // 2 else 4))]


def beside(parts: Sequence[Part]) -> list[str]:
    """Parts side by side, each at half height, with a blank between them."""
    columns = [[part] if isinstance(part, str) else part for part in parts]
    height = max((len(column) for column in columns), default=1)
    blocks = [_block(column, height) for column in columns]
    return [" ".join(texts).rstrip() for texts in zip(*blocks, strict=True)] or [""]


def panels(lines: list[str], width: int) -> list[str]:
    """A matrix with named rows, cut between its blocks so that no panel is wider than ``width``, if that can be.

    >>> print("\\n".join(panels(["  │ c │ v", "──┼───┼──", "a │ 1 │ 2"], 7)))
      │ c
    ──┼──
    a │ 1
    <BLANKLINE>
      │ v
    ──┼──
    a │ 2
    """
    rule = next((line for line in lines if _CROSS in line), "")
    cuts = [place for place, sign in enumerate(rule) if sign == _CROSS]
    longest = max(map(len, lines))
    if longest <= width or len(cuts) < 2:
        return lines
    pieces = list(zip(cuts, [*(cut - 1 for cut in cuts[1:]), longest], strict=True))
    stacked: list[str] = []
    for first, last in _grouped(pieces, width - cuts[0]):
        stacked += [""] * bool(stacked) + [_cut(line.ljust(longest), cuts[0], first, last) for line in lines]
    return stacked


def _grouped(pieces: Sequence[tuple[int, int]], room: int) -> list[tuple[int, int]]:
    """Neighbouring pieces drawn together as far as there is room."""
    groups = [pieces[0]]
    for first, last in pieces[1:]:
        if last - groups[-1][0] <= room:
            groups[-1] = (groups[-1][0], last)
        else:
            groups.append((first, last))
    return groups


def _cut(line: str, labels: int, first: int, last: int) -> str:
    return (line[:labels] + line[first:last]).rstrip()


def _block(lines: Sequence[str], height: int) -> list[str]:
    above = (height - len(lines)) // 2
    width = max(map(len, lines))
    return [line.ljust(width) for line in [""] * above + list(lines) + [""] * (height - len(lines) - above)]


def _below(part: Part, width: int, indent: str) -> list[str]:
    if isinstance(part, str):
        return wrap(part, width, initial_indent=indent, subsequent_indent=indent + "    ", break_long_words=False)
    return [f"{indent}{line}".rstrip() for line in panels(part, width - len(indent))]
