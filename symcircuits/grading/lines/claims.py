"""Whether one side of a statement is what the other is: equal, less, or a rounded value.

>>> from sympy import cos, Symbol
>>> a = Symbol("a", real=True)
>>> bool(decide("=", cos(a) ** 2, (1 + cos(2 * a)) / 2, [], 0))
True
"""

from __future__ import annotations

from collections.abc import Sequence

from sympy import Expr, Rational
from sympy.logic.boolalg import Boolean

from symcircuits.algebra import (
    ExactMatrix,
    Proved,
    Refuted,
    Undecided,
    Verdict,
    prove,
    prove_at_least,
    prove_less,
)
from symcircuits.grading.meaning.operations import WrongShape, as_scalar, same_size
from symcircuits.grading.meaning.scope import Value
from symcircuits.grading.reading.refusals import CannotRead
from symcircuits.grading.reading.syntax import Grid, Node, Number, Product, Total


def decide(relation: str, left: Value, right: Value, given: Sequence[Boolean], at: int) -> Verdict:
    """Whether ``left relation right`` holds for all values of the symbols; witnesses obey what is given.

    Raises ``WrongShape`` for sides that do not fit, ``CannotRead`` for an order of matrices.
    """
    one, other = same_size(left, right, at)
    if relation == "=":
        return _in_reals(_equal(one, other, given, at))
    one, other = as_scalar(one), as_scalar(other)
    if not (isinstance(one, Expr) and isinstance(other, Expr)):
        raise CannotRead(f"{relation} between matrices", at)
    if relation in (">", ">="):
        verdict = decide("<" if relation == ">" else "<=", other, one, given, at)
        return Refuted(verdict.witness.swapped(), verdict.method) if isinstance(verdict, Refuted) else verdict
    if relation == "<":
        return prove_less(one, other, given)
    verdict = prove_at_least(other, one, given)
    return Refuted(verdict.witness.swapped(), verdict.method) if isinstance(verdict, Refuted) else verdict


def _in_reals(verdict: Verdict) -> Verdict:
    """The verdict; a witness at which a side is no real number shows nothing."""
    if isinstance(verdict, Refuted) and "i" in verdict.witness.left_value + verdict.witness.right_value:
        return Undecided("the sides differ where one is no real number; declare the names in roots and logarithms")
    return verdict


def _equal(left: Value, right: Value, given: Sequence[Boolean], at: int) -> Verdict:
    if isinstance(left, ExactMatrix) and isinstance(right, ExactMatrix):
        if left.shape != right.shape:
            raise WrongShape(f"the left side is {_by(left)}, the right side {_by(right)}", at)
        return prove(left, right, given)
    if isinstance(left, Expr) and isinstance(right, Expr):
        verdict = prove(left, right, given)
        same = isinstance(verdict, Undecided) and left == right
        return Proved("literally the same") if same else verdict
    raise WrongShape("a matrix on one side, a number on the other", at)


def decide_rounded(left: Value, right: Value, unit: dict[tuple[int, int], Rational], at: int) -> Verdict:
    """Whether ``right``, whose entries at ``unit`` are rounded to these units, is the value of ``left``."""
    one, other = same_size(left, right, at)
    if isinstance(one, Expr) and isinstance(other, Expr):
        one, other = ExactMatrix.from_rows([[one]]), ExactMatrix.from_rows([[other]])
    if not (isinstance(one, ExactMatrix) and isinstance(other, ExactMatrix)) or one.shape != other.shape:
        raise WrongShape("a matrix on one side, something of another shape on the other", at)
    places = [(i, j) for i in range(one.shape[0]) for j in range(one.shape[1])]
    for place in places:
        half = unit.get(place, Rational(0)) / 2
        for high, low in ((one[place] + half, other[place]), (other[place] + half, one[place])):
            verdict = prove_at_least(high, low) if half else prove(high, low)
            if isinstance(verdict, Refuted):
                return prove(one[place], other[place])
            if not isinstance(verdict, Proved):
                return verdict
    return Proved(f"within half a unit of the last digit, at {len(unit)} decimals")


def units_of(node: Node) -> dict[tuple[int, int], Rational] | None:
    """The unit of the last digit of every decimal in a side that is a decimal, or a matrix of numbers; ``None`` where a
    decimal stands inside of something else."""
    rows = node.rows if isinstance(node, Grid) else ((node,),)
    units: dict[tuple[int, int], Rational] = {}
    for i, row in enumerate(rows):
        for j, cell in enumerate(row):
            bare = cell
            if isinstance(cell, Total) and len(cell.terms) == 1:
                bare = cell.terms[0][1]
            if isinstance(bare, Number) and "." in bare.text:
                units[i, j] = Rational(1, 10 ** len(bare.text.partition(".")[2]))
            elif cell is not None and has_decimals(cell):
                return None
    return units


def has_decimals(node: object) -> bool:
    """Whether a decimal occurs in a formula."""
    if isinstance(node, Number):
        return "." in node.text
    if isinstance(node, Total):
        return any(has_decimals(term) for _, term in node.terms)
    if isinstance(node, Grid):
        return any(has_decimals(cell) for row in node.rows for cell in row)
    if isinstance(node, Product):
        return any(map(has_decimals, node.factors))
    return (
        any(has_decimals(part) for part in vars(node).values() if hasattr(part, "at")) if hasattr(node, "at") else False
    )


def undecided_decimal() -> Verdict:
    """What is said of a rounded value inside of a formula."""
    return Undecided("a decimal inside a formula is a rounded value; write it as a fraction, or alone on its side")


def _by(matrix: ExactMatrix) -> str:
    return f"{matrix.shape[0]} by {matrix.shape[1]}"
