"""A transformer with numbers for its symbols, as weights under the names of TransformerLens.

The scale of each head goes into its ``W_Q`` and ``b_Q``, exactly and before anything is rounded, so that the one scale
of the file, ``1 / attn_scale``, gives the same scores. Layers with fewer heads, and heads with fewer dimensions, are
filled up with zeros, which change nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sympy import Expr, Integer, Symbol, sqrt

from symcircuits.algebra import ExactMatrix, exact
from symcircuits.algebra.values import Exact
from symcircuits.circuit import Head, Rotary, Transformer
from symcircuits.circuit.bind import Bindings, bind_matrix, bind_scalar
from symcircuits.circuit.conventions import rows_from_columns
from symcircuits.errors import BadValue
from symcircuits.export.weights.header import OWN_WORDS, Header
from symcircuits.export.weights.value import Weights
from symcircuits.typeset.formulas import Name

Array = NDArray[np.floating[Any]]


def weights_of(
    model: Transformer,
    values: Mapping[Symbol, Exact] | None = None,
    n_ctx: int | None = None,
    *,
    attn_scale: Exact | None = None,
    header: Header | None = None,
) -> Weights:
    """The weights of a model, with ``values`` for its symbols.

    ``n_ctx`` is the number of places, as many as ``W_pos`` has unless told; positions become a table. ``attn_scale``
    is what the scores are divided by, ``sqrt(d_head)`` unless told. ``header`` is added to the configuration.

    Raises ``UnboundSymbols``, naming the matrix, where a symbol is left over, and ``BadValue`` for a model that cannot
    be written: without ``W_U``, without layers, with a head that lacks weights, with positions in the stream and rotary
    ones, or with different rotary positions.

    >>> from symcircuits.circuit import Residual
    >>> stream = Residual(content=1)
    >>> read, write = stream.read("content"), stream.write("content")
    >>> head = Head(read, read, read, write, scale=Symbol("s"))
    >>> model = Transformer(((head,),), W_E=write, W_U=read)
    >>> weights_of(model, {Symbol("s"): 3}, n_ctx=4).parameters["blocks.0.attn.W_Q"]
    array([[[3.]]])
    """
    bound = {symbol: exact(value) for symbol, value in (values or {}).items()}
    _check_model(model)
    n_ctx = _places(model, n_ctx)
    n_heads, d_head = max(map(len, model.layers)), max(map(_widest, model.heads))
    divisor = sqrt(Integer(d_head)) if attn_scale is None else exact(attn_scale)
    config: dict[str, Any] = {
        "n_heads": n_heads,
        "n_ctx": n_ctx,
        "attn_scale": bind_scalar(divisor, bound, "attn_scale"),
        "attention_dir": "causal" if model.mask == "causal" else "bidirectional",
        "positional_embedding_type": "standard",
        "vocab": list(model.vocabulary),
    }
    parameters = _outside(model, n_ctx, bound)
    for layer, heads in enumerate(model.layers):
        rows = [_head(head, f" of layer {layer}, head {place}", divisor, bound) for place, head in enumerate(heads)]
        stacked = _stacked(rows, n_heads, d_head, model.d_model)
        parameters |= {f"blocks.{layer}.attn.{name}": array for name, array in stacked.items()}
    if (rotary := model.heads[0].rotary) is not None:
        del parameters["pos_embed.W_pos"]
        config |= _rotary(rotary, bound)
    return Weights(config | _added(header or {}), parameters)


def _check_model(model: Transformer) -> None:
    if model.W_U is None:
        raise BadValue("a file of weights needs an unembedding, and this transformer has no W_U")
    if not model.layers:
        raise BadValue("a file of weights needs at least one layer, and this transformer has none")
    for (layer, head), found in model.placed():
        missing = {"W_Q", "W_K", "W_V", "W_O"} - set(found.weights())
        if missing:
            raise BadValue(f"a file of weights needs {min(missing)} of every head; layer {layer}, head {head} has none")
        if found.rotary != model.heads[0].rotary:
            raise BadValue(f"rotary positions must be those of every head; layer {layer}, head {head} has others")
    if model.heads[0].rotary is not None and (model.W_pos is not None or model.positions()):
        raise BadValue("a file of weights has rotary positions or positions in the stream, and this model has both")


def _places(model: Transformer, n_ctx: int | None) -> int:
    most = None if model.W_pos is None else model.W_pos.shape[1]
    if n_ctx is None:
        if most is None:
            raise BadValue("expected n_ctx, the number of places, for a model without W_pos; got none")
        return most
    if n_ctx < 1 or (most is not None and n_ctx > most):
        allowed = "at least 1" if most is None else f"from 1 to {most} (the columns of W_pos)"
        raise BadValue(f"expected n_ctx {allowed}, got {n_ctx}")
    return n_ctx


def _widest(head: Head) -> int:
    """The number of dimensions of the queries, or of the values where there are more."""
    return max(weight.shape[0] for name, weight in head.weights().items() if name != "W_O")


def _outside(model: Transformer, n_ctx: int, values: Bindings) -> dict[str, Array]:
    assert model.W_U is not None  # looked at before
    columns = {"embed.W_E": model.W_E, "pos_embed.W_pos": model.place_columns(n_ctx), "unembed.W_U": model.W_U}
    return _rows(columns, "", values)


def _head(head: Head, where: str, divisor: Expr, values: Bindings) -> dict[str, Array]:
    """One head in rows, its scale in ``W_Q`` and ``b_Q``."""
    matrices = head.weights() | head.biases()
    factors = {"W_Q": head.scale * divisor, "b_Q": head.scale * divisor}
    return _rows({name: matrix * factors.get(name, 1) for name, matrix in matrices.items()}, where, values)


def _rows(columns: Mapping[str, ExactMatrix], where: str, values: Bindings) -> dict[str, Array]:
    """Matrices as arrays for rows; an error names them."""
    named = {name: matrix.named(Name(name + where)) for name, matrix in columns.items()}
    return rows_from_columns({name: bind_matrix(matrix, values) for name, matrix in named.items()})


def _stacked(heads: list[dict[str, Array]], n_heads: int, d_head: int, d_model: int) -> dict[str, Array]:
    """The heads of a layer in one array for each weight, what is missing filled with zeros; ``b_O`` added up."""
    read, bias, written = (n_heads, d_model, d_head), (n_heads, d_head), (n_heads, d_head, d_model)
    shapes = {"W_Q": read, "W_K": read, "W_V": read, "W_O": written, "b_Q": bias, "b_K": bias, "b_V": bias}
    stacked: dict[str, Array] = {name: np.zeros(shape) for name, shape in shapes.items()}
    stacked["b_O"] = np.zeros(d_model)
    for place, head in enumerate(heads):
        for name, array in head.items():
            if name == "b_O":
                stacked[name] += array
            else:
                stacked[name][place][tuple(map(slice, array.shape))] = array
    return stacked


def _rotary(rotary: Rotary, values: Bindings) -> dict[str, Any]:
    return {
        "positional_embedding_type": "rotary",
        "rotary_angles": [bind_scalar(angle, values, "an angle of rotary positions") for angle in rotary.angles],
        "rotary_adjacent_pairs": rotary.layout == "adjacent",
    }


def _added(header: Header) -> dict[str, Any]:
    taken = [name for name in OWN_WORDS if name in header]
    if taken:
        raise BadValue(f"the header may not say {taken[0]}, which the model tells")
    return dict(header)
