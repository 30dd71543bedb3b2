"""Values and formulas of a derivation as pieces of a display, for column vectors or for row vectors."""

from __future__ import annotations

from dataclasses import dataclass

from symcircuits.algebra import ExactMatrix, Factored
from symcircuits.errors import UnknownName
from symcircuits.export.document import Piece
from symcircuits.typeset import prose
from symcircuits.typeset.expressions import latex
from symcircuits.typeset.formulas import Formula, as_rows, to_latex
from symcircuits.typeset.prose import Spans
from symcircuits.worked.steps import Side, Value

CONVENTIONS = ("columns", "rows")
_SAID = {
    "columns": "Vectors are columns; a weight matrix acts from the left.",
    "rows": "Vectors are rows: in displays every name stands for the transpose of what it is for columns, and acts "
    "from the right. Each row form is proved to say what was decided for columns. Text and reasons speak of columns.",
}


@dataclass(frozen=True)
class Reading:
    """How matrices are printed: ``columns``, as they are kept, or ``rows``, transposed and in the opposite order."""

    convention: str = "columns"

    def __post_init__(self) -> None:
        if self.convention not in CONVENTIONS:
            raise UnknownName("convention", self.convention, CONVENTIONS)

    @property
    def said(self) -> Spans:
        """The convention in a sentence."""
        return prose.read(_SAID[self.convention])

    def formula(self, formula: Formula) -> str:
        """A formula as LaTeX."""
        return to_latex(self.row_formula(formula) if self.convention == "rows" else formula)

    def row_formula(self, formula: Formula) -> Formula:
        """A formula as it is said of row vectors."""
        return as_rows(formula)

    def value(self, value: Value) -> Piece:
        """A number as LaTeX, a matrix with its labels; a matrix of one entry is a number."""
        if isinstance(value, Factored):
            value = value.expand()
        if not isinstance(value, ExactMatrix):
            return latex(value)
        if value.shape == (1, 1):
            return latex(value[0, 0])
        view = value.view()
        return view.transposed() if self.convention == "rows" else view

    def side(self, side: Side) -> Piece:
        """One side of a statement: how it was put together, or else its value."""
        return self.value(side.value) if side.formula is None else self.formula(side.formula)
