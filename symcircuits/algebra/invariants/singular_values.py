"""Singular values: square roots of the eigenvalues of a Gram matrix, where these have a closed form.

The Gram matrix falls into blocks, mostly of size 1 where partial isometries are multiplied. The characteristic
polynomial of a larger block is factored; factors of degree 1 and 2 are solved. What is found for a block is checked:
the product of ``x - s^2`` must be that characteristic polynomial, by normal form.

>>> from sympy import Symbol, cos, sin
>>> a, t = Symbol("a", real=True), Symbol("t", positive=True)
>>> singular_values((2, 2), {(0, 0): t * cos(a), (0, 1): -t * sin(a), (1, 0): t * sin(a), (1, 1): t * cos(a)})
(t, t)
>>> singular_values((2, 2), {(0, 0): 2 + 0 * t, (0, 1): 1 + 0 * t, (1, 0): 1 + 0 * t, (1, 1): 2 + 0 * t})
(3, 1)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from sympy import Add, Dummy, Expr, Mul, Pow, S, Symbol, sqrt
from sympy.core.function import expand_mul

from symcircuits.algebra.forms.normal_form import read_all
from symcircuits.algebra.forms.roots_of_unity import vanishes
from symcircuits.algebra.invariants.characteristic import Block, blocks
from symcircuits.algebra.invariants.cleared import Cleared, Entries, Shape
from symcircuits.algebra.invariants.domain import Domain
from symcircuits.algebra.invariants.factoring import factors
from symcircuits.algebra.invariants.norms import gram, gram_of_product
from symcircuits.algebra.invariants.polynomials import Element
from symcircuits.algebra.invariants.sizes import descending
from symcircuits.algebra.invariants.square_roots import perfect_root, root_within, square_root
from symcircuits.errors import NotSupported

MULTIPLIED_OUT = 8


def singular_values(shape: Shape, entries: Entries) -> tuple[Expr, ...]:
    """All ``min(rows, columns)`` singular values with their multiplicities, largest first where the order is proved.

    They hold for all values of the symbols at which the entries are defined, so that some may be equal, or zero, at
    special ones. Raises ``OutsideClass`` for entries that cannot be read or are not known to be real or complex, and
    where there is no closed form; ``NotSupported`` where there is one, of degree 3 or 4; ``BudgetSpent`` for too much.
    """
    return _values(gram(shape, entries), min(shape))


def singular_values_of_product(left: tuple[Shape, Entries], right: tuple[Shape, Entries]) -> tuple[Expr, ...]:
    """Those of a product, from matrices of the inner size where that is smaller."""
    return _values(gram_of_product(left, right), min(left[0][0], right[0][1]))


def _values(matrix: Cleared, count: int) -> tuple[Expr, ...]:
    found: dict[Expr, int] = {}
    for block, times in blocks(matrix):
        for value in _of_block(block):
            found[value] = found.get(value, 0) + times
    zeros = found.pop(S.Zero, 0) + count - matrix.shape[0]
    ordered = [value for value in descending(list(found), matrix.domain.budget) for _ in range(found[value])]
    return (*ordered, *[S.Zero] * zeros)


def _of_block(block: Block) -> list[Expr]:
    """The singular values of a block, checked."""
    domain = block.domain
    values = [
        value
        for factor, times in factors(block.coefficients, domain)
        for value in _roots(factor, block.denominator, domain) * times
    ]
    if not is_spectrum(values, block):
        raise NotSupported(f"the singular values {values} are not seen to solve their characteristic polynomial")
    return values


def is_spectrum(values: Sequence[Expr], block: Block) -> bool:
    """Whether the product of ``x - s^2`` over the values is the characteristic polynomial of a Gram matrix's block."""
    x = Dummy("x")
    left = monic(Counter(value**2 for value in values), x)
    forms, reader = read_all([left, block.polynomial(x)], block.domain.budget)
    return vanishes(forms[0].cross_difference(forms[1], reader.generators.squares), reader.generators)


def monic(squares: Mapping[Expr, int], x: Expr) -> Expr:
    """The product of ``x - square``, each as often as told.

    Those with the same roots are multiplied out, so that a root and its opposite meet in their square.
    """
    groups: dict[tuple[frozenset[Expr], int], list[Expr]] = {}
    for square, times in squares.items():
        groups.setdefault((_roots_in(square), times), []).append(square)
    return Mul(*(_group(members, bool(roots), x) ** times for (roots, times), members in groups.items()))


def _group(squares: Sequence[Expr], together: bool, x: Expr) -> Expr:
    if not together or len(squares) > MULTIPLIED_OUT:
        return Mul(*(x - square for square in squares))
    coefficients: list[Expr] = [S.One]
    for square in squares:
        lower = [expand_mul(square * coefficient) for coefficient in coefficients]
        coefficients = [a - b for a, b in zip([*coefficients, S.Zero], [S.Zero, *lower], strict=True)]
    return Add(*(c * x ** (len(squares) - k) for k, c in enumerate(coefficients)))


def _roots_in(square: Expr) -> frozenset[Expr]:
    roots = (node for node in square.atoms(Pow) if node.exp == S.Half)
    return frozenset(root for root in roots if not isinstance(root.base, Symbol))


def _roots(factor: Sequence[Element], denominator: Element, domain: Domain) -> list[Expr]:
    """The square roots of the roots, over a denominator, of a monic factor of degree 1 or 2."""
    if len(factor) == 2:
        return [square_root(domain.zero - factor[1], denominator, domain)]
    _, minus_sum, product = factor
    discriminant = domain.reduced(minus_sum * minus_sum - 4 * product)
    twice = domain.times(denominator, domain.constant(2))
    root = root_within(discriminant, domain)
    if root is not None:
        return [square_root(domain.reduced(sign * root - minus_sum), twice, domain) for sign in (1, -1)]
    mean = domain.writer.quotient(domain.quotient(domain.zero - minus_sum, twice))
    below = domain.times(twice, twice)
    perfect = perfect_root(discriminant, below, domain)
    half = perfect if perfect is not None else sqrt(domain.writer.quotient(domain.quotient(discriminant, below)))
    return [sqrt(mean + sign * half) for sign in (1, -1)]
