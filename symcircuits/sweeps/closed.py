"""Sweeps by closed form: the function of a case that gives the quantities at any points, compiled once.

Where scores are proved to depend on ``n - m`` alone, a row of attention is a running sum over distances, ``n_ctx``
terms for all rows together; otherwise every query and key is worked out.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from sympy import Expr, Integer, Symbol

from symcircuits.algebra import prove
from symcircuits.algebra.order.inequalities import prove_less
from symcircuits.algebra.thresholds.exponentials import ExponentialSum, read_quotient
from symcircuits.behaviours import AttendsTo, Task
from symcircuits.behaviours.deciding import gaps
from symcircuits.circuit import Residual, Transformer
from symcircuits.errors import AlgebraError, BadValue, NotSupported
from symcircuits.sweeps.cases import Case, task_at
from symcircuits.sweeps.compiled import exponent, of_distance_alone, on_grid, together
from symcircuits.sweeps.points import Array, Points, filled_in, in_groups
from symcircuits.sweeps.quantities import Part, Quantities, row_quantities
from symcircuits.sweeps.weights import Scores, exact_scores
from symcircuits.symbols import N, is_coordinate, m, n

Backend: TypeAlias = Literal["numpy", "numba"]
BACKENDS = ("numpy", "numba")


@dataclass(frozen=True)
class Evaluator:
    """A function of points that gives the parts asked for, how it works in words, and how many numbers a point takes
    in it; ``work`` says how many in all, where that is something else."""

    run: Callable[[Points, Collection[Part]], Quantities]
    told: str
    numbers: int
    work: int = 0


def closed_evaluator(case: Case, backend: Backend = "numpy") -> Evaluator:
    """The closed form of a case. Raises ``NotSupported`` where the derivation has none that can be swept, ``BadValue``
    for one that the backend cannot work out."""
    scores = exact_scores(case.trial, case.scores, case.swept) if case.scores else None
    return with_scores(_of_runs(case, backend) if case.runs else None, scores, "exact scores of weights")


def with_scores(runs: Evaluator | None, scores: Scores | None, told: str) -> Evaluator:
    """An evaluator of what is run, of scores of weights, or of both."""
    if scores is None and runs is not None:
        return runs

    def run(points: Points, parts: Collection[Part]) -> Quantities:
        found = Quantities() if runs is None else runs.run(points, set(parts) - {"scores"})
        return found if scores is None else replace(found, scores=scores(points))

    if runs is None:
        return Evaluator(run, told, 64)
    return replace(runs, run=run, told=f"{runs.told}; {told}")


def _of_runs(case: Case, backend: Backend) -> Evaluator:
    if backend == "numba" and case.trial.model is not None:
        raise BadValue("the backend numba works out heads alone, and this is swept by a whole model; use numpy")
    if case.answers is not None:
        return _of_answers(case)
    if "logit_leads" in case.parts:
        raise NotSupported("logits of an induction circuit are not in closed form")
    if case.trial.model is not None:
        return _by_entry(case)
    scores = _scores(case)
    if isinstance(case.behaviour, AttendsTo) and not any(map(is_coordinate, scores.free_symbols)):
        if of_distance_alone(scores):
            return _by_distance(case, scores, -case.behaviour.offset, backend)
    return _by_pair(case, scores, backend)


def scores_by_distance(case: Case) -> Expr | None:
    """The score of a key at distance ``n``, less that of the wanted one; ``None`` where distances do not decide."""
    if not isinstance(case.behaviour, AttendsTo) or case.trial.model is not None:
        return None
    try:
        scores = _scores(case)
    except NotSupported:
        return None
    if any(map(is_coordinate, scores.free_symbols)) or not of_distance_alone(scores):
        return None
    at = scores.xreplace({m: Integer(0)})
    return at - at.xreplace({n: Integer(-case.behaviour.offset)})


def _scores(case: Case) -> Expr:
    if case.trial.score is not None:
        return case.trial.score
    if case.trial.closed_form is None:
        raise NotSupported(f"the experiment {case.behaviour} has no closed form")
    return exponent(case.trial.closed_form)


def _by_distance(case: Case, scores: Expr, wanted: int, backend: Backend) -> Evaluator:
    """Running sums over distances, a row of numbers for each, so that every step works on all points at once."""
    n_ctx, at = case.trial.n_ctx, scores.xreplace({m: Integer(0)})
    over_wanted = at - at.xreplace({n: Integer(wanted)})
    behind = on_grid(over_wanted, case.trial.values, case.swept, {n: np.arange(n_ctx)}, points_last=True)
    tails = _tails if backend == "numpy" else kernels().tails

    def run(points: Points, parts: Collection[Part]) -> Quantities:
        ahead = behind(points)  # [distances, points], of each key over the wanted one
        ahead[wanted] = -np.inf
        leads = -_running(np.maximum, ahead.copy())[wanted:] if "leads" in parts else None
        masses, leaks = tails(ahead, wanted, "masses" in parts, "leaks" in parts)
        masses, leaks, leads = (None if part is None else part.T for part in (masses, leaks, leads))
        return Quantities(masses, leaks, leads)

    # Measured: steps of NumPy are long enough from some hundred points on, those of numba in any case.
    size = max(64, n_ctx // 2) if backend == "numpy" else 2 * n_ctx
    return Evaluator(run, "scores depend on n - m alone (proved): one running sum over distances", size, 2 * n_ctx)


def kernels() -> Any:
    """The backend numba. Raises ``BadValue`` where it is not installed."""
    try:
        from symcircuits.sweeps import kernels
    except ImportError:
        raise BadValue("the backend numba needs numba: pip install 'symcircuits[sweep]'") from None
    return kernels


def _tails(ahead: Array, wanted: int, with_masses: bool, with_leaks: bool) -> tuple[Array | None, Array | None]:
    """Masses and leaks ``[rows, points]`` of the rows from the wanted distance on."""
    with np.errstate(over="ignore", divide="ignore"):
        tail = _running(np.add, np.exp(ahead, out=ahead))[wanted:]  # an infinite tail leaves a mass of zero
        leaks = 1 / (1 + 1 / tail) if with_leaks else None
        tail += 1
        return np.reciprocal(tail, out=tail) if with_masses else None, leaks


def _running(step: np.ufunc, rows: Array) -> Array:
    """Each row put together with all rows before it, in place."""
    for place in range(1, len(rows)):
        step(rows[place - 1], rows[place], out=rows[place])
    return rows


def _by_pair(case: Case, scores: Expr, backend: Backend) -> Evaluator:
    """Every query on every key, from what the tokens hold; the tokens of the experiment, at the swept positions."""
    n_ctx, stream = case.trial.n_ctx, case.trial.heads[0].stream
    used = set().union(*(block.free_symbols for block in stream.positions().values()))
    shared = set(case.swept) & used.union(*(case.trial.values[s].free_symbols for s in used & set(case.trial.values)))
    rest = [symbol for symbol in case.swept if symbol not in shared]
    of_rows = _of_rows if backend == "numpy" else kernels().of_rows

    @cache
    def at(values: tuple[tuple[Symbol, Expr], ...]) -> tuple[Callable[[Points], Array], Task]:
        task = task_at(case, {**dict.fromkeys(case.swept, Integer(1)), **dict(values)})
        places = _places(scores, stream, task)
        return on_grid(scores, filled_in(case.trial.values, dict(values)), rest, places, backend == "numba"), task

    def run(points: Points, parts: Collection[Part]) -> Quantities:
        def inside(values: dict[Symbol, Expr], others: dict[Symbol, Array]) -> Quantities:
            function, task = at(tuple(values.items()))
            return of_rows(function(others), task.rows, task.wanted[task.rows], parts)

        return in_groups(points, shared, inside)

    return Evaluator(run, "every query on every key", (5 if backend == "numpy" else 1) * n_ctx * n_ctx)


def _of_rows(
    scores: Array, rows: NDArray[np.integer[Any]], wanted: NDArray[np.bool_], parts: Collection[Part]
) -> Quantities:
    """The quantities of scores ``[points, rows, keys]`` of queries at these ``rows``."""
    return row_quantities(scores, wanted, np.tri(scores.shape[-1], dtype=bool)[rows], parts)


def _places(scores: Expr, stream: Residual, task: Task) -> dict[Symbol, NDArray[Any]]:
    """The arrays, ``[rows, 1]`` and ``[1, n_ctx]``, of the places and of what tokens hold, as far as scores use it."""
    tokens = np.arange(len(task.x))
    found: dict[Symbol, NDArray[Any]] = {n: tokens[task.rows, None], m: tokens[None, :]}
    for token, columns in ((n, task.x.T[:, task.rows, None]), (m, task.x.T[:, None, :])):
        names = [stream.at(token)[place, 0] for place in range(stream.d_model)]
        found |= {name: column for name, column in zip(names, columns, strict=True) if isinstance(name, Symbol)}
    return {name: array for name, array in found.items() if name in scores.free_symbols | {n, m}}


def _by_entry(case: Case) -> Evaluator:
    """The scores of a model in the rows that count, one expression for each query and key."""
    task, score = case.task, case.trial.score
    if task is None or score is None:
        raise NotSupported(f"the experiment {case.behaviour} has no closed form of its scores")
    values = {**case.trial.values, **({} if task.block is None else {N: Integer(task.block)})}
    keys = [(int(row), key) for row in task.rows for key in range(int(row) + 1)]
    entries = [score.xreplace({n: Integer(row), m: Integer(key), **values}) for row, key in keys]
    function = together(entries, values, case.swept)
    n_ctx, rows = case.trial.n_ctx, task.rows
    place = {int(row): number for number, row in enumerate(rows)}

    def run(points: Points, parts: Collection[Part]) -> Quantities:
        found = function(points)
        scores = np.full((len(found), len(rows), n_ctx), -np.inf)
        for number, (row, key) in enumerate(keys):
            scores[:, place[row], key] = found[:, number]
        return row_quantities(scores, task.wanted[rows], np.tri(n_ctx, dtype=bool)[rows], parts)

    return Evaluator(run, "the scores of the last layer, entry by entry", 6 * len(rows) * n_ctx)


def _of_answers(case: Case) -> Evaluator:
    """The lead of the right logit after each context, from the logits of the model in exact form."""
    answers, model = case.answers, case.trial.model
    if answers is None or not isinstance(model, Transformer):
        raise NotSupported(f"the experiment {case.behaviour} has no answers")
    leads: list[Expr] = []
    starts: list[int] = []
    for answer in answers.answers:
        starts.append(len(leads))
        leads += [mine - other for mine, other in gaps(model, answer.context, answer.letter)]
    only = case.swept[0] if len(case.swept) == 1 else None
    values = case.trial.values
    bound = [lead.xreplace(dict(values)) for lead in leads]
    distinct = list(dict.fromkeys(bound))
    function = together([within_floats(lead, only) for lead in distinct], {}, case.swept)
    back = [distinct.index(lead) for lead in bound]

    def run(points: Points, parts: Collection[Part]) -> Quantities:
        return Quantities(leads=np.minimum.reduceat(function(points)[:, back], starts, axis=1))

    return Evaluator(run, f"the exact logits after {answers.contexts}", 3 * len(leads))


def within_floats(expression: Expr, symbol: Symbol | None) -> Expr:
    """The same quotient of sums of exponentials with the largest exponential of its denominator taken out, so that
    none overflows; an expression of another kind as it is.

    >>> from sympy import exp
    >>> from symcircuits.symbols import Lg
    >>> within_floats(Lg * exp(2 * Lg) / (exp(2 * Lg) + 1), Lg)
    Lg/(1 + exp(-2*Lg))
    """
    if symbol is None or symbol not in expression.free_symbols:
        return expression
    try:
        top, bottom = read_quotient(expression, symbol)
        largest = _largest_rate(bottom)
        again = _shifted(top, largest) / _shifted(bottom, largest)
        return again if prove(again, expression) else expression
    except AlgebraError:
        return expression


def _largest_rate(total: ExponentialSum) -> Expr:
    rates = list(dict.fromkeys(rate for _, rate in total.terms))
    largest = rates[0]
    for rate in rates[1:]:
        largest = rate if prove_less(largest, rate) else largest
    return largest


def _shifted(total: ExponentialSum, rate: Expr) -> Expr:
    return total.shifted(Integer(0), -rate).expression()
