from __future__ import annotations

import pytest
from sympy import cos, sin, sqrt

from symcircuits.errors import BadValue
from symcircuits.symbols import alpha, beta, lambda_, m, n
from symcircuits.typeset.formulas import Applied, Name, Product, Sum, Transpose
from symcircuits.typeset.text import formula_text, text


def test_expressions_read_as_they_print() -> None:
    assert text(n - 1 - m) == "n − 1 − m"
    assert text(beta * lambda_(0) ** 2 * cos(alpha(0) * (n - 1 - m))) == "β λ₀² cos(α₀ (n − 1 − m))"
    assert text(2 * sin(alpha(0) * n / 2) ** 2) == "2 sin²(α₀ n/2)"
    assert text(sqrt(2) / 2) == "√2/2"
    assert text(0) == "0"


def test_formulas_read_as_they_print() -> None:
    W = Name(r"W_{\mathrm{net}}^{1}")
    assert formula_text(Product((Transpose(Name("x_n")), W, Name("x_m")))) == "xₙᵀ W_net¹ xₘ"
    assert formula_text(Applied("rank", Sum(((1, W), (-1, Name("A")))))) == "rank(W_net¹ − A)"


def test_what_is_no_expression_is_refused() -> None:
    with pytest.raises(BadValue, match="cannot print 'n' as LaTeX: expected a SymPy expression, not str"):
        text("n")  # type: ignore[arg-type]
