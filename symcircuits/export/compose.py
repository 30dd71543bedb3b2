"""From a derivation to a document: the one place that decides what a sheet says, whatever its format."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from symcircuits.errors import UnknownName
from symcircuits.export import marks, prose
from symcircuits.export.breaking import broken
from symcircuits.export.checking import checked
from symcircuits.export.document import (
    Answer,
    Banner,
    Block,
    Claim,
    Display,
    Document,
    Heading,
    Maths,
    Paragraph,
    Problem,
    Row,
    Spans,
    Text,
    number_ranges,
)
from symcircuits.export.pieces import Reading
from symcircuits.typeset.names import latex_name
from symcircuits.worked import steps
from symcircuits.worked.steps import Derivation, Statement, answer

SHEETS = ("solutions", "problems")


def compose(derivation: Derivation, sheet: str = "solutions", convention: str = "columns") -> Document:
    """The document of a derivation.

    ``sheet="problems"`` keeps the title, the problem and what is asked; ``convention="rows"`` prints displays for row
    vectors. ``UnknownName``: another sheet or convention.
    """
    if sheet not in SHEETS:
        raise UnknownName("sheet", sheet, SHEETS)
    reading = Reading(convention)
    whole = sheet == "solutions"
    return Document(
        id=derivation.id,
        title=prose.read(derivation.title),
        parameters=tuple((name, str(value)) for name, value in derivation.parameters.items()),
        convention=reading.said,
        answer=derivation.verdict if whole else None,
        blocks=tuple(_solution(derivation, reading) if whole else _problem(derivation, asking=True)),
    )


def _solution(derivation: Derivation, reading: Reading) -> Iterator[Block]:
    yield from _banner(derivation)
    yield from _problem(derivation, asking=False)
    yield from _body(derivation.steps, reading)
    yield checked(derivation)


def _problem(derivation: Derivation, asking: bool) -> Iterator[Block]:
    asked = tuple(_asked(ask) for ask in derivation.asks) if asking else ()
    if derivation.problem.strip() or asked:
        yield Problem(prose.paragraphs(derivation.problem), asked)


def _asked(ask: steps.Ask) -> Spans:
    names = prose.join(", ", tuple((Maths(latex_name(name)),) for name in ask.names))
    meets: Spans = (Text(", such that: "), *prose.labelled(ask.meets)) if ask.meets else ()
    return (Text("Write down "), *names, *meets, Text("."))


def _body(parts: Iterable[steps.Step], reading: Reading) -> Iterator[Block]:
    """The steps as blocks; statements that continue one another gather in a chain."""
    chain: list[Row] = []
    number = 0
    for step in parts:
        if isinstance(step, Statement | steps.Claim):
            number += 1
        if chain and not (isinstance(step, Statement) and step.continues):
            yield Display(tuple(chain))
            chain = []
        if isinstance(step, Statement):
            chain += _rows(step, number, reading, first=not chain)
        else:
            yield from _blocks(step, number, reading)
    if chain:
        yield Display(tuple(chain))


def _rows(statement: Statement, number: int, reading: Reading, first: bool) -> tuple[Row, ...]:
    left = (reading.side(statement.left),) if first else ()
    reason = prose.join("; ", (prose.read(statement.because), _given(statement.given)))
    rows = _lines(Row(left, statement.relation, (reading.side(statement.right),), reason, number))
    return (*rows[:-1], replace(rows[-1], mark=marks.mark(statement.verdict)))


def _lines(row: Row) -> tuple[Row, ...]:
    """The row, over several lines where its formula is long."""
    formula = row.right[0]
    if not isinstance(formula, str):
        return (row,)
    first, *others = broken(formula)
    return replace(row, right=(first,)), *(Row((), "", (rf"\quad {{}} {line}",)) for line in others)


def _given(condition: str) -> Spans:
    return (Text("given "), *prose.read(condition)) if condition else ()


def _blocks(step: steps.Step, number: int, reading: Reading) -> Iterator[Block]:
    match step:
        case steps.Heading():
            yield Heading(prose.read(step.text))
        case steps.Prose():
            yield from (Paragraph(spans) for spans in prose.paragraphs(step.text))
        case steps.Definition():
            yield Display(_definition(step, reading))
        case steps.Claim():
            yield Claim(number, prose.read(step.text), prose.read(step.note), marks.mark(step.verdict))


def _definition(step: steps.Definition, reading: Reading) -> tuple[Row, ...]:
    """``name = origin = value``: on one line where the value is a matrix, else on one line each."""
    name, value, reason = (reading.formula(step.name),), reading.value(step.value), prose.read(step.meaning)
    if step.origin is None:
        return _lines(Row(name, "=", (value,), reason))
    origin = reading.formula(step.origin)
    if isinstance(value, str):
        return Row(name, "=", (origin,), reason), *_lines(Row((), "=", (value,)))
    return (Row(name, "=", (f"{origin} =", value), reason),)


def _banner(derivation: Derivation) -> Iterator[Banner]:
    if derivation.verdict != "proved":
        yield Banner(derivation.verdict, _why(derivation))


def _why(derivation: Derivation) -> Spans:
    """What a reader must know before the first line: which statements fail, and which experiments."""
    parts = tuple(_told(derivation, word) for word in ("refuted", "undecided"))
    failed = dict.fromkeys(outcome.behaviour for outcome in derivation.outcomes if not outcome.passed)
    experiments: Spans = (Text("Failed experiments: "), *prose.labelled(", ".join(failed)), Text(".")) if failed else ()
    return prose.join(" ", (*parts, experiments))


def _told(derivation: Derivation, word: Answer) -> Spans:
    found = [(number, step) for number, step in enumerate(derivation.statements, 1) if answer(step.verdict) == word]
    if not found:
        return ()
    numbers = number_ranges(tuple(number for number, _ in found))
    noun = "Statement" if len(found) == 1 else "Statements"
    said = {"refuted": "false", "undecided": "neither proved nor refuted"}[word]
    mark = marks.mark(found[0][1].verdict)
    return (Text(f"{noun} {numbers} {'is' if len(found) == 1 else 'are'} {said}: "), *(mark.text if mark else ()))
