r"""From the tokens of one formula to chains: sides with the relations between them, one chain a statement.

>>> from symcircuits.grading.tokens import tokenize
>>> text = r"\begin{align} a &= b \\ &= c, \qquad d = e \end{align}"
>>> [[str(relation) for relation in chain.relations] for chain in chains_of(tokenize(text, 0, {}), len(text))]
[['=', '='], ['=']]
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from symcircuits.grading.parser import GREEK, INDICES
from symcircuits.grading.refusals import CannotRead
from symcircuits.grading.tokens import LAYOUTS, MATRICES, Token, relation_of

_UNREAD = {"in", "neq", "ne", "sim", "propto", "to", "mapsto", "rightarrow", "ll", "gg", "subset", "forall", "exists",
           "notin", "cong", "prec", "succ", "perp"}  # fmt: skip
_REMARKED = {"quad", "qquad"}
_CONDITION = re.compile(r"\b(for|if|when|whenever|where|with|provided|given|at|assuming|since|unless|and all|any)\b")
_OPEN, _CLOSE = ("(", "[", "{"), (")", "]", "}")
_WORDS = ("diag", "softmax", "Id", "cos", "sin", "exp", "log")


@dataclass(frozen=True)
class Side:
    """The tokens of one side, and the offset where it ends."""

    tokens: tuple[Token, ...]
    end: int

    @property
    def start(self) -> int:
        """The offset of its first token."""
        return self.tokens[0].start if self.tokens else self.end


@dataclass
class Chain:
    """Sides, and the relations between them; ``condition`` says that a word before it made it one.

    ``starts`` holds, for each relation, the offset of the line that it stands in; ``leads`` says that a line
    begins with the chain.
    """

    sides: list[Side]
    relations: list[str] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    condition: bool = False
    leads: bool = True


@dataclass
class _Piece:
    """Tokens between separators; ``blank`` says that nothing stands before its first ``&``."""

    tokens: list[Token]
    blank: bool
    first: bool
    condition: bool = False


def has_relation(tokens: Sequence[Token]) -> bool:
    """Whether a relation that is read stands outside all braces."""
    return any(relation_of(token) for token, depth in _depths(tokens) if depth == 0)


def chains_of(tokens: Sequence[Token], end: int) -> list[Chain]:
    """The chains of one formula, in order; what has no relation is left out. Raises ``CannotRead``."""
    chains: list[Chain] = []
    for row in _rows(_without_layout(_systems(_unboxed(tokens)))):
        for piece in _pieces(row):
            _add(chains, piece, end)
    return [chain for chain in chains if chain.relations]


def _unboxed(tokens: Sequence[Token]) -> list[Token]:
    """The tokens without frames round whole statements."""
    kept: list[Token] = []
    skipped: set[int] = set()
    for place, token in enumerate(tokens):
        if token.is_sign("{") and place + 1 < len(tokens) and tokens[place + 1].is_sign("}") and _after_operator(kept):
            skipped |= {place, place + 1}  # what TeX needs for its spaces
        if token.is_command("boxed") and place + 1 < len(tokens) and tokens[place + 1].is_sign("{"):
            last = _closing(tokens, place + 1)
            if has_relation(tokens[place + 2 : last]):
                skipped |= {place, place + 1, last}
        if place not in skipped:
            kept.append(token)
    return kept


def _after_operator(kept: Sequence[Token]) -> bool:
    before = kept[-1] if kept else None
    return before is None or before.kind in ("newline", "begin") or before.is_sign("&", "+", "-", "=", "<", ">")


def _closing(tokens: Sequence[Token], opening: int) -> int:
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


def _depths(tokens: Sequence[Token]) -> list[tuple[Token, int]]:
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
        elif token.kind == "end" and token.text in ("cases", "array") and opened:
            first = opened.pop()
            if _is_system(tokens[first + 1 : place]):
                kept[first], kept[place] = replace(tokens[first], text="aligned"), replace(token, text="aligned")
    return kept


def _is_system(inside: Sequence[Token]) -> bool:
    """Whether the first line states something before, or right after, its first mark."""
    mark = next(
        (i for i, (token, depth) in enumerate(_depths(inside)) if not depth and token.is_sign("&")), len(inside)
    )
    row = next(
        (i for i, (token, depth) in enumerate(_depths(inside)) if not depth and token.kind == "newline"), len(inside)
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
    for token, depth in _depths(tokens):
        if token.kind == "newline" and depth == 0:
            rows.append([])
        else:
            rows[-1].append(token)
    return [row for row in rows if any(not token.is_sign("&") for token in row)]


def _pieces(row: list[Token]) -> list[_Piece]:
    """A line cut at commas, semicolons, wide spaces, arrows and remarks; its alignment marks are left out."""
    found = _depths(row)
    first_mark = next((place for place, (token, depth) in enumerate(found) if token.is_sign("&") and depth == 0), None)
    blank = first_mark is not None and all(token.is_command(*_REMARKED) for token in row[:first_mark])
    pieces = [_Piece([], blank, True)]
    condition, spaced = False, False
    for place, (token, depth) in enumerate(found):
        if depth or not (
            token.is_sign("&", ",", ";", ".") or token.kind == "text" or token.is_command("implies", *_REMARKED)
        ):
            if spaced and not depth and pieces[-1].tokens and not _continues(row, place):
                pieces.append(_Piece([], False, False, condition))
            pieces[-1].tokens.append(token)
            spaced = False
            continue
        if token.is_sign("&"):
            if _begins_column(row, place, pieces[-1].tokens):
                pieces.append(_Piece([], False, False))
                condition = False
            continue
        if token.is_command(*_REMARKED):
            spaced = True
        elif token.kind == "text" and _is_word(row, place):
            pieces[-1].tokens.append(token)
        else:
            condition = (
                token.kind == "text"
                and bool(_CONDITION.search(token.text.lower()))
                or (condition and not token.is_command("implies") and token.kind != "text")
            )
            pieces.append(_Piece([], False, False, condition))
    return _listed([piece for piece in pieces if piece.tokens])


def _listed(pieces: list[_Piece]) -> list[_Piece]:
    """Names before a comma that share what is said of the last one: left out before ``\\in``, each given the order
    that the last one has. Raises ``CannotRead`` where they would all be defined at once."""
    kept: list[_Piece] = []
    pieces = _without_ranges(pieces)
    for place, piece in enumerate(pieces):
        last = next((one for one in pieces[place:] if not _is_name(one.tokens)), None)
        if last is None or last is piece or not _is_name(piece.tokens):
            kept.append(piece)
            continue
        found = [token for token, depth in _depths(last.tokens) if not depth and _relates(token)]
        name_of_last = last.tokens[: last.tokens.index(found[0])] if found else []
        if not found or not _is_name(name_of_last):
            kept.append(piece)
        elif relation_of(found[0]) in ("=", ":=", "~"):
            raise CannotRead("two names before one =", piece.tokens[0].start, "write a statement for each")
        elif relation_of(found[0]):
            rest = last.tokens[last.tokens.index(found[0]) :]
            kept.append(_Piece([*piece.tokens, *rest], piece.blank, piece.first, piece.condition))
    return kept


def _without_ranges(pieces: list[_Piece]) -> list[_Piece]:
    """The pieces without what an index runs over, such as ``n = 0, 1, 2``, which states nothing."""
    kept: list[_Piece] = []
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
    return relation_of(token) is not None or token.is_command(*_UNREAD)


def _is_name(tokens: Sequence[Token]) -> bool:
    """Whether these tokens are one name, perhaps with scripts."""
    if not tokens or not (tokens[0].kind in ("letter", "word") or tokens[0].is_command(*GREEK)):
        return False
    place = 1
    while place < len(tokens):
        if tokens[place].is_sign("_", "^") and place + 1 < len(tokens):
            place = _closing(tokens, place + 1) + 1 if tokens[place + 1].is_sign("{") else place + 2
        elif tokens[place].is_sign("'"):
            place += 1
        else:
            return False
    return True


def _begins_column(row: list[Token], place: int, before: list[Token]) -> bool:
    """Whether an alignment mark begins another statement of the same line: a relation stands before it, another one
    after it. Raises ``CannotRead`` where neither that nor the going on of the same statement is certain."""
    if not has_relation(before) or relation_of(before[-1]) or _is_operator(before[-1]):
        return False
    after = [token for token in row[place + 1 :] if not (token.is_sign("&") or token.is_command(*_REMARKED))]
    if not after or _is_operator(after[0]) or relation_of(after[0]) or after[0].kind == "text":
        return False
    if not has_relation(after):
        raise CannotRead("what stands after this & is not certain", row[place].start, "write it on a line of its own")
    return True


def _continues(row: list[Token], place: int) -> bool:
    """Whether what comes after a wide space goes on with what stands before it: it begins with an operator, or a
    relation, or the wide space comes after one."""
    token = row[place]
    before = next((one for one in reversed(row[:place]) if not (one.is_command(*_REMARKED) or one.is_sign("&"))), None)
    joined = before is not None and (relation_of(before) is not None or _is_operator(before))
    return joined or _is_operator(token) or relation_of(token) is not None


def _is_operator(token: Token) -> bool:
    return token.is_sign("+", "-", "/", "*") or token.is_command("cdot", "times", "otimes")


def _is_word(row: list[Token], place: int) -> bool:
    """Whether a text is a name or a function, not a remark."""
    token, following = row[place], row[place + 1] if place + 1 < len(row) else None
    if not re.fullmatch(r"[A-Za-z]+", token.text):
        return False
    if token.text in _WORDS:
        return True
    return (
        following is not None
        and (following.is_sign("_", "^") or relation_of(following) is not None)
        and (not _CONDITION.fullmatch(token.text) and token.text not in ("and", "so", "or", "then", "thus", "hence"))
    )


def _add(chains: list[Chain], piece: _Piece, end: int) -> None:
    """Put a piece at the end of the chains: as a new one, as the next links of the last, or behind its last side."""
    tokens = piece.tokens
    unread = next((token for token, depth in _depths(tokens) if depth == 0 and token.is_command(*_UNREAD)), None)
    sides, relations = _split(tokens, end)
    if unread is not None:
        if relations:
            raise CannotRead(f"{unread} beside a relation", unread.start, "write it in words")
        return
    if piece.first and chains and _goes_on(piece, chains[-1]):
        last = chains[-1].sides.pop()
        sides[0] = Side((*last.tokens, *sides[0].tokens), sides[0].end)
        if chains[-1].ends:
            chains[-1].ends[-1] = sides[0].end
        _extend(chains[-1], sides, relations, tokens[0].start)
        return
    if relations and not sides[0].tokens:
        if not chains or not piece.first:
            raise CannotRead("a relation without a left side", tokens[0].start)
        chain = _gone_on_with(chains, tokens[0])
        _extend(chain, [chain.sides.pop(), *sides[1:]], relations, tokens[0].start)
        return
    if not relations and not piece.first:
        if chains and not chains[-1].condition and not piece.condition and not _is_remark(tokens):
            raise CannotRead(
                "what this belongs to is not certain", tokens[0].start, "write it as a statement of its own"
            )
        return
    chain = Chain([], condition=piece.condition, leads=piece.first)
    chains.append(chain)
    _extend(chain, sides, relations, tokens[0].start)


def _gone_on_with(chains: list[Chain], token: Token) -> Chain:
    """The chain that a line without a left side goes on with: the last one that is no condition."""
    last = next((chain for chain in reversed(chains) if chain.leads or not _is_order(chain)), chains[-1])
    if not last.leads and not last.condition and any(chain.leads for chain in chains):
        raise CannotRead("which statement this line goes on with is not certain", token.start, "repeat its left side")
    return last


def _is_order(chain: Chain) -> bool:
    return chain.condition or all(relation in ("<", "<=", ">", ">=") for relation in chain.relations)


def _is_remark(tokens: Sequence[Token]) -> bool:
    numbered = len(tokens) == 3 and tokens[0].is_sign("(") and tokens[1].kind == "number"
    return numbered or tokens[0].is_command("dots", "vdots") or tokens[0].kind == "text"


def _goes_on(piece: _Piece, last: Chain) -> bool:
    """Whether a line goes on with the last side of the line before: with an operator, or after one."""
    token = piece.tokens[0]
    ended = last.sides[-1].tokens
    if not ended or _is_operator(ended[-1]):
        return True
    if not _is_operator(token):
        return False
    if token.is_sign("-") and has_relation(piece.tokens) and not piece.blank:
        raise CannotRead("a line that begins with - may go on or begin anew", token.start, "put & before the relation")
    return True


def _extend(chain: Chain, sides: list[Side], relations: list[str], start: int) -> None:
    chain.sides += sides
    chain.relations += relations
    chain.starts += [start] * len(relations)
    chain.ends += [side.end for side in sides[len(sides) - len(relations) :]]


def _split(tokens: Sequence[Token], end: int) -> tuple[list[Side], list[str]]:
    sides: list[list[Token]] = [[]]
    relations = []
    for token, depth in _depths(tokens):
        relation = relation_of(token) if depth == 0 else None
        if token.is_sign(":") and _before_equals(tokens, token):
            continue  # of := in two signs
        if relation is None:
            sides[-1].append(token)
        else:
            relations.append(":=" if relation == "=" and _colon_before(tokens, token) else relation)
            sides.append([])
    last = tokens[-1].end if tokens else end
    return [Side(tuple(side), side[-1].end if side else last) for side in sides], relations


def _before_equals(tokens: Sequence[Token], token: Token) -> bool:
    place = next(place for place, one in enumerate(tokens) if one is token)
    return place + 1 < len(tokens) and tokens[place + 1].is_sign("=")


def _colon_before(tokens: Sequence[Token], token: Token) -> bool:
    place = next(place for place, one in enumerate(tokens) if one is token)
    return place > 0 and tokens[place - 1].is_sign(":")
