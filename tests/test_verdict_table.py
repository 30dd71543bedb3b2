"""The published table of verdicts: every row as said, with either kind of enclosures, and never a wrong one."""

from __future__ import annotations

import sys
from collections import Counter
from functools import cache
from pathlib import Path

import mpmath
import pytest
from algebra_oracle import confirm, value
from sympy import (
    Expr,
    Float,
    I,
    Integer,
    Integral,
    Matrix,
    MatrixBase,
    Max,
    Rational,
    Symbol,
    ceiling,
    conjugate,
    floor,
    sympify,
)
from sympy.core.function import AppliedUndef
from verdict_table import DIFFERENT, EQUAL, GROUPS, NOT_DECIDABLE, PROVED, REFUTED, ROWS, UNDECIDED, Group, Row

from symcircuits.algebra import ExactMatrix, Verdict, prove
from symcircuits.algebra.enclosures.balls import Intervals, default_backend
from symcircuits.typeset.expressions import latex
from symcircuits.typeset.matrices import matrix_plain_latex

DOCUMENT = Path(__file__).parents[1] / "docs" / "verdicts.md"
BACKENDS = {"as installed": default_backend(), "intervals": Intervals()}
BY_ID = {row.id: row for row in ROWS}
ALLOWED = {EQUAL: {PROVED, UNDECIDED}, DIFFERENT: {REFUTED, UNDECIDED}, NOT_DECIDABLE: {UNDECIDED}}

# True, of the class, and not decided: a row may leave this list, none may join it.
KNOWN_OPEN: frozenset[str] = frozenset()
MOST_OPEN = 0

every_row = pytest.mark.parametrize("name", BY_ID)
both_ways = pytest.mark.parametrize("backend", BACKENDS)


def word(verdict: Verdict) -> str:
    """What a verdict is called in the table."""
    return type(verdict).__name__.lower()


@cache
def _decided(name: str, backend: str) -> tuple[Verdict, Verdict]:
    row = BY_ID[name]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("symcircuits.algebra.enclosures.enclosure.default_backend", lambda: BACKENDS[backend])
        return prove(row.left, row.right), prove(row.right, row.left)


def sides(left: Expr | Matrix, right: Expr | Matrix, verdict: Verdict) -> tuple[Expr, Expr]:
    """The two scalars that a witness speaks of: the sides, or the entries that it names."""
    if not isinstance(left, MatrixBase):
        return left, right
    place = tuple(map(int, verdict.witness.entry))
    return left[place], right[place]


@every_row
@both_ways
def test_the_verdict_is_as_published_and_never_wrong(name, backend):
    row, (verdict, swapped) = BY_ID[name], _decided(name, backend)
    assert word(verdict) in ALLOWED[row.truth], f"WRONG: {row.left} = {row.right} is {row.truth}, but {verdict}"
    assert word(verdict) == row.verdict, str(verdict)
    assert word(swapped) == row.verdict, str(swapped)


@pytest.mark.parametrize("name", [row.id for row in ROWS if row.verdict == REFUTED])
@both_ways
def test_every_witness_is_confirmed_by_another_evaluation(name, backend):
    row, (verdict, swapped) = BY_ID[name], _decided(name, backend)
    confirm(verdict, *sides(row.left, row.right, verdict))
    confirm(swapped, *sides(row.right, row.left, swapped))


def _point(symbols: list[Symbol]) -> dict[Symbol, Expr]:
    return {symbol: _number(symbol, place) for place, symbol in enumerate(symbols)}


def _number(symbol: Symbol, place: int) -> Expr:
    if symbol.is_integer:
        return Integer(3 + place)
    return Rational(5 + 4 * place, 7 + place) + (0 if symbol.is_real else I * Rational(place + 1, 5))


def _has_numbers(row: Row) -> bool:
    """Whether the other evaluation knows all functions of a row."""
    return not any(side.has(AppliedUndef, Integral, Max, ceiling, conjugate, floor) for side in (row.left, row.right))


def _entries(side: Expr | Matrix) -> list[Expr]:
    return list(side) if isinstance(side, MatrixBase) else [sympify(side)]


@pytest.mark.parametrize("name", [row.id for row in ROWS if row.truth == EQUAL and _has_numbers(row)])
def test_what_the_table_calls_equal_agrees_at_a_point(name):
    row = BY_ID[name]
    point = _point(sorted(row.left.free_symbols | row.right.free_symbols, key=str))
    for left, right in zip(_entries(row.left), _entries(row.right), strict=True):
        a, b = value(left, point), value(right, point)
        assert abs(a - b) <= mpmath.mpf(10) ** -60 * max(1, abs(a)), f"{left} and {right} at {point}"


def test_the_table_is_large_and_its_rows_are_questions():
    assert len(ROWS) >= 160 and len(BY_ID) == len(ROWS)
    asked = [(row.left.as_immutable(), row.right.as_immutable()) for row in ROWS if isinstance(row.left, MatrixBase)]
    asked += [(row.left, row.right) for row in ROWS if not isinstance(row.left, MatrixBase)]
    twice = [pair for pair, times in Counter(map(frozenset, asked)).items() if times > 1]
    assert not twice and all(left != right and not left.has(Float) for left, right in asked)


def test_the_open_rows_are_no_more_than_known():
    assert {row.id for row in ROWS if row.open} == KNOWN_OPEN
    assert len(KNOWN_OPEN) <= MOST_OPEN


@both_ways
def test_the_counts(backend, capsys):
    words = {row.id: word(_decided(row.id, backend)[0]) for row in ROWS}
    still_open = [row.id for row in ROWS if row.open and words[row.id] == UNDECIDED]
    with capsys.disabled():
        sys.stdout.write(f"\n{len(ROWS)} rows, enclosures {backend}: {counted(Counter(words.values()))}\n")
        sys.stdout.write(f"{len(still_open)} true, of the class, undecided: {', '.join(still_open)}\n")
    assert Counter(words.values()) == Counter(row.verdict for row in ROWS)
    assert len(still_open) <= MOST_OPEN


def test_the_document_is_what_the_table_says(update_golden):
    if update_golden:
        DOCUMENT.write_text(document(), encoding="utf-8")
    assert DOCUMENT.read_text(encoding="utf-8") == document(), "renew it with --update-golden"


def counted(counts: Counter[str]) -> str:
    """Counts of verdicts, in words."""
    return ", ".join(f"{counts[verdict]} {verdict}" for verdict in (PROVED, REFUTED, UNDECIDED))


INTRODUCTION = r"""# Table of verdicts

Identities and near-identities of hand-made circuits, and what `symcircuits.algebra.prove` answers. What is proved and
refuted mean is told in [proofs.md](proofs.md). The table is `tests/verdict_table.py`. Its test asks every question both
ways round, with python-flint's balls and with mpmath's intervals, and confirms the witness of every refutation by an
evaluation that shares nothing with the package. `python benchmarks/verdicts.py` prints the counts.

*Undecided (open)* is a true statement of the class that is meant to be decided, but is not yet. The other undecided
statements are outside that class; what is true of them is told beside.

Symbols: $a, b, x, y, z, u_i, v_i$ are any complex numbers; $r, s, t$, the angles $\alpha_i$ and the scores $s_i$ are
real; $g, p, q, \beta, \lambda_i, \mathit{Lg}$ are positive; $n, m$ are non-negative integers, $j, k, w$ integers, $d_k$
a positive integer; $f$ is any function.
"""


def document() -> str:
    """The whole table as Markdown."""
    counts = counted(Counter(row.verdict for row in ROWS))
    total = f"{len(ROWS)} rows: {counts} ({sum(row.open for row in ROWS)} of these open)."
    return "\n".join([INTRODUCTION, total, *map(_section, GROUPS)])


def _section(group: Group) -> str:
    rows = group.rows()
    lines = [f"| {_name(row)} | {_cell(row.left)} | {_cell(row.right)} | {_answer(row)} |" for row in rows]
    head = ["| row | left | right | verdict |", "|---|---|---|---|"]
    counts = counted(Counter(row.verdict for row in rows))
    return "\n".join([f"\n## {group.title}\n", f"{len(rows)} rows: {counts}.\n", *head, *lines])


def _name(row: Row) -> str:
    return row.id.partition("/")[2].replace("-", " ").replace("_", r"\_")


def _answer(row: Row) -> str:
    if row.open:
        return f"{UNDECIDED} (open)"
    return row.verdict if row.verdict != UNDECIDED else f"{UNDECIDED} ({row.truth})"


def _cell(side: Expr | Matrix) -> str:
    matrix = isinstance(side, MatrixBase)
    text = matrix_plain_latex(ExactMatrix.from_sympy(side).view()) if matrix else latex(side)
    inline = text.replace("|", r"\vert ").replace("\n", " ")
    return f"${inline}$"
