"""A model of numbers: its parameters by the names of TransformerLens, and its configuration.

>>> one = np.ones((1, 2, 2))
>>> named = {f"blocks.0.attn.W_{letter}": one for letter in "QKVO"}
>>> eye = {"embed.W_E": np.eye(2), "pos_embed.W_pos": np.eye(3, 2), "unembed.W_U": np.eye(2)}
>>> made = Weights({"vocab": ["a", "b"]}, eye | named)
>>> made.config["n_ctx"], made.parameters["blocks.0.attn.b_O"]
(3, array([0., 0.]))
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symcircuits.errors import BadValue
from symcircuits.export.weights.header import Header, checked_header, positions_of, told_sizes
from symcircuits.export.weights.names import every_name, is_bias, layers_in, shape_of, sizes_in, without_buffers

Array = NDArray[np.floating[Any]]


@dataclass(frozen=True, eq=False)
class Weights:
    """Parameters and configuration of an attention-only model without layer norms.

    ``parameters`` are ``embed.W_E`` ``[d_vocab, d_model]``, ``pos_embed.W_pos`` ``[n_ctx, d_model]``,
    ``blocks.L.attn.W_Q``, ``W_K``, ``W_V`` ``[n_heads, d_model, d_head]`` and ``W_O`` ``[n_heads, d_head, d_model]``
    with biases ``b_Q``, ``b_K``, ``b_V`` ``[n_heads, d_head]`` and ``b_O`` ``[d_model]``, ``unembed.W_U``
    ``[d_model, d_vocab]`` and ``unembed.b_U`` ``[d_vocab]``. A bias that is left out is zero. The score of a query on a
    key is their product over ``config["attn_scale"]``. ``config`` is filled in where it says less than it could.

    Raises ``BadValue`` for a parameter that is missing, unknown or not finite, or for a configuration of another kind
    of model, ``ShapeMismatch`` for shapes at odds with one another or with the configuration.
    """

    config: Header
    parameters: Mapping[str, Array]

    def __post_init__(self) -> None:
        given = {name: self.parameters[name] for name in without_buffers(self.parameters)}
        for name in given:
            shape_of(name)
        kind, told = positions_of(self.config), told_sizes(self.config)
        expected = every_name(layers_in(given), kind == "standard")
        _check_names(given, expected, kind)
        floats = {name: _floats(name, given[name]) for name in expected if name in given}
        sizes = sizes_in({name: array.shape for name, array in floats.items()}, told)
        if sizes.setdefault("n_layers", layers_in(given)) != layers_in(given):
            raise BadValue(f"the config says n_layers = {sizes['n_layers']}, and there are {layers_in(given)} blocks")
        if "n_ctx" not in sizes:
            raise BadValue("the config says no n_ctx, and there is no pos_embed.W_pos to tell it")
        dtype = floats["embed.W_E"].dtype
        zeros = {n: np.zeros([sizes[d] for d in shape_of(n)], dtype) for n in expected if n not in floats}
        object.__setattr__(self, "config", checked_header(self.config, sizes))
        object.__setattr__(self, "parameters", {name: (floats | zeros)[name] for name in expected})


def _check_names(given: Mapping[str, object], expected: list[str], kind: str) -> None:
    missing = [name for name in expected if name not in given and not is_bias(name)]
    if missing:
        raise BadValue(f"missing parameter {missing[0]}")
    if extra := sorted(set(given) - set(expected)):
        raise BadValue(f"{extra[0]} is given, and the config says positional_embedding_type = {kind!r}")


def _floats(name: str, given: object) -> Array:
    """The numbers as floats of the size that they have; whole numbers as float64."""
    array = np.asarray(given)
    if array.dtype.kind not in "fiu":
        raise BadValue(f"{name} holds {array.dtype}, expected real numbers")
    floats = array if array.dtype.kind == "f" else array.astype(np.float64)
    finite = np.isfinite(floats)
    if not finite.all():
        place = tuple(int(i) for i in np.argwhere(~finite)[0])
        raise BadValue(f"{name}{list(place)} is {floats[place]}, expected a finite number")
    return floats
