"""Sheets as they should come out, letter by letter; ``pytest --update-golden`` writes them anew."""

from __future__ import annotations

import difflib
import re
from functools import cache
from pathlib import Path

import pytest
from export_samples import turn, wrong

from symcircuits.export import html, latex, markdown, notebook
from symcircuits.export.compose import compose

GOLDEN = Path(__file__).parent / "golden"


def without_drawings(page: str) -> str:
    """The page with formulas as LaTeX: how glyphs are drawn is another package's matter."""
    page = re.sub(r'<svg class="math"[^>]*?aria-label="([^"]*)".*?</svg>', r"[[\1]]", page, flags=re.DOTALL)
    return re.sub(r'<svg role="img" aria-label="([^"]*)".*?</svg>', r"[[figure: \1]]", page, flags=re.DOTALL)


def without_images(notebook: str) -> str:
    """The notebook without its images, which are another package's matter too."""
    return re.sub(r'"image/png": "[^"]*"', '"image/png": "[[figure]]"', notebook)


@cache
def sheets() -> dict[str, str]:
    made = {}
    for derivation in (turn(), wrong()):
        name, document = derivation.id.split("/")[1], compose(derivation)
        made[f"{name}.tex"] = latex.render(document)
        made[f"{name}.html"] = without_drawings(html.render(document))
        made[f"{name}.md"] = markdown.render(document)
        made[f"{name}.ipynb"] = without_images(notebook.render(document, derivation))
    made["turn-rows.md"] = markdown.render(compose(turn(), convention="rows"))
    made["turn-problems.tex"] = latex.render(compose(turn(), sheet="problems"))
    return made


def test_folder_holds_these_files_and_no_others(update_golden: bool) -> None:
    if update_golden:
        for stale in {path.name for path in GOLDEN.iterdir()} - set(sheets()):
            (GOLDEN / stale).unlink()
    else:
        assert sorted(path.name for path in GOLDEN.iterdir()) == sorted(sheets())


@pytest.mark.parametrize("name", sorted(sheets()))
def test_sheet_is_the_golden_one(name: str, update_golden: bool) -> None:
    path, found = GOLDEN / name, sheets()[name]
    if update_golden:
        path.write_text(found, "utf-8")
    expected = path.read_text("utf-8").splitlines() if path.is_file() else []
    difference = "\n".join(difflib.unified_diff(expected, found.splitlines(), f"golden/{name}", "found", lineterm=""))
    assert not difference, f"\n{difference}\n(pytest --update-golden accepts this)"
