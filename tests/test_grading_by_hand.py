"""The transformer by hand, handed in part by part: right in any way it can be, in rows and in columns, or wrong."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from symcircuits import derive
from symcircuits.algebra import ExactMatrix
from symcircuits.circuit.numbered import weight
from symcircuits.grading.grade import grade_text
from symcircuits.grading.reports.report import Report
from symcircuits.grading.submitted.submission import read_file
from symcircuits.worked import Derivation

pytestmark = pytest.mark.once

Places = Mapping[tuple[int, int], str]
SIZE, N_CTX = 8, 5
NOTHING = ExactMatrix.zeros(1, 1)
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


# The output matrix and its bias, in rows: the head holds its value in its last dimension, 7; a is 5 in the stream, b 6.

Written = tuple[Places, Places]
PROJECTED: Written = ({(7, 5): "-Lg", (7, 6): "Lg"}, {(0, 5): "Lg"})


def grid(entries: Places, rows: int, columns: int) -> str:
    lines = [" & ".join(entries.get((i, j), "0") for j in range(columns)) for i in range(rows)]
    return r"\begin{pmatrix} " + r" \\ ".join(lines) + r" \end{pmatrix}"


def turned(entries: Places) -> Places:
    return {(j, i): value for (i, j), value in entries.items()}


def projected(answer: Written, convention: str, names: tuple[str, str] = ("W_O", "b_O")) -> str:
    """The text of a submission, which tells rows; written as columns in that convention."""
    w, b = (grid(answer[0], 8, 8), grid(answer[1], 1, 8))
    if convention == "columns":
        w, b = grid(turned(answer[0]), 8, 8), grid(turned(answer[1]), 8, 1)
    head = f"---\nexercise: by_hand/projection\nconvention: {convention}\n---\n"
    return f"{head}$${names[0]} = {w}$$\n\n$${names[1]} = {b}$$\n"


def both(a: str, b: str, bias: Places, more: Places | None = None) -> Written:
    return {(7, 5): a, (7, 6): b} | dict(more or {}), bias


RIGHT_OUTPUTS = {
    "as published": PROJECTED,
    "three times as large": both("-3 Lg", "3 Lg", {(0, 5): "3 Lg"}),
    "a hundredth": both(r"-\frac{Lg}{100}", r"\frac{Lg}{100}", {(0, 5): r"\frac{Lg}{100}"}),
    "numbers": both("-1024", "1024", {(0, 5): "1024"}),
    "smaller numbers": both("-10", "10", {(0, 5): "10"}),
    "a root": both(r"-\sqrt{Lg}", r"\sqrt{Lg}", {(0, 5): r"\sqrt{Lg}"}),
    "another threshold": both("-Lg", "Lg", {(0, 5): r"\frac{3}{2} Lg"}),
    "the bias against b": both("-Lg", "Lg", {(0, 6): "-Lg"}),
    "half of the bias on each": both("-Lg", "Lg", {(0, 5): r"\frac{Lg}{2}", (0, 6): r"-\frac{Lg}{2}"}),
    "b alone is written": both("0", "2 Lg", {(0, 5): "Lg"}),
    "a alone is written": both("-2 Lg", "0", {(0, 5): "Lg"}),
    "something where no logit reads": both("-Lg", "Lg", {(0, 5): "Lg", (0, 0): "7"}, {(7, 7): "3", (1, 5): "9"}),
}
WRONG_OUTPUTS = {
    "a sign": (both("Lg", "Lg", {(0, 5): "Lg"}), "aa"),
    "the sign of the bias": (both("-Lg", "Lg", {(0, 5): "-Lg"}), "ab"),
    "no bias": (both("-Lg", "Lg", {}), "ab"),
    "twice the bias": (both("-Lg", "Lg", {(0, 5): "2 Lg"}), "aa"),
    "an entry missing": (both("0", "Lg", {(0, 5): "Lg"}), "aa"),
    "a and b exchanged": (both("Lg", "-Lg", {(0, 5): "Lg"}), "aa"),
    "another dimension of the head": (({(6, 5): "-Lg", (6, 6): "Lg"}, {(0, 5): "Lg"}), "aa"),
    "the bias elsewhere": (both("-Lg", "Lg", {(0, 6): "Lg"}), "ab"),
    "too small": (both("-1", "1", {(0, 5): "1"}), "aa"),
    "smaller as the scale grows": (both(r"-\frac{1}{Lg}", r"\frac{1}{Lg}", {(0, 5): r"\frac{1}{Lg}"}), "aa"),
    "any real factor": (both("-q Lg", "q Lg", {(0, 5): "q Lg"}), "aa"),
}


@pytest.mark.parametrize("convention", ["rows", "columns"])
@pytest.mark.parametrize("name", RIGHT_OUTPUTS)
def test_a_right_output_and_bias_are_accepted(name: str, convention: str) -> None:
    assert grade_text(projected(RIGHT_OUTPUTS[name], convention)).verdict == "right"


@pytest.mark.parametrize("name", WRONG_OUTPUTS)
def test_a_wrong_output_or_bias_is_refuted_after_a_context(name: str) -> None:
    answer, context = WRONG_OUTPUTS[name]
    for convention in ("rows", "columns"):
        report = grade_text(projected(answer, convention))
        (requirement,) = report.specification
        assert (report.verdict, requirement.verdict) == ("wrong", "wrong")
        assert requirement.message.startswith(f"after {context} the right letter has the logit ")


@pytest.mark.parametrize("bias", ["c_{bias}", "b_{proj}", r"b_{\text{out}}"])
def test_the_names_of_gpt2_are_of_rows_in_either_convention(bias: str) -> None:
    text = projected(PROJECTED, "rows", ("c_{proj}", bias))
    for convention in ("rows", "columns"):
        report = grade_text(text.replace("convention: rows", f"convention: {convention}"))
        assert report.verdict == "right" and "c_proj" in report.specification[0].names
    (requirement,) = grade_text(projected(PROJECTED, "columns", ("c_{proj}", bias))).specification
    assert (requirement.verdict, requirement.note) == ("wrong", "transposed")


def test_an_output_in_the_other_convention_or_without_its_bias_or_of_another_size() -> None:
    other = projected(PROJECTED, "rows").replace("convention: rows", "convention: columns")
    (requirement,) = grade_text(other).specification
    assert (requirement.verdict, requirement.note) == ("wrong", "convention")
    alone = grade_text(projected(PROJECTED, "rows").rpartition("$$b_O")[0])
    assert (alone.verdict, alone.specification[0].note) == ("incomplete", "missing")
    assert alone.specification[0].message == "asked for and not given: b_O"
    short = projected(PROJECTED, "rows").rpartition("$$b_O")[0] + f"$$b_O = {grid({(0, 5): 'Lg'}, 1, 7)}$$"
    (requirement,) = grade_text(short).specification
    assert (requirement.verdict, requirement.message) == ("wrong", "b_O is 1 by 7, expected 1 by 8")


def test_our_own_output_is_not_looked_at() -> None:
    ours = derive("by_hand/projection")
    without = Derivation(ours.id, ours.title, ours.parameters, "", (), {}, asks=ours.asks)
    (ask,) = without.asks
    assert ask.given is not None and not ask.given.heads[0].W_O.entries and not ask.given.heads[0].b_O.entries
    assert grade_text(projected(PROJECTED, "rows"), against=without).verdict == "right"
    wrong = projected(WRONG_OUTPUTS["twice the bias"][0], "columns")
    assert grade_text(wrong, against=without).verdict == "wrong"


# The values: W_V alone, d_head by d_model in columns; a is 5 in the stream, b 6. Told as (row, column) of the columns.


def valued(entries: Places, convention: str = "columns", rows: int = 8) -> str:
    W_V = grid(entries, rows, 8) if convention == "columns" else grid(turned(entries), 8, rows)
    return f"---\nexercise: by_hand/values\nconvention: {convention}\n---\n$$W_V = {W_V}$$\n"


VALUES = {(7, 5): "1", (7, 6): "-1"}
PLACES_IN_THE_WAY = {(7, j): str(j) for j in range(N_CTX)}
RIGHT_VALUES = {
    "as published": VALUES,
    "in another dimension": {(2, 5): "1", (2, 6): "-1"},
    "the other sign": {(7, 5): "-1", (7, 6): "1"},
    "another scale": {(7, 5): r"\sqrt{2} Lg", (7, 6): r"-\sqrt{2} Lg"},
    "1 and 0": {(7, 5): "1"},
    "two dimensions": {(0, 5): "1", (1, 6): "1"},
    "the place as well, in another dimension": VALUES | {(i, i): "1" for i in range(N_CTX)},
    "the place in the same dimension, but less": {(7, 5): "9", (7, 6): "-9"} | PLACES_IN_THE_WAY,
    "a slanted line": {(0, 5): "1", (1, 5): "1"} | {(i, j): str(9 * j * (1 - 2 * i)) for i in (0, 1) for j in range(5)},
}  # fmt: skip
WRONG_VALUES = {
    "the same for both": {(7, 5): "1", (7, 6): "1"},
    "none": {(7, 0): "1"},
    "the place in the way": VALUES | PLACES_IN_THE_WAY,
    "any real factor": {(7, 5): "q", (7, 6): "-q"},
}


@pytest.mark.parametrize("convention", ["rows", "columns"])
@pytest.mark.parametrize("name", RIGHT_VALUES)
def test_values_that_tell_the_pairs_apart_are_accepted(name: str, convention: str) -> None:
    assert grade_text(valued(RIGHT_VALUES[name], convention)).verdict == "right"


@pytest.mark.parametrize("name", WRONG_VALUES)
def test_values_that_do_not_are_refuted(name: str) -> None:
    for convention in ("rows", "columns"):
        (requirement,) = grade_text(valued(WRONG_VALUES[name], convention)).specification
        assert requirement.verdict == "wrong" and "aa" in requirement.message


def test_values_of_fewer_dimensions_or_in_c_attn() -> None:
    assert grade_text(valued({(0, 5): "1", (0, 6): "-1"}, rows=1)).specification[0].note == "shape"
    whole = {(j, 16 + i): value for (i, j), value in VALUES.items()}
    head = "---\nexercise: by_hand/values\n---\n"
    assert grade_text(f"{head}$$c_{{attn}} = {grid(whole, 8, 24)}$$").verdict == "right"
    as_keys = {(i, j - 8): value for (i, j), value in whole.items()}
    assert grade_text(f"{head}$$c_{{attn}} = {grid(as_keys, 8, 24)}$$").verdict == "wrong"
    assert grade_text(f"{head}$$c_{{attn}} = {grid({}, 8, 25)}$$").specification[0].note == "shape"


# The embeddings, in rows: a row for each letter, a row for each place.

LETTERS: Places = {(0, 5): "1", (1, 6): "1"}
PLACES: Places = {(i, i): "1" for i in range(N_CTX)}


def embedded(letters: Places, places: Places, convention: str, names: tuple[str, str] = ("W_E", "W_{pos}")) -> str:
    W_E, W_pos = grid(letters, 2, 8), grid(places, N_CTX, 8)
    if convention == "columns":
        W_E, W_pos = grid(turned(letters), 8, 2), grid(turned(places), 8, N_CTX)
    head = f"---\nexercise: by_hand/embedding\nconvention: {convention}\n---\n"
    return f"{head}$${names[0]} = {W_E}$$\n\n$${names[1]} = {W_pos}$$\n"


RIGHT_EMBEDDINGS = {
    "as published": (LETTERS, PLACES),
    "other directions": ({(0, 0): "1", (1, 7): "1"}, {(i, 6 - i): "1" for i in range(N_CTX)}),
    "other scales": ({(0, 5): "-3", (1, 6): "Lg"}, {(i, i): rf"\sqrt{{{i + 2}}}" for i in range(N_CTX)}),
    "not at right angles": (LETTERS | {(0, 0): "5"}, PLACES | {(i, i + 1): "1" for i in range(N_CTX)}),
    "one number for two letters": ({(0, 5): "1", (1, 5): "-1"}, PLACES),
    "nothing for one letter": ({(0, 5): "1"}, PLACES),
    "nothing for one place": (LETTERS, {(i, i): "1" for i in range(1, N_CTX)}),
}
WRONG_EMBEDDINGS = {
    "both letters alike": ({(0, 5): "1", (1, 5): "1"}, PLACES),
    "two places alike": (LETTERS, PLACES | {(4, 4): "0", (4, 3): "1"}),
    "nothing for two places": (LETTERS, {(i, i): "1" for i in range(2, N_CTX)}),
    "a letter that looks like a step of places": ({(0, 0): "1", (1, 1): "1"}, PLACES),
    "any real factor": (LETTERS, PLACES | {(2, 2): "q"} | {(3, 3): "0"}),
}


@pytest.mark.parametrize("convention", ["rows", "columns"])
@pytest.mark.parametrize("name", RIGHT_EMBEDDINGS)
def test_embeddings_that_lose_nothing_are_accepted(name: str, convention: str) -> None:
    assert grade_text(embedded(*RIGHT_EMBEDDINGS[name], convention)).verdict == "right"


@pytest.mark.parametrize("convention", ["rows", "columns"])
@pytest.mark.parametrize("name", WRONG_EMBEDDINGS)
def test_embeddings_that_lose_something_are_refuted(name: str, convention: str) -> None:
    (requirement,) = grade_text(embedded(*WRONG_EMBEDDINGS[name], convention)).specification
    assert requirement.verdict == "wrong" and not requirement.note


def test_embeddings_by_the_names_of_gpt2_or_of_another_shape() -> None:
    for convention in ("rows", "columns"):
        text = embedded(LETTERS, PLACES, "rows", (r"\mathit{wte}", r"\mathrm{wpe}"))
        report = grade_text(text.replace("convention: rows", f"convention: {convention}"))
        assert (report.verdict, report.specification[0].names) == ("right", ("wte", "wpe"))
    (requirement,) = grade_text(embedded(LETTERS, PLACES, "rows").replace("convention: rows", "")).specification
    assert requirement.note == "convention"
    shapes = "W_E is 2 by 8, expected 8 by 2, and W_pos is 5 by 8, expected 8 by 5"
    assert requirement.message == f"{shapes}; in the convention rows it is right"
    small = grade_text(embedded(LETTERS, PLACES, "rows").rpartition("$$W_{pos}")[0])
    assert small.specification[0].message == "asked for and not given: W_pos"


@pytest.mark.parametrize("part", ["values", "embedding"])
def test_our_own_values_and_embeddings_are_not_looked_at(part: str) -> None:
    ours = derive(f"by_hand/{part}")
    without = Derivation(ours.id, ours.title, ours.parameters, "", (), {}, asks=ours.asks)
    if part == "values":
        right, wrong = valued(VALUES), valued(WRONG_VALUES["the same for both"])
    else:
        right, wrong = (embedded(*pair, "rows") for pair in ((LETTERS, PLACES), WRONG_EMBEDDINGS["two places alike"]))
    assert [grade_text(text, against=without).verdict for text in (right, wrong)] == ["right", "wrong"]
    (ask,) = without.asks
    assert ask.given is not None and not any((weight(ask.given, name) or NOTHING).entries for name in ask.names)


# The names of GPT-2, as programs write them.


def c_attn_of_attention() -> Places:
    told = {(i, SIZE + j): value for (i, j), value in TOLD.items()}
    return ASKED | told | {(5, 23): "1", (6, 23): "-1"}


@pytest.mark.parametrize("name", [r"\mathrm{c\_attn}", r"\mathtt{c\_attn}", r"c_{attn}", r"c_{\text{attn}}"])
def test_queries_and_keys_may_be_handed_in_as_c_attn(name: str) -> None:
    places = c_attn_of_attention()
    for convention in ("rows", "columns"):
        head = f"---\nexercise: by_hand/attention\nconvention: {convention}\n---\n"
        report = grade_text(f"{head}$${name} = {grid(places, SIZE, 3 * SIZE)}$$")
        assert (report.verdict, report.specification[0].names) == ("right", ("c_attn",))
        wrong = places | {(3, 3): "-Lg"}
        assert grade_text(f"{head}$${name} = {grid(wrong, SIZE, 3 * SIZE)}$$").verdict == "wrong"


def test_a_name_with_more_than_one_line_below_is_refused() -> None:
    statement = grade_text(r"$$\mathrm{c\_attn\_b} = \begin{pmatrix} 1 & 2 \end{pmatrix}$$").statements[0]
    assert statement.verdict == "unreadable" and r"\_ is not known" in statement.message


def test_weights_of_a_program_as_data(tmp_path: Path) -> None:
    def table_of(entries: Places, rows: int, columns: int) -> list[list[str]]:
        return [[entries.get((i, j), "0") for j in range(columns)] for i in range(rows)]

    whole = {
        "embedding": {"wte": table_of(LETTERS, 2, 8), "wpe": table_of(PLACES, N_CTX, 8)},
        "attention": {"c_attn": table_of(c_attn_of_attention(), 8, 24)},
        "values": {"c_attn": table_of(c_attn_of_attention(), 8, 24)},
        "projection": {"c_proj": table_of(PROJECTED[0], 8, 8), "b_proj": table_of(PROJECTED[1], 1, 8)},
    }
    file = tmp_path / "answer.json"
    for part, matrices in whole.items():
        file.write_text(json.dumps({"exercise": f"by_hand/{part}", **matrices}))
        assert grade_text(read_file(file)).verdict == "right", part
        name, rows = next(iter(matrices.items()))
        file.write_text(
            json.dumps({"exercise": f"by_hand/{part}", **matrices, name: [["0"] * len(rows[0])] * len(rows)})
        )
        assert grade_text(read_file(file)).verdict == "wrong", part
