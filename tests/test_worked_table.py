"""Tables in worked solutions: every row decided, one verdict for all, and the same figures in every format."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pytest
from sympy import Integer

from symcircuits.algebra import Proved, Refuted, Undecided, Verdict, Witness
from symcircuits.cli import main
from symcircuits.errors import BadValue
from symcircuits.export import html, latex, markdown, notebook
from symcircuits.export.compose import compose
from symcircuits.worked import Table, Work
from symcircuits.worked.reports import derivation_json


@dataclass(frozen=True)
class Square:
    n: int
    stated: int | None

    def cells(self) -> tuple[str, ...]:
        return f"${self.n}$", f"${self.stated}$"

    def prove(self) -> Verdict:
        if self.stated is None:
            return Undecided("nothing stated")
        if self.n**2 == self.stated:
            return Proved("multiplied")
        found, stated = Integer(self.n**2), Integer(self.stated)
        return Refuted(Witness({}, found, stated, str(found), str(stated)))


HEADER = ("$n$", "$n^2$")


def solution(*rows: Square):
    work = Work("mine/squares", "Squares")
    work.say("The squares of some numbers.")
    work.table("Squares & 100 % of them, $n^2$", HEADER, rows)
    return work.finish()


def test_a_table_is_one_statement_with_a_verdict_for_each_row():
    made = solution(Square(2, 4), Square(3, 9))
    (table,) = made.statements
    assert isinstance(table, Table) and made.verdict == "proved"
    assert table.rows == (("$2$", "$4$"), ("$3$", "$9$")) and table.header == HEADER
    assert table.verdict == Proved("multiplied") and len(table.verdicts) == 2 and table.seconds >= 0


def test_one_wrong_row_refutes_and_one_unsure_row_leaves_it_open():
    assert solution(Square(2, 4), Square(3, 8)).verdict == "refuted"
    assert solution(Square(2, None), Square(3, 9)).verdict == "undecided"
    (table,) = solution(Square(2, None), Square(3, 8), Square(4, 15)).statements
    assert table.verdict.witness.left == 9


def test_the_builder_tells_the_verdict():
    work = Work("mine/squares", "Squares")
    assert work.table("Squares", HEADER, [Square(1, 1)])
    assert not work.table("Squares", HEADER, (square for square in [Square(1, 2)]))


@pytest.mark.parametrize(
    ("header", "rows", "found"),
    [(HEADER, [], r"\[\]"), (("$n$",), [Square(1, 1)], r"\[2\]"), ((*HEADER, "x"), [Square(1, 1)] * 2, r"\[2, 2\]")],
)
def test_rows_that_do_not_fit_the_header_are_refused(header, rows, found):
    with pytest.raises(BadValue, match=rf"^expected rows of {len(header)} cells, at least one, got {found}$"):
        Work("mine/squares", "Squares").table("Squares", header, rows)


def test_json_tells_the_figures_and_each_verdict():
    data = derivation_json(solution(Square(2, 4), Square(3, 8)))["steps"][1]
    assert json.loads(json.dumps(data)) == data | {
        "kind": "table",
        "latex": "Squares & 100 % of them, $n^2$",
        "verdict": "refuted",
        "header": ["$n$", "$n^2$"],
        "rows": [["$2$", "$4$"], ["$3$", "$8$"]],
        "verdicts": ["proved", "refuted"],
        "witness": {"bindings": {}, "left": "9", "right": "8"},
    }


def test_every_format_has_the_figures_and_the_number():
    made = solution(Square(2, 4), Square(3, 9))
    document = compose(made)
    tex, page, text = latex.render(document), html.render(document), markdown.render(document)
    assert "$2$ &$4$ \\\\" in tex and "$n$ &$n^2$ \\\\ \\midrule" in tex and r"Squares \& 100 \% of them" in tex
    assert r"\hbox to \numberwidth{\hfil (1)}" in tex
    assert "| $n$ | $n^2$ |\n| ---: | ---: |\n| $2$ | $4$ |\n| $3$ | $9$ |\n" in text
    assert "**Table** (1). Squares \\& 100 % of them" in text
    assert page.count("<td>") == 4 and "<caption>Squares &amp; 100 % of them" in page and 'class="number">(1)<' in page
    cells = json.loads(notebook.render(document, made))["cells"]
    assert any("| $3$ | $9$ |" in "".join(cell["source"]) for cell in cells)
    assert any("solution.statements[0]" in "".join(cell["source"]) for cell in cells)
    assert made._repr_html_().count("<td>") == 4


def test_a_wrong_row_is_marked_in_every_format():
    document = compose(solution(Square(2, 4), Square(3, 8)))
    assert r"\setmark{refuted}" in latex.render(document)
    assert "> **Refuted**" in markdown.render(document)
    assert '<p class="mark refuted">' in html.render(document)


def test_the_terminal_shows_the_table_and_its_verdict(tmp_path, capsys):
    source = """
from dataclasses import dataclass
from symcircuits import derivation
from symcircuits.algebra import Proved

@dataclass
class Row:
    n: int
    def cells(self):
        return f"${self.n}$", f"${self.n ** 2}$"
    def prove(self):
        return Proved("multiplied")

@derivation("mine/squares", title="Squares")
def squares(work):
    work.table("Some squares", ("$n$", "$n^2$"), [Row(12), Row(13)])
"""
    path = tmp_path / "squares.py"
    path.write_text(source)
    assert main(["derive", str(path)]) == 0
    out = capsys.readouterr().out
    assert "Some squares" in out and "169" in out and "(1) proved by multiplied" in out
