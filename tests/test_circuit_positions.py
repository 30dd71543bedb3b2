"""Positions: every kind moves by its shift, and says what it cannot do."""

from __future__ import annotations

import pytest
from sympy import Integer, Rational, cos, sin, symbols

from symcircuits.algebra import ExactMatrix, prove
from symcircuits.circuit import Geometric, OneHot, Sinusoids
from symcircuits.errors import BadValue
from symcircuits.symbols import alpha, lambda_, m, n, positive
from symcircuits.typeset.formulas import to_latex

j, k = symbols("j k", integer=True)


@pytest.mark.parametrize("pairs", [1, 3])
@pytest.mark.parametrize("by", [1, -2, j, m - n], ids=str)
def test_a_shift_moves_a_sinusoidal_position(pairs, by):
    position = Sinusoids(pairs)
    assert prove(position.shift(by) @ position.at(n), position.at(n + by))
    assert not prove(position.shift(by) @ position.at(n), position.at(n - by))


def test_shifts_of_sinusoids_make_a_group_of_rotations():
    position = Sinusoids(2)
    assert prove(position.shift(j) @ position.shift(k), position.shift(j + k))
    assert prove(position.shift(j).T, position.shift(-j))
    assert prove(position.shift(j).T @ position.shift(j), ExactMatrix.identity(4))
    assert position.shift(0) == ExactMatrix.identity(4)


def test_two_sinusoidal_positions_meet_in_a_cosine():
    position = Sinusoids(2)
    score = (position.at(n).T @ position.at(m)).scalar()
    assert prove(score, sum(lambda_(i) ** 2 * cos(alpha(i) * (n - m)) for i in range(2)))
    assert not prove(score, sum(lambda_(i) * cos(alpha(i) * (n - m)) for i in range(2)))


def test_a_sinusoidal_position_is_cosine_and_sine_pair_by_pair():
    column = Sinusoids(2).at(n)
    expected = [function(alpha(i) * n) * lambda_(i) for i in range(2) for function in (cos, sin)]
    assert [column[i, 0] for i in range(4)] == expected
    assert to_latex(Sinusoids(1).at(n - 1).formula) == "p(n - 1)"
    assert Sinusoids(2).axis().labels == (r"\cos_{0}", r"\sin_{0}", r"\cos_{1}", r"\sin_{1}")


def test_at_token_zero_only_cosines_are_left():
    assert Sinusoids(1).at(0).entries == {(0, 0): lambda_(0)}


def test_the_first_pairs_are_the_largest():
    assert Sinusoids(4).first(2) == Sinusoids(2)
    assert Sinusoids(2).angles == (alpha(0), alpha(1)) and Sinusoids(2).scales == (lambda_(0), lambda_(1))


def test_suggested_values_are_exact_and_fall():
    position = Sinusoids(4)
    values = position.suggested()
    assert set(values) == {*position.angles, *position.scales} == position.free_symbols
    assert all(isinstance(value, Rational) and value > 0 for value in values.values())
    for family in (position.angles, position.scales):
        numbers = [values[symbol] for symbol in family]
        assert numbers == sorted(numbers, reverse=True) and len(set(numbers)) == 4 and numbers[0] == 1


@pytest.mark.parametrize("base", [2, 100, 10**9])
def test_suggested_angles_follow_the_base(base):
    values = Sinusoids(4).suggested(base)
    for i, angle in enumerate(Sinusoids(4).angles):
        assert float(values[angle]) == pytest.approx(base ** (-i / 4), rel=5e-3)


@pytest.mark.parametrize("base", [1, 0, -5])
def test_a_base_of_the_frequencies_is_above_one(base):
    with pytest.raises(BadValue, match=f"expected a base of the frequencies above 1, got {base}"):
        Sinusoids(2).suggested(base)


@pytest.mark.parametrize("base", [Integer(10), Integer(10000), positive("b")], ids=str)
def test_geometric_frequencies_are_exact_and_move_as_sinusoids_do(base):
    position = Geometric(4, base)
    assert position.angles[0] == 1 and prove(position.angles[2] ** 2, 1 / base)
    assert position.scales == (1,) * 4 and position.free_symbols == base.free_symbols
    assert prove(position.shift(k) @ position.at(n), position.at(n + k))
    plain = dict(zip((*Sinusoids(4).angles, *Sinusoids(4).scales), (*position.angles, *position.scales), strict=True))
    assert prove(Sinusoids(4).shift(k).substitute(plain), position.shift(k))


@pytest.mark.parametrize("size", [1, 4])
def test_a_shift_moves_a_one_hot_position_inside_the_range(size):
    position = OneHot(size)
    for by in range(-size, size + 1):
        for place in range(size):
            moved = position.shift(by) @ position.at(place)
            if 0 <= place + by < size:
                assert moved == position.at(place + by)
            else:
                assert moved.entries == {}


def test_one_hot_shifts_add_where_nothing_leaves_the_range():
    position = OneHot(4)
    assert position.shift(1) @ position.shift(2) == position.shift(3)
    assert position.shift(-1) == position.shift(1).T
    assert position.shift(0) == ExactMatrix.identity(4) and position.free_symbols == set()


def test_one_hot_positions_are_orthonormal():
    position = OneHot(3)
    for a in range(3):
        for b in range(3):
            assert (position.at(a).T @ position.at(Integer(b))).scalar() == int(a == b)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Sinusoids(0), r"^expected at least one frequency pair, got 0$"),
        (lambda: Sinusoids(3).first(4), r"^expected 1 to 3 of the 3 frequency pairs, got 4$"),
        (lambda: Sinusoids(3).first(0), r"^expected 1 to 3 of the 3 frequency pairs, got 0$"),
        (lambda: Sinusoids(1).at(1.5), r"^expected an exact expression"),
        (lambda: Geometric(0), r"^expected at least one frequency pair, got 0$"),
        (lambda: Geometric(2, Integer(-2)), r"^expected a positive base of the frequencies, got -2$"),
        (lambda: OneHot(0), r"^expected at least one position, got 0$"),
        (lambda: OneHot(3).at(3), r"^expected a position from 0 to 2, got 3$"),
        (lambda: OneHot(3).at(-1), r"^expected a position from 0 to 2, got -1$"),
        (lambda: OneHot(3).at(n), r"^expected an integer for a one-hot position, got n$"),
        (lambda: OneHot(3).at(Rational(1, 2)), r"^expected an integer for a one-hot position, got 1/2$"),
        (lambda: OneHot(3).shift(n), r"^expected an integer for the shift of a one-hot position, got n$"),
    ],
    ids=lambda part: part if isinstance(part, str) else "",
)
def test_what_a_position_cannot_be_is_refused(make, message):
    with pytest.raises(BadValue, match=message):
        make()


@pytest.mark.parametrize(
    "make", [lambda: Sinusoids(2.5), lambda: OneHot(2.5), lambda: OneHot(3).at(1.5)], ids=["pairs", "size", "place"]
)
def test_numbers_that_are_not_whole_are_refused(make):
    with pytest.raises(BadValue, match="expected"):
        make()
