"""Ranges of a sweep: what they read as, and what is refused."""

import numpy as np
import pytest
from hypothesis import given, strategies
from sympy import Rational

from symcircuits.errors import BadValue
from symcircuits.sweeps.grid import Axis, check_size, numbers, read_range, whole_numbers


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("lin(-1, 1, 3)", [-1, 0, 1]),
        ("geom(1/10, 1e3, 5)", [0.1, 1, 10, 100, 1000]),
        ("8:64:28", [8, 36, 64]),
        ("2:4", [2, 3, 4]),
        ("8:20:8", [8, 16]),
        ("1/2, sqrt(4), 1e1", [0.5, 2, 10]),
        ("7", [7]),
        ([1, 2.5], [1, 2.5]),
        (np.array([3, 1]), [3, 1]),
        ([Rational(1, 4)], [0.25]),
    ],
)
def test_a_range_has_these_values(text, expected):
    np.testing.assert_allclose(numbers(read_range(text), "beta"), expected, rtol=1e-15)


@given(strategies.floats(1e-6, 1e3), strategies.floats(1.001, 1e6), strategies.integers(2, 60))
def test_a_geometric_range_keeps_its_ends_and_its_ratio(low, ratio, count):
    high = low * ratio
    values = read_range(f"geom({low!r}, {high!r}, {count})").values
    assert (values[0], values[-1], len(values)) == (low, high, count)
    np.testing.assert_allclose(values[1:] / values[:-1], ratio ** (1 / (count - 1)), rtol=1e-12)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "beta: expected at least one value, got an empty range"),
        ([], "beta: expected at least one value, got an empty range"),
        ("1,,2", "beta: expected values with commas between them"),
        ("5:1", "beta: 5:1 is empty; expected a first value up to the last"),
        ("1:5:0", "beta: 1:5:0 is empty; expected .* a positive step"),
        ("lin(1, 0, 5)", r"beta: lin\(1, 0, 5\) does not rise"),
        ("lin(1, 1, 5)", r"beta: lin\(1, 1, 5\) does not rise"),
        ("geom(0, 1, 3)", r"beta: geom\(0, 1, 3\) goes through zero; expected two positive ends"),
        ("geom(-1, 1, 3)", r"beta: geom\(-1, 1, 3\) goes through zero"),
        ("lin(0, 1)", r"beta: expected lin\(first, last, count\)"),
        ("lin(0, 1, 1)", "beta: expected 2 to 100000000 points"),
        ("lin(0, 1, 1e12)", "beta: expected 2 to 100000000 points"),
        ("1:1e12", "beta: 1:1e12 has more than 100000000 points"),
        ("lin(1, 1 + 1e-15, 50)", "beta: the points are closer together than floats are"),
        ("gom(1, 10, 4)", "beta: unknown range 'gom'; nearest: geom"),
        ("1, 1", "beta: 1 is there twice"),
        ("1, 2/2", "beta: a value is there twice"),
        ("__import__('os')", "beta: cannot read"),
        ([float("nan")], "beta: expected finite numbers, got nan"),
    ],
)
def test_a_range_that_cannot_be_used_is_told(text, message):
    with pytest.raises(BadValue, match=message):
        numbers(read_range(text, "beta"), "beta")


def test_whole_numbers_are_whole():
    assert whole_numbers(read_range("8, 64"), "n_ctx").tolist() == [8, 64]
    with pytest.raises(BadValue, match="n_ctx: expected whole numbers, got 2.5"):
        whole_numbers(read_range("2, 5/2"), "n_ctx")


def test_a_grid_beyond_the_limit_is_asked_for_twice():
    axes = [Axis(name, "symbol", np.arange(4000.0)) for name in ("beta", "Lg")]
    with pytest.raises(BadValue, match="4000 beta x 4000 Lg are 16000000 points, 0.1 GiB .* the limit without --yes"):
        check_size(axes, 1, yes=False)
    assert check_size(axes, 1, yes=True) == 16_000_000
    few = [Axis("beta", "symbol", np.arange(9_000_000.0))]
    with pytest.raises(BadValue, match="9000000 beta are 9000000 points, 2.0 GiB of results; the limit without --yes"):
        check_size(few, 30, yes=False)
    assert check_size(few, 29, yes=False) == check_size(few, 30, yes=True) == 9_000_000
