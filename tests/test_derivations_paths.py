"""The sheets on paths through two layers and on virtual heads: their sizes, and what they refuse."""

from __future__ import annotations

import pytest

from symcircuits.errors import DerivationFailed
from symcircuits.worked import Statement, shipped

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("id", "settings", "message"),
    [
        ("circuits/zero_layer", {"tokens": 5}, r": tokens must be from 2 to 4, got 5$"),
        ("circuits/two_layer", {"heads": 0}, r": heads must be from 1 to 3, got 0$"),
        ("circuits/two_layer", {"text": "a"}, r": expected a text of 2 to 4 letters, got 1$"),
        ("circuits/two_layer", {"text": "aa"}, r": expected at least two different letters, got aa$"),
        ("circuits/two_layer", {"width": 4}, r": width must be from 1 to 3, got 4$"),
        ("circuits/virtual_heads", {"text": "aba"}, r": expected a text of 4 to 6 letters, got 3$"),
        ("circuits/virtual_heads", {"text": "aaaa"}, r": expected at least two different letters, got aaaa$"),
        ("circuits/virtual_heads", {"layers": 1}, r": layers must be from 2 to 4, got 1$"),
        ("circuits/virtual_heads", {"heads": 0}, r": heads must be from 1 to 3, got 0$"),
        ("circuits/virtual_heads", {"width": 1}, r": width must be from 2 to 4, got 1$"),
        ("circuits/virtual_heads", {"places": 4}, r": places must be from 2 to 3, got 4$"),
    ],
)
def test_sizes_out_of_range_are_refused_with_one_line(id, settings, message):
    with pytest.raises(DerivationFailed, match=message):
        shipped().derive(id, **settings)


@pytest.mark.parametrize("heads", [1, 3])
def test_other_numbers_of_heads_are_proved_too(heads):
    derivation = shipped().derive("circuits/two_layer", heads=heads, text="ab", width=1)
    assert derivation.verdict == "proved"
    terms = [step for step in derivation.steps if isinstance(step, Statement) and step.because == "a virtual head"]
    assert len(terms) == heads**2


@pytest.mark.parametrize("settings", [{"text": "abcdef"}, {"layers": 4, "heads": 3}, {"width": 4, "places": 2}])
def test_other_sizes_of_virtual_heads_are_proved_too(settings):
    assert shipped().derive("circuits/virtual_heads", **settings).verdict == "proved"


@pytest.mark.parametrize("settings", [{"text": "abcabc", "width": 4}, {"text": "abcdef", "width": 4, "inner": 3}])
def test_one_layer_has_the_rank_of_the_fewer_of_its_tokens_and_its_dimensions(settings):
    assert shipped().derive("circuits/one_layer", **settings).verdict == "proved"


@pytest.mark.parametrize("tokens", [2, 4])
def test_the_best_logits_and_their_rank_are_proved_of_other_numbers_of_tokens(tokens):
    assert shipped().derive("circuits/zero_layer", tokens=tokens).verdict == "proved"
