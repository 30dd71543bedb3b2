"""Integer polynomials in several variables: python-flint's where it has them, else SymPy's rings.

What they have in common is written as operators (``+``, ``-``, ``*``, ``==``, an integer as a factor); the rest is
``Polynomials``. Without variables, polynomials are Python's integers.

>>> ring = polynomials(2)
>>> x, y = ring.make({(1, 0): 1}), ring.make({(0, 1): 1})
>>> ring.terms(ring.gcd(x * x - y * y, 2 * x + 2 * y))
{(1, 0): 1, (0, 1): 1}
>>> [exponent for _, exponent in ring.factors(2 * x * x + 4 * x * y + 2 * y * y)[1]]
[2]
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from math import gcd
from typing import Any, Protocol, TypeAlias

from sympy import ZZ
from sympy.polys.rings import PolyRing

Exponents: TypeAlias = tuple[int, ...]
Element: TypeAlias = Any


class Polynomials(Protocol):
    """The polynomials in ``variables`` variables; a polynomial is an element of whatever library does the work."""

    name: str
    variables: int

    def make(self, terms: Mapping[Exponents, int]) -> Element:
        """The polynomial with these coefficients."""

    def terms(self, p: Element) -> dict[Exponents, int]:
        """The non-zero coefficients, by exponents."""

    def size(self, p: Element) -> int:
        """The number of terms."""

    def degrees(self, p: Element) -> Exponents:
        """The degree in each variable; negative for the zero polynomial."""

    def remainder(self, p: Element, divisor: Element) -> Element:
        """The remainder by a divisor that is monic in its first variable."""

    def quotient(self, p: Element, divisor: Element) -> Element:
        """The quotient by a divisor known to divide ``p``."""

    def gcd(self, p: Element, q: Element) -> Element:
        """A greatest common divisor, that of the coefficients included."""

    def factors(self, p: Element) -> tuple[int, list[tuple[Element, int]]]:
        """The integer in front, and the irreducible factors with their exponents."""


class Integers:
    """Polynomials without variables."""

    name = "integers"
    variables = 0

    def make(self, terms: Mapping[Exponents, int]) -> int:
        """The integer that is the constant term."""
        return terms.get((), 0)

    def terms(self, p: int) -> dict[Exponents, int]:
        """The integer itself, unless it is zero."""
        return {(): p} if p else {}

    def size(self, p: int) -> int:
        """1, and 0 for zero."""
        return 1 if p else 0

    def degrees(self, p: int) -> Exponents:
        """No variable, no degree."""
        return ()

    def remainder(self, p: int, divisor: int) -> int:
        """The remainder of integers."""
        return p % divisor

    def quotient(self, p: int, divisor: int) -> int:
        """The quotient of integers."""
        return p // divisor

    def gcd(self, p: int, q: int) -> int:
        """The greatest common divisor of integers."""
        return gcd(p, q)

    def factors(self, p: int) -> tuple[int, list[tuple[int, int]]]:
        """Integers are all content."""
        return p, []


class SymPyRings:
    """SymPy's sparse polynomials."""

    name = "SymPy rings"

    def __init__(self, variables: int) -> None:
        self.variables = variables
        self._ring = PolyRing(_names(variables), ZZ, "lex")

    def make(self, terms: Mapping[Exponents, int]) -> Element:
        """The polynomial with these coefficients."""
        return self._ring.from_dict({exponents: ZZ(value) for exponents, value in terms.items()})

    def terms(self, p: Element) -> dict[Exponents, int]:
        """The non-zero coefficients, by exponents."""
        return {tuple(map(int, exponents)): int(value) for exponents, value in p.terms()}

    def size(self, p: Element) -> int:
        """The number of terms."""
        return len(p)

    def degrees(self, p: Element) -> Exponents:
        """The degree in each variable; negative for the zero polynomial."""
        return tuple(map(int, p.degrees())) if p else (-1,) * self.variables

    def remainder(self, p: Element, divisor: Element) -> Element:
        """The remainder by a divisor that is monic in its first variable."""
        return p.rem(divisor)

    def quotient(self, p: Element, divisor: Element) -> Element:
        """The quotient by a divisor known to divide ``p``."""
        return p.exquo(divisor)

    def gcd(self, p: Element, q: Element) -> Element:
        """A greatest common divisor, that of the coefficients included."""
        return p.gcd(q)

    def factors(self, p: Element) -> tuple[int, list[tuple[Element, int]]]:
        """The integer in front, and the irreducible factors with their exponents."""
        content, factors = p.factor_list()
        return int(content), [(factor, int(exponent)) for factor, exponent in factors]


class FlintPolynomials:
    """python-flint's multivariate polynomials."""

    name = "flint polynomials"

    def __init__(self, variables: int, flint: Any) -> None:
        self.variables = variables
        self._context = flint.fmpz_mpoly_ctx.get(_names(variables), "lex")

    def make(self, terms: Mapping[Exponents, int]) -> Element:
        """The polynomial with these coefficients."""
        return self._context.from_dict(dict(terms))

    def terms(self, p: Element) -> dict[Exponents, int]:
        """The non-zero coefficients, by exponents."""
        return {tuple(map(int, exponents)): int(value) for exponents, value in p.to_dict().items()}

    def size(self, p: Element) -> int:
        """The number of terms."""
        return len(p)

    def degrees(self, p: Element) -> Exponents:
        """The degree in each variable; negative for the zero polynomial."""
        return tuple(map(int, p.degrees()))

    def remainder(self, p: Element, divisor: Element) -> Element:
        """The remainder by a divisor that is monic in its first variable."""
        return divmod(p, divisor)[1]

    def quotient(self, p: Element, divisor: Element) -> Element:
        """The quotient by a divisor known to divide ``p``."""
        return divmod(p, divisor)[0]

    def gcd(self, p: Element, q: Element) -> Element:
        """A greatest common divisor, that of the coefficients included."""
        return p.gcd(q)

    def factors(self, p: Element) -> tuple[int, list[tuple[Element, int]]]:
        """The integer in front, and the irreducible factors with their exponents."""
        content, factors = p.factor()
        return int(content), [(factor, int(exponent)) for factor, exponent in factors]


def _names(variables: int) -> list[str]:
    return [f"x{index}" for index in range(variables)]


Backend: TypeAlias = Callable[[int], Polynomials]


@cache
def default_backend() -> Backend:
    """python-flint where it is installed and has multivariate polynomials (0.8 or later), else SymPy."""
    try:
        flint = import_module("flint")
    except ImportError:
        return SymPyRings
    if not hasattr(getattr(flint, "fmpz_mpoly_ctx", None), "get"):
        return SymPyRings
    return lambda variables: FlintPolynomials(variables, flint)


def polynomials(variables: int) -> Polynomials:
    """The polynomials in this many variables, by the backend of this installation."""
    return default_backend()(variables) if variables else Integers()
