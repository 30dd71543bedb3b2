"""Instances of a behaviour: tokens with numbers for everything, as floats to look at and exactly to decide by."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sympy import Expr, Integer, Rational, Symbol

from symcircuits import engine
from symcircuits.algebra import ExactMatrix
from symcircuits.algebra.values import exact
from symcircuits.behaviours import AttendsAfterPrevious, AttendsTo, InducesOnContents
from symcircuits.behaviours.content_scores import ContentScores
from symcircuits.behaviours.pointer import c, pointed_position
from symcircuits.circuit import Head, Residual, Transformer
from symcircuits.circuit.bind import Array, bind_head, bind_matrix, bind_stream
from symcircuits.grading.matrices.contents import Word, family
from symcircuits.grading.matrices.heads import head_of
from symcircuits.symbols import is_coordinate, n

TOKENS = 18
Values = Mapping[Symbol, Expr]
_STEEP = (Rational(9, 10), Rational(1, 2), Rational(1, 6), Rational(1, 40), Rational(99, 100))
_SIZES = (1, 1, 9, 1, 5000)


@dataclass(frozen=True)
class Instance:
    """Tokens as a head reads them, and for some queries the keys that are wanted.

    ``x`` ``[TOKENS, d_model]`` is the stream as floats; ``column`` is that of one token exactly, and ``held`` is what
    else there is to tell of it. ``values`` are the numbers of the symbols. ``strict`` says that no other key may tie.
    Scores are over the scale, which is positive.
    """

    head: Head
    x: Array
    column: Callable[[int], ExactMatrix]
    held: Callable[[int], Values]
    values: Values
    wanted: Mapping[int, frozenset[int]] = field(default_factory=dict)
    strict: bool = False

    def scores(self, more: Values | None = None) -> Array:
        """The scores ``[queries, keys]`` as floats, with ``more`` values of symbols."""
        found: Array = engine.scores(self.x, bind_head(_unscaled(self.head), {**self.values, **(more or {})}))
        return found

    def score(self, query: int, key: int) -> Expr:
        """A score, exactly."""
        return self.of(self.column(query), self.column(key), query, key)

    def of(self, x: ExactMatrix, y: ExactMatrix, query: int, key: int) -> Expr:
        """The score of one column as a query and another as a key, exactly."""
        return self._bound.score(x, y, at=(query, key)).xreplace(dict(self.values))

    @cached_property
    def _bound(self) -> Head:
        return bound(self.head, self.values)

    def told(self, *tokens: int) -> dict[Symbol, Expr]:
        """The numbers that matter for the scores of these tokens."""
        stream, weights = self.head.stream, self.head.weights().values()
        read = {place for weight in weights for _, place in weight.entries}
        matter = {symbol for weight in weights for symbol in weight.free_symbols}
        for name, block in stream.positions().items():
            column, start = block.at(n), stream[name].places[0]
            matter |= {
                one for (i, _), value in column.entries.items() if start + i in read for one in value.free_symbols
            }
        held = {symbol: value for token in tokens for symbol, value in self.held(token).items() if value}
        return {symbol: value for symbol, value in self.values.items() if symbol in matter} | held


@dataclass(frozen=True)
class Tokens:
    """Tokens that hold these whole numbers or fractions, ``contents`` ``[TOKENS, d_model]``, where no position is."""

    stream: Residual
    values: Values
    contents: NDArray[Any]

    def x(self) -> Array:
        """The stream as floats."""
        return bind_stream(self.stream, TOKENS, self.values, self.contents.astype(float))

    def held(self, token: int) -> Values:
        """What a token holds, by symbol."""
        return {
            symbol: exact(self.contents[token, place])
            for (place, _), symbol in self.stream.at(token).entries.items()
            if isinstance(symbol, Symbol) and is_coordinate(symbol)
        }

    def column(self, token: int) -> ExactMatrix:
        """A token exactly."""
        return self.stream.at(token).substitute({**self.values, **self.held(token)})


def attending(behaviour: AttendsTo, head: Head, seed: int) -> Instance:
    """Tokens that hold small random contents, or nothing."""
    values = numbers(head, seed)
    tokens = Tokens(head.stream, values, _contents(seed, head.d_model))
    wanted = {query: frozenset({query + behaviour.offset}) for query in range(-behaviour.offset, TOKENS)}
    return Instance(head, tokens.x(), tokens.column, tokens.held, values, wanted)


def pointed(behaviour: AttendsAfterPrevious, head: Head, seed: int) -> Instance:
    """Every token but the first points at a random earlier one."""
    values = numbers(head, seed)
    tokens = Tokens(head.stream, values, _contents(seed, head.d_model))
    position, places = pointed_position(head, behaviour.pointer), behaviour.pointer.places
    copies = [0, *map(int, np.random.default_rng([seed, 2]).integers(np.arange(1, TOKENS)))]

    def column(token: int) -> ExactMatrix:
        plain = tokens.column(token)
        if token == 0:
            return plain
        pointer = position.at(copies[token]).substitute(values)
        entries = {place: value for place, value in plain.entries.items() if place[0] not in places}
        entries |= {(place, 0): pointer[i, 0] for i, place in enumerate(places)}
        return ExactMatrix.from_entries((head.d_model, 1), entries, head.stream)

    x = tokens.x()
    (block,) = (head.stream[name].places for name in head.stream.positions())
    x[1:, list(places)] = x[copies[1:]][:, list(block[: len(places)])]
    wanted = {token: frozenset({copies[token] + 1}) for token in range(1, TOKENS)}
    return Instance(head, x, column, lambda token: {c: Integer(copies[token])}, values, wanted)


def alike(scores: ContentScores, seed: int) -> Instance:
    """Tokens with a few contents of one norm, which hold anything else; keys of the same content are wanted."""
    head, words = scores.head, family(len(scores.content), scores.read(), seed)
    if not scores.knows_norms:  # opposite contents have one norm in any dimensions
        words = [words[0], tuple(-entry for entry in words[0])]
    values, order = numbers(head, seed), np.random.default_rng([seed, 3]).integers(0, len(words), TOKENS)
    contents = _integers(seed, head.d_model) * (seed % 2)
    contents[:, list(scores.content.places)] = [words[word] for word in order]
    tokens = Tokens(head.stream, values, contents)
    wanted = {query: frozenset(k for k in range(query + 1) if order[k] == order[query]) for query in range(TOKENS)}
    return Instance(head, tokens.x(), tokens.column, tokens.held, values, wanted, strict=True)


def repeating(
    behaviour: InducesOnContents,
    model: Transformer,
    read: Sequence[int],
    words: Callable[[int], Sequence[Word]],
    seed: int,
) -> Instance:
    """A token to begin with and a few others, again and again; the first head attends to the previous token alone.

    ``read`` are the directions of the content that are compared, ``words`` the contents in these, two at least.
    """
    first, second = behaviour.heads(model)
    values, content = numbers(model, seed), behaviour.content
    chosen = np.array(words(seed), dtype=object)
    other = np.random.default_rng([seed, 5]).integers(-4, 5, size=chosen.shape) * (seed % 2)
    other[:, list(read)] = 0  # what is not compared may be anything
    order = [0, *map(int, np.random.default_rng([seed, 3]).integers(1, len(chosen), TOKENS - 1))]
    contents = np.zeros((TOKENS, model.d_model), dtype=object)
    contents[:, list(content.places)] = (chosen + other)[order]
    tokens = Tokens(model.stream, values, contents)
    moves = first.W_OV.expand().substitute(dict(values))

    def column(token: int) -> ExactMatrix:
        return tokens.column(token) + moves @ tokens.column(max(token - 1, 0))

    def held(token: int) -> Values:
        return {**tokens.held(max(token - 1, 0)), **tokens.held(token)}

    x = tokens.x()
    moved = x + x[[0, *range(TOKENS - 1)]] @ bind_matrix(moves, {}).T
    earlier = {
        query: frozenset(key for key in range(2, query + 1) if order[key - 1] == order[query])
        for query in range(2, TOKENS)
    }
    wanted = {query: keys for query, keys in earlier.items() if keys}
    return Instance(second, moved, column, held, values, wanted, strict=True)


def numbers(circuit: Head | Transformer, seed: int) -> dict[Symbol, Expr]:
    """Values of every symbol: magnitudes that descend, more or less steeply, and angles well apart."""
    chance = np.random.default_rng([seed, 0])
    steep, size = _STEEP[seed % len(_STEEP)], _SIZES[seed % len(_SIZES)]
    slow = 10 if seed % 4 == 3 else 1
    positions = circuit.stream.positions().values()
    free = circuit.free_symbols.union(*(block.free_symbols for block in positions))
    places = chance.permutation(7) if slow == 1 else np.arange(7)[:: 1 if seed % 8 == 3 else -1]
    values: dict[Symbol, Expr] = {}
    for symbol in sorted(free, key=lambda one: one.name):
        family_name, _, number = symbol.name.partition("_")
        if family_name == "lambda" and number.isdigit():
            values[symbol] = size * steep ** int(number)
        elif family_name == "alpha" and number.isdigit():
            # Steps of 0.41, each moved by less than half a step.
            step = 35 + 41 * int(places[int(number) % 7]) + int(chance.integers(0, 18))
            values[symbol] = Rational(step, 100 * slow)
        else:
            values[symbol] = Integer(1) if symbol.is_positive else Rational(int(chance.integers(-5, 6)), 2)
    return values


def bound(head: Head, values: Values) -> Head:
    """The head with numbers in it, its scores over the scale, which is positive."""
    weights = {name: weight.substitute(dict(values)) for name, weight in head.weights().items()}
    return head_of(weights, Integer(1), head.rotary)


def _unscaled(head: Head) -> Head:
    return head_of(head.weights(), Integer(1), head.rotary)


def _contents(seed: int, d_model: int) -> NDArray[Any]:
    return _integers(seed, d_model) * (seed % 3)


def _integers(seed: int, d_model: int) -> NDArray[Any]:
    return np.random.default_rng([seed, 1]).integers(-2, 3, size=(TOKENS, d_model)).astype(object)
