"""Every error that symcircuits raises on purpose.

::

    SymcircuitsError
    |-- InputError              what was given cannot be used; the command line exits with 2
    |   |-- UnknownName         a name that nobody knows, told with the nearest known ones
    |   |-- BadValue            a value of the wrong kind, or out of its range
    |   |-- ShapeMismatch       two operands that do not fit, both named
    |   |-- UnboundSymbols      symbols left without a number on the way to NumPy
    |   |-- DerivationFailed    a derivation file that cannot be read, or that raises
    |   `-- OutputFailed        a file or folder that cannot be written
    |-- Disagreement            two ways to the same number, further apart than the stated tolerance
    |-- WorkerFailed            a process that helps has ended before its work was done
    `-- AlgebraError            a limit of the decision procedure; ``prove`` turns it into ``Undecided``
        |-- OutsideClass        an expression of a kind that is never decided
        |-- NotSupported        something that could be done, and is not built
        `-- BudgetSpent         decidable, but larger than the work allowed

A message is one line: what was given, what was expected, where.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Self


class SymcircuitsError(Exception):
    """The base of all errors of this package."""


class InputError(SymcircuitsError, ValueError):
    """What was given cannot be used. ``pointed`` is the text that was given with a caret under the place, on two lines;
    empty where no place is known."""

    pointed = ""

    def under(self, text: str, place: int) -> Self:
        """The error itself, pointing to a place (from 0) of what was given.

        >>> print(InputError("expected a digit").under("--top x", 6).pointed)
        --top x
              ^
        """
        self.pointed = f"{text}\n{' ' * place}^"
        return self


class UnknownName(InputError):
    """A name that is not among the known ones.

    >>> raise UnknownName("derivation", "framework/2z", ["framework/2c", "framework/1a"])
    Traceback (most recent call last):
        ...
    symcircuits.errors.UnknownName: unknown derivation 'framework/2z'; nearest: framework/2c, framework/1a
    """

    def __init__(self, kind: str, given: str, known: Iterable[str]) -> None:
        names = sorted(set(known))
        near = get_close_matches(given, names, n=3, cutoff=0.4)
        if near:
            hint = "nearest: " + ", ".join(near)
        elif names:
            hint = "known: " + ", ".join(names[:12]) + (", ..." if len(names) > 12 else "")
        else:
            hint = "none is known"
        super().__init__(f"unknown {kind} {given!r}; {hint}")


class BadValue(InputError):
    """A value of the wrong kind, or out of its range."""


class ShapeMismatch(InputError):
    """Two operands whose shapes or spaces do not fit."""


class UnboundSymbols(InputError):
    """Symbols that have no number where numbers are needed."""


class DerivationFailed(InputError):
    """A derivation file that cannot be read, or a derivation that raises."""


class OutputFailed(InputError):
    """A file or folder that cannot be written."""


class Disagreement(SymcircuitsError):
    """Two ways to the same number, further apart than the stated tolerance: one of them is wrong."""


class WorkerFailed(SymcircuitsError):
    """A process that helps has ended before its work was done."""


class AlgebraError(SymcircuitsError):
    """A limit of the decision procedure."""


class OutsideClass(AlgebraError):
    """An expression of a kind that is never decided."""


class NotSupported(AlgebraError):
    """Something that could be done exactly, for which there is no method here."""


class BudgetSpent(AlgebraError):
    """More work than allowed."""
