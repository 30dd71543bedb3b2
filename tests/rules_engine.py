"""A forward pass of its own for compiled rules: parameters by the names of TransformerLens, in any number format."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from symcircuits.circuit.bind import bind_transformer
from symcircuits.rules import Compiled

Parameters = dict[str, np.ndarray]


def parameters(compiled: Compiled, n_ctx: int) -> Parameters:
    """The numbers of a compiled model; the scale of a head goes into its queries."""
    arrays = bind_transformer(compiled.model, n_ctx, compiled.values)
    return by_name(arrays, n_ctx)


def by_name(arrays, n_ctx: int) -> Parameters:
    found = {"embed.W_E": arrays.W_E, "unembed.W_U": arrays.W_U}
    found["pos_embed.W_pos"] = np.zeros((n_ctx, arrays.W_E.shape[1])) if arrays.W_pos is None else arrays.W_pos
    for layer, heads in enumerate(arrays.layers):
        for number, head in enumerate(heads):
            place = f"blocks.{layer}.attn.{number}"
            found |= {f"{place}.W_Q": head.W_Q * head.scale, f"{place}.W_K": head.W_K}
            found |= {f"{place}.W_V": head.W_V, f"{place}.W_O": head.W_O}
    return found


def logits(found: Parameters, tokens: np.ndarray, dtype: type = np.float64) -> np.ndarray:
    """The logits ``[batch, n, d_vocab]`` after tokens ``[batch, n]``, every operation in ``dtype``."""
    weights = {name: array.astype(dtype) for name, array in found.items()}
    x = weights["embed.W_E"][tokens] + weights["pos_embed.W_pos"][: tokens.shape[1]]
    hidden = np.triu(np.ones((tokens.shape[1],) * 2, dtype=bool), 1)
    for layer in range(1 + max(int(name.split(".")[1]) for name in weights if name.startswith("blocks"))):
        heads = [name[:-4] for name in weights if name.startswith(f"blocks.{layer}.") and name.endswith(".W_Q")]
        x = x + sum(_head(x, *(weights[f"{head}.W_{role}"] for role in "QKVO"), hidden) for head in heads)
    return x @ weights["unembed.W_U"]


def _head(x: np.ndarray, W_Q, W_K, W_V, W_O, hidden: np.ndarray) -> np.ndarray:
    scores = np.where(hidden, -np.inf, (x @ W_Q) @ np.swapaxes(x @ W_K, 1, 2)).astype(x.dtype)
    weights = np.exp(scores - scores.max(axis=2, keepdims=True))
    return (weights / weights.sum(axis=2, keepdims=True)) @ (x @ W_V) @ W_O


def least_slack(flags: np.ndarray, wanted: np.ndarray, eps: float) -> float:
    """The least distance of a flag from the wrong side of its margin; ``wanted`` says which are to be up."""
    return float(np.min(np.where(wanted, flags - (1 - eps), eps - flags)))


def with_beginning(texts: Sequence[Sequence[int]], begin: int | None) -> np.ndarray:
    numbers = np.array(texts)
    return numbers if begin is None else np.concatenate([np.full((len(numbers), 1), begin), numbers], axis=1)
