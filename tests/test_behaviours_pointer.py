"""Attending by pointer: proved for what looks one token on, refuted with a witness for what does not, and measured."""

from __future__ import annotations

from dataclasses import replace

import pytest
from algebra_oracle import obeys, value
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Integer, Rational, cos, pi, sin

from symcircuits.algebra import ExactMatrix, Proved, Refuted, Undecided
from symcircuits.behaviours import AttendsAfterPrevious, Fails, Trial
from symcircuits.behaviours.pointer import c, pointed_position
from symcircuits.circuit import Head, OneHot, Residual, Sinusoids
from symcircuits.errors import BadValue, ShapeMismatch, UnboundSymbols
from symcircuits.symbols import alpha, beta, integer, lambda_, m, n

PLACE = Sinusoids(3)
STREAM = Residual(content=2, position=PLACE, v=4)
LARGEST = PLACE.first(2)
POINTER = STREAM["v"]
AFTER = AttendsAfterPrevious(POINTER)
VALUES = {**PLACE.suggested(), beta: Integer(10)}


def looking(on=1, scale=beta, query=POINTER, key=LARGEST) -> Head:
    """A head that looks so many tokens on from the token that its pointer points at."""
    return Head(W_Q=LARGEST.shift(on) @ STREAM.read(query), W_K=STREAM.read(key), scale=scale)


def numbers(head: Head, scale=1) -> dict:
    return {s: v for s, v in PLACE.suggested().items() if s in LARGEST.free_symbols} | {beta: Integer(scale)}


def check_loss(head: Head, refuted: Refuted) -> None:
    """An earlier token, pointed at, and a key in sight that has more than the one after it, or ties."""
    point = dict(refuted.witness)
    query, copy, key = (int(point[index]) for index in (n, c, m))
    assert 0 <= copy < query and 0 <= key <= query and key != copy + 1
    pairs = pointed_position(head, POINTER)
    held = dict(zip(POINTER.places, (pairs.at(copy)[i, 0] for i in range(len(POINTER))), strict=True))
    tokens = {token: head.stream.at(token) for token in (query, key, copy + 1)}
    x = tokens[query]
    x = x.substitute({x[place, 0]: entry for place, entry in held.items()})
    tokens[query] = x
    best, other = (head.score(x, tokens[token]) for token in (copy + 1, key))
    free = (best.free_symbols | other.free_symbols) - set(point)
    everything = {**point, **{symbol: Integer(1) for symbol in free}}
    assert all(obeys(symbol, number) for symbol, number in everything.items())
    gap = (value(best, everything) - value(other, everything)).real
    assert abs(gap) < 1e-60 if refuted.method == "tie" else gap < 0


# For all values


def test_one_token_on_from_the_pointer_is_proved_and_ties_are_told():
    verdict = AFTER.prove_on(looking())
    one_on = c + 1 - m
    assert verdict == Proved("sum of squares", equality_at=(alpha(0) * one_on, alpha(1) * one_on))


@pytest.mark.parametrize("scale", [1, beta, Rational(1, 7), beta * lambda_(0)], ids=str)
def test_any_positive_scale_will_do(scale):
    assert AFTER.prove_on(looking(scale=scale))


def test_a_key_turned_back_is_as_good_as_a_query_turned_on():
    head = Head(W_Q=STREAM.read(POINTER), W_K=LARGEST.shift(-1) @ STREAM.read(LARGEST), scale=beta)
    assert AFTER.prove_on(head)


def test_a_head_may_read_fewer_pairs_than_the_pointer_holds():
    first = PLACE.first(1)
    assert AFTER.prove_on(Head(W_Q=first.shift(1) @ STREAM.read(POINTER[:2]), W_K=STREAM.read(first)))


def test_each_pair_may_have_a_weight_of_its_own():
    weights = ExactMatrix.from_entries((4, 4), {(i, i): 3 if i < 2 else Rational(1, 5) for i in range(4)})
    head = Head(W_Q=LARGEST.shift(1) @ STREAM.read(POINTER), W_K=weights @ STREAM.read(LARGEST))
    assert AFTER.prove_on(head)


WRONG = {
    "the other direction": looking(on=-1),
    "no step": looking(on=0),
    "two tokens on": looking(on=2),
    "the scale": looking(scale=-beta),
    "the pairs exchanged": looking(query=POINTER[2:] + POINTER[:2]),
    "cosine and sine exchanged": looking(query=POINTER[1] + POINTER[0] + POINTER[2:]),
    "its own place instead of the pointer": looking(query=STREAM.select(LARGEST)),
    "the content instead of the pointer": looking(query=STREAM["content"] + POINTER[:2]),
    "the key's pointer instead of its place": looking(key=POINTER),
    "a wrong frequency in the key": looking(key=STREAM["position"][2:]),
    "one sign in the key": Head(
        W_Q=LARGEST.shift(1) @ STREAM.read(POINTER),
        W_K=ExactMatrix.from_entries((4, 4), {(i, i): -1 if i == 3 else 1 for i in range(4)}) @ STREAM.read(LARGEST),
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_each_wrong_head_is_refuted_with_tokens_in_sight(name):
    verdict = AFTER.prove_on(WRONG[name])
    assert isinstance(verdict, Refuted), verdict
    check_loss(WRONG[name], verdict)


@pytest.mark.parametrize("name", WRONG)
def test_each_wrong_head_fails_on_the_engine(name):
    values = {**VALUES, alpha(3): Integer(1)}
    found = AFTER.measure(Trial((WRONG[name],), values, 24))
    assert not found.passed
    assert found.note == "another key has as much attention in some row"


def test_a_head_that_sees_nothing_ties_everywhere():
    blind = Head(W_Q=STREAM.read(POINTER), W_K=ExactMatrix.zeros(4, 4) @ STREAM.read(LARGEST))
    verdict = AFTER.prove_on(blind)
    assert isinstance(verdict, Refuted) and verdict.method == "tie"
    check_loss(blind, verdict)


@given(st.integers(-3, 3), st.sampled_from([-1, 1]))
@settings(max_examples=14)
def test_exactly_one_token_on_with_a_positive_scale_is_proved(on, sign):
    head = looking(on=on, scale=sign * beta)
    verdict = AFTER.prove_on(head)
    assert isinstance(verdict, Proved) == (on == 1 and sign == 1)
    if isinstance(verdict, Refuted):
        check_loss(head, verdict)


# In a context


@pytest.mark.parametrize("n_ctx", [2, 3, 20])
def test_at_numbers_the_token_after_wins_strictly(n_ctx):
    assert AFTER.prove_strict(looking(), numbers(looking()), n_ctx) == Proved(
        f"enclosures of every gap over {n_ctx} tokens", equality_at=()
    )


def test_a_frequency_that_comes_back_ties_in_a_context_that_is_long_enough():
    values = {**numbers(looking()), alpha(0): 2 * pi / 5, alpha(1): 4 * pi / 5}
    assert AFTER.prove_strict(looking(), values, 5)
    verdict = AFTER.prove_strict(looking(), values, 6)
    assert isinstance(verdict, Refuted) and verdict.method == "tie"
    point = dict(verdict.witness)
    assert (point[c] + 1 - point[m]) % 5 == 0


@pytest.mark.parametrize("on", [-1, 0, 2])
def test_at_numbers_a_wrong_step_is_refuted_in_the_context(on):
    verdict = AFTER.prove_strict(looking(on=on), numbers(looking()), 9)
    assert isinstance(verdict, Refuted)
    point = dict(verdict.witness)
    assert 0 <= point[c] < point[n] <= 8 and 0 <= point[m] <= point[n]
    assert Fails(AFTER).prove_strict(looking(on=on), numbers(looking()), 9)


def test_a_head_whose_own_place_counts_is_looked_at_row_by_row():
    verdict = AFTER.prove_strict(looking(query=STREAM.select(LARGEST)), numbers(looking()), 9)
    assert isinstance(verdict, Refuted)


def test_a_head_with_wrong_distances_is_looked_at_pair_by_pair():
    verdict = AFTER.prove_strict(looking(query=POINTER[2:] + POINTER[:2]), numbers(looking()), 9)
    assert isinstance(verdict, Refuted)


def test_a_context_of_one_token_has_nothing_to_decide():
    assert AFTER.prove_strict(looking(), numbers(looking()), 1) == Undecided(
        "1 tokens have no row with an earlier token"
    )


def test_a_symbol_without_a_value_is_named():
    with pytest.raises(UnboundSymbols, match=r"^the score still contains beta; expected a value for each symbol$"):
        AFTER.prove_strict(looking(), {s: v for s, v in numbers(looking()).items() if s != beta}, 8)


# On the engine


def closed_form(step=1):
    held = [STREAM.at(n)[place, 0] for place in POINTER.places]
    pairs = enumerate(zip(LARGEST.scales, LARGEST.angles, strict=True))
    return beta * sum(
        size * (held[2 * i] * cos(a * (m - step)) + held[2 * i + 1] * sin(a * (m - step))) for i, (size, a) in pairs
    )


def test_the_engine_attends_to_the_token_after_the_one_pointed_at():
    trial = Trial((looking(),), VALUES, 32, seed=3, score=closed_form())
    found = AFTER.measure(trial)
    assert found.passed and found.difference < 1e-13
    assert 0.2 < found.measured < 1
    sharper = AFTER.measure(replace(trial, values={**VALUES, beta: Integer(1000)}))
    assert sharper.passed and sharper.measured > 0.999


def test_another_closed_form_does_not_pass():
    assert not AFTER.measure(Trial((looking(),), VALUES, 32, score=closed_form(step=2))).passed


def test_the_same_seed_points_at_the_same_tokens_and_another_at_others():
    first, again, other = (AFTER.measure(Trial((looking(),), VALUES, 32, seed=seed)).measured for seed in (1, 1, 2))
    assert first == again != other


def test_one_token_cannot_be_measured():
    with pytest.raises(BadValue, match=r"^expected at least two tokens, so that one has an earlier one, got 1$"):
        AFTER.measure(Trial((looking(),), VALUES, 1))


# What cannot be asked


def test_a_pointer_holds_pairs_of_the_position_outside_of_it():
    with pytest.raises(ShapeMismatch, match=r"^expected a pointer of 1 to 3 pairs, got 3 directions$"):
        AttendsAfterPrevious(POINTER[:3]).prove_on(looking())
    with pytest.raises(BadValue, match=r"^the directions of position hold a position, not a pointer$"):
        AttendsAfterPrevious(STREAM["position"]).prove_on(looking())
    small = Residual(position=Sinusoids(1), v=4)
    with pytest.raises(ShapeMismatch, match=r"^expected a pointer of 1 to 1 pairs, got 4 directions$"):
        AttendsAfterPrevious(small["v"]).prove_on(Head(W_Q=small.read("v"), W_K=small.read("v")))


@pytest.mark.parametrize("blocks", [{"position": OneHot(4)}, {"content": 4}, {"a": PLACE, "b": PLACE}], ids=str)
def test_other_positions_are_refused(blocks):
    stream = Residual(**blocks, v=2)
    head = Head(W_Q=stream.read("v"), W_K=stream.read("v"))
    with pytest.raises(BadValue, match=r"^a pointer holds frequency pairs; expected a stream with one position, made"):
        AttendsAfterPrevious(stream["v"]).prove_on(head)


def test_a_head_without_queries_is_refused():
    with pytest.raises(BadValue, match=r"^this head has no W_Q and W_K$"):
        AFTER.prove_on(Head(W_V=STREAM.read("v"), W_O=STREAM.write("v")))


def test_the_requirement_in_words():
    assert AFTER.text() == (
        "attends to the token after the one whose position is in $v_{0}, \\ldots, v_{3}$ of the present one"
    )
    assert str(AFTER) == "AttendsAfterPrevious(v, 4 directions)"
    assert c == integer("c")
