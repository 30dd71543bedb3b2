"""Row forms: what is printed for row vectors is what was decided for columns, and a slip in it is noticed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from export_samples import STREAM, output_matrix, turn, value_matrix
from hypothesis import given
from hypothesis import strategies as st
from sympy import Integer, Symbol

from symcircuits.algebra import ExactMatrix, Proved
from symcircuits.errors import BadValue
from symcircuits.export.compose import compose
from symcircuits.export.document import Piece
from symcircuits.export.pieces import Reading
from symcircuits.export.row_forms import require_transposed, ways
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
from symcircuits.typeset.words import transposed, words
from symcircuits.worked import Definition, Derivation, Side, Statement
from symcircuits.worked.steps import Value

ROWS = Reading("rows")
A, B, C, x, y = (Name(name) for name in ("A", "B", "C", "x", "y"))
SQUARE = ExactMatrix.from_rows([[1, 2], [0, 1]])
OTHER = ExactMatrix.from_rows([[1, 1], [3, 0]])


class Unturned(Reading):
    """A reader that leaves formulas as they are for columns."""

    def row_formula(self, formula: Formula) -> Formula:
        return formula


class Misprinted(Reading):
    """A reader that prints matrices without transposing them."""

    def value(self, value: Value) -> Piece:
        return Reading("columns").value(value)


class WrongSign(Reading):
    """A reader that turns one sign round."""

    def row_formula(self, formula: Formula) -> Formula:
        turned = as_rows(formula)
        if isinstance(turned, Sum):
            return Sum((*turned.terms[:-1], (-turned.terms[-1][0], turned.terms[-1][1])))
        return turned


def steps_of(*steps: Definition | Statement) -> Derivation:
    return replace(turn(), steps=steps, outcomes=())


def equal(left: Side, right: Side) -> Statement:
    return Statement("equality", left, "=", right, Proved("normal form"))


def product_statement() -> Derivation:
    product = SQUARE @ OTHER
    return steps_of(Definition(A, SQUARE), Definition(B, OTHER), equal(Side(product, Product((A, B))), Side(product)))


def test_a_formula_that_is_not_turned_round_is_noticed() -> None:
    require_transposed(product_statement(), ROWS)
    with pytest.raises(BadValue, match=r"^statement \(1\): the row form of A B is not proved to be its transpose$"):
        require_transposed(product_statement(), Unturned("rows"))


def test_a_matrix_that_is_not_transposed_is_noticed() -> None:
    with pytest.raises(BadValue, match=r"^statement \(1\): the row form of A B is not proved"):
        require_transposed(product_statement(), Misprinted("rows"))


def test_a_wrong_sign_is_noticed() -> None:
    total = SQUARE + OTHER
    derivation = steps_of(equal(Side(total, Sum(((1, A), (1, B)))), Side(total)))
    require_transposed(derivation, ROWS)
    with pytest.raises(BadValue, match=r"^statement \(1\): the row form of A \+ B"):
        require_transposed(derivation, WrongSign("rows"))


def test_an_origin_that_is_not_turned_round_is_noticed() -> None:
    derivation = steps_of(Definition(Name("W"), SQUARE @ OTHER, Product((A, B))))
    require_transposed(derivation, ROWS)
    with pytest.raises(BadValue, match="^a definition: the row form of A B"):
        require_transposed(derivation, Unturned("rows"))


def test_a_matrix_under_the_name_of_an_identity_is_noticed() -> None:
    known = {"x": ExactMatrix.from_rows([[1], [0]]), "y": ExactMatrix.from_rows([[0], [1]]), "I": SQUARE}
    side = Side(Integer(2), Product((Transpose(x), Name("I"), y)))
    assert not ways(side, ROWS, known)
    assert ways(side, ROWS, {**known, "I": ExactMatrix.identity(2)}) == {"transposed", "same"}


def test_a_matrix_called_like_a_vector_is_noticed() -> None:
    # the rule for rows takes x^T A y for a number; for matrices x and y its order is wrong
    formula = Product((Transpose(x), A, y))
    known = {"x": OTHER, "A": SQUARE, "y": OTHER @ SQUARE}
    assert ways(Side(OTHER.T @ SQUARE @ (OTHER @ SQUARE), formula), ROWS, known) == {"same"}
    derivation = steps_of(equal(Side(SQUARE, formula), Side(SQUARE)))
    with pytest.raises(BadValue, match="the row form of"):
        require_transposed(derivation, ROWS)


def test_a_number_is_its_own_transpose() -> None:
    number = ExactMatrix.from_rows([[7]])
    formula = Product((Scalar(r"\beta"), Transpose(x), A, y))
    assert ways(Side(number, formula), ROWS, {}) == {"transposed", "same"}
    assert to_latex(as_rows(formula)) == r"\beta x A^{\mathsf{T}} y^{\mathsf{T}}"


def test_a_function_that_may_change_under_a_transpose_is_refused() -> None:
    assert ways(Side(Integer(2), Applied("rank", Product((A, B)))), ROWS, {}) == {"transposed", "same"}
    assert not ways(Side(Integer(2), Applied("columns", Product((A, B)))), ROWS, {})


def test_values_are_looked_at_where_all_names_have_them(monkeypatch: pytest.MonkeyPatch) -> None:
    side = Side(SQUARE @ OTHER, Product((A, B)))
    monkeypatch.setattr("symcircuits.export.row_forms.words", lambda formula, rows=False: {})
    assert ways(side, ROWS, {}) == {"transposed", "same"}  # with the words silenced nothing speaks against either
    assert ways(side, ROWS, {"A": SQUARE, "B": OTHER}) == {"transposed"}


def test_a_sheet_for_rows_is_not_written_where_this_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Reading, "row_formula", lambda self, formula: formula)
    compose(turn())
    with pytest.raises(BadValue, match="^a definition: the row form of W_{O} W_{V} is not proved to be its transpose$"):
        compose(turn(), convention="rows")


def formulas(depth: int = 3) -> st.SearchStrategy[Formula]:
    leaf = st.sampled_from([A, B, C, Name(r"\mathrm{Id}")])
    if depth == 0:
        return leaf
    part = formulas(depth - 1)
    return st.one_of(
        leaf,
        part.map(Transpose),
        st.lists(part, min_size=2, max_size=3).map(lambda parts: Product(tuple(parts))),
        st.lists(st.tuples(st.sampled_from([1, -1]), part), min_size=1, max_size=3).map(lambda t: Sum(tuple(t))),
    )


@given(formulas())
def test_row_forms_of_matrices_are_transposes(formula: Formula) -> None:
    assert words(as_rows(formula), rows=True) == transposed(words(formula))
    assert transposed(transposed(words(formula))) == words(formula)


@given(formulas(2), formulas(2))
def test_words_that_agree_have_equal_values(left: Formula, right: Formula) -> None:
    if words(left) == words(right):
        assert value(left) == value(right)
    assert value(Transpose(left)) == value(left).T


def value(formula: Formula) -> ExactMatrix:
    """The formula for two matrices and a third with symbols."""
    known = {"A": SQUARE, "B": OTHER, "C": ExactMatrix.from_rows([[Symbol("a"), 0], [1, 1]])}
    match formula:
        case Name(name):
            return known.get(name, ExactMatrix.identity(2))
        case Transpose(of):
            return value(of).T
        case Product(factors):
            result = value(factors[0])
            for factor in factors[1:]:
                result = result @ value(factor)
            return expanded(result)
        case Sum(terms):
            total = ExactMatrix.zeros(2, 2)
            for sign, term in terms:
                total = total + value(term) * sign
            return expanded(total)
    raise AssertionError(formula)


def expanded(matrix: ExactMatrix) -> ExactMatrix:
    return ExactMatrix.from_entries(matrix.shape, {place: entry.expand() for place, entry in matrix.entries.items()})


def test_tensor_products_are_transposed_on_both_sides() -> None:
    formula = Product((Tensor(A, Product((B, C))), Tensor(x, y)))
    assert words(as_rows(formula), rows=True) == transposed(words(formula))
    assert words(Tensor(A, B)) != words(Tensor(B, A))


def test_numbers_stand_in_any_order() -> None:
    two, c = Scalar("2"), Scalar("c")
    assert words(Product((two, A, c, B))) == words(Product((c, two, A, B)))
    assert words(Product((two, A))) != words(Product((c, A)))


def test_what_cancels_is_not_there() -> None:
    assert words(Sum(((1, A), (-1, A)))) == {}


def test_labels_do_not_stand_in_the_way() -> None:
    net = output_matrix() @ value_matrix()
    assert net.rows == STREAM
    assert ways(Side(net, Product((Name("O"), Name("V")))), ROWS, {"O": output_matrix(), "V": value_matrix()})
