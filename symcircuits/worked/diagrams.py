"""Figures of matrices and heads, as values: which block is read and written, and who reads whom.

>>> from symcircuits.circuit import Residual
>>> from symcircuits.typeset.formulas import Name
>>> stream = Residual.numbered(a=2, b=2)
>>> head = Head(W_V=stream.read("a"), W_O=stream.write("b"))
>>> BlockFigure((head.W_OV.named(Name("W")),)).blocks(0)
[Block(row=1, column=0, mark='\\\\mathrm{Id}')]
>>> ReadsFigure((head,), tokens=3).arrows()
[Arrow(layer=1, source=1, target=2, read=('0', '1'), written=('2', '3'))]
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sympy import Expr, S, Symbol

from symcircuits.algebra import ExactMatrix, Factored
from symcircuits.circuit import Head
from symcircuits.errors import BadValue
from symcircuits.typeset.axes import Axis
from symcircuits.typeset.formulas import to_latex
from symcircuits.typeset.readable import readable


@dataclass(frozen=True)
class Block:
    """A block of a matrix that is not zero, by the numbers of its row block and column block, and what it is."""

    row: int
    column: int
    mark: str


@dataclass(frozen=True)
class BlockFigure:
    """Matrices of one stream side by side, block by block: columns are what is read, rows what is written.

    Each matrix needs a name and labelled axes. Entries that are not zero are drawn at their places; a block is marked
    as an identity or with its rank. Raises ``BadValue`` for no matrix, or for one without a name or labels.
    """

    matrices: tuple[ExactMatrix | Factored, ...]

    def __post_init__(self) -> None:
        if not self.matrices:
            raise BadValue("expected at least one matrix to draw, got none")
        for matrix in self.matrices:
            if matrix.formula is None or None in self._axes(matrix):
                raise BadValue("a matrix to draw needs a name, and labels on its rows and columns")

    def name(self, place: int) -> str:
        """The name of a matrix, as LaTeX."""
        formula = self.matrices[place].formula
        return to_latex(formula) if formula else ""

    def entries(self, place: int) -> Mapping[tuple[int, int], Expr]:
        """The entries of a matrix that are not zero."""
        return _whole(self.matrices[place]).entries

    def axes(self, place: int) -> tuple[Axis, Axis]:
        """The labels of the rows and of the columns."""
        rows, columns = self._axes(self.matrices[place])
        if rows is None or columns is None:
            raise BadValue("a matrix to draw needs labels on its rows and columns")
        return rows, columns

    @staticmethod
    def _axes(matrix: ExactMatrix | Factored) -> tuple[Axis | None, Axis | None]:
        whole = _whole(matrix)
        return whole.rows, whole.columns

    def blocks(self, place: int) -> list[Block]:
        """The blocks of a matrix that are not zero, in reading order."""
        rows, columns = (list(_spans(axis)) for axis in self.axes(place))
        entries = self.entries(place)
        found = []
        for i, (top, bottom) in enumerate(rows):
            for j, (left, right) in enumerate(columns):
                inside = {
                    (a - top, b - left): value
                    for (a, b), value in entries.items()
                    if top <= a < bottom and left <= b < right
                }
                if inside:
                    found.append(Block(i, j, _mark((bottom - top, right - left), inside)))
        return found

    def told(self) -> Mapping[Symbol, Expr]:
        """No values: a matrix is drawn as it is."""
        return {}

    def alt(self) -> str:
        """What is seen, in words, for readers who do not see it."""
        return " ".join(self._spoken(place) for place in range(len(self.matrices)))

    def _spoken(self, place: int) -> str:
        rows, columns = self.axes(place)
        parts = [
            f"block {readable(rows.blocks[block.row][0])} reads block {readable(columns.blocks[block.column][0])}"
            for block in self.blocks(place)
        ]
        return f"{readable(self.name(place))}: {', '.join(parts) or 'zero'}."


def _whole(matrix: ExactMatrix | Factored) -> ExactMatrix:
    return matrix.expand() if isinstance(matrix, Factored) else matrix


def _spans(axis: Axis) -> Iterator[tuple[int, int]]:
    for start, (_, size) in zip(axis.block_starts(), axis.blocks, strict=True):
        yield start, start + size


def _mark(shape: tuple[int, int], entries: Mapping[tuple[int, int], Expr]) -> str:
    height, width = shape
    if height == width and dict(entries) == {(i, i): S.One for i in range(height)}:
        return r"\mathrm{Id}"
    return rf"\mathrm{{rank}}\ {ExactMatrix(shape, entries).rank()}"


@dataclass(frozen=True)
class Arrow:
    """A move of head ``layer`` (from 1): token ``target`` reads some directions of ``source`` and writes others."""

    layer: int
    source: int
    target: int
    read: tuple[str, ...]
    written: tuple[str, ...]


@dataclass(frozen=True)
class ReadsFigure:
    """Who reads whom: tokens across, layers up, and an arrow for every move that ends in the last token.

    ``heads`` are one a layer, with ``W_V`` and ``W_O``; ``back`` says how many tokens back each attends, by default 1.
    The moves are traced through the non-zero entries of ``W_O W_V``, from the last token down. Raises ``BadValue`` for
    too few tokens, or another number of offsets than of heads.
    """

    heads: tuple[Head, ...]
    back: tuple[int, ...] = ()
    tokens: int = 4

    def __post_init__(self) -> None:
        if self.back and len(self.back) != len(self.heads):
            raise BadValue(f"{len(self.back)} offsets for {len(self.heads)} heads")
        if not self.heads or self.tokens <= sum(self._offsets()):
            raise BadValue(f"expected more than {sum(self._offsets())} tokens for these heads, got {self.tokens}")

    def _offsets(self) -> tuple[int, ...]:
        return self.back or (1,) * len(self.heads)

    def arrows(self) -> list[Arrow]:
        """The moves, from the last layer down; of what an earlier head writes, only what is read on is told."""
        return list(self._into(self.tokens - 1, len(self.heads), None))

    def _into(self, token: int, layer: int, needed: frozenset[int] | None) -> Iterator[Arrow]:
        """The moves into a token up to a layer that matter for these directions (all, for ``None``)."""
        if layer == 0:
            return
        head, source = self.heads[layer - 1], token - self._offsets()[layer - 1]
        pairs = [place for place in sorted(head.W_OV.expand().entries) if needed is None or place[0] in needed]
        if pairs:
            labels = head.stream.labels
            read, written = (sorted({pair[side] for pair in pairs}) for side in (1, 0))
            yield Arrow(layer, source, token, *(tuple(labels[i] for i in side) for side in (read, written)))
            yield from self._into(source, layer - 1, frozenset(read))
        yield from self._into(token, layer - 1, needed)

    def told(self) -> Mapping[Symbol, Expr]:
        """No values: the moves are exact."""
        return {}

    def alt(self) -> str:
        """What is seen, in words, for readers who do not see it."""
        parts = [
            f"in layer {arrow.layer} token {arrow.target} reads directions {_listed(arrow.read)} of token "
            f"{arrow.source} and writes them to {_listed(arrow.written)}"
            for arrow in self.arrows()
        ]
        return f"Moves between {self.tokens} tokens: {'; '.join(parts)}."


def _listed(labels: tuple[str, ...]) -> str:
    return readable(", ".join(labels))
