"""The pieces of work that are measured, and how a peer is timed."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from sympy import Expr, Matrix, cos, expand, expand_trig
from sympy.core.cache import clear_cache

from symcircuits import Head, Residual, Sinusoids
from symcircuits.algebra import ExactMatrix
from symcircuits.symbols import Lg, beta, lambda_, m, n


def best(action: Callable[[], object], runs: int) -> float:
    """The least seconds of several runs, each with SymPy's cache empty."""
    times = []
    for _ in range(runs):
        clear_cache()
        start = time.perf_counter()
        action()
        times.append(time.perf_counter() - start)
    return min(times)


def rotated_score(pairs: int, offset: int = 1) -> tuple[Expr, Expr]:
    """The score of the previous-token head, multiplied out, and its closed form (right for an offset of 1)."""
    position = Sinusoids(pairs)
    stream = Residual(position=position)
    head = Head(W_Q=stream.read(position), W_K=position.shift(1) @ stream.read(position))
    score = head.score(stream.at(n), stream.at(m))
    closed = sum(size**2 * cos(a * (n - offset - m)) for size, a in zip(position.scales, position.angles, strict=True))
    return score, closed


@dataclass(frozen=True)
class Nets:
    """Two heads, the second of which reads what the first writes.

    The first turns and scales its frequency pairs, ``W_V^1 = diag(lambda) R`` and ``W_O^1 = Lg`` times a selection; the
    second copies with ``W_O^2 = beta`` times a selection.
    """

    first: Head
    second: Head

    @staticmethod
    def of(d_model: int, d_head: int) -> Nets:
        """Heads of that size; ``d_head`` is even and at most a third of ``d_model``."""
        position = Sinusoids(d_head // 2)
        stream = Residual(position=position, v=d_head, w=d_head, rest=d_model - 3 * d_head)
        sizes = ExactMatrix.from_entries((d_head, d_head), {(i, i): lambda_(i // 2) for i in range(d_head)})
        first = Head(W_V=sizes @ position.shift(1) @ stream.read(position), W_O=Lg * stream.write("v"))
        return Nets(first, Head(W_V=stream.read("v"), W_O=beta * stream.write("w")))

    def expanded(self) -> Matrix:
        """``W_net^2 W_net^1 + W_net^2 + W_net^1``, from the weights to a SymPy matrix."""
        first, second = self.first.W_OV, self.second.W_OV
        return ((second @ first).expand() + second.expand() + first.expand()).to_sympy()

    def factors(self) -> list[ExactMatrix]:
        """``W_O^2, W_V^2, W_O^1, W_V^1``."""
        return [self.second.W_O, self.second.W_V, self.first.W_O, self.first.W_V]

    def products(self) -> int:
        """How many products of two non-zero entries the work takes, multiplied in the best order."""
        out, into, first_out, first_into = self.factors()
        inner = into @ first_out
        steps = [
            (into, first_out),
            (inner, first_into),
            (out, inner @ first_into),
            (out, into),
            (first_out, first_into),
        ]
        return sum(_non_zero_products(left, right) for left, right in steps)


def summed(out: Matrix, into: Matrix, first_out: Matrix, first_into: Matrix) -> Matrix:
    """The same sum by any kind of matrix, multiplied in the best order."""
    return out * ((into * first_out) * first_into) + out * into + first_out * first_into


def expanded(difference: Expr) -> Expr:
    """What SymPy makes of the difference of two sides in the quickest way that settles it."""
    return expand(expand_trig(expand(difference)))


def _non_zero_products(left: ExactMatrix, right: ExactMatrix) -> int:
    lengths: dict[int, int] = {}
    for i, _ in right.entries:
        lengths[i] = lengths.get(i, 0) + 1
    return sum(lengths.get(k, 0) for _, k in left.entries)
