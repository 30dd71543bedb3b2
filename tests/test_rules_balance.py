"""One head that is handed the same keys after two inputs and after two others cannot say more after the first."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import numpy as np
import pytest

from symcircuits.algebra import Refuted
from symcircuits.engine import HeadArrays, forward, scores
from symcircuits.rules import RuleBook, Sight, read_rules
from symcircuits.rules.balance import find_balance, same_sums

pytestmark = pytest.mark.once

LETTERS, EPS = "ABCD", Fraction(1, 10)
PLACES, BEFORE = Sight("onehot", True, 1, heads=1), Sight("none", True, 2, heads=1)


def book(rule: str) -> RuleBook:
    return RuleBook(read_rules([rule], LETTERS), tuple(LETTERS))


def share_of(text: tuple[str, ...], flag: str) -> Fraction:
    """How often a letter came after earlier copies of the last one, of all that did; written without the package."""
    after = [text[i + 1] for i in range(len(text) - 2) if text[i] == text[-1]]
    return Fraction(after.count(flag), len(after)) if after else Fraction(0)


@pytest.mark.parametrize("sight", [PLACES, BEFORE], ids=str)
def test_more_is_asked_for_after_the_first_two(sight):
    found = find_balance(book("a b ... a -> b"), sight, EPS, 8)
    assert len({text[-1] for text in found.inputs}) == len({len(text) for text in found.inputs}) == 1
    for (more, less), eps in product(product(found.more, found.less), [EPS]):
        assert share_of(more, found.flag) - eps > share_of(less, found.flag) + eps
    assert found.proof


D_MODEL = 12


def random_head(rng: np.random.Generator) -> HeadArrays:
    W_Q, W_K, W_V = (rng.standard_normal((D_MODEL, 3)) / 4 for _ in range(3))
    return HeadArrays(W_Q, W_K, W_V, rng.standard_normal((3, D_MODEL)))


@pytest.mark.parametrize("sight", [PLACES, BEFORE], ids=str)
def test_random_heads_get_the_same_sums_from_both_pairs(sight):
    found, rng = find_balance(book("a b ... a -> b"), sight, EPS, 8), np.random.default_rng(3)
    for _ in range(20):
        W_E = rng.standard_normal((5, D_MODEL))
        places = rng.standard_normal((9, D_MODEL)) * (sight.positions != "none")
        first = [[random_head(rng) for _ in range(3)]] * (sight.layers - 1)
        last = random_head(rng)
        sums = [sums_of(text, W_E, places, first, last) for text in found.inputs]
        np.testing.assert_allclose(sums[0] + sums[1], sums[2] + sums[3], rtol=1e-9, atol=1e-9)
        assert np.abs(sums[0] - sums[2]).max() > 1e-6  # it takes both


def sums_of(
    text: tuple[str, ...], W_E: np.ndarray, places: np.ndarray, first: list[list[HeadArrays]], last: HeadArrays
) -> np.ndarray:
    """What the last head moves to the last token, weighted, and the weights, both summed over the keys."""
    tokens = [4, *map(LETTERS.index, text)]
    x = forward(W_E[tokens] + places[: len(tokens)], first)
    weights = np.exp(scores(x, last)[-1])
    return np.append(weights @ x @ last.W_V @ last.W_O, weights.sum())


def test_keys_that_differ_in_one_letter_are_not_the_same():
    for sight in (PLACES, BEFORE):
        found = find_balance(book("a b ... a -> b"), sight, EPS, 8)
        assert same_sums(sight, found.more, found.less)
        for place, letter in product(range(len(found.more[0])), "ABC"):
            if found.more[0][place] != letter:
                changed = (*found.more[0][:place], letter, *found.more[0][place + 1 :])
                assert isinstance(same_sums(sight, (changed, found.more[1]), found.less), Refuted)


def test_places_do_not_help_where_order_alone_is_known():
    found = find_balance(book("a b ... a -> b"), PLACES, EPS, 8)
    assert isinstance(same_sums(BEFORE, found.more, found.less), Refuted)


@pytest.mark.parametrize(
    ("rule", "sight", "eps"),
    [
        ("a b ... a -> b", Sight("onehot", True, 1, heads=2), EPS),
        ("a b ... a -> b", Sight("onehot", True, 1), EPS),
        ("a b ... a -> b", Sight("onehot", True, 2, heads=1), EPS),
        ("a b ... a -> b", Sight("none", True, 3, heads=1), EPS),
        ("a b ... a -> b", BEFORE, Fraction(1, 4)),
        ("A X -> B", PLACES, EPS),
        ("A B -> C", Sight("onehot", True, 1, heads=1), EPS),
        ("A ... X -> B", PLACES, EPS),
    ],
)
def test_what_a_head_can_do_or_may_do_has_no_such_inputs(rule, sight, eps):
    assert find_balance(book(rule), sight, eps, 8) is None


@pytest.mark.parametrize("rule", ["A B ... A -> B", "a b ... a -> b", "b c ... b -> c"])
def test_the_rule_may_be_written_with_tokens(rule):
    assert find_balance(book(rule), BEFORE, EPS, 8) is not None


def test_inputs_longer_than_the_context_prove_nothing():
    assert find_balance(book("a b ... a -> b"), BEFORE, EPS, 7) is None
    assert find_balance(book("a b ... a -> b"), PLACES, EPS, 3) is None
