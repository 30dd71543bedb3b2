"""Copying: the asked map and nothing else, in the algebra and in a run of the engine."""

from __future__ import annotations

import numpy as np
import pytest
from sympy import Integer, Symbol

from symcircuits.algebra import ExactMatrix, Refuted
from symcircuits.behaviours import AttendsTo, Copies, Trial
from symcircuits.behaviours import copying as module
from symcircuits.behaviours.copying import CopiesAll
from symcircuits.circuit import Head, Residual, Sinusoids
from symcircuits.errors import BadValue, InputError, ShapeMismatch, UnboundSymbols
from symcircuits.symbols import alpha, beta, lambda_

STREAM = Residual(content=3, v=3, w=3)
CONTENT, V, W = (STREAM[name] for name in ("content", "v", "w"))
FIRST = Head(W_V=STREAM.read("content"), W_O=STREAM.write("v"))
SECOND = Head(W_V=STREAM.read("v"), W_O=STREAM.write("w"))
BOTH = CopiesAll((Copies(CONTENT, V), Copies(V, W), Copies(CONTENT, W, back=2)))


def altered(weight: str, place: tuple[int, int], entry: object) -> Head:
    old = FIRST.weights()
    changed = {**old[weight].entries, place: entry}
    new = ExactMatrix.from_entries(old[weight].shape, changed, old[weight].rows, old[weight].columns)
    return Head(**{**old, weight: new})


def test_the_asked_map_is_proved():
    assert Copies(CONTENT, V).prove_on(FIRST)
    assert CopiesAll((Copies(CONTENT[:1], V[:1]), Copies(CONTENT[1:], V[1:]))).prove_on(FIRST)


@pytest.mark.parametrize(
    ("weight", "place", "entry"),
    [
        ("W_V", (0, 0), -1),
        ("W_V", (0, 0), 2),
        ("W_V", (0, 0), 0),
        ("W_V", (0, 1), 1),
        ("W_V", (2, 8), 1),
        ("W_O", (3, 0), -1),
        ("W_O", (3, 0), Symbol("x")),
        ("W_O", (8, 2), 1),
    ],
)
def test_any_other_map_is_refuted(weight, place, entry):
    verdict = Copies(CONTENT, V).prove_on(altered(weight, place, entry))
    assert isinstance(verdict, Refuted) and verdict.witness.entry is not None


@pytest.mark.parametrize(
    "other",
    [Copies(CONTENT, W), Copies(V, CONTENT), Copies(CONTENT[:2], V[:2]), Copies(CONTENT, V[1:] + V[0])],
    ids=str,
)
def test_another_copy_is_refuted(other):
    assert isinstance(other.prove_on(FIRST), Refuted)


def test_the_basis_inside_a_head_is_free():
    swap = ExactMatrix.from_rows([[0, 1, 0], [1, 0, 0], [0, 0, -1]])
    assert Copies(CONTENT, V).prove_on(Head(W_V=swap @ FIRST.W_V, W_O=FIRST.W_O @ swap))


def test_two_layers_move_from_one_and_two_tokens_back():
    measured = BOTH.measure(Trial((FIRST, SECOND), {}, 16))
    assert measured.passed and measured.difference <= 1e-12 and measured.measures == "largest error in the stream"


def test_a_run_in_one_layer_is_that_of_its_copy():
    assert Copies(CONTENT, V).measure(Trial((FIRST,), {}, 16)).passed


@pytest.mark.parametrize(
    "asked",
    [
        CopiesAll(BOTH.copies[:2]),
        CopiesAll((*BOTH.copies[:2], Copies(CONTENT, W, back=1))),
        CopiesAll((*BOTH.copies[:2], Copies(CONTENT, W, back=3))),
        Copies(CONTENT, V),
    ],
    ids=str,
)
def test_a_run_shows_what_was_not_asked_or_not_done(asked):
    assert not asked.measure(Trial((FIRST, SECOND), {}, 16)).passed


def test_the_order_of_layers_matters():
    assert not BOTH.measure(Trial((SECOND, FIRST), {}, 16)).passed


@pytest.mark.parametrize("weight", ["W_V", "W_O"])
@pytest.mark.parametrize("layer", [0, 1])
def test_a_run_fails_when_one_weight_is_altered_after_binding(weight, layer, monkeypatch):
    bind, calls = module.bind_head, []

    def tampered(*arguments, **names):
        arrays = bind(*arguments, **names)
        if len(calls) == layer:
            entry = tuple(np.argwhere(getattr(arrays, weight))[0])
            getattr(arrays, weight)[entry] *= 1.001
        calls.append(arrays)
        return arrays

    monkeypatch.setattr(module, "bind_head", tampered)
    assert not BOTH.measure(Trial((FIRST, SECOND), {}, 16)).passed


def test_a_head_with_a_symbol_needs_its_value():
    scaled = Head(W_V=FIRST.W_V * Symbol("x"), W_O=FIRST.W_O)
    with pytest.raises(UnboundSymbols, match="still contains x"):
        Copies(CONTENT, V).measure(Trial((scaled,), {}, 4))
    assert Copies(CONTENT, V).measure(Trial((scaled,), {Symbol("x"): Integer(1)}, 4)).passed
    assert not Copies(CONTENT, V).measure(Trial((scaled,), {Symbol("x"): Integer(2)}, 4)).passed


# Trials


def test_a_random_stream_is_the_same_for_the_same_seed():
    first, again, other = (Trial((FIRST,), {}, 8, seed=seed).stream() for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert first.shape == (8, 9) and not np.allclose(first, other) and np.all(first != 0)


def test_only_the_filled_directions_hold_numbers_at_first():
    x = Trial((FIRST,), {}, 8, filled=(CONTENT, V[:1])).stream()
    assert np.all(x[:, :4] != 0) and np.all(x[:, 4:] == 0)


def test_positions_are_written_whatever_is_filled():
    position = Sinusoids(1)
    stream = Residual(content=1, position=position)
    head = Head(W_Q=stream.read(position), W_K=stream.read(position), scale=beta)
    values = {alpha(0): Integer(1), lambda_(0): Integer(2)}
    x = Trial((head,), values, 4, filled=()).stream()
    np.testing.assert_allclose(x, [[0, 2 * np.cos(t), 2 * np.sin(t)] for t in range(4)])


def test_a_trial_knows_every_symbol_that_it_needs():
    position = Sinusoids(1)
    stream = Residual(content=1, position=position)
    head = Head(W_Q=stream.read(position), W_K=stream.read(position), scale=beta)
    assert Trial((head,), {}).symbols() == {alpha(0), lambda_(0), beta}
    assert Trial((head,), {}, closed_form=Symbol("x") * beta).symbols() == {alpha(0), lambda_(0), beta, Symbol("x")}


# Checks


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Copies(CONTENT, V[0]), ShapeMismatch, r"^cannot copy 3 directions \(content\) to 1 \(v\)$"),
        (lambda: Copies(CONTENT, V, back=0), BadValue, r"^expected to copy from at least one token back, got 0$"),
        (
            lambda: Copies(CONTENT, V, back=2).prove_on(FIRST),
            BadValue,
            r"^one head copies from the token that it attends to",
        ),
        (
            lambda: Copies(CONTENT, V).prove_on(Head(W_Q=STREAM.read("v"), W_K=STREAM.read("v"))),
            BadValue,
            r"^this head has no W_V and W_O$",
        ),
        (
            lambda: CopiesAll((Copies(CONTENT, V, back=2),)).prove_on(FIRST),
            BadValue,
            r"^one head copies from the token",
        ),
        (lambda: CopiesAll(()).prove_on(FIRST), InputError, r"at least one copy"),
        (lambda: Copies(CONTENT, V).measure(Trial((), {}, 4)), BadValue, r"at least one head"),
    ],
    ids=["sizes", "back", "two back", "no values", "two back in a list", "no copies", "no heads"],
)
def test_what_cannot_be_asked_is_refused(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_the_requirement_in_words():
    assert str(Copies(CONTENT[:1], V[:1])) == r"Copies(\mathrm{cont}_{0} -> v_{0})"
    assert str(Copies(V[:1], W[:1], back=2)) == "Copies(v_{0} -> w_{0}, back=2)"
    inside, outside = ("$, $".join(f"{name}_{{{i}}}" for i in range(3)) for name in "vw")
    assert Copies(V, W).text() == f"copies ${inside}$ of the token attended to into ${outside}$, and does nothing else"
    assert "two tokens" in BOTH.text() or "2 tokens" in BOTH.text()
    assert str(BOTH).count(" + ") == 2


def test_a_behaviour_is_a_value():
    assert Copies(CONTENT, V) == Copies(CONTENT, V) != Copies(CONTENT, W)
    assert len({AttendsTo(-1), AttendsTo(-1), AttendsTo(-2)}) == 2
