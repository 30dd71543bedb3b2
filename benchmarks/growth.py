"""How the cost of proofs and products grows, as the Markdown tables of ``docs/speed.md``.

Run it with ``python benchmarks/growth.py``.
"""

from __future__ import annotations

import platform
import timeit
from functools import partial

import numpy
import sympy
from sympy import Matrix, cos
from work import Nets, best, expanded, rotated_score, summed

from symcircuits.algebra import Proved, Refuted, prove
from symcircuits.algebra.terms import read, times
from symcircuits.symbols import Lg, alpha, beta, lambda_


def proofs() -> None:
    """One line for each number of pairs."""
    print("| pairs | prove, ms | refute an index off by one, ms | `expand(expand_trig())`, ms | ratio |")
    print("|---|---|---|---|---|")
    for pairs in (2, 4, 8, 16, 32, 64):
        score, closed = rotated_score(pairs)
        wrong = rotated_score(pairs, offset=2)[1]
        if not isinstance(prove(score, closed), Proved) or not isinstance(prove(score, wrong), Refuted):
            raise RuntimeError("a verdict is not as it should be")
        proof, refutation = best(partial(prove, score, closed), 30), best(partial(prove, score, wrong), 30)
        peer = best(partial(expanded, score - closed), 3)
        times_in_ms = " | ".join(f"{1000 * t:.2f}" for t in (proof, refutation, peer))
        print(f"| {pairs} | {times_in_ms} | {peer / proof:.0f} |")


def nets() -> None:
    """One line for each size, with the distance to what the products alone would cost."""
    once = ring_operation()
    print(f"\nOne product of two entries: {1e6 * once:.2f} us\n")
    print(
        "| d_model | d_head | expand, ms | dense `Matrix`, ms | ratio | non-zero products | times the products alone |"
    )
    print("|---|---|---|---|---|---|---|")
    for d_model, d_head in ((16, 4), (64, 16), (256, 64), (1024, 64)):
        work = Nets.of(d_model, d_head)
        ours = best(work.expanded, 50)
        peer = best(partial(summed, *(Matrix(weight.to_sympy()) for weight in work.factors())), 5)
        count = work.products()
        print(
            f"| {d_model} | {d_head} | {1000 * ours:.2f} | {1000 * peer:.2f} | {peer / ours:.1f} | {count} "
            f"| {ours / (count * once):.1f} |"
        )


def ring_operation() -> float:
    """The seconds of one product of two entries."""
    a, b = read(beta * lambda_(0)), read(Lg * cos(alpha(0)))
    return min(timeit.repeat(lambda: times(a, b), number=10_000, repeat=5)) / 10_000


def main() -> None:
    """Print the machine, the versions and the tables."""
    versions = f"Python {platform.python_version()}, SymPy {sympy.__version__}, NumPy {numpy.__version__}"
    print(f"{platform.machine()}, {versions}\n")
    proofs()
    nets()


if __name__ == "__main__":
    main()
