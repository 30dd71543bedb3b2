"""The residual stream as named blocks of labelled directions; nobody counts columns by hand.

>>> stream = Residual(content=2, v=2)
>>> stream.d_model, stream["v"].labels
(4, ('v_{0}', 'v_{1}'))
>>> (stream.write("v") @ stream.read("content")).entries
{(2, 0): 1, (3, 1): 1}
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

from symcircuits.algebra import ExactMatrix, column_of
from symcircuits.algebra.values import Exact
from symcircuits.circuit.positions import Index, Position, Sinusoids, latex_index
from symcircuits.errors import BadValue, UnknownName
from symcircuits.symbols import coordinate
from symcircuits.typeset.axes import Axis
from symcircuits.typeset.formulas import Name
from symcircuits.typeset.names import latex_name

Block: TypeAlias = int | Position | tuple[str, ...]


@dataclass(frozen=True)
class Directions:
    """Some directions of a stream, in order: a block, or a part of one.

    ``directions[1:3]`` and ``directions[0]`` are parts; ``a + b`` joins two.
    """

    name: str
    places: tuple[int, ...]
    labels: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.places)

    def __getitem__(self, which: int | slice) -> Directions:
        if isinstance(which, int):
            if not -len(self) <= which < len(self):
                raise BadValue(f"block {self.name} has directions 0 to {len(self) - 1}, got {which}")
            which = slice(which, which + 1 or None)
        return Directions(self.name, self.places[which], self.labels[which])

    def __add__(self, other: Directions) -> Directions:
        return Directions(f"{self.name}, {other.name}", self.places + other.places, self.labels + other.labels)


class Residual(Axis):
    """The residual stream: blocks by name, each a number of directions or a position.

    ``Residual(content=8, position=Sinusoids(4), v=8)`` has 24 directions: ``content_0``, ..., the cosines and sines of
    four frequency pairs, ``v_0``, .... ``Residual.numbered(...)`` labels all directions 0, 1, 2, ... instead. A block
    given as texts has a direction for each, which is its LaTeX label.
    Raises ``BadValue`` for a block without directions.

    >>> Residual(flag=(r"\\text{is A}", r"\\text{is B}")).labels
    ('\\\\text{is A}', '\\\\text{is B}')
    """

    _parts: dict[str, Axis]
    _content: dict[str, int | Position]

    def __init__(self, **blocks: Block) -> None:
        self._setup(blocks, numbered=False)

    @classmethod
    def numbered(cls, **blocks: int) -> Residual:
        """A stream whose directions are called by their number, from 0.

        >>> Residual.numbered(first=2, second=2)["second"].labels
        ('2', '3')
        """
        stream = cls.__new__(cls)
        stream._setup(blocks, numbered=True)
        return stream

    def _setup(self, blocks: Mapping[str, Block], numbered: bool) -> None:
        if not blocks:
            raise BadValue("expected at least one block of the residual stream")
        parts: dict[str, Axis] = {}
        start = 0
        for name, block in blocks.items():
            parts[name] = _block_axis(name, block, start if numbered else None)
            start += len(parts[name])
        labels = tuple(label for part in parts.values() for label in part.labels)
        super().__init__(labels, tuple(group for part in parts.values() for group in part.blocks))
        object.__setattr__(self, "_parts", parts)
        object.__setattr__(self, "_content", {name: _sized(block) for name, block in blocks.items()})

    @property
    def d_model(self) -> int:
        """The number of directions."""
        return len(self)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the blocks, in order."""
        return tuple(self._parts)

    def positions(self) -> dict[str, Position]:
        """The blocks that are positions, by name."""
        return {name: block for name, block in self._content.items() if not isinstance(block, int)}

    @cached_property
    def _starts(self) -> dict[str, int]:
        starts, start = {}, 0
        for name, part in self._parts.items():
            starts[name] = start
            start += len(part)
        return starts

    def __getitem__(self, name: str) -> Directions:
        """The directions of a block; raises ``UnknownName``."""
        if name not in self._parts:
            raise UnknownName("block of the residual stream", name, self._parts)
        start, part = self._starts[name], self._parts[name]
        return Directions(name, tuple(range(start, start + len(part))), part.labels)

    def select(self, which: str | Directions | Position) -> Directions:
        """Directions from a block's name, from directions, or from a position that this stream begins with."""
        if isinstance(which, str):
            return self[which]
        if not isinstance(which, Directions):
            return self._of_position(which)
        if any(place >= len(self) for place in which.places) or self._labels_at(which) != which.labels:
            raise BadValue(f"the directions of {which.name} belong to another residual stream")
        return which

    def _labels_at(self, which: Directions) -> tuple[str, ...]:
        return tuple(self.labels[place] for place in which.places)

    def _of_position(self, position: Position) -> Directions:
        for name, block in self._content.items():
            if isinstance(block, int):
                continue
            same_kind = isinstance(block, Sinusoids) and isinstance(position, Sinusoids)
            if block == position or (
                same_kind and position.axis().labels == block.axis().labels[: len(position.axis())]
            ):
                return self[name][: len(position.axis())]
        raise BadValue(f"the residual stream holds no position {position}")

    def read(self, *which: str | Directions | Position) -> ExactMatrix:
        """The matrix ``[k, d_model]`` that selects ``k`` directions, in the order given."""
        directions = self._joined(which)
        inside = self._positional(directions) or [f"h_{{{i}}}" for i in range(len(directions))]
        axis = Axis.of_blocks(("h", inside), strict=False)
        entries = {(i, place): 1 for i, place in enumerate(directions.places)}
        return ExactMatrix.from_entries((len(directions), self.d_model), entries, axis, self)

    def write(self, *which: str | Directions | Position) -> ExactMatrix:
        """The matrix ``[d_model, k]`` that writes ``k`` numbers to directions: the transpose of ``read``."""
        return self.read(*which).T

    def _positional(self, directions: Directions) -> tuple[str, ...]:
        """The labels of directions that all belong to positions, else nothing."""
        places = {place for name in self.positions() for place in self[name].places}
        return directions.labels if places.issuperset(directions.places) else ()

    def _joined(self, which: tuple[str | Directions | Position, ...]) -> Directions:
        parts = [self.select(part) for part in which]
        if not parts:
            raise BadValue("expected at least one block or direction to read or write")
        joined = parts[0]
        for part in parts[1:]:
            joined = joined + part
        return joined

    def unit(self, direction: Directions) -> ExactMatrix:
        """The unit column ``[d_model, 1]`` of a single direction; raises ``BadValue`` for several."""
        column = ExactMatrix.from_entries((self.d_model, 1), {(_place(direction), 0): 1}, self)
        return column.named(Name(rf"e_{{{direction.labels[0]}}}"))

    def matrix(self, entries: Mapping[tuple[Directions, Directions], Exact]) -> ExactMatrix:
        """The matrix ``[d_model, d_model]`` with these entries, each at (direction written, direction read)."""
        placed = {(_place(written), _place(read)): value for (written, read), value in entries.items()}
        return ExactMatrix.from_entries((self.d_model, self.d_model), placed, self, self)

    def at(self, n: Index) -> ExactMatrix:
        """The column of token ``n``: its position, and a free symbol in every other direction."""
        values, token = [], str(n)
        for name, block in self._content.items():
            if isinstance(block, int):
                values += [coordinate(name, i, token, _short(name)) for i in range(block)]
            else:
                place = block.at(n)
                values += [place[i, 0] for i in range(place.shape[0])]
        return column_of(values, self).named(Name(f"x_{{{latex_index(n)}}}"))

    def __hash__(self) -> int:
        return hash((self.labels, self.blocks))


def _sized(block: Block) -> int | Position:
    return len(block) if isinstance(block, tuple) else block


def _block_axis(name: str, block: Block, number_from: int | None) -> Axis:
    if isinstance(block, tuple) and block:
        return Axis.of_blocks((_short(name), block))
    if hasattr(block, "axis"):
        return block.axis()
    if not isinstance(block, int) or isinstance(block, bool) or block < 1:
        raise BadValue(f"block {name} of the residual stream needs at least one direction, got {block!r}")
    label = _short(name)
    if number_from is None:
        return Axis.of_blocks((label, [f"{label}_{{{i}}}" for i in range(block)]))
    return Axis.of_blocks(
        (f"{number_from}\\text{{–}}{number_from + block - 1}", [str(number_from + i) for i in range(block)])
    )


def _short(name: str) -> str:
    return r"\mathrm{cont}" if name == "content" else latex_name(name)


def _place(direction: Directions) -> int:
    if len(direction) != 1:
        raise BadValue(f"expected a single direction, got {len(direction)} of {direction.name}")
    return direction.places[0]
