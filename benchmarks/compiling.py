"""Seconds of one core to compile rules and prove the model, by the number of rules, of tokens and of the context.

    .venv/bin/python benchmarks/compiling.py [SECONDS]

Each row stops before the first size for which the one before took more than so many seconds (60 unless told).
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from time import process_time

from symcircuits.rules import Compiled, compile_rules

Rules = Callable[[int, int], list[str]]
SIZES = [(1, 4), (5, 10), (10, 20), (20, 40), (50, 100)]
CONTEXTS = (8, 16)
KINDS: dict[str, tuple[Rules, str, int]] = {
    "A -> B, no positions": (lambda rules, tokens: [f"T{i} -> T{(i + 1) % tokens}" for i in range(rules)], "none", 1),
    "A X -> B, one-hot": (lambda rules, tokens: [f"T{i} X -> T{(i + 1) % tokens}" for i in range(rules)], "onehot", 1),
    "A X -> B, two layers": (lambda rules, tokens: [f"T{i} X -> T{(i + 1) % tokens}" for i in range(rules)], "none", 2),
    "A B -> C, one-hot": (
        lambda rules, tokens: [f"T{i} T{(i + 1) % tokens} -> T{(i + 2) % tokens}" for i in range(rules)],
        "onehot",
        1,
    ),
    "A ... X -> B": (lambda rules, tokens: [f"T{i} ... X -> T{tokens - 1}" for i in range(min(rules, 1))], "none", 1),
}


def seconds(rules: Sequence[str], tokens: int, positions: str, layers: int, n_ctx: int) -> float:
    """The time of the processor; raises ``AssertionError`` where no model came of it."""
    start = process_time()
    result = compile_rules(rules, [f"T{i}" for i in range(tokens)], positions, True, layers, n_ctx)
    assert isinstance(result, Compiled), result
    return process_time() - start


def main() -> None:
    """Print a table."""
    patience = float(sys.argv[1]) if len(sys.argv) > 1 else 60.0
    header = "".join(f"{f'{rules}/{tokens}':>10}" for rules, tokens in SIZES)
    sys.stdout.write(f"{'rules/tokens':<24}{'n_ctx':>6}{header}\n")
    for n_ctx in CONTEXTS:
        for name, (make, positions, layers) in KINDS.items():
            sys.stdout.write(f"{name:<24}{n_ctx:>6}")
            last = 0.0
            for rules, tokens in SIZES:
                if last <= patience:
                    last = seconds(make(rules, tokens), tokens, positions, layers, n_ctx)
                    sys.stdout.write(f"{last:>9.2f}s")
                    sys.stdout.flush()
            sys.stdout.write("\n")


if __name__ == "__main__":
    main()
