"""The normal form written back as SymPy expressions: waves come out as cosines and sines.

A pair of terms ``a z^e + b z^-e`` is written ``(a + b) cos + i (a - b) sin`` of the angle of ``z^e``, so that what is
real is seen to be real.

>>> from sympy import Symbol, cos, sin
>>> from symcircuits.algebra.forms.normal_form import read_all
>>> a, b = Symbol("a"), Symbol("b")
>>> (form,), reader = read_all([cos(a) * cos(b) - sin(a) * sin(b)])
>>> Writer(reader.generators).quotient(form)
cos(a + b)
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import lcm

from sympy import Add, Expr, I, Integer, Mul, Rational, cos, exp, pi, sin, sqrt

from symcircuits.algebra.forms import laurent
from symcircuits.algebra.forms.generators import IMAGINARY, Generators, Key
from symcircuits.algebra.forms.laurent import Poly
from symcircuits.algebra.forms.quotient import Quotient
from symcircuits.errors import NotSupported

Powers = dict[int, Fraction]
Angle = tuple[tuple[int, Fraction], ...]
Parts = list[int]


class Writer:
    """Writes polynomials over one table of generators."""

    def __init__(self, generators: Generators) -> None:
        self.generators = generators
        self._products: dict[int, Expr] = {}
        self._angles: dict[Angle, Expr] = {}

    def quotient(self, form: Quotient) -> Expr:
        """A quotient, its denominator made real where a power of waves does that."""
        return self.shifted(form.numerator, form.denominator, {})

    def shifted(self, top: Poly, bottom: Poly, shift: Mapping[int, Fraction]) -> Expr:
        """``top / bottom``, times waves to the (rational) powers in ``shift``, by index."""
        centre = self._centre(bottom)
        above = {i: shift.get(i, Fraction(0)) + centre.get(i, Fraction(0)) for i in shift.keys() | centre.keys()}
        return self.polynomial(top, above) / self.polynomial(bottom, centre)

    def polynomial(self, polynomial: Poly, shift: Mapping[int, Fraction] | None = None) -> Expr:
        """A polynomial, times waves to the (rational) powers in ``shift``, by index.

        Raises ``NotSupported`` for a sum with symbolic bounds.
        """
        table: dict[int, dict[Angle, Parts]] = {}
        for monomial, coefficient in polynomial.items():
            rest, angle = self._split(monomial, shift or {})
            turned = rest & IMAGINARY
            canonical, sign = _canonical(angle)
            at = 2 * (sign < 0) + bool(turned)
            table.setdefault(rest - turned, {}).setdefault(canonical, [0, 0, 0, 0])[at] += coefficient
        terms = [
            self.monomial(rest) * self._waves(angle, parts)
            for rest, waves in table.items()
            for angle, parts in waves.items()
        ]
        return Add(*terms)

    def _waves(self, angle: Angle, parts: Parts) -> Expr:
        """``(a + i b) w + (c + i d) / w`` for the wave of an angle."""
        a, b, c, d = map(Integer, parts)
        if not angle:
            return a + I * b
        written = self.angle(angle)
        return (a + c + I * (b + d)) * cos(written) + (d - b + I * (a - c)) * sin(written)

    def _split(self, monomial: int, shift: Mapping[int, Fraction]) -> tuple[int, Powers]:
        """The factor of a monomial without waves, and the powers of its waves."""
        powers = dict(shift)
        for index, exponent in laurent.exponents(monomial).items():
            if self.generators.keys[index][0] == "angle":
                powers[index] = powers.get(index, Fraction(0)) + exponent
                monomial -= exponent * laurent.generator(index)
        return monomial, powers

    def angle(self, angle: Angle) -> Expr:
        """The angle of a product of powers of waves."""
        if angle not in self._angles:
            total = self._combination({self.generators.keys[index]: power for index, power in angle})
            self._angles[angle] = total.factor() if total.is_Add else total
        return self._angles[angle]

    def angle_of(self, wave: int) -> Expr:
        """The angle of a monomial that is made of waves."""
        return self.angle(tuple(sorted(self._split(wave, {})[1].items())))

    def _combination(self, powers: Mapping[Key, Fraction]) -> Expr:
        """The argument of a product of powers of exponentials: a sum over the monomials in their exponents."""
        denominator = self.generators.denominator
        multiples = {base_of(key): power / denominator(str(key[0]), base_of(key)) for key, power in powers.items()}
        common = lcm(*(multiple.denominator for multiple in multiples.values()))
        whole = {base: int(multiple * common) for base, multiple in multiples.items() if multiple}
        return self.polynomial(whole) * Rational(1, common)

    def monomial(self, monomial: int) -> Expr:
        """A monomial without waves."""
        if monomial not in self._products:
            self._products[monomial] = self._product(monomial)
        return self._products[monomial]

    def _product(self, monomial: int) -> Expr:
        factors = [self._quadratic(self.generators.quadratic_keys[p]) for p in laurent.quadratic_places(monomial)]
        exponents: dict[Key, Fraction] = {}
        for key, exponent in self.generators.parts(monomial):
            if key[0] == "exponent":
                exponents[key] = Fraction(exponent)
            else:
                factors.append(self._factor(key) ** exponent)
        return Mul(*factors, exp(self._combination(exponents))) if exponents else Mul(*factors)

    def _quadratic(self, key: Key) -> Expr:
        if key[0] == "sign":
            return Integer(-1) ** self.monomial(base_of(key))
        return I if key[0] == "I" else sqrt(key[1])

    def _factor(self, key: Key) -> Expr:
        if key[0] == "pi":
            return pi
        if key[0] in ("symbol", "opaque"):
            return key[1]
        if key[0] == "root":
            return sqrt(key[1])
        raise NotSupported("a sum with symbolic bounds in an entry is not written back")

    def _centre(self, polynomial: Poly) -> Powers:
        """The powers of waves that put a polynomial's exponents in the middle."""
        indices = {index for monomial in polynomial for index in laurent.exponents(monomial)}
        shift: Powers = {}
        for index in indices:
            if self.generators.keys[index][0] == "angle":
                powers = [laurent.exponents(monomial).get(index, 0) for monomial in polynomial]
                shift[index] = Fraction(-min(powers) - max(powers), 2)
        return shift


def base_of(key: Key) -> int:
    """The monomial in the exponent of an angle or exponent generator."""
    base = key[1]
    if not isinstance(base, int):
        raise TypeError(f"expected an angle or exponent generator, got {key}")
    return base


def _canonical(powers: Powers) -> tuple[Angle, int]:
    """The powers of waves as an angle whose first power is positive, and the sign that this took."""
    angle = tuple(sorted((index, power) for index, power in powers.items() if power))
    if angle and angle[0][1] < 0:
        return tuple((index, -power) for index, power in angle), -1
    return angle, 1
