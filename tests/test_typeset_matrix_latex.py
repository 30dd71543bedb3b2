from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from sympy import Integer, Rational, cos, sin

from symcircuits.symbols import alpha, lambda_, m, n
from symcircuits.typeset.axes import Axis
from symcircuits.typeset.matrices import LATEX_PREAMBLE, MatrixView, matrix_latex, matrix_plain_latex

one = Integer(1)
axis = Axis.of_blocks(("c", ["c_{0}", "c_{1}"]), ("v", ["v_{0}"]))
small = MatrixView((3, 3), {(2, 0): one, (2, 1): -one}, axis, axis)


def _stream(size: int) -> Axis:
    return Axis.of_blocks(*((name, [f"{name}_{{{i}}}" for i in range(size)]) for name in "cpvw"))


def _rotation(pairs: int) -> MatrixView:
    entries = {}
    for i in range(pairs):
        angle = alpha(i) * (n - m)
        entries |= {(2 * i, 2 * i): cos(angle), (2 * i, 2 * i + 1): -sin(angle)}
        entries |= {(2 * i + 1, 2 * i): sin(angle), (2 * i + 1, 2 * i + 1): cos(angle)}
    labels = Axis.of_blocks(*((rf"\alpha_{{{i}}}", [rf"\cos_{{{i}}}", rf"\sin_{{{i}}}"]) for i in range(pairs)))
    return MatrixView((2 * pairs, 2 * pairs), entries, labels, labels)


def test_the_plain_form() -> None:
    assert matrix_plain_latex(small).splitlines() == [
        r"\begin{array}{r|cc|c}",
        r" & \scriptstyle c_{0} & \scriptstyle c_{1} & \scriptstyle v_{0} \\ \hline",
        r"\scriptstyle c_{0} & \cdot & \cdot & \cdot \\",
        r"\scriptstyle c_{1} & \cdot & \cdot & \cdot \\",
        r"\hline \scriptstyle v_{0} & 1 & -1 & \cdot",
        r"\end{array}",
    ]


def test_the_rich_form() -> None:
    assert matrix_latex(small).splitlines() == [
        r"\matrixfit{\renewcommand{\arraystretch}{1.15}$\begin{array}{r!{\matrixbar}cc!{\matrixbar}c}",
        r" & \matrixlabel{c_{0}} & \matrixlabel{c_{1}} & \matrixlabel{v_{0}} \\ \matrixline",
        r"\matrixlabel{c_{0}} & \matrixzero & \matrixzero & \matrixzero \\",
        r"\matrixlabel{c_{1}} & \matrixzero & \matrixzero & \matrixzero \\",
        r"\matrixline\matrixlabel{v_{0}} & \matrixshade 1 & \matrixshade -1 & \matrixzero",
        r"\end{array}$}",
    ]


def test_unlabelled_matrices_have_brackets() -> None:
    view = MatrixView((1, 2), {(0, 0): one})
    assert matrix_plain_latex(view) == "\\left[\\begin{array}{cc}\n1 & \\cdot\n\\end{array}\\right]"


@pytest.mark.parametrize("view", [small, small.transposed(), MatrixView((3, 1), {(0, 0): one}, axis), _rotation(2)])
def test_every_line_has_as_many_cells_as_columns(view: MatrixView) -> None:
    for text in (matrix_latex(view), matrix_plain_latex(view)):
        lines = text.splitlines()
        columns = len(re.findall("[rc]", lines[0].split(r"\begin{array}")[1].replace(r"!{\matrixbar}", "")))
        assert {line.count("&") + 1 for line in lines[1:-1]} == {columns}


def test_the_plain_form_uses_no_macros_of_ours() -> None:
    for view in (small, _rotation(2), MatrixView((64, 64), {(i, i): one for i in range(64)}, _stream(16), _stream(16))):
        text = matrix_plain_latex(view)
        assert not re.search(r"\\(matrix|cell|color|operatorname|mbox|small|setlength|begin\{bmatrix)", text)


def test_large_matrices_are_dense_and_long_labels_turned() -> None:
    words = Axis.of_blocks(("w", [rf"\mathrm{{content}}_{{{i}}}" for i in range(16)]))
    text = matrix_latex(MatrixView((16, 16), {}, words, words))
    assert r"\matrixfit{\small\setlength{\arraycolsep}{2.6pt}" in text
    assert text.count(r"\matrixturned{") == 16


SAMPLES = {
    "a 16x16": MatrixView((16, 16), {(8 + i, i): one for i in range(4)}, _stream(4), _stream(4)),
    "a full 16x16": MatrixView(
        (16, 16), {(i, j): Integer(i - j) for i in range(16) for j in range(16)}, _stream(4), _stream(4)
    ),
    "a 4x16": MatrixView((4, 16), {(i, i): one for i in range(4)}, None, _stream(4)),
    "a rotation": _rotation(2),
    "a wide rotation": _rotation(4),
    "a 64x64": MatrixView((64, 64), {(32 + i, i): one for i in range(12)}, _stream(16), _stream(16)),
    "a 30x30": MatrixView((30, 30), {(i, j): Integer(i * j + 1) for i in range(30) for j in range(30)}),
    "a column": MatrixView((3, 1), {(0, 0): lambda_(0) * cos(alpha(0) * n)}, axis),
    "no labels": MatrixView((2, 2), {(0, 0): Rational(1, 2)}),
}


@pytest.mark.skipif(not shutil.which("pdflatex") and "CI" not in os.environ, reason="pdflatex is not installed")
def test_one_run_of_pdflatex_sets_them_all_without_an_overfull_box(tmp_path: Path) -> None:
    displays = "\n".join(rf"\[ W_{{\mathrm{{net}}}}^{{1}} = {matrix_latex(view)} \]" for view in SAMPLES.values())
    head = r"\documentclass[11pt,a4paper]{article}\usepackage[T1]{fontenc}\usepackage{lmodern}"
    page = r"\usepackage[margin=2.7cm]{geometry}"
    plain = "\n".join(rf"\[ {matrix_plain_latex(SAMPLES[name])} \]" for name in ("a 16x16", "a rotation", "a 64x64"))
    document = "\n".join([head, page, LATEX_PREAMBLE, r"\begin{document}", displays, plain, r"\end{document}"])
    (tmp_path / "matrices.tex").write_text(document, encoding="utf-8")
    run = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "matrices.tex"],
        cwd=tmp_path, capture_output=True, timeout=120, check=False,
    )  # fmt: skip
    log = (tmp_path / "matrices.log").read_text(encoding="latin-1")
    assert run.returncode == 0, log[-2000:]
    assert "Overfull" not in log
    assert "Rerun" not in log
