"""Models of the kind of GPT-2, without layer norms and feed-forward layers, entered in rows as their weights are told.

>>> from sympy import Integer
>>> block = Gpt2Block(c_attn=ExactMatrix.zeros(2, 6), c_proj=ExactMatrix.identity(2))
>>> model = gpt2_model(wte=ExactMatrix.identity(2), wpe=ExactMatrix.zeros(3, 2), blocks=[block], vocabulary="ab")
>>> model.logits("ab").entries
{(0, 0): 1, (1, 1): 1}
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sympy import Expr, Integer, sqrt

from symcircuits.algebra import ExactMatrix
from symcircuits.circuit.conventions import columns_from_gpt2
from symcircuits.circuit.heads import Head
from symcircuits.circuit.spaces import Residual
from symcircuits.circuit.tables import Tables
from symcircuits.circuit.transformer import Transformer
from symcircuits.errors import BadValue, ShapeMismatch
from symcircuits.typeset.axes import Axis


@dataclass(frozen=True)
class Gpt2Block(Tables):
    """The attention of one block: ``c_attn`` ``[d_model, 3 d_model]`` and ``c_proj`` ``[d_model, d_model]``, for rows.

    The biases are rows, ``[1, 3 d_model]`` and ``[1, d_model]``.
    """

    c_attn: ExactMatrix
    c_proj: ExactMatrix
    c_attn_bias: ExactMatrix | None = None
    c_proj_bias: ExactMatrix | None = None

    def tables(self) -> dict[str, ExactMatrix | Expr]:
        """The weights and the biases that there are, as they are printed."""
        names = ("c_attn", "c_attn_bias", "c_proj", "c_proj_bias")
        return {name: matrix for name in names if (matrix := getattr(self, name)) is not None}


def gpt2_model(
    wte: ExactMatrix,
    wpe: ExactMatrix,
    blocks: Sequence[Gpt2Block],
    vocabulary: Sequence[str],
    n_heads: int = 1,
    scale: Expr | None = None,
    name: str = "",
) -> Transformer:
    """The transformer with these weights: ``wte`` ``[d_vocab, d_model]``, ``wpe`` ``[n_ctx, d_model]``, unembedded by
    ``wte`` itself.

    The scale is ``1/sqrt(d_head)`` unless it is given. Raises ``ShapeMismatch`` for weights that do not fit, naming
    them, and ``BadValue`` for no blocks.
    """
    d_model = wte.shape[1]
    if wpe.shape[1] != d_model:
        raise ShapeMismatch(f"expected wpe with {d_model} columns, as wte has, got {wpe.describe()}")
    if not wpe.shape[0]:
        raise ShapeMismatch(f"expected wpe with a row for each position, at least one, got {wpe.describe()}")
    if len(vocabulary) != wte.shape[0]:
        raise ShapeMismatch(f"expected wte with a row for each of {len(vocabulary)} tokens, got {wte.describe()}")
    if not blocks:
        raise BadValue("expected at least one block, got none")
    for place, block in enumerate(blocks):
        if block.c_attn.shape[0] != d_model:
            raise ShapeMismatch(f"block {place}: expected c_attn with {d_model} rows, got {block.c_attn.describe()}")
    layers = tuple(tuple(_heads(block, n_heads, scale)) for block in blocks)
    tokens, places = _plain(wte), _plain(wpe)
    return Transformer(layers, W_E=tokens.T, W_U=tokens, W_pos=places.T, vocabulary=tuple(vocabulary), name=name)


def _heads(block: Gpt2Block, n_heads: int, scale: Expr | None) -> list[Head]:
    attn_bias, proj_bias = (bias and _plain(bias) for bias in (block.c_attn_bias, block.c_proj_bias))
    found = list(columns_from_gpt2(_plain(block.c_attn), _plain(block.c_proj), attn_bias, proj_bias, n_heads))
    own = 1 / sqrt(Integer(found[0]["W_Q"].shape[0])) if scale is None else scale
    return [
        Head(
            W_Q=weights["W_Q"],
            W_K=weights["W_K"],
            W_V=weights["W_V"],
            W_O=weights["W_O"],
            scale=own,
            b_Q=weights.get("b_Q"),
            b_K=weights.get("b_K"),
            b_V=weights.get("b_V"),
            b_O=weights.get("b_O"),
        )
        for weights in found
    ]


def _plain(matrix: ExactMatrix) -> ExactMatrix:
    """A matrix whose directions keep their labels and lose their positions, which are in the table ``wpe``."""
    rows, columns = (
        axis and Axis(axis.labels, axis.blocks, axis.strict and isinstance(axis, Residual))
        for axis in (matrix.rows, matrix.columns)
    )
    return matrix.labelled(rows, columns)
