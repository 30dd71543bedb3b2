"""Square roots of fractions over a domain: of a perfect square without a root sign, else as the root that it is.

A wave is a perfect square, by half its angle; so ``(1 - cos a) / 2`` has the root ``sin(a/2)``.

>>> from sympy import Symbol, cos
>>> from symcircuits.algebra.invariants.cleared import cleared
>>> a = Symbol("a", real=True)
>>> (matrix,) = cleared([((1, 1), {(0, 0): 2 - 2 * cos(a)})])
>>> square_root(matrix.rows[0][0], matrix.denominator, matrix.domain)
2*Abs(sin(a/2))
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from math import gcd, isqrt, prod

from sympy import Abs, Expr, Rational, sqrt

from symcircuits.algebra.forms import laurent
from symcircuits.algebra.forms.generators import IMAGINARY
from symcircuits.algebra.invariants.domain import Domain
from symcircuits.algebra.invariants.perfect_squares import perfect_square_root
from symcircuits.algebra.invariants.polynomials import Element, Exponents
from symcircuits.algebra.invariants.sizes import is_nonnegative

MAX_FACTORED = 60
MOST_ROOTS = 4


@dataclass(frozen=True)
class _Halved:
    """An element as ``integer * odd * root^2 * product of waves^(2 power)``; ``odd`` is no square."""

    integer: int
    odd: Element
    root: Element
    powers: dict[int, Fraction]


def square_root(top: Element, bottom: Element, domain: Domain) -> Expr:
    """The root of a fraction that is real and not negative for all values of the symbols; it is not negative either."""
    if top == 0:
        return Rational(0)
    top, bottom = domain.lowest(top, bottom)
    above, below = _halved(top, domain), _halved(bottom, domain)
    if above.odd == domain.one and below.odd == domain.one:
        return _size(_root(above, below, domain))
    if not (domain.has_waves(top) or domain.has_waves(bottom)):
        rest = domain.quotient(above.odd * above.integer, below.odd * below.integer)
        pulled = domain.quotient(above.root, below.root)
        return _size(domain.writer.quotient(pulled)) * sqrt(domain.writer.quotient(rest))
    return sqrt(domain.writer.quotient(domain.quotient(top, bottom)))


def perfect_root(top: Element, bottom: Element, domain: Domain) -> Expr | None:
    """An expression whose square is a fraction that is real and not negative, or ``None`` where none is seen."""
    above, below = _halved(top, domain), _halved(bottom, domain)
    perfect = above.odd == domain.one and below.odd == domain.one
    return _root(above, below, domain) if perfect else None


def root_within(element: Element, domain: Domain) -> Element | None:
    """An element whose square is the element, or ``None`` where none is seen."""
    halved = _halved(element, domain)
    if halved.odd != domain.one or any(power.denominator > 1 for power in halved.powers.values()):
        return None
    waves = sum(int(power) * laurent.generator(index) for index, power in halved.powers.items())
    for roots, square in _root_products(domain):
        size, left = divmod(halved.integer, square)
        if left == 0 and size >= 0 and isqrt(size) ** 2 == size:
            return domain.times(halved.root, domain.element({waves + roots: isqrt(size)}))
    return None


def _root_products(domain: Domain) -> Iterator[tuple[int, int]]:
    """The products of the domain's first few roots (and I), as monomials, with their squares."""
    squares = domain.generators.squares
    for count in range(len(domain.places[:MOST_ROOTS]) + 1):
        for places in combinations(domain.places[:MOST_ROOTS], count):
            yield sum(map(laurent.quadratic, places)), prod(squares[place] for place in places)


def _root(above: _Halved, below: _Halved, domain: Domain) -> Expr:
    ratio = Rational(above.integer, below.integer)
    root = domain.laurent(above.root)
    if ratio < 0:  # a square that is negative as it stands: root and waves make something imaginary
        root = laurent.multiply(root, {IMAGINARY: 1}, domain.generators.squares)
    indices = above.powers.keys() | below.powers.keys()
    shift = {index: above.powers.get(index, Fraction(0)) - below.powers.get(index, Fraction(0)) for index in indices}
    return sqrt(abs(ratio)) * domain.writer.shifted(root, domain.laurent(below.root), shift)


def _size(value: Expr) -> Expr:
    """The absolute value of a real number, written without bars where its sign is proved."""
    return next((signed for signed in (value, -value) if is_nonnegative(signed)), Abs(value))


def _halved(element: Element, domain: Domain) -> _Halved:
    """An element split into a square and the rest: what is no square as a whole is factored where it is small."""
    terms = domain.ring.terms(element)
    if not terms:
        return _Halved(0, domain.one, domain.one, {})
    lowest = tuple(map(min, zip(*terms, strict=True)))
    integer = gcd(*terms.values()) * (1 if terms[max(terms)] > 0 else -1)
    rest = {tuple(e - f for e, f in zip(at, lowest, strict=True)): c // integer for at, c in terms.items()}
    powers, odd, root = _halved_monomial(lowest, domain)
    whole = perfect_square_root(rest)
    if whole is not None:
        return _Halved(integer, odd, domain.times(root, domain.ring.make(whole)), powers)
    primitive = domain.ring.make(rest)
    if domain.has_waves(primitive) or not domain.is_small(primitive, MAX_FACTORED):
        return _Halved(integer, domain.times(odd, primitive), root, powers)
    sign, factors = domain.ring.factors(primitive)
    for factor, exponent in factors:
        root = domain.times(root, domain.power(factor, exponent // 2))
        odd = domain.times(odd, domain.power(factor, exponent % 2))
    return _Halved(integer * sign, odd, root, powers)


def _halved_monomial(exponents: Exponents, domain: Domain) -> tuple[dict[int, Fraction], Element, Element]:
    """Half the exponents of a monomial: those of waves as they are, the others as an odd part and a root."""
    indices = [None] * len(domain.places) + domain.indices
    waves = [index is not None and domain.generators.keys[index][0] == "angle" for index in indices]
    places = list(zip(exponents, waves, strict=True))
    odd = domain.ring.make({tuple(0 if wave else e % 2 for e, wave in places): 1})
    root = domain.ring.make({tuple(0 if wave else e // 2 for e, wave in places): 1})
    occurring = zip(indices, places, strict=True)
    return {index: Fraction(e, 2) for index, (e, wave) in occurring if wave and e and index is not None}, odd, root
