"""The only place that turns the columns of this package into rows (GPT-2, TransformerLens) and back.

Here a token is a column and ``W_Q, W_K, W_V`` are ``d_head x d_model``; there a token is a row and they are
``d_model x d_head``. Every weight is transposed, ``W_O`` too. The dimensions inside a head keep their order, so rotary
positions turn the same pairs by the same angles in both.

>>> import numpy as np
>>> rows_from_columns({"W_Q": np.ones((4, 16))})["W_Q"].shape
(16, 4)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symcircuits.algebra import ExactMatrix
from symcircuits.errors import ShapeMismatch

Array = NDArray[np.floating[Any]]


def rows_from_columns(weights: Mapping[str, Array]) -> dict[str, Array]:
    """Weights for row vectors, from those for column vectors; a bias, there a column, is here a vector.

    Leading dimensions of weights are a batch and stay.

    >>> rows_from_columns({"b_Q": np.ones((4, 1))})["b_Q"].shape
    (4,)
    """
    rows = {name: np.ascontiguousarray(np.swapaxes(weight, -1, -2)) for name, weight in weights.items()}
    return {name: row[0] if name.startswith("b_") else row for name, row in rows.items()}


def columns_from_rows(weights: Mapping[str, Array]) -> dict[str, Array]:
    """Weights for column vectors, from those for row vectors; a bias, there a vector, is here a column.

    >>> columns_from_rows({"b_Q": np.ones(4)})["b_Q"].shape
    (4, 1)
    """
    return {name: np.ascontiguousarray(np.atleast_2d(weight).T) for name, weight in weights.items()}


def columns_from_gpt2(
    c_attn: ExactMatrix,
    c_proj: ExactMatrix,
    c_attn_bias: ExactMatrix | None = None,
    c_proj_bias: ExactMatrix | None = None,
    n_heads: int = 1,
) -> Iterator[dict[str, ExactMatrix]]:
    """The weights of each head, for columns, from those of a layer of GPT-2, for rows.

    ``c_attn`` is ``[d_model, 3 d_model]``: queries, keys and values side by side, and in each of them the heads;
    ``c_proj`` is ``[d_model, d_model]``, the heads one below the other. Biases are rows, ``[1, 3 d_model]`` and
    ``[1, d_model]``; that of ``c_proj`` goes to the first head. Raises ``ShapeMismatch``, naming what does not fit.

    >>> one, two = columns_from_gpt2(ExactMatrix.zeros(4, 12), ExactMatrix.identity(4), n_heads=2)
    >>> two["W_Q"].shape, two["W_O"].entries
    ((2, 4), {(2, 0): 1, (3, 1): 1})
    """
    d_model = c_attn.shape[0]
    _check_gpt2(c_attn, c_proj, c_attn_bias, c_proj_bias, n_heads)
    d_head = d_model // n_heads
    for head in range(n_heads):
        found = {}
        for part, letter in enumerate("QKV"):
            own = range(part * d_model + head * d_head, part * d_model + (head + 1) * d_head)
            found[f"W_{letter}"] = c_attn.take_columns(own).T
            if c_attn_bias is not None:
                found[f"b_{letter}"] = c_attn_bias.take_columns(own).T
        found["W_O"] = c_proj.T.take_columns(range(head * d_head, (head + 1) * d_head))
        if c_proj_bias is not None and head == 0:
            found["b_O"] = c_proj_bias.T
        yield found


def _check_gpt2(
    c_attn: ExactMatrix,
    c_proj: ExactMatrix,
    c_attn_bias: ExactMatrix | None,
    c_proj_bias: ExactMatrix | None,
    n_heads: int,
) -> None:
    d_model = c_attn.shape[0]
    expected = {
        "c_attn": (c_attn, (d_model, 3 * d_model)),
        "c_proj": (c_proj, (d_model, d_model)),
        "the bias of c_attn": (c_attn_bias, (1, 3 * d_model)),
        "the bias of c_proj": (c_proj_bias, (1, d_model)),
    }
    for name, (matrix, (rows, columns)) in expected.items():
        if matrix is not None and matrix.shape != (rows, columns):
            raise ShapeMismatch(f"expected {name} of {rows} by {columns}, got {matrix.describe()}")
    if n_heads < 1 or d_model % n_heads:
        raise ShapeMismatch(f"expected a number of heads that divides d_model = {d_model}, got {n_heads}")
