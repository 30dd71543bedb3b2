"""Functions shown as formulas, each proved to compute what is shown.

What is shown is read twice. The formula is written from the source, and the source is read as an expression, node by
node; then the function itself is run on the same exact values, and the two results must be proved equal.

>>> from sympy import Symbol, cos, sin
>>> def r(a):
...     return [[cos(a), -sin(a)], [sin(a), cos(a)]]
>>> shown(r, a=Symbol("t", real=True)).value(Symbol("t", real=True))
((cos(t), -sin(t)), (sin(t), cos(t)))
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, TypeAlias

from sympy import Eq, Expr, Ge, Gt, Integer, Le, Lt, Ne, false, true

from symcircuits.algebra import exact, prove
from symcircuits.algebra.values import Exact
from symcircuits.errors import BadValue
from symcircuits.typeset.functions import FUNCTIONS, Definition
from symcircuits.typeset.names import latex_name

Argument: TypeAlias = Exact | range | Sequence[Exact]
Result: TypeAlias = Expr | tuple[tuple[Expr, ...], ...]
_FAILURES = (TypeError, ValueError, IndexError, ZeroDivisionError)
_RELATIONS: dict[type[ast.cmpop], Any] = {
    ast.Eq: Eq, ast.NotEq: Ne, ast.Lt: Lt, ast.LtE: Le, ast.Gt: Gt, ast.GtE: Ge,
}  # fmt: skip


class _Row(tuple[Expr, ...]):
    """Values with a number each, from 0; no number counts from the end."""

    def __getitem__(self, place: Any) -> Any:
        if not isinstance(place, int | Integer) or place < 0:
            raise IndexError(f"a row has no entry {place}")
        return super().__getitem__(int(place))


@dataclass(frozen=True, eq=False)
class Shown:
    """A function with its formula: ``signature`` and ``latex`` are the two sides of what is printed.

    ``matrix`` is true for one that returns a matrix, written out.
    """

    function: Callable[..., Any]
    signature: str
    latex: str
    matrix: bool = False

    def value(self, *arguments: Exact | Sequence[Exact]) -> Result:
        """What the function computes on exact values; a matrix comes as rows."""
        return _run(self.function, tuple(map(_argument, arguments)))


def shown(function: Callable[..., Any], **over: Argument) -> Shown:
    """The formula of a function, after a proof that it is what the function computes.

    ``over`` says for each argument what it stands for: a range of whole numbers, of which every one is tried; a symbol
    or an exact value; or a sequence of these, for an argument that is indexed. Conditions need numbers. What is let
    through is told at ``Definition``.

    Raises ``BadValue`` in one line for anything else in the source, for a missing argument, and for a function that is
    not proved to be what is shown.
    """
    definition = Definition.of(function)
    if set(over) != set(definition.arguments):
        expected = ", ".join(definition.arguments)
        raise BadValue(f"{definition.name} has the arguments {expected}; got values for {', '.join(over) or 'none'}")
    met: dict[tuple[Expr, Expr], Mapping[str, Any]] = {}  # where each pair is met first
    for values in product(*(_several(over[name]) for name in definition.arguments)):
        at: Mapping[str, Any] = dict(zip(definition.arguments, values, strict=True))
        for pair in _traced(definition, function, at):
            met.setdefault(pair, at)
    if not met:
        raise BadValue(f"{definition.name} was tried at no values at all: a range is empty")
    for (computed, read), at in met.items():
        if not prove(computed, read):
            raise _unproved(definition, at, computed, read)
    names = ", ".join(map(latex_name, definition.arguments))
    return Shown(function, f"{latex_name(definition.name)}({names})", definition.latex(), definition.gives_matrix)


def _several(given: Argument) -> Sequence[Any]:
    return [Integer(value) for value in given] if isinstance(given, range) else [_argument(given)]


def _argument(given: Exact | Sequence[Exact]) -> Any:
    return _Row(map(exact, given)) if isinstance(given, Sequence) and not isinstance(given, str) else exact(given)


def _traced(definition: Definition, function: Callable[..., Any], at: Mapping[str, Any]) -> list[tuple[Expr, Expr]]:
    """Every entry as it is computed, and as its formula is read."""
    try:
        computed, read = _run(function, tuple(at.values())), _result(_statement(definition, definition.body, at))
    except _FAILURES as error:
        raise BadValue(f"{_where(definition, at)} cannot be traced: {error}") from None
    entries, others = list(_entries(computed)), list(_entries(read))
    if len(entries) != len(others):
        raise _unproved(definition, at, computed, read)
    return list(zip(entries, others, strict=True))


def _unproved(definition: Definition, at: Mapping[str, Any], computed: Result, read: Result) -> BadValue:
    where = _where(definition, at)
    return BadValue(f"{where} is not proved to compute what its formula says: {computed} and {read}")


def _where(definition: Definition, at: Mapping[str, Any]) -> str:
    told = ", ".join(f"{name} = {value}" for name, value in at.items() if not isinstance(value, _Row))
    return f"{definition.name} at {told}" if told else definition.name


def _run(function: Callable[..., Any], arguments: tuple[Any, ...]) -> Result:
    return _result(function(*arguments))


def _result(value: Any) -> Result:
    if isinstance(value, list):
        return tuple(tuple(exact(entry) for entry in row) for row in value)
    return exact(value)


def _entries(result: Result) -> Iterator[Expr]:
    if isinstance(result, Expr):
        yield result
    else:
        for row in result:
            yield from row


# -- the second reading of what is shown --------------------------------------------------------------------------


def _statement(definition: Definition, node: ast.stmt, at: Mapping[str, Any]) -> Any:
    if isinstance(node, ast.If):
        branch = node.body if _holds(node.test, at) else node.orelse
        return _statement(definition, branch[0], at)
    if isinstance(node, ast.Return) and node.value is not None:
        return _value(node.value, at)
    definition.refuse(node, f"{type(node).__name__} is not let through")


def _value(node: ast.expr, at: Mapping[str, Any]) -> Any:
    if isinstance(node, ast.IfExp):
        return _value(node.body if _holds(node.test, at) else node.orelse, at)
    if isinstance(node, ast.List):
        return [[_scalar(entry, at) for entry in row.elts] for row in node.elts if isinstance(row, ast.List)]
    return _scalar(node, at)


def _holds(node: ast.expr, at: Mapping[str, Any]) -> bool:
    if isinstance(node, ast.BoolOp):
        parts = [_holds(value, at) for value in node.values]
        return all(parts) if isinstance(node.op, ast.And) else any(parts)
    if not isinstance(node, ast.Compare):
        raise ValueError(f"{ast.unparse(node)} is no condition")
    relation = _RELATIONS[type(node.ops[0])](_scalar(node.left, at), _scalar(node.comparators[0], at))
    if relation not in (true, false):
        raise ValueError(f"{ast.unparse(node)} is neither true nor false; conditions need numbers")
    return bool(relation)


def _scalar(node: ast.expr, at: Mapping[str, Any]) -> Any:
    match node:
        case ast.Constant(value=int() as value):
            return Integer(value)
        case ast.Name(id=name):
            return at[name]
        case ast.UnaryOp(operand=operand):
            return -_scalar(operand, at)
        case ast.BinOp(left=left, op=op, right=right):
            return _combined(_scalar(left, at), op, _scalar(right, at))
        case ast.Subscript(value=ast.Name(id=name), slice=index):
            return at[name][_scalar(index, at)]
        case ast.Call(args=[ast.GeneratorExp() as terms]):
            return _sum(terms, at)
        case ast.Call(func=ast.Name(id=name), args=[argument]):
            return FUNCTIONS[name](_scalar(argument, at))  # type: ignore[operator]
    raise ValueError(f"{ast.unparse(node)} has no reading")


def _combined(left: Expr, op: ast.operator, right: Expr) -> Expr:
    match op:
        case ast.Add():
            return left + right
        case ast.Sub():
            return left - right
        case ast.Mult():
            return left * right
        case ast.Div():
            return left / right
        case _:
            return left**right


def _sum(terms: ast.GeneratorExp, at: Mapping[str, Any]) -> Expr:
    [generator] = terms.generators
    if not isinstance(generator.target, ast.Name) or not isinstance(generator.iter, ast.Call):
        raise ValueError(f"{ast.unparse(terms)} is no sum over a range")
    name, ends = generator.target.id, [int(_scalar(end, at)) for end in generator.iter.args]
    total = Integer(0)
    for value in range(*ends):
        total += _scalar(terms.elt, {**at, name: Integer(value)})
    return total
