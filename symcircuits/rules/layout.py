"""The residual stream of a compiled model: a flag for each token that may be there, places, and prediction flags.

>>> layout = Layout(("A", "B"), "BOS")
>>> layout.stream.names, layout.names
(('token', 'pred'), ('A', 'B', 'BOS'))
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from sympy import Expr

from symcircuits.algebra import ExactMatrix
from symcircuits.circuit import Directions, Position, Residual
from symcircuits.circuit.spaces import Block
from symcircuits.typeset.axes import Axis

_SPECIAL = re.compile(r"([_#$%&{}])")


@dataclass(frozen=True)
class Layout:
    """The directions of a stream: ``token`` holds one flag for the token that is there, ``place`` its position where
    there are positions in the stream, blocks of ``scratch`` another position or what heads write, and ``pred`` a flag
    for each token that may be said. ``bos`` names the token before every sequence (empty: none)."""

    vocabulary: tuple[str, ...]
    bos: str = ""
    place: Position | None = None
    scratch: Mapping[str, Block] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        """The tokens of the model: the vocabulary, and the beginning after it."""
        return (*self.vocabulary, *([self.bos] if self.bos else []))

    @cached_property
    def stream(self) -> Residual:
        """The residual stream."""
        place = {} if self.place is None else {"place": self.place}
        tokens, predictions = (labels(word, names) for word, names in (("is", self.names), ("say", self.vocabulary)))
        return Residual(token=tokens, **place, **self.scratch, pred=predictions)

    def token(self, name: str) -> Directions:
        """The flag of a token that is there."""
        return self.stream["token"][self.names.index(name)]

    @cached_property
    def any_token(self) -> ExactMatrix:
        """The row ``[1, d_model]`` that reads 1 whatever the token is: the sum of all token flags."""
        places = self.stream["token"].places
        row = ExactMatrix.from_entries((1, self.stream.d_model), {(0, place): 1 for place in places})
        return row.labelled(None, self.stream)

    def embedding(self, start: Mapping[str, int] | None = None) -> ExactMatrix:
        """``W_E``: every token raises its own flag, and puts what is to be said at its ``start`` (0 unless told)."""
        entries: dict[tuple[int, int], Expr | int] = dict(self.stream.write("token").entries)
        for name, value in (start or {}).items():
            flag = self.stream["pred"].places[self.vocabulary.index(name)]
            entries |= {(flag, token): value for token in range(len(self.names))}
        matrix = ExactMatrix.from_entries((self.stream.d_model, len(self.names)), entries)
        return matrix.labelled(self.stream, _named(self.names))

    def unembedding(self) -> ExactMatrix:
        """``W_U``: the logit of a token is its prediction flag; that of the beginning is 0."""
        size = len(self.vocabulary)
        flags = ExactMatrix.from_entries((len(self.names), size), {(i, i): 1 for i in range(size)})
        matrix = flags @ self.stream.read("pred").labelled(None, self.stream)
        return _plain(matrix).labelled(_named(self.names), self.stream)

    def values(self, moves: Mapping[str, tuple[str, ...]]) -> tuple[ExactMatrix, ExactMatrix]:
        """``W_V`` and ``W_O`` of a head that raises, for each token that it looks at, the flags that it moves to."""
        sources = [name for name in self.names if name in moves]
        W_V = self.stream.read(*(self.token(name) for name in sources))
        targets = self.stream["pred"].places
        said = [(i, target) for i, name in enumerate(sources) for target in moves[name]]
        written = {(targets[self.vocabulary.index(target)], i): 1 for i, target in said}
        return W_V, ExactMatrix.from_entries((self.stream.d_model, len(sources)), written).labelled(self.stream, None)


def _plain(matrix: ExactMatrix) -> ExactMatrix:
    """The entries alone, however they came about: what is printed is the matrix."""
    return ExactMatrix.from_entries(matrix.shape, matrix.entries)


def _named(names: Iterable[str]) -> Axis:
    """The tokens as the labels of an axis, for print alone."""
    return Axis.of_blocks((r"\text{token}", [rf"\text{{{_escaped(name)}}}" for name in names]), strict=False)


def labels(word: str, names: Iterable[str]) -> tuple[str, ...]:
    """Directions of a stream named by a word and a token each."""
    return tuple(rf"\text{{{word} {_escaped(name)}}}" for name in names)


def _escaped(name: str) -> str:
    """A name for print alone: what LaTeX has no simple way to write is left out."""
    return _SPECIAL.sub(r"\\\1", re.sub(r"[\\^~]", "", name))
