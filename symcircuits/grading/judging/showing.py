"""What was understood, on one line of plain text, and witnesses as data.

>>> from sympy import Symbol
>>> shown(ExactMatrix.from_rows([[1, 0], [Symbol("a"), 2]]))
'[1 ·; a 2]'
"""

from __future__ import annotations

from sympy import Expr, S

from symcircuits.algebra import ExactMatrix, Witness
from symcircuits.grading.meaning.scope import Eye, Value
from symcircuits.grading.reports.report import Data
from symcircuits.typeset.readable import readable
from symcircuits.typeset.text import text

_LONGEST = 1_000


def shown(value: Value) -> str:
    """A value on one line: rows between semicolons, dots for zeros, directions by their names."""
    if isinstance(value, Expr):
        return _cut(text(value))
    if isinstance(value, Eye):
        return "Id" if value.factor is S.One else f"{text(value.factor)} Id"
    if value.columns is not None or value.rows is not None:
        return _cut(_by_directions(value))
    return _cut(f"[{'; '.join(_row(value, i) for i in range(value.shape[0]))}]")


def _row(matrix: ExactMatrix, i: int) -> str:
    cells = [matrix[i, j] for j in range(matrix.shape[1])]
    return " ".join("·" if cell is S.Zero else _factor(cell) for cell in cells)


def _by_directions(matrix: ExactMatrix) -> str:
    if matrix.columns is None:
        return f"{_by_directions(matrix.T)} as columns"
    rows = {i: _combination(matrix, i) for i in range(matrix.shape[0])}
    if matrix.rows is None:
        return f"[{'; '.join(rows.values())}]"
    named = [f"{readable(matrix.row_label(i))} ← {row}" for i, row in rows.items() if row != "0"]
    return f"[{'; '.join(named) or '0'}]"


def _combination(matrix: ExactMatrix, i: int) -> str:
    """A row as a combination of the directions of its columns."""
    terms = [(matrix[i, j], readable(matrix.column_label(j))) for j in range(matrix.shape[1])]
    return " + ".join(_term(factor, name) for factor, name in terms if factor is not S.Zero) or "0"


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


def told(witness: Data) -> str:
    """A witness in a line of plain text."""
    entry = witness.get("entry")
    where = [f"entry ({entry[0]}, {entry[1]})"] if isinstance(entry, list) else []
    bindings = witness.get("bindings")
    if isinstance(bindings, dict) and bindings:
        where.append("at " + ", ".join(f"{name} = {value}" for name, value in bindings.items()))
    return f"{' '.join(where)}: left {witness.get('left')}, right {witness.get('right')}".lstrip(": ")
