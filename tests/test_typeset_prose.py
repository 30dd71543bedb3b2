"""Running text into spans, and long formulas into lines."""

from __future__ import annotations

import pytest

from symcircuits.export import numbers
from symcircuits.export.breaking import broken, width, wrapped
from symcircuits.typeset import prose
from symcircuits.typeset.prose import Emphasis, Maths, Text


def test_markup_is_dollars_and_stars_alone() -> None:
    assert prose.read("of *all $x$ here*, $a_1$") == (
        Text("of "),
        Emphasis((Text("all "), Maths("x"), Text(" here"))),
        Text(", "),
        Maths("a_1"),
    )


@pytest.mark.parametrize("text", ["5 * 3 * 2", "a*b*c", "costs $5", "_under_ `code` #1", "**", r"\emph{x}"])
def test_anything_else_is_plain_text(text: str) -> None:
    assert prose.read(text) == (Text(text),)


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ('say "yes" now', "say “yes” now"),
        ('"yes"', "“yes”"),
        ("don't", "don’t"),
        ("dimensions 0-3", "dimensions 0–3"),
        ("AttendsTo(-1)", "AttendsTo(-1)"),
        ("lines\n  run on", "lines run on"),
    ],
)
def test_typography(typed: str, shown: str) -> None:
    assert prose.read(typed) == (Text(shown),)


def test_quotes_close_behind_mathematics_and_mathematics_is_left_alone() -> None:
    assert prose.read('"$1-2\'$"') == (Text("“"), Maths("1-2'"), Text("”"))


def test_paragraphs_are_separated_by_blank_lines() -> None:
    found = prose.paragraphs("\n    One\n    still.\n\n    Two.\n")
    assert found == ((Text("One still."),), (Text("Two."),))


def test_labels_in_names_of_behaviours_are_mathematics() -> None:
    assert prose.labelled("Copies(c_{0} -> v_{1})") == (
        Text("Copies("), Maths("c_{0}"), Text(" "), Maths(r"\to"), Text(" "), Maths("v_{1}"), Text(")"),
    )  # fmt: skip


LONG = r"\beta (a \cos(x + y) + b \sin(x - y) - \frac{c + d}{e + f})"


def test_a_long_formula_breaks_before_signs_of_the_outermost_sum() -> None:
    assert broken(LONG, room=12) == (r"\beta (a \cos(x + y)", r"+ b \sin(x - y)", r"- \frac{c + d}{e + f})")


def test_nothing_is_lost_in_breaking() -> None:
    assert " ".join(broken(LONG, room=10)) == LONG
    assert broken(LONG, room=width(LONG)) == (LONG,)


@pytest.mark.parametrize("latex", [r"\left[ a + b \right]", r"x_{a + b}", r"\begin{array}{c} a + b \end{array}"])
def test_groups_that_must_stay_whole_are_not_broken(latex: str) -> None:
    assert broken(latex, room=1) == (latex,)


def test_a_fraction_that_is_too_wide_becomes_a_quotient() -> None:
    assert broken(r"\frac{a + b + c + d}{e}", room=9) == ("(a + b + c", "+ d)", "/ e")


def test_inline_formulas_may_wrap_before_relations() -> None:
    assert wrapped(r"\alpha + \beta + \gamma = \delta") == (r"\alpha + \beta + \gamma", r"= \delta")
    assert wrapped("f(x = 1, y = 2, z = 3, w)") == ("f(x = 1, y = 2, z = 3, w)",)


@pytest.mark.parametrize(
    ("value", "latex"),
    [
        (0.0, "0"),
        (0.25, "0.25"),
        (123456.789, "123457"),
        (2.5e-9, r"2.5 \cdot 10^{-9}"),
        (1 - 2e-7, r"1 - 2 \cdot 10^{-7}"),
        (1 - 2e-16, "1"),
        (3e-16, "< 10^{-15}"),
    ],
)
def test_measured_figures(value: float, latex: str) -> None:
    assert numbers.decimal(value) == (Maths(latex),)


@pytest.mark.parametrize(("value", "latex"), [(0.0, "0"), (0.03, "0.03"), (4e-14, "< 10^{-13}"), (1e-30, "< 10^{-15}")])
def test_differences(value: float, latex: str) -> None:
    assert numbers.bound(value) == (Maths(latex),)


def test_a_figure_that_is_no_number_is_told() -> None:
    assert numbers.bound(float("nan")) == (Text("nan"),)


@pytest.mark.parametrize(("value", "latex"), [("1/10", "1/10"), ("0.25", "0.25"), ("sqrt(8)", r"2 \sqrt{2}")])
def test_bound_values(value: str, latex: str) -> None:
    assert numbers.binding(value) == (Maths(latex),)


def test_a_bound_value_that_is_no_number_is_text() -> None:
    assert numbers.equation("tokens", "at random") == (Maths(r"\mathrm{tokens}"), Text(" = at random"))


def test_runs_of_numbers_in_names_of_behaviours_are_ranges() -> None:
    assert prose.labelled("Copies(0, 1, 2, 3, 7, 8 -> 4, 5, 6)") == (
        Text("Copies(0–3, 7, 8 "), Maths(r"\to"), Text(" 4, 5, 6)"),
    )  # fmt: skip


def test_parentheses_that_grow_are_opened_where_they_must_break() -> None:
    grown = r"2 \left( \frac{a}{b} + \left( \frac{c}{d} \right) \right) x"
    assert broken(grown, room=5) == (r"2 \Bigl( \frac{a}{b}", r"+ \left( \frac{c}{d} \right) \Bigr) x")
