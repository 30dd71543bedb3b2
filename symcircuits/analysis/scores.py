"""Scores as values: a number, or the reason why there is none, and what each of them means.

>>> Score.of(0.5), Score.undefined("0/0: W_OV is zero").why
(Score(value=0.5, why='', exact=None), '0/0: W_OV is zero')
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sympy import Expr


@dataclass(frozen=True)
class Score:
    """A score: its ``value``, and the ``exact`` one of exact weights; without a value, ``why`` there is none.

    An exact score whose symbols have no numbers has no ``value``, and no ``why`` either.
    """

    value: float | None
    why: str = ""
    exact: Expr | None = None

    @classmethod
    def of(cls, value: float) -> Score:
        """A number."""
        return cls(float(value))

    @classmethod
    def undefined(cls, why: str) -> Score:
        """No number, and the reason."""
        return cls(None, why)


@dataclass(frozen=True)
class Meaning:
    """What a score is, in prose: its definition, its range, what to hold it against, and where it has no value."""

    title: str
    definition: str
    range: str
    baseline: str
    undefined: str


MEANINGS: Mapping[str, Meaning] = {
    "rank_qk": Meaning(
        "rank of QK",
        "the number of singular values of W_Q^T W_K (times the scale) above the largest times max(d_model) times the "
        "rounding of the weights; exact where the weights are",
        "0 to d_head",
        "d_head for weights at random",
        "never",
    ),
    "rank_ov": Meaning(
        "rank of OV", "the same of W_O W_V", "0 to d_head", "d_head for weights at random", "never"
    ),
    "copying_ov": Meaning(
        "copying, OV",
        "sum(l) / sum(|l|) over the eigenvalues l of W_O W_V",
        "-1 to 1",
        "0 in the mean for weights at random",
        "where W_O W_V is nilpotent (0/0): what the head writes it does not read",
    ),
    "copying_full": Meaning(
        "copying, full",
        "the same over the eigenvalues of W_U W_O W_V W_E, tokens to logits: 1 where every direction of tokens raises "
        "its own logits; a positive score does not mean that each token does",
        "-1 to 1",
        "0 in the mean for weights at random",
        "where W_U W_O W_V W_E is nilpotent (0/0)",
    ),
    "previous_token": Meaning(
        "previous token",
        "mean of A[n, n-1] over n >= 1, and over n >= 2 after a token BOS (row 1 has nothing but BOS before it), on "
        "BOS r r with r random tokens",
        "0 to 1",
        "what a head gets that attends to all keys alike",
        "where there are no more than two places",
    ),
    "duplicate_token": Meaning(
        "duplicate token",
        "mean of A[n, n-N] over the second copy of r, N tokens long",
        "0 to 1",
        "what a head gets that attends to all keys alike",
        "where r has fewer than two tokens",
    ),
    "induction": Meaning(
        "induction",
        "mean of A[n, n-(N-1)] over the second copy of r alone: the token after the earlier copy of the present one",
        "0 to 1",
        "what a head gets that attends to all keys alike",
        "where r has fewer than three tokens: with two that key is the previous token",
    ),
    "positional": Meaning(
        "positional",
        "on random tokens that are not repeated: the largest mean of A[n, n-k] over n >= k (BOS apart), among the k "
        "that half of the rows have; the k is told",
        "0 to 1",
        "what a head gets that attends to all keys alike",
        "where there are no more than two places",
    ),
}  # fmt: skip

COMPOSITION = Meaning(
    "composition",
    "||A B|| / (||A|| ||B||) in the Frobenius norm, with B = W_O W_V of the writer, and A = W_K^T W_Q (Q), "
    "W_Q^T W_K (K) or W_O W_V (V) of the reader, a head of a later layer",
    "0 to 1",
    "1/sqrt(d_model), the root of the mean square over random rotations of the stream between the two; the ceiling of "
    "two aligned heads of rank r with equal singular values is 1/sqrt(r)",
    "where a factor is zero (0/0)",
)
