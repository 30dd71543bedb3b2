"""Flags by rules: the least average against all choices, what is proved against the engine, and what refutes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sympy import Integer, Rational, exp, log

from symcircuits.algebra import ExactMatrix, Proved, Refuted, Undecided, prove
from symcircuits.behaviours import FollowsRules
from symcircuits.behaviours.following.least_share import Numbers, least_share
from symcircuits.behaviours.following.token_and_place import Reading, TokenAndPlace
from symcircuits.behaviours.trial import Trial
from symcircuits.circuit import Head, OneHot, Residual, Rotary, Transformer
from symcircuits.errors import BadValue, UnboundSymbols
from symcircuits.rules import compile_rules
from symcircuits.symbols import alpha, beta

ONE = 1 << 64
OPTIONS = st.lists(
    st.lists(st.tuples(st.integers(1, 50), st.integers(-9, 9)), min_size=1, max_size=3), min_size=1, max_size=4
)


@given(OPTIONS)
def test_the_least_average_is_that_of_all_choices(places):
    exact = [[((w * ONE, w * ONE), (v * ONE, v * ONE)) for w, v in options] for options in places]
    found = least_share(exact)
    averages = {
        choice: Fraction(sum(w * v for w, v in picked), sum(w for w, _ in picked))
        for choice in product(*(range(len(options)) for options in places))
        for picked in [[options[i] for options, i in zip(places, choice, strict=True)]]
    }
    least = min(averages.values())
    assert 0 <= least - Fraction(found.bound, ONE) < Fraction(1, 2**50)
    assert averages[found.chosen] == least


@given(OPTIONS, st.integers(1, 1 << 60))
def test_wide_intervals_only_lower_the_bound(places, width):
    def within(by: int) -> list:
        ends = [[((w * ONE - by, w * ONE + by), (v * ONE - by, v * ONE + by)) for w, v in row] for row in places]
        return ends

    assert least_share(within(width)).bound <= least_share(within(0)).bound


def test_weights_that_vanish_are_told():
    assert least_share([[((0, 1), (-ONE, ONE))]]) is None


def test_numbers_enclose():
    numbers = Numbers({beta: Integer(2)}, 64)
    low, high = numbers.weight(-beta * 3, Integer(0))
    assert low < high <= low + 2
    assert abs(low / ONE - 0.00247875217) < 1e-11
    assert numbers.value(Rational(1, 3)) == (ONE // 3, ONE // 3 + 1)


def test_numbers_far_below_the_unit_are_not_written_out():
    numbers = Numbers({}, 64)
    assert numbers.weight(Integer(-(10**11)), Integer(0)) == (0, 1)
    assert numbers.value(-exp(Integer(-(10**11)))) == (-1, 0)


def model_of(rotary: Rotary | None = None, turned: int = 1) -> Transformer:
    stream = Residual(token=3, place=OneHot(4), v=2)
    read = stream.read("token", "place") if rotary is None else stream.read("token")
    W_O = stream.write("v") @ ExactMatrix.from_rows([[1, 0, 2], [0, 3, 1]])
    head = Head(read, read * turned, stream.read("token"), W_O, scale=beta, rotary=rotary)
    to_logits = ExactMatrix.from_rows([[1, 0], [0, 1], [1, 1]])
    return Transformer(((head,),), W_E=stream.write("token"), W_U=to_logits @ stream.read("v").labelled(None, stream))


@pytest.mark.parametrize("rotary", [None, Rotary(1)])
def test_a_reading_has_the_scores_of_the_head(rotary):
    model = model_of(rotary)
    reading = Reading(model.heads[0], TokenAndPlace.of(model, 4))
    tokens = [2, 0, 1, 0]
    scores = model.scores(0, 0, model.embed(tokens))
    for n, m in product(range(4), repeat=2):
        assert prove(reading.score(tokens[n], n, tokens[m], m), scores[n, m])
    assert not reading.is_blind


def test_a_blind_layer_adds_what_the_forward_pass_adds():
    stream = Residual(token=3, v=1)
    everything = ExactMatrix.from_rows([[1, 1, 1, 0]]).labelled(None, stream)
    begin = stream.read(stream["token"][2])
    head = Head(everything, begin, begin, stream.write("v"), scale=log(Integer(5)))
    model = Transformer(((head,),), W_E=stream.write("token"))
    after = TokenAndPlace.of(model, 4, begin=2).after(model.heads)
    found = model.forward([2, 0, 1, 0])[-1]
    for n, token in enumerate([2, 0, 1, 0]):
        assert prove(after.tokens.take_columns([token]) + after.places.take_columns([n]), found.take_columns([n]))
    assert TokenAndPlace.of(model, 4).after(model.heads) is None  # without a beginning the third token may be anywhere


@dataclass(frozen=True)
class Twice:
    """Asks for the token that was said twice in a row: no boxes, so each sequence is decided by itself."""

    vocabulary: tuple[str, ...] = ("0", "1", "2")
    voters: str = ""
    inclusive: bool = False

    def asked(self, tokens):
        return {tokens[-1]: Fraction(1)} if tokens[-2:-1] == tokens[-1:] else {}

    def boxes(self, length, about=None):
        return None


COMPILED = compile_rules("A X -> B", "ABC", "onehot", n_ctx=5)


def test_proved_and_refuted_by_the_shortest_sequence():
    claim, model, values = COMPILED.claim, COMPILED.model, COMPILED.values
    assert isinstance(claim.prove_strict(model, values, 5), Proved)
    assert isinstance(claim.prove_strict(model, {beta: Integer(50)}, 5), Proved)
    refuted = claim.prove_strict(model, {beta: Integer(2)}, 5)
    assert isinstance(refuted, Refuted)
    # With two keys, e^2 / (e^2 + 1) of the weight is on the beginning, and 0.119 is left on A itself, which says B.
    assert str(refuted) == "refuted: context = BOS A: left 0.11920292, right 0.1"


def test_a_flag_that_is_its_margin_exactly_is_within_it():
    claim, model = COMPILED.claim, COMPILED.model
    assert isinstance(claim.prove_strict(model, {beta: log(Integer(36))}, 5), Proved)
    assert isinstance(claim.prove_strict(model, {beta: log(36 - Rational(1, 10**40))}, 5), Refuted)


def altered(change) -> Transformer:
    head = COMPILED.model.heads[0]
    return replace(COMPILED.model, layers=((change(head),),))


@pytest.mark.parametrize(
    "change",
    [
        lambda head: replace(head, W_Q=head.W_Q * -1),
        lambda head: replace(head, W_O=head.W_O * Rational(8, 9)),
        lambda head: replace(head, W_V=head.W_V * -1),
        lambda head: replace(head, W_K=head.W_Q),
        lambda head: replace(head, scale=beta / 2),
    ],
)
def test_every_alteration_is_refuted_by_proof_and_by_the_engine(change):
    model = altered(change)
    assert isinstance(COMPILED.claim.prove_strict(model, COMPILED.values, 5), Refuted)
    trial = Trial(model.heads, COMPILED.values, n_ctx=5, model=model)
    measured = COMPILED.claim.measure(trial)
    assert not measured.passed
    assert "a flag is off" in measured.note


def test_measured_on_all_sequences_and_on_random_ones():
    for n_ctx in (5, 20):
        result = compile_rules("A X -> B", "ABC", "onehot", n_ctx=n_ctx)
        measured = result.claim.measure(Trial(result.model.heads, result.values, n_ctx, model=result.model))
        assert measured.passed
        assert 0 <= measured.measured < 0.1


def test_sequences_one_by_one_where_rules_have_no_boxes():
    stream = Residual(token=3, v=3)
    token = stream.read("token")
    head = Head(token, token, token, stream.write("v"), scale=beta)
    direct = Transformer(((head,),), W_E=stream.write("token"), W_U=stream.read("v"))
    refuted = FollowsRules(Twice(), Rational(1, 10), 3).prove_strict(direct, {beta: Integer(9)}, 3)
    assert isinstance(refuted, Refuted)
    assert "context = 0:" in str(refuted)  # one token attends to itself, and nothing is asked


def test_what_is_not_decided_is_told():
    claim, model = COMPILED.claim, COMPILED.model
    assert "at numbers" in claim.prove_on(model).tried
    two = replace(model, layers=(model.layers[0], model.layers[0]))
    verdict = claim.prove_strict(two, COMPILED.values, 5)
    assert isinstance(verdict, Undecided)
    assert "layer 0 looks at the tokens" in verdict.tried
    with pytest.raises(BadValue, match="claimed for its own n_ctx, got 4"):
        claim.prove_strict(model, COMPILED.values, 4)
    with pytest.raises(UnboundSymbols, match="still contains alpha_0, beta"):
        claim.prove_strict(model_of(Rotary(1)), {}, 5)
    assert alpha(0) in model_of(Rotary(1)).free_symbols
    with pytest.raises(BadValue, match="no W_U"):
        claim.prove_strict(replace(model, W_U=None), COMPILED.values, 5)
    with pytest.raises(BadValue, match="n_ctx of at least 2"):
        FollowsRules(COMPILED.book, Rational(1, 10), 1, "BOS")
    with pytest.raises(BadValue, match="measured on a transformer"):
        claim.measure(Trial(model.heads, COMPILED.values))
