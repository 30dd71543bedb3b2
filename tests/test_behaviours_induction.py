"""Induction: proved given an ideal first layer, refuted by a short sequence, measured on repeated tokens."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sympy import Integer, Piecewise, Rational, exp

from symcircuits import AttendsTo, Head, Induces, Residual, Sinusoids, Transformer, Work
from symcircuits.algebra import ExactMatrix, Proved, Refuted, Undecided
from symcircuits.behaviours import Fails, Trial
from symcircuits.behaviours.induction import repeated_tokens
from symcircuits.errors import BadValue, UnknownName
from symcircuits.symbols import N, beta_, m, n
from symcircuits.worked import run_experiments

POSITION = Sinusoids(2)
WORDS = ("BOS", "a", "b", "c", "d", "e", "f", "g")
STREAM = Residual(content=8, position=POSITION, before=8)
FIRST = Head(
    W_Q=STREAM.read(POSITION),
    W_K=POSITION.shift(1) @ STREAM.read(POSITION),
    W_V=STREAM.read("content"),
    W_O=STREAM.write("before"),
    scale=beta_(1),
)
SECOND = Head(W_Q=STREAM.read("content"), W_K=STREAM.read("before"), scale=beta_(2))
MODEL = Transformer(((FIRST,), (SECOND,)), W_E=STREAM.write("content"), vocabulary=WORDS)
SHARP = {**POSITION.suggested(10), beta_(1): Integer(200), beta_(2): Integer(20)}


def second(**changed):
    return replace(MODEL, layers=((FIRST,), (replace(SECOND, **changed),)))


def first(**changed):
    return replace(MODEL, layers=((replace(FIRST, **changed),), (SECOND,)))


def test_k_composition_is_proved_for_all_sequences():
    verdict = Induces().prove_on(MODEL)
    assert isinstance(verdict, Proved)
    assert verdict.equality_at == ()


WRONG = {
    "opposite": second(scale=-beta_(2)),
    "no scores": second(scale=Integer(0)),
    "one entry negated": second(
        W_K=ExactMatrix.from_entries((8, 20), {(i, 12 + i): -1 if i == 3 else 1 for i in range(8)}, columns=STREAM)
    ),
    "one entry left out": second(
        W_K=ExactMatrix.from_entries((8, 20), {(i, 12 + i): 1 for i in range(7)}, columns=STREAM)
    ),
    "reads the present content": second(W_K=STREAM.read("content")),
    "queries what is before": second(W_Q=STREAM.read("before")),
    "both read what is before": second(W_Q=STREAM.read("before"), W_K=STREAM.read("content")),
    "nothing is moved": first(W_V=STREAM.read("before")),
    "moved to the content": first(W_O=STREAM.write("content")),
}


@pytest.mark.parametrize("name", WRONG)
def test_other_models_are_refuted_by_a_sequence(name):
    verdict = Induces().prove_on(WRONG[name])
    assert isinstance(verdict, Refuted)
    assert verdict.method.startswith("the tokens BOS ")
    assert verdict.witness[n] == len(verdict.method.split()) - 3
    assert verdict.witness[m] != 2


def test_an_unread_copy_does_not_matter():
    also = Head(W_Q=STREAM.read("content"), W_K=STREAM.read("before") * 2, scale=beta_(2))
    assert Induces().prove_on(replace(MODEL, layers=((FIRST,), (also,))))


def with_begin(gamma, **changed):
    """The model whose first token holds something for every query where the others hold the token before them."""
    liked = {(12 + i, 0): gamma for i in range(8)}
    W_E = ExactMatrix.from_entries((20, 8), {**STREAM.write("content").entries, **liked}, rows=STREAM)
    return replace(MODEL, W_E=W_E, **changed)


def test_a_first_token_to_rest_on_must_be_liked_less_than_a_copy():
    assert Induces().prove_on(with_begin(Rational(1, 2)))
    assert Induces().prove_on(with_begin(Rational(99, 100)))
    for gamma in (Integer(1), Integer(2)):
        verdict = Induces().prove_on(with_begin(gamma))
        assert isinstance(verdict, Refuted)
        assert (verdict.method, verdict.witness[m]) == ("the tokens BOS a b a", 0)


def test_a_score_of_places_is_not_proved():
    by_place = ExactMatrix.from_entries((8, 20), {**STREAM.read("before").entries, (0, 8): Integer(1)}, columns=STREAM)
    assert isinstance(Induces().prove_on(second(W_K=by_place)), Undecided)


def test_a_query_term_is_not_proved():
    weak = ExactMatrix.from_entries((8, 20), {**STREAM.read("content").entries, (0, 19): Integer(1)}, columns=STREAM)
    verdict = Induces().prove_on(second(W_Q=weak))
    assert isinstance(verdict, Undecided | Refuted)
    assert not verdict


def test_without_a_token_to_begin_with_the_first_two_keys_tie():
    verdict = Induces(begin="").prove_on(MODEL)
    assert isinstance(verdict, Refuted)
    assert (verdict.method, verdict.witness.left_value) == ("the tokens BOS a BOS", "a tie")
    assert (verdict.witness[n], verdict.witness[m]) == (2, 0)
    assert Fails(Induces(begin="")).prove_on(MODEL)


def test_what_it_is_not_for_is_told():
    with pytest.raises(UnknownName, match="unknown token 'start'"):
        Induces("start").prove_on(MODEL)
    with pytest.raises(BadValue, match="got layer 1, head 1"):
        Induces(head=1).prove_on(MODEL)
    with pytest.raises(BadValue, match="no W_Q and W_K"):
        Induces().prove_on(replace(MODEL, layers=((FIRST,), (Head(W_V=FIRST.W_V, W_O=FIRST.W_O),))))
    assert isinstance(Induces().prove_on(replace(MODEL, layers=((FIRST, FIRST), (SECOND,)))), Undecided)
    assert isinstance(Induces().prove_on(replace(MODEL, layers=((SECOND,),))), Undecided)


def test_behaviours_and_circuits_must_fit():
    work = Work("mine/x", "x")
    with pytest.raises(BadValue, match="Induces.* is a behaviour of a Transformer, got a Head"):
        work.claim(Induces(), of=FIRST)
    with pytest.raises(BadValue, match="is a behaviour of a Transformer, got a Head"):
        work.claim(Fails(Induces()), of=FIRST)
    with pytest.raises(BadValue, match=r"AttendsTo\(-1\) is a behaviour of a Head, got a Transformer"):
        work.experiment(AttendsTo(-1), of=MODEL)
    with pytest.raises(BadValue, match="claimed for all values of the symbols"):
        work.claim(Induces(), of=MODEL, at={}, n_ctx=3)


@pytest.mark.parametrize(("n_ctx", "begin", "block", "rows"), [(9, "BOS", 4, 4), (12, "BOS", 6, 5), (8, "", 4, 4)])
def test_a_block_of_different_tokens_comes_twice(n_ctx, begin, block, rows):
    run = repeated_tokens(MODEL, n_ctx, 3, begin)
    assert (len(run.tokens), run.block, len(run.rows)) == (n_ctx, block, rows)
    assert run.rows[-1] == n_ctx - 1
    assert (run.tokens[0] == 0) == (begin == "BOS" or run.tokens[0] == 0)
    for row in run.rows:
        earlier = np.flatnonzero(run.tokens[:row] == run.tokens[row])
        assert list(earlier + 1) == [run.wanted(row)]
    assert not np.array_equal(run.tokens, repeated_tokens(MODEL, n_ctx, 4, begin).tokens)


def test_blocks_that_cannot_be_are_refused():
    for n_ctx in (3, 16):
        with pytest.raises(BadValue, match=f"{n_ctx} tokens repeat a block of .*, expected 2 to 7"):
            repeated_tokens(MODEL, n_ctx, 0, "BOS")


def trial(model=MODEL, **changed):
    return Trial(model.heads, SHARP, 15, 2, model=model, **changed)


def test_a_sharp_model_induces_on_the_engine():
    found = Induces().measure(trial())
    assert found.passed
    assert found.accuracy == 1.0
    assert found.measured > 0.99
    assert found.closed_form is None


@pytest.mark.parametrize("name", [name for name in WRONG if name != "no scores"])
def test_other_models_fail_on_the_engine(name):
    found = Induces().measure(trial(WRONG[name]))
    assert not found.passed
    assert found.note == "another key has as much attention in some row"


def test_bounds_and_closed_forms_stand_beside_what_is_measured():
    kept = Induces().measure(trial(bound=1 / (1 + n * exp(-beta_(2) / 2))))
    assert kept.passed and kept.bound <= kept.measured
    broken = Induces().measure(trial(bound=1 - exp(-100 * n)))
    assert (broken.passed, broken.note) == (False, "the bound is not kept in some row")
    other = Induces().measure(trial(score=beta_(2) * (N - 1) * (m - n)))
    assert other.note == "the pattern differs from the closed form"


def test_the_ideal_closed_form_is_met_by_an_ideal_first_layer():
    """The engine with beta_1 so large that the first pattern is the ideal one to rounding."""
    sharp = replace(trial(), values={**SHARP, beta_(1): Integer(10**5)})
    ideal = beta_(2) * Piecewise((1, (m > n - N) & (m < n - N + 2)), (0, True))
    found = Induces().measure(replace(sharp, score=ideal))
    assert found.passed and found.difference < 1e-12
    assert not Induces().measure(replace(sharp, score=2 * ideal)).passed
    pattern = Piecewise((exp(beta_(2)), (m > n - N) & (m < n - N + 2)), (1, True)) / (n + exp(beta_(2)))
    assert Induces().measure(replace(sharp, closed_form=pattern)).passed


def test_a_work_runs_it_and_tells_accuracy_and_bound():
    work = Work("mine/induction", "Induction")
    work.suggest(POSITION.suggested(10))
    assert work.claim(Induces(), of=MODEL)
    work.experiment(Induces(), of=MODEL, bound=1 / (1 + n * exp(-beta_(2) / 2)), n_ctx=13, beta_1=[200], beta_2=[5, 20])
    done = run_experiments(work.finish())
    assert done.verdict == "proved"
    assert [outcome.accuracy for outcome in done.outcomes] == [1.0, 1.0]
    assert all(outcome.bound < outcome.measured for outcome in done.outcomes)


def test_heads_alone_are_not_measured():
    with pytest.raises(BadValue, match="measured on a transformer, got heads"):
        Induces().measure(Trial((FIRST,), SHARP))
