"""What is asked of flags after sequences, as arrays, and how far flags are from what is asked.

>>> asked = Asked([("a",)], np.array([[0]]), np.array([[[1.0, 0.0]]]), 0.25)
>>> asked.slack(np.array([[[0.875, 0.5]]]))
array([[-0.25]])
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symcircuits.behaviours.trial import Array


@dataclass(frozen=True, eq=False)
class Asked:
    """``sequences``, their ``tokens`` ``[sequences, n_ctx]`` by number, and the share that is asked of each flag after
    the tokens up to each place, ``[sequences, n_ctx, d_vocab]``, at margin ``eps``."""

    sequences: list[tuple[str, ...]]
    tokens: NDArray[np.integer[Any]]
    shares: Array
    eps: float

    @property
    def n_ctx(self) -> int:
        """The length of each sequence."""
        return self.tokens.shape[1]

    def slack(self, flags: Array) -> Array:
        """How far the worst flag is from the wrong side of its margin, ``[..., n_ctx]``, of flags ``[..., n_ctx,
        d_vocab]`` after each sequence."""
        above = np.where(self.shares > 0, flags - self.shares + self.eps, np.inf)
        below = np.where(self.shares < 1, self.shares + self.eps - flags, np.inf)
        least: Array = np.minimum(above, below).min(axis=-1)
        return least
