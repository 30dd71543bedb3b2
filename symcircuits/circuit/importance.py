"""Term importance: what is left of the loss when paths of higher order are left out, or a head is.

*Frozen* patterns are those of the whole run, kept while something else is taken away. The procedure of reruns (Elhage
et al., A Mathematical Framework for Transformer Circuits, 2021): pass 0 adds nothing of what heads write to the stream,
and saves it; pass k adds what pass k - 1 saved, and saves anew. What comes of pass k is the sum over all paths through
at most k heads, so that no rerun is needed where the paths are at hand.

>>> from symcircuits.circuit.spaces import Residual
>>> stream = Residual(a=1, b=1, c=1)
>>> first = Head(W_V=stream.read("a"), W_O=stream.write("b"))
>>> second = Head(W_V=stream.read("b"), W_O=stream.write("c"))
>>> model = Transformer(((first,), (second,)), W_E=stream.write("a"))
>>> here = {(0, 0): ExactMatrix.identity(1), (1, 0): ExactMatrix.identity(1)}
>>> [sorted(passed.entries) for passed in reruns(model, model.embed([0]), here)]
[[(0, 0)], [(0, 0), (1, 0)], [(0, 0), (1, 0), (2, 0)]]
"""

from __future__ import annotations

from dataclasses import replace

from sympy import Add, Expr, exp, log

from symcircuits.algebra import ExactMatrix, Proved, prove
from symcircuits.circuit.heads import Head
from symcircuits.circuit.paths import paths
from symcircuits.circuit.transformer import Patterns, Transformer
from symcircuits.errors import BadValue


def all_patterns(model: Transformer, x: ExactMatrix, given: Patterns | None = None) -> Patterns:
    """The pattern ``[n_ctx, n_ctx]`` of every head in a run on the stream ``[d_model, n_ctx]``: the given ones, and
    the softmax of its scores for each other head. Raises as ``Transformer.forward``."""
    known = given or {}
    streams = model.forward(x, known)
    others = {place for place, _ in model.placed() if place not in known}
    return {**known, **{place: model.pattern(*place, streams[place[0]]) for place in others}}


def reruns(model: Transformer, x: ExactMatrix, patterns: Patterns) -> tuple[ExactMatrix, ...]:
    """The last stream ``[d_model, n_ctx]`` of each pass of the procedure, from 0 to the number of layers.

    Raises ``BadValue`` unless ``patterns`` are those of all heads, and for a head that moves nothing.
    """
    _check_all(model, patterns)
    saved: dict[tuple[int, int], ExactMatrix] = {}
    found = []
    for _ in range(len(model.layers) + 1):
        stream = x
        written: dict[tuple[int, int], ExactMatrix] = {}
        for layer, heads in enumerate(model.layers):
            places = [(layer, number) for number in range(len(heads))]
            written |= {place: model.head(*place).output(stream, patterns[place]) for place in places}
            for place in places:
                stream = stream + saved[place] if place in saved else stream
        saved = written
        found.append(stream)
    return tuple(found)


def truncated(model: Transformer, x: ExactMatrix, patterns: Patterns) -> tuple[ExactMatrix, ...]:
    """The sum of all paths through at most ``k`` heads, ``[d_model, n_ctx]``, for each ``k`` from 0 to the number of
    layers; raises as ``paths`` and ``reruns``."""
    _check_all(model, patterns)
    found: list[ExactMatrix] = []
    for order in range(len(model.layers) + 1):
        terms = [path.moved(x, patterns) for path in paths(model) if path.order == order]
        found.append(_sum([*found[-1:], *terms]))
    return tuple(found)


def avoiding(model: Transformer, place: tuple[int, int], x: ExactMatrix, patterns: Patterns) -> ExactMatrix:
    """The sum of all paths that do not pass through the head at ``place`` (layer, head), ``[d_model, n_ctx]``."""
    model.head(*place)
    _check_all(model, patterns)
    return _sum([path.moved(x, patterns) for path in paths(model) if place not in path.heads])


def silenced(model: Transformer, place: tuple[int, int]) -> Transformer:
    """The model in which the head at ``place`` (layer, head) writes nothing.

    Raises ``BadValue`` for a head that the model does not have, or one without values.
    """
    head, (layer, number) = model.head(*place), place
    heads = list(model.layers[layer])
    heads[number] = _silent(head)
    return replace(model, layers=(*model.layers[:layer], tuple(heads), *model.layers[layer + 1 :]))


def _check_all(model: Transformer, patterns: Patterns) -> None:
    missing = [place for place, _ in model.placed() if place not in patterns]
    if missing:
        raise BadValue(f"expected a pattern for each head, got none for layer {missing[0][0]}, head {missing[0][1]}")


def _silent(head: Head) -> Head:
    if head.W_O is None:
        raise BadValue("this head has no W_V and W_O")
    return replace(head, W_O=head.W_O * 0, b_O=None)


def unmoved(model: Transformer, silent: tuple[int, int], patterns: Patterns) -> dict[tuple[int, int], ExactMatrix]:
    """Those of the patterns that stay as they are when the head at ``silent`` writes nothing: of heads that read, by
    queries and keys, nothing that this head writes, or any head between its layer and theirs."""
    return {place: pattern for place, pattern in patterns.items() if _stays(model, silent, place)}


def _stays(model: Transformer, silent: tuple[int, int], place: tuple[int, int]) -> bool:
    if place[0] <= silent[0]:
        return True
    between = [head for heads in model.layers[silent[0] + 1 : place[0]] for head in heads]
    reader = model.head(*place)
    asked = [weight for weight in (reader.W_Q, reader.W_K) if weight is not None]
    written = [head.W_O for head in (model.head(*silent), *between) if head.W_O is not None]
    products = (weight @ W_O for weight in asked for W_O in written)
    return all(isinstance(prove(read, ExactMatrix.zeros(*read.shape)), Proved) for read in products)


def loss(logits: ExactMatrix, token: int) -> Expr:
    """The cross-entropy, in nats, of the token that follows the last one: ``log sum_j exp(z_j) - z_token`` with the
    last column ``z`` of ``logits`` ``[d_vocab, n_ctx]``. Raises ``BadValue`` for a token outside the vocabulary.

    >>> loss(ExactMatrix.zeros(3, 1), 0)
    log(3)
    """
    size, n_ctx = logits.shape
    if not 0 <= token < size:
        raise BadValue(f"expected a token from 0 to {size - 1}, got {token}")
    column = [logits[row, n_ctx - 1] for row in range(size)]
    return log(Add(*(exp(value) for value in column))) - column[token]


def _sum(terms: list[ExactMatrix]) -> ExactMatrix:
    first, *others = terms
    for term in others:
        first = first + term
    return first
