"""Copying where some of the directions are free: so many of these, so many of those, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sympy import Expr, Integer

from symcircuits.algebra import ExactMatrix, Proved, Refuted, Undecided, Verdict, Witness, prove
from symcircuits.behaviours.copying import span
from symcircuits.behaviours.trial import TOLERANCE, Array, Measurement, Trial
from symcircuits.circuit import Directions, Head
from symcircuits.circuit.bind import bind_head
from symcircuits.circuit.positions import whole
from symcircuits.engine import forward, previous_token_pattern
from symcircuits.errors import BadValue


@dataclass(frozen=True)
class CopiesSome:
    """So many directions of each source are copied, unchanged, each into a direction of its own, and nothing else.

    ``sources`` are directions with how many of them, ``into`` the directions that may be written. Raises ``BadValue``
    for a number that a source has not.

    >>> from symcircuits.circuit import Residual
    >>> stream = Residual(content=2, v=2)
    >>> head = Head(W_V=stream.read(stream["content"][1]), W_O=stream.write(stream["v"][0]))
    >>> bool(CopiesSome(((stream["content"], 1),), stream["v"]).prove_on(head))
    True
    >>> bool(CopiesSome(((stream["content"], 2),), stream["v"]).prove_on(head))
    False
    """

    sources: tuple[tuple[Directions, int], ...]
    into: Directions

    def __post_init__(self) -> None:
        for source, count in self.sources:
            if not 1 <= whole(count, "a number of directions") <= len(source):
                raise BadValue(f"expected 1 to {len(source)} directions of {source.name}, got {count}")

    def __str__(self) -> str:
        counts = " and ".join(f"{count} of {', '.join(source.labels)}" for source, count in self.sources)
        return f"CopiesSome({counts} -> {', '.join(self.into.labels)})"

    def text(self) -> str:
        """The requirement, as prose with ``$...$``."""
        counts = " and ".join(f"{count} of {span(source)}" for source, count in self.sources)
        return f"copies {counts}, each into one of {span(self.into)}, and does nothing else"

    def prove_on(self, head: Head) -> Verdict:
        """Whether ``W_O W_V`` is such a copy: its entries that are not 0 are 1, alone in their row and column."""
        moved = head.W_OV.expand()
        taken: dict[int, int] = {}
        for (target, source), entry in sorted(moved.entries.items()):
            if isinstance(prove(entry, 0), Proved):
                continue
            one = prove(entry, 1)
            if not isinstance(one, Proved):
                return one if isinstance(one, Undecided) else _wrong(moved, target, source, entry, Integer(1))
            allowed = target in self.into.places and source in self._all_places()
            if not allowed or source in taken or target in taken.values():
                return _wrong(moved, target, source, Integer(1), Integer(0))
            taken[source] = target
        for directions, count in self.sources:
            found = sum(source in directions.places for source in taken)
            if found != count:
                return Refuted(Witness({}, Integer(found), Integer(count), f"{found} copied", f"{count} asked for"))
        return Proved("exact product, entry by entry")

    def _all_places(self) -> set[int]:
        return {place for source, _ in self.sources for place in source.places}

    def measure(self, trial: Trial) -> Measurement:
        """How far what the engine adds to a random stream is from some such copy of the previous token."""
        x = trial.stream()
        pattern = previous_token_pattern(trial.n_ctx)
        added = forward(x, [[bind_head(head, trial.values, pattern)] for head in trial.heads]) - x
        counts = {source.name: 0 for source, _ in self.sources}
        difference = 0.0
        for place in range(x.shape[1]):
            column = added[1:, place]
            if place in self.into.places and np.max(np.abs(column)) > TOLERANCE:
                name, error = self._nearest(column, x[:-1])
                counts[name] += 1
                difference = max(difference, error)
            else:
                difference = max(difference, float(np.max(np.abs(column))))
        passed = difference <= TOLERANCE and all(counts[source.name] == count for source, count in self.sources)
        note = "" if passed else "what is added is no such copy"
        return Measurement("largest error in the stream", difference, 0.0, difference, passed, note)

    def _nearest(self, column: Array, before: Array) -> tuple[str, float]:
        """The source whose direction of the token before is nearest to what was added, and how near it is."""
        errors = [
            (float(np.max(np.abs(column - before[:, place]))), source.name)
            for source, _ in self.sources
            for place in source.places
        ]
        error, name = min(errors)
        return name, error


def _wrong(matrix: ExactMatrix, target: int, source: int, found: Expr, asked: Expr) -> Refuted:
    entry = (matrix.row_label(target), matrix.column_label(source))
    return Refuted(Witness({}, found, asked, str(found), str(asked), entry))
