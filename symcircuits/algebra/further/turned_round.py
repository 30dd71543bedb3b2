"""Sums with their terms in the opposite order.

A sum over ``k`` from ``a`` to ``b`` is that of its body at ``a + b - k``, in Karr's convention too. That may bring a
sum of ``cos(r (n - k))`` up to ``n`` to the form of the other side.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from sympy import Expr, Sum

MOST_SUMS = 3


def turned_round(expression: Expr) -> Iterator[Expr]:
    """The expression with some of its sums with symbolic bounds turned round, each choice in turn.

    >>> from sympy import Symbol, cos
    >>> n, k, r = Symbol("n", integer=True), Symbol("k", integer=True), Symbol("r")
    >>> list(turned_round(Sum(cos(r * (n - k)), (k, 0, n))))
    [Sum(cos(k*r), (k, 0, n))]
    """
    sums = sorted((node for node in expression.atoms(Sum) if _has_symbolic_bounds(node)), key=str)
    if len(sums) <= MOST_SUMS:
        for size in range(1, len(sums) + 1):
            for chosen in combinations(sums, size):
                yield expression.xreplace({node: _turned(node) for node in chosen})


def _has_symbolic_bounds(node: Sum) -> bool:
    _, lower, upper = node.limits[-1]
    return bool((upper - lower).free_symbols)


def _turned(node: Sum) -> Sum:
    """The sum with its outermost index running down."""
    *inner, (index, lower, upper) = node.limits
    down = {index: lower + upper - index}
    return Sum(node.function.xreplace(down), *(limit.xreplace(down) for limit in inner), (index, lower, upper))
