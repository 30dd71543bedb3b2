"""The only place that turns the columns of this package into rows (GPT-2, TransformerLens) and back.

Here a token is a column and ``W_Q, W_K, W_V`` are ``d_head x d_model``; there a token is a row and they are
``d_model x d_head``. Every weight is transposed, ``W_O`` too. The dimensions inside a head keep their order, so rotary
positions turn the same pairs by the same angles in both.

>>> import numpy as np
>>> rows_from_columns({"W_Q": np.ones((4, 16))})["W_Q"].shape
(16, 4)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]


def rows_from_columns(weights: Mapping[str, Array]) -> dict[str, Array]:
    """Weights for row vectors, from those for column vectors."""
    return {name: np.ascontiguousarray(weight.T) for name, weight in weights.items()}


def columns_from_rows(weights: Mapping[str, Array]) -> dict[str, Array]:
    """Weights for column vectors, from those for row vectors."""
    return rows_from_columns(weights)
