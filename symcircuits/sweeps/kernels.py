"""What the backend numba does: exponentials and their sums in one go, many points at a time.

Arrays have the points last, so that every inner loop is one over points and is vectorised. The exponential is made of
shifts and products, so that it is vectorised too. Only this module imports numba.

>>> exponentials(np.array([0.0, 1.0, -np.inf, 800.0]))
array([1.        , 2.71828183, 0.        ,        inf])
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from math import factorial
from typing import Any

import numpy as np
from numba import njit, types
from numba.extending import intrinsic
from numpy.typing import NDArray

from symcircuits.sweeps.points import Array
from symcircuits.sweeps.quantities import Part, Quantities, row_quantities

ERROR = 1e-14  # how far shares of attention are from those of NumPy at most

_LOG2_E = 1.4426950408889634
_LN2_HIGH = 6.93147180369123816490e-01  # ln 2 to 33 bits, so that its products with whole numbers are exact
_LN2_LOW = 1.90821492927058770002e-10
_SHIFT = 6755399441055744.0  # 1.5 * 2**52: a float to which it is added has its whole part in its last bits
_LEAST, _LARGEST = -708.0, 709.0  # beyond them the result is taken as 0 and as infinite
_TAYLOR = tuple(1 / factorial(k) for k in range(14))  # to 5e-18 up to ln(2) / 2
_COMPILED: dict[str, Any] = {"error_model": "numpy", "fastmath": {"contract"}}


@intrinsic
def _bits(context: Any, value: Any) -> Any:
    """The bits of a float as an integer."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], context.get_value_type(types.int64))

    return types.int64(types.float64), generate


@intrinsic
def _float(context: Any, value: Any) -> Any:
    """The float of which an integer is the bits."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], context.get_value_type(types.float64))

    return types.float64(types.int64), generate


@njit(inline="always", **_COMPILED)
def _exp(x: float) -> float:
    shifted = x * _LOG2_E + _SHIFT
    whole = shifted - _SHIFT
    rest = (x - whole * _LN2_HIGH) - whole * _LN2_LOW
    total = _TAYLOR[13]
    total = total * rest + _TAYLOR[12]
    total = total * rest + _TAYLOR[11]
    total = total * rest + _TAYLOR[10]
    total = total * rest + _TAYLOR[9]
    total = total * rest + _TAYLOR[8]
    total = total * rest + _TAYLOR[7]
    total = total * rest + _TAYLOR[6]
    total = total * rest + _TAYLOR[5]
    total = total * rest + _TAYLOR[4]
    total = total * rest + _TAYLOR[3]
    total = total * rest + _TAYLOR[2]
    total = total * rest + _TAYLOR[1]
    total = total * rest + _TAYLOR[0]
    found = total * _float((_bits(shifted) + 1023) << 52)
    found = 0.0 if x < _LEAST else found
    return np.inf if x > _LARGEST else found


@njit(**_COMPILED)
def _exponentials(values: NDArray[np.float64], out: NDArray[np.float64]) -> None:
    for i in range(len(values)):
        out[i] = _exp(values[i])


@njit(**_COMPILED)
def _tails(ahead: NDArray[np.float64], wanted: int, masses: NDArray[np.float64], leaks: NDArray[np.float64]) -> None:
    distances, points = ahead.shape
    tail = np.zeros(points)
    for distance in range(distances):
        for i in range(points):
            tail[i] += _exp(ahead[distance, i])
        row = distance - wanted
        if row >= 0 and len(masses):
            for i in range(points):
                masses[row, i] = 1 / (1 + tail[i])
        if row >= 0 and len(leaks):
            for i in range(points):
                leaks[row, i] = 1 / (1 + 1 / tail[i])


@njit(**_COMPILED)
def _shares(
    scores: NDArray[np.float64], rows: NDArray[np.int64], wanted: NDArray[np.bool_], shares: NDArray[np.float64]
) -> None:
    points = scores.shape[-1]
    top = np.empty(points)
    for place in range(len(rows)):
        top[:] = -np.inf
        for key in range(rows[place] + 1):
            for i in range(points):
                score = scores[place, key, i]
                top[i] = score if score > top[i] else top[i]
        right, other = shares[0, place], shares[1, place]
        right[:] = 0
        other[:] = 0
        for key in range(rows[place] + 1):
            into = right if wanted[place, key] else other
            for i in range(points):
                into[i] += _exp(scores[place, key, i] - top[i])
        for i in range(points):
            total = right[i] + other[i]
            right[i] /= total
            other[i] /= total


def exponentials(values: Array) -> Array:
    """The exponential of each value, to a unit of the last bit; 0 below -708, infinite above 709."""
    flat = np.ascontiguousarray(values, dtype=np.float64).ravel()
    out = np.empty_like(flat)
    _exponentials(flat, out)
    return out.reshape(np.shape(values))


def tails(ahead: Array, wanted: int, with_masses: bool, with_leaks: bool) -> tuple[Array | None, Array | None]:
    """Masses and leaks ``[rows, points]`` of rows that see the keys up to each distance from the ``wanted`` one on:
    ``ahead`` ``[distances, points]`` says by how much the score of a key is above the wanted one, whose own is -inf."""
    shape = (len(ahead) - wanted, ahead.shape[1])
    masses, leaks = (np.empty(shape if asked else (0, shape[1])) for asked in (with_masses, with_leaks))
    _tails(ahead, wanted, masses, leaks)
    return masses if with_masses else None, leaks if with_leaks else None


def of_rows(
    scores: Array, rows: NDArray[np.integer[Any]], wanted: NDArray[np.bool_], parts: Collection[Part]
) -> Quantities:
    """The quantities of scores ``[rows, keys, points]`` of queries at these ``rows``, which see the keys up to
    themselves and want some of them. Leads are those of NumPy."""
    found = Quantities()
    if "masses" in parts or "leaks" in parts:
        shares = np.empty((2, len(rows), scores.shape[-1]))
        _shares(scores, rows.astype(np.int64), wanted, shares)
        found = Quantities(shares[0].T, shares[1].T)
    if "leads" in parts:
        seen = np.tri(scores.shape[1], dtype=bool)[rows]
        by_points = np.ascontiguousarray(np.moveaxis(scores, -1, 0))
        found = replace(found, leads=row_quantities(by_points, wanted, seen, {"leads"}).leads)
    return found
