"""The head of the transformer by hand, handed in: right in any basis and scale, in rows and in columns, or wrong."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from symcircuits import derive
from symcircuits.grading.grade import grade_text
from symcircuits.grading.reports.report import Report
from symcircuits.worked import Derivation

pytestmark = pytest.mark.once

Places = Mapping[tuple[int, int], str]
SIZE, N_CTX = 8, 5
ASKED = {(i, j): "Lg" for i in range(N_CTX) for j in (i - 1, i) if j >= 0}
TOLD = {(i, i): "1" for i in range(N_CTX)}


def table(entries: Places, transposed: bool = False) -> str:
    rows = [" & ".join(entries.get((j, i) if transposed else (i, j), "0") for j in range(SIZE)) for i in range(SIZE)]
    return r"\begin{pmatrix} " + r" \\ ".join(rows) + r" \end{pmatrix}"


def hand_in(asked: Places, told: Places, convention: str, transposed: bool = False) -> Report:
    """A submission; ``transposed`` writes down the transposes of both tables."""
    head = f"---\nexercise: by_hand/attention\nconvention: {convention}\n---\n"
    return grade_text(f"{head}$$W_Q = {table(asked, transposed)}$$\n\n$$W_K = {table(told, transposed)}$$\n")


def moved(entries: Places, by: int) -> Places:
    """The same in other dimensions of the head."""
    return {(i, (j + by) % SIZE): value for (i, j), value in entries.items()}


RIGHT = {
    "as published": (ASKED, TOLD),
    "in other dimensions of the head": (moved(ASKED, 3), moved(TOLD, 3)),
    "half of the scale on the keys": (dict.fromkeys(ASKED, r"\sqrt{Lg}"), dict.fromkeys(TOLD, r"\sqrt{Lg}")),
    "a scale of its own in each row": (ASKED | {(3, 2): "7 Lg", (3, 3): "7 Lg"}, TOLD),
    "both signs turned": (dict.fromkeys(ASKED, "-Lg"), dict.fromkeys(TOLD, "-1")),
    "the window in the key": (
        {place: "Lg" for place in TOLD},
        {(j, i): "1" for i, j in ASKED},
    ),
}
WRONG = {
    "a sign": (ASKED | {(3, 3): "-Lg"}, TOLD),
    "a scale": (ASKED | {(2, 2): "2 Lg"}, TOLD),
    "an index": ({place: "Lg" for place in {*ASKED, (3, 1)} - {(3, 2)}}, TOLD),
    "an entry missing": (ASKED, {place: "1" for place in TOLD if place != (1, 1)}),
    "itself alone": ({place: "Lg" for place in TOLD}, TOLD),
    "in other dimensions on one side": (ASKED, moved(TOLD, 1)),
}


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_head_is_accepted_in_rows_and_in_columns(name: str) -> None:
    assert hand_in(*RIGHT[name], "rows").verdict == "right"
    assert hand_in(*RIGHT[name], "columns", transposed=True).verdict == "right"


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_head_is_refuted_at_a_query_and_a_key(name: str) -> None:
    for report in (hand_in(*WRONG[name], "rows"), hand_in(*WRONG[name], "columns", transposed=True)):
        (requirement,) = report.specification
        assert (report.verdict, requirement.verdict) == ("wrong", "wrong")
        assert requirement.message.startswith("the query at token ")


def test_the_seed_in_rows_without_a_word_about_it_is_told_so() -> None:
    (requirement,) = hand_in(ASKED, TOLD, "columns").specification
    assert (requirement.verdict, requirement.note) == ("wrong", "convention")


def test_a_matrix_of_another_size_is_wrong_and_one_left_out_is_missing() -> None:
    head = "---\nexercise: by_hand/attention\n---\n"
    one = grade_text(f"{head}$$W_Q = {table(ASKED, True)}$$")
    assert (one.verdict, one.specification[0].note) == ("incomplete", "missing")
    small = r"\begin{pmatrix} 1 & 0 \\ 0 & 1 \end{pmatrix}"
    two = grade_text(f"{head}$$W_Q = {small}$$\n\n$$W_K = {small}$$")
    assert (two.specification[0].verdict, two.specification[0].note) == ("wrong", "shape")


def test_our_own_answer_is_not_looked_at() -> None:
    ours = derive("by_hand/attention")
    without = Derivation(ours.id, ours.title, ours.parameters, "", (), {}, asks=ours.asks)
    text = f"$$W_Q = {table(ASKED, True)}$$\n\n$$W_K = {table(TOLD, True)}$$"
    assert grade_text(text, against=without).verdict == "right"
    wrong = f"$$W_Q = {table(WRONG['a sign'][0], True)}$$\n\n$$W_K = {table(TOLD, True)}$$"
    assert grade_text(wrong, against=without).verdict == "wrong"
