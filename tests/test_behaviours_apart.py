"""What a model keeps apart: letters and places in a sum, pairs of letters in a sum of values; proved and measured."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sympy import Integer, Rational, Symbol

from symcircuits.algebra import ExactMatrix, Proved, Refuted, Undecided
from symcircuits.behaviours import KeepsApart, TellsPair, Trial
from symcircuits.circuit import Head, Transformer
from symcircuits.errors import BadValue

TELLS = TellsPair("aa", ("ab", "ba"))
c, q = Symbol("c", positive=True), Symbol("q", real=True)


def model(W_V, W_pos=None, W_E=None):
    tokens = ExactMatrix.identity(2) if W_E is None else W_E
    head = Head(W_V=W_V, W_O=ExactMatrix.zeros(tokens.shape[0], W_V.shape[0]))
    return Transformer(((head,),), W_E=tokens, W_pos=W_pos, vocabulary=("a", "b"))


def rows(*lines):
    return ExactMatrix.from_rows(lines)


def run(circuit, n_ctx=3, **values):
    return Trial(circuit.heads, {Symbol(name): value for name, value in values.items()}, n_ctx, model=circuit)


PAIRS = {
    "1 and -1": (rows([1, -1]), True),
    "a positive number": (rows([c, -c]), True),
    "alike": (rows([1, 1]), False),
    "nothing": (rows([0, 0]), False),
}


@pytest.mark.parametrize("name", PAIRS)
def test_pairs_are_told_apart_where_two_letters_have_different_values(name):
    W_V, right = PAIRS[name]
    verdict = TELLS.prove_on(model(W_V))
    assert isinstance(verdict, Proved if right else Refuted)
    bound = model(W_V.substitute({c: Integer(2)}))
    assert TELLS.measure(run(bound)).passed == right


def test_a_symbol_that_may_be_zero_decides_nothing():
    assert isinstance(TELLS.prove_on(model(rows([q, -q]))), Undecided)
    both = Transformer((model(rows([1, 0])).layers[0], model(rows([1, 0])).layers[0]), W_E=ExactMatrix.identity(2))
    assert isinstance(TELLS.prove_on(both), Undecided)


def placed(*steps):
    """Letters in the first of two directions, 1 and -1, places in both; the values are what is there."""
    tokens = rows([1, -1], [1, -1])
    return model(ExactMatrix.identity(2), rows(*steps), tokens)


def test_places_may_stand_in_the_way():
    along = placed([0, 9, -9, 30], [0, -9, 9, -30])  # across the line of the letters: neither dimension tells
    assert isinstance(TELLS.prove_on(along), Proved) and TELLS.measure(run(along, 4)).passed
    same = placed([0, 0, 2, 0], [0, 0, 2, 0])  # a sum of aa at one place is one of ab at another
    refuted = TELLS.prove_on(same)
    assert isinstance(refuted, Refuted) and "have the same sum" in str(refuted)
    assert not TELLS.measure(run(same, 4)).passed
    between = placed([0, 0, 3, 0], [0, 0, 3, 0])
    refuted = TELLS.prove_on(between)
    assert isinstance(refuted, Refuted) and "lie among those" in str(refuted)
    assert not TELLS.measure(run(between, 4)).passed


@given(st.lists(st.integers(-3, 3), min_size=6, max_size=6), st.lists(st.integers(-2, 2), min_size=4, max_size=4))
def test_what_is_proved_is_found_by_the_engine(places, letters):
    circuit = model(ExactMatrix.identity(2), rows(places[:3], places[3:]), rows(letters[:2], letters[2:]))
    assert TELLS.measure(run(circuit)).passed == isinstance(TELLS.prove_on(circuit), Proved)
    rank = KeepsApart().measure(run(circuit))
    assert rank.passed == isinstance(KeepsApart().prove_on(circuit), Proved)


def test_tokens_and_places_need_one_dimension_less_than_there_are():
    one = ExactMatrix.identity(4)
    idle = model(ExactMatrix.zeros(1, 4), one.take_columns([1, 2, 3]), one.take_columns([0, 1]))
    assert isinstance(KeepsApart().prove_on(idle), Proved) and KeepsApart().measure(run(idle)).measured == 4
    short = replace(idle, W_pos=one.take_columns([1, 2, 2]))
    refuted = KeepsApart().prove_on(short)
    assert isinstance(refuted, Refuted) and refuted.witness.left == 3 and refuted.witness.right == 4
    assert KeepsApart().measure(run(short)).note == "the sums span 3 dimensions, 4 are needed"
    scaled = replace(idle, W_pos=idle.W_pos * c)
    assert isinstance(KeepsApart().prove_on(scaled), Proved)
    refuted = KeepsApart().prove_on(replace(idle, W_pos=idle.W_pos * q))
    assert isinstance(refuted, Refuted) and refuted.witness.bindings == {q: 0}
    narrow = model(rows([1, 1]), ExactMatrix.from_rows([[1, 2, Rational(7, 2)], [0, 0, 1]]))
    assert isinstance(KeepsApart().prove_on(narrow), Refuted)  # two directions for four dimensions


def test_what_cannot_be_asked():
    with pytest.raises(BadValue, match="expected pairs of letters, got 'aab' and 'ab'"):
        TellsPair("aab", ("ab",))
    with pytest.raises(BadValue, match="expected a model with a table of positions"):
        KeepsApart().prove_on(model(rows([1, -1])))
    for behaviour in (TELLS, KeepsApart()):
        with pytest.raises(BadValue, match="is measured on a transformer, got heads"):
            behaviour.measure(Trial(model(rows([1, -1])).heads, {}, 3))
