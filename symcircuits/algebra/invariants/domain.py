"""The domain that the entries of some matrices lie in: integer polynomials, with the squares of roots and of I put in.

The generators of the normal form that occur become the variables of a polynomial ring, those with an integer square
first; a polynomial is reduced by ``q^2 = square`` for each of them. Negative exponents are shifted away when a matrix
is read (see ``cleared``), so that every element here is a polynomial.
"""

from __future__ import annotations

from collections.abc import Iterable

from symcircuits.algebra.forms import laurent
from symcircuits.algebra.forms.budget import Budget
from symcircuits.algebra.forms.generators import Generators, Key
from symcircuits.algebra.forms.quotient import Quotient
from symcircuits.algebra.forms.writing import Writer, base_of
from symcircuits.algebra.invariants.polynomials import Element, Exponents, polynomials
from symcircuits.errors import BudgetSpent

MAX_TERMS = 3000
MAX_CANCELLED = 600
MAX_DEGREE = 400


class Domain:
    """Polynomials over the generators that occur in some Laurent polynomials; ``budget`` bounds all work in it."""

    def __init__(self, generators: Generators, occurring: Iterable[laurent.Poly], budget: Budget) -> None:
        monomials = {monomial for polynomial in occurring for monomial in polynomial}
        self.indices = sorted({index for monomial in monomials for index in laurent.exponents(monomial)})
        places = {place for monomial in monomials for place in laurent.quadratic_places(monomial)}
        if any(generators.keys[index][0] == "angle" for index in self.indices):
            places.add(0)  # I, for the sines that a root of cosines may have in it
        self.places = sorted(places)
        self.generators, self.budget, self.writer = generators, budget, Writer(generators)
        self.ring = polynomials(len(self.places) + len(self.indices))
        self.zero, self.one = self.constant(0), self.constant(1)
        self._moduli = [
            self.ring.make({self._power(at, 2): 1, self._power(at, 0): -generators.squares[place]})
            for at, place in enumerate(self.places)
        ]

    def constant(self, value: int) -> Element:
        """An integer as an element."""
        return self.ring.make({(0,) * self.ring.variables: value} if value else {})

    def element(self, polynomial: laurent.Poly, shift: int = 0) -> Element:
        """A Laurent polynomial times the monomial ``shift``, no exponent of which may be left negative."""
        return self.ring.make({self._exponents(m + shift): c for m, c in polynomial.items()})

    def laurent(self, element: Element) -> laurent.Poly:
        """An element as a Laurent polynomial."""
        return {self._monomial(exponents): value for exponents, value in self.ring.terms(element).items()}

    def reduced(self, element: Element) -> Element:
        """An element with the squares of roots and of I put in; raises ``BudgetSpent`` for one that is too large."""
        self.budget.check()
        if self.ring.size(element) > MAX_TERMS:
            raise BudgetSpent(f"a polynomial of more than {MAX_TERMS} terms on the way to an invariant")
        degrees = self.ring.degrees(element)
        for at, modulus in enumerate(self._moduli):
            if degrees[at] > 1:
                element = self.ring.remainder(element, modulus)
        return element

    def times(self, a: Element, b: Element) -> Element:
        """The product."""
        return self.reduced(a * b)

    def power(self, element: Element, exponent: int) -> Element:
        """A power, by repeated multiplication."""
        result = self.one
        for _ in range(exponent):
            result = self.times(result, element)
        return result

    def conjugates(self, element: Element) -> Iterable[int]:
        """The places, in the list of variables, of the roots in an element."""
        degrees = self.ring.degrees(element)
        return [at for at in range(len(self.places)) if degrees[at] > 0]

    def conjugate(self, element: Element, at: int) -> Element:
        """The element with the sign of one root changed."""
        terms = self.ring.terms(element)
        return self.ring.make({exponents: -c if exponents[at] % 2 else c for exponents, c in terms.items()})

    def has_waves(self, element: Element) -> bool:
        """Whether a wave occurs in an element, or in an exponent there."""
        occurring = zip(self.indices, self.ring.degrees(element)[len(self.places) :], strict=True)
        return any(degree > 0 and self._turns(self.generators.keys[index]) for index, degree in occurring)

    def _turns(self, key: Key) -> bool:
        if key[0] == "exponent":
            return any(self._turns(inner) for inner, _ in self.generators.parts(base_of(key)))
        return key[0] == "angle"

    def is_small(self, element: Element, terms: int = MAX_CANCELLED) -> bool:
        """Whether a greatest common divisor or a factorization of an element is within reach."""
        return self.ring.size(element) <= terms and sum(self.ring.degrees(element)) <= MAX_DEGREE

    def lowest(self, top: Element, bottom: Element) -> tuple[Element, Element]:
        """A fraction in lower terms, without roots in the denominator where that is cheap."""
        top, bottom = self._cancelled(top, bottom)
        for at in self.conjugates(bottom):
            other = self.conjugate(bottom, at)
            top, bottom = self._cancelled(self.times(top, other), self.times(bottom, other))
        return top, bottom

    def _cancelled(self, top: Element, bottom: Element) -> tuple[Element, Element]:
        if not self.is_small(top) or not self.is_small(bottom):
            return top, bottom
        common = self.ring.gcd(top, bottom)
        if common == self.one:
            return top, bottom
        return self.ring.quotient(top, common), self.ring.quotient(bottom, common)

    def quotient(self, top: Element, bottom: Element) -> Quotient:
        """A fraction of elements as a quotient of Laurent polynomials, in lower terms."""
        top, bottom = self.lowest(top, bottom)
        return Quotient(self.laurent(top), self.laurent(bottom))

    def _power(self, at: int, exponent: int) -> Exponents:
        return tuple(exponent if place == at else 0 for place in range(self.ring.variables))

    def _exponents(self, monomial: int) -> Exponents:
        free, roots = laurent.exponents(monomial), set(laurent.quadratic_places(monomial))
        return (*(int(place in roots) for place in self.places), *(free.get(index, 0) for index in self.indices))

    def _monomial(self, exponents: Exponents) -> int:
        roots = sum(laurent.quadratic(place) for place, e in zip(self.places, exponents, strict=False) if e)
        free = exponents[len(self.places) :]
        return roots + sum(e * laurent.generator(index) for index, e in zip(self.indices, free, strict=True))
