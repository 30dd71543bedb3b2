r"""Other names for the matrices of an exercise: those of GPT-2, which are of weights for rows in either convention.

>>> rows = {"c_proj": ExactMatrix.identity(2), "c_attn": ExactMatrix.from_rows([[1, 2, 3]])}
>>> handed_in("W_O", rows) == (rows["c_proj"], "c_proj"), handed_in("W_K", rows)[0].entries, handed_in("W_E", rows)
(True, {(0, 0): 2}, None)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from symcircuits.algebra import ExactMatrix

ROWS = frozenset({"wte", "wpe", "c_proj", "c_attn"})
_SPELT = {
    "W_E": ("wte",),
    "W_pos": ("wpe", "W_P"),
    "W_O": ("c_proj",),
    "b_O": ("b_out", "c_bias", "b_proj"),
    "W_Q": ("c_attn",),
    "W_K": ("c_attn",),
    "W_V": ("c_attn",),
}
_Value = TypeVar("_Value")


def spellings(name: str) -> tuple[str, ...]:
    """The names under which a matrix may be handed in, its own first; one of a numbered head has no other."""
    return (name, *_SPELT.get(name, ()))


def handed_in(name: str, given: Mapping[str, _Value]) -> tuple[_Value | ExactMatrix, str] | None:
    """The matrix of this name, or under another one, and that name. Of ``c_attn`` it is the third that is meant."""
    for spelt in spellings(name):
        value = given.get(spelt)
        if spelt == "c_attn" and isinstance(value, ExactMatrix) and value.shape[1] % 3 == 0:
            size, part = value.shape[1] // 3, "QKV".index(name[-1])
            return value.take_columns(range(part * size, (part + 1) * size)), spelt
        if value is not None:
            return value, spelt
    return None
