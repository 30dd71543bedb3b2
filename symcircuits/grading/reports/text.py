"""A report for a terminal: the line, a caret, what was read, the verdict, the numbers."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import TypeAlias

from symcircuits.grading.reports.layout import laid_out, wrapped
from symcircuits.grading.reports.report import Checked, Report, Requirement, Word

Line: TypeAlias = tuple[tuple[str, str], ...]  # pieces of text, each with its style

WIDTH = 100
STYLES: dict[Word, str] = {
    "right": "green",
    "wrong": "bold red",
    "incomplete": "yellow",
    "undecided": "yellow",
    "unreadable": "magenta",
}


def text_report(report: Report, source: str, width: int = WIDTH) -> str:
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
      at x = 1 the left side is 2.0, the right side 3.0
    <BLANKLINE>
    2 statements: 1 right, 1 wrong; assumed to be real: x
    """
    return "\n".join("".join(piece for piece, _ in line) for line in text_lines(report, source, width))


def text_lines(report: Report, source: str, width: int = WIDTH) -> Iterator[Line]:
    """The lines of the report, ``width`` columns wide, with the styles of their pieces."""
    name = f"{visible(report.file)}: " if report.file else ""
    exercise = f" ({report.exercise})" if report.exercise else ""
    yield (name, "bold"), _verdict(report.verdict), (exercise, "")
    if report.message:
        yield from _told(report.message, width)
    for requirement in report.specification:
        yield from _requirement(requirement, width)
    lines = source.split("\n")
    for statement in report.statements:
        if statement.verdict != "right":
            yield from _statement(statement, lines, width)
    yield ()
    yield ((_total(report), ""),)


def _requirement(requirement: Requirement, width: int) -> Iterator[Line]:
    yield ()
    *above, last = wrapped(f"asked for: {requirement.requirement}:", width - 12)
    yield from (((line, ""),) for line in above)
    yield (f"{last} ", ""), _verdict(requirement.verdict), _noted(requirement.note)
    yield from _told(requirement.message, width)


def _statement(statement: Checked, lines: list[str], width: int) -> Iterator[Line]:
    yield ()
    where = f"line {statement.line}, column {statement.column}: "
    yield (where, "bold"), _verdict(statement.verdict), _noted(statement.note)
    line = lines[statement.line - 1] if statement.line <= len(lines) else ""
    room = width - 4
    cut = max(0, statement.column - 1 - room // 2) if len(line) > room else 0
    yield ((f"  {visible(line)[cut : cut + room]}".rstrip(), "cyan"),)
    yield ((f"  {' ' * (statement.column - 1 - cut)}^", STYLES[statement.verdict]),)
    if statement.read_as:
        first, *rest = laid_out(statement.read_as, width - 11)
        yield ("  read as  ", "dim"), (first, "")
        yield from (((f"{' ' * 11}{more}", ""),) for more in rest)
    yield from _told(statement.message, width)


def _told(message: str, width: int) -> Iterator[Line]:
    """A message, a line for each of its sentences."""
    for sentence in filter(None, message.split(". ")):
        yield from (((f"  {line}", ""),) for line in wrapped(sentence, width - 2))


def _verdict(verdict: Word) -> tuple[str, str]:
    return verdict, STYLES[verdict]


def _noted(note: str) -> tuple[str, str]:
    return (f" ({note})", "dim") if note else ("", "")


def _total(report: Report) -> str:
    words = [statement.verdict for statement in report.statements]
    counts = ", ".join(f"{words.count(word)} {word}" for word in dict.fromkeys(sorted(words)))
    noun = "statement" if len(words) == 1 else "statements"
    assumed = f"; assumed to be real: {', '.join(report.assumed)}" if report.assumed else ""
    return f"{len(words)} {noun}{f': {counts}' if words else ''}{assumed}"


def visible(text: str) -> str:
    """The text with a mark for every character that would steer a terminal.

    >>> visible("a\\x1b[2Jb")
    'a\N{REPLACEMENT CHARACTER}[2Jb'
    """
    return "".join(_shown(character) for character in text)


def _shown(character: str) -> str:
    if character == "\t":
        return " "
    return "\N{REPLACEMENT CHARACTER}" if unicodedata.category(character) in ("Cc", "Cf", "Zl", "Zp") else character
