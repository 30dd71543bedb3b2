"""Polynomials that are squares, found from the leading term down, without factoring.

>>> perfect_square_root({(2, 0): 1, (1, 1): 2, (0, 2): 1})
{(1, 0): 1, (0, 1): 1}
>>> perfect_square_root({(2, 0): 1, (1, 1): 1, (0, 2): 1}) is None
True
"""

from __future__ import annotations

from collections.abc import Mapping
from math import isqrt

from symcircuits.algebra.invariants.polynomials import Exponents

Terms = dict[Exponents, int]


def perfect_square_root(polynomial: Mapping[Exponents, int]) -> Terms | None:
    """The coefficients of a root of a polynomial that is not zero, the leading one positive; ``None`` where none is."""
    lead = max(polynomial)
    size = isqrt(max(polynomial[lead], 0))
    if size * size != polynomial[lead] or any(exponent % 2 for exponent in lead):
        return None
    first = tuple(exponent // 2 for exponent in lead)
    root, rest = {first: size}, {exponents: value for exponents, value in polynomial.items() if exponents != lead}
    while rest and len(root) <= len(polynomial):
        at = max(rest)
        exponents = tuple(e - f for e, f in zip(at, first, strict=True))
        value, left = divmod(rest[at], 2 * size)
        if left or min(exponents) < 0:
            return None
        _subtract(rest, root, exponents, value)
        root[exponents] = value
    return None if rest else root


def _subtract(rest: Terms, root: Mapping[Exponents, int], exponents: Exponents, value: int) -> None:
    """Take away what a new term of the root adds to its square: ``(2 root + term) term``."""
    for other, coefficient in [*root.items(), (exponents, 0)]:
        place = tuple(e + f for e, f in zip(other, exponents, strict=True))
        total = rest.pop(place, 0) - (2 * coefficient * value if coefficient else value * value)
        if total:
            rest[place] = total
