"""How many rows of the published table are proved, refuted and undecided, and how long a verdict takes.

Run it with ``python benchmarks/verdicts.py``.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from verdict_table import GROUPS, Row  # noqa: E402

from symcircuits.algebra import prove  # noqa: E402


def measured(row: Row) -> tuple[str, float]:
    """The verdict's name and its seconds."""
    start = time.perf_counter()
    verdict = prove(row.left, row.right)
    return type(verdict).__name__.lower(), time.perf_counter() - start


def line(title: str, results: list[tuple[str, float]]) -> str:
    """Counts and times of some rows."""
    counts = Counter(word for word, _ in results)
    told = "  ".join(f"{counts[word]:4d} {word}" for word in ("proved", "refuted", "undecided"))
    times = [1000 * seconds for _, seconds in results]
    return f"{title:26s} {told}   median {statistics.median(times):7.2f} ms, longest {max(times):7.2f} ms"


def main() -> None:
    """One line for each group, one for all; then what is not as published, and the open rows."""
    rows = [row for group in GROUPS for row in group.rows()]
    results = {row.id: measured(row) for row in rows}
    for group in GROUPS:
        print(line(group.title, [results[row.id] for row in rows if row.group == group.title]))
    print(line("all", list(results.values())))
    for row in rows:
        if results[row.id][0] != row.verdict:
            print(f"NOT AS PUBLISHED: {row.id} is {results[row.id][0]}, expected {row.verdict}; in truth {row.truth}")
    print("open:", ", ".join(row.id for row in rows if row.open and results[row.id][0] == "undecided"))


if __name__ == "__main__":
    main()
