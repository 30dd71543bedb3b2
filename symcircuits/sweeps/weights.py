"""Measures of weights alone: copying scores and composition scores, exact or by the arrays of the engine.

The head in question is the first one of the last layer; what it reads comes from the first one of the layer before.
The definitions, with their ranges and where they are undefined, are those of ``symcircuits.circuit.scores``.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from sympy import Expr, Symbol

from symcircuits.behaviours import Trial
from symcircuits.circuit import Head, Transformer
from symcircuits.circuit.batches import HeadBatch, batched_symbols
from symcircuits.circuit.bind import bind_matrix
from symcircuits.circuit.scores import composition_baseline, copying_score, k_composition, q_composition, v_composition
from symcircuits.errors import BadValue
from symcircuits.sweeps.compiled import together
from symcircuits.sweeps.points import Array, Points, count, filled_in, in_groups
from symcircuits.sweeps.quantities import Measure, Quantities

Scores: TypeAlias = Callable[[Points], dict[str, Array]]

NOISE = 1e-6  # eigenvalues so much smaller than the largest are zeros of a block that floats do not know to be one
_COMPOSITIONS = {"q_composition": q_composition, "k_composition": k_composition, "v_composition": v_composition}
_QUOTIENT = r"\lVert {0} W_{{\mathrm{{OV}}}}^1 \rVert / (\lVert {0} \rVert \, \lVert W_{{\mathrm{{OV}}}}^1 \rVert)"
_RANDOM = "0 to 1, and 1/sqrt(d_model) in the mean square over rotations at random"


@dataclass(frozen=True)
class WeightMeasure(Measure):
    """A number for each point that is made of weights alone."""

    def baseline(self, trial: Trial) -> float | None:
        """What a composition score is, in the mean square, where a rotation between the two heads is taken at random
        (``composition_baseline``); nothing for a score of another kind."""
        return float(composition_baseline(_pair(trial)[1].d_model)) if self.name in _COMPOSITIONS else None

    def of(self, found: Quantities) -> Array:
        """The measure at each point, ``[points]``."""
        return found.scores[self.name]

    def range_of(self, found: Quantities, tolerance: float) -> tuple[Array, Array]:
        """Between which values the measure lies, where it is known to within the tolerance."""
        return self.of(found) - tolerance, self.of(found) + tolerance


def _measure(name: str, latex: str, meaning: str) -> WeightMeasure:
    return WeightMeasure(name, "scores", np.asarray, latex, meaning)


OF_WEIGHTS: Mapping[str, WeightMeasure] = {
    measure.name: measure
    for measure in (
        _measure("copying_score", r"\sum \lambda_i / \sum |\lambda_i| \text{ of } W_U W_{\mathrm{OV}} W_E",
                 "copying score of the full OV circuit, from -1 to 1"),
        _measure("ov_copying_score", r"\sum \lambda_i / \sum |\lambda_i| \text{ of } W_{\mathrm{OV}}",
                 "copying score of W_OV alone, from -1 to 1"),
        _measure("q_composition", _QUOTIENT.format(r"W_{\mathrm{QK}}^{2 T}"), f"Q-composition of two heads, {_RANDOM}"),
        _measure("k_composition", _QUOTIENT.format(r"W_{\mathrm{QK}}^2"), f"K-composition of two heads, {_RANDOM}"),
        _measure("v_composition", _QUOTIENT.format(r"W_{\mathrm{OV}}^2"), f"V-composition of two heads, {_RANDOM}"),
    )
}  # fmt: skip


def measures_of_weights(trial: Trial) -> dict[str, Measure]:
    """The measures that the weights of a run have, by name."""
    if not trial.heads:
        return {}
    first, last = _pair(trial)
    moves = last.W_V is not None and last.W_O is not None
    composes = first is not None and first.W_V is not None and first.W_O is not None
    has = {
        "copying_score": moves and trial.model is not None and None not in (trial.model.W_E, trial.model.W_U),
        "ov_copying_score": moves,
        "q_composition": composes and last.W_Q is not None,
        "k_composition": composes and last.W_Q is not None,
        "v_composition": composes and moves,
    }
    return {name: OF_WEIGHTS[name] for name, there in has.items() if there}


def _pair(trial: Trial) -> tuple[Head | None, Head]:
    """The head of the layer before the last, and that of the last."""
    layers = [(head,) for head in trial.heads[:1]] if trial.model is None else [layer for layer in trial.model.layers]
    return (layers[-2][0] if len(layers) > 1 else None), layers[-1][0]


def _used(trial: Trial, names: Collection[str]) -> list[Head | None]:
    """The two heads with those of their weights that these scores are made of."""
    first, last = _pair(trial)
    attends = {"q_composition", "k_composition"} & set(names)
    moves = set(names) - {"q_composition", "k_composition"}
    before = None if first is None or not set(names) & set(_COMPOSITIONS) else _without(first, "QK")
    return [before, _without(last, ("" if attends else "QK") + ("" if moves else "VO"))]


def symbols_of_scores(trial: Trial, names: Collection[str]) -> set[Symbol]:
    """The symbols of the weights that these scores are made of."""
    parts: list[Any] = [head for head in _used(trial, names) if head is not None]
    if trial.model is not None and "copying_score" in names:
        parts += [matrix for matrix in (trial.model.W_E, trial.model.W_U) if matrix is not None]
    return set().union(*(part.free_symbols for part in parts))


def exact_scores(trial: Trial, names: Collection[str], swept: Sequence[Symbol]) -> Scores:
    """The scores in closed form as a function of points. Raises ``BadValue`` for one that is 0/0, ``NotSupported`` for
    eigenvalues that are not found."""
    run = together([_exact(trial, name) for name in names], trial.values, swept)
    return lambda points: dict(zip(names, run(points).T, strict=True))


def _exact(trial: Trial, name: str) -> Expr:
    first, last = _pair(trial)
    if name in _COMPOSITIONS and first is not None:
        return _COMPOSITIONS[name](first, last)
    return copying_score(_full(trial.model, last) if name == "copying_score" else last.W_OV)


def _full(model: Transformer | None, head: Head) -> Any:
    if model is None or model.W_U is None:
        raise BadValue("the full OV circuit needs an embedding and an unembedding")
    return model.W_U @ head.W_OV.left @ head.W_OV.right @ model.W_E


def numeric_scores(trial: Trial, names: Collection[str], swept: Sequence[Symbol], dtype: str) -> Scores:
    """The same by the arrays of the heads, in a kind of floating point; eigenvalues are found in float32 at least.
    Raises ``BadValue`` for a score that is 0/0, which is decided exactly."""
    for name in names:
        _exact(trial, name)
    heads = _used(trial, names)
    weights = [head for head in heads if head is not None]
    moving = {symbol for head in weights for symbol in batched_symbols(head)} & set(swept)

    def run(points: Points) -> dict[str, Array]:
        def group(values: dict[Any, Expr], rest: dict[Any, Array]) -> Quantities:
            numbers = filled_in(trial.values, values)
            first, last = (
                None if head is None
                else HeadBatch(head, numbers, [s for s in rest if s in batched_symbols(head)]).at(rest, dtype)
                for head in heads
            )  # fmt: skip
            size = count(rest)
            found = {name: _numeric(name, first, last, trial.model, numbers, dtype) for name in names}
            return Quantities(scores={name: np.broadcast_to(value, (size,)) for name, value in found.items()})

        return dict(in_groups(points, set(swept) - moving, group).scores)

    return run


def _without(head: Head, letters: str) -> Head:
    """The weights of a head alone, without some of them, and so without the symbols of what is not used."""
    kept = {name: matrix for name, matrix in head.weights().items() if name[-1] not in letters}
    return Head(W_Q=kept.get("W_Q"), W_K=kept.get("W_K"), W_V=kept.get("W_V"), W_O=kept.get("W_O"))


def _numeric(
    name: str, first: Any, last: Any, model: Transformer | None, values: Mapping[Any, Expr], dtype: str
) -> Array:
    """A score from weights of the engine, which multiply rows: each matrix is the transpose of the one it is of."""
    if name in _COMPOSITIONS:
        wrote, reading = first.W_V @ first.W_O, _reading(name, last)
        quotient: Array = _norm(wrote @ reading) / (_norm(wrote) * _norm(reading))
        return quotient
    around = np.eye(last.W_O.shape[-1])
    if name == "copying_score" and model is not None and model.W_U is not None:
        around = (bind_matrix(model.W_E, values) @ bind_matrix(model.W_U, values)).T
    inner = last.W_O @ around.astype(dtype) @ last.W_V  # of the size of the head, with the same other eigenvalues
    found = np.linalg.eigvals(inner.astype(np.promote_types(dtype, "float32")))
    sizes = np.abs(found)
    real = np.where(sizes > NOISE * sizes.max(axis=-1, keepdims=True), found, 0)
    ratio: Array = np.real(real.sum(axis=-1)) / np.abs(real).sum(axis=-1)
    return ratio


def _reading(name: str, head: Any) -> Any:
    """The transpose of the matrix by which a head reads what an earlier one wrote."""
    if name == "v_composition":
        return head.W_V @ head.W_O
    queries, keys = (head.W_Q, head.W_K) if name == "q_composition" else (head.W_K, head.W_Q)
    return queries @ np.swapaxes(keys, -1, -2)


def _norm(matrix: Array) -> Array:
    size: Array = np.sqrt((matrix**2).sum(axis=(-2, -1)))
    return size
