"""Negative controls: every sign, index and scale of a derivation altered, one at a time.

``alterations`` yields altered copies of a value: a matrix, an expression, or a behaviour. ``survey`` walks through a
derivation and tries each alteration where it stands:

- what a statement says (its sides, its rank, its behaviour, a closed form to be measured) is judged by this statement;
- what flows on (a definition, or what was given by another derivation) is judged by all that comes after it, and by
  the experiments where no statement was refuted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

import numpy as np
from sympy import Expr, Integer, Sum, Symbol, Tuple

from symcircuits.algebra import ExactMatrix, Factored, Proved, Refuted, Undecided, Verdict
from symcircuits.circuit import Directions, Head
from symcircuits.errors import BadValue, InputError, ShapeMismatch
from symcircuits.worked import Entry, Experiment, Statement, Work, shipped

N_CTX = 12
KILLED = ("refuted", "failed", "raised")


@dataclass(frozen=True)
class Mutant:
    """One alteration: where, what, and what became of it (``survived`` and ``undecided`` are the bad ones)."""

    place: str
    change: str
    outcome: str

    def __str__(self) -> str:
        return f"{self.place}: {self.change} [{self.outcome}]"


Change = tuple[str, Any]


def matrix_changes(matrix: ExactMatrix) -> Iterator[Change]:
    """Each entry with the other sign, doubled, exchanged with its neighbours, and rewritten inside."""
    for (i, j), value in sorted(matrix.entries.items()):
        where = f"entry ({i}, {j})"
        yield f"{where} negated", _with(matrix, {(i, j): -value})
        yield f"{where} doubled", _with(matrix, {(i, j): 2 * value})
        for name, other in (("column", (i, _beside(j, matrix.shape[1]))), ("row", (_beside(i, matrix.shape[0]), j))):
            yield f"{where} to the next {name}", _with(matrix, {(i, j): matrix[other], other: value})
        for what, new in inner_changes(value):
            yield f"{where}, {what}", _with(matrix, {(i, j): new})
    if not matrix.entries:
        last = (matrix.shape[0] - 1, matrix.shape[1] - 1)
        yield from ((f"1 at {place} of zeros", _with(matrix, {place: Integer(1)})) for place in {(0, 0), last})


def _beside(index: int, size: int) -> int:
    return index + 1 if index + 1 < size else max(index - 1, 0)


def _with(matrix: ExactMatrix, changed: Mapping[tuple[int, int], Expr]) -> ExactMatrix:
    entries = {place: value for place, value in (dict(matrix.entries) | dict(changed)).items() if value != 0}
    # The altered matrix is one that was written down, whatever it was computed from.
    return replace(matrix, entries=entries, recipe=None)


def factored_changes(product: Factored) -> Iterator[Change]:
    """Each change of either factor."""
    for side in ("left", "right"):
        for what, factor in matrix_changes(getattr(product, side)):
            yield f"{side} factor, {what}", replace(product, **{side: factor})


def expression_changes(expression: Expr) -> Iterator[Change]:
    """The whole with the other sign, doubled and shifted by one; each term inside likewise, each index one further."""
    yield "negated", -expression
    yield "doubled", 2 * expression
    yield "plus 1", expression + 1
    yield "minus 1", expression - 1
    yield from inner_changes(expression)


def inner_changes(expression: Expr) -> Iterator[Change]:
    """What can be altered inside: terms of sums, indices of symbols, integers that count tokens."""
    yield from _rewrites(expression)
    for symbol in sorted(expression.free_symbols, key=str):
        after = _next_in_family(symbol)
        if after in expression.free_symbols:
            yield f"{symbol} and {after} exchanged", expression.xreplace({symbol: after, after: symbol})


def _rewrites(node: Expr) -> Iterator[Change]:
    if isinstance(node, Symbol):
        after = _next_in_family(node)
        if after is not None:
            yield f"{node} -> {after}", after
        elif node.is_integer:
            yield f"{node} -> {node + 1}", node + 1
    elif isinstance(node, Sum):
        yield from _rewritten_sums(node)
    else:
        if node.is_Add:
            yield from _rewritten_terms(node)
        yield from _rewritten_arguments(node)


def _rewritten_terms(total: Expr) -> Iterator[Change]:
    for term in total.args:
        yield f"{term} negated", total - 2 * term
        yield f"{term} doubled", total + term


def _rewritten_arguments(node: Expr) -> Iterator[Change]:
    for place, argument in enumerate(node.args):
        if argument.is_Number:
            continue
        for what, new in _rewrites(argument):
            yield what, node.func(*node.args[:place], new, *node.args[place + 1 :])


def _rewritten_sums(total: Sum) -> Iterator[Change]:
    (index, low, high), *_ = total.limits
    yield f"sum from {low + 1}", Sum(total.function, (index, low + 1, high))
    yield f"sum to {high + 1}", Sum(total.function, (index, low, high + 1))
    for what, new in _rewrites(total.function):
        yield f"in the sum, {what}", Sum(new, Tuple(index, low, high))


def _next_in_family(symbol: Symbol) -> Symbol | None:
    """``alpha_1`` for ``alpha_0``, with the same assumptions."""
    match = re.fullmatch(r"(.*_)(\d+)", symbol.name)
    return Symbol(f"{match[1]}{int(match[2]) + 1}", **symbol.assumptions0) if match else None


def behaviour_changes(behaviour: Any) -> Iterator[Change]:
    """Each number one more or less, neighbouring directions exchanged, one part left out."""
    for field in fields(behaviour):
        for what, value in _field_changes(getattr(behaviour, field.name)):
            try:
                yield f"{field.name} {what}", replace(behaviour, **{field.name: value})
            except (BadValue, ShapeMismatch):
                continue


def _field_changes(value: Any) -> Iterator[Change]:
    if isinstance(value, int):
        yield from ((f"{value} -> {other}", other) for other in (value - 1, value + 1))
    elif isinstance(value, Directions):
        for i in range(len(value) - 1):
            yield f"{i} and {i + 1} exchanged", _exchanged(value, i)
    elif isinstance(value, tuple) and value and is_dataclass(value[0]):
        yield from _part_changes(value)


def _exchanged(value: Directions, i: int) -> Directions:
    order = [*range(i), i + 1, i, *range(i + 2, len(value))]
    return Directions(value.name, tuple(value.places[k] for k in order), tuple(value.labels[k] for k in order))


def _part_changes(parts: tuple[Any, ...]) -> Iterator[Change]:
    for i, part in enumerate(parts):
        if len(parts) > 1:
            yield f"without part {i}", parts[:i] + parts[i + 1 :]
        for what, new in behaviour_changes(part):
            yield f"part {i}, {what}", (*parts[:i], new, *parts[i + 1 :])


def alterations(value: Any) -> list[Change]:
    """All changes of a value, each other than the value itself, and no two alike."""
    if isinstance(value, ExactMatrix):
        found = list(matrix_changes(value))
        return [(what, new) for what, new in found if new != value]
    if isinstance(value, Factored):
        factors = (value.left, value.right)
        return [(what, new) for what, new in factored_changes(value) if (new.left, new.right) != factors]
    changes = expression_changes(value) if isinstance(value, Expr) else behaviour_changes(value)
    kept: dict[Any, str] = {value: ""}
    for what, new in changes:
        kept.setdefault(new, what)
    return [(what, new) for new, what in kept.items() if what]


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
        self.heads: list[Head] = []

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

    def at_least(self, left: Any, right: Any, because: str = "", given: str = "") -> Verdict:
        verdict = super().at_least(left, right)
        self._judge_right("lower bound", because, right, lambda new: super(Surveyor, self).at_least(left, new))
        self._note(f"lower bound ({because})", "reversed", super().at_most(left, right))
        return verdict

    def at_most(self, left: Any, right: Any, because: str = "", given: str = "") -> Verdict:
        verdict = super().at_most(left, right)
        self._judge_right("upper bound", because, right, lambda new: super(Surveyor, self).at_most(left, new))
        self._note(f"upper bound ({because})", "reversed", super().at_least(left, right))
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

    def claim(self, behaviour: Any, of: Head, at: Any = None, n_ctx: int | None = None, because: str = "") -> Verdict:
        self.heads.append(of)
        context = None if n_ctx is None else N_CTX
        self._judge(f"claim {behaviour}", [behaviour], lambda new: super(Surveyor, self).claim(new, of, at, context))
        if of.W_Q is not None:
            opposite = replace(of, scale=-of.scale)
            self._note(f"claim {behaviour}", "scale negated", super().claim(behaviour, opposite, at, context))
        return super().claim(behaviour, of, at, n_ctx, because)

    def experiment(self, behaviour: Any, of: Any, closed_form: Any = None, n_ctx: int = 64, **rest: Any) -> None:
        before = len(self.finish().experiments)
        super().experiment(behaviour, of, closed_form, N_CTX, **rest)
        runs = self.finish().experiments[before:]
        trial = runs[0].trial
        self.heads += trial.heads
        place = f"experiment {behaviour}"
        self._judge(place, [behaviour], lambda new: _measured(replace(run, behaviour=new) for run in runs))
        if closed_form is not None:
            forms = [trial.closed_form]
            self._judge(f"{place}, closed form", forms, lambda new: _measured(_retried(runs, closed_form=new)))
            for what, factor in (("negated", -1), ("doubled", 2)):
                heads = tuple(replace(head, scale=factor * head.scale) for head in trial.heads)
                self._note(place, f"scale {what}", _measured(_retried(runs, heads=heads)))

    def _judge(self, place: str, forms: Sequence[Any], attempt: Callable[[Any], Verdict | str]) -> None:
        """Try the changes of a value in each of its forms: as it is written, and with abbreviations unfolded."""
        changes = {new: what for form in forms for what, new in alterations(_what_is_said(form))}
        for new, what in changes.items():
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

    def at_least(self, left: Any, right: Any, because: str = "", given: str = "") -> Verdict:
        return self._decided(lambda: super(Altered, self).at_least(left, right))

    def at_most(self, left: Any, right: Any, because: str = "", given: str = "") -> Verdict:
        return self._decided(lambda: super(Altered, self).at_most(left, right))

    def rank(self, matrix: Any, value: int, because: str = "", given: str = "") -> Verdict:
        return self._decided(lambda: super(Altered, self).rank(matrix, value))

    def claim(self, behaviour: Any, of: Head, at: Any = None, n_ctx: int | None = None, because: str = "") -> Verdict:
        context = None if n_ctx is None else N_CTX
        return self._decided(lambda: super(Altered, self).claim(behaviour, of, at, context))

    def experiment(self, behaviour: Any, of: Any, closed_form: Any = None, n_ctx: int = 64, **rest: Any) -> None:
        super().experiment(behaviour, of, closed_form, N_CTX, **rest)

    def _decided(self, decide: Callable[[], Verdict]) -> Verdict:
        if not self._reached:
            return Proved("not decided again")
        verdict = decide()
        if isinstance(verdict, Refuted):
            raise Stopped
        self.undecided |= isinstance(verdict, Undecided)
        return verdict


@dataclass(frozen=True)
class Survey:
    """What became of a derivation as it is (``survived``) and altered, and the weights that no alteration reached."""

    unaltered: str
    mutants: tuple[Mutant, ...]
    escaped: tuple[str, ...]

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
        for what, new in alterations(value)
    ]
    unaltered = _outcome(entry, values, "", None)
    return Survey(unaltered, (*flowing, *surveyor.mutants), tuple(_escaped(surveyor)))


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


def _escaped(surveyor: Surveyor) -> Iterator[str]:
    known = [value for value in surveyor.flowing.values() if isinstance(value, ExactMatrix)]
    for head in surveyor.heads:
        for name, weight in head.weights().items():
            if weight not in known:
                yield f"{name} of {head.name or 'a head'}"
