"""Exact mathematics: matrices, equality, order, rank, and their verdicts. It knows nothing of transformers."""

from symcircuits.algebra.factored import Factored
from symcircuits.algebra.invariants.rank import rank
from symcircuits.algebra.invariants.spectrum import prove_singular_values
from symcircuits.algebra.joining import below, beside
from symcircuits.algebra.matrices import ExactMatrix, column_of, row_of
from symcircuits.algebra.order.inequalities import prove_at_least, prove_less, prove_nonnegative, prove_positive
from symcircuits.algebra.order.monotone import prove_decreasing, prove_increasing
from symcircuits.algebra.order.offsets import Least, Margin, prove_gap_over
from symcircuits.algebra.order.softmax import Leak, SoftmaxRow, softmax, softmax_row
from symcircuits.algebra.prove import as_matrix, prove
from symcircuits.algebra.thresholds.between import Between, prove_between
from symcircuits.algebra.thresholds.falling import FallingSum, prove_rounded, rounded
from symcircuits.algebra.thresholds.search import threshold
from symcircuits.algebra.thresholds.truth import BreakPoint, Stretch, Threshold
from symcircuits.algebra.values import exact
from symcircuits.algebra.verdict import Proved, Refuted, Undecided, Verdict, Witness

__all__ = [
    "Between",
    "BreakPoint",
    "ExactMatrix",
    "Factored",
    "FallingSum",
    "Leak",
    "Least",
    "Margin",
    "Proved",
    "Refuted",
    "SoftmaxRow",
    "Stretch",
    "Threshold",
    "Undecided",
    "Verdict",
    "Witness",
    "as_matrix",
    "below",
    "beside",
    "column_of",
    "exact",
    "prove",
    "prove_at_least",
    "prove_between",
    "prove_decreasing",
    "prove_gap_over",
    "prove_increasing",
    "prove_less",
    "prove_nonnegative",
    "prove_positive",
    "prove_rounded",
    "prove_singular_values",
    "rank",
    "rounded",
    "row_of",
    "softmax",
    "softmax_row",
    "threshold",
]
