"""What hangs on a name: subscripts that are labels or indices, superscripts that are heads, powers or transposes."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from symcircuits.grading.reading.cursor import Cursor
from symcircuits.grading.reading.signs import Token
from symcircuits.grading.reading.syntax import Node

LABELS = ("cos", "sin", "cont", "content", "net", "out", "pos", "tok", "prev")
_TURNS = {"T": "T", "top": "T", "-T": "-T", "-top": "-T", "-1": "-1"}


@dataclass
class Scripts:
    """The scripts of one name, as they are met."""

    below: tuple[str, ...] = ()
    label: str = ""
    power: Node | None = None
    turn: str = ""
    primes: str = ""


def read_scripts(cursor: Cursor, inner: Callable[[Sequence[Token], int], Node], exponential: bool = False) -> Scripts:
    """The scripts that come next; ``inner`` reads an exponent, ``exponential`` says that the name is Euler's number."""
    found = Scripts()
    while True:
        if cursor.took("'"):
            found.primes += "'"
        elif cursor.next.is_sign("_"):
            cursor.take()
            if found.below:
                cursor.refuse("a second subscript", None, "write one subscript, with commas")
            found.below = _below(cursor)
        elif cursor.next.is_sign("^"):
            cursor.take()
            _above(cursor, found, inner, exponential)
        elif cursor.next.is_sign("{") and cursor.after().is_sign("}") and cursor.after(2).is_sign("^", "_"):
            cursor.take(), cursor.take()
        else:
            return found


def _below(cursor: Cursor) -> tuple[str, ...]:
    at = cursor.next.start
    parts = []
    for token in cursor.group("a subscript")[0]:
        if token.kind == "sign" and token.text in "{}":
            continue
        known = token.kind in ("letter", "word", "number", "command") or token.is_sign(",", "+", "-", "(", ")")
        if token.kind == "text" and re.fullmatch("[A-Za-z0-9 ]+", token.text):
            parts.append(token.text.replace(" ", ""))
        elif known and token.text not in ("frac", "sqrt", "sum", "dots"):
            parts.append(token.text)
        else:
            cursor.refuse(f"a subscript with {token}", token.start)
    if not parts:
        cursor.refuse("an empty subscript", at)
    return tuple(parts)


def _above(cursor: Cursor, found: Scripts, inner: Callable[[Sequence[Token], int], Node], exponential: bool) -> None:
    at = cursor.next.start
    tokens, end = cursor.group("a superscript")
    if not tokens:
        cursor.refuse("an empty superscript", at)
    if all(token.is_command("prime") or token.is_sign("'") for token in tokens):
        found.primes += "'" * len(tokens)
        return
    if exponential and not (found.below or cursor.next.is_sign("_")):
        if found.power is not None:
            cursor.refuse("a second superscript", at, "put the first in brackets")
        found.power = inner(tokens, end)
        return
    label, turn = _parted([token for token in tokens if not token.is_sign(",")])
    if not (label or turn):
        label, turn = _parted([token for token in tokens if not token.is_sign(",", "^", "{", "}")])
        label = label if turn else ""
    if found.turn or (found.power is not None) or (label and found.label):
        cursor.refuse("a second superscript", at, "put the first in brackets")
    if turn:
        found.turn = turn
    if label:
        found.label = label
    if not turn and not label:
        if any(token.is_sign("*") or token.is_command("star", "dagger", "prime") for token in tokens):
            cursor.refuse(f"a superscript {tokens[0]}", at, "give the matrix a name of its own")
        found.power = inner(tokens, end)


def _parted(tokens: Sequence[Token]) -> tuple[str, str]:
    """A superscript as a label and a turn, either of which may be empty; both are where it is an exponent."""
    texts = [token.text for token in tokens]
    for size in (2, 1):
        turn = _TURNS.get("".join(texts[-size:])) if len(texts) >= size else None
        if turn is not None:
            label = _label(tokens[:-size])
            if label or len(texts) == size:
                return label, turn
    return _label(tokens), ""


def _label(tokens: Sequence[Token]) -> str:
    texts = [token.text for token in tokens]
    if len(texts) == 3 and texts[0] + texts[2] in ("()", "[]") and texts[1].isdigit():
        return f"({texts[1]})"
    joined = "".join(texts)
    if not joined.isascii():
        return ""
    if len(tokens) == 1 and (tokens[0].kind in ("word", "text") or (tokens[0].kind == "number" and joined.isdigit())):
        return joined
    return joined if joined in LABELS else ""
