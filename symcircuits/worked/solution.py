"""The finished worked solution: a frozen value that everything else reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from types import MappingProxyType

from sympy import Expr, S, Symbol

from symcircuits.algebra import ExactMatrix
from symcircuits.behaviours import Behaviour
from symcircuits.circuit import Head, Residual, Rotary, Transformer
from symcircuits.circuit.numbered import weight, with_weights
from symcircuits.worked.display import derivation_html
from symcircuits.worked.experiments import Experiment, Outcome
from symcircuits.worked.steps import Answer, Claim, Drawn, Figure, Statement, Step, Table, Value, answer


@dataclass(frozen=True)
class Ask:
    """What a reader is asked to write down, and the behaviour that an answer must have, also as prose.

    ``behaviour`` is what a grader proves on the matrices of an answer: those of a head in ``stream``, with scores times
    ``scale``, turned by ``rotary``, and with ``d_head`` dimensions, where these are known. Where it is one of a whole
    transformer, they are put into ``given``, which has zeros in their places, heads counted from 1: ``W_V^2``. An ask
    without a behaviour is for a product to be written out; its one name is that product.
    """

    names: tuple[str, ...]
    meets: str
    text: str = ""
    behaviour: Behaviour | None = None
    stream: Residual | None = None
    scale: Expr = S.One
    d_head: int | None = None
    rotary: Rotary | None = None
    given: Transformer | None = None

    def of(self, circuit: Head | Transformer) -> Ask:
        """The same with what it does not know yet taken from a circuit that has the behaviour."""
        if isinstance(circuit, Transformer):
            asked = {name: held for name in self.names if (held := weight(circuit, name)) is not None}
            empty = {name: ExactMatrix.zeros(*one.shape).labelled(one.rows, one.columns) for name, one in asked.items()}
            return replace(self, stream=self.stream or circuit.stream, given=with_weights(circuit, empty))
        columns = next(iter(circuit.weights().values())).columns
        if self.stream is not None or not isinstance(columns, Residual):
            return self
        head = circuit if any(name.startswith(("W_Q", "W_K")) for name in self.names) else _that_moves(circuit)
        return replace(self, stream=head.stream, scale=head.scale, d_head=head.d_head, rotary=head.rotary)


def _that_moves(head: Head) -> Head:
    """The values of a head alone, without the queries and keys, which may be of another size."""
    return head if head.W_V is None else replace(head, W_Q=None, W_K=None, b_Q=None, b_K=None, rotary=None)


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
    builds_on: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in ("parameters", "definitions", "suggested"):
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))

    def __reduce__(self) -> tuple[object, ...]:
        # A read-only view cannot be pickled, what it shows can.
        values = (getattr(self, entry.name) for entry in fields(self))
        return Derivation, tuple(dict(value) if isinstance(value, MappingProxyType) else value for value in values)

    @property
    def statements(self) -> tuple[Statement | Claim | Table, ...]:
        """The steps that have a verdict."""
        return tuple(step for step in self.steps if isinstance(step, Statement | Claim | Table))

    @property
    def figures(self) -> tuple[Drawn, ...]:
        """What the figures show, in order."""
        return tuple(step.figure for step in self.steps if isinstance(step, Figure))

    @property
    def verdict(self) -> Answer:
        """``refuted`` if a statement is or a run failed, else ``undecided`` if a statement is, else ``proved``."""
        answers = {answer(step.verdict) for step in self.statements}
        if "refuted" in answers or any(not outcome.passed for outcome in self.outcomes):
            return "refuted"
        return "undecided" if "undecided" in answers else "proved"

    def _repr_html_(self) -> str:
        return derivation_html(self.title, self.steps, self.verdict)

    def _repr_latex_(self) -> str:
        return rf"$\text{{{self.id}: {self.title} ({self.verdict})}}$"


def run_experiments(derivation: Derivation) -> Derivation:
    """The derivation with the outcomes of all its experiments."""
    return replace(derivation, outcomes=tuple(experiment.run() for experiment in derivation.experiments))
