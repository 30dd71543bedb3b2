"""Invariants of matrices: rank, trace, norm, characteristic polynomial, singular values."""
