"""The forward pass of attention-only layers, step by step, and the patterns that a head may be given."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from symcircuits.engine.arrays import Array, HeadArrays, Layout, TransformerArrays, angles_of, check_turn, floats, shape

RowZero = Literal["nothing", "itself"]


def embed(tokens: ArrayLike, model: TransformerArrays) -> Array:
    """The stream ``[..., n_ctx, d_model]`` of tokens ``[..., n_ctx]``, given by number.

    Raises ``ValueError`` for what is no number of a token, or for more tokens than ``W_pos`` has rows.

    >>> embed([1, 0], TransformerArrays(W_E=np.eye(2), layers=(), W_pos=np.full((2, 2), 0.5)))
    array([[0.5, 1.5],
           [1.5, 0.5]])
    """
    numbers = np.asarray(tokens)
    if numbers.dtype.kind not in "iu" or numbers.ndim < 1:
        raise ValueError(f"tokens must be whole numbers [..., n_ctx], not {numbers.dtype} of shape {shape(numbers)}")
    if numbers.size and not 0 <= numbers.min() <= numbers.max() < len(model.W_E):
        raise ValueError(f"tokens must be from 0 to {len(model.W_E) - 1}, not {numbers.min()} to {numbers.max()}")
    x: Array = model.W_E[numbers]  # [..., n_ctx] -> [..., n_ctx, d_model]
    if model.W_pos is None:
        return x
    n_ctx = numbers.shape[-1]
    if len(model.W_pos) < n_ctx:
        raise ValueError(f"W_pos {shape(model.W_pos)} has no rows for {n_ctx} tokens")
    return x + model.W_pos[:n_ctx]


def logits(tokens: ArrayLike, model: TransformerArrays) -> Array:
    """The logits ``[..., n_ctx, d_vocab]`` after all layers. Raises ``ValueError`` without ``W_U``.

    >>> logits([1], TransformerArrays(W_E=np.eye(2), layers=(), W_U=np.eye(2)))
    array([[0., 1.]])
    """
    if model.W_U is None:
        raise ValueError("logits need an unembedding, and this transformer has no W_U")
    return forward(embed(tokens, model), model.layers) @ model.W_U  # [..., n_ctx, d_model] -> [..., n_ctx, d_vocab]


def scores(x: ArrayLike, head: HeadArrays) -> Array:
    """The score of every query on every key, before the mask: ``[..., n_ctx, n_ctx]``.

    Raises ``ValueError`` if the head has no ``W_Q`` and ``W_K``, or if they do not fit ``x``.

    >>> scores([[1, 0], [0, 2]], HeadArrays(W_Q=np.eye(2), W_K=np.eye(2), scale=0.5))
    array([[0.5, 0. ],
           [0. , 2. ]])
    """
    stream = _stream(x)
    if head.W_Q is None or head.W_K is None:
        raise ValueError("scores need a head with W_Q and W_K; this one has none")
    queries = _plus(_apply(stream, "W_Q", head.W_Q), head.b_Q)  # [..., n_ctx, d_model] -> [..., n_q, d_head]
    keys = _plus(_apply(stream, "W_K", head.W_K), head.b_K)  # [..., n_ctx, d_model] -> [..., n_k, d_head]
    if head.rotary is not None:
        queries, keys = (turned(part, head.rotary, head.rotary_layout) for part in (queries, keys))
    products: Array = queries @ np.swapaxes(keys, -1, -2)  # -> [..., n_q, n_k]
    scale = np.asarray(head.scale, dtype=products.dtype)[..., None, None]
    return products * scale


def turned(x: ArrayLike, angles: ArrayLike, layout: Layout = "adjacent") -> Array:
    """Queries or keys ``[..., n_ctx, d_head]`` turned as rotary positions turn them: pair i of token n by
    ``n angles[i]``, as the complex number ``first + i second`` times ``exp(i n angles[i])``.

    Raises ``ValueError`` for more pairs than there is room for, and for another layout.

    >>> turned([[1, 0], [1, 0]], [np.pi / 2]).round(12)
    array([[1., 0.],
           [0., 1.]])
    """
    given, by = _stream(x), angles_of(angles)
    pairs = len(by)
    check_turn(given.shape[-1], pairs, layout)
    first, second = (slice(0, 2 * pairs, 2), slice(1, 2 * pairs, 2))
    if layout == "half":
        first, second = slice(0, pairs), slice(pairs, 2 * pairs)
    turns = np.exp(1j * np.arange(given.shape[-2])[:, None] * by)  # [n_ctx, pairs]
    points = (given[..., first] + 1j * given[..., second]) * turns  # [..., n_ctx, pairs]
    result = given.copy()
    result[..., first], result[..., second] = points.real, points.imag
    return result


def causal_softmax(scores: ArrayLike) -> Array:
    """Attention rows: softmax of ``[..., n_ctx, n_ctx]`` scores over the keys ``m <= n``.

    Keys after the query take no part at all: their scores may be anything, even NaN, and their weight is zero.
    Raises ``ValueError`` for a score that counts and is not finite.

    >>> causal_softmax([[3.0, 0.0], [0.0, 0.0]])
    array([[1. , 0. ],
           [0.5, 0.5]])
    """
    given = _square_scores(scores)
    return _softmax(given, np.tri(given.shape[-1], dtype=bool))


def full_softmax(scores: ArrayLike) -> Array:
    """Attention rows without a mask: softmax of ``[..., n_ctx, n_ctx]`` scores over all keys.

    Raises ``ValueError`` for a score that is not finite.

    >>> full_softmax([[3.0, 3.0], [0.0, 0.0]])
    array([[0.5, 0.5],
           [0.5, 0.5]])
    """
    given = _square_scores(scores)
    return _softmax(given, np.ones(given.shape[-2:], dtype=bool))


def _softmax(given: Array, seen: NDArray[np.bool_]) -> Array:
    """The softmax over the keys that each query sees, ``[n_q, n_k]``."""
    if not np.isfinite(given).all(where=seen):
        raise ValueError("scores must be finite where the query sees the key")
    largest = np.max(given, axis=-1, keepdims=True, where=seen, initial=-np.inf)  # -> [..., n_q, 1]
    with np.errstate(over="ignore"):  # a gap beyond the largest float is -inf, and its weight 0
        gaps = np.subtract(given, largest, where=seen, out=np.zeros_like(given))
    weights = np.exp(gaps, where=seen, out=np.zeros_like(given))
    result: Array = weights / weights.sum(axis=-1, keepdims=True)  # -> [..., n_q, n_k]
    return result


def attention_pattern(x: ArrayLike, head: HeadArrays) -> Array:
    """The attention pattern of a head on ``x``: ``[..., n_ctx, n_ctx]``, its fixed one if it has one.

    Raises ``ValueError`` for shapes that do not fit.

    >>> attention_pattern(np.zeros((2, 3)), HeadArrays(pattern=previous_token_pattern(2)))
    array([[0., 0.],
           [1., 0.]])
    """
    if head.pattern is None:
        return (causal_softmax if head.mask == "causal" else full_softmax)(scores(x, head))
    n_ctx = _stream(x).shape[-2]
    if len(head.pattern) != n_ctx:
        raise ValueError(f"pattern {shape(head.pattern)} does not fit x with n_ctx = {n_ctx}")
    return head.pattern


def head_output(x: ArrayLike, head: HeadArrays) -> Array:
    """What a head adds to the residual stream: ``[..., n_ctx, d_model]``.

    Raises ``ValueError`` if the head has no ``W_V`` and ``W_O``, or for shapes that do not fit.

    >>> copy = HeadArrays(W_V=np.eye(2), W_O=np.eye(2), pattern=previous_token_pattern(2))
    >>> head_output([[1, 2], [3, 4]], copy)
    array([[0., 0.],
           [1., 2.]])
    """
    stream = _stream(x)
    if head.W_V is None or head.W_O is None:
        raise ValueError("the output of a head needs W_V and W_O; this one has none")
    values = _plus(_apply(stream, "W_V", head.W_V), head.b_V)  # [..., n_ctx, d_model] -> [..., n_k, d_head]
    mixed = attention_pattern(stream, head) @ values  # [..., n_q, n_k], [..., n_k, d_head] -> [..., n_q, d_head]
    return _plus(mixed @ head.W_O, head.b_O)  # [..., n_q, d_head], [d_head, d_model] -> [..., n_q, d_model]


def forward(x: ArrayLike, layers: Iterable[Sequence[HeadArrays]]) -> Array:
    """The residual stream after all layers; each head of a layer reads the stream as it was before the layer.

    Raises ``ValueError`` for shapes that do not fit.

    >>> copy = HeadArrays(W_V=np.eye(1), W_O=np.eye(1), pattern=previous_token_pattern(3))
    >>> forward([[1], [10], [100]], [[copy], [copy]]).ravel()
    array([  1.,  12., 121.])
    """
    return streams(x, layers)[-1]


def streams(x: ArrayLike, layers: Iterable[Sequence[HeadArrays]]) -> list[Array]:
    """The residual streams before the first layer and after each: the one at ``i`` is what layer ``i`` reads.

    Raises ``ValueError`` for shapes that do not fit.

    >>> copy = HeadArrays(W_V=np.eye(1), W_O=np.eye(1), pattern=previous_token_pattern(2))
    >>> [stream.ravel() for stream in streams([[1], [10]], [[copy]])]
    [array([ 1., 10.]), array([ 1., 11.])]
    """
    found = [_stream(x)]
    for heads in layers:
        found.append(found[-1] + sum(head_output(found[-1], head) for head in heads))  # [..., n_ctx, d_model]
    return found


def offset_pattern(n_ctx: int, offset: int, row_zero: RowZero = "nothing") -> Array:
    """The pattern ``[n_ctx, n_ctx]`` that attends ``offset <= 0`` tokens on: ``-1`` is the previous token.

    A row whose key would lie before token 0 attends to nothing, or to ``"itself"``.
    Raises ``ValueError`` for a positive offset, which the mask forbids, and for ``n_ctx < 1``.

    >>> offset_pattern(3, -2, row_zero="itself")
    array([[1., 0., 0.],
           [0., 1., 0.],
           [1., 0., 0.]])
    """
    if n_ctx < 1:
        raise ValueError(f"n_ctx must be at least 1, not {n_ctx}")
    if offset > 0:
        raise ValueError(f"offset must be 0 or negative, not {offset}: no token sees a later one")
    if row_zero not in ("nothing", "itself"):
        raise ValueError(f"row_zero must be 'nothing' or 'itself', not {row_zero!r}")
    pattern = np.eye(n_ctx, k=offset)
    if row_zero == "itself":
        without_key = np.arange(min(-offset, n_ctx))
        pattern[without_key, without_key] = 1.0
    return pattern


def previous_token_pattern(n_ctx: int, row_zero: RowZero = "nothing") -> Array:
    """``S``, the shift by one token: row ``n`` attends to token ``n - 1``, row 0 to nothing or to ``"itself"``.

    >>> previous_token_pattern(2, row_zero="itself")
    array([[1., 0.],
           [1., 0.]])
    """
    return offset_pattern(n_ctx, -1, row_zero)


def _stream(x: object) -> Array:
    array = floats("x", x)
    if array.ndim < 2 or 0 in array.shape[-2:]:
        raise ValueError(f"x must be [..., n_ctx, d_model], not {shape(array)}")
    return array


def _square_scores(given: object) -> Array:
    array = floats("scores", given)
    if array.ndim < 2 or array.shape[-1] != array.shape[-2]:
        raise ValueError(f"scores must be [..., n_ctx, n_ctx], not {shape(array)}")
    return array


def _apply(x: Array, name: str, weight: Array) -> Array:
    if x.shape[-1] != weight.shape[-2]:
        raise ValueError(f"x {shape(x)} and {name} {shape(weight)} do not fit: {name} needs {x.shape[-1]} rows")
    result: Array = x @ weight
    return result


def _plus(product: Array, bias: Array | None) -> Array:
    return product if bias is None else product + bias
