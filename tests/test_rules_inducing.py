"""Two layers for ``a b ... a -> b``: proved for all sequences by numbers of copies, and run on every short one."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from functools import cache
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Integer, Rational, log

from symcircuits.algebra import Proved, Refuted, Undecided
from symcircuits.behaviours import Trial
from symcircuits.behaviours.following.mixture import Mixture
from symcircuits.behaviours.following.successors import Successors
from symcircuits.circuit import OneHot, Transformer
from symcircuits.circuit.bind import bind_transformer
from symcircuits.engine import logits
from symcircuits.errors import BadValue, NotSupported, UnknownName
from symcircuits.rules import Compiled, Impossible, compile_rules
from symcircuits.rules.inducing import previous_token, successor, was
from symcircuits.rules.layout import Layout
from symcircuits.rules.places import biases, fractions_at
from symcircuits.symbols import beta

pytestmark = pytest.mark.once

RULE, LETTERS, LENGTH, EPS = "a b ... a -> b", "ABCD", 6, Rational(1, 10)
CELLS = list(product(("onehot", "sinusoidal", "none"), (False, True)))


@cache
def built(positions: str, inclusive: bool, letters: str = LETTERS, n_ctx: int = LENGTH + 1) -> Compiled:
    layers = 3 if positions == "none" else 2
    result = compile_rules(RULE, letters, positions, True, layers, n_ctx, EPS, inclusive)
    assert isinstance(result, Compiled)
    assert len(result.model.layers) == layers
    return result


def wanted(numbers: np.ndarray, end: int, inclusive: bool) -> np.ndarray:
    """The shares that are asked for after the first letters of each text, written once more without the package."""
    shares = np.zeros((len(numbers), len(LETTERS)))
    for j in range(1, end if inclusive else end - 1):
        follows = numbers[:, j - 1] == numbers[:, end - 1]
        shares[follows, numbers[follows, j]] += 1
    return shares / np.maximum(1, shares.sum(axis=1, keepdims=True))


def worst(compiled: Compiled, numbers: np.ndarray, scale: object = None) -> float:
    """How far a flag is off its share at most, less eps, over all beginnings of the texts, by the engine."""
    values = dict(compiled.values) | ({} if scale is None else {beta: scale})
    begin = np.full((len(numbers), 1), len(LETTERS))
    with_begin = np.concatenate([begin, numbers], axis=1)
    flags = logits(with_begin, bind_transformer(compiled.model, with_begin.shape[1], values))[:, 1:, :-1]
    ends = range(1, numbers.shape[1] + 1)
    off = [np.abs(flags[:, end - 1] - wanted(numbers, end, compiled.book.inclusive)).max() for end in ends]
    return float(max(off)) - float(EPS)


@pytest.mark.parametrize("cell", CELLS, ids=str)
def test_every_short_sequence_is_followed_and_none_at_a_scale_that_is_too_small(cell):
    compiled = built(*cell)
    texts = np.array(list(product(range(len(LETTERS)), repeat=LENGTH)))
    assert "every number of earlier copies" in compiled.proof.method
    assert worst(compiled, texts) < 0
    n = LENGTH + 1
    assert compiled.least_value == 2 * log((n - 1) * (2 - EPS) / EPS)
    # After letters of one kind and then another the beginning has all others against it, each with a weight of 1, and
    # at most 1 on the last one itself.
    too_small = 2 * log((n - 2) * (1 - EPS) / EPS - 2)
    assert worst(compiled, texts, too_small) > 0
    verdict = compiled.claim.prove_strict(compiled.model, dict(compiled.values) | {beta: too_small}, n)
    assert isinstance(verdict, Refuted)
    assert isinstance(
        compile_rules(RULE, LETTERS, cell[0], n_ctx=n, inclusive=cell[1], beta_value=too_small), Undecided
    )


def test_long_sequences_at_random():
    numbers = np.random.default_rng(3).integers(0, len(LETTERS), (300, 19))
    assert worst(built("sinusoidal", False, n_ctx=10), numbers[:, :9]) < 0
    assert worst(built("onehot", False, n_ctx=20), numbers[:, :19]) < 0


def test_sequences_of_length_200():
    """The same heads for 200 tokens, at the scale of the closed form, on the engine alone."""
    n, letters = 201, tuple(LETTERS)
    layout = Layout(letters, "BOS", OneHot(n), was(letters))
    heads = previous_token(layout, n), successor(layout, n)
    model = Transformer(
        tuple((head,) for head in heads), layout.embedding(), layout.unembedding(), vocabulary=layout.names
    )
    compiled = replace(built("onehot", False), model=model)
    numbers = np.random.default_rng(4).integers(0, len(LETTERS), (20, n - 1))
    scale = 2 * log((n - 1) * (2 - EPS) / EPS)
    assert worst(compiled, numbers, scale) < 0
    assert worst(compiled, numbers, scale / 3) > 0


@pytest.mark.parametrize("eps", ["1/1000", "1/5", "49/100"])
@pytest.mark.parametrize("n_ctx", [4, 5, 9])
def test_the_closed_form_is_enough_at_other_margins_and_lengths(n_ctx, eps):
    assert isinstance(compile_rules(RULE, "ABC", "onehot", n_ctx=n_ctx, eps=Rational(eps)), Compiled)


def altered(layer: int, name: str, change) -> Transformer:
    model = built("onehot", False, "AB", 5).model
    head = model.layers[layer][0]
    other = replace(head, **{name: change(getattr(head, name))})
    return replace(model, layers=tuple((other,) if i == layer else heads for i, heads in enumerate(model.layers)))


@pytest.mark.parametrize("layer", [0, 1])
@pytest.mark.parametrize("name", ["W_Q", "W_K", "W_V", "W_O"])
@pytest.mark.parametrize("factor", [-1, Rational(1, 8), 0], ids=str)
def test_every_weight_with_another_sign_or_scale_is_refuted_after_tokens_that_the_engine_confirms(layer, name, factor):
    compiled, model = built("onehot", False, "AB", 5), altered(layer, name, lambda weight: weight * factor)
    verdict = compiled.claim.prove_strict(model, compiled.values, 5)
    assert isinstance(verdict, Refuted)
    (context,) = verdict.witness.bindings.values()
    tokens = str(context).split()
    flags = logits(np.array(model.numbers(tokens)), bind_transformer(model, len(tokens), compiled.values))[-1]
    asked = compiled.book.asked(tokens[1:]) if len(tokens) > 1 else {}
    named = dict(zip(model.vocabulary, flags, strict=True))
    slacks = [named[name] - float(asked.get(name, 0)) for name in named]
    assert max(map(abs, slacks)) > 0.1


WEIGHTS = st.lists(st.sampled_from([-1, 0, 1, 2]), min_size=3, max_size=3)


@settings(max_examples=30)
@given(
    st.integers(0, 1), st.sampled_from(["W_Q", "W_K", "W_V", "W_O"]), WEIGHTS, st.integers(0, 99), st.integers(0, 99)
)
def test_what_is_proved_and_what_is_enclosed_is_so_on_the_engine(layer, name, numbers, row, column):
    """One entry of a weight is another number, and the scale one of three: proofs agree with every run."""
    compiled = built("onehot", False, "AB", 5)

    def change(weight):
        place = row % weight.shape[0], column % weight.shape[1]
        entries = {**weight.entries, place: Rational(numbers[0], 2)}
        return type(weight).from_entries(weight.shape, entries, weight.rows, weight.columns)

    model, values = altered(layer, name, change), {beta: Integer(numbers[1] + 8)}
    asked = compiled.claim.asked_of_each(Trial(model.heads, values, 5, model=model))
    texts, flags = asked.sequences, logits(asked.tokens, bind_transformer(model, 5, values))
    assert sorted(texts) == sorted(("BOS", *text) for text in product("AB", repeat=4))
    verdict = compiled.claim.prove_strict(model, values, 5)
    slack = float(asked.slack(flags).min())
    if isinstance(verdict, Proved):
        assert slack > -1e-9
    if isinstance(verdict, Refuted):
        assert slack < 1e-9
    try:
        mixture = Mixture(model, values, 5, begin=2)
    except NotSupported:
        return
    found = Successors(mixture, Fraction(1, 10), False)
    for text, rows in zip(texts[::5], flags[::5], strict=True):
        for (low, high), flag in zip(found.flags(model.numbers(text)), rows[-1], strict=True):
            assert low / mixture.one - 1e-9 <= flag <= high / mixture.one + 1e-9
            assert high - low < mixture.one >> 100


def test_where_there_is_no_construction_and_where_there_is_none_at_all():
    one_hot = {"positions": "onehot"}
    for more in ({"layers": 1} | one_hot, {"bos": False} | one_hot, {"positions": "rotary"}, {"positions": "none"}):
        result = compile_rules(RULE, "ABC", **more)
        assert isinstance(result, Undecided)
        assert "no construction is known here for a b ... a -> b with" in result.tried
    long = compile_rules(RULE, "ABC", layers=3, n_ctx=11)
    assert isinstance(long, Undecided)
    assert "up to 10 tokens, got n_ctx 11" in long.tried
    for more in ({"layers": 1}, {"bos": False}, {"bos": False, "layers": 3}):
        assert isinstance(compile_rules(RULE, "ABC", **more), Impossible)
    assert isinstance(compile_rules([RULE, "C X -> A"], "ABC", "onehot", priorities=(0, 1)), Undecided)
    assert isinstance(compile_rules("x y ... x -> y", "ABC", "onehot", n_ctx=5), Compiled)


@pytest.mark.parametrize("size", [2, 5, 10])
def test_counted_places_are_one_hot_exactly(size):
    shares = [[c / (c + m) for c in biases(size)] for m in range(size)]
    for place, m in product(range(size), repeat=2):
        weighted = sum(x * share for x, share in zip(fractions_at(place, size), shares[m], strict=True))
        assert weighted == (place == m)
    assert max(abs(x) for place in range(size) for x in fractions_at(place, size)) < 10**10


@pytest.mark.parametrize("head", [0, 3, 6])
@pytest.mark.parametrize("name", ["W_Q", "W_K", "W_V", "W_O"])
def test_every_counting_head_with_another_sign_is_refuted(head, name):
    compiled = built("none", False)
    heads = list(compiled.model.layers[0])
    heads[head] = replace(heads[head], **{name: getattr(heads[head], name) * -1})
    model = replace(compiled.model, layers=(tuple(heads), *compiled.model.layers[1:]))
    assert isinstance(compiled.claim.prove_strict(model, compiled.values, LENGTH + 1), Refuted)


def test_models_of_another_kind_are_not_decided():
    compiled = built("onehot", False, "AB", 5)
    first, second = compiled.model.layers
    kinds = {
        "two layers or more": (second,),
        "layer 0 looks at the tokens": (first, first, second),
        "of one head": (first, (*second, *second)),
        "attends by tokens": (second, second),
        "reads what the layer before has written": (
            first,
            (replace(second[0], W_Q=second[0].W_K, W_K=second[0].W_Q),),
        ),
    }
    for told, layers in kinds.items():
        model = replace(compiled.model, layers=layers)
        if len(layers) == 1:
            with pytest.raises(NotSupported, match=told):
                Mixture(model, compiled.values, 5, 2)
            continue
        verdict = compiled.claim.prove_strict(model, compiled.values, 5)
        assert isinstance(verdict, Undecided)
        assert told in verdict.tried
    every = compiled.claim.prove_strict(replace(compiled.model, mask="none"), compiled.values, 5)
    assert isinstance(every, Undecided)
    assert "causal mask" in every.tried
    with pytest.raises(UnknownName, match="unknown token 'A'"):
        other = replace(compiled.model, vocabulary=("U", "V", "BOS"))
        compiled.claim.prove_strict(other, compiled.values, 5)
    with pytest.raises(BadValue, match="no W_U"):
        compiled.claim.prove_strict(replace(compiled.model, W_U=None), compiled.values, 5)
    with pytest.raises(BadValue, match="one-hot places or sinusoids"):
        previous_token(Layout(("A", "B"), "BOS", scratch={"was": ("a", "b")}), 5)


PAIRS = ["A B ... A -> B", "A B ... C -> A", "A B ... X -> C", "A A ... A -> B", "B A ... A -> C"]
TEXTS = list(product("ABC", repeat=5))


def holds(compiled: Compiled, rule: str, inclusive: bool) -> bool:
    """Whether every flag is within its margin after every text, by the engine; the rule written once more."""
    pair, last, target = rule[0] + rule[2], rule[8], rule[-1]
    numbers = np.array([compiled.model.numbers(["BOS", *text]) for text in TEXTS])
    flags = logits(numbers, bind_transformer(compiled.model, 6, compiled.values))[:, 1:, :3]
    seen = [[pair in "".join(text[: end + inclusive]) for end in range(5)] for text in TEXTS]
    asked = np.array(seen) & np.array([[last in ("X", letter) for letter in text] for text in TEXTS])
    up = asked[:, :, None] & (np.arange(3) == "ABC".index(target))
    return bool(np.all(np.where(up, flags >= 0.9, flags <= 0.1)))


@pytest.mark.parametrize("inclusive", [False, True])
@pytest.mark.parametrize("rule", PAIRS)
def test_a_pair_that_was_seen_is_found(rule, inclusive):
    for positions, layers in (("onehot", 2), ("sinusoidal", 2), ("none", 3)):
        compiled = compile_rules(rule, "ABC", positions, True, layers, 6, EPS, inclusive)
        assert isinstance(compiled, Compiled)
        assert "every number of earlier pairs" in compiled.proof.method
        assert holds(compiled, rule, inclusive)


def test_a_model_for_another_pair_is_refuted_and_too_small_a_scale_proves_nothing():
    compiled = compile_rules("A B ... A -> B", "ABC", "onehot", n_ctx=6)
    for other in ("B A ... A -> B", "A B ... C -> B", "A B ... A -> C"):
        claim = compile_rules(other, "ABC", "onehot", n_ctx=6).claim
        assert isinstance(claim.prove_strict(compiled.model, compiled.values, 6), Refuted)
        assert not holds(compiled, other, False)
    low = compile_rules("A B ... A -> B", "ABC", "onehot", n_ctx=6, beta_value=2)
    assert isinstance(low, Undecided)


def test_one_layer_cannot_find_a_pair_without_positions_nor_one_head_with_them():
    for more in ({"layers": 1}, {"layers": 1, "bos": False}, {"layers": 1, "positions": "onehot", "heads": 1}):
        assert isinstance(compile_rules("A B ... A -> B", "ABC", n_ctx=7, **more), Impossible)
