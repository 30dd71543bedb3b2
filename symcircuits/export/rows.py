"""The lines of a display: statements with their reasons, and definitions, joined to what is said of them next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sympy import Expr

from symcircuits.export import marks
from symcircuits.export.breaking import ROOM, broken, width
from symcircuits.export.document import Piece, Row
from symcircuits.export.pieces import Reading
from symcircuits.typeset import prose
from symcircuits.typeset.formulas import to_latex
from symcircuits.typeset.prose import Maths, Spans, Text
from symcircuits.worked.steps import Definition, Rule, Statement, Step

_LONG_LEFT = 26.0  # a left side wider than this may stand on lines of its own
_MOST_LINES = 4  # of a computed value that a statement then brings to its closed form


def joins(before: Step | None, step: Step | None) -> bool:
    """Whether a step goes on in the display of the one before: a chain, or what a new name is equal to."""
    if not isinstance(step, Statement):
        return False
    if isinstance(before, Statement):
        return step.continues
    if not isinstance(before, Definition) or step.left.formula is None:
        return False
    told = before.origin is not None or isinstance(before.value, Expr)
    return told and to_latex(step.left.formula) == to_latex(before.name)


def statement_rows(statement: Statement, number: int, reading: Reading, before: Sequence[Row]) -> tuple[Row, ...]:
    """A statement after the rows that its display has already."""
    left, right = reading.side(statement.left), reading.side(statement.right)
    reason = prose.join("; ", (prose.read(statement.because), _given(statement.given)))
    row = Row((), statement.relation, (right,), reason, number)
    if before:
        rows = _lines(row, _indent(before[0]))
    elif _too_long(left, right):
        rows = (*_lines(Row((), "", (left,))), *_lines(row))
    else:
        rows = _lines(replace(row, left=(left,)), _wide(left))
    return (*rows[:-1], replace(rows[-1], mark=marks.mark(statement.verdict)))


def definition_rows(step: Definition, reading: Reading, after: Step | None) -> tuple[Row, ...]:
    """``name = origin = value``: on one line where the value is a matrix, else on one line each.

    Where the next statement says what the name is equal to, a value that is the same, or unreadably long, is left out.
    """
    name, value, reason = reading.formula(step.name), reading.value(step.value), prose.read(step.meaning)
    if step.origin is None:
        return _lines(Row((name,), "=", (value,), reason), _wide(name))
    origin = reading.formula(step.origin)
    first = Row((name,), "=", (origin,), reason)
    more = _lines(Row((), "=", (value,)), _wide(name))
    if joins(step, after):
        return (first,) if _needless(value, more, after, reading) else (first, *more)
    if isinstance(value, str):
        return (first, *more)
    return (replace(first, right=(f"{origin} =", value)),)


def rule_row(step: Rule, reading: Reading) -> Row:
    """A function as a formula: what its entries are called, and what they are."""
    return Row((step.left(reading.convention == "rows"),), "=", (step.latex,), prose.read(step.meaning))


def gathered(rows: Sequence[Row]) -> tuple[Row, ...]:
    """The rows of a display; a name, what it comes from and a matrix that it is equal to share one line."""
    if len(rows) < 2 or rows[0].number or isinstance(rows[1].right[0], str) or rows[1].left:
        return tuple(rows)
    first, second, *others = rows
    reason = prose.join("; ", (first.reason, second.reason))
    right = (f"{first.right[0]} {second.relation}", *second.right)
    return replace(second, left=first.left, relation=first.relation, right=right, reason=reason), *others


def _needless(value: Piece, rows: tuple[Row, ...], after: Step | None, reading: Reading) -> bool:
    same = isinstance(after, Statement) and reading.side(after.right) == value
    return same or len(rows) > _MOST_LINES or any(_wide(row.right[0]) > ROOM for row in rows)


def _lines(row: Row, indent: float = 0.0) -> tuple[Row, ...]:
    """The row, over several lines where its formula is longer than what ``indent`` leaves; the last has the reason."""
    formula = row.right[0]
    lines = broken(formula, ROOM - min(indent, _LONG_LEFT)) if isinstance(formula, str) else ()
    if len(lines) < 2:
        return (row,)
    first, *others = lines
    rows = (Row(row.left, row.relation, (first,)), *(Row((), "", (line,), indented=True) for line in others))
    return (*rows[:-1], replace(rows[-1], reason=row.reason, number=row.number))


def _too_long(left: Piece, right: Piece) -> bool:
    return _wide(left) > _LONG_LEFT and _wide(left) + _wide(right) > ROOM


def _indent(first: Row) -> float:
    return sum(map(_wide, first.left))


def _wide(piece: Piece) -> float:
    return width(piece) if isinstance(piece, str) else 0.0


def _given(condition: str) -> Spans:
    """The condition of a statement: prose, or a formula without dollar signs."""
    if "\\" in condition and "$" not in condition:
        return (Text("given "), Maths(condition))
    return (Text("given "), *prose.read(condition)) if condition else ()
