"""Inequalities for every integer of a range, at numbers: stated, decided one by one, and told."""

from __future__ import annotations

import pytest
from sympy import Integer, Rational, Symbol, cos, pi

from symcircuits import Work
from symcircuits.algebra import Proved, Refuted
from symcircuits.errors import BadValue
from symcircuits.symbols import alpha, beta, integer
from symcircuits.worked import Statement
from symcircuits.worked.bounds import prove_bound, scope, told

k = integer("k")
GAP = 1 - cos(alpha(0) * k)
AT = {alpha(0): Integer(1)}


@pytest.fixture
def work():
    return Work("mine/bounds", "Bounds")


def test_each_integer_is_decided_by_itself(work):
    least = 1 - cos(alpha(0) * 44)
    assert work.at_least(GAP, least, over=(k, range(1, 63)), at=AT)
    assert not work.at_least(GAP, least, over=(k, range(0, 63)), at=AT)
    assert not work.at_least(GAP, least + Rational(1, 10**6), over=(k, range(1, 63)), at=AT)
    assert work.at_most(GAP, 2, over=(k, range(1, 63)), at=AT)
    assert not work.at_most(GAP, Rational(19, 10), over=(k, range(1, 63)), at=AT)


def test_the_verdict_says_whether_the_bound_is_reached():
    reached = prove_bound(GAP, 1 - cos(alpha(0) * 44), (k, range(1, 63)), AT)
    assert isinstance(reached, Proved) and reached.equality_at is None
    assert reached.method == "enclosures of all 62 values"
    assert prove_bound(GAP, 0, (k, range(1, 63)), AT).equality_at == ()


def test_a_witness_names_the_integer(work):
    refuted = work.at_least(GAP, Rational(1, 2), over=(k, range(1, 63)), at=AT)
    assert isinstance(refuted, Refuted) and refuted.witness[k] == 1
    turned = work.at_most(GAP, Rational(3, 2), over=(k, range(1, 63)), at=AT)
    assert isinstance(turned, Refuted) and float(turned.witness.left_value) > -1e-9


def test_numbers_without_a_range(work):
    assert work.at_least(cos(alpha(0)), Rational(54, 100), at=AT)
    assert not work.at_least(cos(alpha(0)), Rational(55, 100), at=AT)
    assert work.at_most(beta * cos(alpha(0)), beta, at=AT)


def test_the_conditions_are_told(work):
    work.at_least(GAP, 0, given="a context", over=(k, range(1, 9)), at={alpha(0): 2 * pi / 7})
    step = work.finish().steps[-1]
    assert isinstance(step, Statement)
    assert step.given == "a context, $k = 1, \\ldots, 8$, $\\alpha_{0} = \\frac{2 \\pi}{7}$"
    assert scope("", None, None) == "" and scope("", None, {}) == "" and told({}) == ""


def test_a_symbol_without_a_number_is_refused(work):
    with pytest.raises(BadValue, match=r"^expected an exact number for every symbol but k, got none for alpha_0$"):
        work.at_least(GAP, 0, over=(k, range(1, 9)))
    with pytest.raises(BadValue, match=r"^expected 1 to 20000 integers, got 0$"):
        prove_bound(Symbol("k"), 0, (Symbol("k"), range(0)), {})
    with pytest.raises(BadValue, match=r"^expected a range with an integer in it for k, got range\(4, 4\)$"):
        work.at_least(GAP, 0, over=(k, range(4, 4)), at=AT)
