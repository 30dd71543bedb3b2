"""A process that has the package loaded and forks a process of its own for each submission, within limits.

Run by ``isolation``. Each line of standard input is a request in JSON; the line that answers it is the exit status of
the process that graded, or null for one that was ended because it took too long. The report is left in the file that
the request names. Nothing of a submission is executed, and it is opened in its own process only.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

from symcircuits.errors import DerivationFailed, InputError
from symcircuits.grading.grade import grade_text
from symcircuits.grading.reports.report import Report
from symcircuits.grading.submitted.against import known, reference
from symcircuits.grading.submitted.submission import read_file

Request = Mapping[str, Any]


def main() -> None:
    """Answer requests until there are no more."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    for line in sys.stdin:
        request = json.loads(line)
        if request["expected"] is not None:
            known(request["expected"])  # derived once, here, and found by every process that is forked later
        sys.stdout.write(f"{json.dumps(_status(request))}\n")
        sys.stdout.flush()


def _status(request: Request) -> int | None:
    child = os.fork()
    if child == 0:
        _be_the_child(request)
    try:
        return _waited(child, time.monotonic() + request["patience"])
    finally:
        _end(child)


def _waited(child: int, until: float) -> int | None:
    pause = 0.002
    while time.monotonic() < until:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(pause)
        pause = min(2 * pause, 0.05)
    return None


def _end(child: int) -> None:
    """End the process with all that it may have started."""
    try:
        os.killpg(child, signal.SIGKILL)
        os.waitpid(child, 0)
    except (ProcessLookupError, PermissionError, ChildProcessError):
        pass


def _be_the_child(request: Request) -> NoReturn:
    """Grade, write the report, and end without a word to whoever waits for the nursery."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.setpgid(0, 0)
    _redirect(request)
    code = 1
    try:
        _limit(request["memory"], request["seconds"], request["output"])
        with open(request["report"], "w", encoding="utf-8") as answer:
            json.dump(_report(request).to_json(), answer)
        code = 0
    finally:  # nothing is raised into the nursery, of which this process is a copy
        if (error := sys.exc_info()[1]) is not None:
            sys.stderr.write(f"{type(error).__name__}: {error}\n")
            sys.stderr.flush()
        os._exit(code)


def _redirect(request: Request) -> None:
    """What a derivation file prints is no report; what goes wrong is kept beside it."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    said = os.open(request["said"], os.O_WRONLY | os.O_CREAT)
    for source, target in ((nothing, 0), (said, 1), (said, 2)):
        os.dup2(source, target)


def _limit(memory: int, seconds: int, output: int) -> None:
    """Bounds that the system keeps; standard output and standard error are files."""
    wanted = {
        resource.RLIMIT_AS: memory,
        resource.RLIMIT_CPU: seconds,
        resource.RLIMIT_FSIZE: output,
        resource.RLIMIT_CORE: 0,
    }
    for kind, bound in wanted.items():
        _, hard = resource.getrlimit(kind)
        bound = bound if hard == resource.RLIM_INFINITY else min(bound, hard)
        resource.setrlimit(kind, (bound, bound))


def _report(request: Request) -> Report:
    path = Path(request["path"])
    too_much = Report("undecided", message=f"more than {request['memory'] >> 20} MiB of memory were needed")
    try:
        text = read_file(path)
        against = reference(text, request["against"], request["settings"])
        return grade_text(text, latex=path.suffix.lower() == ".tex", against=against)
    except InputError as error:
        if isinstance(error.__cause__, MemoryError):  # where a derivation to judge by ran out of it
            return too_much
        told = f"not judged: {error}" if isinstance(error, DerivationFailed) else str(error)
        return Report("unreadable", message=told)
    except MemoryError:
        return too_much
    except RecursionError:
        return Report("undecided", message="it is nested too deeply")


if __name__ == "__main__":
    main()
