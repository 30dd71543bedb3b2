"""Polynomials that vanish because a generator is a root of unity.

The wave of the angle ``pi / D`` is a root of the cyclotomic polynomial of order ``2 D``; that of ``pi M / D`` with an
integer ``M`` is some root of ``z^(2 D) - 1``. A polynomial is zero where its remainder by these is.

>>> from sympy import cos, pi
>>> from symcircuits.algebra.forms.normal_form import read_all
>>> (form,), reader = read_all([2 * cos(pi / 7) - 2 * cos(2 * pi / 7) + 2 * cos(3 * pi / 7) - 1])
>>> bool(form.numerator), vanishes(form.numerator, reader.generators)
(True, True)
"""

from __future__ import annotations

from collections.abc import Iterator

from sympy import ZZ, Poly, Symbol, cyclotomic_poly

from symcircuits.algebra.forms import laurent
from symcircuits.algebra.forms.generators import Generators

_Z = Symbol("z")
_LARGEST_ORDER = 2000


def vanishes(polynomial: laurent.Poly, generators: Generators) -> bool:
    """Whether a polynomial is zero, also by what its roots of unity satisfy."""
    if not polynomial or not generators.has_pi:
        return not polynomial
    for index, base, order in _roots(generators):
        polynomial = _remainder(polynomial, index, _modulus(generators, base, order), order)
    return not polynomial


def _roots(generators: Generators) -> Iterator[tuple[int, int, int]]:
    """The index, angle and order of every generator that is a root of unity."""
    for index, key in enumerate(list(generators.keys)):
        if key[0] == "angle" and isinstance(key[1], int) and generators.is_turn(key[1]):
            order = 2 * generators.denominator("angle", key[1])
            if order <= _LARGEST_ORDER:
                yield index, key[1], order


def _modulus(generators: Generators, base: int, order: int) -> Poly | None:
    """The cyclotomic polynomial for the angle pi itself; ``None`` for its multiples, where ``z^order = 1`` is all."""
    if base != generators.free("pi"):
        return None
    return Poly(cyclotomic_poly(order, _Z), _Z, domain=ZZ)


def _remainder(polynomial: laurent.Poly, index: int, modulus: Poly | None, order: int) -> laurent.Poly:
    generator = laurent.generator(index)
    groups: dict[int, list[int]] = {}
    for monomial, coefficient in polynomial.items():
        exponent = laurent.exponents(monomial).get(index, 0)
        group = groups.setdefault(monomial - exponent * generator, [0] * order)
        group[exponent % order] += coefficient
    return {
        rest + exponent * generator: coefficient
        for rest, group in groups.items()
        for exponent, coefficient in enumerate(_reduced(group, modulus))
        if coefficient
    }


def _reduced(group: list[int], modulus: Poly | None) -> list[int]:
    if modulus is None:
        return group
    remainder = Poly(group[::-1], _Z, domain=ZZ).rem(modulus)
    return [int(coefficient) for coefficient in reversed(remainder.all_coeffs())]
