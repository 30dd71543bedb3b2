"""What a head ignores, what it never writes, and what layers give as a sum over paths."""

from __future__ import annotations

import pytest
from sympy import Integer

from symcircuits import Head, Residual
from symcircuits.algebra import ExactMatrix, Refuted
from symcircuits.behaviours import Ignores, NeverWrites, Path, SumOfPaths, Trial
from symcircuits.circuit.generic import any_numbers, any_weights
from symcircuits.errors import BadValue, ShapeMismatch

STREAM = Residual(content=2, v=2)
COPY = Head(W_V=STREAM.read("content"), W_O=STREAM.write("v"))
HOLDS = [Ignores(STREAM.write("v")), NeverWrites(STREAM.read("content"))]
FAILS = [Ignores(STREAM.write("content")), NeverWrites(STREAM.read("v"))]


@pytest.mark.parametrize("behaviour", HOLDS, ids=str)
def test_what_holds_is_proved_and_measured(behaviour):
    assert behaviour.prove_on(COPY)
    found = behaviour.measure(Trial((COPY,), {}))
    assert found.passed and found.measured == 0


@pytest.mark.parametrize("behaviour", FAILS, ids=str)
def test_what_fails_is_refuted_and_measured(behaviour):
    assert isinstance(behaviour.prove_on(COPY), Refuted)
    found = behaviour.measure(Trial((COPY,), {}))
    assert not found.passed and found.measured > 0.1 and found.note


@pytest.mark.parametrize("behaviour", HOLDS, ids=str)
def test_one_head_is_measured(behaviour):
    with pytest.raises(BadValue, match="expected one head to run, got 2"):
        behaviour.measure(Trial((COPY, COPY), {}))


def test_directions_of_another_size_are_refused():
    other = ExactMatrix.identity(3)
    with pytest.raises(ShapeMismatch, match="cannot multiply"):
        Ignores(other).prove_on(COPY)
    with pytest.raises(ShapeMismatch, match="cannot multiply"):
        NeverWrites(other).prove_on(COPY)


SMALL = Residual(x=2)


def numeric(letters: str, start: int) -> Head:
    weights = any_weights(SMALL, 1, letters)
    return Head(
        **{name: matrix.substitute(any_numbers(matrix, start + i)) for i, (name, matrix) in enumerate(weights.items())},
        scale=Integer(1) / 4,
    )


HEADS = (numeric("qkvo", 0), numeric("fgwp", 1), numeric("hjyr", 2))
NETS = [head.W_OV.expand() for head in HEADS]
STRAIGHT = Path((), ExactMatrix.identity(2))
SINGLE = [Path((h,), net) for h, net in enumerate(NETS)]
VIRTUAL = [Path((h, 2), NETS[2] @ NETS[h]) for h in (0, 1)]


def test_two_layers_are_the_sum_of_six_paths():
    found = SumOfPaths((STRAIGHT, *SINGLE, *VIRTUAL), (2, 1)).measure(Trial(HEADS, {}, n_ctx=12))
    assert found.passed, found.note


def test_heads_of_values_alone_get_patterns():
    heads = tuple(Head(W_V=head.W_V, W_O=head.W_O) for head in HEADS)
    assert SumOfPaths((STRAIGHT, *SINGLE, *VIRTUAL), (2, 1)).measure(Trial(heads, {}, n_ctx=12)).passed
    assert not SumOfPaths((STRAIGHT, *SINGLE), (2, 1)).measure(Trial(heads, {}, n_ctx=12)).passed


@pytest.mark.parametrize("left_out", range(6))
def test_a_path_left_out_is_noticed(left_out):
    paths = [STRAIGHT, *SINGLE, *VIRTUAL]
    del paths[left_out]
    found = SumOfPaths(tuple(paths), (2, 1)).measure(Trial(HEADS, {}, n_ctx=12))
    assert not found.passed and found.note


def test_heads_in_other_layers_give_another_sum():
    assert not SumOfPaths((STRAIGHT, *SINGLE, *VIRTUAL), (1, 2)).measure(Trial(HEADS, {}, n_ctx=12)).passed


def test_the_order_of_a_path_matters():
    turned = [Path((2, h), NETS[2] @ NETS[h]) for h in (0, 1)]
    assert not SumOfPaths((STRAIGHT, *SINGLE, *turned), (2, 1)).measure(Trial(HEADS, {}, n_ctx=12)).passed


def test_paths_of_one_head_are_proved_or_refuted():
    assert SumOfPaths((STRAIGHT, SINGLE[0]), (1,)).prove_on(HEADS[0])
    assert isinstance(SumOfPaths((STRAIGHT, Path((0,), NETS[1])), (1,)).prove_on(HEADS[0]), Refuted)
    assert isinstance(SumOfPaths((SINGLE[0],), (1,)).prove_on(HEADS[0]), Refuted)


def test_paths_that_no_run_has_are_refused():
    with pytest.raises(BadValue, match="expected 3 heads to run, got 1"):
        SumOfPaths((STRAIGHT,), (2, 1)).measure(Trial(HEADS[:1], {}))
    with pytest.raises(BadValue, match="expected heads from 0 to 0 on a path"):
        SumOfPaths((STRAIGHT, Path((1,), NETS[0])), (1,)).measure(Trial(HEADS[:1], {}))
    with pytest.raises(BadValue, match="paths through several heads take a run of all of them"):
        SumOfPaths((STRAIGHT, *VIRTUAL), (2, 1)).prove_on(HEADS[0])
