"""The worked solution on copying in context: its parameters, and what the tool for any model says of its head."""

from __future__ import annotations

import pytest

from symcircuits import analyse
from symcircuits.errors import DerivationFailed
from symcircuits.worked import run_experiments, shipped

pytestmark = pytest.mark.once
ID = "circuits/in_context"


@pytest.mark.parametrize(
    ("classes", "message"),
    [
        ("a b; c", r"expected 3 or 4 classes with semicolons between, got 2$"),
        ("a b; c; ", r"expected at least one word in each class, got none in one$"),
        ("a b; c; d1", r"expected words of letters a to z, got \['d1'\]$"),
        ("a b; c d; e f g", r"expected at most 6 words, got 7$"),
        ("the to; fly; on", r"expected words that begin with different letters$"),
        ("a; b; c", r"expected a class of two words, between which a text may decide$"),
    ],
)
def test_nonsense_is_refused_in_a_line(classes, message):
    with pytest.raises(DerivationFailed, match=message):
        shipped().derive(ID, classes=classes)


@pytest.mark.parametrize("classes", ["a b; c; d", "a; b; c d; e", "a b; c d; e f"])
def test_other_grammars_are_proved_and_run(classes):
    assert run_experiments(shipped().derive(ID, classes=classes)).verdict == "proved"


def test_the_tool_finds_what_each_circuit_knows():
    report = analyse(ID, top=6)
    scores = report.head(0, 0).scores
    assert (scores["rank_qk"].exact, scores["rank_ov"].exact, scores["copying_full"].exact) == (3, 5, 1)
    names = report.vocabulary
    (table,) = report.trigrams
    asked = {names[key.token]: {names[token] for token, score in key.queries if score > 0} for key in table.keys}
    raised = {names[key.token]: [names[token] for token, logit in key.outputs if logit > 0] for key in table.keys}
    assert asked == {"T": {".", "o", "t"}, "H": {".", "o", "t"}, "f": {"T", "H"}, "o": {"f"}, "t": {"f"}}
    assert raised == {name: [name] for name in "THfot"}
