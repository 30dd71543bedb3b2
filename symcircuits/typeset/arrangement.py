r"""In which order a reader meets the terms of a sum and the factors of a product.

>>> from sympy import cos
>>> from symcircuits.symbols import alpha, lambda_, m, n
>>> ordered_terms(n - m - 1)
[(False, n), (True, 1), (True, m)]
>>> ordered_factors(cos(alpha(0)) * n * lambda_(0)**2 / 2)
Factors(numerator=[lambda_0**2, n, cos(alpha_0)], denominator=[], p=1, q=2)
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

from sympy import Add, Basic, Expr, Function, Integer, Mul, Pow, Rational, Symbol, cos, cosh, default_sort_key, exp, sin
from sympy.concrete.expr_with_limits import ExprWithLimits
from sympy.core.function import AppliedUndef

from symcircuits.symbols import order_of

NUMBER, SYMBOL, POWER, SUM, RADICAL, EXPONENTIAL, CALL, FUNCTION, BIG = range(9)
_END = (SYMBOL, (99,))
# The same few factors and terms return in every entry of a matrix, and each is weighed and sorted many times.
_remembered = lru_cache(maxsize=1 << 16)


class Factors(NamedTuple):
    """A product without its sign: ``p/q`` in lowest terms times ``numerator`` over ``denominator``, each in order."""

    numerator: list[Expr]
    denominator: list[Expr]
    p: int
    q: int


def ordered_terms(expr: Expr) -> list[tuple[bool, Expr]]:
    """The terms as (is negative, term without its sign): a positive one first where there is one.

    Positive terms come in the declared order of their symbols, then constants, then negative terms; a positive
    constant comes first where the other terms are more than integer indices (``1 - cos x``, but ``n - 1 - m``).
    """
    terms = sorted((split_sign(term) for term in Add.make_args(expr)), key=lambda signed: _term_key(signed[1]))
    constants = [pair for pair in terms if not _symbols(pair[1])]
    constants.sort(key=lambda pair: (pair[0], not pair[1].is_Rational))
    others = [pair for pair in terms if _symbols(pair[1])]
    positive = [pair for pair in others if not pair[0]]
    negative = [pair for pair in others if pair[0]]
    leads = bool(constants) and not constants[0][0]
    if leads and not all(_is_index(term) for _, term in others):
        return constants + positive + negative
    return positive + constants + negative if positive or leads else negative + constants


def ordered_factors(expr: Expr) -> Factors:
    """The factors of a product (or of anything else, as a product of one), its sign left out.

    Factors that do not commute come last, in the order in which they were given.
    """
    coefficient, numerator, denominator, fixed = Rational(1), [], [], []
    for factor in _flat(expr):
        base, exponent = factor.as_base_exp() if factor.is_Pow else (factor, Integer(1))
        if factor.is_Rational:
            coefficient *= factor
        elif not factor.is_commutative:
            fixed.append(factor)
        elif exponent.is_Rational and exponent.is_negative:
            denominator.append(Pow(base, -exponent))
        else:
            numerator.append(factor)
    numerator.sort(key=factor_key)
    denominator.sort(key=factor_key)
    return Factors([*numerator, *fixed], denominator, abs(int(coefficient.p)), int(coefficient.q))


@_remembered
def _symbols(expr: Basic) -> frozenset[Symbol]:
    # What binds no symbol has those of its parts, and these are remembered.
    if type(expr).free_symbols is Basic.free_symbols:
        return frozenset().union(*map(_symbols, expr.args))
    return frozenset(expr.free_symbols)


@_remembered
def split_sign(expr: Expr) -> tuple[bool, Expr]:
    """Whether the numeric factor is negative, and the expression without that sign."""
    negative = sum(bool(factor.is_Number and factor.is_negative) for factor in _flat(expr)) % 2 == 1
    return negative, -expr if negative else expr


def upright(expr: Expr) -> Expr:
    """The argument of an even function, its sign chosen so that the symbol declared first is positive.

    >>> from symcircuits.symbols import m, n
    >>> cos(n - m - 1), upright(cos(n - m - 1).args[0])
    (cos(m - n + 1), -m + n - 1)
    """
    terms = [split_sign(term) for term in Add.make_args(expr) if _symbols(term)]
    if terms and min(terms, key=lambda signed: _term_key(signed[1]))[0]:
        return -expr
    return expr


def is_even_function(expr: Expr) -> bool:
    """Whether the sign of the argument can be turned without a change of value."""
    return isinstance(expr, cos | cosh)


@_remembered
def factor_class(factor: Expr) -> int:
    """Which kind of factor it is; kinds print in rising order."""
    base, exponent = factor.as_base_exp() if factor.is_Pow else (factor, Integer(1))
    if not _symbols(factor) and not factor.has(Function):
        return NUMBER
    if not exponent.is_Rational:
        return POWER
    if base.is_Add:
        return SUM if exponent.is_Integer else RADICAL
    if base.is_Symbol:
        return SYMBOL if exponent.is_Integer else RADICAL
    return _class_of_call(base)


@_remembered
def factor_key(factor: Expr) -> tuple[Any, ...]:
    """The place of a factor among its neighbours."""
    base, exponent = factor.as_base_exp() if factor.is_Pow else (factor, Integer(1))
    kind = factor_class(factor)
    if kind == SYMBOL:
        return kind, order_of(base), -int(exponent)
    places = tuple(sorted(order_of(symbol) for symbol in _symbols(factor)))
    return kind, places, isinstance(base, sin), _Tie(factor)


class _Tie:
    """The place that SymPy gives a factor: costly, and asked for only between factors that are alike in all else."""

    def __init__(self, factor: Expr) -> None:
        self._factor = factor

    @cached_property
    def _key(self) -> Any:
        return default_sort_key(self._factor)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Tie) and (self._factor == other._factor or self._key == other._key)

    def __lt__(self, other: _Tie) -> bool:
        return bool(self._key < other._key)


def _class_of_call(base: Expr) -> int:
    if isinstance(base, ExprWithLimits):
        return BIG
    if isinstance(base, exp):
        return EXPONENTIAL
    return CALL if isinstance(base, AppliedUndef) or not isinstance(base, Function) else FUNCTION


@_remembered
def _term_key(term: Expr) -> tuple[Any, ...]:
    factors = ordered_factors(term)
    return (*(factor_key(factor) for factor in factors.numerator if factor_class(factor) != NUMBER), _END)


def _is_index(term: Expr) -> bool:
    return not term.has(Function) and all(symbol.is_integer for symbol in _symbols(term))


def _flat(expr: Expr) -> Iterator[Expr]:
    for factor in Mul.make_args(expr):
        if factor.is_Mul:
            yield from _flat(factor)
        else:
            yield factor
