"""Values of a long axis that are worked out where they are needed, so that their number takes no memory.

>>> values = Spaced(1.0, 16.0, 5, geometric=True)
>>> len(values), values[1:3].tolist(), values[-1], values[np.array([0, 4])].tolist()
(5, [2.0, 4.0], np.float64(16.0), [1.0, 16.0])
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

PIECE = 2**17  # points that are looked at together
LONG = 2**20  # values of an axis that may be in memory
ROW = 2**12  # values with even ratios that are made of one of them


@dataclass(frozen=True)
class Spaced:
    """So many values from ``low`` to ``high``, evenly spaced or with even ratios: those of ``np.linspace`` and
    ``np.geomspace`` but for rounding, with both ends as they are given. A value is the same whatever others are asked
    for with it. It is indexed and turned into an array as an array is."""

    low: float
    high: float
    count: int
    geometric: bool = False

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, at: Any) -> Any:
        if isinstance(at, slice):
            first, last, step = at.indices(self.count)
            if step == 1 and first < last:
                return self._stretch(first, last)
            at = np.arange(first, last, step)
        places = np.asarray(at) % self.count
        found = np.asarray(self._between(places))
        found[places == 0], found[places == self.count - 1] = self.low, self.high
        return found[()]

    def _stretch(self, first: int, last: int) -> NDArray[np.float64]:
        """The values from one place to another, of which even ratios are made by whole rows of a table."""
        if self.geometric:
            coarse, fine = self._factors
            start = first - first % ROW
            found = np.outer(coarse[first // ROW : (last - 1) // ROW + 1], fine).ravel()[first - start : last - start]
        else:
            found = self._between(np.arange(first, last))
        if first == 0:
            found[0] = self.low
        if last == self.count:
            found[-1] = self.high
        return found

    def _between(self, places: NDArray[np.integer[Any]]) -> Any:
        """The values at places, but for the ends."""
        if self.geometric:
            coarse, fine = self._factors
            return coarse[places // ROW] * fine[places % ROW]
        return places * ((self.high - self.low) / (self.count - 1)) + self.low

    @cached_property
    def _factors(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The value at the start of each row of so many, and the ratios to it of those in a row: with these a value
        takes a product, which is ten times as fast as a power."""
        first, step = np.log10(self.low), (np.log10(self.high) - np.log10(self.low)) / (self.count - 1)
        rows = np.arange(-(-self.count // ROW)) * float(ROW)
        return 10.0 ** (first + step * rows), 10.0 ** (step * np.arange(min(ROW, self.count)))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return np.asarray(self[:], dtype=dtype)


Values: TypeAlias = NDArray[Any] | Spaced


def parts(values: Values) -> Iterator[NDArray[Any]]:
    """The values in their order, so many at a time that it does not matter how many there are."""
    return (values[first : first + PIECE] for first in range(0, len(values), PIECE))


def ends(values: Values) -> tuple[Any, Any]:
    """The least and the largest value."""
    return (values[0], values[-1]) if isinstance(values, Spaced) else (values.min(), values.max())
