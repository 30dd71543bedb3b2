"""Copying to the logits: the last head adds to the logit of each token the attention that it has on this token."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from symcircuits.algebra import ExactMatrix, Proved, Verdict, prove
from symcircuits.behaviours.induction import Repeated, repeated_tokens
from symcircuits.behaviours.task import Task
from symcircuits.behaviours.trial import TOLERANCE, Array, Measurement, Trial
from symcircuits.circuit import Head, Transformer
from symcircuits.circuit.bind import bind_transformer, unembedding
from symcircuits.engine import attention_pattern, embed, head_output, streams
from symcircuits.errors import BadValue


@dataclass(frozen=True)
class CopiesToLogits:
    """A head of the last layer adds to the logit of each token the attention that it has on this token, no more.

    For every sequence and *whatever the patterns*: its full OV circuit ``W_U W_OV W_E`` is the identity, and it moves
    nothing to the logits from places, or from what earlier heads write. ``head`` is its number in the layer. Measured
    on ``begin``, if it is not empty, and a random block of different tokens, twice: of the token that follows in the
    first copy, as an induction head copies it, or with ``own`` of the present token, as one does that attends to its
    like.

    >>> from symcircuits.circuit import Residual
    >>> stream = Residual(content=3, out=3)
    >>> head = Head(W_V=stream.read("content"), W_O=stream.write("out"))
    >>> model = Transformer(((head,),), W_E=stream.write("content"), W_U=stream.read("out"))
    >>> CopiesToLogits().prove_on(model)
    Proved(method='what reaches the logits, entry by entry', assuming=(), equality_at=None)
    """

    begin: str = ""
    head: int = 0
    own: bool = False
    circuit: ClassVar[type] = Transformer

    def __str__(self) -> str:
        told = [f"after {self.begin}"] if self.begin else []
        told += [f"head {self.head}"] if self.head else []
        told += ["its own token"] if self.own else []
        return f"CopiesToLogits({', '.join(told)})"

    def text(self) -> str:
        """The requirement, as prose."""
        return "adds, in its last layer, to the logit of each token the attention on this token, and nothing else"

    def prove_on(self, model: Transformer) -> Verdict:
        """Whether it does so, for all values of the symbols. Raises ``BadValue`` for a model without such a head, or
        without an unembedding."""
        assuming: set[str] = set()
        for moved, asked in self._products(model):
            verdict = prove(moved, asked)
            if not isinstance(verdict, Proved):
                return verdict
            assuming |= set(verdict.assuming)
        return Proved("what reaches the logits, entry by entry", tuple(sorted(assuming)))

    def _products(self, model: Transformer) -> Iterator[tuple[ExactMatrix, ExactMatrix]]:
        """What goes to the logits from tokens, places and earlier heads, each with what is asked."""
        last = self._last(model)
        if model.W_U is None or last.W_O is None or last.W_V is None:
            raise BadValue(f"{self} needs an unembedding, and values in the last layer")
        to_logits = (model.W_U @ last.W_O) @ last.W_V  # [d_vocab, d_model]
        yield to_logits @ model.W_E, ExactMatrix.identity(model.d_vocab)
        earlier = [head.W_O for heads in model.layers[:-1] for head in heads if head.W_O is not None]
        for writes in (*_places(model), *earlier):
            yield to_logits @ writes, ExactMatrix.zeros(model.d_vocab, writes.shape[1])

    def _last(self, model: Transformer) -> Head:
        return model.head(len(model.layers) - 1, self.head)

    def measure(self, trial: Trial) -> Measurement:
        """What the head adds on the engine to the logit of the token that follows, or of the present one, in each row
        of the second copy: its mean, next to the engine's own attention on this token, and the share of rows in which
        this token has the largest logit of all."""
        model = trial.whole_model(self)
        self._last(model)
        run = repeated_tokens(model, trial.n_ctx, trial.seed, self.begin)
        added, logits, pattern = self._run(trial, model, run)
        rows = np.array(run.rows)
        token = run.tokens[[row if self.own else run.wanted(row) for row in run.rows]]
        alike = run.tokens[None, :] == token[:, None]  # [rows, n_ctx]
        mass = (pattern[rows] * alike).sum(axis=1)  # [rows]
        difference = float(np.max(np.abs(added[rows, token] - mass)))
        passed = difference <= TOLERANCE  # false for nan too
        return Measurement(
            f"mean of what is added to the logit of the {'present token' if self.own else 'token that follows'}",
            float(np.mean(added[rows, token])),
            float(np.mean(mass)),
            difference,
            passed,
            "" if passed else "the logits differ from the attention",
            accuracy=float(np.mean(_largest(logits[rows], token))),
        )

    def task(self, trial: Trial) -> Task:
        """``begin`` and a random block, twice; in the second copy the token after the previous copy is to follow.

        Raises ``BadValue`` without a model, or where no such block fits.
        """
        return repeated_tokens(trial.whole_model(self), trial.n_ctx, trial.seed, self.begin).task()

    def _run(self, trial: Trial, model: Transformer, run: Repeated) -> tuple[Array, Array, Array]:
        """What the head adds to the logits, all logits, and its pattern."""
        arrays = bind_transformer(model, trial.n_ctx, trial.values)
        stages = streams(embed(run.tokens, arrays), arrays.layers)
        head, W_U = arrays.layers[-1][self.head], unembedding(arrays)
        return head_output(stages[-2], head) @ W_U, stages[-1] @ W_U, attention_pattern(stages[-2], head)


def _places(model: Transformer) -> Iterator[ExactMatrix]:
    """Columns that span what places add to the stream."""
    if model.W_pos is not None:
        yield model.W_pos
    elif model.positions():
        yield model.stream.write(*model.positions())


def _largest(logits: Array, wanted: NDArray[np.integer[Any]]) -> NDArray[np.bool_]:
    """Whether in each row the wanted token is strictly ahead of all others."""
    rows = np.arange(len(logits))
    others = logits.copy()
    others[rows, wanted] = -np.inf
    ahead: NDArray[np.bool_] = logits[rows, wanted] > others.max(axis=1)
    return ahead
