"""Stated singular values, decided.

>>> from sympy import Symbol, cos, sin
>>> a = Symbol("a", real=True)
>>> turn = ExactMatrix.from_rows([[cos(a), -sin(a)], [sin(a), cos(a)]])
>>> bool(prove_singular_values(turn, [1, 1]))
True
>>> bool(prove_singular_values(turn, [1, 2])), prove_singular_values(turn, [1, 2]).witness is None
(False, False)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from math import gcd

from sympy import Expr, Mul, Symbol

from symcircuits.algebra.factored import Factored
from symcircuits.algebra.invariants.characteristic import blocks
from symcircuits.algebra.invariants.cleared import Cleared
from symcircuits.algebra.invariants.norms import gram, gram_of_product
from symcircuits.algebra.invariants.singular_values import monic
from symcircuits.algebra.invariants.sizes import is_nonnegative
from symcircuits.algebra.matrices import ExactMatrix
from symcircuits.algebra.order.inequalities import prove_nonnegative
from symcircuits.algebra.prove import prove
from symcircuits.algebra.values import Exact, exact
from symcircuits.algebra.verdict import Proved, Verdict
from symcircuits.errors import BadValue


def prove_singular_values(matrix: ExactMatrix | Factored, values: Sequence[Exact]) -> Verdict:
    """Decide whether these are the singular values of a matrix, with multiplicities, in any order.

    Each must be proved not to be negative; the product of ``x - s^2`` must be proved to be the characteristic
    polynomial of the Gram matrix, in a symbol ``x`` that a witness then binds.

    Raises ``BadValue`` for another number of values than ``min(rows, columns)``, and what ``singular_values`` raises
    for a Gram matrix that cannot be found.
    """
    count = min(matrix.shape)
    if len(values) != count:
        raise BadValue(f"expected {count} singular values of a {_by(matrix.shape)} matrix, got {len(values)}")
    stated = Counter(exact(value) for value in values)
    verdict = prove(*_sides(stated, matrix, count))
    if not isinstance(verdict, Proved):
        return verdict
    # Their squares are proved to be those of singular values, so that they are real.
    unsure = (value for value in stated if not is_nonnegative(value))
    signs = (prove_nonnegative(value) for value in unsure)
    return next((sign for sign in signs if not isinstance(sign, Proved)), verdict)


def _gram(matrix: ExactMatrix | Factored) -> Cleared:
    if isinstance(matrix, ExactMatrix):
        return gram(matrix.shape, matrix.entries)
    left, right = matrix.left, matrix.right
    return gram_of_product((left.shape, left.entries), (right.shape, right.entries))


def _sides(stated: Counter[Expr], matrix: ExactMatrix | Factored, count: int) -> tuple[Expr, Expr]:
    """Both polynomials, without the factors that they literally share."""
    product = _gram(matrix)
    x = _fresh(matrix, stated)
    found = Counter({x: count - product.shape[0]})
    for block, times in blocks(product):
        found[block.polynomial(x)] += times
    given: Counter[Expr] = Counter()
    for value, times in stated.items():
        given[x - value**2] += times
    shared = given & found
    left = {x - factor: times for factor, times in (given - shared).items()}
    right = dict(found - shared)
    # Two powers of monic polynomials are equal where the polynomials are.
    power = gcd(*left.values(), *right.values()) or 1
    first = monic({square: times // power for square, times in left.items()}, x)
    return first, Mul(*(factor ** (times // power) for factor, times in right.items()))


def _fresh(matrix: ExactMatrix | Factored, values: Iterable[Expr]) -> Symbol:
    """A symbol ``x``, its name different from all that occur."""
    parts = [matrix] if isinstance(matrix, ExactMatrix) else [matrix.left, matrix.right]
    taken = set[Symbol]().union(*(part.free_symbols for part in [*parts, *values]))
    name = "x"
    while name in {symbol.name for symbol in taken}:
        name += "_"
    return Symbol(name, real=True)


def _by(shape: tuple[int, int]) -> str:
    return f"{shape[0]} by {shape[1]}"
