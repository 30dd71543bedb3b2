"""The circuit that the matrices of a submission make: a head, or a given transformer with them in their places."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from symcircuits.algebra import ExactMatrix
from symcircuits.circuit import Head, Residual, Transformer
from symcircuits.circuit.heads import BIASES, WEIGHTS
from symcircuits.circuit.numbered import OF_MODEL, weight, with_weights
from symcircuits.errors import InputError
from symcircuits.grading.matrices.heads import head_of
from symcircuits.worked import Ask

Circuit: TypeAlias = Head | Transformer
_PRODUCTS = {"W_net": ("W_V", "W_O"), "W_OV": ("W_V", "W_O"), "W_QK": ("W_Q", "W_K")}


@dataclass(frozen=True)
class Misfit:
    """Why no circuit can be made; ``note`` is ``shape`` where the writer is to blame, and empty otherwise.

    ``names`` are those of the matrices at fault, where it is some of them.
    """

    message: str
    note: str = ""
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Answer:
    """The matrices that answer an ask, by name, as they were written (in ``convention``).

    ``for_rows`` are names of matrices that are for rows whatever the convention. A bias is a column or a row.
    """

    ask: Ask
    matrices: Mapping[str, ExactMatrix]
    convention: str
    for_rows: frozenset[str] = frozenset()

    def numbered(self) -> frozenset[str]:
        """The weights of heads that it gives, by number; a product as its factors, without a number that of head 1."""
        named = (_plain(name).partition("^") for name in self.matrices)
        return frozenset(
            _numbered(factor, number or "1") for role, _, number in named for factor in _PRODUCTS.get(role, (role,))
        )

    def circuit(self, convention: str | None = None) -> Circuit | Misfit:
        """The circuit that they make, in columns; or what is wrong with them."""
        rows = (convention or self.convention) == "rows"
        turned = {_plain(name) for name in self.matrices if rows or name in self.for_rows}
        weights = {_plain(name): matrix for name, matrix in self.matrices.items()}
        weights = {name: _upright(name, matrix.T if name in turned else matrix) for name, matrix in weights.items()}
        own = {name: weights[name] for name in OF_MODEL if name in weights}
        heads = _by_head({name: matrix for name, matrix in weights.items() if name not in own})
        stream, given = self.ask.stream, self.ask.given
        known = {*WEIGHTS, *BIASES, *_PRODUCTS}
        if any(set(parts) - known for parts in heads.values()) or len(weights) < len(self.matrices):
            return Misfit("no head can be made of these names")
        if stream is None:
            return Misfit("the exercise names no residual stream")
        if given is None and (len(heads) > 1 or own):
            return Misfit("these names are of several heads" if heads else "these names are of no head")
        shapes = {name: held.shape for name in own if given and (held := weight(given, name)) is not None}
        for number, parts in heads.items():
            found = _shapes(parts, stream.d_model, self.ask.d_head)
            shapes |= {_numbered(role, number): shape for role, shape in found.items()}
        unfit = {name: shape for name, shape in shapes.items() if weights[name].shape != shape}
        if unfit:
            told = [_misfit(name, weights[name].shape, shape, name in turned) for name, shape in unfit.items()]
            return Misfit(", and ".join(told), "shape", tuple(unfit))
        try:
            labelled = {number: _labelled(parts, stream) for number, parts in heads.items()}
            if given is not None:
                named = {_numbered(role, at): one for at, parts in labelled.items() for role, one in parts.items()}
                return with_weights(given, named | {name: _as_held(given, name, own[name]) for name in own})
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


def _numbered(role: str, number: str) -> str:
    return f"{role}^{number}" if number else role


def _upright(name: str, matrix: ExactMatrix) -> ExactMatrix:
    """A bias as a column."""
    return matrix.T if name.startswith("b_") and matrix.shape[0] == 1 else matrix


def _shapes(weights: Mapping[str, ExactMatrix], d_model: int, d_head: int | None) -> dict[str, tuple[int, int]]:
    """The shapes that are expected of the matrices of a head. Queries and keys may be of another size than values."""
    shapes: dict[str, tuple[int, int]] = {}
    for roles in (("W_Q", "W_K", "b_Q", "b_K"), ("W_V", "W_O", "b_V"), tuple(_PRODUCTS), ("b_O",)):
        some = {role: weights[role] for role in roles if role in weights}
        inner = {matrix.shape[1 if role == "W_O" else 0] for role, matrix in some.items()}
        size = d_head or min(inner, default=0)
        for role in some:
            if role in _PRODUCTS:
                shapes[role] = d_model, d_model
            elif role in BIASES:
                shapes[role] = d_model if role == "b_O" else size, 1
            else:
                shapes[role] = (d_model, size) if role == "W_O" else (size, d_model)
    return shapes


def _misfit(name: str, found: tuple[int, int], expected: tuple[int, int], turned: bool) -> str:
    """What is wrong with a shape, as the writer sees it."""
    shown, asked = (found[::-1], expected[::-1]) if turned else (found, expected)
    return f"{name} is {shown[0]} by {shown[1]}, expected {asked[0]} by {asked[1]}"


def _as_held(model: Transformer, name: str, matrix: ExactMatrix) -> ExactMatrix:
    """A matrix with the directions of the one whose place it takes."""
    held = weight(model, name)
    return matrix if held is None else matrix.labelled(held.rows, held.columns)


def _labelled(weights: Mapping[str, ExactMatrix], stream: Residual) -> dict[str, ExactMatrix]:
    """The matrices with the directions of the stream, products as one of their factors and the identity."""
    parts: dict[str, ExactMatrix] = {}
    for role, matrix in weights.items():
        if role in _PRODUCTS:
            reading, writing = _PRODUCTS[role]
            parts |= {reading: ExactMatrix.identity(stream.d_model), writing: matrix}
        else:
            parts[role] = matrix
    axes = {role: (stream, None) if role in ("W_O", "b_O") else (None, stream) for role in parts}
    plain = {"b_Q", "b_K", "b_V"}
    return {role: matrix.labelled(*((None, None) if role in plain else axes[role])) for role, matrix in parts.items()}
