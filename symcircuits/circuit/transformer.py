"""Attention-only transformers: an embedding, layers of heads, an unembedding, all exact.

Columns: ``W_E`` is ``[d_model, d_vocab]`` with a column for each token of the vocabulary, ``W_U`` is
``[d_vocab, d_model]``, a residual stream ``x`` is ``[d_model, n_ctx]``. A pattern ``A`` is ``[n_ctx, n_ctx]``, its row
the query; a layer adds ``W_OV x A^T`` for each of its heads. The mask is a real one: keys that it hides are no terms of
the softmax.

>>> stream = Residual(content=2, v=2)
>>> head = Head(W_V=stream.read("content"), W_O=stream.write("v"))
>>> model = Transformer(((head,),), W_E=stream.write("content"), W_U=stream.read("v"), vocabulary=("a", "b"))
>>> previous = ExactMatrix.from_rows([[1, 0], [1, 0]])
>>> model.logits("ab", {(0, 0): previous}).entries
{(0, 0): 1, (0, 1): 1}
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from sympy import Expr, Symbol

from symcircuits.algebra import ExactMatrix, softmax
from symcircuits.circuit.heads import Head
from symcircuits.circuit.positions import Position
from symcircuits.circuit.spaces import Residual
from symcircuits.circuit.tables import Tables
from symcircuits.engine import Mask
from symcircuits.errors import BadValue, ShapeMismatch, UnknownName

Tokens: TypeAlias = Sequence[str | int]
Patterns: TypeAlias = Mapping[tuple[int, int], ExactMatrix]


@dataclass(frozen=True)
class Transformer(Tables):
    """Layers of heads between an embedding and an unembedding.

    ``layers`` are tuples of heads that read the same stream; layers and heads are counted from 0, and each head keeps
    its own scale. Where a token stands is in the stream by its position blocks (those of the rows of ``W_E``), or by
    the table ``W_pos`` ``[d_model, n_ctx]``, or not at all. ``W_U`` may be left out where no logits are asked for.
    ``vocabulary`` names the tokens; without it they are called by their number. The ``mask`` is ``"causal"``, as in a
    decoder: a query sees the keys up to itself; or ``"none"``, as in an encoder: it sees all of them.

    Without layers it is a zero-layer model, ``logits = W_U W_E t``.

    Raises ``BadValue`` for a layer without heads, positions from two sources, names that do not fit the vocabulary or
    another mask, ``ShapeMismatch`` for matrices that do not fit one stream.
    """

    layers: tuple[tuple[Head, ...], ...]
    W_E: ExactMatrix
    W_U: ExactMatrix | None = None
    W_pos: ExactMatrix | None = None
    vocabulary: tuple[str, ...] = ()
    name: str = ""
    mask: Mask = "causal"

    def __post_init__(self) -> None:
        object.__setattr__(self, "layers", tuple(tuple(heads) for heads in self.layers))
        names = tuple(self.vocabulary) or tuple(str(token) for token in range(self.d_vocab))
        object.__setattr__(self, "vocabulary", names)
        if not all(self.layers):
            raise BadValue("expected a head in each layer, got a layer without heads")
        if len(names) != self.d_vocab or len(set(names)) != len(names):
            raise BadValue(f"expected {self.d_vocab} different names of tokens, got {len(set(names))} in {len(names)}")
        if self.mask not in ("causal", "none"):
            raise BadValue(f"expected the mask causal or none, got {self.mask!r}")
        if self.W_pos is not None and self.positions():
            raise BadValue("positions come from the blocks of the stream or from W_pos, not from both")
        self._check_shapes()

    def _check_shapes(self) -> None:
        for place, head in self.placed():
            if head.d_model != self.d_model:
                raise ShapeMismatch(f"{_called(place)} reads {head.d_model} directions, W_E writes {self.d_model}")
            self._check_axis(_called(place), next(iter(head.weights().values())))
        if self.W_U is not None and self.W_U.shape != (self.d_vocab, self.d_model):
            raise ShapeMismatch(f"expected W_U of shape {self.d_vocab} by {self.d_model}, got {self.W_U.describe()}")
        if self.W_U is not None:
            self._check_axis("W_U", self.W_U)
        if self.W_pos is not None and self.W_pos.shape[0] != self.d_model:
            raise ShapeMismatch(f"expected W_pos with {self.d_model} rows, got {self.W_pos.describe()}")

    def _check_axis(self, what: str, reader: ExactMatrix) -> None:
        if reader.columns is not None and self.W_E.rows is not None and not reader.columns.fits(self.W_E.rows):
            raise ShapeMismatch(f"{what} and W_E name different directions of the stream")

    def placed(self) -> list[tuple[tuple[int, int], Head]]:
        """Every head with its place (layer, number in the layer), in order."""
        return [((i, j), head) for i, heads in enumerate(self.layers) for j, head in enumerate(heads)]

    @property
    def heads(self) -> tuple[Head, ...]:
        """All heads, layer by layer."""
        return tuple(head for _, head in self.placed())

    @property
    def d_model(self) -> int:
        """The number of directions of the residual stream."""
        return self.W_E.shape[0]

    @property
    def d_vocab(self) -> int:
        """The number of tokens in the vocabulary."""
        return self.W_E.shape[1]

    @property
    def stream(self) -> Residual:
        """The residual stream that the rows of ``W_E`` name; raises ``BadValue`` where they name none."""
        if isinstance(self.W_E.rows, Residual):
            return self.W_E.rows
        raise BadValue(f"{self.W_E.describe()} was not made from a residual stream, so its rows have no names")

    def positions(self) -> dict[str, Position]:
        """The position blocks of the stream, by name; none where it has no names."""
        return self.W_E.rows.positions() if isinstance(self.W_E.rows, Residual) else {}

    @property
    def free_symbols(self) -> set[Symbol]:
        """The symbols of all weights, scales and positions."""
        weights = (weight.free_symbols for weight in self.weights().values())
        places = (block.free_symbols for block in self.positions().values())
        return set().union(*weights, *places, *(head.free_symbols for head in self.heads))

    def numbers(self, tokens: Tokens) -> tuple[int, ...]:
        """The tokens as numbers in the vocabulary, from names or numbers; a text is read letter by letter.

        Raises ``UnknownName`` for a name that is not in the vocabulary, ``BadValue`` for no tokens, a number outside
        it, or more tokens than ``W_pos`` has places.
        """
        if not tokens:
            raise BadValue("expected at least one token, got none")
        if self.W_pos is not None and len(tokens) > self.W_pos.shape[1]:
            raise BadValue(f"expected at most {self.W_pos.shape[1]} tokens (the columns of W_pos), got {len(tokens)}")
        return tuple(self._number(token) for token in tokens)

    def _number(self, token: str | int) -> int:
        if isinstance(token, str):
            if token not in self.vocabulary:
                raise UnknownName("token", token, self.vocabulary)
            return self.vocabulary.index(token)
        if not 0 <= token < self.d_vocab:
            raise BadValue(f"expected a token from 0 to {self.d_vocab - 1}, got {token}")
        return token

    def embed(self, tokens: Tokens) -> ExactMatrix:
        """The stream before the first layer ``[d_model, n_ctx]``: the columns of ``W_E``, with positions added."""
        numbers = self.numbers(tokens)
        return self.W_E.take_columns(numbers) + self.place_columns(len(numbers))

    def place_columns(self, n_ctx: int) -> ExactMatrix:
        """What the first ``n_ctx`` positions add to the stream, ``[d_model, n_ctx]``."""
        if self.W_pos is not None:
            return self.W_pos.take_columns(range(n_ctx))
        entries: dict[tuple[int, int], Expr] = {}
        for name, block in self.positions().items():
            for token in range(n_ctx):
                column = block.at(token).entries
                entries |= {(self.stream[name].places[i], token): value for (i, _), value in column.items()}
        return ExactMatrix.from_entries((self.d_model, n_ctx), entries, self.W_E.rows)

    def head(self, layer: int, head: int = 0) -> Head:
        """One head by its place; raises ``BadValue`` where there is none."""
        if 0 <= layer < len(self.layers) and 0 <= head < len(self.layers[layer]):
            return self.layers[layer][head]
        raise BadValue(f"expected a head of {[len(heads) for heads in self.layers]}, got layer {layer}, head {head}")

    def scores(self, layer: int, head: int, x: ExactMatrix) -> ExactMatrix:
        """The score of every query (row) on every key (column) of the stream that the layer reads, before the mask."""
        return self.head(layer, head).scores(x)

    def pattern(self, layer: int, head: int, x: ExactMatrix) -> ExactMatrix:
        """The exact attention rows ``[n_ctx, n_ctx]`` on the stream that the layer reads: a softmax over the keys
        that a query sees, zero elsewhere."""
        scores = self.scores(layer, head, x)
        size = scores.shape[0]
        ends = [n + 1 if self.mask == "causal" else size for n in range(size)]
        rows = [softmax([scores[n, m] for m in range(end)]) for n, end in enumerate(ends)]
        return ExactMatrix.from_entries(
            (size, size), {(n, m): weight for n, row in enumerate(rows) for m, weight in enumerate(row)}
        )

    def forward(
        self, x: ExactMatrix | Tokens, patterns: Patterns | None = None, layers: int | None = None
    ) -> tuple[ExactMatrix, ...]:
        """The streams ``[d_model, n_ctx]`` before the first layer and after each: the one at ``i`` is what layer ``i``
        reads.

        ``x`` is a stream or the tokens that make it. ``patterns`` are given for some heads, by (layer, head); what
        follows holds given these. All layers are run, or the first ``layers``. Raises ``ShapeMismatch`` for a pattern
        that is not ``[n_ctx, n_ctx]``, ``BadValue`` for one with an entry that the mask hides or of no head, and for a
        head that moves nothing.
        """
        given = self._checked(patterns or {})
        streams = [x if isinstance(x, ExactMatrix) else self.embed(x)]
        for layer in range(len(self.layers) if layers is None else layers):
            after = streams[-1]
            for head in range(len(self.layers[layer])):
                after = after + self._moved(layer, head, streams[-1], given)
            streams.append(after)
        return tuple(streams)

    def _moved(self, layer: int, head: int, x: ExactMatrix, patterns: Patterns) -> ExactMatrix:
        pattern = patterns.get((layer, head))
        pattern = self.pattern(layer, head, x) if pattern is None else pattern
        if pattern.shape != (x.shape[1],) * 2:
            raise ShapeMismatch(f"{_called((layer, head))}: {pattern.describe()} is no pattern of {x.shape[1]} tokens")
        if self.mask == "causal" and any(key > query for query, key in pattern.entries):
            raise BadValue(f"the pattern of {_called((layer, head))} has an entry after the query")
        return self.head(layer, head).output(x, pattern)

    def _checked(self, patterns: Patterns) -> Patterns:
        for layer, head in patterns:
            self.head(layer, head)
        return patterns

    def logits(self, tokens: Tokens, patterns: Patterns | None = None) -> ExactMatrix:
        """The logits ``[d_vocab, n_ctx]`` after all layers; raises ``BadValue`` without ``W_U``."""
        if self.W_U is None:
            raise BadValue("logits need an unembedding, and this transformer has no W_U")
        return self.W_U @ self.forward(tokens, patterns)[-1]

    def weights(self) -> dict[str, ExactMatrix]:
        """The matrices by name; those of heads with layer and head, as in ``W_Q (layer 0, head 1)``."""
        own = {name: matrix for name in ("W_E", "W_U", "W_pos") if (matrix := getattr(self, name)) is not None}
        heads = {
            f"{name} ({_called(place)})": weight
            for place, head in self.placed()
            for name, weight in (head.weights() | head.biases()).items()
        }
        return own | heads

    def tables(self) -> dict[str, ExactMatrix | Expr]:
        """The matrices and the scales, as they are printed."""
        scales = {f"scale ({_called(place)})": head.scale for place, head in self.placed()}
        return {**self.weights(), **scales}


def _called(place: tuple[int, int]) -> str:
    return f"layer {place[0]}, head {place[1]}"
