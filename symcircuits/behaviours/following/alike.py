"""What a flag depends on, at the end of a sequence out of many: two choices of tokens that look alike are decided once.

For one flag a key counts by its score for each head and by what that moves to the flag. So of the tokens that may stand
at a place only the different kinds of these numbers matter, and heads that move nothing to the flag do not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from sympy import Expr, S

from symcircuits.algebra import ExactMatrix
from symcircuits.behaviours.following.token_and_place import Reading

Pair: TypeAlias = tuple[Expr, Expr]  # the score of a key, and what it moves
Kinds: TypeAlias = frozenset[tuple[Pair, ...]]  # each with a pair for every head
Tokens: TypeAlias = tuple[int, ...]
Table: TypeAlias = Mapping[int, Mapping[int, Expr]]
_NONE: Mapping[int, Expr] = {}


class Looks:
    """Heads of a last layer, with what they move ``to_flags`` from tokens and from places, and what the stream says to
    the flags ``direct``ly."""

    def __init__(
        self,
        readings: Sequence[Reading],
        to_flags: Sequence[tuple[ExactMatrix, ExactMatrix]],
        direct: tuple[ExactMatrix, ExactMatrix],
    ) -> None:
        self._readings, self._to_flags, self._direct = readings, to_flags, direct
        self._moved = [[by_row(part) for part in parts] for parts in to_flags]
        self._heads: dict[int, tuple[int, ...]] = {}
        self._asking: dict[int, frozenset[int]] = {}
        self._box: tuple[object, dict[int | None, tuple[Kinds, ...]]] = None, {}
        self._tables: dict[tuple[int, int], tuple[Table, Table]] = {}
        self._by_token: dict[tuple[object, ...], Kinds] = {}
        self._kinds: dict[tuple[Kinds, tuple[Pair, ...]], Kinds] = {}
        self._sets: dict[Tokens, frozenset[int]] = {}

    def heads(self, flag: int) -> tuple[int, ...]:
        """The heads that move anything to a flag."""
        if flag not in self._heads:
            moved = enumerate(self._moved)
            self._heads[flag] = tuple(head for head, parts in moved if any(flag in part for part in parts))
        return self._heads[flag]

    def of(self, before: Sequence[Tokens], token: int, flag: int) -> object:
        """All that the flag depends on, for one token at the end and a choice at every place before."""
        place, (tokens, places) = len(before), self._direct
        at_end = self._at(token, place, (token,), place, flag) if self.heads(flag) else frozenset()
        return tokens[flag, token] + places[flag, place], self._before(tuple(before), token, flag), at_end

    def _before(self, before: tuple[Tokens, ...], token: int, flag: int) -> tuple[Kinds, ...]:
        """The kinds of key at all places but the last; those of one box are kept, for all tokens that ask alike."""
        asks = token if any(self._asks(head, token) for head in self.heads(flag)) else None
        if self._box[0] != (before, flag):
            self._box = (before, flag), {}
        known = self._box[1]
        if asks not in known:
            told = enumerate(before) if self.heads(flag) else ()
            known[asks] = tuple(self._at(token, len(before), allowed, at, flag) for at, allowed in told)
        return known[asks]

    def _asks(self, head: int, token: int) -> bool:
        """Whether a head is known to ask, for this token, for anything that it does not ask for every token."""
        if self._readings[head].head.rotary is not None:
            return True
        tt, tp, _, _ = self._readings[head].blocks(0)
        if head not in self._asking:
            self._asking[head] = frozenset(row for part in (tt, tp) for row, _ in part.entries)
        return token in self._asking[head]

    def _at(self, token: int, place: int, allowed: Tokens, at: int, flag: int) -> Kinds:
        """The kinds of key that there may be at a place."""
        heads = self.heads(flag)
        kinds = self._by_tokens(heads, token, place, allowed, at, flag)
        more = tuple(self._of_place(head, token, place, at, flag) for head in heads)
        if all(score is S.Zero and moved is S.Zero for score, moved in more):
            return kinds
        if (kinds, more) not in self._kinds:
            self._kinds[kinds, more] = frozenset(
                tuple((score + s, moved + v) for (score, moved), (s, v) in zip(kind, more, strict=True))
                for kind in kinds
            )
        return self._kinds[kinds, more]

    def _of_place(self, head: int, token: int, place: int, at: int, flag: int) -> Pair:
        """The part of a score, and of what is moved, that depends on the place of the key."""
        _, tp, _, pp = self._readings[head].blocks(at - place)
        return tp[token, at] + pp[place, at], self._to_flags[head][1][flag, at]

    def _by_tokens(self, heads: tuple[int, ...], token: int, place: int, allowed: Tokens, at: int, flag: int) -> Kinds:
        """The kinds as far as they depend on the token of the key."""
        tables = [self._scores(head, at - place) for head in heads]
        where = place if any(place in by_place for _, by_place in tables) else None
        turned = at - place if any(self._readings[head].head.rotary is not None for head in heads) else 0
        known = (token, where, allowed, turned, flag)
        if known not in self._by_token:
            rows = [
                (by_token.get(token, _NONE), by_place.get(place, _NONE), self._moved[head][0].get(flag, _NONE))
                for head, (by_token, by_place) in zip(heads, tables, strict=True)
            ]
            told = frozenset(key for parts in rows for row in parts for key in row)
            keys = [*(self._set(allowed) & told), *list(self._set(allowed) - told)[:1]]  # all others are of one kind
            self._by_token[known] = frozenset(
                tuple(
                    (one.get(key, S.Zero) + other.get(key, S.Zero), moved.get(key, S.Zero))
                    for one, other, moved in rows
                )
                for key in keys
            )
        return self._by_token[known]

    def _scores(self, head: int, distance: int) -> tuple[Table, Table]:
        distance = 0 if self._readings[head].head.rotary is None else distance
        if (head, distance) not in self._tables:
            tt, _, pt, _ = self._readings[head].blocks(distance)
            self._tables[head, distance] = by_row(tt), by_row(pt)
        return self._tables[head, distance]

    def _set(self, allowed: Tokens) -> frozenset[int]:
        if allowed not in self._sets:
            self._sets[allowed] = frozenset(allowed)
        return self._sets[allowed]


def by_row(matrix: ExactMatrix) -> dict[int, dict[int, Expr]]:
    """The entries that are not zero, by row and by column.

    >>> by_row(ExactMatrix.from_rows([[0, 2], [0, 0]]))
    {0: {1: 2}}
    """
    rows: dict[int, dict[int, Expr]] = {}
    for (i, j), value in matrix.entries.items():
        rows.setdefault(i, {})[j] = value
    return rows
