"""What the commands print and return, on derivations of one's own: proved, refuted, undecided, broken."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from symcircuits.cli import main

ROOT = Path(__file__).parents[1]
HEADER = "from sympy import *\nfrom symcircuits import *\nfrom symcircuits.symbols import alpha\na = alpha(0)\n"
GOOD = """
@derivation("mine/good", title="Good")
def good(work, size: int = 2):
    work.problem("Show that $x = x$.")
    work.say("By *Pythagoras*:")
    work.chain(sin(2*a), (2*sin(a)*cos(a), "double angle"), (2*tan(a)*cos(a)**2, "tangent"))
    work.equal(sin(a)**2 + cos(a)**2, 1, because="Pythagoras")
"""
BAD = """
@derivation("mine/bad", title="Bad")
def bad(work):
    work.equal(sin(a)**2 + cos(a)**2, 1, because="Pythagoras")
    work.equal(sin(a), cos(a), because="wishful thinking")
"""
OPEN = """
@derivation("mine/open", title="Open")
def open_question(work):
    work.equal(Function("f")(a), Function("g")(a))
"""
FAILING = """
@derivation("mine/failing", title="Failing experiment")
def failing(work):
    work.say("A head that looks at itself.")
    position = Sinusoids(2)
    stream = Residual(content=2, position=position)
    head = Head(W_Q=stream.read(position), W_K=stream.read(position), name="A head that looks at itself")
    work.suggest(position.suggested())
    work.experiment(AttendsTo(-1), of=head, n_ctx=8)
"""
RAISING = """
@derivation("mine/raising", title="Raising")
def raising(work):
    raise KeyError("over\\ntwo lines")
"""
NOISY = """
print("noise while loading")
@derivation("mine/noisy", title="Noisy")
def noisy(work):
    print("noise while deriving")
    work.equal(sin(2*a), 2*sin(a)*cos(a))
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty folder to be in, with a function that writes derivation files."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")

    def write(name, *parts, header=HEADER):
        (tmp_path / name).write_text(header + "".join(parts))
        return name

    return write


def run(capsys, *arguments):
    code = main(list(arguments))
    written = capsys.readouterr()
    return code, written.out, written.err


@pytest.mark.parametrize(
    ("parts", "code"),
    [((GOOD,), 0), ((GOOD, BAD), 1), ((GOOD, OPEN), 3), ((OPEN, BAD), 1), ((GOOD, FAILING), 1), ((OPEN, RAISING), 2)],
)
def test_exit_codes_tell_the_worst(capsys, folder, parts, code):
    assert run(capsys, "verify", folder("mine.py", *parts))[0] == code


@pytest.mark.parametrize(("part", "code"), [(GOOD, 0), (BAD, 1), (OPEN, 3), (FAILING, 0), (RAISING, 2)])
def test_derive_runs_no_experiments(capsys, folder, part, code):
    assert run(capsys, "derive", folder("mine.py", part))[0] == code


def test_the_table_of_verify(capsys, folder):
    code, shown, messages = run(capsys, "verify", folder("mine.py", GOOD, BAD, OPEN, FAILING))
    rows = {line.split()[0]: line.split() for line in shown.splitlines() if line.startswith("mine/")}
    assert (code, messages) == (1, "")
    assert rows["mine/good"][-4:-2] == ["3/3", "0/0"]
    assert [row[-1] for row in rows.values() if len(row) < 12] == ["proved"]
    assert "mine/bad (2) refuted: sin α₀ = cos α₀; at α₀ = " in shown
    assert "mine/open (1) undecided: f(α₀) = g(α₀); " in shown
    assert "mine/failing AttendsTo(-1) failed at alpha_0 = " in shown
    assert "4 derivations: 4 of 6 statements proved, 0 of 1 experiments passed, " in shown.splitlines()[-1]


def test_the_json_of_verify_is_as_documented(capsys, folder):
    code, shown, messages = run(capsys, "verify", folder("mine.py", GOOD, BAD), "framework/1a", "--json")
    good, bad, shipped = json.loads(shown)
    assert (code, messages) == (1, "")
    assert list(good) == ["id", "title", "parameters", "verdict", "steps", "experiments"]
    assert (good["id"], good["verdict"], good["parameters"]) == ("mine/good", "proved", {"size": 2})
    assert {step["kind"] for step in good["steps"]} == {"prose", "equality"}
    assert all({"latex", "verdict", "method", "seconds"} <= set(step) for step in good["steps"] if "verdict" in step)
    refuted = [step for step in bad["steps"] if step.get("verdict") == "refuted"]
    assert list(refuted[0]["witness"]["bindings"]) == ["alpha_0"]
    assert {"behaviour", "bindings", "measured", "closed_form", "passed"} <= set(shipped["experiments"][0])


def test_the_json_of_derive_is_one_object_without_experiments(capsys):
    code, shown, messages = run(capsys, "derive", "framework/2c", "--set", "pairs=1", "--json")
    data = json.loads(shown)
    assert (code, messages) == (0, "")
    assert (data["id"], data["parameters"], data["experiments"]) == (
        "framework/2c",
        {"stream_pairs": 4, "pairs": 1},
        [],
    )


def test_one_derivation_that_fails_leaves_the_others_alone(capsys, folder):
    files = [folder("syntax.py", "def (", header=""), folder("mine.py", RAISING, GOOD), folder("none.py", "x = 1\n")]
    code, shown, messages = run(capsys, "verify", *files, "--json")
    assert code == 2
    assert [entry["id"] for entry in json.loads(shown)] == ["mine/good"]
    assert [line.split(":")[:2] for line in messages.splitlines()] == [["symcircuits", " error"]] * 3
    assert "syntax.py, line 1" in messages
    assert "mine/raising raised KeyError" in messages
    assert "none.py" in messages


def test_what_a_derivation_prints_is_no_result(capsys, folder):
    for command in (["verify", "--json"], ["derive", "--json"]):
        code, shown, messages = run(capsys, *command, folder("noisy.py", NOISY))
        assert code == 0
        assert json.loads(shown)
        assert set(messages.splitlines()) == {"noise while loading", "noise while deriving"}


def test_settings_reach_those_derivations_that_have_them(capsys, folder):
    code, shown, _ = run(capsys, "verify", folder("mine.py", GOOD, BAD), "--set", "size=5", "--json")
    assert code == 1
    assert [entry["parameters"] for entry in json.loads(shown)] == [{"size": 5}, {}]


def test_build_writes_says_where_and_returns_the_verdict(capsys, folder):
    code, shown, messages = run(capsys, "build", folder("mine.py", GOOD, BAD), "--out", "sheets")
    assert (code, messages) == (1, "")
    assert {path.name for path in Path("sheets/mine").iterdir()} == {"good.tex", "good.html", "bad.tex", "bad.html"}
    assert "5 files in sheets; start with sheets/index.html" in shown
    assert "refuted" in Path("sheets/mine/bad.html").read_text("utf-8")


def test_build_goes_on_past_what_fails(capsys, folder):
    code, shown, messages = run(capsys, "build", folder("mine.py", RAISING, GOOD), folder("syntax.py", "(", header=""))
    assert code == 2
    assert "mine/good" in shown
    assert messages.count("symcircuits: error: ") == messages.count("\n") == 2
    assert Path("solutions/mine/good.tex").exists()
    assert not Path("solutions/mine/raising.tex").exists()


def test_build_takes_formats_sheet_and_convention(capsys, folder):
    arguments = ["--to", "md, tex", "--out", "sheets", "--sheet", "problems", "--convention", "rows"]
    code, _, messages = run(capsys, "build", folder("mine.py", GOOD), *arguments)
    assert (code, messages) == (0, "")
    assert {path.name for path in Path("sheets/mine").iterdir()} == {"good.tex", "good.md"}
    assert "Pythagoras" not in Path("sheets/mine/good.md").read_text("utf-8")


def test_an_output_folder_that_cannot_be_made(capsys, folder):
    Path("sheets").write_text("a file")
    code, shown, messages = run(capsys, "build", folder("mine.py", GOOD), "--out", "sheets/inside")
    assert (code, shown, messages.count("\n")) == (2, "", 1)
    assert messages.startswith("symcircuits: error: cannot write in the folder sheets/inside: ")


def on_a_terminal(*arguments, cwd, env):
    """What the command writes to standard output and to standard error, each of them a terminal."""
    ends = [pty.openpty() for _ in range(2)]
    inherited = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    environment = inherited | {"PYTHONPATH": str(ROOT), "TERM": "xterm-256color", "COLUMNS": "100"} | env
    command = [sys.executable, "-m", "symcircuits", *arguments]
    process = subprocess.Popen(command, stdout=ends[0][1], stderr=ends[1][1], cwd=cwd, env=environment)
    for _, theirs in ends:
        os.close(theirs)
    written = [drained(ours) for ours, _ in ends]
    assert process.wait(timeout=120) == 0
    return written


def drained(descriptor):
    data = b""
    while True:
        try:
            chunk = os.read(descriptor, 65536)
        except OSError:  # how Linux says that the other end is closed
            chunk = b""
        if not chunk:
            os.close(descriptor)
            return data.decode()
        data += chunk


def test_a_terminal_gets_a_bar_and_colours(tmp_path):
    shown, bar = on_a_terminal("verify", "framework/1a", cwd=tmp_path, env={})
    assert "verifying framework/1a" in bar
    assert "verifying" not in shown
    assert "\x1b[32mproved" in shown


def test_no_color_is_obeyed(tmp_path):
    shown, _ = on_a_terminal("verify", "framework/1a", cwd=tmp_path, env={"NO_COLOR": "1"})
    assert "\x1b[3" not in shown
    assert "proved" in shown


def test_json_is_json_on_a_terminal_too(tmp_path):
    shown, _ = on_a_terminal("verify", "framework/1a", "--json", cwd=tmp_path, env={})
    assert json.loads(shown)[0]["verdict"] == "proved"
