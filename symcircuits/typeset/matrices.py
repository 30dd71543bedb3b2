"""Labelled matrices for print: the view, and its forms in LaTeX, HTML and text.

>>> from sympy import Integer
>>> print(matrix_text(MatrixView((2, 2), {(0, 1): Integer(5)})))
· 5
· ·
"""

from __future__ import annotations

from symcircuits.typeset.matrix_html import HTML_STYLE, matrix_html
from symcircuits.typeset.matrix_latex import LATEX_PREAMBLE, matrix_latex, matrix_plain_latex
from symcircuits.typeset.matrix_text import matrix_text
from symcircuits.typeset.matrix_views import MatrixView

__all__ = [
    "HTML_STYLE",
    "LATEX_PREAMBLE",
    "MatrixView",
    "matrix_html",
    "matrix_latex",
    "matrix_plain_latex",
    "matrix_text",
]
