"""Rotary positions: nothing is added to the stream; queries and keys are turned by the place where they stand.

The query of token ``n`` is turned by ``shift(n)`` and the key of token ``m`` by ``shift(m)``. What is left in the score
is the turn between the two: ``(shift(n) q)^T (shift(m) k) = q^T shift(m - n) k``.

>>> from symcircuits.algebra import prove
>>> from symcircuits.symbols import m, n
>>> rotary = Rotary(2)
>>> bool(prove(rotary.shift(n).T @ rotary.shift(m), rotary.shift(m - n)))
True
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from sympy import Expr, Integer, Symbol, cos, sin

from symcircuits import symbols
from symcircuits.algebra import ExactMatrix
from symcircuits.circuit.positions import Geometric, Index, latex_index, whole
from symcircuits.errors import BadValue, UnknownName
from symcircuits.typeset.axes import Axis
from symcircuits.typeset.formulas import Name

Layout = Literal["adjacent", "half"]
LAYOUTS = ("adjacent", "half")


@dataclass(frozen=True)
class Rotary:
    """Frequency pairs in the first ``2 pairs`` dimensions of a head; pair ``i`` turns by ``alpha_i`` a token.

    In the layout ``"adjacent"`` pair ``i`` is the dimensions ``(2 i, 2 i + 1)``, in ``"half"`` it is
    ``(i, i + pairs)``. Raises ``BadValue`` for fewer than one pair, ``UnknownName`` for another layout.

    >>> Rotary(2).places(1), Rotary(2, "half").places(1)
    ((2, 3), (1, 3))
    """

    pairs: int
    layout: Layout = "adjacent"

    def __post_init__(self) -> None:
        if whole(self.pairs, "a number of frequency pairs") < 1:
            raise BadValue(f"expected at least one frequency pair, got {self.pairs}")
        if self.layout not in LAYOUTS:
            raise UnknownName("layout of rotary positions", self.layout, LAYOUTS)

    @property
    def angles(self) -> tuple[Symbol, ...]:
        """``alpha_i``, radians per token."""
        return tuple(symbols.alpha(i) for i in range(self.pairs))

    @property
    def size(self) -> int:
        """The number of dimensions that are turned."""
        return 2 * self.pairs

    @property
    def free_symbols(self) -> set[Symbol]:
        """The angles."""
        return set(self.angles)

    def places(self, i: int) -> tuple[int, int]:
        """The two dimensions of pair ``i``; raises ``BadValue`` where there is none."""
        if not 0 <= i < self.pairs:
            raise BadValue(f"expected a pair from 0 to {self.pairs - 1}, got {i}")
        return (2 * i, 2 * i + 1) if self.layout == "adjacent" else (i, i + self.pairs)

    def axis(self, d_head: int | None = None) -> Axis:
        """The labelled dimensions of a head with ``d_head`` of them (``None``: those that are turned, alone)."""
        cosines, sines = ([rf"\{wave}_{{{i}}}" for i in range(self.pairs)] for wave in ("cos", "sin"))
        rest = self._fitting(d_head) - self.size
        if self.layout == "half":
            blocks = [(r"\cos", cosines), (r"\sin", sines)]
        else:
            blocks = [(rf"\alpha_{{{i}}}", list(pair)) for i, pair in enumerate(zip(cosines, sines, strict=True))]
        return Axis.of_blocks(*blocks, *([("h", [f"h_{{{i}}}" for i in range(rest)])] if rest else []))

    def shift(self, k: Index, d_head: int | None = None) -> ExactMatrix:
        """The turn ``[d_head, d_head]`` of every pair by its own angle times ``k``; other dimensions stay as they are.

        Raises ``BadValue`` for a head with fewer than ``2 pairs`` dimensions.
        """
        size, axis = self._fitting(d_head), self.axis(d_head)
        entries: dict[tuple[int, int], Expr | int] = {(i, i): 1 for i in range(self.size, size)}
        for i, angle in enumerate(self.angles):
            (first, second), c, s = self.places(i), cos(angle * k), sin(angle * k)
            entries |= {(first, first): c, (first, second): -s, (second, first): s, (second, second): c}
        return ExactMatrix.from_entries((size, size), entries, axis, axis).named(self.turn(k))

    def turn(self, k: Index) -> Name:
        """The name of a turn by ``k`` tokens: ``R(k)``, in the half-split layout with a mark.

        >>> Rotary(1).turn(2)
        Name(latex='R(2)')
        """
        mark = "" if self.layout == "adjacent" else r"_{\mathrm{half}}"
        return Name(f"R{mark}({latex_index(k)})")

    def turned(self, x: ExactMatrix) -> ExactMatrix:
        """Queries or keys ``[d_head, n_ctx]``, each column turned by its own place."""
        entries: dict[tuple[int, int], Expr | int] = {}
        for token in range(x.shape[1]):
            column = self.shift(token, x.shape[0]) @ x.take_columns([token])
            entries |= {(row, token): value for (row, _), value in column.entries.items()}
        return ExactMatrix.from_entries(x.shape, entries, self.axis(x.shape[0]), x.columns)

    def from_adjacent(self) -> ExactMatrix:
        """The permutation ``[2 pairs, 2 pairs]`` that takes the dimensions of the adjacent layout to those of this one.

        >>> half = Rotary(2, "half")
        >>> P = half.from_adjacent()
        >>> P @ Rotary(2).shift(1) @ P.T == half.shift(1)
        True
        """
        adjacent = Rotary(self.pairs)
        ones: dict[tuple[int, int], Expr | int] = {}
        for i in range(self.pairs):
            ones |= {(to, came): 1 for to, came in zip(self.places(i), adjacent.places(i), strict=True)}
        return ExactMatrix.from_entries((self.size, self.size), ones, self.axis(), adjacent.axis())

    def suggested(self, base: int = 10000) -> Mapping[Symbol, Expr]:
        """Angles to run with: ``alpha_i = base^(-i / pairs)``, exactly.

        >>> list(Rotary(2).suggested().values())
        [1, 1/100]
        """
        return dict(zip(self.angles, Geometric(self.pairs, Integer(base)).angles, strict=True))

    def _fitting(self, d_head: int | None) -> int:
        size = self.size if d_head is None else d_head
        if size < self.size:
            raise BadValue(f"{self.pairs} frequency pairs need a head with {self.size} dimensions, got {size}")
        return size
