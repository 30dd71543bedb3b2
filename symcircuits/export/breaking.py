r"""Long formulas over several lines, broken before the plus and minus signs of the outermost sum.

>>> broken(r"\beta (a_{0} + b_{0} - c)", limit=5.5)
('\\beta (a_{0}', '+ b_{0} - c)')
>>> broken(r"\frac{a + b}{c + d}", limit=2)
('\\frac{a + b}{c + d}',)
"""

from __future__ import annotations

import re

LIMIT = 62.0  # letters that a line of a sheet holds beside the left side and the number

_TOKEN = re.compile(r"\\left\b|\\right\b|\\begin\b|\\end\b|\\[A-Za-z]+|\\.|[{}()\[\]_^]| [+-] |\s+|.", re.DOTALL)
_NAMED = re.compile(r"\\(cos|sin|exp|log|max|min|rank|frac)\b")
_OPENING = frozenset(["{", "(", "[", r"\left", r"\begin"])
_CLOSING = frozenset(["}", ")", "]", r"\right", r"\end"])
_FIXED = frozenset(["{", r"\left", r"\begin"])  # groups that cannot be broken inside


def broken(latex: str, limit: float = LIMIT) -> tuple[str, ...]:
    """The lines of a formula: one where it is short enough or has no place to break."""
    if width(latex) <= limit:
        return (latex,)
    places = _places(latex)
    if not places:
        return (latex,)
    lines = [latex[: places[0]]]
    for start, end in zip(places, [*places[1:], len(latex)], strict=True):
        part = latex[start:end]
        if width(lines[-1]) + width(part) <= limit:
            lines[-1] += part
        else:
            lines.append(part)
    return tuple(line.strip() for line in lines)


def width(latex: str) -> float:
    r"""Roughly how many letters wide a formula is; small ones count half.

    >>> width(r"\cos \alpha_{0}"), width("x^{2} + y")
    (4.5, 3.5)
    """
    spelled = re.sub(r"\\[A-Za-z]+", "x", _NAMED.sub(lambda name: "" if name[1] == "frac" else name[1], latex))
    small = sum(len(re.sub(r"[{}\s]", "", script)) for script in re.findall(r"[_^](\{[^{}]*\}|\w)", spelled))
    return len(re.sub(r"[\s{}_^\\]", "", spelled)) - small / 2


def _places(latex: str) -> list[int]:
    """Where the signs of the outermost breakable sum stand."""
    found: dict[int, list[int]] = {}
    fixed = 0
    stack: list[str] = []
    for token in _TOKEN.finditer(latex):
        text = token.group()
        if text in _OPENING:
            stack.append(text)
            fixed += text in _FIXED
        elif text in _CLOSING and stack:
            fixed -= stack.pop() in _FIXED
        elif text in (" + ", " - ") and not fixed:
            found.setdefault(len(stack), []).append(token.start() + 1)
    return found[min(found)] if found else []
