r"""Labelled matrices in LaTeX: with colour and rules for a sheet, and plain for MathJax, KaTeX and GitHub."""

from __future__ import annotations

from collections.abc import Sequence

from symcircuits.typeset.layouts import Cell, Layout, layout
from symcircuits.typeset.matrix_views import MatrixView

LATEX_PREAMBLE = r"""
\usepackage{amsmath,array,xcolor,colortbl}
\definecolor{matrixrule}{HTML}{8A8F98}
\definecolor{matrixlabel}{HTML}{7A7F87}
\definecolor{matrixzero}{HTML}{B5BAC2}
\definecolor{matrixshade}{HTML}{E8F0F8}
\newcommand{\matrixlabel}[1]{{\scriptstyle\color{matrixlabel}#1}}
\newcommand{\matrixzero}{{\color{matrixzero}\cdot}}
\newcommand{\matrixshade}{\cellcolor{matrixshade}}
\newcommand{\matrixbar}{{\color{matrixrule}\vrule width .3pt}}
\newcommand{\matrixline}{\noalign{\begingroup\color{matrixrule}\hrule height .3pt\endgroup}}
""".strip()
"""What a document needs before ``\\begin{document}`` for ``matrix_latex``."""

_LARGE = 9


def matrix_latex(view: MatrixView) -> str:
    r"""The matrix as an array with grey labels, block rules, shaded blocks and dots for zeros, for use in mathematics.

    Needs the packages and macros of ``LATEX_PREAMBLE``. Above 24 rows or columns its blocks or corners are shown.
    """
    shown = layout(view)
    labelled = bool(shown.row_labels or shown.column_labels)
    columns = _column_spec(shown, r"!{\matrixbar}")
    body = _body(shown, _rich_cell, r"\matrixlabel{%s}", r"\matrixline")
    array = _array(columns, body, labelled)
    if max(len(shown.cells), len(shown.cells[0])) < _LARGE:
        return array
    return rf"\mbox{{\small$\setlength{{\arraycolsep}}{{2.6pt}}{array}$}}"


def matrix_plain_latex(view: MatrixView) -> str:
    r"""The matrix as an array without colour or macros, right in MathJax, KaTeX and on GitHub.

    >>> from sympy import Integer
    >>> print(matrix_plain_latex(MatrixView((2, 2), {(0, 1): Integer(5)})))
    \left[\begin{array}{cc}
    \cdot & 5 \\
    \cdot & \cdot
    \end{array}\right]
    """
    shown = layout(view)
    labelled = bool(shown.row_labels or shown.column_labels)
    body = _body(shown, _plain_cell, r"\scriptstyle %s", r"\hline")
    return _array(_column_spec(shown, "|"), body, labelled)


def _array(columns: str, body: str, labelled: bool) -> str:
    array = f"\\begin{{array}}{{{columns}}}\n{body}\n\\end{{array}}"
    return array if labelled else rf"\left[{array}\right]"


def _column_spec(shown: Layout, bar: str) -> str:
    body = "".join((bar if index in shown.column_rules else "") + "c" for index in range(len(shown.cells[0])))
    return f"r{bar}{body}" if shown.row_labels else body


def _body(shown: Layout, cell, label: str, line: str) -> str:
    lines = _header(shown, label, line)
    last = len(shown.cells) - 1
    for index, row in enumerate(shown.cells):
        texts = [cell(entry) for entry in row]
        if shown.row_labels:
            texts.insert(0, label % shown.row_labels[index])
        rule = line if index in shown.row_rules else ""
        lines.append(rule + " & ".join(texts) + ("" if index == last else r" \\"))
    return "\n".join(lines)


def _header(shown: Layout, label: str, line: str) -> list[str]:
    if not shown.column_labels:
        return []
    corner = [""] if shown.row_labels else []
    return [" & ".join([*corner, *(label % text for text in shown.column_labels)]) + rf" \\ {line}"]


def _rich_cell(cell: Cell) -> str:
    text = r"\matrixzero" if cell.kind == "zero" else rf"\matrixlabel{{{cell.latex}}}" if cell.kind == "count" else cell.latex
    return rf"\matrixshade {text}" if cell.shaded else text


def _plain_cell(cell: Cell) -> str:
    return r"\cdot" if cell.kind == "zero" else cell.latex
