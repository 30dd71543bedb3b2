"""The generators of a ring: which symbols, roots, angles and exponents its monomials stand for.

A table is made for one question and grows while its expressions are read. An angle generator with key
``("angle", M)`` stands for ``exp(i * M / D)``, an exponent generator ``("exponent", M)`` for ``exp(M / D)``; ``M`` is
a monomial and ``D`` the common denominator of all its multiples met so far; ``("power", M, b)`` stands for
``b**(M / D)``. When a new denominator turns up, or the
root of a symbol so far read whole, the table marks itself ``stale``: what was read must be read again.
"""

from __future__ import annotations

from collections.abc import Hashable
from math import gcd, lcm

from sympy import Expr, Symbol
from sympy.core.function import AppliedUndef

from symcircuits.algebra.forms import laurent
from symcircuits.errors import BudgetSpent

Key = tuple[Hashable, ...]

IMAGINARY = laurent.quadratic(0)


class Generators:
    """The table of generators of one question."""

    def __init__(self) -> None:
        self.keys: list[Key] = []
        self.squares: list[int] = [-1]
        self.quadratic_keys: list[Key] = [("I",)]
        self.rooted: set[Symbol] = set()
        self.stale = False
        self._places: dict[Key, int] = {}
        self._quadratic_places: dict[Key, int] = {}
        self._denominators: dict[Key, int] = {}

    @property
    def has_pi(self) -> bool:
        """Whether pi has been met."""
        return ("pi",) in self._places

    def place(self, *key: Hashable) -> int:
        """The number of the free generator with this key."""
        found = self._places.get(key)
        if found is None:
            found = self._places[key] = len(self.keys)
            self.keys.append(key)
        return found

    def free(self, *key: Hashable) -> int:
        """The monomial of the free generator with this key."""
        return laurent.generator(self.place(*key))

    def quadratic(self, key: Key, square: int) -> int:
        """The monomial of the generator with this key, whose square is an integer."""
        if key not in self._quadratic_places:
            if len(self.squares) == laurent.QUADRATIC_PLACES:
                raise BudgetSpent("more square roots than allowed in one question")
            self._quadratic_places[key] = len(self.squares)
            self.squares.append(square)
            self.quadratic_keys.append(key)
        return laurent.quadratic(self._quadratic_places[key])

    def root(self, symbol: Symbol) -> int:
        """The monomial of the square root of a symbol."""
        if symbol not in self.rooted:
            self.rooted.add(symbol)
            self.stale = True
        return self.free("root", symbol)

    def symbol(self, symbol: Symbol) -> int:
        """The monomial of a symbol: a generator, or the square of its root's."""
        return 2 * self.root(symbol) if symbol in self.rooted else self.free("symbol", symbol)

    def exponential(self, kind: str, base: int, coefficient: int, divisor: int, *of: Expr) -> tuple[int, int]:
        """``exp(c / d * base)`` (kind ``exponent``), ``exp(i * c / d * base)`` (``angle``), or ``b**(c / d * base)``
        for the expression ``b`` in ``of`` (``power``): a generator's place, and the power of it."""
        key = (kind, base, *of)
        denominator = self._denominators.get(key, 1)
        exponent, rest = divmod(coefficient * denominator, divisor)
        if rest:
            self._denominators[key] = lcm(denominator, divisor // gcd(coefficient, divisor))
            self.stale = True
        if abs(exponent) > laurent.MAX_EXPONENT:
            raise BudgetSpent("an angle or exponent with a multiple beyond 2^40")
        return self.place(*key), exponent

    def denominator(self, kind: str, base: int, *of: Expr) -> int:
        """The common denominator ``D`` of an angle, exponent or power generator."""
        return self._denominators.get((kind, base, *of), 1)

    def parts(self, monomial: int) -> list[tuple[Key, int]]:
        """The free generators of a monomial with their exponents."""
        return [(self.keys[index], exponent) for index, exponent in laurent.exponents(monomial).items()]

    def factors(self, monomial: int) -> list[int]:
        """The powers of single generators that a monomial is the product of, as monomials."""
        free = [laurent.generator(index) * e for index, e in laurent.exponents(monomial).items()]
        return [laurent.quadratic(place) for place in laurent.quadratic_places(monomial)] + free

    def depends_on(self, monomial: int, symbol: Symbol) -> bool:
        """Whether a generator in the monomial involves the symbol."""
        signs = [self.quadratic_keys[place] for place in laurent.quadratic_places(monomial)]
        keys = signs + [key for key, _ in self.parts(monomial)]
        return any(self._key_depends_on(key, symbol) for key in keys)

    def _key_depends_on(self, key: Key, symbol: Symbol) -> bool:
        for content in key[1:]:
            if isinstance(content, int) and key[0] != "prime" and self.depends_on(content, symbol):
                return True
            if isinstance(content, Expr) and symbol in content.free_symbols:
                return True
        return False

    def possibly_related(self) -> str:
        """A generator that may depend on the others by a relation not known here, in words; else nothing.

        Symbols, waves and exponentials of independent arguments are independent. Functions not looked into, sums,
        signs and roots of unity need not be.
        """
        for key in (*self.quadratic_keys, *self.keys):
            if key[0] != "power" and isinstance(key[-1], AppliedUndef):
                continue  # a function of which nothing is known
            if key[0] in ("opaque", "power", "sum", "sign") or (key[0] in ("symbol", "root") and key[1].is_zero):  # type: ignore[attr-defined]
                named = key[-1] if key[0] == "power" else key[1]
                return str(named) if isinstance(named, Expr) else f"a {key[0]}"
            if key[0] == "angle" and isinstance(key[1], int) and self.is_turn(key[1]):
                return "a fraction of a turn"
        constants = [
            key for key in self.keys if key[0] == "exponent" and isinstance(key[1], int) and not self.parts(key[1])
        ]
        return "both pi and e" if constants and ("pi",) in self.keys else ""

    @property
    def has_turns(self) -> bool:
        """Whether a generator is a root of unity, so that different polynomials may be equal."""
        return self.has_pi and any(
            key[0] == "angle" and isinstance(key[1], int) and self.is_turn(key[1]) for key in list(self.keys)
        )

    def is_turn(self, base: int) -> bool:
        """Whether an angle is pi times an integer, so that its wave is a root of unity."""
        return self.integer_valued(base - self.free("pi"))

    def integer_valued(self, monomial: int) -> bool:
        """Whether the monomial is a product of integer symbols, so that its value is an integer."""
        if laurent.quadratic_part(monomial):
            return False
        return all(
            key[0] == "symbol" and exponent > 0 and key[1].is_integer  # type: ignore[attr-defined]
            for key, exponent in self.parts(monomial)
        )
