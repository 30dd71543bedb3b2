"""Matrices of which nothing is assumed, so that what is proved of them holds for every head.

>>> any_matrix("v", 1, 2).entries
{(0, 0): v_00, (0, 1): v_01}
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

from sympy import Expr, Integer, Rational, Symbol, exp, expand

from symcircuits.algebra import ExactMatrix, column_of
from symcircuits.circuit.heads import WEIGHTS
from symcircuits.circuit.spaces import Residual
from symcircuits.errors import BadValue
from symcircuits.symbols import real, weight
from symcircuits.typeset.formulas import Name


def check_sizes(d_model: int, d_head: int) -> None:
    """Raise ``BadValue`` unless ``2 <= d_head < d_model <= 9``: two dimensions at least, fewer than the stream has."""
    if d_head < 2:
        raise BadValue(f"d_head must be at least 2, got {d_head}")
    if d_model > 9:
        raise BadValue(f"d_model must be at most 9, got {d_model}")
    if d_head >= d_model:
        raise BadValue(f"d_head must be less than d_model = {d_model}, got {d_head}")


def any_matrix(letter: str, rows: int, columns: int) -> ExactMatrix:
    """A ``rows x columns`` matrix, at most 10 x 10, each entry a real symbol of its own."""
    entries = {(i, j): weight(letter, i, j) for i in range(rows) for j in range(columns)}
    return ExactMatrix.from_entries((rows, columns), entries)


def any_numbers(matrix: ExactMatrix, start: int) -> dict[Symbol, Expr]:
    """Numbers for the entries of such a matrix, of either sign, none of them zero, between -7/4 and 7/4.

    >>> list(any_numbers(any_matrix("v", 1, 2), 0).values())
    [-1/4, 1]
    """
    sizes = {place: 1 + (5 * place[0] + 3 * place[1] + start) % 7 for place in matrix.entries}
    return {matrix[i, j]: Rational(size if (i + j + start) % 3 else -size, 4) for (i, j), size in sizes.items()}


def any_weights(stream: Residual, d_head: int, letters: Sequence[str] = "qkvo") -> dict[str, ExactMatrix]:
    """Any ``W_Q, W_K, W_V, W_O`` of a head on a stream, each matrix with a letter of its own.

    >>> weights = any_weights(Residual(x=2), 1)
    >>> {name: matrix.shape for name, matrix in weights.items()}
    {'W_Q': (1, 2), 'W_K': (1, 2), 'W_V': (1, 2), 'W_O': (2, 1)}
    """
    weights = {}
    for name, letter in zip(WEIGHTS, letters, strict=True):
        if name == "W_O":
            weights[name] = any_matrix(letter, stream.d_model, d_head).labelled(stream, None)
        else:
            weights[name] = any_matrix(letter, d_head, stream.d_model).labelled(None, stream)
    return weights


def any_pattern(letter: str, n_ctx: int) -> ExactMatrix:
    """Any pattern ``n_ctx x n_ctx`` that respects the causal mask: no query (row) sees a later key (column).

    >>> any_pattern("a", 2).entries
    {(0, 0): a_00, (1, 0): a_10, (1, 1): a_11}
    """
    entries = {(n, m): weight(letter, n, m) for n in range(n_ctx) for m in range(n + 1)}
    return ExactMatrix.from_entries((n_ctx, n_ctx), entries)


def any_basis(size: int, letters: str = "abcd", name: str = "G") -> tuple[ExactMatrix, ExactMatrix]:
    """A general invertible ``size x size`` matrix on the first two dimensions, and its inverse.

    Other dimensions stay; for size 1 it is a number.

    >>> G, inverse = any_basis(1)
    >>> G.entries, inverse.entries
    ({(0, 0): a}, {(0, 0): 1/a})
    """
    a, b, c, d = (real(letter, f"an entry of {name}") for letter in letters)
    if size == 1:
        return ExactMatrix.from_rows([[a]]), ExactMatrix.from_rows([[1 / a]])
    rest = {(i, i): 1 for i in range(2, size)}
    det = a * d - b * c
    there = {(0, 0): a, (0, 1): b, (1, 0): c, (1, 1): d}
    back = {(0, 0): d / det, (0, 1): -b / det, (1, 0): -c / det, (1, 1): a / det}
    return (
        ExactMatrix.from_entries((size, size), there | rest),
        ExactMatrix.from_entries((size, size), back | rest),
    )


def tokens(stream: Residual, n_ctx: int) -> ExactMatrix:
    """The residual stream of all tokens, ``d_model x n_ctx``: a column for each token, whatever it holds."""
    entries = {(i, n): stream.at(n)[i, 0] for n in range(n_ctx) for i in range(stream.d_model)}
    return ExactMatrix.from_entries((stream.d_model, n_ctx), entries, rows=stream)


def written_out(left: ExactMatrix, right: ExactMatrix) -> ExactMatrix:
    """A product as its entries, ``sum_h left[i, h] right[h, j]``, written down by hand so that one can be compared with
    it."""
    (height, inner), width = left.shape, right.shape[1]
    entries = {(i, j): sum(left[i, h] * right[h, j] for h in range(inner)) for i in range(height) for j in range(width)}
    return ExactMatrix.from_entries((height, width), entries)


def row_vectors(matrix: ExactMatrix, letter: str) -> list[ExactMatrix]:
    """The rows of a matrix, as columns that are called by a letter and their number."""
    rows, columns = matrix.shape
    return [column_of(matrix[h, j] for j in range(columns)).named(Name(f"{letter}_{{{h}}}")) for h in range(rows)]


def outer_products(left: list[ExactMatrix], right: list[ExactMatrix]) -> ExactMatrix:
    """The sum of one column times another, transposed.

    >>> ones = row_vectors(ExactMatrix.identity(2), "e")
    >>> outer_products(ones, ones) == ExactMatrix.identity(2)
    True
    """
    first, *others = (a @ b.T for a, b in zip(left, right, strict=True))
    return reduce(lambda total, term: total + term, others, first)


def row_sums(*patterns: ExactMatrix) -> dict[Symbol, Expr]:
    """The weight of each query on itself, in patterns such as ``any_pattern``, as what the keys before leave of 1.

    >>> row_sums(any_pattern("a", 2))
    {a_00: 1, a_11: 1 - a_10}
    """
    found = {}
    for pattern in patterns:
        for n in range(pattern.shape[0]):
            found[pattern[n, n]] = 1 - sum((pattern[n, m] for m in range(n)), Integer(0))
    return found


def shares(pattern: ExactMatrix, scores: ExactMatrix) -> dict[Symbol, Expr]:
    """The other weights of such a pattern, as the softmax of scores ``n_ctx x n_ctx`` over the keys up to the query.

    With ``row_sums`` these are all of it, and each is written once: what is polynomial in the pattern stays short.

    >>> shares(any_pattern("a", 2), ExactMatrix.from_rows([[0, 0], [3, 1]]))
    {a_10: 1/(exp(-2) + 1)}
    """
    return {
        pattern[n, m]: 1 / sum((exp(expand(scores[n, k] - scores[n, m])) for k in range(n + 1)), Integer(0))
        for n in range(pattern.shape[0])
        for m in range(n)
    }
