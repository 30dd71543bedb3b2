"""The worked solutions on skip trigrams: their parameters, and that the tool for any model finds what was put in."""

from __future__ import annotations

import pytest
from sympy import Integer

from symcircuits.analysis.trigrams import skip_trigrams
from symcircuits.behaviours import Predicts
from symcircuits.errors import DerivationFailed
from symcircuits.export.weights import weights_of
from symcircuits.symbols import beta
from symcircuits.worked import run_experiments, shipped

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("trigrams", "message"),
    [
        ("keep in", r"expected three words in each trigram, such as 'keep in mind', got \['keep in'\]$"),
        ("keep in m1nd", r"expected words of letters a to z, commas and < / >, got \['m1nd'\]$"),
        ("a b c; d e f; g h i; j k l; m n o", r"expected at most 4 trigrams, got 5$"),
        ("keep in mind; keep in bay", r"expected one output for each pair of words, got two for one$"),
        ("keep keep mind", r"expected each word in one of the three places, got \['keep'\]$"),
    ],
)
def test_nonsense_is_refused_in_a_line(trigrams, message):
    with pytest.raises(DerivationFailed, match=message):
        shipped().derive("circuits/skip_trigrams", trigrams=trigrams)


def models_of(id, kind, **settings):
    """The models of the experiments on one kind of behaviour, each once, with their values and context."""
    trials = [one.trial for one in shipped().derive(id, **settings).experiments if isinstance(one.behaviour, kind)]
    return {id_of(trial.model): trial for trial in trials}.values()


def id_of(model):
    return tuple(model.weights().values())


def picked(trial, head=0):
    """What the tool picks of a head at the scale 1."""
    weights = weights_of(trial.model, {**trial.values, beta: Integer(1)}, n_ctx=trial.n_ctx)
    return skip_trigrams(weights, 0, head).keys


@pytest.mark.parametrize(
    ("trigrams", "heads"),
    [
        ("keep in mind; keep at bay; Back and forth; open , rb", [{"kim", "Bnf", "ocr"}, {"kab"}]),
        ("x y z; x w z; u y v", [{"xyz", "xwz", "uyv"}]),
    ],
)
def test_the_tool_finds_the_trigrams_that_were_put_in(trigrams, heads):
    trial = next(iter(models_of("circuits/skip_trigrams", Predicts, trigrams=trigrams)))
    names = trial.model.vocabulary
    for place, wanted in enumerate(heads):
        found = set()
        for key in picked(trial, place):
            asking = [names[token] for token, score in key.queries if score > 0]
            (output,) = [names[token] for token, logit in key.outputs if logit > 0]
            found |= {names[key.token] + here + output for here in asking}
            assert key.score == pytest.approx(2 * 5)  # 2 of the query times L
        assert found == wanted


def test_the_tool_feels_what_the_model_does_not():
    examples = models_of("circuits/selection_rule", object)
    found = [{key.token: key.score for key in picked(trial)} for trial in examples]
    assert [list(one) for one in found] == [[0, 1], [1, 0], [1, 0]]
    for one, merits in zip(found, ({0: 3, 1: 2}, {1: 4, 0: 3}, {1: 6, 0: 3}), strict=True):
        assert one == pytest.approx(merits)


@pytest.mark.parametrize("trigrams", ["keep in mind", "a b c; a d e; a f g; h b i", "<tbody> < <td"])
def test_other_trigrams_are_proved_and_run(trigrams):
    assert run_experiments(shipped().derive("circuits/skip_trigrams", trigrams=trigrams)).verdict == "proved"
