r"""What was understood, on one line of plain text, and witnesses as data.

>>> from sympy import Symbol
>>> shown(ExactMatrix.from_rows([[1, 0], [Symbol("a"), 2]]))
'[1, ·; a, 2]'
>>> plain_prose(r"copies $\cos_{0}$")
'copies cos₀'
"""

from __future__ import annotations

from collections.abc import Mapping

from sympy import Expr, Rational, S, Symbol

from symcircuits.algebra import ExactMatrix, Witness
from symcircuits.grading.meaning.scope import Eye, Value
from symcircuits.grading.reports.report import Data
from symcircuits.typeset import prose
from symcircuits.typeset.readable import readable
from symcircuits.typeset.text import text

_LONGEST = 1_600
_DIGITS = 30


def shown(value: Value, decimal: bool = False) -> str:
    """A value on one line: rows between semicolons, dots for zeros, directions by their names.

    ``decimal`` says that a number was written as one.
    """
    if isinstance(value, Rational) and decimal:
        return signed(_decimal(value))
    if isinstance(value, Expr):
        return _cut(text(value))
    if isinstance(value, Eye):
        return "Id" if value.factor is S.One else f"{text(value.factor)} Id"
    if value.columns is not None or value.rows is not None:
        return _cut(_by_directions(value))
    return _cut(f"[{'; '.join(_row(value, i) for i in range(value.shape[0]))}]")


def _decimal(value: Rational) -> str:
    """A decimal fraction digit by digit, any other number as it is."""
    digits = next((k for k in range(_DIGITS) if 10**k % value.q == 0), None)
    if digits is None or digits == 0:
        return text(value)
    whole, part = divmod(abs(value.p) * 10**digits // value.q, 10**digits)
    return f"{'-' if value.p < 0 else ''}{whole}.{part:0{digits}}"


def _row(matrix: ExactMatrix, i: int) -> str:
    cells = [matrix[i, j] for j in range(matrix.shape[1])]
    return ", ".join("·" if cell is S.Zero else text(cell) for cell in cells)


def _by_directions(matrix: ExactMatrix) -> str:
    if matrix.columns is None:
        return f"{_by_directions(matrix.T)} as columns"
    rows = {i: _combination(matrix, i) for i in range(matrix.shape[0])}
    if matrix.rows is None:
        return f"[{'; '.join(rows.values())}]"
    filled = {i for i, _ in matrix.entries}
    named = [f"{direction(matrix.row_label(i))} ← {row}" for i, row in rows.items() if i in filled]
    return f"[{'; '.join(named) or '0'}]"


def _combination(matrix: ExactMatrix, i: int) -> str:
    """A row as a combination of the directions of its columns."""
    terms = [(matrix[i, j], direction(matrix.column_label(j))) for j in range(matrix.shape[1])]
    line = " + ".join(_term(factor, name) for factor, name in terms if factor is not S.Zero) or "0"
    return line.replace("+ −", "− ")


def direction(label: str) -> str:
    r"""A direction of the stream, as submissions write it.

    >>> direction(r"\cos_{0}"), direction("v_{2}")
    ('u^cos₀', 'v₂')
    """
    name = readable(label)
    return f"u^{name}" if name.startswith(("cos", "sin", "cont")) else name


def _term(factor: Expr, name: str) -> str:
    return name if factor is S.One else f"−{name}" if factor is S.NegativeOne else f"{_factor(factor)} {name}"


def _factor(cell: Expr) -> str:
    return f"({text(cell)})" if cell.is_Add else text(cell)


def _cut(line: str) -> str:
    return line if len(line) <= _LONGEST else line[: _LONGEST - 4] + " ..."


def witness_data(witness: Witness) -> Data:
    """A witness as JSON: the values of the symbols, both sides there, and the entry of a matrix by its labels."""
    entry = {"entry": [readable(label) for label in witness.entry]} if witness.entry else {}
    bindings = {symbol.name: plain(value) for symbol, value in witness.bindings.items()}
    return {"bindings": bindings, **entry, "left": witness.left_value, "right": witness.right_value}


def plain(value: Expr) -> object:
    """A small integer as a number, everything else as text."""
    return int(value) if value.is_Integer and abs(int(value)) < 10**9 else str(value)


def told(witness: Witness) -> str:
    """A witness of two sides in a line of plain text."""
    where = values_told(witness.bindings)
    sides = f"the left side is {signed(witness.left_value)}, the right side {signed(witness.right_value)}"
    return f"at {where} {sides}" if where else sides


def values_told(bindings: Mapping[Symbol, Expr]) -> str:
    """The values of symbols, in a line of plain text."""
    return ", ".join(f"{text(symbol)} = {text(value)}" for symbol, value in bindings.items())


def signed(value: str) -> str:
    """A decimal with the sign of a formula."""
    return value.replace("-", "−")


def plain_prose(words: str) -> str:
    """Prose with ``$...$``, its formulas readable."""
    return "".join(
        readable(span.latex) if isinstance(span, prose.Maths) else str(getattr(span, "text", ""))
        for span in prose.read(words)
    )
