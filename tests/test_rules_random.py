"""Rules at random: what is compiled follows them on the engine; conflicts and impossibility by regular expressions."""

from __future__ import annotations

import re
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Rational

from symcircuits.algebra import Undecided
from symcircuits.circuit.bind import bind_transformer
from symcircuits.engine import logits
from symcircuits.rules import Compiled, Conflict, Impossible, compile_rules

pytestmark = pytest.mark.once

LETTERS = "ABC"
LENGTH = 4
WINDOWS = st.lists(st.sampled_from("ABCXX"), min_size=1, max_size=4).map(" ".join)
SEEN = st.tuples(st.sampled_from(LETTERS), st.sampled_from("ABX")).map(" ... ".join)
RULES = st.lists(
    st.tuples(WINDOWS | SEEN, st.sampled_from(LETTERS)).map(" -> ".join), min_size=1, max_size=5, unique=True
)
CLASSES = st.sampled_from(
    [("none", True, 2), ("none", False, 1), ("none", True, 1), ("onehot", True, 1), ("onehot", False, 1)]
)


def said(rule: str, letters: str, inclusive: bool) -> str:
    """What one rule says after letters, by a regular expression; nothing where it does not fire."""
    before, _, target = rule.partition(" -> ")
    first, gap, last = before.partition(" ... ")
    if gap and inclusive:
        found = first in letters and re.search(f"{last.replace('X', '.')}$", letters)
    else:
        found = re.search(before.replace(" ... ", ".*").replace(" ", "").replace("X", ".") + "$", letters)
    return target if found else ""


def asked(rules: list[str], letters: str, inclusive: bool) -> set[str]:
    return {said(rule, letters, inclusive) for rule in rules} - {""}


@settings(max_examples=40)
@given(RULES, CLASSES, st.booleans())
def test_rules_at_random(rules, sight, inclusive):
    positions, bos, layers = sight
    texts = ["".join(letters) for letters in product(LETTERS, repeat=LENGTH)]
    try:
        result = compile_rules(rules, LETTERS, positions, bos, layers, LENGTH + bos, Rational(1, 10), inclusive)
    except Conflict as conflict:
        assert len(asked(rules, "".join(conflict.tokens), inclusive)) > 1
        return
    assert all(len(asked(rules, text[:end], inclusive)) <= 1 for text in texts for end in range(1, LENGTH + 1))
    if isinstance(result, Impossible):
        first, second = (asked(rules, "".join(one), inclusive) for one in (result.witness.first, result.witness.second))
        assert first != second
    elif isinstance(result, Compiled):
        follows(result, rules, texts, bos, inclusive)
    else:
        assert isinstance(result, Undecided)


def follows(result: Compiled, rules: list[str], texts: list[str], bos: bool, inclusive: bool) -> None:
    begin = [len(LETTERS)] if bos else []
    numbers = np.array([begin + [LETTERS.index(letter) for letter in text] for text in texts])
    flags = logits(numbers, bind_transformer(result.model, LENGTH + bos, result.values))
    for text, rows in zip(texts, flags[:, len(begin) :], strict=True):
        for end, row in enumerate(rows, 1):
            up = asked(rules, text[:end], inclusive)
            for name, flag in zip(LETTERS, row, strict=False):
                assert flag >= 0.9 if name in up else flag <= 0.1, (text[:end], name, flag)
