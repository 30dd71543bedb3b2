"""Weights as a model of TransformerLens, whatever release of it is installed, and what such a model holds.

Up to release 3 that is a ``HookedTransformer``; later releases have none, and build the same model as a
``TransformerBridge``. The weights are loaded as they are: no folding, no centring, nothing that moves a logit.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib import import_module
from math import sqrt
from typing import Any, Literal

from sympy import Symbol

from symcircuits.algebra.values import Exact
from symcircuits.circuit import Transformer
from symcircuits.errors import BadValue, OutputFailed
from symcircuits.export.weights.from_model import weights_of
from symcircuits.export.weights.value import Array, Weights

_WORDS = ("n_layers", "n_heads", "d_model", "d_head", "d_vocab", "n_ctx", "attn_only", "normalization_type",
          "positional_embedding_type", "attention_dir", "attn_scale", "use_attn_scale")  # fmt: skip
_ENDS = {
    "embed.weight": "embed.W_E",
    "pos_embed.weight": "pos_embed.W_pos",
    "unembed.weight": "unembed.W_U",
    "unembed.bias": "unembed.b_U",
}
_KEPT = ("n_layers", "n_heads", "d_model", "d_head", "d_vocab", "n_ctx", "attention_dir")


def to_transformer_lens(
    model: Transformer | Weights,
    values: Mapping[Symbol, Exact] | None = None,
    n_ctx: int | None = None,
    dtype: Literal["float64", "float32"] = "float64",
) -> Any:
    """The model for TransformerLens, on the CPU: a ``HookedTransformer``, or a ``TransformerBridge`` from release 4 on.

    ``model`` is a transformer, with ``values`` for its symbols and ``n_ctx`` as in ``weights_of``, or the weights of
    one. Raises ``OutputFailed`` where TransformerLens cannot be imported, ``BadValue`` for rotary positions or another
    ``dtype``.
    """
    weights = model if isinstance(model, Weights) else weights_of(model, values, n_ctx)
    if weights.config["positional_embedding_type"] == "rotary":
        raise BadValue("expected a model without rotary positions: TransformerLens chooses their angles itself")
    if dtype not in ("float64", "float32"):
        raise BadValue(f"expected the dtype float64 or float32, got {dtype!r}")
    lens, torch = _package("transformer_lens"), _package("torch")
    numbers = getattr(torch, dtype)
    state = {name: torch.tensor(array, dtype=numbers) for name, array in _parameters(weights).items()}
    config = _config(weights) | {"dtype": numbers}
    try:
        hooked = lens.HookedTransformer
    except ImportError:  # release 4 and later say so in this way
        return _bridge(config, state)
    return _hooked(hooked, lens.HookedTransformerConfig(**config, device="cpu"), state)


def from_transformer_lens(model: Any) -> tuple[dict[str, Any], dict[str, Array]]:
    """The header and the parameters of a model of TransformerLens, by the names that releases up to 3 give them.

    What is in no attention-only model keeps its name. Raises ``BadValue`` for rotary positions.
    """
    header = {word: getattr(model.cfg, word) for word in _WORDS if hasattr(model.cfg, word)}
    if header.get("positional_embedding_type") == "rotary":
        raise BadValue("expected a model without rotary positions: TransformerLens chooses their angles itself")
    begin = getattr(getattr(model, "tokenizer", None), "bos_token_id", None)
    if begin is not None:
        header["bos_token_id"] = begin
    arrays = {name: tensor.detach().cpu().numpy() for name, tensor in model.state_dict().items()}
    return header, dict(_by_early_name(name, array, model.cfg.n_heads) for name, array in arrays.items())


def _by_early_name(name: str, array: Array, n_heads: int) -> tuple[str, Array]:
    """A parameter of a bridge, where layers are linear maps of PyTorch ``[out, in]``, as releases up to 3 have it."""
    if name in _ENDS:
        return _ENDS[name], array.T if name == "unembed.weight" else array
    found = re.fullmatch(r"(blocks\.\d+\.attn)\.([qkvo])\.(weight|bias)", name)
    if found is None:
        return name, array
    layer, letter, kind = found.groups()
    early = f"{layer}.{'W' if kind == 'weight' else 'b'}_{letter.upper()}"
    if letter == "o":
        return early, array.T.reshape(n_heads, -1, len(array)) if kind == "weight" else array
    split = array.reshape(n_heads, -1, *array.shape[1:])
    return early, split.swapaxes(1, 2) if kind == "weight" else split


def _parameters(weights: Weights) -> dict[str, Array]:
    """All parameters, with a table of positions, for scores that are divided by ``sqrt(d_head)``.

    Release 4 refuses scores that are not divided.
    """
    config = weights.config
    factor = sqrt(config["d_head"]) / config["attn_scale"]
    found = {name: array * factor if name.endswith("_Q") else array for name, array in weights.parameters.items()}
    places = weights.parameters["embed.W_E"][:1] * 0
    found.setdefault("pos_embed.W_pos", places.repeat(config["n_ctx"], axis=0))
    return found


def _config(weights: Weights) -> dict[str, Any]:
    kept = {name: weights.config[name] for name in _KEPT}
    return kept | {
        "attn_only": True,
        "normalization_type": None,
        "positional_embedding_type": "standard",
        "init_weights": False,
    }


def _hooked(hooked: Any, config: Any, state: Mapping[str, Any]) -> Any:
    """A ``HookedTransformer``; the masks, which are buffers in its state, stay its own."""
    made = hooked(config)
    buffers = {name: buffer for name, buffer in made.named_buffers() if name in made.state_dict()}
    made.load_state_dict({**buffers, **state}, strict=True)
    return made


def _bridge(config: Mapping[str, Any], state: Mapping[str, Any]) -> Any:
    """A ``TransformerBridge`` over a model of TransformerLens's own."""
    settings = import_module("transformer_lens.config").TransformerBridgeConfig(**config)
    bridge = import_module("transformer_lens.model_bridge.sources.native").boot(settings, dtype=config["dtype"])
    convert = import_module("transformer_lens.utilities.tl_checkpoint_conversion").convert_tl_checkpoint
    bridge.load_state_dict(convert(dict(state), settings), strict=True)
    return bridge


def _package(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError as error:
        if getattr(error, "name", None) == name:
            raise OutputFailed(f"{name} is not installed; install symcircuits[transformer-lens]") from None
        raise OutputFailed(f"{name} is installed and cannot be imported: {error}") from error
