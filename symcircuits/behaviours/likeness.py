"""Doing what another head does, and having a counterexample to a behaviour."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from sympy import Expr, Integer, Symbol

from symcircuits.algebra import Proved, Refuted, Undecided, Verdict, Witness, prove
from symcircuits.behaviours.trial import TOLERANCE, Array, Behaviour, Measurement, StrictBehaviour, Trial
from symcircuits.circuit import Head, Transformer
from symcircuits.circuit.bind import bind_head
from symcircuits.engine import attention_pattern, head_output, previous_token_pattern
from symcircuits.errors import BadValue


@dataclass(frozen=True)
class ActsLike:
    """Attends as another head does, and moves what it moves, on every residual stream whatever it holds.

    Where only one of the two has queries and keys, or values, this raises ``BadValue``.

    >>> from symcircuits.circuit import Residual
    >>> stream = Residual(content=1, v=1)
    >>> head, other = (Head(W_V=stream.read(*which), W_O=stream.write("v")) for which in (["content"], ["v"]))
    >>> bool(ActsLike(head).prove_on(head)), bool(ActsLike(head).prove_on(other))
    (True, False)
    """

    other: Head

    def __str__(self) -> str:
        return f"ActsLike({self.other.name or 'another head'})"

    def text(self) -> str:
        """The requirement, as prose."""
        what = " and ".join(word for word, has in (("attends", self._attends), ("moves", self._moves)) if has)
        return f"{what} like {self.other.name[:1].lower() + self.other.name[1:] or 'the other head'}, on every stream"

    @property
    def _attends(self) -> bool:
        return self.other.W_Q is not None

    @property
    def _moves(self) -> bool:
        return self.other.W_V is not None

    def prove_on(self, head: Head) -> Verdict:
        """Whether both heads have the same ``scale W_QK`` and the same ``W_OV``, and biases that do the same.

        These are what a head does: the pattern of two tokens tells every entry of ``scale W_QK`` and of
        ``scale W_K^T b_Q``, and the output on one token tells ``W_OV`` and ``W_O b_V + b_O``.
        """
        self._check(head)
        verdicts = []
        if self._attends:
            verdicts.append(prove(head.W_QK.expand() * head.scale, self.other.W_QK.expand() * self.other.scale))
        if self._moves:
            verdicts.append(prove(head.W_OV, self.other.W_OV))
        if head.biases() or self.other.biases():
            verdicts += self._biases_alike(head)
        for kind in (Refuted, Undecided):
            if found := [verdict for verdict in verdicts if isinstance(verdict, kind)]:
                return found[0]
        assuming = {line for verdict in verdicts if isinstance(verdict, Proved) for line in verdict.assuming}
        return Proved(f"{' and '.join(self._products())} entry by entry", tuple(sorted(assuming)))

    def _biases_alike(self, head: Head) -> list[Verdict]:
        verdicts = []
        if self._attends:
            verdicts.append(prove(head.key_bias() * head.scale, self.other.key_bias() * self.other.scale))
        if self._moves:
            verdicts.append(prove(head.constant(), self.other.constant()))
        return verdicts

    def _products(self) -> list[str]:
        return [name for name, has in (("W_QK", self._attends), ("W_OV", self._moves)) if has]

    def _check(self, head: Head) -> None:
        if (head.W_Q is None) == self._attends or (head.W_V is None) == self._moves:
            mine, theirs = (" ".join(one.weights()) for one in (head, self.other))
            raise BadValue(f"expected two heads with the same parts to compare, got {mine} and {theirs}")

    def measure(self, trial: Trial) -> Measurement:
        """The largest difference between both heads on the engine, in attention and in what they add to the stream."""
        if len(trial.heads) != 1:
            raise BadValue(f"expected one head to compare, got {len(trial.heads)}")
        self._check(trial.heads[0])
        x = trial.stream()
        pair = [self._run(x, head, trial) for head in (trial.heads[0], self.other)]
        difference = max(float(np.max(np.abs(mine - theirs))) for mine, theirs in zip(*pair, strict=True))
        passed = difference <= TOLERANCE  # false for nan too
        note = "" if passed else "the two heads differ"
        return Measurement("largest difference between the two heads", difference, 0.0, difference, passed, note)

    def _run(self, x: Array, head: Head, trial: Trial) -> list[Array]:
        # A head of values alone attends to the previous token, as one that copies does.
        arrays = bind_head(head, trial.values, None if self._attends else previous_token_pattern(trial.n_ctx))
        return [attention_pattern(x, arrays)] + ([head_output(x, arrays)] if self._moves else [])


@dataclass(frozen=True)
class Fails:
    """There is a counterexample to a behaviour: what shows that a condition is needed.

    >>> from symcircuits.behaviours.attention import AttendsTo
    >>> str(Fails(AttendsTo(-1)))
    'Fails(AttendsTo(-1))'
    """

    behaviour: Behaviour

    def __str__(self) -> str:
        return f"Fails({self.behaviour})"

    def text(self) -> str:
        """The requirement, as prose with ``$...$``."""
        return f"does not always do this: it {self.behaviour.text()}"

    @property
    def circuit(self) -> type:
        """What the behaviour is one of: a head, or a transformer."""
        return getattr(self.behaviour, "circuit", Head)

    def prove_on(self, circuit: Head | Transformer) -> Verdict:
        """Whether the behaviour is refuted."""
        return _turned(self.behaviour.prove_on(circuit))

    def prove_strict(self, circuit: Head | Transformer, values: Mapping[Symbol, Expr], n_ctx: int) -> Verdict:
        """Whether the behaviour is refuted at these values in this context. Raises ``BadValue`` for one that cannot be
        claimed so."""
        if not isinstance(self.behaviour, StrictBehaviour):
            raise BadValue(f"{self.behaviour} is claimed for all values of the symbols, not at some")
        return _turned(self.behaviour.prove_strict(circuit, values, n_ctx))

    def measure(self, trial: Trial) -> Measurement:
        """What the behaviour measures; it passes where the behaviour does not, though the closed form is met."""
        found = self.behaviour.measure(trial)
        failed = not found.passed and found.difference <= TOLERANCE
        note = "" if failed else found.note or "no counterexample in this run"
        return replace(found, passed=failed, note=note)


def _turned(verdict: Verdict) -> Verdict:
    if isinstance(verdict, Refuted):
        return Proved(f"counterexample at {verdict.witness}")
    if isinstance(verdict, Proved):
        return Refuted(Witness({}, Integer(0), Integer(0), "a counterexample", "none"), verdict.method)
    return verdict
