"""Compiled models run on the engine over every short sequence; classes that cannot follow a rule, on random weights."""

from __future__ import annotations

from functools import cache
from itertools import product

import numpy as np
import pytest
from sympy import Integer, Rational, cos, log, pi

from symcircuits.algebra import Undecided
from symcircuits.circuit.bind import bind_transformer
from symcircuits.engine import HeadArrays, TransformerArrays, logits
from symcircuits.errors import BadValue, UnknownName
from symcircuits.rules import Compiled, Conflict, Impossible, compile_rules
from symcircuits.symbols import beta

pytestmark = pytest.mark.once

VOCABULARY = "ABCD"
LENGTH = 6
EPS = 0.1
KINDS = ("none", "onehot", "sinusoidal", "rotary")


def previous(letters: str) -> str:
    return letters[-2:-1]


# What each rule says after letters, written once more without the package.
SAYS = {
    "A -> B": lambda letters: "B" if letters[-1] == "A" else "",
    "A X -> B": lambda letters: "B" if previous(letters) == "A" else "",
    "A X Y -> B": lambda letters: "B" if letters[-3:-2] == "A" else "",
    "A -> B -> C -> D -> A": lambda letters: dict(zip("ABCD", "BCDA", strict=True)).get(letters[-1], ""),
    "A X -> B; C X -> D": lambda letters: {"A": "B", "C": "D"}.get(previous(letters), ""),
    "A -> B; D X -> B": lambda letters: "B" if letters[-1] == "A" or previous(letters) == "D" else "",
    "X Y -> C": lambda letters: "C" if len(letters) > 1 else "",
}
INCLUSIVE = "A ... X -> B, inclusive"
SAYS |= {
    "A ... X -> B": lambda letters: "B" if "A" in letters[:-1] else "",
    INCLUSIVE: lambda letters: "B" if "A" in letters else "",
    "A B -> C": lambda letters: "C" if letters.endswith("AB") else "",
    "X A -> B": lambda letters: "B" if len(letters) > 1 and letters[-1] == "A" else "",
    "A B -> C; C D -> C": lambda letters: "C" if letters[-2:] in ("AB", "CD") else "",
    "A B C -> D": lambda letters: "D" if letters.endswith("ABC") else "",
}
EVERYWHERE = ("A -> B", "A X -> B", "A ... X -> B", INCLUSIVE, "A B -> C")


def is_run(rule: str, positions: str, bos: bool, layers: int) -> bool:
    """Whether a cell is run: with positions a second layer changes nothing, and one rule is enough to show it."""
    if rule in EVERYWHERE:
        return layers == 1 or positions == "none" or rule == "A X -> B"
    return bos and (positions, layers) in (("none", 2), ("onehot", 1))


CELLS = [cell for cell in product(SAYS, KINDS, (False, True), (1, 2)) if is_run(*cell)]
IMPOSSIBLE = {
    ("A X -> B", "none", False, 1): ("A", "AA"),
    ("A X -> B", "none", False, 2): ("A", "AA"),
    ("A X -> B", "none", True, 1): ("ABA", "BAA"),
    ("A X -> B", "rotary", False, 1): ("A", "AA"),
    ("A X -> B", "rotary", False, 2): ("A", "AA"),
}
IMPOSSIBLE |= {
    ("A ... X -> B", positions, False, layers): ("A", "AA") for positions in ("none", "rotary") for layers in (1, 2)
}
IMPOSSIBLE |= {("A B -> C", "none", bos, 1): ("ABB", "BAB") for bos in (False, True)}
IMPOSSIBLE |= {(RULE, "none", True, 1): ("ABA", "BAA") for RULE in ("a b ... a -> b", "A B ... A -> B")}
IMPOSSIBLE[("a b ... a -> b", "none", False, 1)] = ("A", "AAA")
# What is not known here to be possible or not: without BOS, and without one-hot places.
OPEN = {("A ... X -> B", "sinusoidal", False, 1), ("A B -> C", "none", False, 2)}


TEXTS = ["".join(letters) for letters in product(VOCABULARY, repeat=LENGTH)]
NUMBERS = np.array([[VOCABULARY.index(letter) for letter in text] for text in TEXTS])


@cache
def said(rule: str, end: int) -> np.ndarray:
    """Which token is to be said after the first letters of each text."""
    return np.array([[SAYS[rule](text[:end]) == name for name in VOCABULARY] for text in TEXTS])


def compiled(rule: str, positions: str, bos: bool, layers: int, **more: object):
    n_ctx = LENGTH + bos
    texts, inclusive = rule.removesuffix(", inclusive").split("; "), rule == INCLUSIVE
    return compile_rules(texts, VOCABULARY, positions, bos, layers, n_ctx, Rational(1, 10), inclusive, **more)


def least_slack(result: Compiled, rule: str, bos: bool, scale: object) -> float:
    """The least distance of any flag from the wrong side of its margin, over all sequences, by the engine."""
    values = dict(result.values) | {beta: scale}
    arrays = bind_transformer(result.model, LENGTH + bos, values)
    begin = np.full((len(NUMBERS), int(bos)), result.model.vocabulary.index("BOS") if bos else 0)
    flags = logits(np.concatenate([begin, NUMBERS], axis=1), arrays)
    slack = np.inf
    if bos:
        slack = float(np.min(EPS - flags[:, 0, :]))  # the beginning itself asks for nothing
    for end in range(1, LENGTH + 1):
        rows, wanted = flags[:, end - 1 + bos, :], np.zeros_like(flags[:, 0, :], dtype=bool)
        wanted[:, : len(VOCABULARY)] = said(rule, end)
        slack = min(slack, float(np.min(np.where(wanted, rows - (1 - EPS), EPS - rows))))
    return slack


@pytest.mark.parametrize("cell", CELLS, ids=str)
def test_every_cell_is_a_model_that_the_engine_confirms_or_a_proof_that_there_is_none(cell):
    rule, _, bos, _ = cell
    result = compiled(*cell)
    if cell in IMPOSSIBLE:
        assert isinstance(result, Impossible)
        assert ("".join(result.witness.first), "".join(result.witness.second)) == IMPOSSIBLE[cell]
        assert result.witness.proof
        return
    if cell in OPEN:
        assert isinstance(result, Undecided)
        return
    assert isinstance(result, Compiled)
    assert result.proof
    assert len(result.model.layers) <= cell[3]
    if cell[1] in ("none", "onehot"):
        assert isinstance(compiled(*cell, beta_value=3 * result.least_value), Compiled)  # a larger scale will do too
    assert least_slack(result, rule, bos, result.values[beta]) >= 0
    if result.is_sharp:
        assert least_slack(result, rule, bos, result.least_value * (1 - Rational(1, 10**6))) < 0
        assert isinstance(compiled(*cell, beta_value=result.least_value * (1 - Rational(1, 10**6))), Undecided)


def test_the_closed_forms_of_the_least_scale():
    n, eps = 7, Rational(1, 10)
    even = log((n - 1) * (1 - eps) / eps)
    assert compiled("A -> B", "none", True, 1).least_value == even
    assert compiled("A X -> B", "onehot", True, 1).least_value == even
    assert compiled("A X -> B", "onehot", False, 1).least_value == log((1 + (1 - eps) * 5) / eps)
    assert compiled("A X -> B", "sinusoidal", True, 1).least_value == even / (1 - cos(2 * pi / 8))
    assert compiled("A ... X -> B", "onehot", False, 1).least_value == log((1 + (1 - eps) * 5) / eps)
    assert compiled("A X -> B", "none", True, 2).least_value == even * n * (2 * n - 1) ** 2 / Integer(n - 1)


def random_model(rng: np.random.Generator, sight, d_model: int = 7) -> TransformerArrays:
    """Any weights at all, in the class."""
    turned = {"rotary": np.array([0.7, 0.1])} if sight.positions == "rotary" else {}

    def head() -> HeadArrays:
        W_Q, W_K, W_V = (rng.standard_normal((d_model, 5)) / 2 for _ in range(3))
        biases = {name: rng.standard_normal(5) / 2 for name in ("b_Q", "b_K", "b_V")}
        return HeadArrays(W_Q, W_K, W_V, rng.standard_normal((5, d_model)) / 2, **turned, **biases)

    tokens = len(VOCABULARY) + sight.bos
    layers = tuple(tuple(head() for _ in range(3)) for _ in range(sight.layers))
    return TransformerArrays(rng.standard_normal((tokens, d_model)), layers, rng.standard_normal((d_model, tokens)))


def last_logits(model: TransformerArrays, letters: tuple[str, ...], bos: bool) -> np.ndarray:
    tokens = [len(VOCABULARY)] * bos + [VOCABULARY.index(letter) for letter in letters]
    return logits(np.array(tokens), model)[-1]


@pytest.mark.parametrize("cell", IMPOSSIBLE, ids=str)
def test_no_weights_of_the_class_tell_the_two_inputs_apart(cell):
    result = compiled(*cell)
    twins, rng = result.witness, np.random.default_rng(5)
    for _ in range(20):
        model = random_model(rng, result.sight)
        first, second = (last_logits(model, letters, result.sight.bos) for letters in (twins.first, twins.second))
        assert np.max(np.abs(first - second)) <= 1e-12 * max(1, np.max(np.abs(first)))


def test_a_second_layer_tells_them_apart():
    one, two = compiled("A X -> B", "none", True, 1), compiled("A -> B", "none", True, 2)
    model = random_model(np.random.default_rng(5), two.sight)
    first, second = (last_logits(model, letters, True) for letters in (one.witness.first, one.witness.second))
    assert np.max(np.abs(first - second)) > 1e-6


def test_inputs_that_are_longer_than_the_context_prove_nothing():
    assert isinstance(compile_rules("A X -> B", VOCABULARY, layers=1, n_ctx=4), Impossible)
    assert isinstance(compile_rules("A X -> B", VOCABULARY, layers=1, n_ctx=3), Undecided)


def test_rules_that_disagree_are_told_with_the_input_and_settled_by_priority():
    with pytest.raises(Conflict, match="disagree after C A: A -> B asks for B and C X -> D asks for D"):
        compiled("A -> B; C X -> D", "onehot", True, 1)
    same_place = compiled("A X -> B; X Y -> C", "onehot", True, 1, priorities=(1, 0))
    assert isinstance(same_place, Compiled)
    assert isinstance(compiled("A -> B; C X -> D", "onehot", True, 1, priorities=(1, 0)), Undecided)


def test_rules_without_a_construction_are_undecided():
    for rule in ("a b ... a -> b", "A B ... X -> C", "A ... B ... X -> C"):
        result = compile_rules(rule, VOCABULARY, layers=2)
        assert isinstance(result, Undecided)
        assert rule in result.tried
    shared = compile_rules(["A B C -> D", "A X -> D"], VOCABULARY, "onehot")
    assert isinstance(shared, Undecided)  # a sum must have its flag to itself
    assert isinstance(compile_rules("a b ... a -> b", VOCABULARY, layers=1), Impossible)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"layers": 0}, "at least one layer"),
        ({"eps": Rational(1, 2)}, "eps, a fraction between 0 and 1/2"),
        ({"eps": Integer(0)}, "eps, a fraction between 0 and 1/2"),
        ({"n_ctx": 2}, "n_ctx of at least 3, so that A X -> B can fire"),
        ({"bos": "A"}, "the beginning A is a token"),
        ({"priorities": (1, 2)}, "expected 1 priorities"),
    ],
)
def test_values_out_of_range_are_told(more, message):
    with pytest.raises(BadValue, match=message):
        compile_rules("A X -> B", VOCABULARY, **more)


def test_unknown_positions_are_told():
    with pytest.raises(UnknownName, match="unknown kind of positions 'onehott'; nearest: onehot"):
        compile_rules("A X -> B", VOCABULARY, "onehott")
