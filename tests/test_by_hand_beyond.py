"""Smaller streams by hand, and other words, against programs that share nothing with the package."""

from __future__ import annotations

import itertools
import sys
from fractions import Fraction
from functools import cache

import numpy as np
import pytest
from sympy import Integer, Rational

from symcircuits.behaviours import Predicts, Trial
from symcircuits.circuit import Gpt2Block, gpt2_model
from symcircuits.circuit.bind import bind_transformer
from symcircuits.engine import logits as engine_logits
from symcircuits.errors import DerivationFailed
from symcircuits.symbols import Lg
from symcircuits.worked import shipped

pytestmark = pytest.mark.once

RULE = {"aa": "b", "ab": "a", "ba": "a"}
ROOT = 8**0.5


@cache
def defined():
    return shipped().derive("by_hand/smaller").definitions


def small_model(size, **changed):
    found = defined()
    names = ("wte", "wpe", r"c\_attn", r"c\_proj", r"b\_attn", r"b\_proj")
    made = {name.replace("\\", ""): found.get(rf"\mathrm{{{name}}}^{{({size})}}") for name in names} | changed
    block = Gpt2Block(made["c_attn"], made["c_proj"], made["b_attn"], made["b_proj"])
    return gpt2_model(made["wte"], made["wpe"], [block], "ab", scale=1 / Integer(8) ** Rational(1, 2))


def by_loops(word, size, large):
    """The logits after a word, with the powers of the scores written out."""
    signs = [1.0 if letter == "a" else -1.0 for letter in word]
    last = len(word) - 1
    scores = [large * (last * j * (2 * last - 1 - j) if size == 3 else j) / ROOT for j in range(last + 1)]
    powers = [np.exp(score - max(scores)) for score in scores]
    v = sum(power * sign for power, sign in zip(powers, signs, strict=True)) / sum(powers)
    x = signs[-1] + (large * (1 - 2 * v) if size == 3 else 0.25 - 1.5 * v)
    return x, -x


def words_of(lengths):
    return ["".join(word) for length in lengths for word in itertools.product("ab", repeat=length)]


@pytest.mark.parametrize(("size", "large"), [(3, "0.3"), (3, "2.5"), (3, "1024"), (2, "0.3"), (2, "4.5"), (2, "9")])
def test_the_small_models_have_the_logits_of_a_program_of_loops(size, large):
    made = small_model(size)
    assert made.d_model == size
    arrays = bind_transformer(made, 5, {Lg: Rational(large)})
    for word in words_of(range(1, 6)):
        found = engine_logits(np.array(made.numbers(word)), arrays)[-1]
        np.testing.assert_allclose(found, by_loops(word, size, float(large)), rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize(
    ("size", "large", "right"),
    [(3, 2, True), (3, 1, False), (3, 1024, True), (2, 3, False), (2, 4, True), (2, 6, True), (2, 8, False)],
)
def test_the_small_models_are_right_where_it_is_claimed_and_not_everywhere(size, large, right):
    every, made = Predicts.by_window(RULE, "ab", range(2, 6)), small_model(size)
    assert bool(every.prove_strict(made, {Lg: Integer(large)}, 5)) == right
    assert every.measure(Trial(made.heads, {Lg: Integer(large)}, 5, model=made)).passed == right


@pytest.mark.parametrize("size", [2, 3])
def test_another_sign_of_the_output_is_wrong(size):
    made = small_model(size)
    found = defined()[rf"\mathrm{{c\_proj}}^{{({size})}}"]
    every, other = Predicts.by_window(RULE, "ab", range(2, 6)), small_model(size, c_proj=-found)
    assert every.prove_strict(made, {Lg: Integer(4)}, 5)
    assert not every.prove_strict(other, {Lg: Integer(4)}, 5)


@pytest.mark.parametrize("n_ctx", [3, 6])
def test_small_streams_of_other_lengths_are_proved(n_ctx):
    assert shipped().derive("by_hand/smaller", n_ctx=n_ctx).verdict == "proved"


@pytest.mark.parametrize("id", ["by_hand/smaller", "by_hand/beyond"])
@pytest.mark.parametrize("n_ctx", [2, 7])
def test_lengths_that_cannot_be_run_are_refused(id, n_ctx):
    with pytest.raises(DerivationFailed, match=f"n_ctx must be from 3 to 6, .* got {n_ctx}"):
        shipped().derive(id, n_ctx=n_ctx)


# Other words: whether a window suffices, by a simplex method of this file.


def separable(gaps):
    """Whether some weights make every gap positive: no positive parts of the gaps add up to zero (Gordan)."""
    size, count = len(gaps[0]) + 1, len(gaps)
    rows = [[Fraction(gap[i]) if i < size - 1 else Fraction(1) for gap in gaps] for i in range(size)]
    rows = [[*row, Fraction(i == size - 1)] for i, row in enumerate(rows)]
    cost, basis = [-sum(column) for column in zip(*rows, strict=True)], list(range(count, count + size))
    while (enter := next((k for k in range(count) if cost[k] < 0), None)) is not None:
        leave = min((row[-1] / row[enter], basis[i], i) for i, row in enumerate(rows) if row[enter] > 0)[2]
        rows[leave] = [entry / rows[leave][enter] for entry in rows[leave]]
        for row in [*(row for i, row in enumerate(rows) if i != leave), cost]:
            row[:] = [a - row[enter] * b for a, b in zip(list(row), rows[leave], strict=True)]
        basis[leave] = enter
    return cost[-1] != 0


def looks(word, window, n_ctx):
    """What is known after each cut of all lengths that has one continuation, its place among it, and the gaps."""
    letters, repeated = sorted(set(word)), word * (n_ctx + 2)
    followed = {}
    for length in range(window, n_ctx + 1):
        for start in range(len(word)):
            text = repeated[start : start + length]
            followed.setdefault(text, set()).add(repeated[start + length])
    for text, after in followed.items():
        if len(after) == 1:
            (right,) = after
            known = [text[-window:].count(letter) for letter in letters] + [text[-1] == letter for letter in letters]
            known += [len(text) == length for length in range(window, n_ctx + 1)]
            for wrong in letters:
                if wrong != right:
                    yield [((one == right) - (one == wrong)) * int(entry) for one in letters for entry in known]


PERIODIC = ["ab", "aab", "abc", "aabb", "abcac", "abac", "aabab", "aabc", "abcd", "aaabbb", "abcabd", "abaabb"]


@pytest.mark.parametrize("word", PERIODIC)
def test_whether_a_window_suffices_as_another_program_has_it(word):
    module = sys.modules[shipped().find("by_hand/words").function.__module__]
    for window in range(1, 6):
        found = module.contradiction(module.Task(word, window, 6))
        assert (found is None) == separable(list(looks(word, window, 6))), window
