"""The rank of a sparse matrix, by exact elimination.

Rational matrices go to SymPy's sparse elimination over Q. With symbols the rank at one random point modulo a large
prime comes first: a minor that is not zero there is not zero, so that a rank which is as large as the shape allows is
the rank. Otherwise the entries are eliminated over the field of quotients of their normal forms, so that a rank counts
entries that cancel only after rewriting as the zeros they are.

>>> from sympy import Symbol, cos, sin
>>> a = Symbol("a")
>>> rank((2, 2), {(0, 0): cos(a), (0, 1): -sin(a), (1, 0): sin(a), (1, 1): cos(a)})
2
>>> rank((2, 2), {(0, 0): cos(a) ** 2, (0, 1): 1 - sin(a) ** 2, (1, 0): 1 + 0 * a, (1, 1): 1 + 0 * a})
1
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sympy import FF, QQ, Expr, Rational
from sympy.polys.matrices import DomainMatrix

from symcircuits.algebra.forms.normal_form import read_all
from symcircuits.algebra.forms.quotient import Quotient
from symcircuits.algebra.forms.reader import Reader
from symcircuits.algebra.forms.residues import PRIME, Residues
from symcircuits.errors import BudgetSpent, OutsideClass

Row = dict[int, Quotient]


def rank(shape: tuple[int, int], entries: Mapping[tuple[int, int], Expr]) -> int:
    """The rank over the field that the entries generate: with symbols, the rank at all but special values.

    Raises ``OutsideClass`` or ``BudgetSpent`` for entries that cannot be read.
    """
    if all(isinstance(value, Rational) for value in entries.values()):
        exact = {place: QQ(int(value.p), int(value.q)) for place, value in entries.items()}
        return int(DomainMatrix.from_dok(exact, shape, QQ).rank()) if entries else 0
    return _symbolic_rank(shape, entries)


def _symbolic_rank(shape: tuple[int, int], entries: Mapping[tuple[int, int], Expr]) -> int:
    try:
        quotients, reader = read_all(list(entries.values()))
    except RecursionError:
        raise BudgetSpent("an entry of the matrix is nested too deeply") from None
    related = reader.generators.possibly_related()
    if related:
        raise OutsideClass(f"the rank of a matrix with {related} in it is not decided: it may be related to the rest")
    rows: dict[int, Row] = {}
    for (i, j), quotient in zip(entries, quotients, strict=True):
        if quotient.numerator:
            rows.setdefault(i, {})[j] = quotient
    most = min(len(rows), len({j for row in rows.values() for j in row}))
    if _rank_at_a_point(shape, entries, reader) == most:
        return most
    remaining, found = list(rows.values()), 0
    while remaining:
        pivot_row = min(remaining, key=lambda row: (len(row), _size(row)))
        remaining.remove(pivot_row)
        found += 1
        column = min(pivot_row, key=lambda j: len(pivot_row[j].numerator))
        remaining = [
            row for row in (_eliminate(row, pivot_row, column, reader.generators.squares) for row in remaining) if row
        ]
    return found


def _rank_at_a_point(shape: tuple[int, int], entries: Mapping[tuple[int, int], Expr], reader: Reader) -> int:
    """The rank modulo a prime at a random point, which is never more than the rank; zero where there is a pole."""
    residues, field = Residues(reader), FF(PRIME)
    try:
        found = {place: field(residues.of(value)) for place, value in entries.items()}
    except OutsideClass:
        return 0
    kept = {place: residue for place, residue in found.items() if residue}
    return int(DomainMatrix.from_dok(kept, shape, field).rank()) if kept else 0


def _size(row: Row) -> int:
    return sum(len(quotient.numerator) for quotient in row.values())


def _eliminate(row: Row, pivot_row: Row, column: int, squares: Sequence[int]) -> Row:
    if column not in row:
        return row
    minus = Quotient({0: -1})
    factor = row[column].times(pivot_row[column].inverse(squares), squares).times(minus, squares)
    result: Row = {}
    for j in row.keys() | pivot_row.keys():
        if j != column:
            value = row.get(j, Quotient({})).plus(pivot_row.get(j, Quotient({})).times(factor, squares), squares)
            if value.numerator:
                result[j] = value
    return result
