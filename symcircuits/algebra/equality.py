"""The verdicts on many equalities at once, over one table of generators.

>>> from sympy import Symbol, cos, sin
>>> a = Symbol("a")
>>> for pair, verdict in decided([(cos(a) ** 2, 1 - sin(a) ** 2), (cos(a), sin(a))]):
...     print(pair, verdict)
(cos(a), sin(a)) refuted: a = 1: left 0.54030231, right 0.84147098
(cos(a)**2, 1 - sin(a)**2) proved (normal form)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

from sympy import Expr
from sympy.logic.boolalg import Boolean

from symcircuits.algebra.enclosures.witness import find_difference
from symcircuits.algebra.forms.budget import Budget
from symcircuits.algebra.forms.generators import Generators
from symcircuits.algebra.forms.normal_form import Reading
from symcircuits.algebra.forms.quotient import Quotient
from symcircuits.algebra.forms.reader import Reader
from symcircuits.algebra.forms.residues import Residues
from symcircuits.algebra.forms.roots_of_unity import vanishes
from symcircuits.algebra.further.methods import prove_further
from symcircuits.algebra.values import exact
from symcircuits.algebra.verdict import Proved, Refuted, Undecided, Verdict
from symcircuits.errors import AlgebraError, BudgetSpent

Pair: TypeAlias = tuple[Expr, Expr]
Form: TypeAlias = Quotient | AlgebraError

_DIFFERENT = "normal form: the sides differ"


def decided(
    pairs: Sequence[Pair], given: Sequence[Boolean] = (), budget: Budget | None = None
) -> Iterator[tuple[Pair, Verdict]]:
    """Every pair of sides with its verdict: those first that differ at a random point, so that what is false is found
    before the rest is worked out."""
    budget = budget or Budget()
    reading = Reading([*(left for left, _ in pairs), *(right for _, right in pairs)], budget)
    differ = _differ_at_a_point(reading)
    for pair, different in zip(pairs, differ, strict=True):
        if different:
            yield pair, _of_different(pair, reading.reader.generators, given, budget)
    sides = [side for side, different in zip(reading.expressions, differ * 2, strict=True) if not different]
    rest = Reading(sides, reader=reading.reader)
    forms = rest.through(lambda reader: reader.read)
    half = len(forms) // 2
    remaining = [pair for pair, different in zip(pairs, differ, strict=True) if not different]
    for pair, left, right in zip(remaining, forms[:half], forms[half:], strict=True):
        found = _by_forms(left, right, rest.reader)
        if found is _DIFFERENT:
            found = _of_different(pair, rest.reader.generators, given, budget)
        elif isinstance(found, str):
            exact(pair[0]), exact(pair[1])  # what was not read to its end may hide a float
            found = _by_witness(pair, found, given, budget)
        yield pair, found


def _differ_at_a_point(reading: Reading) -> list[bool]:
    """Which pairs have different normal forms, by one random point; where there is no telling, not."""
    residues = reading.through(lambda reader: Residues(reader).of)
    half = len(residues) // 2
    certain = not reading.reader.generators.has_turns  # else different polynomials may be equal
    return [
        certain and isinstance(a, int) and isinstance(b, int) and a != b
        for a, b in zip(residues[:half], residues[half:], strict=True)
    ]


def _by_forms(left: Form, right: Form, reader: Reader) -> Verdict | str:
    """The verdict where the normal forms of the sides settle it, else what they say."""
    generators = reader.generators
    if isinstance(left, AlgebraError) or isinstance(right, AlgebraError):
        return str(left if isinstance(left, AlgebraError) else right)
    try:
        if vanishes(left.denominator, generators) or vanishes(right.denominator, generators):
            return Undecided("a denominator is zero")
        difference = left.cross_difference(right, generators.squares)
        return Proved("normal form", reader.assumptions()) if vanishes(difference, generators) else _DIFFERENT
    except AlgebraError as error:
        return str(error)


def _of_different(pair: Pair, generators: Generators, given: Sequence[Boolean], budget: Budget) -> Verdict:
    """The verdict on sides with different normal forms."""
    return prove_further(*pair, generators, budget) or _by_witness(pair, _DIFFERENT, given, budget)


def _by_witness(pair: Pair, tried: str, given: Sequence[Boolean], budget: Budget) -> Verdict:
    try:
        witness = find_difference(*pair, given, budget)
    except BudgetSpent as error:
        return Undecided(f"{tried}; {error}")
    return Refuted(witness) if witness is not None else Undecided(f"{tried}; no witness found")
