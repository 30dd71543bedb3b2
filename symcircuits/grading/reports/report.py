"""What the grader found: a verdict for every statement and every requirement, and one for the whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

Word: TypeAlias = Literal["right", "wrong", "incomplete", "undecided", "unreadable"]
WORST_FIRST: tuple[Word, ...] = ("unreadable", "wrong", "incomplete", "undecided", "right")
EXIT_CODES: Mapping[Word, int] = {"right": 0, "wrong": 1, "incomplete": 1, "unreadable": 2, "undecided": 3}
Role: TypeAlias = Literal["definition", "claim", "condition", "formula"]
Data: TypeAlias = Mapping[str, object]


@dataclass(frozen=True)
class Checked:
    """One statement of the submission; ``line`` and ``column`` count from 1, ``place`` are those of what is wrong with
    an unreadable one."""

    line: int
    column: int
    latex: str
    read_as: str
    role: Role
    verdict: Word
    witness: Data | None = None
    note: str = ""
    message: str = ""
    names: tuple[str, ...] = ()

    def to_json(self) -> dict[str, object]:
        """The statement as JSON; what is empty is left out."""
        data: dict[str, object] = {
            "line": self.line,
            "column": self.column,
            "latex": self.latex,
            "read_as": self.read_as,
            "role": self.role,
            "verdict": self.verdict,
        }
        return data | _filled(self.witness, self.note, self.message)


@dataclass(frozen=True)
class Requirement:
    """Something that the exercise asks for; ``names`` are the matrices that answer it."""

    requirement: str
    verdict: Word
    witness: Data | None = None
    note: str = ""
    message: str = ""
    names: tuple[str, ...] = ()

    def to_json(self) -> dict[str, object]:
        """The requirement as JSON; what is empty is left out."""
        data: dict[str, object] = {"requirement": self.requirement, "verdict": self.verdict}
        return data | _filled(self.witness, self.note, self.message)


@dataclass(frozen=True)
class Report:
    """The whole: ``message`` says why there are no statements, or why the grader stopped."""

    verdict: Word
    exercise: str | None = None
    statements: tuple[Checked, ...] = ()
    specification: tuple[Requirement, ...] = ()
    convention: str = "columns"
    assumed: tuple[str, ...] = ()
    message: str = ""
    file: str = field(default="", compare=False)

    @property
    def exit_code(self) -> int:
        """0 right; 1 wrong or incomplete; 2 unreadable; 3 undecided."""
        return EXIT_CODES[self.verdict]

    def to_json(self) -> dict[str, object]:
        """The report as JSON."""
        data: dict[str, object] = {
            "verdict": self.verdict,
            "exercise": self.exercise,
            "statements": [statement.to_json() for statement in self.statements],
            "specification": [requirement.to_json() for requirement in self.specification],
        }
        told = {"file": self.file, "message": self.message, "assumed": list(self.assumed)}
        return data | {"convention": self.convention} | {name: value for name, value in told.items() if value}


def report_from_json(data: Mapping[str, object]) -> Report:
    """The report that ``Report.to_json`` made this of.

    >>> report = Report("right", "framework/2b", (Checked(1, 2, "a", "a", "claim", "right"),))
    >>> report_from_json(report.to_json()) == report
    True
    """
    fields: dict[str, Any] = dict(data)
    statements = tuple(Checked(**one) for one in fields.pop("statements", []))
    requirements = tuple(Requirement(**one) for one in fields.pop("specification", []))
    assumed = tuple(fields.pop("assumed", ()))
    return Report(statements=statements, specification=requirements, assumed=assumed, **fields)


def worst(words: Iterable[Word]) -> Word:
    """The worst of some verdicts; ``right`` of none.

    >>> worst(["right", "undecided", "wrong"])
    'wrong'
    """
    found = set(words)
    return next((word for word in WORST_FIRST if word in found), "right")


def _filled(witness: Data | None, note: str, message: str) -> dict[str, object]:
    told: dict[str, object] = {"witness": witness, "note": note, "message": message}
    return {name: value for name, value in told.items() if value}
