"""A window: the latest few tokens share the attention equally, and all earlier ones get less."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from sympy import Expr, Integer

from symcircuits.algebra import Proved, Refuted, Undecided, Verdict, Witness, prove, prove_less
from symcircuits.behaviours.trial import TOLERANCE, Array, Measurement, Trial, compared
from symcircuits.circuit import Head, OneHot
from symcircuits.circuit.positions import whole
from symcircuits.errors import BadValue
from symcircuits.symbols import m, n


@dataclass(frozen=True)
class SharesAttention:
    """The ``window`` latest tokens, the present one among them, have equal scores, and every earlier key a smaller one.

    In a row with fewer tokens these share all. It is decided for heads that read one-hot positions, in every row, and
    for all values of the symbols. Raises ``BadValue`` for a window below 1.

    >>> from symcircuits.circuit import Residual
    >>> stream = Residual(position=OneHot(3))
    >>> two = stream.read("position") + OneHot(3).shift(-1) @ stream.read("position")
    >>> bool(SharesAttention(2).prove_on(Head(W_Q=two, W_K=stream.read("position"))))
    True
    """

    window: int

    def __post_init__(self) -> None:
        if whole(self.window, "a window") < 1:
            raise BadValue(f"expected a window of at least one token, got {self.window}")

    def __str__(self) -> str:
        return f"SharesAttention({self.window})"

    def text(self) -> str:
        """The requirement, as prose."""
        if self.window == 1:
            return "attends to the token itself most, and gives any other key less"
        return f"shares its attention equally among the {self.window} latest tokens, and gives any other key less"

    def prove_on(self, head: Head) -> Verdict:
        """Whether it does in every row, strictly, whatever the tokens hold."""
        one_hot = [block for block in head.stream.positions().values() if isinstance(block, OneHot)]
        if not one_hot:
            return Undecided("the stream of this head has no one-hot positions")
        n_ctx = min(block.size for block in one_hot)
        if n_ctx <= self.window:
            return Undecided(f"{n_ctx} tokens have no row with a key before the window")
        for query, key in self._pairs(n_ctx):
            verdict = self._compare(head, query, key)
            if isinstance(verdict, Refuted):
                return _at(query, key, verdict)
            if isinstance(verdict, Undecided):
                return Undecided(f"at n = {query}, m = {key}: {verdict.tried}")
        return Proved(f"each of the {n_ctx} positions", equality_at=())

    def _compare(self, head: Head, query: int, key: int) -> Verdict:
        """A key against the query's own: equal inside the window, less before it."""
        x = head.stream.at(query)
        own, other = head.score(x, x), head.score(x, head.stream.at(key))
        return prove(other, own) if key > query - self.window else prove_less(other, own)

    def _pairs(self, n_ctx: int) -> Iterator[tuple[int, int]]:
        return ((query, key) for query in range(n_ctx) for key in range(query))

    def measure(self, trial: Trial) -> Measurement:
        """The least attention on the window of any row, and how far the attention is from the closed form, if there is
        one. Raises ``BadValue`` for a context without a key before the window."""
        if trial.n_ctx <= self.window:
            raise BadValue(f"expected more tokens than the window of {self.window}, got {trial.n_ctx}")
        x = trial.stream()
        pattern = trial.pattern(x)
        measures = f"least attention of a row on its {self.window} latest tokens"
        return compared(measures, pattern, trial.expected(x), self.least_mass, self._note(pattern))

    def _note(self, pattern: Array) -> str:
        for query, row in enumerate(pattern):
            first = max(0, query - self.window + 1)
            inside, before = row[first : query + 1], row[:first]
            if np.ptp(inside) > TOLERANCE:
                return f"row {query} does not share its attention equally"
            if before.size and before.max() >= inside.min():
                return f"in row {query} an earlier key has as much attention"
        return ""

    def least_mass(self, pattern: Array) -> float:
        """The least over the rows of the attention on the window."""
        return float(min(row[max(0, i - self.window + 1) : i + 1].sum() for i, row in enumerate(pattern)))


def _at(query: int, key: int, verdict: Refuted) -> Refuted:
    found = verdict.witness
    place: dict[Expr, Expr] = {n: Integer(query), m: Integer(key)}
    bindings = place | dict(found.bindings)
    return Refuted(Witness(bindings, found.left_side, found.right_side, found.left_value, found.right_value))
