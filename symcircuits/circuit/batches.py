"""Weights at many values of their symbols at once: batches of heads for the engine.

>>> from symcircuits.circuit import Residual
>>> from symcircuits.symbols import beta
>>> stream = Residual(content=1)
>>> head = Head(W_Q=stream.read("content"), W_K=stream.read("content"), scale=beta)
>>> HeadBatch(head, {}, [beta]).at({beta: np.array([1.0, 10.0])}).scale
array([ 1., 10.])
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from sympy import Expr, Integer, Symbol

from symcircuits.algebra import ExactMatrix
from symcircuits.circuit.bind import Bindings, bind_head, bind_matrix, numeric_function
from symcircuits.circuit.conventions import rows_from_columns
from symcircuits.circuit.heads import Head
from symcircuits.circuit.transformer import Transformer
from symcircuits.engine import HeadArrays, TransformerArrays
from symcircuits.errors import BadValue

Array = NDArray[np.floating[Any]]
Points = Mapping[Symbol, Array]
Arrays = TypeVar("Arrays", HeadArrays, TransformerArrays)

_ONE = Integer(1)


class HeadBatch:
    """A head whose symbols are bound by ``values``, but for those that differ from point to point.

    Raises ``UnboundSymbols`` for a symbol that is neither, ``BadValue`` for rotary angles or biases that differ.
    """

    def __init__(self, head: Head, values: Bindings, moving: Sequence[Symbol]) -> None:
        missing = sorted(symbol.name for symbol in set(moving) - batched_symbols(head))
        if missing:
            raise BadValue(f"only weights and scales may differ within a batch, not {missing[0]}")
        self._moving = tuple(moving)
        self._weights = {
            name: _Matrices(matrix, values, self._moving)
            for name, matrix in head.weights().items()
            if matrix.free_symbols & set(moving)
        }
        self._scale = None
        if head.scale.free_symbols & set(moving):
            self._scale = numeric_function(head.scale, self._moving, values)
        anything = {symbol: _ONE for symbol in moving}
        self._fixed = bind_head(head, {**values, **anything})

    def at(self, points: Points, dtype: str = "float64") -> HeadArrays:
        """The head at each of the points, arrays ``[points]``, in a kind of floating point.

        What does not differ has no batch dimension.
        """
        columns = {name: matrices.at(points) for name, matrices in self._weights.items()}
        changed: dict[str, Any] = dict(rows_from_columns(columns))
        if self._scale is not None:
            changed["scale"] = _on_points(self._scale, self._moving, points)
        return in_kind(replace(self._fixed, **changed), dtype)


class _Matrices:
    """A matrix of which some entries differ from point to point."""

    def __init__(self, matrix: ExactMatrix, values: Bindings, moving: tuple[Symbol, ...]) -> None:
        entries = {place: entry for place, entry in matrix.entries.items() if entry.free_symbols & set(moving)}
        still = {place: entry for place, entry in matrix.entries.items() if place not in entries}
        self._once = bind_matrix(ExactMatrix.from_entries(matrix.shape, still), values)
        self._moving = moving
        places: dict[Expr, list[tuple[int, int]]] = {}
        for place, entry in entries.items():
            places.setdefault(entry, []).append(place)
        self._functions = [(numeric_function(entry, moving, values), where) for entry, where in places.items()]

    def at(self, points: Points) -> Array:
        """The matrix at each point, ``[points, rows, columns]``."""
        result = np.repeat(self._once[None], _count(points), axis=0)
        for function, places in self._functions:
            found = _on_points(function, self._moving, points)
            for row, column in places:
                result[:, row, column] = found
        return result


def bind_outer(model: Transformer, n_ctx: int, values: Bindings) -> TransformerArrays:
    """What is around the layers of a model: embedding, unembedding, and the positions of ``n_ctx`` tokens."""
    columns = {"W_E": model.W_E, "W_U": model.W_U, "W_pos": model.place_columns(n_ctx)}
    found = {name: bind_matrix(matrix, values) for name, matrix in columns.items() if matrix is not None}
    return TransformerArrays(layers=(), **rows_from_columns(found))


def batched_symbols(head: Head) -> set[Symbol]:
    """The symbols of a head that may differ from point to point: those of its weights and its scale alone."""
    of_weights = set().union(*(weight.free_symbols for weight in head.weights().values()), head.scale.free_symbols)
    others = [bias.free_symbols for bias in head.biases().values()]
    others += [] if head.rotary is None else [angle.free_symbols for angle in head.rotary.angles]
    return of_weights.difference(*others)


def in_kind(arrays: Arrays, dtype: str) -> Arrays:
    """The same weights and biases in a kind of floating point; scales and angles as they are.

    >>> in_kind(HeadArrays(W_Q=np.eye(2), W_K=np.eye(2)), "float16").W_Q.dtype
    dtype('float16')
    """
    kept = ("scale", "rotary")
    cast: dict[str, Any] = {}
    for entry in fields(arrays):
        value = getattr(arrays, entry.name)
        if isinstance(value, np.ndarray) and entry.name not in kept and value.dtype != dtype:
            cast[entry.name] = value.astype(dtype)
    return replace(arrays, **cast) if cast else arrays


def _on_points(function: Callable[..., Any], moving: Sequence[Symbol], points: Points) -> Array:
    with np.errstate(all="ignore"):
        found = np.asarray(function(*(points[symbol] for symbol in moving)))
    if not np.isrealobj(found):
        raise BadValue("expected real weights, got complex ones")
    return np.broadcast_to(found, (_count(points),)).astype(float)


def _count(points: Points) -> int:
    return len(next(iter(points.values())))
