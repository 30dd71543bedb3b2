"""The documents tell the truth: their Python runs, their commands and files exist."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path
from types import ModuleType

import pytest

from symcircuits.cli import main
from symcircuits.cli.program import program

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")])
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(document, language):
    return [text for kind, text in BLOCK.findall(document.read_text("utf-8")) if kind == language]


PYTHON = [
    pytest.param(document, place, id=f"{document.stem}-{place}")
    for document in DOCUMENTS
    for place in range(len(blocks(document, "python")))
]


@pytest.mark.parametrize(("document", "place"), PYTHON)
def test_python_runs_and_prints_what_the_comments_say(document, place, capsys, monkeypatch):
    code = blocks(document, "python")[place]
    module = ModuleType("shown")
    monkeypatch.setitem(sys.modules, "shown", module)
    exec(compile(code, f"{document.name}, block {place}", "exec"), vars(module))  # noqa: S102  our own document
    printed = capsys.readouterr().out.splitlines()
    said = [line.partition("#")[2].strip() for line in code.splitlines() if line.startswith("print(")]
    assert len(printed) == len(said)
    for line, comment in zip(printed, said, strict=True):
        assert line.startswith(comment.split("...")[0].split(",")[0].strip())


@pytest.mark.parametrize("place", range(len(blocks(ROOT / "README.md", "python"))))
def test_a_derivation_in_the_readme_is_proved(place, tmp_path, capsys):
    code = blocks(ROOT / "README.md", "python")[place]
    if "@derivation" not in code:
        assert "print(" in code
        return
    (tmp_path / "mine.py").write_text(code)
    assert main(["verify", str(tmp_path / "mine.py")]) == 0, capsys.readouterr()


def test_the_readme_has_its_two_commands_on_a_line_each():
    lines = [text.strip() for text in blocks(ROOT / "README.md", "sh")]
    setups = [line for line in lines if line.startswith("python3 -m venv .venv && .venv/bin/pip install -q -e ")]
    assert all("\n" not in line for line in setups)
    assert [line.endswith("symcircuits build") for line in setups] == [True, False]
    assert "'.[test]'" in setups[1]
    assert ".venv/bin/python -m pytest" in setups[1]


COMMAND = re.compile(r"(?<![\w/.-])(?:\.venv/bin/)?symcircuits ((?:[a-z]+)(?: [^`\n|&;#]*)?)")


def told_commands():
    return sorted(
        {
            match.strip()
            for document in DOCUMENTS
            for text in re.findall(r"`([^`\n]+)`", document.read_text("utf-8"))
            + blocks(document, "sh")
            + blocks(document, "")
            for match in COMMAND.findall(text)
        }
    )


@pytest.mark.parametrize("told", told_commands())
def test_every_command_that_is_told_exists(told):
    name, *arguments = shlex.split(told)
    assert name in program.commands
    options = {option for parameter in program.commands[name].params for option in parameter.opts}
    assert {argument for argument in arguments if argument.startswith("--")} <= options


def test_the_readme_tells_every_command():
    assert set(program.commands) <= {told.split()[0] for told in told_commands()}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.stem)
def test_links_and_pictures_exist(document):
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", document.read_text("utf-8")):
        assert re.match(r"https?://", target) or (document.parent / target).exists(), target


def test_contributing_names_what_exists():
    for command in blocks(ROOT / "CONTRIBUTING.md", "sh"):
        for path in re.findall(r"(?<![\w/.-])(?:tests|docs|derivations|\.ci)/[\w./-]+", command):
            assert (ROOT / path).exists(), path
