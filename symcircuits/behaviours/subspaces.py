"""What a head does not read, and where it does not write: directions given as the columns or rows of a matrix."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from symcircuits.algebra import ExactMatrix, Verdict, prove
from symcircuits.behaviours.trial import TOLERANCE, Array, Measurement, Trial
from symcircuits.circuit import Head
from symcircuits.circuit.bind import bind_head, bind_matrix
from symcircuits.engine import HeadArrays, head_output, previous_token_pattern
from symcircuits.errors import BadValue


@dataclass(frozen=True)
class Ignores:
    """What a head moves does not change when multiples of these ``directions`` are added to a token.

    ``directions`` is ``d_model x k``, a direction in each column. On one head, whatever it attends to: ``W_O W_V`` maps
    each column to zero. In a run, a head attends to the previous token.

    >>> from symcircuits.circuit import Residual
    >>> stream = Residual(content=1, v=1)
    >>> head = Head(W_V=stream.read("content"), W_O=stream.write("v"))
    >>> bool(Ignores(stream.write("v")).prove_on(head)), bool(Ignores(stream.write("content")).prove_on(head))
    (True, False)
    """

    directions: ExactMatrix

    def __str__(self) -> str:
        return f"Ignores({self.directions.shape[1]} directions)"

    def text(self) -> str:
        """The requirement, as prose."""
        return "moves the same, whatever is added to a token along the directions that it ignores"

    def prove_on(self, head: Head) -> Verdict:
        """Whether ``W_O W_V`` times the directions is zero. Raises ``ShapeMismatch`` for directions of another size."""
        return prove(head.W_OV.expand() @ self.directions, ExactMatrix.zeros(head.d_model, self.directions.shape[1]))

    def measure(self, trial: Trial) -> Measurement:
        """How much the output of the engine changes, at most, when random multiples of the directions are added."""
        x, directions = trial.stream(), bind_matrix(self.directions, trial.values)
        random = np.random.default_rng(trial.seed + 1).standard_normal((trial.n_ctx, directions.shape[1]))
        head = _bound(trial)
        change = head_output(x + random @ directions.T, head) - head_output(x, head)
        return _small("largest change of what is moved", change, "the head reads one of the directions")


@dataclass(frozen=True)
class NeverWrites:
    """What a head moves has no part in some coordinates of the stream, each a row of ``coordinates``.

    ``coordinates`` is ``k x d_model``. On one head, whatever it attends to: the rows times ``W_O W_V`` are zero. In a
    run, a head attends to the previous token.

    >>> from symcircuits.circuit import Residual
    >>> stream = Residual(content=1, v=1)
    >>> head = Head(W_V=stream.read("content"), W_O=stream.write("v"))
    >>> bool(NeverWrites(stream.read("content")).prove_on(head)), bool(NeverWrites(stream.read("v")).prove_on(head))
    (True, False)
    """

    coordinates: ExactMatrix

    def __str__(self) -> str:
        return f"NeverWrites({self.coordinates.shape[0]} coordinates)"

    def text(self) -> str:
        """The requirement, as prose."""
        return "leaves as they are the coordinates that it does not write"

    def prove_on(self, head: Head) -> Verdict:
        """Whether the coordinates of ``W_O W_V``, and of what its biases write, are zero.

        Raises ``ShapeMismatch`` for coordinates of another size.
        """
        size = self.coordinates.shape[0]
        verdict = prove(self.coordinates @ head.W_OV.expand(), ExactMatrix.zeros(size, head.d_model))
        if not verdict or not head.biases():
            return verdict
        return prove(self.coordinates @ head.constant(), ExactMatrix.zeros(size, 1))

    def measure(self, trial: Trial) -> Measurement:
        """The largest of these coordinates in the output of the engine."""
        coordinates = bind_matrix(self.coordinates, trial.values)
        written = head_output(trial.stream(), _bound(trial)) @ coordinates.T
        return _small("largest part in these coordinates", written, "the head writes one of the coordinates")


def _bound(trial: Trial) -> HeadArrays:
    if len(trial.heads) != 1:
        raise BadValue(f"expected one head to run, got {len(trial.heads)}")
    head = trial.heads[0]
    pattern = previous_token_pattern(trial.n_ctx) if head.W_Q is None else None
    return bind_head(head, trial.values, pattern)


def _small(measures: str, found: Array, note: str) -> Measurement:
    largest = float(np.max(np.abs(found), initial=0.0))
    passed = largest <= TOLERANCE  # false for nan too
    return Measurement(measures, largest, 0.0, largest, passed, "" if passed else note)
