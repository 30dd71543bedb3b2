"""Traces, determinants, characteristic polynomials and Frobenius norms: by hand, against SymPy, and with both kinds of
polynomials."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import (
    Abs,
    E,
    Function,
    I,
    Integer,
    Matrix,
    Poly,
    Rational,
    S,
    Sum,
    Symbol,
    cos,
    diag,
    exp,
    eye,
    log,
    nan,
    pi,
    sin,
    sqrt,
    symbols,
    tan,
)

from symcircuits.algebra import ExactMatrix, Factored, Refuted, prove
from symcircuits.algebra.invariants import polynomials as choice
from symcircuits.algebra.invariants.perfect_squares import perfect_square_root
from symcircuits.algebra.invariants.polynomials import SymPyRings, default_backend, polynomials
from symcircuits.errors import AlgebraError, BadValue, BudgetSpent, NotSupported, OutsideClass, ShapeMismatch

x, y, z = symbols("x y z")
a, b = symbols("a b", real=True)
t = Symbol("t", positive=True)
n, k = symbols("n k", integer=True)
half = Rational(1, 2)


@pytest.fixture(params=["as installed", "SymPy"], autouse=True)
def backend(request, monkeypatch):
    if request.param == "SymPy":
        monkeypatch.setattr(choice, "default_backend", lambda: SymPyRings)
    return request.param


def matrix(rows) -> ExactMatrix:
    return ExactMatrix.from_sympy(Matrix(rows))


def turn(angle, scale=1) -> Matrix:
    return scale * Matrix([[cos(angle), -sin(angle)], [sin(angle), cos(angle)]])


def equal(left, right) -> bool:
    return bool(prove(left, right))


MATRICES = {
    "one by one": [[y]],
    "numbers": [[1, 2, 3], [0, half, 5], [7, -1, 0]],
    "symbols": [[y, z], [z, y]],
    "rotation": turn(a),
    "two rotations": turn(a, t) * turn(b, 2),
    "sum of rotations": turn(a) + turn(b, t),
    "roots": [[sqrt(2), 1 / (1 + sqrt(3))], [1, sqrt(6)]],
    "root of a symbol": [[sqrt(y), y], [1, 1 / sqrt(y)]],
    "complex": [[I, 1 + I * y], [2, -I]],
    "quotients": [[1 / (y + 1), y], [z / (y - 1), 1]],
    "tangents": [[tan(a), 1], [1, 1 / cos(a)]],
    "exponentials": [[exp(y), exp(-y)], [exp(t * cos(a)), E]],
    "triangular": [[y, 1, 2], [0, z, 3], [0, 0, y]],
    "nilpotent": [[0, y], [0, 0]],
    "permutation": [[0, 1, 0], [0, 0, 1], [1, 0, 0]],
    "blocks": diag(turn(a), turn(a), Matrix([[5]])),
    "outside": [[log(y), Abs(z)], [1, log(y)]],
    "nested roots": [[sqrt(1 + sqrt(2)), 1], [y, sqrt(1 + sqrt(2))]],
    "turns": [[cos(pi / 7), 1], [sin(pi / 7), 2]],
    "signs": [[(-1) ** n, 1], [1, (-1) ** n]],
}


@pytest.mark.parametrize("name", MATRICES)
def test_invariants_agree_with_sympy(name):
    given_ = Matrix(MATRICES[name])
    ours, coefficients = matrix(given_).characteristic_polynomial(x), given_.charpoly(x).as_expr()
    assert equal(ours, coefficients)
    assert isinstance(prove(ours + 1, coefficients), Refuted)
    assert equal(matrix(given_).determinant(), given_.det())
    assert equal(matrix(given_).trace(), given_.trace())


def test_functions_of_which_nothing_is_known_are_carried_along():
    f, g = Function("f")(y), Function("g")(z)
    assert matrix([[f, 1], [2, g]]).determinant() == f * g - 2


READABLE = {
    "rotation": (turn(a), x**2 - 2 * x * cos(a) + 1, 1),
    "product of rotations": (turn(a) * turn(b), x**2 - 2 * x * cos(a + b) + 1, 1),
    "equal blocks": (diag(turn(a), turn(a)), (x**2 - 2 * x * cos(a) + 1) ** 2, 1),
    "diagonal": (diag(y, y, 2), (x - y) ** 2 * (x - 2), 2 * y**2),
    "hidden zeros": ([[y, sin(a) ** 2 + cos(a) ** 2 - 1], [3, z]], (x - y) * (x - z), y * z),
    "nothing": (Matrix.zeros(3, 3), x**3, 0),
}


@pytest.mark.parametrize("name", READABLE)
def test_invariants_come_out_readable(name):
    given_, polynomial, determinant = READABLE[name]
    assert matrix(given_).characteristic_polynomial(x) == polynomial
    assert matrix(given_).determinant() == determinant


def test_the_empty_matrix_has_the_empty_product():
    assert ExactMatrix((0, 0), {}).determinant() == ExactMatrix((0, 0), {}).characteristic_polynomial(x) == 1


NORMS = {
    "numbers": ([[3, 4]], 5),
    "rotation": (turn(a, t), sqrt(2) * t),
    "sign unknown": ([[a, a]], sqrt(2) * Abs(a)),
    "complex": ([[1, I], [exp(I * a), 1 + I]], sqrt(5)),
    "half angle": ([[1 + cos(a), sin(a)]], 2 * Abs(cos(a / 2))),
    "a square": ([[t, 2 * sqrt(t), 2]], sqrt(t**2 + 4 * t + 4)),
    "a sum": ([[a, b]], sqrt(a**2 + b**2)),
    "a factor": ([[a * b, a]], Abs(a) * sqrt(b**2 + 1)),
    "a wave in an exponent": ([[exp(t * cos(a))]], exp(t * cos(a))),
    "nothing": ([[0, 0]], 0),
}


@pytest.mark.parametrize("name", NORMS)
def test_norms_by_hand(name):
    rows, norm = NORMS[name]
    found = matrix(rows).frobenius_norm()
    assert found.is_nonnegative is not False
    assert equal(found**2, norm**2)
    assert isinstance(prove(found**2 + 1, norm**2), Refuted)
    if name != "a square":
        assert found == norm


entries = st.sampled_from([S.Zero, S.One, Integer(-2), half, y, a * t, cos(a), sin(a) / 2, sqrt(2), I * y])
sizes = st.integers(1, 3)
integers = st.integers(-4, 4)
few = settings(max_examples=25, derandomize=True)


def square(values, size):
    return st.lists(values, min_size=size * size, max_size=size * size).map(lambda cells: Matrix(size, size, cells))


@few
@given(sizes.flatmap(lambda size: square(entries, size)))
def test_random_matrices_agree_with_sympy(given_):
    shifted = x * eye(given_.rows) - given_
    assert equal(matrix(given_).characteristic_polynomial(x), shifted.det(method="berkowitz"))
    assert equal(matrix(given_).determinant(), given_.det(method="berkowitz"))


@few
@given(square(st.fractions(-3, 3, max_denominator=4).map(lambda q: Rational(q.numerator, q.denominator)), 5))
def test_random_rational_matrices_agree_with_sympy(given_):
    assert Poly(matrix(given_).characteristic_polynomial(x), x) == Poly(given_.charpoly(x).as_expr(), x)


@few
@given(square(entries, 3), square(integers, 3), square(integers, 3))
def test_a_characteristic_polynomial_does_not_change_under_similarity(given_, lower, upper):
    change = Matrix(3, 3, lambda i, j: lower[i, j] if i > j else int(i == j))
    change = change * Matrix(3, 3, lambda i, j: upper[i, j] if i < j else int(i == j))
    moved = change * given_ * change.inv()
    assert equal(matrix(moved).characteristic_polynomial(x), matrix(given_).characteristic_polynomial(x))


@few
@given(square(entries.filter(lambda entry: entry != I * y and entry != y), 2), st.sampled_from([a, 2 * a - b, pi / 5]))
def test_a_norm_does_not_change_under_rotation(given_, angle):
    assert equal(matrix(turn(angle) * given_).frobenius_norm() ** 2, matrix(given_).frobenius_norm() ** 2)


def factored(left, right) -> Factored:
    return Factored(matrix(left), matrix(right))


PRODUCTS = {
    "thin": ([[y, 0], [1, 2], [0, a]], [[1, 0, z], [0, cos(a), 1]]),
    "wide": ([[y, 1, sin(a)]], [[1], [2], [y]]),
    "square": (turn(a), [[1, y], [0, t]]),
    "denominators": ([[1 / (y + 1)], [half]], [[y, 1 / y]]),
    "low rank": ([[1, 1], [2, 2], [0, 0]], [[1, 0, 1], [1, y, 0]]),
}


@pytest.mark.parametrize("name", PRODUCTS)
def test_products_have_the_invariants_of_what_they_multiply_out_to(name):
    left, right = (Matrix(rows) for rows in PRODUCTS[name])
    product, whole = factored(left, right), left * right
    assert equal(product.characteristic_polynomial(x), whole.charpoly(x).as_expr())
    assert equal(product.determinant(), whole.det())
    assert equal(product.trace(), whole.trace())
    assert product.rank() == matrix(whole).rank()


def test_norms_of_products_need_their_small_factors_only():
    left, right = Matrix([[t, I], [1, 2], [0, a]]), Matrix([[1, 0, b], [0, cos(a), 1]])
    assert equal(factored(left, right).frobenius_norm() ** 2, matrix(left * right).frobenius_norm() ** 2)


def test_a_large_product_with_a_small_inner_dimension_is_cheap():
    started = time.monotonic()
    left = ExactMatrix.from_entries((1024, 4), {(i, i % 4): t if i % 2 else cos(a) for i in range(1024)})
    product = Factored(left, left.T)
    cosines, scales = 256 * cos(a) ** 2, 256 * t**2
    assert equal(product.characteristic_polynomial(x), x**1020 * (x - cosines) ** 2 * (x - scales) ** 2)
    assert product.determinant() == 0
    assert product.rank() == 4
    assert equal(product.trace(), 2 * cosines + 2 * scales)
    assert equal(product.frobenius_norm() ** 2, 2 * cosines**2 + 2 * scales**2)
    assert time.monotonic() - started < 20  # multiplied out it would be a million entries


BAD = {
    "trace of a wide matrix": (lambda: matrix([[1, 2]]).trace(), ShapeMismatch, "a trace needs a square .* 1 by 2"),
    "trace of a wide product": (lambda: factored([[1]], [[1, 2]]).trace(), ShapeMismatch, "a trace .* 1 by 2"),
    "determinant": (lambda: matrix([[1], [2]]).determinant(), ShapeMismatch, "a determinant .* got 2 by 1"),
    "determinant of a product": (lambda: factored([[1]], [[1, 2]]).determinant(), ShapeMismatch, "got 1 by 2"),
    "polynomial": (
        lambda: matrix([[1, 2]]).characteristic_polynomial(x),
        ShapeMismatch,
        "a characteristic polynomial needs a square matrix, got 1 by 2",
    ),
    "its symbol occurs": (lambda: matrix([[x]]).characteristic_polynomial(x), BadValue, "x, occurs in the matrix"),
    "in a factor": (lambda: factored([[1]], [[x]]).characteristic_polynomial(x), BadValue, "x, occurs in the matrix"),
    "no symbol": (lambda: matrix([[1]]).characteristic_polynomial(x + 1), BadValue, r"expected a symbol .* x \+ 1"),
    "norm of a symbol": (lambda: matrix([[y]]).frobenius_norm(), OutsideClass, "known to be real.* y is not"),
    "norm of a root": (lambda: matrix([[sqrt(a)]]).frobenius_norm(), OutsideClass, r"sqrt\(a\) is not"),
    "norm of a function": (lambda: matrix([[Function("f")(a)]]).frobenius_norm(), OutsideClass, r"f\(a\) is not"),
    "norm of a logarithm": (lambda: matrix([[log(a)]]).frobenius_norm(), OutsideClass, r"log\(a\) is not"),
    "undefined": (lambda: matrix([[nan]]).determinant(), OutsideClass, "outside the class"),
    "divided by zero": (
        lambda: matrix([[1 / (cos(pi / 7) - cos(2 * pi / 7) + cos(3 * pi / 7) - half)]]).determinant(),
        OutsideClass,
        "divides by something that a fraction of a turn may make zero",
    ),
    "divided by a hidden zero": (
        lambda: matrix([[1 / (log(6) - log(2) - log(3)), 0], [0, 1]]).determinant(),
        OutsideClass,
        r"divides by something that log\(\d\) may make zero",
    ),
    "a sum": (
        lambda: matrix([[Sum(cos(k * a), (k, 1, n)), 1], [1, 1]]).determinant(),
        NotSupported,
        "a sum with symbolic bounds",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_done_is_told_in_a_line(name):
    ask, kind, told = BAD[name]
    with pytest.raises(kind, match=told):
        ask()


def test_what_is_too_large_spends_its_budget():
    generic = matrix(Matrix(9, 9, lambda i, j: Symbol(f"m_{i}_{j}")))
    with pytest.raises(BudgetSpent, match="more than 3000 terms"):
        generic.characteristic_polynomial(x)
    fractions = matrix(Matrix(6, 6, lambda i, j: 1 / (Symbol(f"r_{i}") + Symbol(f"s_{j}"))))
    with pytest.raises(BudgetSpent, match="common denominator"):
        fractions.determinant()


def test_deep_nesting_is_a_limit_and_no_crash():
    expression = y
    for _ in range(3000):
        expression = (expression * z).func(expression, z, evaluate=False) + 1
    with pytest.raises(AlgebraError, match="deep"):
        ExactMatrix((1, 1), {(0, 0): expression}).determinant()


@pytest.mark.parametrize("made", [SymPyRings, "flint"], ids=["SymPy", "flint"])
def test_both_kinds_of_polynomials_do_the_same(made):
    if made == "flint":
        pytest.importorskip("flint")
        made = default_backend()
    ring = made(2)
    u, v = ring.make({(1, 0): 1}), ring.make({(0, 1): 1})
    assert (ring.name == "SymPy rings") == (made is SymPyRings)
    p = ring.make({(2, 1): 6, (0, 0): -4})
    assert p == 6 * u * u * v - 4
    assert ring.terms(p) == {(2, 1): 6, (0, 0): -4}
    assert ring.size(p) == 2
    assert ring.degrees(p) == (2, 1)
    assert ring.degrees(ring.make({})) == (-1, -1)
    assert ring.gcd(4 * p, 6 * p * u) == 2 * p
    assert ring.quotient(p * v, v) == p
    assert ring.remainder(u * u * v + u, u * u - 2) == 2 * v + u
    content, factors = ring.factors(-3 * (u + v) * (u + v) * v)
    assert abs(content) == 3
    assert sorted(times for _, times in factors) == [1, 2]


def test_without_variables_polynomials_are_integers():
    ring = polynomials(0)
    assert (ring.make({(): 6}), ring.make({}), ring.terms(6), ring.terms(0)) == (6, 0, {(): 6}, {})
    assert (ring.gcd(6, 4), ring.quotient(6, 2), ring.remainder(7, 4), ring.factors(6)) == (2, 3, 3, (6, []))
    assert (ring.size(6), ring.size(0), ring.degrees(6)) == (1, 0, ())


@pytest.mark.parametrize("found", [None, object()], ids=["not installed", "too old"])
def test_without_flint_sympy_steps_in(found, monkeypatch):
    def module(name):
        if found is None:
            raise ImportError(name)
        return found

    monkeypatch.setattr(choice, "import_module", module)
    default_backend.cache_clear()
    try:
        assert default_backend() is SymPyRings
    finally:
        monkeypatch.undo()
        default_backend.cache_clear()


terms = st.dictionaries(st.tuples(st.integers(0, 3), st.integers(0, 2)), st.integers(-5, 5).filter(bool), min_size=1)


@few
@given(terms, st.integers(1, 3))
def test_squares_have_the_root_that_they_were_made_from(root, factor):
    ring = SymPyRings(2)
    made = ring.make(root)
    found = perfect_square_root(ring.terms(made * made))
    assert found is not None
    assert ring.make(found) in (made, -made)
    altered = made * made + 7 * factor * ring.make({(5, 3): 1})
    assert perfect_square_root(ring.terms(altered)) is None
    assert perfect_square_root(ring.terms(-made * made)) is None
