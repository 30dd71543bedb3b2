"""Rows of non-zeros: the arithmetic of sparse matrices, on elements that become SymPy expressions when asked for.

>>> from sympy import Symbol
>>> a = Symbol("a")
>>> rows = Rows.of({(0, 0): a, (1, 0): -a})
>>> dict(rows.times(Rows.of({(0, 1): 2 + 0 * a})))
{(0, 1): 2*a, (1, 1): -2*a}
"""

from __future__ import annotations

from collections.abc import ItemsView, Iterator, KeysView, Mapping, ValuesView
from typing import TypeAlias

from sympy import Expr, Integer

from symcircuits.algebra.terms import ZERO, Element, read, times, total, written

Place: TypeAlias = tuple[int, int]
Table: TypeAlias = dict[int, dict[int, Element]]  # never changed once it is made

_EMPTY: dict[int, Element] = {}


class Rows(Mapping[Place, Expr]):
    """The entries of a matrix that are not literally zero, by (row, column); as a mapping, SymPy expressions.

    Both forms, elements by row and expressions by place, are worked out from the other when first asked for.
    """

    __slots__ = ("_expressions", "_table")

    def __init__(self, table: Table | None, expressions: dict[Place, Expr] | None = None) -> None:
        self._table = table
        self._expressions = expressions

    @staticmethod
    def of(expressions: Mapping[Place, Expr]) -> Rows:
        """The rows of entries that are given as expressions, none of them zero."""
        return expressions if isinstance(expressions, Rows) else Rows(None, dict(expressions))

    @property
    def table(self) -> Table:
        """The elements of every row that is not empty, by row and by column."""
        if self._table is None:
            self._table = {}
            known: dict[Expr, Element] = {}
            for (i, j), value in self.expressions.items():
                element = known.get(value)
                if element is None:
                    element = known[value] = read(value)
                self._table.setdefault(i, {})[j] = element
        return self._table

    @property
    def expressions(self) -> dict[Place, Expr]:
        """The entries as expressions; equal entries are one object."""
        if self._expressions is None:
            known: dict[Element, Expr] = {}
            self._expressions = {}
            for i, row in self.table.items():
                for j, element in row.items():
                    value = known.get(element)
                    if value is None:
                        value = known[element] = written(element)
                    self._expressions[i, j] = value
        return self._expressions

    def __getitem__(self, place: Place) -> Expr:
        return self.expressions[place]

    def __iter__(self) -> Iterator[Place]:
        return iter(self.expressions)

    def __len__(self) -> int:
        return len(self.expressions)

    def keys(self) -> KeysView[Place]:
        """The places."""
        return self.expressions.keys()

    def items(self) -> ItemsView[Place, Expr]:
        """The places and the entries as expressions."""
        return self.expressions.items()

    def values(self) -> ValuesView[Expr]:
        """The entries as expressions."""
        return self.expressions.values()

    def __repr__(self) -> str:
        return repr(self.expressions)

    def by_row(self) -> dict[int, dict[int, Expr]]:
        """The entries as expressions, by row and by column."""
        rows: dict[int, dict[int, Expr]] = {}
        for (i, j), value in self.expressions.items():
            rows.setdefault(i, {})[j] = value
        return rows

    def transposed(self) -> Rows:
        """The transpose."""
        if self._table is None:
            return Rows(None, {(j, i): value for (i, j), value in self.expressions.items()})
        columns: Table = {}
        for i, row in self._table.items():
            for j, element in row.items():
                columns.setdefault(j, {})[i] = element
        return Rows(columns)

    def times(self, other: Rows) -> Rows:
        """The matrix product."""
        table: Table = {}
        others = other.table
        for i, row in self.table.items():
            found: dict[int, Element] = {}
            sums: dict[int, list[Element]] = {}
            for k, a in row.items():
                for j, b in others.get(k, _EMPTY).items():
                    product = times(a, b)
                    if j in found:
                        sums.setdefault(j, [found[j]]).append(product)
                    else:
                        found[j] = product
            for j, elements in sums.items():
                found[j] = total(elements)
            _put(table, i, found)
        return Rows(table)

    def plus(self, other: Rows, sign: int) -> Rows:
        """The sum, the other one times ``sign``."""
        theirs = other.table if sign == 1 else other.scaled(Integer(sign)).table
        table = dict(self.table)
        for i, row in theirs.items():
            mine = table.pop(i, _EMPTY)
            both = {j: total([mine[j], element]) for j, element in row.items() if j in mine}
            _put(table, i, {**mine, **row, **both})
        return Rows(table)

    def scaled(self, factor: Expr) -> Rows:
        """The matrix times a number."""
        scale = read(factor)
        table: Table = {}
        if scale is ZERO:
            return Rows(table)
        for i, row in self.table.items():
            _put(table, i, {j: times(scale, element) for j, element in row.items()})
        return Rows(table)

    def kron(self, other: Rows, shape: Place) -> Rows:
        """The Kronecker product with a matrix of that shape."""
        height, width = shape
        table: Table = {}
        for i, row in self.table.items():
            for p, inner in other.table.items():
                found = {j * width + q: times(a, b) for j, a in row.items() for q, b in inner.items()}
                _put(table, i * height + p, found)
        return Rows(table)


def _put(table: Table, i: int, row: dict[int, Element]) -> None:
    """Put a row in its place, without the zeros that have come out."""
    kept = {j: element for j, element in row.items() if element is not ZERO}
    if kept:
        table[i] = kept
