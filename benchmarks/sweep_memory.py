"""The most memory that ``symcircuits sweep`` takes, and its time, for a million points and for ten million.

Run it with ``python benchmarks/sweep_memory.py``; it needs a gigabyte of disk. Each sweep is a process of its own.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

POINTS = (10**6, 10**7)
ENDINGS = (".nc", ".zarr", ".csv", ".parquet")


def measured(points: int, ending: str, *options: str) -> tuple[float, float, float]:
    """MB of memory at most, seconds, and MB of the file, of a sweep in so many values of beta."""
    with TemporaryDirectory(dir=Path.cwd()) as folder:
        file = Path(folder) / f"mass{ending}"
        command = [sys.executable, "-m", "symcircuits", "sweep", "framework/2c", "--measure", "previous_token_mass"]
        command += ["--over", f"beta=geom(0.1,1e4,{points})", "--fix", "n_ctx=64", "--out", str(file), *options]
        start = perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        _, status, used = os.wait4(process.pid, 0)  # the most memory of this process alone, and not of all before it
        seconds = perf_counter() - start
        if status:
            raise SystemExit(f"{' '.join(command)} ended with status {status}")
        parts = [file] if file.is_file() else [part for part in file.rglob("*") if part.is_file()]
        return used.ru_maxrss * 1024 / 1e6, seconds, sum(part.stat().st_size for part in parts) / 1e6


def main() -> None:
    """Print a line for each kind of file, and for a store and workers."""
    print("| file | " + " | ".join(f"{points:.0e} points: MB of memory, s, MB of file" for points in POINTS) + " |")
    for ending, *options in [*((ending,) for ending in ENDINGS), (".nc", "--resume"), (".nc", "--workers", "2")]:
        found = [measured(points, ending, *options) for points in POINTS]
        told = " | ".join(", ".join(f"{number:.0f}" for number in numbers) for numbers in found)
        print(f"| `{' '.join((ending, *options))}` | {told} |", flush=True)


if __name__ == "__main__":
    main()
