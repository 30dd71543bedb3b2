"""Heads made from matrices by name."""

from __future__ import annotations

from collections.abc import Mapping

from sympy import Expr

from symcircuits.algebra import ExactMatrix
from symcircuits.circuit import Head, Rotary


def head_of(weights: Mapping[str, ExactMatrix], scale: Expr, rotary: Rotary | None = None) -> Head:
    """The head with these weights, by the names of the field; raises ``BadValue`` or ``ShapeMismatch`` as it does.

    >>> from sympy import S
    >>> head_of({"W_V": ExactMatrix.identity(2), "W_O": ExactMatrix.identity(2)}, S.One).d_head
    2
    """
    return Head(weights.get("W_Q"), weights.get("W_K"), weights.get("W_V"), weights.get("W_O"), scale, rotary=rotary)
