"""Exponentials, and cos and sin with their kin, written through powers of generators.

``exp`` of an argument that is a Laurent polynomial over an integer is a product: of one generator for each independent
monomial of the argument, raised to an integer power, and of a sign or a root of unity where a monomial is ``i pi``
times an integer. Both cos and sin come from one such product, a wave, and its inverse.
"""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from sympy import Expr, cos, cosh, cot, coth, csc, pi, sec, sin, sinh, tan, tanh

from symcircuits.algebra.forms import laurent
from symcircuits.algebra.forms.generators import IMAGINARY, Generators
from symcircuits.algebra.forms.laurent import constant
from symcircuits.algebra.forms.quotient import Quotient
from symcircuits.algebra.values import as_rational

HYPERBOLIC = (cosh, sinh, tanh, coth)
CIRCULAR = (cos, sin, tan, cot, sec, csc)
Halves = tuple[Quotient, Quotient]

_HALF = constant(2)

# What is left of a function once its wave is known: the even part, the odd part, or a quotient of the two or of one.
EVEN = frozenset({cos, cosh})
QUOTIENTS = {
    tan: (sin, cos),
    cot: (cos, sin),
    sec: (None, cos),
    csc: (None, sin),
    tanh: (sinh, cosh),
    coth: (cosh, sinh),
}


class Wave(NamedTuple):
    """A product of powers of generators, by place, times the number ``exp(i pi q)`` for each ``q`` of ``turns`` and a
    sign for each monomial of ``signs``."""

    powers: tuple[tuple[int, int], ...]
    signs: tuple[int, ...] = ()
    turns: tuple[Fraction, ...] = ()

    @property
    def is_plain(self) -> bool:
        """Whether there are only powers."""
        return not (self.signs or self.turns)

    def monomial(self) -> int:
        """The product of the powers, as a monomial."""
        return sum(exponent * laurent.generator(place) for place, exponent in self.powers)


def wave(generators: Generators, argument: Quotient, turned: bool) -> Wave:
    """``exp(argument)``, or ``exp(i argument)`` where it is ``turned``; the argument is over an integer."""
    divisor = argument.denominator[0]
    powers, signs, turns = [], [], []
    for monomial, coefficient in argument.numerator.items():
        imaginary, real = monomial & IMAGINARY, monomial & ~IMAGINARY
        factor = -coefficient if imaginary and turned else coefficient
        if bool(imaginary) == turned:
            powers.append(generators.exponential("exponent", real, factor, divisor))
            continue
        half_turns = _half_turns(generators, real)
        if half_turns == 0:
            special = Fraction(factor, divisor)
            if 12 % special.denominator == 0:  # others have a root under a root, or none
                turns.append(special)
                continue
        elif half_turns is not None and factor % divisor == 0:
            if factor // divisor % 2:
                signs.append(half_turns)
            continue
        powers.append(generators.exponential("angle", real, factor, divisor))
    return Wave(tuple(powers), tuple(signs), tuple(turns))


def _half_turns(generators: Generators, base: int) -> int | None:
    """``M`` where the angle is ``pi * M`` with an integer-valued monomial ``M``, else ``None``."""
    if not generators.has_pi:
        return None
    rest = base - generators.free("pi")
    return rest if generators.integer_valued(rest) else None


def root_of_unity(half_turns: Fraction) -> tuple[Expr, Expr]:
    """The cosine and the sine of so many half turns."""
    angle = pi * as_rational(half_turns)
    return cos(angle), sin(angle)


def plain_halves(plain: Wave, hyperbolic: bool) -> Halves:
    """``(w + 1/w) / 2`` and ``(w - 1/w) / 2``, the latter over ``i`` for a circular function."""
    w = plain.monomial()
    if w == 0:
        return Quotient(laurent.ONE), Quotient({})
    if hyperbolic:
        return Quotient({w: 1, -w: 1}, _HALF), Quotient({w: 1, -w: -1}, _HALF)
    return Quotient({w: 1, -w: 1}, _HALF), Quotient({IMAGINARY + w: -1, IMAGINARY - w: 1}, _HALF)
