"""Term importance: reruns truncate the sum over paths, a silent head takes its paths along, and wrong losses fail."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sympy import Integer, Rational, exp, log

from symcircuits import Head, Residual, Transformer
from symcircuits.algebra import ExactMatrix, Refuted, prove
from symcircuits.analysis.importance import importance
from symcircuits.behaviours import Loses, Trial
from symcircuits.circuit.generic import any_basis
from symcircuits.circuit.importance import all_patterns, avoiding, loss, reruns, silenced, truncated, unmoved
from symcircuits.errors import BadValue, ShapeMismatch
from symcircuits.export.weights import weights_of
from symcircuits.symbols import beta
from symcircuits.worked import WeightedFigure

pytestmark = pytest.mark.once
STREAM = Residual(content=2, v=2)
MEAN = ExactMatrix.from_rows([[1, 0], [Integer(1) / 3, Integer(2) / 3]])


def integers(seed, *shape):
    return ExactMatrix.from_rows(np.random.default_rng(seed).integers(-2, 3, size=shape).tolist())


def head(seed, scale=1):
    Q, K, V = (integers([seed, k], 2, 4).labelled(None, STREAM) for k in range(3))
    return Head(Q, K, V, integers([seed, 3], 4, 2).labelled(STREAM, None), scale=Integer(1) * scale)


DEEP = Transformer(((head(1), head(2)), (head(3),), (head(4),)), W_E=STREAM.write("content"))
HERE = {place: MEAN for place, _ in DEEP.placed()}


def test_each_pass_of_the_reruns_is_the_sum_of_paths_up_to_its_order():
    x = DEEP.embed([0, 1])
    passes, sums = reruns(DEEP, x, HERE), truncated(DEEP, x, HERE)
    assert len(passes) == len(sums) == 4
    assert all(prove(*pair) for pair in zip(passes, sums, strict=True))
    assert prove(passes[3], DEEP.forward(x, HERE)[-1])
    assert all(isinstance(prove(sums[k], passes[k + 1]), Refuted) for k in range(3))


@pytest.mark.parametrize("place", [(0, 0), (0, 1), (1, 0), (2, 0)])
def test_a_silent_head_takes_all_its_paths_along(place):
    x = DEEP.embed([0, 1])
    without = silenced(DEEP, place).forward(x, HERE)[-1]
    assert prove(avoiding(DEEP, place, x, HERE), without)
    assert isinstance(prove(DEEP.forward(x, HERE)[-1], without), Refuted)


def test_patterns_that_read_nothing_of_a_silent_head_stay():
    writes = Head(W_V=STREAM.read("content"), W_O=STREAM.write("v"))
    blind, sees = (Head(W_Q=STREAM.read("content"), W_K=STREAM.read(block), **moves()) for block in ("content", "v"))
    model = Transformer(((writes,), (blind, sees)), W_E=STREAM.write("content"))
    known = {(0, 0): MEAN, (1, 0): MEAN, (1, 1): MEAN}
    assert set(unmoved(model, (0, 0), known)) == {(0, 0), (1, 0)}
    assert set(unmoved(model, (1, 0), known)) == set(known)
    deep = replace(model, layers=((writes,), (sees,), (blind,)))
    passing = Head(W_Q=STREAM.read("content"), W_K=STREAM.read("v"), W_V=STREAM.read("v"), W_O=STREAM.write("content"))
    assert (2, 0) in unmoved(deep, (0, 0), {(2, 0): MEAN})
    assert unmoved(replace(deep, layers=((writes,), (passing,), (blind,))), (0, 0), {(2, 0): MEAN}) == {}


def moves():
    return {"W_V": STREAM.read("content"), "W_O": STREAM.write("v")}


# A model whose losses are told by hand: of two heads each adds what it sees to the logits of a or of b.
PAIR = Transformer(
    ((Head(STREAM.read("v"), STREAM.read("content"), **moves()), Head(STREAM.read("v"), STREAM.read("v"), **moves())),),
    W_E=STREAM.write("content"),
    W_U=STREAM.read("v"),
    vocabulary=("a", "b"),
)
TWICE, ONCE, NONE = (log(1 + exp(Integer(size))) - size for size in (2, 1, 0))
SAYS = Loses("b b", "b", ExactMatrix.from_rows([[NONE, TWICE]]), ExactMatrix.from_rows([[ONCE, ONCE]] * 2))


def test_losses_are_proved_and_measured():
    assert SAYS.prove_on(PAIR)
    found = SAYS.measure(Trial(PAIR.heads, {}, 2, model=PAIR))
    assert found.passed
    assert found.measured == pytest.approx(np.log1p(np.exp(-2)))


@pytest.mark.parametrize(
    ("table", "place"), [("orders", (0, 0)), ("orders", (0, 1)), ("heads", (0, 0)), ("heads", (1, 1))]
)
def test_each_wrong_loss_is_refuted_and_fails(table, place):
    right = getattr(SAYS, table)
    wrong = replace(SAYS, **{table: ExactMatrix.from_entries(right.shape, {**right.entries, place: right[place] * 2})})
    assert isinstance(wrong.prove_on(PAIR), Refuted)
    assert not wrong.measure(Trial(PAIR.heads, {}, 2, model=PAIR)).passed


def test_a_given_pattern_is_given_up_where_it_would_change():
    """Frozen, the later head looks where the first sent it; computed anew, it looks at both keys alike."""
    stream = Residual(content=2, v=2, out=2)
    first = Head(stream.read("content"), stream.read("content"), stream.read("content"), stream.write("v"), scale=beta)
    second = Head(stream.read("content"), stream.read("v"), stream.read("content"), stream.write("out"), scale=beta)
    model = Transformer(((first,), (second,)), stream.write("content"), stream.read("out"), vocabulary=("a", "b"))
    seen = log(1 + exp(Integer(1))) - 1
    none = log(2)
    frozen, anew = seen, log(2 * exp(Rational(1, 2))) - Rational(1, 2)
    heads = ExactMatrix.from_rows([[frozen, anew], [none, none]])
    on_b = ExactMatrix.identity(2)
    given = (((0, 0), ExactMatrix.identity(2)), ((1, 0), on_b))
    says = Loses("a b", "b", ExactMatrix.from_rows([[none, seen, seen]]), heads, given)
    assert says.prove_on(model)
    kept = replace(says, heads=ExactMatrix.from_rows([[frozen, frozen], [none, none]]))
    assert isinstance(kept.prove_on(model), Refuted)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: replace(SAYS, before=" "), BadValue, "expected a text of at least one token, got none"),
        (lambda: replace(SAYS, orders=SAYS.heads).prove_on(PAIR), ShapeMismatch, "expected orders of 1 by 2"),
        (lambda: SAYS.prove_on(replace(PAIR, W_U=None)), BadValue, "a loss needs an unembedding"),
        (lambda: SAYS.measure(Trial(PAIR.heads, {}, 2)), BadValue, "is measured on a transformer, got heads"),
        (lambda: loss(ExactMatrix.zeros(2, 1), 2), BadValue, "expected a token from 0 to 1, got 2"),
        (lambda: reruns(DEEP, DEEP.embed([0, 1]), {(0, 0): MEAN}), BadValue, "got none for layer 0, head 1"),
        (lambda: truncated(DEEP, DEEP.embed([0, 1]), {}), BadValue, "got none for layer 0, head 0"),
        (lambda: avoiding(DEEP, (3, 0), DEEP.embed([0]), HERE), BadValue, "got layer 3, head 0"),
    ],
)
def test_what_has_no_loss_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_all_patterns_are_those_of_the_run():
    x = DEEP.embed([0, 1])
    found = all_patterns(DEEP, x, {(0, 0): MEAN})
    assert found[0, 0] is MEAN
    assert prove(DEEP.forward(x, found)[-1], DEEP.forward(x, {(0, 0): MEAN})[-1])


def test_a_weighted_pattern_is_the_same_in_every_basis_of_the_values():
    G, inverse = any_basis(2)
    numbers = dict(zip((G[0, 0], G[0, 1], G[1, 0], G[1, 1]), map(Integer, (2, 1, 1, 3)), strict=True))
    one = head(7)
    other = one.moved(values=(G.substitute(numbers), inverse.substitute(numbers)))
    models = [Transformer(((each,),), W_E=STREAM.write("content"), vocabulary=("a", "b")) for each in (one, other)]
    pictures = [WeightedFigure.of_model(model, "a b a", {}).weighted() for model in models]
    np.testing.assert_allclose(*pictures, rtol=1e-12)
    values = np.array(one.W_V.to_sympy().tolist(), dtype=float), np.array(other.W_V.to_sympy().tolist(), dtype=float)
    assert not np.allclose(*(np.linalg.norm(value[:, :2], axis=0) for value in values))
    wanted = np.linalg.norm(np.array(one.W_OV.expand().to_sympy().tolist(), dtype=float)[:, [0, 1, 0]], axis=0)
    np.testing.assert_allclose(pictures[0], WeightedFigure.of_model(models[0], "a b a", {}).pattern() * wanted)


def test_a_weighted_pattern_needs_values():
    looks = Head(W_Q=STREAM.read("content"), W_K=STREAM.read("content"))
    model = Transformer(((looks,),), W_E=STREAM.write("content"), vocabulary=("a", "b"))
    with pytest.raises(BadValue, match="a weighted pattern needs a head with W_V and W_O"):
        WeightedFigure.of_model(model, "a b", {})


def test_the_analysis_of_a_file_has_the_exact_losses_to_rounding():
    """Two programs that share no line: sums of exact paths, and arrays that are carried from layer to layer."""
    # The first layer weighs all keys alike, so that no exponentials stand in exponents.
    scales = {11: 0, 12: 0, 13: Rational(1, 4), 14: Rational(1, 4)}
    heads = [replace(head(seed, scale), W_O=head(seed).W_O * Rational(1, 4)) for seed, scale in scales.items()]
    layers = (tuple(heads[:2]), tuple(heads[2:]))
    model = Transformer(layers, W_E=STREAM.write("content", "v"), W_U=integers(15, 4, 4).labelled(None, STREAM))
    text = [0, 2, 1, 2]
    found = importance(weights_of(model, n_ctx=4), [np.array([text])])
    exact = np.mean([losses(model, text[:end], text[end]) for end in range(1, len(text))], axis=0)
    told = [order.loss for order in found.orders]
    for one in found.heads:
        told += [one.frozen, one.zeroed]
    np.testing.assert_allclose(told, exact, rtol=1e-12)
    assert all(abs(one.frozen - one.zeroed) > 1e-3 for one in found.heads[:2])
    assert len({round(value, 6) for value in told[:3]}) == 3


def losses(model, text, target):
    """The exact losses by order and without each head, as numbers."""
    x = model.embed(text)
    patterns = all_patterns(model, x)
    streams = list(truncated(model, x, patterns))
    for place, _ in model.placed():
        streams += [avoiding(model, place, x, patterns), silenced(model, place).forward(x)[-1]]
    return [float(loss(model.W_U @ stream, target).evalf(20)) for stream in streams]
