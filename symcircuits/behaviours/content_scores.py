"""Scores as a product of contents and a rest, and witnesses against heads whose scores are no such thing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import permutations
from typing import TypeAlias

from sympy import Expr, Integer, Symbol

from symcircuits import symbols
from symcircuits.algebra import Proved, Refuted, Undecided, Verdict, Witness, prove, prove_at_least
from symcircuits.circuit import Directions, Head
from symcircuits.errors import BadValue
from symcircuits.symbols import is_coordinate, m, n

Index: TypeAlias = Expr | int
Contents: TypeAlias = Mapping[Index, tuple[int, ...]]

j = symbols.integer("j", "position of another key")


class ContentScores:
    """The scores of a head as ``weight <c, c'> + rest`` in what query and key hold in some directions.

    >>> from symcircuits.circuit import Residual
    >>> stream = Residual(content=2, v=1)
    >>> head = Head(W_Q=stream.read("content"), W_K=stream.read("content"), scale=symbols.beta)
    >>> scores = ContentScores(head, stream["content"])
    >>> scores.weight, bool(scores.split()), scores.rest(n, m)
    (beta, True, 0)
    """

    def __init__(self, head: Head, content: Directions) -> None:
        if not len(content):
            raise BadValue("expected at least one direction of content, got none")
        self.head, self.content = head, head.stream.select(content)
        self.weight: Expr = self.of(n, m).diff(self.held(n)[0]).diff(self.held(m)[0])

    def held(self, token: Index) -> list[Symbol]:
        """What a token holds in the directions compared; raises ``BadValue`` for directions of a position."""
        column = self.head.stream.at(token)
        held = [column[place, 0] for place in self.content.places]
        if not all(isinstance(symbol, Symbol) and is_coordinate(symbol) for symbol in held):
            raise BadValue(f"the directions of {self.content.name} hold a position, not a content")
        return held

    def of(self, query: Index, key: Index, contents: Contents | None = None) -> Expr:
        """The score of a query on a key, with the contents of some tokens put in."""
        columns = []
        for token in (query, key):
            column = self.head.stream.at(token)
            if contents and token in contents:
                column = column.substitute(self.bound({token: contents[token]}))
            columns.append(column)
        x, y = columns
        return self.head.score(x, y, at=(query, key))

    def bound(self, contents: Contents) -> dict[Symbol, Expr]:
        """What the tokens hold, as values of symbols."""
        return {
            symbol: Integer(value)
            for token, values in contents.items()
            for symbol, value in zip(self.held(token), values, strict=True)
        }

    def rest(self, query: Index, key: Index) -> Expr:
        """The score of two different tokens that hold nothing in these directions."""
        nothing = (0,) * len(self.content)
        return self.of(query, key, {query: nothing, key: nothing})

    def split(self) -> Verdict:
        """Whether the score of different tokens is ``weight <c, c'> + rest``, with a weight free of contents."""
        if any(map(is_coordinate, self.weight.free_symbols)):
            return Undecided("the score is no product of what query and key hold")
        product = sum(a * b for a, b in zip(self.held(n), self.held(m), strict=True))
        return prove(self.of(n, m), self.weight * product + self.rest(n, m))

    def blind_to_the_key(self) -> Verdict:
        """Whether the rest is the same for every key."""
        return prove(self.rest(n, m), self.rest(n, j))

    def find_loss(self) -> Refuted | None:
        """A witness that a key of the same content loses: a query and two keys at different places, one with the
        query's content and one with a content of the same norm that has a larger score, or ties without being equal."""
        for query, copy, other in ((2, 0, 1), (2, 1, 0)):
            for mine, theirs in equal_norms(len(self.content)):
                contents = {query: mine, copy: mine, other: theirs}
                best, rival = self.of(query, copy, contents), self.of(query, other, contents)
                places = {n: Integer(query), m: Integer(copy), j: Integer(other)} | self.bound(contents)
                verdict = prove_at_least(best, rival)
                if isinstance(verdict, Refuted):
                    return refuted_at(places, verdict)
                if isinstance(verdict, Proved) and mine != theirs and prove(best, rival):
                    return Refuted(Witness(places, best, rival, "a tie", "a tie"), "tie")
        return None


def equal_norms(size: int) -> Iterator[tuple[tuple[int, ...], tuple[int, ...]]]:
    """Pairs of small contents of one norm: opposite or equal ones, and turned ones in each two directions.

    >>> list(equal_norms(1))
    [((1,), (-1,)), ((1,), (1,))]
    """

    def content(*entries: tuple[int, int]) -> tuple[int, ...]:
        return tuple(dict(entries).get(i, 0) for i in range(size))

    for i in range(size):
        yield from ((content((i, 1)), content((i, sign))) for sign in (-1, 1))
    for i, k in permutations(range(size), 2):
        for a, b in ((1, 0), (1, 1), (2, 1)):
            for turned in ((b, a), (a, -b), (-b, a)):
                if turned != (a, b):
                    yield content((i, a), (k, b)), content((i, turned[0]), (k, turned[1]))


def refuted_at(places: Mapping[Symbol, Expr], verdict: Refuted) -> Refuted:
    """The same refutation, with the tokens at which it was found."""
    found = verdict.witness
    return Refuted(
        Witness({**places, **found.bindings}, found.left, found.right, found.left_value, found.right_value),
        verdict.method,
    )
