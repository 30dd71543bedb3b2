r"""Long formulas over several lines, broken before the signs of the outermost sum.

>>> broken(r"\beta (a_{0} + b_{0} - c)", room=6.5)
('\\beta (a_{0}', '+ b_{0} - c)')
>>> broken(r"\frac{1}{c + d + e + f}", room=9)
('1/(c + d', '+ e + f)')
"""

from __future__ import annotations

import re

ROOM = 66.0  # letters that a line of a sheet holds beside the number of a statement
_SHORT = 8.0  # what is never worth a line of its own
_LONG = 16.0  # what running text should not have to hold on one line

_TOKEN = re.compile(r"\\left\b|\\right\b|\\begin\b|\\end\b|\\[A-Za-z]+|\\.|[{}()\[\]_^]| [+/-] |\s+|.", re.DOTALL)
_NAMED = re.compile(r"\\(cos|sin|exp|log|max|min)\b")
_SILENT = re.compile(r"\\(frac|left|right|Bigl|Bigr|mathrm|mathsf|mathit|text|,|;|quad)(?![A-Za-z])")
_OPENING = frozenset(["{", "(", "[", r"\left", r"\begin"])
_CLOSING = frozenset(["}", ")", "]", r"\right", r"\end"])
_FIXED = frozenset(["{", r"\left", r"\begin"])  # groups that cannot be broken inside
_RIGHT = r"\right)"
_SIGNS = frozenset([" + ", " - "])
_RELATIONS = frozenset(["=", "<", ">", r"\le", r"\ge", r"\ne", r"\approx", r"\to"])
_GROUP = r"(\{(?:[^{}]|\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\})*\})"
_FRACTION = re.compile(rf"\\frac{_GROUP}{_GROUP}")


def broken(latex: str, room: float = ROOM) -> tuple[str, ...]:
    """The lines of a formula: one where it is short enough or has no place to break.

    A fraction that stands alone becomes a quotient on one line first, and parentheses that grow with what they hold
    become large ones, since nothing can be broken inside these.
    """
    if width(latex) <= room:
        return (latex,)
    places = _places(latex)
    if not places:
        other = _breakable(latex)
        return broken(other, room) if _places(other) else (latex,)
    parts = [latex[start:end] for start, end in zip([0, *places], [*places, len(latex)], strict=True)]
    return tuple(line for filled in _filled(parts, room) for line in broken(filled, room))


def _filled(parts: list[str], room: float) -> list[str]:
    """Parts gathered in lines, as many on each as it holds."""
    lines = parts[:1]
    for part in parts[1:]:
        if width(lines[-1] + part) <= room:
            lines[-1] += part
        else:
            lines.append(part)
    return [line.strip() for line in lines]


def wrapped(latex: str) -> tuple[str, ...]:
    r"""A formula of running text in parts between which a line may end: before its relations if it is long, and before
    the signs of a part that is still long.

    >>> wrapped(r"\cos x \cos y = \cos(x - y) + z"), wrapped("x = 1")
    (('\\cos x \\cos y', '= \\cos(x - y) + z'), ('x = 1',))
    """
    if width(latex) <= _SHORT:
        return (latex,)
    parts = _split(latex, _RELATIONS)
    return tuple(piece for part in parts for piece in (_split(part, _SIGNS) if width(part) > _LONG else [part]))


def _split(latex: str, signs: frozenset[str]) -> list[str]:
    places = [place for place in _by_depth(latex, signs).get(0, []) if place]
    return [latex[start:end].strip() for start, end in zip([0, *places], [*places, len(latex)], strict=True)]


def width(latex: str) -> float:
    r"""Roughly how many letters wide a formula is: small ones count half, a sign between its blanks two, and of a
    fraction only the wider part.

    >>> width(r"\cos \alpha_{0}"), width("x^{2} + y"), width(r"\frac{1}{x + y}")
    (4.5, 4.5, 4.0)
    """
    while fraction := _FRACTION.search(latex):
        wider = max(fraction.groups(), key=width)
        latex = latex[: fraction.start()] + wider[1:-1] + latex[fraction.end() :]
    latex = latex.replace(r"\otimes", "xx")
    spelled = re.sub(r"\\[A-Za-z]+", "x", _SILENT.sub("", _NAMED.sub(r"\1", latex)))
    spelled = re.sub(r" [-+=] ", "xx", spelled)
    small = sum(len(re.sub(r"[{}\s]", "", script)) for script in re.findall(r"[_^](\{[^{}]*\}|\w)", spelled))
    return len(re.sub(r"[\s{}_^\\]", "", spelled)) - small / 2


def _breakable(latex: str) -> str:
    """The same formula with a place to break, as far as that can be had."""
    if fraction := _FRACTION.fullmatch(latex):
        return _on_one_line(fraction)
    start = latex.find(r"\left(")
    depth = 0
    for sign in re.finditer(r"\\(left|right)\b", latex):
        depth += 1 if sign[1] == "left" else -1
        if depth == 0 and start >= 0 and latex.startswith(_RIGHT, sign.start()):
            inside = latex[start + len(r"\left(") : sign.start()]
            return rf"{latex[:start]}\Bigl({inside}\Bigr){latex[sign.start() + len(_RIGHT) :]}"
    return latex


def _on_one_line(fraction: re.Match[str]) -> str:
    above, below = (_enclosed(group[1:-1]) for group in fraction.groups())
    return f"{above}/{below}" if width(above) < _SHORT else f"{above} / {below}"  # only the second is a place to break


def _enclosed(part: str) -> str:
    """In parentheses, unless it is a number, a letter or one call of a function."""
    plain = re.fullmatch(r"\w+|\\(?:exp|cos|sin)\((?P<inside>.*)\)", part)
    return part if plain and _balanced(plain["inside"] or "") else f"({part})"


def _balanced(text: str) -> bool:
    depth = 0
    for character in text:
        depth += (character == "(") - (character == ")")
        if depth < 0:
            return False
    return depth == 0


def _places(latex: str) -> list[int]:
    """Where the signs of the outermost breakable sum stand, or a stroke of division outside it."""
    found = _by_depth(latex, _SIGNS | {" / "})
    return found[min(found)] if found else []


def _by_depth(latex: str, signs: frozenset[str]) -> dict[int, list[int]]:
    """The places of signs outside fixed groups, by how many parentheses they are in."""
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
        elif text in signs and not fixed:
            found.setdefault(len(stack), []).append(token.start() + (text[0] == " "))
    return found
