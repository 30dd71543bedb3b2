"""A report for a terminal: the line, a caret, what was read, the verdict, the numbers."""

from __future__ import annotations

from collections.abc import Iterator

from symcircuits.grading.reports.report import Checked, Report, Requirement

_WIDTH = 96


def text_report(report: Report, source: str) -> str:
    """The report as plain text; ``source`` is the text of the submission.

    >>> from symcircuits.grading.grade import grade_text
    >>> text = "$a = x$, so $a + a = 3 x$"
    >>> print(text_report(grade_text(text), text))
    wrong
    <BLANKLINE>
    line 1, column 14: wrong
      $a = x$, so $a + a = 3 x$
                   ^
      read as  2 x = 3 x
      at x = 1: left 2.0, right 3.0
    <BLANKLINE>
    2 statements: 1 right, 1 wrong; assumed to be real: x
    """
    return "\n".join(_lines(report, source.split("\n")))


def _lines(report: Report, lines: list[str]) -> Iterator[str]:
    name = f"{report.file}: " if report.file else ""
    exercise = f" ({report.exercise})" if report.exercise else ""
    yield f"{name}{report.verdict}{exercise}"
    if report.message:
        yield f"  {report.message}"
    for requirement in report.specification:
        yield from _requirement(requirement)
    for statement in report.statements:
        if statement.verdict != "right":
            yield from _statement(statement, lines)
    yield ""
    yield _total(report)


def _requirement(requirement: Requirement) -> Iterator[str]:
    yield ""
    yield f"asked for: {requirement.requirement}: {requirement.verdict}" + _noted(requirement.note)
    if requirement.message:
        yield f"  {requirement.message}"


def _statement(statement: Checked, lines: list[str]) -> Iterator[str]:
    yield ""
    yield f"line {statement.line}, column {statement.column}: {statement.verdict}" + _noted(statement.note)
    line = lines[statement.line - 1] if statement.line <= len(lines) else ""
    cut = max(0, statement.column - 1 - _WIDTH // 2)
    yield f"  {line[cut : cut + _WIDTH].replace(chr(9), ' ')}".rstrip()
    yield f"  {' ' * (statement.column - 1 - cut)}^"
    if statement.read_as:
        yield f"  read as  {statement.read_as}"
    if statement.message:
        yield f"  {statement.message}"


def _noted(note: str) -> str:
    return f" ({note})" if note else ""


def _total(report: Report) -> str:
    words = [statement.verdict for statement in report.statements]
    counts = ", ".join(f"{words.count(word)} {word}" for word in dict.fromkeys(sorted(words)))
    noun = "statement" if len(words) == 1 else "statements"
    assumed = f"; assumed to be real: {', '.join(report.assumed)}" if report.assumed else ""
    return f"{len(words)} {noun}{f': {counts}' if words else ''}{assumed}"
