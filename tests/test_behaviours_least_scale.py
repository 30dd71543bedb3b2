"""Least scales for a mass: rows of figures that are proved, and the engine on both sides of each."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sympy import Integer, Rational, cos, pi

from symcircuits.algebra import ExactMatrix, FallingSum, Proved, Refuted, Undecided
from symcircuits.behaviours import LeastScales, ScaleRow, Stated, Trial, offsets
from symcircuits.behaviours.least_scale import decimal
from symcircuits.circuit import Constant, Geometric, Head, Residual, Rotary
from symcircuits.engine import causal_softmax
from symcircuits.errors import BadValue, OutsideClass
from symcircuits.symbols import beta, integer

K = integer("k")
MASSES = (Rational(9, 10), Rational(99, 100))


def row(n_ctx: int = 20, pairs: int = 2, base: int = 100) -> ScaleRow:
    angles = Geometric(pairs, Integer(base)).angles
    tail = FallingSum.of(sum(1 - cos(angle * K) for angle in angles), K, offsets(n_ctx, -1))
    return ScaleRow.found((str(n_ctx),), tail, MASSES)


def previous(pairs: int = 2, base: int = 100) -> Head:
    position = Geometric(pairs, Integer(base))
    read = Residual(position=position).read(position)
    return Head(W_Q=read, W_K=position.shift(1) @ read)


def turned(layout: str) -> Head:
    """The same scores from rotary positions, two pairs of the base 100."""
    stream, rotary = Residual(one=Constant()), Rotary(2, layout)
    entries = {(rotary.places(i)[0], 0): 1 for i in range(2)}
    read = ExactMatrix.from_entries((4, 1), entries, rotary.axis(), stream)
    return Head(W_Q=read, W_K=rotary.shift(1) @ read, rotary=rotary)


def test_the_offsets_of_the_last_row_leave_out_the_wanted_key():
    assert offsets(6, -1) == (-1, 1, 2, 3, 4)
    assert offsets(4, 0) == (1, 2, 3)
    assert offsets(3, -2) == (-2, -1)


@pytest.mark.parametrize("n_ctx", [8, 64])
@pytest.mark.parametrize("pairs", [2, 8])
def test_a_row_is_proved_and_each_altered_figure_is_refuted(n_ctx, pairs):
    found = row(n_ctx, pairs)
    assert isinstance(found.prove(), Proved)
    one, other = found.stated
    unit = Rational(1, 10**5)
    wrong = [
        replace(found, least_at=found.least_at + 1),
        replace(found, least_gap=found.least_gap * (1 + unit)),
        replace(found, least_gap=found.least_gap * (1 - unit)),
        replace(found, sufficient=(found.sufficient[0] * (1 + unit), found.sufficient[1])),
        replace(found, sufficient=tuple(reversed(found.sufficient))),
        replace(found, stated=(replace(one, scale=one.scale * (1 - unit)), other)),
        replace(found, stated=(one, replace(other, scale=other.scale * (1 + unit)))),
        replace(found, stated=(replace(one, mass=other.mass), other)),
        replace(found, stated=(replace(one, n_ctx=n_ctx + 1), other)),
    ]
    assert [type(each.prove()) for each in wrong] == [Refuted] * len(wrong)


def test_the_exact_scale_is_less_than_the_sufficient_one():
    for one, enough in zip(row().stated, row().sufficient, strict=True):
        assert one.scale < enough


def test_every_row_of_a_softmax_keeps_the_mass_and_the_last_has_the_least():
    (stated, _), n_ctx = row().stated, 20
    places = np.arange(n_ctx)
    distance = places[:, None] - 1 - places[None, :]
    scores = float(stated.scale) * (np.cos(distance) + np.cos(distance / 10))
    masses = np.diagonal(causal_softmax(scores), -1)
    assert masses.min() == masses[-1] >= 0.9
    assert np.all(np.diff(masses) <= 0)


@pytest.mark.parametrize("head", [previous(), turned("adjacent"), turned("half")], ids=["stream", "adjacent", "half"])
def test_heads_meet_the_table_exactly_and_on_the_engine(head):
    values = Rotary(2).suggested(100) if head.rotary else {}
    behaviour = LeastScales(-1, row().stated)
    if not values:
        assert isinstance(behaviour.prove_on(head), Proved)
    trial = Trial((head,), values, n_ctx=20)
    found = behaviour.measure(trial)
    assert (found.measured, found.closed_form, found.passed) == (4, 4, True)
    for wrong in (
        replace(behaviour, offset=0),
        replace(behaviour, stated=tuple(replace(one, scale=one.scale * Rational(99, 100)) for one in row().stated)),
        replace(behaviour, stated=tuple(replace(one, scale=one.scale * Rational(101, 100)) for one in row().stated)),
        replace(behaviour, stated=row(base=10).stated),
    ):
        assert not wrong.measure(trial).passed


@pytest.mark.parametrize("by", [-1, 0, 2])
def test_another_shift_does_not_keep_the_mass(by):
    position = Geometric(2, Integer(100))
    read = Residual(position=position).read(position)
    head = Head(W_Q=read, W_K=position.shift(by) @ read)
    behaviour = LeastScales(-1, row().stated)
    assert not isinstance(behaviour.prove_on(head), Proved)
    assert not behaviour.measure(Trial((head,), {}, n_ctx=20)).passed


def test_stated_numbers_that_are_wrong_are_refuted_on_the_head():
    (one, _) = row().stated
    for factor in (Rational(999, 1000), Rational(1001, 1000)):
        wrong = LeastScales(-1, (replace(one, scale=one.scale * factor),))
        assert isinstance(wrong.prove_on(previous()), Refuted)


def test_what_the_proof_does_not_reach_is_undecided():
    behaviour = LeastScales(-1, row().stated)
    assert behaviour.prove_on(replace(previous(), scale=beta)) == Undecided("the scores have symbols in them")
    position = Geometric(1, Integer(10))
    read = Residual(position=position).read(position)
    mirror = ExactMatrix.from_rows([[1, 0], [0, -1]])
    found = behaviour.prove_on(Head(W_Q=read, W_K=mirror @ read))
    assert found == Undecided("the gaps depend on more than the distance of the key")
    same = LeastScales(-1, row().stated).prove_on(Head(W_Q=read, W_K=read))
    assert same.tried.endswith("is not certainly positive")


def test_a_frequency_that_comes_back_has_no_row():
    with pytest.raises(OutsideClass, match=r"^the gap at k = 4 is not certainly positive$"):
        FallingSum.of(1 - cos(pi * K / 2), K, offsets(9, -1))


def test_one_head_is_measured():
    with pytest.raises(BadValue, match=r"^expected one head to measure attention, got 2$"):
        LeastScales(-1, row().stated).measure(Trial((previous(), previous()), {}))


def test_a_row_needs_a_sufficient_scale_for_each():
    with pytest.raises(BadValue, match=r"^expected a sufficient scale for each of 2, got 1$"):
        replace(row(), sufficient=row().sufficient[:1])


def test_words():
    behaviour = LeastScales(-1, (Stated(8, MASSES[0], Rational(53)),))
    assert str(behaviour) == "LeastScales(-1)" and behaviour.text().startswith("gives the previous token its mass")
    assert row().cells()[:2] == ("20", f"${row().least_at}$") and len(row().cells()) == 7


@pytest.mark.parametrize(
    ("x", "digits", "text"),
    [
        (Rational(100), 8, "100.00000"),
        (Rational(1, 3000) + Rational(1, 6000), 2, "0.00050"),
        (Rational(12345678), 8, "12345678"),
        (Rational(123, 1000), 3, "0.123"),
    ],
)
def test_a_decimal_has_as_many_digits(x, digits, text):
    assert decimal(x, digits) == text
