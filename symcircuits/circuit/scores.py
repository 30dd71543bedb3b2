r"""Scores of heads: single numbers in the Frobenius norm, each with its range, its baseline and its ceiling.

A composition score compares the size of a product with the sizes of its factors, ``||A B|| / (||A|| ||B||)``, where
``B = W_OV`` of a head and ``A`` a matrix by which a head of a later layer reads (Elhage et al., A Mathematical
Framework for Transformer Circuits, 2021). All of them are invariant under the gauge of either head.

- Range: 0 to 1. It is 0 exactly where the product vanishes: the later head reads nothing of the earlier one.
- Baseline: for a rotation of the stream taken at random between the two, the mean of the square is ``1 / d_model``
  exactly, whatever the ranks (`composition_baseline`); the mean itself is a little less.
- Ceiling: ``1 / sqrt(r)`` for two matrices of rank ``r`` with equal singular values, aligned (`composition_ceiling`);
  1, reached at rank 1, where nothing is known.
- Degenerate: where a factor is zero the score is 0/0, and refused.

>>> from symcircuits.circuit.spaces import Residual
>>> stream = Residual(content=2, v=2)
>>> first = Head(W_V=stream.read("content"), W_O=stream.write("v"))
>>> second = Head(W_V=stream.read("v"), W_O=stream.write("content"))
>>> v_composition(first, second), composition_ceiling(2), composition_baseline(4)
(sqrt(2)/2, sqrt(2)/2, 1/2)
>>> v_composition(first, first)
0
"""

from __future__ import annotations

from sympy import Dummy, Expr, Integer, Mul, Poly, S, sqrt

from symcircuits.algebra import ExactMatrix, Factored, Proved, exact, prove, prove_nonnegative, prove_positive
from symcircuits.circuit.heads import Head
from symcircuits.circuit.positions import whole
from symcircuits.errors import BadValue, NotSupported


def q_composition(first: Head, second: Head) -> Expr:
    """How much of the queries of the second head comes from the first, ``||W_QK2^T W_OV1|| / (||W_QK2|| ||W_OV1||)``.

    Raises ``BadValue`` where a head lacks the weights or a factor is zero, ``ShapeMismatch`` for two streams.
    """
    return _ratio(second.W_QK.T, first.W_OV)


def k_composition(first: Head, second: Head) -> Expr:
    """How much of the keys of the second head comes from the first, ``||W_QK2 W_OV1|| / (||W_QK2|| ||W_OV1||)``.

    Raises as ``q_composition``.
    """
    return _ratio(second.W_QK, first.W_OV)


def v_composition(first: Head, second: Head) -> Expr:
    """How much of the values of the second head comes from the first, ``||W_OV2 W_OV1|| / (||W_OV2|| ||W_OV1||)``.

    Raises as ``q_composition``.
    """
    return _ratio(second.W_OV, first.W_OV)


def composition_baseline(d_model: int) -> Expr:
    """The root of the mean square of a composition score, ``1 / sqrt(d_model)``, over rotations between the two heads.

    Raises ``BadValue`` unless ``d_model`` is a positive integer.
    """
    return 1 / sqrt(_positive(d_model, "d_model"))


def composition_ceiling(rank: int) -> Expr:
    """``1 / sqrt(rank)``: the score of two aligned matrices of this rank whose singular values are all equal.

    Raises ``BadValue`` unless ``rank`` is a positive integer.
    """
    return 1 / sqrt(_positive(rank, "a rank"))


def _ratio(reading: Factored, writing: Factored) -> Expr:
    sizes = reading.frobenius_norm(), writing.frobenius_norm()
    if S.Zero in sizes:
        raise BadValue("a composition score is undefined (0/0): a head that reads or moves nothing")
    return (reading @ writing).frobenius_norm() / (sizes[0] * sizes[1])


def _positive(value: int, what: str) -> Integer:
    if whole(value, what) < 1:
        raise BadValue(f"expected {what} of at least 1, got {value}")
    return Integer(value)


def copying_score(matrix: Factored | ExactMatrix) -> Expr:
    """The sum of the eigenvalues over the sum of their sizes, ``sum(l) / sum(|l|)``: 1 where all are positive, -1 where
    all are negative, and between these else (Elhage et al., 2021).

    Given ``W_U W_OV W_E`` it asks whether a token raises its own logit, as in the paper; given ``W_OV`` alone, as is
    common practice, it needs no embedding. Raises ``BadValue`` for a nilpotent matrix, whose score is 0/0,
    ``NotSupported`` for eigenvalues that are not those of factors of degree 1 or 2 with a proved kind.

    >>> copying_score(ExactMatrix.from_rows([[2, 0, 0], [0, -1, 0], [0, 0, 0]]))
    1/3
    >>> copying_score(ExactMatrix.from_rows([[0, 1], [0, 0]]))
    Traceback (most recent call last):
        ...
    symcircuits.errors.BadValue: a copying score is undefined (0/0): the matrix is nilpotent, all its eigenvalues are 0
    """
    x = Dummy("x")
    total, sizes = Integer(0), Integer(0)
    for factor in Mul.make_args(matrix.characteristic_polynomial(x)):
        base, times = factor.as_base_exp()
        found = _sum_and_size(Poly(base, x))
        total, sizes = total + times * found[0], sizes + times * found[1]
    if prove(sizes, 0):
        told = "the matrix is nilpotent, all its eigenvalues are 0"
        raise BadValue(f"a copying score is undefined (0/0): {told}")
    return total / sizes


def _sum_and_size(factor: Poly) -> tuple[Expr, Expr]:
    """The sum of the zeros of a monic polynomial, and that of their sizes."""
    rest = [exact(value) for value in factor.all_coeffs()[1:]]
    if len(rest) == 1:
        return -rest[0], _size(rest[0])
    if len(rest) == 2:
        b, c = rest
        square = b**2 - 4 * c
        if isinstance(prove_nonnegative(-square), Proved):  # two that are conjugate or equal, each of size sqrt(c)
            return -b, 2 * sqrt(c)
        if isinstance(prove_nonnegative(square), Proved):
            if isinstance(prove_nonnegative(c), Proved):  # two real ones of one sign
                return -b, _size(b)
            if isinstance(prove_positive(-c), Proved):
                return -b, sqrt(square)
    raise NotSupported(f"the eigenvalues that are zeros of {factor.as_expr()} have no proved size")


def _size(value: Expr) -> Expr:
    if isinstance(prove_nonnegative(value), Proved):
        return value
    if isinstance(prove_nonnegative(-value), Proved):
        return -value
    raise NotSupported(f"the sign of {value} is not proved")
