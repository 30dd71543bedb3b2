"""Non-negative numbers put in descending order, as far as their order is proved.

>>> from sympy import Symbol, cos
>>> a, b = Symbol("a", real=True), Symbol("b", positive=True)
>>> descending([abs(cos(a)), b, 1 + b, 1], Budget())
[b + 1, b, 1, Abs(cos(a))]
"""

from __future__ import annotations

from collections.abc import Sequence

from sympy import Add, Expr, Mul, Pow, Rational, S

from symcircuits.algebra.enclosures.witness import is_certainly_positive
from symcircuits.algebra.forms.budget import Budget
from symcircuits.algebra.order.signs import certificate
from symcircuits.errors import BudgetSpent

MOST = 16


def descending(values: Sequence[Expr], budget: Budget) -> list[Expr]:
    """The values such that none comes after one that is proved to be smaller; the rest as they came.

    Of more than 16 values, and when the budget is spent, only the rational ones are compared.
    """
    waiting = list(values)
    places = list(enumerate(waiting))
    known = {(i, j): _at_least(a, b, len(values) <= MOST, budget) for i, a in places for j, b in places if i != j}
    left, ordered = list(range(len(waiting))), []
    while left:
        largest = (i for i in left if all(known[i, j] or not known[j, i] for j in left if j != i))
        first = next(largest, left[0])  # where none is the largest, those left go round in a circle: they are equal
        left.remove(first)
        ordered.append(waiting[first])
    return ordered


def _at_least(a: Expr, b: Expr, few: bool, budget: Budget) -> bool:
    if isinstance(a, Rational) and isinstance(b, Rational):
        return bool(a >= b)
    if not few or _is_spent(budget):
        return False
    return is_nonnegative(Add(a**2, -(b**2)))


def is_nonnegative(number: Expr) -> bool:
    """Whether a number, known to be real, is proved not to be negative."""
    if not isinstance(number, Add) and _is_positive_multiple_of_a_root(number):
        return True
    return is_certainly_positive(number) or bool(number.free_symbols and certificate(number))


def _is_spent(budget: Budget) -> bool:
    try:
        budget.check()
    except BudgetSpent:
        return True
    return False


def _is_positive_multiple_of_a_root(number: Expr) -> bool:
    unsure = [factor for factor in Mul.make_args(number) if isinstance(factor, Add) or not factor.is_nonnegative]
    # A principal root that is real is not negative; of two, both could be imaginary.
    return not unsure or (len(unsure) == 1 and isinstance(unsure[0], Pow) and unsure[0].exp == S.Half)
