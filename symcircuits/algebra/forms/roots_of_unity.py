"""Polynomials that vanish because a generator is a root of unity.

The wave of the angle ``pi / D`` is a root of the cyclotomic polynomial of order ``2 D``, and with it the imaginary unit
and square roots of primes are sums of roots of unity: ``sqrt(2)`` of the eighth, and by Gauss the sum of
``exp(2 pi i k^2 / p)`` over ``k = 0 .. p - 1`` is ``sqrt(p)`` for a prime ``p = 4 m + 1`` and ``i sqrt(p)`` for
``p = 4 m + 3``. So all of them are written in one cyclotomic field, where what remains is reduced. The wave of
``pi M / D`` with an integer ``M`` is some root of ``z^(2 D) - 1``.

>>> from sympy import cos, pi, sin, sqrt
>>> from symcircuits.algebra.forms.normal_form import read_all
>>> (form,), reader = read_all([2 * cos(pi / 7) - 2 * cos(2 * pi / 7) + 2 * cos(3 * pi / 7) - 1])
>>> bool(form.numerator), vanishes(form.numerator, reader.generators)
(True, True)
>>> (form,), reader = read_all([2 * sin(2 * pi / 7) + 2 * sin(4 * pi / 7) + 2 * sin(8 * pi / 7) - sqrt(7)])
>>> vanishes(form.numerator, reader.generators)
True
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from math import lcm

from sympy import ZZ, Poly, Symbol, cyclotomic_poly

from symcircuits.algebra.forms import laurent
from symcircuits.algebra.forms.generators import Generators

_Z = Symbol("z")
_LARGEST_ORDER = 2000

Row = dict[int, int]  # exponent of a root of unity -> coefficient


def vanishes(polynomial: laurent.Poly, generators: Generators) -> bool:
    """Whether a polynomial is zero, also by what its roots of unity satisfy."""
    if not polynomial or not generators.has_pi:
        return not polynomial
    for index, base, order in _roots(generators):
        if base == generators.free("pi"):
            polynomial = _in_one_field(polynomial, index, order, generators)
        else:
            polynomial = _folded(polynomial, index, order)
    return not polynomial


def _roots(generators: Generators) -> Iterator[tuple[int, int, int]]:
    """The index, angle and order of every generator that is a root of unity."""
    for index, key in enumerate(list(generators.keys)):
        if key[0] == "angle" and isinstance(key[1], int) and generators.is_turn(key[1]):
            order = 2 * generators.denominator("angle", key[1])
            if order <= _LARGEST_ORDER:
                yield index, key[1], order


def _folded(polynomial: laurent.Poly, index: int, order: int) -> laurent.Poly:
    """The polynomial with ``z^order = 1`` for the generator at ``index``."""
    folded: laurent.Poly = {}
    for monomial, coefficient in polynomial.items():
        exponent = laurent.exponents(monomial).get(index, 0)
        target = monomial + (exponent % order - exponent) * laurent.generator(index)
        folded = laurent.add(folded, {target: coefficient})
    return folded


def _in_one_field(polynomial: laurent.Poly, index: int, order: int, generators: Generators) -> laurent.Poly:
    """The polynomial with all that the field of the root of unity at ``index`` contains written by one root of unity
    (whose powers then stand at ``index``), reduced; zero only if it was."""
    field = lcm(order, 4)
    known = _in_field(generators, field)
    groups: dict[int, Row] = {}
    for monomial, coefficient in polynomial.items():
        exponent = laurent.exponents(monomial).get(index, 0)
        places = [place for place in laurent.quadratic_places(monomial) if place in known]
        rest = monomial - exponent * laurent.generator(index) - sum(map(laurent.quadratic, places))
        row = {exponent * (field // order): coefficient}
        for place in places:
            row = _times(row, known[place])
        group = groups.setdefault(rest, {})
        for power, number in row.items():
            group[power % field] = group.get(power % field, 0) + number
    return {
        rest + power * laurent.generator(index): number
        for rest, group in groups.items()
        for power, number in enumerate(_reduced(group, field))
        if number
    }


def _in_field(generators: Generators, field: int) -> dict[int, Row]:
    """The quadratic generators that lie in the field of the roots of unity of this order, by place."""
    found: dict[int, Row] = {}
    for place, key in enumerate(generators.quadratic_keys):
        prime = key[1] if key[0] == "prime" else None
        if key[0] == "I":
            found[place] = {field // 4: 1}
        elif prime == 2 and field % 8 == 0:
            found[place] = {field // 8: 1, -field // 8: 1}
        elif isinstance(prime, int) and prime % 2 and field % prime == 0:
            found[place] = _gauss_sum(prime, field)
    return found


def _gauss_sum(prime: int, field: int) -> Row:
    turned = 0 if prime % 4 == 1 else -field // 4
    total: Row = {}
    for k in range(prime):
        power = k * k % prime * (field // prime) + turned
        total[power] = total.get(power, 0) + 1
    return total


def _times(a: Row, b: Row) -> Row:
    product: Row = {}
    for i, c in a.items():
        for j, d in b.items():
            product[i + j] = product.get(i + j, 0) + c * d
    return product


def _reduced(group: Row, field: int) -> list[int]:
    dense = [group.get(power, 0) for power in range(field)]
    remainder = Poly(dense[::-1], _Z, domain=ZZ).rem(_cyclotomic(field))
    return [int(coefficient) for coefficient in reversed(remainder.all_coeffs())]


@cache
def _cyclotomic(order: int) -> Poly:
    return Poly(cyclotomic_poly(order, _Z), _Z, domain=ZZ)
