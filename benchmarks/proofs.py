"""How fast statements are decided, as ratios to what SymPy offers, measured in the same run.

Run it with ``python benchmarks/proofs.py``; ``--slow`` adds ``simplify``, which takes minutes.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

from sympy import Expr, Matrix, cos, expand, expand_trig, simplify
from sympy.core.cache import clear_cache

from symcircuits import Head, Residual, Sinusoids
from symcircuits.algebra import Proved, Refuted, prove
from symcircuits.symbols import m, n


@dataclass(frozen=True)
class Timing:
    """One piece of work: seconds here, and seconds of each peer."""

    work: str
    ours: float
    peers: dict[str, float]

    def __str__(self) -> str:
        told = ", ".join(f"{name} {s:.4f} s ({s / self.ours:.0f}x)" for name, s in self.peers.items())
        return f"{self.work}: {self.ours:.4f} s; {told}"


def best(action: Callable[[], object], runs: int = 5) -> float:
    """The least time of several runs, each with SymPy's cache empty."""
    times = []
    for _ in range(runs):
        clear_cache()
        start = time.perf_counter()
        action()
        times.append(time.perf_counter() - start)
    return min(times)


def rotated_score(pairs: int, offset: int = 1) -> tuple[Expr, Expr]:
    """The score of the previous-token head, multiplied out, and its closed form (right for an offset of 1)."""
    position = Sinusoids(pairs)
    stream = Residual(position=position)
    head = Head(W_Q=stream.read(position), W_K=position.shift(1) @ stream.read(position))
    score = head.score(stream.at(n), stream.at(m))
    closed = sum(size**2 * cos(a * (n - offset - m)) for size, a in zip(position.scales, position.angles, strict=True))
    return score, closed


def score_timings(pairs: int, slow: bool) -> Timing:
    """Proof of the score against SymPy's ways to show that the difference is zero."""
    score, closed = rotated_score(pairs)
    if not isinstance(prove(score, closed), Proved) or expand(expand_trig(expand(score - closed))) != 0:
        raise RuntimeError("the two ways do not agree")
    peers = {"expand(expand_trig())": best(lambda: expand(expand_trig(expand(score - closed))), 1)}
    if slow:
        peers["simplify"] = best(lambda: simplify(score - closed), 1)
    return Timing(f"prove the rotated score, {pairs} pairs", best(lambda: prove(score, closed)), peers)


def refutation_timing(pairs: int) -> Timing:
    """Refutation of an index off by one, against the proof of the right one."""
    score, closed = rotated_score(pairs)
    wrong = rotated_score(pairs, offset=2)[1]
    if not isinstance(prove(score, wrong), Refuted):
        raise RuntimeError("the wrong closed form is not refuted")
    ours = best(lambda: prove(score, wrong))
    return Timing(f"refute an index off by one, {pairs} pairs", ours, {"the proof": best(lambda: prove(score, closed))})


def nets(d_model: int, d_head: int) -> Timing:
    """W_net^2 W_net^1 + W_net^2 + W_net^1 with a rotation in one head, against dense SymPy."""
    position = Sinusoids(d_head // 2)
    stream = Residual(position=position, v=d_head, w=d_head, rest=d_model - 3 * d_head)
    first = Head(W_V=position.shift(1) @ stream.read(position), W_O=stream.write("v"))
    second = Head(W_V=stream.read("v"), W_O=stream.write("w"))

    def ours() -> object:
        return ((second.W_OV @ first.W_OV).expand() + second.W_OV.expand() + first.W_OV.expand()).to_sympy()

    dense = [Matrix(d_model, d_head, lambda i, j, w=w: w[i, j]) for w in (first.W_O, second.W_O)]
    wide = [Matrix(d_head, d_model, lambda i, j, w=w: w[i, j]) for w in (first.W_V, second.W_V)]

    def peer() -> object:
        return dense[1] * ((wide[1] * dense[0]) * wide[0]) + dense[1] * wide[1] + dense[0] * wide[0]

    if Matrix(ours()) != peer():
        raise RuntimeError("the two ways do not agree")
    return Timing(f"expand two nets, d_model {d_model}, d_head {d_head}", best(ours), {"dense Matrix": best(peer, 1)})


def main(slow: bool) -> None:
    """Print every timing."""
    for pairs in (2, 8, 32):
        print(score_timings(pairs, slow and pairs <= 8), flush=True)
    print(refutation_timing(32), flush=True)
    for sizes in ((64, 16), (256, 64)):
        print(nets(*sizes), flush=True)


if __name__ == "__main__":
    main("--slow" in sys.argv[1:])
