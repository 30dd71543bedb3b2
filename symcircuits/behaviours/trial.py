"""One numeric run of a behaviour: heads with numbers for their symbols, a random stream, and what was measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from sympy import Expr, Symbol

from symcircuits.algebra import Verdict
from symcircuits.circuit import Directions, Head
from symcircuits.circuit.bind import bind_stream
from symcircuits.circuit.positions import whole
from symcircuits.errors import BadValue
from symcircuits.symbols import m, n

Array = NDArray[np.floating[Any]]

TOLERANCE = 1e-12


@dataclass(frozen=True)
class Trial:
    """Everything that one run needs.

    ``heads`` are one a layer; ``values`` binds every symbol; ``n_ctx`` is the number of tokens; ``filled`` are the
    directions that hold random numbers at first (``None``: all of them); ``closed_form`` is an expression in the
    symbols ``n`` and ``m`` for the attention of query ``n`` on key ``m``, to be compared with.
    """

    heads: tuple[Head, ...]
    values: Mapping[Symbol, Expr]
    n_ctx: int = 64
    seed: int = 0
    closed_form: Expr | None = None
    filled: tuple[Directions, ...] | None = field(default=None)

    def __post_init__(self) -> None:
        if whole(self.n_ctx, "n_ctx") < 1:
            raise BadValue(f"expected a context of at least one token, got n_ctx = {self.n_ctx}")

    def symbols(self) -> set[Symbol]:
        """Every symbol that needs a value: of weights, scales, positions and the closed form."""
        found: set[Symbol] = set() if self.closed_form is None else self.closed_form.free_symbols - {n, m}
        for head in self.heads:
            positions = head.stream.positions().values()
            found |= head.free_symbols.union(*(block.free_symbols for block in positions))
        return found

    def stream(self) -> Array:
        """A random residual stream ``[n_ctx, d_model]`` with the positions written into it."""
        stream = self.heads[0].stream
        random = np.random.default_rng(self.seed).standard_normal((self.n_ctx, stream.d_model))
        if self.filled is not None:
            kept = [place for part in self.filled for place in part.places]
            random[:, [place for place in range(stream.d_model) if place not in set(kept)]] = 0.0
        return bind_stream(stream, self.n_ctx, self.values, random)


@dataclass(frozen=True)
class Measurement:
    """What a run gave: the number measured on the engine, the closed form's, how far apart they are, and the result.

    ``measures`` is prose with ``$...$`` that says what the number is; ``note`` says what failed.
    """

    measures: str
    measured: float
    closed_form: float | None
    difference: float
    passed: bool
    note: str = ""


class Behaviour(Protocol):
    """What a circuit must do: provable on a head, measurable on arrays."""

    def text(self) -> str:
        """The requirement, as prose with ``$...$``."""

    def prove_on(self, head: Head) -> Verdict:
        """Whether a head has the behaviour, for all values of its symbols."""

    def measure(self, trial: Trial) -> Measurement:
        """What the engine does on bound weights."""
