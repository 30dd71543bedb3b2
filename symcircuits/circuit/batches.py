"""Weights at many values of their symbols at once: batches of heads for the engine.

>>> from symcircuits.circuit import Residual
>>> from symcircuits.symbols import beta
>>> stream = Residual(content=1)
>>> head = Head(W_Q=stream.read("content"), W_K=stream.read("content"), scale=beta)
>>> bind_heads(head, {}, {beta: np.array([1.0, 10.0])}).scale
array([ 1., 10.])
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sympy import Expr, Symbol

from symcircuits.algebra import ExactMatrix
from symcircuits.circuit.bind import Bindings, bind_matrix, bind_scalar, numeric_function
from symcircuits.circuit.conventions import rows_from_columns
from symcircuits.circuit.heads import BIASES, WEIGHTS, Head
from symcircuits.circuit.transformer import Transformer
from symcircuits.engine import HeadArrays, Mask, TransformerArrays
from symcircuits.errors import BadValue

Array = NDArray[np.floating[Any]]
Points = Mapping[Symbol, Array]


def bind_heads(head: Head, values: Bindings, points: Points, mask: Mask = "causal") -> HeadArrays:
    """A head at each of the ``points`` (symbols to arrays ``[points]``), every other symbol as in ``values``.

    What does not depend on the points has no batch dimension. Raises ``UnboundSymbols`` for a symbol without a value,
    ``BadValue`` for rotary angles or biases that depend on the points.
    """
    columns = {name: _matrices(matrix, values, points) for name, matrix in head.weights().items()}
    columns |= {name: bind_matrix(bias, values) for name, bias in head.biases().items()}
    rows = rows_from_columns(columns)
    found = {name: rows.get(name) for name in (*WEIGHTS, *BIASES)}
    angles = None if head.rotary is None else np.array([bind_scalar(angle, values) for angle in head.rotary.angles])
    layout = {} if head.rotary is None else {"rotary_layout": head.rotary.layout}
    return HeadArrays(**found, scale=_scales(head.scale, values, points), rotary=angles, mask=mask, **layout)  # type: ignore[arg-type]


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


def _matrices(matrix: ExactMatrix, values: Bindings, points: Points) -> Array:
    """A matrix at each point, ``[points, rows, columns]``, or once, where it does not depend on them."""
    moving = {place: entry for place, entry in matrix.entries.items() if entry.free_symbols & set(points)}
    if not moving:
        return bind_matrix(matrix, values)
    still = {place: entry for place, entry in matrix.entries.items() if place not in moving}
    once = bind_matrix(ExactMatrix.from_entries(matrix.shape, still), values)
    result = np.repeat(once[None], _count(points), axis=0)
    known: dict[Expr, Array | float] = {}
    for (row, column), entry in moving.items():
        if entry not in known:
            known[entry] = _at_points(entry, values, points)
        result[:, row, column] = known[entry]
    return result


def _scales(scale: Expr, values: Bindings, points: Points) -> Array | float:
    if not scale.free_symbols & set(points):
        return bind_scalar(scale, values, "the scale of a head")
    return np.broadcast_to(_at_points(scale, values, points), (_count(points),)).astype(float)


def _at_points(entry: Expr, values: Bindings, points: Points) -> Array | float:
    function = numeric_function(entry, points, values)
    with np.errstate(all="ignore"):
        found: Array = np.asarray(function(*points.values()))
    if not np.isrealobj(found):
        raise BadValue(f"expected a real number, got a complex one from {entry}")
    return found


def _count(points: Points) -> int:
    return len(next(iter(points.values())))
