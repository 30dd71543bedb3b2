"""Analyse a model: every head, every pair of heads, and what they do on tokens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from symcircuits.analysis.composition import compositions
from symcircuits.analysis.exact import (
    exact_compositions,
    exact_scores,
    exact_singular_values,
    full_ov,
    full_qk,
)
from symcircuits.analysis.factors import copying, copying_of_small, rank, singular_values
from symcircuits.analysis.importance import Step, importance
from symcircuits.analysis.patterns import (
    NAMES,
    PatternScores,
    Repeated,
    begin_of,
    pattern_scores,
    repeated,
    uniform,
)
from symcircuits.analysis.report import HeadReport, Picture, Report
from symcircuits.analysis.running import Layer, Tokens, layer_of, passes
from symcircuits.analysis.scores import Score
from symcircuits.analysis.sources import Source, source_of
from symcircuits.analysis.together import named, together
from symcircuits.analysis.tokens import contexts_of
from symcircuits.analysis.trigrams import Key, Trigrams, frequencies, skip_trigrams
from symcircuits.analysis.virtual import virtual_heads
from symcircuits.circuit import Transformer
from symcircuits.errors import AlgebraError, BadValue
from symcircuits.export.weights import Weights

Place = tuple[int, int]
SEQUENCES = 64
TOP = 10
NOT_RUN = "per-head analysis only: patterns need the whole model"
_LONGEST_PICTURE = 48
_VIRTUAL_SEQUENCES = 4


def analyse(
    model: object,
    *,
    tokens: Sequence[int | str] | None = None,
    top: int = TOP,
    heads_only: bool = False,
    values: Mapping[str, object] | None = None,
    parameters: Mapping[str, object] | None = None,
    n_ctx: int | None = None,
    sequences: int = SEQUENCES,
    seed: int = 0,
    on_progress: Step = lambda what, done, total: None,
) -> Report:
    """The report on an attention-only model without layer norms.

    ``model`` is ``Weights``, a file of them (``.npz``, ``.safetensors``), a model of TransformerLens, a
    ``Transformer``, or a derivation or its ID, which ``parameters`` build; the last three are exact, and ``values``
    bind their symbols for what is measured by running them (a derivation suggests some). ``tokens``, by number or by
    name, are what importance is measured on. ``top`` is how many skip trigrams of a head and virtual heads are told.
    ``heads_only`` takes the heads out of a model of another kind, and runs nothing. ``sequences`` random ones with a
    ``seed`` measure the patterns.

    Raises ``BadValue``, ``ShapeMismatch`` or ``UnknownName`` for what is no such model, or for tokens outside its
    vocabulary.

    >>> report = analyse("framework/3")
    >>> report.head(1, 0).scores["copying_full"].exact, round(report.head(0, 0).scores["previous_token"].value, 3)
    (1, 0.998)
    >>> [(pair.kind, pair.score.exact) for pair in report.composition]
    [('Q', 0), ('K', sqrt(2)/4), ('V', 0)]
    """
    if top < 1 or sequences < 1:
        raise BadValue(f"expected at least 1 for top and sequences, got {top} and {sequences}")
    source = model if isinstance(model, Source) else source_of(model, values, parameters, n_ctx, heads_only)
    heads_only = source.heads_only
    contexts = None if tokens is None or heads_only else contexts_of(tokens, _weights(source, "tokens"), begin_of)
    runs = source.weights is not None and not heads_only
    found = repeated(source.weights, sequences, seed) if runs and source.weights is not None else None
    report = Report(
        source.name,
        _config(source),
        _vocabulary(source),
        _heads(source, found),
        _compositions(source),
        uniform(found) if found is not None else {},
        {},
        notes=tuple(_notes(source, contexts)),
        sequences=_told(found, sequences),
    )
    if source.weights is None or heads_only:
        return report
    return _run(report, source, source.weights, found, contexts, top, on_progress)


def _run(
    report: Report, source: Source, weights: Weights, found: Repeated | None, contexts: Sequence[Tokens] | None,
    top: int, on_progress: Step,
) -> Report:  # fmt: skip
    """What needs the model to be run, or its vocabulary."""
    report = replace(report, trigrams=tuple(_trigrams(source, weights, contexts, top, on_progress)))
    if contexts is not None:
        report = replace(report, importance=importance(weights, contexts, on_progress))
    if found is None:
        return report
    scores = {name: {one.place: one.scores[name] for one in report.heads} for name in NAMES}
    roles = {name: tuple(named(scores[name], report.uniform[name])) for name in NAMES[:3]}
    shown = found.tokens if contexts is None else contexts[0]
    return replace(
        report,
        roles=roles,
        together=tuple(together(weights, found, roles["induction"], roles["previous_token"])),
        virtual=tuple(virtual_heads(weights, found.tokens[:_VIRTUAL_SEQUENCES], top, found.begin, on_progress)),
        picture=_picture(weights, shown[0], report.vocabulary),
    )


def _heads(source: Source, found: Repeated | None) -> tuple[HeadReport, ...]:
    weights, model = source.weights, source.model
    numbers = {} if weights is None else _of_numbers(weights)
    patterns: Mapping[Place, PatternScores] = (
        {} if weights is None or source.heads_only else pattern_scores(weights, found)
    )
    places = list(numbers) if model is None else [place for place, _ in model.placed()]
    why = NOT_RUN if source.heads_only else f"no value for {', '.join(source.unbound)}"
    told = []
    for place in places:
        head = numbers.get(place, HeadReport(place, {}))
        one = patterns.get(place, PatternScores(dict.fromkeys(NAMES, Score.undefined(why)), None))
        if model is not None:
            exact = exact_scores(model, model.head(*place), source.values or {})
            merged = {name: _better(score, head.scores.get(name)) for name, score in exact.items()}
            singular = exact_singular_values(model.head(*place))
            head = replace(head, scores={**head.scores, **merged}, exact_singular=singular)
        told.append(replace(head, scores={**head.scores, **one.scores}, offset=one.offset))
    return tuple(told)


def _better(exact: Score, number: Score | None) -> Score:
    """An exact score, or the number where there is no exact form."""
    return number if exact.why.startswith("no exact form") and number is not None else exact


def _of_numbers(weights: Weights) -> dict[Place, HeadReport]:
    """The scores of weights alone, by (layer, head)."""
    inner = _between(weights)
    precision = float(np.finfo(weights.parameters["blocks.0.attn.W_V"].dtype).eps)
    told = {}
    for place in range(weights.config["n_layers"]):
        layer = layer_of(weights, place)
        for head in range(layer.heads):
            told[place, head] = _head((place, head), layer, inner, precision)
    return told


def _head(place: Place, layer: Layer, inner: np.ndarray, precision: float) -> HeadReport:
    W_Q, W_K, W_V, W_O = (weights[place[1]] for weights in (layer.W_Q, layer.W_K, layer.W_V, layer.W_O))
    qk, ov = singular_values(W_Q, W_K.T), singular_values(W_V, W_O)
    sizes = [float(np.linalg.norm(matrix)) for matrix in (W_O, inner, W_V)]
    full = copying_of_small(W_O @ inner @ W_V, sizes[0] * sizes[1] * sizes[2], precision)
    scores = {
        "rank_qk": Score.of(rank(qk, len(W_Q), precision)),
        "rank_ov": Score.of(rank(ov, len(W_V), precision)),
        "copying_ov": copying(W_V, W_O, precision),
        "copying_full": full,
    }
    return HeadReport(place, scores, singular_qk=tuple(map(float, qk)), singular_ov=tuple(map(float, ov)))


def _between(weights: Weights, step: int = 4096) -> np.ndarray:
    """``W_U W_E``, ``[d_model, d_model]`` for rows: what lies between the output and the next input, in float64."""
    W_E, W_U = weights.parameters["embed.W_E"], weights.parameters["unembed.W_U"]
    total = np.zeros((W_E.shape[1],) * 2)
    for start in range(0, len(W_E), step):
        part = slice(start, start + step)
        total += W_U[:, part].astype(np.float64) @ W_E[part].astype(np.float64)
    return total


def _compositions(source: Source) -> tuple[Any, ...]:
    numbers = () if source.weights is None else tuple(compositions(source.weights))
    if source.model is None:
        return numbers
    by_pair = {(one.kind, one.writer, one.reader): one.score for one in numbers}
    return tuple(
        replace(one, score=_better(one.score, by_pair.get((one.kind, one.writer, one.reader))))
        for one in exact_compositions(source.model, source.values or {})
    )


def _trigrams(
    source: Source, weights: Weights, contexts: Sequence[Tokens] | None, top: int, on_progress: Step
) -> list[Trigrams]:
    share = None if contexts is None else frequencies(contexts, weights.config["d_vocab"])
    places = list(np.ndindex(weights.config["n_layers"], weights.config["n_heads"]))
    if source.model is not None:
        places = [place for place, _ in source.model.placed()]
    told = []
    for done, (layer, head) in enumerate(places):
        on_progress("skip trigrams", done, len(places))
        found = skip_trigrams(weights, layer, head, top, share)
        told.append(found if source.model is None else _exact_entries(source.model, found))
    return told


def _exact_entries(model: Transformer, found: Trigrams) -> Trigrams:
    """The same with its entries as the exact model has them."""
    head = model.head(found.layer, found.head)
    try:
        qk, ov = full_qk(model, head), full_ov(model, head)
    except (AlgebraError, BadValue):
        return found

    def exact(key: Key) -> Key:
        return replace(
            key,
            exact_queries=tuple(qk[token, key.token] for token, _ in key.queries),
            exact_outputs=tuple(ov[token, key.token] for token, _ in key.outputs),
        )

    return replace(found, keys=tuple(map(exact, found.keys)))


def _picture(weights: Weights, tokens: Tokens, names: Sequence[str]) -> Picture:
    """The patterns of all heads on the first tokens of a sequence."""
    shown = tokens[None, :_LONGEST_PICTURE]
    patterns, weighted = {}, {}
    for place, passed in enumerate(passes(weights, shown)):
        moved = passed.layer.by_head(passed.read, "W_V") @ passed.layer.W_O  # [1, heads, n_ctx, d_model]
        lengths = np.linalg.norm(moved, axis=-1)[0]
        for head in range(passed.layer.heads):
            patterns[place, head] = passed.patterns[0, head]
            weighted[place, head] = passed.patterns[0, head] * lengths[head]
    return Picture(tuple(names[token] for token in shown[0]), patterns, weighted)


def _config(source: Source) -> Mapping[str, Any]:
    if source.weights is not None:
        return source.weights.config
    assert source.model is not None  # a source has one of the two
    model = source.model
    return {
        "n_layers": len(model.layers),
        "n_heads": max(map(len, model.layers)),
        "d_model": model.d_model,
        "d_head": max(head.d_head for head in model.heads),
        "d_vocab": model.d_vocab,
    }


def _vocabulary(source: Source) -> tuple[str, ...]:
    if source.model is not None:
        return source.model.vocabulary
    config = _config(source)
    names = list(config.get("vocab") or map(str, range(config["d_vocab"])))
    begin = None if source.weights is None else begin_of(source.weights)
    if begin is not None and not config.get("vocab"):
        names[begin] = "BOS"
    return tuple(names)


def _weights(source: Source, what: str) -> Weights:
    if source.weights is None:
        raise BadValue(f"{what} need numbers, and {source.name} has no value for {', '.join(source.unbound)}")
    return source.weights


def _told(found: Repeated | None, sequences: int) -> str:
    if found is None:
        return ""
    return f"{sequences} random sequences of {'BOS r r' if found.begin else 'r r'}, r of {found.length} tokens"


def _notes(source: Source, contexts: Sequence[Tokens] | None) -> list[str]:
    notes = []
    if source.heads_only:
        left = f" Left out: {', '.join(source.left_out)}." if source.left_out else ""
        notes.append(f"Per-head analysis only: what is told of a head holds for its weights alone.{left}")
    if source.model is not None:
        bound = ", ".join(f"{symbol.name} = {value}" for symbol, value in (source.values or {}).items())
        exact = "Scores of weights are exact; patterns are run in floating point"
        notes.append(f"{exact} at {bound}." if bound else f"{exact}.")
    if source.unbound:
        notes.append(f"No value for {', '.join(source.unbound)}: what needs the model to be run is left out.")
    if _config(source).get("positional_embedding_type") == "rotary" or _turns(source.model):
        notes.append("Rotary positions: W_QK depends on the distance; it is told of a key in the query's own place.")
    if contexts is None and not source.heads_only:
        notes.append("Importance needs tokens, and none were given.")
    return notes


def _turns(model: Transformer | None) -> bool:
    return model is not None and any(head.rotary is not None for head in model.heads)
