"""The parameters of an attention-only model by the names of TransformerLens, and the shapes that they must have.

Tokens are rows there: weights multiply from the right.

>>> shape_of("blocks.3.attn.W_O")
('n_heads', 'd_head', 'd_model')
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from symcircuits.errors import BadValue, ShapeMismatch

Dimensions = tuple[str, ...]

DIMENSIONS: Dimensions = ("n_layers", "n_heads", "d_model", "d_head", "d_vocab", "n_ctx")
_OUTSIDE: dict[str, Dimensions] = {
    "embed.W_E": ("d_vocab", "d_model"),
    "pos_embed.W_pos": ("n_ctx", "d_model"),
    "unembed.W_U": ("d_model", "d_vocab"),
    "unembed.b_U": ("d_vocab",),
}
_IN_A_BLOCK: dict[str, Dimensions] = {
    **dict.fromkeys(("W_Q", "W_K", "W_V"), ("n_heads", "d_model", "d_head")),
    "W_O": ("n_heads", "d_head", "d_model"),
    **dict.fromkeys(("b_Q", "b_K", "b_V"), ("n_heads", "d_head")),
    "b_O": ("d_model",),
}
_PLACED = re.compile(r"blocks\.(0|[1-9][0-9]{0,5})\.attn\.(\w+)", re.ASCII)
_BUFFERS = ("mask", "IGNORE")  # what a state dict of TransformerLens holds besides its parameters


def shape_of(name: str) -> Dimensions:
    """The dimensions of a parameter. Raises ``BadValue`` for a name that no attention-only model has.

    >>> shape_of("blocks.0.mlp.W_in")
    Traceback (most recent call last):
        ...
    symcircuits.errors.BadValue: 'blocks.0.mlp.W_in' is no parameter of an attention-only model without layer norms
    """
    placed = _PLACED.fullmatch(name)
    found = _OUTSIDE.get(name) if placed is None else _IN_A_BLOCK.get(placed[2])
    if found is None:
        raise BadValue(f"{name!r} is no parameter of an attention-only model without layer norms")
    return found


def without_buffers(names: Collection[str]) -> list[str]:
    """The names without those of masks, which a state dict of TransformerLens holds too."""
    return [name for name in names if not ((placed := _PLACED.fullmatch(name)) and placed[2] in _BUFFERS)]


def layers_in(names: Collection[str]) -> int:
    """The number of blocks. Raises ``BadValue`` for none, and for one that is left out.

    >>> layers_in(["blocks.0.attn.W_Q", "blocks.1.attn.W_Q"])
    2
    """
    found = {int(placed[1]) for name in names if (placed := _PLACED.fullmatch(name))}
    missing = next(layer for layer in range(len(found) + 1) if layer not in found)
    if not found or missing < len(found):
        raise BadValue(f"missing parameter blocks.{missing}.attn.W_Q")
    return len(found)


def every_name(n_layers: int, positions: bool) -> list[str]:
    """All parameters of a model, weights and biases, with or without a table of positions."""
    inside = [f"blocks.{layer}.attn.{name}" for layer in range(n_layers) for name in _IN_A_BLOCK]
    first, places, *last = _OUTSIDE
    return [first, *([places] if positions else []), *inside, *last]


def is_bias(name: str) -> bool:
    """Whether a parameter may be left out, for zeros.

    >>> is_bias("blocks.0.attn.b_Q"), is_bias("unembed.b_U"), is_bias("embed.W_E")
    (True, True, False)
    """
    return name.rpartition(".")[2].startswith("b_")


def sizes_in(shapes: Mapping[str, tuple[int, ...]], told: Mapping[str, int]) -> dict[str, int]:
    """The size of every dimension, from the shapes and what the header tells of them.

    Raises ``ShapeMismatch``, naming the first parameter that does not fit.

    >>> sizes_in({"embed.W_E": (2, 8)}, {"d_vocab": 3})
    Traceback (most recent call last):
        ...
    symcircuits.errors.ShapeMismatch: embed.W_E has the shape [2, 8], expected [d_vocab, d_model] = [3, 8]
    """
    sizes = dict(told)
    for name, shape in shapes.items():
        dimensions = shape_of(name)
        if len(shape) != len(dimensions) or 0 in shape:
            raise ShapeMismatch(
                f"{name} has the shape {list(shape)}, expected [{', '.join(dimensions)}], none of them 0"
            )
        for dimension, size in zip(dimensions, shape, strict=True):
            sizes.setdefault(dimension, size)
        expected = [sizes[dimension] for dimension in dimensions]
        if expected != list(shape):
            raise ShapeMismatch(f"{name} has the shape {list(shape)}, expected [{', '.join(dimensions)}] = {expected}")
    return sizes
