"""Sheets in LaTeX: escaped text, and files that compile by themselves in one run."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from export_samples import turn, wrong

from symcircuits import derive
from symcircuits.errors import OutputFailed
from symcircuits.export import latex, pdf, pictures
from symcircuits.export.book import Book
from symcircuits.export.compose import compose
from symcircuits.export.document import Document
from symcircuits.worked import Derivation, Prose, run_experiments

HOSTILE = (
    'Back\\slash {brace} 5% $x_1$ & _under_ #1 ~tilde ^hat <tag> |bar| "quoted" [bracket] '
    "$5 α₀² → “Ł” 日本 \\end{document}"
)
PACKAGES = {"inputenc", "fontenc", "lmodern", "microtype", "geometry", "amssymb", "booktabs", "graphicx"}
MATRIX_PACKAGES = {"amsmath", "array", "xcolor", "colortbl"}


def source(derivation: Derivation, **options: str) -> str:
    return latex.render(compose(derivation, **options))


def log_of(pdflatex: str, folder: Path, document: Document | Book, passes: int = 1) -> str:
    """What TeX says of a sheet, or of several together, compiled in a folder with the figures; in its last pass."""
    several = isinstance(document, Book)
    (folder / "sheet.tex").write_text(latex.render_book(document) if several else latex.render(document), "utf-8")
    figures = pictures.of_book(document) if several else pictures.beside(document, "pdf")
    for name, data in figures.items():
        (folder / name).write_bytes(data)
    command = [pdflatex, "-interaction=nonstopmode", "-halt-on-error", "sheet.tex"]
    for _ in range(passes):
        run = subprocess.run(command, cwd=folder, capture_output=True, text=True, errors="replace", timeout=120)
        assert run.returncode == 0, run.stdout[-2000:]
    return (folder / "sheet.log").read_text("latin-1")


def overfull(log: str) -> list[float]:
    """By how many points boxes are too wide or too high."""
    return [float(points) for points in re.findall(r"Overfull \\[hv]box \(([\d.]+)pt too", log)]


def test_special_characters_are_escaped_outside_mathematics_alone() -> None:
    text = source(replace(turn(), steps=(Prose(r"W_V, 5 % & #2 {x}, but $W_V \& 5\%$."),), outcomes=()))
    assert r"W\_V, 5 \% \& \#2 \{x\}, but $W_V \& 5\%$." in text


def test_every_sign_that_is_not_latin_is_written_in_ascii_or_by_its_number() -> None:
    assert latex.escaped("β²–日") == r"\ensuremath{\beta}\ensuremath{^{2}}--[U+65E5]"


def test_only_packages_of_the_recommended_set_are_loaded() -> None:
    names = {
        name for names in re.findall(r"\\usepackage(?:\[.*?\])?\{(.*?)\}", source(turn())) for name in names.split(",")
    }
    assert names <= PACKAGES | MATRIX_PACKAGES


def test_a_sheet_is_the_same_each_time() -> None:
    assert source(turn()) == source(turn())


@pytest.mark.parametrize("derivation", [turn(), wrong()], ids=["turn", "wrong"])
@pytest.mark.parametrize(
    "options", [{}, {"convention": "rows"}, {"sheet": "problems"}], ids=["columns", "rows", "problems"]
)
def test_samples_compile_without_overfull_boxes(
    derivation: Derivation, options: dict[str, str], program: Callable[..., str], tmp_path: Path
) -> None:
    log = log_of(program("pdflatex"), tmp_path, compose(derivation, **options))
    assert all(points < 1 for points in overfull(log)), log
    assert "Rerun" not in log


# Books hold all of them, with longer numbers: tests of theirs compile each.
@pytest.mark.once
@pytest.mark.parametrize("id", ["framework/2c", "framework/1a", "by_hand/attention"])
def test_shipped_sheets_compile_without_overfull_boxes(id: str, program: Callable[..., str], tmp_path: Path) -> None:
    pdflatex = program("pdflatex")
    log = log_of(pdflatex, tmp_path, compose(run_experiments(derive(id))))
    assert all(points < 1 for points in overfull(log)), log


def test_hostile_text_compiles(program: Callable[..., str], tmp_path: Path) -> None:
    derivation = replace(turn(), title=HOSTILE, problem=HOSTILE, steps=(Prose(HOSTILE),), outcomes=())
    log_of(program("pdflatex"), tmp_path, compose(derivation))


def test_pdf_has_the_same_bytes_each_time(program: Callable[..., str]) -> None:
    program("pdflatex")
    document = compose(turn())
    made = [pdf.compiled(source(turn()), "turn.pdf", pictures.beside(document, "pdf")) for _ in range(2)]
    assert made[0] == made[1]
    assert made[0].startswith(b"%PDF")


def test_an_error_of_tex_is_one_line(program: Callable[..., str]) -> None:
    program("pdflatex")
    broken = replace(turn(), steps=(Prose(r"$\nosuchcommand$"),))
    with pytest.raises(OutputFailed, match=r"^cannot write x/y.pdf: pdflatex: Undefined control sequence\.$"):
        pdf.compiled(source(broken), "x/y.pdf")


def test_pdf_without_tex_is_one_clear_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, "PATH", "")
    with pytest.raises(OutputFailed, match=r"^cannot write pdf: pdflatex is not installed \(Debian: texlive"):
        pdf.require_tex()
