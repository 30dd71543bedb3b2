"""Skip trigrams, key .. query -> output, of a head: the largest entries of tables too large to keep.

A head scores ``query`` on ``key`` by ``W_E^T W_QK W_E`` and raises ``output`` by ``W_U W_OV W_E``, both
``[d_vocab, d_vocab]``. They are worked out block by block from factors ``[d_vocab, d_head]``: first the largest entry
of every key, by which keys are chosen; then the whole columns of the chosen keys alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sympy import Expr

from symcircuits.analysis.running import Tokens
from symcircuits.export.weights import Weights

Array = NDArray[np.floating[Any]]
RULE = "QK.max(0) * OV.max(0) * token_prob ** 0.1"
SOURCE = "Arxiv Dives on A Mathematical Framework for Transformer Circuits, part 2"
ENTRIES = 1 << 23  # of a table at once: 32 MiB in float32
SHOWN = 5  # queries and outputs of a key


@dataclass(frozen=True, eq=False)
class Key:
    """A key with what the rule gives it, and its top queries and outputs as (token, entry); of an exact model the
    entries also as they are, in the same order."""

    token: int
    score: float
    queries: tuple[tuple[int, float], ...]
    outputs: tuple[tuple[int, float], ...]
    exact_queries: tuple[Expr, ...] = ()
    exact_outputs: tuple[Expr, ...] = ()


@dataclass(frozen=True, eq=False)
class Trigrams:
    """The chosen keys of a head, best first; without any, ``why``."""

    layer: int
    head: int
    keys: tuple[Key, ...]
    why: str = ""


def skip_trigrams(
    weights: Weights, layer: int, head: int, top: int = 10, token_prob: Array | None = None, shown: int = SHOWN
) -> Trigrams:
    """The ``top`` keys of a head by ``RULE``, with their ``shown`` largest queries and outputs.

    ``token_prob`` ``[d_vocab]`` are the frequencies of tokens, all alike unless told; only their ratios matter. A key
    whose largest score or largest logit is not above 0 is left out: the product of two negative numbers is no merit.
    Positions are left out, as are the terms that are the same for every key of a query.
    """
    queries, keys, values, outputs = _factors(weights, layer, head)
    asked, raised = column_maxima(queries, keys), column_maxima(outputs, values)
    if not asked.any() or not raised.any():
        return Trigrams(layer, head, (), "its QK or its OV table is zero")
    weight = 1.0 if token_prob is None else np.asarray(token_prob) ** 0.1
    merit = np.where((asked > 0) & (raised > 0), asked * raised * weight, -np.inf)
    chosen = _largest(merit, top)
    chosen = chosen[np.isfinite(merit[chosen])]
    if not len(chosen):
        return Trigrams(layer, head, (), "no key has a score above 0 and a logit above 0")
    found = zip(
        chosen, _largest_rows(keys[chosen], queries, shown), _largest_rows(values[chosen], outputs, shown), strict=True
    )
    told = tuple(Key(int(key), float(merit[key]), asks, raises) for key, asks, raises in found)
    return Trigrams(layer, head, told)


def _factors(weights: Weights, layer: int, head: int) -> tuple[Array, Array, Array, Array]:
    """Queries, keys, values and outputs, each ``[d_vocab, d_head]``, in the precision of the embedding."""
    block = {
        name: weights.parameters[f"blocks.{layer}.attn.{name}"][head] for name in ("W_Q", "W_K", "W_V", "W_O", "b_Q")
    }
    W_E, W_U = weights.parameters["embed.W_E"], weights.parameters["unembed.W_U"]
    dtype = W_E.dtype if W_E.dtype.itemsize >= 4 else np.dtype(np.float32)
    scale = dtype.type(1.0 / weights.config["attn_scale"])
    queries = (W_E @ block["W_Q"] + block["b_Q"]) * scale
    outputs = np.ascontiguousarray((block["W_O"] @ W_U).T)
    return tuple(  # type: ignore[return-value]
        np.asarray(part, dtype) for part in (queries, W_E @ block["W_K"], W_E @ block["W_V"], outputs)
    )


def column_maxima(rows: Array, columns: Array) -> Array:
    """The largest entry of each column of ``rows @ columns^T``, ``[d_vocab]``, with ``ENTRIES`` of it at a time.

    >>> column_maxima(np.array([[1.0], [2.0]]), np.array([[3.0], [-1.0], [0.0]]))
    array([ 6., -1.,  0.])
    """
    wide = min(len(rows), 2048)
    step = max(1, ENTRIES // wide)
    found = np.full(len(columns), -np.inf)
    room = np.empty((min(step, len(columns)), wide), np.result_type(rows, columns))
    for start in range(0, len(columns), step):
        part = columns[start : start + step]
        best = found[start : start + step]
        for first in range(0, len(rows), wide):
            there = rows[first : first + wide]
            table = np.matmul(part, there.T, out=room[: len(part), : len(there)])
            np.maximum(best, table.max(axis=1), out=best)
    return found


def _largest_rows(few: Array, many: Array, shown: int) -> list[tuple[tuple[int, float], ...]]:
    """For each of ``few`` the ``shown`` largest products with ``many``, as (place, product), largest first."""
    step, found = max(1, ENTRIES // len(many)), []
    for start in range(0, len(few), step):
        for row in few[start : start + step] @ many.T:
            found.append(tuple((int(place), float(row[place])) for place in _largest(row, shown)))
    return found


def _largest(values: Array, count: int) -> NDArray[np.intp]:
    """The places of the largest values, largest first; equal ones in order."""
    count = min(count, len(values))
    if count < len(values):
        least = np.partition(values, len(values) - count)[len(values) - count]
        above, level = np.flatnonzero(values > least), np.flatnonzero(values == least)
        places = np.concatenate([above, level[: count - len(above)]])
    else:
        places = np.arange(len(values))
    return places[np.lexsort((places, -values[places]))]


def frequencies(contexts: Sequence[Tokens], d_vocab: int) -> Array:
    """How often each token comes, with one more of each, as shares ``[d_vocab]``."""
    counts = np.ones(d_vocab)
    for tokens in contexts:
        counts += np.bincount(tokens.ravel(), minlength=d_vocab)
    return counts / counts.sum()
