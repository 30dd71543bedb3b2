"""One-hot places without positions: heads that see only where the sequence begins, one for each place.

A head that gives the beginning ``c`` times the weight of any other key takes ``c/(c + m)`` from it at place ``m``,
counted from 0, the beginning. With ``n`` different numbers ``c`` a weighted sum of these is any value at any of ``n``
places: it is 1 at ``p`` and 0 at the others where it is

    ``prod(m - q for q != p) / prod(c + m for all c)``

over its own value at ``p``, and the weights are its partial fractions. They are large: with ``c`` from powers of 4 they
grow to 5 * 10^4 for 7 places and to 3 * 10^9 for 10: floating-point numbers of 53 bits hold that, those of 24 do not.

>>> sum(weight * c / (c + 2) for weight, c in zip(fractions_at(2, 5), biases(5), strict=True))
1
>>> sum(weight * c / (c + 3) for weight, c in zip(fractions_at(2, 5), biases(5), strict=True))
0
"""

from __future__ import annotations

from math import prod

from sympy import Expr, Rational, log

from symcircuits.algebra import ExactMatrix
from symcircuits.circuit import Head
from symcircuits.rules.layout import Layout

MOST = 10
COUNTED = "takes from the beginning what tells, with the other heads of its layer, at which place a token stands"


def biases(size: int) -> tuple[Rational, ...]:
    """How many times the weight of another key each head gives to the beginning."""
    return tuple(Rational(4) ** (head - size // 3) for head in range(size))


def fractions_at(place: int, size: int) -> tuple[Expr, ...]:
    """The weight of what each head takes from the beginning, so that their sum is 1 at a place and 0 at all others."""
    cs = biases(size)
    others = [q for q in range(size) if q != place]
    height = prod((c + place for c in cs), start=Rational(1)) / prod(place - q for q in others)
    return tuple(
        height * prod(-c - q for q in others) / prod((d - c for d in cs if d != c), start=Rational(1)) / c for c in cs
    )


def counted_places(layout: Layout, size: int) -> tuple[Head, ...]:
    """The heads of a first layer that write into the block ``place`` of a stream; they need a beginning."""
    stream, begin = layout.stream, layout.stream.read(layout.token(layout.bos))
    weights = [fractions_at(place, size) for place in range(size)]
    written = [ExactMatrix.from_rows([[row[head]] for row in weights]) for head in range(size)]
    into = stream.write("place").labelled(stream, None)
    return tuple(
        Head(layout.any_token, begin, begin, (into @ column).labelled(stream, None), scale=log(c))
        for column, c in zip(written, biases(size), strict=True)
    )
