"""Compiled rules by an engine of its own: five tokens, contexts of 200, rules at random; see ``long_rules`` for all."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from long_rules import EPS, RULES, brute, previous_slack
from rules_engine import least_slack, logits, parameters, with_beginning
from sympy import Rational
from test_rules_compile import INCLUSIVE, SAYS

from symcircuits.algebra import Proved, Undecided
from symcircuits.behaviours import FollowsRules
from symcircuits.rules import Compiled, Conflict, Impossible, compile_rules
from symcircuits.symbols import beta

pytestmark = pytest.mark.once

CELLS = [
    ("A -> B", "none", False, 1),
    ("A X -> B", "none", True, 2),
    ("A X -> B", "onehot", False, 1),
    ("A ... X -> B", "none", True, 1),
    ("A B -> C", "sinusoidal", True, 1),
    ("A -> B -> C -> D -> A", "none", True, 2),
]


@pytest.mark.parametrize("cell", CELLS, ids=str)
def test_every_sequence_of_five_tokens(cell):
    assert cell[0] in RULES
    slack = brute(*cell, length=5)
    assert slack is not None
    assert slack >= 0


def test_the_oracle_fires_just_below_the_least_scale():
    result = compile_rules("A X -> B", "ABCDE", "onehot", n_ctx=6)
    assert result.is_sharp
    result.values[beta] = result.least_value * (1 - Rational(1, 10**6))
    letters = list(product(range(5), repeat=5))
    flags = logits(parameters(result, 6), with_beginning(letters, 5))[:, 1:, :5]
    wanted = np.zeros_like(flags, dtype=bool)
    wanted[:, 1:, 1] = np.array(letters)[:, :-1] == 0
    assert -1e-6 < least_slack(flags, wanted, EPS) < 0


LONG = [(positions, np.float64, 201) for positions in ("none", "onehot", "sinusoidal")]
LONG += [("none", np.float32, 201), ("none", np.float32, 1536)]


@pytest.mark.parametrize(("positions", "dtype", "n"), LONG)
def test_the_previous_token_in_long_contexts(positions, dtype, n):
    """By counting, in float32, neighbours can no longer be told apart somewhere above a thousand tokens."""
    assert (previous_slack(positions, n, dtype, batch=20 if n == 201 else 1) >= 0) == (n == 201)


FAR = 201
PLACES = ("none", "onehot", "sinusoidal")
SIX = ("A -> B", "A X -> B", "A ... X -> B", INCLUSIVE, "A B -> C", "A -> B -> C -> D -> A")
INDUCTION = "a b ... a -> b"
CONTEXTS = [*product(SIX, PLACES), (INDUCTION, "onehot")]


def shares(rule: str, letters: str) -> list[float]:
    """What a rule asks of each of four flags, written once more without the package."""
    if rule == INDUCTION:
        found = [after for before, after in pairwise(letters[:-1]) if before == letters[-1]]
        return [found.count(name) / max(1, len(found)) for name in "ABCD"]
    return [float(SAYS[rule](letters) == name) for name in "ABCD"]


@pytest.mark.parametrize(("rule", "positions"), CONTEXTS)
def test_every_rule_in_contexts_of_two_hundred_tokens(monkeypatch, rule, positions):
    """Compiled for 200 tokens and BOS, and run at the scale that is told: the engine decides here, not the proof."""
    monkeypatch.setattr(FollowsRules, "prove_strict", lambda *_: Proved("left to the engine"))
    result = compile_rules(rule.removesuffix(", inclusive"), "ABCD", positions, n_ctx=FAR, inclusive=rule == INCLUSIVE)
    texts = np.random.default_rng(7).integers(0, 4, (5, FAR - 1))
    flags = logits(parameters(result, FAR), with_beginning(texts, 4))[:, 1:, :4]
    letters = ["".join("ABCD"[token] for token in row) for row in texts]
    wanted = np.array([[shares(rule, text[:end]) for end in range(1, FAR)] for text in letters])
    above = np.where(wanted > 0, flags - wanted + EPS, np.inf)
    below = np.where(wanted < 1, wanted + EPS - flags, np.inf)
    assert np.min(np.minimum(above, below)) >= 0


ATOMS = st.sampled_from(["A", "B", "C", "X", "a", "b"])
BEFORE = st.lists(st.lists(ATOMS, min_size=1, max_size=2), min_size=1, max_size=2).map(
    lambda segments: " ... ".join(" ".join(segment) for segment in segments)
)
ANY_RULES = st.lists(st.tuples(BEFORE, st.sampled_from(["A", "B", "C", "a"])), min_size=1, max_size=5, unique=True)


def ways(segments: list[list[str]], letters: str, end: int) -> list[dict[str, str]]:
    """What the small letters stand for, in every way in which segments end by ``end``, the last one right there."""
    if not segments:
        return [{}]
    *before, last = segments
    found = []
    start = end - len(last)
    ends = range(start + 1) if before else [0]
    for earlier in ends if start >= 0 else []:
        for bound in ways(before, letters, earlier) if before else [{}]:
            meant = dict(bound)
            fits = (
                atom == "X" or (meant.setdefault(atom, letter) if atom.islower() else atom) == letter
                for atom, letter in zip(last, letters[start:end], strict=True)
            )
            if all(fits):
                found.append(meant)
    return found


def asked(rule: tuple[str, str], letters: str) -> dict[str, float]:
    before, target = rule
    segments = [part.split() for part in before.split(" ... ")]
    found = [meant.get(target, target) for meant in ways(segments, letters, len(letters))]
    return {name: found.count(name) / len(found) for name in set(found)}


@settings(max_examples=25)
@given(ANY_RULES, st.sampled_from([("none", True, 2), ("none", False, 1), ("onehot", True, 1)]))
def test_rules_of_all_kinds_at_random(rules, sight):
    rules = [(before, target) for before, target in rules if target != "a" or "a" in before.split()]
    if not rules:
        return
    positions, bos, layers = sight
    texts = ["".join(letters) for length in range(1, 5) for letters in product("ABC", repeat=length)]
    told = {text: [found for rule in rules if (found := asked(rule, text))] for text in texts}
    differ = [text for text, found in told.items() if any(one != found[0] for one in found)]
    length = max(4, max(len(before.replace("...", "").split()) for before, _ in rules))
    try:
        result = compile_rules([" -> ".join(rule) for rule in rules], "ABC", positions, bos, layers, length + bos)
    except Conflict as conflict:
        text = "".join(conflict.tokens)
        found = [shares for rule in rules if (shares := asked(rule, text))]
        assert any(one != found[0] for one in found)
        return
    assert not differ
    if isinstance(result, Impossible):
        first, second = ("".join(one) for one in (result.witness.first, result.witness.second))
        assert [asked(rule, first) for rule in rules] != [asked(rule, second) for rule in rules]
    elif isinstance(result, Compiled):
        numbers = [["ABC".index(letter) for letter in text] for text in texts if len(text) == 4]
        flags = logits(parameters(result, 4 + bos), with_beginning(numbers, 3 if bos else None))[:, int(bos) :, :3]
        for row, letters in zip(flags, (text for text in texts if len(text) == 4), strict=True):
            for end in range(1, 5):
                shares = told[letters[:end]][0] if told[letters[:end]] else {}
                for name, flag in zip("ABC", row[end - 1], strict=True):
                    share = shares.get(name, 0)
                    assert share == 0 or flag >= share - EPS
                    assert share == 1 or flag <= share + EPS
    else:
        assert isinstance(result, Undecided)
