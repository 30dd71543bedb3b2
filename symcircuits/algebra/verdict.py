"""The three answers to every question: proved, refuted with a witness, undecided.

>>> verdict = Proved("normal form")
>>> bool(verdict), bool(Undecided("no method applies"))
(True, False)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from typing import TypeAlias

from sympy import Expr, Symbol

from symcircuits.typeset.expressions import latex


@dataclass(frozen=True)
class Witness(Mapping[Symbol, Expr]):
    """Exact values of the symbols at which two sides differ, with both sides there.

    ``left`` and ``right`` are the exact sides with the values put in; ``left_value`` and ``right_value`` are decimals
    whose every printed digit but the last is certain; ``entry`` is the (row, column) in a matrix, as labels.
    """

    bindings: Mapping[Symbol, Expr]
    left_side: Expr
    right_side: Expr
    left_value: str
    right_value: str
    entry: tuple[str, str] | None = None

    @cached_property
    def left(self) -> Expr:
        """The left side with the values put in."""
        return self.left_side.xreplace(dict(self.bindings))

    @cached_property
    def right(self) -> Expr:
        """The right side with the values put in."""
        return self.right_side.xreplace(dict(self.bindings))

    def __getitem__(self, symbol: Symbol) -> Expr:
        return self.bindings[symbol]

    def __iter__(self) -> Iterator[Symbol]:
        return iter(self.bindings)

    def __len__(self) -> int:
        return len(self.bindings)

    def __bool__(self) -> bool:
        return True  # also where there is no symbol to bind

    def swapped(self) -> Witness:
        """The same witness for the statement with its sides exchanged."""
        return Witness(self.bindings, self.right_side, self.left_side, self.right_value, self.left_value, self.entry)

    def latex(self) -> str:
        """The bindings and both sides, as LaTeX."""
        values = [f"{latex(symbol)} = {latex(value)}" for symbol, value in self.bindings.items()]
        sides = rf"{self.left_value} \ne {self.right_value}"
        return r",\ ".join([*values, sides])

    def _repr_latex_(self) -> str:
        return f"${self.latex()}$"

    def _repr_html_(self) -> str:
        return f"<p>{escape(str(self))}</p>"

    def __str__(self) -> str:
        place = f"entry ({self.entry[0]}, {self.entry[1]})" if self.entry else ""
        values = ", ".join(f"{symbol} = {value}" for symbol, value in self.bindings.items())
        where = " at ".join(part for part in (place, values) if part)
        sides = f"left {self.left_value}, right {self.right_value}"
        return f"{where}: {sides}" if where else sides


@dataclass(frozen=True)
class Proved:
    """The statement holds; ``method`` says how it was decided, ``assuming`` what was used besides the symbols' own
    assumptions, and ``equality_at`` (for inequalities) the angles that must all be multiples of 2 pi for equality
    (``None``: not determined; an empty tuple: equality never happens)."""

    method: str
    assuming: tuple[str, ...] = ()
    equality_at: tuple[Expr, ...] | None = None

    def __bool__(self) -> bool:
        return True

    def __str__(self) -> str:
        return f"proved ({self.method})"

    def _repr_latex_(self) -> str:
        return rf"$\text{{proved ({self.method})}}$"

    def _repr_html_(self) -> str:
        assuming = f"; assuming {', '.join(self.assuming)}" if self.assuming else ""
        return _verdict_html("proved", escape(self.method + assuming))


@dataclass(frozen=True)
class Refuted:
    """The statement is false; ``witness`` shows where."""

    witness: Witness
    method: str = "witness"

    def __bool__(self) -> bool:
        return False

    def __str__(self) -> str:
        return f"refuted: {self.witness}"

    def _repr_latex_(self) -> str:
        return rf"$\text{{refuted: }} {self.witness.latex()}$"

    def _repr_html_(self) -> str:
        return _verdict_html("refuted", escape(str(self.witness)))


TIE = "a tie"


def tied(place: Mapping[Symbol, Expr], best: Expr, other: Expr) -> Refuted:
    """That ``best`` is not ahead of ``other``, since both are the same at a place: a tie where there must be none."""
    return Refuted(Witness(place, best, other, TIE, TIE), "tie")


@dataclass(frozen=True)
class Undecided:
    """Neither was shown; ``tried`` says what was."""

    tried: str = field(default="")

    def __bool__(self) -> bool:
        return False

    def __str__(self) -> str:
        return f"undecided ({self.tried})"

    def _repr_latex_(self) -> str:
        return r"$\text{undecided}$"

    def _repr_html_(self) -> str:
        return _verdict_html("undecided", escape(self.tried))


_COLOURS = {"proved": "#2e7d32", "refuted": "#c62828", "undecided": "#b26a00"}


def word_html(word: str) -> str:
    """The word ``proved``, ``refuted`` or ``undecided`` in its colour."""
    return f'<strong style="color:{_COLOURS[word]}">{word}</strong>'


def _verdict_html(word: str, told: str) -> str:
    return f"<p>{word_html(word)} {told}</p>"


Verdict: TypeAlias = Proved | Refuted | Undecided
