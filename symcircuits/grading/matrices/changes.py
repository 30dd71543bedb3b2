"""The changes of a head that a diagnosis tries: the usual mistakes, each undone.

A change is a code, a remark, and the head after it; whether it helps is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import TypeAlias

from sympy import Abs, Expr, Integer, Rational, S, Symbol, sqrt

from symcircuits.algebra import ExactMatrix
from symcircuits.circuit import Head, OneHot
from symcircuits.circuit.positions import Waves
from symcircuits.grading.differences import place_told
from symcircuits.grading.matrices.heads import head_of
from symcircuits.grading.meaning.blocks import rolled
from symcircuits.grading.showing import direction
from symcircuits.typeset.text import text

Change: TypeAlias = tuple[str, str, Head]
_ROWS = 8  # of a head whose rows are tried one by one


def changes(head: Head, alone: bool = True) -> Iterator[Change]:
    """The changes that are tried, the most usual first; fewer where it is not judged ``alone``: proofs are longer."""
    if head.W_Q is not None and head.W_K is not None:
        yield from _of_queries_and_keys(head, head.W_Q, head.W_K)
        if alone:
            yield from _of_rows(head, head.W_K)
    if head.W_V is not None:
        yield from _signs(head, "W_V", head.W_V)
    if head.W_O is not None:
        yield from _of_size(head, head.W_O)
    for name, side in (("W_V", 1), ("W_O", 0)):
        matrix = head.weights().get(name)
        if matrix is not None:
            yield from _moved(head, name, matrix, side)
            yield from _entries(head, name, matrix)


def _of_queries_and_keys(head: Head, W_Q: ExactMatrix, W_K: ExactMatrix) -> Iterator[Change]:
    angles: dict[Symbol, Expr] = {one: -one for one in head.free_symbols if one.name.startswith("alpha")}
    if angles:
        yield "rotation-direction", "turned the other way it is right", _with(head, lambda m: m.substitute(angles))
    yield "q-k-exchanged", "with W_Q and W_K exchanged it is right", replace(head, W_Q=W_K, W_K=W_Q)
    yield from _signs(head, "W_K", W_K)


def _of_rows(head: Head, W_K: ExactMatrix) -> Iterator[Change]:
    yield from keys_turned(head, W_K)
    yield "scale-one-side", "with one scale for all rows it is right", _with(head, _evened)
    yield from _quarter_turns(head)
    for shift in range(1, head.d_head if head.d_head <= _ROWS else 1):
        remark = f"with the rows of W_K in another order, moved down by {shift}, it is right"
        yield "wrong-block", remark, _put(head, {"W_K": rolled(W_K, 0, shift)})


def keys_turned(head: Head, W_K: ExactMatrix) -> Iterator[Change]:
    """The keys as they would be one token on, or one back; nothing where no position of the stream can be turned."""
    for tokens, told in ((1, "on"), (-1, "back")):
        shifted = _shifted(head, W_K, tokens)
        if shifted is not None:
            yield "off-by-one", f"with the keys turned one token {told} it is right", _put(head, {"W_K": shifted})


def weighted_places(head: Head, weight: Symbol) -> Iterator[Change]:
    """The rows that read a position alone, times a weight that may be as small as need be."""
    rows = {row for row in range(head.d_head) if head.W_K is not None and _block(head, head.W_K, row) == "position"}
    if head.W_K is not None and rows and weight not in head.free_symbols:
        scaled = _rows_times(head.W_K, dict.fromkeys(rows, weight))
        remark = f"with a factor {text(weight)}, as small as need be, before the position it is right"
        yield "beta-breaks-order", remark, _put(head, {"W_K": scaled})


def _with(head: Head, change: Callable[[ExactMatrix], ExactMatrix]) -> Head:
    return _put(head, {name: change(matrix) for name, matrix in head.weights().items()})


def _put(head: Head, weights: Mapping[str, ExactMatrix]) -> Head:
    """The head with these weights in the place of its own."""
    return head_of({**head.weights(), **weights}, head.scale, head.rotary)


def _rows_times(matrix: ExactMatrix, factors: Mapping[int, Expr]) -> ExactMatrix:
    entries = {(i, k): value * factors.get(i, S.One) for (i, k), value in matrix.entries.items()}
    return ExactMatrix.from_entries(matrix.shape, entries, matrix.rows, matrix.columns)


def _block(head: Head, matrix: ExactMatrix, row: int) -> str:
    """The kind of directions that a row reads: ``position``, ``other``, or neither alone."""
    places = {place for name in head.stream.positions() for place in head.stream[name].places}
    read = {column for i, column in matrix.entries if i == row}
    return "position" if read and read <= places else "other" if read and not read & places else ""


def _signs(head: Head, name: str, matrix: ExactMatrix) -> Iterator[Change]:
    """Rows with the other sign: all, those of the position; of a few also each pair and each one."""
    every = tuple(range(matrix.shape[0]))
    places = tuple(row for row in every if _block(head, matrix, row) == "position")
    groups = [every, *([places] if places else [])]
    if len(every) <= _ROWS:
        groups += [*zip(every[::2], every[1::2], strict=False), *((i,) for i in every)]
    for rows in dict.fromkeys(groups):
        named = ", ".join(str(i + 1) for i in rows)
        where = "all rows" if rows == every else f"row{'s' * (len(rows) > 1)} {named}"
        flipped = _rows_times(matrix, dict.fromkeys(rows, S.NegativeOne))
        yield "sign", f"with the other sign in {where} of {name} it is right", _put(head, {name: flipped})


def _shifted(head: Head, matrix: ExactMatrix, tokens: int) -> ExactMatrix | None:
    """The matrix as it would read the positions of so many tokens on; none where there is no such turn."""
    turned = matrix
    for name, position in head.stream.positions().items():
        if not isinstance(position, Waves | OneHot):
            return None
        turned = _columns_times(turned, head.stream[name].places, position.shift(tokens))
    return None if turned is matrix else turned


def _columns_times(matrix: ExactMatrix, places: tuple[int, ...], step: ExactMatrix) -> ExactMatrix:
    """The columns at these places times a matrix; all others as they are."""
    entries = {(i, k): value for (i, k), value in matrix.entries.items() if k not in places}
    there = [(i, places.index(k), value) for (i, k), value in matrix.entries.items() if k in places]
    for i, at, value in there:
        for to, place in enumerate(places):
            if step[at, to] is not S.Zero:
                entries[i, place] = entries.get((i, place), S.Zero) + value * step[at, to]
    return ExactMatrix.from_entries(matrix.shape, entries, matrix.rows, matrix.columns)


def _evened(matrix: ExactMatrix) -> ExactMatrix:
    """Every row that reads a single direction at the scale 1."""
    alone = {i: [value for (row, _), value in matrix.entries.items() if row == i] for i in range(matrix.shape[0])}
    sized = {i: 1 / Abs(values[0]) for i, values in alone.items() if len(values) == 1 and values[0].is_nonzero}
    return _rows_times(matrix, {i: factor for i, factor in sized.items() if not factor.has(Abs)})


def _quarter_turns(head: Head) -> Iterator[Change]:
    """One row of a pair as the other one turned by a quarter: an entry with the wrong sign, another or none at all."""
    pairs = [(k, k + 1) for k in range(0, head.d_model - 1, 2)]
    for row in range(min(head.d_head, _ROWS)):
        turned = {name: _quarter_turned(head.weights()[name], row, pairs) for name in ("W_Q", "W_K")}
        each = [{name: matrix} for name, matrix in turned.items() if matrix is not None]
        both = {name: matrix for one in each for name, matrix in one.items()}
        for weights in (*each, *([both] if len(each) > 1 else [])):
            code = ("one-entry", "sign")[all(_is_sign(head.weights()[name], new) for name, new in weights.items())]
            wrong = [told for name, new in weights.items() for told in _told_change(name, head.weights()[name], new)]
            yield code, "; ".join(wrong), _put(head, weights)


def _quarter_turned(matrix: ExactMatrix, row: int, pairs: list[tuple[int, int]]) -> ExactMatrix | None:
    other = row ^ 1
    pair = next((pair for pair in pairs if {k for i, k in matrix.entries if i == other} <= set(pair)), None)
    if pair is None or other >= matrix.shape[0] or not any(i == other for i, _ in matrix.entries):
        return None
    x, y = matrix[other, pair[0]], matrix[other, pair[1]]
    sign = Integer(-1 if row > other else 1)
    new = {(row, pair[0]): sign * y, (row, pair[1]): -sign * x}
    entries = {at: value for at, value in matrix.entries.items() if at[0] != row} | new
    changed = ExactMatrix.from_entries(matrix.shape, entries, matrix.rows, matrix.columns)
    return None if changed.entries == matrix.entries else changed


def _is_sign(old: ExactMatrix, new: ExactMatrix) -> bool:
    return all(new[at] in (old[at], -old[at]) for at in {**old.entries, **new.entries})


def _told_change(name: str, old: ExactMatrix, new: ExactMatrix) -> Iterator[str]:
    for at in sorted({**old.entries, **new.entries}):
        if new[at] != old[at]:
            factors = f"{text(new[at])} instead of {text(old[at])}"
            yield f"row {at[0] + 1} of {name} needs {factors} before {direction(old.column_label(at[1]))}"


def _of_size(head: Head, W_O: ExactMatrix) -> Iterator[Change]:
    """What is written, by a factor that may have been lost or be one too many, and turned over."""
    root = sqrt(head.W_V.shape[0] if head.W_V is not None else 1)
    for code, factor in (
        ("lost-half", Rational(1, 2)),
        ("factor-two", Integer(2)),
        ("lost-sqrt-d", root),
        ("lost-sqrt-d", 1 / root),
    ):
        yield code, f"with a factor {text(factor)} it is right", _put(head, {"W_O": W_O * factor})
    own: dict[Symbol, Expr] = {one: S.One for one in head.free_symbols - head.scale.free_symbols if one.is_positive}
    if own:
        names = ", ".join(sorted(text(one) for one in own))
        yield "scale-one-side", f"without {names} it is right", _with(head, lambda m: m.substitute(own))
    if W_O.shape[0] == W_O.shape[1]:
        yield "transposed", "transposed it is right", _put(head, {"W_O": W_O.T.labelled(head.stream, None)})


def _moved(head: Head, name: str, matrix: ExactMatrix, side: int) -> Iterator[Change]:
    """What is read or written moved to another block of the stream."""
    block = len({place[side] for place in matrix.entries}) or matrix.shape[side]
    for shift in range(block, matrix.shape[side], block):
        where = "read from" if side else "written to"
        remark = f"{where} another block, {shift} on, it is right"
        yield "wrong-block", remark, _put(head, {name: rolled(matrix, side, shift)})


def _entries(head: Head, name: str, matrix: ExactMatrix) -> Iterator[Change]:
    """One entry left out, where there is one too many."""
    for place in list(matrix.entries)[: 2 * _ROWS]:
        rest = {where: value for where, value in matrix.entries.items() if where != place}
        changed = ExactMatrix.from_entries(matrix.shape, rest, matrix.rows, matrix.columns)
        remark = f"without the entry at {place_told(matrix, place)} of {name} it is right"
        yield "one-entry", remark, _put(head, {name: changed})
