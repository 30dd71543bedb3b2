"""A submission graded in a process of its own, under limits of memory, processor time and output."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from symcircuits.grading.report import Report, report_from_json

_PATIENCE = 3  # times the processor time, before a process that waits is ended


@dataclass(frozen=True)
class Limits:
    """Bounds for one submission: bytes of memory, seconds of processor time, bytes of output."""

    memory: int = 1 << 30
    seconds: int = 20
    output: int = 8 << 20


def grade_apart(
    path: Path, against: str | None = None, settings: Mapping[str, str] | None = None, limits: Limits | None = None
) -> Report:
    """The report on a file. What goes past the limits is ``undecided``, with the reason."""
    bounds = limits or Limits()
    request = {
        "path": str(path.absolute()),
        "against": against,
        "settings": dict(settings or {}),
        "memory": bounds.memory,
        "seconds": bounds.seconds,
        "output": bounds.output,
    }
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors:
        code = _run(json.dumps(request).encode(), out, errors, bounds)
        out.seek(0)
        answer = out.read()
        errors.seek(max(0, errors.tell() - 2_000))
        said = errors.read().decode("utf-8", "replace").strip().splitlines()
    report = _report(code, answer, said[-1] if said else "", bounds)
    return replace(report, file=str(path))


def _run(request: bytes, out: object, errors: object, bounds: Limits) -> int | None:
    """The exit status; ``None`` for a process that was ended because it took too long."""
    # -P: no module is taken from the folder of the submission.
    command = [sys.executable, "-P", "-m", "symcircuits.grading.child"]
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "PYTHONIOENCODING": "utf-8"}
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=out,  # type: ignore[call-overload]
        stderr=errors,
        env=environment,
        start_new_session=True,
    )
    try:
        process.communicate(request, timeout=_PATIENCE * bounds.seconds + 10)
        return int(process.returncode)
    except subprocess.TimeoutExpired:
        return None
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the process with all that it may have started."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass
    process.wait()


def _report(code: int | None, answer: bytes, said: str, bounds: Limits) -> Report:
    if code == 0:
        try:
            return report_from_json(json.loads(answer))
        except ValueError:
            return Report("undecided", message="the grader gave no readable answer")
    if code is None:
        return Report("undecided", message=f"stopped: it did not end within {_PATIENCE * bounds.seconds + 10} s")
    if -code in (signal.SIGXCPU, signal.SIGKILL):
        return Report("undecided", message=f"stopped: more than {bounds.seconds} s of processor time")
    if -code == signal.SIGXFSZ:
        return Report("undecided", message=f"stopped: more than {bounds.output} bytes of output")
    return Report("undecided", message=f"the grader failed: {said or f'status {code}'}"[:500])
