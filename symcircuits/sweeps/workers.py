"""Processes that work out blocks of a sweep, one thread each; each gets its next block when it is done with one.

They are programs of their own (``worker``), not forks, and end when their input is closed: with the ``with`` block,
or with the process that started them, however that ends.
"""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator
from selectors import EVENT_READ, DefaultSelector
from types import TracebackType
from typing import IO, TypeAlias

from symcircuits.errors import WorkerFailed
from symcircuits.sweeps.points import Array

Block: TypeAlias = tuple[int, int, int]  # the number of a place, the first point, and the one after the last
_THREADS = ("OPENBLAS", "OMP", "MKL", "BLIS", "NUMBA")


class Workers:
    """So many processes for the blocks of a job, as ``job_of`` tells it; they start with the ``with`` block."""

    def __init__(self, count: int, job: str) -> None:
        self._count, self._job = count, job
        self._started: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Workers:
        for _ in range(self._count):
            self._started.append(_start())
            _tell(self._started[-1], self._job)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self._started:
            process.kill()
        for process in self._started:
            process.communicate()

    def work_out(self, blocks: Iterable[Block]) -> Iterator[tuple[Block, dict[str, Array]]]:
        """Each block with its measures, in the order in which they are done.

        Raises ``WorkerFailed`` where a process has ended, or says that it cannot go on.
        """
        waiting, busy = iter(blocks), dict[subprocess.Popen[bytes], Block]()
        with DefaultSelector() as answers:
            for process, block in zip(self._started, waiting):  # noqa: B905  one of them may be the shorter
                busy[process] = block
                _tell(process, block)
                answers.register(_pipe(process.stdout), EVENT_READ, process)
            while busy:
                for key, _ in answers.select():
                    process = key.data
                    made, done = _answer(process), busy.pop(process)
                    following = next(waiting, None)
                    if following is None:
                        answers.unregister(key.fileobj)
                    else:
                        busy[process] = following
                        _tell(process, following)
                    yield done, made


def _start() -> subprocess.Popen[bytes]:
    # -P: no module is taken from the folder one is in. A session of its own: Ctrl-C is for the parent to answer.
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "symcircuits.sweeps.worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | {f"{library}_NUM_THREADS": "1" for library in _THREADS},
        start_new_session=True,
    )


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None
    return pipe


def _tell(process: subprocess.Popen[bytes], what: str | Block) -> None:
    try:
        pickle.dump(what, _pipe(process.stdin), pickle.HIGHEST_PROTOCOL)
        _pipe(process.stdin).flush()
    except BrokenPipeError:
        raise _ended(process) from None


def _answer(process: subprocess.Popen[bytes]) -> dict[str, Array]:
    try:
        answer: dict[str, Array] | str = pickle.load(_pipe(process.stdout))
    except (EOFError, pickle.UnpicklingError):
        raise _ended(process) from None
    if isinstance(answer, str):
        raise WorkerFailed(f"a worker cannot go on: {answer}; with --resume, what is done is kept")
    return answer


def _ended(process: subprocess.Popen[bytes]) -> WorkerFailed:
    code = process.wait()
    how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with status {code}"
    return WorkerFailed(f"a worker {how} before its work was done; with --resume, what is done is kept")
