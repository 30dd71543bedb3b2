"""Experiments: declared while a derivation is built, run afterwards on the engine."""

from __future__ import annotations

import warnings
from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest
from sympy import Function, Integer, Rational, Sum, Symbol, cos, exp, sqrt

from symcircuits import AttendsTo, Copies, Head, Residual, Sinusoids, Work
from symcircuits.behaviours import CopiesAll, Trial
from symcircuits.errors import InputError, UnboundSymbols
from symcircuits.symbols import alpha, beta, lambda_, m, n
from symcircuits.worked import Experiment, derive, run_experiments

POSITION = Sinusoids(1)
STREAM = Residual(content=2, position=POSITION, v=2)
ANGLE, SIZE = alpha(0), lambda_(0)
NUMBERS = {ANGLE: Integer(1), SIZE: Integer(1)}
j = Symbol("j", integer=True)


def pointing():
    return Head(W_Q=STREAM.read(POSITION), W_K=POSITION.shift(1) @ STREAM.read(POSITION), scale=beta)


def copying(scale=1):
    return Head(W_V=STREAM.read("content"), W_O=STREAM.write("v") * scale)


COPY = Copies(STREAM["content"], STREAM["v"])


def run(behaviour, *heads, values=NUMBERS, **more):
    return Experiment(behaviour, Trial(heads, values, **more)).run()


def softmax(score):
    return exp(score) / Sum(exp(score.subs(m, j)), (j, 0, n))


def test_a_copy_is_measured_as_the_largest_error_in_the_stream():
    outcome = run(COPY, copying(), n_ctx=8)
    assert outcome.passed
    assert (outcome.measured, outcome.difference, outcome.closed_form) == (0, 0, 0)
    assert (outcome.n_ctx, outcome.behaviour, outcome.note) == (8, str(COPY), "")
    assert "error" in outcome.measures
    assert outcome.seconds > 0


def test_a_copy_of_another_size_fails_by_as_much():
    outcome = run(COPY, copying(Rational(3, 2)), n_ctx=8)
    x = Trial((copying(),), NUMBERS, n_ctx=8).stream()
    assert not outcome.passed
    assert outcome.measured == pytest.approx(np.abs(x[:-1, :2]).max() / 2)


def test_layers_are_run_one_after_the_other():
    again = Head(W_V=STREAM.read("v"), W_O=STREAM.write("content"))
    both = CopiesAll(
        (COPY, Copies(STREAM["v"], STREAM["content"]), Copies(STREAM["content"], STREAM["content"], back=2))
    )
    assert run(both, copying(), again, n_ctx=6).passed
    assert not run(both, again, copying(), n_ctx=6).passed


def test_only_the_filled_directions_hold_numbers():
    trial = Trial((copying(),), NUMBERS, n_ctx=5, filled=(STREAM["content"][0],))
    x = trial.stream()
    assert (x[:, 0] != 0).all()
    assert (x[:, [1, 4, 5]] == 0).all()
    np.testing.assert_allclose(x[:, 2], np.cos(np.arange(5)))
    assert run(Copies(STREAM["content"][0], STREAM["v"][0]), copying(), filled=trial.filled, n_ctx=5).passed


def test_attention_is_measured_and_compared():
    outcome = run(
        AttendsTo(-1), pointing(), values=NUMBERS | {beta: Integer(3)}, n_ctx=9, closed_form=softmax(3 * cos(n - 1 - m))
    )
    row = [np.exp(3 * np.cos(k - 1 - np.arange(k + 1))) for k in range(9)]
    assert outcome.passed
    assert outcome.measured == pytest.approx(np.mean([row[k][k - 1] / row[k].sum() for k in range(1, 9)]), abs=1e-14)
    assert outcome.closed_form == pytest.approx(outcome.measured, abs=1e-14)
    assert outcome.difference < 1e-12


def test_without_a_closed_form_the_wanted_key_must_still_win():
    values = NUMBERS | {beta: Integer(3)}
    right, wrong = (run(AttendsTo(offset), pointing(), values=values, n_ctx=9) for offset in (-1, 0))
    assert right.passed
    assert right.closed_form is None
    assert not wrong.passed
    assert wrong.note == "another key has as much attention in some row"


def test_a_tie_in_a_row_fails():
    values = NUMBERS | {beta: Integer(3), SIZE: Integer(0)}
    outcome = run(AttendsTo(-1), pointing(), values=values, n_ctx=4)
    assert not outcome.passed


def test_a_closed_form_that_differs_is_told():
    values = NUMBERS | {beta: Integer(3)}
    outcome = run(AttendsTo(-1), pointing(), values=values, n_ctx=9, closed_form=softmax(2 * cos(n - 1 - m)))
    assert not outcome.passed
    assert outcome.note == "the pattern differs from the closed form"


@pytest.mark.parametrize(
    "closed_form",
    [1 / Sum(1, (j, 1, n)), softmax(cos(n - 1 - m)) / n, sqrt(m - n), 1 / (n - m)],
    ids=["empty sum", "zero in row 0", "root of a negative", "pole on the diagonal"],
)
def test_a_closed_form_that_is_undefined_somewhere_fails_quietly(closed_form):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        outcome = run(AttendsTo(-1), pointing(), values=NUMBERS | {beta: Integer(1)}, n_ctx=4, closed_form=closed_form)
    assert not outcome.passed
    assert outcome.note


def test_a_closed_form_with_an_unknown_function_is_refused():
    with pytest.raises(InputError, match="mystery"):
        run(AttendsTo(-1), pointing(), values=NUMBERS | {beta: Integer(1)}, n_ctx=4, closed_form=Function("mystery")(n))


@pytest.mark.parametrize(("offset", "n_ctx"), [(-1, 1), (-4, 3)])
def test_a_context_without_a_wanted_key_measures_nothing(offset, n_ctx):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(InputError, match=f"{n_ctx} token|n_ctx"):
            run(AttendsTo(offset), pointing(), values=NUMBERS | {beta: Integer(1)}, n_ctx=n_ctx)


@pytest.mark.parametrize("n_ctx", [0, -1])
def test_a_context_holds_a_token(n_ctx):
    with pytest.raises(InputError, match="n_ctx"):
        run(COPY, copying(), n_ctx=n_ctx)


def test_a_head_without_queries_attends_to_nothing_in_particular():
    with pytest.raises(InputError, match="W_Q and W_K"):
        run(AttendsTo(-1), copying(), n_ctx=4)


@pytest.mark.parametrize(
    ("values", "what", "missing"),
    [
        (NUMBERS, r"the scale of a head", "beta"),
        ({SIZE: Integer(1), beta: Integer(1)}, r"p\(0\)|a 2 by 6 matrix|.*", "alpha_0"),
    ],
)
def test_a_symbol_without_a_value_is_named(values, what, missing):
    with pytest.raises(UnboundSymbols, match=f"^{what} still contains {missing}; expected a value for each symbol$"):
        run(AttendsTo(-1), pointing(), values=values)


def test_the_same_seed_gives_the_same_stream_and_another_another():
    first, again, other = (run(COPY, copying(2), seed=seed, n_ctx=6) for seed in (1, 1, 2))
    assert first.measured == again.measured != other.measured
    assert (first.seed, other.seed) == (1, 2)


def test_bindings_are_told_as_exact_text_with_the_telling_ones_first():
    work = Work("mine/test", "A test")
    work.suggest({ANGLE: Rational(1, 10), SIZE: 1})
    work.experiment(AttendsTo(-1), of=pointing(), n_ctx=4, beta=[sqrt(8), 100])
    first, second = run_experiments(work.finish()).outcomes
    assert list(first.bindings.items()) == [("beta", "2*sqrt(2)"), ("alpha_0", "1/10"), ("lambda_0", "1")]
    assert first.told == ("beta",)
    assert second.bindings["beta"] == "100"
    assert second.measured > first.measured


def test_running_gives_a_new_derivation_with_every_outcome():
    derivation = derive("framework/2c", stream_pairs=2, pairs=1)
    done = run_experiments(derivation)
    assert derivation.outcomes == ()
    assert len(done.outcomes) == len(done.experiments) > 0
    assert replace(done, outcomes=()) == derivation
    assert done.verdict == "proved"


def test_a_failing_run_makes_the_derivation_refuted():
    work = Work("mine/test", "A test")
    work.suggest(NUMBERS)
    work.experiment(COPY, of=copying(2), n_ctx=4)
    derivation = work.finish()
    assert derivation.verdict == "proved"
    assert run_experiments(derivation).verdict == "refuted"


def test_experiments_and_outcomes_are_frozen():
    experiment = Experiment(COPY, Trial((copying(),), NUMBERS, n_ctx=4))
    for value, name in ((experiment, "trial"), (experiment.trial, "seed"), (experiment.run(), "passed")):
        with pytest.raises(FrozenInstanceError, match=f"cannot assign to field '{name}'"):
            setattr(value, name, None)
