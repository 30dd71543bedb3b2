r"""Labelled matrices in LaTeX: with colour and rules for a sheet, and plain for MathJax, KaTeX and GitHub."""

from __future__ import annotations

from collections.abc import Callable

from symcircuits.typeset.layouts import Cell, Layout, layout
from symcircuits.typeset.matrix_views import MatrixView

LATEX_PREAMBLE = r"""
\usepackage{amsmath,array,xcolor,colortbl,graphicx}
\definecolor{matrixrule}{HTML}{9AA0A8}
\definecolor{matrixlabel}{HTML}{6F757D}
\definecolor{matrixzero}{HTML}{A9AFB8}
\definecolor{matrixshade}{HTML}{E8F0F8}
\newcommand{\matrixlabel}[1]{{\scriptstyle\color{matrixlabel}#1}}
\newcommand{\matrixturned}[1]{\rotatebox[origin=l]{90}{$\matrixlabel{#1}$}}
\newcommand{\matrixzero}{{\color{matrixzero}\cdot}}
\newcommand{\matrixshade}{\cellcolor{matrixshade}}
\newcommand{\matrixbar}{\color{matrixrule}\vrule width .4pt}
\newcommand{\matrixline}{\noalign{\begingroup\color{matrixrule}\hrule height .4pt\endgroup}}
\newsavebox{\matrixbox}
\newcommand{\matrixfit}[1]{\sbox{\matrixbox}{#1}\vcenter{\hbox{%
  \ifdim\wd\matrixbox>.86\linewidth\resizebox{.86\linewidth}{!}{\usebox{\matrixbox}}\else\usebox{\matrixbox}\fi}}}
""".strip()
r"""What a document needs before ``\begin{document}`` for ``matrix_latex``: packages of TeX Live's recommended set."""

_LARGE = 9
_BAR = r"!{\matrixbar}"
_DENSE = r"\small\setlength{\arraycolsep}{2.6pt}"
_ROOMY = r"\renewcommand{\arraystretch}{1.15}"
_TALL = r"\renewcommand{\arraystretch}{1.6}"  # room for fractions, which else touch


def matrix_latex(view: MatrixView) -> str:
    r"""The matrix as an array with grey labels, block rules, shaded blocks and dots for zeros, for use in mathematics.

    Needs the packages and macros of ``LATEX_PREAMBLE``. From 24 rows or columns on its blocks or some lines are shown.
    What would be wider than 86 percent of the line is scaled down to that.
    """
    shown = layout(view)
    turned = r"\matrixturned{%s}" if shown.has_long_labels else r"\matrixlabel{%s}"
    lines = [_header(shown, turned, r"\matrixline"), *_rows(shown, _rich_cell, r"\matrixlabel{%s}", r"\matrixline")]
    return rf"\matrixfit{{{_style(shown)}${_array(shown, lines, _BAR)}$}}"


def _style(shown: Layout) -> str:
    large = max(len(shown.cells), len(shown.cells[0])) >= _LARGE
    tall = any(r"\frac" in cell.latex for row in shown.cells for cell in row)
    return (_DENSE if large else "") + (_TALL if tall else "" if large else _ROOMY)


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
    lines = [_header(shown, r"\scriptstyle %s", r"\hline"), *_rows(shown, _plain_cell, r"\scriptstyle %s", r"\hline ")]
    return _array(shown, lines, "|")


def _array(shown: Layout, lines: list[str], bar: str) -> str:
    cells = "".join((bar if index in shown.column_rules else "") + "c" for index in range(len(shown.cells[0])))
    columns = f"r{bar}{cells}" if shown.row_labels else cells
    body = "\n".join(line for line in lines if line)
    array = f"\\begin{{array}}{{{columns}}}\n{body}\n\\end{{array}}"
    return array if shown.row_labels or shown.column_labels else rf"\left[{array}\right]"


def _header(shown: Layout, label: str, line: str) -> str:
    if not shown.column_labels:
        return ""
    corner = [""] if shown.row_labels else []
    return " & ".join([*corner, *(label % text for text in shown.column_labels)]) + rf" \\ {line}"


def _rows(shown: Layout, cell: Callable[[Cell], str], label: str, line: str) -> list[str]:
    rows = []
    for index, entries in enumerate(shown.cells):
        name = [label % shown.row_labels[index]] if shown.row_labels else []
        rule = line if index in shown.row_rules else ""
        rows.append(rule + " & ".join([*name, *map(cell, entries)]) + r" \\")
    return [*rows[:-1], rows[-1].removesuffix(r" \\")]


def _rich_cell(cell: Cell) -> str:
    text = {"zero": r"\matrixzero", "count": rf"\matrixlabel{{{cell.latex}}}"}.get(cell.kind, cell.latex)
    return rf"\matrixshade {text}" if cell.shaded else text


def _plain_cell(cell: Cell) -> str:
    return r"\cdot" if cell.kind == "zero" else cell.latex
