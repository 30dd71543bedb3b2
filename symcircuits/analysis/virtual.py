"""Virtual heads: what goes through two heads, with the product of their patterns and of their matrices."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from symcircuits.analysis.factors import triangle
from symcircuits.analysis.importance import Step
from symcircuits.analysis.patterns import offsets
from symcircuits.analysis.running import Passed, Tokens, embedded, passes
from symcircuits.export.weights import Weights

Place = tuple[int, int]
_NOTHING = 1e-9  # a head that reads nothing of another moves rounding alone


@dataclass(frozen=True)
class VirtualHead:
    """What a path by the ``writer`` and then the ``reader`` adds to the last stream.

    ``size`` is the root mean square of its length over that of the last stream; ``offset`` is how many tokens back its
    pattern ``A2 A1`` looks most, among those that half of the rows have, and ``at_offset`` its mean there.
    """

    writer: Place
    reader: Place
    size: float
    offset: int
    at_offset: float


def virtual_heads(
    weights: Weights, tokens: Tokens, top: int, begin: int = 0, on_progress: Step = lambda what, done, total: None
) -> list[VirtualHead]:
    """The ``top`` largest virtual heads of order 2 on tokens ``[batch, n_ctx]``; ``begin`` rows of BOS are left out of
    the offset. What enters a path is the embedding with its position."""
    x, seen = embedded(weights, tokens), list(passes(weights, tokens))
    whole = float(np.sqrt(np.square(seen[-1].after).sum(axis=-1).mean()))
    found: list[VirtualHead] = []
    firsts = [(place, one, one.layer.moved(x, one.patterns)) for place, one in enumerate(seen)]
    for second, later in enumerate(seen):
        on_progress("virtual heads", second, len(seen))
        triangles = np.stack([triangle(W_O.T).T for W_O in later.layer.W_O])
        for first, earlier, moved in firsts[:second]:
            for head in range(earlier.layer.heads):
                found += _behind((first, head), earlier, moved[:, head], second, later, triangles, whole, begin)
    found.sort(key=lambda one: -one.size)
    return found[:top]


def _behind(
    writer: Place, earlier: Passed, moved: np.ndarray, second: int, later: Passed, triangles: np.ndarray, whole: float,
    begin: int,
) -> list[VirtualHead]:  # fmt: skip
    """The virtual heads of one writer with every head of a later layer."""
    carried = later.patterns @ later.layer.by_head(moved, "W_V") @ triangles  # the same lengths as after W_O
    lengths = np.sqrt(np.square(carried).sum(axis=-1).mean(axis=(0, 2)))
    patterns = (later.patterns @ earlier.patterns[:, writer[1], None]).mean(axis=0)
    told = []
    for head, (length, pattern) in enumerate(zip(lengths, patterns, strict=True)):
        back = offsets(pattern, begin)
        offset = int(np.argmax(back))
        size = float(length) / whole if whole else 0.0
        if size > _NOTHING:
            told.append(VirtualHead(writer, (second, head), size, offset, float(back[offset])))
    return told
