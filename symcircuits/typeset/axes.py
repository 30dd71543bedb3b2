"""Labelled axes: what names the rows and columns of a matrix.

>>> axis = Axis.of_blocks(("c", ["c_{0}", "c_{1}"]), ("v", ["v_{0}"]))
>>> len(axis), axis.blocks, list(axis.block_starts())
(3, (('c', 2), ('v', 1)), [0, 2])
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate


@dataclass(frozen=True)
class Axis:
    """LaTeX labels, one an index, grouped in named blocks (LaTeX name, size) that cover them in order.

    The labels of a ``strict`` axis are directions: a product over it needs the same ones on both sides. Others are for
    print alone, such as those of the dimensions inside a head.
    """

    labels: tuple[str, ...]
    blocks: tuple[tuple[str, int], ...]
    strict: bool = True

    @classmethod
    def of_blocks(cls, *blocks: tuple[str, Sequence[str]], strict: bool = True) -> Axis:
        """An axis from blocks, each a LaTeX name with its labels."""
        labels = tuple(label for _, block in blocks for label in block)
        return Axis(labels, tuple((name, len(block)) for name, block in blocks), strict)

    def fits(self, other: Axis) -> bool:
        """Whether a product may run over both: the same directions, or no directions at all."""
        return not (self.strict and other.strict) or self.labels == other.labels

    def __len__(self) -> int:
        return len(self.labels)

    def block_starts(self) -> Iterator[int]:
        """The index at which each block begins."""
        return iter(list(accumulate((size for _, size in self.blocks), initial=0))[:-1])
