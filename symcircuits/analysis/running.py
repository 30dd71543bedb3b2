"""A model of numbers run on a batch of tokens, all heads of a layer at once, with what each of them did.

Rows, as in TransformerLens. Softmax and turns are those of ``symcircuits.engine``, which runs head by head and is what
this is tested against.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symcircuits.engine import causal_softmax, full_softmax, turned
from symcircuits.export.weights import Weights

Array = NDArray[np.floating[Any]]
Tokens = NDArray[np.integer[Any]]


@dataclass(frozen=True, eq=False)
class Layer:
    """The heads of a layer in float64: ``W_Q, W_K, W_V`` ``[heads, d_model, d_head]``, ``W_O``
    ``[heads, d_head, d_model]``, ``b_Q, b_K, b_V`` ``[heads, d_head]``, ``b_O`` ``[d_model]``; ``W_Q`` and ``b_Q`` are
    divided by what the scores are divided by."""

    W_Q: Array
    W_K: Array
    W_V: Array
    W_O: Array
    b_Q: Array
    b_K: Array
    b_V: Array
    b_O: Array
    config: Mapping[str, Any]

    @property
    def heads(self) -> int:
        """How many."""
        return len(self.W_Q)

    @property
    def constants(self) -> Array:
        """What each head writes whatever it attends to, ``b_V W_O``, ``[heads, d_model]``; ``b_O`` is the layer's."""
        return (self.b_V[:, None] @ self.W_O)[:, 0]

    def queries(self, x: Array, biased: bool = True) -> Array:
        """Of streams ``[batch, n_ctx, d_model]``: ``[batch, heads, n_ctx, d_head]``, with or without their bias, turned
        where places turn them."""
        return self._turned(self.by_head(x, "W_Q") + (self.b_Q[:, None] if biased else 0.0))

    def keys(self, x: Array, biased: bool = True) -> Array:
        """The same of keys."""
        return self._turned(self.by_head(x, "W_K") + (self.b_K[:, None] if biased else 0.0))

    def by_head(self, x: Array, name: str) -> Array:
        """Streams ``[..., n_ctx, d_model]`` by ``W_Q``, ``W_K`` or ``W_V``: ``[..., heads, n_ctx, d_head]``."""
        wide = x @ self._wide[name]  # [..., n_ctx, heads d_head], in one product
        found: Array = np.swapaxes(wide.reshape(*x.shape[:-1], self.heads, -1), -2, -3)
        return found

    @cached_property
    def _wide(self) -> dict[str, Array]:
        """The matrices of all heads side by side, ``[d_model, heads d_head]``."""
        named = {"W_Q": self.W_Q, "W_K": self.W_K, "W_V": self.W_V}
        return {name: np.concatenate(list(weights), axis=1) for name, weights in named.items()}

    def _turned(self, parts: Array) -> Array:
        if self.config["positional_embedding_type"] != "rotary":
            return parts
        layout = "adjacent" if self.config["rotary_adjacent_pairs"] else "half"
        return turned(parts, self.config["rotary_angles"], layout)  # type: ignore[arg-type]

    def patterns(self, x: Array) -> Array:
        """The attention ``[batch, heads, n_ctx, n_ctx]`` on streams ``[batch, n_ctx, d_model]``."""
        return self.softmax(self.queries(x) @ np.swapaxes(self.keys(x), -1, -2))

    def softmax(self, scores: Array) -> Array:
        """Attention rows from scores, by the mask of the model."""
        return (causal_softmax if self.config["attention_dir"] == "causal" else full_softmax)(scores)

    def moved(self, x: Array, patterns: Array) -> Array:
        """What each head writes without its constants, ``[batch, heads, n_ctx, d_model]``, given its pattern."""
        found: Array = patterns @ self.by_head(x, "W_V") @ self.W_O
        return found

    def moved_together(self, x: Array, patterns: Array) -> Array:
        """The sum of it over the heads, ``[..., n_ctx, d_model]`` for streams ``[..., n_ctx, d_model]``."""
        mixed = np.swapaxes(patterns @ self.by_head(x, "W_V"), -2, -3)  # [..., n_ctx, heads, d_head]
        d_model = self.W_O.shape[-1]
        found: Array = mixed.reshape(*mixed.shape[:-2], -1) @ self.W_O.reshape(-1, d_model)
        return found


def layers_of(weights: Weights) -> list[Layer]:
    """The layers of a model."""
    return [layer_of(weights, place) for place in range(weights.config["n_layers"])]


def layer_of(weights: Weights, place: int) -> Layer:
    """One layer, by its number."""
    scale = 1.0 / weights.config["attn_scale"]
    found = {
        name: np.asarray(weights.parameters[f"blocks.{place}.attn.{name}"], dtype=np.float64)
        for name in ("W_Q", "W_K", "W_V", "W_O", "b_Q", "b_K", "b_V", "b_O")
    }
    return Layer(**(found | {"W_Q": found["W_Q"] * scale, "b_Q": found["b_Q"] * scale}), config=weights.config)


def embedded(weights: Weights, tokens: Tokens) -> Array:
    """The streams ``[batch, n_ctx, d_model]`` of tokens ``[batch, n_ctx]`` before the first layer, in float64."""
    x = weights.parameters["embed.W_E"][tokens].astype(np.float64)
    places = weights.parameters.get("pos_embed.W_pos")
    return x if places is None else x + places[: tokens.shape[-1]]


@dataclass(frozen=True, eq=False)
class Passed:
    """What a layer did: the streams that it read, and the patterns of its heads."""

    layer: Layer
    read: Array
    patterns: Array

    @cached_property
    def written(self) -> Array:
        """What each head wrote, ``[batch, heads, n_ctx, d_model]``, constants (``b_V W_O``) included."""
        return self.layer.moved(self.read, self.patterns) + self.layer.constants[:, None]

    @property
    def after(self) -> Array:
        """The streams after the layer, ``[batch, n_ctx, d_model]``."""
        constants = self.layer.constants.sum(axis=0) + self.layer.b_O
        return self.read + self.layer.moved_together(self.read, self.patterns) + constants


def passes(weights: Weights, tokens: Tokens) -> Iterator[Passed]:
    """Each layer in turn on tokens ``[batch, n_ctx]``."""
    x = embedded(weights, tokens)
    for layer in layers_of(weights):
        passed = Passed(layer, x, layer.patterns(x))
        yield passed
        x = passed.after


def unembedded(weights: Weights, x: Array) -> Array:
    """The logits ``[..., d_vocab]`` of streams ``[..., d_model]``."""
    found: Array = x @ weights.parameters["unembed.W_U"] + weights.parameters["unembed.b_U"]
    return found


def loss(weights: Weights, x: Array, tokens: Tokens) -> float:
    """The mean cross-entropy, in nats, of every next token, by the last streams ``[batch, n_ctx, d_model]``.

    A row at a time of the batch, so that no more than ``[n_ctx, d_vocab]`` logits are there at once.
    """
    total = 0.0
    for row, told in zip(x[:, :-1], tokens[:, 1:], strict=True):
        logits = unembedded(weights, row)
        largest = logits.max(axis=-1)
        norm = largest + np.log(np.exp(logits - largest[:, None]).sum(axis=-1))
        total += float((norm - logits[np.arange(len(told)), told]).sum())
    return total / tokens[:, 1:].size
