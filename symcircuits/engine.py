"""The forward pass of attention-only layers in NumPy: the independent oracle for what the algebra says.

Nothing here knows of symbols or proofs. Tokens are rows, as in TransformerLens: ``x`` is ``[n_ctx, d_model]`` and
weights multiply from the right. Leading batch dimensions, of tokens and of weights, are carried along. Arrays that are
all float32 stay float32, and all float16 likewise (NumPy adds those up in float32); everything else is computed in
float64.

>>> head = HeadArrays(W_Q=np.eye(2), W_K=np.eye(2), W_V=np.eye(2), W_O=np.eye(2), scale=1000.0)
>>> forward(np.eye(2), [[head]])
array([[2., 0.],
       [0., 2.]])
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.floating[Any]]
RowZero = Literal["nothing", "itself"]
Layout = Literal["adjacent", "half"]
Mask = Literal["causal", "none"]
_KEPT = (np.float16, np.float32)
_WEIGHTS = ("W_Q", "W_K", "W_V", "W_O")
_BIASES = {"b_Q": "W_Q", "b_K": "W_K", "b_V": "W_V", "b_O": "W_O"}


@dataclass(frozen=True, eq=False)
class HeadArrays:
    """The weights of a head: ``W_Q, W_K, W_V`` are ``[..., d_model, d_head]``, ``W_O`` is ``[..., d_head, d_model]``.

    Leading dimensions are a batch of heads, which broadcasts with that of the tokens; ``scale`` may have it too. The
    biases ``b_Q, b_K, b_V`` ``[d_head]`` and ``b_O`` ``[d_model]`` are added to what their weights give; each may
    be left out. ``scale`` multiplies the scores. A fixed ``pattern`` ``[n_ctx, n_ctx]`` (row: query, column: key) takes
    the place of the computed one; ``W_Q`` and ``W_K`` may then be left out. ``W_V`` and ``W_O`` may be left out where
    only the pattern is asked for. ``rotary`` holds the angle by which each pair of the first dimensions of queries and
    keys is turned at every token: pair i is ``(2 i, 2 i + 1)``, or ``(i, i + pairs)`` where ``rotary_layout`` is
    ``"half"``. The ``mask`` is causal, as in a decoder, or ``"none"``, as in an encoder.
    Raises ``ValueError`` for weights that do not fit one another or are not real numbers.

    >>> HeadArrays(W_V=np.ones((4, 2)), W_O=np.ones((3, 4)), pattern=np.eye(5))
    Traceback (most recent call last):
        ...
    ValueError: W_V [4, 2] and W_O [3, 4] do not fit: W_O needs 2 rows, one for each column of W_V
    """

    W_Q: Array | None = None
    W_K: Array | None = None
    W_V: Array | None = None
    W_O: Array | None = None
    scale: float | Array = 1.0
    pattern: Array | None = None
    rotary: Array | None = None
    rotary_layout: Layout = "adjacent"
    mask: Mask = "causal"
    b_Q: Array | None = None
    b_K: Array | None = None
    b_V: Array | None = None
    b_O: Array | None = None

    def __post_init__(self) -> None:
        for name in (*_WEIGHTS, "pattern"):
            given = getattr(self, name)
            object.__setattr__(self, name, None if given is None else _matrix(name, given, batched=name != "pattern"))
        if self.rotary is not None:
            object.__setattr__(self, "rotary", _angles(self.rotary))
        for name in _BIASES:
            given = getattr(self, name)
            object.__setattr__(self, name, None if given is None else _vector(name, given))
        object.__setattr__(self, "scale", _finite_scale(self.scale))
        if self.mask not in ("causal", "none"):
            raise ValueError(f"mask must be 'causal' or 'none', not {self.mask!r}")
        _check_fit(self)


@dataclass(frozen=True, eq=False)
class TransformerArrays:
    """Layers of heads between ``W_E`` ``[d_vocab, d_model]`` and ``W_U`` ``[d_model, d_vocab]``.

    ``W_pos`` ``[n_ctx, d_model]`` is added to the tokens, one row a place. ``W_U`` and ``W_pos`` may be left out.
    Raises ``ValueError`` for matrices that do not fit one stream.

    >>> TransformerArrays(W_E=np.eye(3), layers=(), W_U=np.ones((2, 3)))
    Traceback (most recent call last):
        ...
    ValueError: W_E [3, 3] and W_U [2, 3] do not fit: W_U needs 3 rows
    """

    W_E: Array
    layers: tuple[tuple[HeadArrays, ...], ...]
    W_U: Array | None = None
    W_pos: Array | None = None

    def __post_init__(self) -> None:
        for name in ("W_E", "W_U", "W_pos"):
            given = getattr(self, name)
            object.__setattr__(self, name, None if given is None else _matrix(name, given))
        width = self.W_E.shape[1]
        if self.W_U is not None and len(self.W_U) != width:
            raise ValueError(f"W_E {_shape(self.W_E)} and W_U {_shape(self.W_U)} do not fit: W_U needs {width} rows")
        if self.W_pos is not None and self.W_pos.shape[1] != width:
            fitted = f"W_E {_shape(self.W_E)} and W_pos {_shape(self.W_pos)} do not fit"
            raise ValueError(f"{fitted}: W_pos needs {width} columns")


def embed(tokens: ArrayLike, model: TransformerArrays) -> Array:
    """The stream ``[..., n_ctx, d_model]`` of tokens ``[..., n_ctx]``, given by number.

    Raises ``ValueError`` for what is no number of a token, or for more tokens than ``W_pos`` has rows.

    >>> embed([1, 0], TransformerArrays(W_E=np.eye(2), layers=(), W_pos=np.full((2, 2), 0.5)))
    array([[0.5, 1.5],
           [1.5, 0.5]])
    """
    numbers = np.asarray(tokens)
    if numbers.dtype.kind not in "iu" or numbers.ndim < 1:
        raise ValueError(f"tokens must be whole numbers [..., n_ctx], not {numbers.dtype} of shape {_shape(numbers)}")
    if numbers.size and not 0 <= numbers.min() <= numbers.max() < len(model.W_E):
        raise ValueError(f"tokens must be from 0 to {len(model.W_E) - 1}, not {numbers.min()} to {numbers.max()}")
    x: Array = model.W_E[numbers]  # [..., n_ctx] -> [..., n_ctx, d_model]
    if model.W_pos is None:
        return x
    n_ctx = numbers.shape[-1]
    if len(model.W_pos) < n_ctx:
        raise ValueError(f"W_pos {_shape(model.W_pos)} has no rows for {n_ctx} tokens")
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
    given, by = _stream(x), _angles(angles)
    pairs = len(by)
    _check_turn(given.shape[-1], pairs, layout)
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
        raise ValueError(f"pattern {_shape(head.pattern)} does not fit x with n_ctx = {n_ctx}")
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


def _shape(array: Array) -> str:
    return "[" + ", ".join(map(str, array.shape)) + "]"


def _floats(name: str, given: object) -> Array:
    array = np.asarray(given)
    if array.dtype.kind not in "fiub":
        raise ValueError(f"{name} must hold real numbers, not {array.dtype}")
    return array if array.dtype in _KEPT else array.astype(np.float64)


def _matrix(name: str, given: object, batched: bool = False) -> Array:
    array = _floats(name, given)
    if array.ndim != 2 and not (batched and array.ndim > 2):
        raise ValueError(f"{name} must be a matrix, not an array of shape {_shape(array)}")
    return array


def _vector(name: str, given: object) -> Array:
    array = _floats(name, given)
    if array.ndim != 1:
        raise ValueError(f"{name} must be a vector, not an array of shape {_shape(array)}")
    return array


def _angles(given: object) -> Array:
    array = _floats("rotary", given).astype(np.float64)
    if array.ndim != 1 or not len(array) or not np.isfinite(array).all():
        raise ValueError(f"rotary must be finite angles [pairs], not an array of shape {_shape(array)}")
    return array


def _check_turn(d_head: int, pairs: int, layout: object) -> None:
    if layout not in ("adjacent", "half"):
        raise ValueError(f"rotary_layout must be 'adjacent' or 'half', not {layout!r}")
    if 2 * pairs > d_head:
        raise ValueError(f"{pairs} rotary pairs need {2 * pairs} dimensions of queries and keys, not {d_head}")


def _stream(x: object) -> Array:
    array = _floats("x", x)
    if array.ndim < 2 or 0 in array.shape[-2:]:
        raise ValueError(f"x must be [..., n_ctx, d_model], not {_shape(array)}")
    return array


def _square_scores(given: object) -> Array:
    array = _floats("scores", given)
    if array.ndim < 2 or array.shape[-1] != array.shape[-2]:
        raise ValueError(f"scores must be [..., n_ctx, n_ctx], not {_shape(array)}")
    return array


def _apply(x: Array, name: str, weight: Array) -> Array:
    if x.shape[-1] != weight.shape[-2]:
        raise ValueError(f"x {_shape(x)} and {name} {_shape(weight)} do not fit: {name} needs {x.shape[-1]} rows")
    result: Array = x @ weight
    return result


def _plus(product: Array, bias: Array | None) -> Array:
    return product if bias is None else product + bias


def _finite_scale(given: object) -> float | Array:
    scale = _floats("scale", given)
    if not np.isfinite(scale).all():
        raise ValueError(f"scale must be finite, not {given!r}")
    return scale if scale.ndim else float(scale)


def _check_fit(head: HeadArrays) -> None:
    for first, second in (("W_Q", "W_K"), ("W_V", "W_O")):
        if (getattr(head, first) is None) != (getattr(head, second) is None):
            raise ValueError(f"a head has both {first} and {second}, or neither")
    _check_reading(head)
    if head.W_V is not None and head.W_O is not None:
        _check_writing(head.W_V, head.W_O)
    for bias, weight in _BIASES.items():
        _check_bias(bias, getattr(head, bias), weight, getattr(head, weight))
    if head.pattern is not None and head.pattern.shape[0] != head.pattern.shape[1]:
        raise ValueError(f"pattern must be [n_ctx, n_ctx], not {_shape(head.pattern)}")


def _check_reading(head: HeadArrays) -> None:
    if head.W_Q is None or head.W_K is None:
        if head.rotary is not None:
            raise ValueError("rotary turns queries and keys; this head has no W_Q and W_K")
        return
    if head.W_Q.shape[-2:] != head.W_K.shape[-2:]:
        raise ValueError(f"W_Q {_shape(head.W_Q)} and W_K {_shape(head.W_K)} do not fit: their shapes must be equal")
    if head.rotary is not None:
        _check_turn(head.W_Q.shape[-1], len(head.rotary), head.rotary_layout)
    if head.W_V is not None and head.W_V.shape[-2] != head.W_Q.shape[-2]:
        raise ValueError(f"W_Q {_shape(head.W_Q)} and W_V {_shape(head.W_V)} do not fit: their d_model must be equal")


def _check_bias(name: str, bias: Array | None, weight_name: str, weight: Array | None) -> None:
    if bias is None:
        return
    if weight is None:
        raise ValueError(f"{name} needs {weight_name}; this head has none")
    if len(bias) != weight.shape[-1]:
        fitted = f"{name} {_shape(bias)} and {weight_name} {_shape(weight)} do not fit"
        raise ValueError(f"{fitted}: {name} needs {weight.shape[-1]} entries, one for each column")


def _check_writing(W_V: Array, W_O: Array) -> None:
    fitted = f"W_V {_shape(W_V)} and W_O {_shape(W_O)} do not fit"
    if W_V.shape[-1] != W_O.shape[-2]:
        raise ValueError(f"{fitted}: W_O needs {W_V.shape[-1]} rows, one for each column of W_V")
    if W_V.shape[-2] != W_O.shape[-1]:
        raise ValueError(f"{fitted}: W_O needs {W_V.shape[-2]} columns, one for each row of W_V")
