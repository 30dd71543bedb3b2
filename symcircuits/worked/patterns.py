"""Attention patterns as figures: which head is run, on what and at which numbers. Nothing is run before somebody looks.

>>> from sympy import Integer
>>> from symcircuits.circuit import Residual
>>> stream = Residual(content=2)
>>> head = Head(W_Q=stream.read("content"), W_K=stream.read("content"), scale=Integer(100))
>>> PatternFigure.of(head, "A B A", content=stream["content"]).weights().round(2)
array([[1. , 0. , 0. ],
       [0. , 1. , 0. ],
       [0.5, 0. , 0.5]])
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import pairwise
from typing import Protocol

import numpy as np
from sympy import Expr, Symbol

from symcircuits.algebra.values import Exact, exact
from symcircuits.behaviours import Trial
from symcircuits.behaviours.tokens import spoken
from symcircuits.behaviours.trial import Array, model_pattern
from symcircuits.circuit import Directions, Head, OneHot, Transformer
from symcircuits.circuit.bind import bind_transformer
from symcircuits.engine import embed, streams
from symcircuits.errors import BadValue, UnboundSymbols
from symcircuits.symbols import m, n

Values = Mapping[Symbol, Exact]


class Attends(Protocol):
    """What a pattern is taken from: something that runs the engine."""

    def attention(self) -> Array:
        """The attention ``[n_ctx, n_ctx]``: a row is a query, a column a key."""

    def told(self) -> Mapping[Symbol, Expr]:
        """The values that it depends on, which a caption tells."""


@dataclass(frozen=True)
class HeadOnTokens:
    """One head run on tokens: ``words`` gives each token's content in the directions ``content``, if any are named."""

    trial: Trial
    words: tuple[str, ...]
    content: Directions | None = None
    gap: Expr | None = None

    def attention(self) -> Array:
        """The attention ``[n_ctx, n_ctx]``, by the engine on bound weights."""
        x = self.trial.stream() if self.content is None else spoken(self.trial, self.content, self.words, self.gap).x
        return self.trial.pattern(x)

    def told(self) -> Mapping[Symbol, Expr]:
        """The values of the symbols in the score, or of all that the head has where its stream has one-hot positions,
        which have no column for a token without a number."""
        [head] = self.trial.heads
        one_hot = any(isinstance(block, OneHot) for block in head.stream.positions().values())
        read = head.free_symbols if one_hot else head.score(head.stream.at(n), head.stream.at(m)).free_symbols
        return {symbol: value for symbol, value in self.trial.values.items() if symbol in read}


@dataclass(frozen=True)
class ModelOnTokens:
    """A path through heads at ``places`` (layer, head), the earliest first, of a model run on tokens of its vocabulary:
    one head, or the virtual head of several."""

    model: Transformer
    words: tuple[str, ...]
    places: tuple[tuple[int, int], ...]
    values: Mapping[Symbol, Expr]

    def attention(self) -> Array:
        """The product ``[n_ctx, n_ctx]`` of the patterns of the heads, by the engine on bound weights."""
        tokens = self.model.numbers(self.words)
        first, *others = (model_pattern(self.model, tokens, self.values, place) for place in self.places)
        return reduce(lambda before, pattern: pattern @ before, others, first)

    def sizes(self) -> Array:
        """The size ``[n_ctx]`` of what arrives in the stream from each key that the only head attends to fully."""
        model, ((layer, number),) = self.model, self.places
        arrays = bind_transformer(model, len(self.words), self.values)
        head = arrays.layers[layer][number]
        if head.W_V is None or head.W_O is None:
            raise BadValue("what a head moves needs W_V and W_O; this one has none")
        read = streams(embed(np.array(model.numbers(self.words)), arrays), arrays.layers[:layer])[-1]
        return np.asarray(np.linalg.norm(read @ head.W_V @ head.W_O, axis=-1))

    def told(self) -> Mapping[Symbol, Expr]:
        """The values of the symbols in the weights and positions."""
        return {symbol: value for symbol, value in self.values.items() if symbol in self.model.free_symbols}


@dataclass(frozen=True)
class PatternFigure:
    """An attention pattern as a heatmap: a row for each query, a column for each key, from 0 to 1.

    ``source`` runs the engine (see ``of`` for one head); ``tokens`` name the tokens on both axes, by default with their
    numbers. Raises ``BadValue`` where a pattern has another size than there are names.
    """

    source: Attends
    tokens: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        head: Head,
        tokens: str | int,
        at: Values | None = None,
        content: Directions | None = None,
        gap: Exact | None = None,
        seed: int = 0,
    ) -> PatternFigure:
        """The pattern of one head on random tokens, at values for all symbols of the head and of the positions.

        ``tokens`` is a number of them, or words with blanks between them, ``"A B C A"``. The same word has the same
        content in the directions ``content``, different ones of the same norm there (with the least difference
        ``gap``, see ``random_tokens``). Raises ``UnboundSymbols`` for a symbol without a value, ``BadValue`` for words
        without ``content``, for no token at all, or for more than six different words.
        """
        words = tuple(tokens.split()) if isinstance(tokens, str) else ()
        if isinstance(tokens, str) and content is None:
            raise BadValue(f"the tokens {tokens!r} need the directions in which they differ: give content")
        values = {symbol: exact(value) for symbol, value in (at or {}).items()}
        trial = Trial((head,), values, len(words) if isinstance(tokens, str) else tokens, seed)
        missing = sorted(symbol.name for symbol in trial.symbols() if symbol not in values)
        if missing:
            raise UnboundSymbols(f"the figure has no value for {', '.join(missing)}")
        least = None if gap is None else exact(gap)
        return cls(HeadOnTokens(trial, words, content, least), words)

    @classmethod
    def of_model(cls, model: Transformer, tokens: str, at: Values, layer: int = -1, head: int = 0) -> PatternFigure:
        """The pattern of one head of a model, by default of its last layer, on tokens with blanks between them.

        Raises ``UnknownName`` for a token that is not in the vocabulary, ``BadValue`` for a head that the model does
        not have, ``UnboundSymbols`` for a symbol of the model without a value in ``at``.
        """
        return cls.of_path(model, tokens, at, ((layer % len(model.layers), head),))

    @classmethod
    def of_path(cls, model: Transformer, tokens: str, at: Values, places: Sequence[tuple[int, int]]) -> PatternFigure:
        """The product of the patterns of heads at ``places`` (layer, head), the earliest first: that of a virtual head.

        Raises as ``of_model``, and ``BadValue`` for no head, or for heads that are not each in a later layer.
        """
        source = _on_tokens(model, tokens, at, places)
        return cls(source, source.words)

    def weights(self) -> Array:
        """The attention ``[n_ctx, n_ctx]``."""
        pattern = self.source.attention()
        if self.tokens and len(pattern) != len(self.tokens):
            raise BadValue(f"{len(self.tokens)} names for a pattern of {len(pattern)} tokens")
        return pattern

    def told(self) -> Mapping[Symbol, Expr]:
        """The values that the caption tells."""
        return self.source.told()

    def alt(self) -> str:
        """What is seen, in words, for readers who do not see it."""
        names = self.tokens or tuple(map(str, range(len(self.weights()))))
        most = [f"{names[row]} at {row}: {weights.argmax()}" for row, weights in enumerate(self.weights())][:16]
        return (
            f"Attention pattern of {len(names)} tokens as a heatmap, queries down, keys across. "
            f"Most attended key of each query: {', '.join(most)}."
        )


@dataclass(frozen=True)
class WeightedFigure:
    """The pattern of a head of a model, and the same weighted by what is moved: ``A[n, m] ||W_O W_V x_m||``.

    The size is that of what arrives in the stream, in the Euclidean norm, so that it is the same in every basis of the
    head's values; what biases add is left out. Raises ``BadValue`` for a head without values.

    >>> from symcircuits.circuit import Residual
    >>> stream = Residual(content=2, out=2)
    >>> reads, W_O = stream.read("content"), stream.write("out") * 3
    >>> model = Transformer(((Head(reads, reads, reads, W_O),),), stream.write("content"), vocabulary=("a", "b"))
    >>> WeightedFigure.of_model(model, "a b", {}).weighted().round(2)
    array([[3.  , 0.  ],
           [0.81, 2.19]])
    """

    source: ModelOnTokens

    @classmethod
    def of_model(cls, model: Transformer, tokens: str, at: Values, layer: int = -1, head: int = 0) -> WeightedFigure:
        """Of one head of a model, by default of its last layer, on tokens with blanks between them.

        Raises as ``PatternFigure.of_model``.
        """
        place = (layer % len(model.layers), head)
        source = _on_tokens(model, tokens, at, (place,))
        if model.head(*place).W_O is None:
            raise BadValue("a weighted pattern needs a head with W_V and W_O")
        return cls(source)

    @property
    def tokens(self) -> tuple[str, ...]:
        """The names of the tokens."""
        return self.source.words

    def pattern(self) -> Array:
        """The attention ``[n_ctx, n_ctx]``, by the engine on bound weights."""
        return self.source.attention()

    def weighted(self) -> Array:
        """The attention times the size of what arrives from each key, ``[n_ctx, n_ctx]``, by the engine."""
        return self.pattern() * self.source.sizes()

    def told(self) -> Mapping[Symbol, Expr]:
        """The values that the caption tells."""
        return self.source.told()

    def alt(self) -> str:
        """What is seen, in words, for readers who do not see it."""
        parts = [
            f"{name} at {row}: {seen.argmax()} and {moved.argmax() if moved.any() else 'none'}"
            for row, (name, seen, moved) in enumerate(zip(self.tokens, self.pattern(), self.weighted(), strict=True))
        ]
        return (
            f"Two heatmaps of {len(self.tokens)} tokens, queries down, keys across: an attention pattern, and the same "
            f"weighted by the size of what is moved. Largest of each query in both: {', '.join(parts[:16])}."
        )


def _on_tokens(model: Transformer, tokens: str, at: Values, places: Sequence[tuple[int, int]]) -> ModelOnTokens:
    """Heads of a model, one after another, on a sequence, with a value for each symbol."""
    words = tuple(tokens.split())
    model.numbers(words)
    for place in places:
        model.head(*place)
    if not places or any(after[0] <= before[0] for before, after in pairwise(places)):
        raise BadValue(f"expected a head or more, each in a later layer than the one before, got {list(places)}")
    values = {symbol: exact(value) for symbol, value in at.items()}
    missing = sorted(symbol.name for symbol in model.free_symbols if symbol not in values)
    if missing:
        raise UnboundSymbols(f"the figure has no value for {', '.join(missing)}")
    return ModelOnTokens(model, words, tuple(places), values)
