"""Roots of unity: sums of cosines of fractions of a turn, and quarter turns of integers."""

from __future__ import annotations

import pytest
from algebra_oracle import confirm
from sympy import Integer, Rational, Symbol, cos, pi, sin

from symcircuits.algebra import Proved, prove

n = Symbol("n", integer=True)
r = Symbol("r", real=True)
half = Rational(1, 2)
seventh = cos(pi / 7) - cos(2 * pi / 7) + cos(3 * pi / 7)

EQUAL = {
    "seventh turns": (seventh, half),
    "whole turns are left out": (cos(2 * pi / 7), cos(16 * pi / 7, evaluate=False)),
    "all eleventh turns": (sum(cos(2 * pi * k / 11) for k in range(11)), Integer(0)),
    "addition of a seventh": (cos(r + 2 * pi / 7), cos(r) * cos(2 * pi / 7) - sin(r) * sin(2 * pi / 7)),
    "quarter turns of an integer": (sin(pi * n / 2) * cos(pi * n / 2), Integer(0)),
    "sixth turns of an integer": (cos(pi * n / 3) ** 2, half + cos(2 * pi * n / 3) / 2),
    "eighth turns of an integer come back": (cos(pi * (n + 16) / 8), cos(pi * n / 8)),
}
DIFFERENT = {
    "another sum of seventh turns": (seventh, Rational(1, 3)),
    "a sign": (cos(pi / 7) + cos(2 * pi / 7) + cos(3 * pi / 7), half),
    "one eleventh turn less": (sum(cos(2 * pi * k / 11) for k in range(10)), Integer(0)),
    "half turns only": (sin(pi * n / 2), Integer(0)),
    "no integer": (sin(pi * r / 2) * cos(pi * r / 2), Integer(0)),
    "eighth turns shifted by half": (cos(pi * (n + 8) / 8), cos(pi * n / 8)),
}


@pytest.mark.parametrize("name", EQUAL)
def test_what_roots_of_unity_make_equal_is_proved(name):
    left, right = EQUAL[name]
    assert prove(left, right) and prove(right, left)


@pytest.mark.parametrize("name", DIFFERENT)
def test_what_they_do_not_is_refuted(name):
    left, right = DIFFERENT[name]
    witness = confirm(prove(left, right), left, right)
    assert witness.left_value != witness.right_value


def test_dividing_by_a_hidden_zero_proves_nothing():
    assert not isinstance(prove(1 / (seventh - half), 2 / (seventh - half)), Proved)
