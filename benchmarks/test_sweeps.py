"""How fast sweeps are, as ratios to a loop of NumPy forward passes in the same run, with the results compared.

Run it with ``python -m pytest benchmarks/test_sweeps.py -s``. Nothing is asserted about time. The loops are given their
best: weights are bound once, a point is vectorised, and where only the scale changes, queries and keys are multiplied
once for all points. Points a second are of a single process.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from time import perf_counter

import numpy as np
import pytest
from numpy.typing import NDArray
from sympy import Integer
from work import best

from symcircuits.circuit.bind import bind_head, bind_transformer
from symcircuits.engine import attention_pattern, causal_softmax, logits, scores
from symcircuits.sweeps.blocks import Blocks, measured, pieces
from symcircuits.sweeps.breaks import accuracy_breaks, turnings
from symcircuits.sweeps.cases import task_at
from symcircuits.sweeps.closed import closed_evaluator
from symcircuits.sweeps.grid import exactly
from symcircuits.sweeps.plan import METHODS, Plan, plan
from symcircuits.sweeps.running import run_plan
from symcircuits.worked import shipped

Array = NDArray[np.float64]
ONE = {"n_ctx": 64}


def planned(id: str, measure: str, symbol: str, text: str, **options: dict[str, object]) -> Plan:
    """A sweep over one symbol."""
    fix, parameters = options.get("fix", {}), options.get("parameters", {})
    return plan(shipped(), id, [measure], {symbol: text}, fix, parameters, None)


def rate(seconds: float, points: int) -> str:
    """Points a second, for reading."""
    return f"{points / seconds:,.0f} points/s"


def exponentials() -> float:
    """Exponentials a second of this machine, in NumPy, on arrays that stay in the cache."""
    values = np.linspace(-10.0, 0.0, 2**14)
    out = np.empty_like(values)
    return len(values) / best(lambda: np.exp(values, out=out), 200)


def told(name: str, mine: tuple[float, int], peers: dict[str, tuple[float, int]]) -> None:
    """One line: our rate, and each peer's with the ratio."""
    own = mine[1] / mine[0]
    others = ", ".join(f"{peer} {rate(*found)} ({own / (found[1] / found[0]):,.0f}x)" for peer, found in peers.items())
    print(f"\n{name}: {rate(*mine)}; against {others}")


def timed(run: Callable[[], Sequence[float]], repeats: int = 3) -> tuple[float, Array]:
    """The best time of some runs, and what they gave."""
    times, found = [], []
    for _ in range(repeats):
        start = perf_counter()
        found = run()
        times.append(perf_counter() - start)
    return min(times), np.array(found)


@pytest.mark.parametrize(("n_ctx", "points", "loop"), [(64, 200_000, 2000), (1024, 20_000, 24)])
def test_previous_token_mass(n_ctx: int, points: int, loop: int) -> None:
    """The mass on the previous token with 4 pairs, against a pass for each point."""
    text = f"geom(0.1, 1e3, {points})"
    made = planned("framework/2c", "mass", "beta", text, fix={"n_ctx": n_ctx}, parameters={"pairs": 4})
    case, betas = made.case(()), made.inner[0].values
    ours = Blocks(made, {(): case}, "closed", "numpy")

    chosen = np.linspace(0, points - 1, loop).astype(int)
    x = task_at(case, {case.swept[0]: Integer(1)}).x
    head = bind_head(case.trial.heads[0], {**case.trial.values, case.swept[0]: Integer(1)})
    raw = scores(x, head)

    def whole_passes() -> list[float]:
        return [
            float(np.mean(np.diagonal(attention_pattern(x, replace(head, scale=float(betas[i]))), -1))) for i in chosen
        ]

    def softmax_alone() -> list[float]:
        return [float(np.mean(np.diagonal(causal_softmax(raw * betas[i]), -1))) for i in chosen]

    mine, found = timed(lambda: ours.work_out(0, 0, points)["mass"])
    peers = {}
    for name, run in (("whole passes", whole_passes), ("queries and keys once", softmax_alone)):
        seconds, expected = timed(run, 2)
        np.testing.assert_allclose(found[chosen], expected, atol=1e-11)
        peers[name] = (seconds, loop)
    told(f"previous-token mass, 4 pairs, n_ctx {n_ctx}", (mine, points), peers)
    limit = exponentials()
    print(f"  {limit / 1e9:.2f} e9 exp/s here; of the time {points * n_ctx / limit / mine:.0%} are exponentials")


def test_accuracy_of_the_model_by_hand() -> None:
    """The (aab)* accuracy in Lg, by the exact logits and by forward passes, and its break points."""
    points, loop = 100_000, 200
    made = planned("by_hand/breaks", "accuracy", "Lg", f"geom(0.1, 1e3, {points})")
    case, values = made.case(()), made.inner[0].values
    ours = Blocks(made, {(): case}, "closed", "numpy")
    mine, found = timed(lambda: ours.work_out(0, 0, points)["accuracy"])
    model, answers = case.trial.model, case.answers
    assert model is not None and answers is not None
    contexts = [(np.array(model.numbers(a.context)), model.numbers(a.letter)[0]) for a in answers.answers]
    chosen = np.linspace(0, points - 1, loop).astype(int)
    bound = [bind_transformer(model, case.trial.n_ctx, {case.swept[0]: exactly(values[i])}) for i in chosen]

    def passes() -> list[float]:
        right = []
        for arrays in bound:
            rows = [(logits(tokens, arrays)[-1], letter) for tokens, letter in contexts]
            right.append(np.mean([row[letter] > np.delete(row, letter).max() for row, letter in rows]))
        return [float(share) for share in right]

    seconds, expected = timed(passes, 2)
    np.testing.assert_allclose(found[chosen], expected, atol=1e-12)
    told("(aab)* accuracy, 12 contexts", (mine, points), {"passes": (seconds, loop)})

    start = perf_counter()
    turning = turnings(case)
    assert turning is not None
    breaks = accuracy_breaks(case, turning)
    print(f"  {len(breaks)} exact break points in {1000 * (perf_counter() - start):.0f} ms")


def test_a_dense_head() -> None:
    """A head on contents, whose scores have no structure: every query on every key, both ways."""
    points, loop = 4000, 400
    made = planned("framework/2a", "mass", "beta", f"geom(0.1, 1e3, {points})", fix=ONE)
    case, betas = made.case(()), made.inner[0].values
    task = task_at(case, {case.swept[0]: Integer(1)})
    head = bind_head(case.trial.heads[0], {**case.trial.values, case.swept[0]: Integer(1)})
    chosen = np.linspace(0, points - 1, loop).astype(int)
    raw = scores(task.x, head)
    loops: dict[str, Callable[[], list[float]]] = {
        "whole passes": lambda: [
            task.mass(attention_pattern(task.x, replace(head, scale=float(betas[i])))) for i in chosen
        ],
        "queries and keys once": lambda: [task.mass(causal_softmax(raw * betas[i])) for i in chosen],
    }
    peers = {name: timed(run, 2) for name, run in loops.items()}
    for name in METHODS[1:]:
        ours = Blocks(made, {(): case}, name, "numpy")
        mine, found = timed(lambda: ours.work_out(0, 0, points)["mass"])  # noqa: B023
        for _, expected in peers.values():
            np.testing.assert_allclose(found[chosen], expected, atol=1e-11)
        told(f"dense head, n_ctx 64, {name}", (mine, points), {name: (t, loop) for name, (t, _) in peers.items()})


def test_the_machinery() -> None:
    """What plans, checks of results and blocks cost over the bare kernel; compiling it is in both."""
    points = 2_000_000
    made = planned("framework/2c", "mass", "beta", f"geom(0.1, 1e3, {points})", fix=ONE, parameters={"pairs": 4})
    betas = made.inner[0].values

    def kernel() -> list[Array]:
        case = made.case(())
        evaluator = closed_evaluator(case)
        parts = pieces(points, evaluator.numbers)
        return [measured(made.measures, case, evaluator, [betas[a:b]])["mass"] for a, b in parts]

    bare = whole = float("inf")
    for _ in range(8):  # in turns, since other work on the machine comes and goes
        bare = min(bare, best(kernel, 1))
        whole = min(whole, best(lambda: run_plan(made, "closed", 1e-9, 0, lambda *_: None, sample=0), 1))
    print(f"\nmachinery: {whole - bare:.3f} s on {bare:.3f} s for {points:,} points ({(whole - bare) / bare:.1%})")


@pytest.mark.parametrize("n_ctx", [16, 64, 256, 1024, 4096])
def test_growth_with_the_context(n_ctx: int) -> None:
    """Nanoseconds a point and token, by closed form."""
    points = 4096
    made = planned("framework/2c", "mass", "beta", f"geom(0.1, 1e3, {points})", fix={"n_ctx": n_ctx})
    ours = Blocks(made, {}, "closed", "numpy")
    seconds = best(lambda: ours.work_out(0, 0, points), 3)
    print(f"\nn_ctx {n_ctx}: {rate(seconds, points)}, {1e9 * seconds / points / n_ctx:.2f} ns a point and token")
