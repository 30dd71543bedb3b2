"""The report on a model that was trained, against what its makers measured on it.

``data/trained.npz`` has 2 layers of 4 heads, trained on a bigram language and on random spans that are repeated. The
figures below came with it, from 64 sequences BOS r r with r of 25 random tokens; its heads of a kind share their work.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from analysis_models import engine_model

from symcircuits import analyse
from symcircuits.engine import logits
from symcircuits.export.weights import read_weights

pytestmark = pytest.mark.once
FILE = Path(__file__).parent / "data" / "trained.npz"
FIRST, SECOND = [(0, head) for head in range(4)], [(1, head) for head in range(4)]
PREVIOUS = dict(zip(FIRST, (0.339, 0.269, 0.239, 0.275), strict=True))
INDUCTION = dict(zip(SECOND, (0.514, 0.419, 0.436, 0.375), strict=True))
ACCURACY = {"first": 0.0202, "second": 0.8659}
SEQUENCES, BATCH = 64, 8


@pytest.fixture(scope="module")
def batches():
    """Reports on 64 sequences in all, eight each, which tell by how much a mean of 64 may be off."""
    return [analyse(FILE, sequences=BATCH, seed=seed, top=1) for seed in range(SEQUENCES // BATCH)]


@pytest.mark.parametrize(("name", "measured"), [("previous_token", PREVIOUS), ("induction", INDUCTION)])
def test_measured_scores_are_found_again(name, measured, batches):
    for place in (*FIRST, *SECOND):
        found = [report.head(*place).scores[name].value for report in batches]
        if place not in measured:
            assert max(found) < 0.01
            continue
        error = np.std(found, ddof=1) / len(found) ** 0.5
        assert 0 < error < 0.02
        # Two means of as many sequences each, and a figure of three decimals; four deviations.
        assert np.mean(found) == pytest.approx(measured[place], abs=4 * 2**0.5 * error + 0.0005)


def test_accuracy_is_that_which_was_measured():
    weights = read_weights(FILE)
    model, rng = engine_model(weights), np.random.default_rng(5)
    right: dict[str, list[float]] = {"first": [], "second": []}
    for r in rng.integers(0, 48, (SEQUENCES, 25)):
        tokens = np.array([48, *r, *r])
        said = (logits(tokens, model) + weights.parameters["unembed.b_U"]).argmax(axis=1)[:-1] == tokens[1:]
        right["first"].append(said[:25].mean())  # of the tokens of the first copy
        right["second"].append(said[26:].mean())  # of those of the second, but the first, which nothing tells
    for copy, measured in ACCURACY.items():
        error = np.std(right[copy], ddof=1) / SEQUENCES**0.5
        assert np.mean(right[copy]) == pytest.approx(measured, abs=4 * 2**0.5 * error)


def test_heads_that_share_the_work_are_told_as_a_group():
    report = analyse(FILE, top=1)
    assert report.roles == {"previous_token": tuple(FIRST), "duplicate_token": (), "induction": tuple(SECOND)}
    assert [one.reader for one in report.together] == SECOND
    for one in report.together:
        assert one.group == tuple(FIRST)
        parts = list(one.key.values())
        assert min(parts) > 0  # each has a part,
        assert max(parts) < 0.6 * one.key_sum  # none is most of it,
        assert one.key_sum > 0.6 * one.margin  # and together they are
        assert min(one.without.values()) > 0.3 * one.induction
        assert one.without_group < 0.15 * one.induction
        assert one.score.value > one.baseline
    for place in SECOND:  # what they look at they copy
        assert report.head(*place).scores["copying_full"].value > 0.95
