"""What a worked solution is made of: frozen steps, each with its verdict."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

from sympy import Expr

from symcircuits.algebra import ExactMatrix, Factored
from symcircuits.algebra.verdict import Proved, Refuted, Undecided, Verdict
from symcircuits.typeset.formulas import Formula
from symcircuits.worked.diagrams import BlockFigure, ReadsFigure
from symcircuits.worked.patterns import PatternFigure, WeightedFigure
from symcircuits.worked.scores import ScoreFigure

Value: TypeAlias = Expr | ExactMatrix | Factored
Answer: TypeAlias = Literal["proved", "refuted", "undecided"]
Drawn: TypeAlias = PatternFigure | WeightedFigure | ScoreFigure | BlockFigure | ReadsFigure


@dataclass(frozen=True)
class Side:
    """One side of a statement: its value, and how it was put together, where that is more than its entries."""

    value: Value
    formula: Formula | None = None


@dataclass(frozen=True)
class Heading:
    """A heading inside a worked solution."""

    text: str
    kind: str = "heading"


@dataclass(frozen=True)
class Prose:
    """A paragraph; ``$...$`` is LaTeX mathematics, ``*...*`` emphasis, everything else plain text."""

    text: str
    kind: str = "prose"


@dataclass(frozen=True)
class Definition:
    """``name = origin = value``: nothing to prove. ``origin`` is how the value was computed, if it was."""

    name: Formula
    value: Value
    origin: Formula | None = None
    meaning: str = ""
    kind: str = "definition"


@dataclass(frozen=True)
class Statement:
    """``left relation right`` with its verdict.

    ``kind`` is ``equality``, ``inequality``, ``rank`` or ``singular values``. ``continues`` is true where ``left`` is
    the right side of the statement before, so that both print as one chain. ``given`` says under which condition it
    holds.
    """

    kind: str
    left: Side
    relation: Literal["=", r"\le", r"\ge"]
    right: Side
    verdict: Verdict
    because: str = ""
    given: str = ""
    continues: bool = False
    seconds: float = 0.0


@dataclass(frozen=True)
class Claim:
    """A behaviour claimed of a head, with its verdict; ``text`` and ``note`` are prose with ``$...$``."""

    behaviour: str
    text: str
    verdict: Verdict
    note: str = ""
    seconds: float = 0.0
    kind: str = "claim"


class TableRow(Protocol):
    """A row of a table: a statement about the figures in it."""

    def cells(self) -> tuple[str, ...]:
        """What stands in the row, one text for each column, as prose with ``$...$``."""

    def prove(self) -> Verdict:
        """Whether every figure in the row is right."""


@dataclass(frozen=True)
class Table:
    """Figures in rows, each row with its verdict; ``text`` is the caption, and all texts are prose with ``$...$``. An
    ``overview`` is what a whole folder comes to, and is shown wherever its derivations are told in a line each."""

    text: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    verdicts: tuple[Verdict, ...]
    seconds: float = 0.0
    overview: bool = False
    kind: str = "table"

    @property
    def verdict(self) -> Verdict:
        """That of all rows together: of the first that is refuted, else of the first undecided one."""
        for wanted in (Refuted, Undecided):
            if found := [verdict for verdict in self.verdicts if isinstance(verdict, wanted)]:
                return found[0]
        methods = dict.fromkeys(verdict.method for verdict in self.verdicts if isinstance(verdict, Proved))
        return Proved(", ".join(methods))


@dataclass(frozen=True)
class Rule:
    """A function as a formula: the entries of a matrix by ``indices``, or a function by its own name.

    ``name`` and ``latex`` are LaTeX; ``matrix`` says that the function itself returns a matrix.
    """

    name: str
    latex: str
    indices: tuple[str, str] | None = None
    matrix: bool = False
    meaning: str = ""
    kind: str = "rule"

    def left(self, rows: bool = False) -> str:
        """What is defined; where vectors are rows, a matrix is the transpose of what is written down here."""
        if self.indices is None:
            return rf"{self.name}^{{\mathsf{{T}}}}" if rows and self.matrix else self.name
        place = " ".join(reversed(self.indices) if rows else self.indices)
        return f"{self.name}_{{{place}}}" if len(self.name) == 1 else f"({self.name})_{{{place}}}"


@dataclass(frozen=True)
class Figure:
    """A figure with its caption, which is prose with ``$...$``; ``figure`` is what to draw, not yet drawn."""

    figure: Drawn
    caption: str
    kind: str = "figure"


Step: TypeAlias = Heading | Prose | Definition | Rule | Statement | Claim | Table | Figure


def answer(verdict: Verdict) -> Answer:
    """The word for a verdict in reports."""
    if isinstance(verdict, Proved):
        return "proved"
    return "refuted" if isinstance(verdict, Refuted) else "undecided"
