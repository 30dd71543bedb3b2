"""Symbols bound to numbers: from exact weights to the arrays of the engine.

>>> from sympy import Integer
>>> from symcircuits.circuit import Residual
>>> from symcircuits.symbols import beta
>>> bind_matrix(Residual(content=2).read("content") * beta, {beta: Integer(3)})
array([[3., 0.],
       [0., 3.]])
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sympy import Expr, Rational, Symbol, lambdify
from sympy.core.function import AppliedUndef

from symcircuits.algebra import ExactMatrix
from symcircuits.algebra.enclosures.nearest import nearest_float
from symcircuits.algebra.forms.sums import with_own_indices
from symcircuits.algebra.values import fitting
from symcircuits.circuit.conventions import rows_from_columns
from symcircuits.circuit.heads import BIASES, WEIGHTS, Head
from symcircuits.circuit.positions import Waves
from symcircuits.circuit.spaces import Residual
from symcircuits.circuit.transformer import Transformer
from symcircuits.engine import HeadArrays, Mask, TransformerArrays
from symcircuits.errors import BadValue, UnboundSymbols
from symcircuits.symbols import m, n

Array = NDArray[np.floating[Any]]
Bindings = Mapping[Symbol, Expr]


def bind_scalar(expression: Expr, values: Bindings, what: str = "an expression") -> float:
    """An expression as the nearest float.

    Raises ``UnboundSymbols`` where a symbol is left over, ``BadValue`` for what is no finite real number.
    """
    value = with_own_indices(expression).xreplace(dict(values))
    if value.free_symbols:
        raise UnboundSymbols(_left_over(value.free_symbols, what))
    return nearest_float(value)


def bind_matrix(matrix: ExactMatrix, values: Bindings) -> Array:
    """A matrix as an array of its shape. Raises ``UnboundSymbols``, naming the matrix and what is left over."""
    array = np.zeros(matrix.shape)
    known: dict[Expr, float] = {}
    for place, entry in matrix.entries.items():
        if entry not in known:
            known[entry] = bind_scalar(entry, values, matrix.describe())
        array[place] = known[entry]
    return array


def bind_head(head: Head, values: Bindings, pattern: Array | None = None, mask: Mask = "causal") -> HeadArrays:
    """A head as arrays for the engine, in row convention; ``pattern`` stands in where it has no queries and keys."""
    columns = {name: bind_matrix(matrix, values) for name, matrix in (head.weights() | head.biases()).items()}
    scale = bind_scalar(head.scale, values, "the scale of a head")
    rows = rows_from_columns(columns)
    W_Q, W_K, W_V, W_O, b_Q, b_K, b_V, b_O = (rows.get(name) for name in (*WEIGHTS, *BIASES))
    arrays = HeadArrays(W_Q, W_K, W_V, W_O, scale, pattern, mask=mask, b_Q=b_Q, b_K=b_K, b_V=b_V, b_O=b_O)
    if head.rotary is None:
        return arrays
    angles = [bind_scalar(angle, values, "an angle of rotary positions") for angle in head.rotary.angles]
    return replace(arrays, rotary=np.array(angles), rotary_layout=head.rotary.layout)


def bind_transformer(
    model: Transformer, n_ctx: int, values: Bindings, patterns: Mapping[tuple[int, int], Array] | None = None
) -> TransformerArrays:
    """A transformer as arrays for the engine, in row convention, with the positions of ``n_ctx`` tokens.

    ``patterns`` ``[n_ctx, n_ctx]`` stand in for those of some heads, by (layer, head). Raises ``UnboundSymbols``
    where a symbol is left over, ``BadValue`` for a value that breaks an assumption of its symbol, or no token at all.
    """
    if n_ctx < 1:
        raise BadValue(f"expected a context of at least one token, got n_ctx = {n_ctx}")
    given, values = patterns or {}, {symbol: fitting(symbol, value) for symbol, value in values.items()}
    columns = {"W_E": model.W_E, "W_U": model.W_U, "W_pos": model.place_columns(n_ctx)}
    bound = {name: bind_matrix(matrix, values) for name, matrix in columns.items() if matrix is not None}
    layers = tuple(
        tuple(bind_head(head, values, given.get((i, j)), model.mask) for j, head in enumerate(heads))
        for i, heads in enumerate(model.layers)
    )
    return TransformerArrays(layers=layers, **rows_from_columns(bound))


def unembedding(arrays: TransformerArrays) -> Array:
    """``W_U`` ``[d_model, d_vocab]`` of a bound transformer. Raises ``BadValue`` where it has none."""
    if arrays.W_U is None:
        raise BadValue("logits need an unembedding, and this transformer has no W_U")
    return arrays.W_U


def bind_stream(stream: Residual, n_ctx: int, values: Bindings, content: Array) -> Array:
    """The stream of ``n_ctx`` tokens, ``[n_ctx, d_model]``: ``content``, with positions in their directions."""
    x = np.array(content, dtype=float)
    for name, block in stream.positions().items():
        places = list(stream[name].places)
        if isinstance(block, Waves):
            x[:n_ctx, places] = _waves(block, n_ctx, values)
            continue
        for token in range(n_ctx):
            x[token, places] = bind_matrix(block.at(token), values)[:, 0]
    return x


def _waves(block: Waves, n_ctx: int, values: Bindings) -> Array:
    """The positions of all tokens at once, ``[n_ctx, 2 pairs]``, to two units of the last bit.

    Each angle is a short float, whose multiples are exact, and a small rest.
    """
    tokens = np.arange(n_ctx)
    columns = []
    for angle, scale in zip(block.angles, block.scales, strict=True):
        short = float(np.float32(bind_scalar(angle, values, "an angle of a position")))
        rest = bind_scalar(angle - Rational(*short.as_integer_ratio()), values)
        size = bind_scalar(scale, values, "a magnitude of a position")
        far, near = np.exp(1j * tokens * short), tokens * rest
        columns += [size * (far.real * np.cos(near) - far.imag * np.sin(near))]
        columns += [size * (far.imag * np.cos(near) + far.real * np.sin(near))]
    return np.stack(columns, axis=1)


def numeric_function(expression: Expr, arguments: Iterable[Symbol], values: Bindings) -> Callable[..., Any]:
    """A NumPy function of ``arguments``, with every other symbol bound. Raises ``UnboundSymbols``."""
    order = list(arguments)
    unknown = sorted(str(node.func) for node in expression.atoms(AppliedUndef))
    if unknown:
        raise BadValue(f"a closed form contains the unknown function {unknown[0]}")
    bound = with_own_indices(expression).xreplace(dict(values))
    left_over = bound.free_symbols - set(order)
    if left_over:
        raise UnboundSymbols(_left_over(left_over, "a closed form"))
    function: Callable[..., Any] = lambdify(order, bound, modules="numpy")
    return function


def pattern_of(closed_form: Expr, query: Symbol, key: Symbol, n_ctx: int, values: Bindings) -> Array:
    """The attention pattern ``[n_ctx, n_ctx]`` by a closed form of ``A[query, key]``; nan where it has no value."""
    function = numeric_function(closed_form, (query, key), values)
    pattern = np.zeros((n_ctx, n_ctx))
    with np.errstate(all="ignore"):
        for n in range(n_ctx):
            pattern[n, : n + 1] = _row(function, n)
    return pattern


def scores_of(closed_form: Expr, stream: Residual, x: Array, values: Bindings) -> Array:
    """The scores ``[n_ctx, n_ctx]`` by a closed form in ``n``, ``m`` and what these two tokens hold; ``x`` is the
    stream ``[n_ctx, d_model]``. It is nan where the closed form has no real value. Raises ``UnboundSymbols``.

    >>> from symcircuits.symbols import m, n
    >>> stream = Residual(content=1)
    >>> query, key = (stream.at(token)[0, 0] for token in (n, m))
    >>> scores_of(query * key, stream, np.array([[1.0], [2.0]]), {})
    array([[1., 2.],
           [2., 4.]])
    """
    tokens = np.arange(len(x))
    arrays: dict[Symbol, NDArray[Any]] = {n: tokens[:, None], m: tokens[None, :]}
    for token, columns in ((n, x.T[:, :, None]), (m, x.T[:, None, :])):
        held = stream.at(token)
        arrays |= {held[place, 0]: column for place, column in enumerate(columns) if isinstance(held[place, 0], Symbol)}
    function = numeric_function(closed_form, arrays, values)
    with np.errstate(all="ignore"):
        found = np.asarray(function(*arrays.values()))
    return np.broadcast_to(np.where(np.isreal(found), np.real(found), np.nan), (len(x), len(x)))


def table_of(closed_form: Expr, rows: Iterable[int], n_ctx: int, values: Bindings) -> Array:
    """A closed form in ``n`` and ``m`` at these rows and the keys up to each, ``[n_ctx, n_ctx]`` with zeros elsewhere.

    Worked out entry by entry, so that sums may reach to ``m``. Raises ``UnboundSymbols``.

    >>> from sympy import Sum
    >>> table_of(Sum(n, (n, 0, m)), [1], 2, {})
    array([[0., 0.],
           [0., 1.]])
    """
    function, numbers = _by_entry(closed_form, values)
    table = np.zeros((n_ctx, n_ctx))
    for row in rows:
        table[row, : row + 1] = [_entry(function, row, key, *numbers) for key in range(row + 1)]
    return table


def values_at(closed_form: Expr, rows: Iterable[int], values: Bindings) -> Array:
    """A closed form in ``n`` at these rows. Raises ``UnboundSymbols``.

    >>> values_at(n**2, range(2, 4), {})
    array([4., 9.])
    """
    function, numbers = _by_entry(closed_form, values)
    return np.array([_entry(function, row, 0, *numbers) for row in rows])


def _by_entry(closed_form: Expr, values: Bindings) -> tuple[Callable[..., Any], list[float]]:
    """A function of ``n``, ``m`` and the other symbols, with the numbers of these: made once for all their values."""
    expression = with_own_indices(closed_form)
    others = sorted(expression.free_symbols - {n, m}, key=str)
    left_over = [symbol for symbol in others if symbol not in values]
    if left_over:
        raise UnboundSymbols(_left_over(left_over, "a closed form"))
    return _compiled(expression, (n, m, *others)), [_number(symbol, values[symbol]) for symbol in others]


def _number(symbol: Symbol, value: Expr) -> float:
    """A value as a float, or as an integer where the symbol is one: sums may reach to it."""
    return int(value) if symbol.is_integer else bind_scalar(value, {})


@lru_cache(maxsize=64)
def _compiled(expression: Expr, arguments: tuple[Symbol, ...]) -> Callable[..., Any]:
    return numeric_function(expression, arguments, {})


def _entry(function: Callable[..., Any], row: int, key: int, *numbers: float) -> float:
    with np.errstate(all="ignore"):
        try:
            value = complex(function(row, key, *numbers))
        except ZeroDivisionError:
            return np.nan
    return value.real if value.imag == 0 else np.nan


def _row(function: Callable[..., Any], n: int) -> Any:
    """The values for the keys up to ``n``; nan where the closed form has none."""
    try:
        row = np.asarray(function(n, np.arange(n + 1)))
    except ZeroDivisionError:
        return np.nan
    return np.where(np.isreal(row), np.real(row), np.nan)


def _left_over(symbols: Iterable[Symbol], what: str) -> str:
    names = ", ".join(sorted(symbol.name for symbol in symbols))
    return f"{what} still contains {names}; expected a value for each symbol"
