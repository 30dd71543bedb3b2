"""Paths through a transformer: what the stream, or a later head's score, owes to which heads.

Everything here is linear once the patterns are given, and holds *given these patterns*.

>>> from symcircuits.circuit.spaces import Residual
>>> stream = Residual(content=1, v=1)
>>> first = Head(W_V=stream.read("content"), W_O=stream.write("v"))
>>> second = Head(W_Q=stream.read("content"), W_K=stream.read("v"))
>>> [sorted(term.entries) for term in score_terms(second, first)]
[[(0, 1)], [], [(0, 0)], []]
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import NamedTuple

from symcircuits.algebra import ExactMatrix, Factored
from symcircuits.circuit.heads import Head
from symcircuits.circuit.transformer import Patterns, Transformer
from symcircuits.errors import BadValue


class ScoreTerms(NamedTuple):
    """The score matrix ``scale W_QK`` of a head behind an earlier one, in four terms, each ``[d_model, d_model]``.

    The rows belong to the query, the columns to the key. ``direct`` reads what was in the stream before the earlier
    head, on both sides; ``query`` (Q-composition) reads what that head wrote to the query, ``key`` (K-composition) what
    it wrote to the key, ``both`` what it wrote to the two.
    """

    direct: ExactMatrix
    query: ExactMatrix
    key: ExactMatrix
    both: ExactMatrix

    def scores(self, x: ExactMatrix, pattern: ExactMatrix) -> ScoreTerms:
        """The four parts ``[n_ctx, n_ctx]`` of the later head's scores, given the earlier head's pattern
        ``[n_ctx, n_ctx]`` on its stream ``[d_model, n_ctx]``; their sum is the score."""
        moved = x @ pattern.T  # [d_model, n_ctx], [n_ctx, n_ctx] -> [d_model, n_ctx]
        sides = ((x, x), (moved, x), (x, moved), (moved, moved))
        return ScoreTerms(*(query.T @ term @ key for term, (query, key) in zip(self, sides, strict=True)))

    def total(self) -> ExactMatrix:
        """The sum of the four."""
        return self.direct + self.query + self.key + self.both


def score_terms(later: Head, earlier: Head) -> ScoreTerms:
    """The scores of a head expanded over an earlier head: ``(Id + W_OV)^T scale W_QK (Id + W_OV)``, term by term.

    Raises ``BadValue`` where the later head has no queries and keys, or the earlier one no values, and for biases, that
    are no paths.
    """
    _refuse_biases(later, earlier)
    scores, moves = later.W_QK.expand() * later.scale, earlier.W_OV.expand()
    return ScoreTerms(scores, moves.T @ scores, scores @ moves, moves.T @ scores @ moves)


def _refuse_biases(*heads: Head) -> None:
    found = sorted({name for head in heads for name in head.biases()})
    if found:
        raise BadValue(f"expected heads without biases, got {', '.join(found)}")


@dataclass(frozen=True)
class Path:
    """A way through the layers: by some heads, at most one of each layer, and past the others.

    ``heads`` are places (layer, number), the earliest first; ``matrix`` ``[d_model, d_model]`` is the product of their
    ``W_OV``, the latest first, and the identity for the direct path.
    """

    heads: tuple[tuple[int, int], ...]
    matrix: ExactMatrix | Factored

    @property
    def order(self) -> int:
        """The number of heads passed through: 0 is the direct path, 1 a head, 2 and more a virtual head."""
        return len(self.heads)

    def pattern(self, patterns: Patterns, n_ctx: int) -> ExactMatrix:
        """The product ``[n_ctx, n_ctx]`` of the given patterns, the latest first: whence the path moves whereto."""
        whole = ExactMatrix.identity(n_ctx)
        for place in self.heads:
            whole = patterns[place] @ whole
        return whole

    def moved(self, x: ExactMatrix, patterns: Patterns) -> ExactMatrix:
        """What the path adds to the last stream ``[d_model, n_ctx]``."""
        matrix = self.matrix.expand() if isinstance(self.matrix, Factored) else self.matrix
        return matrix @ x @ self.pattern(patterns, x.shape[1]).T


def paths(model: Transformer) -> tuple[Path, ...]:
    """All paths through the layers, those of lower order first: ``(1 + H)^L`` for ``L`` layers of ``H`` heads.

    Given the patterns of all heads, what they move adds up to the last stream. Raises ``BadValue`` for a head without
    values, or with biases.

    >>> from symcircuits.circuit.spaces import Residual
    >>> stream = Residual(content=1, v=1)
    >>> head = Head(W_V=stream.read("content"), W_O=stream.write("v"))
    >>> model = Transformer(((head, head), (head, head)), W_E=stream.write("content"))
    >>> [path.order for path in paths(model)]
    [0, 1, 1, 1, 1, 2, 2, 2, 2]
    """
    _refuse_biases(*model.heads)
    choices = [[None, *range(len(heads))] for heads in model.layers]
    found = [
        tuple((layer, head) for layer, head in enumerate(choice) if head is not None) for choice in product(*choices)
    ]
    return tuple(Path(heads, _product(model, heads)) for heads in sorted(found, key=len))


def _product(model: Transformer, heads: tuple[tuple[int, int], ...]) -> ExactMatrix | Factored:
    if not heads:
        return ExactMatrix.identity(model.d_model, model.W_E.rows)
    whole = model.head(*heads[0]).W_OV
    for place in heads[1:]:
        whole = model.head(*place).W_OV @ whole
    return whole
