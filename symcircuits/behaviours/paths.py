"""What layers of heads do, as the sum over all paths through them, given the patterns that the heads have."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce

import numpy as np

from symcircuits.algebra import ExactMatrix, Proved, Verdict, prove
from symcircuits.behaviours.trial import TOLERANCE, Array, Measurement, Trial
from symcircuits.circuit import Head
from symcircuits.circuit.bind import bind_head, bind_matrix
from symcircuits.engine import HeadArrays, attention_pattern, forward
from symcircuits.errors import BadValue


@dataclass(frozen=True)
class Path:
    """A way through the layers: the numbers of the heads on it, the earliest first, and the matrix that it applies.

    The matrix is ``d_model x d_model``. No head at all is the way straight along the stream.
    """

    heads: tuple[int, ...]
    matrix: ExactMatrix


@dataclass(frozen=True)
class SumOfPaths:
    """The stream after all layers is the sum over ``paths``: the patterns of the heads on a path, then its matrix.

    ``layers`` says how many of the heads make up each layer. In a run the patterns are those that the heads have in
    this very run; a head without queries and keys gets a random one that looks back.

    >>> from symcircuits.circuit import Residual
    >>> stream = Residual(content=1, v=1)
    >>> head = Head(W_V=stream.read("content"), W_O=stream.write("v"))
    >>> straight = Path((), ExactMatrix.identity(2))
    >>> bool(SumOfPaths((straight, Path((0,), head.W_OV.expand())), (1,)).prove_on(head))
    True
    >>> bool(SumOfPaths((straight,), (1,)).prove_on(head))
    False
    """

    paths: tuple[Path, ...]
    layers: tuple[int, ...]

    def __str__(self) -> str:
        return f"SumOfPaths({len(self.paths)} paths, {' + '.join(map(str, self.layers))} heads)"

    def text(self) -> str:
        """The requirement, as prose."""
        return f"gives the sum of what comes along {len(self.paths)} paths"

    def prove_on(self, head: Head) -> Verdict:
        """For a single head: whether the way straight on has the identity, and that through the head ``W_O W_V``.

        Raises ``BadValue`` for paths through several heads.
        """
        known = {(): ExactMatrix.identity(head.d_model), (0,): head.W_OV.expand()}
        if self.layers != (1,) or not {path.heads for path in self.paths} <= set(known):
            raise BadValue("paths through several heads take a run of all of them; claimed of one head, expected one")
        for heads, matrix in known.items():
            zero = ExactMatrix.zeros(head.d_model, head.d_model)
            total = reduce(lambda a, b: a + b, (path.matrix for path in self.paths if path.heads == heads), zero)
            if not (verdict := prove(total, matrix)):
                return verdict
        if head.biases() and not (verdict := prove(head.constant(), ExactMatrix.zeros(head.d_model, 1))):
            return verdict
        return Proved("each path by itself")

    def measure(self, trial: Trial) -> Measurement:
        """The largest difference between the engine, layer by layer, and the sum over the paths."""
        if sum(self.layers) != len(trial.heads):
            raise BadValue(f"expected {sum(self.layers)} heads to run, got {len(trial.heads)}")
        x = trial.stream()
        layers = self._grouped(
            [bind_head(head, trial.values, _given(head, place, trial)) for place, head in enumerate(trial.heads)]
        )
        patterns = [
            attention_pattern(forward(x, layers[:depth]), head)
            for depth in range(len(layers))
            for head in layers[depth]
        ]
        along = sum(self._along(path, patterns, x, trial) for path in self.paths)
        difference = float(np.max(np.abs(forward(x, layers) - along)))
        passed = difference <= TOLERANCE  # false for nan too
        note = "" if passed else "the sum over the paths is not what the layers give"
        return Measurement("largest difference to the sum over the paths", difference, 0.0, difference, passed, note)

    def _grouped(self, heads: list[HeadArrays]) -> list[list[HeadArrays]]:
        ends = [sum(self.layers[: depth + 1]) for depth in range(len(self.layers))]
        return [heads[end - size : end] for end, size in zip(ends, self.layers, strict=True)]

    def _along(self, path: Path, patterns: list[Array], x: Array, trial: Trial) -> Array:
        if any(not 0 <= head < len(patterns) for head in path.heads):
            raise BadValue(f"expected heads from 0 to {len(patterns) - 1} on a path, got {path.heads}")
        moved = reduce(lambda stream, head: patterns[head] @ stream, path.heads, x)
        return moved @ bind_matrix(path.matrix, trial.values).T


def _given(head: Head, place: int, trial: Trial) -> Array | None:
    """A random pattern that looks back, each row a whole, for a head that has none of its own."""
    if head.W_Q is not None:
        return None
    weights = np.tril(np.random.default_rng((trial.seed, place)).random((trial.n_ctx, trial.n_ctx)) + 0.1)
    return weights / weights.sum(axis=1, keepdims=True)
