"""Paths through a transformer: what a later head's score, or the stream itself, owes to earlier heads.

Everything here is linear once the patterns are given, and says so.

>>> from symcircuits.circuit.spaces import Residual
>>> stream = Residual(content=1, v=1)
>>> first = Head(W_V=stream.read("content"), W_O=stream.write("v"))
>>> second = Head(W_Q=stream.read("content"), W_K=stream.read("v"))
>>> [sorted(term.entries) for term in score_terms(second, first)]
[[(0, 1)], [], [(0, 0)], []]
"""

from __future__ import annotations

from typing import NamedTuple

from symcircuits.algebra import ExactMatrix
from symcircuits.circuit.heads import Head
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
    if later.biases() or earlier.biases():
        raise BadValue(f"expected heads without biases, got {', '.join({**later.biases(), **earlier.biases()})}")
    scores, moves = later.W_QK.expand() * later.scale, earlier.W_OV.expand()
    return ScoreTerms(scores, moves.T @ scores, scores @ moves, moves.T @ scores @ moves)
