"""Sparse Laurent polynomials with integer coefficients, their monomials packed into Python integers.

A polynomial is a ``dict`` from monomial to non-zero coefficient. A monomial is one integer: the exponent of
generator ``g`` sits in the 64-bit field number ``g + 1``, so that multiplying monomials is adding integers, and
negative exponents need no care. Field 0 is split into 32 pairs of bits, for generators whose square is an integer
(the imaginary unit, roots of primes, signs): their exponents are 0 or 1, and the upper bit of a pair is a carry that
is replaced by the square.

>>> x = {generator(0): 1}
>>> square = multiply(add(x, {0: 1}), add(x, {0: 1}), [])
>>> square == {2 * generator(0): 1, generator(0): 2, 0: 1}
True
"""

from __future__ import annotations

from collections.abc import Sequence

from symcircuits.errors import BudgetSpent

Poly = dict[int, int]

FIELD = 64
MAX_EXPONENT = 1 << 40
MAX_PRODUCTS = 2_000_000
MAX_BITS = 1 << 20
QUADRATIC_PLACES = FIELD // 2

_LOW = (1 << FIELD) - 1
_HALF = 1 << (FIELD - 1)
_CARRY = sum(2 << (2 * place) for place in range(QUADRATIC_PLACES))

ONE: Poly = {0: 1}


def generator(index: int) -> int:
    """The monomial that is generator ``index`` to the first power."""
    return 1 << (FIELD * (index + 1))


def quadratic(place: int) -> int:
    """The monomial that is the quadratic generator at ``place`` (0 to 31)."""
    return 1 << (2 * place)


def exponents(monomial: int) -> dict[int, int]:
    """The non-zero exponents of the free generators of a monomial, by index."""
    found: dict[int, int] = {}
    rest, index = monomial >> FIELD, 0
    while rest:
        empty = ((rest & -rest).bit_length() - 1) // FIELD  # fields without an exponent are jumped over
        rest >>= empty * FIELD
        exponent = ((rest + _HALF) & _LOW) - _HALF
        found[index + empty] = exponent
        rest = (rest - exponent) >> FIELD
        index += empty + 1
    return found


def quadratic_part(monomial: int) -> int:
    """The factor of a monomial that is made of quadratic generators."""
    return monomial & _LOW


def quadratic_places(monomial: int) -> list[int]:
    """The places of the quadratic generators that occur in a monomial."""
    return [place for place in range(QUADRATIC_PLACES) if monomial >> (2 * place) & 1]


def constant(value: int) -> Poly:
    """A polynomial that is an integer."""
    return {0: value} if value else {}


def add(a: Poly, b: Poly, factor: int = 1) -> Poly:
    """``a + factor * b``."""
    total = dict(a)
    add_to(total, b, factor)
    return total


def add_to(total: Poly, b: Poly, factor: int = 1) -> None:
    """Add ``factor * b`` to a polynomial that nobody else holds."""
    for monomial, coefficient in b.items():
        value = total.get(monomial, 0) + factor * coefficient
        if value:
            total[monomial] = value
        else:
            total.pop(monomial, None)


def scale(a: Poly, factor: int, monomial: int = 0) -> Poly:
    """``factor * monomial * a`` for a monomial without quadratic generators."""
    return {m + monomial: c * factor for m, c in a.items()} if factor else {}


def multiply(a: Poly, b: Poly, squares: Sequence[int]) -> Poly:
    """The product; ``squares[place]`` is the square of the quadratic generator at that place."""
    if len(a) > len(b):
        a, b = b, a
    if a is ONE or a == ONE:
        return b
    if len(a) * len(b) > MAX_PRODUCTS:
        raise BudgetSpent(f"a product of {len(a)} by {len(b)} terms is larger than allowed")
    product: Poly = {}
    for m_a, c_a in a.items():
        for m_b, c_b in b.items():
            monomial, coefficient = m_a + m_b, c_a * c_b
            if carry := monomial & _CARRY:
                monomial, coefficient = _reduce(monomial, coefficient, carry, squares)
            product[monomial] = product.get(monomial, 0) + coefficient
    if 0 in product.values():
        return {monomial: coefficient for monomial, coefficient in product.items() if coefficient}
    return product


def _reduce(monomial: int, coefficient: int, carry: int, squares: Sequence[int]) -> tuple[int, int]:
    while carry:
        bit = carry & -carry
        coefficient *= squares[(bit.bit_length() - 2) // 2]
        monomial -= bit
        carry ^= bit
    return monomial, coefficient


def power(a: Poly, exponent: int, squares: Sequence[int]) -> Poly:
    """``a`` to a power of at least 0."""
    if exponent == 1:
        return a
    if any(abs(e) * exponent > MAX_EXPONENT for monomial in a for e in exponents(monomial).values()):
        raise BudgetSpent(f"an exponent beyond {MAX_EXPONENT}")
    if any(coefficient.bit_length() * exponent > MAX_BITS for coefficient in a.values()):
        raise BudgetSpent(f"a coefficient of more than {MAX_BITS} bits")
    result = ONE
    while exponent:
        if exponent & 1:
            result = multiply(result, a, squares)
        exponent >>= 1
        if exponent:
            a = multiply(a, a, squares)
    return result
