"""A derivation in the terminal: statements with verdicts and reasons, matrices that fit, nothing lost in wrapping."""

from __future__ import annotations

import pytest
from rich.console import Console, Group

from symcircuits import derive
from symcircuits.cli.lines import beside, panels, sentence
from symcircuits.cli.reading import reading


def shown(id, width=100, **parameters):
    console = Console(width=width, highlight=False, markup=False, color_system=None)
    with console.capture() as captured:
        console.print(Group(*reading(derive(id, **parameters), width)), crop=False)
    return captured.get()


def test_every_statement_has_its_number_verdict_and_reason():
    text, derivation = shown("framework/2c"), derive("framework/2c")
    for number, statement in enumerate(derivation.statements, 1):
        assert f"    ({number}) proved by {statement.verdict.method}" in text
    assert "[angle addition]" in text
    assert f"{len(derivation.statements)} of {len(derivation.statements)} statements proved." in text
    assert text.rstrip().endswith("framework/2c: proved")
    assert text.startswith("framework/2c  Exercise 2(c)")
    assert "stream_pairs = 4, pairs = 2" in text


def test_formulas_are_readable_and_no_markup_is_left():
    text = shown("framework/2c")
    assert "= β (λ₀² cos(α₀ (n − 1 − m)) + λ₁² cos(α₁ (n − 1 − m)))" in text
    assert "$" not in text


@pytest.mark.parametrize("id", ["framework/1a", "framework/1c", "framework/2c"])
@pytest.mark.parametrize("width", [80, 100, 160])
def test_nothing_is_wider_than_the_terminal(id, width):
    assert max(map(len, shown(id, width).splitlines())) <= width


def test_sides_stand_beside_each_other_at_half_height():
    assert beside(["a", "=", ["1", "2", "3"]]) == ["    1", "a = 2", "    3"]
    assert beside([["1", "2"], ["3", "4", "5", "6"]]) == ["  3", "1 4", "2 5", "  6"]
    assert beside([]) == [""]


def test_relations_of_a_chain_stand_below_one_another():
    assert sentence(["score"], "=", ["a"], margin=5, width=40) == ["score = a"]
    assert sentence([], "=", ["b"], margin=5, width=40) == ["      = b"]


def test_a_long_formula_is_wrapped_and_whole():
    long = " + ".join(f"x{place}" for place in range(30))
    lines = sentence(["left"], "=", [long], margin=4, width=40)
    assert max(map(len, lines)) <= 40
    assert " ".join(" ".join(lines).split()) == f"left = {long}"


def test_a_wide_matrix_is_cut_between_blocks_with_its_labels_repeated():
    wide = ["  │ a b │ c d │ e", "──┼─────┼─────┼──", "x │ 1 2 │ 3 4 │ 5"]
    lines = sentence(["M"], "=", [wide], margin=1, width=18)
    assert lines == [
        "M =",
        "      │ a b │ c d",
        "    ──┼─────┼────",
        "    x │ 1 2 │ 3 4",
        "",
        "      │ e",
        "    ──┼──",
        "    x │ 5",
    ]
    assert panels(wide, 40) == wide


def test_a_matrix_without_blocks_is_left_as_it_is():
    assert panels(["1 2 3 4"], 3) == ["1 2 3 4"]
