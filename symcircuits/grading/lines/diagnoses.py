r"""What may have gone wrong in a line: declared changes of its right side that would make it right.

A diagnosis is a remark on a line that is refuted already, never the cause of its verdict.

>>> from symcircuits.symbols import alpha, lambda_
>>> left, right = lambda_(0) ** 2 * cos(alpha(0)), lambda_(0) * cos(alpha(0))
>>> diagnose_line(left, right)
('lambda-not-squared', 'with the magnitudes squared it is right')
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import reduce
from math import isclose
from typing import TypeAlias

from sympy import Add, Dummy, Expr, Integer, Pow, Rational, Symbol, cos, sin, sqrt

from symcircuits import symbols
from symcircuits.algebra import ExactMatrix, Proved, prove
from symcircuits.grading.meaning.blocks import rolled
from symcircuits.grading.meaning.evaluate import evaluate
from symcircuits.grading.meaning.operations import times
from symcircuits.grading.meaning.scope import Scope, Value
from symcircuits.grading.reading.refusals import CannotRead
from symcircuits.grading.reading.syntax import Node, Product
from symcircuits.typeset.text import text

Change: TypeAlias = tuple[str, str, Callable[[Expr], Expr]]
_TERMS = 8  # of a sum whose terms are tried one by one
_SIDE = 32  # rows or columns of a matrix whose blocks are moved
_ENTRIES = 512  # of a matrix whose entries are changed
_PLACES = (symbols.n, symbols.m)


def diagnose_line(left: Value, right: Value, nodes: Sequence[Node] = (), scope: Scope | None = None) -> tuple[str, str]:
    """A code and a remark for the first change of the right side that makes both sides equal; empty where none does.

    With the two ``nodes`` and their scope, products are also read in the other convention.
    """
    found = _of_values(left, right)
    if found[0] or scope is None:
        return found
    turned = [_in_other_convention(node, scope) for node in nodes]
    for one, other in zip((right, left), turned, strict=True):
        if isinstance(one, ExactMatrix) and other is not None:
            if any(one.shape == side.shape and _same(one, side) for side in (other, other.T)):
                return "convention", "with its matrices read in the other convention it is right"
    return "", ""


def _of_values(left: Value, right: Value) -> tuple[str, str]:
    if isinstance(left, ExactMatrix) and isinstance(right, ExactMatrix):
        return _of_matrices(left, right)
    if isinstance(left, Expr) and isinstance(right, Expr):
        for code, remark, change in _changes(left.free_symbols | right.free_symbols, right):
            if _equal(left, change(right)):
                return code, remark
    return "", ""


def _in_other_convention(node: Node, scope: Scope) -> ExactMatrix | None:
    """A product of matrices as a reader of the other convention takes it: each of its factors transposed."""
    if not isinstance(node, Product):
        return None
    try:
        values = [evaluate(factor, scope) for factor in node.factors]
        flipped = [value.T if isinstance(value, ExactMatrix) else value for value in values]
        found = reduce(lambda one, other: times(one, other, node.at), flipped)
    except CannotRead:
        return None
    return found if isinstance(found, ExactMatrix) else None


def _of_matrices(left: ExactMatrix, right: ExactMatrix) -> tuple[str, str]:
    if right.T.shape == left.shape and _same(left, right.T):
        return "transposed", "transposed it is right"
    if left.shape != right.shape or len(right.entries) > _ENTRIES:
        return "", ""
    for code, remark, change in _changes(left.free_symbols | right.free_symbols):
        if _same(left, _each(right, change)):
            return code, remark
    if any(_same(left, moved) for moved in _moved(right)):
        return "wrong-block", "with its block in another place it is right"
    places = [place for place in {**left.entries, **right.entries} if left[place] != right[place]]
    wrong = [place for place in places if len(places) <= _TERMS and not isinstance(_proof(left, right, place), Proved)]
    if len(wrong) == 1:
        return "one-entry", "no other entry is wrong"
    return "", ""


def _proof(left: ExactMatrix, right: ExactMatrix, place: tuple[int, int]) -> object:
    return prove(left[place], right[place])


def _changes(free: set[Symbol], right: Expr | None = None) -> Iterator[Change]:
    """The changes that are tried, of a scalar or of every entry; some are for a scalar only, ``right``."""
    yield "sign", "with the other sign it is right", _scaled(Integer(-1))
    angles = _swap({symbol: -symbol for symbol in free if symbol.name.startswith("alpha")})
    yield "rotation-direction", "turned the other way it is right", angles
    magnitudes = [symbol for symbol in sorted(free, key=str) if symbol.name.startswith("lambda")]
    for chosen in [magnitudes] if len(magnitudes) < 2 else [magnitudes, *([one] for one in magnitudes)]:
        squares = {symbol: symbol**2 for symbol in chosen}
        yield "lambda-not-squared", "with the magnitudes squared it is right", _swap(squares)
        roots = {symbol: sqrt(symbol) for symbol in chosen}
        yield "lambda-squared-twice", "with the magnitudes to half the power it is right", _swap(roots)
    if right is not None:
        yield from _of_functions(right)
    yield "lost-half", "with a factor 1/2 it is right", _scaled(Rational(1, 2))
    yield "factor-two", "with a factor 2 it is right", _scaled(Integer(2))
    for size in sorted((symbol for symbol in free if symbol.name in ("d", "d_k", "d_h", "d_head")), key=str):
        for power in (Rational(-1, 2), Rational(1, 2)):
            remark = f"with a factor {'1/' if power < 0 else ''}√{text(size)} it is right"
            yield "lost-sqrt-d", remark, _scaled(size**power)
    for scale in sorted(free & {symbols.beta, symbols.Lg}, key=str):
        told = f"with {text(scale)} on both sides it is right"
        yield from (("scale-one-side", told, change) for change in (_scaled(scale), _scaled(1 / scale)))
        yield "scale-one-side", told, _swap({scale: scale**2})
    n, m = _PLACES
    if free & set(_PLACES):
        yield "q-k-exchanged", "with the two positions exchanged it is right", _swap({n: m, m: n})
        for shift in ({n: n + 1}, {n: n - 1}, {m: m + 1}, {m: m - 1}):
            yield "off-by-one", "one position on it is right", _swap(shift)
        yield "sign", "with the other sign before m it is right", _swap({m: -m})
    if isinstance(right, Add) and len(right.args) <= _TERMS:
        for term in right.args:
            yield "sign", f"with the other sign before {text(term)} it is right", _without(2 * term)
            yield "lost-half", f"with a factor 1/2 at {text(term)} it is right", _without(term / 2)


def _of_functions(right: Expr) -> Iterator[Change]:
    """A cosine or sine that has lost its square, or the half of its angle."""
    for function in sorted(right.atoms(cos, sin), key=str)[:_TERMS]:
        stand_in = Dummy(real=True)
        if not any(isinstance(part, Pow) and part.base == function for part in right.atoms(Pow)):
            squared = _swap({function: stand_in}, {stand_in: function**2})
            yield "lost-square", f"with the square of {text(function)} it is right", squared
        half = _swap({function: stand_in}, {stand_in: function.func(function.args[0] / 2)})
        yield "lost-half", f"with half the angle in {text(function)} it is right", half


def _swap(*steps: dict[Expr, Expr]) -> Callable[[Expr], Expr]:
    def changed(value: Expr) -> Expr:
        for step in steps:
            value = value.xreplace(step)
        return value

    return changed


def _scaled(factor: Expr) -> Callable[[Expr], Expr]:
    return lambda value: value * factor


def _without(part: Expr) -> Callable[[Expr], Expr]:
    return lambda value: value - part


def _each(matrix: ExactMatrix, change: Callable[[Expr], Expr]) -> ExactMatrix:
    entries = {place: change(value) for place, value in matrix.entries.items()}
    return ExactMatrix.from_entries(matrix.shape, entries, matrix.rows, matrix.columns)


def _moved(matrix: ExactMatrix) -> Iterator[ExactMatrix]:
    """The matrix with its rows or its columns moved round."""
    for side, size in enumerate(matrix.shape):
        for shift in range(1, size if size <= _SIDE else 1):
            yield rolled(matrix, side, shift)


def _same(left: ExactMatrix, right: ExactMatrix) -> bool:
    """Whether two matrices are proved equal; where their numbers differ, no proof is tried."""
    places = {*left.entries, *right.entries}
    return all(_near(left[place], right[place]) for place in places) and isinstance(prove(left, right), Proved)


def _equal(left: Expr, right: Expr) -> bool:
    return _near(left, right) and isinstance(prove(left, right), Proved)


def _near(left: Expr, right: Expr) -> bool:
    """Whether both are alike at some numbers, which spares a proof that must fail; a guess, and never more."""
    if left == right:
        return True
    free = sorted(left.free_symbols | right.free_symbols, key=str)
    values = {symbol: Integer(place + 2) / (1 if symbol.is_integer else 7) for place, symbol in enumerate(free)}
    one, other = (side.xreplace(values).evalf(12) for side in (left, right))
    if not (one.is_Float or one.is_Number) or not (other.is_Float or other.is_Number):
        return True
    return isclose(one, other, rel_tol=1e-8, abs_tol=1e-8)
