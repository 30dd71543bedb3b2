"""Attending by content: proved for what does, refuted with a witness for what does not, measured on the engine."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
from algebra_oracle import obeys, value
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Integer, Rational, cos, pi

from symcircuits.algebra import ExactMatrix, Proved, Refuted, Undecided
from symcircuits.behaviours import AttendsTo, AttendsToSame, AvoidsSelf, Trial
from symcircuits.behaviours import trial as module
from symcircuits.behaviours.content_scores import ContentScores, equal_norms, j
from symcircuits.circuit import Head, OneHot, Residual, Sinusoids
from symcircuits.errors import BadValue, UnboundSymbols
from symcircuits.symbols import Lg, alpha, beta, coordinate, is_coordinate, lambda_, m, n

PLACE = Sinusoids(2)
STREAM = Residual(content=3, position=PLACE, v=1)
CONTENT = STREAM["content"]
READ = STREAM.read("content", PLACE)
VALUES = {**PLACE.suggested(), beta: Integer(10)}
HELD = [
    coordinate("content", i, "n", r"\mathrm{cont}") * coordinate("content", i, "m", r"\mathrm{cont}") for i in range(3)
]


def diagonal(*entries) -> ExactMatrix:
    return ExactMatrix.from_entries((len(entries),) * 2, {(i, i): entry for i, entry in enumerate(entries)})


def similar(scale=beta, key=(1, 1, 1)) -> Head:
    return Head(W_Q=STREAM.read("content"), W_K=diagonal(*key) @ STREAM.read("content"), scale=scale)


def avoiding(*key, scale=Lg) -> Head:
    return Head(W_Q=READ, W_K=diagonal(*(key or (1, 1, 1, -beta, -beta, -beta, -beta))) @ READ, scale=scale)


def check_loss(head: Head, content, refuted: Refuted) -> None:
    """Three tokens, two with one content and one with another of the same norm, that wins or ties."""
    point = dict(refuted.witness)
    query, copy, other = (int(point[index]) for index in (n, m, j))
    assert len({query, copy, other}) == 3
    scores = ContentScores(head, content)
    held = {token: [point[symbol] for symbol in scores.held(token)] for token in (query, copy, other)}
    assert held[query] == held[copy]
    assert sum(x**2 for x in held[query]) == sum(x**2 for x in held[other])
    best, rival = scores.of(query, copy), scores.of(query, other)
    free = (best.free_symbols | rival.free_symbols) - set(point)
    everything = {**point, **{symbol: Integer(1) for symbol in free}}
    assert all(obeys(symbol, number) for symbol, number in everything.items())
    gap = (value(best, everything) - value(rival, everything)).real
    assert abs(gap) < 1e-60 if refuted.method == "tie" else gap < 0
    assert refuted.method != "tie" or held[query] != held[other]


# The same content


@pytest.mark.parametrize("scale", [beta, Lg, 1, Rational(1, 7)], ids=str)
def test_equal_projections_attend_to_the_same_content(scale):
    assert AttendsToSame(CONTENT).prove_on(similar(scale)) == Proved("sum of squares")


def test_rotated_queries_and_keys_do_as_well():
    turn = Sinusoids(1).shift(1).labelled(None, None)
    read = STREAM.read(CONTENT[:2])
    assert AttendsToSame(CONTENT[:2]).prove_on(Head(W_Q=turn @ read, W_K=turn @ read, scale=beta))
    assert not AttendsToSame(CONTENT[:2]).prove_on(Head(W_Q=turn @ read, W_K=read, scale=beta))


WRONG = {
    "a sign": similar(key=(1, -1, 1)),
    "all signs": similar(key=(-1, -1, -1)),
    "a size": similar(key=(1, 2, 1)),
    "nothing": similar(key=(0, 0, 0)),
    "one direction less": similar(key=(1, 1, 0)),
    "the scale": similar(scale=-beta),
    "two directions exchanged": Head(W_Q=STREAM.read("content"), W_K=STREAM.read(CONTENT[1] + CONTENT[0] + CONTENT[2])),
    "the place counts": avoiding(1, 1, 1, 1, 1, 1, 1),
    "something else counts": Head(W_Q=STREAM.read("content", "v"), W_K=STREAM.read("content", "v"), scale=beta),
    "the key alone counts": Head(
        W_Q=STREAM.read("content", STREAM["position"][0]), W_K=STREAM.read("content", "v"), scale=beta
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_each_wrong_head_is_refuted_with_tokens_of_equal_norm(name):
    verdict = AttendsToSame(CONTENT).prove_on(WRONG[name])
    assert isinstance(verdict, Refuted), verdict
    check_loss(WRONG[name], CONTENT, verdict)


def test_directions_that_are_read_but_not_compared_are_noticed():
    verdict = AttendsToSame(CONTENT[:2]).prove_on(similar())
    assert isinstance(verdict, Refuted)
    check_loss(similar(), CONTENT[:2], verdict)


@given(st.lists(st.integers(-2, 2), min_size=9, max_size=9))
@settings(max_examples=40)
def test_exactly_positive_multiples_of_the_identity_are_proved(entries):
    """The score c^T M c' is never larger than c^T M c, for all contents of one norm, only for M = w Id with w >= 0."""
    key = ExactMatrix.from_rows([entries[3 * i : 3 * i + 3] for i in range(3)])
    verdict = AttendsToSame(CONTENT).prove_on(Head(W_Q=STREAM.read("content"), W_K=key @ STREAM.read("content")))
    right = key == ExactMatrix.identity(3) * key[0, 0] and key[0, 0] > 0
    assert isinstance(verdict, Proved) == right
    if isinstance(verdict, Refuted):
        check_loss(Head(W_Q=STREAM.read("content"), W_K=key @ STREAM.read("content")), CONTENT, verdict)


def test_a_single_direction_has_two_contents_of_one_norm():
    head = Head(W_Q=STREAM.read(CONTENT[0]), W_K=STREAM.read(CONTENT[0]), scale=beta)
    assert AttendsToSame(CONTENT[0]).prove_on(head)
    assert AttendsToSame(CONTENT[0]).measure(Trial((head,), VALUES, 16)).passed


def test_contents_of_equal_norm_have_equal_norms():
    pairs = list(equal_norms(3))
    assert all(sum(x * x for x in a) == sum(x * x for x in b) for a, b in pairs)
    assert {tuple(a) for a, _ in pairs} >= set(permutations((1, 0, 0)))


def test_one_hot_positions_are_left_undecided():
    stream = Residual(content=2, position=OneHot(4))
    head = Head(W_Q=stream.read("content"), W_K=stream.read("content"))
    for behaviour in (AttendsToSame(stream["content"]), AvoidsSelf(stream["content"])):
        assert isinstance(behaviour.prove_on(head), Undecided)


@pytest.mark.parametrize("behaviour", [AttendsToSame, AvoidsSelf])
def test_what_cannot_be_asked_is_refused(behaviour):
    with pytest.raises(BadValue, match=r"^expected at least one direction of content, got none$"):
        behaviour(CONTENT[:0]).prove_on(similar())
    with pytest.raises(BadValue, match=r"^the directions of position hold a position, not a content$"):
        behaviour(STREAM["position"]).prove_on(similar())
    with pytest.raises(BadValue, match=r"^this head has no W_Q and W_K$"):
        behaviour(CONTENT).prove_on(Head(W_V=STREAM.read("v"), W_O=STREAM.write("v")))


def test_the_requirements_in_words():
    assert "same content" in AttendsToSame(CONTENT).text() and "another copy" in AvoidsSelf(CONTENT).text()
    assert str(AttendsToSame(CONTENT)) == "AttendsToSame(content, 3 directions)"
    assert str(AvoidsSelf(CONTENT, 2)) == "AvoidsSelf(content, 3 directions, gap 2)"


# Not oneself


def test_the_interval_is_proved_to_be_there():
    verdict = AvoidsSelf(CONTENT).prove_on(avoiding())
    assert isinstance(verdict, Proved) and verdict.method == "sum of squares"
    assert {angle.expand() for angle in verdict.equality_at} == {(alpha(i) * (m - n)).expand() for i in range(2)}


AVOIDING_WRONG = {
    "likes itself": avoiding(1, 1, 1, beta, beta, beta, beta),
    "the place of one pair": avoiding(1, 1, 1, -beta, -beta, beta, beta),
    "a sign of the content": avoiding(1, -1, 1, -beta, -beta, -beta, -beta),
    "a size of the content": avoiding(1, 2, 1, -beta, -beta, -beta, -beta),
    "no content": avoiding(0, 0, 0, -beta, -beta, -beta, -beta),
    "the scale": avoiding(scale=-Lg),
    "reads what is not compared": Head(
        W_Q=STREAM.read("content", "v", PLACE),
        W_K=diagonal(1, 1, 1, 1, -beta, -beta, -beta, -beta) @ STREAM.read("content", "v", PLACE),
    ),
    "the place does not count": Head(
        W_Q=STREAM.read("content", STREAM["position"][0]),
        W_K=diagonal(1, 1, 1, 0) @ STREAM.read("content", STREAM["position"][0]),
    ),
}


@pytest.mark.parametrize("name", AVOIDING_WRONG)
def test_each_head_that_has_no_interval_is_refuted(name):
    assert isinstance(AvoidsSelf(CONTENT).prove_on(AVOIDING_WRONG[name]), Refuted)


UNDECIDED = {
    "the content is weighted": avoiding(beta, beta, beta, -1, -1, -1, -1),
    "a fixed place": avoiding(1, 1, 1, -1, -1, -1, -1),
    "the weight squared": avoiding(1, 1, 1, *[-(beta**2)] * 4),
    "the scale is the weight": avoiding(scale=beta),
}


@pytest.mark.parametrize("name", UNDECIDED)
def test_what_may_have_another_interval_is_undecided(name):
    assert isinstance(AvoidsSelf(CONTENT).prove_on(UNDECIDED[name]), Undecided)


def test_the_weight_may_be_another_symbol():
    head = avoiding(1, 1, 1, -Lg, -Lg, -Lg, -Lg, scale=beta)
    assert AvoidsSelf(CONTENT, weight=Lg).prove_on(head)
    assert not AvoidsSelf(CONTENT).prove_on(head)


def position_gap(k: int) -> float:
    numbers = PLACE.suggested()
    return sum(float(numbers[lambda_(i)]) ** 2 * (1 - np.cos(float(numbers[alpha(i)]) * k)) for i in range(2))


@pytest.mark.parametrize("n_ctx", [3, 5, 16])
@pytest.mark.parametrize("gap", [1, Rational(1, 3), 4])
def test_at_numbers_the_interval_ends_at_the_gap_over_the_spread(n_ctx, gap):
    gaps = [position_gap(k) for k in range(1, n_ctx)]
    end = Rational(float(gap) / (max(gaps) - min(gaps))).limit_denominator(10**6)
    behaviour, numbers = AvoidsSelf(CONTENT, gap), {**PLACE.suggested(), Lg: Integer(3)}
    for factor, wins in ((Rational(1, 100), True), (Rational(99, 100), True), (Rational(101, 100), False), (9, False)):
        verdict = behaviour.prove_strict(avoiding(), {**numbers, beta: end * factor}, n_ctx)
        assert isinstance(verdict, Proved if wins else Refuted), (factor, verdict)
    assert isinstance(behaviour.prove_strict(avoiding(), {**numbers, beta: Integer(0)}, n_ctx), Refuted)
    assert isinstance(behaviour.prove_strict(avoiding(), {**numbers, beta: -end / 2}, n_ctx), Refuted)


def test_a_witness_at_numbers_is_a_copy_that_loses():
    numbers = {**PLACE.suggested(), Lg: Integer(1), beta: Integer(4)}
    verdict = AvoidsSelf(CONTENT).prove_strict(avoiding(), numbers, 16)
    point = dict(verdict.witness)
    row, copy, other = (int(point[index]) for index in (n, m, j))
    assert row == 15 and copy != other and copy < row and other < row
    assert 1 + 4 * (position_gap(row - copy) - position_gap(row - other)) < 0


def test_frequencies_that_come_back_tie_with_the_token_itself():
    numbers = {**PLACE.suggested(), alpha(0): 2 * pi / 3, alpha(1): 2 * pi / 3, Lg: Integer(1), beta: Rational(1, 10)}
    assert AvoidsSelf(CONTENT).prove_strict(avoiding(), numbers, 3)
    verdict = AvoidsSelf(CONTENT).prove_strict(avoiding(), numbers, 5)
    assert isinstance(verdict, Refuted) and verdict.method == "tie"


def test_places_that_count_by_more_than_their_distance_are_looked_at_row_by_row():
    uneven = avoiding(1, 1, 1, -beta, -2 * beta, -beta, -beta)
    for weight, wins in ((Rational(1, 10), False), (Integer(20), False)):
        numbers = {**PLACE.suggested(), Lg: Integer(1), beta: weight}
        assert bool(AvoidsSelf(CONTENT).prove_strict(uneven, numbers, 12)) == wins


@pytest.mark.parametrize("n_ctx", [1, 2])
def test_a_context_without_copy_and_other_is_undecided(n_ctx):
    assert isinstance(AvoidsSelf(CONTENT).prove_strict(avoiding(), {**VALUES, Lg: Integer(1)}, n_ctx), Undecided)


def test_a_symbol_without_a_number_is_named():
    with pytest.raises(UnboundSymbols, match=r"^the score still contains Lg; expected a value for each symbol$"):
        AvoidsSelf(CONTENT).prove_strict(avoiding(), VALUES, 8)


@pytest.mark.parametrize("gap", [0, -1, Rational(-1, 2), beta - beta])
def test_a_gap_is_positive(gap):
    with pytest.raises(BadValue, match=r"^expected a positive gap between contents, got "):
        AvoidsSelf(CONTENT, gap)


# On the engine


INSIDE = {**PLACE.suggested(), Lg: Integer(20), beta: Rational(1, 10)}
OUTSIDE = {**INSIDE, beta: Integer(3)}
SCORES = {
    "same": (AttendsToSame(CONTENT), similar(), VALUES, beta * sum(HELD)),
    "avoids": (
        AvoidsSelf(CONTENT),
        avoiding(),
        INSIDE,
        Lg * (sum(HELD) - beta * sum(lambda_(i) ** 2 * cos(alpha(i) * (n - m)) for i in range(2))),
    ),
}


@pytest.mark.parametrize("name", SCORES)
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_engine_does_what_is_proved(name, seed):
    behaviour, head, values, score = SCORES[name]
    found = behaviour.measure(Trial((head,), values, 48, seed, score=score))
    assert found.passed and found.difference < 1e-12 and not found.note
    assert found.closed_form == pytest.approx(found.measured, abs=1e-12)
    without = behaviour.measure(Trial((head,), values, 48, seed))
    assert without.passed and without.closed_form is None and without.measured == found.measured


@pytest.mark.parametrize("name", SCORES)
def test_a_wrong_score_fails_the_run(name):
    behaviour, head, values, score = SCORES[name]
    for wrong in (score / 2, -score, score.xreplace({n: m, m: n}) + HELD[0]):
        found = behaviour.measure(Trial((head,), values, 24, score=wrong))
        assert not found.passed and found.note == "the pattern differs from the closed form"


@pytest.mark.parametrize("name", SCORES)
@pytest.mark.parametrize("weight", ["W_Q", "W_K"])
def test_a_run_fails_when_a_weight_is_altered_after_binding(name, weight, monkeypatch):
    behaviour, head, values, _ = SCORES[name]
    bind = module.bind_head

    def tampered(*arguments):
        arrays = bind(*arguments)
        getattr(arrays, weight)[:] *= -1
        return arrays

    monkeypatch.setattr(module, "bind_head", tampered)
    assert not behaviour.measure(Trial((head,), values, 24)).passed


def test_heads_that_do_something_else_fail_the_run():
    assert "another content" in AttendsToSame(CONTENT).measure(Trial((avoiding(),), OUTSIDE, 48)).note
    assert "token itself" in AvoidsSelf(CONTENT).measure(Trial((avoiding(),), OUTSIDE, 48)).note
    assert not AvoidsSelf(CONTENT).measure(Trial((similar(),), VALUES, 48)).passed


def test_runs_without_anything_to_compare_are_refused():
    with pytest.raises(BadValue, match=r"^no row of 1 tokens has two contents$"):
        AttendsToSame(CONTENT).measure(Trial((similar(),), VALUES, 1))
    with pytest.raises(BadValue, match=r"^no row of 1 tokens has another copy of its token$"):
        AvoidsSelf(CONTENT).measure(Trial((avoiding(),), INSIDE, 1))
    with pytest.raises(BadValue, match="one head"):
        AttendsToSame(CONTENT).measure(replace(Trial((similar(),), VALUES, 8), heads=(similar(), similar())))


def test_a_score_speaks_of_the_two_tokens_alone():
    trial = Trial((similar(),), {}, 8, score=beta * sum(HELD))
    assert not any(map(is_coordinate, trial.symbols())) and beta in trial.symbols()
    assert AttendsTo(0).measure(Trial((similar(),), VALUES, 8, score=VALUES[beta] * HELD[0])).difference > 1e-3
