"""The page about checking shows reports as the command prints them; ``--update-golden`` writes them anew."""

from __future__ import annotations

import re
from pathlib import Path

from symcircuits.cli import main

PAGE = Path(__file__).parents[1] / "docs" / "checking.md"
SHOWN = re.compile(r"^```md\n(?P<submission>.*?)^```\n\n```\n(?P<report>.*?)^```$", re.MULTILINE | re.DOTALL)
VERDICTS = ["right", "wrong", "wrong", "unreadable"]


def test_every_report_on_the_page_is_what_is_printed(tmp_path, capsys, monkeypatch, update_golden):
    monkeypatch.chdir(tmp_path)

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
