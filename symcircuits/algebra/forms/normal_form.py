"""The normal form: expressions as quotients of Laurent polynomials, where equality is decided.

Two expressions that come out equal are equal wherever both are defined. Two that come out different need a witness:
reading is complete only on the class of the package, never wrong outside it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from sympy import Expr

from symcircuits.algebra.forms.budget import Budget
from symcircuits.algebra.forms.quotient import Quotient
from symcircuits.algebra.forms.reader import Reader, SharedIndices
from symcircuits.algebra.forms.sums import with_own_indices
from symcircuits.errors import AlgebraError, BudgetSpent

MAX_READS = 8

Found = TypeVar("Found")


class Reading:
    """Expressions over one table of generators, gone through again until the table has settled."""

    def __init__(self, expressions: Sequence[Expr], budget: Budget | None = None, reader: Reader | None = None) -> None:
        self.expressions = expressions
        self.reader = reader or Reader(budget=budget)

    def through(self, look: Callable[[Reader], Callable[[Expr], Found]]) -> list[Found | AlgebraError]:
        """What ``look(reader)`` makes of each expression, or the error that it ends in."""
        for _ in range(MAX_READS):
            looking = look(self.reader)
            try:
                found = [_attempt(looking, expression) for expression in self.expressions]
            except SharedIndices:
                self.expressions = [with_own_indices(expression) for expression in self.expressions]
                self._start_again(True)
                continue
            # While a denominator is missing, generators stand for 1 and may cancel.
            if not self.reader.generators.stale:
                return found
            self._start_again(self.reader.own_indices)
        spent = BudgetSpent("the generators of the expressions do not settle")
        return [spent for _ in self.expressions]

    def _start_again(self, own_indices: bool) -> None:
        self.reader.generators.stale = False
        self.reader = Reader(self.reader.generators, self.reader.budget, own_indices)


def _attempt(look: Callable[[Expr], Found], expression: Expr) -> Found | AlgebraError:
    try:
        return look(expression)
    except AlgebraError as error:
        return error


def read_all(expressions: Sequence[Expr], budget: Budget | None = None) -> tuple[list[Quotient], Reader]:
    """The quotients of several expressions over one table of generators, and their reader.

    Raises ``OutsideClass`` or ``BudgetSpent``.
    """
    reading = Reading(expressions, budget)
    quotients = []
    for found in reading.through(lambda reader: reader.read):
        if isinstance(found, AlgebraError):
            raise found
        quotients.append(found)
    return quotients, reading.reader
