"""Scores as a product of contents and a rest, and witnesses against heads whose scores are no such thing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import permutations
from typing import TypeAlias

from sympy import Add, Expr, Integer, Symbol

from symcircuits import symbols
from symcircuits.algebra import (
    ExactMatrix,
    Proved,
    Refuted,
    Undecided,
    Verdict,
    Witness,
    column_of,
    prove,
    prove_at_least,
)
from symcircuits.algebra.verdict import tied
from symcircuits.circuit import Directions, Head
from symcircuits.errors import BadValue
from symcircuits.symbols import is_coordinate, m, n

Index: TypeAlias = Expr | int
Contents: TypeAlias = Mapping[Index, tuple[int, ...]]

j = symbols.integer("j", "position of another key")


class ContentScores:
    """The scores of a head as ``weight <P c, P c'> + rest`` in what query and key hold in some directions.

    ``P`` is the orthogonal projection to ``count`` dimensions of these directions, whichever they are; without a count
    it is to all of them, and the product is ``<c, c'>``.

    >>> from symcircuits.circuit import Residual
    >>> stream = Residual(content=2, v=1)
    >>> head = Head(W_Q=stream.read("content"), W_K=stream.read("content"), scale=symbols.beta)
    >>> scores = ContentScores(head, stream["content"])
    >>> scores.weight, bool(scores.split()), scores.rest(n, m)
    (beta, True, 0)
    """

    def __init__(self, head: Head, content: Directions, count: int | None = None) -> None:
        if not len(content):
            raise BadValue("expected at least one direction of content, got none")
        self.head, self.content = head, head.stream.select(content)
        self.count = len(content) if count is None else count
        self._columns: dict[Index, ExactMatrix] = {}
        self.held(n)  # refuses a position
        self.form = self._form()  # of the two contents, [len(content), len(content)]
        self.weight: Expr = Add(*(self.form[i, i] for i in range(len(content)))) / self.count

    def _form(self) -> ExactMatrix:
        whole = self.head.W_QK_at(m - n).expand()
        places = {place: i for i, place in enumerate(self.content.places)}
        entries = {
            (places[i], places[j]): value * self.head.scale
            for (i, j), value in whole.entries.items()
            if i in places and j in places
        }
        return ExactMatrix.from_entries((len(places), len(places)), entries)

    def _column(self, token: Index) -> ExactMatrix:
        if token not in self._columns:
            self._columns[token] = self.head.stream.at(token)
        return self._columns[token]

    def held(self, token: Index) -> list[Symbol]:
        """What a token holds in the directions compared; raises ``BadValue`` for directions of a position."""
        column = self._column(token)
        held = [column[place, 0] for place in self.content.places]
        if not all(isinstance(symbol, Symbol) and is_coordinate(symbol) for symbol in held):
            raise BadValue(f"the directions of {self.content.name} hold a position, not a content")
        return held

    def of(self, query: Index, key: Index, contents: Contents | None = None) -> Expr:
        """The score of a query on a key, with the contents of some tokens put in."""
        columns = []
        for token in (query, key):
            column = self._column(token)
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
        """Whether the score of different tokens is ``weight <P c, P c'> + rest``, wherever they are."""
        if self.form.free_symbols & {n, m}:
            return Undecided("the product of what query and key hold depends on where they are")
        projects = prove(self.form @ self.form, self.form * self.weight)  # with its trace, and symmetry, it is weight P
        if not (isinstance(projects, Proved) and isinstance(prove(self.form.T, self.form), Proved)):
            return Undecided("the score is no product of what query and key hold")
        held, other = column_of(self.held(n)), column_of(self.held(m))
        product = (held.T @ self.form @ other).scalar()
        return prove(self.of(n, m), product + self.rest(n, m))

    def blind_to_the_key(self) -> Verdict:
        """Whether the rest is the same for every key."""
        return prove(self.rest(n, m), self.rest(n, j))

    def read(self) -> list[int]:
        """The directions that are compared: all of them, or, where they are to be chosen, those in the form."""
        found = sorted({place for entry in self.form.entries for place in entry})
        return found if found and self.count < len(self.content) else list(range(len(self.content)))

    @cached_property
    def knows_norms(self) -> bool:
        """Whether contents of one norm in the directions of ``read`` make a witness: no others are compared, or the
        score is certainly no product, whichever dimensions of them are meant."""
        return len(self.read()) <= self.count or is_no_projection(self.form, self.count)

    def too_few_or_many(self) -> Refuted | None:
        """A refutation by the number of dimensions that are compared, for all but special values of the symbols."""
        rank = self.form.rank()
        if rank == self.count:
            return None
        told = f"{rank} compared", f"{self.count} asked for"
        return Refuted(Witness({}, Integer(rank), Integer(self.count), *told), "the rank of the product of contents")

    def find_loss(self) -> Refuted | None:
        """A witness that a key of the same content loses: a query and two keys at different places, one with the
        query's content and one with a content of the same norm that has a larger score, or ties without being equal."""
        read = self.read()
        for query, copy, other in ((2, 0, 1), (2, 1, 0)):
            for mine, theirs in equal_norms(len(self.content), read):
                if not (self.knows_norms or {mine, _opposite(mine)} >= {theirs}):
                    continue
                contents = {query: mine, copy: mine, other: theirs}
                best, rival = self.of(query, copy, contents), self.of(query, other, contents)
                places = {n: Integer(query), m: Integer(copy), j: Integer(other)} | self.bound(contents)
                verdict = prove_at_least(best, rival)
                if isinstance(verdict, Refuted):
                    return refuted_at(places, verdict)
                if isinstance(verdict, Proved) and mine != theirs and prove(best, rival):
                    return tied(places, best, rival)
        return None


def equal_norms(size: int, read: Sequence[int] | None = None) -> Iterator[tuple[tuple[int, ...], tuple[int, ...]]]:
    """Pairs of small contents of one norm, in some of ``size`` directions or in all: opposite or equal ones, and turned
    ones in each two directions.

    >>> list(equal_norms(2, [1]))
    [((0, 1), (0, -1)), ((0, 1), (0, 1))]
    """

    def content(*entries: tuple[int, int]) -> tuple[int, ...]:
        return tuple(dict(entries).get(i, 0) for i in range(size))

    some = range(size) if read is None else read
    for i in some:
        yield from ((content((i, 1)), content((i, sign))) for sign in (-1, 1))
    for i, k in permutations(some, 2):
        for a, b in ((1, 0), (1, 1), (2, 1)):
            for turned in ((b, a), (a, -b), (-b, a)):
                if turned != (a, b):
                    yield content((i, a), (k, b)), content((i, turned[0]), (k, turned[1]))


def is_no_projection(form: ExactMatrix, rank: int) -> bool:
    """Whether a square matrix is certainly no multiple of an orthogonal projection of this rank.

    >>> is_no_projection(ExactMatrix.from_rows([[1, 1], [1, 1]]), 1)
    False
    >>> is_no_projection(ExactMatrix.from_rows([[1, 0], [0, 2]]), 2)
    True
    """
    weight: Expr = Add(*(form[i, i] for i in range(form.shape[0]))) / rank
    turned, twice = prove(form.T, form), prove(form @ form, form * weight)
    return isinstance(turned, Refuted) or isinstance(twice, Refuted)


def _opposite(content: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(-entry for entry in content)


def refuted_at(places: Mapping[Symbol, Expr], verdict: Refuted) -> Refuted:
    """The same refutation, with the tokens at which it was found."""
    found = verdict.witness
    return Refuted(
        Witness({**places, **found.bindings}, found.left, found.right, found.left_value, found.right_value),
        verdict.method,
    )
