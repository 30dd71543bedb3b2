"""What can be analysed: weights, a file of them, a model of TransformerLens, an exact transformer, or a derivation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sympy import Expr, Symbol

from symcircuits.algebra.values import exact, fitting
from symcircuits.circuit import Transformer
from symcircuits.errors import BadValue, UnknownName
from symcircuits.export.weights import Weights, from_transformer_lens, naming, read_parameters, weights_of
from symcircuits.export.weights.names import shape_of, without_buffers
from symcircuits.worked import Derivation, collect

ENDINGS = (".npz", ".safetensors")
N_CTX = 16  # places of an exact model, where nothing tells how many
_OF_OTHER_MODELS = {"attn_only": True, "normalization_type": None}


@dataclass(frozen=True, eq=False)
class Source:
    """A model as it is analysed.

    ``weights`` are its numbers, ``model`` the exact one, where it is exact; ``values`` are what its symbols stand for
    in the numbers. Without ``weights`` some symbols have no value, ``unbound``. ``left_out`` are parameters of other
    kinds of model; with ``heads_only`` nothing is run.
    """

    name: str
    weights: Weights | None = None
    model: Transformer | None = None
    values: Mapping[Symbol, Expr] | None = None
    unbound: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    heads_only: bool = False


def source_of(
    given: object,
    values: Mapping[str, object] | None = None,
    parameters: Mapping[str, object] | None = None,
    n_ctx: int | None = None,
    heads_only: bool = False,
) -> Source:
    """The model that is given: ``Weights``, a ``Transformer``, a ``Derivation`` or its ID, a path, or a TransformerLens
    model. ``values`` bind symbols by name, ``parameters`` build a derivation, ``n_ctx`` is the context of an exact one.

    Raises ``BadValue``, ``ShapeMismatch`` or ``UnknownName`` for what is none of these, or no attention-only model.
    """
    if isinstance(given, str | Path) and not _is_file(given):
        given = _derived(str(given), parameters or {})
    elif parameters:
        raise BadValue(f"only a derivation has parameters, got {', '.join(parameters)}")
    if isinstance(given, Derivation):
        return _of_derivation(given, values or {}, n_ctx, heads_only)
    if isinstance(given, Transformer):
        return _exact(given.name or "a transformer", given, {}, values or {}, n_ctx or N_CTX, heads_only)
    if values:
        raise BadValue(f"only an exact model has symbols to bind, got {', '.join(values)}")
    if isinstance(given, str | Path):
        header, arrays = read_parameters(given)
        with naming(given):
            return _of_parameters(Path(given).name, header, arrays, heads_only)
    if isinstance(given, Weights):
        return Source("weights", given, heads_only=heads_only)
    if hasattr(given, "state_dict") and hasattr(given, "cfg"):
        return _of_parameters("a TransformerLens model", *from_transformer_lens(given), heads_only)
    kinds = "weights, a transformer, a file, an ID or a TransformerLens model"
    raise BadValue(f"expected {kinds}, got {type(given).__name__}")


def _is_file(given: str | Path) -> bool:
    path = Path(given)
    if path.suffix in ENDINGS:
        return True
    if path.suffix != ".py" and path.is_file():
        raise BadValue(f"expected a derivation or a file that ends in {' or '.join(ENDINGS)}, got {path.name!r}")
    return False


def _derived(id: str, settings: Mapping[str, object]) -> Derivation:
    collection = collect([id])
    if collection.failures:
        raise collection.failures[0]
    if len(collection.entries) != 1:
        raise BadValue(f"analyse takes one model, and {id!r} stands for {len(collection.entries)} derivations")
    (entry,) = collection.entries
    texts = {name: value for name, value in settings.items() if isinstance(value, str)}
    return collection.derive(entry.id, **{**settings, **entry.read_settings(texts)})


def _of_derivation(found: Derivation, values: Mapping[str, object], n_ctx: int | None, heads_only: bool) -> Source:
    """The last whole transformer that an experiment of a derivation runs, best one with an unembedding."""
    trials = [one.trial for one in found.experiments if one.trial.model is not None]
    whole = [trial for trial in trials if trial.model is not None and trial.model.W_U is not None]
    if not whole:
        raise BadValue(f"{found.id} has no whole transformer, with an embedding and an unembedding, to analyse")
    trial = whole[-1]
    assert trial.model is not None
    if not trial.model.layers:
        raise BadValue(f"{found.id} has a transformer without layers, and so no head to analyse")
    suggested = {symbol: value for symbol, value in found.suggested.items()} | dict(trial.values)
    return _exact(found.id, trial.model, suggested, values, n_ctx or trial.n_ctx, heads_only)


def _exact(
    name: str, model: Transformer, suggested: Mapping[Symbol, Expr], given: Mapping[str, object], n_ctx: int,
    heads_only: bool,
) -> Source:  # fmt: skip
    symbols = {symbol.name: symbol for symbol in sorted(model.free_symbols, key=str)}
    for word in given:
        if word not in symbols:
            raise UnknownName(f"symbol of {name}", word, symbols)
    values = {symbol: exact(value) for symbol, value in suggested.items() if symbol in model.free_symbols}
    values |= {symbols[word]: fitting(symbols[word], value) for word, value in given.items()}
    unbound = tuple(word for word, symbol in symbols.items() if symbol not in values)
    places = n_ctx if model.W_pos is None else min(n_ctx, model.W_pos.shape[1])
    weights = None if unbound else weights_of(model, values, places)
    return Source(name, weights, model, values, unbound, heads_only=heads_only)


def _of_parameters(name: str, header: Mapping[str, Any], given: Mapping[str, Any], heads_only: bool) -> Source:
    left_out = [parameter for parameter in without_buffers(given) if not _is_of_heads(parameter)]
    if not heads_only:
        if left_out:
            told = f"{left_out[0]!r} is no parameter of an attention-only model without layer norms"
            raise BadValue(f"{told}; --heads-only analyses the heads by themselves")
        return Source(name, Weights(header, given))
    kept = {parameter: array for parameter, array in given.items() if parameter not in left_out}
    return Source(name, Weights({**header, **_OF_OTHER_MODELS}, kept), left_out=tuple(left_out), heads_only=True)


def _is_of_heads(parameter: str) -> bool:
    try:
        shape_of(parameter)
    except BadValue:
        return False
    return True
