"""What a worked solution is made of: frozen steps, in order, each with its verdict, and the derivation over them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

from sympy import Expr, Symbol

from symcircuits.algebra import ExactMatrix, Factored
from symcircuits.algebra.verdict import Proved, Refuted, Verdict
from symcircuits.typeset.formulas import Formula

if TYPE_CHECKING:
    from symcircuits.worked.experiments import Experiment, Outcome

Value: TypeAlias = Expr | ExactMatrix | Factored
Answer: TypeAlias = Literal["proved", "refuted", "undecided"]


@dataclass(frozen=True)
class Side:
    """One side of a statement: its value, and how it was put together, where that is more than its entries."""

    value: Value
    formula: Formula | None = None


@dataclass(frozen=True)
class Heading:
    """A heading inside a worked solution."""

    text: str
    kind: str = "heading"


@dataclass(frozen=True)
class Prose:
    """A paragraph; ``$...$`` is LaTeX mathematics, ``*...*`` emphasis, everything else plain text."""

    text: str
    kind: str = "prose"


@dataclass(frozen=True)
class Definition:
    """``name = origin = value``: nothing to prove. ``origin`` is how the value was computed, if it was."""

    name: Formula
    value: Value
    origin: Formula | None = None
    meaning: str = ""
    kind: str = "definition"


@dataclass(frozen=True)
class Statement:
    """``left relation right`` with its verdict.

    ``kind`` is ``equality``, ``inequality`` or ``rank``. ``continues`` is true where ``left`` is the right side of the
    statement before, so that both print as one chain. ``given`` says under which condition it holds.
    """

    kind: str
    left: Side
    relation: Literal["=", r"\le", r"\ge"]
    right: Side
    verdict: Verdict
    because: str = ""
    given: str = ""
    continues: bool = False
    seconds: float = 0.0


@dataclass(frozen=True)
class Claim:
    """A behaviour claimed of a head, with its verdict; ``text`` and ``note`` are prose with ``$...$``."""

    behaviour: str
    text: str
    verdict: Verdict
    note: str = ""
    seconds: float = 0.0
    kind: str = "claim"


Step: TypeAlias = Heading | Prose | Definition | Statement | Claim


@dataclass(frozen=True)
class Ask:
    """What a reader is asked to write down, and the behaviour that an answer must have."""

    names: tuple[str, ...]
    meets: str


def answer(verdict: Verdict) -> Answer:
    """The word for a verdict in reports."""
    if isinstance(verdict, Proved):
        return "proved"
    return "refuted" if isinstance(verdict, Refuted) else "undecided"


@dataclass(frozen=True)
class Derivation:
    """A finished worked solution. Everything else (sheet, page, check, sweep) reads it; nothing changes it."""

    id: str
    title: str
    parameters: Mapping[str, object]
    problem: str
    steps: tuple[Step, ...]
    definitions: Mapping[str, Value]
    experiments: tuple[Experiment, ...] = ()
    asks: tuple[Ask, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    suggested: Mapping[Symbol, Expr] = field(default_factory=dict)
    source: str = field(default="", compare=False)

    @property
    def statements(self) -> tuple[Statement | Claim, ...]:
        """The steps that have a verdict."""
        return tuple(step for step in self.steps if isinstance(step, Statement | Claim))

    @property
    def verdict(self) -> Answer:
        """``refuted`` if a statement is or an experiment failed, else ``undecided`` if a statement is, else ``proved``."""
        answers = {answer(step.verdict) for step in self.statements}
        if "refuted" in answers or any(not outcome.passed for outcome in self.outcomes):
            return "refuted"
        return "undecided" if "undecided" in answers else "proved"
