"""A line of a formula cut into the pieces that state something: at commas, wide spaces, arrows and remarks.

>>> from symcircuits.grading.reading.tokens import tokenize
>>> text = r"a = 1, \\quad b = 2 \\text{ if } n = 0"
>>> [("".join(map(str, piece.tokens)), piece.condition) for piece in pieces_of(tokenize(text, 0, {}))]
[('a=1', False), ('b=2', False), ('n=0', True)]
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from symcircuits.grading.reading import limits
from symcircuits.grading.reading.layout import closing, depths, has_relation, is_operator
from symcircuits.grading.reading.refusals import CannotRead
from symcircuits.grading.reading.signs import Token, relation_of
from symcircuits.grading.reading.vocabulary import GREEK, INDICES

# Relations that are not read; those of the first kind are never a condition of something else.
CLAIMS = ("sim", "propto", "cong", "gets", "leftarrow", "doteq", "eqqcolon", "lesssim", "gtrsim", "asymp")
UNREAD = {*CLAIMS, "in", "neq", "ne", "to", "mapsto", "rightarrow", "ll", "gg", "subset", "forall", "exists", "notin",
          "prec", "succ", "perp"}  # fmt: skip
_REMARKED = {"quad", "qquad"}
_CONDITION = re.compile(r"\b(for|if|when|whenever|where|with|provided|given|at|assuming|since|and all|any)\b")
EXCEPTION = re.compile(r"\b(unless|except)\b", re.IGNORECASE)
_WORDS = ("diag", "softmax", "Id", "cos", "sin", "exp", "log")


@dataclass
class Piece:
    """Tokens between separators; ``blank`` says that nothing stands before its first ``&``, ``exception`` is the word
    before it that makes it say where something does not hold."""

    tokens: list[Token]
    blank: bool
    first: bool
    condition: bool = False
    exception: Token | None = None


def pieces_of(row: list[Token]) -> list[Piece]:
    """A line cut at commas, semicolons, wide spaces, arrows and remarks; its alignment marks are left out."""
    found = depths(row)
    first_mark = next((place for place, (token, depth) in enumerate(found) if token.is_sign("&") and depth == 0), None)
    blank = first_mark is not None and all(token.is_command(*_REMARKED) for token in row[:first_mark])
    pieces = [Piece([], blank, True)]
    if sum(token.is_sign("&") and depth == 0 for token, depth in found) > limits.SIDE:
        raise CannotRead(f"more than {limits.SIDE} columns", row[0].start)
    condition, spaced = False, False
    for place, (token, depth) in enumerate(found):
        if depth or not _separates(row, place):
            if spaced and not depth and pieces[-1].tokens and not _continues(row, place):
                pieces.append(Piece([], False, False, condition))
            pieces[-1].tokens.append(token)
            spaced = False
            continue
        if token.is_sign("&"):
            if _begins_column(row, place, pieces[-1].tokens):
                pieces.append(Piece([], False, False))
                condition = False
            continue
        if token.is_command(*_REMARKED):
            spaced = True
        elif token.kind == "text" and _is_word(row, place):
            pieces[-1].tokens.append(token)
        else:
            if token.kind == "text" and token.text.strip(" .,()").lower() in ("or", "either"):
                raise CannotRead("one of several statements", token.start, "state the one that holds")
            if token.is_command("implies"):
                pieces[-1].condition = True
            condition = _opens_condition(token) or (condition and token.is_sign(",", ";", "."))
            excepted = token.kind == "text" and EXCEPTION.search(token.text)
            pieces.append(Piece([], False, False, condition, token if excepted else None))
    return _listed([piece for piece in pieces if piece.tokens])


def _separates(row: list[Token], place: int) -> bool:
    token = row[place]
    if token.is_sign(":"):
        return place + 1 == len(row) or not row[place + 1].is_sign("=")
    return (
        token.is_sign("&", ",", ";", ".")
        or token.kind == "text"
        or token.is_command("implies", "forall", "colon", *_REMARKED)
    )


def _opens_condition(token: Token) -> bool:
    return token.is_command("forall") or (token.kind == "text" and bool(_CONDITION.search(token.text.lower())))


def _listed(pieces: list[Piece]) -> list[Piece]:
    """Names before a comma that share what is said of the last one: left out before ``\\in``, each given the order
    that the last one has. Raises ``CannotRead`` where they would all be defined at once."""
    kept: list[Piece] = []
    last: Piece | None = None
    for piece in reversed(_without_ranges(pieces)):
        if last is not None and is_name(piece.tokens):
            kept += _shared(piece, last)
        else:
            last = None if is_name(piece.tokens) else piece
            kept.append(piece)
    return kept[::-1]


def _shared(piece: Piece, last: Piece) -> list[Piece]:
    """A name with the order that the last one of its list has; nothing where that is said to lie in a set."""
    found = next((at for at, (token, depth) in enumerate(depths(last.tokens)) if not depth and _relates(token)), None)
    if found is None or not is_name(last.tokens[:found]):
        return [piece]
    relation = relation_of(last.tokens[found])
    if relation in ("=", ":=", "~"):
        raise CannotRead("two names before one =", piece.tokens[0].start, "write a statement for each")
    rest = last.tokens[found:]
    return [] if relation is None else [Piece([*piece.tokens, *rest], piece.blank, piece.first, piece.condition)]


def _without_ranges(pieces: list[Piece]) -> list[Piece]:
    """The pieces without what an index runs over, such as ``n = 0, 1, 2``, which states nothing."""
    kept: list[Piece] = []
    running = False
    for piece in pieces:
        running = _is_value(piece.tokens) and (running or (bool(kept) and _is_start(kept[-1].tokens)))
        if running:
            if kept and _is_start(kept[-1].tokens):
                kept.pop()
        else:
            kept.append(piece)
    return kept


def _is_start(tokens: Sequence[Token]) -> bool:
    return len(tokens) == 3 and tokens[0].text in INDICES and tokens[1].is_sign("=") and tokens[2].kind == "number"


def _is_value(tokens: Sequence[Token]) -> bool:
    return len(tokens) == 1 and (tokens[0].kind == "number" or tokens[0].is_command("dots"))


def _relates(token: Token) -> bool:
    return relation_of(token) is not None or token.is_command(*UNREAD)


def is_name(tokens: Sequence[Token]) -> bool:
    """Whether these tokens are one name, perhaps with scripts."""
    if not tokens or not (tokens[0].kind in ("letter", "word") or tokens[0].is_command(*GREEK)):
        return False
    place = 1
    while place < len(tokens):
        if tokens[place].is_sign("_", "^") and place + 1 < len(tokens):
            place = closing(tokens, place + 1) + 1 if tokens[place + 1].is_sign("{") else place + 2
        elif tokens[place].is_sign("'"):
            place += 1
        else:
            return False
    return True


def _begins_column(row: list[Token], place: int, before: list[Token]) -> bool:
    """Whether an alignment mark begins another statement of the same line: a relation stands before it, another one
    after it. Raises ``CannotRead`` where neither that nor the going on of the same statement is certain."""
    if not has_relation(before) or relation_of(before[-1]) or is_operator(before[-1]):
        return False
    after = [token for token in row[place + 1 :] if not (token.is_sign("&") or token.is_command(*_REMARKED))]
    if not after or is_operator(after[0]) or relation_of(after[0]) or after[0].kind == "text":
        return False
    if not has_relation(after):
        raise CannotRead("what stands after this & is not certain", row[place].start, "write it on a line of its own")
    return True


def _continues(row: list[Token], place: int) -> bool:
    """Whether what comes after a wide space goes on with what stands before it: it begins with an operator, or a
    relation, or the wide space comes after one."""
    token = row[place]
    before = next((one for one in reversed(row[:place]) if not (one.is_command(*_REMARKED) or one.is_sign("&"))), None)
    joined = before is not None and (relation_of(before) is not None or is_operator(before))
    return joined or is_operator(token) or relation_of(token) is not None


def _is_word(row: list[Token], place: int) -> bool:
    """Whether a text is a name or a function, not a remark."""
    token, following = row[place], row[place + 1] if place + 1 < len(row) else None
    if not re.fullmatch(r"[A-Za-z]+", token.text):
        return False
    if token.text in _WORDS:
        return True
    applied = following is not None and following.is_sign("(") and not has_relation(row[:place])
    return (
        following is not None
        and (applied or following.is_sign("_", "^") or relation_of(following) is not None)
        and (not _CONDITION.fullmatch(token.text) and token.text not in ("and", "so", "or", "then", "thus", "hence"))
    )
