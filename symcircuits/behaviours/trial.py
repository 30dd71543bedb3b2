"""One numeric run of a behaviour: heads with numbers for their symbols, a random stream, and what was measured."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from sympy import Expr, Symbol

from symcircuits.algebra import Verdict
from symcircuits.circuit import Directions, Head, Transformer
from symcircuits.circuit.bind import bind_head, bind_stream, bind_transformer, pattern_of, scores_of
from symcircuits.circuit.positions import whole
from symcircuits.engine import attention_pattern, causal_softmax, embed, streams
from symcircuits.errors import BadValue
from symcircuits.symbols import N, is_coordinate, m, n

Array = NDArray[np.floating[Any]]

Mass = Callable[[Array], float]

TOLERANCE = 1e-12


@dataclass(frozen=True)
class Trial:
    """Everything that one run needs.

    ``heads`` are one a layer; ``values`` binds every symbol; ``n_ctx`` is the number of tokens; ``filled`` are the
    directions that hold random numbers at first (``None``: all of them); ``closed_form`` is an expression in the
    symbols ``n`` and ``m`` for the attention of query ``n`` on key ``m``, to be compared with; ``score`` is one for
    its score, which may also speak of what these two tokens hold. A run of a whole ``model`` has its heads for
    ``heads``; its ``bound`` is an expression in ``n`` for the least attention that was proved, and its forms may speak
    of ``N``, the length of a repeated block.
    """

    heads: tuple[Head, ...]
    values: Mapping[Symbol, Expr]
    n_ctx: int = 64
    seed: int = 0
    closed_form: Expr | None = None
    filled: tuple[Directions, ...] | None = field(default=None)
    score: Expr | None = None
    model: Transformer | None = None
    bound: Expr | None = None

    def __post_init__(self) -> None:
        if whole(self.n_ctx, "n_ctx") < 1:
            raise BadValue(f"expected a context of at least one token, got n_ctx = {self.n_ctx}")

    def symbols(self) -> set[Symbol]:
        """Every symbol that needs a value: of weights, scales, positions and the closed forms."""
        forms = [form for form in (self.closed_form, self.score, self.bound) if form is not None]
        found = {symbol for form in forms for symbol in form.free_symbols - {n, m, N} if not is_coordinate(symbol)}
        if self.model is not None:
            return found | self.model.free_symbols
        for head in self.heads:
            positions = head.stream.positions().values()
            found |= head.free_symbols.union(*(block.free_symbols for block in positions))
        return found

    def whole_model(self, behaviour: object) -> Transformer:
        """The model that is run, for a behaviour of whole models. Raises ``BadValue`` for a run of heads."""
        if self.model is None:
            raise BadValue(f"{behaviour} is measured on a transformer, got heads")
        return self.model

    def stream(self) -> Array:
        """A random residual stream ``[n_ctx, d_model]`` with the positions written into it.

        Raises ``BadValue`` where there is no head.
        """
        if not self.heads:
            raise BadValue("expected at least one head to run, got none")
        stream = self.heads[0].stream
        random = np.random.default_rng(self.seed).standard_normal((self.n_ctx, stream.d_model))
        if self.filled is not None:
            kept = [place for part in self.filled for place in part.places]
            random[:, [place for place in range(stream.d_model) if place not in set(kept)]] = 0.0
        return bind_stream(stream, self.n_ctx, self.values, random)

    def pattern(self, x: Array) -> Array:
        """The attention ``[n_ctx, n_ctx]`` of the one head on a stream, by the engine.

        Raises ``BadValue`` for several heads, or for one without queries and keys.
        """
        if len(self.heads) != 1:
            raise BadValue(f"expected one head to measure attention, got {len(self.heads)}")
        if self.heads[0].W_Q is None:
            raise BadValue("this head has no W_Q and W_K")
        return attention_pattern(x, bind_head(self.heads[0], self.values))

    def expected(self, x: Array) -> Array | None:
        """The attention ``[n_ctx, n_ctx]`` by the closed form of it, or of the score; ``None`` without either."""
        if self.closed_form is not None:
            return pattern_of(self.closed_form, n, m, self.n_ctx, self.values)
        if self.score is None:
            return None
        return causal_softmax(scores_of(self.score, self.heads[0].stream, x, self.values))


@dataclass(frozen=True)
class Measurement:
    """What a run gave: the number measured on the engine, the closed form's, how far apart they are, and the result.

    ``measures`` is prose with ``$...$`` that says what the number is; ``note`` says what failed. Where a run has rows
    that can be right or wrong, ``accuracy`` is the share of the right ones; ``bound`` is what was proved to be the
    least of what is measured.
    """

    measures: str
    measured: float
    closed_form: float | None
    difference: float
    passed: bool
    note: str = ""
    bound: float | None = None
    accuracy: float | None = None


def compared(measures: str, pattern: Array, expected: Array | None, mass: Mass, note: str) -> Measurement:
    """A measured pattern next to its closed form; it passes without a ``note`` of what failed, and where they agree.

    ``mass`` makes a pattern the number that is measured.
    """
    if expected is None:
        return Measurement(measures, mass(pattern), None, 0.0, not note, note)
    difference = float(np.max(np.abs(pattern - expected)))
    close = difference <= TOLERANCE  # false for nan too
    note = note or ("" if close else _distance_note(difference))
    return Measurement(measures, mass(pattern), mass(expected), difference, not note, note)


def _distance_note(difference: float) -> str:
    if np.isnan(difference):
        return "the closed form has no value somewhere in the pattern"
    return "the pattern differs from the closed form"


def check_circuit(behaviour: object, circuit: object) -> None:
    """Raise ``BadValue`` for a behaviour of heads with a transformer, or one of transformers with a head.

    A behaviour is one of heads unless its ``circuit`` is ``Transformer``.
    """
    needed = getattr(behaviour, "circuit", Head)
    if isinstance(circuit, Transformer) != (needed is Transformer):
        raise BadValue(f"{behaviour} is a behaviour of a {needed.__name__}, got a {type(circuit).__name__}")


class Behaviour(Protocol):
    """What a circuit must do: provable on it, measurable on arrays.

    A behaviour of a whole ``Transformer`` says so by its ``circuit``.
    """

    def text(self) -> str:
        """The requirement, as prose with ``$...$``."""

    def prove_on(self, circuit: Any, /) -> Verdict:
        """Whether a head, or a transformer, has the behaviour, for all values of its symbols."""

    def measure(self, trial: Trial) -> Measurement:
        """What the engine does on bound weights."""


@runtime_checkable
class StrictBehaviour(Behaviour, Protocol):
    """A behaviour that can also be claimed at numbers, over a context."""

    def prove_strict(self, circuit: Any, /, values: Mapping[Symbol, Expr], n_ctx: int) -> Verdict:
        """Whether, at these values, it has the behaviour strictly in every row of ``n_ctx`` tokens."""


def model_pattern(
    model: Transformer,
    tokens: Sequence[int] | NDArray[np.integer[Any]],
    values: Mapping[Symbol, Expr],
    place: tuple[int, int],
) -> Array:
    """The attention ``[n_ctx, n_ctx]`` of one head, at (layer, head), of a model on tokens, by the engine.

    Raises ``BadValue`` for a head that the model does not have, ``UnboundSymbols`` for a symbol without a value.
    """
    layer, head = place
    model.head(layer, head)
    arrays = bind_transformer(model, len(tokens), values)
    read = streams(embed(tokens, arrays), arrays.layers[:layer])[-1]
    return attention_pattern(read, arrays.layers[layer][head])
