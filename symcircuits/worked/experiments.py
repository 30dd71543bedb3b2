"""Experiments: the engine on bound weights, declared while a derivation is built and run afterwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from time import perf_counter

from sympy import Expr, Symbol

from symcircuits.algebra.values import Exact, fitting
from symcircuits.behaviours import Behaviour, Measurement, Trial
from symcircuits.errors import BadValue, InputError, UnboundSymbols, UnknownName


@dataclass(frozen=True)
class Experiment:
    """A behaviour to be measured; ``told`` are the symbols whose values distinguish it from its neighbours."""

    behaviour: Behaviour
    trial: Trial
    told: tuple[Symbol, ...] = ()

    def run(self) -> Outcome:
        """Bind the weights, run the engine, compare.

        Raises ``UnboundSymbols`` where a symbol has no value, ``BadValue`` for weights that the engine cannot run.
        """
        start = perf_counter()
        found = self._measure()
        return Outcome(
            behaviour=str(self.behaviour),
            bindings={symbol.name: str(self.trial.values[symbol]) for symbol in self._bound()},
            told=tuple(symbol.name for symbol in self.told),
            n_ctx=self.trial.n_ctx,
            seed=self.trial.seed,
            measures=found.measures,
            measured=found.measured,
            closed_form=found.closed_form,
            difference=found.difference,
            passed=found.passed,
            note=found.note,
            bound=found.bound,
            accuracy=found.accuracy,
            seconds=perf_counter() - start,
        )

    def _measure(self) -> Measurement:
        try:
            return self.behaviour.measure(self.trial)
        except InputError:
            raise
        except ValueError as error:  # the engine's own, which knows of arrays alone
            raise BadValue(f"the experiment {self.behaviour} cannot be run: {error}") from error

    def _bound(self) -> list[Symbol]:
        rest = sorted(set(self.trial.values) - set(self.told), key=lambda symbol: symbol.name)
        return [*self.told, *rest]


@dataclass(frozen=True)
class Outcome:
    """What an experiment gave. ``measures`` is prose with ``$...$``; ``difference`` is the largest one found between
    the engine and the closed form, or the asked result."""

    behaviour: str
    bindings: Mapping[str, str]
    told: tuple[str, ...]
    n_ctx: int
    seed: int
    measures: str
    measured: float
    closed_form: float | None
    difference: float
    passed: bool
    seconds: float
    note: str = ""
    bound: float | None = None
    accuracy: float | None = None


def plan(
    behaviour: Behaviour, run: Trial, suggested: Mapping[Symbol, Expr], over: Mapping[str, Exact | Sequence[Exact]]
) -> list[Experiment]:
    """One experiment for each combination of the values in ``over``; other symbols take their suggested values.

    Raises ``UnknownName`` for a name that is no symbol of the run, ``UnboundSymbols`` for a symbol without a value.
    """
    known = {symbol.name: symbol for symbol in run.symbols()}
    for name in over:
        if name not in known:
            raise UnknownName("symbol of the experiment", name, known)
    missing = sorted(name for name, symbol in known.items() if name not in over and symbol not in suggested)
    if missing:
        raise UnboundSymbols(
            f"the experiment has no value for {', '.join(missing)}; give one, or suggest one before it"
        )
    told = tuple(known[name] for name in over)
    grid = [_several(known[name], values) for name, values in over.items()]
    rest = {symbol: suggested[symbol] for name, symbol in known.items() if name not in over}
    runs = (replace(run, values=rest | dict(zip(told, point, strict=True))) for point in product(*grid))
    return [Experiment(behaviour, one, told) for one in runs]


def _several(symbol: Symbol, values: Exact | Sequence[Exact]) -> list[Expr]:
    given = list(values) if isinstance(values, Sequence) and not isinstance(values, str) else [values]
    if not given:
        raise BadValue(f"expected at least one value for {symbol}, got none")
    return [fitting(symbol, value) for value in given]
