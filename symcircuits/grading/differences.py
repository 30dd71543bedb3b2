"""Where two sides differ, in words: at which numbers, or in which entries."""

from __future__ import annotations

from symcircuits.algebra import ExactMatrix, Proved, Witness, prove
from symcircuits.grading.showing import direction, signed, told, values_told
from symcircuits.typeset.text import text

_LISTED = 6  # wrong entries that are written out
_COMPARED = 64  # entries of which it is proved whether they are wrong


def sides_told(left: object, right: object, witness: Witness) -> str:
    """What a witness against an equation shows: both sides at some numbers, or the entries in which matrices differ."""
    if witness.entry is None or not isinstance(left, ExactMatrix) or not isinstance(right, ExactMatrix):
        return told(witness)  # of a matrix of rounded values too, where the others may differ within their rounding
    entries = wrong_entries(left, right, ("left", "right"))
    where = values_told(witness.bindings)
    if not where:
        return entries or told(witness)
    places = {(left.row_label(i), left.column_label(k)): (i, k) for i, k in {**left.entries, **right.entries}}
    there = place_told(left, places[witness.entry]) if witness.entry in places else "there"
    numbers = f"{signed(witness.left_value)} and {signed(witness.right_value)}"
    return f"{entries}. at {where} these are {numbers} in {there}"


def wrong_entries(one: ExactMatrix, other: ExactMatrix, names: tuple[str, str] = ("found", "expected")) -> str:
    """The entries that are not proved equal, the first few written out; empty where all are.

    >>> wrong_entries(ExactMatrix.from_rows([[1, 2]]), ExactMatrix.from_rows([[1, 3]]))
    'row 1, column 2: found 2, expected 3'
    """
    wrong = wrong_places(one, other)
    lines = [
        f"{place_told(one, place)}: {names[0]} {text(one[place])}, {names[1]} {text(other[place])}"
        for place in wrong[:_LISTED]
    ]
    if len(wrong) > _LISTED:
        lines.append(f"and {len(wrong) - _LISTED} more")
    return "; ".join(lines)


def wrong_places(one: ExactMatrix, other: ExactMatrix) -> list[tuple[int, int]]:
    """The places of the entries that are not proved equal, row by row."""
    differing = [place for place in sorted({**one.entries, **other.entries}) if one[place] != other[place]]
    return [place for place in differing[:_COMPARED] if not isinstance(prove(one[place], other[place]), Proved)]


def place_told(matrix: ExactMatrix, place: tuple[int, int]) -> str:
    """Where an entry stands: by the directions of the stream, or counted from 1."""
    row, column = place
    if matrix.rows is not None and matrix.columns is not None:
        return f"from {direction(matrix.column_label(column))} into {direction(matrix.row_label(row))}"
    named_row = f"row {row + 1}" if matrix.rows is None else f"row {direction(matrix.row_label(row))}"
    named_column = f"column {column + 1}" if matrix.columns is None else f"at {direction(matrix.column_label(column))}"
    return f"{named_row}, {named_column}"
