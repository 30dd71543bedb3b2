from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symcircuits.typeset.formulas import (
    Applied,
    Formula,
    Name,
    Product,
    Scalar,
    Sum,
    Tensor,
    Transpose,
    as_rows,
    to_latex,
)

A, B, C, x, y = (Name(letter) for letter in "ABCxy")
net = Name(r"W_{\mathrm{net}}^{1}")
Id = Name(r"\mathrm{Id}")
S = Name("S")


@pytest.mark.parametrize(
    ("formula", "latex"),
    [
        (Product((A, B)), "A B"),
        (Sum(((1, A), (-1, B), (1, C))), "A - B + C"),
        (Sum(((-1, A), (1, B))), "-A + B"),
        (Sum(((1, A), (-1, Sum(((1, B), (1, C)))))), "A - (B + C)"),
        (Product((A, Sum(((1, B), (1, C))))), "A (B + C)"),
        (Product((Scalar(r"\beta"), A)), r"\beta A"),
        (Product((Scalar("1 + T"), A)), "(1 + T) A"),
        (Product((Scalar(r"\cos(n - 1)"), A)), r"\cos(n - 1) A"),
        (Product((Scalar("-1"), A)), "-1 A"),
        (Product((net, Id)), r"W_{\mathrm{net}}^{1} \, \mathrm{Id}"),
        (Product((Id, net)), r"\mathrm{Id} \, W_{\mathrm{net}}^{1}"),
        (Transpose(Name("W_{Q}")), r"W_{Q}^{\mathsf{T}}"),
        (Transpose(net), r"(W_{\mathrm{net}}^{1})^{\mathsf{T}}"),
        (Transpose(Product((A, B))), r"(A B)^{\mathsf{T}}"),
        (Tensor(S, Product((A, B))), r"S \otimes A B"),
        (Tensor(S, Sum(((1, A), (1, B)))), r"S \otimes (A + B)"),
        (Product((Tensor(S, A), Tensor(S, B))), r"(S \otimes A) (S \otimes B)"),
        (Sum(((1, Id), (1, Tensor(S, A)))), r"\mathrm{Id} + S \otimes A"),
        (Applied("rank", Product((A, B))), r"\mathrm{rank}(A B)"),
    ],
)
def test_latex_has_the_parentheses_that_it_needs(formula: Formula, latex: str) -> None:
    assert to_latex(formula) == latex


@pytest.mark.parametrize(
    ("formula", "latex"),
    [
        (Product((A, B)), "B A"),
        (Product((A, x)), "x A"),
        (Product((Transpose(A), B)), r"B A^{\mathsf{T}}"),
        (Product((Transpose(x), Transpose(A), B, y)), r"x A B^{\mathsf{T}} y^{\mathsf{T}}"),
        (Product((Scalar(r"\beta"), A, B)), r"\beta B A"),
        (Product((x, Transpose(y))), r"y^{\mathsf{T}} x"),
        (Sum(((1, Id), (1, Tensor(S, net)))), r"\mathrm{Id} + S \otimes W_{\mathrm{net}}^{1}"),
        (Product((Transpose(x), Id, y)), r"x \, \mathrm{Id} \, y^{\mathsf{T}}"),
        (Applied("rank", Product((A, B))), r"\mathrm{rank}(B A)"),
        (Scalar("s(n, m)"), "s(n, m)"),
    ],
)
def test_row_vectors_turn_products_round(formula: Formula, latex: str) -> None:
    assert to_latex(as_rows(formula)) == latex


def _value(formula: Formula, values: Mapping[str, np.ndarray]) -> np.ndarray:
    match formula:
        case Name(latex):
            return values[latex]
        case Scalar(latex):
            return np.array([[int(latex)]])
        case Product(factors):
            product = np.array([[1]])
            for factor in factors:
                product = _times(product, _value(factor, values))
            return product
        case Sum(terms):
            return sum(sign * _value(term, values) for sign, term in terms)
        case Tensor(left, right):
            return np.kron(_value(left, values), _value(right, values))
        case Transpose(of):
            return _value(of, values).T
    raise TypeError(formula)


def _times(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    return left * right if 1 in (left.size, right.size) else left @ right


_VALUES = {
    "A": np.array([[1, 2], [3, 5]]),
    "B": np.array([[0, -1], [4, 7]]),
    "C": np.array([[2, 9], [-3, 1]]),
    "x": np.array([[3], [-2]]),
    "y": np.array([[5], [8]]),
}
_TRANSPOSED = {name: value.T for name, value in _VALUES.items()}


def _grow(children: st.SearchStrategy[Formula]) -> st.SearchStrategy[Formula]:
    signed = st.tuples(st.sampled_from([1, -1]), children)
    return st.one_of(
        st.lists(children, min_size=1, max_size=3).map(lambda factors: Product(tuple(factors))),
        st.lists(signed, min_size=1, max_size=3).map(lambda terms: Sum(tuple(terms))),
        st.tuples(st.sampled_from("23"), children).map(lambda pair: Product((Scalar(pair[0]), pair[1]))),
        children.map(Transpose),
    )


_matrices = st.recursive(st.sampled_from([A, B, C]), _grow, max_leaves=6)


@settings(derandomize=True)
@given(_matrices)
def test_the_row_form_of_a_matrix_is_its_transpose(formula: Formula) -> None:
    assert (_value(as_rows(formula), _TRANSPOSED) == _value(formula, _VALUES).T).all()


@settings(derandomize=True)
@given(_matrices)
def test_two_row_forms_give_the_matrix_back(formula: Formula) -> None:
    assert (_value(as_rows(as_rows(formula)), _VALUES) == _value(formula, _VALUES)).all()


@settings(derandomize=True)
@given(_matrices, _matrices)
def test_the_row_form_of_a_tensor_product_is_its_transpose(left: Formula, right: Formula) -> None:
    formula = Product((Tensor(left, right), Tensor(right, left)))
    assert (_value(as_rows(formula), _TRANSPOSED) == _value(formula, _VALUES).T).all()


@settings(derandomize=True)
@given(_matrices, _matrices)
def test_the_row_form_of_a_number_is_the_same_number(left: Formula, right: Formula) -> None:
    formula = Product((Transpose(Product((left, x))), right, y))
    assert _value(as_rows(formula), _TRANSPOSED) == _value(formula, _VALUES)


@settings(derandomize=True)
@given(_matrices)
def test_the_row_form_of_a_column_is_a_row(formula: Formula) -> None:
    column = Product((formula, x))
    assert (_value(as_rows(column), _TRANSPOSED) == _value(column, _VALUES).T).all()


@settings(derandomize=True)
@given(_matrices)
def test_formulas_print_with_matching_parentheses(formula: Formula) -> None:
    latex = to_latex(formula)
    assert latex.count("(") == latex.count(")")
    assert "--" not in latex.replace(" ", "")
