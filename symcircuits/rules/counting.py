"""To look back without positions: two heads that see only where the sequence begins, and a third that reads them.

Key ``j`` counts from 1, the beginning. In the first layer one head spreads its attention evenly and one gives the
beginning ``c`` times the weight of any other key; what they take from the beginning is

    ``z_j = 1/j`` and ``w_j = c/(c + j - 1)``.

A score ``a w_j - g z_j`` of these two is largest at a key ``p`` of our choice, without a tie anywhere on the line:
let it lie ``K (j - p)^2 / (j (j + c - 1))`` below its value ``K`` at ``p``. In partial fractions that is

    ``g = K p^2 / (c - 1)`` and ``a = K (p + c - 1)^2 / (c (c - 1))``.

Here ``p = i - k``, and the query ``i`` must know ``a`` and ``g`` as ``1``, ``z_i`` and ``w_i`` tell them, each with a
fixed weight. With ``K = c (c - 1) / (i (i + c - 1))`` both have a numerator of degree 2 over ``i (i + c - 1)``, and are
such sums.

>>> bool(partial_fractions(1)[0]) and bool(partial_fractions(1)[1]) and bool(gap_identity(1))
True
"""

from __future__ import annotations

from sympy import Expr, Integer, Symbol, log

from symcircuits import symbols
from symcircuits.algebra import ExactMatrix, Verdict, below, exact, prove
from symcircuits.algebra.values import Exact
from symcircuits.circuit import Head
from symcircuits.rules.layout import Layout
from symcircuits.rules.looks import KEYS, LEAK, Built
from symcircuits.rules.planning import Look
from symcircuits.symbols import beta

SCRATCH = {"count": ("z", "w")}
BIAS = Symbol("c", positive=True)
QUERY, KEY = symbols.natural("i", "query, counted from 1"), symbols.natural("j", "key, counted from 1")


def evenly(j: Expr) -> Expr:
    """``z_j``, what an even head takes from the beginning."""
    return 1 / j


def biased(j: Expr, c: Expr) -> Expr:
    """``w_j``, what a head takes that gives the beginning ``c`` times the weight of any other key."""
    return c / (c + j - 1)


def coefficients(back: int, c: Exact) -> tuple[tuple[Expr, Expr, Expr], tuple[Expr, Expr, Expr]]:
    """The weights of ``1, z_i, w_i`` in ``a_i`` and in ``g_i``, for a look ``back`` tokens back."""
    k, c = Integer(back), exact(c)
    return (
        (Integer(1), (c - 1 - k) ** 2 / (c - 1), -(k**2) / (c * (c - 1))),
        (c, c * k**2 / (c - 1), -((c - 1 + k) ** 2) / (c - 1)),
    )


def partial_fractions(back: int) -> tuple[Verdict, Verdict]:
    """Whether the two weighted sums are ``a_i`` and ``g_i``, for every ``c``."""
    i, c, p = QUERY, BIAS, QUERY - back
    height = c * (c - 1) / (i * (i + c - 1))
    sums = [sum_of(weights, i, c) for weights in coefficients(back, c)]
    a, g = height * (p + c - 1) ** 2 / (c * (c - 1)), height * p**2 / (c - 1)
    return prove(sums[0], a), prove(sums[1], g)


def sum_of(weights: tuple[Expr, Expr, Expr], i: Expr, c: Expr) -> Expr:
    """The weighted sum of ``1, z_i, w_i``."""
    return weights[0] + weights[1] * evenly(i) + weights[2] * biased(i, c)


def score(back: int, i: Expr, j: Expr, c: Expr) -> Expr:
    """The score of query ``i`` on key ``j``, before the scale."""
    a, g = (sum_of(weights, i, c) for weights in coefficients(back, c))
    return a * biased(j, c) - g * evenly(j)


def gap(back: int, i: Expr, j: Expr, c: Expr) -> Expr:
    """How far key ``j`` lies below key ``i - back``, before the scale."""
    return c * (c - 1) * (i - back - j) ** 2 / (i * j * (i + c - 1) * (j + c - 1))


def gap_identity(back: int) -> Verdict:
    """Whether the score of key ``i - back`` exceeds that of key ``j`` by the gap, for all ``i``, ``j`` and ``c``."""
    i, j, c = QUERY, KEY, BIAS
    return prove(score(back, i, i - back, c) - score(back, i, j, c), gap(back, i, j, c))


def counting_heads(layout: Layout, c: Exact) -> tuple[Head, Head]:
    """The two heads of the first layer: they write ``z_j`` and ``w_j``. Needs a beginning in the layout."""
    stream, one = layout.stream, layout.any_token
    begin = stream.read(layout.token(layout.bos))
    z, w = (stream.write(stream["count"][place]) for place in (0, 1))
    nothing = ExactMatrix.zeros(1, stream.d_model).labelled(None, stream)
    return (
        Head(one, nothing, begin, z, name="The even head"),
        Head(one, begin, begin, w, scale=log(exact(c)), name="The biased head"),
    )


def back_by_counting(layout: Layout, look: Look, c: Exact) -> Built:
    """The head of the second layer that looks back; the least scale is that for ``c = n``, the number of keys."""
    stream, c = layout.stream, exact(c)
    z, w = (stream.read(stream["count"][place]) for place in (0, 1))
    a, g = (layout.any_token * weights[0] + z * weights[1] + w * weights[2] for weights in coefficients(look.back, c))
    read = below(w.labelled(None, stream), z.labelled(None, stream))
    query = below(a.labelled(None, stream), (g * -1).labelled(None, stream))
    head = Head(query, read, *layout.values(look.moves), scale=beta, name=f"The head {look.back} back")
    smallest = KEYS * (KEYS - 1) / (KEYS**2 * (2 * KEYS - 1) ** 2)
    told = (
        f"scores beta (a_i w_j - g_i z_j), largest at the key {look.back} back: the gap to key j is "
        f"beta c (c - 1) (i - {look.back} - j)^2 / (i j (i + c - 1) (j + c - 1)), with c = n"
    )
    return Built((head,), log((KEYS - 1) * (1 - LEAK) / LEAK) / smallest, False, told)
