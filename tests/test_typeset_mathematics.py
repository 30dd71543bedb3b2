from __future__ import annotations

import re
import subprocess
import sys
from xml.etree.ElementTree import fromstring

import pytest
from sympy import Abs, Mod, Product, Rational, Sum, cos, exp, log, sqrt

from symcircuits.errors import BadValue
from symcircuits.symbols import Lg, alpha, beta, coordinate, integer, lambda_, m, n
from symcircuits.typeset.expressions import latex
from symcircuits.typeset.formulas import Applied, Name, Tensor, Transpose, to_latex
from symcircuits.typeset.formulas import Product as Chain
from symcircuits.typeset.formulas import Sum as Total
from symcircuits.typeset.mathematics import formula_html

other = integer("m'")
EXPRESSIONS = [
    n - 1 - m,
    beta * lambda_(0) ** 2 * cos(alpha(0) * (n - 1 - m)),
    exp(beta * n) / Sum(exp(beta * other * cos(alpha(0))), (other, 0, n)),
    Product(other, (other, 1, n)),
    Rational(-1, 2) * sqrt(2) * Lg,
    coordinate("c", 3, "n - 1") ** 2,
    Abs(n) * Mod(n, 3),
    log(1 + exp(-beta)) ** 2,
]
W = Name(r"W_{\mathrm{net}}^{1}")
FORMULAS = [
    Applied("rank", Chain((Transpose(W), W))),
    Chain((Total(((1, Name(r"\mathrm{Id}")), (1, Tensor(Name("S"), W)))), W)),
]
PROSE = [r"\underbrace{e_8^{\mathsf{T}} e_8}_{=1}", r"\text{where } n \ge 1", r"\mathbb{R}^{4 \times 16}", r"\dots"]


@pytest.mark.parametrize("text", [*map(latex, EXPRESSIONS), *map(to_latex, FORMULAS), *PROSE])
def test_what_this_package_writes_can_be_drawn(text: str) -> None:
    for display in (False, True):
        svg = fromstring(formula_html(text, display))
        assert svg.get("role") == "img"
        assert svg.get("aria-label") == text
        assert len(svg) > 0


def test_formulas_scale_with_the_text_and_stand_on_its_baseline() -> None:
    svg = formula_html("y")
    assert re.search(r'width="0\.\d+em" height="0\.\d+em"', svg)
    assert re.search(r"vertical-align:-0\.[12]\d*em", svg)
    assert re.search(r"vertical-align:-0\.0\d*em", formula_html("x"))


def test_formulas_take_the_colour_of_the_text() -> None:
    assert set(re.findall(r'fill="(.*?)"', formula_html(r"\frac{1}{2}"))) == {"currentColor"}


def test_formulas_hold_no_id_no_reference_and_no_address() -> None:
    assert not re.search(r"\bid=|href|url\(|http|xmlns|<style|<script", formula_html(r"\sum_{i=0}^{n} \frac{1}{2}"))


def test_the_bounds_of_a_displayed_sum_stand_above_and_below_it() -> None:
    heights = [
        float(re.search(r'height="([\d.]+)em"', formula_html(r"\sum_{i=0}^{n} i", display))[1]) for display in (0, 1)
    ]
    assert heights[1] > heights[0] * 1.3


def test_labels_are_escaped() -> None:
    assert 'aria-label="n &lt; m"' in formula_html("n < m")


def test_words_may_hold_angle_brackets() -> None:
    strokes = [len(fromstring(formula_html(rf"\text{{{word}}}"))) for word in ("b", "<b", "<b>", "</b>")]
    assert strokes == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (r"\frac{1", "its braces do not match"),
        ("a}", "its braces do not match"),
        (r"\unheardof x", r"unknown command \\unheardof"),
        (r"\left( x", ""),
        ("x^", ""),
        ("", ""),
    ],
)
def test_what_cannot_be_drawn_is_named_in_one_line(text: str, reason: str) -> None:
    with pytest.raises(BadValue, match="cannot draw the formula .*: " + reason) as caught:
        formula_html(text)
    assert repr(text) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_the_renderer_is_imported_on_first_use_only() -> None:
    code = "import sys, symcircuits.typeset.matrices; print('ziamath' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"
