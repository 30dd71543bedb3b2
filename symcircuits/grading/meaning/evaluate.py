r"""From syntax to exact values: scalars, matrices, directions of the stream. Shapes are checked at every step.

>>> from symcircuits.grading.reading.parser import parse
>>> from symcircuits.grading.reading.tokens import tokenize
>>> text = r"2\lambda_0 \cos \alpha_0"
>>> evaluate(parse(tokenize(text, 0, {}), len(text)), Scope())
2*lambda_0*cos(alpha_0)
"""

from __future__ import annotations

from functools import reduce
from typing import NoReturn

from sympy import (
    Expr,
    Integer,
    Rational,
    S,
    Sum,
)
from sympy.logic.boolalg import Boolean

from symcircuits import symbols
from symcircuits.algebra import ExactMatrix
from symcircuits.grading.meaning.blocks import block_matrix, diagonal
from symcircuits.grading.meaning.doubts import check_blocks, check_imaginary, check_product, check_tensor
from symcircuits.grading.meaning.functions import applied, related, told_apart
from symcircuits.grading.meaning.names import key_of, meaning_of
from symcircuits.grading.meaning.operations import (
    as_scalar,
    fitting,
    plus,
    power,
    softmax,
    times,
    turned,
)
from symcircuits.grading.meaning.scope import Scope, Value
from symcircuits.grading.reading import limits
from symcircuits.grading.reading.refusals import CannotRead
from symcircuits.grading.reading.syntax import (
    Call,
    Cases,
    Condition,
    Diagonal,
    Dots,
    Grid,
    Named,
    Node,
    Number,
    Power,
    Product,
    Quotient,
    Series,
    Tensor,
    Total,
    Turned,
    Zeros,
)


def evaluate(node: Node, scope: Scope) -> Value:
    """The value of a formula. Raises ``CannotRead`` for what has no certain meaning, ``WrongShape`` for a misfit."""
    scope.nodes += 1
    if scope.nodes > limits.NODES:
        raise CannotRead("too much work in one submission", node.at)
    match node:
        case Number():
            return Rational(node.text)
        case Named():
            return _named(node, scope)
        case Total():
            return _total(node, scope)
        case Product():
            return _product(node, scope)
        case Quotient():
            return _quotient(node, scope)
        case Power():
            return _power(node, scope)
        case Turned():
            return turned(evaluate(node.base, scope), node.turn, node.at)
        case Call():
            return _call(node, scope)
        case Tensor():
            return _tensor(node, scope)
        case Grid():
            rows = [[None if cell is None else evaluate(cell, scope) for cell in row] for row in node.rows]
            check_blocks((cell for row in node.rows for cell in row), scope)
            return fitting(lambda: block_matrix(rows, node.at), node.at)
        case Dots():
            raise CannotRead("dots in a matrix of unknown size", node.at, "declare its size, or write every entry")
        case Cases():
            return _cases(node, scope)
        case Diagonal():
            values = [evaluate(cell, scope) for cell in node.cells]
            check_blocks(node.cells, scope)
            return diagonal(values, node.at)
        case Series():
            return _series(node, scope)
        case Zeros():
            return ExactMatrix.zeros(node.rows, node.columns)


def scalar(node: Node, scope: Scope, what: str = "a number") -> Expr:
    """The value of a formula that must be a scalar; a 1 by 1 matrix is one."""
    value = as_scalar(evaluate(node, scope))
    if isinstance(value, Expr):
        return value
    raise CannotRead(f"{what} of a matrix", node.at, "write the product out" if what == "a power" else "")


def _power(node: Power, scope: Scope) -> Value:
    """A power of what stands in brackets; of a matrix, the product of it with itself."""
    base, exponent = evaluate(node.base, scope), scalar(node.exponent, scope, "an exponent")
    number = as_scalar(base)
    if isinstance(number, Expr):
        return power(number, exponent, node.at)
    if not (isinstance(exponent, Integer) and 1 <= exponent <= limits.MATRIX_POWER):
        hint = f"write the product out, or a whole number up to {limits.MATRIX_POWER}"
        raise CannotRead("a power of a matrix", node.at, hint)
    return reduce(lambda left, right: times(left, right, node.at), [base] * int(exponent))


def _named(node: Named, scope: Scope) -> Value:
    value, power_left = meaning_of(node, scope)
    if power_left is not None:
        return power(_scalar_only(value, node), scalar(power_left, scope, "an exponent"), node.at)
    return turned(value, node.turn, node.at) if node.turn else value


def _scalar_only(value: Value, node: Named) -> Expr:
    value = as_scalar(value)
    if not isinstance(value, Expr):
        raise CannotRead(f"a power of the matrix {key_of(node)}", node.at, "write the product out")
    return value


def _total(node: Total, scope: Scope) -> Value:
    terms = [times(Integer(sign), evaluate(term, scope), node.at) for sign, term in node.terms]
    return reduce(lambda left, right: plus(left, right, node.at), terms)


def _product(node: Product, scope: Scope) -> Value:
    values = [evaluate(factor, scope) for factor in node.factors]
    check_product(node, values, scope)
    return reduce(lambda left, right: times(left, right, node.at), values)


def _quotient(node: Quotient, scope: Scope) -> Value:
    top, bottom = evaluate(node.top, scope), scalar(node.bottom, scope, "a division")
    if bottom is S.Zero:
        raise CannotRead("a division by zero", node.at)
    return times(top, 1 / bottom, node.at)


def _call(node: Call, scope: Scope) -> Value:
    if node.function == "softmax":
        return softmax(evaluate(node.argument, scope), node.at)
    argument = scalar(node.argument, scope, f"{node.function}")
    if node.function == "exp":
        check_imaginary(node.argument, scope)
    what = "the degree of a root" if node.function == "sqrt" else "a base"
    base = None if node.base is None else scalar(node.base, scope, what)
    return applied(node.function, argument, base, node.at)


def _cases(node: Cases, scope: Scope) -> Expr:
    pieces = [
        (scalar(row.value, scope, "a case"), [_condition(one, scope) for one in row.condition or ()])
        for row in node.rows
    ]
    return told_apart(pieces, node.at)


def _condition(condition: Condition, scope: Scope) -> Boolean:
    left, right = (scalar(side, scope, "a condition") for side in (condition.left, condition.right))
    return related(condition.relation, left, right, condition.left.at)


def _tensor(node: Tensor, scope: Scope) -> Value:
    left, right = evaluate(node.left, scope), evaluate(node.right, scope)
    check_tensor(node, left, right, scope)
    if isinstance(left, ExactMatrix) and isinstance(right, ExactMatrix):
        cells = left.shape[0] * left.shape[1] * right.shape[0] * right.shape[1]
        if cells > limits.CELLS:
            raise CannotRead(f"a tensor product of more than {limits.CELLS} entries", node.at)
        return left.kron(right)
    return times(left, right, node.at)


def _series(node: Series, scope: Scope) -> Value:
    low, high = scalar(node.low, scope, "a bound"), scalar(node.high, scope, "a bound")
    outer = scope.bound.get(node.index)
    try:
        if low.is_Integer and high.is_Integer:
            return _added_up(node, int(low), int(high), scope)
        if not (low.is_integer and high.is_integer):
            _refuse_bound(node, scope)
        index = symbols.integer(node.index)
        if index in low.free_symbols | high.free_symbols:
            raise CannotRead(f"the index {node.index} in its own bounds", node.at)
        scope.bound[node.index] = index
        return Sum(scalar(node.body, scope, "a sum with symbolic bounds"), (index, low, high))
    finally:
        scope.bound.pop(node.index, None)
        if outer is not None:
            scope.bound[node.index] = outer


def _refuse_bound(node: Series, scope: Scope) -> NoReturn:
    """Say which name in the bounds of a sum has to be declared as a whole number."""
    for bound in (node.low, node.high):
        unknown = sorted(s.name for s in scalar(bound, scope).free_symbols if not s.is_integer)
        if unknown:
            hint = f"write declare: {{{unknown[0]}: positive integer}} at the head of the file"
            raise CannotRead(f"{unknown[0]} bounds a sum and is not known to be whole", bound.at, hint)
    raise CannotRead("a bound of a sum that is not whole", node.at)


def _added_up(node: Series, low: int, high: int, scope: Scope) -> Value:
    if high - low >= limits.SERIES:
        raise CannotRead(f"a sum of more than {limits.SERIES} terms", node.at)
    total: Value = Integer(0)
    for value in range(low, high + 1):
        scope.bound[node.index] = Integer(value)
        total = plus(total, evaluate(node.body, scope), node.at)
    return total
