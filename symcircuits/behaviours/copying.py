"""Copying: directions of one token moved, unchanged, into directions of a later one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from symcircuits.algebra import ExactMatrix, Verdict, prove
from symcircuits.behaviours.trial import TOLERANCE, Array, Measurement, Trial
from symcircuits.circuit import Directions, Head
from symcircuits.circuit.bind import bind_head
from symcircuits.circuit.positions import whole
from symcircuits.engine import forward, previous_token_pattern
from symcircuits.errors import BadValue, ShapeMismatch


@dataclass(frozen=True)
class Copies:
    """``source`` of the token that is ``back`` tokens before is added to ``target``, and nothing else happens.

    On one head, whatever it attends to: ``W_O W_V`` is the asked map and nothing else. In a run, every head attends to
    the previous token (row 0 to nothing). Raises ``ShapeMismatch`` where the two have different sizes.

    >>> from symcircuits.circuit import Residual
    >>> stream = Residual(content=2, v=2)
    >>> head = Head(W_V=stream.read("content"), W_O=stream.write("v"))
    >>> bool(Copies(stream["content"], stream["v"]).prove_on(head))
    True
    """

    source: Directions
    target: Directions
    back: int = 1

    def __post_init__(self) -> None:
        if len(self.source) != len(self.target):
            raise ShapeMismatch(
                f"cannot copy {len(self.source)} directions ({self.source.name}) "
                f"to {len(self.target)} ({self.target.name})"
            )
        if whole(self.back, "a number of tokens back") < 1:
            raise BadValue(f"expected to copy from at least one token back, got {self.back}")

    def __str__(self) -> str:
        distance = "" if self.back == 1 else f", back={self.back}"
        return f"Copies({_names(self.source)} -> {_names(self.target)}{distance})"

    def text(self) -> str:
        """The requirement, as prose with ``$...$``."""
        whence = "of the token attended to" if self.back == 1 else f"from {self.back} tokens back"
        return f"copies {span(self.source)} {whence} into {span(self.target)}, and does nothing else"

    def map(self, head: Head) -> ExactMatrix:
        """The asked map ``[d_model, d_model]``."""
        ones = {(self.target[i], self.source[i]): 1 for i in range(len(self.source))}
        return head.stream.matrix(ones)

    def prove_on(self, head: Head) -> Verdict:
        """Whether ``W_O W_V`` is exactly the asked map."""
        if self.back != 1:
            raise BadValue("one head copies from the token that it attends to; more tokens back take a run of several")
        return moves_only(head, self.map(head))

    def measure(self, trial: Trial) -> Measurement:
        """How far the stream after all heads is from the asked one."""
        return CopiesAll((self,)).measure(trial)

    def moved(self, x: Array) -> Array:
        """What is added to a stream ``[n_ctx, d_model]``."""
        added = np.zeros_like(x)
        if self.back < len(x):
            added[self.back :, list(self.target.places)] = x[: -self.back, list(self.source.places)]
        return added


@dataclass(frozen=True)
class CopiesAll:
    """Several copies at once, and nothing else: what a stack of heads does to the whole stream.

    Raises ``BadValue`` for no copy.

    >>> from symcircuits.circuit import Residual
    >>> stream = Residual(x=1, y=1, z=1)
    >>> both = CopiesAll((Copies(stream["x"], stream["y"]), Copies(stream["x"], stream["z"])))
    >>> head = Head(W_V=stream.read("x"), W_O=stream.write("y") + stream.write("z"))
    >>> bool(both.prove_on(head)), bool(CopiesAll(both.copies[:1]).prove_on(head))
    (True, False)
    """

    copies: tuple[Copies, ...]

    def __post_init__(self) -> None:
        if not self.copies:
            raise BadValue("expected at least one copy, got none")

    def __str__(self) -> str:
        return " + ".join(str(copy) for copy in self.copies)

    def text(self) -> str:
        """The requirement, as prose with ``$...$``."""
        return "copies " + "; ".join(
            f"{span(copy.source)} of {_distance(copy.back)} back into {span(copy.target)}" for copy in self.copies
        )

    def prove_on(self, head: Head) -> Verdict:
        """Whether ``W_O W_V`` is exactly the sum of the asked maps. Raises ``BadValue`` for several tokens back."""
        if any(copy.back != 1 for copy in self.copies):
            raise BadValue("one head copies from the token that it attends to; more tokens back take a run of several")
        maps = [copy.map(head) for copy in self.copies]
        total = maps[0]
        for one in maps[1:]:
            total = total + one
        return moves_only(head, total)

    def measure(self, trial: Trial) -> Measurement:
        """How far the stream after all heads is from the asked one, at its worst entry.

        Raises ``BadValue`` without heads.
        """
        if not trial.heads:
            raise BadValue("expected at least one head to run, got none")
        x = trial.stream()
        pattern = previous_token_pattern(trial.n_ctx)
        result = forward(x, [[bind_head(head, trial.values, pattern)] for head in trial.heads])
        asked = x + sum(copy.moved(x) for copy in self.copies)
        difference = float(np.max(np.abs(result - asked)))
        return Measurement("largest error in the stream", difference, 0.0, difference, difference <= TOLERANCE)


def moves_only(head: Head, asked: ExactMatrix) -> Verdict:
    """Whether what a head moves is the asked map ``[d_model, d_model]``, and its biases write nothing."""
    verdict = prove(head.W_OV, asked)
    return prove(head.constant(), ExactMatrix.zeros(head.d_model, 1)) if verdict and head.biases() else verdict


def _distance(back: int) -> str:
    return "one token" if back == 1 else f"{back} tokens"


def span(directions: Directions) -> str:
    """The labels, as prose with ``$...$``, with dots inside every run of more than three.

    >>> from symcircuits.circuit import Residual
    >>> span(Residual(v=5)["v"])
    '$v_{0}, \\\\ldots, v_{4}$'
    """
    return ", ".join(text for run in _runs(directions) for text in _run_text(run))


def _runs(directions: Directions) -> list[list[str]]:
    runs: list[list[str]] = []
    previous = None
    for place, label in zip(directions.places, directions.labels, strict=True):
        if previous is None or place != previous + 1:
            runs.append([])
        runs[-1].append(label)
        previous = place
    return runs


def _run_text(run: list[str]) -> list[str]:
    return [f"${run[0]}, \\ldots, {run[-1]}$"] if len(run) > 3 else [f"${label}$" for label in run]


def _names(directions: Directions) -> str:
    return ", ".join(directions.labels)
