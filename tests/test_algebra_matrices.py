"""Exact sparse matrices: the laws, the checks, and what is kept for print."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Add, Float, I, Integer, Matrix, Rational, S, Sum, Symbol, cos, kronecker_product, sin, symbols

from symcircuits.algebra import ExactMatrix, Factored, column_of, exact, prove, row_of
from symcircuits.algebra.origins import product, total, transposed
from symcircuits.errors import BadValue, ShapeMismatch
from symcircuits.typeset.axes import Axis
from symcircuits.typeset.formulas import Name, Product, Scalar, Tensor, Transpose, to_latex

x, y = symbols("x y")
k = Symbol("k", integer=True)
few = settings(derandomize=True, max_examples=30)
ENTRIES = st.sampled_from([0, 0, 0, 1, -1, 2, x, -y, x + y, Rational(1, 2)])
UP = Axis.of_blocks(("a", ["a_0", "a_1"]))
DOWN = Axis.of_blocks(("b", ["b_0", "b_1"]))
INSIDE = Axis.of_blocks(("h", ["h_0", "h_1"]), strict=False)


def matrices(rows: int, columns: int):
    row = st.lists(ENTRIES, min_size=columns, max_size=columns)
    return st.lists(row, min_size=rows, max_size=rows).map(ExactMatrix.from_rows)


def dense(matrix: ExactMatrix) -> Matrix:
    return Matrix(*matrix.shape, lambda i, j: matrix[i, j])


def equal(left: ExactMatrix, right: ExactMatrix) -> bool:
    return left.shape == right.shape and bool(prove(left, right))


@few
@given(matrices(2, 3), matrices(3, 2), matrices(3, 2))
def test_the_laws_of_matrices(a, b, c):
    assert equal(a @ (b + c), a @ b + a @ c)
    assert equal((a @ b).T, b.T @ a.T)
    assert equal(b - b, ExactMatrix.zeros(3, 2))
    assert a.T.T == a and (-a) * -1 == a and a * 1 == a
    assert equal((a * x) @ b, a @ (x * b))
    assert a @ ExactMatrix.identity(3) == a


@few
@given(matrices(2, 2), matrices(2, 1), matrices(2, 2), matrices(1, 2))
def test_the_block_product_law(a, b, c, d):
    assert equal(a.kron(b) @ c.kron(d), (a @ c).kron(b @ d))
    assert dense(a.kron(b)) == kronecker_product(dense(a), dense(b))


@few
@given(matrices(3, 2), matrices(2, 4))
def test_products_agree_with_sympy(a, b):
    assert dense(a @ b).expand() == (dense(a) * dense(b)).expand()
    assert ExactMatrix.from_sympy(dense(a)) == a and Matrix(a.to_sympy()) == dense(a)


def test_zeros_are_not_kept():
    matrix = ExactMatrix.from_rows([[1, 0], [x - x, Integer(2)]])
    assert matrix.entries == {(0, 0): 1, (1, 1): 2} and matrix[1, 0] is S.Zero
    assert (matrix - matrix).entries == {} == (matrix * 0).entries
    assert ExactMatrix.from_rows([[x]]).substitute({x: Integer(0)}).entries == {}
    assert (row_of([x, x]) @ column_of([y, -y])).entries == {}


def test_equality_is_literal_and_ignores_labels():
    a = ExactMatrix.from_rows([[x, 0], [0, x]])
    assert a == a.labelled(UP, DOWN).named(Name("A")) and hash(a) == hash(a.labelled(UP, DOWN))
    assert a != ExactMatrix.from_rows([[x, 0], [0, y]]) and a != 1
    assert a != ExactMatrix.from_rows([[x, 0, 0], [0, x, 0]])


def test_columns_are_taken_in_the_order_given():
    assert ExactMatrix.from_rows([[1, 2, 3]]).take_columns([2, 0]) == ExactMatrix.from_rows([[3, 1]])
    assert ExactMatrix.from_rows([[1, 2, 3]]).take_columns([2, 0, 2]) == ExactMatrix.from_rows([[3, 1, 3]])


def test_substituting_does_not_capture_the_index_of_a_sum():
    matrix = ExactMatrix.from_rows([[Sum(k * x, (k, 1, 2))]])
    assert prove(matrix.substitute({x: k}).scalar(), 3 * k)


def test_free_symbols_are_those_of_all_entries():
    assert ExactMatrix.from_rows([[x, 0], [cos(y), 1]]).free_symbols == {x, y}
    assert ExactMatrix.zeros(2, 2).free_symbols == set()


# Checks


def named(name: str, rows: int, columns: int) -> ExactMatrix:
    return ExactMatrix.zeros(rows, columns).named(Name(name))


def test_a_product_that_does_not_fit_names_both():
    with pytest.raises(ShapeMismatch, match=r"^cannot multiply A \(2 by 3\) by B \(2 by 3\): 3 columns, 2 rows$"):
        named("A", 2, 3) @ named("B", 2, 3)


def test_a_sum_that_does_not_fit_names_both():
    with pytest.raises(ShapeMismatch, match=r"^cannot add A \(2 by 3\) and a 3 by 2 matrix$"):
        named("A", 2, 3) + ExactMatrix.from_rows([[1, 2], [3, 4], [5, 6]])


def test_a_product_over_different_directions_is_refused():
    left, right = ExactMatrix.identity(2).labelled(None, UP), ExactMatrix.identity(2).labelled(DOWN, None)
    with pytest.raises(ShapeMismatch, match=r"name different directions \(a_0, a_1 and b_0, b_1\)$"):
        left @ right
    with pytest.raises(ShapeMismatch, match="different directions"):
        Factored(left, right).expand()


def test_a_factored_product_over_different_directions_is_refused_when_it_is_made():
    with pytest.raises(ShapeMismatch, match="different directions"):
        Factored(ExactMatrix.identity(2).labelled(None, UP), ExactMatrix.identity(2).labelled(DOWN, None))


def test_a_sum_over_different_directions_is_refused():
    with pytest.raises(ShapeMismatch, match="different directions"):
        ExactMatrix.identity(2, UP) + ExactMatrix.identity(2, DOWN)


def test_directions_inside_a_head_fit_everything():
    assert (ExactMatrix.identity(2).labelled(None, INSIDE) @ ExactMatrix.identity(2, UP)).rows is None


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ExactMatrix.from_rows([[1], [1, 2]]), r"^rows of different lengths: \[1, 2\]$"),
        (
            lambda: ExactMatrix.from_entries((2, 2), {(2, 0): 1}),
            r"^entry \(2, 0\) lies outside a matrix of shape 2 by 2$",
        ),
        (lambda: ExactMatrix.from_entries((2, 2), {(0, -1): 1}), r"^entry \(0, -1\) lies outside"),
        (lambda: ExactMatrix.identity(3, UP), r"^2 labels for 3 rows of a matrix$"),
        (lambda: ExactMatrix.identity(2).labelled(None, Axis.of_blocks(("c", ["c"]))), r"^1 labels for 2 columns"),
        (lambda: row_of([1, 2]).scalar(), r"^expected a 1 by 1 matrix, got a 1 by 2 matrix$"),
        (lambda: Factored(named("A", 2, 3), named("B", 2, 3)), r"^cannot multiply A \(2 by 3\) by B \(2 by 3\)"),
    ],
    ids=lambda part: part if isinstance(part, str) else "",
)
def test_shapes_are_checked(make, message):
    with pytest.raises(ShapeMismatch, match=message):
        make()


@pytest.mark.parametrize("inexact", [0.5, True, "x", None, Float(1), x + Float(1), 1j])
def test_only_exact_entries_get_in(inexact):
    for make in (exact, lambda v: row_of([v]), lambda v: column_of([v]), lambda v: ExactMatrix.identity(2) * v):
        with pytest.raises(BadValue, match=r"^expected an exact (value|expression)"):
            make(inexact)


def test_floats_in_a_sympy_matrix_are_refused():
    with pytest.raises(BadValue, match="floating-point"):
        ExactMatrix.from_sympy(Matrix([[0.5]]))


def test_exact_values():
    assert exact(3) == 3 and exact(Fraction(1, 3)) == Rational(1, 3) and exact(I * x) == I * x


@pytest.mark.parametrize("operation", [lambda a: a @ 3, lambda a: a + 3, lambda a: a - x, lambda a: Factored(a, a) @ 3])
def test_numbers_are_no_matrices(operation):
    with pytest.raises(TypeError, match="unsupported operand"):
        operation(ExactMatrix.identity(2))


# What is kept for print


def test_formulas_follow_the_operations():
    a, b = named("A", 2, 2), named("B", 2, 2)
    assert to_latex((a @ b.T - a).formula) == r"A B^{\mathsf{T}} - A"
    assert a.T.T.formula == Name("A") and a.kron(b).formula == Tensor(Name("A"), Name("B"))
    assert (a @ ExactMatrix.from_rows([[1, 2], [3, 4]])).formula is None
    assert a.describe() == "A (2 by 2)" and ExactMatrix.identity(2).describe() == r"\mathrm{Id} (2 by 2)"


def test_labels_follow_the_operations():
    a = ExactMatrix.from_rows([[1, 2], [3, 4]]).labelled(UP, DOWN)
    assert (a.T.rows, a.T.columns) == (DOWN, UP)
    assert (a @ a.T).rows is UP and (a @ a.T).columns is UP
    assert a.row_label(1) == "a_1" and a.column_label(0) == "b_0" and ExactMatrix.identity(2).row_label(1) == "1"
    view = a.view()
    assert (view.shape, view.rows, view.columns) == ((2, 2), UP, DOWN)


def test_origins_flatten_products_and_sums():
    a, b, c = Name("A"), Name("B"), Name("C")
    assert product(product(a, b), c) == Product((a, b, c)) == product(a, product(b, c))
    assert to_latex(total(total(a, b, -1), c, -1)) == "A - B - C"
    assert to_latex(total(a, total(b, c, -1), -1)) == "A - B + C"
    assert transposed(transposed(a)) == a and transposed(a) == Transpose(a)
    assert product(a, None) is None is total(None, b, 1) and transposed(None) is None


def test_recipes_tell_results_of_the_same_steps_from_everything_else():
    a, b = ExactMatrix.from_rows([[1, 2], [3, 4]]), ExactMatrix.from_rows([[0, 1], [1, 0]])
    assert (a @ b).made_by == (a @ b).made_by != (b @ a).made_by
    written = ExactMatrix.from_entries((2, 2), (a @ b).entries)
    assert written == a @ b and written.made_by != (a @ b).made_by
    assert Factored(a, b).made_by == (a @ b).made_by


def test_notebooks_get_latex_and_html():
    matrix = ExactMatrix.from_rows([[x, 0], [0, cos(y)]])
    for shown in (matrix, Factored(matrix, matrix)):
        assert shown._repr_latex_().startswith("$\\displaystyle") and "<table" in shown._repr_html_()


# Factored products


def test_a_factored_product_is_its_expansion():
    a, b = ExactMatrix.from_rows([[x], [1], [0]]), ExactMatrix.from_rows([[1, y, 2]])
    pair = Factored(a, b)
    assert pair.expand() == a @ b and pair.shape == (3, 3) and pair.inner == 1 and pair.rank() == 1
    assert pair.T.expand() == (a @ b).T
    assert equal((pair @ pair).expand(), a @ b @ a @ b)
    assert equal((pair @ b.T).expand(), a @ b @ b.T)
    assert equal(pair + pair, (a @ b) * 2) and equal(pair + ExactMatrix.identity(3), a @ b + ExactMatrix.identity(3))


def test_a_factored_product_prints_its_name_or_its_factors():
    a, b = named("A", 2, 1), named("B", 1, 2)
    assert to_latex(Factored(a, b).formula) == "A B"
    assert to_latex((Factored(a, b).named(Name("W")) @ Factored(a, b)).formula) == "W A B"
    assert to_latex(Factored(a, b).T.formula) == r"B^{\mathsf{T}} A^{\mathsf{T}}"
    assert Factored(a, b).expand().formula == Product((Name("A"), Name("B")))
    assert Factored(a, b).named(Scalar("0")).formula == Scalar("0")


D_MODEL, D_HEAD = 1024, 64


def net(step: int, value=1) -> Factored:
    """A head that reads every ``step``-th direction and writes to the last ones."""
    read = ExactMatrix.from_entries((D_HEAD, D_MODEL), {(i, step * i): value for i in range(D_HEAD)})
    write = ExactMatrix.from_entries((D_MODEL, D_HEAD), {(D_MODEL - 1 - i, i): 1 for i in range(D_HEAD)})
    return Factored(write, read)


def test_two_heads_of_a_large_model_multiply_without_square_matrices():
    both = net(16, x) @ net(3)
    assert both.shape == (D_MODEL, D_MODEL) and both.inner == D_HEAD
    assert len(both.left.entries) <= D_HEAD and len(both.right.entries) <= D_HEAD
    # Head 1 writes direction 1023 - i from 3 i; head 2 reads 16 j, which is written where i = 1023 - 16 j.
    expected = {(1023 - j, 3 * (1023 - 16 * j)): x for j in range(D_HEAD) if 0 <= 1023 - 16 * j < D_HEAD}
    assert both.expand().entries == expected and len(expected) == 4
    assert both.rank() == 4


def test_dense_factors_of_a_large_model_stay_factored():
    tall = ExactMatrix.from_entries((D_MODEL, 2), {(i, j): i + j + 1 for i in range(D_MODEL) for j in range(2)})
    product_of_both = Factored(tall, tall.T) @ Factored(tall, tall.T)
    assert len(product_of_both.right.entries) == 2 * D_MODEL and product_of_both.inner == 2
    one = sum((i + 1) ** 2 for i in range(D_MODEL))
    mixed = sum((i + 1) * (i + 2) for i in range(D_MODEL))
    other = sum((i + 2) ** 2 for i in range(D_MODEL))
    entry = Add(*(product_of_both.left[0, j] * product_of_both.right[j, 0] for j in range(2)))
    assert entry == one + 2 * mixed * 2 + other * 4


def test_rotations_add():
    def turn(angle):
        return ExactMatrix.from_rows([[cos(angle), -sin(angle)], [sin(angle), cos(angle)]])

    assert prove(turn(x) @ turn(y), turn(x + y))
    assert not prove(turn(x) @ turn(y), turn(x - y))
