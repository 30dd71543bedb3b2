"""Instances of a behaviour: tokens with numbers for everything, as floats to look at and exactly to decide by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations, product

import numpy as np
from numpy.typing import NDArray
from sympy import Expr, Integer, Rational, Symbol

from symcircuits import engine
from symcircuits.algebra import ExactMatrix
from symcircuits.behaviours import AttendsAfterPrevious, AttendsTo, InducesOnContents
from symcircuits.behaviours.pointer import c, pointed_position
from symcircuits.circuit import Head, Residual, Transformer
from symcircuits.circuit.bind import Array, bind_head, bind_matrix
from symcircuits.grading.judging.heads import head_of
from symcircuits.symbols import is_coordinate, n

TOKENS = 18
Values = Mapping[Symbol, Expr]
_STEEP = (Rational(9, 10), Rational(1, 2), Rational(1, 6), Rational(1, 40), Rational(99, 100))
_SIZES = (1, 1, 9, 1)
_WORDS = 4


@dataclass(frozen=True)
class Instance:
    """Tokens as a head reads them, each a column of numbers, and for some queries the keys that are wanted.

    ``values`` are the numbers of the symbols, of which ``free`` are in the weights; ``held`` is what else there is to
    tell of each token. ``strict`` says that no other key may tie.
    """

    head: Head
    columns: Sequence[ExactMatrix]
    wanted: Mapping[int, frozenset[int]]
    values: Values
    held: Sequence[Values]
    free: frozenset[Symbol] = frozenset()
    strict: bool = False

    def scores(self) -> Array:
        """The scores ``[queries, keys]`` as floats."""
        x = np.stack([bind_matrix(column, {})[:, 0] for column in self.columns])
        found: Array = engine.scores(x, bind_head(self.head, self.values))
        return found

    def score(self, query: int, key: int) -> Expr:
        """A score, exactly."""
        return self.head.score(self.columns[query], self.columns[key], at=(query, key)).xreplace(dict(self.values))

    def told(self, *tokens: int) -> dict[Symbol, Expr]:
        """The numbers that matter for the scores of these tokens."""
        stream, weights = self.head.stream, self.head.weights().values()
        read = {place for weight in weights for _, place in weight.entries}
        matter = set(self.head.free_symbols)
        for name, block in stream.positions().items():
            column, start = block.at(n), stream[name].places[0]
            matter |= {
                one for (i, _), value in column.entries.items() if start + i in read for one in value.free_symbols
            }
        held = {symbol: value for token in tokens for symbol, value in self.held[token].items() if value}
        return {symbol: value for symbol, value in self.values.items() if symbol in matter | self.free} | held


def attending(behaviour: AttendsTo, head: Head, seed: int) -> Instance:
    """Tokens that hold small random contents, or nothing."""
    values = numbers(head, seed)
    columns, held = tokens(head.stream, values, _contents(seed, head.d_model))
    wanted = {query: frozenset({query + behaviour.offset}) for query in range(-behaviour.offset, TOKENS)}
    return Instance(
        bound(head, values), columns, wanted, values, held, frozenset(head.free_symbols - head.scale.free_symbols)
    )


def pointed(behaviour: AttendsAfterPrevious, head: Head, seed: int) -> Instance:
    """Every token but the first points at a random earlier one."""
    values = numbers(head, seed)
    columns, held = tokens(head.stream, values, _contents(seed, head.d_model))
    position, places = pointed_position(head, behaviour.pointer), behaviour.pointer.places
    copies = [0, *map(int, np.random.default_rng([seed, 2]).integers(np.arange(1, TOKENS)))]
    for token in range(1, TOKENS):
        pointer = position.at(copies[token]).substitute(values)
        entries = {place: value for place, value in columns[token].entries.items() if place[0] not in places}
        entries |= {(place, 0): pointer[i, 0] for i, place in enumerate(places)}
        columns[token] = ExactMatrix.from_entries((head.d_model, 1), entries, head.stream)
        held[token] = {c: Integer(copies[token])}
    wanted = {token: frozenset({copies[token] + 1}) for token in range(1, TOKENS)}
    return Instance(
        bound(head, values), columns, wanted, values, held, frozenset(head.free_symbols - head.scale.free_symbols)
    )


def repeating(behaviour: InducesOnContents, model: Transformer, seed: int) -> Instance:
    """A token to begin with and a few others, again and again; the first head attends to the previous token alone."""
    first, second = behaviour.heads(model)
    values, content = numbers(model, seed), behaviour.content
    form = behaviour.form(first, second)
    read = sorted({place for entry in form.entries for place in entry}) or list(range(len(content)))
    other = np.random.default_rng([seed, 5]).integers(-4, 5, size=(_WORDS, len(content))) * (seed % 2)
    other[:, read] = 0  # what is not compared may be anything
    words = [
        tuple(map(int, np.add(word, more))) for word, more in zip(family(len(content), read, seed), other, strict=False)
    ]
    order = [0, *map(int, np.random.default_rng([seed, 3]).integers(1, max(2, len(words)), TOKENS - 1))]
    contents = np.zeros((TOKENS, model.d_model), dtype=int)
    contents[:, list(content.places)] = [words[word % len(words)] for word in order]
    columns, held = tokens(model.stream, values, contents)
    moves = first.W_OV.expand().substitute(dict(values))
    read_by = [column + moves @ columns[max(token - 1, 0)] for token, column in enumerate(columns)]
    earlier = {
        query: frozenset(key for key in range(2, query + 1) if order[key - 1] == order[query])
        for query in range(2, TOKENS)
    }
    wanted = {query: keys for query, keys in earlier.items() if keys}
    both: list[Values] = [{**held[max(token - 1, 0)], **mine} for token, mine in enumerate(held)]
    return Instance(bound(second, values), read_by, wanted, values, both, _own(second), strict=True)


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


def family(size: int, read: Sequence[int], seed: int) -> list[tuple[int, ...]]:
    """A few contents of one norm in some of ``size`` directions, whose products are less than the square of this norm
    by 1 at least.

    >>> sorted(family(2, [1], 0))
    [(0, -1), (0, 1)]
    """
    kinds = [{i: sign} for i in read for sign in (1, -1)]
    if len(read) > 1 and seed % 3:
        larger = 2 if seed % 3 == 2 else 1
        kinds = [{i: larger * a, k: b} for i, k in permutations(read, 2) for a, b in product((1, -1), repeat=2)]
    contents = sorted({tuple(kind.get(i, 0) for i in range(size)) for kind in kinds})
    chosen = np.random.default_rng([seed, 4]).permutation(len(contents))[:_WORDS]
    return [contents[i] for i in chosen]


def tokens(stream: Residual, values: Values, contents: NDArray[np.integer]) -> tuple[list[ExactMatrix], list[Values]]:
    """The columns of tokens that hold these contents ``[TOKENS, d_model]``, and what each holds, by symbol."""
    columns, held = [], []
    for token in range(TOKENS):
        column = stream.at(token)
        mine: Values = {
            symbol: Integer(int(contents[token, place]))
            for (place, _), symbol in column.entries.items()
            if isinstance(symbol, Symbol) and is_coordinate(symbol)
        }
        columns.append(column.substitute({**values, **mine}))
        held.append(mine)
    return columns, held


def bound(head: Head, values: Values) -> Head:
    """The head with numbers in it, its scores over the scale, which is positive."""
    weights = {name: weight.substitute(dict(values)) for name, weight in head.weights().items()}
    return head_of(weights, Integer(1), head.rotary)


def _own(head: Head) -> frozenset[Symbol]:
    """The symbols in the weights of a head."""
    return frozenset(symbol for weight in head.weights().values() for symbol in weight.free_symbols)


def _contents(seed: int, d_model: int) -> NDArray[np.integer]:
    return np.random.default_rng([seed, 1]).integers(-2, 3, size=(TOKENS, d_model)) * (seed % 3)
