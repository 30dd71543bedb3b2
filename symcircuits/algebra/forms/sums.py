"""Sums with symbolic bounds, read as linear operators.

Factors free of the index are pulled out; what is left under the sum is one generator per monomial and range. A range
of known length is written out. Constants in the bounds are peeled off term by term, in Karr's convention (a sum from
``a`` to ``a - 1`` is empty, and an upper bound further down subtracts), which is SymPy's own; so the sum to ``n`` and
the sum to ``n - 2`` plus two terms come out equal for every integer ``n``.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from itertools import count
from typing import TYPE_CHECKING

from sympy import Add, Dummy, Expr, Integer, Mul, S, Sum, Symbol, oo

from symcircuits.algebra.forms.generators import Generators
from symcircuits.algebra.forms.quotient import Quotient
from symcircuits.algebra.forms.renaming import mentions, renamed
from symcircuits.algebra.values import contains
from symcircuits.errors import BudgetSpent, OutsideClass

if TYPE_CHECKING:
    from symcircuits.algebra.forms.reader import Reader

MAX_TERMS = 2000
_UNDEFINED = (S.ComplexInfinity, S.NaN)


def read_sum(reader: Reader, expression: Sum) -> Quotient:
    """The quotient of a sum whose index has a name of its own; see ``with_own_indices``.

    A body that divides by something with the index in it is not looked into.
    """
    *inner, (bound, lower, upper) = expression.limits
    body = Sum(expression.function, *inner) if inner else expression.function
    if lower.has(oo) or upper.has(oo):
        raise OutsideClass(f"{expression} is an infinite sum")
    low, low_shift = _split(lower)
    high, high_shift = _split(upper)
    if low == high:
        return _run(reader, body, bound, low + low_shift, high_shift + 1 - low_shift)
    low_shift, before = _peeled(reader, body, bound, low, low_shift)
    high_shift, after = _peeled(reader, body, bound, high + 1, high_shift)
    total = _whole(reader, body, bound, low + low_shift, high + high_shift)
    return reader.plus(reader.plus(total, after), reader.times(before, Quotient({0: -1})))


@cache
def _bound_symbol(depth: int, integer: bool) -> Symbol:
    # Between bounds that are not integers, the index is none either.
    return Dummy(f"index_{depth}", integer=True) if integer else Dummy(f"index_{depth}")


def _depth(body: Expr) -> int:
    inside = [_depth(node.function) + len(node.limits) for node in body.atoms(Sum)]
    return max(inside, default=0)


def _split(bound: Expr) -> tuple[Expr, int]:
    constant, rest = bound.as_coeff_Add()
    return (rest, int(constant)) if isinstance(constant, Integer) else (bound, 0)


def _run(reader: Reader, body: Expr, bound: Symbol, start: Expr, length: int) -> Quotient:
    """The terms at ``start, start + 1, ...``; a negative length subtracts those before ``start``."""
    if abs(length) > MAX_TERMS:
        raise BudgetSpent(f"a sum of {abs(length)} terms is longer than allowed")
    total = Quotient({})
    for shift in range(min(length, 0), max(length, 0)):
        total = reader.plus(total, reader.read(body.xreplace({bound: start + shift})))
    return total if length >= 0 else reader.times(total, Quotient({0: -1}))


def _peeled(reader: Reader, body: Expr, bound: Symbol, start: Expr, length: int) -> tuple[int, Quotient]:
    """The terms between ``start`` and ``start + length`` (which see ``_run``), from the far end until one is undefined;
    and how many are left."""
    step = 1 if length > 0 else -1
    left = length
    while left and not body.xreplace({bound: start + (left - 1 if step > 0 else left)}).has(*_UNDEFINED):
        left -= step
        if abs(length - left) > MAX_TERMS:
            break
    return left, _run(reader, body, bound, start + left, length - left)


def _whole(reader: Reader, body: Expr, bound: Symbol, low: Expr, high: Expr) -> Quotient:
    read = reader.read(body)
    generators = reader.generators
    if any(_part_with(generators, monomial, bound) for monomial in read.denominator):
        own = _first_index(bound, lambda index: index in body.atoms(Symbol))
        return reader.opaque(Sum(body.xreplace({bound: own}), (own, low, high)))
    total = Quotient({})
    for monomial, coefficient in read.numerator.items():
        part = _part_with(generators, monomial, bound)
        length_or_sum = _of_monomial(reader, part, bound, low, high) if part else reader.read(high - low + 1)
        outside = Quotient({monomial - part: coefficient}, read.denominator)
        total = reader.plus(total, reader.times(outside, length_or_sum))
    return total


def _of_monomial(reader: Reader, part: int, bound: Symbol, low: Expr, high: Expr) -> Quotient:
    generators = reader.generators
    own = _first_index(bound, lambda index: mentions(generators, part, index))
    if own != bound:
        part = renamed(generators, part, bound, own)
    return reader.monomial(generators.free("sum", low, high, part))


def _first_index(bound: Symbol, taken: Callable[[Symbol], bool]) -> Symbol:
    """The first of the names for an index that is not taken: the same for a sum wherever it stands."""
    integer = bound.is_integer is True
    names = (_bound_symbol(depth, integer) for depth in count())
    return next(index for index in names if index == bound or not taken(index))


def _part_with(generators: Generators, monomial: int, bound: Symbol) -> int:
    """The factor of a monomial made of the generators that involve the index."""
    return sum(factor for factor in generators.factors(monomial) if generators.depends_on(factor, bound))


def with_own_indices(expression: Expr) -> Expr:
    """The expression with names of their own for the indices of its sums, so that nothing put in is captured."""
    if not isinstance(expression, Expr) or not contains(expression, Sum):
        return expression
    if not isinstance(expression, Sum):
        return expression.func(*map(with_own_indices, expression.args))
    function = with_own_indices(expression.function)
    limits: list[tuple[Expr, ...]] = []
    for depth, (index, lower, upper) in enumerate(expression.limits, _depth(function)):
        own = {index: _bound_symbol(depth, lower.is_integer is True and upper.is_integer is True)}
        function = function.xreplace(own)
        limits = [tuple(part.xreplace(own) for part in limit) for limit in limits] + [(own[index], lower, upper)]
    return Sum(function, *limits)


def surely_positive(expression: Expr) -> bool:
    """Whether an expression is certainly positive: by its symbols' assumptions, or as a sum of positive terms that is
    not empty."""
    if isinstance(expression, Sum):
        ((index, lower, upper), *outer) = expression.limits
        body = expression.function.xreplace({index: Dummy(integer=True)})
        return not outer and (upper - lower).is_nonnegative is True and surely_positive(body)
    if isinstance(expression, Add | Mul):
        return all(surely_positive(argument) for argument in expression.args)
    return expression.is_positive is True
