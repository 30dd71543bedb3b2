"""Paths: the terms of a score and of the stream add up to the whole, and each one counts."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from sympy import Integer, Symbol

from symcircuits.algebra import ExactMatrix, Refuted, prove
from symcircuits.circuit import Head, Residual, Transformer
from symcircuits.circuit.paths import paths, score_terms
from symcircuits.errors import BadValue
from symcircuits.symbols import beta

STREAM = Residual(content=2, v=2)
A, B = Symbol("a", real=True), Symbol("b", real=True)
SHIFT = ExactMatrix.from_entries((3, 3), {(0, 0): 1, (1, 0): 1, (2, 1): 1})
MEAN = ExactMatrix.from_rows([[1, 0, 0], [1 - A, A, 0], [B, 0, 1 - B]])


def integers(seed, *shape):
    return ExactMatrix.from_rows(np.random.default_rng(seed).integers(-3, 4, size=shape).tolist())


def head(seed, scale=1):
    into, out = {"rows": None, "columns": STREAM}, {"rows": STREAM, "columns": None}
    Q, K, V, O = (integers([seed, k], *((4, 2) if k == 3 else (2, 4))) for k in range(4))  # noqa: E741
    return Head(Q.labelled(**into), K.labelled(**into), V.labelled(**into), O.labelled(**out), scale=Integer(1) * scale)


MODEL = Transformer(((head(1), head(2)), (head(3, beta),)), W_E=STREAM.write("content"))
PATTERNS = {(0, 0): SHIFT, (0, 1): MEAN, (1, 0): MEAN @ SHIFT}
TOKENS = (0, 1, 1)


def test_the_terms_of_a_score_add_up_to_it_and_none_is_idle():
    model = replace(MODEL, layers=(MODEL.layers[0][:1], MODEL.layers[1]))
    x, read = model.forward(TOKENS, {(0, 0): MEAN}, layers=1)
    whole = model.scores(1, 0, read)
    parts = score_terms(model.head(1), model.head(0)).scores(x, MEAN)
    assert prove(parts.total(), whole)
    for name in parts._fields:
        assert isinstance(prove(parts.total() - getattr(parts, name), whole), Refuted)


def test_the_terms_are_told_apart_by_what_they_read():
    first = Head(W_V=STREAM.read("content"), W_O=STREAM.write("v"))
    read = {
        (q, k): Head(W_Q=STREAM.read(q), W_K=STREAM.read(k), scale=beta) for q, k in product(("content", "v"), repeat=2)
    }
    x = STREAM.write("content") @ integers(5, 2, 3)
    only = {("content", "content"): "direct", ("v", "content"): "query", ("content", "v"): "key", ("v", "v"): "both"}
    for which, term in only.items():
        parts = score_terms(read[which], first).scores(x, SHIFT)
        assert [name for name in parts._fields if getattr(parts, name).entries] == [term]


def test_paths_add_up_to_the_last_stream_and_none_is_idle():
    *_, last = MODEL.forward(TOKENS, PATTERNS)
    x = MODEL.embed(TOKENS)
    found = paths(MODEL)
    assert [path.order for path in found] == [0, 1, 1, 1, 2, 2]
    moved = [path.moved(x, PATTERNS) for path in found]
    total = sum(moved[1:], moved[0])
    assert prove(total, last)
    for part in moved:
        assert isinstance(prove(total - part, last), Refuted)


def test_a_virtual_head_has_the_product_of_patterns_and_of_matrices_the_latest_first():
    (virtual,) = [path for path in paths(MODEL) if path.heads == ((0, 1), (1, 0))]
    one, two = MODEL.head(0, 1), MODEL.head(1, 0)
    assert prove(virtual.matrix, two.W_OV.expand() @ one.W_OV.expand())
    assert not prove(virtual.matrix, one.W_OV.expand() @ two.W_OV.expand())
    assert prove(virtual.pattern(PATTERNS, 3), PATTERNS[1, 0] @ PATTERNS[0, 1])
    assert not prove(virtual.pattern(PATTERNS, 3), PATTERNS[0, 1] @ PATTERNS[1, 0])


@pytest.mark.parametrize(("layers", "heads"), [(1, 1), (2, 1), (2, 3), (3, 2)])
def test_paths_are_counted(layers, heads):
    model = Transformer(((head(1),) * heads,) * layers, W_E=STREAM.write("content"))
    assert len({path.heads for path in paths(model)}) == (1 + heads) ** layers


def test_heads_without_their_part_are_refused():
    reader = Head(W_Q=STREAM.read("v"), W_K=STREAM.read("v"))
    mover = Head(W_V=STREAM.read("v"), W_O=STREAM.write("v"))
    with pytest.raises(BadValue, match="no W_V and W_O"):
        paths(replace(MODEL, layers=((reader,),)))
    with pytest.raises(BadValue, match="no W_V and W_O"):
        score_terms(reader, reader)
    with pytest.raises(BadValue, match="no W_Q and W_K"):
        score_terms(mover, mover)
