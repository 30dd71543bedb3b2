"""The engine's forward pass with every single operation rounded to a binary format.

One operation on numbers of at most 24 bits, done in doubles and rounded once more, is rounded rightly: 53 bits are more
than twice 24 and 2 (S. A. Figueroa, "When is double rounding innocuous?", 1995).

>>> from symcircuits.formats import BFLOAT
>>> rounded([1025.0, 1e39, 1e-46], BFLOAT)
array([1024.,   inf,    0.])
"""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from symcircuits.engine import Array, HeadArrays, TransformerArrays, embed
from symcircuits.formats import DOUBLE, Format


def rounded(x: ArrayLike, to: Format) -> Array:
    """Doubles rounded to a format of at most 24 bits, or, as they are, to double precision.

    Raises ``ValueError`` for another format.
    """
    array = np.asarray(x, dtype=np.float64)
    if to == DOUBLE:
        return array
    if to.bits > 24 or to.most > 127 or to.least < -126:
        raise ValueError(f"expected float64 or a format within float32, not {to}")
    _, exponent = np.frexp(array)  # 1/2 <= significand < 1
    places = np.maximum(exponent - 1, to.least) - to.bits + 1
    with np.errstate(over="ignore"):
        found = np.ldexp(np.rint(np.ldexp(array, -places)), places)
    return np.where(np.abs(found) > float(to.largest), np.copysign(np.inf, found), found)


def cast(model: TransformerArrays, to: Format) -> TransformerArrays:
    """A transformer with its weights rounded: arrays of NumPy's own type where there is one, else of doubles."""
    layers = tuple(tuple(cast_head(head, to) for head in heads) for heads in model.layers)
    tables: dict[str, Any] = {name: _cast(getattr(model, name), to) for name in ("W_E", "W_U", "W_pos")}
    return replace(model, layers=layers, **tables)


def cast_head(head: HeadArrays, to: Format) -> HeadArrays:
    """A head with its weights and its scale rounded, as ``cast`` does it."""
    given = {field.name: getattr(head, field.name) for field in fields(head)}
    new: dict[str, Any] = {name: _cast(value, to) for name, value in given.items() if isinstance(value, np.ndarray)}
    return replace(head, **new, scale=float(rounded(head.scale, to)))


def rounded_logits(tokens: ArrayLike, model: TransformerArrays, to: Format) -> Array:
    """The logits ``[n_ctx, d_vocab]`` of ``n_ctx`` tokens, every operation rounded, every sum from left to right.

    Weights are rounded first. Raises ``ValueError`` for a model without ``W_U``.

    >>> from symcircuits.formats import BFLOAT
    >>> model = TransformerArrays(W_E=np.eye(2) * 1024, layers=(), W_U=np.eye(2), W_pos=np.ones((1, 2)))
    >>> rounded_logits([0], model, BFLOAT)
    array([[1.024e+03, 1.000e+00]])
    """
    if model.W_U is None:
        raise ValueError("logits need an unembedding, and this transformer has no W_U")
    x = rounded_embedding(tokens, model, to)
    for heads in model.layers:
        total = np.zeros_like(x)
        for head in heads:
            total = rounded(total + _written(x, head, to), to)
        x = rounded(x + total, to)
    return _product(x, model.W_U, to)


def rounded_embedding(tokens: ArrayLike, model: TransformerArrays, to: Format) -> Array:
    """The stream ``[n_ctx, d_model]`` before the first layer, rounded."""
    return rounded(embed(tokens, _in_doubles(model, to)), to)


def rounded_pattern(x: ArrayLike, head: HeadArrays, to: Format, shifted: bool = True) -> Array:
    """The attention ``[n_ctx, n_ctx]`` of a head under the causal mask, every operation rounded.

    Without ``shifted`` the largest score of a row is not subtracted before the exponentials; what overflows is infinite
    then, and an infinite number over another is nan. Raises ``ValueError`` for a head without queries and keys.
    """
    if head.W_Q is None or head.W_K is None:
        raise ValueError("scores need a head with W_Q and W_K; this one has none")
    given = rounded(x, to)
    queries, keys = _read(given, head.W_Q, head.b_Q, to), _read(given, head.W_K, head.b_K, to)
    scores = rounded(_product(queries, keys.T, to) * float(rounded(head.scale, to)), to)
    seen = np.tri(len(scores), dtype=bool)
    largest = np.max(scores, axis=1, keepdims=True, where=seen, initial=-np.inf)
    gaps = np.where(seen, rounded(scores - largest, to) if shifted else scores, -np.inf)
    with np.errstate(over="ignore", invalid="ignore"):
        weights = rounded(np.exp(gaps), to)
        total = weights[:, 0]
        for key in range(1, weights.shape[1]):
            total = rounded(total + weights[:, key], to)
        return rounded(weights / total[:, None], to)


def _written(x: Array, head: HeadArrays, to: Format) -> Array:
    """What a head adds to the stream, ``[n_ctx, d_model]``."""
    if head.W_V is None or head.W_O is None:
        raise ValueError("the output of a head needs W_V and W_O; this one has none")
    values = _read(x, head.W_V, head.b_V, to)
    return _read(_product(rounded_pattern(x, head, to), values, to), head.W_O, head.b_O, to)


def _read(x: Array, weight: Array, bias: Array | None, to: Format) -> Array:
    product = _product(x, weight, to)
    return product if bias is None else rounded(product + rounded(bias, to), to)


def _product(left: Array, right: Array, to: Format) -> Array:
    """A product of matrices, each product of two entries and each partial sum rounded."""
    left, right = rounded(left, to), rounded(right, to)
    total = rounded(left[:, :1] * right[:1], to)
    for j in range(1, len(right)):
        total = rounded(total + rounded(left[:, j : j + 1] * right[j : j + 1], to), to)
    return total


def _in_doubles(model: TransformerArrays, to: Format) -> TransformerArrays:
    places = None if model.W_pos is None else rounded(model.W_pos, to)
    return replace(model, W_E=rounded(model.W_E, to), W_pos=places)


def _cast(array: Array | None, to: Format) -> Array | None:
    if array is None:
        return None
    with np.errstate(over="ignore"):
        return array.astype(to.dtype) if to.dtype else rounded(array, to)
