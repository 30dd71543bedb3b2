"""An annotated copy of a submission as one HTML file: every line as it was, its verdicts and numbers beside it."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from symcircuits.grading.reports.layout import laid_out
from symcircuits.grading.reports.report import Checked, Report, Requirement, Word

_WIDTH = 90  # characters in which what was read is laid out
_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem;
  color: #222; background: #fff; }
pre { margin: 0; font: .9rem/1.45 ui-monospace, monospace; }
.line { white-space: pre-wrap; overflow-wrap: anywhere; padding: .1rem .5rem; border-left: .3rem solid transparent; }
.line span { color: #999; user-select: none; display: inline-block; width: 2.2rem; }
mark { color: inherit; background: #fde2a8; }
.right { border-color: #2e7d32; } .wrong, .unreadable { border-color: #c62828; }
.incomplete, .undecided { border-color: #b26a00; }
.note { margin: .2rem 0 .8rem 1.5rem; padding: .2rem .6rem; border-left-width: .3rem; border-left-style: solid;
  font-size: .95rem; background: #f6f6f6; }
.note p { margin: .15rem 0; } .note pre { overflow-x: auto; }
code { font-size: .85em; } h1 { font-size: 1.5rem; } details { margin: 2rem 0; }
@media (prefers-color-scheme: dark) { body { background: #111; color: #ddd; } .note { background: #1d1d1d; }
  mark { background: #5a4410; } }
"""


def html_report(report: Report, source: str, solution: str = "") -> str:
    """The submission with what was found, as a document that loads nothing; ``solution`` is a worked solution as text.

    >>> "&lt;b&gt;" in html_report(Report("right", file="a.md"), "<b>")
    True
    """
    title = escape(f"{report.file or 'submission'}: {report.verdict}")
    exercise = f"<p>Judged by <code>{escape(report.exercise)}</code>.</p>" if report.exercise else ""
    asked = "".join(map(_requirement, report.specification))
    lines = "".join(_line(number, line, report) for number, line in enumerate(source.rstrip().split("\n"), 1))
    assumed = f"<p>Assumed to be real: {escape(', '.join(report.assumed))}.</p>" if report.assumed else ""
    revealed = f"<details><summary>Worked solution</summary><pre>{escape(solution)}</pre></details>" if solution else ""
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{_STYLE}</style></head>\n<body><h1>{title}</h1>{exercise}{_sentences(report.message)}{asked}\n"
        f"{lines}{assumed}{revealed}</body></html>\n"
    )


def _requirement(requirement: Requirement) -> str:
    asked = f"<p>Asked for: {escape(requirement.requirement)}</p>"
    return _note(requirement.verdict, requirement.note, asked + _sentences(requirement.message))


def _line(number: int, line: str, report: Report) -> str:
    found = [statement for statement in report.statements if statement.line == number]
    words: list[Word] = [statement.verdict for statement in found]
    order: tuple[Word, ...] = ("unreadable", "wrong", "undecided", "right")
    worst = next((word for word in order if word in words), "")
    columns = [statement.column for statement in found if statement.verdict != "right"]
    notes = "".join(_statement(statement) for statement in found if statement.verdict != "right")
    return f'<pre class="line {worst}"><span>{number}</span>{_marked(line, columns) or " "}</pre>\n{notes}'


def _marked(line: str, columns: Sequence[int]) -> str:
    """The line with a mark on the character at each of these columns, which count from 1."""
    pieces = (
        f"<mark>{escape(character)}</mark>" if place in columns else escape(character)
        for place, character in enumerate(line, 1)
    )
    return "".join(pieces) if columns else escape(line)


def _statement(statement: Checked) -> str:
    read = "\n".join(laid_out(statement.read_as, _WIDTH)) if statement.read_as else statement.latex
    said = f"<p>Read as</p><pre>{escape(read)}</pre>" if statement.read_as else f"<pre>{escape(read)}</pre>"
    where = f"line {statement.line}, column {statement.column}: "
    return _note(statement.verdict, statement.note, said + _sentences(statement.message), where)


def _sentences(message: str) -> str:
    return "".join(f"<p>{escape(sentence)}</p>" for sentence in filter(None, message.split(". ")))


def _note(verdict: Word, note: str, inside: str, where: str = "") -> str:
    told = f" <code>{escape(note)}</code>" if note else ""
    return f'<div class="note {verdict}"><strong>{where}{verdict}</strong>{told}{inside}</div>\n'
