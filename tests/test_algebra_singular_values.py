"""Singular values: by hand, against SymPy, against the numbers of NumPy, and refused where there is no closed form."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Abs, I, Integer, Matrix, Rational, S, Symbol, cos, diag, exp, log, pi, sin, sqrt, symbols

from symcircuits.algebra import ExactMatrix, Factored, Proved, Refuted, prove, prove_singular_values
from symcircuits.algebra.forms.budget import Budget
from symcircuits.algebra.invariants import polynomials as choice
from symcircuits.algebra.invariants import singular_values as module
from symcircuits.algebra.invariants.polynomials import SymPyRings
from symcircuits.algebra.invariants.sizes import descending
from symcircuits.circuit import Head, Residual
from symcircuits.errors import BadValue, BudgetSpent, NotSupported, OutsideClass

a, b, theta, phi = symbols("a b theta phi", real=True)
s, t = symbols("s t", positive=True)
z = Symbol("z")
half = Rational(1, 2)


@pytest.fixture(params=["as installed", "SymPy"], autouse=True)
def backend(request, monkeypatch):
    if request.param == "SymPy":
        monkeypatch.setattr(choice, "default_backend", lambda: SymPyRings)


def matrix(rows) -> ExactMatrix:
    return ExactMatrix.from_sympy(Matrix(rows))


def turn(angle, scale=1) -> Matrix:
    return scale * Matrix([[cos(angle), -sin(angle)], [sin(angle), cos(angle)]])


KNOWN = {
    "zero": (Matrix.zeros(2, 3), (0, 0)),
    "a column": ([[a], [b]], (sqrt(a**2 + b**2),)),
    "diagonal": (diag(-2, 0, 5), (5, 2, 0)),
    "ordered symbols": (diag(t, 0, t + 1), (t + 1, t, 0)),
    "rotation": (turn(theta), (1, 1)),
    "scaled rotation": (turn(theta, t), (t, t)),
    "sum of rotations": (turn(theta) + turn(-theta), (2 * Abs(cos(theta)),) * 2),
    "symmetric": ([[s, t], [t, s]], (s + t, Abs(s - t))),
    "symmetric, signs unknown": ([[a, b], [b, a]], (Abs(a + b), Abs(a - b))),
    "planes": (Matrix([[1, 0, 0], [0, cos(theta), sin(theta)]]) * Matrix.eye(3, 2), (1, Abs(cos(theta)))),
    "lines": ([[1, 0], [cos(theta), sin(theta)]], (sqrt(2) * Abs(cos(theta / 2)), sqrt(2) * Abs(sin(theta / 2)))),
    "signs that are proved": ([[2, cos(a)], [cos(a), 2]], (cos(a) + 2, 2 - cos(a))),
    "shear": ([[1, 1], [0, 1]], (half * (sqrt(5) + 1), half * (sqrt(5) - 1))),
    "complex": ([[1, I], [-I, 1]], (2, 0)),
    "waves": ([[exp(I * a), 1], [1, exp(-I * a)]], (2, 0)),
    "projection": ([[cos(a) ** 2, cos(a) * sin(a)], [cos(a) * sin(a), sin(a) ** 2]], (1, 0)),
    "ones": (Matrix.ones(4, 3), (2 * sqrt(3), 0, 0)),
    "circulant": ([[s, t, t], [t, s, t], [t, t, s]], (s + 2 * t, Abs(s - t), Abs(s - t))),
    "with roots": (diag(sqrt(2), sqrt(3), sqrt(2) * t), None),
    "three with roots": (Matrix(3, 3, lambda i, j: sqrt(2) if i == j else 1), (2 + sqrt(2),) + (sqrt(2) - 1,) * 2),
    "blocks": (diag(turn(a, t), Matrix([[3, 4]])), None),
    "general": ([[a, b], [s, t]], None),
    "a turn by pi/7": ([[cos(pi / 7), sin(pi / 7)], [1, 0]], (sqrt(2) * cos(pi / 14), sqrt(2) * sin(pi / 14))),
}


@pytest.mark.parametrize("name", KNOWN)
def test_known_singular_values(name):
    rows, expected = KNOWN[name]
    given_ = matrix(rows)
    found = given_.singular_values()
    assert len(found) == min(given_.shape)
    assert isinstance(prove_singular_values(given_, found), Proved)
    if expected is not None:
        assert [prove(value**2, stated**2) for value, stated in zip(found, map(S, expected), strict=True)]
        assert isinstance(prove_singular_values(given_, expected), Proved)


@pytest.mark.parametrize("name", KNOWN)
def test_an_altered_singular_value_is_refuted(name):
    given_ = matrix(KNOWN[name][0])
    found = given_.singular_values()
    for at, value in enumerate(found):
        assert isinstance(prove_singular_values(given_, [*found[:at], value + 1, *found[at + 1 :]]), Refuted)
        if value != 0:
            assert isinstance(prove_singular_values(given_, [*found[:at], -value, *found[at + 1 :]]), Refuted)


def test_equal_values_with_another_multiplicity_are_refuted():
    assert prove_singular_values(matrix(diag(1, 1, 2)), [2, 1, 1])
    assert isinstance(prove_singular_values(matrix(diag(1, 1, 2)), [2, 2, 1]), Refuted)


def test_readable_forms():
    assert matrix(KNOWN["symmetric"][0]).singular_values() == (s + t, Abs(s - t))
    assert matrix(KNOWN["planes"][0]).singular_values() == (1, Abs(cos(theta)))
    assert matrix(KNOWN["signs that are proved"][0]).singular_values() == (cos(a) + 2, 2 - cos(a))
    assert matrix(KNOWN["a turn by pi/7"][0]).singular_values() == (sqrt(2) * cos(pi / 14), sqrt(2) * sin(pi / 14))


small = st.integers(-3, 3)
cells = st.sampled_from([S.Zero, S.One, Integer(-2), half, a, t, cos(a), sqrt(2), I])
few = settings(max_examples=25, derandomize=True)


def two_by_two(values):
    return st.lists(values, min_size=4, max_size=4).map(lambda four: Matrix(2, 2, four))


@few
@given(two_by_two(cells))
def test_the_square_norm_is_the_sum_of_the_squares(given_):
    found = matrix(given_).singular_values()
    assert prove_singular_values(matrix(given_), found)
    assert prove(matrix(given_).frobenius_norm() ** 2, (found[0] ** 2 + found[1] ** 2).expand())


@few
@given(two_by_two(small))
def test_values_are_those_of_sympy_and_numpy_in_the_same_order(given_):
    found = matrix(given_).singular_values()
    expected = np.linalg.svd(np.array(given_.tolist(), dtype=float), compute_uv=False)
    assert np.allclose([float(value) for value in found], expected, atol=1e-7)
    assert prove_singular_values(matrix(given_), given_.singular_values())


@few
@given(two_by_two(small), st.sampled_from([a, phi - a, pi / 3]), st.sampled_from([b, 2 * b]))
def test_values_do_not_change_under_rotations_from_both_sides(given_, first, second):
    moved = matrix(turn(first) * given_ * turn(second))
    assert prove_singular_values(moved, matrix(given_).singular_values())


@few
@given(st.permutations(range(4)), st.lists(st.sampled_from([S.One, t, -t, cos(a)]), min_size=4, max_size=4))
def test_scaled_permutations_have_their_scales(order, scales):
    moved = ExactMatrix.from_entries((5, 4), {(i, order[i]): scale for i, scale in enumerate(scales)})
    assert prove_singular_values(moved, [Abs(scale) for scale in scales])
    assert sorted(map(str, moved.singular_values())) == sorted(str(Abs(scale)) for scale in scales)


def test_a_product_has_the_values_of_what_it_multiplies_out_to():
    left, right = Matrix([[t, 0], [0, 1], [0, 0]]), Matrix([[cos(a), sin(a), 0, 0], [0, 0, 0, s]])
    product = Factored(matrix(left), matrix(right))
    assert product.singular_values() == matrix(left * right).singular_values()
    assert prove_singular_values(product, [t, s, 0])
    assert isinstance(prove_singular_values(product, [t, s, s]), Refuted)
    wide = Factored(matrix([[1, 2, 2]]), matrix([[t], [0], [0]]))
    assert wide.singular_values() == (t,)


def test_a_large_product_of_partial_isometries():
    select = ExactMatrix.from_entries((1024, 4), {(7 * i, i): 1 for i in range(4)})
    middle = matrix(diag(turn(theta), turn(phi, t)))
    values = Factored(select @ middle, select.T).singular_values()
    assert (len(values), values.count(1), values.count(t), values.count(0)) == (1024, 2, 2, 1020)


@pytest.mark.parametrize("shared", [0, 1, 3])
def test_heads_that_share_dimensions(shared):
    """Exercise 1: with ``shared`` dimensions from two back, that many singular values of W_V2 W_O1 are 1."""
    d_head = 4
    first = Head(
        W_Q=ExactMatrix.zeros(d_head, 16),
        W_K=ExactMatrix.zeros(d_head, 16),
        W_V=ExactMatrix.from_entries((d_head, 16), {(i, i): 1 for i in range(d_head)}),
        W_O=ExactMatrix.from_entries((16, d_head), {(4 + i, i): 1 for i in range(d_head)}),
    )
    reads = {(i, 4 + i if i < shared else 8 + i): 1 for i in range(d_head)}
    W_V2 = ExactMatrix.from_entries((d_head, 16), reads)
    W_O2 = ExactMatrix.from_entries((16, d_head), {(12 + i, i): 1 for i in range(d_head)})
    virtual = W_V2 @ first.W_O
    assert virtual.singular_values() == (1,) * shared + (0,) * (d_head - shared)
    W_OV2 = Factored(W_O2, W_V2)
    both = W_OV2 @ first.W_OV
    score = both.frobenius_norm() / (W_OV2.frobenius_norm() * first.W_OV.frobenius_norm())
    assert prove(score, sqrt(shared) / d_head)
    assert isinstance(prove(score, sqrt(shared) / (d_head + 1)), Refuted) == (shared > 0)


REFUSED = {
    "a symbol that may be complex": ([[z, 1]], OutsideClass, "known to be real or complex, and z is not"),
    "an angle that may be complex": ([[cos(z), 1]], OutsideClass, "and z is not"),
    "a function": ([[log(t + 1), log(a)]], OutsideClass, r"log\(a\) is not"),
    "degree 3": ([[1, 2, 3], [0, 1, 5], [1, 0, 1]], NotSupported, "polynomial of degree 3, and only degrees up to 2"),
    "degree 5": (
        Matrix(5, 5, lambda i, j: (i**2 * j + i**3 + 2 * j) % 7),
        OutsideClass,
        "an irreducible polynomial of degree 5: there is no general closed form",
    ),
    "roots": (
        [[1, 2, sqrt(3)], [0, sqrt(2), 5], [1, 0, 1]],
        NotSupported,
        "roots in its coefficients that is not split",
    ),
    "two of degree 3": (
        diag(Matrix([[1, 2, 3], [0, 1, 5], [1, 0, 1]]), Matrix([[2, 2, 3], [0, 1, 5], [1, 0, 1]])),
        NotSupported,
        "of degree 3, and only",
    ),
    "too large": (Matrix(4, 4, lambda i, j: Symbol(f"m_{i}_{j}", real=True)), BudgetSpent, "more than 3000 terms"),
    "too many terms to be factored": (
        Matrix(3, 3, lambda i, j: cos(Symbol(f"t_{i}", real=True) + j) + t**i * s),
        BudgetSpent,
        "too large to be factored",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_has_no_closed_form_here_is_refused(name):
    rows, kind, told = REFUSED[name]
    with pytest.raises(kind, match=told):
        matrix(rows).singular_values()


def test_a_real_logarithm_is_a_number_like_another():
    assert matrix(diag(log(2), 3)).singular_values() == (3, log(2))


def test_large_integers_need_not_be_factored():
    started = time.monotonic()
    found = matrix([[10**50 + 7, 3], [1, 10**60 + 9]]).singular_values()
    assert found[0] > 10**59 > found[1]
    assert time.monotonic() - started < 10  # factoring the radicand takes longer


def test_the_number_of_stated_values_must_fit():
    with pytest.raises(BadValue, match="expected 1 singular values of a 1 by 2 matrix, got 2"):
        prove_singular_values(matrix([[1, 2]]), [1, 2])


def test_a_wrong_root_is_caught_before_it_is_returned(monkeypatch):
    right = module.square_root
    monkeypatch.setattr(module, "square_root", lambda *given: right(*given) + 1)
    with pytest.raises(NotSupported, match="are not seen to solve their characteristic polynomial"):
        matrix([[s, t], [t, s]]).singular_values()


def test_only_what_is_proved_is_put_in_order():
    one, three = Integer(1), Integer(3)
    assert descending([one, t, t + 3, three], Budget()) == [t + 3, t, 3, 1]
    assert descending([Abs(cos(a)), one, sqrt(a**2 + 2)], Budget()) == [sqrt(a**2 + 2), 1, Abs(cos(a))]
    assert descending([Abs(cos(a)), one, sqrt(a**2 + 2), three], Budget(-1)) == [Abs(cos(a)), sqrt(a**2 + 2), 3, 1]
    many = [Abs(cos(Symbol(f"d_{i}", real=True))) for i in range(20)]
    assert descending([*many, one], Budget()) == [*many, 1]


def test_many_blocks_are_decided_one_by_one():
    """Sixteen equal blocks with nested roots, and sixteen rotations with scales of their own."""
    equal = matrix(diag(*[Matrix([[a, b], [s, t]])] * 16))
    found = equal.singular_values()
    assert prove_singular_values(equal, found)
    assert isinstance(prove_singular_values(equal, [*found[:-1], found[-1] + 1]), Refuted)
    scales = [Symbol(f"s_{i}", positive=True) for i in range(16)]
    turns = matrix(diag(*[turn(Symbol(f"a_{i}", real=True), scale) for i, scale in enumerate(scales)]))
    assert prove_singular_values(turns, [*scales, *scales])
    assert isinstance(prove_singular_values(turns, [*scales, *scales[1:], 2 * scales[0]]), Refuted)


def test_the_symbol_of_a_witness_is_none_of_the_matrix():
    x = Symbol("x", real=True)
    verdict = prove_singular_values(matrix(diag(x, 2)), [Abs(x), 3])
    assert isinstance(verdict, Refuted)
    assert {symbol.name for symbol in verdict.witness} <= {"x", "x_"}


def test_heads_of_a_stream_have_isometries():
    stream = Residual(content=4, other=4)
    product = stream.read("content") @ stream.write("content")
    assert product.singular_values() == (1,) * 4
    assert (stream.read("content") @ stream.write("other")).singular_values() == (0,) * 4
