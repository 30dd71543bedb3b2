"""Term importance: how the loss on given tokens falls as paths of higher order are let in, and what each head is worth.

The patterns of the whole run are kept (frozen); then the last stream is a sum over paths, and the paths of order ``k``,
through ``k`` heads, are summed up in one pass through the layers, with no rerun: a head takes what has order ``k - 1``
to order ``k``. What a head writes whatever it attends to (``b_V W_O``, and ``b_O`` for its layer) has order 1. The
importance of order ``k`` is the loss of the paths up to order ``k - 1`` less that up to ``k``.

For each head there are two numbers, which differ: the loss without all paths through it, patterns frozen; and the loss
of a rerun in which it writes nothing, and later patterns become what they become.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import comb
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symcircuits.analysis.running import Layer, Tokens, embedded, layers_of, loss
from symcircuits.export.weights import Weights

Array = NDArray[np.floating[Any]]
Place = tuple[int, int]
Step = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Order:
    """The paths of one order: how many, the loss with all up to it, and by how much they lower it."""

    order: int
    terms: int
    loss: float
    gain: float | None


@dataclass(frozen=True)
class HeadImportance:
    """The loss without a head: its paths taken out with patterns frozen, and its output zeroed in a rerun."""

    layer: int
    head: int
    frozen: float
    zeroed: float


@dataclass(frozen=True)
class Importance:
    """On ``tokens`` predicted tokens: the loss of the model, of the orders, and without each head."""

    tokens: int
    loss: float
    orders: tuple[Order, ...]
    heads: tuple[HeadImportance, ...]


def orders(layers: Sequence[Layer], x: Array, most: int | None = None) -> tuple[Array, list[Array]]:
    """What the paths of each order add to the last stream, ``[orders, batch, n_ctx, d_model]``, and all patterns.

    ``x`` ``[batch, n_ctx, d_model]`` is the stream before the first layer; orders from 0 to ``most``, or to all layers.
    What has a higher order is kept together in one last slot, so that the sum over all is the stream.
    """
    top = len(layers) if most is None else min(most, len(layers))
    slots, patterns = np.zeros((top + 2, *x.shape)), []
    slots[0] = x
    for place, layer in enumerate(layers):
        patterns.append(layer.patterns(slots.sum(axis=0)))
        held = min(place + 1, top + 2)  # no path so far has a higher order
        added = layer.moved_together(slots[:held], patterns[-1])
        slots[1 : held + 1] += added[: top + 1]
        slots[-1] += added[top + 1 :].sum(axis=0)
        slots[1] += layer.constants.sum(axis=0) + layer.b_O
    return slots[:-1], patterns


def importance(
    weights: Weights, contexts: Sequence[Tokens], on_progress: Step = lambda what, done, total: None
) -> Importance:
    """Everything, on ``contexts``: arrays of tokens ``[batch, n_ctx]``, with at least two tokens in a row."""
    layers = layers_of(weights)
    places = [(i, head) for i, layer in enumerate(layers) for head in range(layer.heads)]
    count = sum(tokens[:, 1:].size for tokens in contexts)
    whole, by_order = 0.0, np.zeros(len(layers) + 1)
    without = {place: np.zeros(2) for place in places}
    for number, tokens in enumerate(contexts):
        share = tokens[:, 1:].size / count
        x = embedded(weights, tokens)
        parts, patterns = orders(layers, x)
        sums = np.cumsum(parts, axis=0)
        whole += share * loss(weights, sums[-1], tokens)
        by_order += share * np.array([loss(weights, stream, tokens) for stream in sums])
        for done, place in enumerate(places):
            on_progress("importance", number * len(places) + done, len(contexts) * len(places))
            frozen, zeroed = _without(place, layers, x, patterns), _without(place, layers, x)
            without[place] += share * np.array([loss(weights, frozen, tokens), loss(weights, zeroed, tokens)])
    told = tuple(
        Order(k, _paths(layers, k), float(by_order[k]), float(by_order[k - 1] - by_order[k]) if k else None)
        for k in range(len(by_order))
    )
    heads = tuple(HeadImportance(*place, *map(float, without[place])) for place in places)
    return Importance(count, whole, told, heads)


def _without(silent: Place, layers: Sequence[Layer], x: Array, patterns: Sequence[Array] | None = None) -> Array:
    """The last stream where one head writes nothing, with patterns given or computed."""
    for place, layer in enumerate(layers):
        pattern = layer.patterns(x) if patterns is None else patterns[place]
        constants = layer.constants
        if silent[0] == place:
            heard = np.arange(layer.heads) != silent[1]
            pattern, constants = pattern * heard[:, None, None], constants * heard[:, None]
        x = x + layer.moved_together(x, pattern) + constants.sum(axis=0) + layer.b_O
    return x


def _paths(layers: Sequence[Layer], order: int) -> int:
    """The number of paths through ``order`` heads: ``C(L, k) H^k``."""
    return comb(len(layers), order) * layers[0].heads ** order
