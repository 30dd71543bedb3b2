"""Characteristic polynomials and determinants, without division, block by block.

A matrix falls into blocks: the strongly connected parts of the graph of its non-zero entries. Its characteristic
polynomial is the product of theirs, each by the algorithm of Samuelson and Berkowitz (S. J. Berkowitz, "On computing
the determinant in small parallel time using a small number of processors", 1984), which only adds and multiplies, so
that the result holds whatever relations the entries may satisfy.

>>> from sympy import Symbol, cos, sin
>>> a, x = Symbol("a"), Symbol("x")
>>> turn = {(0, 0): cos(a), (0, 1): -sin(a), (1, 0): sin(a), (1, 1): cos(a)}
>>> characteristic_polynomial((2, 2), turn, x)
x**2 - 2*x*cos(a) + 1
>>> determinant((2, 2), turn)
1
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sympy import Add, Expr, Mul, S, Symbol
from sympy.utilities.iterables import strongly_connected_components

from symcircuits.algebra.invariants.cleared import Cleared, Entries, Rows, Shape, cleared
from symcircuits.algebra.invariants.domain import Domain
from symcircuits.algebra.invariants.polynomials import Element
from symcircuits.errors import BadValue, ShapeMismatch


@dataclass(frozen=True)
class Block:
    """The characteristic polynomial of a block over a denominator ``d``: ``sum of x^(n - k) coefficients[k] / d^k``."""

    coefficients: tuple[Element, ...]
    denominator: Element
    domain: Domain

    @property
    def size(self) -> int:
        """The number of rows of the block."""
        return len(self.coefficients) - 1

    def coefficient(self, k: int) -> Expr:
        """The coefficient of ``x^(n - k)``, as an expression."""
        bottom = self.domain.power(self.denominator, k)
        return self.domain.writer.quotient(self.domain.quotient(self.coefficients[k], bottom))

    def polynomial(self, x: Expr) -> Expr:
        """The characteristic polynomial at ``x``."""
        return Add(*(self.coefficient(k) * x ** (self.size - k) for k in range(self.size + 1)))

    def determinant(self) -> Expr:
        """The determinant of the block."""
        return (-1) ** self.size * self.coefficient(self.size)


def characteristic_polynomial(shape: Shape, entries: Entries, symbol: Symbol) -> Expr:
    """``det(symbol Id - M)``, as a product with one factor for each kind of block.

    Raises ``ShapeMismatch`` for a matrix that is not square, ``BadValue`` for a symbol that occurs in it,
    ``OutsideClass`` or ``BudgetSpent`` for entries that cannot be read or become too large.
    """
    _check_square(shape, "a characteristic polynomial")
    check_fresh(symbol, entries)
    (matrix,) = cleared([(shape, entries)])
    return _written(matrix, symbol, shape[0])


def characteristic_polynomial_of_product(
    left: tuple[Shape, Entries], right: tuple[Shape, Entries], symbol: Symbol
) -> Expr:
    """``det(symbol Id - L R)``, from ``R L`` where that is smaller: ``det(x - L R) = x^(d - r) det(x - R L)``."""
    size = left[0][0]
    _check_square((size, right[0][1]), "a characteristic polynomial")
    check_fresh(symbol, left[1], right[1])
    return _written(_small_product(left, right), symbol, size)


def determinant(shape: Shape, entries: Entries) -> Expr:
    """The determinant, as a product over blocks; raises like ``characteristic_polynomial``."""
    _check_square(shape, "a determinant")
    (matrix,) = cleared([(shape, entries)])
    return _determinant(matrix)


def determinant_of_product(left: tuple[Shape, Entries], right: tuple[Shape, Entries]) -> Expr:
    """The determinant of a product: zero at once where the inner dimension is the smaller."""
    size, inner = left[0]
    _check_square((size, right[0][1]), "a determinant")
    return S.Zero if inner < size else _determinant(_small_product(left, right))


def _small_product(left: tuple[Shape, Entries], right: tuple[Shape, Entries]) -> Cleared:
    first, second = cleared([left, right])
    turned = left[0][1] < left[0][0]
    return (second.product(first) if turned else first.product(second)).in_lower_terms()


def _written(matrix: Cleared, symbol: Symbol, size: int) -> Expr:
    factors = [block.polynomial(symbol) ** times for block, times in blocks(matrix)]
    return Mul(symbol ** (size - matrix.shape[0]), *factors)


def _determinant(matrix: Cleared) -> Expr:
    return Mul(*(block.determinant() ** times for block, times in blocks(matrix)))


def blocks(matrix: Cleared) -> list[tuple[Block, int]]:
    """The different characteristic polynomials of the blocks of a square matrix, each with how often it occurs."""
    ways = [(i, j) for i, row in matrix.rows.items() for j in row]
    found: dict[object, tuple[Block, int]] = {}
    for part in strongly_connected_components((list(range(matrix.shape[0])), ways)):
        coefficients = _berkowitz(_restricted(matrix.rows, sorted(part)), len(part), matrix.domain)
        key = tuple(tuple(sorted(matrix.domain.ring.terms(element).items())) for element in coefficients)
        block, times = found.get(key, (Block(tuple(coefficients), matrix.denominator, matrix.domain), 0))
        found[key] = (block, times + 1)
    return list(found.values())


def _restricted(rows: Rows, part: Sequence[int]) -> Rows:
    """The rows and columns of one block, numbered anew."""
    new = {old: at for at, old in enumerate(part)}
    return {new[i]: {new[j]: e for j, e in rows.get(i, {}).items() if j in new} for i in part}


def _berkowitz(rows: Rows, size: int, domain: Domain) -> list[Element]:
    """The coefficients of ``det(x - M)``, the leading one first."""
    found = [domain.one]
    for corner in reversed(range(size)):
        across = {j: element for j, element in rows[corner].items() if j > corner}
        power = {i: rows[i][corner] for i in range(corner + 1, size) if corner in rows[i]}
        column: list[Element] = [domain.one, domain.zero - rows[corner].get(corner, domain.zero)]
        for _ in range(size - corner - 1):
            column.append(-_dot(across, power, domain))
            power = _apply(rows, power, corner, domain)
        found = _convolved(column, found, domain)
    return found


def _dot(row: Mapping[int, Element], vector: Mapping[int, Element], domain: Domain) -> Element:
    total = domain.zero
    for k, element in row.items():
        if k in vector:
            total = total + element * vector[k]
    return domain.reduced(total)


def _apply(rows: Rows, vector: Mapping[int, Element], corner: int, domain: Domain) -> dict[int, Element]:
    """The part of the matrix beyond a corner times a vector."""
    products = {i: _dot(row, vector, domain) for i, row in rows.items() if i > corner}
    return {i: element for i, element in products.items() if element != 0}


def _convolved(column: Sequence[Element], found: Sequence[Element], domain: Domain) -> list[Element]:
    """A Toeplitz matrix with this first column, times a vector."""
    result = []
    for i in range(len(column)):
        total = domain.zero
        for j in range(min(i + 1, len(found))):
            total = total + column[i - j] * found[j]
        result.append(domain.reduced(total))
    return result


def _check_square(shape: Shape, what: str) -> None:
    if shape[0] != shape[1]:
        raise ShapeMismatch(f"{what} needs a square matrix, got {shape[0]} by {shape[1]}")


def check_fresh(symbol: Symbol, *matrices: Entries) -> None:
    """Raise ``BadValue`` unless this is a symbol that no entry has in it."""
    if not isinstance(symbol, Symbol):
        raise BadValue(f"expected a symbol for the variable of the characteristic polynomial, got {symbol!r}")
    if any(symbol in value.free_symbols for entries in matrices for value in entries.values()):
        raise BadValue(f"the variable of the characteristic polynomial, {symbol}, occurs in the matrix")
