"""Values of a long axis that are worked out where they are needed, so that their number takes no memory.

>>> values = Spaced(1.0, 16.0, 5, geometric=True)
>>> len(values), values[1:3].tolist(), values[-1], values[np.array([0, 4])].tolist()
(5, [2.0, 4.0], np.float64(16.0), [1.0, 16.0])
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

PIECE = 2**17  # points that are looked at together
LONG = 2**20  # values of an axis that may be in memory


@dataclass(frozen=True)
class Spaced:
    """So many values from ``low`` to ``high``, evenly spaced or with even ratios; the same as those of ``np.linspace``
    and ``np.geomspace``, with both ends as they are given. It is indexed and turned into an array as an array is."""

    low: float
    high: float
    count: int
    geometric: bool = False

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, at: Any) -> Any:
        places = np.arange(*at.indices(self.count)) if isinstance(at, slice) else np.asarray(at) % self.count
        first, last = (np.log10(self.low), np.log10(self.high)) if self.geometric else (self.low, self.high)
        found = np.asarray(places * ((last - first) / (self.count - 1)))
        found += first
        if self.geometric:
            np.power(10.0, found, out=found)
        found[places == 0], found[places == self.count - 1] = self.low, self.high
        return found[()]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return np.asarray(self[:], dtype=dtype)


Values: TypeAlias = NDArray[Any] | Spaced


def parts(values: Values) -> Iterator[NDArray[Any]]:
    """The values in their order, so many at a time that it does not matter how many there are."""
    return (values[first : first + PIECE] for first in range(0, len(values), PIECE))


def ends(values: Values) -> tuple[Any, Any]:
    """The least and the largest value."""
    return (values[0], values[-1]) if isinstance(values, Spaced) else (values.min(), values.max())
