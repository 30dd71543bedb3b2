"""What is swept of a derivation: the circuit and the behaviour of one of its experiments, in a context, with a seed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from sympy import Expr, Integer, Rational, Symbol

from symcircuits.behaviours import Behaviour, Predicts, Rights, Task, TaskBehaviour, Trial
from symcircuits.circuit import Transformer
from symcircuits.errors import BadValue, UnboundSymbols, UnknownName
from symcircuits.sweeps.points import filled_in
from symcircuits.sweeps.quantities import Measure, Part, chosen, measures_for
from symcircuits.sweeps.weights import measures_of_weights, symbols_of_scores
from symcircuits.symbols import alpha, positive
from symcircuits.worked import Derivation, Experiment

BASE = positive("base", "base of the frequencies, alpha_i = base^(-i / pairs)", r"\mathrm{base}")


@dataclass(frozen=True)
class Case:
    """A behaviour on a trial whose ``values`` bind every symbol but the ``swept`` ones.

    ``task`` says which keys are wanted; it is missing for a behaviour about answers. ``suggested`` are the symbols that
    took the value that the derivation suggests. ``parts`` are what the measures are made of that are asked for, and
    ``scores`` those of them that are made of weights.
    """

    behaviour: Behaviour
    trial: Trial
    swept: tuple[Symbol, ...]
    suggested: tuple[Symbol, ...] = ()
    task: Task | None = None
    parts: frozenset[Part] = frozenset()
    scores: tuple[str, ...] = ()

    @property
    def runs(self) -> bool:
        """Whether anything but scores of weights is asked for."""
        return self.parts != {"scores"}

    @property
    def answers(self) -> Predicts | None:
        """The contexts with their answers, where the behaviour is about these."""
        if isinstance(self.behaviour, Rights):
            return self.behaviour.predicts
        return self.behaviour if isinstance(self.behaviour, Predicts) else None


def is_of_model(behaviour: Behaviour) -> bool:
    """Whether a behaviour is one of a whole transformer, whose context its derivation sets."""
    return getattr(behaviour, "circuit", None) is Transformer


def experiment_for(
    derivation: Derivation, names: tuple[str, ...], symbols: Collection[str] = ()
) -> tuple[Experiment, tuple[Measure, ...]]:
    """The first experiment that has all these measures, and of those the first with all these symbols, if one has them;
    and the measures.

    Raises ``UnknownName`` for a measure that none has, ``BadValue`` where no experiment has them all.
    """
    offered = [
        (found, measures_for(found.behaviour, found.trial.model) | measures_of_weights(found.trial))
        for found in derivation.experiments
    ]
    known = {name: measure for _, measures in offered for name, measure in measures.items()}
    if not known:
        raise BadValue(f"{derivation.id} has no experiment with a behaviour that can be swept")
    chosen(names, known, derivation.id)
    suiting = [(experiment, measures) for experiment, measures in offered if set(names) <= set(measures)]
    if not suiting:
        raise BadValue(f"{', '.join(names)} belong to different experiments of {derivation.id}; sweep them one by one")
    with_all = (found for found in suiting if set(symbols) <= set(names_of(found[0])))
    experiment, measures = next(with_all, suiting[0])
    return experiment, chosen(names, measures, derivation.id)


def symbols_of(experiment: Experiment) -> dict[str, Symbol]:
    """The symbols of a run that need a value, by name."""
    return {symbol.name: symbol for symbol in sorted(experiment.trial.symbols(), key=lambda symbol: symbol.name)}


def names_of(experiment: Experiment) -> dict[str, Symbol]:
    """The symbols that can be swept or held, by name: those of a run, and the base of its angles, if there are several.

    The angles that nothing else is given for are then ``base^(-i / pairs)`` exactly, of as many pairs as there are.
    """
    known = symbols_of(experiment)
    return {**known, **({BASE.name: BASE} if len(_angles(known)) > 1 else {})}


def _angles(known: Mapping[str, Symbol]) -> list[Symbol]:
    """The angles of the frequency pairs, the first one first."""
    angles: list[Symbol] = []
    while known.get(f"alpha_{len(angles)}") == alpha(len(angles)):
        angles.append(alpha(len(angles)))
    return angles


def _of_base(known: Mapping[str, Symbol], given: Collection[str], base: Expr) -> dict[Symbol, Expr]:
    """The angles of which nothing else is given, in terms of the base."""
    angles = _angles(known)
    return {angle: base ** Rational(-i, len(angles)) for i, angle in enumerate(angles) if angle.name not in given}


def case_of(
    derivation: Derivation,
    experiment: Experiment,
    measures: tuple[Measure, ...],
    swept: tuple[str, ...],
    fixed: Mapping[str, Expr],
    n_ctx: int | None,
    seed: int | None,
) -> Case:
    """The case of an experiment with its symbols bound: as ``fixed``, else as the derivation suggests.

    Raises ``UnknownName`` for a name that is no symbol of it, ``UnboundSymbols`` where one is left without a value,
    ``BadValue`` for a context that does not suit the behaviour.
    """
    known, names = symbols_of(experiment), names_of(experiment)
    for name in (*swept, *fixed):
        if name not in names:
            raise UnknownName(f"symbol of {derivation.id}", name, names)
    based = BASE.name in (*swept, *fixed)
    of_base = _of_base(known, {*swept, *fixed}, fixed.get(BASE.name, BASE)) if based else {}
    given = {*swept, *fixed, *(angle.name for angle in of_base)}
    rest = {name: symbol for name, symbol in known.items() if name not in given}
    scores = tuple(measure.name for measure in measures if measure.part == "scores")
    parts = frozenset(measure.part for measure in measures)
    needed = set(known.values()) if parts != {"scores"} else symbols_of_scores(experiment.trial, scores)
    missing = sorted(name for name, symbol in rest.items() if symbol not in derivation.suggested and symbol in needed)
    if missing:
        raise UnboundSymbols(
            f"{derivation.id} has no value for {', '.join(missing)} and suggests none: sweep or fix {missing[0]}"
        )
    rest = {name: symbol for name, symbol in rest.items() if symbol in derivation.suggested}
    values = {symbol: derivation.suggested[symbol] for symbol in rest.values()}
    values |= of_base | {names[name]: value for name, value in fixed.items()}
    trial = replace(experiment.trial, values=values)
    if n_ctx is not None and not is_of_model(experiment.behaviour):
        trial = replace(trial, n_ctx=n_ctx)
    if seed is not None:
        trial = replace(trial, seed=seed)
    symbols = tuple(names[name] for name in swept)
    case = Case(experiment.behaviour, trial, symbols, tuple(rest.values()), parts=parts, scores=scores)
    if not isinstance(case.behaviour, TaskBehaviour) or not case.runs:
        return case
    return replace(case, task=task_at(case, dict.fromkeys(case.swept, Integer(1))))


def task_at(case: Case, values: Mapping[Symbol, Expr]) -> Task:
    """The task of a case where the swept symbols have these values: which keys are wanted does not depend on them, but
    the stream may. Raises ``BadValue`` for a context in which no row counts."""
    if not isinstance(case.behaviour, TaskBehaviour):
        raise BadValue(f"{case.behaviour} is about answers, not about keys")
    return case.behaviour.task(replace(case.trial, values=filled_in(case.trial.values, values)))
