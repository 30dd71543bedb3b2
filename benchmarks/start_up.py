"""How long ``symcircuits --help`` takes, against ``import sympy`` in the same run: it should stay under a fifth.

Run it with ``python benchmarks/start_up.py``.
"""

from __future__ import annotations

import subprocess
import sys
import time

RUNS = 10


def seconds(*arguments: str) -> float:
    """The time of one fresh interpreter."""
    start = time.perf_counter()
    subprocess.run([sys.executable, *arguments], capture_output=True, check=True)
    return time.perf_counter() - start


def main() -> None:
    """Both in turn, so that other work on the machine meets both alike; the best of each."""
    pairs = [(seconds("-m", "symcircuits", "--help"), seconds("-c", "import sympy")) for _ in range(RUNS)]
    ours, peer = min(ours for ours, _ in pairs), min(peer for _, peer in pairs)
    print(f"symcircuits --help {ours * 1000:.0f} ms, import sympy {peer * 1000:.0f} ms, ratio {ours / peer:.3f}")


if __name__ == "__main__":
    main()
