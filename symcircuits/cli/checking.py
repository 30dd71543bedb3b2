"""The command ``check``: submissions graded, and what is said of them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from symcircuits.cli import printing
from symcircuits.cli.reading import reading
from symcircuits.errors import BadValue, InputError, OutputFailed
from symcircuits.grading.check import check_all, in_order, slug, submissions
from symcircuits.grading.reports.html import html_report
from symcircuits.grading.reports.machine import gradescope, junit
from symcircuits.grading.reports.report import EXIT_CODES, WORST_FIRST, Report, worst
from symcircuits.grading.reports.text import text_lines
from symcircuits.grading.submitted.against import reference
from symcircuits.grading.submitted.submission import read_file
from symcircuits.worked import Derivation, collect
from symcircuits.worked.reports import derivation_json


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
    if against is not None and not Path(against).exists():
        collect([against])  # an ID that nobody knows is wrong usage; a file is run within limits only
    keep = None if out is None else Path(out)
    files = submissions(paths, keep)
    reports: list[Report] = []
    with printing.progress("checking") as on_progress:
        for report in check_all(files, against, settings, keep, resume, on_progress):
            reports.append(report)
    reports = in_order(reports, files)
    alone = len(files) == 1 and Path(paths[0]).is_file()
    solutions = _solutions(reports, against, settings) if reveal else {}
    if form == "text":
        _print(reports)
        for solution in solutions.values():
            printing.emit_rich(*reading(solution, printing.width()))
    elif form == "json":
        found = [_with_solution(report, solutions) for report in reports]
        printing.emit_json(found[0] if alone else found)
    elif form == "junit":
        _put(junit(reports, _texts(solutions)), keep, "junit.xml")
    elif form == "gradescope":
        told = _texts(solutions)
        results = [gradescope(report, told.get(report.exercise or "", "")) for report in reports]
        _put(json.dumps(results[0] if alone else results, indent=2), keep, "results.json")
    else:
        _pages(reports, keep, alone, _texts(solutions))
    return EXIT_CODES[worst(report.verdict for report in reports)]


def _print(reports: Sequence[Report]) -> None:
    """The reports as text, in colour on a terminal."""
    from rich.text import Text

    parts = []
    for report in reports:
        lines = text_lines(report, source_of(report), printing.width())
        parts += [Text.assemble(*line, no_wrap=True, overflow="ignore") for line in lines]
        parts.append(Text())
    if len(reports) > 1:
        words = Counter(report.verdict for report in reports)
        counts = ", ".join(f"{words[word]} {word}" for word in WORST_FIRST[::-1] if words[word])
        parts.append(Text(f"{len(reports)} submissions: {counts}", "bold"))
        parts.append(Text())
    printing.emit_rich(*parts[:-1])


def _put(text: str, folder: Path | None, name: str) -> None:
    """Write a report to a folder, or print it. Raises ``OutputFailed``."""
    if folder is None:
        printing.emit(text)
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    except OSError as error:
        raise OutputFailed(f"cannot write {folder / name}: {printing.reason(error)}") from None


def _pages(reports: Sequence[Report], folder: Path | None, alone: bool, solutions: Mapping[str, str]) -> None:
    if folder is None and not alone:
        raise BadValue("several pages need --out, the folder to write them in")
    for report in reports:
        page = html_report(report, source_of(report), solutions.get(report.exercise or "", ""))
        _put(page, folder, f"{slug(Path(report.file))}.html")


def _with_solution(report: Report, solutions: Mapping[str, Derivation]) -> dict[str, object]:
    """The report as JSON, with the worked solution of its exercise where that was asked for."""
    solution = solutions.get(report.exercise or "")
    return report.to_json() | ({"solution": derivation_json(solution)} if solution else {})


def _solutions(reports: Sequence[Report], against: str | None, settings: Mapping[str, str]) -> dict[str, Derivation]:
    """The worked solutions of the exercises, each once."""
    exercises = dict.fromkeys(report.exercise for report in reports if report.exercise)
    found = {exercise: reference("", against or exercise, settings) for exercise in exercises}
    return {exercise: solution for exercise, solution in found.items() if solution is not None}


def _texts(solutions: Mapping[str, Derivation]) -> dict[str, str]:
    """The worked solutions as plain text."""
    return {exercise: printing.plain(*reading(solution, printing.WIDTH)) for exercise, solution in solutions.items()}


def source_of(report: Report) -> str:
    """The text of the submission that a report is about; empty where it is none."""
    try:
        return read_file(Path(report.file))
    except (InputError, OSError):
        return ""
