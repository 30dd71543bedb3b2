"""What is tried where the normal forms of two sides differ: other sums, induction, residue classes.

>>> from sympy import Sum, Symbol
>>> n, k = Symbol("n", integer=True, nonnegative=True), Symbol("k", integer=True)
>>> sides = Sum(k**3, (k, 1, n)), Sum(k, (k, 1, n)) ** 2
>>> prove_further(*sides, read_all(list(sides))[1].generators, Budget())
Proved(method='induction on n', assuming=(), equality_at=None)
"""

from __future__ import annotations

from collections.abc import Iterator

from sympy import Expr, Sum

from symcircuits.algebra.enclosures.enclosure import enclose
from symcircuits.algebra.enclosures.witness import candidate_points
from symcircuits.algebra.forms.budget import Budget
from symcircuits.algebra.forms.generators import Generators, Key
from symcircuits.algebra.forms.normal_form import read_all
from symcircuits.algebra.forms.roots_of_unity import vanishes
from symcircuits.algebra.forms.sums import with_own_indices
from symcircuits.algebra.further.divisors import lines, unsure_divisors
from symcircuits.algebra.further.induction import by_induction
from symcircuits.algebra.further.residue_classes import residue_cases
from symcircuits.algebra.further.turned_round import turned_round
from symcircuits.algebra.values import contains
from symcircuits.algebra.verdict import Proved
from symcircuits.errors import AlgebraError, OutsideClass

DEPTH = 3
SHARE = 0.25
FEW = 4
BITS = 64


def prove_further(left: Expr, right: Expr, generators: Generators, budget: Budget) -> Proved | None:
    """A proof of ``left == right`` within a part of the budget, or ``None``; ``generators`` are those of both sides.

    Nothing is tried where there is neither a sum nor a turn of integers, nor where a few numbers tell the sides apart.
    """
    if not any(_is_sum_or_turn(generators, key) for key in (*generators.quadratic_keys, *generators.keys)):
        return None
    own, left, right = budget.part(SHARE), with_own_indices(left), with_own_indices(right)
    try:
        return None if _differ_at_once(left, right, own) else _decide(left, right, own, DEPTH)
    except AlgebraError:
        return None


def _is_sum_or_turn(generators: Generators, key: Key) -> bool:
    if key[0] == "angle" and isinstance(key[1], int):
        return generators.has_pi and generators.is_turn(key[1])
    return key[0] in ("sum", "sign") or (key[0] == "opaque" and isinstance(key[1], Sum))


def _differ_at_once(left: Expr, right: Expr, budget: Budget) -> bool:
    """Whether the sides are certainly different at one of the first points that a witness would be sought at."""
    for point in candidate_points(left.free_symbols | right.free_symbols, count=FEW):
        budget.check()
        try:
            first, second = enclose(left, point, BITS), enclose(right, point, BITS)
        except AlgebraError:
            continue
        with first.backend.precision(BITS):
            if first.minus(second).differs_from_zero():
                return True
    return False


def _decide(left: Expr, right: Expr, budget: Budget, depth: int) -> Proved | None:
    try:
        proof, generators = _by_normal_form(left, right, budget)
    except OutsideClass:
        return None
    if proof is not None or depth == 0:
        return proof
    if contains(left, Sum) or contains(right, Sum):
        for other_left, other_right in _turned_round(left, right):
            proof, _ = _by_normal_form(other_left, other_right, budget)
            if proof is not None:
                return Proved("a sum turned round", proof.assuming)
        proof = by_induction(left, right, lambda a, b: _decide(a, b, budget, depth - 1), budget)
    return proof or _by_cases(left, right, generators, budget, depth)


def _by_normal_form(left: Expr, right: Expr, budget: Budget) -> tuple[Proved | None, Generators]:
    forms, reader = read_all([left, right], budget)
    generators = reader.generators
    if any(vanishes(form.denominator, generators) for form in forms):
        return None, generators
    if not vanishes(forms[0].cross_difference(forms[1], generators.squares), generators):
        return None, generators
    return Proved("normal form", lines(unsure_divisors(reader, [left, right]))), generators


def _turned_round(left: Expr, right: Expr) -> Iterator[tuple[Expr, Expr]]:
    yield from ((left, other) for other in turned_round(right))
    yield from ((other, right) for other in turned_round(left))


def _by_cases(left: Expr, right: Expr, generators: Generators, budget: Budget, depth: int) -> Proved | None:
    """A proof for every residue class of the integers that make turns."""
    assuming: set[str] = set()
    cases = list(residue_cases(generators, left.free_symbols | right.free_symbols))
    for case in cases:
        proof = _decide(left.xreplace(case), right.xreplace(case), budget, depth - 1)
        if proof is None:
            return None
        assuming.update(proof.assuming)
    return Proved("residue classes", tuple(sorted(assuming))) if cases else None
