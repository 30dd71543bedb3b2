"""Copying to the logits: proved for what adds the attention on a token to its logit, refuted for what does not."""

from __future__ import annotations

import pytest
from sympy import Integer

from symcircuits.algebra import ExactMatrix, Proved, Refuted
from symcircuits.behaviours import CopiesToLogits, Trial
from symcircuits.circuit import Head, Residual, Transformer
from symcircuits.errors import BadValue
from symcircuits.symbols import beta

STREAM = Residual(content=4, before=4, out=4)
FIRST = Head(
    W_Q=STREAM.read("before"), W_K=STREAM.read("before"), W_V=STREAM.read("content"), W_O=STREAM.write("before")
)
NAMES = ("a", "b", "c", "d")


def model(value="content", out="out", reads="out", turned=None) -> Transformer:
    """Two layers; what the last head moves, and where to, and which block the unembedding reads."""
    W_V = value if isinstance(value, ExactMatrix) else STREAM.read(value)
    W_V = W_V if turned is None else turned @ W_V
    last = Head(W_Q=STREAM.read("content"), W_K=STREAM.read("before"), W_V=W_V, W_O=STREAM.write(out), scale=beta)
    return Transformer(((FIRST,), (last,)), W_E=STREAM.write("content"), W_U=STREAM.read(reads), vocabulary=NAMES)


def scaled(*entries) -> ExactMatrix:
    return ExactMatrix.from_entries((4, 4), {(i, i): entry for i, entry in enumerate(entries)})


def run(of: Transformer):
    return CopiesToLogits().measure(Trial(of.heads, {beta: Integer(5)}, 8, seed=2, model=of))


RIGHT = {"to a block of its own": model(), "to the content": model(out="content", reads="content")}
WRONG = {
    "one sign": model(turned=scaled(1, 1, -1, 1)),
    "one size": model(turned=scaled(1, 2, 1, 1)),
    "all sizes": model(turned=scaled(2, 2, 2, 2)),
    "two tokens exchanged": model(value=STREAM["content"][1] + STREAM["content"][0] + STREAM["content"][2:]),
    "another block": model(value="before"),
    "an unembedding that reads elsewhere": model(reads="before"),
    "what an earlier head wrote as well": model(value=STREAM.read("content") + STREAM.read("before")),
}


@pytest.mark.parametrize("name", RIGHT)
def test_a_head_that_copies_to_the_logits_is_proved_and_measured(name):
    assert CopiesToLogits().prove_on(RIGHT[name]) == Proved("what reaches the logits, entry by entry")
    found = run(RIGHT[name])
    assert found.passed and found.difference < 1e-15
    assert 0 < found.measured < 1 and found.measured == pytest.approx(found.closed_form)


@pytest.mark.parametrize("name", WRONG)
def test_each_wrong_head_is_refuted_and_fails_on_the_engine(name):
    assert isinstance(CopiesToLogits().prove_on(WRONG[name]), Refuted)
    found = run(WRONG[name])
    assert not found.passed and found.note == "the logits differ from the attention"


def test_places_must_not_reach_the_logits():
    places = ExactMatrix.from_entries((12, 8), {(i, i): 1 for i in range(4)})
    seen = Transformer(model().layers, model().W_E, model().W_U, W_pos=places)
    assert isinstance(CopiesToLogits().prove_on(seen), Refuted)


def test_accuracy_is_the_share_of_rows_in_which_the_token_that_follows_is_ahead():
    assert run(model()).accuracy in {0.0, 0.25, 0.5, 0.75, 1.0}
    assert run(model(out="content", reads="content")).accuracy == 0.0  # a token's own logit of 1 is never beaten


def looking_for(source: str) -> Transformer:
    """One layer whose head copies to the logits what it attends to: its like, or nothing that it could tell apart."""
    head = Head(STREAM.read(source), STREAM.read("content"), STREAM.read("content"), STREAM.write("out"), scale=beta)
    return Transformer(((head,),), W_E=STREAM.write("content"), W_U=STREAM.read("out"), vocabulary=NAMES)


def test_a_head_that_looks_for_its_like_copies_its_own_token():
    def of(model: Transformer, own: bool):
        return CopiesToLogits(own=own).measure(Trial(model.heads, {beta: Integer(20)}, 8, seed=2, model=model))

    found = of(looking_for("content"), own=True)
    assert found.passed and found.measured == pytest.approx(1) and found.accuracy == 1.0
    assert "present token" in found.measures
    assert of(looking_for("content"), own=False).accuracy == 0.0  # the token that follows gets none of it
    unmoved = of(looking_for("before"), own=True)  # all keys alike: by the last row every token has been seen twice
    assert unmoved.passed and unmoved.measured < 0.5 and unmoved.accuracy < 1
    turned = of(WRONG["two tokens exchanged"], own=True)
    assert not turned.passed and turned.note == "the logits differ from the attention"


def test_what_cannot_be_asked_is_refused():
    with pytest.raises(BadValue, match=r"^CopiesToLogits\(\) needs an unembedding, and values in the last layer$"):
        CopiesToLogits().prove_on(Transformer(model().layers, model().W_E))
    with pytest.raises(BadValue, match=r"^expected a head of \[1, 1\], got layer 1, head 1$"):
        CopiesToLogits(head=1).prove_on(model())
    with pytest.raises(BadValue, match=r"^CopiesToLogits\(\) is measured on a transformer, got heads$"):
        CopiesToLogits().measure(Trial((FIRST,), {}, 8))
    with pytest.raises(BadValue, match=r"^logits need an unembedding, and this transformer has no W_U$"):
        run(Transformer(model().layers, model().W_E))


def test_the_requirement_in_words():
    assert "the logit of each token the attention on this token" in CopiesToLogits().text()
    assert str(CopiesToLogits("BOS", 1)) == "CopiesToLogits(after BOS, head 1)"
    assert str(CopiesToLogits(own=True)) == "CopiesToLogits(its own token)"
