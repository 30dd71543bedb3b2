r"""The tokens of one formula without frames and layout, in lines, and how deep each token stands.

>>> from symcircuits.grading.reading.tokens import tokenize
>>> text = r"\begin{aligned} a &= 1 \\ b &= 2 \end{aligned}"
>>> [len(row) for row in lines_of(tokenize(text, 0, {}))]
[4, 4]
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from symcircuits.grading.reading import limits
from symcircuits.grading.reading.refusals import CannotRead
from symcircuits.grading.reading.signs import LAYOUTS, MATRICES, Token, relation_of

_OPEN, _CLOSE = ("(", "[", "{"), (")", "]", "}")


def lines_of(tokens: Sequence[Token]) -> list[list[Token]]:
    """The lines of a formula, in order. Raises ``CannotRead`` for environments that are not read or not closed."""
    return _rows(_without_layout(_systems(_unboxed(tokens))))


def has_relation(tokens: Sequence[Token]) -> bool:
    """Whether a relation that is read stands outside all braces."""
    return any(relation_of(token) for token, depth in depths(tokens) if depth == 0)


def _unboxed(tokens: Sequence[Token]) -> list[Token]:
    """The tokens without frames round whole statements."""
    kept: list[Token] = []
    skipped: set[int] = set()
    for place, token in enumerate(tokens):
        if token.is_sign("{") and place + 1 < len(tokens) and tokens[place + 1].is_sign("}") and _after_operator(kept):
            skipped |= {place, place + 1}  # what TeX needs for its spaces
        if token.is_command("boxed") and place + 1 < len(tokens) and tokens[place + 1].is_sign("{"):
            last = closing(tokens, place + 1)
            if has_relation(tokens[place + 2 : last]):
                skipped |= {place, place + 1, last}
        if place not in skipped:
            kept.append(token)
    return kept


def _after_operator(kept: Sequence[Token]) -> bool:
    before = kept[-1] if kept else None
    return before is None or before.kind in ("newline", "begin") or before.is_sign("&", "+", "-", "=", "<", ">")


def closing(tokens: Sequence[Token], opening: int) -> int:
    """The place of the brace that closes the one at ``opening``. Raises ``CannotRead``."""
    depth = 0
    for place in range(opening, len(tokens)):
        depth += {"{": 1, "}": -1}.get(tokens[place].text, 0) if tokens[place].kind == "sign" else 0
        if depth == 0:
            return place
    raise CannotRead("a brace that is not closed", tokens[opening].start)


def hides_relation(tokens: Sequence[Token]) -> Token | None:
    """A relation inside of braces or brackets that is not the bound of a sum."""
    inside = []
    for place, token in enumerate(tokens):
        if token.is_sign(*_OPEN):
            inside.append(place > 0 and tokens[place - 1].is_sign("_"))
        elif token.is_sign(*_CLOSE) and inside:
            inside.pop()
        elif relation_of(token) and inside and not any(inside):
            return token
    return None


def depths(tokens: Sequence[Token]) -> list[tuple[Token, int]]:
    """Every token with the number of brackets and matrices that it stands in; a bracket stands outside itself."""
    found, depth = [], 0
    for token in tokens:
        closes = token.is_sign(*_CLOSE) or (token.kind == "end" and token.text not in LAYOUTS)
        depth -= closes
        found.append((token, max(depth, 0)))
        depth += token.is_sign(*_OPEN) or (token.kind == "begin" and token.text not in LAYOUTS)
    return found


def _systems(tokens: Sequence[Token]) -> list[Token]:
    """The tokens, where a brace over several statements is a mere layout and one over several values is not."""
    kept = list(tokens)
    opened: list[int] = []
    for place, token in enumerate(tokens):
        if token.kind == "begin" and token.text in ("cases", "array"):
            opened.append(place)
            if len(opened) > limits.DEEPEST:
                raise CannotRead(f"nested deeper than {limits.DEEPEST}", token.start)
        elif token.kind == "end" and token.text in ("cases", "array") and opened:
            first = opened.pop()
            if _is_system(tokens[first + 1 : place]):
                kept[first], kept[place] = replace(tokens[first], text="aligned"), replace(token, text="aligned")
    return kept


def _is_system(inside: Sequence[Token]) -> bool:
    """Whether the first line states something before, or right after, its first mark."""
    mark = next((i for i, (token, depth) in enumerate(depths(inside)) if not depth and token.is_sign("&")), len(inside))
    row = next(
        (i for i, (token, depth) in enumerate(depths(inside)) if not depth and token.kind == "newline"), len(inside)
    )
    after = inside[mark + 1] if mark + 1 < min(row, len(inside)) else None
    return has_relation(inside[: min(mark, row)]) or (after is not None and relation_of(after) is not None)


def _without_layout(tokens: Sequence[Token]) -> list[Token]:
    opened: list[Token] = []
    kept = []
    for token in tokens:
        if token.kind == "begin":
            if token.text not in LAYOUTS and token.text not in (*MATRICES, "cases"):
                raise CannotRead(rf"\begin{{{token.text}}} is not read", token.start)
            opened.append(token)
        if token.kind == "end":
            if not opened or opened.pop().text != token.text:
                raise CannotRead(rf"\end{{{token.text}}} closes nothing", token.start)
        if token.kind not in ("begin", "end") or token.text not in LAYOUTS:
            kept.append(token)
    if opened:
        raise CannotRead(rf"\begin{{{opened[-1].text}}} is not closed", opened[-1].start)
    return kept


def _rows(tokens: Sequence[Token]) -> list[list[Token]]:
    rows: list[list[Token]] = [[]]
    for token, depth in depths(tokens):
        if token.kind == "newline" and depth == 0:
            rows.append([])
        else:
            rows[-1].append(token)
    return [row for row in rows if any(not token.is_sign("&") for token in row)]


def is_operator(token: Token) -> bool:
    """Whether a token stands between two terms or factors."""
    return token.is_sign("+", "-", "/", "*") or token.is_command("cdot", "times", "otimes")
