"""Heads that do the same, and behaviours that have a counterexample."""

from __future__ import annotations

import pytest
from sympy import Integer, Rational, Symbol

from symcircuits.algebra import ExactMatrix, Proved, Refuted, Undecided
from symcircuits.behaviours import ActsLike, AttendsTo, AttendsToSame, AvoidsSelf, Copies, Fails, Trial
from symcircuits.behaviours import likeness as module
from symcircuits.circuit import Head, OneHot, Residual, Sinusoids
from symcircuits.errors import BadValue
from symcircuits.symbols import Lg, beta, n
from symcircuits.symbols import m as key

PLACE = Sinusoids(1)
STREAM = Residual(content=2, position=PLACE, v=2)
WEIGHTS = {
    "W_Q": STREAM.read(PLACE),
    "W_K": PLACE.shift(1) @ STREAM.read(PLACE),
    "W_V": STREAM.read("content"),
    "W_O": STREAM.write("v"),
}
HEAD = Head(**WEIGHTS, scale=beta, name="The first head")
G = ExactMatrix.from_rows([[1, 2], [0, 1]])
INVERSE = ExactMatrix.from_rows([[1, -2], [0, 1]])
VALUES = {**PLACE.suggested(), beta: Integer(2)}


def attending(**changes) -> Head:
    return Head(**({"W_Q": WEIGHTS["W_Q"], "W_K": WEIGHTS["W_K"], "scale": beta} | changes))


def test_a_moved_head_acts_like_the_head():
    moved = HEAD.moved(queries=(G, INVERSE), values=(G, INVERSE))
    assert ActsLike(HEAD).prove_on(moved) == Proved("W_QK and W_OV entry by entry")
    found = ActsLike(HEAD).measure(Trial((moved,), VALUES, 16))
    assert found.passed and found.measured == found.difference < 1e-12


@pytest.mark.parametrize(
    "changes",
    [
        {"W_Q": G @ WEIGHTS["W_Q"]},
        {"W_K": WEIGHTS["W_Q"]},
        {"W_V": G @ WEIGHTS["W_V"]},
        {"W_O": WEIGHTS["W_O"] * 2},
        {"scale": 2 * beta},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_a_head_with_another_weight_does_not(changes):
    other = Head(**{**WEIGHTS, "scale": beta, **changes})
    assert isinstance(ActsLike(HEAD).prove_on(other), Refuted)
    assert not ActsLike(HEAD).measure(Trial((other,), VALUES, 16)).passed


def test_a_scale_may_move_into_the_weights():
    assert ActsLike(attending()).prove_on(attending(W_Q=WEIGHTS["W_Q"] * beta, scale=Integer(1)))


def test_heads_of_values_alone_are_compared_on_the_previous_token():
    moving = {name: WEIGHTS[name] for name in ("W_V", "W_O")}
    head = Head(**moving)
    assert ActsLike(head).prove_on(head.moved(values=(G, INVERSE))) == Proved("W_OV entry by entry")
    assert ActsLike(head).measure(Trial((head.moved(values=(G, INVERSE)),), PLACE.suggested(), 8)).passed
    altered = Head(**{**moving, "W_O": moving["W_O"] * 2})
    assert not ActsLike(head).measure(Trial((altered,), PLACE.suggested(), 8)).passed


def test_what_is_not_known_of_one_part_is_undecided():
    x = Symbol("x")
    hidden = (abs(x) - abs(-x)) + 1
    assert ActsLike(attending()).prove_on(attending(scale=beta * hidden))
    odd = Head(W_Q=WEIGHTS["W_Q"], W_K=WEIGHTS["W_K"], scale=beta * (abs(x * x) - x * x + 1))
    assert not ActsLike(attending()).prove_on(odd)


def test_heads_with_other_parts_are_refused():
    with pytest.raises(
        BadValue, match=r"^expected two heads with the same parts to compare, got W_Q W_K and W_Q W_K W_V"
    ):
        ActsLike(HEAD).prove_on(attending())
    with pytest.raises(BadValue, match=r"^expected two heads with the same parts"):
        ActsLike(attending()).measure(Trial((HEAD,), VALUES, 8))
    with pytest.raises(BadValue, match=r"^expected one head to compare, got 2$"):
        ActsLike(HEAD).measure(Trial((HEAD, HEAD), VALUES, 8))


def test_the_requirement_in_words():
    assert ActsLike(HEAD).text() == "attends and moves like the first head, on every stream"
    assert ActsLike(attending()).text() == "attends like the other head, on every stream"
    assert str(ActsLike(HEAD)) == "ActsLike(The first head)" and str(ActsLike(attending())) == "ActsLike(another head)"
    assert Fails(AttendsTo(-1)).text() == "does not always do this: it attends to the previous token"


@pytest.mark.parametrize("weight", ["W_Q", "W_K", "W_V", "W_O"])
def test_a_run_fails_when_a_weight_is_altered_after_binding(weight, monkeypatch):
    bind, calls = module.bind_head, []

    def tampered(*arguments):
        arrays = bind(*arguments)
        if not calls:
            getattr(arrays, weight)[:] *= 1.01
        calls.append(arrays)
        return arrays

    monkeypatch.setattr(module, "bind_head", tampered)
    assert not ActsLike(HEAD).measure(Trial((HEAD,), VALUES, 8)).passed


# Counterexamples


def test_a_counterexample_is_what_refutes():
    assert not Fails(AttendsTo(-1)).prove_on(HEAD)
    verdict = Fails(AttendsTo(0)).prove_on(HEAD)
    assert isinstance(verdict, Proved) and verdict.method.startswith("counterexample at alpha_0 = ")
    assert isinstance(Fails(AttendsTo(-1)).prove_on(HEAD), Refuted)


def test_what_is_undecided_has_no_counterexample_either_way():
    stream = Residual(content=2, position=OneHot(3))
    head = Head(W_Q=stream.read("content"), W_K=stream.read("content"))
    assert isinstance(Fails(AttendsToSame(stream["content"])).prove_on(head), Undecided)


def test_at_numbers_and_on_the_engine():
    read = STREAM.read("content", PLACE)
    weights = ExactMatrix.from_entries((4, 4), {(i, i): 1 if i < 2 else -beta for i in range(4)})
    head = Head(W_Q=read, W_K=weights @ read, scale=Lg)
    behaviour = AvoidsSelf(STREAM["content"])
    for weight, fails in ((Rational(1, 10), False), (Integer(5), True)):
        values = {**PLACE.suggested(), Lg: Integer(3), beta: weight}
        assert bool(Fails(behaviour).prove_strict(head, values, 12)) == fails
        assert bool(behaviour.prove_strict(head, values, 12)) != fails
        trial = Trial((head,), values, 24)
        assert Fails(behaviour).measure(trial).passed == fails != behaviour.measure(trial).passed
        # A run that differs from its closed form is no counterexample.
        assert not Fails(behaviour).measure(Trial((head,), values, 24, score=n - key)).passed


def test_what_is_claimed_for_all_values_has_no_counterexample_at_some():
    with pytest.raises(BadValue, match=r"is claimed for all values of the symbols, not at some$"):
        Fails(Copies(STREAM["content"], STREAM["v"])).prove_strict(HEAD, {}, 8)
