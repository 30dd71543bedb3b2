"""Experiments: the engine on bound weights, declared while a derivation is built and run afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from time import perf_counter

from sympy import Expr, Symbol

from symcircuits.behaviours import Behaviour, Trial
from symcircuits.worked.steps import Derivation


@dataclass(frozen=True)
class Experiment:
    """A behaviour to be measured; ``told`` are the symbols whose values distinguish it from its neighbours."""

    behaviour: Behaviour
    trial: Trial
    told: tuple[Symbol, ...] = ()

    def run(self) -> Outcome:
        """Bind the weights, run the engine, compare. Raises ``UnboundSymbols`` where a symbol has no value."""
        start = perf_counter()
        found = self.behaviour.measure(self.trial)
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
            seconds=perf_counter() - start,
        )

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


def run_experiments(derivation: Derivation) -> Derivation:
    """The derivation with the outcomes of all its experiments."""
    return replace(derivation, outcomes=tuple(experiment.run() for experiment in derivation.experiments))


def suggested_for(symbols: set[Symbol], suggested: Mapping[Symbol, Expr]) -> dict[Symbol, Expr]:
    """The suggested values of these symbols, as far as there are any."""
    return {symbol: suggested[symbol] for symbol in symbols if symbol in suggested}
