"""What must not be zero for a proof, as lines that a verdict lists.

>>> from sympy import Sum, Symbol
>>> from symcircuits.algebra.forms.normal_form import read_all
>>> n, k, x = Symbol("n", integer=True, nonnegative=True), Symbol("k", integer=True), Symbol("x")
>>> from symcircuits.algebra.forms.sums import with_own_indices
>>> sides = [with_own_indices(Sum(x / (k + 1), (k, 0, n))), 1 / x]
>>> quotients, reader = read_all(sides)
>>> unsure_divisors(reader, sides)
[x]
"""

from __future__ import annotations

from collections.abc import Sequence

from sympy import Dummy, Expr, Integer, Sum

from symcircuits.algebra.forms.reader import Reader, assumption_line
from symcircuits.algebra.forms.sums import surely_positive

AT_ANY_STEP = "the denominators are not zero at any step"


def unsure_divisors(reader: Reader, sides: Sequence[Expr]) -> list[Expr]:
    """What was divided by in reading the sides and may be zero, by what is assumed of the symbols and as far as the
    indices of sums go."""
    within = _within_range(sides)
    divisors = {divisor.xreplace(within) for divisor in reader.nonzero}
    return [divisor for divisor in divisors if not surely_positive(divisor) and divisor.is_nonzero is not True]


def lines(divisors: Sequence[Expr]) -> tuple[str, ...]:
    """The divisors as lines, in order."""
    return tuple(sorted({assumption_line(divisor) for divisor in divisors}))


def _within_range(sides: Sequence[Expr]) -> dict[Expr, Expr]:
    """For each index that always runs up from a number, the least such number and more."""
    limits = {limit for side in sides for node in side.atoms(Sum) for limit in node.limits}
    found: dict[Expr, Expr] = {}
    for index in {limit[0] for limit in limits}:
        own = [limit for limit in limits if limit[0] == index]
        lowest = min(lower for _, lower, _ in own) if all(isinstance(lower, Integer) for _, lower, _ in own) else None
        if lowest is not None and all((upper - lower + 1).is_nonnegative for _, lower, upper in own):
            found[index] = lowest + Dummy(integer=True, nonnegative=True)
    return found
