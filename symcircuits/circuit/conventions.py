"""The only place that turns the columns of this package into rows (GPT-2, TransformerLens) and back.

Here a token is a column and ``W_Q, W_K, W_V`` are ``d_head x d_model``; there a token is a row and they are
``d_model x d_head``. Every weight is transposed, ``W_O`` too.

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
    """Weights for row vectors, from those for column vectors; a bias, there a column, is here a vector.

    >>> rows_from_columns({"b_Q": np.ones((4, 1))})["b_Q"].shape
    (4,)
    """
    rows = {name: np.ascontiguousarray(weight.T) for name, weight in weights.items()}
    return {name: row[0] if name.startswith("b_") else row for name, row in rows.items()}


def columns_from_rows(weights: Mapping[str, Array]) -> dict[str, Array]:
    """Weights for column vectors, from those for row vectors; a bias, there a vector, is here a column.

    >>> columns_from_rows({"b_Q": np.ones(4)})["b_Q"].shape
    (4, 1)
    """
    return {name: np.ascontiguousarray(np.atleast_2d(weight).T) for name, weight in weights.items()}
