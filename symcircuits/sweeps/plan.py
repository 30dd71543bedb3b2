"""A sweep as a plan: axes, measures and everything that is held fixed, read and checked before anything is run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any, Literal, TypeAlias

import numpy as np
from sympy import Expr, Symbol

from symcircuits.algebra.values import exact, fitting
from symcircuits.errors import BadValue, UnknownName
from symcircuits.exact import exact_value
from symcircuits.sweeps.cases import Case, case_of, experiment_for, is_of_model, names_of
from symcircuits.sweeps.grid import DTYPES, Axis, Given, Range, exactly, numbers, read_range, whole_numbers
from symcircuits.sweeps.quantities import Measure
from symcircuits.sweeps.spaced import ends
from symcircuits.worked import Collection, Derivation
from symcircuits.worked.parameters import Parameter

Method: TypeAlias = Literal["auto", "closed", "forward"]
METHODS = ("auto", "closed", "forward")
Place: TypeAlias = tuple[int, ...]


@dataclass(frozen=True)
class Plan:
    """What is swept. ``axes`` are in the order given; those of symbols are ``inner``, all others ``outer``.

    ``fixed`` are symbols by name; ``n_ctx``, ``dtype`` and ``seed`` are ``None`` where the experiment's own are taken.
    """

    collection: Collection
    id: str
    measures: tuple[Measure, ...]
    axes: tuple[Axis, ...]
    fixed: Mapping[str, Expr]
    parameters: Mapping[str, object]
    n_ctx: int | None
    dtype: str
    seed: int | None
    _derived: dict[tuple[tuple[str, object], ...], Derivation] = field(default_factory=dict, repr=False, compare=False)

    @property
    def inner(self) -> tuple[Axis, ...]:
        """The axes of symbols."""
        return tuple(axis for axis in self.axes if axis.kind == "symbol")

    @property
    def outer(self) -> tuple[Axis, ...]:
        """The axes of parameters, of the context and of the kind of floating point."""
        return tuple(axis for axis in self.axes if axis.kind != "symbol")

    def places(self) -> Iterator[Place]:
        """Every place on the outer axes."""
        return product(*(range(len(axis)) for axis in self.outer))

    def at(self, place: Place) -> dict[str, Any]:
        """The values of the outer axes at a place, by name."""
        return {axis.name: axis.values[i].item() for axis, i in zip(self.outer, place, strict=True)}

    def dtype_at(self, place: Place) -> str:
        """The kind of floating point at a place."""
        return str(self.at(place).get("dtype", self.dtype))

    def case(self, place: Place) -> Case:
        """The case at a place on the outer axes. Raises as ``case_of`` does, or where a derivation cannot be built."""
        values = self.at(place)
        of_parameters = {axis.name for axis in self.outer if axis.kind == "parameter"}
        chosen = {**self.parameters, **{name: values[name] for name in of_parameters}}
        n_ctx = values.get("n_ctx", self.n_ctx)
        first = self.derivation(chosen)
        swept, names = tuple(axis.name for axis in self.inner), tuple(measure.name for measure in self.measures)
        experiment, _ = experiment_for(first, names, {*swept, *self.fixed})
        if is_of_model(experiment.behaviour) and n_ctx is not None:
            if "n_ctx" not in first.parameters:
                raise BadValue(f"{self.id} has no parameter n_ctx: the context of its model is set by the model")
            first = self.derivation({**chosen, "n_ctx": n_ctx})
            experiment, _ = experiment_for(first, names, {*swept, *self.fixed})
        return case_of(first, experiment, self.measures, swept, self.fixed, n_ctx, self.seed)

    def derivation(self, parameters: Mapping[str, object]) -> Derivation:
        """The derivation with these parameters, built once."""
        key = _key(parameters)
        if key not in self._derived:
            self._derived[key] = self.collection.derive(self.id, **parameters)
        return self._derived[key]


def plan(
    collection: Collection,
    id: str,
    measures: Sequence[str],
    over: Mapping[str, Given],
    fix: Mapping[str, object],
    parameters: Mapping[str, object],
    seed: int | None,
) -> Plan:
    """Read a sweep. Raises ``UnknownName`` for an axis, a symbol or a measure that the derivation has not, with the
    nearest names; ``BadValue`` for a range or a value that does not suit."""
    if not measures:
        raise BadValue("expected at least one measure")
    twice = sorted(set(over) & (set(fix) | set(parameters)))
    if twice:
        raise BadValue(f"{twice[0]} is both an axis and fixed")
    entry = collection.find(id)
    derivation = collection.derive(id, **parameters)
    of_entry = {parameter.name: parameter for parameter in entry.parameters}
    symbols = {*over, *fix} - {*of_entry, "n_ctx", "dtype"}
    experiment, chosen = experiment_for(derivation, tuple(dict.fromkeys(measures)), symbols)
    known = names_of(experiment)
    names = {*known, *of_entry, "n_ctx", "dtype"}
    for name in over:
        if name not in names:
            raise UnknownName(f"axis of {id}", name, names)
    axes = tuple(
        replace(_axis(name, read_range(given, name), known, of_entry), given=given) for name, given in over.items()
    )
    free = {name: value for name, value in fix.items() if name not in ("n_ctx", "dtype")}
    for name in free:
        if name in of_entry and name not in known:
            raise BadValue(f"{name} is a parameter of {id}, not a symbol: give it with --set, or as parameters")
        if name not in known:
            raise UnknownName(f"symbol of {id}", name, {*known, "n_ctx", "dtype"})
    fixed = {name: fitting(known[name], _value(value)) for name, value in free.items()}
    n_ctx = None if "n_ctx" not in fix else int(whole_numbers(read_range([fix["n_ctx"]], "n_ctx"), "n_ctx")[0])
    dtype = _dtypes(read_range([fix.get("dtype", "float64")], "dtype"))[0]
    derived = {_key(parameters): derivation}
    return Plan(collection, id, chosen, axes, fixed, dict(parameters), n_ctx, dtype, seed, derived)


def _key(parameters: Mapping[str, object]) -> tuple[tuple[str, object], ...]:
    return tuple(sorted(parameters.items()))


def _value(value: object) -> Expr:
    if isinstance(value, float):
        return exactly(value)
    return exact_value(value) if isinstance(value, str) else exact(value)


def _axis(name: str, given: Range, known: Mapping[str, Symbol], parameters: Mapping[str, Parameter]) -> Axis:
    if name in known:
        values = numbers(given, name)
        for end in ends(values):
            fitting(known[name], exactly(end))
        return Axis(name, "symbol", whole_numbers(given, name).astype(float) if known[name].is_integer else values)
    if name == "dtype":
        return Axis(name, "dtype", np.array(_dtypes(given)))
    if name == "n_ctx":
        return Axis(name, "n_ctx", whole_numbers(given, name))
    return Axis(name, "parameter", _parameters(parameters[name], given))


def _parameters(parameter: Parameter, given: Range) -> Any:
    if parameter.kind is int:
        return whole_numbers(given, parameter.name)
    if parameter.kind in (bool, str) and given.words:
        return np.array([parameter.read(word) for word in given.words])
    raise BadValue(f"the parameter {parameter.name} is no axis: expected whole numbers, words or yes and no")


def _dtypes(given: Range) -> tuple[str, ...]:
    for word in given.words:
        if word not in DTYPES:
            raise UnknownName("dtype", word, DTYPES)
    if not given.words:
        raise BadValue(f"dtype: expected a list of {', '.join(DTYPES)}, got {given.text}")
    return given.words
