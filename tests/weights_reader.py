"""A file of weights read and run with NumPy alone: nothing of the package, and not its package for safetensors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

Parameters = dict[str, np.ndarray]


def read(path: Path) -> tuple[dict[str, Any], Parameters]:
    """The configuration and the parameters."""
    if path.suffix == ".npz":
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        return json.loads(str(arrays.pop("config"))), arrays
    data = path.read_bytes()
    start = 8 + int.from_bytes(data[:8], "little")
    header = json.loads(data[8:start])
    config = json.loads(header.pop("__metadata__")["config"])
    return config, {name: tensor(data[start:], told) for name, told in header.items()}


def tensor(data: bytes, told: dict[str, Any]) -> np.ndarray:
    first, last = told["data_offsets"]
    dtype = {"F64": "<f8", "F32": "<f4"}[told["dtype"]]
    return np.frombuffer(data[first:last], dtype).reshape(told["shape"])


def logits(config: dict[str, Any], p: Parameters, tokens: list[int]) -> np.ndarray:
    """Both layers of sums written out, ``[n_tokens, d_vocab]``."""
    n = len(tokens)
    x = p["embed.W_E"][tokens]
    if config["positional_embedding_type"] == "standard":
        x = x + p["pos_embed.W_pos"][:n]
    seen = np.tri(n, dtype=bool) if config["attention_dir"] == "causal" else np.ones((n, n), dtype=bool)
    for layer in range(config["n_layers"]):
        block = {name: p[f"blocks.{layer}.attn.{name}"] for name in ("W_Q", "W_K", "W_V", "W_O", "b_Q", "b_K", "b_V")}
        after = x + p[f"blocks.{layer}.attn.b_O"]
        for head in range(config["n_heads"]):
            w = {name: array[head] for name, array in block.items()}
            q, k, v = (x @ w[f"W_{letter}"] + w[f"b_{letter}"] for letter in "QKV")
            if config["positional_embedding_type"] == "rotary":
                q, k = (turned(part, config) for part in (q, k))
            scores = np.where(seen, q @ k.T / config["attn_scale"], -np.inf)
            powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
            after = after + powers / powers.sum(axis=-1, keepdims=True) @ v @ w["W_O"]
        x = after
    return x @ p["unembed.W_U"] + p["unembed.b_U"]


def turned(x: np.ndarray, config: dict[str, Any]) -> np.ndarray:
    """Queries or keys, each pair turned by its angle at each place."""
    result, pairs = x.copy(), len(config["rotary_angles"])
    for i, angle in enumerate(config["rotary_angles"]):
        a, b = (2 * i, 2 * i + 1) if config["rotary_adjacent_pairs"] else (i, i + pairs)
        for place in range(len(x)):
            c, s = np.cos(place * angle), np.sin(place * angle)
            result[place, a], result[place, b] = c * x[place, a] - s * x[place, b], s * x[place, a] + c * x[place, b]
    return result
