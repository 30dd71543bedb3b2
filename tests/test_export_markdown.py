"""Markdown that GitHub and notebooks show as it is meant."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from export_samples import turn, wrong

from symcircuits.export import markdown
from symcircuits.export.compose import compose
from symcircuits.worked import Claim, Derivation, Prose, Table, collect, run_experiments

pytestmark = pytest.mark.once

REFUSED = ("operatorname", "mbox", "hbox", "phantom", "color", "cellcolor", "newcommand", "def", "cal")
SHIPPED = collect().entries


def sheet(derivation: Derivation) -> str:
    return markdown.render(compose(derivation))


def formulas(text: str) -> tuple[list[str], list[str]]:
    """The fenced and the inline ones."""
    fenced = re.findall(r"```math\n(.*?)\n```", text, re.DOTALL)
    return fenced, re.findall(r"(?<!\\)\$([^$]+)\$", re.sub(r"```math\n.*?\n```", "", text, flags=re.DOTALL))


def check(text: str) -> None:
    fenced, inline = formulas(text)
    assert inline
    for latex in [*fenced, *inline]:
        assert not set(re.findall(r"\\([A-Za-z]+)", latex)) & set(REFUSED)
        assert latex.count("{") - latex.count(r"\{") == latex.count("}") - latex.count(r"\}")
    for latex in inline:
        assert not re.search(r"\\[^A-Za-z]|[<>|*\n]", latex), latex
    assert text.count("```") == 2 * len(fenced)
    assert "$$" not in text


@pytest.mark.parametrize("derivation", [turn(), wrong()], ids=["turn", "wrong"])
def test_samples_use_only_what_github_shows(derivation: Derivation) -> None:
    assert formulas(sheet(derivation))[0]
    check(sheet(derivation))


@pytest.mark.parametrize("entry", SHIPPED, ids=[entry.id for entry in SHIPPED])
def test_shipped_sheets_use_only_what_github_shows(entry) -> None:  # type: ignore[no-untyped-def]
    derivation = run_experiments(entry.derive())
    text = sheet(derivation)
    # Where all statements are claims and tables there is no formula to display.
    assert formulas(text)[0] or all(isinstance(step, Claim | Table) for step in derivation.statements)
    check(text)


def test_refused_commands_are_spelled_otherwise() -> None:
    text = sheet(replace(turn(), steps=(Prose(r"$\operatorname{rank} A \mbox{ and } \{x\,|\,x < 1\}$"),)))
    assert r"$\mathrm{rank} A \text{ and } \lbrace x\thinspace \vert \thinspace x \lt 1\rbrace$" in re.sub(
        " +", " ", text
    )


def test_text_that_looks_like_markup_is_escaped() -> None:
    text = sheet(replace(turn(), steps=(Prose("# _a_ [b](c) `d` <e> 1 * 2 | ~f~ \\g"),)))
    assert r"\# \_a\_ \[b\](c) \`d\` \<e\> 1 \* 2 \| \~f\~ \\g" in text


def test_notebooks_get_dollars_instead_of_fences() -> None:
    block = compose(turn()).blocks[4]
    assert markdown.block(block, github=True).startswith("```math\n\\begin{aligned}")
    assert markdown.block(block, github=False).startswith("$$\n\\begin{aligned}")


def test_table_rows_have_as_many_cells_as_the_head() -> None:
    rows = [line for line in sheet(turn()).splitlines() if line.startswith("|")]
    assert {row.count("|") for row in rows} == {6}
    assert len(rows) == 4


def test_refuted_statements_are_marked() -> None:
    text = sheet(wrong())
    assert "> **Refuted.** Statements (1), (2) are false" in text
    assert r"> **Refuted**: at $\alpha_{0} = 1$" in text
    assert "> **Undecided**: normal form; no witness found." in text
    assert "| **failed** |" in text
