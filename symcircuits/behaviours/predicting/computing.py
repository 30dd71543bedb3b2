"""What a model computes on one text: its stream, or its logits, as an exact table."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Literal

import numpy as np

from symcircuits.algebra import ExactMatrix, Verdict, prove
from symcircuits.behaviours.trial import TOLERANCE, Measurement, Trial
from symcircuits.circuit import Transformer
from symcircuits.circuit.bind import bind_matrix, bind_transformer
from symcircuits.engine import embed, forward, logits
from symcircuits.errors import BadValue, ShapeMismatch

What = Literal["stream", "logits"]


@dataclass(frozen=True)
class Computes:
    """On this text the ``logits`` ``[d_vocab, n_ctx]``, or the ``stream`` ``[d_model, n_ctx]`` after all layers, are
    the table, a column for each token.

    Raises ``BadValue`` for an empty text or something else to look at, ``ShapeMismatch`` for a table with another
    number of columns.

    >>> model = Transformer((), ExactMatrix.identity(2), W_U=ExactMatrix.identity(2), vocabulary=("a", "b"))
    >>> [bool(Computes(word, ExactMatrix.identity(2)).prove_on(model)) for word in ("ab", "ba")]
    [True, False]
    """

    word: str
    table: ExactMatrix = field(repr=False)
    what: What = "logits"
    circuit: ClassVar[type] = Transformer

    def __post_init__(self) -> None:
        if not self.word:
            raise BadValue("expected a text of at least one token, got none")
        if self.what not in ("stream", "logits"):
            raise BadValue(f"expected to look at the stream or the logits, got {self.what!r}")
        if self.table.shape[1] != len(self.word):
            raise ShapeMismatch(
                f"expected a column for each of {len(self.word)} tokens of {self.word}, got {self.table.describe()}"
            )

    def __str__(self) -> str:
        return f"Computes({self.what} of {self.word})"

    def text(self) -> str:
        """The requirement, as prose with ``$...$``."""
        what = "the logits of the table" if self.what == "logits" else "the stream of the table"
        return f"computes {what} for $\\mathtt{{{self.word}}}$"

    def prove_on(self, model: Transformer) -> Verdict:
        """Whether every entry is that of the table, for all values of the symbols."""
        found = model.logits(self.word) if self.what == "logits" else model.forward(self.word)[-1]
        return prove(found, self.table.labelled(None, None))

    def measure(self, trial: Trial) -> Measurement:
        """The largest difference between the engine and the table, relative to the entries.

        Raises ``BadValue`` for a run of heads, ``ShapeMismatch`` for a table of another size.
        """
        model = trial.whole_model(self)
        arrays = bind_transformer(model, len(self.word), trial.values)
        tokens = np.array(model.numbers(self.word))
        found = logits(tokens, arrays) if self.what == "logits" else forward(embed(tokens, arrays), arrays.layers)
        table = bind_matrix(self.table, trial.values).T
        if found.shape != table.shape:
            raise ShapeMismatch(f"the {self.what} are {found.shape[::-1]}, the table is {self.table.shape}")
        worst = np.unravel_index(np.argmax(np.abs(found - table)), found.shape)
        difference = float(np.max(np.abs(found - table) / (1 + np.abs(table))))
        passed = difference <= TOLERANCE  # false for nan too
        note = "" if passed else f"at token {worst[0]} the {self.what} differ from the table"
        name = f"largest of the {self.what}"
        return Measurement(name, float(np.max(found)), float(np.max(table)), difference, passed, note)
