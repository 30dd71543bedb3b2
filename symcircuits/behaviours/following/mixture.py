"""A model whose last layer but one looks at places alone and moves what the tokens tell: as intervals.

Layers before these two may look at places alone and move nothing of the tokens (see ``token_and_place``). After the
last layer but one token ``u`` at place ``j`` holds, in each direction, what ``u`` and ``j`` say themselves plus, for
each head, a mean over the places ``m`` up to ``j`` of what that head moves from the token at ``m``. The weights of the
mean are numbers, whatever the tokens are. So a score of the last layer is known as far as the tokens are: those that
are not known may be any, and leave an interval.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from sympy import Expr, Integer, Rational, Symbol

from symcircuits.algebra import ExactMatrix
from symcircuits.behaviours.following.least_share import Interval, Numbers
from symcircuits.behaviours.following.token_and_place import Reading, TokenAndPlace
from symcircuits.circuit import Head, Transformer
from symcircuits.errors import BadValue, NotSupported

Row: TypeAlias = Sequence[Interval]
Linear: TypeAlias = Sequence[tuple[Row, Row]]  # of the stream itself, then of each head: by token, and by place
Known: TypeAlias = Mapping[int, int]  # the token at a place
_BITS = 192


class Mixture:
    """The scores and values of the one head of the last layer, for sequences that start with the token ``begin``.

    All numbers are intervals in multiples of ``1 / one``. Raises ``NotSupported`` for any other kind of model,
    ``BadValue`` for one without an unembedding.
    """

    def __init__(self, model: Transformer, values: Mapping[Symbol, Expr], n_ctx: int, begin: int) -> None:
        if model.W_U is None:
            raise BadValue("flags are read by an unembedding, and this transformer has no W_U")
        if len(model.layers) < 2 or len(model.layers[-1]) != 1:
            raise NotSupported("this is decided for two layers or more, the last of one head")
        self.n_ctx, self.begin = n_ctx, begin
        self.numbers, self._weights = Numbers(values, _BITS), dict[int, Interval]()
        self.one = self.numbers.one
        self.stream = _stream(model, n_ctx, begin)
        readings = [Reading(head, self.stream) for head in model.layers[-2]]
        if not all(reading.sees_places_alone for reading in readings):
            raise NotSupported(
                f"a head of layer {len(model.layers) - 2} attends by tokens, and it is not the last layer"
            )
        self._means = [self._mean(reading) for reading in readings]
        parts = [(self.stream.tokens, self.stream.places), *(reading.written for reading in readings)]
        self._scores = self._score_tables(model.layers[-1][0], parts)
        W_U = model.W_U.labelled(None, None)
        moved = W_U @ model.layers[-1][0].W_OV.expand().labelled(None, None)
        self._moved, self._direct = (self._rows(read, parts) for read in (moved, W_U))

    def _mean(self, reading: Reading) -> list[list[Interval]]:
        """The attention of a head of the last layer but one, row by row."""
        names, rows = [self.stream.allowed(place)[0] for place in range(self.n_ctx)], []
        for j in range(self.n_ctx):
            scores = [reading.score(names[j], j, names[m], m) for m in range(j + 1)]
            reference = self.numbers.greatest(scores)
            weights = [self.numbers.weight(score, reference) for score in scores]
            low, high = (sum(weight[end] for weight in weights) for end in (0, 1))
            if low <= 0:
                raise NotSupported("the weights of a row of attention are too small to be told from zero")
            rows.append([(least * self.one // high, -(-most * self.one // low)) for least, most in weights])
        return rows

    def _score_tables(self, head: Head, parts: Sequence[tuple[ExactMatrix, ExactMatrix]]) -> list[list[list[Row]]]:
        """For each part, the scores of queries by token and by place on keys by token and by place."""
        if head.rotary is not None or head.biases() or head.W_Q is None or head.W_K is None:
            raise NotSupported("this is decided for a last layer with queries and keys, without biases or turns")
        W_Q, W_K = (weight.labelled(None, None) for weight in (head.W_Q, head.W_K))
        if any((W_Q @ part.labelled(None, None)).entries for pair in parts[1:] for part in pair):
            raise NotSupported("a query of the last layer reads what the layer before has written")
        queries = [W_Q @ part.labelled(None, None) for part in parts[0]]
        keys = [[W_K @ part.labelled(None, None) for part in pair] for pair in parts]
        return [
            [rows for query in queries for rows in (self._table(query.T @ key * head.scale) for key in pair)]
            for pair in keys
        ]

    def _rows(self, read: ExactMatrix, parts: Sequence[tuple[ExactMatrix, ExactMatrix]]) -> list[Linear]:
        """What each row of a matrix reads, by token and by place, of each part."""
        tables = [[self._table(read @ part.labelled(None, None)) for part in pair] for pair in parts]
        return [[(tokens[row], places[row]) for tokens, places in tables] for row in range(read.shape[0])]

    def _table(self, matrix: ExactMatrix) -> list[Row]:
        rows, columns = matrix.shape
        return [[self.numbers.value(matrix[i, j]) for j in range(columns)] for i in range(rows)]

    def score(self, token: int, place: int) -> Linear:
        """What a query, a token at a place, reads of keys."""
        return [
            (_sums(tt[token], pt[place]), _sums(tp[token], pp[place]))
            for tt, tp, pt, pp in self._scores  # query, then key: by token (t), by place (p)
        ]

    @property
    def flags(self) -> range:
        """The tokens that have a logit."""
        return range(len(self._direct))

    def moved(self, flag: int) -> Linear:
        """What the logit of a token reads of a key that is attended to."""
        return self._moved[flag]

    def direct(self, flag: int) -> Linear:
        """What the logit of a token reads of the last token itself."""
        return self._direct[flag]

    def value(self, read: Linear, place: int, known: Known) -> Interval:
        """What is read of a place, of which the token is known; the others may be known or not."""
        (tokens, places), *moved = read
        low, high = _sum(tokens[known[place]], places[place])
        for (tokens, places), mean in zip(moved, self._means, strict=True):
            anything = _hull([tokens[token] for token in self.stream.anywhere])
            for m, weight in enumerate(mean[place]):
                cell = _sum(tokens[known[m]] if m in known else anything, places[m])
                least, most = _times(weight, cell)
                low, high = low + least // self.one, high - (-most // self.one)
        return low, high

    def weight(self, score: Interval, reference: int) -> Interval:
        """``exp(score - reference)``."""
        return self._weight(score[0] - reference)[0], self._weight(score[1] - reference)[1]

    def _weight(self, exponent: int) -> Interval:
        if exponent not in self._weights:
            self._weights[exponent] = self.numbers.weight(Rational(exponent, self.one), Integer(0))
        return self._weights[exponent]


def _stream(model: Transformer, n_ctx: int, begin: int) -> TokenAndPlace:
    """The stream before the last two layers."""
    stream = TokenAndPlace.of(model, n_ctx, begin)
    for layer, heads in enumerate(model.layers[:-2]):
        after = stream.after(heads)
        if after is None:
            raise NotSupported(f"layer {layer} looks at the tokens, and it is not one of the last two")
        stream = after
    return stream


def _sum(first: Interval, second: Interval) -> Interval:
    return first[0] + second[0], first[1] + second[1]


def _sums(first: Row, second: Row) -> Row:
    return [_sum(a, b) for a, b in zip(first, second, strict=True)]


def _hull(intervals: Sequence[Interval]) -> Interval:
    return min(low for low, _ in intervals), max(high for _, high in intervals)


def _times(weight: Interval, value: Interval) -> Interval:
    """A product with something that is not negative, in multiples of the square of the unit."""
    products = [w * v for w in weight for v in value]
    return min(products), max(products)
