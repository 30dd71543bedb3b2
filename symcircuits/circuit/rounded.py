"""A transformer run exactly as a machine runs it: fractions, and every single operation rounded to a binary format.

What a program computes that rounds each operation to nearest, and adds up from left to right, is a matter of exact
arithmetic: no floating-point number is used here. ``symcircuits.rounding`` does the same on arrays.

>>> from symcircuits.circuit import Residual, Head
>>> from symcircuits.formats import BFLOAT, HALF
>>> stream = Residual(content=1, out=1)
>>> head = Head(W_V=stream.read("content"), W_O=stream.write("out"), W_Q=stream.read("out"), W_K=stream.read("out"))
>>> model = Transformer(((head,),), W_E=stream.write("content") * 1025, W_U=stream.read("out"), vocabulary=("a",))
>>> RoundedRun(model, HALF, {}, 1).logits("a"), RoundedRun(model, BFLOAT, {}, 1).logits("a")
([[Fraction(1025, 1)]], [[Fraction(1024, 1)]])
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

from sympy import Expr, Symbol

from symcircuits.algebra import ExactMatrix
from symcircuits.algebra.binary import exponential_in, nearest_in
from symcircuits.circuit.heads import Head
from symcircuits.circuit.transformer import Tokens, Transformer
from symcircuits.errors import BadValue, UnboundSymbols
from symcircuits.formats import Format

Row = list[Fraction]
Table = list[Row]
Sparse = list[list[tuple[int, Fraction]]]  # for each row of a weight its entries that are not zero


class RoundedRun:
    """A transformer in a format, at values that bind every symbol, for texts of up to ``n_ctx`` tokens.

    The weights are rounded first. Every method raises ``OverflowError`` where a weight or a result is infinite;
    ``UnboundSymbols`` where a symbol is left; ``BadValue`` for heads with rotary positions or without queries and keys,
    for a mask other than the causal one, and where logits are asked for and there is no ``W_U``.
    """

    def __init__(self, model: Transformer, to: Format, values: Mapping[Symbol, Expr], n_ctx: int) -> None:
        if model.mask != "causal":
            raise BadValue(f"expected a model with a causal mask, got the mask {model.mask}")
        self._model, self._to, self._values = model, to, dict(values)
        self._known: dict[Expr, Fraction] = {}
        self._tokens = self.table(model.W_E.T)
        self._places = self.table(model.place_columns(n_ctx).T)
        self._layers = [[_Head(self, head) for head in heads] for heads in model.layers]

    def logits(self, tokens: Tokens) -> Table:
        """The logits: a row for each token, a column for each of the vocabulary."""
        return self._logits(tokens, len(tokens))

    def last_logits(self, tokens: Tokens) -> Row:
        """The last row of ``logits``; what other rows of the last layer come to does not matter to it."""
        return self._logits(tokens, 1)[-1]

    def _logits(self, tokens: Tokens, rows: int) -> Table:
        """As many of the last rows as are needed."""
        if self._model.W_U is None:
            raise BadValue("logits need an unembedding, and this model has no W_U")
        x = self._embed(tokens)
        for heads in self._layers[:-1]:
            x = self._layer(x, heads, len(x))
        return self.apply(self.sparse(self._model.W_U), self._layer(x, self._layers[-1], rows))

    def _layer(self, x: Table, heads: list[_Head], rows: int) -> Table:
        """The last rows of the stream after a layer."""
        added = [head.output(x, rows) for head in heads]
        return [self._sum([row, self._sum(parts)]) for row, *parts in zip(x[-rows:], *added, strict=True)]

    def pattern(self, tokens: Tokens) -> Table:
        """The attention of the one head of the first layer: a row for each query, with the keys up to it.

        Raises ``BadValue`` for a layer of several heads.
        """
        return self._only_head().pattern(self._embed(tokens), len(tokens))

    def last_row(self, tokens: Tokens, shifted: bool = True) -> Row:
        """The last row of ``pattern``; without ``shifted`` the largest score is not subtracted before the exponentials.

        Where these or their sum are infinite, the row is zero: a finite number over infinity is zero, and infinity over
        infinity is no number, so that no key has a weight above zero.
        """
        return self._only_head().last_row(self._embed(tokens), shifted)

    def _only_head(self) -> _Head:
        if len(self._layers[0]) != 1:
            raise BadValue(f"expected one head in the first layer, got {len(self._layers[0])}")
        return self._layers[0][0]

    def _embed(self, tokens: Tokens) -> Table:
        numbers = self._model.numbers(tokens)
        return [self._sum([self._tokens[number], self._places[i]]) for i, number in enumerate(numbers)]

    def number(self, entry: Expr) -> Fraction:
        """An entry of a weight, rounded."""
        if entry not in self._known:
            value = entry.xreplace(self._values)
            if value.free_symbols:
                names = ", ".join(sorted(symbol.name for symbol in value.free_symbols))
                raise UnboundSymbols(f"the model still contains {names}; expected a value for each symbol")
            self._known[entry] = nearest_in(value, self._to)
        return self._known[entry]

    def table(self, matrix: ExactMatrix) -> Table:
        """The entries of a matrix, rounded, row by row."""
        rows, columns = matrix.shape
        entries = {place: self.number(entry) for place, entry in matrix.entries.items()}
        return [[entries.get((i, j), Fraction(0)) for j in range(columns)] for i in range(rows)]

    def sparse(self, weight: ExactMatrix) -> Sparse:
        """The rows of a weight, rounded, without their zeros."""
        return [[(i, entry) for i, entry in enumerate(row) if entry] for row in self.table(weight)]

    def apply(self, weight: Sparse, vectors: Table) -> Table:
        """A weight times each vector. Products with zero are zero and change no sum, so they are left out."""
        return [[self.dot((vector[i], entry) for i, entry in row) for row in weight] for vector in vectors]

    def dot(self, pairs: Iterable[tuple[Fraction, Fraction]]) -> Fraction:
        """A sum of products, from left to right, each product and each sum rounded."""
        return self.added(self._to.nearest(a * b) for a, b in pairs if a and b)

    def added(self, terms: Iterable[Fraction]) -> Fraction:
        """A sum from left to right, each one rounded."""
        total = Fraction(0)
        for term in terms:
            total = self._to.nearest(total + term) if total else term
        return total

    def _sum(self, rows: Sequence[Row]) -> Row:
        return [self.added(terms) for terms in zip(*rows, strict=True)]

    def plus(self, rows: Table, bias: Row | None) -> Table:
        """Rows with a bias added to each."""
        return rows if bias is None else [self._sum([row, bias]) for row in rows]

    @property
    def format(self) -> Format:
        """The format of every number."""
        return self._to


class _Head:
    """The weights of a head, rounded."""

    def __init__(self, run: RoundedRun, head: Head) -> None:
        if head.rotary is not None or head.W_Q is None or head.W_V is None:
            raise BadValue("expected heads with queries, keys and values, and without rotary positions")
        self._run = run
        self._weights = {name: run.sparse(weight) for name, weight in head.weights().items()}
        self._biases = {name: run.table(bias.T)[0] for name, bias in head.biases().items()}
        self._scale = run.number(head.scale)

    def _apply(self, vectors: Table, letter: str) -> Table:
        return self._run.plus(self._run.apply(self._weights[f"W_{letter}"], vectors), self._biases.get(f"b_{letter}"))

    def pattern(self, x: Table, rows: int) -> Table:
        """The attention of each of the last queries on the keys up to it."""
        queries, keys = self._apply(x[-rows:], "Q"), self._apply(x, "K")
        before = len(x) - len(queries)
        return [self._shares(self._scores(query, keys[: before + i + 1])) for i, query in enumerate(queries)]

    def last_row(self, x: Table, shifted: bool) -> Row:
        """The attention of the last query, zero where an exponential or the sum is infinite."""
        scores = self._scores(self._apply(x[-1:], "Q")[0], self._apply(x, "K"))
        try:
            return self._shares(scores, shifted)
        except OverflowError:
            return [Fraction(0)] * len(scores)

    def _scores(self, query: Row, keys: Table) -> Row:
        products = (self._run.dot(zip(query, key, strict=True)) for key in keys)
        return [self._run.format.nearest(product * self._scale) for product in products]

    def _shares(self, scores: Row, shifted: bool = True) -> Row:
        nearest = self._run.format.nearest
        gaps = [nearest(score - max(scores)) for score in scores] if shifted else scores
        powers = [exponential_in(gap, self._run.format) for gap in gaps]
        total = self._run.added(powers)
        return [nearest(power / total) for power in powers]

    def output(self, x: Table, rows: int) -> Table:
        """What the head adds to each of the last rows of the stream."""
        held = list(zip(*self._apply(x, "V"), strict=True))  # by direction, for each key
        pattern = self.pattern(x, rows)
        mixed = [[self._run.dot(zip(row, keys[: len(row)], strict=True)) for keys in held] for row in pattern]
        return self._apply(mixed, "O")
