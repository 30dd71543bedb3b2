"""The forward pass of attention-only layers in NumPy: the independent oracle for what the algebra says.

Nothing here knows of symbols or proofs. Tokens are rows, as in TransformerLens: ``x`` is ``[n_ctx, d_model]`` and
weights multiply from the right. Leading batch dimensions, of tokens and of weights, are carried along. Arrays that are
all float32 stay float32, and all float16 likewise (NumPy adds those up in float32); everything else is computed in
float64.

>>> import numpy as np
>>> head = HeadArrays(W_Q=np.eye(2), W_K=np.eye(2), W_V=np.eye(2), W_O=np.eye(2), scale=1000.0)
>>> forward(np.eye(2), [[head]])
array([[2., 0.],
       [0., 2.]])
"""

from symcircuits.engine.arrays import Array, HeadArrays, Layout, Mask, TransformerArrays
from symcircuits.engine.attention import (
    RowZero,
    attention_pattern,
    causal_softmax,
    embed,
    forward,
    full_softmax,
    head_output,
    logits,
    offset_pattern,
    previous_token_pattern,
    scores,
    streams,
    turned,
)

__all__ = [
    "Array",
    "HeadArrays",
    "Layout",
    "Mask",
    "RowZero",
    "TransformerArrays",
    "attention_pattern",
    "causal_softmax",
    "embed",
    "forward",
    "full_softmax",
    "head_output",
    "logits",
    "offset_pattern",
    "previous_token_pattern",
    "scores",
    "streams",
    "turned",
]
