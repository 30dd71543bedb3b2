"""A submission graded in a process of its own, under limits of memory, processor time and output."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType

from symcircuits.grading.reports.report import Report, report_from_json

_PATIENCE = 3  # times the processor time, before a process that waits is ended


@dataclass(frozen=True)
class Limits:
    """Bounds for one submission: bytes of memory, seconds of processor time, bytes of output."""

    memory: int = 1 << 30
    seconds: int = 20
    output: int = 8 << 20

    @property
    def patience(self) -> int:
        """Seconds of waiting, whatever the process does with them."""
        return _PATIENCE * self.seconds + 10


class Nursery:
    """Grades submissions one after the other, each in a process forked from one that has the package loaded.

    So start-up is paid once. The process ends with the ``with`` block, and with it what it is grading.
    """

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        self._expected: str | None = None

    def __enter__(self) -> Nursery:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.communicate()

    def grade(
        self,
        path: Path,
        against: str | None = None,
        settings: Mapping[str, str] | None = None,
        limits: Limits | None = None,
    ) -> Report:
        """The report on a file. What goes past the limits is ``undecided``, with the reason."""
        bounds = limits or Limits()
        with TemporaryDirectory(prefix="symcircuits-") as folder:
            written, said = Path(folder, "report.json"), Path(folder, "said")
            request = {
                "path": str(path.absolute()),
                "against": None if against is None else str(Path(against).absolute()) if _is_file(against) else against,
                "settings": dict(settings or {}),
                "expected": None if settings or against else self._expected,
                "memory": bounds.memory,
                "seconds": bounds.seconds,
                "output": bounds.output,
                "patience": bounds.patience,
                "report": str(written),
                "said": str(said),
            }
            code = self._ask(json.dumps(request))
            report = _report(code, _content(written), _content(said), bounds)
        self._expected = report.exercise or self._expected
        return replace(report, file=str(path))

    def _ask(self, request: str) -> int | None:
        """The exit status; ``None`` for a process that was ended because it took too long."""
        process = self._started()
        assert process.stdin is not None and process.stdout is not None
        try:
            process.stdin.write(f"{request}\n")
            process.stdin.flush()
            answer = process.stdout.readline()
        except BrokenPipeError:
            answer = ""
        if not answer:  # the nursery itself was ended, and the next submission gets another one
            self._process = None
            return process.wait() or 1
        status: int | None = json.loads(answer)
        return status

    def _started(self) -> subprocess.Popen[str]:
        if self._process is None:
            # -P: no module is taken from the folder of the submission.
            command = [sys.executable, "-P", "-m", "symcircuits.grading.isolation.nursery"]
            alone = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "PYTHONIOENCODING": "utf-8"}
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env={**os.environ, **alone},
                text=True,
                encoding="utf-8",
                start_new_session=True,
            )
        return self._process


def _is_file(against: str) -> bool:
    return Path(against).is_file()


def _content(path: Path) -> str:
    return path.read_text("utf-8", "replace") if path.is_file() else ""


def _report(code: int | None, answer: str, said: str, bounds: Limits) -> Report:
    if code == 0:
        try:
            return report_from_json(json.loads(answer))
        except ValueError:
            return Report("undecided", message="the grader gave no readable answer")
    if code is None:
        return Report("undecided", message=f"stopped: it did not end within {bounds.patience} s")
    if -code in (signal.SIGXCPU, signal.SIGKILL):
        return Report("undecided", message=f"stopped: more than {bounds.seconds} s of processor time")
    if -code == signal.SIGXFSZ:
        return Report("undecided", message=f"stopped: more than {bounds.output} bytes of output")
    last = said.strip().splitlines()[-1:] or [f"status {code}"]
    return Report("undecided", message=f"the grader failed: {last[0]}"[:500])
