"""The codes of diagnoses: each is given where it fits, and not beside other work; a page lists them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from test_grading_grade import STACK, TURN, WRONG_LINES, avoiding, first_head, grade, rows

from symcircuits import Head, Residual, Transformer, derive
from symcircuits.behaviours import Induces
from symcircuits.grading.grade import grade_text
from symcircuits.grading.matrices.diagnoses import diagnose
from symcircuits.grading.matrices.specification import shown
from symcircuits.grading.reports.machine import HINTS

pytestmark = pytest.mark.once

PAGE = Path(__file__).parents[1] / "docs" / "checking.md"
CONTENT = [rf"u^{{\text{{cont}}}}_{i}" for i in range(4)]
V = rows("v_0", "v_1", "v_2", "v_3")
READ, WRITE = first_head(0, 8)
LACKING = " & ".join(["1" if j == 3 else "" for j in range(16)])
RIGHT = {
    "1a": (READ, WRITE),
    "2b": (f"W_Q = {STACK}", "W_K = W_Q"),
    "2c": (f"W_Q = {STACK}", f"W_K = {TURN} W_Q"),
    "2d": avoiding(CONTENT, r"-\beta"),
    "2f": (f"W_Q = {TURN} {V}", f"W_K = {STACK}"),
}


def keys(turn: str) -> tuple[str, ...]:
    """An answer to 2(c) with this turn of the keys."""
    return f"W_Q = {STACK}", f"W_K = {turn} W_Q"


WRONG = [
    ("2c", keys(""), "attends-to-self"),
    ("2c", keys(f"{TURN} {TURN}"), "off-by-one"),
    ("2c", keys(f"{TURN}^T"), "rotation-direction"),
    ("2f", (f"W_Q = {STACK}", f"W_K = {TURN} {V}"), "q-k-exchanged"),
    ("2b", (f"W_Q = {STACK}", "W_K = -W_Q"), "sign"),
    ("2d", avoiding(CONTENT, r"\beta"), "sign"),
    ("2c", keys(TURN.replace(r"\cos\alpha_1 \end", r"-\cos\alpha_1 \end")), "sign"),
    ("2c", keys(TURN.replace(r"-\sin\alpha_0", "")), "one-entry"),
    ("1a", (READ.replace(LACKING, " & " * 15), WRITE), "one-entry"),
    ("2b", (f"W_Q = {STACK}", f"W_K = {STACK.replace('pmatrix} u', 'pmatrix} 2 u')}"), "scale-one-side"),
    ("1a", (READ.replace("= ", r"= \beta "), WRITE), "scale-one-side"),
    ("2d", avoiding(CONTENT, "-3"), "beta-breaks-order"),
    ("2b", (f"W_Q = {STACK}", f"W_K = {rows('u^{cos}_1', 'u^{sin}_1', 'u^{cos}_0', 'u^{sin}_0')}"), "wrong-block"),
    ("1a", first_head(0, 4), "wrong-block"),
    ("1a", (READ.replace("= ", "= 2 "), WRITE), "lost-half"),
    ("1a", (READ.replace("= ", r"= \tfrac{1}{2} "), WRITE), "factor-two"),
    ("1a", (READ, f"W_O^1 = ({WRITE.partition('= ')[2]})^T"), "transposed"),
    ("2c", (f"W_Q = {STACK}^T", f"W_K = ({TURN} {STACK})^T"), "convention"),
    ("2c", (f"W_Q = {STACK}", f"W_K = {rows('u^{cos}_0', 'u^{sin}_0')}"), "shape"),
    ("2c", (f"W_Q = {STACK}",), "missing"),
    ("2c", keys(TURN.replace(r"\cos\alpha_0", r"\cos\alpha_1")), ""),
]
GIVEN = (
    r"""$$A = \begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}, \quad B = \begin{pmatrix} 0 & 1 \\ 1 & 1 \end{pmatrix}$$"""
)
LINES = [
    (r"A B = \begin{pmatrix} 3 & 4 \\ 4 & 6 \end{pmatrix}", "convention"),
    (r"A B = \begin{pmatrix} 3 & 4 \\ 5 & 6 \end{pmatrix}", ""),
    (r"\beta x + \beta = x + 1", "scale-one-side"),
    (r"\beta^2 x = \beta x", "scale-one-side"),
    (r"\beta^2 x = \beta^2 x + 1", ""),
    (r"\lambda_0 x = \lambda_0^2 x", "lambda-squared-twice"),
]


@pytest.mark.parametrize(("exercise", "formulas", "code"), WRONG)
def test_a_wrong_answer_gets_the_code_of_its_mistake(exercise, formulas, code):
    (requirement,) = grade(exercise, *formulas).specification
    assert requirement.verdict == ("incomplete" if code == "missing" else "wrong")
    assert requirement.note == code


@pytest.mark.parametrize("exercise", sorted(RIGHT))
def test_a_right_answer_gets_none(exercise):
    (requirement,) = grade(exercise, *RIGHT[exercise]).specification
    assert (requirement.verdict, requirement.note) == ("right", "")


def test_the_size_of_the_head_may_have_been_divided_by():
    reads, writes = (
        rows(*(" & ".join("1" if j == i + first else "0" for j in range(12)) for i in range(3))) for first in (0, 6)
    )
    text = rf"$$W_V^1 = \tfrac{{1}}{{\sqrt{{3}}}} {reads}$$ $$W_O^1 = {writes}^T$$"
    against = derive("framework/1a", d_model=12, d_head=3)
    found = grade_text(text, against=against).specification[0]
    assert (found.verdict, found.note) == ("wrong", "lost-sqrt-d")


@pytest.mark.parametrize(("line", "code"), LINES)
def test_a_wrong_line_gets_the_code_of_its_mistake(line, code):
    *_, last = grade_text(f"{GIVEN}\n\n$${line}$$").statements
    assert (last.verdict, last.note) == ("wrong", code)


def test_every_code_has_a_hint_a_line_on_the_page_and_a_test():
    listed = set(re.findall(r"^\| `([a-z-]+)` \|", PAGE.read_text("utf-8"), re.MULTILINE))
    tested = {code for *_, code in WRONG} | {code for _, code in [*LINES, *WRONG_LINES]} - {""}
    assert listed == set(HINTS)
    of_rules = {"another-rule", "no-scale", "no-sink"}  # see test_grading_rules
    assert set(HINTS) <= tested | of_rules | {"lost-sqrt-d"}


@pytest.mark.parametrize(
    ("asked", "told"), [("W_V^1", "in head 1: with the"), ("W_K^2", "in head 2: with the"), ("W_Q^2", "")]
)
def test_only_what_was_asked_for_is_changed(asked, told):
    stream = Residual(content=3, before=3)
    first = Head(W_V=stream.read("content") * -1, W_O=stream.write("before"))
    second = Head(W_Q=stream.read("content"), W_K=stream.read("before"))
    model = Transformer(((first,), (second,)), W_E=stream.write("content"), vocabulary=("BOS", "a", "b"))
    code, remark = diagnose(Induces(), model, shown, {asked})
    assert (code, remark[: len(told)]) == ("sign" if told else "", told)
