"""The circuit that the matrices of a submission make: a head, or a given transformer with them in their places."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from symcircuits.algebra import ExactMatrix
from symcircuits.circuit import Head, Residual, Transformer
from symcircuits.circuit.heads import WEIGHTS
from symcircuits.circuit.numbered import with_weights
from symcircuits.errors import InputError
from symcircuits.grading.judging.heads import head_of
from symcircuits.worked import Ask

Circuit: TypeAlias = Head | Transformer
_PRODUCTS = {"W_net": ("W_V", "W_O"), "W_OV": ("W_V", "W_O"), "W_QK": ("W_Q", "W_K")}


@dataclass(frozen=True)
class Misfit:
    """Why no circuit can be made; ``note`` is ``shape`` where the writer is to blame, and empty otherwise."""

    message: str
    note: str = ""


@dataclass(frozen=True)
class Answer:
    """The matrices that answer an ask, by name, as they were written (in ``convention``)."""

    ask: Ask
    matrices: Mapping[str, ExactMatrix]
    convention: str

    def circuit(self, convention: str | None = None) -> Circuit | Misfit:
        """The circuit that they make, in columns; or what is wrong with them."""
        rows = (convention or self.convention) == "rows"
        weights = {_plain(name): matrix.T if rows else matrix for name, matrix in self.matrices.items()}
        heads = _by_head(weights)
        stream, given = self.ask.stream, self.ask.given
        if any(set(parts) - {*WEIGHTS, *_PRODUCTS} for parts in heads.values()) or len(weights) < len(self.matrices):
            return Misfit("no head can be made of these names")
        if stream is None:
            return Misfit("the exercise names no residual stream")
        if given is None and len(heads) > 1:
            return Misfit("these names are of several heads")
        for parts in heads.values():
            for complaint in _misfits(parts, stream.d_model, self.ask.d_head, rows):
                return Misfit(complaint, "shape")
        try:
            labelled = {number: _labelled(parts, stream) for number, parts in heads.items()}
            if given is not None:
                named = {f"{role}^{number}": one for number, parts in labelled.items() for role, one in parts.items()}
                return with_weights(given, named)
            return head_of(next(iter(labelled.values())), self.ask.scale, self.ask.rotary)
        except InputError as error:
            return Misfit(str(error), "shape")


def _plain(name: str) -> str:
    return name.removeprefix("tilde ")


def _by_head(weights: Mapping[str, ExactMatrix]) -> dict[str, dict[str, ExactMatrix]]:
    """The matrices by the number of their head, then by their role."""
    found: dict[str, dict[str, ExactMatrix]] = {}
    for name, matrix in weights.items():
        role, _, number = name.partition("^")
        found.setdefault(number, {})[role] = matrix
    return found


def _misfits(weights: Mapping[str, ExactMatrix], d_model: int, d_head: int | None, rows: bool) -> Iterator[str]:
    """What is wrong with the shapes, as the writer sees them. Queries and keys may be of another size than values."""
    for roles in (("W_Q", "W_K"), ("W_V", "W_O"), tuple(_PRODUCTS)):
        some = {role: weights[role] for role in roles if role in weights}
        inner = {matrix.shape[1 if role == "W_O" else 0] for role, matrix in some.items()}
        size = d_head or min(inner, default=0)
        for role, matrix in some.items():
            shape = (d_model, d_model) if role in _PRODUCTS else (d_model, size) if role == "W_O" else (size, d_model)
            if matrix.shape != shape:
                shown, asked = (matrix.shape[::-1], shape[::-1]) if rows else (matrix.shape, shape)
                yield f"{role} is {shown[0]} by {shown[1]}, expected {asked[0]} by {asked[1]}"


def _labelled(weights: Mapping[str, ExactMatrix], stream: Residual) -> dict[str, ExactMatrix]:
    """The matrices with the directions of the stream, products as one of their factors and the identity."""
    parts: dict[str, ExactMatrix] = {}
    for role, matrix in weights.items():
        if role in _PRODUCTS:
            reading, writing = _PRODUCTS[role]
            parts |= {reading: ExactMatrix.identity(stream.d_model), writing: matrix}
        else:
            parts[role] = matrix
    axes = {role: (stream, None) if role == "W_O" else (None, stream) for role in parts}
    return {role: matrix.labelled(*axes[role]) for role, matrix in parts.items()}
