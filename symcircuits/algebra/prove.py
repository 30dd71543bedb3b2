"""Equality of expressions and of matrices, decided.

>>> from sympy import Symbol, cos, sin
>>> a, b = Symbol("a"), Symbol("b")
>>> prove(cos(a) * cos(b) + sin(a) * sin(b), cos(a - b))
Proved(method='normal form', assuming=(), equality_at=None)
>>> verdict = prove(cos(a) * cos(b) - sin(a) * sin(b), cos(a - b))
>>> type(verdict).__name__, sorted(verdict.witness.bindings, key=str)
('Refuted', [a, b])
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from sympy import Expr, MatrixBase
from sympy.logic.boolalg import Boolean

from symcircuits.algebra.enclosures.witness import find_difference
from symcircuits.algebra.equality.further import prove_further
from symcircuits.algebra.factored import Factored
from symcircuits.algebra.forms.budget import SECONDS, Budget
from symcircuits.algebra.forms.normal_form import read_all
from symcircuits.algebra.forms.roots_of_unity import vanishes
from symcircuits.algebra.matrices import ExactMatrix
from symcircuits.algebra.values import Exact, exact
from symcircuits.algebra.verdict import Proved, Refuted, Undecided, Verdict
from symcircuits.errors import AlgebraError, BadValue, BudgetSpent, ShapeMismatch

Operand: TypeAlias = Exact | ExactMatrix | Factored | MatrixBase


def prove(left: Operand, right: Operand, given: Sequence[Boolean] = (), seconds: float = SECONDS) -> Verdict:
    """Decide ``left == right``, for two scalars or two matrices of one shape.

    ``Proved`` means equal for all values of the symbols at which both sides are defined; what was divided by is listed
    in ``assuming``. ``Refuted`` carries exact values at which the sides differ; ``given`` restricts these to points
    where the conditions hold. Everything else is ``Undecided``, also what takes more than ``seconds``.

    Raises ``ShapeMismatch`` for matrices of two shapes, ``BadValue`` for something that is no exact value.
    """
    budget = Budget(seconds)
    try:
        if _is_matrix(left) or _is_matrix(right):
            return _prove_matrices(as_matrix(left), as_matrix(right), given, budget)
        return _prove_scalars(exact(left), exact(right), given, budget)
    except RecursionError:
        return Undecided("the expression is nested too deeply")


def _prove_scalars(left: Expr, right: Expr, given: Sequence[Boolean], budget: Budget) -> Verdict:
    tried = "normal form: the sides differ"
    try:
        (left_form, right_form), reader = read_all([left, right], budget)
        if any(vanishes(form.denominator, reader.generators) for form in (left_form, right_form)):
            return Undecided("a denominator is zero")
        difference = left_form.cross_difference(right_form, reader.generators.squares)
        if vanishes(difference, reader.generators):
            return Proved("normal form", reader.assumptions())
        further = prove_further(left, right, reader.generators, budget)
        if further is not None:
            return further
    except AlgebraError as error:
        tried = str(error)
    try:
        witness = find_difference(left, right, given, budget)
    except BudgetSpent as error:
        return Undecided(f"{tried}; {error}")
    return Refuted(witness) if witness is not None else Undecided(f"{tried}; no witness found")


def _is_matrix(value: object) -> bool:
    return isinstance(value, ExactMatrix | Factored | MatrixBase)


def as_matrix(value: object) -> ExactMatrix:
    """A matrix of any kind as an ``ExactMatrix``; raises ``BadValue`` for anything else."""
    if isinstance(value, ExactMatrix):
        return value
    if isinstance(value, Factored):
        return value.expand()
    if isinstance(value, MatrixBase):
        return ExactMatrix.from_sympy(value)
    raise BadValue(f"expected a matrix, got {type(value).__name__}: {value!r}")


def _prove_matrices(a: ExactMatrix, b: ExactMatrix, given: Sequence[Boolean], budget: Budget) -> Verdict:
    if a.shape != b.shape:
        raise ShapeMismatch(f"the sides of an equality have different shapes: {a.describe()} and {b.describe()}")
    known: dict[tuple[Expr, Expr], Verdict] = {}
    undecided: Undecided | None = None
    for place in sorted(a.entries.keys() | b.entries.keys()):
        pair = (a[place], b[place])
        if pair not in known:
            known[pair] = _prove_scalars(exact(pair[0]), exact(pair[1]), given, budget)
        verdict, entry = known[pair], (a.row_label(place[0]), a.column_label(place[1]))
        if isinstance(verdict, Refuted):
            return Refuted(replace(verdict.witness, entry=entry))
        if isinstance(verdict, Undecided) and undecided is None:
            undecided = Undecided(f"entry ({entry[0]}, {entry[1]}): {verdict.tried}")
    return _all_proved(known) if undecided is None else undecided  # a verdict is only true when proved


def _all_proved(known: Mapping[tuple[Expr, Expr], Verdict]) -> Proved:
    assuming = {line for verdict in known.values() if isinstance(verdict, Proved) for line in verdict.assuming}
    rewritten = any(left != right for left, right in known)
    method = "normal form, entry by entry" if rewritten else "exact product, entry by entry"
    return Proved(method, tuple(sorted(assuming)))
