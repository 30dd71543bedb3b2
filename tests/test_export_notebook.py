"""Notebooks build their derivation again, prove it again, and run from top to bottom."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import nbformat
import pytest
from export_samples import turn, wrong
from nbclient import NotebookClient
from sympy import Rational

from symcircuits.errors import OutputFailed
from symcircuits.export import build, notebook
from symcircuits.export.compose import compose
from symcircuits.worked import Derivation

OWN = """
from sympy import Rational, Expr, cos
from symcircuits import Work, derivation
from symcircuits.symbols import alpha

@derivation("mine/double", title="Double angles")
def double(work: Work, factor: Expr = Rational(1, 2)):
    work.equal(cos(2 * alpha(0)) * factor, (2 * cos(alpha(0)) ** 2 - 1) * factor, because="addition")
    work.equal(cos(alpha(0)), cos(alpha(0)) ** 2, because="a slip")
"""


def cells(derivation: Derivation, **options: str) -> list[nbformat.NotebookNode]:
    text = notebook.render(compose(derivation, **options), derivation)
    made = nbformat.reads(text, as_version=4)
    nbformat.validate(made)
    return made.cells


def code(derivation: Derivation) -> list[str]:
    return [cell.source for cell in cells(derivation) if cell.cell_type == "code"]


def execute(path: Path, monkeypatch: pytest.MonkeyPatch) -> nbformat.NotebookNode:
    """Run a notebook in a clean kernel that starts in its folder and finds this checkout."""
    monkeypatch.setenv("PYTHONPATH", str(Path(build.__file__).parents[2]))
    monkeypatch.setenv("PYDEVD_DISABLE_FILE_VALIDATION", "1")
    made = nbformat.read(path, as_version=4)
    NotebookClient(
        made, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(path.parent)}}
    ).execute()
    return made


def test_cells_have_the_same_ids_each_time() -> None:
    assert [cell.id for cell in cells(turn())] == [f"cell-{place}" for place in range(len(cells(turn())))]
    assert notebook.render(compose(turn()), turn()) == notebook.render(compose(turn()), turn())


def test_the_derivation_is_built_with_its_parameters() -> None:
    assert code(turn())[0].endswith("\n\nsolution = derive('golden/turn', pairs=1, d_head=2)")
    exact = replace(turn(), parameters={"factor": Rational(1, 2)})
    assert code(exact)[0].endswith(
        "\nfrom symcircuits.exact import exact_value\n\nsolution = derive('golden/turn', factor=exact_value('1/2'))"
    )


def test_a_derivation_of_ones_own_is_named_by_its_file() -> None:
    text = notebook.render(compose(turn()), turn(), source="../mine.py")
    assert "derive('golden/turn', source='../mine.py', pairs=1, d_head=2)" in nbformat.reads(text, 4).cells[1].source


def test_each_statement_is_asserted_with_the_verdict_that_it_had() -> None:
    proofs = "\n".join(code(wrong())[1:-1])
    assert proofs.count("prove(step.left.value, step.right.value)") == 3
    assert [line.split("== ")[1] for line in proofs.splitlines() if line.startswith("assert")] == [
        f"'{verdict}', verdict" for verdict in ("refuted", "refuted", "undecided", "proved", "proved")
    ]
    assert "assert [outcome.passed for outcome in outcomes] == [False]" in code(wrong())[-1]


def test_a_problem_sheet_has_no_code() -> None:
    assert [cell.cell_type for cell in cells(turn(), sheet="problems")] == ["markdown", "markdown"]


@pytest.mark.parametrize("id", ["framework/1b", "framework/2c"])
def test_shipped_notebooks_run(id: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build.build(id, to=["ipynb"], out=tmp_path)
    written = nbformat.read(tmp_path / f"{id}.ipynb", as_version=4)
    made = execute(tmp_path / f"{id}.ipynb", monkeypatch)
    outputs = [output for cell in made.cells if cell.cell_type == "code" for output in cell.outputs]
    stored = [output for cell in written.cells if cell.cell_type == "code" for output in cell.outputs]
    assert stored
    assert [output.data for output in outputs if "data" in output] == [output.data for output in stored]
    printed = [output.text for output in outputs if "text" in output]
    assert any("(1) proved" in text for text in printed)
    assert any("measured" in text for text in printed)


def test_a_notebook_of_ones_own_file_runs_and_refutes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine.py").write_text(OWN, "utf-8")
    built = build.build(str(tmp_path / "mine.py"), to=["ipynb"], out=tmp_path / "out", settings={"factor": "2/3"})
    assert [derivation.verdict for derivation in built.derivations] == ["refuted"]
    made = execute(tmp_path / "out" / "mine" / "double.ipynb", monkeypatch)
    assert "source='../../mine.py', factor=exact_value('2/3')" in made.cells[1].source


def test_without_nbformat_there_is_one_clear_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "nbformat", None)
    with pytest.raises(
        OutputFailed, match=r"^cannot write ipynb: nbformat is not installed; install symcircuits\[notebook\]$"
    ):
        build.build("framework/1a", to=["ipynb"], out=tmp_path)
