"""What heads do together: the scores of a reader split over everything that earlier heads wrote to its keys.

The stream that a head reads is ``x + sum of o_w``: what was there without heads (with the biases of layers), and what
each earlier head ``w`` wrote. Its score is linear in the query and in the key, and so is a sum of four kinds of terms:
direct (neither), Q (an ``o`` in the query), K (an ``o_w`` in the key), and both. For an induction head the *margin* is
the score of the right key, the token after the earlier copy, less the mean score of all other keys that the query sees;
it splits in the same way. Heads that share the work have small terms each; their sum is what counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symcircuits.analysis.factors import triangle
from symcircuits.analysis.patterns import Repeated
from symcircuits.analysis.running import Layer, Passed, layer_of, passes
from symcircuits.analysis.scores import Score
from symcircuits.export.weights import Weights

Array = NDArray[np.floating[Any]]
Place = tuple[int, int]
CLEAR = 3.0  # a head is named for what it does this many times as much as one that attends to all keys alike
ROOM = 1 << 26  # numbers that all heads together may have written
ENOUGH = 0.5  # or where it does it half of the time


def named(scores: Mapping[Place, Score], uniform: float | None) -> list[Place]:
    """The heads whose score is at least ``CLEAR`` times the uniform one, or ``ENOUGH``; none where it is undefined."""
    if uniform is None:
        return []
    least = min(CLEAR * uniform, ENOUGH)
    return [place for place, score in scores.items() if score.value is not None and score.value >= least]


@dataclass(frozen=True)
class Together:
    """How an induction head finds its key, in parts, means over the second copy.

    ``direct``, ``query``, ``both`` and ``key`` (by writer) add up to ``margin``. ``group`` are the previous-token heads
    before it; ``score`` is the K-composition score of the head with the sum of their ``W_OV``. ``induction`` is its
    induction score, ``without`` what is left of it when what one writer wrote is taken from the keys, and
    ``without_group`` when that of the whole group is.
    """

    reader: Place
    group: tuple[Place, ...]
    direct: float
    query: float
    key: Mapping[Place, float]
    both: float
    induction: float
    without: Mapping[Place, float]
    without_group: float
    score: Score
    baseline: float

    @property
    def margin(self) -> float:
        """The whole margin."""
        return self.direct + self.query + sum(self.key.values()) + self.both

    @property
    def key_sum(self) -> float:
        """The K-composition terms of the group together."""
        return sum(self.key[place] for place in self.group)


def together(weights: Weights, found: Repeated, readers: Sequence[Place], previous: Sequence[Place]) -> list[Together]:
    """The parts of each reader, a head behind others, with the ``previous``-token heads before it as the group.

    Of a large model not all sequences are taken: what every head wrote must find room.
    """
    told: list[Together] = []
    seen: list[Passed] = []
    config = weights.config
    size = config["n_layers"] * config["n_heads"] * config["d_model"] * found.tokens.shape[1]
    for place, passed in enumerate(passes(weights, found.tokens[: max(1, ROOM // size)])):
        for reader in readers:
            if reader[0] == place > 0:
                group = tuple(head for head in previous if head[0] < place)
                told.append(_parts(weights, found, passed, seen, reader, group))
        seen.append(passed)
    return told


def _parts(
    weights: Weights, found: Repeated, passed: Passed, before: Sequence[Passed], reader: Place, group: tuple[Place, ...]
) -> Together:
    layer = _only(passed.layer, reader[1])
    written = {(i, head): one.written[:, head] for i, one in enumerate(before) for head in range(one.layer.heads)}
    moved = np.sum(list(written.values()), axis=0)
    base = passed.read - moved
    query, asked = layer.queries(base)[:, 0], layer.queries(moved, biased=False)[:, 0]
    base_key = layer.keys(base)[:, 0]
    keys = {place: layer.keys(one, biased=False)[:, 0] for place, one in written.items()}
    all_keys = np.sum(list(keys.values()), axis=0)
    whole = (query + asked) @ _turned(base_key + all_keys)

    def induction(scores: Array) -> float:
        return _on_target(layer.softmax(scores), found)

    def without(places: Sequence[Place]) -> float:
        taken = np.sum([keys[place] for place in places], axis=0) if places else 0.0 * base_key
        return induction(whole - (query + asked) @ _turned(taken))

    return Together(
        reader,
        group,
        direct=_margin(query @ _turned(base_key), found),
        query=_margin(asked @ _turned(base_key), found),
        key={place: _margin(query @ _turned(key), found) for place, key in keys.items()},
        both=_margin(asked @ _turned(all_keys), found),
        induction=induction(whole),
        without={place: without([place]) for place in keys},
        without_group=without(group),
        score=_joint(weights, layer, group),
        baseline=1.0 / float(np.sqrt(weights.config["d_model"])),
    )


def _only(layer: Layer, head: int) -> Layer:
    """One head of a layer, as a layer."""
    one = slice(head, head + 1)
    arrays = {name: getattr(layer, name)[one] for name in ("W_Q", "W_K", "W_V", "W_O", "b_Q", "b_K", "b_V")}
    return Layer(**arrays, b_O=layer.b_O, config=layer.config)


def _turned(keys: Array) -> Array:
    return np.swapaxes(keys, -1, -2)


def _on_target(table: Array, found: Repeated) -> float:
    """The mean of the entries at the right keys, for ``[batch, n_ctx, n_ctx]``."""
    return float(table[:, found.second, found.second - found.length + 1].mean())


def _margin(scores: Array, found: Repeated) -> float:
    """The mean score of the right key, less that of all others up to the query."""
    rows = found.second
    right = scores[:, rows, rows - found.length + 1]
    seen = np.tri(scores.shape[-1])[rows]
    others = ((scores[:, rows] * seen).sum(axis=-1) - right) / rows
    return float((right - others).mean())


def _joint(weights: Weights, layer: Layer, group: tuple[Place, ...]) -> Score:
    """The K-composition score with the sum of ``W_OV`` over a group, ``||QK sum OV|| / (||QK|| ||sum OV||)``."""
    if not group:
        return Score.undefined("no head before it attends to the previous token")
    layers = {place: layer_of(weights, place) for place, _ in group}
    reads = np.concatenate([layers[place].W_V[head] for place, head in group], axis=1)  # [d_model, group d_head]
    writes = np.concatenate([layers[place].W_O[head] for place, head in group], axis=0)  # [group d_head, d_model]
    wrote = triangle(reads) @ writes
    keys = layer.W_K[0] @ triangle(layer.W_Q[0]).T
    sizes = float(np.linalg.norm(wrote)) * float(np.linalg.norm(keys))
    if sizes == 0.0:
        return Score.undefined("0/0: the group moves nothing, or the reader's matrix is zero")
    return Score.of(float(np.linalg.norm(wrote @ keys)) / sizes)
