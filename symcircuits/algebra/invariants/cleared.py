"""Matrices cleared of denominators: rows of polynomials over one common denominator.

>>> from sympy import Symbol, cos, sin
>>> a = Symbol("a", real=True)
>>> turn = {(0, 0): cos(a), (0, 1): -sin(a), (1, 0): sin(a), (1, 1): cos(a)}
>>> matrix, = cleared([((2, 2), turn)])
>>> square = matrix.product(matrix.transposed()).in_lower_terms()
>>> square.rows[0][0] == square.denominator, 1 in square.rows[0]
(True, False)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from sympy import Expr

from symcircuits.algebra.forms import laurent
from symcircuits.algebra.forms.budget import Budget
from symcircuits.algebra.forms.generators import Generators
from symcircuits.algebra.forms.normal_form import read_all
from symcircuits.algebra.forms.quotient import Quotient
from symcircuits.algebra.invariants.conjugation import Conjugation
from symcircuits.algebra.invariants.domain import Domain
from symcircuits.algebra.invariants.polynomials import Element
from symcircuits.errors import BudgetSpent, OutsideClass

Shape: TypeAlias = tuple[int, int]
Entries: TypeAlias = Mapping[tuple[int, int], Expr]
Rows: TypeAlias = dict[int, dict[int, Element]]
Forms: TypeAlias = dict[tuple[int, int], Quotient]


@dataclass(frozen=True)
class Cleared:
    """A matrix ``rows / denominator``; only non-zero elements of the domain are kept."""

    shape: Shape
    rows: Rows
    denominator: Element
    domain: Domain

    def transposed(self) -> Cleared:
        """The transpose."""
        columns: Rows = {}
        for i, row in self.rows.items():
            for j, element in row.items():
                columns.setdefault(j, {})[i] = element
        return Cleared((self.shape[1], self.shape[0]), columns, self.denominator, self.domain)

    def product(self, other: Cleared) -> Cleared:
        """The product with another matrix over the same domain."""
        rows: Rows = {}
        for i, row in self.rows.items():
            self.domain.budget.check()
            found = self._times_row(row, other)
            if found:
                rows[i] = found
        denominator = self.domain.times(self.denominator, other.denominator)
        return Cleared((self.shape[0], other.shape[1]), rows, denominator, self.domain)

    def _times_row(self, row: Mapping[int, Element], other: Cleared) -> dict[int, Element]:
        total: dict[int, Element] = {}
        for k, element in row.items():
            for j, factor in other.rows.get(k, {}).items():
                total[j] = total[j] + element * factor if j in total else element * factor
        reduced = {j: self.domain.reduced(element) for j, element in total.items()}
        return {j: element for j, element in reduced.items() if element != 0}

    def in_lower_terms(self) -> Cleared:
        """The same matrix over a smaller denominator, where the elements share a factor with it."""
        common, domain = self.denominator, self.domain
        for element in self.elements():
            if common == domain.one or not (domain.is_small(common) and domain.is_small(element)):
                return self
            common = domain.ring.gcd(common, element)
        divide = domain.ring.quotient
        rows = {i: {j: divide(e, common) for j, e in row.items()} for i, row in self.rows.items()}
        return Cleared(self.shape, rows, divide(self.denominator, common), domain)

    def elements(self) -> Iterable[Element]:
        """The elements that are not zero."""
        return (element for row in self.rows.values() for element in row.values())


def cleared(matrices: Sequence[tuple[Shape, Entries]], conjugated: bool = False) -> list[Cleared]:
    """Matrices over one domain, in their order; where ``conjugated``, each is followed by its conjugate transpose.

    Raises ``OutsideClass`` or ``BudgetSpent`` for entries that cannot be read, or whose conjugate is not known.
    """
    budget = Budget()
    try:
        expressions = [value for _, entries in matrices for value in entries.values()]
        quotients, reader = read_all(expressions, budget)
    except RecursionError:
        raise BudgetSpent("an entry of the matrix is nested too deeply") from None
    generators = reader.generators
    _check_denominators(quotients, generators)
    supply = iter(quotients)
    read: list[tuple[Shape, Forms]] = []
    conjugation = Conjugation(generators)
    for shape, entries in matrices:
        forms = {place: form for place, form in zip(entries, supply, strict=False) if form.numerator}
        read.append((shape, forms))
        if conjugated:
            turned = {(j, i): conjugation.quotient(form) for (i, j), form in forms.items()}
            read.append(((shape[1], shape[0]), turned))
    domain = Domain(generators, (part for _, forms in read for form in forms.values() for part in _parts(form)), budget)
    return [_clear(shape, forms, domain) for shape, forms in read]


def _parts(form: Quotient) -> tuple[laurent.Poly, laurent.Poly]:
    return form.numerator, form.denominator


def _check_denominators(quotients: Iterable[Quotient], generators: Generators) -> None:
    """Independent generators make a denominator zero only where it is so literally, which reading refuses."""
    related = generators.possibly_related()
    if related and any(form.integer_denominator is None for form in quotients):
        raise OutsideClass(f"an entry of the matrix divides by something that {related} may make zero")


def _clear(shape: Shape, forms: Forms, domain: Domain) -> Cleared:
    up, down = (_lowest(part) for part in _columns(forms.values()))
    shift = {index: up.get(index, 0) - down.get(index, 0) for index in up.keys() | down.keys()}
    bottoms: dict[tuple[tuple[int, int], ...], Element] = {}
    common = domain.one
    for form in forms.values():
        key = tuple(sorted(form.denominator.items()))
        if key not in bottoms:
            bottoms[key] = domain.element(form.denominator, -_packed(down))
            common = _common_multiple(common, bottoms[key], domain)
    raised = domain.element({_packed({i: e for i, e in shift.items() if e > 0}): 1})
    lowered = domain.element({_packed({i: -e for i, e in shift.items() if e < 0}): 1})
    rows: Rows = {}
    factors = {key: domain.ring.quotient(common, bottom) * raised for key, bottom in bottoms.items()}
    for (i, j), form in forms.items():
        factor = factors[tuple(sorted(form.denominator.items()))]
        element = domain.times(domain.element(form.numerator, -_packed(up)), factor)
        rows.setdefault(i, {})[j] = element
    return Cleared(shape, rows, domain.times(common, lowered), domain)


def _columns(forms: Iterable[Quotient]) -> tuple[list[laurent.Poly], list[laurent.Poly]]:
    kept = list(forms)
    return [form.numerator for form in kept], [form.denominator for form in kept]


def _lowest(polynomials: Iterable[laurent.Poly]) -> dict[int, int]:
    """The lowest exponent of each generator over all monomials; 0 for one that some monomial lacks."""
    monomials = {monomial for polynomial in polynomials for monomial in polynomial}
    tables = [laurent.exponents(monomial) for monomial in monomials]
    indices = {index for table in tables for index in table}
    return {index: min(table.get(index, 0) for table in tables) for index in indices}


def _packed(exponents: Mapping[int, int]) -> int:
    return sum(e * laurent.generator(index) for index, e in exponents.items())


def _common_multiple(a: Element, b: Element, domain: Domain) -> Element:
    if not (domain.is_small(a) and domain.is_small(b)):
        raise BudgetSpent("the common denominator of the entries is larger than allowed")
    return a * domain.ring.quotient(b, domain.ring.gcd(a, b))
