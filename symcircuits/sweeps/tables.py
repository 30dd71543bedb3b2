"""What a file of results is made of: attributes, axes, and the numbers of each measure, piece by piece.

>>> boxes((3, 4), 4)[:2]
[(slice(0, 1, None), slice(0, 4, None)), (slice(1, 2, None), slice(0, 4, None))]
>>> boxes((2, 5), 3)[:2]
[(slice(0, 1, None), slice(0, 3, None)), (slice(0, 1, None), slice(3, 5, None))]
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from math import prod
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from symcircuits.sweeps.blocks import cut
from symcircuits.sweeps.points import Array
from symcircuits.sweeps.spaced import PIECE, Spaced, Values

if TYPE_CHECKING:
    import xarray

Box: TypeAlias = tuple[slice, ...]


@dataclass(frozen=True, eq=False)
class Column:
    """An axis, of its values, or a measure, without its numbers; with its attributes."""

    attributes: Mapping[str, Any]
    values: Values | None = None


@dataclass(frozen=True, eq=False)
class Table:
    """A result: its ``axes`` in order, its ``measures``, and a function that gives the numbers of each in a box."""

    attributes: Mapping[str, Any]
    axes: Mapping[str, Column]
    measures: Mapping[str, Column]
    numbers: Callable[[Box], Mapping[str, Array]]

    @cached_property
    def shape(self) -> tuple[int, ...]:
        """How many values each axis has."""
        return tuple(len(self.values(name)) for name in self.axes)

    @property
    def nbytes(self) -> int:
        """The size of all numbers and of the values of the axes."""
        return 8 * (prod(self.shape) * len(self.measures) + sum(self.shape))

    def values(self, axis: str) -> Values:
        """The values of an axis."""
        found = self.axes[axis].values
        assert found is not None
        return found

    def pieces(self) -> Iterator[tuple[Box, Mapping[str, Array]]]:
        """Boxes that follow one another in the order of the points, with the numbers in them."""
        for box in boxes(self.shape, PIECE):
            yield box, self.numbers(box)

    def rows(self) -> Iterator[dict[str, Any]]:
        """Columns of the points one after the other, a piece at a time: the axes, then the measures."""
        for box, found in self.pieces():
            sizes = [part.stop - part.start for part in box]
            columns: dict[str, Any] = {}
            for place, (name, part) in enumerate(zip(self.axes, box, strict=True)):
                after = prod(sizes[place + 1 :])
                columns[name] = np.tile(np.repeat(self.values(name)[part], after), prod(sizes[:place]))
            yield columns | {name: numbers.ravel() for name, numbers in found.items()}


def boxes(shape: tuple[int, ...], size: int) -> list[Box]:
    """Boxes of at most so many points, each of which is a stretch of the points in their order, and all of them in that
    order."""
    whole = len(shape)
    while whole and prod(shape[whole - 1 :]) <= size:
        whole -= 1
    if whole == 0:
        return [tuple(slice(0, length) for length in shape)]
    steps = [1] * (whole - 1) + [max(1, size // prod(shape[whole:]))] + list(shape[whole:])
    stretches = [[slice(*ends) for ends in cut(0, length, step)] for length, step in zip(shape, steps, strict=True)]
    return list(product(*stretches))


def table_of(result: xarray.Dataset) -> Table:
    """The table of a result in memory."""
    axes = {str(name): Column(result[name].attrs, result[name].values) for name in next(iter(result.values())).dims}
    measures = {str(name): Column(values.attrs) for name, values in result.data_vars.items()}
    return Table(result.attrs, axes, measures, lambda box: {name: result[name].values[box] for name in measures})


def is_long(axis: Column) -> bool:
    """Whether an axis is one that is made piece by piece."""
    return isinstance(axis.values, Spaced)
