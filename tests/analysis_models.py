"""Models for the tests of the analysis: random ones, and an induction model whose heads share the work evenly."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from symcircuits.engine import HeadArrays, TransformerArrays
from symcircuits.export.weights import Weights

Array = np.ndarray
LETTERS = ("W_Q", "W_K", "W_V", "W_O", "b_Q", "b_K", "b_V")


def random_weights(
    seed: int,
    n_layers: int = 2,
    n_heads: int = 3,
    d_model: int = 7,
    d_head: int = 3,
    d_vocab: int = 9,
    n_ctx: int = 11,
    **config: Any,
) -> Weights:
    """A model with random weights and biases, of no particular behaviour."""
    rng = np.random.default_rng(seed)
    shapes = {"embed.W_E": (d_vocab, d_model), "unembed.W_U": (d_model, d_vocab), "unembed.b_U": (d_vocab,)}
    if config.get("positional_embedding_type", "standard") == "standard":
        shapes["pos_embed.W_pos"] = (n_ctx, d_model)
    for layer in range(n_layers):
        for letter in "QKV":
            shapes[f"blocks.{layer}.attn.W_{letter}"] = (n_heads, d_model, d_head)
            shapes[f"blocks.{layer}.attn.b_{letter}"] = (n_heads, d_head)
        shapes[f"blocks.{layer}.attn.W_O"] = (n_heads, d_head, d_model)
        shapes[f"blocks.{layer}.attn.b_O"] = (d_model,)
    arrays = {name: rng.standard_normal(shape) * 0.7 for name, shape in shapes.items()}
    return Weights({"n_ctx": n_ctx, **config}, arrays)


def changed(weights: Weights, **arrays: Array) -> Weights:
    """The same with other parameters; ``L0_W_Q`` is ``blocks.0.attn.W_Q``."""
    names = {name: f"blocks.{name[1]}.attn.{name[3:]}" if name[0] == "L" else name for name in arrays}
    new = {**weights.parameters, **{names[name]: array for name, array in arrays.items()}}
    return replace(weights, parameters=new)


def engine_model(weights: Weights) -> TransformerArrays:
    """The model for the engine, head by head; ``b_O`` goes to the first head of its layer."""
    config, layers = weights.config, []
    for layer in range(config["n_layers"]):
        block = {name: weights.parameters[f"blocks.{layer}.attn.{name}"] for name in (*LETTERS, "b_O")}
        heads = []
        for head in range(config["n_heads"]):
            own = {name: block[name][head] for name in LETTERS}
            own["b_O"] = block["b_O"] * (head == 0)
            if config["positional_embedding_type"] == "rotary":
                own["rotary"] = np.array(config["rotary_angles"])
                own["rotary_layout"] = "adjacent" if config["rotary_adjacent_pairs"] else "half"
            mask = "causal" if config["attention_dir"] == "causal" else "none"
            heads.append(HeadArrays(**own, scale=1 / config["attn_scale"], mask=mask))
        layers.append(tuple(heads))
    parameters = weights.parameters
    return TransformerArrays(
        parameters["embed.W_E"], tuple(layers), parameters["unembed.W_U"], parameters.get("pos_embed.W_pos")
    )


def shared_induction(n_first: int = 4, n_second: int = 2, tokens: int = 12, sharp: float = 3.0) -> Weights:
    """Induction in which every head of the first layer attends to the previous token with the same weak preference and
    moves its share of what stood there, and every head of the second layer finds and copies with its own share."""
    n_ctx, d_vocab = 2 * tokens + 1, tokens + 1
    content, place, before, out = (start * d_vocab for start in (0, 1, 2, 3))
    place_end = place + n_ctx
    before, out = place_end, place_end + d_vocab
    d_model, d_head = out + d_vocab, max(n_ctx, d_vocab)
    heads = max(n_first, n_second)
    zero = {f"blocks.{i}.attn.W_{x}": np.zeros((heads, d_model, d_head)) for i in (0, 1) for x in "QKV"}
    zero |= {f"blocks.{i}.attn.W_O": np.zeros((heads, d_head, d_model)) for i in (0, 1)}
    tokens_in, places_in = np.arange(d_vocab), np.arange(n_ctx)
    for head in range(n_first):
        zero["blocks.0.attn.W_Q"][head, place + places_in[1:], places_in[:-1]] = sharp
        zero["blocks.0.attn.W_K"][head, place + places_in, places_in] = 1.0
        zero["blocks.0.attn.W_V"][head, content + tokens_in, tokens_in] = 1.0
        zero["blocks.0.attn.W_O"][head, tokens_in, before + tokens_in] = 1.0 / n_first
    for head in range(n_second):
        zero["blocks.1.attn.W_Q"][head, content + tokens_in, tokens_in] = 12.0
        zero["blocks.1.attn.W_K"][head, before + tokens_in, tokens_in] = 1.0
        zero["blocks.1.attn.W_V"][head, content + tokens_in, tokens_in] = 1.0
        zero["blocks.1.attn.W_O"][head, tokens_in, out + tokens_in] = 4.0 / n_second
    W_E, W_pos, W_U = np.zeros((d_vocab, d_model)), np.zeros((n_ctx, d_model)), np.zeros((d_model, d_vocab))
    W_E[tokens_in, content + tokens_in] = 1.0
    W_pos[places_in, place + places_in] = 1.0
    W_U[out + tokens_in, tokens_in] = 1.0
    names = [chr(ord("a") + i) for i in range(tokens)] + ["BOS"]
    config = {"attn_scale": 1.0, "vocab": names}
    return Weights(config, {"embed.W_E": W_E, "pos_embed.W_pos": W_pos, "unembed.W_U": W_U, **zero})
