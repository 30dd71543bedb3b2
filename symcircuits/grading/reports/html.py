"""An annotated copy of a submission as one HTML file: every line as it was, its verdicts and numbers beside it."""

from __future__ import annotations

from html import escape

from symcircuits.grading.reports.report import Checked, Report, Requirement

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; }
pre { white-space: pre-wrap; margin: 0; padding: .1rem .5rem; border-left: .3rem solid transparent; }
.right { border-color: #2e7d32; } .wrong, .unreadable { border-color: #c62828; }
.incomplete, .undecided { border-color: #b26a00; }
.note { margin: .2rem 0 .6rem 1.5rem; padding-left: .5rem; border-left: .3rem solid; font-size: .9rem; }
@media (prefers-color-scheme: dark) { body { background: #111; color: #ddd; } }
"""


def html_report(report: Report, source: str) -> str:
    """The submission with what was found, as a document that loads nothing.

    >>> "&lt;b&gt;" in html_report(Report("right", file="a.md"), "<b>")
    True
    """
    title = escape(f"{report.file or 'submission'}: {report.verdict}")
    exercise = f"<p>Judged by {escape(report.exercise)}.</p>" if report.exercise else ""
    message = f"<p>{escape(report.message)}</p>" if report.message else ""
    asked = "".join(map(_requirement, report.specification))
    lines = "".join(_line(number, line, report) for number, line in enumerate(source.split("\n"), 1))
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f"<style>{_STYLE}</style></head>\n<body><h1>{title}</h1>{exercise}{message}{asked}\n{lines}</body></html>\n"
    )


def _requirement(requirement: Requirement) -> str:
    return _note(requirement.verdict, requirement.note, f"asked for: {requirement.requirement}", requirement.message)


def _line(number: int, line: str, report: Report) -> str:
    found = [statement for statement in report.statements if statement.line == number]
    words = [statement.verdict for statement in found]
    mark = next((word for word in ("unreadable", "wrong", "undecided", "right") if word in words), "")
    notes = "".join(_statement(statement) for statement in found if statement.verdict != "right")
    return f'<pre class="{mark}">{escape(line) or " "}</pre>\n{notes}'


def _statement(statement: Checked) -> str:
    read = f"read as {statement.read_as}" if statement.read_as else statement.latex
    return _note(statement.verdict, statement.note, read, statement.message)


def _note(verdict: str, note: str, what: str, message: str) -> str:
    told = f"{verdict}{f' ({note})' if note else ''}"
    return f'<div class="note {verdict}"><strong>{escape(told)}</strong> {escape(what)}<br>{escape(message)}</div>\n'
