"""What may be meant in another way, and is refused: a name that was not declared beside a matrix, a function or a
product, capitals whose order would matter, a cell that may be a block."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from symcircuits.algebra import ExactMatrix
from symcircuits.grading.meaning.names import key_of
from symcircuits.grading.meaning.scope import Eye, Scope, Value
from symcircuits.grading.reading.refusals import CannotRead
from symcircuits.grading.reading.syntax import (
    Call,
    Named,
    Node,
    Power,
    Product,
    Quotient,
    Tensor,
    Total,
)


def check_product(node: Product, values: Sequence[Value], scope: Scope) -> None:
    """Refuse a product of which the factors may be something else. Raises ``CannotRead``."""
    if any(isinstance(value, ExactMatrix | Eye) for value in values):
        for factor, value in zip(node.factors, values, strict=True):
            if isinstance(factor, Named) and value in scope.assumed.values():
                raise CannotRead(
                    f"{key_of(factor)} stands beside a matrix and was not declared",
                    factor.at,
                    "declare it at the head of the file as a number or with its size",
                )
    _check_calls(node, scope)
    _check_capitals(node, values, scope)
    _check_differences(node, scope)
    _check_ends(node, values)
    if any(isinstance(factor, Call) and factor.function in ("cos", "sin") for factor in node.factors):
        check_imaginary(node, scope)


def _check_calls(node: Product, scope: Scope) -> None:
    """A name of the writer's before a bracket may be a function."""
    for name in node.called:
        key = key_of(name)
        if name.base == "u" or isinstance(scope.defined.get(key), ExactMatrix | Eye) or key in scope.declared:
            continue
        if key in scope.assumed or key in scope.defined:
            raise CannotRead(
                f"{key}(...) may be a function or a product", name.at, rf"write {key} \cdot (...), or name its value"
            )


def _check_capitals(node: Product, values: Sequence[Value], scope: Scope) -> None:
    """Two unknown capitals side by side look like matrices, whose order would matter."""
    unknown = [
        factor
        for factor, value in zip(node.factors, values, strict=True)
        if isinstance(factor, Named) and factor.base[:1].isupper() and value in scope.assumed.values()
    ]
    if len(unknown) > 1:
        raise CannotRead(f"{key_of(unknown[0])} may be a matrix or a number", unknown[0].at, "declare it")


def _check_differences(node: Product, scope: Scope) -> None:
    """A delta before a name may be one name with it."""
    for factor, after in zip(node.factors, node.factors[1:], strict=False):
        if isinstance(factor, Named) and factor.base in ("Delta", "delta") and isinstance(after, Named):
            if key_of(factor) in scope.assumed:
                raise CannotRead(
                    rf"\{factor.base} {key_of(after)} may be a name or a product",
                    factor.at,
                    rf"write \{factor.base}_{{{after.base}}} for a name, \cdot for a product",
                )


def _check_ends(node: Product, values: Sequence[Value]) -> None:
    """The argument of a function without brackets ends before a direction, and only there."""
    for factor, after, value in zip(node.factors, node.factors[1:], values[1:], strict=False):
        called = factor.base if isinstance(factor, Power) else factor
        bare = isinstance(called, Call) and called.bare
        if bare and isinstance(after, Named) and after.base == "v" and not isinstance(value, ExactMatrix):
            raise CannotRead("where the argument before it ends is not certain", after.at, "put it in brackets")


def check_imaginary(node: Node, scope: Scope) -> None:
    """Refuse a factor i in the exponent of e, or of a sine, which is hardly an index. Raises ``CannotRead``."""
    match node:
        case Named(base="i") if node == Named(node.at, "i") and "i" not in scope.bound | scope.defined:
            hint = "declare it as an integer if it is an index; complex numbers are not read"
            raise CannotRead("i may be the imaginary unit", node.at, hint)
        case Product():
            for factor in node.factors:
                check_imaginary(factor, scope)
        case Quotient():
            check_imaginary(node.top, scope)
        case Total():
            for _, term in node.terms:
                check_imaginary(term, scope)


def check_blocks(cells: Iterable[Node | None], scope: Scope) -> None:
    """Refuse an unknown capital that fills a cell, which may be a block. Raises ``CannotRead``."""
    for cell in cells:
        bare = cell.terms[0][1] if isinstance(cell, Total) and len(cell.terms) == 1 else cell
        if isinstance(bare, Named) and bare.base[:1].isupper() and key_of(bare) in scope.assumed:
            raise CannotRead(f"{key_of(bare)} may be a block or a number", bare.at, "declare it")


def check_tensor(node: Tensor, left: Value, right: Value, scope: Scope) -> None:
    """Refuse factors of a tensor product of unknown size. Raises ``CannotRead``."""
    for factor in (node.left, node.right):
        if isinstance(factor, Named) and key_of(factor) in scope.assumed:
            raise CannotRead(f"{key_of(factor)} in a tensor product was not declared", factor.at, "declare its size")
    if isinstance(left, Eye) or isinstance(right, Eye):
        raise CannotRead("an identity of unknown size in a tensor product", node.at, "write I_4")
    if isinstance(left, ExactMatrix) and isinstance(right, ExactMatrix):
        if left.shape[1] == right.shape[1] == 1 and min(left.shape[0], right.shape[0]) > 1:
            raise CannotRead("a tensor product of two columns", node.at, "write v u^T where that is meant")
