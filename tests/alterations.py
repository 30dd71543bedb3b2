"""Altered copies of a value, each with one sign, index or scale changed: of a matrix, an expression or a behaviour."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from decimal import Decimal
from typing import Any

from sympy import Expr, Integer, Rational, Sum, Symbol, Tuple, oo
from sympy.core.relational import Relational

from symcircuits.algebra import Between, ExactMatrix, Factored
from symcircuits.behaviours import Predicts
from symcircuits.circuit import Directions, Head
from symcircuits.errors import BadValue, ShapeMismatch
from symcircuits.worked import RoundedRow

Change = tuple[str, Any]


def matrix_changes(matrix: ExactMatrix) -> Iterator[Change]:
    """Each entry with the other sign, doubled, exchanged with its neighbours, and rewritten inside."""
    for (i, j), value in sorted(matrix.entries.items()):
        where = f"entry ({i}, {j})"
        yield f"{where} negated", _with(matrix, {(i, j): -value})
        yield f"{where} doubled", _with(matrix, {(i, j): 2 * value})
        for name, other in (("column", (i, _beside(j, matrix.shape[1]))), ("row", (_beside(i, matrix.shape[0]), j))):
            yield f"{where} to the next {name}", _with(matrix, {(i, j): matrix[other], other: value})
        for what, new in inner_changes(value):
            yield f"{where}, {what}", _with(matrix, {(i, j): new})
    if not matrix.entries:
        last = (matrix.shape[0] - 1, matrix.shape[1] - 1)
        yield from ((f"1 at {place} of zeros", _with(matrix, {place: Integer(1)})) for place in {(0, 0), last})


def _beside(index: int, size: int) -> int:
    return index + 1 if index + 1 < size else max(index - 1, 0)


def _with(matrix: ExactMatrix, changed: Mapping[tuple[int, int], Expr]) -> ExactMatrix:
    entries = {place: value for place, value in (dict(matrix.entries) | dict(changed)).items() if value != 0}
    # The altered matrix is one that was written down, whatever it was computed from.
    return replace(matrix, entries=entries, recipe=None)


def factored_changes(product: Factored) -> Iterator[Change]:
    """Each change of either factor."""
    for side in ("left", "right"):
        for what, factor in matrix_changes(getattr(product, side)):
            yield f"{side} factor, {what}", replace(product, **{side: factor})


def expression_changes(expression: Expr) -> Iterator[Change]:
    """The whole with the other sign, doubled and shifted by one; each term inside likewise, each index one further."""
    yield "negated", -expression
    yield "doubled", 2 * expression
    yield "plus 1", expression + 1
    yield "minus 1", expression - 1
    yield from inner_changes(expression)


def inner_changes(expression: Expr) -> Iterator[Change]:
    """What can be altered inside: terms of sums, indices of symbols, integers that count tokens."""
    yield from _rewrites(expression)
    for symbol in sorted(expression.free_symbols, key=str):
        after = _next_in_family(symbol)
        if after in expression.free_symbols:
            yield f"{symbol} and {after} exchanged", expression.xreplace({symbol: after, after: symbol})


def _rewrites(node: Expr) -> Iterator[Change]:
    if isinstance(node, Symbol):
        after = _next_in_family(node)
        if after is not None:
            yield f"{node} -> {after}", after
        elif node.is_integer:
            yield f"{node} -> {node + 1}", node + 1
    elif isinstance(node, Sum):
        yield from _rewritten_sums(node)
    else:
        if node.is_Add:
            yield from _rewritten_terms(node)
        yield from _rewritten_arguments(node)


def _rewritten_terms(total: Expr) -> Iterator[Change]:
    for term in total.args:
        yield f"{term} negated", total - 2 * term
        yield f"{term} doubled", total + term


def _rewritten_arguments(node: Expr) -> Iterator[Change]:
    for place, argument in enumerate(node.args):
        if argument.is_Number:
            continue
        for what, new in _rewrites(argument):
            yield what, node.func(*node.args[:place], new, *node.args[place + 1 :])


def _rewritten_sums(total: Sum) -> Iterator[Change]:
    (index, low, high), *_ = total.limits
    yield f"sum from {low + 1}", Sum(total.function, (index, low + 1, high))
    yield f"sum to {high + 1}", Sum(total.function, (index, low, high + 1))
    for what, new in _rewrites(total.function):
        yield f"in the sum, {what}", Sum(new, Tuple(index, low, high))


def _next_in_family(symbol: Symbol) -> Symbol | None:
    """``alpha_1`` for ``alpha_0``, with the same assumptions."""
    match = re.fullmatch(r"(.*_)(\d+)", symbol.name)
    return Symbol(f"{match[1]}{int(match[2]) + 1}", **symbol.assumptions0) if match else None


def behaviour_changes(behaviour: Any) -> Iterator[Change]:
    """Each number one more or less, neighbouring directions exchanged, one part left out, another answer."""
    if isinstance(behaviour, Predicts):
        yield from _answer_changes(behaviour)
        return
    if isinstance(behaviour, RoundedRow):
        yield from _digit_changes(behaviour)
        return
    for field in fields(behaviour):
        for what, value in _field_changes(getattr(behaviour, field.name)):
            try:
                yield f"{field.name} {what}", replace(behaviour, **{field.name: value})
            except (BadValue, ShapeMismatch):
                continue


def _digit_changes(row: RoundedRow) -> Iterator[Change]:
    """Each decimal with its last digit one more and one less."""
    for i, decimal in enumerate(row.decimals):
        for word, step in (("more", 1), ("less", -1)):
            other = Decimal(decimal) + Decimal(step).scaleb(Decimal(decimal).as_tuple().exponent)
            changed = (*row.decimals[:i], format(other, "f"), *row.decimals[i + 1 :])
            yield f"{decimal} one {word}", replace(row, decimals=changed)


def _answer_changes(behaviour: Predicts) -> Iterator[Change]:
    """The first and the last context with another answer, and more values of the symbol."""
    letters = sorted({letter for answer in behaviour.answers for letter in answer.context + answer.letter})
    for place in sorted({0, len(behaviour.answers) - 1}):
        answer = behaviour.answers[place]
        for letter in (letter for letter in letters if letter != answer.letter):
            changed = (*behaviour.answers[:place], replace(answer, letter=letter), *behaviour.answers[place + 1 :])
            yield f"{letter} after {answer.context}", replace(behaviour, answers=changed)
    for what, between in _field_changes(behaviour.between):
        yield what, replace(behaviour, between=between)


def _field_changes(value: Any) -> Iterator[Change]:
    if isinstance(value, str):
        yield from _word_changes(value)
    elif isinstance(value, bool):
        yield f"{value} -> {not value}", not value
    elif isinstance(value, int):
        yield from ((f"{value} -> {other}", other) for other in (value - 1, value + 1))
    elif isinstance(value, Between):
        yield from wider_ranges(value)
    elif isinstance(value, Relational):
        for what, left in expression_changes(value.lhs):
            yield f"left side {what}", value.func(left, value.rhs, evaluate=False)
    elif isinstance(value, ExactMatrix):
        yield from matrix_changes(value)
    elif isinstance(value, Rational) and not isinstance(value, Integer):
        yield from ((f"{value} {word}", value * (1 + Rational(by, 10**5))) for word, by in (("less", -1), ("more", 1)))
    elif isinstance(value, Directions):
        for i in range(len(value) - 1):
            yield f"{i} and {i + 1} exchanged", _exchanged(value, i)
        if len(value) > 1:
            yield "without the last", value[:-1]
    elif isinstance(value, Head):
        for name, weight in value.weights().items():
            yield from ((f"{name}, {what}", replace(value, **{name: new})) for what, new in matrix_changes(weight))
    elif isinstance(value, tuple) and value and (is_dataclass(value[0]) or isinstance(value[0], Rational)):
        yield from _part_changes(value)


def _word_changes(word: str) -> Iterator[Change]:
    """The first two different neighbours exchanged."""
    for i in range(len(word) - 1):
        if word[i] != word[i + 1]:
            yield f"{word} -> with {i} and {i + 1} exchanged", word[:i] + word[i + 1] + word[i] + word[i + 2 :]
            return


def wider_ranges(values: Between) -> Iterator[Change]:
    """More values of the symbol, at either end."""
    if values.low != 0:
        yield "from half the least value", replace(values, low=values.low / 2)
    if values.high is not oo:
        yield "to twice the largest value", replace(values, high=2 * values.high)


def _exchanged(value: Directions, i: int) -> Directions:
    order = [*range(i), i + 1, i, *range(i + 2, len(value))]
    return Directions(value.name, tuple(value.places[k] for k in order), tuple(value.labels[k] for k in order))


def _part_changes(parts: tuple[Any, ...]) -> Iterator[Change]:
    for i, part in enumerate(parts):
        if len(parts) > 1:
            yield f"without part {i}", parts[:i] + parts[i + 1 :]
        for what, new in _field_changes(part) if isinstance(part, Rational) else behaviour_changes(part):
            yield f"part {i}, {what}", (*parts[:i], new, *parts[i + 1 :])


def alterations(value: Any) -> list[Change]:
    """All changes of a value, each other than the value itself, and no two alike."""
    if isinstance(value, ExactMatrix):
        found = list(matrix_changes(value))
        return [(what, new) for what, new in found if new != value]
    if isinstance(value, Factored):
        factors = (value.left, value.right)
        return [(what, new) for what, new in factored_changes(value) if (new.left, new.right) != factors]
    changes = expression_changes(value) if isinstance(value, Expr) else behaviour_changes(value)
    kept: dict[Any, str] = {value: ""}
    for what, new in changes:
        kept.setdefault(new, what)
    return [(what, new) for new, what in kept.items() if what]
