"""A process that works out blocks: ``python -m symcircuits.sweeps.worker``, as ``workers`` starts it.

It reads a job, then blocks, and writes the measures of each; what cannot be worked out is answered by a text. When its
input ends, it ends at once, whatever it is doing: nobody is there any more who would take the answer.
"""

from __future__ import annotations

import os
import pickle
import sys
from queue import SimpleQueue
from threading import Thread
from typing import Any

from symcircuits.errors import SymcircuitsError
from symcircuits.sweeps.blocks import work_out


def main() -> None:
    """Answer blocks until the input ends."""
    with os.fdopen(os.dup(sys.stdout.fileno()), "wb") as answers:
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a derivation prints is no answer
        asked: SimpleQueue[Any] = SimpleQueue()
        Thread(target=_listen, args=(asked,), daemon=True).start()
        job = asked.get()
        while True:
            pickle.dump(_answer(job, *asked.get()), answers, pickle.HIGHEST_PROTOCOL)
            answers.flush()


def _listen(asked: SimpleQueue[Any]) -> None:
    while True:
        try:
            asked.put(pickle.load(sys.stdin.buffer))
        except EOFError:
            os._exit(0)


def _answer(job: str, number: int, first: int, last: int) -> Any:
    try:
        return work_out(job, number, first, last)
    except (SymcircuitsError, MemoryError) as error:
        return str(error) or "no memory left"


if __name__ == "__main__":
    main()
