"""The weights of a transformer by the names of the field: ``W_V^2`` is that of the second head, ``b_O^2`` its bias.

Heads are counted from 1, layer by layer; of a single head the number may be left out. ``W_E``, ``W_pos`` and ``W_U``
are those of the transformer.

>>> from symcircuits.algebra import ExactMatrix
>>> from symcircuits.circuit import Head
>>> one, none = ExactMatrix.identity(1), ExactMatrix.zeros(1, 1)
>>> model = Transformer(((Head(W_V=one, W_O=one),),), W_E=one)
>>> changed = with_weights(model, {"W_O^1": none, "b_O": one, "W_U": one})
>>> weight(changed, "W_O").entries, weight(changed, "b_O^1").entries, weight(changed, "W_pos")
({}, {(0, 0): 1}, None)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from sympy import Expr, Symbol

from symcircuits.algebra import ExactMatrix
from symcircuits.circuit.heads import BIASES, WEIGHTS
from symcircuits.circuit.transformer import Transformer
from symcircuits.errors import BadValue

OF_MODEL = ("W_E", "W_pos", "W_U")
OF_HEAD = (*WEIGHTS, *BIASES)


def weight(model: Transformer, name: str) -> ExactMatrix | None:
    """The matrix of this name, or ``None`` where there is none. Raises ``BadValue`` for a name of no head."""
    role, place = _place(model, name)
    found: ExactMatrix | None = getattr(model if place is None else model.heads[place], role)
    return found


def with_weights(model: Transformer, weights: Mapping[str, ExactMatrix]) -> Transformer:
    """The model with other matrices, its own or those of some of its heads. Raises ``BadValue`` for a name of no head,
    and what ``Head`` and ``Transformer`` raise."""
    own: dict[str, ExactMatrix] = {}
    changed: list[dict[str, ExactMatrix]] = [{} for _ in model.heads]
    for name, matrix in weights.items():
        role, place = _place(model, name)
        (own if place is None else changed[place])[role] = matrix
    heads = iter([replace(head, **new) for head, new in zip(model.heads, changed, strict=True)])  # type: ignore[arg-type]
    layers = tuple(tuple(next(heads) for _ in layer) for layer in model.layers)
    return replace(model, layers=layers, **own)  # type: ignore[arg-type]


def substituted(model: Transformer, values: Mapping[Symbol, Expr]) -> Transformer:
    """The model with values for some symbols of its weights; scales and positions stay."""
    names = [*OF_MODEL, *(f"{role}^{number}" for number in range(1, len(model.heads) + 1) for role in OF_HEAD)]
    held = {name: matrix for name in names if (matrix := weight(model, name)) is not None}
    return with_weights(model, {name: matrix.substitute(values) for name, matrix in held.items()})


def _place(model: Transformer, name: str) -> tuple[str, int | None]:
    """Which matrix it is, and the place of its head, none for one of the whole."""
    if name in OF_MODEL:
        return name, None
    role, _, number = name.partition("^")
    number = number or "1" * (len(model.heads) == 1)
    if role not in OF_HEAD or not number.isdigit() or not 1 <= int(number) <= len(model.heads):
        raise BadValue(f"expected a matrix of a head from 1 to {len(model.heads)}, such as W_V^1, got {name}")
    return role, int(number) - 1
