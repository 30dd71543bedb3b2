"""The numbers of a sweep worked out block by block, kept, and looked at on the way: in no more memory than a part of a
block takes, wherever they are kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

import numpy as np

from symcircuits.sweeps.blocks import Blocks, cut, definition, job_of, stored_points
from symcircuits.sweeps.points import Array
from symcircuits.sweeps.spaced import PIECE
from symcircuits.sweeps.store import Held, Kept, Store
from symcircuits.sweeps.workers import Block, Workers

Progress = Callable[[str, int, int], None]
Made: TypeAlias = dict[str, Array]


class Seen:
    """The least and the largest number of each measure, and what of it is not finite: looked at once, as it is made."""

    def __init__(self, names: Sequence[str], size: int) -> None:
        self._size = size
        self.ends = dict.fromkeys(names, (np.inf, -np.inf))
        self.bad: dict[str, tuple[int, int]] = {}  # how many, and the number of the first

    def look(self, place: int, first: int, values: Made) -> None:
        """See the numbers of a place from one point on."""
        for name, numbers in values.items():
            least, largest = float(numbers.min()), float(numbers.max())
            if np.isfinite(least) and np.isfinite(largest):  # a minimum of what is not a number is not one
                self.ends[name] = min(self.ends[name][0], least), max(self.ends[name][1], largest)
                continue
            wrong = np.flatnonzero(~np.isfinite(numbers))
            before = self.bad.get(name, (0, place * self._size + first + int(wrong[0])))
            self.bad[name] = before[0] + len(wrong), min(before[1], place * self._size + first + int(wrong[0]))


def filled(
    ours: Blocks, store: Store | None, workers: int, source: str | None, on_progress: Progress
) -> tuple[Kept, Seen]:
    """The numbers of each measure, block by block: first those that a store has, then all others, in parts of which
    each is kept when it is made. A block is marked in the store with its last part."""
    names, shape = [measure.name for measure in ours.plan.measures], (len(ours.places), ours.size)
    steps = [stored_points(ours.evaluator(place).work or ours.evaluator(place).numbers) for place in ours.places]
    blocks = [(number, *ends) for number, step in enumerate(steps) for ends in cut(0, ours.size, step)]
    kept: Kept = Held(names, shape) if store is None else store
    if store is not None:
        store.open(definition(ours.plan, ours.method, ours.backend), shape, min(steps))
    seen, done = Seen(names, ours.size), 0
    missing = blocks if store is None else [block for block in blocks if not store.has(*block[:2])]
    restored = sorted(set(blocks) - set(missing))
    if store is not None:
        store.restored = len(restored)
    for number, first, last in _parts(restored):
        seen.look(number, first, kept.read(number, first, last))
        done += last - first
        on_progress(ours.plan.id, done, shape[0] * shape[1])
    left = {block[:2]: len(_parts([block])) for block in missing}
    for (number, first, last), made in _worked_out(ours, _parts(missing), workers, source):
        kept.write(number, first, made)
        seen.look(number, first, made)
        block = number, first - first % steps[number]
        left[block] -= 1
        if store is not None and left[block] == 0:
            store.mark(*block)
        done += last - first
        on_progress(ours.plan.id, done, shape[0] * shape[1])
    return kept, seen


def _parts(blocks: Sequence[Block]) -> list[Block]:
    """What is worked out at a time, so that a block takes no more memory than that."""
    return [(number, *ends) for number, first, last in blocks for ends in cut(first, last, PIECE)]


def _worked_out(
    ours: Blocks, missing: Sequence[Block], workers: int, source: str | None
) -> Iterator[tuple[Block, Made]]:
    if min(workers, len(missing)) < 2:
        longest = max((last - first for _, first, last in missing), default=0)
        room: Made = {measure.name: np.empty(longest) for measure in ours.plan.measures}  # of one part after the other
        for number, first, last in missing:
            made = {name: numbers[: last - first] for name, numbers in room.items()}
            ours.work_out(number, first, last, made)
            yield (number, first, last), made
        return
    with Workers(min(workers, len(missing)), job_of(ours.plan, source, ours.method, ours.backend)) as started:
        yield from started.work_out(missing)
