"""Attending by pointer: some directions of the query hold the position of a token, and the key after it is wanted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray
from sympy import Expr, Integer, Symbol

from symcircuits import symbols
from symcircuits.algebra import ExactMatrix, Proved, Refuted, Undecided, Verdict, prove, prove_at_least
from symcircuits.algebra.order.offsets import exact_sign
from symcircuits.algebra.verdict import tied
from symcircuits.behaviours.content_scores import refuted_at
from symcircuits.behaviours.copying import span
from symcircuits.behaviours.task import Task
from symcircuits.behaviours.trial import Array, Measurement, Trial, compared
from symcircuits.circuit import Directions, Head, Sinusoids
from symcircuits.circuit.positions import Index
from symcircuits.errors import BadValue, ShapeMismatch, UnboundSymbols
from symcircuits.symbols import is_coordinate, m, n

c = symbols.integer("c", "position of the token that the pointer points at")

_TOKENS_TRIED = 4


@dataclass(frozen=True)
class AttendsAfterPrevious:
    """No key has a larger score than the one after the token that the query's ``pointer`` holds the position of.

    The directions ``pointer`` of query ``n`` hold ``p(c)``, the largest pairs of the position of an earlier token
    ``c < n``, such as a previous copy of the present one; an earlier head has put it there. For all such ``c``, all
    ``n`` and all ``m <= n``: ``score(n, c + 1) >= score(n, m)``, whatever else the tokens hold. The verdict says where
    the two are equal.

    >>> from symcircuits.circuit import Residual
    >>> position = Sinusoids(1)
    >>> stream = Residual(position=position, v=2)
    >>> head = Head(W_Q=position.shift(1) @ stream.read("v"), W_K=stream.read(position))
    >>> AttendsAfterPrevious(stream["v"]).prove_on(head)
    Proved(method='sum of squares', assuming=(), equality_at=(alpha_0*(c - m + 1),))
    >>> back = Head(W_Q=position.shift(-1) @ stream.read("v"), W_K=stream.read(position))
    >>> AttendsAfterPrevious(stream["v"]).prove_on(back).witness is None
    False
    """

    pointer: Directions

    def __str__(self) -> str:
        return f"AttendsAfterPrevious({self.pointer.name}, {len(self.pointer)} directions)"

    def text(self) -> str:
        """The requirement, as prose with ``$...$``."""
        return f"attends to the token after the one whose position is in {span(self.pointer)} of the present one"

    def prove_on(self, head: Head) -> Verdict:
        """Whether no key has a larger score; ``equality_at`` holds the angles that must all be multiples of 2 pi for a
        tie. A head that ties everywhere is refuted.

        Raises ``BadValue`` unless the stream has one position, of frequency pairs, and the pointer holds some of them.
        """
        best, other = _Pointed(head, self.pointer).pair(n, c, m)
        verdict = prove_at_least(best, other, given=[c >= 0, c < n, m >= 0, m <= n])
        if isinstance(verdict, Refuted) and any(map(is_coordinate, (best - other).free_symbols)):
            return self._refute_with_tokens(head)
        if not isinstance(verdict, Proved):
            return verdict
        if prove(best, other):
            return tied({n: Integer(1), c: Integer(0), m: Integer(0)}, best, other)
        return verdict if verdict.equality_at is not None else Undecided("gap proved, but not where it is zero")

    def _refute_with_tokens(self, head: Head) -> Verdict:
        """A witness at given tokens: what a token holds is then the same wherever it occurs."""
        pointed = _Pointed(head, self.pointer)
        for query, copy, key in _places(range(1, _TOKENS_TRIED)):
            verdict = prove_at_least(*pointed.pair(query, copy, key))
            if isinstance(verdict, Refuted):
                return refuted_at(_at(query, copy, key), verdict)
        return Undecided("the score depends on what tokens hold; no witness found")

    def prove_strict(self, head: Head, values: Mapping[Symbol, Expr], n_ctx: int) -> Verdict:
        """Whether, at these values, the wanted key has strictly the largest score, for every ``c`` and in every row of
        ``n_ctx`` tokens.

        Decided by rigorous enclosures; ``values`` binds every symbol of the score. Raises ``UnboundSymbols``.
        """
        best, other = (score.xreplace(dict(values)) for score in _Pointed(head, self.pointer).pair(n, c, m))
        gap = best - other
        left_over = sorted(symbol.name for symbol in gap.free_symbols - {n, c, m})
        if left_over:
            raise UnboundSymbols(f"the score still contains {', '.join(left_over)}; expected a value for each symbol")
        if n_ctx < 2:
            return Undecided(f"{n_ctx} tokens have no row with an earlier token")
        for query, copy, key in _places_that_differ(gap, n_ctx):
            place = _at(query, copy, key)
            sign = exact_sign(gap.xreplace(place))
            if sign is None:
                return Undecided(f"the gap at n = {query}, c = {copy}, m = {key} is not separated from zero")
            if sign == 0:
                return tied(place, best, other)
            verdict = prove_at_least(best.xreplace(place), other.xreplace(place)) if sign < 0 else None
            if verdict is not None:
                return refuted_at(place, verdict) if isinstance(verdict, Refuted) else verdict
        return Proved(f"enclosures of every gap over {n_ctx} tokens", equality_at=())

    def gap(self, head: Head, k: Symbol) -> Expr | None:
        """By how much the wanted key is ahead of one that lies ``k`` tokens before it; ``None`` where more than the
        distance counts.

        >>> from symcircuits.circuit import Residual
        >>> from symcircuits.symbols import integer
        >>> position = Sinusoids(1)
        >>> stream = Residual(position=position, v=2)
        >>> head = Head(W_Q=position.shift(1) @ stream.read("v"), W_K=stream.read(position))
        >>> gap = AttendsAfterPrevious(stream["v"]).gap(head, integer("k"))
        >>> gap.xreplace({integer("k"): Integer(0)}) == 0
        True
        """
        best, other = _Pointed(head, self.pointer).pair(n, c, m)
        gap = best - other
        if n in gap.free_symbols or not prove(gap, gap.xreplace({c: c + 1, m: m + 1})):
            return None
        return gap.xreplace({m: c + 1 - k}).xreplace({c: Integer(0)})

    def measure(self, trial: Trial) -> Measurement:
        """The attention of the engine on a random stream in which every token but the first points at a random earlier
        one: mean mass on the token after that, whether it is strictly the largest in every row, and the distance to
        the closed form, if there is one."""
        task = self.task(trial)
        pattern = trial.pattern(task.x)
        note = "" if task.wins(pattern) else "another key has as much attention in some row"
        measures = "mean attention on the token after the one pointed at"
        return compared(measures, pattern, trial.expected(task.x), task.mass, note)

    def task(self, trial: Trial) -> Task:
        """A random stream with pointers, the token after the one pointed at wanted; raises ``BadValue`` for a context
        in which no token has an earlier one."""
        if trial.n_ctx < 2:
            raise BadValue(f"expected at least two tokens, so that one has an earlier one, got {trial.n_ctx}")
        x, rows = trial.stream(), np.arange(1, trial.n_ctx)
        wanted = np.zeros((trial.n_ctx, trial.n_ctx), dtype=bool)
        wanted[rows, _point_at_random(x, trial, self.pointer) + 1] = True
        return Task(wanted, rows, x)


class _Pointed:
    """The scores of a head whose query holds the position of a token in its pointer."""

    def __init__(self, head: Head, pointer: Directions) -> None:
        self.head = head
        self.places = head.stream.select(pointer).places
        self.position = pointed_position(head, pointer)

    def query(self, token: Index, copy: Index) -> ExactMatrix:
        """The column of a token whose pointer holds the position of another."""
        column = self.head.stream.at(token)
        held = self.position.at(copy)
        return column.substitute({column[place, 0]: held[i, 0] for i, place in enumerate(self.places)})

    def pair(self, query: Index, copy: Index, key: Index) -> tuple[Expr, Expr]:
        """The score of the key after the copy, and that of another key."""
        x = self.query(query, copy)
        return self.head.score(x, self._key(copy + 1, query, x)), self.head.score(x, self._key(key, query, x))

    def _key(self, token: Index, query: Index, x: ExactMatrix) -> ExactMatrix:
        return x if token == query else self.head.stream.at(token)


def pointed_position(head: Head, pointer: Directions) -> Sinusoids:
    """The pairs of the position that a pointer holds: as many of the largest as it has room for.

    Raises ``BadValue`` unless the stream has one position, of frequency pairs, and the pointer lies outside of it;
    ``ShapeMismatch`` for a pointer that holds no whole number of its pairs.
    """
    blocks = list(head.stream.positions().items())
    name, position = blocks[0] if len(blocks) == 1 else ("", None)
    if not isinstance(position, Sinusoids):
        raise BadValue("a pointer holds frequency pairs; expected a stream with one position, made of these")
    if not set(head.stream[name].places).isdisjoint(pointer.places):
        raise BadValue(f"the directions of {pointer.name} hold a position, not a pointer")
    pairs, odd = divmod(len(pointer), 2)
    if odd or not 1 <= pairs <= position.pairs:
        raise ShapeMismatch(f"expected a pointer of 1 to {position.pairs} pairs, got {len(pointer)} directions")
    return position.first(pairs)


def _places(rows: Iterable[int]) -> Iterator[tuple[int, int, int]]:
    """Every (query, copy, key) in these rows, the wanted key left out."""
    for query in rows:
        for copy in range(query):
            yield from ((query, copy, key) for key in range(query + 1) if key != copy + 1)


def _places_that_differ(gap: Expr, n_ctx: int) -> Iterator[tuple[int, int, int]]:
    """The (query, copy, key) to look at in a context: where distances alone count, one for each in the last row."""
    last = n_ctx - 1
    if n in gap.free_symbols:
        return _places(range(1, n_ctx))
    if not prove(gap, gap.xreplace({c: c + 1, m: m + 1})):
        return _places([last])
    ahead = ((last, 0, key) for key in range(2, n_ctx))
    return chain(ahead, ((last, copy, 0) for copy in range(last)))


def _at(query: int, copy: int, key: int) -> dict[Symbol, Expr]:
    return {n: Integer(query), c: Integer(copy), m: Integer(key)}


def _point_at_random(x: Array, trial: Trial, pointer: Directions) -> NDArray[np.intp]:
    """Fill the pointers of all tokens but the first; returns the tokens ``[n_ctx - 1]`` that they point at."""
    head = trial.heads[0]
    pairs = pointed_position(head, pointer).pairs
    name = next(iter(head.stream.positions()))
    held = list(head.stream[name].places[: 2 * pairs])
    copies = np.random.default_rng([trial.seed, trial.n_ctx]).integers(np.arange(1, trial.n_ctx))
    x[1:, list(pointer.places)] = x[copies][:, held]
    return copies
