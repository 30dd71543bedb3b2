"""What a model loses on one token after a text: with all of it, without paths of higher order, and without a head."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar

import numpy as np

from symcircuits.algebra import ExactMatrix, Proved, Verdict, prove
from symcircuits.behaviours.trial import TOLERANCE, Array, Measurement, Trial
from symcircuits.circuit import Transformer
from symcircuits.circuit.bind import bind_matrix, bind_transformer
from symcircuits.circuit.importance import all_patterns, avoiding, loss, silenced, truncated, unmoved
from symcircuits.engine import HeadArrays, TransformerArrays, attention_pattern, embed, forward, head_output, streams
from symcircuits.errors import BadValue, ShapeMismatch

Place = tuple[int, int]
Layers = Sequence[Sequence[HeadArrays]]


@dataclass(frozen=True)
class Loses:
    """The cross-entropy, in nats, of ``target`` after ``text`` (tokens with blanks between them).

    ``orders`` ``[1, layers + 1]`` are those of the paths of order up to 0, 1, ..., with the patterns of the whole run;
    ``heads`` ``[heads, 2]``, a row for each head in order, those without any path through it, patterns likewise, and
    those of a rerun in which it writes nothing and later patterns become what they become. ``given`` are patterns that
    some heads are taken to have, by (layer, head); the proof is for these, a run computes all its patterns.

    Raises ``BadValue`` for an empty text.

    >>> from sympy import exp, log
    >>> from symcircuits.circuit import Head, Residual
    >>> stream = Residual(content=2, out=2)
    >>> head = Head(stream.read("content"), stream.read("content"), stream.read("content"), stream.write("out"))
    >>> model = Transformer(((head,),), W_E=stream.write("content"), W_U=stream.read("out"), vocabulary=("a", "b"))
    >>> whole = log(1 + exp(1)) - 1  # it says what it sees
    >>> says = Loses("a", "a", ExactMatrix.from_rows([[log(2), whole]]), ExactMatrix.from_rows([[log(2), log(2)]]))
    >>> bool(says.prove_on(model))
    True
    """

    before: str
    target: str
    orders: ExactMatrix = field(repr=False)
    heads: ExactMatrix = field(repr=False)
    given: tuple[tuple[Place, ExactMatrix], ...] = field(default=(), repr=False)
    circuit: ClassVar[type] = Transformer

    def __post_init__(self) -> None:
        if not self.words:
            raise BadValue("expected a text of at least one token, got none")

    @property
    def words(self) -> tuple[str, ...]:
        """The tokens of the text."""
        return tuple(self.before.split())

    def __str__(self) -> str:
        return f"Loses({self.target} after {self.before})"

    def text(self) -> str:
        """The requirement, as prose."""
        by = f"by order up to {self.orders.shape[1] - 1} and without each of {self.heads.shape[0]} heads"
        return f"loses on {self.target} after {self.before} what is stated, {by}"

    def prove_on(self, model: Transformer) -> Verdict:
        """Whether all of these are the losses, for all values of the symbols; the orders from the sum over paths.

        Raises ``ShapeMismatch`` for a table of another size, ``BadValue`` for a model without an unembedding.
        """
        self._check(len(model.layers), len(model.heads))
        methods: dict[str, None] = {}
        for found, stated in self._pairs(model):
            verdict = prove(found, stated)
            if not isinstance(verdict, Proved):
                return verdict
            methods[verdict.method] = None
        return Proved(", ".join(methods))

    def _pairs(self, model: Transformer) -> Iterator[tuple[ExactMatrix, ExactMatrix]]:
        """What is found and what is stated, one by one."""
        x = model.embed(self.words)
        patterns = all_patterns(model, x, dict(self.given))
        sums = truncated(model, x, patterns)
        yield from zip((self._loss(model, one) for one in sums), _cells(self.orders), strict=True)
        for (place, _), row in zip(model.placed(), range(self.heads.shape[0]), strict=True):
            frozen = self._loss(model, avoiding(model, place, x, patterns))
            yield frozen, ExactMatrix.from_rows([[self.heads[row, 0]]])
            rerun = silenced(model, place).forward(x, unmoved(model, place, dict(self.given)))[-1]
            yield self._loss(model, rerun), ExactMatrix.from_rows([[self.heads[row, 1]]])

    def _loss(self, model: Transformer, stream: ExactMatrix) -> ExactMatrix:
        if model.W_U is None:
            raise BadValue("a loss needs an unembedding, and this transformer has no W_U")
        return ExactMatrix.from_rows([[loss(model.W_U @ stream, model.numbers([self.target])[0])]])

    def _check(self, layers: int, heads: int) -> None:
        for name, table, size in (("orders", self.orders, (1, layers + 1)), ("heads", self.heads, (heads, 2))):
            if table.shape != size:
                raise ShapeMismatch(f"expected {name} of {size[0]} by {size[1]}, got {table.describe()}")

    def measure(self, trial: Trial) -> Measurement:
        """The same on the engine, which knows of no paths: the orders from the procedure of reruns, with patterns
        frozen, in which each pass adds what the heads wrote in the pass before."""
        model = trial.whole_model(self)
        self._check(len(model.layers), len(model.heads))
        arrays = bind_transformer(model, len(self.words), trial.values)
        x = embed(np.array(model.numbers(self.words)), arrays)
        frozen = _frozen(x, arrays.layers)
        target = model.numbers([self.target])[0]
        passes = [_loss_of(stream, arrays, target) for stream in _passes(x, frozen)]
        without = [
            [_loss_of(forward(x, _without(place, layers)), arrays, target) for layers in (frozen, arrays.layers)]
            for place, _ in model.placed()
        ]
        found = [*passes, *(value for row in without for value in row)]
        stated = [*bind_matrix(self.orders, trial.values)[0], *bind_matrix(self.heads, trial.values).ravel()]
        difference = float(np.max(np.abs(np.array(found) - np.array(stated))))
        passed = difference <= TOLERANCE  # false for nan too
        note = "" if passed else "a loss of the engine is not what is stated"
        whole = float(stated[len(passes) - 1])
        return Measurement("the loss of the whole model", passes[-1], whole, difference, passed, note)


def _cells(row: ExactMatrix) -> Iterator[ExactMatrix]:
    return (ExactMatrix.from_rows([[row[0, place]]]) for place in range(row.shape[1]))


def _frozen(x: Array, layers: Layers) -> list[list[HeadArrays]]:
    """The heads with the patterns that they have in a run of all."""
    read = streams(x, layers)
    return [
        [replace(head, pattern=attention_pattern(before, head)) for head in heads]
        for before, heads in zip(read[:-1], layers, strict=True)
    ]


def _passes(x: Array, frozen: Layers) -> Iterator[Array]:
    """The last stream of each pass: nothing is added in the first, then what was saved in the pass before."""
    saved = [[np.zeros_like(x) for _ in heads] for heads in frozen]
    for _ in range(len(frozen) + 1):
        stream, written = x, []
        for heads, before in zip(frozen, saved, strict=True):
            written.append([head_output(stream, head) for head in heads])
            stream = stream + sum(before)
        saved = written
        yield stream


def _without(place: Place, layers: Layers) -> list[list[HeadArrays]]:
    """The heads, of which one writes zeros."""
    return [
        [_silent(head) if (layer, number) == place else head for number, head in enumerate(heads)]
        for layer, heads in enumerate(layers)
    ]


def _silent(head: HeadArrays) -> HeadArrays:
    if head.W_O is None:
        raise BadValue("a head without W_V and W_O writes nothing to be left out")
    return replace(head, W_O=np.zeros_like(head.W_O), b_O=None)


def _loss_of(stream: Array, arrays: TransformerArrays, target: int) -> float:
    """The cross-entropy of the target after the last token."""
    if arrays.W_U is None:
        raise BadValue("a loss needs an unembedding, and this transformer has no W_U")
    logits = stream[-1] @ arrays.W_U
    return float(np.log(np.exp(logits - logits[target]).sum()))
