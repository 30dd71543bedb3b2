"""Reports for other programs: JUnit XML, and the ``results.json`` of Gradescope.

>>> from symcircuits.grading.reports.report import Report
>>> gradescope(Report("right"))["score"]
1.0
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from xml.etree import ElementTree

from symcircuits.grading.reports.report import Checked, Report, Requirement, Word

_CREDIT: dict[Word, float] = {"right": 1.0, "wrong": 0.0, "incomplete": 0.0, "undecided": 0.0, "unreadable": 0.0}
_UNPRINTABLE = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(reports: Sequence[Report], solutions: Mapping[str, str] | None = None) -> str:
    """One test suite a submission, one test a requirement and a statement; what is undecided is skipped.

    ``solutions`` are worked solutions by exercise, as text.

    >>> junit([Report("unreadable", message="no text", file="a.md")]).count("<failure")
    1
    """
    root = ElementTree.Element("testsuites", name="symcircuits check")
    for report in reports:
        parts = list(_parts(report))
        suite = ElementTree.SubElement(
            root, "testsuite", name=_clean(report.file or "submission"), tests=str(len(parts))
        )
        suite.set("failures", str(sum(word not in ("right", "undecided") for _, word, _ in parts)))
        suite.set("skipped", str(sum(word == "undecided" for _, word, _ in parts)))
        for name, word, message in parts:
            case = ElementTree.SubElement(suite, "testcase", name=_clean(name), classname=report.exercise or "chains")
            if word != "right":
                kind = "skipped" if word == "undecided" else "failure"
                ElementTree.SubElement(case, kind, message=_clean(f"{word}: {message}" if message else word))
        if solution := (solutions or {}).get(report.exercise or "", ""):
            ElementTree.SubElement(suite, "system-out").text = _clean(solution)
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True)


def gradescope(report: Report, solution: str = "") -> dict[str, object]:
    """The results of one submission, with a point for each part; what is said of a part does not tell the answer.

    A worked ``solution``, as text, is shown once the grades are published.
    """
    parts = list(report.specification) or _judged(report)
    tests = [_test(part) for part in parts]
    if not tests:
        tests = [
            {"name": "the submission", "score": _CREDIT[report.verdict], "max_score": 1.0, "output": _hint(report)}
        ]
    total = sum(float(str(test["score"])) for test in tests)
    counted = len(tests)
    if solution:
        tests.append({"name": "worked solution", "output": solution, "visibility": "after_published"})
    return {"score": total, "output": _summary(report, counted), "visibility": "visible", "tests": tests}


def _summary(report: Report, parts: int) -> str:
    """The verdict in a line, with the lines beside the parts that are not right."""
    aside = [one for one in _judged(report) if one.role != "definition" and one.verdict != "right"]
    lines = ", ".join(f"line {one.line}: {one.verdict}" for one in aside) if report.specification else ""
    return f"{report.verdict}: {parts} {'part' if parts == 1 else 'parts'}{f'; {lines}' if lines else ''}"


def _parts(report: Report) -> Iterator[tuple[str, Word, str]]:
    if not report.statements and not report.specification:
        yield "the submission", report.verdict, report.message
    for requirement in report.specification:
        yield requirement.requirement, requirement.verdict, requirement.message
    for statement in report.statements:
        yield (
            f"line {statement.line}, column {statement.column}: {statement.latex}",
            statement.verdict,
            statement.message,
        )


def _judged(report: Report) -> list[Checked]:
    return [statement for statement in report.statements if statement.role != "condition"]


def _test(part: Requirement | Checked) -> dict[str, object]:
    name = part.requirement if isinstance(part, Requirement) else f"line {part.line}"
    hint = HINTS.get(part.note, "")
    said = {"wrong": "not right yet", "incomplete": "something is missing"}.get(part.verdict, part.verdict)
    where = f"line {part.line}, column {part.column}: " if isinstance(part, Checked) else ""
    message = part.message if part.verdict in ("unreadable", "incomplete") else hint
    output = f"{where}{said}{f': {message}' if message else ''}"
    return {"name": name, "score": _CREDIT[part.verdict], "max_score": 1.0, "output": output}


def _hint(report: Report) -> str:
    return report.message or report.verdict


HINTS = {  # by the code of a diagnosis
    "another-rule": "look at which token the head finds, and what it says then",
    "attends-to-self": "which token gets the largest score?",
    "beta-breaks-order": "how much may the position count beside the content?",
    "convention": "look at whether vectors are rows or columns",
    "factor-two": "look at the factors 2",
    "lambda-not-squared": "look at the powers of the magnitudes",
    "lambda-squared-twice": "look at the powers of the magnitudes",
    "lost-half": "look at the factors 1/2",
    "lost-sqrt-d": "look at the scale by the dimension of the head",
    "lost-square": "look at the powers",
    "missing": "something that is asked for is not there",
    "no-scale": "look at what grows with beta",
    "no-sink": "look at where attention goes if no key scores",
    "off-by-one": "count the tokens",
    "one-entry": "one entry is not like the others",
    "q-k-exchanged": "look at which matrix belongs to the query",
    "rotation-direction": "look at the direction of the rotation",
    "scale-one-side": "look at where the scale stands",
    "shape": "look at the shapes",
    "sign": "look at the signs",
    "transposed": "look at what is a row and what is a column",
    "wrong-block": "look at where the block stands",
}


def _clean(text: str) -> str:
    """Text that XML can hold."""
    return _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", text)
