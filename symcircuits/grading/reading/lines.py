r"""From the tokens of one formula to chains: sides with the relations between them, one chain a statement.

>>> from symcircuits.grading.reading.tokens import tokenize
>>> text = r"\begin{align} a &= b \\ &= c, \qquad d = e \end{align}"
>>> [[str(relation) for relation in chain.relations] for chain in chains_of(tokenize(text, 0, {}), len(text))]
[['=', '='], ['=']]
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from symcircuits.grading.reading.layout import depths, has_relation, is_operator, lines_of
from symcircuits.grading.reading.pieces import CLAIMS, UNREAD, Piece, is_name, pieces_of
from symcircuits.grading.reading.refusals import CannotRead
from symcircuits.grading.reading.signs import Token, relation_of

_NUMBERS = ("mathbbR", "mathbbZ")
_UNEQUAL = ("ne", "neq", "ll", "gg", "prec", "succ", "perp", "subset", "notin")
_NATURAL = ("mathbbN", "mathbbN_0")


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
    begins with the chain. ``aside`` is what may restrict it and is not read, such as ``\\neq`` in a condition.
    """

    sides: list[Side]
    relations: list[str] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    condition: bool = False
    leads: bool = True
    aside: Token | None = None


def chains_of(tokens: Sequence[Token], end: int, displayed: bool = False) -> list[Chain]:
    """The chains of one formula, in order; what has no relation is left out. Raises ``CannotRead``.

    Where the formula is ``displayed``, a relation that is not read is a statement and refused, unless it goes with
    another one.
    """
    chains: list[Chain] = []
    asides: list[Token] = []
    for row in lines_of(tokens):
        for piece in pieces_of(row):
            _add(chains, piece, end, asides)
            unread = _claimed(piece) if displayed else None
            if unread is not None:
                raise CannotRead(f"{unread} is not judged", unread.start, "write an equation, or say it in words")
    for chain in chains if asides else ():
        chain.aside = asides[0]
    return [chain for chain in chains if chain.relations]


def _claimed(piece: Piece) -> Token | None:
    """The relation that is not read and makes a statement of a piece, if there is one."""
    leads = piece.first and not piece.condition
    found = [token for token, depth in depths(piece.tokens) if not depth and token.is_command(*UNREAD)]
    return next((token for token in found if token.is_command(*CLAIMS, *(_UNEQUAL if leads else ()))), None)


def check_breaks(text: str, chains: Sequence[Chain]) -> None:
    """Refuse statements in two lines of the text with nothing between them that is seen in print, where the second
    one's name would be a factor of the first one's last side. Raises ``CannotRead``."""
    for side in (side for chain in chains for side in chain.sides[1:-1]):
        for place, (before, token) in enumerate(zip(side.tokens, side.tokens[1:], strict=False), 1):
            if "\n" in text[before.end : token.start] and is_name(side.tokens[place:]) and not is_operator(before):
                hint = r"write \\ between two statements, or the whole side in one line"
                raise CannotRead("whether a statement begins in this line is not certain", token.start, hint)


def restricts(tokens: Sequence[Token]) -> Token | None:
    """The relation in these tokens that may restrict a statement and is not read; ``None`` for none of them, and for
    being a number at all."""
    for place, token in enumerate(tokens):
        if token.is_command(*UNREAD) and not token.is_command("forall", "to", "mapsto", "rightarrow"):
            after = "".join(one.text for one in tokens[place + 1 :])
            natural = all(one.text in ("n", "m") for one in tokens[:place])
            if not (token.is_command("in") and after in (*_NUMBERS, *(_NATURAL if natural else ()))):
                return token
    return None


def _add(chains: list[Chain], piece: Piece, end: int, asides: list[Token]) -> None:
    """Put a piece at the end of the chains: as a new one, as the next links of the last, or behind its last side; or
    beside them, where it has a relation that is not read."""
    tokens = piece.tokens
    tokens = piece.tokens = _without_set(tokens)
    unread = next((token for token, depth in depths(tokens) if depth == 0 and token.is_command(*UNREAD)), None)
    if piece.exception is not None:
        asides.append(piece.exception)
        return
    sides, relations = _split(tokens, end)
    if unread is not None:
        if relations:
            raise CannotRead(f"{unread} beside a relation", unread.start, "write it in words")
        asides += [token for token in [restricts(tokens)] if token is not None]
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


def _without_set(tokens: list[Token]) -> list[Token]:
    r"""A statement without the set that its last side is said to lie in, such as ``\in \mathbb{R}^{2 \times 4}``."""
    found = [place for place, (token, depth) in enumerate(depths(tokens)) if not depth and token.is_command("in")]
    stated = bool(found) and has_relation(tokens[: found[0]]) and not has_relation(tokens[found[0] :])
    return tokens[: found[0]] if stated else tokens


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


def _goes_on(piece: Piece, last: Chain) -> bool:
    """Whether a line goes on with the last side of the line before: with an operator, or after one."""
    token = piece.tokens[0]
    ended = last.sides[-1].tokens
    if not ended or is_operator(ended[-1]):
        return True
    if not is_operator(token):
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
    for token, depth in depths(tokens):
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
