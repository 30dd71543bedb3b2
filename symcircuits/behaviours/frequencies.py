"""Next tokens said as often as they follow: a model without layers against counts of pairs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from sympy import Expr, Rational, Symbol, exp, log

from symcircuits.algebra import Proved, Refuted, Undecided, Verdict, prove
from symcircuits.behaviours.deciding import CONTEXT
from symcircuits.behaviours.trial import TOLERANCE, Measurement, Trial
from symcircuits.circuit import Transformer
from symcircuits.circuit.bind import bind_scalar, bind_transformer
from symcircuits.engine import logits
from symcircuits.errors import BadValue


@dataclass(frozen=True)
class SaysFrequencies:
    """After every token that is followed by some, the softmax of the logits is the share of each token among those.

    ``pairs`` are (token, next token), as often as they come: ``zip(text, text[1:])``. Of all models this one has the
    least mean of ``-log p`` over the pairs, the cross-entropy. Proved for a model without layers, whose logits depend
    on the current token alone; for one with layers it is undecided. Raises ``BadValue`` for no pairs.

    >>> from symcircuits.algebra import ExactMatrix
    >>> says = SaysFrequencies.of_text("aabab")
    >>> says.share("b", "a"), says.least
    (2/3, -log(2)/2 + 3*log(3)/4)
    >>> model = Transformer((), ExactMatrix.identity(2), ExactMatrix.zeros(2, 2), vocabulary=("a", "b"))
    >>> says.prove_on(model).witness.left_value
    '0.5'
    """

    pairs: tuple[tuple[str, str], ...]
    circuit: ClassVar[type] = Transformer

    def __post_init__(self) -> None:
        if not self.pairs:
            raise BadValue("expected pairs of tokens to count, got none")

    @classmethod
    def of_text(cls, text: Sequence[str]) -> SaysFrequencies:
        """The pairs of neighbours of a text: a string of letters, or tokens."""
        return cls(tuple(zip(text, text[1:], strict=False)))

    def __str__(self) -> str:
        return f"SaysFrequencies({len(self.pairs)} pairs)"

    def text(self) -> str:
        """The requirement, as prose."""
        return f"gives every next token the share that it has in {len(self.pairs)} pairs"

    @property
    def counts(self) -> Mapping[tuple[str, str], int]:
        """How often each pair comes."""
        return Counter(self.pairs)

    def share(self, token: str, after: str) -> Rational:
        """The share of a token among all that follow another."""
        total = sum(count for (first, _), count in self.counts.items() if first == after)
        return Rational(self.counts[after, token], total)

    @property
    def least(self) -> Expr:
        """The least cross-entropy of any model that sees the current token alone: that of the shares themselves."""
        terms = [-Rational(count) * log(self.share(token, after)) for (after, token), count in self.counts.items()]
        total: Expr = sum(terms[1:], terms[0]) / len(self.pairs)
        return total.expand()

    def prove_on(self, model: Transformer) -> Verdict:
        """Whether it does, exactly. Raises ``UnknownName`` for a token that the model does not know."""
        if model.layers:
            return Undecided("the logits of a model with layers depend on more than the current token")
        assuming: set[str] = set()
        for after in dict.fromkeys(first for first, _ in self.pairs):
            column = model.logits([after])
            weights = [exp(column[place, 0]) for place in range(model.d_vocab)]
            for place, token in enumerate(model.vocabulary):
                verdict = prove(weights[place] / sum(weights), self.share(token, after))
                if isinstance(verdict, Refuted):
                    found = verdict.witness
                    return Refuted(replace(found, bindings={CONTEXT: Symbol(after), **found.bindings}), verdict.method)
                if isinstance(verdict, Undecided):
                    return verdict
                assuming |= set(verdict.assuming)
        return Proved("the softmax of each column of logits", tuple(sorted(assuming)), ())

    def measure(self, trial: Trial) -> Measurement:
        """The cross-entropy over the pairs, by the engine, next to the closed form, or without one to the least."""
        if trial.model is None:
            raise BadValue(f"{self} is measured on a transformer, got heads")
        first, second = (np.array(trial.model.numbers(side)) for side in zip(*self.pairs, strict=True))
        told = logits(first[:, None], bind_transformer(trial.model, 1, trial.values))[:, 0]
        highest = told.max(axis=1, keepdims=True)
        log_sums = highest[:, 0] + np.log(np.exp(told - highest).sum(axis=1))
        found = float(np.mean(log_sums - told[np.arange(len(first)), second]))
        expected = bind_scalar(self.least if trial.closed_form is None else trial.closed_form, trial.values)
        difference = abs(found - expected)
        passed = difference <= TOLERANCE  # false for nan too
        note = "" if passed else "the cross-entropy is another"
        return Measurement("cross-entropy over all pairs", found, expected, difference, passed, note)
