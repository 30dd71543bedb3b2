"""Exact mathematics: matrices, equality, order, rank, and their verdicts. It knows nothing of transformers."""

from symcircuits.algebra.factored import Factored
from symcircuits.algebra.matrices import ExactMatrix, column_of, row_of
from symcircuits.algebra.order import prove_at_least, prove_nonnegative
from symcircuits.algebra.prove import as_matrix, prove
from symcircuits.algebra.rank import rank
from symcircuits.algebra.values import exact
from symcircuits.algebra.verdict import Proved, Refuted, Undecided, Verdict, Witness

__all__ = [
    "ExactMatrix",
    "Factored",
    "Proved",
    "Refuted",
    "Undecided",
    "Verdict",
    "Witness",
    "as_matrix",
    "column_of",
    "exact",
    "prove",
    "prove_at_least",
    "prove_nonnegative",
    "rank",
    "row_of",
]
