"""How fast sweeps are, as ratios to a loop of NumPy forward passes in the same run, with the results compared.

Run it with ``python -m pytest benchmarks/test_sweeps.py -s``. Nothing is asserted about time. The loops are given their
best: weights are bound once, a point is vectorised, and where only the scale changes, queries and keys are multiplied
once for all points. Points a second are of a single process.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from time import perf_counter, process_time

import numpy as np
import pytest
from numpy.typing import NDArray
from sympy import Integer
from work import best

from symcircuits.circuit.bind import bind_head, bind_transformer
from symcircuits.engine import attention_pattern, causal_softmax, logits, scores
from symcircuits.sweeps import filling
from symcircuits.sweeps.blocks import Blocks, measured, pieces
from symcircuits.sweeps.breaks import accuracy_breaks, turnings
from symcircuits.sweeps.cases import task_at
from symcircuits.sweeps.closed import BACKENDS, Backend
from symcircuits.sweeps.grid import exactly
from symcircuits.sweeps.plan import Method, Plan, plan
from symcircuits.sweeps.result import Swept
from symcircuits.sweeps.running import Chosen, Found
from symcircuits.sweeps.store import Store
from symcircuits.worked import shipped

Array = NDArray[np.float64]
ONE, FOUR = {"n_ctx": 64}, {"pairs": 4}


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
    others = ", ".join(f"{peer} {rate(*found)} ({own / (found[1] / found[0]):,.3g}x)" for peer, found in peers.items())
    print(f"\n{name}: {rate(*mine)}; against {others}")


def timed(run: Callable[[], Sequence[float] | None], repeats: int) -> tuple[float, Array]:
    """The best time of some runs, and what they gave."""
    times, found = [], None
    for _ in range(repeats):
        start = perf_counter()
        found = run()
        times.append(perf_counter() - start)
    return min(times), np.array(found)


def worked_out(ours: Blocks, measure: str, points: int, repeats: int) -> tuple[float, Array]:
    """A block of a sweep; what is compiled once is not in its time."""
    into = {measure: np.empty(points)}
    ours.work_out(0, 0, min(points, 100), {measure: into[measure][:100]})
    seconds, _ = timed(lambda: ours.work_out(0, 0, points, into), repeats)
    return seconds, into[measure]


@pytest.mark.parametrize(("n_ctx", "points", "loop"), [(64, 2**14, 60), (1024, 2**10, 4)])
def test_previous_token_mass(n_ctx: int, points: int, loop: int) -> None:
    """The mass on the previous token with 4 pairs, against a pass for each point."""
    text = f"geom(0.1, 1e3, {points})"
    made = planned("framework/2c", "mass", "beta", text, fix={"n_ctx": n_ctx}, parameters={"pairs": 4})
    case, betas = made.case(()), made.inner[0].values
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

    peers = {}
    loops = {"whole passes": timed(whole_passes, 40), "queries and keys once": timed(softmax_alone, 40)}
    limit = exponentials()
    for backend in BACKENDS:
        mine, found = worked_out(Blocks(made, {}, "closed", backend), "mass", points, 60)
        for name, (seconds, expected) in loops.items():
            np.testing.assert_allclose(found[chosen], expected, atol=1e-11)
            peers[name] = (seconds, loop)
        told(f"previous-token mass, 4 pairs, n_ctx {n_ctx}, {backend}", (mine, points), peers)
        share = points * n_ctx / limit / mine
        print(
            f"  {limit / 1e9:.2f} e9 exp/s by NumPy here: {share:.0%} of the time is what exponentials alone would take"
        )


def test_accuracy_of_the_model_by_hand() -> None:
    """The (aab)* accuracy in Lg, by the exact logits and by forward passes, and its break points."""
    points, loop = 2**14, 20
    made = planned("by_hand/breaks", "accuracy", "Lg", f"geom(0.1, 1e3, {points})")
    case, values = made.case(()), made.inner[0].values
    mine, found = worked_out(Blocks(made, {}, "closed", "numpy"), "accuracy", points, 40)
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

    seconds, expected = timed(passes, 40)
    np.testing.assert_allclose(found[chosen], expected, atol=1e-12)
    told("(aab)* accuracy, 12 contexts", (mine, points), {"passes": (seconds, loop)})

    start = perf_counter()
    turning = turnings(case)
    assert turning is not None
    breaks = accuracy_breaks(case, turning)
    print(f"  {len(breaks)} exact break points in {1000 * (perf_counter() - start):.0f} ms")


def test_a_dense_head() -> None:
    """A head on contents, whose scores have no structure: every query on every key, both ways."""
    points, loop = 256, 40
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
    peers = {name: timed(run, 40) for name, run in loops.items()}
    ways: list[tuple[Method, Backend]] = [("closed", "numpy"), ("forward", "numpy"), ("closed", "numba")]
    for method, backend in ways:
        mine, found = worked_out(Blocks(made, {(): case}, method, backend), "mass", points, 40)
        for _, expected in peers.values():
            np.testing.assert_allclose(found[chosen], expected, atol=1e-11)
        told(
            f"dense head, n_ctx 64, {method}, {backend}",
            (mine, points),
            {name: (t, loop) for name, (t, _) in peers.items()},
        )


@pytest.mark.parametrize(("n_ctx", "blocks", "repeats"), [(64, 64, 25), (1024, 4, 8)])
def test_the_machinery(n_ctx: int, blocks: int, repeats: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What blocks of 16,384 points, checks for what is not finite, and the dataset cost over the bare kernel, which
    works out the same points into an array, in pieces that suit the cache; and what it costs to keep each of these
    blocks in a store, with a mark of its own, or as a sweep does, in larger parts and with a mark for half a second of
    work. Compiling is in none. Times are those of the processor, since the machine may be shared, and what is told is
    the median of ratios of runs that followed one another."""
    step, points = 2**14, blocks * 2**14
    made = planned("framework/2c", "mass", "beta", f"geom(0.1, 1e3, {points})", fix={"n_ctx": n_ctx}, parameters=FOUR)
    case, betas = made.case(()), np.asarray(made.inner[0].values)
    ours = Blocks(made, {(): case}, "closed", "numpy")
    evaluator = ours.evaluator(())
    parts = pieces(points, evaluator.numbers)
    small, usual = (step, lambda work: step), (filling.PIECE, filling.stored_points)  # a part, and a block

    def kernel() -> None:
        found = np.empty(points)
        for a, b in parts:
            found[a:b] = measured(made.measures, case, evaluator, [betas[a:b]])["mass"]

    def whole(store: Store | None, cut: tuple[int, Callable[[int], int]]) -> None:
        monkeypatch.setattr(filling, "PIECE", cut[0])
        monkeypatch.setattr(filling, "stored_points", cut[1])
        kept, seen = filling.filled(ours, store, 1, None, lambda *_: None)
        assert not seen.bad
        Swept(made, Found(kept, seen.ends, Chosen("closed", ""), evaluator.told, {(): case}), [], 1e-9).dataset()

    runs: dict[str, Callable[[Path], None]] = {
        "machinery": lambda place: whole(None, small),
        "a store with a mark for each": lambda place: whole(Store(place), small),
        "a store as it is": lambda place: whole(Store(place), usual),
    }
    times: dict[str, list[float]] = {name: [] for name in ("kernel", *runs)}
    for number in range(repeats):  # in turns, since other work on the machine comes and goes
        for name, run in {"kernel": lambda place: kernel(), **runs}.items():
            place = tmp_path / f"{number} {name}"
            start = process_time()
            run(place)
            times[name].append(process_time() - start)
            Store(place).remove()
    bare = min(times["kernel"])
    over = {name: np.divide(times[name], times["kernel"]) - 1 for name in runs}
    told = ", ".join(f"{name} {np.median(more):+.1%}" for name, more in over.items())
    print(f"\nn_ctx {n_ctx}, blocks of 16,384 points, {1000 * bare / blocks:.1f} ms each: {told}")


@pytest.mark.parametrize("n_ctx", [16, 64, 256, 1024, 4096])
def test_growth_with_the_context(n_ctx: int) -> None:
    """Nanoseconds a point and token, by closed form."""
    points = max(512, 2**17 // n_ctx)
    made = planned("framework/2c", "mass", "beta", f"geom(0.1, 1e3, {points})", fix={"n_ctx": n_ctx})
    for backend in BACKENDS:
        seconds, _ = worked_out(Blocks(made, {}, "closed", backend), "mass", points, 40)
        told = f"{rate(seconds, points)}, {1e9 * seconds / points / n_ctx:.2f} ns a point and token"
        print(f"\nn_ctx {n_ctx}, {backend}: {told}")
