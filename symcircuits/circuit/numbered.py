"""The weights of a transformer by the names of the field: ``W_V^2`` is that of the second head.

Heads are counted from 1, layer by layer.

>>> from symcircuits.algebra import ExactMatrix
>>> one, none = ExactMatrix.identity(1), ExactMatrix.zeros(1, 1)
>>> model = Transformer(((Head(W_V=one, W_O=one),),), W_E=one)
>>> weight(with_weights(model, {"W_O^1": none}), "W_O^1").entries
{}
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from symcircuits.algebra import ExactMatrix
from symcircuits.circuit.heads import WEIGHTS, Head
from symcircuits.circuit.transformer import Transformer
from symcircuits.errors import BadValue


def weight(model: Transformer, name: str) -> ExactMatrix | None:
    """The matrix of this name, or ``None`` where its head has none. Raises ``BadValue`` for a name of no head."""
    role, place = _place(model, name)
    found: ExactMatrix | None = getattr(model.heads[place], role)
    return found


def with_weights(model: Transformer, weights: Mapping[str, ExactMatrix]) -> Transformer:
    """The model with other matrices in some of its heads. Raises ``BadValue`` for a name of no head, and what ``Head``
    and ``Transformer`` raise."""
    changed: list[dict[str, ExactMatrix]] = [{} for _ in model.heads]
    for name, matrix in weights.items():
        role, place = _place(model, name)
        changed[place][role] = matrix
    heads = iter([_with(head, new) for head, new in zip(model.heads, changed, strict=True)])
    return replace(model, layers=tuple(tuple(next(heads) for _ in layer) for layer in model.layers))


def _with(head: Head, new: Mapping[str, ExactMatrix]) -> Head:
    W_Q, W_K, W_V, W_O = (new.get(name, getattr(head, name)) for name in WEIGHTS)
    return replace(head, W_Q=W_Q, W_K=W_K, W_V=W_V, W_O=W_O)


def _place(model: Transformer, name: str) -> tuple[str, int]:
    role, _, number = name.partition("^")
    if role not in WEIGHTS or not number.isdigit() or not 1 <= int(number) <= len(model.heads):
        raise BadValue(f"expected a matrix of a head from 1 to {len(model.heads)}, such as W_V^1, got {name}")
    return role, int(number) - 1
