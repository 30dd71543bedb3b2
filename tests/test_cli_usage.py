"""The command line as a program: exit codes, where output goes, one line for every error, nonsense of all kinds."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from importlib import import_module
from inspect import signature
from pathlib import Path

import pytest

from symcircuits.cli import main
from symcircuits.cli.program import program
from symcircuits.rules import compile_rules

ROOT = Path(__file__).parents[1]


def run(*arguments, input=None, **changes):
    """The command in a process of its own, from a folder that is not the checkout."""
    environment = os.environ | {"PYTHONPATH": str(ROOT), "COLUMNS": "100"} | changes.pop("env", {})
    command = [sys.executable, "-m", "symcircuits", *arguments]
    return subprocess.run(command, capture_output=True, input=input, env=environment, timeout=120, **changes)


def check_refused(capsys, arguments, message):
    """One line on standard error, nothing on standard output, exit code 2."""
    assert main(arguments) == 2
    written = capsys.readouterr()
    assert written.out == ""
    assert written.err.count("\n") == 1
    assert written.err.startswith("symcircuits: error: ")
    assert message in written.err


NONSENSE = [
    ([], "missing command (see symcircuits --help)"),
    (["verfy"], "unknown command 'verfy'; nearest: verify"),
    ([""], "unknown command ''; known: analyse, build, check, compile, derive, list, sweep, verify"),
    (["--frobnicate"], "no such option"),
    (["list", "--frobnicate"], "no such option"),
    (["list", "extra"], "(see symcircuits list --help)"),
    (["derive"], "missing argument 'ID' (see symcircuits derive --help)"),
    (["derive", "framework/1a", "framework/1b"], "see symcircuits derive --help"),
    (["derive", "framework/2z"], "unknown derivation 'framework/2z'; nearest: framework/"),
    (["derive", ""], "expected an ID, a folder or a file, got ''"),
    (["verify", "framework/1a", ""], "expected an ID, a folder or a file, got ''"),
    (["derive", "\x00"], "derivation"),
    (["derive", "../../etc/passwd\n"], "unknown derivation"),
    (["derive", "framework/1a\nframework/1b"], "unknown derivation"),
    (["derive", "\U0001f642"], "unknown derivation"),
    (["derive", "x" * 5000], "x" * 100),
    (["derive", "framework", "--json"], "--json shows one derivation, and 'framework' stands for"),
    (["derive", "framework/2c", "--set"], "option '--set' requires an argument"),
    (["derive", "framework/2c", "--set", "pairs"], "--set: expected NAME=VALUE, got 'pairs'"),
    (["derive", "framework/2c", "--set", "pairs="], "--set: expected NAME=VALUE, got 'pairs='"),
    (["derive", "framework/2c", "--set", "=2"], "--set: expected NAME=VALUE, got '=2'"),
    (["derive", "framework/2c", "--set", "pairs=1", "--set", "pairs=2"], "--set: pairs is set twice"),
    (["derive", "framework/2c", "--set", "pears=2"], "unknown parameter 'pears'; nearest: "),
    (["derive", "framework/2c", "--set", "pairs=many"], "pairs"),
    (["derive", "framework/2c", "--set", "pairs=1/2"], "expected a whole number, not '1/2'"),
    (["derive", "framework/2c", "--set", "pairs=9**9**9"], "an exponent beyond 1000"),
    (["derive", "framework/2c", "--set", "pairs=__import__('os')"], "cannot read"),
    (["derive", "framework/2c", "--set", "pairs=0"], "framework/2c"),
    (["derive", "framework/2c", "--set", "pairs=-1"], "framework/2c"),
    (["derive", "framework/2c", "--set", "pairs=1e9"], "framework/2c"),
    (["verify", "framework/1a", "nowhere/1"], "unknown derivation 'nowhere/1'"),
    (["verify", "no_such_file.py"], "no_such_file.py"),
    (["verify", "framework/1a", "--set", "pairs=2"], "unknown parameter 'pairs'"),
    (["build", "framework/1a", "--to", "docx"], "docx"),
    (["build", "framework/1a", "--to", ""], "--to: expected names with commas between them, got ''"),
    (["build", "framework/1a", "--to", "tex,,html"], "--to: expected names with commas between them"),
    (["build", "framework/1a", "--sheet", "answers"], "'answers' is not one of 'solutions', 'problems'"),
    (["build", "framework/1a", "--convention", "diagonal"], "'diagonal' is not one of 'columns', 'rows'"),
    (["build", "framework/1a", "--json"], "no such option"),
]


@pytest.mark.parametrize(("arguments", "message"), NONSENSE, ids=lambda value: None)
def test_nonsense_gets_one_line_and_code_2(capsys, tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    check_refused(capsys, arguments, message)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", [["derive", "framework/2z"], ["verify", "framework/2z"], ["verify", "broken.py"]])
def test_errors_with_json_leave_standard_output_empty(capsys, tmp_path, monkeypatch, command):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "broken.py").write_text("def (")
    check_refused(capsys, [*command, "--json"], "")


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], ["list", "--help"], ["build", "-h"], ["--version"]])
def test_help_is_a_result(capsys, arguments):
    assert main(arguments) == 0
    written = capsys.readouterr()
    assert written.err == ""
    assert len(written.out) > 10


def test_every_command_of_the_interface_is_there(capsys):
    main(["--help"])
    shown = capsys.readouterr().out
    assert all(f"\n  {name} " in shown for name in ("list", "derive", "verify", "build"))


def test_list_as_table_and_as_json(capsys):
    assert main(["list"]) == 0
    shown = capsys.readouterr().out
    assert "framework/2c" in shown
    assert "pairs=2" in shown
    assert main(["list", "--json"]) == 0
    entries = json.loads(capsys.readouterr().out)
    assert [list(entry) for entry in entries] == [["id", "title", "parameters"]] * len(entries)
    parameters = {entry["id"]: entry["parameters"] for entry in entries}["framework/2c"]
    assert parameters == {"stream_pairs": 4, "pairs": 2}


@pytest.mark.once
def test_the_module_runs_from_anywhere(tmp_path):
    done = run("verify", "framework/1a", "--json", cwd=tmp_path)
    assert done.returncode == 0
    assert done.stderr == b""
    assert [entry["id"] for entry in json.loads(done.stdout)] == ["framework/1a"]


@pytest.mark.once
def test_output_is_plain_where_it_is_no_terminal(tmp_path):
    for arguments in (["list"], ["verify", "framework/1a"], ["derive", "framework/1a"]):
        done = run(*arguments, cwd=tmp_path)
        assert b"\x1b" not in done.stdout + done.stderr
        assert done.stderr == b""


@pytest.mark.once
def test_characters_that_the_output_cannot_write_are_escaped(tmp_path):
    done = run("derive", "framework/2c", cwd=tmp_path, env={"PYTHONIOENCODING": "ascii"})
    assert done.returncode == 0
    assert b"\\u03b2" in done.stdout


@pytest.mark.once
def test_an_argument_that_is_no_text_is_an_unknown_id(tmp_path):
    done = run("derive", b"\xff\xfe", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith(b"symcircuits: error: unknown derivation")
    assert done.stderr.count(b"\n") == 1


@pytest.mark.parametrize("arguments", [["verify", "framework/1a"], ["derive", "framework/2c"], ["--help"]])
def test_a_reader_that_goes_away_is_no_error(tmp_path, arguments):
    reading, writing = os.pipe()
    os.close(reading)
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "symcircuits", *arguments]
    done = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, cwd=tmp_path, env=environment, timeout=120)
    os.close(writing)
    assert done.stderr == b""
    assert done.returncode in (0, 2)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
@pytest.mark.parametrize("arguments", [["list"], ["--help"], ["--version"]])
def test_a_full_disk_is_one_line(tmp_path, arguments):
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with open("/dev/full", "wb") as full:
        command = [sys.executable, "-m", "symcircuits", *arguments]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, cwd=tmp_path, env=environment, timeout=120)
    assert done.returncode == 2
    assert done.stderr.startswith(b"symcircuits: error: ")
    assert done.stderr.endswith(b"no space left on device\n")
    assert done.stderr.count(b"\n") == 1


@pytest.mark.once
def test_an_interrupt_is_one_line_and_code_130(tmp_path):
    (tmp_path / "slow.py").write_text(
        "import sys, time\nfrom symcircuits import derivation\n"
        "@derivation('mine/slow', title='Slow')\n"
        "def slow(work):\n    print('on the way', flush=True)\n    time.sleep(60)\n"
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "symcircuits", "verify", "slow.py"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path, env=environment)
    assert process.stderr.readline() == b"on the way\n"
    time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=60)
    assert (process.returncode, output, errors) == (130, b"", b"symcircuits: interrupted\n")


def test_a_fault_of_ours_is_one_line_with_a_hint(capsys, monkeypatch):
    def fault(as_json):
        raise LookupError("a fault\nover two lines")

    monkeypatch.setattr("symcircuits.cli.commands.list_solutions", fault)
    check_refused(
        capsys, ["list"], "unexpected LookupError: a fault over two lines (SYMCIRCUITS_DEBUG=1 shows the traceback)"
    )


@pytest.mark.parametrize(("value", "shown"), [("1", True), ("0", False), ("", False)])
def test_the_traceback_is_shown_on_request(capsys, monkeypatch, value, shown):
    monkeypatch.setenv("SYMCIRCUITS_DEBUG", value)
    assert main(["derive", "framework/2z"]) == 2
    written = capsys.readouterr().err
    assert ("Traceback" in written) == shown
    assert written.splitlines()[-1].startswith("symcircuits: error: unknown derivation")


@pytest.mark.once
@pytest.mark.parametrize(
    ("name", "does"),
    [
        ("check", "checking.check"),
        ("sweep", "sweeping.sweep"),
        ("analyse", "analysing.analyse_and_tell"),
        ("compile", "compiling.compile_and_tell"),
    ],
)
def test_options_handed_on_by_name_are_those_that_are_taken(name, does):
    module, function = does.split(".")
    taken = dict(signature(getattr(import_module(f"symcircuits.cli.{module}"), function)).parameters)
    given = {parameter.name for parameter in program.commands[name].params}
    if taken.pop("options", None):  # what is not taken here goes on to the compiler
        assert given - set(taken) <= set(signature(compile_rules).parameters)
        given &= set(taken)
    assert given == set(taken)
