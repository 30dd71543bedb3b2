"""Sums of exponentials over intervals: the same function as a compiled expression, with zeros that are all found."""

from fractions import Fraction

from hypothesis import given, settings, strategies
from mpmath import mp
from sympy import Integer, Rational, Symbol, exp, sqrt

from symcircuits.algebra import threshold
from symcircuits.algebra.enclosures.ranges import RealFunction
from symcircuits.algebra.thresholds.exponentials import ExponentialSum
from symcircuits.algebra.thresholds.sum_function import SumFunction

x = Symbol("x", positive=True)
RATES = (Integer(0), Integer(-1), -sqrt(2) / 4, Rational(-7, 3))
terms = strategies.dictionaries(
    strategies.tuples(strategies.integers(0, 3).map(Integer), strategies.sampled_from(RATES)),
    strategies.integers(-9, 9).filter(bool).map(Integer),
    min_size=1,
    max_size=5,
)
fractions = strategies.fractions(0, 20, max_denominator=50)


@settings(max_examples=60)
@given(terms, strategies.integers(1, 3), fractions, fractions)
def test_values_and_derivatives_lie_in_the_enclosures(found, grade, start, width):
    total = ExponentialSum(found, x, Integer(grade))
    mine, other = SumFunction(total), RealFunction(total.expression(), x)
    for function, compiled in ((mine, other), (mine.derivative(), other.derivative())):
        low, high = function.over(start, start + width, 128)
        for at in (start, start + width / 3, start + width):
            with mp.workprec(300):
                inside = compiled.over(at, at, 256)
                assert low <= inside[1]
                assert inside[0] <= high
        fine = function.over(start, start, 256)
        exact = compiled.over(start, start, 256)
        assert fine[0] <= exact[1]
        assert exact[0] <= fine[1]


def test_the_derivative_of_a_power_of_the_symbol_in_the_exponent():
    slope = SumFunction(ExponentialSum({(Integer(1), Integer(-2)): Integer(3)}, x, Integer(2))).derivative()
    assert dict(slope.sum.terms) == {(0, -2): 3, (2, -2): -12}


def test_an_exponential_of_an_even_power_reaches_its_top_inside():
    hill = SumFunction(ExponentialSum({(Integer(0), Integer(-1)): Integer(1)}, Symbol("t"), Integer(2)))
    low, high = hill.over(Fraction(-2), Fraction(1))
    assert low < 0.02
    assert high >= 1


def test_sides_that_are_equal_at_two_are_not_called_equal():
    found = threshold(x * exp(x) > 2 * exp(x) + (x - 2) * x**3 * exp(x / 2), x, digits=8)
    assert any(point.low <= 2 <= point.high for point in found.breaks)
    assert not found.always
