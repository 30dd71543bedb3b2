r"""What is written in rows and cells: matrices, diagonals, and values told apart by cases.

>>> from symcircuits.grading.reading.parser import parse
>>> from symcircuits.grading.reading.tokens import tokenize
>>> text = r"\begin{cases} 1 & \text{if } n = m \\ 0 & \text{otherwise} \end{cases}"
>>> [row.condition is None for row in parse(tokenize(text, 0, {}), len(text)).rows]
[False, True]
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from symcircuits.grading.reading import limits
from symcircuits.grading.reading.cursor import Cursor
from symcircuits.grading.reading.reader import Reads
from symcircuits.grading.reading.signs import Token, relation_of
from symcircuits.grading.reading.syntax import Case, Cases, Condition, Diagonal, Dots, Grid, Node, Zeros

_OTHERWISE = ("otherwise", "else", "in all other cases", "in any other case")
_DOTS = ("dots", "vdots", "ddots")
DASHES = "-\u2013\u2014 "


@dataclass(frozen=True)
class Rule:
    """A cell that holds nothing but a line."""

    at: int
    text: str


Cell: TypeAlias = Node | None | Rule


def diagonal(reader: Reads, token: Token) -> Diagonal:
    """A matrix given by what follows ``diag``."""
    cursor = reader.cursor
    closing = {"(": ")", "[": "]"}.get(cursor.next.text)
    if closing is None:
        cursor.refuse("diag without brackets")
    cursor.take()
    cells = [reader.total()]
    while cursor.took(","):
        cells.append(reader.total())
    cursor.expect(closing, "after a diagonal")
    if len(cells) > limits.SIDE:
        cursor.refuse(f"a diagonal of more than {limits.SIDE} entries", token.start)
    return Diagonal(token.start, tuple(cells))


def zeros(cursor: Cursor, at: int) -> Zeros:
    """A block of zeros, from the size below the 0."""
    cursor.take()
    tokens, _ = cursor.group("the size of a block of zeros")
    numbers = [token.text for token in tokens if token.kind == "number"]
    signs = [token for token in tokens if token.kind != "number"]
    sized = len(numbers) in (1, 2) and all(token.is_sign(",") or token.is_command("times") for token in signs)
    if not sized or len(signs) != len(numbers) - 1 or not all(text.isdigit() for text in numbers):
        cursor.refuse("a subscript on 0 that is no size", at, r"write 0_{4 \times 12}")
    rows, columns = int(numbers[0][:9]), int(numbers[-1][:9])
    if not 0 < rows <= limits.SIDE or not 0 < columns <= limits.SIDE or rows * columns > limits.CELLS:
        cursor.refuse(f"a block of {rows} by {columns}", at)
    return Zeros(at, rows, columns)


def grid(reader: Reads) -> Grid:
    """A matrix that is written out."""
    cursor, opening = reader.cursor, reader.cursor.take()
    rows: list[tuple[int, list[Cell]]] = []
    row: list[Cell] = []
    start, cells = cursor.next.start, 0
    while True:
        row.append(None if _ends_cell(cursor) else _cell(reader))
        cells += 1
        if cells > limits.CELLS or len(row) > limits.SIDE or len(rows) > limits.SIDE:
            cursor.refuse(f"a matrix of more than {limits.CELLS} entries or {limits.SIDE} rows or columns")
        if cursor.took("&"):
            continue
        rows.append((start, row))
        if _ends_row(cursor, opening):
            return Grid(opening.start, _even(cursor, _without_rules(cursor, rows), opening))
        row, start = [], cursor.next.start


def cases(reader: Reads) -> Cases:
    """Values with the conditions under which they hold."""
    cursor, opening = reader.cursor, reader.cursor.take()
    rows: list[Case] = []
    while True:
        value = reader.total()
        reader.bare = False
        if not (cursor.took("&") or cursor.took(",")) and cursor.next.kind != "text":
            cursor.refuse("a case without a condition", None, r"write value & condition, or \text{otherwise}")
        cursor.took("&")
        rows.append(Case(value, _condition(reader)))
        cursor.took(".", ",", ";")
        while (over := _ends_row(cursor, opening)) is False and cursor.next.kind == "newline":
            pass
        if over or cursor.next.kind == "end":
            if not over:
                cursor.take()
            break
        if rows[-1].condition is None or len(rows) > limits.SIDE:
            cursor.refuse("a case after that for all others")
    return Cases(opening.start, tuple(rows))


def _condition(reader: Reads) -> tuple[Condition, ...] | None:
    """An order of formulas; ``None`` for all other cases."""
    cursor = reader.cursor
    while cursor.next.kind == "text" or cursor.next.is_command("quad", "qquad"):
        if cursor.take_text().strip(" .,") in _OTHERWISE:
            return None
    sides = [reader.total()]
    found: list[Condition] = []
    while (relation := relation_of(cursor.next, unequal=True)) is not None:
        cursor.take()
        sides.append(reader.total())
        found.append(Condition(sides[-2], relation, sides[-1]))
    if not found:
        cursor.refuse("a case without a relation in its condition")
    return tuple(found)


def _ends_row(cursor: Cursor, opening: Token) -> bool:
    """Pass the end of a row; whether that of the whole was passed."""
    token = cursor.take()
    if token.kind == "end" and token.text == opening.text:
        return True
    if token.kind != "newline":
        cursor.refuse(f"expected & or \\\\ or \\end{{{opening.text}}}, found {token}", token.start)
    return False


def _ends_cell(cursor: Cursor) -> bool:
    return cursor.next.is_sign("&") or cursor.next.kind in ("newline", "end", "finish")


def _cell(reader: Reads) -> Cell:
    token = reader.cursor.next
    if _is_rule(token):
        reader.cursor.take()
        if _ends_cell(reader.cursor):
            return Rule(token.start, token.text)
        if token.kind != "text":
            reader.cursor.refuse("bars are not read", token.start, "write the norm or the absolute value out")
        node = reader.total()
        reader.bare = False
        if not _is_rule(reader.cursor.take()) or not _ends_cell(reader.cursor):
            reader.cursor.refuse("a line on one side of an entry", token.start, "leave the line out")
        return node
    if token.is_command(*_DOTS):
        reader.cursor.take()
        if _ends_cell(reader.cursor):
            return Dots(token.start, token.text)
        reader.cursor.refuse("dots beside something else in a cell", token.start, "write every term")
    node = reader.total()
    reader.bare = False
    return node


def _is_rule(token: Token) -> bool:
    """Whether a token draws a line: dashes in words, or a bar."""
    return (
        token.is_sign("|") or token.is_command("vert", "mid") or (token.kind == "text" and not token.text.strip(DASHES))
    )


def _without_rules(cursor: Cursor, rows: list[tuple[int, list[Cell]]]) -> list[tuple[int, list[Node | None]]]:
    """The rows without lines that show how long their entries are: rows of bars, and dashes at both ends of every
    row. Raises ``CannotRead`` for lines elsewhere."""
    kept = [(start, row) for start, row in rows if not all(isinstance(cell, Rule) for cell in row)]
    ends = [cell for _, row in kept if row != [None] for cell in (row[0], row[-1])]
    if ends and all(isinstance(cell, Rule) for cell in ends):
        kept = [(start, row[1:-1] if row != [None] else row) for start, row in kept]
    found: list[tuple[int, list[Node | None]]] = []
    for start, row in kept:
        for cell in row:
            if isinstance(cell, Rule):
                cursor.refuse(f"a line {cell.text} in a cell", cell.at, "leave it out")
        found.append((start, [cell for cell in row if not isinstance(cell, Rule)]))
    return found


def _even(
    cursor: Cursor, rows: list[tuple[int, list[Node | None]]], opening: Token
) -> tuple[tuple[Node | None, ...], ...]:
    """The rows without empty ones, all of one length."""
    empty = [row == [None] for _, row in rows]
    kept = [(start, row) for (start, row), nothing in zip(rows, empty, strict=True) if not nothing]
    if not kept:
        cursor.refuse("a matrix without entries", opening.start)
    width = len(kept[0][1])
    if width == 1 and any(empty[:-1]) and any(not after for after in empty[empty.index(True) :]):
        cursor.refuse("an empty row in a single column", opening.start, "write 0")
    for number, (start, row) in enumerate(kept, 1):
        if len(row) != width:
            cursor.refuse(f"row {number} has {len(row)} entries, row 1 has {width}", start)
    return tuple(tuple(row) for _, row in kept)
