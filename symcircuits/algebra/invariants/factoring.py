"""Monic polynomials over a domain, split into factors that can be solved.

Without roots in the coefficients this is factorization over the integers. With roots (or I) the norm is factored, the
product over all changes of their signs, and its factors are tried by division.

>>> from sympy import Symbol
>>> from symcircuits.algebra.invariants.cleared import cleared
>>> (matrix,) = cleared([((1, 1), {(0, 0): Symbol("a")})])
>>> one, a = matrix.domain.one, matrix.rows[0][0]
>>> [(len(factor) - 1, times) for factor, times in factors([one, -2 * a, a * a - 1, 2 * a, -a * a], matrix.domain)]
[(1, 1), (1, 1), (1, 2)]
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from symcircuits.algebra.invariants.domain import Domain
from symcircuits.algebra.invariants.polynomials import Element, polynomials
from symcircuits.algebra.invariants.square_roots import root_within
from symcircuits.errors import BudgetSpent, NotSupported, OutsideClass

Monic: TypeAlias = list[Element]  # the coefficients, the leading one first

MAX_TERMS = 150
MAX_DEGREE = 60
SOLVED = 2
BY_RADICALS = 4


def factors(polynomial: Sequence[Element], domain: Domain) -> list[tuple[Monic, int]]:
    """The factors of degree 1 and 2 of a monic polynomial, with their multiplicities.

    Raises ``OutsideClass`` where an irreducible factor of degree 5 or more is left, ``NotSupported`` for one of degree
    3 or 4 and where roots in the coefficients hide the factors, ``BudgetSpent`` where too much is to be factored.
    """
    rest = list(polynomial)
    zeros = 0
    while len(rest) > 1 and rest[-1] == 0:
        rest.pop()
        zeros += 1
    found = [([domain.one, domain.zero], zeros)] if zeros else []
    if len(rest) - 1 > SOLVED:
        split, rest = _split(rest, domain)
        found += split
    return found + ([(rest, 1)] if len(rest) > 1 else [])


def _split(polynomial: Monic, domain: Domain) -> tuple[list[tuple[Monic, int]], Monic]:
    """Factors found by division, and what is left, of a degree that is solved."""
    irreducible = _over_the_integers(_norm(polynomial, domain), domain)
    rest, found = polynomial, []
    for candidate in _candidates(irreducible, domain):
        times = 0
        while (quotient := _divided(rest, candidate, domain)) is not None:
            rest, times = quotient, times + 1
        if times:
            found.append((candidate, times))
    if len(rest) - 1 > SOLVED:
        has_roots = any(domain.conjugates(element) for element in polynomial)
        _refuse(max(len(factor) for factor in irreducible) - 1, has_roots)
    return found, rest


def _refuse(degree: int, has_roots: bool) -> None:
    told = "the squares of singular values are roots of"
    if has_roots:
        raise NotSupported(f"{told} a polynomial with roots in its coefficients that is not split into factors here")
    told += f" an irreducible polynomial of degree {degree}"
    if degree > BY_RADICALS:
        raise OutsideClass(f"{told}: there is no general closed form")
    raise NotSupported(f"{told}, and only degrees up to {SOLVED} are solved")


def _norm(polynomial: Monic, domain: Domain) -> Monic:
    """The product over all changes of sign of the roots in a polynomial: it has no roots in it."""
    norm = polynomial
    for at in range(len(domain.places)):
        if any(at in domain.conjugates(element) for element in norm):
            norm = _product(norm, [domain.conjugate(element, at) for element in norm], domain)
    return norm


def _candidates(irreducible: Sequence[Monic], domain: Domain) -> list[Monic]:
    """The factors of degree 1 and 2, and those that the latter split into with the domain's roots; degree 1 first."""
    found = [factor for factor in irreducible if len(factor) - 1 <= SOLVED]
    linear = [half for factor in found if len(factor) - 1 == SOLVED for half in _halves(factor, domain)]
    return sorted([*linear, *found], key=len)


def _halves(quadratic: Monic, domain: Domain) -> list[Monic]:
    _, minus_sum, product = quadratic
    root = root_within(domain.reduced(minus_sum * minus_sum - 4 * product), domain)
    if root is None:
        return []
    doubled = [domain.ring.terms(minus_sum + sign * root) for sign in (1, -1)]
    if any(value % 2 for terms in doubled for value in terms.values()):
        return []
    halved = [{exponents: value // 2 for exponents, value in terms.items()} for terms in doubled]
    return [[domain.one, domain.ring.make(terms)] for terms in halved]


def _over_the_integers(polynomial: Monic, domain: Domain) -> list[Monic]:
    """The irreducible factors of a monic polynomial without roots in it, each monic."""
    ring, degree = polynomials(domain.ring.variables + 1), len(polynomial) - 1
    terms = {
        (degree - k, *exponents): value
        for k, element in enumerate(polynomial)
        for exponents, value in domain.ring.terms(element).items()
    }
    if len(terms) > MAX_TERMS or any(sum(exponents) > MAX_DEGREE for exponents in terms):
        raise BudgetSpent("the characteristic polynomial is too large to be factored")
    return [_monic(ring.terms(factor), domain) for factor, _ in ring.factors(ring.make(terms))[1]]


def _monic(terms: dict[tuple[int, ...], int], domain: Domain) -> Monic:
    degree = max(exponents[0] for exponents in terms)
    sign = next(value for exponents, value in terms.items() if exponents[0] == degree)
    parts: list[dict[tuple[int, ...], int]] = [{} for _ in range(degree + 1)]
    for exponents, value in terms.items():
        parts[degree - exponents[0]][exponents[1:]] = sign * value
    return [domain.ring.make(part) for part in parts]


def _product(a: Monic, b: Monic, domain: Domain) -> Monic:
    return [
        domain.reduced(sum((a[i] * b[k - i] for i in range(len(a)) if 0 <= k - i < len(b)), domain.zero))
        for k in range(len(a) + len(b) - 1)
    ]


def _divided(polynomial: Monic, divisor: Monic, domain: Domain) -> Monic | None:
    """The quotient where the division leaves nothing, else ``None``."""
    rest, quotient = list(polynomial), []
    while len(rest) >= len(divisor):
        lead = rest[0]
        quotient.append(lead)
        rest = [
            domain.reduced(element - lead * divisor[k]) if k < len(divisor) else element
            for k, element in enumerate(rest)
        ][1:]
    return quotient if quotient and all(element == 0 for element in rest) else None
