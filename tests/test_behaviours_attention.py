"""Attending to a token: proved for what does, refuted for what does not, measured on the engine."""

from __future__ import annotations

import numpy as np
import pytest
from algebra_oracle import obeys, value
from sympy import Integer, Rational, cos, exp, pi, sin

from symcircuits.algebra import ExactMatrix, Proved, Refuted, Undecided
from symcircuits.behaviours import AttendsTo, Trial
from symcircuits.behaviours import trial as module
from symcircuits.circuit import Head, OneHot, Residual, Sinusoids
from symcircuits.errors import BadValue, InputError, UnboundSymbols
from symcircuits.symbols import alpha, beta, m, n

POSITION = Sinusoids(2)
STREAM = Residual(content=1, position=POSITION)
VALUES = {**POSITION.suggested(), beta: Integer(50)}
READ = STREAM.read(POSITION)


def shifted(by: int, scale=beta) -> Head:
    return Head(W_Q=READ, W_K=POSITION.shift(by) @ READ, scale=scale)


def altered(**entries) -> Head:
    """The head that attends to the previous token, with some entries of a weight replaced."""
    weights = dict(shifted(1).weights())
    for name, changes in entries.items():
        old = weights[name]
        weights[name] = ExactMatrix.from_entries(old.shape, {**old.entries, **changes}, old.rows, old.columns)
    return Head(**weights, scale=beta)


def check_witness(behaviour: AttendsTo, head: Head, refuted: Refuted) -> None:
    """The witness must be a query and another key, of tokens that hold one thing each, with the gap that is told."""
    point = dict(refuted.witness)
    query, key = int(point[n]), int(point[m])
    wanted = query + behaviour.offset
    assert 0 <= key <= query and wanted >= 0 and key != wanted
    places = {"n": query, "m": key, str(n + behaviour.offset): wanted}
    held = {}
    for symbol, number in point.items():
        assert obeys(symbol, number)
        name, _, place = symbol.name.partition("^(")
        if place:
            token = places.get(place[:-1]) if place[:-1] in places else int(place[:-1])
            assert held.setdefault((name, token), number) == number, f"two values for {name} at token {token}"
    at_tokens = any("^(" in symbol.name for symbol in point)
    row, *keys = (query, wanted, key) if at_tokens else (n, n + behaviour.offset, m)
    best, other = (head.score(STREAM.at(row), STREAM.at(at)) for at in keys)
    free = (best.free_symbols | other.free_symbols) - set(point)
    everything = {**point, **{symbol: Integer(1) for symbol in free}}
    gap = (value(best, everything) - value(other, everything)).real
    assert gap < 1e-60 if refuted.method == "tie" else gap < 0


@pytest.mark.parametrize("offset", [0, -1, -2, -5])
def test_a_rotation_attends_to_where_it_turns(offset):
    verdict = AttendsTo(offset).prove_on(shifted(-offset))
    assert isinstance(verdict, Proved) and verdict.method == "sum of squares"
    expected = {alpha(i) * (m - n - offset) for i in range(2)}
    assert {angle.expand() for angle in verdict.equality_at} == {angle.expand() for angle in expected}


@pytest.mark.parametrize("offset", [0, -1, -2])
@pytest.mark.parametrize("turned", [-2, -1, 0, 1, 2, 3])
def test_any_other_rotation_is_refuted(offset, turned):
    if turned == -offset:
        return
    verdict = AttendsTo(offset).prove_on(shifted(turned))
    assert isinstance(verdict, Refuted)
    check_witness(AttendsTo(offset), shifted(turned), verdict)


ALTERATIONS = {
    "sign of a cosine": {"W_K": {(0, 1): -cos(alpha(0))}},
    "sign of a sine": {"W_K": {(0, 2): sin(alpha(0))}},
    "sign of the other sine": {"W_K": {(1, 1): -sin(alpha(0))}},
    "sign of the second pair": {"W_K": {(3, 3): -sin(alpha(1))}},
    "wrong frequency": {"W_K": {(0, 1): cos(alpha(1)), (1, 2): cos(alpha(1))}},
    "doubled angle": {"W_K": {(0, 1): cos(2 * alpha(0))}},
    "scaled entry": {"W_K": {(0, 1): 2 * cos(alpha(0))}},
    "sign of a query": {"W_Q": {(0, 1): -1}},
    "scale of a query": {"W_Q": {(0, 1): 2}},
    "query reads another": {"W_Q": {(0, 1): 0, (0, 2): 1}},
    "query turned round": {"W_Q": {(i, i + 1): -1 for i in range(4)}},
    "key reads content": {"W_K": {(0, 0): 1}},
    "query reads content": {"W_Q": {(0, 0): 1}},
}


@pytest.mark.parametrize("name", ALTERATIONS)
def test_each_altered_weight_is_refuted(name):
    head = altered(**ALTERATIONS[name])
    verdict = AttendsTo(-1).prove_on(head)
    assert isinstance(verdict, Refuted), verdict
    check_witness(AttendsTo(-1), head, verdict)


def test_content_held_by_one_token_has_one_value_in_a_witness():
    for offset in (0, -1, -2):
        for seed in range(8):
            chance = np.random.default_rng(seed)
            query, key = (chance.integers(-1, 3, size=(2, 5)).tolist() for _ in range(2))
            head = Head(
                **{
                    name: ExactMatrix.from_rows(rows).labelled(None, STREAM)
                    for name, rows in (("W_Q", query), ("W_K", key))
                }
            )
            verdict = AttendsTo(offset).prove_on(head)
            if isinstance(verdict, Refuted):
                check_witness(AttendsTo(offset), head, verdict)


def test_a_negative_scale_turns_the_attention_away():
    assert isinstance(AttendsTo(-1).prove_on(shifted(1, scale=-beta)), Refuted)


@pytest.mark.parametrize("offset", [0, -1, -2, -5])
def test_a_head_that_ties_everywhere_is_refuted_with_another_key(offset):
    head = Head(W_Q=READ * 0, W_K=READ)
    verdict = AttendsTo(offset).prove_on(head)
    assert isinstance(verdict, Refuted) and verdict.method == "tie"
    check_witness(AttendsTo(offset), head, verdict)
    assert verdict.witness.left_value == "a tie"


def test_the_verdict_of_a_positive_rescaling_is_the_same():
    assert AttendsTo(-1).prove_on(shifted(1, scale=exp(beta)))
    assert AttendsTo(-1).prove_on(shifted(1, scale=Rational(1, 7)))


ONE_HOT = OneHot(4)
PLACES = Residual(content=1, position=ONE_HOT)


def one_hot(by: int, **changes) -> Head:
    weights = {"W_Q": PLACES.read("position"), "W_K": ONE_HOT.shift(by) @ PLACES.read("position")}
    return Head(**(weights | changes), scale=beta)


def test_one_hot_positions_are_decided_one_by_one():
    verdict = AttendsTo(-1).prove_on(one_hot(1))
    assert verdict and verdict.equality_at == () and verdict.method == "each of the 4 positions"
    for offset in (0, -2):
        refuted = AttendsTo(offset).prove_on(one_hot(1))
        assert isinstance(refuted, Refuted) and {n, m, beta} == set(refuted.witness)
        assert obeys(beta, refuted.witness[beta])


def test_a_tie_between_one_hot_positions_is_refuted():
    identity = PLACES.read("position")
    both = ONE_HOT.shift(1) @ identity + identity
    verdict = AttendsTo(-1).prove_on(one_hot(1, W_K=both))
    assert isinstance(verdict, Refuted) and verdict.method == "tie" and verdict.witness[n] == verdict.witness[m] == 1


@pytest.mark.parametrize("offset", [-4, -10])
def test_nothing_is_proved_where_no_row_reaches_back_so_far(offset):
    assert not AttendsTo(offset).prove_on(one_hot(1))


# With numbers


def test_with_numbers_the_gap_is_strict_in_every_row():
    verdict = AttendsTo(-1).prove_strict(shifted(1), VALUES, 16)
    assert verdict and verdict.equality_at == () and "16 tokens" in verdict.method


def test_frequencies_that_come_back_are_not_strict():
    aliased = {**VALUES, alpha(0): 2 * pi / 3, alpha(1): 2 * pi / 3}
    assert AttendsTo(-1).prove_strict(shifted(1), aliased, 3)
    assert not AttendsTo(-1).prove_strict(shifted(1), aliased, 5)


def test_a_tie_does_not_hide_a_key_that_wins():
    fast = {**VALUES, alpha(0): Integer(1), alpha(1): Integer(1)}
    verdict = AttendsTo(0).prove_strict(shifted(1), fast, 3)  # keys 2 and 0 tie exactly, and key 1 wins
    assert isinstance(verdict, Refuted)
    assert (verdict.witness[n], verdict.witness[m]) == (2, 1)


def test_the_wrong_head_is_not_strict_and_the_row_is_told():
    verdict = AttendsTo(-1).prove_strict(shifted(3), VALUES, 8)
    assert isinstance(verdict, Refuted | Undecided)
    content = altered(W_K={(0, 0): 1})
    held = {
        symbol: Integer(0) for symbol in STREAM.at(n).free_symbols | STREAM.at(m).free_symbols if "^" in symbol.name
    }
    with pytest.raises(InputError, match="content"):
        AttendsTo(-1).prove_strict(content, {**VALUES, **held}, 8)


def test_a_symbol_without_a_value_is_named():
    with pytest.raises(UnboundSymbols, match="beta"):
        AttendsTo(-1).prove_strict(shifted(1), POSITION.suggested(), 8)


@pytest.mark.parametrize("n_ctx", [0, 1])
def test_nothing_is_strict_over_no_rows(n_ctx):
    assert not AttendsTo(-1).prove_strict(shifted(1), VALUES, n_ctx)


def test_the_engine_attends_where_the_proof_says():
    measured = AttendsTo(-1).measure(Trial((shifted(1),), VALUES, 16))
    assert measured.passed and measured.measured > 0.9 and measured.closed_form is None and not measured.note
    assert measured.measures == "mean of $A_{n, n - 1}$ over $n \\ge 1$"


def test_the_mean_leaves_out_rows_without_the_wanted_key():
    pattern = np.eye(4, k=-2) + np.diag([1.0, 1.0, 0.0, 0.0])
    assert AttendsTo(-2).mean_mass(pattern) == 1.0


def test_a_wrong_closed_form_fails_the_run():
    verdict = AttendsTo(-1).measure(Trial((shifted(1),), VALUES, 8, closed_form=exp(m - n) / 100))
    assert not verdict.passed and verdict.difference > 1e-3 and "closed form" in verdict.note


def test_a_run_of_the_wrong_head_fails():
    verdict = AttendsTo(-1).measure(Trial((shifted(2),), VALUES, 8))
    assert not verdict.passed and "another key" in verdict.note


@pytest.mark.parametrize("weight", ["W_Q", "W_K"])
def test_a_run_fails_when_a_weight_is_altered_after_binding(weight, monkeypatch):
    bind = module.bind_head

    def tampered(*arguments, **names):
        arrays = bind(*arguments, **names)
        getattr(arrays, weight)[:] *= -1
        return arrays

    monkeypatch.setattr(module, "bind_head", tampered)
    assert not AttendsTo(-1).measure(Trial((shifted(1),), VALUES, 8)).passed


@pytest.mark.parametrize("place", [(1, 0), (2, 1), (3, 2), (4, 3)])
def test_a_run_with_a_closed_form_fails_when_one_entry_is_altered(place, monkeypatch):
    trial = Trial((shifted(1),), VALUES, 8)
    pattern = module.attention_pattern(trial.stream(), module.bind_head(shifted(1), VALUES))
    bind = module.bind_head

    def tampered(*arguments, **names):
        arrays = bind(*arguments, **names)
        arrays.W_K[place] += 0.5
        return arrays

    monkeypatch.setattr(module, "bind_head", tampered)
    monkeypatch.setattr(module, "pattern_of", lambda *_: pattern)
    closed = Trial((shifted(1),), VALUES, 8, closed_form=Integer(1))
    assert not AttendsTo(-1).measure(closed).passed
    monkeypatch.setattr(module, "bind_head", bind)
    assert AttendsTo(-1).measure(closed).passed


def test_symbols_left_over_stop_a_run():
    with pytest.raises(UnboundSymbols, match="still contains"):
        AttendsTo(-1).measure(Trial((shifted(1),), {}, 8))


@pytest.mark.parametrize("heads", [(), (shifted(1), shifted(1))], ids=["none", "two"])
def test_a_run_of_attention_takes_one_head(heads):
    with pytest.raises(BadValue, match="one head"):
        AttendsTo(-1).measure(Trial(heads, VALUES, 8))


def test_a_run_without_a_row_that_reaches_back_does_not_pass():
    with pytest.raises(BadValue, match="10"):
        AttendsTo(-10).measure(Trial((shifted(1),), VALUES, 8))


@pytest.mark.parametrize("offset", [1, True, -0.5])
def test_only_earlier_tokens_can_be_attended_to(offset):
    with pytest.raises(BadValue, match=r"^expected an offset of 0 or less|^expected a whole"):
        AttendsTo(offset)


def test_a_head_without_scores_attends_to_nothing():
    with pytest.raises(BadValue, match=r"^this head has no W_Q and W_K$"):
        AttendsTo(-1).prove_on(Head(W_V=STREAM.read("content"), W_O=STREAM.write("content")))


@pytest.mark.parametrize(("offset", "text"), [(0, "present token"), (-1, "previous token"), (-3, "token 3 back")])
def test_the_requirement_in_words(offset, text):
    assert AttendsTo(offset).text() == f"attends to the {text}" and str(AttendsTo(offset)) == f"AttendsTo({offset})"
