"""Complex conjugation of the normal form: I and waves are turned round, real generators stay.

>>> from sympy import I, Symbol, exp
>>> from symcircuits.algebra.forms.normal_form import read_all
>>> a = Symbol("a", real=True)
>>> (wave, inverse), reader = read_all([I * exp(I * a), -I * exp(-I * a)])
>>> Conjugation(reader.generators).quotient(wave) == inverse
True
"""

from __future__ import annotations

from sympy import Expr

from symcircuits.algebra.forms import laurent
from symcircuits.algebra.forms.generators import Generators, Key
from symcircuits.algebra.forms.quotient import Quotient
from symcircuits.algebra.forms.writing import base_of
from symcircuits.errors import NotSupported, OutsideClass


class Conjugation:
    """Conjugates over one table of generators, which may grow by it."""

    def __init__(self, generators: Generators) -> None:
        self.generators = generators
        self._known: dict[int, tuple[int, int]] = {}

    def quotient(self, form: Quotient) -> Quotient:
        """The conjugate of a quotient.

        Raises ``OutsideClass`` where a symbol or function in it is not known to be real.
        """
        return Quotient(self.polynomial(form.numerator), self.polynomial(form.denominator))

    def polynomial(self, polynomial: laurent.Poly) -> laurent.Poly:
        """The conjugate of a polynomial."""
        turned: laurent.Poly = {}
        for monomial, coefficient in polynomial.items():
            sign, conjugate = self.monomial(monomial)
            turned[conjugate] = sign * coefficient
        return turned

    def monomial(self, monomial: int) -> tuple[int, int]:
        """The conjugate of a monomial, as a sign and a monomial."""
        if monomial not in self._known:
            self._known[monomial] = self._monomial(monomial)
        return self._known[monomial]

    def _monomial(self, monomial: int) -> tuple[int, int]:
        places = laurent.quadratic_places(monomial)
        turned = sum(self.generators.quadratic_keys[place][0] == "I" for place in places)
        free = (self._power(key, exponent) for key, exponent in self.generators.parts(monomial))
        return (-1) ** turned, laurent.quadratic_part(monomial) + sum(free)

    def _power(self, key: Key, exponent: int) -> int:
        if key[0] in ("angle", "exponent"):
            return self._exponential(key, exponent)
        self._check_real(key)
        return exponent * self.generators.free(*key)

    def _exponential(self, key: Key, exponent: int) -> int:
        sign, base = self.monomial(base_of(key))
        kind = str(key[0])
        turned = -sign if kind == "angle" else sign
        divisor = self.generators.denominator(kind, base_of(key))
        place, power = self.generators.exponential(kind, base, turned * exponent, divisor)
        if self.generators.stale:
            raise NotSupported("the conjugate of an exponential of a complex number is not found")
        return power * laurent.generator(place)

    def _check_real(self, key: Key) -> None:
        if key[0] == "pi":
            return
        if key[0] == "sum":
            part = key[3]
            real = isinstance(part, int) and self.monomial(part) == (1, part)
        else:
            real = isinstance(key[1], Expr) and bool(key[1].is_nonnegative if key[0] == "root" else key[1].is_real)
        if not real:
            what = f"sqrt({key[1]})" if key[0] == "root" else "a sum" if key[0] == "sum" else str(key[1])
            raise OutsideClass(f"norms and singular values need entries known to be real or complex, and {what} is not")
