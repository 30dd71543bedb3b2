"""A first look at an equality: both sides at one random point modulo a large prime.

Every generator gets a random residue, and the imaginary unit and the roots of small primes get residues with the right
squares. Sides that come out different there have different normal forms, for certain and at a fraction of the price
of the polynomials; sides that come out the same are left to the exact polynomials.

>>> from sympy import Symbol, cos, sin
>>> from symcircuits.algebra.forms.reader import Reader
>>> a = Symbol("a")
>>> residues = Residues(Reader())
>>> residues.of(cos(2 * a)) == residues.of(1 - 2 * sin(a) ** 2), residues.of(cos(a)) == residues.of(sin(a))
(True, False)
"""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

from sympy import Add, Expr, Integer, Mul, Pow, Rational, exp
from sympy.ntheory import sqrt_mod

from symcircuits.algebra.by_type import ByType
from symcircuits.algebra.forms import laurent
from symcircuits.algebra.forms.quotient import Quotient
from symcircuits.algebra.forms.waves import CIRCULAR, EVEN, HYPERBOLIC, QUOTIENTS, Wave
from symcircuits.errors import OutsideClass

if TYPE_CHECKING:
    from symcircuits.algebra.forms.reader import Reader

# The largest prime below 2^61 modulo which -1 and all primes up to 59 are squares.
PRIME = 2**61 - 8393791
_HALF = (PRIME + 1) // 2
_SEED = 61


@cache
def _root(square: int) -> int:
    """A residue with this square; raises ``OutsideClass`` where there is none."""
    root = sqrt_mod(square % PRIME, PRIME)
    if root is None:
        raise OutsideClass(f"{square} has no square root modulo {PRIME}")
    return int(root)


def _inverse(residue: int) -> int:
    if residue % PRIME == 0:
        raise OutsideClass("a pole at the random point")
    return pow(residue, -1, PRIME)


class Residues:
    """The values of expressions at one random point of the generators of a reader."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self._random = random.Random(_SEED)  # a verdict comes out the same each time
        self._points: list[tuple[int, int]] = []
        self._known: dict[Expr, int] = {}
        self._waves: dict[tuple[Expr, bool], tuple[int, int] | None] = {}

    def of(self, expression: Expr) -> int:
        """The residue of an expression.

        Raises ``OutsideClass`` where there is none: at a pole, or for what the reader refuses.
        """
        known = self._known.get(expression)
        if known is None:
            self.reader.budget.check()
            known = self._known[expression] = _LOOKS[type(expression)](self, expression)
        return known

    def _read(self, expression: Expr) -> int:
        return self._quotient(self.reader.read(expression))

    def _rational(self, number: Rational) -> int:
        return int(number.p) * _inverse(int(number.q)) % PRIME

    def _integer(self, number: Integer) -> int:
        return int(number.p) % PRIME

    def _total(self, expression: Add) -> int:
        return sum([self.of(term) for term in expression.args]) % PRIME

    def _product(self, expression: Mul) -> int:
        product = 1
        for factor in expression.args:
            product = product * self.of(factor) % PRIME
        return product

    def _power(self, expression: Pow) -> int:
        base, exponent = expression.args
        if not isinstance(exponent, Integer):
            return self._read(expression)
        if exponent.p < 0:
            return pow(_inverse(self.of(base)), -int(exponent.p), PRIME)
        return pow(self.of(base), int(exponent.p), PRIME)

    def _exponential(self, expression: exp) -> int:
        found = self._wave(expression.args[0], False)
        return self._read(expression) if found is None else found[0]

    def _circular(self, expression: Expr) -> int:
        kind = expression.func
        hyperbolic = kind in HYPERBOLIC
        found = None if kind in QUOTIENTS else self._wave(expression.args[0], not hyperbolic)
        if found is None:
            return self._read(expression)
        forward, backward = found
        if kind in EVEN:
            return (forward + backward) * _HALF % PRIME
        odd = (forward - backward) * _HALF
        return (odd if hyperbolic else -odd * _root(-1)) % PRIME

    def _wave(self, argument: Expr, turned: bool) -> tuple[int, int] | None:
        """The residues of a wave and of its inverse; ``None`` where it is more than a product of powers."""
        key = (argument, turned)
        if key not in self._waves:
            found = self.reader.wave(argument, turned)
            self._waves[key] = self._powers(found) if found is not None and found.is_plain else None
        return self._waves[key]

    def _powers(self, found: Wave) -> tuple[int, int]:
        forward = backward = 1
        for place, exponent in found.powers:
            there, back = self._point(place)
            if exponent < 0:
                there, back, exponent = back, there, -exponent
            if exponent != 1:
                there, back = pow(there, exponent, PRIME), pow(back, exponent, PRIME)
            forward, backward = forward * there % PRIME, backward * back % PRIME
        return forward, backward

    def _point(self, place: int) -> tuple[int, int]:
        """The residue of a free generator, and its inverse."""
        while len(self._points) <= place:
            residue = self._random.randrange(2, PRIME - 1)
            self._points.append((residue, _inverse(residue)))
        return self._points[place]

    def _quotient(self, quotient: Quotient) -> int:
        return self._polynomial(quotient.numerator) * _inverse(self._polynomial(quotient.denominator)) % PRIME

    def _polynomial(self, polynomial: laurent.Poly) -> int:
        return sum(coefficient * self._monomial(monomial) for monomial, coefficient in polynomial.items()) % PRIME

    def _monomial(self, monomial: int) -> int:
        product = 1
        for place in laurent.quadratic_places(monomial):
            product = product * _root(self.reader.generators.squares[place]) % PRIME
        for place, exponent in laurent.exponents(monomial).items():
            there, back = self._point(place)
            product = product * pow(there if exponent > 0 else back, abs(exponent), PRIME) % PRIME
        return product


_LOOKS: ByType[Callable[[Residues, Any], int]] = ByType(
    {
        Add: Residues._total,
        Mul: Residues._product,
        Pow: Residues._power,
        Rational: Residues._rational,
        Integer: Residues._integer,
        exp: Residues._exponential,
    }
    | dict.fromkeys((*CIRCULAR, *HYPERBOLIC), Residues._circular),
    otherwise=Residues._read,
)
