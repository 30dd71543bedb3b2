"""Ranks: exact for numbers, generic for symbols, and refused where they cannot be known."""

from __future__ import annotations

import random

import pytest
from sympy import (
    Abs,
    Function,
    I,
    Integer,
    Matrix,
    Rational,
    Sum,
    Symbol,
    cos,
    exp,
    log,
    nan,
    pi,
    sin,
    sqrt,
    symbols,
    tan,
    zoo,
)

from symcircuits.algebra import ExactMatrix, rank
from symcircuits.errors import AlgebraError, OutsideClass

x, y, z = symbols("x y z")
r = Symbol("r", real=True)
n, m, k = symbols("n m k", integer=True)
f = Function("f")
half = Rational(1, 2)
cube_root = Integer(2) ** Rational(1, 3)


def rank_of(rows) -> int:
    return ExactMatrix.from_rows(rows).rank()


KNOWN = {
    "empty": ([[0, 0], [0, 0]], 0),
    "identity": ([[1, 0], [0, 1]], 2),
    "outer product": ([[1, 2], [2, 4]], 1),
    "fractions": ([[half, Rational(1, 3)], [3, 2]], 1),
    "rotation": ([[cos(x), -sin(x)], [sin(x), cos(x)]], 2),
    "projection": ([[cos(x) ** 2, cos(x) * sin(x)], [cos(x) * sin(x), sin(x) ** 2]], 1),
    "hidden zero": ([[cos(x) * cos(y) - sin(x) * sin(y) - cos(x + y)]], 0),
    "hidden zero with a tangent": ([[tan(x) * cos(x) - sin(x), 0]], 0),
    "Vandermonde": ([[1, x, x**2], [1, y, y**2], [1, z, z**2]], 3),
    "symbolic outer product": ([[x * y, x * z], [y**2, y * z]], 1),
    "roots": ([[sqrt(2), 2], [1, sqrt(2)]], 1),
    "root of a symbol": ([[sqrt(x), x], [1, sqrt(x)]], 1),
    "imaginary unit": ([[I, -1], [1, I]], 1),
    "Euler's number": ([[exp(1), exp(2)], [1, exp(1)]], 1),
    "exponentials": ([[exp(x), exp(x + y)], [1, exp(y)]], 1),
    "wide": ([[x, 1, 0, y], [2 * x, 2, 0, 2 * y]], 1),
    "quotients": ([[1 / (x + 1), 1], [1, x + 1]], 1),
}


@pytest.mark.parametrize("name", KNOWN)
def test_known_ranks(name):
    rows, expected = KNOWN[name]
    assert rank_of(rows) == expected


RELATED = {
    "functions": ([[f(x), f(y)], [f(y), f(x)]], 2),
    "cube root of two": ([[cube_root, 2], [1, cube_root**2]], 1),
    "cube root of a symbol": ([[x ** Rational(1, 3), x], [1, x ** Rational(2, 3)]], 1),
    "root of a sum": ([[sqrt(x**2 + 2), x**2 + 2], [1, sqrt(x**2 + 2)]], 1),
    "nested roots": ([[sqrt(1 + sqrt(2)), 1 + sqrt(2)], [1, sqrt(1 + sqrt(2))]], 1),
    "root of minus": ([[sqrt(-x), x], [-1, sqrt(-x)]], 1),
    "seventh turns": ([[cos(pi / 7) - cos(2 * pi / 7) + cos(3 * pi / 7) - half]], 0),
    "logarithms": ([[log(6) - log(2) - log(3)]], 0),
    "signs": ([[1 + (-1) ** n, 0], [0, 1 - (-1) ** n]], 1),
    "signs as exponentials": ([[1 + exp(I * pi * n, evaluate=False), 0], [0, 1 - exp(I * pi * n, evaluate=False)]], 1),
    "quarter turns": ([[sin(pi * n / 2) * cos(pi * n / 2)]], 0),
    "sum of integers": ([[Sum(k, (k, 1, n)) - n * (n + 1) / 2]], 0),
    "absolute value": ([[Abs(x * y) - Abs(x) * Abs(y, evaluate=False)]], 0),
    "a symbol that is zero": ([[Symbol("z", zero=True)]], 0),
}


@pytest.mark.parametrize("name", RELATED)
def test_entries_with_hidden_relations_are_ranked_rightly_or_refused(name):
    rows, expected = RELATED[name]
    try:
        found = rank_of(rows)
    except AlgebraError:
        return
    assert found == expected


@pytest.mark.parametrize("entry", [nan, zoo], ids=str)
def test_what_is_undefined_has_no_rank(entry):
    with pytest.raises(OutsideClass, match="outside the class"):
        rank_of([[entry, x]])


def test_what_does_not_commute_has_no_rank():
    a, b = symbols("a b", commutative=False)
    with pytest.raises(OutsideClass, match="does not commute"):
        rank_of([[a * b]])


def test_deep_nesting_is_a_limit_and_no_crash():
    expression = x
    for _ in range(3000):
        expression = (expression * y).func(expression, y, evaluate=False) + 1
    with pytest.raises(AlgebraError, match="deep"):
        rank((1, 1), {(0, 0): expression})


@pytest.mark.parametrize("seed", range(5))
def test_random_rational_ranks_agree_with_sympy(seed):
    chance = random.Random(seed)
    inner = chance.randint(1, 3)
    left, right = ([[chance.randint(-2, 2) for _ in range(w)] for _ in range(h)] for h, w in ((5, inner), (inner, 6)))
    product = Matrix(left) * Matrix(right)
    assert ExactMatrix.from_sympy(product).rank() == product.rank()
    assert (ExactMatrix.from_rows(left) @ ExactMatrix.from_rows(right)).T.rank() == product.rank()


@pytest.mark.parametrize("seed", range(5))
def test_a_rank_does_not_change_under_rotation_and_scaling(seed):
    chance = random.Random(seed)
    rows = [[chance.randint(-1, 1) for _ in range(4)] for _ in range(2)]
    turn = ExactMatrix.from_rows([[cos(x), -sin(x)], [sin(x), cos(x)]]) * (1 + y)
    assert (turn @ ExactMatrix.from_rows(rows)).rank() == Matrix(rows).rank()


def test_large_sparse_matrices_are_ranked_without_their_zeros():
    entries = {(i, (7 * i) % 1024): Integer(1) for i in range(64)}
    assert rank((1024, 1024), entries) == 64
    assert rank((1024, 1024), {place: x * value for place, value in entries.items()}) == 64
    assert rank((1024, 1024), {}) == 0


@pytest.mark.parametrize("size", range(2, 7))
def test_a_full_rank_is_seen_at_a_point_and_a_smaller_one_is_not_taken_for_it(size):
    x = [[Symbol(f"x_{i}{j}") for j in range(size + 1)] for i in range(size)]
    full = {(i, j): x[i][j] for i in range(size) for j in range(size + 1)}
    poor = full | {(size - 1, j): Symbol("t") * x[0][j] for j in range(size + 1)}
    assert rank((size, size + 1), full) == size
    assert rank((size, size + 1), poor) == size - 1
