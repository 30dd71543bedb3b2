"""Many derivations at a glance: a row for each, what is wrong with them, and the total."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.console import RenderableType
from rich.text import Text

from symcircuits.algebra import Proved
from symcircuits.cli import printing
from symcircuits.cli.reading import spoken, statement_text, styled, why_not
from symcircuits.typeset import prose
from symcircuits.worked import Derivation, Outcome, answer
from symcircuits.worked.steps import Table

_COLUMNS = ("id", "title", "statements", "experiments", "seconds", "verdict")


@dataclass(frozen=True)
class _Tally:
    """How much there is, and how much of it holds."""

    statements: int
    proved: int
    experiments: int
    passed: int
    seconds: float

    @classmethod
    def of(cls, derivations: Sequence[Derivation]) -> _Tally:
        statements = [statement for derivation in derivations for statement in derivation.statements]
        outcomes = [outcome for derivation in derivations for outcome in derivation.outcomes]
        return cls(
            len(statements),
            sum(isinstance(statement.verdict, Proved) for statement in statements),
            len(outcomes),
            sum(outcome.passed for outcome in outcomes),
            sum(part.seconds for part in (*statements, *outcomes)),
        )


def summary(derivations: Sequence[Derivation]) -> Iterator[RenderableType]:
    """The table of derivations, those that a derivation has for an overview, a line for each statement or experiment
    that does not hold, and the total."""
    yield printing.table(*_COLUMNS, rows=map(_row, derivations), right=_COLUMNS[2:5])
    yield Text()
    for derivation in derivations:
        for step in derivation.steps:
            if isinstance(step, Table) and step.overview:
                yield from _overview(derivation.id, step)
    for derivation in derivations:
        yield from _wrong(derivation)
    yield _total(_Tally.of(derivations), len(derivations))


def words(text: str) -> str:
    """Prose of a derivation as plain text, its formulas readable."""
    return spoken(prose.read(text))


def _row(derivation: Derivation) -> tuple[RenderableType, ...]:
    tally = _Tally.of([derivation])
    return (
        derivation.id,
        words(derivation.title),
        f"{tally.proved}/{tally.statements}",
        f"{tally.passed}/{tally.experiments}",
        f"{tally.seconds:.2f}",
        styled(derivation.verdict),
    )


def _overview(id: str, table: Table) -> Iterator[RenderableType]:
    """A table with the verdict of each row."""
    rows: list[list[RenderableType]] = [
        [*map(words, cells), styled(answer(verdict))] for cells, verdict in zip(table.rows, table.verdicts, strict=True)
    ]
    yield Text(f"{id}: {words(table.text)}")
    yield printing.table(*map(words, table.header), "verdict", rows=rows)
    yield Text()


def _wrong(derivation: Derivation) -> Iterator[Text]:
    for number, statement in enumerate(derivation.statements, 1):
        verdict = statement.verdict
        if not isinstance(verdict, Proved):
            told = f": {statement_text(statement).rstrip('.')}; {why_not(verdict)}"
            yield Text.assemble(f"{derivation.id} ({number}) ", styled(answer(verdict)), told)
    for outcome in derivation.outcomes:
        if not outcome.passed:
            yield Text.assemble(f"{derivation.id} ", (f"{outcome.behaviour} failed", "bold red"), _measured(outcome))


def _measured(outcome: Outcome) -> str:
    bound = ", ".join(f"{name} = {value}" for name, value in outcome.bindings.items())
    closed = "" if outcome.closed_form is None else f", closed form {outcome.closed_form:.6g}"
    closed += "" if outcome.bound is None else f", proved bound {outcome.bound:.6g}"
    closed += "" if outcome.accuracy is None else f", accuracy {outcome.accuracy:.6g}"
    note = f" ({words(outcome.note)})" if outcome.note else ""
    return f" at {bound or 'random contents'}: measured {outcome.measured:.6g}{closed}{note}"


def _total(tally: _Tally, count: int) -> Text:
    noun = "derivation" if count == 1 else "derivations"
    proved, passed = f"{tally.proved} of {tally.statements}", f"{tally.passed} of {tally.experiments}"
    text = f"{count} {noun}: {proved} statements proved, {passed} experiments passed, {tally.seconds:.2f} s"
    return Text(text, "bold")
