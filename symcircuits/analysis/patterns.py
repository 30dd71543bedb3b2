"""Scores of attention patterns on random tokens: previous token, duplicate, induction, position.

Measured on BOS r r, with r of ``N`` random tokens (without BOS where the model has none), and the positional score on
random tokens that are not repeated. The tokens of r are drawn independently; where there are no more than ``N``, each
comes once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symcircuits.analysis.running import Tokens, passes
from symcircuits.analysis.scores import Score
from symcircuits.export.weights import Weights

Array = NDArray[np.floating[Any]]
LONGEST = 25
TIGHT = "the context or the vocabulary is too small for a copy of two tokens"
TOO_FEW = "r has two tokens, so that the key of induction is the previous token"
_LEAST = 3
Place = tuple[int, int]


@dataclass(frozen=True, eq=False)
class Repeated:
    """Sequences ``[batch, begin + 2 N]`` that say ``r`` twice, after ``begin`` (0 or 1) tokens BOS, and ``fresh`` ones
    of the same shape that repeat nothing on purpose; ``length`` is ``N``."""

    tokens: Tokens
    fresh: Tokens
    begin: int
    length: int

    @property
    def second(self) -> NDArray[np.integer[Any]]:
        """The rows of the second copy."""
        return np.arange(self.begin + self.length, self.begin + 2 * self.length)


def begin_of(weights: Weights) -> int | None:
    """The number of the token BOS: as the header says (``bos_token_id``, ``bos``), or the one of that name."""
    config = weights.config
    told = config.get("bos_token_id", config.get("bos"))
    if isinstance(told, int) and not isinstance(told, bool) and 0 <= told < config["d_vocab"]:
        return told
    names = config.get("vocab") or []
    return names.index("BOS") if "BOS" in names else None


def repeated(weights: Weights, sequences: int, seed: int = 0) -> Repeated | None:
    """Random sequences for a model, or nothing where the context has no room for two copies of two tokens."""
    begin = begin_of(weights)
    others = np.array([token for token in range(weights.config["d_vocab"]) if token != begin])
    first = int(begin is not None)
    length = min(LONGEST, (weights.config["n_ctx"] - first) // 2, len(others))
    if length < 2:
        return None
    rng = np.random.default_rng(seed)
    front = np.full((sequences, first), 0 if begin is None else begin)
    if len(others) > length:
        r, more = rng.choice(others, (2, sequences, length))
    else:
        r, more = np.stack([[rng.permutation(others)[:length] for _ in range(sequences)] for _ in range(2)])
    return Repeated(np.concatenate([front, r, r], 1), np.concatenate([front, r, more], 1), first, length)


@dataclass(frozen=True, eq=False)
class PatternScores:
    """The scores of one head by name, and the offset ``k`` of the positional one."""

    scores: dict[str, Score]
    offset: int | None


def pattern_scores(weights: Weights, found: Repeated | None) -> dict[Place, PatternScores]:
    """The pattern scores of every head, by (layer, head)."""
    if found is None:
        none = dict.fromkeys(NAMES, Score.undefined(TIGHT))
        sizes = weights.config["n_layers"], weights.config["n_heads"]
        return {place: PatternScores(none, None) for place in np.ndindex(*sizes)}
    told: dict[Place, PatternScores] = {}
    both = zip(passes(weights, found.tokens), passes(weights, found.fresh), strict=True)
    for place, (copied, fresh) in enumerate(both):
        means, plain = copied.patterns.mean(axis=0), fresh.patterns.mean(axis=0)
        told |= {(place, head): _scores(means[head], plain[head], found) for head in range(copied.layer.heads)}
    return told


NAMES = ("previous_token", "duplicate_token", "induction", "positional")


def _scores(mean: Array, fresh: Array, found: Repeated) -> PatternScores:
    back, by_offset = found.second, offsets(fresh, found.begin)
    offset = int(np.argmax(by_offset))
    values = {
        "previous_token": float(np.diagonal(mean, -1)[found.begin :].mean()),
        "duplicate_token": float(mean[back, back - found.length].mean()),
        "induction": float(mean[back, back - found.length + 1].mean()),
        "positional": float(by_offset[offset]),
    }
    scores = {name: Score.of(value) for name, value in values.items()}
    if found.length < _LEAST:
        scores["induction"] = Score.undefined(TOO_FEW)
    return PatternScores(scores, offset)


def offsets(mean: Array, begin: int) -> Array:
    """The mean attention ``k`` tokens back, for the ``k`` that half of the rows have, BOS apart."""
    n_ctx = len(mean)
    return np.array([np.diagonal(mean, -k)[begin:].mean() for k in range((n_ctx - begin) // 2 + 1)])


def uniform(found: Repeated) -> dict[str, float | None]:
    """What a causal head scores that attends to all keys alike."""
    n_ctx = found.tokens.shape[1]
    mean = np.tri(n_ctx) / np.arange(1, n_ctx + 1)[:, None]
    return {name: score.value for name, score in _scores(mean, mean, found).scores.items()}
