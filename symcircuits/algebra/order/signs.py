r"""Certificates that a polynomial of the normal form is never negative.

The numerator of the normal form is split by its positive factors (symbols known to be non-negative, even powers of
real ones, exponentials of real numbers). Each such factor is multiplied by a trigonometric sum ``a + sum r cos(w)``;
it is non-negative when ``a >= sum |r|``, being ``(a - sum |r|) + sum |r| (1 +- cos w)``, and ``1 - cos w`` is
``2 sin(w / 2)^2``. Where that fails, every exponential of a positive number is written ``1 + u`` with ``u > 0``, and
then the polynomial is tried as a quadratic form in its monomials. At last roots of numbers are taken together: a sum of
positive factors, each times a number that is enclosed above zero, is positive.

>>> from sympy import Symbol, sqrt
>>> d = Symbol("d", positive=True)
>>> bool(certificate(3 * d - 2 * sqrt(2) * d)), bool(certificate(2 * sqrt(2) * d - 3 * d))
(True, False)
"""

from __future__ import annotations

from sympy import Expr, pi

from symcircuits.algebra.enclosures.witness import is_certainly_positive
from symcircuits.algebra.forms import laurent
from symcircuits.algebra.forms.generators import IMAGINARY, Generators, Key
from symcircuits.algebra.forms.laurent import Poly
from symcircuits.algebra.forms.normal_form import read_all
from symcircuits.algebra.forms.writing import Writer, base_of
from symcircuits.algebra.order.squares import is_positive_form, is_square, quadratic_form
from symcircuits.algebra.verdict import Proved, Undecided, Verdict
from symcircuits.errors import AlgebraError

Waves = dict[int, tuple[int, int]]


def certificate(expression: Expr) -> Verdict:
    """``Proved`` where a certificate for ``expression >= 0`` is found, else ``Undecided``; never ``Refuted``."""
    try:
        (form,), reader = read_all([expression])
        signs = _Signs(reader.generators)
        if not form.numerator:
            return Proved("normal form", reader.assumptions())
        for sign in (1, -1):  # an overall sign may sit in both
            top = signs.any_certificate(laurent.scale(form.numerator, sign))
            bottom = top and signs.any_certificate(laurent.scale(form.denominator, sign))
            if top is not None and bottom is not None:
                return Proved(top.method, reader.assumptions(), top.zeros())
    except (AlgebraError, RecursionError) as error:
        return Undecided(str(error) or "the expression is nested too deeply")
    return Undecided("no sum of squares found")


def _above_one(polynomial: Poly, signs: _Signs) -> Poly:
    """The polynomial, times a positive monomial, with ``1 + u`` for each exponential of a positive number."""
    generators = signs.generators
    for index, key in enumerate(list(generators.keys)):
        strict = signs.strictly_positive(base_of(key)) if key[0] == "exponent" else None
        if strict is None:
            continue
        powers = {monomial: laurent.exponents(monomial).get(index, 0) for monomial in polynomial}
        lowest = min(powers.values(), default=0)
        excess = {0: 1, generators.free("excess" if strict else "slack", index): 1}
        shifted: Poly = {}
        for monomial, coefficient in polynomial.items():
            rest = monomial - powers[monomial] * laurent.generator(index)
            power = laurent.power(excess, powers[monomial] - lowest, generators.squares)
            shifted = laurent.add(shifted, laurent.multiply({rest: coefficient}, power, generators.squares))
        polynomial = shifted
    return polynomial


class _NonNegative:
    """A certificate: the angles ``w`` of the terms ``1 -+ cos w``, and whether something is left over."""

    def __init__(self, generators: Generators) -> None:
        self.generators = generators
        self.waves: list[tuple[int, int]] = []
        self.positive_rest = False
        self.certain = True
        self.square = False

    @property
    def method(self) -> str:
        """The certificate in words."""
        return "sum of squares" if self.waves or self.square else "sum of non-negative terms"

    def zeros(self) -> tuple[Expr, ...] | None:
        """The angles that must be multiples of 2 pi for the value to be 0; ``()`` where it never is."""
        if self.positive_rest:
            return ()
        if not self.certain:
            return None
        angles = [_angle(self.generators, wave) + (pi if sign > 0 else 0) for wave, sign in self.waves]
        return tuple(dict.fromkeys(angles))


class _Signs:
    def __init__(self, generators: Generators) -> None:
        self.generators = generators

    def any_certificate(self, polynomial: Poly) -> _NonNegative | None:
        """The first certificate found that a polynomial is never negative, or ``None``."""
        return (
            self.nonnegative(polynomial)
            or self.nonnegative(_above_one(polynomial, self))
            or self.as_quadratic_form(polynomial)
            or self.by_numbers(polynomial)
        )

    def by_numbers(self, polynomial: Poly) -> _NonNegative | None:
        """A certificate by the positive numbers, roots and all, that stand before positive factors."""
        numbers: dict[int, Poly] = {}
        for monomial, coefficient in polynomial.items():
            root = laurent.quadratic_part(monomial)
            numbers.setdefault(monomial - root, {})[root] = coefficient
        certificate = _NonNegative(self.generators)
        for factor, number in numbers.items():
            strict = self.strictly_positive(factor)
            if strict is None or not self._is_positive_number(number):
                return None
            certificate.positive_rest |= strict
            certificate.certain &= strict
        return certificate

    def _is_positive_number(self, number: Poly) -> bool:
        places = {place for root in number for place in laurent.quadratic_places(root)}
        if any(self.generators.quadratic_keys[place][0] != "prime" for place in places):
            return False
        return is_certainly_positive(Writer(self.generators).polynomial(number))

    def as_quadratic_form(self, polynomial: Poly) -> _NonNegative | None:
        """A certificate by writing a polynomial in real quantities as a sum of squares of polynomials."""
        if any(laurent.quadratic_part(monomial) for monomial in polynomial):
            return None
        positive = {index for index, key in enumerate(self.generators.keys) if self._sign_of(key, 1)}
        real = positive | {index for index, key in enumerate(self.generators.keys) if self._is_real_symbol(key)}
        form = quadratic_form(polynomial, real, positive)
        strict = None if form is None else is_positive_form(form)
        if strict is None and is_square(polynomial, real, positive):
            strict = False
        if strict is None:
            return None
        certificate = _NonNegative(self.generators)
        certificate.square, certificate.positive_rest, certificate.certain = True, strict, False
        return certificate

    def _is_real_symbol(self, key: Key) -> bool:
        return key[0] == "symbol" and bool(key[1].is_real)  # type: ignore[attr-defined]

    def nonnegative(self, polynomial: Poly) -> _NonNegative | None:
        """A certificate that a polynomial is never negative, or ``None``."""
        certificate = _NonNegative(self.generators)
        for factor, waves in self._by_factor(polynomial).items():
            strict = self.strictly_positive(factor)
            if strict is None or not self._covers(waves, certificate, strict):
                return None
        return certificate

    def _by_factor(self, polynomial: Poly) -> dict[int, Waves]:
        """The polynomial as real factor -> wave -> (real, imaginary) coefficient."""
        table: dict[int, Waves] = {}
        for monomial, coefficient in polynomial.items():
            turns = coefficient if monomial & IMAGINARY else 0
            wave = self._wave(monomial)
            factor = monomial - wave - (monomial & IMAGINARY)
            real, imaginary = table.setdefault(factor, {}).get(wave, (0, 0))
            table[factor][wave] = (real + coefficient - turns, imaginary + turns)
        return table

    def _wave(self, monomial: int) -> int:
        return sum(part for part in self.generators.factors(monomial) if self._is_wave(part))

    def _is_wave(self, part: int) -> bool:
        return any(key[0] == "angle" and self._is_real(base_of(key)) for key, _ in self.generators.parts(part))

    def _covers(self, waves: Waves, certificate: _NonNegative, strict: bool) -> bool:
        constant, leftover = waves.get(0, (0, 0)), 0
        if constant[1]:
            return False
        leftover = constant[0]
        for wave, (real, imaginary) in waves.items():
            if wave == 0:
                continue
            if waves.get(-wave) != (real, -imaginary):
                return False
            # Each of w and -w takes |real| + |imaginary|: together they bound 2 (real cos w - imaginary sin w).
            leftover -= abs(real) + abs(imaginary)
            certificate.certain &= imaginary == 0 and strict
            if wave > 0:
                certificate.waves.append((wave, 1 if real > 0 else -1))
        certificate.positive_rest |= leftover > 0 and strict
        certificate.certain &= leftover == 0 or strict
        return leftover >= 0

    def strictly_positive(self, factor: int) -> bool | None:
        """``True`` for a factor that is positive, ``False`` for one that is only non-negative, ``None`` otherwise."""
        strict = True
        places = laurent.quadratic_places(factor)
        if any(self.generators.quadratic_keys[place][0] != "prime" for place in places):
            return None
        for key, exponent in self.generators.parts(factor):
            sign = self._sign_of(key, exponent)
            if sign is None:
                return None
            strict &= sign
        return strict

    def _sign_of(self, key: Key, exponent: int) -> bool | None:
        if key[0] in ("pi", "excess") or (key[0] == "exponent" and self._is_real(base_of(key))):
            return True
        if key[0] not in ("symbol", "root"):
            return False if key[0] == "slack" and exponent > 0 else None
        symbol = key[1]
        if symbol.is_positive:  # type: ignore[attr-defined]
            return True
        if symbol.is_nonnegative or (symbol.is_real and exponent % 2 == 0 and key[0] == "symbol"):  # type: ignore[attr-defined]
            return exponent < 0 or bool(symbol.is_nonzero)  # type: ignore[attr-defined]
        return None

    def _is_real(self, monomial: int) -> bool:
        if any(self.generators.quadratic_keys[place][0] == "I" for place in laurent.quadratic_places(monomial)):
            return False
        return all(
            key[0] == "pi" or (key[0] == "symbol" and key[1].is_real) or (key[0] == "root" and key[1].is_nonnegative)  # type: ignore[attr-defined]
            for key, _ in self.generators.parts(monomial)
        )


def _angle(generators: Generators, wave: int) -> Expr:
    """The angle whose wave is ``exp(i angle)``, as an expression, with the sign that reads best."""
    angle = Writer(generators).angle_of(wave)
    return -angle if angle.could_extract_minus_sign() else angle
