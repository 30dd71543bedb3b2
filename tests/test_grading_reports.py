"""How reports read: which token scores what, matrices in columns, colour on a terminal, hints without the answer."""

from __future__ import annotations

import io
import json
import re
import sys
from fractions import Fraction
from math import cos
from pathlib import Path
from xml.etree import ElementTree

import pytest
from test_grading_grade import CONTENT, DIMS, ROOM, STACK, TURN, avoiding, first_head, grade, rows, six

from symcircuits.cli import main
from symcircuits.grading.grade import grade_text
from symcircuits.grading.reports.html import html_report
from symcircuits.grading.reports.layout import laid_out
from symcircuits.grading.reports.machine import HINTS, gradescope, junit
from symcircuits.grading.reports.report import Checked, Report, Requirement
from symcircuits.grading.reports.text import text_lines, text_report

pytestmark = pytest.mark.once

V = rows("v_0", "v_1", "v_2", "v_3")
SELF = (f"W_Q = {STACK}", "W_K = W_Q")
SCORES = re.compile(
    r"the query at token (\d+) scores (\S+) β on token (\d+), the previous token, and (\S+) β on itself, where (.*?)\."
)


def test_the_scores_in_a_report_are_those_of_the_head():
    message = grade("2c", *SELF).specification[0].message
    query, wanted, key, itself, where = SCORES.match(message).groups()
    at = {name: Fraction(value) for name, value in (pair.split(" = ") for pair in where.split(", "))}
    by_distance = [
        sum(float(at[f"λ{i}"]) ** 2 * cos(float(at[f"α{i}"]) * distance) for i in "₀₁") for distance in (0, 1)
    ]
    assert int(key) == int(query) - 1
    assert float(itself) == pytest.approx(by_distance[0], abs=0.005)
    assert float(wanted.replace("−", "-")) == pytest.approx(by_distance[1], abs=0.005)


@pytest.mark.parametrize(
    ("exercise", "formulas", "told"),
    [
        ("2b", (f"W_Q = {STACK}", "W_K = -W_Q"), " on itself, and "),
        ("2b", (f"W_Q = {STACK}", f"W_K = 0 {STACK}"), "scores the same on itself, and on token 0"),
        ("2f", (f"W_Q = {TURN}^T {V}", f"W_K = {STACK}"), "which comes after the token 1 that it points at, and "),
        ("2a", (f"W_Q = {CONTENT}", "W_K = -W_Q"), "which holds the same as it, and "),
        ("2d", avoiding(DIMS[:4], "-3"), "which holds the same as it, and "),
        (
            "2d",
            avoiding(DIMS[:4], r"\beta"),
            "the place of token 4, where a copy may be, counts 9.43, and its own 41.00",
        ),
        (
            "3",
            six(DIMS, ROOM, ROOM, turn="R^T"),
            "in the first head, the query at token 7 scores −62.59 on token 6, the",
        ),
        (
            "3",
            six(DIMS, ROOM, [*ROOM[1:], ROOM[0]]),
            "in the second head, the query at token ",
        ),
        ("1a", first_head(0, 7), "in what the head moves, from 0 into 7: found 1, expected 0; from 0 into 8: found 0"),
        ("1a", first_head(0, 4), "; and 2 more. written to another block"),
    ],
)
def test_a_witness_is_told_in_words(exercise, formulas, told):
    message = grade(exercise, *formulas).specification[0].message
    assert told in message
    assert not re.search(r"alpha|lambda|beta|\*|left|right side", message)


@pytest.mark.parametrize(
    ("line", "read", "told"),
    [
        (r"\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix} = \begin{pmatrix} 1 & 2 \\ 3 & 5 \end{pmatrix}",
         "[1, 2; 3, 4] = [1, 2; 3, 5]", "row 2, column 2: left 4, right 5"),
        (r"\begin{pmatrix} 1 & \cos a \end{pmatrix} = \begin{pmatrix} 1 & -\sin a \end{pmatrix}",
         "[1, cos a] = [1, −sin a]", "row 1, column 2: left cos a, right −sin a. at a = 1 these are 0.54030231"),
        (r"\frac{1}{3} \approx 0.34", "1/3 ≈ 0.34", "the left side is 0.33333333, the right side 0.34"),
        (r"\begin{pmatrix} \frac13 & \frac12 \end{pmatrix} = \begin{pmatrix} 0.33 & 0.6 \end{pmatrix}",
         "", "the left side is 0.5, the right side 0.6"),
        (r"1 - 1.5 = 0.5 \cdot 2", "", ""),
        (r"\lambda_0 \cos\alpha_0 = \lambda_0", "λ₀ cos α₀ = λ₀", "at α₀ = 1, λ₀ = 2 the left side is 1.0806046"),
    ],
)  # fmt: skip
def test_a_wrong_line_is_told_with_its_numbers(line, read, told):
    (statement,) = grade_text(f"$${line}$$").statements
    assert statement.message.startswith(told)
    assert read in statement.read_as


def test_a_difference_is_shown_with_one_sign_and_directions_by_their_names():
    report = grade("2c", "W_Q = " + rows(r"\cos(\alpha_0) u^{\cos}_0 - 2 u^{\sin}_0", r"-u^{\cos}_1"))
    assert report.statements[0].read_as == "W_Q = [cos α₀ u^cos₀ − 2 u^sin₀; −u^cos₁]"


def test_matrices_stand_in_columns_beside_one_another_where_there_is_room():
    read = "[1, cos(a, b); 10, ·] = [x + y; 2]"
    assert laid_out(read, 60) == ["[ 1   cos(a, b) ] = [ x + y ]", "[ 10  ·         ]   [ 2     ]"]
    assert laid_out(read, 25) == ["[ 1   cos(a, b) ]", "[ 10  ·         ]", "= [ x + y ]", "  [ 2     ]"]
    assert laid_out("x = y", 60) == ["x = y"]
    assert max(map(len, laid_out(" + ".join("abcdef"[:3] for _ in range(60)), 50))) <= 50


def test_a_name_stands_beside_its_value_when_a_line_is_broken():
    message = "where " + ", ".join(f"α{i} = {i}" for i in range(60))
    lines = text_report(Report("right", message=message), "", 40).splitlines()
    assert max(map(len, lines)) <= 42
    assert not any(line.rstrip().endswith("=") or line.lstrip().startswith("=") for line in lines)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("plain", [False, True])
def test_colour_is_for_terminals_and_obeys_no_color(plain, tmp_path, monkeypatch):
    for name, text in {"a.md": "$1 + 1 = 2$", "b.md": "$1 + 1 = 3$"}.items():
        (tmp_path / name).write_text(text)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("NO_COLOR", "1") if plain else monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setattr(sys, "stdout", Terminal())
    assert main(["check", str(tmp_path)]) == 1
    assert "2 submissions: 1 right, 1 wrong" in sys.stdout.getvalue()
    assert ("\x1b[1;31mwrong" in sys.stdout.getvalue()) is not plain
    assert ("31m" in sys.stdout.getvalue()) is not plain


def test_no_submission_steers_the_terminal():
    text = "$1 + \x1b[2J\u202e1 = 3$"
    report = grade_text(text)
    named = Report(report.verdict, None, report.statements, file="a\x1b]0;b\x07.md")
    shown = "".join(piece for line in text_lines(named, text) for piece, _ in line)
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", shown)
    assert "�[2J" in shown


def test_a_page_marks_the_place_and_hides_the_solution_until_it_is_revealed():
    text = "line one\n\n$1 + 1 = 3$\n"
    page = html_report(grade_text(text), text)
    assert "<span>3</span>$<mark>1</mark> + 1 = 3$" in page
    assert "<details>" not in page
    assert "<details><summary>Worked solution</summary><pre>a &lt; b</pre>" in html_report(
        grade_text(text), text, "a < b"
    )


def test_hints_do_not_tell_the_answer_and_lines_beside_are_named():
    for code, hint in HINTS.items():
        part = Requirement("attends", "wrong", None, code, "the secret")
        (test,) = gradescope(Report("wrong", "framework/2b", (), (part,)))["tests"]
        assert test["output"] == f"not right yet: {hint}"
    aside = Checked(7, 1, "1 = 2", "1 = 2", "claim", "wrong", None, "", "the secret")
    result = gradescope(Report("wrong", "framework/2b", (aside,), (Requirement("attends", "right"),)))
    assert (result["score"], result["output"]) == (1.0, "wrong: 1 part; line 7: wrong")


def test_a_revealed_solution_is_in_the_reports_for_other_programs(capsys):
    report = Report("right", "framework/2b", (), (Requirement("attends", "right"),))
    assert gradescope(report, "solved")["tests"][-1] == {
        "name": "worked solution", "output": "solved", "visibility": "after_published"}  # fmt: skip
    assert gradescope(report, "solved")["score"] == gradescope(report)["score"] == 1.0
    suite = ElementTree.fromstring(junit([report], {"framework/2b": "solved"}))[0]
    assert suite.findtext("system-out") == "solved"
    assert main(["check", str(Path(__file__).parent / "hand_in/2b_sign.md"), "--format", "gradescope", "--reveal"]) == 1
    solution = json.loads(capsys.readouterr().out)["tests"][-1]
    assert "Exercise 2(b): attend to the present token" in solution["output"]
