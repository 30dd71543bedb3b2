"""The sheet on A B -> C by NumPy alone: each of its designs in long contexts, and what one head cannot do."""

from __future__ import annotations

import numpy as np
import pytest

from symcircuits.errors import DerivationFailed
from symcircuits.worked import run_experiments, shipped

pytestmark = pytest.mark.once

A, B, C, D, BOS = range(5)
EPS = 0.1


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"tokens": 2}, r": expected 3 to 8 tokens, got 2$"),
        ({"n_ctx": 3}, r": n_ctx must be from 4 to 9, got 3$"),
        ({"n_ctx": 10}, r": n_ctx must be from 4 to 9, got 10$"),
    ],
)
def test_nonsense_is_refused_in_a_line(settings, message):
    with pytest.raises(DerivationFailed, match=message):
        shipped().derive("self_attention/bigram", **settings)


@pytest.mark.parametrize("settings", [{"tokens": 3, "n_ctx": 6}, {"tokens": 5, "n_ctx": 4}])
def test_other_sizes_are_proved_and_run(settings):
    made = run_experiments(shipped().derive("self_attention/bigram", **settings))
    assert made.verdict == "proved"
    assert all(run.passed for run in made.outcomes) and len(made.outcomes) == 14


def softmax(scores: np.ndarray) -> np.ndarray:
    """The attention ``[n, n]`` by scores, keys after the query hidden."""
    seen = np.where(np.tri(len(scores), dtype=bool), scores, -np.inf)
    weights = np.exp(seen - seen.max(axis=1, keepdims=True))
    return weights / weights.sum(axis=1, keepdims=True)


def resting_on(tokens: np.ndarray, beta: float, opened: float, closed: float) -> np.ndarray:
    """The flag of C of the head with a gate: 1 for the key before, and for BOS what the query asks."""
    n = len(tokens)
    scores = np.eye(n, k=-1)
    scores[:, 0] += np.where(tokens == B, opened, closed)
    return softmax(beta * scores) @ (tokens == A)


def gate(tokens: np.ndarray, beta: float) -> np.ndarray:
    return resting_on(tokens, beta, 0, 2)


def count(tokens: np.ndarray, beta: float) -> np.ndarray:
    return resting_on(tokens, beta, 0.5, 1.5)


def two_heads(tokens: np.ndarray, beta: float) -> np.ndarray:
    n = len(tokens)
    return softmax(beta * np.eye(n, k=-1)) @ (tokens == A) + softmax(beta * np.eye(n)) @ (tokens == B) - 1


def direct(tokens: np.ndarray, beta: float) -> np.ndarray:
    return softmax(beta * np.eye(len(tokens), k=-1)) @ (tokens == A) - (tokens != B)


def by_counting(tokens: np.ndarray, beta: float) -> np.ndarray:
    """The flag of C of two layers without positions, for keys counted from 1, BOS."""
    c = len(tokens)
    z, w = 1 / np.arange(1, c + 1), c / (c + np.arange(c))
    a = 1 + (c - 3 + 1 / (c - 1)) * z - w / (c * (c - 1))
    g = c + c / (c - 1) * z - (c + 1 + 1 / (c - 1)) * w
    scores = np.outer(a, w) - np.outer(g, z)
    scores[:, 0] += np.where(tokens == B, 0, 2 * c)
    return softmax(beta * scores) @ (tokens == A)


def least_slack(design, tokens: np.ndarray, beta: float) -> float:
    wanted = np.append(False, (tokens[:-1] == A) & (tokens[1:] == B))
    flags = design(tokens, beta)
    return float(np.min(np.where(wanted, flags - (1 - EPS), EPS - flags)))


ODDS = (1 - EPS) / EPS
LEAST = {
    gate: (True, lambda n: np.log((n - 1) * ODDS)),
    count: (True, lambda n: 2 * np.log((ODDS + np.sqrt(ODDS**2 + 4 * ODDS * (n - 2))) / 2)),
    two_heads: (False, lambda n: np.log((n - 1) * (2 - EPS) / EPS)),
    direct: (False, lambda n: np.log((n - 1) * ODDS)),
}


@pytest.mark.parametrize("design", LEAST, ids=lambda design: design.__name__)
@pytest.mark.parametrize("n", [7, 201])
def test_each_design_holds_from_its_least_scale_on_and_fails_below(design, n):
    begins, least = LEAST[design]
    rng = np.random.default_rng(n)
    random = rng.integers(0, 4, (200, n))
    worst = np.full((3, n), [[D], [A], [B]])  # a single A B at the end, and as many A or B as there may be
    worst[0, -2:] = A, B
    texts = np.concatenate([random, worst])
    if begins:
        texts[:, 0] = BOS
    slacks = [[least_slack(design, text, factor * least(n)) for text in texts] for factor in (1 + 1e-12, 1.5, 1 - 1e-6)]
    assert min(slacks[0]) >= 0 and min(slacks[1]) >= 0
    assert -1e-4 < slacks[2][len(random)] < 0


@pytest.mark.parametrize("n", [7, 201])
def test_two_layers_without_positions_hold_at_the_scale_that_is_enough(n):
    texts = np.random.default_rng(n).integers(0, 4, (100, n))
    texts[:, 0] = BOS
    scale = n * (2 * n - 1) ** 2 / (n - 1) * np.log((n - 1) * ODDS)
    assert min(least_slack(by_counting, text, scale) for text in texts) >= 0
    assert min(least_slack(by_counting, text, scale / 100) for text in texts) < 0


def flags_of_one_head(rng: np.random.Generator, texts: list[list[int]], start: np.ndarray) -> np.ndarray:
    """The flag of C after each text, of a head with random scores of places and random values of tokens and places;
    ``start`` is what the current token adds by itself."""
    n = len(texts[0])
    attention = softmax(rng.normal(size=(n, n)) * 3)[-1]
    of_tokens, of_places = rng.normal(size=5), rng.normal(size=n)
    return np.array([attention @ (of_tokens[text] + of_places) + start[text[-1]] for text in texts])


@pytest.mark.parametrize("begin", [[], [BOS]])
def test_one_head_that_looks_at_places_alone_says_a_mean_after_a_b(begin):
    rng = np.random.default_rng(4)
    texts = [[*begin, *last] for last in ([A, A], [A, B], [B, B])]
    for _ in range(200):
        low, mean, high = sorted_ends(flags_of_one_head(rng, texts, np.full(5, rng.normal())))
        assert low - 1e-12 <= mean <= high + 1e-12
    reads = [sorted_ends(flags_of_one_head(rng, texts, rng.normal(size=5) * 3)) for _ in range(200)]
    assert any(not low <= mean <= high for low, mean, high in reads)


def sorted_ends(flags: np.ndarray) -> tuple[float, float, float]:
    """The smaller of the flags after A A and B B, that after A B, and the larger one."""
    return min(flags[0], flags[2]), flags[1], max(flags[0], flags[2])
