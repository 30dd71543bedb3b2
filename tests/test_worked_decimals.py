"""Rows of rounded numbers: right to the last digit shown, or further, and refuted where one digit is wrong."""

from __future__ import annotations

import pytest
from sympy import Rational, Symbol, cos, exp, sin, sqrt

from symcircuits.algebra import Proved, Refuted, Undecided
from symcircuits.errors import BadValue
from symcircuits.worked import RoundedRow, Work


@pytest.mark.parametrize(
    ("value", "decimal"), [(exp(1), "2.72"), (-sqrt(2), "-1.4142"), (exp(-10), "0.00005"), (Rational(1, 2), "0.5")]
)
def test_a_number_rounds_to_its_decimal_and_to_no_neighbour(value, decimal):
    places = len(decimal.partition(".")[2])
    assert RoundedRow((), (value,), (decimal,)).prove() == Proved("enclosures, within half a unit")
    for step in (1, -1):
        other = f"{float(decimal) + step * 10**-places:.{places}f}"
        assert isinstance(RoundedRow((), (value,), (other,)).prove(), Refuted)


def test_more_places_than_are_shown():
    value = Rational(1, 2) - exp(-100)
    assert RoundedRow((), (value,), ("0.5",), places=43).prove()
    found = RoundedRow((), (value,), ("0.5",), places=44).prove()
    assert isinstance(found, Refuted) and found.witness.right == Rational(1, 2)


def test_a_half_may_be_rounded_either_way():
    assert all(RoundedRow((), (Rational(5, 2),), (decimal,)).prove() for decimal in ("2", "3"))


def test_a_number_that_is_not_decided_is_no_right_row():
    q = Symbol("q", real=True)
    near = Rational(1, 2) + sin(q) ** 4 * cos(q) ** 6 * sin(3 * q) ** 2 * sin(exp(q)) ** 2 / 1000
    row = RoundedRow((), (near,), ("0.5",)).prove()
    assert not row and isinstance(row, Undecided)


def test_what_is_told_stands_first_and_one_wrong_number_refutes_the_row():
    row = RoundedRow(("e",), (exp(1), exp(2)), ("2.7", "7.3"))
    assert row.cells() == ("e", "$2.7$", "$7.3$")
    assert isinstance(row.prove(), Refuted) and row.prove().witness.left == exp(2)


def test_a_symbol_without_a_value_is_not_decided():
    work = Work("mine/rounded", "Rounded")
    assert not work.table("x", ("$x$",), [RoundedRow((), (Symbol("x", real=True),), ("1",))])


@pytest.mark.parametrize(
    ("values", "decimals", "places", "message"),
    [
        ((), (), None, "expected a decimal for each value, at least one, got 0 for 0"),
        ((exp(1),), ("2", "3"), None, "got 2 for 1"),
        ((exp(1),), ("2.718",), 2, "expected decimals of at most 2 places, got 2.718"),
        ((exp(1),), ("two",), None, "two"),
    ],
)
def test_what_is_no_row_of_decimals_is_refused(values, decimals, places, message):
    with pytest.raises(BadValue, match=message):
        RoundedRow((), values, decimals, places)
