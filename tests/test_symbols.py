"""The symbols: one of each, with the assumptions, the LaTeX and the place that everything else relies on."""

from __future__ import annotations

import pytest
from sympy import Symbol, sqrt

from symcircuits import symbols
from symcircuits.symbols import (
    Lg,
    alpha,
    beta,
    beta_,
    coordinate,
    integer,
    lambda_,
    latex_of,
    m,
    meaning_of,
    n,
    natural,
    order_of,
    positive,
)

KINDS = {
    "beta": (beta, "positive"),
    "Lg": (Lg, "positive"),
    "beta_1": (beta_(1), "positive"),
    "lambda_3": (lambda_(3), "positive"),
    "alpha_2": (alpha(2), "real"),
    "n": (n, "integer"),
    "m": (m, "integer"),
    "j": (integer("j"), "integer"),
    "P": (natural("P"), "integer"),
    "Z": (positive("Z"), "positive"),
    "c_0^(n)": (coordinate("c", 0, "n"), "real"),
}


@pytest.mark.parametrize("name", KINDS)
def test_a_symbol_has_its_name_and_what_is_assumed_of_it(name):
    symbol, kind = KINDS[name]
    assert symbol.name == name
    assert getattr(symbol, f"is_{kind}") is True
    assert latex_of(symbol) and meaning_of(symbol)


def test_nothing_more_is_assumed_than_holds():
    assert alpha(0).is_positive is None and alpha(0).is_nonzero is None
    assert n.is_positive is None and m.is_nonzero is None
    assert integer("j").is_nonnegative is None
    assert coordinate("c", 0, "n").is_nonzero is None
    assert natural("P").is_positive is True


@pytest.mark.parametrize(
    "make", [lambda: beta_(2), lambda: alpha(1), lambda: lambda_(1), lambda: coordinate("v", 2, "m")]
)
def test_made_twice_it_is_the_same_symbol(make):
    assert make() is make()


def test_a_symbol_from_elsewhere_is_another_one_and_has_no_entry():
    stranger = Symbol("beta")
    assert stranger != beta
    assert latex_of(stranger) is None and meaning_of(stranger) is None


def test_indices_by_name_are_the_indices():
    assert integer("n") is n and integer("m") is m


def test_latex_says_the_position_of_a_coordinate():
    assert latex_of(coordinate("c", 3, "n - 1")) == "c_{3}^{(n - 1)}"
    assert latex_of(coordinate("content", 0, "m", r"\mathrm{cont}")) == r"\mathrm{cont}_{0}^{(m)}"
    assert latex_of(Lg) == r"\mathit{Lg}"


def test_products_are_printed_scales_first_and_indices_last():
    order = [beta, beta_(1), Lg, lambda_(0), lambda_(1), alpha(0), alpha(1), coordinate("c", 0, "n"), Symbol("q"), n, m]
    assert sorted(order, key=order_of) == order
    assert order_of(natural("P")) < order_of(n)


def test_positive_magnitudes_come_out_of_roots():
    assert sqrt(lambda_(0) ** 2) is lambda_(0)
    assert sqrt(alpha(0) ** 2) is not alpha(0)


def test_the_place_of_a_symbol_does_not_depend_on_who_made_it_first():
    strangers = [Symbol("w_7", integer=True), Symbol("w_8", integer=True, positive=True), Symbol("w_9", positive=True)]
    before = [symbols.order_of(symbol) for symbol in strangers]
    made = [symbols.integer("w_7"), symbols.natural("w_8"), symbols.positive("w_9")]
    assert made == strangers and [symbols.order_of(symbol) for symbol in made] == before
    assert symbols.order_of(Symbol("alpha_91", real=True)) == symbols.order_of(symbols.alpha(91))
    assert symbols.order_of(Symbol("alpha_92")) != symbols.order_of(symbols.alpha(92))


def test_entries_of_any_matrix_are_real_and_told_apart():
    made = [symbols.weight(letter, i, j) for letter in "qk" for i in range(10) for j in range(10)]
    assert len(set(made)) == 200 and all(symbol.is_real and symbol.is_positive is None for symbol in made)
    assert {latex_of(symbol) for symbol in made} >= {"q_{00}", "k_{99}"}
    with pytest.raises(ValueError, match=r"^expected an entry from \(0, 0\) to \(9, 9\), got \(1, 10\)$"):
        symbols.weight("q", 1, 10)


def test_a_real_symbol_may_be_negative():
    theta = symbols.real("theta_test", "an angle", r"\theta")
    assert theta.is_real and theta.is_positive is None and latex_of(theta) == r"\theta"
    assert meaning_of(theta) == "an angle"
