"""What a circuit is run on, and which keys are right there: what a measurement and a sweep have in common.

>>> wanted = np.array([[False, False], [True, False]])
>>> task = Task(wanted, np.array([1]), np.zeros((2, 3)))
>>> pattern = np.array([[1.0, 0.0], [0.75, 0.25]])
>>> float(task.mass(pattern)), task.wins(pattern)
(0.75, True)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from symcircuits.behaviours.trial import Array, Trial


@dataclass(frozen=True, eq=False)
class Task:
    """The keys ``wanted`` ``[n_ctx, n_ctx]`` (row: query), and the ``rows`` that count; in each a key is wanted.

    Keys after the query are never wanted. ``x`` is what is run: the stream ``[n_ctx, d_model]`` of a head, or the
    tokens ``[n_ctx]`` of a whole model, by number. ``block`` is the length of a part that is repeated, if one is.
    """

    wanted: NDArray[np.bool_]
    rows: NDArray[np.integer[Any]]
    x: NDArray[Any]
    block: int | None = None

    def masses(self, pattern: Array) -> Array:
        """The attention on the wanted keys, ``[..., rows]``, of patterns ``[..., n_ctx, n_ctx]``."""
        return _sum_of(pattern, self.wanted, self.rows)

    def others(self, pattern: Array) -> Array:
        """The attention on all other keys, ``[..., rows]``; worked out apart, since it may be far less than 1."""
        return _sum_of(pattern, ~self.wanted, self.rows)

    def mass(self, pattern: Array) -> float:
        """The mean over the rows of the attention on the wanted keys, of one pattern ``[n_ctx, n_ctx]``."""
        return float(np.mean(self.masses(pattern)))

    def leads(self, ahead: Array) -> Array:
        """By how much the last of the wanted keys is ahead of the best other key that the query sees, ``[..., rows]``.

        ``ahead`` ``[..., n_ctx, n_ctx]`` holds scores or attention. The lead is infinite in a row without another key.
        """
        seen = np.tri(len(self.wanted), dtype=bool)
        last = np.where(self.wanted, ahead, np.inf)[..., self.rows, :].min(axis=-1)
        best = np.where(seen & ~self.wanted, ahead, -np.inf)[..., self.rows, :].max(axis=-1)
        result: Array = last - best
        return result

    def wins(self, pattern: Array) -> bool:
        """Whether in every row each wanted key has more attention than every other that the query sees."""
        return bool((self.leads(pattern) > 0).all())


def _sum_of(pattern: Array, keys: NDArray[np.bool_], rows: NDArray[np.integer[Any]]) -> Array:
    result: Array = np.einsum("...nm,nm->...n", pattern[..., rows, :], keys[rows].astype(pattern.dtype))
    return result


@runtime_checkable
class TaskBehaviour(Protocol):
    """A behaviour that says on what it is measured, and which keys are right there."""

    def task(self, trial: Trial) -> Task:
        """The task of a trial; raises ``BadValue`` where no row counts."""
