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

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeAlias

from sympy import Expr, MatrixBase, S
from sympy.logic.boolalg import Boolean

from symcircuits.algebra.equality import Pair, decided
from symcircuits.algebra.factored import Factored
from symcircuits.algebra.forms.budget import SECONDS, Budget
from symcircuits.algebra.matrices import ExactMatrix
from symcircuits.algebra.values import Exact, exact
from symcircuits.algebra.verdict import Proved, Refuted, Undecided, Verdict
from symcircuits.errors import BadValue, ShapeMismatch

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
        ((_, verdict),) = decided([(_expression(left), _expression(right))], given, budget)
        return verdict
    except RecursionError:
        return Undecided("the expression is nested too deeply")


def _expression(value: object) -> Expr:
    return value if isinstance(value, Expr) else exact(value)


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
    places: dict[Pair, tuple[str, str]] = {}  # where each pair of entries is met first
    left, right = dict(a.entries), dict(b.entries)
    for place in sorted(left.keys() | right.keys()):
        pair = (left.get(place, S.Zero), right.get(place, S.Zero))
        if pair not in places:
            places[pair] = (a.row_label(place[0]), a.column_label(place[1]))
    assuming: set[str] = set()
    undecided: Undecided | None = None
    for pair, verdict in decided(list(places), given, budget):
        if isinstance(verdict, Refuted):
            return Refuted(replace(verdict.witness, entry=places[pair]))
        if isinstance(verdict, Proved):
            assuming.update(verdict.assuming)
        elif undecided is None:
            undecided = Undecided(f"entry ({', '.join(places[pair])}): {verdict.tried}")
    if undecided is not None:  # a verdict is only true when proved
        return undecided
    rewritten = any(one != other for one, other in places)
    method = "normal form, entry by entry" if rewritten else "exact product, entry by entry"
    return Proved(method, tuple(sorted(assuming)))
