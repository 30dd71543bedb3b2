"""Streams in which every token holds what its name says plus what its place says, and heads that read them.

An embedding with positions makes such a stream. A layer leaves it one where none of its heads looks at the names: then
what it adds depends on the place alone. On such a stream the score of a query on a key depends on two names and two
places, whatever else the sequence holds.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from sympy import Expr

from symcircuits.algebra import ExactMatrix, softmax
from symcircuits.circuit import Head, Transformer


@dataclass(frozen=True)
class TokenAndPlace:
    """``tokens`` ``[d_model, d_vocab]`` and ``places`` ``[d_model, n_ctx]``: token ``u`` at place ``m`` holds column
    ``u`` of the one plus column ``m`` of the other. ``begin`` is the number of the token that stands at place 0 and
    nowhere else (``None``: every token may stand everywhere)."""

    tokens: ExactMatrix
    places: ExactMatrix
    begin: int | None = None

    @classmethod
    def of(cls, model: Transformer, n_ctx: int, begin: int | None = None) -> TokenAndPlace:
        """The stream before the first layer of a model, with ``n_ctx`` places."""
        return cls(model.W_E, model.place_columns(n_ctx), begin)

    @property
    def n_ctx(self) -> int:
        """The number of places."""
        return self.places.shape[1]

    @cached_property
    def anywhere(self) -> tuple[int, ...]:
        """The tokens that may stand at a place other than 0."""
        return tuple(token for token in range(self.tokens.shape[1]) if token != self.begin)

    def allowed(self, place: int) -> tuple[int, ...]:
        """The tokens that may stand at a place."""
        return self.anywhere if place or self.begin is None else (self.begin,)

    def after(self, heads: tuple[Head, ...]) -> TokenAndPlace | None:
        """The stream after a layer of heads; ``None`` where one of them may look at the names.

        >>> from symcircuits.circuit import Residual
        >>> stream = Residual(one=1, v=1)
        >>> one, v = stream.read("one"), stream.write("v")
        >>> head = Head(W_Q=one, W_K=one, W_V=one, W_O=v)
        >>> before = TokenAndPlace(stream.write("one"), ExactMatrix.zeros(2, 3))
        >>> before.after((head,)).places.entries
        {(1, 0): 1, (1, 1): 1, (1, 2): 1}
        """
        readings = [Reading(head, self) for head in heads]
        if not all(reading.is_blind for reading in readings):
            return None
        places = self.places
        for reading in readings:
            places = places + reading.added()
        return replace(self, places=places)


class Reading:
    """A head on such a stream."""

    def __init__(self, head: Head, stream: TokenAndPlace) -> None:
        self.head, self.stream = head, stream
        self._scores: dict[int, tuple[ExactMatrix, ...]] = {}

    @cached_property
    def _queries(self) -> tuple[ExactMatrix, ExactMatrix]:
        places = self.head.query(self.stream.places)  # the bias, if there is one, goes with the place
        return self.head.query(self.stream.tokens) - self.head.query(self.stream.tokens * 0), places

    @cached_property
    def _keys(self) -> tuple[ExactMatrix, ExactMatrix]:
        places = self.head.key(self.stream.places)
        return self.head.key(self.stream.tokens) - self.head.key(self.stream.tokens * 0), places

    @cached_property
    def written(self) -> tuple[ExactMatrix, ExactMatrix]:
        """What the head moves from each token and from each place, ``[d_model, d_vocab]`` and ``[d_model, n_ctx]``."""
        moved = [self.head.value(part) for part in (self.stream.tokens, self.stream.tokens * 0, self.stream.places)]
        W_O = self.head.writes()
        places = W_O @ moved[2]
        if self.head.b_O is not None:
            ones = ExactMatrix.from_rows([[1] * self.stream.n_ctx])
            places = places + self.head.b_O @ ones
        return W_O @ (moved[0] - moved[1]), places

    def score(self, token: int, place: int, key: int, key_place: int) -> Expr:
        """The score of a token at a place on a key at another."""
        tt, tp, pt, pp = self.blocks(key_place - place)
        return tt[token, key] + tp[token, key_place] + pt[place, key] + pp[place, key_place]

    def blocks(self, distance: int) -> tuple[ExactMatrix, ...]:
        """The four parts of the scores on keys so far on: query by token and by place, times key by token and by
        place. They are the same at every distance unless the head is turned."""
        distance = 0 if self.head.rotary is None else distance
        if distance not in self._scores:
            self._scores[distance] = self._at(distance)
        return self._scores[distance]

    def _at(self, distance: int) -> tuple[ExactMatrix, ...]:
        keys = self._keys
        if self.head.rotary is not None:
            turn = self.head.rotary.shift(distance, self.head.d_head)
            keys = (turn @ keys[0].labelled(turn.columns, None), turn @ keys[1].labelled(turn.columns, None))
        return tuple(
            query.T.labelled(None, None) @ key.labelled(None, None) * self.head.scale
            for query in self._queries
            for key in keys
        )

    @property
    def is_blind(self) -> bool:
        """Whether all tokens that may stand at a place other than 0 look alike to the head."""
        return self.sees_places_alone and self._alike(self.written[0])

    @property
    def sees_places_alone(self) -> bool:
        """Whether its scores are the same for all tokens that may stand at a place other than 0."""
        return self._alike(self._queries[0]) and self._alike(self._keys[0])

    def _alike(self, matrix: ExactMatrix) -> bool:
        return len({_column(matrix, token) for token in self.stream.anywhere}) <= 1

    def added(self) -> ExactMatrix:
        """What a blind head adds at each place, ``[d_model, n_ctx]``."""
        tokens, places = self.written
        stream = self.stream
        names = [stream.allowed(place)[0] for place in range(stream.n_ctx)]
        moved = tokens.take_columns(names) + places
        pattern: dict[tuple[int, int], Expr] = {}
        for n in range(stream.n_ctx):
            row = softmax([self.score(names[n], n, names[m], m) for m in range(n + 1)])
            pattern |= {(m, n): weight for m, weight in enumerate(row)}
        return moved @ ExactMatrix.from_entries((stream.n_ctx, stream.n_ctx), pattern)


def _column(matrix: ExactMatrix, column: int) -> tuple[tuple[int, Expr], ...]:
    return tuple(sorted((i, value) for (i, j), value in matrix.entries.items() if j == column))
