"""Contents of one norm in the dimensions that are compared, exactly: a few of them, by chance."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import permutations, product
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from sympy import Rational

from symcircuits.algebra import ExactMatrix

Word: TypeAlias = tuple[int | Fraction, ...]
_WORDS = 4


def of_one_norm(size: int, read: Sequence[int], seed: int) -> Sequence[Word]:
    """A few contents of one norm in some of ``size`` directions, now and then with two at a small angle."""
    return close(size, read, seed) if _is_close(seed) and len(read) > 1 else family(size, read, seed)


def _is_close(seed: int) -> bool:
    return seed % 5 == 2


def family(size: int, read: Sequence[int], seed: int) -> list[tuple[int, ...]]:
    """A few contents of one norm in some of ``size`` directions, whose products are less than the square of this norm
    by 1 at least.

    >>> sorted(family(2, [1], 0))
    [(0, -1), (0, 1)]
    """
    kinds = [{i: sign} for i in read for sign in (1, -1)]
    if len(read) > 1 and seed % 3:
        larger = 2 if seed % 3 == 2 else 1
        kinds = [{i: larger * a, k: b} for i, k in permutations(read, 2) for a, b in product((1, -1), repeat=2)]
    contents = sorted({tuple(kind.get(i, 0) for i in range(size)) for kind in kinds})
    chosen = np.random.default_rng([seed, 4]).permutation(len(contents))[:_WORDS]
    return [contents[i] for i in chosen]


def close(size: int, read: Sequence[int], seed: int) -> list[tuple[int, ...]]:
    """A few contents of one norm in some of ``size`` directions, of which two are at a small angle: what is added to
    their products, however little, tells them apart wrongly.

    >>> close(2, [0, 1], 0)
    [(0, -901), (901, 0), (899, -60), (-901, 0)]
    """
    chance, (p, q) = np.random.default_rng([seed, 4]), (30, 1)
    i, k = map(int, chance.permutation(read)[:2])
    sign = int(chance.choice([1, -1]))
    norm = p * p + q * q
    kinds = [{k: sign * norm}, {i: norm}, {i: p * p - q * q, k: 2 * sign * p * q}, {i: -norm}]
    return [tuple(kind.get(place, 0) for place in range(size)) for kind in kinds]


def projection_of(form: ExactMatrix, rank: int) -> ExactMatrix | None:
    """The orthogonal projection to so many dimensions of which a form is a multiple; ``None`` where it is no multiple,
    or the projection is not known in fractions.

    >>> projection_of(ExactMatrix.from_rows([[3, 3], [3, 3]]), 1).entries
    {(0, 0): 1/2, (0, 1): 1/2, (1, 0): 1/2, (1, 1): 1/2}
    >>> projection_of(ExactMatrix.from_rows([[1, 0], [0, 2]]), 2) is None
    True
    """
    weight = form.trace() / rank
    if not weight:
        return None
    entries = {place: value / weight for place, value in form.entries.items()}
    if not all(isinstance(value, Rational) for value in entries.values()):
        return None
    found = ExactMatrix.from_entries(form.shape, entries)
    return found if found.T == found and found @ found == found else None


def reflected(projection: ExactMatrix, seed: int) -> list[Word]:
    """A few contents of one norm in the dimensions to which an orthogonal projection in fractions leads: one of them,
    its opposite, and its reflections in others; now and then these are at small angles to it.

    >>> half = Rational(1, 2)
    >>> for word in reflected(ExactMatrix.from_rows([[half, half, 0], [half, half, 0], [0, 0, 1]]), 0):
    ...     print(*word)
    1 1 0
    -1 -1 0
    7/9 7/9 8/9
    1/3 1/3 -4/3
    """
    chance, size = np.random.default_rng([seed, 4]), projection.shape[0]
    P = np.array([[Fraction(str(projection[i, k])) for k in range(size)] for i in range(size)])
    images = [P @ chance.integers(-2, 3, size=size) for _ in range(_WORDS)] + list(P)
    first, *mirrors = (image for image in images if image.any())
    if _is_close(seed):
        square = first @ first
        mirrors = [30 * (mirror * square - first * (first @ mirror)) + first * square for mirror in mirrors]
    words = [first, -first, *(_reflection(first, mirror) for mirror in mirrors)]
    return list(dict.fromkeys(map(tuple, words)))[:_WORDS]


def _reflection(word: NDArray[Any], mirror: NDArray[Any]) -> NDArray[Any]:
    """A content reflected in the plane that is at right angles to the mirror."""
    return word - mirror * (2 * (mirror @ word) / (mirror @ mirror))
