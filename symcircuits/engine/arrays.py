"""The weights of the engine as arrays: of a head, and of layers of heads between an embedding and an unembedding."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]
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
            object.__setattr__(self, "rotary", angles_of(self.rotary))
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
            raise ValueError(f"W_E {shape(self.W_E)} and W_U {shape(self.W_U)} do not fit: W_U needs {width} rows")
        if self.W_pos is not None and self.W_pos.shape[1] != width:
            fitted = f"W_E {shape(self.W_E)} and W_pos {shape(self.W_pos)} do not fit"
            raise ValueError(f"{fitted}: W_pos needs {width} columns")


def shape(array: Array) -> str:
    """The shape of an array as messages tell it: ``[n_ctx, d_model]``."""
    return "[" + ", ".join(map(str, array.shape)) + "]"


def floats(name: str, given: object) -> Array:
    """Real numbers as an array of the kinds that are computed in; raises ``ValueError`` for others."""
    array = np.asarray(given)
    if array.dtype.kind not in "fiub":
        raise ValueError(f"{name} must hold real numbers, not {array.dtype}")
    return array if array.dtype in _KEPT else array.astype(np.float64)


def _matrix(name: str, given: object, batched: bool = False) -> Array:
    array = floats(name, given)
    if array.ndim != 2 and not (batched and array.ndim > 2):
        raise ValueError(f"{name} must be a matrix, not an array of shape {shape(array)}")
    return array


def _vector(name: str, given: object) -> Array:
    array = floats(name, given)
    if array.ndim != 1:
        raise ValueError(f"{name} must be a vector, not an array of shape {shape(array)}")
    return array


def angles_of(given: object) -> Array:
    """The angles ``[pairs]`` by which rotary positions turn at each token; raises ``ValueError`` for other things."""
    array = floats("rotary", given).astype(np.float64)
    if array.ndim != 1 or not len(array) or not np.isfinite(array).all():
        raise ValueError(f"rotary must be finite angles [pairs], not an array of shape {shape(array)}")
    return array


def check_turn(d_head: int, pairs: int, layout: object) -> None:
    """Raise ``ValueError`` for a layout that there is not, or for more pairs than dimensions have room for."""
    if layout not in ("adjacent", "half"):
        raise ValueError(f"rotary_layout must be 'adjacent' or 'half', not {layout!r}")
    if 2 * pairs > d_head:
        raise ValueError(f"{pairs} rotary pairs need {2 * pairs} dimensions of queries and keys, not {d_head}")


def _finite_scale(given: object) -> float | Array:
    scale = floats("scale", given)
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
        raise ValueError(f"pattern must be [n_ctx, n_ctx], not {shape(head.pattern)}")


def _check_reading(head: HeadArrays) -> None:
    if head.W_Q is None or head.W_K is None:
        if head.rotary is not None:
            raise ValueError("rotary turns queries and keys; this head has no W_Q and W_K")
        return
    if head.W_Q.shape[-2:] != head.W_K.shape[-2:]:
        raise ValueError(f"W_Q {shape(head.W_Q)} and W_K {shape(head.W_K)} do not fit: their shapes must be equal")
    if head.rotary is not None:
        check_turn(head.W_Q.shape[-1], len(head.rotary), head.rotary_layout)
    if head.W_V is not None and head.W_V.shape[-2] != head.W_Q.shape[-2]:
        raise ValueError(f"W_Q {shape(head.W_Q)} and W_V {shape(head.W_V)} do not fit: their d_model must be equal")


def _check_bias(name: str, bias: Array | None, weight_name: str, weight: Array | None) -> None:
    if bias is None:
        return
    if weight is None:
        raise ValueError(f"{name} needs {weight_name}; this head has none")
    if len(bias) != weight.shape[-1]:
        fitted = f"{name} {shape(bias)} and {weight_name} {shape(weight)} do not fit"
        raise ValueError(f"{fitted}: {name} needs {weight.shape[-1]} entries, one for each column")


def _check_writing(W_V: Array, W_O: Array) -> None:
    fitted = f"W_V {shape(W_V)} and W_O {shape(W_O)} do not fit"
    if W_V.shape[-1] != W_O.shape[-2]:
        raise ValueError(f"{fitted}: W_O needs {W_V.shape[-1]} rows, one for each column of W_V")
    if W_V.shape[-2] != W_O.shape[-1]:
        raise ValueError(f"{fitted}: W_O needs {W_V.shape[-2]} columns, one for each row of W_V")
