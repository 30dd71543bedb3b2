"""How long a class of submissions takes, per submission and against the number of workers, beside ``import sympy``.

Run it with ``python benchmarks/class_of.py [COUNT]``; 200 submissions without a count.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

from symcircuits.grading.check import check_all
from symcircuits.grading.grade import grade_text
from symcircuits.grading.submitted.against import known

EXERCISE = "framework/2c"


def submission(place: int) -> str:
    """An answer to 2(c): the turn is shared in its own way between queries and keys, and a third of them turn back."""
    parts = {"Q": rf"\frac{{{place + 1}}}{{{place + 3}}}", "K": rf"\frac{{2}}{{{place + 3}}}"}
    back, on = ("+-", "-+") if place % 3 < 2 else ("-+", "+-")
    lines = [f"---\nexercise: {EXERCISE}\n---", f"The queries take {place + 1} of {place + 3} parts of the turn."]
    for name, signs in (("Q", back), ("K", on)):
        rows = [
            rf"\cos({parts[name]} \alpha_{i}) u^{{\{own}}}_{i} {sign} \sin({parts[name]} \alpha_{i}) u^{{\{other}}}_{i}"
            for i in (0, 1)
            for own, other, sign in (("cos", "sin", signs[0]), ("sin", "cos", signs[1]))
        ]
        lines.append(rf"$$W_{name} = \begin{{pmatrix}} " + r" \\ ".join(rows) + r" \end{pmatrix}$$")
    return "\n\n".join(lines) + "\n"


def dense(size: int = 16) -> str:
    """A chain of three full matrices of numbers, ``size`` by ``size``."""

    def written(scale: int) -> str:
        rows = (" & ".join(str(scale * ((3 * i + 5 * j) % 7 - 3)) for j in range(size)) for i in range(size))
        return r"\begin{pmatrix} " + r" \\ ".join(rows) + r" \end{pmatrix}"

    return f"$$A = {written(1)}, \\quad B = {written(2)}$$\n\n$$A + B = {written(3)}$$\n"


def import_sympy() -> float:
    """Seconds of a fresh interpreter that imports SymPy and nothing else; the best of five."""
    times = []
    for _ in range(5):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", "import sympy"], check=True)
        times.append(time.perf_counter() - start)
    return min(times)


def graded(text: str, runs: int = 5) -> float:
    """Seconds to read and decide one submission in a process that is running; the best of several."""
    against = known(EXERCISE) if EXERCISE in text else None
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        assert grade_text(text, against=against).verdict == "right"
        times.append(time.perf_counter() - start)
    return min(times)


def main() -> None:
    """The figures, one line each."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    peer = import_sympy()
    print(f"import sympy {peer * 1000:.0f} ms")
    for what, text in (("16x16 chain of numbers", dense()), (f"an answer to {EXERCISE}", submission(0))):
        own = graded(text)
        print(f"{what}: {own * 1000:.0f} ms, ratio {own / peer:.2f}")
    with TemporaryDirectory() as folder:
        files = [Path(folder, f"{place:03}.md") for place in range(count)]
        for place, file in enumerate(files):
            file.write_text(submission(place))
        alone = None
        for workers in range(1, (os.cpu_count() or 1) + 1):
            start = time.perf_counter()
            verdicts = Counter(report.verdict for report in check_all(files, workers=workers))
            seconds = time.perf_counter() - start
            alone = alone or seconds
            told = ", ".join(f"{number} {verdict}" for verdict, number in sorted(verdicts.items()))
            print(
                f"{count} submissions, {workers} worker(s): {seconds:.1f} s, {seconds / count * 1000:.0f} ms each, "
                f"{alone / seconds:.2f} times one worker ({told})"
            )


if __name__ == "__main__":
    main()
