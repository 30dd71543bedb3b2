"""The page about checking shows reports as the command prints them; ``--update-golden`` writes them anew."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from symcircuits.cli import main

pytestmark = pytest.mark.once

PAGE = Path(__file__).parents[1] / "docs" / "checking.md"
SHOWN = re.compile(r"^```md\n(?P<submission>.*?)^```\n\n```\n(?P<report>.*?)^```$", re.MULTILINE | re.DOTALL)
VERDICTS = ["right", "wrong", "wrong", "unreadable"]


def test_every_report_on_the_page_is_what_is_printed(tmp_path, capsys, monkeypatch, update_golden):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")

    def graded(match: re.Match[str]) -> str:
        Path("solution.md").write_text(match["submission"], "utf-8")
        main(["check", "solution.md"])
        return f"```md\n{match['submission']}```\n\n```\n{capsys.readouterr().out.rstrip()}\n```"

    page = PAGE.read_text("utf-8")
    now = SHOWN.sub(graded, page)
    if update_golden:
        PAGE.write_text(now, "utf-8")
    assert page == now
    assert [match["report"].split()[1] for match in SHOWN.finditer(now)] == VERDICTS


def blocks(document: Path, kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```$", document.read_text("utf-8"), re.MULTILINE | re.DOTALL)


def test_the_report_in_the_readme_is_that_of_the_derivation_above_it(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    readme = PAGE.parents[1] / "README.md"
    (latex,) = blocks(readme, "latex")
    (tmp_path / "solution.tex").write_text(f"The gap:\n\n{latex}", "utf-8")
    assert main(["check", str(tmp_path / "solution.tex")]) == 1
    _, statement, _ = capsys.readouterr().out.split("\n\n")
    assert f"{statement}\n" in blocks(readme, "")


def test_the_files_of_data_on_the_page_are_judged_as_it_says(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    for kind, verdict in (("json", "right"), ("csv", "wrong")):
        (text,) = blocks(PAGE, kind)
        file = tmp_path / f"answer.{kind}"
        file.write_text(text, "utf-8")
        assert main(["check", str(file)]) == (verdict == "wrong")
        assert f"answer.{kind}: {verdict}" in (printed := capsys.readouterr().out)
    assert "W_Q is 2 by 16, expected 4 by 16" in printed
