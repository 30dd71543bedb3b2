r"""Inequalities, proved by writing a difference as a sum of terms that cannot be negative.

The numerator of the normal form is split by its positive factors (symbols known to be non-negative, even powers of
real ones, exponentials of real numbers). Each such factor is multiplied by a trigonometric sum ``a + sum r cos(w)``;
it is non-negative when ``a >= sum |r|``, being ``(a - sum |r|) + sum |r| (1 +- cos w)``, and ``1 - cos w`` is
``2 sin(w / 2)^2``. Where that fails, every exponential of a positive number is written ``1 + u`` with ``u > 0``.

>>> from sympy import Symbol, cos
>>> a, b = Symbol("a", real=True), Symbol("b", positive=True)
>>> prove_nonnegative(b ** 2 * (1 - cos(a)))
Proved(method='sum of squares', assuming=(), equality_at=(a,))
"""

from __future__ import annotations

from collections.abc import Sequence

from sympy import Expr, Integer, Mul, Rational, pi, sqrt
from sympy.logic.boolalg import Boolean

from symcircuits.algebra import laurent
from symcircuits.algebra.generators import IMAGINARY, Generators, Key
from symcircuits.algebra.laurent import Poly
from symcircuits.algebra.normal_form import read_all
from symcircuits.algebra.values import Exact, exact
from symcircuits.algebra.verdict import Proved, Refuted, Undecided, Verdict
from symcircuits.algebra.witness import find_less, is_certainly_positive
from symcircuits.errors import AlgebraError

Waves = dict[int, tuple[int, int]]


def prove_at_least(left: Exact, right: Exact, given: Sequence[Boolean] = ()) -> Verdict:
    """Decide ``left >= right``; see ``prove_nonnegative``. A witness tells both sides."""
    high, low = exact(left), exact(right)
    verdict = _certificate(high - low)
    if isinstance(verdict, Undecided) and is_certainly_positive(high - low):
        return Proved("enclosure", equality_at=())
    if isinstance(verdict, Proved):
        return verdict
    witness = find_less(high, low, given)
    return Refuted(witness) if witness is not None else verdict


def prove_nonnegative(expression: Exact, given: Sequence[Boolean] = ()) -> Verdict:
    """Decide ``expression >= 0`` for all values of its symbols.

    ``Proved`` carries in ``equality_at`` the angles that must all be multiples of 2 pi for the value to be 0, where
    that is known. Raises ``BadValue`` for something that is no exact value.
    """
    return prove_at_least(expression, 0, given)


def _certificate(expression: Expr) -> Verdict:
    try:
        (form,), reader = read_all([expression])
    except (AlgebraError, RecursionError) as error:
        return Undecided(str(error) or "the expression is nested too deeply")
    signs = _Signs(reader.generators)
    if not form.numerator:
        return Proved("normal form", reader.assumptions())
    top = signs.nonnegative(form.numerator) or signs.nonnegative(_above_one(form.numerator, signs))
    bottom = signs.nonnegative(form.denominator)
    if top is None or bottom is None:
        return Undecided("no sum of squares found; no witness found")
    method = "sum of squares" if top.waves else "sum of non-negative terms"
    return Proved(method, reader.assumptions(), top.zeros())


def _above_one(polynomial: Poly, signs: _Signs) -> Poly:
    """The polynomial, times a positive monomial, with ``1 + u`` for each exponential of a positive number."""
    generators = signs.generators
    for index, key in enumerate(list(generators.keys)):
        if key[0] != "exponent" or not signs.is_positive(base_of(key)):
            continue
        powers = {monomial: laurent.exponents(monomial).get(index, 0) for monomial in polynomial}
        lowest = min(powers.values(), default=0)
        excess = {0: 1, generators.free("excess", index): 1}
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

    def nonnegative(self, polynomial: Poly) -> _NonNegative | None:
        """A certificate that a polynomial is never negative, or ``None``."""
        certificate = _NonNegative(self.generators)
        for factor, waves in self._by_factor(polynomial).items():
            strict = self._strictly_positive(factor)
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

    def _strictly_positive(self, factor: int) -> bool | None:
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

    def is_positive(self, monomial: int) -> bool:
        """Whether a monomial is certainly positive."""
        return self._strictly_positive(monomial) is True

    def _sign_of(self, key: Key, exponent: int) -> bool | None:
        if key[0] in ("pi", "excess") or (key[0] == "exponent" and self._is_real(base_of(key))):
            return True
        if key[0] not in ("symbol", "root"):
            return None
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


def base_of(key: Key) -> int:
    """The monomial in the exponent of an angle or exponent generator."""
    base = key[1]
    if not isinstance(base, int):
        raise TypeError(f"expected an angle or exponent generator, got {key}")
    return base


def _angle(generators: Generators, wave: int) -> Expr:
    """The angle whose wave is ``exp(i angle)``, as an expression."""
    total: Expr = Integer(0)
    for key, exponent in generators.parts(wave):
        multiple = Rational(exponent, generators.denominator("angle", base_of(key)))
        total += multiple * _product(generators, base_of(key))
    return _readable(total)


def _product(generators: Generators, monomial: int) -> Expr:
    roots = [sqrt(generators.quadratic_keys[place][1]) for place in laurent.quadratic_places(monomial)]
    return Mul(*roots, *(_base(key) ** exponent for key, exponent in generators.parts(monomial)))


def _base(key: Key) -> Expr:
    if key[0] == "pi":
        return pi
    return sqrt(key[1]) if key[0] == "root" else key[1]


def _readable(angle: Expr) -> Expr:
    factored = angle.factor() if angle.is_Add else angle
    return -factored if factored.could_extract_minus_sign() else factored
