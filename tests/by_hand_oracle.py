"""The transformer by hand once more, in rows and with NumPy and mpmath alone: nothing of the package is used."""

from __future__ import annotations

import mpmath
import numpy as np


def weights(n_ctx: int, large: float) -> dict[str, np.ndarray]:
    """The weights in rows, as GPT-2 has them, from the rules for their entries."""
    d = n_ctx + 3
    wte, wpe = np.zeros((2, d)), np.eye(n_ctx, d)
    wte[0, n_ctx] = wte[1, n_ctx + 1] = 1
    q, k, v, proj, bias = np.zeros((d, d)), np.zeros((d, d)), np.zeros((d, d)), np.zeros((d, d)), np.zeros(d)
    for i in range(n_ctx):
        q[i, max(i - 1, 0) : i + 1] = large
        k[i, i] = 1
    v[n_ctx, -1], v[n_ctx + 1, -1] = 1, -1
    proj[-1, n_ctx], proj[-1, n_ctx + 1] = -large, large
    bias[n_ctx] = large
    return {"wte": wte, "wpe": wpe, "c_attn": np.hstack([q, k, v]), "c_proj": proj, "bias": bias}


def logits(word: str, n_ctx: int, large: float, root: float, masked: float = -np.inf) -> np.ndarray:
    """Both logits of every token, ``[n_tokens, 2]``."""
    w = weights(n_ctx, large)
    tokens = ["ab".index(letter) for letter in word]
    x = w["wte"][tokens] + w["wpe"][: len(word)]
    q, k, v = np.split(x @ w["c_attn"], 3, axis=-1)
    scores = q @ k.T / np.sqrt(root) + np.triu(np.full((len(word),) * 2, masked), 1)
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    attention = powers / powers.sum(axis=-1, keepdims=True)
    return (x + attention @ v @ w["c_proj"] + w["bias"]) @ w["wte"].T


def margin(context: str, right: str, large: mpmath.mpf, root: int) -> mpmath.mpf:
    """The logit of the right letter less the other one, by mpmath, from the definition and not from a closed form."""
    place = len(context) - 1
    scores = [large / mpmath.sqrt(root) if j >= place - 1 else mpmath.mpf(0) for j in range(place + 1)]
    powers = [mpmath.exp(score) for score in scores]
    value = sum(p * (1 if letter == "a" else -1) for p, letter in zip(powers, context, strict=True)) / sum(powers)
    for_a = (context[-1] == "a") + large - large * value
    for_b = (context[-1] == "b") + large * value
    return for_b - for_a if right == "b" else for_a - for_b
