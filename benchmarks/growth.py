"""How the cost of a proof grows with the number of frequency pairs, as a Markdown table.

Run it with ``python benchmarks/growth.py``.
"""

from __future__ import annotations

import platform

import numpy
import sympy
from proofs import nets, refutation_timing, score_timings


def main() -> None:
    """Print the machine, the versions and two tables."""
    versions = f"Python {platform.python_version()}, SymPy {sympy.__version__}, NumPy {numpy.__version__}"
    print(f"{platform.machine()}, {versions}\n")
    print("| pairs | prove, ms | refute an index off by one, ms | `expand(expand_trig())`, ms | ratio |")
    print("|---|---|---|---|---|")
    for pairs in (2, 4, 8, 16, 32, 64):
        proof, refuted = score_timings(pairs, slow=False), refutation_timing(pairs)
        (peer,) = proof.peers.values()
        times = (proof.ours, refuted.ours, peer)
        print(f"| {pairs} | " + " | ".join(f"{1000 * t:.1f}" for t in times) + f" | {peer / proof.ours:.0f} |")
    print("\n| d_model | d_head | expand, ms | dense `Matrix`, ms | ratio |")
    print("|---|---|---|---|---|")
    for d_model, d_head in ((16, 4), (64, 16), (256, 64), (1024, 64)):
        found = nets(d_model, d_head)
        (peer,) = found.peers.values()
        print(f"| {d_model} | {d_head} | {1000 * found.ours:.2f} | {1000 * peer:.2f} | {peer / found.ours:.1f} |")


if __name__ == "__main__":
    main()
