"""Products of two thin factors, never multiplied out: sizes, singular values, ranks, copying scores.

A product ``left @ right`` is ``[rows, inner] @ [inner, columns]`` with a small ``inner``. All its numbers come from
matrices of the inner size.

>>> column = np.array([[3.0], [0.0], [4.0]])
>>> singular_values(column, column.T), copying(column, column.T).value
(array([25.]), 1.0)
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from symcircuits.analysis.scores import Score

Array = NDArray[np.floating[Any]]
NILPOTENT = "0/0: the matrix is nilpotent, all its eigenvalues are 0"
ZERO = "0/0: the matrix is zero"


def triangle(matrix: Array) -> Array:
    """``R`` of ``matrix = Q R`` with orthonormal columns in ``Q``: ``[inner, inner]``, or fewer rows."""
    found: Array = np.linalg.qr(np.asarray(matrix, dtype=np.float64), mode="r")  # type: ignore[assignment]
    return found


def singular_values(left: Array, right: Array) -> Array:
    """Those of the product, the ``inner`` largest, in descending order."""
    found: Array = np.linalg.svd(triangle(left) @ triangle(right.T).T, compute_uv=False)
    return found


def rank(values: Array, longest: int, precision: float) -> int:
    """The number of singular values above rounding: the largest times ``longest`` (a side) times ``precision``."""
    return int((values > values.max(initial=0.0) * longest * precision).sum())


def copying(left: Array, right: Array, precision: float = 2.0**-52) -> Score:
    """``sum(l) / sum(|l|)`` over the eigenvalues of the square product, those of ``right @ left`` and zeros.

    Undefined where the product is zero, or nilpotent up to ``precision``, that of the weights.

    >>> copying(np.eye(2)[:, :1], np.eye(2)[1:]).why
    '0/0: the matrix is nilpotent, all its eigenvalues are 0'
    """
    return copying_of_small(right @ left, float(np.linalg.norm(left) * np.linalg.norm(right)), precision)


def copying_of_small(inner: Array, size: float, precision: float) -> Score:
    """The same from ``right @ left`` itself; ``size`` is the product of the norms of the factors.

    A nilpotent matrix has eigenvalues that rounding makes anything but small, so it is told by its powers.
    """
    if size == 0.0:
        return Score.undefined(ZERO)
    if _is_nilpotent(inner, size, precision):
        return Score.undefined(NILPOTENT)
    values = np.linalg.eigvals(inner)
    return Score.of(float(values.sum().real / np.abs(values).sum()))


def _is_nilpotent(inner: Array, size: float, precision: float) -> bool:
    """Whether some power is within rounding of what the power before it and the matrix allow."""
    noise = len(inner) * precision
    length = float(np.linalg.norm(inner))
    if length <= noise * size:
        return True
    power = inner = inner / length
    for _ in range(len(inner) - 1):
        following = power @ inner
        grown = float(np.linalg.norm(following))
        if grown <= noise:
            return True
        power = following / grown
    return False
