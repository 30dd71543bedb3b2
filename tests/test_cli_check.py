"""The command ``check``: exit codes, formats, folders, what is shown and what is not."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from symcircuits.cli import main

pytestmark = pytest.mark.once

HAND_IN = Path(__file__).parent / "hand_in"


def run(capsys, *arguments: str) -> tuple[int, str]:
    code = main(["check", *map(str, arguments)])
    written = capsys.readouterr()
    assert "Traceback" not in written.err
    return code, written.out


@pytest.fixture
def files(tmp_path):
    for name, text in {"right.md": "$1 + 1 = 2$", "wrong.md": "$1 + 1 = 3$", "dark.md": "$$x/2y = 1$$"}.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "open.md").write_text("for $k = 0$\n$$\\cos(\\alpha_0 k) = 1$$")
    return tmp_path


@pytest.mark.parametrize(("name", "code"), [("right.md", 0), ("wrong.md", 1), ("dark.md", 2), ("open.md", 3)])
def test_the_exit_code_is_that_of_the_verdict(name, code, files, capsys):
    found, out = run(capsys, files / name)
    assert found == code
    assert out.startswith(f"{files / name}: ")


def test_text_shows_the_line_a_caret_what_was_read_and_the_numbers(capsys):
    _, out = run(capsys, HAND_IN / "chain_turn.md")
    lines = out.splitlines()
    place = lines.index("line 6, column 4: wrong (lost-square)")
    assert lines[place + 1].endswith(r"&= 2 \lambda_0^2 \sin\frac{\alpha_0}{2}")
    assert lines[place + 1][lines[place + 2].index("^")] == "="
    assert lines[place + 3] == "  read as  λ₀² (1 − cos α₀) = 2 λ₀² sin(α₀/2)"
    assert lines[place + 4].startswith("  at α₀ = 1, λ₀ = 2 the left side is 1.8387908")


def test_json_is_one_object_for_a_file_and_a_list_for_several(files, capsys):
    code, out = run(capsys, HAND_IN / "2b_sign.md", "--format", "json")
    data = json.loads(out)
    assert (code, data["verdict"], data["exercise"]) == (1, "wrong", "framework/2b")
    assert [one["role"] for one in data["statements"]] == ["definition", "definition"]
    assert data["specification"][0]["note"] == "sign"
    assert {"line", "column", "latex", "read_as", "role", "verdict"} <= data["statements"][0].keys()
    code, out = run(capsys, files, "--format", "json")
    assert code == 2
    assert [Path(one["file"]).name for one in json.loads(out)] == ["dark.md", "open.md", "right.md", "wrong.md"]


def test_json_is_printed_where_the_file_cannot_be_read(tmp_path, capsys):
    (tmp_path / "x.md").write_bytes(b"\xff")
    code, out = run(capsys, tmp_path / "x.md", "--format", "json")
    assert (code, json.loads(out)["verdict"]) == (2, "unreadable")


def test_junit_counts_failures_and_skipped(files, capsys):
    _, out = run(capsys, files, "--format", "junit")
    suites = ElementTree.fromstring(out)
    failures = {Path(suite.get("name")).name: suite.get("failures") for suite in suites}
    assert failures == {"dark.md": "1", "open.md": "0", "right.md": "0", "wrong.md": "1"}
    assert [Path(suite.get("name")).name for suite in suites if suite.get("skipped") == "1"] == ["open.md"]


def test_gradescope_gives_credit_by_part_and_does_not_tell_the_answer(tmp_path, capsys):
    _, out = run(capsys, HAND_IN / "2b_sign.md", "--format", "gradescope")
    results = json.loads(out)
    (part,) = results["tests"]
    assert (results["score"], part["score"], part["max_score"]) == (0.0, 0.0, 1.0)
    assert part["output"] == "not right yet: look at the signs"
    (tmp_path / "half.md").write_text("$a = 1$\n\n$a + a = 2$\n\n$a + a = 3$")
    _, out = run(capsys, tmp_path / "half.md", "--format", "gradescope")
    assert [test["score"] for test in json.loads(out)["tests"]] == [1.0, 1.0, 0.0]


def test_html_is_a_copy_of_the_submission_that_loads_nothing(tmp_path, capsys):
    text = "<script>alert(1)</script> $1 + 1 = 3$\n\nsecond line"
    (tmp_path / "x.md").write_text(text)
    code, out = run(capsys, tmp_path / "x.md", "--format", "html")
    assert code == 1
    assert "&lt;script&gt;" in out
    assert "<script" not in out
    assert "second line" in out
    assert "wrong" in out
    assert "src=" not in out
    assert "href=" not in out


def test_reports_are_kept_in_a_folder(files, tmp_path, capsys):
    out_folder = tmp_path / "reports"
    run(capsys, files / "right.md", files / "wrong.md", "--format", "html", "--out", out_folder)
    assert len(list(out_folder.glob("*.html"))) == len(list(out_folder.glob("*.json"))) == 2


def test_against_names_an_exercise_or_a_file(tmp_path, capsys):
    text = (HAND_IN / "2b_scaled.md").read_text().split("---\n")[-1]
    (tmp_path / "x.md").write_text(text)
    assert run(capsys, tmp_path / "x.md")[0] == 0
    assert run(capsys, tmp_path / "x.md", "--against", "framework/2b")[0] == 0
    code, out = run(capsys, tmp_path / "x.md", "--against", "framework/2c")
    assert (code, "attends-to-self" in out) == (1, True)
    assert run(capsys, tmp_path / "x.md", "--against", "framework/2b", "--set", "pairs=1")[0] == 1
    own = tmp_path / "own.py"
    own.write_text(
        "from symcircuits import AttendsTo, Head, Residual, Sinusoids, derivation\n"
        "@derivation('mine/present', title='Present')\n"
        "def present(work):\n"
        "    position = Sinusoids(2)\n"
        "    stream = Residual(content=1, position=position)\n"
        "    work.asks('W_Q', 'W_K', meets=AttendsTo(0), stream=stream)\n"
    )
    assert run(capsys, tmp_path / "x.md", "--against", str(own))[0] == 0


def test_reveal_adds_the_worked_solution(capsys):
    _, hidden = run(capsys, HAND_IN / "2b_sign.md")
    _, shown = run(capsys, HAND_IN / "2b_sign.md", "--reveal")
    assert shown.startswith(hidden.rstrip("\n"))
    assert "Exercise 2(b): attend to the present token" in shown
    _, out = run(capsys, HAND_IN / "2b_sign.md", "--reveal", "--format", "json")
    assert json.loads(out)["solution"]["id"] == "framework/2b"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["no.md"], "expected a file or a folder to check, got 'no.md'"),
        ([str(HAND_IN / "2b_sign.md"), "--resume"], "--resume needs --out"),
        ([str(HAND_IN), "--format", "html"], "several pages need --out"),
    ],
)
def test_wrong_usage_is_one_line_and_code_2(arguments, message, capsys):
    assert main(["check", *arguments]) == 2
    assert message in capsys.readouterr().err


def test_against_that_nobody_knows_is_told(capsys):
    assert main(["check", str(HAND_IN / "chain_turn.md"), "--against", "framework/9z"]) == 2
    assert "unknown derivation 'framework/9z'; nearest: " in capsys.readouterr().err


def test_a_broken_file_to_judge_by_is_not_blamed_on_the_submission(tmp_path, capsys):
    (tmp_path / "broken.py").write_text("def x(:\n")
    code, out = run(capsys, HAND_IN / "chain_turn.md", "--against", tmp_path / "broken.py")
    assert code == 2
    assert "not judged: " in (told := " ".join(out.split()))
    assert "broken.py, line 1: invalid syntax" in told
