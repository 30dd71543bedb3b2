"""Whether what a sheet for row vectors prints is what was decided for columns, transposed.

A statement about columns was decided side by side. Its row form says the same if both printed sides are the transposes
of what was decided, or if both are that itself, as numbers are. Printed matrices are built again from what is printed,
and proved equal to the transpose of the value. Printed formulas are compared as words (``typeset/words.py``), for all
matrices that fit; where all of their names have values, they are also worked out with these, transposed, and proved.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from typing import Literal, TypeAlias

from sympy import Expr, Integer, Symbol

from symcircuits.algebra import ExactMatrix, Factored, prove
from symcircuits.errors import BadValue, ShapeMismatch
from symcircuits.export.document import Piece, tag
from symcircuits.export.pieces import Reading
from symcircuits.typeset.formulas import Applied, Formula, Name, Product, Scalar, Sum, Tensor, Transpose, to_latex
from symcircuits.typeset.matrices import MatrixView
from symcircuits.typeset.words import Words, transposed, words
from symcircuits.worked.solution import Derivation
from symcircuits.worked.steps import Claim, Definition, Side, Statement, Step, Table, Value

Way: TypeAlias = Literal["transposed", "same"]
_BOTH: frozenset[Way] = frozenset(("transposed", "same"))
_INVARIANT = ("rank", "det", "tr", "trace", r"\sigma")


class _Unknown(Exception):
    """A formula with a part whose value is not known."""


def require_transposed(derivation: Derivation, reading: Reading) -> None:
    """Refuse to print for rows what does not say what was decided.

    Raises ``BadValue`` that names the statement or the definition.
    """
    known: dict[str, Value] = {}
    number = 0
    for step in derivation.steps:
        if isinstance(step, Definition) and isinstance(step.name, Name):
            known[step.name.latex] = step.value
        number += isinstance(step, Statement | Claim | Table)
        sides = _sides(step)
        if sides and not frozenset.intersection(*(ways(side, reading, known) for side in sides)):
            place = f"statement {tag(number)}" if isinstance(step, Statement) else "a definition"
            shown = " and ".join(to_latex(side.formula) for side in sides if side.formula) or "a matrix"
            raise BadValue(f"{place}: the row form of {shown} is not proved to be its transpose")


def _sides(step: Step) -> list[Side]:
    """What of a step is printed; a name alone stands for the transpose of its value by what it means to be a name."""
    if isinstance(step, Statement):
        return [step.left, step.right]
    if isinstance(step, Definition):
        return [Side(step.value), *([] if step.origin is None else [Side(step.value, step.origin)])]
    return []


def ways(side: Side, reading: Reading, known: Mapping[str, Value]) -> frozenset[Way]:
    """How a side is printed for rows: as the transpose of what it is for columns, as the same, or both for a number.

    ``known`` are the values of names, for columns. Empty where neither is proved.
    """
    if side.formula is None:
        found = _ways_of_value(reading.value(side.value), side.value)
    else:
        found = _ways_of_formula(reading.row_formula(side.formula), side.formula, known)
    return _BOTH if found and _is_number(side.value) else found


def _ways_of_value(printed: Piece, value: Value) -> frozenset[Way]:
    if not isinstance(printed, MatrixView) or isinstance(value, Expr):
        return _BOTH
    made = ExactMatrix(printed.shape, dict(printed.entries))
    candidates: list[tuple[Way, Value]] = [("transposed", value.T), ("same", value)]
    return frozenset(way for way, wanted in candidates if made.shape == wanted.shape and prove(made, wanted))


def _is_number(value: Value) -> bool:
    return isinstance(value, Expr) or value.shape == (1, 1)


def _ways_of_formula(printed: Formula, formula: Formula, known: Mapping[str, Value]) -> frozenset[Way]:
    if not _invariant(printed):
        return frozenset()
    said, columns = words(printed, rows=True), words(formula)
    candidates: list[tuple[Way, Words]] = [("transposed", transposed(columns)), ("same", columns)]
    found = frozenset(way for way, wanted in candidates if said == wanted)
    return frozenset(way for way in found if _holds_with_values(way, printed, formula, known))


def _invariant(formula: Formula) -> bool:
    """Whether every function in it is one that a transpose leaves as it is."""
    match formula:
        case Applied(function, of):
            return any(name in function for name in _INVARIANT) and _invariant(of)
        case Product(factors):
            return all(map(_invariant, factors))
        case Sum(terms):
            return all(_invariant(term) for _, term in terms)
        case Tensor(left, right):
            return _invariant(left) and _invariant(right)
        case Transpose(of):
            return _invariant(of)
        case _:
            return True


def _holds_with_values(way: Way, printed: Formula, formula: Formula, known: Mapping[str, Value]) -> bool:
    """The same once more with the values of the names, where they are known."""
    turned = {name: value if isinstance(value, Expr) else _matrix(value).T for name, value in known.items()}
    try:
        columns, rows = _worked_out(formula, known), _worked_out(printed, turned)
    except (_Unknown, ShapeMismatch):
        return True  # decided by the words, for all matrices that fit
    wanted = columns.T if way == "transposed" and isinstance(columns, ExactMatrix) else columns
    return bool(prove(rows, wanted))


def _worked_out(formula: Formula, known: Mapping[str, Value]) -> ExactMatrix | Expr:
    match formula:
        case Name(latex) if latex in known:
            value = known[latex]
            return value if isinstance(value, Expr) else _matrix(value)
        case Scalar(latex):
            return Symbol(latex, real=True)
        case Product(factors):
            return reduce(_times, (_worked_out(factor, known) for factor in factors))
        case Sum(terms):
            return reduce(_plus, (_times(Integer(sign), _worked_out(term, known)) for sign, term in terms))
        case Tensor(left, right):
            return _both(left, known).kron(_both(right, known))
        case Transpose(of):
            return _both(of, known).T
        case _:
            raise _Unknown


def _both(formula: Formula, known: Mapping[str, Value]) -> ExactMatrix:
    found = _worked_out(formula, known)
    if isinstance(found, Expr):
        raise _Unknown
    return found


def _times(left: ExactMatrix | Expr, right: ExactMatrix | Expr) -> ExactMatrix | Expr:
    if isinstance(left, Expr):
        return left * right
    return left * right if isinstance(right, Expr) else left @ right


def _plus(left: ExactMatrix | Expr, right: ExactMatrix | Expr) -> ExactMatrix | Expr:
    if isinstance(left, Expr) != isinstance(right, Expr):
        raise _Unknown
    return left + right


def _matrix(value: ExactMatrix | Factored) -> ExactMatrix:
    expanded = value.expand() if isinstance(value, Factored) else value
    return expanded.labelled(None, None)
