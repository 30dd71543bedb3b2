"""The process in which one submission is graded: limits first, then the work, then one JSON document.

Run by ``isolation``; reads a request from standard input. Nothing of the submission is executed.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def main() -> int:
    """Grade what the request names, and write the report where standard output was."""
    request = json.load(sys.stdin)
    _limit(request["memory"], request["seconds"], request["output"])
    answer = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what a derivation file prints is no report
    from symcircuits.grading.report import Report

    try:
        report = _graded(request)
    except MemoryError:
        report = Report("undecided", message=f"more than {request['memory'] >> 20} MiB of memory were needed")
    except RecursionError:
        report = Report("undecided", message="it is nested too deeply")
    with answer:
        json.dump(report.to_json(), answer)
    return 0


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


def _graded(request: Mapping[str, Any]) -> Any:
    from symcircuits.errors import InputError
    from symcircuits.grading.against import reference
    from symcircuits.grading.grade import grade_text
    from symcircuits.grading.report import Report
    from symcircuits.grading.submission import read_file

    path = Path(request["path"])
    try:
        text = read_file(path)
        against = reference(text, request["against"], request["settings"])
    except InputError as error:
        return Report("unreadable", message=str(error))
    return grade_text(text, latex=path.suffix.lower() == ".tex", against=against)


if __name__ == "__main__":
    sys.exit(main())
