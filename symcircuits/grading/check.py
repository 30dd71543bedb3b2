"""Check hand derivations: one file, or every file of a folder, each in a process of its own.

>>> from tempfile import TemporaryDirectory
>>> with TemporaryDirectory() as folder:
...     file = Path(folder, "half.md")
...     _ = file.write_text("$$1 - \\\\cos x = 2 \\\\sin^2\\\\frac{x}{2}$$")
...     check(file).verdict
'right'
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack
from pathlib import Path
from queue import Queue

from symcircuits.errors import BadValue
from symcircuits.grading.isolation.child import Limits, Nursery
from symcircuits.grading.reports.report import Report, report_from_json
from symcircuits.grading.submitted.submission import SUFFIXES

OnDone = Callable[[str, int, int], None]


def check(path: str | Path, against: str | None = None, limits: Limits | None = None, **parameters: object) -> Report:
    """The report on one submission, graded in a process of its own.

    ``against`` is an ID or a derivation file; without it the front matter of the submission names the exercise, or
    only its chains are judged. ``parameters`` are those of the derivation. Raises ``BadValue`` for a path that is no
    file.
    """
    file = Path(path)
    if not file.is_file():
        raise BadValue(f"expected a file to check, got {str(path)!r}")
    with Nursery() as nursery:
        return nursery.grade(file, against, {name: str(value) for name, value in parameters.items()}, limits)


def submissions(paths: Sequence[str], keep: Path | None = None) -> list[Path]:
    """The files that paths stand for; a folder stands for the submissions in it, but not the reports in ``keep``.

    Raises ``BadValue`` for a path that does not exist, or a folder without submissions.
    """
    found: list[Path] = []
    for path in map(Path, paths):
        if path.is_dir():
            inside = sorted(file for file in path.rglob("*") if _is_submission(file, keep))
            if not inside:
                raise BadValue(f"the folder {path} holds no file that ends in {', '.join(SUFFIXES)}")
            found += inside
        elif path.is_file():
            found.append(path)
        else:
            raise BadValue(f"expected a file or a folder to check, got {str(path)!r}")
    return list(dict.fromkeys(found))


def _is_submission(file: Path, keep: Path | None) -> bool:
    if keep is not None and file.absolute().is_relative_to(keep.absolute()):
        return False
    return file.suffix.lower() in SUFFIXES and file.is_file()


def check_all(
    files: Sequence[Path],
    against: str | None = None,
    settings: Mapping[str, str] | None = None,
    keep: Path | None = None,
    resume: bool = False,
    on_done: OnDone | None = None,
    workers: int | None = None,
) -> Iterator[Report]:
    """Grade files in parallel, one process each; the reports come as they are finished.

    ``workers`` are at work at a time, by default as many as there are cores.

    With ``keep``, each report is written to that folder as it comes; ``resume`` takes those that are there already
    and belong to the same text. A file that cannot be graded never stops the rest.
    """

    count = max(1, min(workers or os.cpu_count() or 1, len(files)))
    idle: Queue[Nursery] = Queue()

    def one(file: Path) -> Report:
        place = None if keep is None else keep / f"{slug(file)}.json"
        mark = _mark(file, against, settings)
        if place is not None and resume and (known := _kept(place, mark)) is not None:
            return known
        nursery = idle.get()
        try:
            report = nursery.grade(file, against, settings)
        finally:
            idle.put(nursery)
        if place is not None:
            _write(place, {**report.to_json(), "mark": mark})
        return report

    with ExitStack() as nurseries, ThreadPoolExecutor(max_workers=count) as pool:
        for _ in range(count):
            idle.put(nurseries.enter_context(Nursery()))
        jobs = {pool.submit(one, file): file for file in files}
        try:
            for done, job in enumerate(as_completed(jobs), 1):
                if on_done is not None:
                    on_done(jobs[job].name, done, len(jobs))
                yield job.result()
        finally:  # an interrupted run does not wait for those that have not begun
            for job in jobs:
                job.cancel()


def slug(file: Path) -> str:
    """A name for the report on a file: its own, and a digest that tells files of one name apart."""
    return f"{file.stem}-{hashlib.sha256(str(file.absolute()).encode()).hexdigest()[:8]}"


def _mark(file: Path, against: str | None, settings: Mapping[str, str] | None) -> str:
    """What a kept report depends on: the submission, and what it is judged by."""
    judged_by = json.dumps([against, dict(settings or {})]).encode()
    other = Path(against).read_bytes() if against and Path(against).is_file() else b""
    return hashlib.sha256(file.read_bytes() + b"\0" + judged_by + b"\0" + other).hexdigest()


def _kept(place: Path, mark: str) -> Report | None:
    try:
        data = json.loads(place.read_text("utf-8"))
        return report_from_json(data) if data.pop("mark", None) == mark else None
    except (OSError, ValueError, TypeError, AttributeError):
        return None


def _write(place: Path, data: Mapping[str, object]) -> None:
    """Write a file whole or not at all."""
    place.parent.mkdir(parents=True, exist_ok=True)
    part = place.with_name(f".{place.name}.part")
    part.write_text(json.dumps(data, indent=2) + "\n", "utf-8")
    part.replace(place)


def in_order(reports: Sequence[Report], files: Sequence[Path]) -> list[Report]:
    """Reports in the order of the files."""
    places = {str(file): place for place, file in enumerate(files)}
    return sorted(reports, key=lambda report: places[report.file])
