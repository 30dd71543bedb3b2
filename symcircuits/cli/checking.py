"""The command ``check``: submissions graded, and what is said of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from symcircuits.cli import printing
from symcircuits.errors import BadValue, InputError
from symcircuits.grading.against import reference
from symcircuits.grading.check import check_all, in_order, submissions
from symcircuits.grading.report import EXIT_CODES, Report, worst
from symcircuits.grading.submission import read_file
from symcircuits.grading.text_report import text_report


def check(
    paths: Sequence[str],
    against: str | None,
    settings: Mapping[str, str],
    *,
    form: str,
    out: str | None,
    reveal: bool,
    resume: bool,
) -> int:
    """Grade the submissions and print the reports; returns the exit code of the worst."""
    if resume and out is None:
        raise BadValue("--resume needs --out, the folder of the reports")
    files = submissions(paths)
    keep = None if out is None else Path(out)
    reports: list[Report] = []
    with printing.progress("checking") as on_progress:
        for report in check_all(files, against, settings, keep, resume, on_progress):
            reports.append(report)
    reports = in_order(reports, files)
    alone = len(files) == 1 and Path(paths[0]).is_file()
    _print(reports, form, alone)
    if reveal:
        _reveal(reports, against, settings)
    return EXIT_CODES[worst(report.verdict for report in reports)]


def _print(reports: Sequence[Report], form: str, alone: bool) -> None:
    if form == "json":
        found = [report.to_json() for report in reports]
        printing.emit_json(found[0] if alone else found)
    else:
        printing.emit("\n\n".join(text_report(report, source_of(report)) for report in reports))


def source_of(report: Report) -> str:
    """The text of the submission that a report is about; empty where it is none."""
    try:
        return read_file(Path(report.file))
    except (InputError, OSError):
        return ""


def _reveal(reports: Sequence[Report], against: str | None, settings: Mapping[str, str]) -> None:
    """The worked solutions of the exercises, each once, to standard output as the command ``derive`` shows them."""
    from symcircuits.cli.reading import reading

    for exercise in dict.fromkeys(report.exercise for report in reports if report.exercise):
        solution = reference("", against or exercise, settings)
        if solution is not None:
            printing.emit_rich(*reading(solution, printing.width()))
