"""A submission graded: read, its chains decided, what its exercise asks for proved.

>>> grade_text("$$1 - \\\\cos x = 2 \\\\sin^2\\\\frac{x}{2}$$").verdict
'right'
"""

from __future__ import annotations

from dataclasses import replace

from symcircuits.errors import InputError
from symcircuits.grading.lines.chains import Judge
from symcircuits.grading.matrices import specification
from symcircuits.grading.meaning.scope import Scope
from symcircuits.grading.reading.refusals import CannotRead, Lines
from symcircuits.grading.reading.scanner import scan
from symcircuits.grading.reports.report import Checked, Report, Requirement, Word, worst
from symcircuits.grading.submitted.against import reference
from symcircuits.grading.submitted.submission import FrontMatter, read_front_matter
from symcircuits.worked import Ask, Derivation


def grade_text(text: str, latex: bool = False, against: Derivation | None = None) -> Report:
    """Grade a submission that is given as text, in this process; ``latex`` says that ``%`` begins a comment.

    It is judged by ``against``, else by the shipped derivation that its front matter names, else by its chains alone.
    """
    try:
        front = read_front_matter(text)
        derivation = against or reference(text, None, {})
    except InputError as error:
        return Report("unreadable", None, message=str(error))
    exercise = derivation.id if derivation else None
    asks = derivation.asks if derivation else ()
    try:
        judge = _read(text, front, latex, asks)
    except (CannotRead, InputError) as error:
        return _refused(text, error, exercise, front.convention)
    broken = any(statement.verdict == "unreadable" for statement in judge.statements)
    requirements = tuple(specification.judge(ask, judge.scope, judge.written, front.convention, broken) for ask in asks)
    statements = tuple(_marked(statement, requirements) for statement in judge.statements)
    verdict = overall(statements, requirements)
    message = "" if statements else "no mathematics was found that states anything"
    return Report(verdict, exercise, statements, requirements, front.convention, tuple(judge.scope.assumed), message)


def overall(statements: tuple[Checked, ...], requirements: tuple[Requirement, ...]) -> Word:
    """The verdict of the whole: the worst of its parts. Where something is asked for, what cannot be read beside it
    makes the whole undecided at most."""
    judged = [statement for statement in statements if statement.role != "condition" or statement.verdict != "right"]
    if not requirements:
        return worst(statement.verdict for statement in judged) if judged else "unreadable"
    if not judged:
        return "unreadable"
    asked = {name for requirement in requirements for name in requirement.names}
    words: list[Word] = [requirement.verdict for requirement in requirements]
    for statement in judged:
        aside = statement.verdict == "unreadable" and not asked & set(statement.names)
        words.append("undecided" if aside else statement.verdict)
    return worst(words)


def _read(text: str, front: FrontMatter, latex: bool, asks: tuple[Ask, ...]) -> Judge:
    stream = next((ask.stream for ask in asks if ask.stream is not None), None)
    judge = Judge(text, scan(text, front.start, latex), Scope(stream, front.declare))
    judge.judge_all()
    return judge


def _refused(text: str, error: Exception, exercise: str | None, convention: str) -> Report:
    if not isinstance(error, CannotRead):
        return Report("unreadable", exercise, convention=convention, message=str(error))
    line, column = Lines(text).place(error.at)
    statement = Checked(line, column, "", "", "formula", "unreadable", message=str(error))
    return Report("unreadable", exercise, (statement,), convention=convention)


def _marked(statement: Checked, requirements: tuple[Requirement, ...]) -> Checked:
    """A definition on which a requirement fails bears its note and witness."""
    if statement.role != "definition" or statement.verdict != "right":
        return statement
    for requirement in requirements:
        if requirement.verdict == "wrong" and set(statement.names) & set(requirement.names):
            told = f"part of the answer to: {requirement.requirement}"
            return replace(statement, verdict="wrong", witness=requirement.witness, note=requirement.note, message=told)
    return statement
