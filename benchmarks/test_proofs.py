"""How fast the rotated score is proved, and an index off by one refuted, as ratios to SymPy in the same run.

Run it with ``python -m pytest benchmarks/test_proofs.py -s`` after ``pip install -e '.[benchmark]'``. Nothing is
asserted about time. SymPy's cache is emptied before every round; the peers show that the difference of the sides is
zero.
"""

from __future__ import annotations

import pytest
from pytest_benchmark.fixture import BenchmarkFixture
from sympy import simplify, trigsimp
from sympy.core.cache import clear_cache
from work import best, expanded, rotated_score

from symcircuits.algebra import Proved, Refuted, prove


@pytest.mark.parametrize("pairs", [2, 8, 32])
def test_rotated_score(pairs: int, benchmark: BenchmarkFixture) -> None:
    """The proof, against ``expand(expand_trig())``."""
    score, closed = rotated_score(pairs)
    verdict = benchmark.pedantic(prove, args=(score, closed), setup=clear_cache, rounds=30)
    assert isinstance(verdict, Proved)
    assert expanded(score - closed) == 0
    _told(
        f"prove, {pairs} pairs",
        benchmark,
        {
            "expand(expand_trig())": best(lambda: expanded(score - closed), 3),
        },
    )


@pytest.mark.parametrize("pairs", [8])
def test_rotated_score_against_simplifiers(pairs: int, benchmark: BenchmarkFixture) -> None:
    """The proof, against what a person would try first; they need not succeed."""
    score, closed = rotated_score(pairs)
    benchmark.pedantic(prove, args=(score, closed), setup=clear_cache, rounds=30)
    found = {}
    peers = {
        name: best(lambda peer=peer, name=name: found.update({name: peer(score - closed)}), 1)
        for name, peer in {"simplify": simplify, "trigsimp": trigsimp}.items()
    }
    _told(f"prove, {pairs} pairs", benchmark, peers)
    print("found to be zero:", ", ".join(f"{name} {value == 0}" for name, value in found.items()))


@pytest.mark.parametrize("pairs", [2, 8, 32])
def test_index_off_by_one(pairs: int, benchmark: BenchmarkFixture) -> None:
    """The refutation with its witness, against the proof of the right index."""
    score, closed = rotated_score(pairs)
    wrong = rotated_score(pairs, offset=2)[1]
    verdict = benchmark.pedantic(prove, args=(score, wrong), setup=clear_cache, rounds=30)
    assert isinstance(verdict, Refuted)
    _told(f"refute, {pairs} pairs", benchmark, {"the proof": best(lambda: prove(score, closed), 30)})


def _told(work: str, benchmark: BenchmarkFixture, peers: dict[str, float]) -> None:
    ours = benchmark.stats.stats.min
    ratios = ", ".join(f"{name} {1000 * s:.2f} ms ({s / ours:.1f}x)" for name, s in peers.items())
    benchmark.extra_info |= {name: s / ours for name, s in peers.items()}
    print(f"\n{work}: {1000 * ours:.2f} ms; {ratios}")
