"""From a derivation to a document: the one place that decides what a sheet says, whatever its format."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from symcircuits.errors import UnknownName
from symcircuits.export import marks
from symcircuits.export.checking import checked
from symcircuits.export.document import (
    Answer,
    Banner,
    Block,
    Claim,
    Display,
    Document,
    Heading,
    Paragraph,
    Picture,
    Problem,
    Row,
    Table,
    number_ranges,
    tag,
)
from symcircuits.export.pieces import Reading
from symcircuits.export.row_forms import require_transposed
from symcircuits.export.rows import definition_rows, gathered, joins, rule_row, statement_rows
from symcircuits.typeset import prose
from symcircuits.typeset.names import latex_name
from symcircuits.typeset.prose import Maths, Spans, Text
from symcircuits.worked import steps
from symcircuits.worked.solution import Ask, Derivation
from symcircuits.worked.steps import Statement, answer

SHEETS = ("solutions", "problems")


def compose(
    derivation: Derivation, sheet: str = "solutions", convention: str = "columns", prefix: str = ""
) -> Document:
    """The document of a derivation.

    ``sheet="problems"`` keeps the title, the problem and what is asked; ``convention="rows"`` prints displays for row
    vectors, each proved to say what was decided for columns; ``prefix`` stands before the numbers of statements.
    ``UnknownName``: another sheet or convention. ``BadValue``: a row form that is not proved.
    """
    if sheet not in SHEETS:
        raise UnknownName("sheet", sheet, SHEETS)
    reading = Reading(convention)
    whole = sheet == "solutions"
    if whole and convention == "rows":
        require_transposed(derivation, reading)
    return Document(
        id=derivation.id,
        title=prose.read(derivation.title),
        parameters=tuple((name, str(value)) for name, value in derivation.parameters.items()),
        convention=reading.said,
        answer=derivation.verdict if whole else None,
        blocks=tuple(_solution(derivation, reading, prefix) if whole else _problem(derivation, asking=True)),
        prefix=prefix,
    )


def _solution(derivation: Derivation, reading: Reading, prefix: str) -> Iterator[Block]:
    yield from _banner(derivation, prefix)
    yield from _problem(derivation, asking=False)
    yield from _numbered(_body(derivation.steps, reading), derivation.id)
    yield checked(derivation, prefix)


def _numbered(blocks: Iterator[Block], id: str) -> Iterator[Block]:
    """The figures numbered from 1, each with a file name of its own."""
    number = 0
    for block in blocks:
        if isinstance(block, Picture):
            number += 1
            block = replace(block, number=number, file=f"{id.rpartition('/')[2]}-figure-{number}")
        yield block


def _problem(derivation: Derivation, asking: bool) -> Iterator[Block]:
    asked = tuple(_asked(ask) for ask in derivation.asks) if asking else ()
    if derivation.problem.strip() or asked:
        yield Problem(prose.paragraphs(derivation.problem), asked)


def _asked(ask: Ask) -> Spans:
    names = prose.join(", ", tuple((Maths(latex_name(name)),) for name in ask.names))
    of = "head" if ask.given is None else "model"
    meets: Spans = (Text(f", of a {of} that "), *prose.read(ask.text)) if ask.text else ()
    return (Text("To be written down: "), *names, *meets, Text("."))


def _body(parts: Sequence[steps.Step], reading: Reading) -> Iterator[Block]:
    """The steps as blocks; lines that belong together gather in one display."""
    rows: list[Row] = []
    number = 0
    if not parts:
        return
    for before, step, after in zip([None, *parts[:-1]], parts, [*parts[1:], None], strict=True):
        if rows and not joins(before, step):
            yield Display(gathered(rows))
            rows = []
        number += isinstance(step, Statement | steps.Claim | steps.Table)
        if isinstance(step, Statement):
            rows += statement_rows(step, number, reading, rows)
        elif isinstance(step, steps.Definition):
            rows += definition_rows(step, reading, after)
        elif isinstance(step, steps.Rule):
            yield Display((rule_row(step, reading),))
        else:
            yield from _blocks(step, number)
    if rows:
        yield Display(gathered(rows))


def _blocks(
    step: steps.Heading | steps.Prose | steps.Claim | steps.Table | steps.Figure, number: int
) -> Iterator[Block]:
    match step:
        case steps.Heading():
            yield Heading(prose.read(step.text))
        case steps.Prose():
            yield from (Paragraph(spans) for spans in prose.paragraphs(step.text))
        case steps.Claim():
            yield Claim(number, prose.read(step.text), prose.read(step.note), marks.mark(step.verdict))
        case steps.Table():
            header, *rows = (tuple(map(prose.read, row)) for row in (step.header, *step.rows))
            yield Table(number, prose.read(step.text), header, tuple(rows), marks.mark(step.verdict))
        case steps.Figure():
            yield Picture(step.figure, 0, prose.read(step.caption), "")


def _banner(derivation: Derivation, prefix: str) -> Iterator[Banner]:
    if derivation.verdict != "proved":
        yield Banner(derivation.verdict, _why(derivation, prefix))


def _why(derivation: Derivation, prefix: str) -> Spans:
    """What a reader must know before the first line: which statements fail, and which experiments."""
    parts = tuple(_told(derivation, word, prefix) for word in ("refuted", "undecided"))
    failed = dict.fromkeys(outcome.behaviour for outcome in derivation.outcomes if not outcome.passed)
    experiments: Spans = (Text("Failed experiments: "), *prose.labelled(", ".join(failed)), Text(".")) if failed else ()
    return prose.join(" ", (*parts, experiments))


def _told(derivation: Derivation, word: Answer, prefix: str) -> Spans:
    """Which statements had one answer, with the witness where there is but one of them."""
    found = [
        (number, step.verdict) for number, step in enumerate(derivation.statements, 1) if answer(step.verdict) == word
    ]
    if not found:
        return ()
    said = {"refuted": "false", "undecided": "neither proved nor refuted"}[word]
    if len(found) > 1:
        numbers = number_ranges(tuple(number for number, _ in found), prefix)
        return (Text(f"Statements {numbers} are {said}, as told at each."),)
    [(number, verdict)] = found
    mark = marks.mark(verdict)
    return (Text(f"Statement {tag(number, prefix)} is {said}: "), *(mark.text if mark else ()))
