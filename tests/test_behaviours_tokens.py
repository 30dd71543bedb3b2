"""Random tokens: contents of one norm with a known gap, some of which come again."""

from __future__ import annotations

import numpy as np
import pytest
from sympy import Integer, Rational

from symcircuits.behaviours import Trial
from symcircuits.behaviours.tokens import WORDS, random_tokens
from symcircuits.circuit import Head, Residual, Sinusoids

STREAM = Residual(content=5, position=Sinusoids(1))
HEAD = Head(W_Q=STREAM.read("content"), W_K=STREAM.read("content"))
VALUES = Sinusoids(1).suggested()
TRIAL = Trial((HEAD,), VALUES, 40, seed=3)


def test_contents_have_norm_one_in_the_directions_asked_and_the_rest_is_left():
    tokens = random_tokens(TRIAL, STREAM["content"][:3])
    np.testing.assert_allclose(np.linalg.norm(tokens.x[:, :3], axis=1), 1)
    np.testing.assert_array_equal(tokens.x[:, 3:], TRIAL.stream()[:, 3:])
    assert set(tokens.words) <= set(range(WORDS)) and len(set(tokens.words)) > 1


@pytest.mark.parametrize("gap", [Integer(1), Rational(1, 5), Integer(7)])
def test_the_least_gap_is_the_one_asked_for(gap):
    tokens = random_tokens(TRIAL, STREAM["content"], gap)
    contents = np.array([tokens.x[np.argmax(tokens.words == word), :5] for word in sorted(set(tokens.words))])
    assert len(contents) == WORDS
    products = contents @ contents.T
    assert float(np.ptp(np.diag(products))) < 1e-12
    least = products[0, 0] - np.max(products[~np.eye(WORDS, dtype=bool)])
    assert least == pytest.approx(float(gap))


def test_equal_words_hold_the_same_and_the_mask_leaves_earlier_keys():
    tokens = random_tokens(TRIAL, STREAM["content"])
    same = tokens.same()
    assert not np.triu(same, 1).any() and np.diag(same).all()
    for row, key in np.argwhere(np.tri(40, dtype=bool)):
        assert same[row, key] == np.array_equal(tokens.x[row, :5], tokens.x[key, :5])


def test_a_seed_gives_the_same_tokens_and_another_one_others():
    first, again = (random_tokens(TRIAL, STREAM["content"]) for _ in range(2))
    other = random_tokens(Trial((HEAD,), VALUES, 40, seed=4), STREAM["content"])
    np.testing.assert_array_equal(first.x, again.x)
    assert not np.array_equal(first.words, other.words)


def test_a_single_direction_has_two_words():
    tokens = random_tokens(TRIAL, STREAM["content"][0], Integer(2))
    assert set(tokens.x[:, 0]) == {1.0, -1.0}
