"""Negative controls: every sign, index and scale of a derivation altered, one at a time.

``survey`` walks through a derivation and tries each alteration where it stands:

- what a statement says (its sides, its rank, its behaviour, a closed form to be measured) is judged by this statement;
- what flows on (a definition, or what was given by another derivation) is judged by all that comes after it, and by
  the experiments where no statement was refuted.

Where one place has more alterations than ``MOST``, as a long sum does, every second or third is tried, and so on; with
``SYMCIRCUITS_EVERY_ALTERATION=1`` in the environment all of them are.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from alterations import alterations, wider_ranges
from sympy import Integer

from symcircuits.algebra import ExactMatrix, Factored, Proved, Refuted, Undecided, Verdict, exact
from symcircuits.behaviours import Completes, Predicts, Rights, Trial
from symcircuits.circuit import Head, Transformer
from symcircuits.errors import InputError
from symcircuits.worked import Entry, Experiment, Statement, Work, shipped

N_CTX = 12
MOST = 10**9 if os.environ.get("SYMCIRCUITS_EVERY_ALTERATION") else 40
KILLED = ("refuted", "failed", "raised")


@dataclass(frozen=True)
class Mutant:
    """One alteration: where, what, and what became of it (``survived`` and ``undecided`` are the bad ones)."""

    place: str
    change: str
    outcome: str

    def __str__(self) -> str:
        return f"{self.place}: {self.change} [{self.outcome}]"


class Stopped(Exception):
    """A statement was refuted; nothing more needs to be derived."""


class _Given(Mapping[str, Any]):
    """Definitions of another derivation that are told of when they are used."""

    def __init__(self, definitions: Mapping[str, Any], use: Callable[[str, Any], Any]) -> None:
        self._definitions, self._use = definitions, use

    def __getitem__(self, name: str) -> Any:
        return self._use(name, self._definitions[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._definitions)

    def __len__(self) -> int:
        return len(self._definitions)


class Surveyor(Work):
    """Walks through a derivation unaltered: judges what each statement says, and notes what flows on."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.flowing: dict[str, Any] = {}
        self.mutants: list[Mutant] = []
        self.circuits: list[Head | Transformer] = []
        self.is_complete = True

    def some(self, changes: Sequence[Any]) -> Sequence[Any]:
        """The changes that are tried of those of one place."""
        step = -(-len(changes) // MOST)
        self.is_complete &= step <= 1
        return changes[:: max(1, step)]

    def define(self, name: str, value: Any, meaning: str = "") -> Any:
        self.flowing[f"definition of {name}"] = value
        return super().define(name, value, meaning)

    def expand(self, name: str, value: Any, origin: Any = None, meaning: str = "") -> Any:
        self.flowing[f"definition of {name}"] = value
        return super().expand(name, value, origin, meaning)

    def given(self, id: str, **parameters: object) -> Mapping[str, Any]:
        def use(name: str, value: Any) -> Any:
            self.flowing[f"{name} of {id}"] = value
            return value

        return _Given(super().given(id, **parameters), use)

    def equal(self, left: Any, right: Any, because: str = "", given: str = "") -> Verdict:
        verdict = super().equal(left, right)
        self._judge(f"left of equality ({because})", [left], lambda new: super(Surveyor, self).equal(new, right))
        self._judge_right("equality", because, right, lambda new: super(Surveyor, self).equal(left, new))
        return verdict

    def chain(self, start: Any, *links: tuple[Any, str], given: str = "") -> None:
        for right, because in links:
            self.equal(start, right, because, given)
            start = right

    def at_least(self, left: Any, right: Any, because: str = "", given: str = "", **where: Any) -> Verdict:
        verdict = super().at_least(left, right, **where)
        self._judge_right("lower bound", because, right, lambda new: super(Surveyor, self).at_least(left, new, **where))
        self._note(f"lower bound ({because})", "reversed", super().at_most(left, right, **where))
        for what, wider in _ranges(where):
            self._note(f"lower bound ({because})", what, super().at_least(left, right, throughout=wider))
        return verdict

    def at_most(self, left: Any, right: Any, because: str = "", given: str = "", **where: Any) -> Verdict:
        verdict = super().at_most(left, right, **where)
        self._judge_right("upper bound", because, right, lambda new: super(Surveyor, self).at_most(left, new, **where))
        self._note(f"upper bound ({because})", "reversed", super().at_least(left, right, **where))
        for what, wider in _ranges(where):
            self._note(f"upper bound ({because})", what, super().at_most(left, right, throughout=wider))
        return verdict

    def _judge_right(self, kind: str, because: str, right: Any, state: Callable[[Any], Verdict]) -> None:
        """The right side just stated, as it is written and with abbreviations unfolded."""
        step = self.finish().steps[-1]
        unfolded = step.right.value if isinstance(step, Statement) else right
        self._judge(f"right of {kind} ({because})", [right, unfolded], state)

    def _note(self, place: str, change: str, result: Verdict | str) -> None:
        self.mutants.append(Mutant(place, change, result if isinstance(result, str) else _word(result)))

    def rank(self, matrix: Any, value: int, because: str = "", given: str = "") -> Verdict:
        for other in (value - 1, value + 1):
            self._note(f"rank ({because})", f"{value} -> {other}", super().rank(matrix, other))
        return super().rank(matrix, value, because, given)

    def comes_to(self, name: Any, found: Any, value: Any, because: str = "", given: str = "") -> Verdict:
        verdict = super().comes_to(name, found, value)
        self._judge_right("result", because, value, lambda new: super(Surveyor, self).comes_to(name, found, new))
        return verdict

    def singular_values(self, matrix: Any, values: Any, because: str = "", given: str = "") -> Verdict:
        for i, value in enumerate(values):
            others = [*values[:i], *values[i + 1 :]]
            self._judge(
                f"singular value {i} ({because})",
                [exact(value)],
                lambda new, others=others: super(Surveyor, self).singular_values(matrix, [*others, new]),
            )
        return super().singular_values(matrix, values, because)

    def claim(self, behaviour: Any, of: Any, at: Any = None, n_ctx: int | None = None, because: str = "") -> Verdict:
        self.circuits.append(of)
        context = None if n_ctx is None else _fewer(n_ctx, behaviour)
        self._judge(f"claim {behaviour}", [behaviour], lambda new: super(Surveyor, self).claim(new, of, at, context))
        for told, opposite in _rescaled(of, -1):
            self._note(f"claim {behaviour}", f"{told} negated", super().claim(behaviour, opposite, at, context))
        return super().claim(behaviour, of, at, n_ctx, because)

    def experiment(self, behaviour: Any, of: Any, closed_form: Any = None, n_ctx: int = 64, **rest: Any) -> None:
        before = len(self.finish().experiments)
        super().experiment(behaviour, of, closed_form, _fewer(n_ctx, behaviour), **rest)
        runs = self.finish().experiments[before:]
        trial = runs[0].trial
        self.circuits += trial.heads if trial.model is None else [trial.model]
        place = f"experiment {behaviour}"
        self._judge(place, [behaviour], lambda new: _measured(replace(run, behaviour=new) for run in runs))
        if trial.bound is not None:
            more = (1 + trial.bound) / 2
            self._note(f"{place}, bound", "half-way to 1", _measured(_retried(runs, bound=more)))
        for name in ("closed_form", "score"):
            form = getattr(trial, name)
            if form is None:
                continue
            told = name.replace("_", " ")
            self._judge(f"{place}, {told}", [form], lambda new, name=name: _measured(_retried(runs, **{name: new})))
            for what, factor in (("negated", -1), ("doubled", 2)):
                for scale, changed in _rescaled_runs(trial, factor):
                    self._note(place, f"{scale} {what}", _measured(_retried(runs, **changed)))

    def table(self, caption: str, header: Sequence[str], rows: Sequence[Any], overview: bool = False) -> Verdict:
        for row in rows:
            place = f"row {' '.join(row.cells())} of table ({caption})"
            self._judge(place, [row], lambda new: super(Surveyor, self).table(caption, header, [new]))
        return super().table(caption, header, rows)

    def _judge(self, place: str, forms: Sequence[Any], attempt: Callable[[Any], Verdict | str]) -> None:
        """Try the changes of a value in each of its forms: as it is written, and with abbreviations unfolded."""
        changes = {new: what for form in forms for what, new in alterations(_what_is_said(form))}
        for new, what in self.some(list(changes.items())):
            try:
                result = attempt(new)
            except InputError:
                result = "raised"
            self._note(place, what, result)


class Altered(Work):
    """The derivation with one flowing value altered: what stands before it is not decided again.

    Without a place nothing is altered and everything is decided.
    """

    def __init__(self, place: str, new: Any, *args: Any) -> None:
        super().__init__(*args)
        self._place, self._new = place, new
        self._reached = not place
        self.undecided = False

    def _through(self, place: str, value: Any) -> Any:
        if place != self._place:
            return value
        self._reached = True
        return self._new

    def define(self, name: str, value: Any, meaning: str = "") -> Any:
        return super().define(name, self._through(f"definition of {name}", value), meaning)

    def expand(self, name: str, value: Any, origin: Any = None, meaning: str = "") -> Any:
        return super().expand(name, self._through(f"definition of {name}", value), origin, meaning)

    def given(self, id: str, **parameters: object) -> Mapping[str, Any]:
        return _Given(super().given(id, **parameters), lambda name, value: self._through(f"{name} of {id}", value))

    def equal(self, left: Any, right: Any, because: str = "", given: str = "") -> Verdict:
        return self._decided(lambda: super(Altered, self).equal(left, right))

    def chain(self, start: Any, *links: tuple[Any, str], given: str = "") -> None:
        for right, _ in links:
            self.equal(start, right)
            start = right

    def at_least(self, left: Any, right: Any, because: str = "", given: str = "", **where: Any) -> Verdict:
        return self._decided(lambda: super(Altered, self).at_least(left, right, **where))

    def at_most(self, left: Any, right: Any, because: str = "", given: str = "", **where: Any) -> Verdict:
        return self._decided(lambda: super(Altered, self).at_most(left, right, **where))

    def rank(self, matrix: Any, value: int, because: str = "", given: str = "") -> Verdict:
        return self._decided(lambda: super(Altered, self).rank(matrix, value))

    def comes_to(self, name: Any, found: Any, value: Any, because: str = "", given: str = "") -> Verdict:
        return self._decided(lambda: super(Altered, self).comes_to(name, found, value))

    def singular_values(self, matrix: Any, values: Any, because: str = "", given: str = "") -> Verdict:
        return self._decided(lambda: super(Altered, self).singular_values(matrix, values))

    def claim(self, behaviour: Any, of: Any, at: Any = None, n_ctx: int | None = None, because: str = "") -> Verdict:
        context = None if n_ctx is None else _fewer(n_ctx, behaviour)
        return self._decided(lambda: super(Altered, self).claim(behaviour, of, at, context))

    def experiment(self, behaviour: Any, of: Any, closed_form: Any = None, n_ctx: int = 64, **rest: Any) -> None:
        super().experiment(behaviour, of, closed_form, _fewer(n_ctx, behaviour), **rest)

    def table(self, caption: str, header: Sequence[str], rows: Sequence[Any], overview: bool = False) -> Verdict:
        return self._decided(lambda: super(Altered, self).table(caption, header, rows))

    def _decided(self, decide: Callable[[], Verdict]) -> Verdict:
        if not self._reached:
            return Proved("not decided again")
        verdict = decide()
        if isinstance(verdict, Refuted):
            raise Stopped
        self.undecided |= isinstance(verdict, Undecided)
        return verdict


def _ranges(where: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    return wider_ranges(where["throughout"]) if where.get("throughout") else iter(())


@dataclass(frozen=True)
class Survey:
    """What became of a derivation as it is (``survived``) and altered, the weights that no alteration reached, and
    whether every alteration was tried."""

    unaltered: str
    mutants: tuple[Mutant, ...]
    escaped: tuple[str, ...]
    is_complete: bool

    @property
    def survivors(self) -> tuple[Mutant, ...]:
        """The alterations that went unnoticed."""
        return tuple(mutant for mutant in self.mutants if mutant.outcome not in KILLED)


def survey(entry: Entry, **settings: object) -> Survey:
    """Try every alteration of a derivation, at these parameters."""
    values = {parameter.name: parameter.default for parameter in entry.parameters} | settings
    surveyor = Surveyor(entry.id, entry.title, values, _given)
    entry.function(surveyor, **values)
    flowing = [
        Mutant(place, what, _outcome(entry, values, place, new))
        for place, value in surveyor.flowing.items()
        for what, new in surveyor.some(list(alterations(value)))
    ]
    unaltered = _outcome(entry, values, "", None)
    return Survey(unaltered, (*flowing, *surveyor.mutants), tuple(_escaped(surveyor)), surveyor.is_complete)


def _outcome(entry: Entry, values: Mapping[str, Any], place: str, new: Any) -> str:
    work = Altered(place, new, entry.id, entry.title, values, _given)
    try:
        entry.function(work, **values)
        measured = _measured(work.finish().experiments)
    except Stopped:
        return "refuted"
    except InputError:
        return "raised"
    return "undecided" if measured == "survived" and work.undecided else measured


def _measured(experiments: Iterable[Experiment]) -> str:
    with np.errstate(all="ignore"):  # an altered closed form may divide by zero
        return "survived" if all(experiment.run().passed for experiment in experiments) else "failed"


def _retried(experiments: Iterable[Experiment], **changed: Any) -> Iterator[Experiment]:
    return (replace(experiment, trial=replace(experiment.trial, **changed)) for experiment in experiments)


def _rescaled(circuit: Head | Transformer, factor: int) -> Iterator[tuple[str, Head | Transformer]]:
    """The circuit with another scale of its scores, of one head at a time."""
    if isinstance(circuit, Head):
        if circuit.W_Q is not None:
            yield "scale", replace(circuit, scale=factor * circuit.scale)
        return
    for (i, j), head in circuit.placed():
        for _, new in _rescaled(head, factor):
            layers = [list(heads) for heads in circuit.layers]
            layers[i][j] = new
            yield f"scale of layer {i}, head {j}", replace(circuit, layers=layers)


def _rescaled_runs(trial: Trial, factor: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """What to change of a run so that it has other scales: of all heads at once, or of one head of a model."""
    if trial.model is None:
        yield "scale", {"heads": tuple(replace(head, scale=factor * head.scale) for head in trial.heads)}
        return
    for told, model in _rescaled(trial.model, factor):
        yield told, {"model": model}


def _what_is_said(side: Any) -> Any:
    """A side as its entries: how a product came about is no part of what a statement says."""
    if isinstance(side, Factored):
        return side.expand()
    return Integer(side) if isinstance(side, int) else side


def _word(verdict: Verdict) -> str:
    return {Proved: "survived", Refuted: "refuted", Undecided: "undecided"}[type(verdict)]


_DERIVED: dict[tuple[str, str], Mapping[str, Any]] = {}


def _given(id: str, **parameters: object) -> Mapping[str, Any]:
    key = (id, repr(sorted(parameters.items())))
    if key not in _DERIVED:
        _DERIVED[key] = shipped().derive(id, **parameters).definitions
    return _DERIVED[key]


def _fewer(n_ctx: int, behaviour: Any) -> int:
    """Few tokens, but as many as contexts that are written down have."""
    return n_ctx if isinstance(behaviour, Predicts | Rights | Completes) else min(N_CTX, n_ctx)


def _forms(value: Any) -> Iterator[Any]:
    """A value, a matrix transposed too, and the three blocks of one that holds queries, keys and values in rows."""
    yield value
    if isinstance(value, ExactMatrix):
        yield value.T
        rows, columns = value.shape
        if columns == 3 * rows:
            yield from (value.take_columns(range(part * rows, (part + 1) * rows)).T for part in range(3))


def _escaped(surveyor: Surveyor) -> Iterator[str]:
    known = [form for value in surveyor.flowing.values() for form in _forms(_what_is_said(value))]
    for circuit in surveyor.circuits:
        for name, weight in circuit.weights().items():
            if weight not in known:
                yield f"{name} of {circuit.name or f'a {type(circuit).__name__.lower()}'}"
