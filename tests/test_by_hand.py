"""The transformer by hand against a second program that shares nothing with the package."""

from __future__ import annotations

import itertools
import re
import sys
from dataclasses import replace

import mpmath
import numpy as np
import pytest
from by_hand_oracle import logits, margin
from sympy import Integer, Rational

from symcircuits.behaviours import Answer, Computes, Predicts, Trial
from symcircuits.circuit import Gpt2Block, gpt2_model
from symcircuits.circuit.bind import bind_transformer
from symcircuits.engine import logits as engine_logits
from symcircuits.errors import DerivationFailed
from symcircuits.symbols import Lg
from symcircuits.worked import Table, shipped
from symcircuits.worked.solution import run_experiments

pytestmark = pytest.mark.once

PARTS = [entry.id for entry in shipped().entries if entry.id.startswith("by_hand/")]
RULE = {"aa": "b", "ab": "a", "ba": "a", "bb": "a"}


def model(n_ctx=5, root=8):
    derive = shipped().derive
    embedded = derive("by_hand/embedding", n_ctx=n_ctx, word="aab").definitions
    attended = derive("by_hand/attention", n_ctx=n_ctx, word="aab").definitions
    projected = derive("by_hand/projection", n_ctx=n_ctx, word="aab").definitions
    block = Gpt2Block(attended[r"\mathrm{c\_attn}"], projected["c_proj"], c_proj_bias=projected["c_bias"])
    return gpt2_model(embedded["wte"], embedded["wpe"], [block], "ab", scale=1 / Integer(root) ** Rational(1, 2))


def contexts(lengths, letters="ab"):
    return ["".join(word) for length in lengths for word in itertools.product(letters, repeat=length)]


@pytest.mark.parametrize("large", [0.3, 2.0, 5.0, 1024.0])
def test_the_engine_gives_the_logits_of_the_other_program(large):
    made = model()
    arrays = bind_transformer(made, 5, {Lg: Rational(str(large))})
    for word in contexts(range(1, 6)):
        found = engine_logits(np.array(made.numbers(word)), arrays)
        np.testing.assert_allclose(found, logits(word, 5, large, 8), rtol=1e-12, atol=1e-12)


def test_the_seed_numbers_and_the_soft_mask():
    expected = [[1, 1024], [1, 1024], [1024, 1], [1025, 0], [1, 1024]]
    np.testing.assert_array_equal(logits("aabaa", 5, 1024, 8), expected)
    np.testing.assert_array_equal(logits("aabaa", 5, 1024, 8, masked=-1e10), expected)


@pytest.mark.parametrize("id", PARTS)
def test_every_part_is_proved_and_its_runs_pass(id):
    assert run_experiments(shipped().derive(id)).verdict == "proved"


def roots(id, caption):
    tables = [step for step in shipped().derive(id).steps if isinstance(step, Table) and caption in step.text]
    assert tables
    return [row for table in tables for row in table.rows]


def decimal(cell):
    text = cell.strip("$").replace(r"\ldots", "")
    with mpmath.workdps(50):
        return mpmath.mpf(1) / 3 if text == r"\frac{1}{3}" else mpmath.mpf(text)


@pytest.mark.parametrize("row", roots("by_hand/growth", "does not end in"))
def test_the_least_sizes_are_where_the_other_program_turns(row):
    n_ctx, name, found = int(row[0].strip("$")), row[1], decimal(row[3])
    root = 8 if name == r"$\sqrt{8}$" else n_ctx + 3
    context = "b" * (n_ctx - 2) + "aa"
    with mpmath.workdps(50):
        assert margin(context, "b", found - mpmath.mpf("1e-30"), root) < 0
        assert margin(context, "b", found + mpmath.mpf("2e-30"), root) > 0
        if n_ctx > 8:
            return
        above = found + mpmath.mpf("1e-25")
        for word in contexts(range(2, n_ctx + 1)):
            if not word.endswith("bb"):
                assert margin(word, RULE[word[-2:]], above, root) > 0


@pytest.mark.parametrize("row", roots("by_hand/threshold", "is zero"))
def test_the_thirty_digits_of_the_roots_by_the_other_program(row):
    context, found = re.search(r"mathtt\{(\w+)\}", row[0])[1], decimal(row[1])
    assert len(row[1].partition(".")[2].partition("\\")[0]) == 30
    with mpmath.workdps(50):
        assert margin(context, "b", found, 8) < 0
        assert margin(context, "b", found + mpmath.mpf("1e-30"), 8) > 0


@pytest.mark.parametrize("row", roots("by_hand/growth", "cut from the pattern"))
def test_the_hardest_context_of_the_pattern_by_the_other_program(row):
    n_ctx, name, found = int(row[0].strip("$")), row[1], decimal(row[3])
    root = 8 if name == r"$\sqrt{8}$" else n_ctx + 3
    with mpmath.workdps(50):
        tests = [answer for answer in Predicts.cut_from("aab", range(2, n_ctx + 1)).answers]
        above = [margin(a.context, a.letter, found + mpmath.mpf("2e-30"), root) for a in tests]
        below = [margin(a.context, a.letter, found - mpmath.mpf("1e-30"), root) for a in tests]
        assert min(above) > 0 and sum(value < 0 for value in below) == 1


@pytest.mark.parametrize(("caption", "suffixes"), [("45 contexts", ("aa", "ab", "ba")), ("60 contexts", tuple(RULE))])
def test_the_stretches_of_accuracy_by_the_other_program(caption, suffixes):
    rows = roots("by_hand/breaks", caption)
    words = [word for word in contexts(range(2, 6)) if word.endswith(suffixes)]
    starts = [decimal(row[0]) for row in rows]
    with mpmath.workdps(50):
        for i, row in enumerate(rows):
            inside = (starts[i] + starts[i + 1]) / 2 if i + 1 < len(rows) else starts[i] + 1
            right = sum(margin(word, RULE[word[-2:]], inside, 8) > 0 for word in words)
            assert right == int(row[1].strip("$"))
            for word in row[2].replace("$", "").replace(r"\mathtt", "").strip("–").split(","):
                context = word.strip(" {}")
                assert not context or abs(margin(context, RULE[context[-2:]], starts[i], 8)) < mpmath.mpf("1e-28")


@pytest.mark.parametrize("letters", [12, 11])
def test_a_larger_size_does_worse_after_twelve_letters_and_not_after_eleven(letters):
    context = "a" * letters + "ba"
    signs = [margin(context, "a", mpmath.mpf(k) / 100, 8) > 0 for k in range(1, 1000)]
    assert (not all(signs)) == (letters == 12)
    assert signs[0] and signs[-1]


def test_runs_on_either_side_of_the_least_sizes_fail_where_they_are_exchanged():
    experiments = shipped().derive("by_hand/growth", largest=6).experiments
    assert len(experiments) == 16 and all(experiment.run().passed for experiment in experiments)
    for experiment in experiments:
        rights = experiment.behaviour
        wrong = len(rights.predicts.answers) + (0 if rights.count < len(rights.predicts.answers) else -1)
        assert not replace(experiment, behaviour=replace(rights, count=wrong)).run().passed


@pytest.mark.parametrize("caption", ["whatever the length", "just long enough", "longer model"])
def test_where_a_larger_size_does_worse_by_the_other_program(caption):
    rows = roots("by_hand/worse", caption)
    assert [row[1] == "nowhere" for row in rows[:2]] == [True, False]
    for row in rows:
        keys = 3 if "aaaba" in row[0] else int(re.search(r"\^\{(\d+)\}", row[0])[1])
        found = re.search(r"= (\d+)\$", row[0])
        root = 8 if "whatever" in caption else int(found[1]) + 3 if found else keys + 5
        context = "a" * keys + "ba"
        with mpmath.workdps(50):
            if row[1] == "nowhere":
                assert all(margin(context, "a", mpmath.mpf(k) / 100, root) > 0 for k in range(1, 3000))
                continue
            for end, after in ((decimal(row[1]), -1), (decimal(row[2]), 1)):
                assert margin(context, "a", end, root) * after < 0
                assert margin(context, "a", end + mpmath.mpf("2e-30"), root) * after > 0


def test_a_row_of_another_model_or_context_is_refuted():
    decides = sys.modules[shipped().find("by_hand/growth").function.__module__].Decides
    row = decides.of(model(4), (), "bbaa", 8)
    assert row.prove() and not replace(row, context="abaa").prove()
    assert not replace(row, model=model(4, root=7)).prove()
    unit = row.high - row.low
    assert not replace(row, low=row.low + unit, high=row.high + unit).prove()


@pytest.mark.parametrize(
    ("word", "window"), [("ab", 1), ("abc", 1), ("aab", 2), ("aabb", 2), ("abcac", 3), ("abab", 1)]
)
def test_the_least_window_that_continues_a_word(word, window):
    assert shipped().derive("by_hand/words", word=word, window=window).experiments
    if window > 1:
        short = shipped().derive("by_hand/words", word=word, window=window - 1)
        assert not short.experiments
        assert [bool(step.verdict) for step in short.statements] == [True]


def test_a_window_that_no_weights_make_do_is_contradicted_by_letters_that_look_alike():
    """What a window of two sees of abcac, by hand: aca and bca end alike and are followed by b and c."""
    module = sys.modules[shipped().find("by_hand/words").function.__module__]
    against = module.contradiction(module.Task("abcac", 2, 5))
    assert {(rival.context[-2:], rival.right, rival.wrong) for rival, _ in against} == {
        ("ca", "b", "c"),
        ("ca", "c", "b"),
    }
    assert module.contradiction(module.Task("abcac", 3, 5)) is None


@pytest.mark.parametrize(("large", "letter"), [(Integer(2), "a"), (Rational(5, 2), "b"), (Integer(4), "a")])
def test_the_model_itself_does_worse_and_better_again(large, letter):
    made, context = model(14), "a" * 12 + "ba"
    said = Predicts((Answer(context, letter),), "1 context")
    other = Predicts((Answer(context, "b" if letter == "a" else "a"),), "1 context")
    assert said.prove_strict(made, {Lg: large}, 14)
    assert not other.prove_strict(made, {Lg: large}, 14)
    assert said.measure(Trial(made.heads, {Lg: large}, 14, model=made)).passed


def test_an_altered_table_is_refuted_and_measured():
    made = model()
    right = made.logits("aab")
    wrong = right + type(right).from_entries((2, 3), {(0, 2): 1})
    assert Computes("aab", right).prove_on(made)
    assert not Computes("aab", wrong).prove_on(made)
    trial = Trial(made.heads, {Lg: Integer(3)}, 5, model=made)
    assert Computes("aab", right).measure(trial).passed
    assert not Computes("aab", wrong).measure(trial).passed


BAD = [
    ("by_hand/embedding", {"word": "aacaa"}, "'c' at place 2 of 'aacaa'"),
    ("by_hand/embedding", {"word": ""}, "at least one letter, got an empty one"),
    ("by_hand/embedding", {"n_ctx": 0}, "n_ctx must be at least 2, the window of the head, got 0"),
    ("by_hand/attention", {"n_ctx": 2}, "n_ctx must be at least 3"),
    ("by_hand/logits", {"word": "aabaab"}, "3 to n_ctx = 5 letters, got 6"),
    ("by_hand/threshold", {"scale_of": 0}, "must be positive, got 0"),
    ("by_hand/completions", {"tests": 0}, "must be from 1 to 300, got 0"),
    ("by_hand/growth", {"largest": 3}, "must be from 4 to 32, got 3"),
    ("by_hand/worse", {"letters": 11}, "right after 11 letters a and ba at every Lg; expected more letters"),
    ("by_hand/words", {"word": "abx"}, "expected a word of the letters abcd, got 'x' in 'abx'"),
    ("by_hand/words", {"word": ""}, "expected at least one word of the letters abcd, got ''"),
    ("by_hand/words", {"word": "ab aa"}, "at least two different letters, got 'aa'"),
    ("by_hand/words", {"word": "abcabca"}, "at most 6 letters, got 7: abcabca"),
    ("by_hand/words", {"window": 6}, "window must be from 1 to n_ctx - 1 = 5, or 0 for the least, got 6"),
    ("by_hand/words", {"n_ctx": 0}, "n_ctx must be from 3 to 8, got 0"),
    ("by_hand/worse", {"letters": 0}, "must be from 1 to 30, got 0"),
]


@pytest.mark.parametrize(("id", "settings", "message"), BAD)
def test_parameters_that_make_no_sense(id, settings, message):
    with pytest.raises(DerivationFailed, match=message):
        shipped().derive(id, **settings)
