"""The composition scores of all pairs of heads, from thin factors: nothing of ``[d_model, d_model]`` is formed.

The norm of ``A B`` with ``A = P^T Q`` and ``B = R S`` is that of ``T_P (Q R) T_S^T``, with the triangles ``T`` of the
outer factors. Those of a layer's readers stand side by side, so that one product with a writer gives all its pairs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symcircuits.analysis.factors import triangle
from symcircuits.analysis.running import Layer, layer_of
from symcircuits.analysis.scores import Score
from symcircuits.export.weights import Weights

Array = NDArray[np.floating[Any]]
Place = tuple[int, int]
KINDS = ("Q", "K", "V")


@dataclass(frozen=True)
class Composition:
    """How much of what a ``reader`` reads by queries, keys or values (``kind``) the ``writer`` may have written."""

    kind: str
    writer: Place
    reader: Place
    score: Score
    baseline: float


def compositions(weights: Weights) -> Iterator[Composition]:
    """All pairs of a head and one of a later layer, by reader's layer, kind, writer and reader."""
    baseline = 1.0 / sqrt(weights.config["d_model"])
    writers: list[tuple[Place, Array, float]] = []
    for place in range(weights.config["n_layers"]):
        layer = layer_of(weights, place)
        if writers:
            for kind in KINDS:
                scores = _table(_reading(layer, kind), [(wrote, norm) for _, wrote, norm in writers])
                for (writer, _, _), row in zip(writers, scores, strict=True):
                    for head, score in enumerate(row):
                        yield Composition(kind, writer, (place, head), score, baseline)
        writers += [((place, head), wrote, norm) for head, (wrote, norm) in enumerate(_writing(layer))]


def _writing(layer: Layer) -> Iterator[tuple[Array, float]]:
    """For each head a matrix ``[inner, d_model]`` that gives the same norms as ``W_V W_O``, and its norm."""
    for W_V, W_O in zip(layer.W_V, layer.W_O, strict=True):
        wrote = triangle(W_V) @ W_O
        yield wrote, float(np.linalg.norm(wrote))


def _reading(layer: Layer, kind: str) -> list[tuple[Array, float]]:
    """For each head a matrix ``[d_model, inner]`` that gives the same norms as the one it reads by, and its norm."""
    pairs: Iterator[tuple[Array, Array]] = {
        "Q": zip(layer.W_Q, layer.W_K, strict=True),
        "K": zip(layer.W_K, layer.W_Q, strict=True),
        "V": zip(layer.W_V, np.swapaxes(layer.W_O, -1, -2), strict=True),
    }[kind]
    read = [reads @ triangle(other).T for reads, other in pairs]
    return [(matrix, float(np.linalg.norm(matrix))) for matrix in read]


def _table(reading: Sequence[tuple[Array, float]], writing: Sequence[tuple[Array, float]]) -> list[list[Score]]:
    """The scores, a row for each writer and a column for each reader."""
    wide = np.concatenate([matrix for matrix, _ in reading], axis=1)  # [d_model, readers inner]
    starts = np.cumsum([0, *(matrix.shape[1] for matrix, _ in reading[:-1])])
    sizes = np.array([norm for _, norm in reading])
    rows = []
    for wrote, norm in writing:
        products = (np.square(wrote @ wide)).sum(axis=0)  # [inner, d_model], [d_model, readers inner]
        norms = np.sqrt(np.add.reduceat(products, starts))
        rows.append([_score(float(top), float(size), norm) for top, size in zip(norms, sizes, strict=True)])
    return rows


def _score(top: float, reader: float, writer: float) -> Score:
    if writer == 0.0:
        return Score.undefined("0/0: the writer moves nothing, its W_OV is zero")
    if reader == 0.0:
        return Score.undefined("0/0: the reader's matrix is zero")
    return Score.of(top / (reader * writer))
