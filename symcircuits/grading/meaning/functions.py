r"""Functions of real numbers, within the limits, and values told apart by cases.

>>> applied("sqrt", Integer(8), None, 0), applied("log", Integer(8), Integer(2), 0)
(2*sqrt(2), 3)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from sympy import (
    And,
    Eq,
    Equality,
    Expr,
    Ge,
    Gt,
    Integer,
    KroneckerDelta,
    Le,
    Lt,
    Ne,
    Not,
    Piecewise,
    S,
    cos,
    exp,
    log,
    sin,
    sqrt,
    tan,
)
from sympy.logic.boolalg import Boolean

from symcircuits.grading.meaning.operations import real
from symcircuits.grading.reading import limits
from symcircuits.grading.reading.refusals import CannotRead

CaseOf: TypeAlias = tuple[Expr, Sequence[Boolean]]  # a value, and the conditions under which it is taken
_FUNCTIONS: dict[str, Callable[[Expr], Expr]] = {"cos": cos, "sin": sin, "tan": tan, "exp": exp}
_RELATIONS: dict[str, Callable[[Expr, Expr], Boolean]] = {"=": Eq, "!=": Ne, "<": Lt, "<=": Le, ">": Gt, ">=": Ge}


def applied(function: str, argument: Expr, base: Expr | None, at: int) -> Expr:
    """A function of a number; ``base`` is that of a logarithm, or the degree of a root. Raises ``CannotRead``."""
    if function == "sqrt":
        degree = Integer(2) if base is None else base
        if argument.is_negative or not (degree.is_Integer and 2 <= degree <= limits.EXPONENT):
            raise CannotRead("a root that is no real number", at)
        limits.check_power(argument, 1 / degree, at)
        return real(sqrt(argument) if degree == 2 else argument ** (1 / degree), at)
    if function == "log":
        if argument.is_number and argument.is_positive is not True:
            raise CannotRead("a logarithm of a number that is not positive", at)
        return log(argument) if base is None else _log_to(argument, base, at)
    if function == "exp":
        limits.check_power(S.Exp1, argument, at)
    return real(_FUNCTIONS[function](argument), at)


def _log_to(argument: Expr, base: Expr, at: int) -> Expr:
    if base is S.One or (base.is_number and base.is_positive is not True):
        raise CannotRead("a logarithm to a base that is not positive, or 1", at)
    return log(argument, base)


def told_apart(pieces: Sequence[CaseOf], at: int) -> Expr:
    """The first value whose condition holds; by deltas where numbers are told apart by whether indices are equal.

    Raises ``CannotRead`` where some cases have no value.
    """
    if pieces[-1][1] and not _is_opposite(pieces):
        raise CannotRead("values for some cases only", at, r"add a line with \text{otherwise}")
    pieces = [*pieces[:-1], (pieces[-1][0], [])]
    if len(pieces) == 2 and len(pieces[0][1]) == 1 and all(value.is_number for value, _ in pieces):
        (one, (equal,)), (other, _) = pieces
        if isinstance(equal, Equality) and (equal.lhs - equal.rhs).is_integer:
            return other + (one - other) * KroneckerDelta(equal.lhs, equal.rhs)
    return Piecewise(*((value, And(*conditions)) for value, conditions in pieces))


def _is_opposite(pieces: Sequence[CaseOf]) -> bool:
    """Whether two cases are such that one of them always holds."""
    return len(pieces) == 2 and Not(And(*pieces[0][1])) == And(*pieces[1][1])


def related(relation: str, left: Expr, right: Expr, at: int) -> Boolean:
    """The condition that a relation is. Raises ``CannotRead`` for one that no case may have."""
    made = _RELATIONS.get(relation)
    if made is None:
        raise CannotRead(f"{relation} in a condition", at)
    return made(left, right)
