"""Closed forms as functions of arrays: compiled once, with what the points change kept apart from what they do not.

>>> from sympy import cos
>>> from symcircuits.symbols import beta, m, n
>>> apart(beta * (1 - cos(n - m)), [beta], [n, m])
(1 - cos(m - n), beta)
>>> apart(beta + n, [beta], [n]) is None
True
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sympy import Expr, Mul, Pow, Sum, Symbol, exp, lambdify
from sympy.core.function import AppliedUndef

from symcircuits.algebra import prove
from symcircuits.algebra.enclosures.ranges import written_out
from symcircuits.algebra.forms.sums import with_own_indices
from symcircuits.circuit.bind import numeric_function
from symcircuits.errors import BadValue, NotSupported, OutsideClass, UnboundSymbols
from symcircuits.sweeps.points import Array, Points, count
from symcircuits.symbols import m, n


def apart(expression: Expr, swept: Iterable[Symbol], places: Iterable[Symbol]) -> tuple[Expr, Expr] | None:
    """A product as a factor of the places and one of the swept symbols; ``None`` where it is no such product."""
    of_places, of_swept = expression.as_independent(*swept, as_Add=False)
    return None if of_swept.free_symbols & set(places) else (of_places, of_swept)


def exponent(closed_form: Expr) -> Expr:
    """The scores of which a closed form ``A(n, m)`` is the softmax over the keys up to ``n``: ``s`` where the form is
    ``exp(s(n, m)) / sum_j exp(s(n, j))``, proved term by term.

    Raises ``NotSupported`` for a form that is not proved to be one.

    >>> from symcircuits.symbols import beta, integer
    >>> j = integer("j")
    >>> exponent(exp(-beta * (n - m)) / Sum(exp(-beta * (n - j)), (j, 0, n)))
    -beta*(-m + n)
    >>> exponent(exp(-beta * (n - m)) / Sum(exp(-beta * (n + j)), (j, 0, n)))
    Traceback (most recent call last):
        ...
    symcircuits.errors.NotSupported: the closed form is not proved to be a softmax over the keys up to n
    """
    factors = Mul.make_args(closed_form)
    sums = [factor.base for factor in factors if isinstance(factor, Pow) and factor.exp == -1]
    scores = _exponents([factor for factor in factors if not isinstance(factor, Pow) or factor.exp != -1])
    if len(sums) == 1 and isinstance(sums[0], Sum) and len(sums[0].limits) == 1 and scores is not None:
        key, low, high = sums[0].limits[0]
        term = _exponents(Mul.make_args(sums[0].function))
        whole_row = low == 0 and high == n and key not in scores.free_symbols
        if term is not None and whole_row and prove(term, scores.xreplace({m: key})):
            return scores
    raise NotSupported("the closed form is not proved to be a softmax over the keys up to n")


def _exponents(factors: Sequence[Expr]) -> Expr | None:
    """The sum of the exponents of a product of exponentials; ``None`` for another product."""
    if not all(isinstance(factor, exp) for factor in factors):
        return None
    return sum((factor.args[0] for factor in factors), start=n - n)


def of_distance_alone(scores: Expr) -> bool:
    """Whether scores of query ``n`` on key ``m`` are proved to depend on ``n - m`` alone."""
    return bool(prove(scores, scores.xreplace({n: n + 1, m: m + 1})))


def together(
    expressions: Sequence[Expr], values: Mapping[Symbol, Expr], swept: Sequence[Symbol]
) -> Callable[[Points], Array]:
    """One function for many expressions, their common parts worked out once: points to ``[points, expressions]``.

    Sums are written out term by term. Raises ``UnboundSymbols`` for a symbol that is neither bound nor swept,
    ``BadValue`` for an unknown function, ``NotSupported`` for a sum without integer bounds.
    """
    bound = [_without_sums(with_own_indices(expression).xreplace(dict(values))) for expression in expressions]
    left_over = sorted(symbol.name for symbol in set().union(*(e.free_symbols for e in bound)) - set(swept))
    if left_over:
        raise UnboundSymbols(f"a closed form still contains {', '.join(left_over)}; expected a value for each symbol")
    unknown = sorted(str(node.func) for expression in bound for node in expression.atoms(AppliedUndef))
    if unknown:
        raise BadValue(f"a closed form contains the unknown function {unknown[0]}")
    function = lambdify(list(swept), bound, modules="numpy", cse=True)

    def run(points: Points) -> Array:
        with np.errstate(all="ignore"):
            found = function(*(points[symbol] for symbol in swept))
        columns = [np.broadcast_to(_real(np.asarray(column)), (count(points),)) for column in found]
        return np.stack(columns, axis=-1)

    return run


def _without_sums(expression: Expr) -> Expr:
    try:
        written: Expr = expression.replace(lambda node: isinstance(node, Sum), written_out)
    except OutsideClass as error:
        raise NotSupported(str(error)) from None
    return written


def on_grid(
    expression: Expr,
    values: Mapping[Symbol, Expr],
    swept: Sequence[Symbol],
    places: Mapping[Symbol, NDArray[Any]],
    points_last: bool = False,
) -> Callable[[Points], Array]:
    """A function of points on a grid of places: ``[points, *places]``, where ``places`` are arrays that broadcast, or
    ``[*places, points]``. What it returns may be written to.

    A factor that only the points change is kept outside, so that the rest is worked out once.
    """
    bound = with_own_indices(expression).xreplace(dict(values))
    split = apart(bound, swept, places)
    shape = np.broadcast_shapes(*(array.shape for array in places.values()))
    ahead, behind = (len(shape), 0) if points_last else (0, len(shape))
    if split is not None:
        found = _real(np.asarray(_quietly(numeric_function(split[0], places, {}), list(places.values()))))
        fixed = np.broadcast_to(found.astype(float), shape).reshape(shape + (1,) * points_last)
        factor = numeric_function(split[1], swept, {})
        return lambda points: _row(_quietly(factor, [points[s] for s in swept]), count(points), ahead, behind) * fixed
    function = numeric_function(bound, [*swept, *places], {})
    grid = [
        array.reshape((1,) * (len(shape) - array.ndim) + array.shape + (1,) * points_last) for array in places.values()
    ]

    def run(points: Points) -> Array:
        arguments = [_row(points[symbol], count(points), ahead, behind) for symbol in swept]
        found = _real(np.asarray(_quietly(function, [*arguments, *grid])))
        whole = (*shape, count(points)) if points_last else (count(points), *shape)
        return found if found.shape == whole and found.flags.writeable else np.broadcast_to(found, whole).copy()

    return run


def _quietly(function: Callable[..., Any], arguments: Sequence[Any]) -> Any:
    with np.errstate(all="ignore"):
        return function(*arguments)


def _row(values: Any, size: int, ahead: int, behind: int) -> Array:
    """An array ``[points]``, or one value for all, with dimensions of length 1 before and behind it."""
    flat: Array = np.broadcast_to(_real(np.asarray(values, dtype=float)), (size,))
    return flat.reshape((1,) * ahead + (size,) + (1,) * behind)


def _real(found: NDArray[Any]) -> Array:
    """The numbers as they are; nan where they are not real."""
    return np.where(np.isreal(found), np.real(found), np.nan) if np.iscomplexobj(found) else found
