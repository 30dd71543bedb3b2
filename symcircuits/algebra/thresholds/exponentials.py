"""Sums of terms ``c x^k exp(r x^p)`` in one symbol: what conditions on a scale are made of.

The coefficients ``c`` and rates ``r`` are expressions without the symbol, the power ``p`` is the same in every term.

>>> from sympy import Symbol
>>> x, n = Symbol("x", positive=True), Symbol("n", positive=True)
>>> top, bottom = read_quotient(n / (exp(2 * x) + n), x)
>>> top.terms, bottom.terms
({(0, 0): n}, {(0, 0): n, (0, 2): 1})
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice

from sympy import (
    Add,
    E,
    Expr,
    Integer,
    Mul,
    Pow,
    Rational,
    Sum,
    Symbol,
    cosh,
    coth,
    exp,
    preorder_traversal,
    sinh,
    tanh,
)

from symcircuits.algebra.enclosures.ranges import written_out
from symcircuits.errors import BudgetSpent, OutsideClass

MAX_TERMS = 4000
MAX_POWER = 64
MAX_ARGUMENT = 2000
MAX_EXPANDED = 4
ZERO, ONE = Integer(0), Integer(1)

Key = tuple[Rational, Expr]
_HYPERBOLIC = (sinh, cosh, tanh, coth)


@dataclass(frozen=True)
class ExponentialSum:
    """``terms[k, r]`` is the coefficient of ``x^k exp(r x^grade)``."""

    terms: Mapping[Key, Expr]
    symbol: Symbol
    grade: Rational

    def expression(self) -> Expr:
        """The sum, written out."""
        return Add(*(self.term(key, coefficient) for key, coefficient in self.terms.items()))

    def term(self, key: Key, coefficient: Expr) -> Expr:
        """One term of the sum."""
        return coefficient * self.symbol ** key[0] * exp(key[1] * self.symbol**self.grade)

    def shifted(self, power: Rational, rate: Expr) -> ExponentialSum:
        """The sum times ``x^power exp(rate x^grade)``."""
        moved = {(k + power, r + rate): c for (k, r), c in self.terms.items()}
        return ExponentialSum(moved, self.symbol, self.grade)


def read_quotient(expression: Expr, symbol: Symbol) -> tuple[ExponentialSum, ExponentialSum]:
    """Numerator and denominator of an expression; what both share is not cancelled.

    Raises ``OutsideClass`` for an expression of another kind, ``BudgetSpent`` for one that is too large.
    """
    reader = _Reader(symbol)
    top, bottom = reader.read(expression)
    grade = reader.grade or ONE
    return ExponentialSum(top, symbol, grade), ExponentialSum(bottom, symbol, grade)


_Terms = dict[Key, Expr]
_Pair = tuple[_Terms, _Terms]
_UNIT: _Terms = {(ZERO, ZERO): ONE}


class _Reader:
    def __init__(self, symbol: Symbol) -> None:
        self.symbol = symbol
        self.grade: Rational | None = None

    def read(self, expression: Expr) -> _Pair:
        if self.symbol not in expression.free_symbols:
            return {(ZERO, ZERO): expression}, _UNIT
        if expression == self.symbol:
            return {(ONE, ZERO): ONE}, _UNIT
        if isinstance(expression, Add):
            return self._total(expression.args)
        if isinstance(expression, Mul):
            return self._product(self.read(factor) for factor in expression.args)
        if isinstance(expression, Sum):
            return self.read(written_out(expression))
        if isinstance(expression, _HYPERBOLIC):
            return self.read(expression.rewrite(exp))
        if isinstance(expression, exp):
            return self._exponential(expression.args[0])
        if isinstance(expression, Pow):
            return self._power(expression.base, expression.exp)
        raise OutsideClass(f"{expression.func} of {self.symbol} is not a sum of exponentials")

    def _total(self, terms: Iterable[Expr]) -> _Pair:
        by_bottom: list[tuple[_Terms, _Terms]] = []
        for term in terms:
            top, bottom = self.read(term)
            for place, (known_top, known) in enumerate(by_bottom):
                if known == bottom:
                    by_bottom[place] = (_add(known_top, top), known)
                    break
            else:
                by_bottom.append((top, bottom))
        total = by_bottom[0]
        for top, bottom in by_bottom[1:]:
            total = (_add(_multiply(total[0], bottom), _multiply(top, total[1])), _multiply(total[1], bottom))
        return total

    def _product(self, pairs: Iterable[_Pair]) -> _Pair:
        top, bottom = _UNIT, _UNIT
        for next_top, next_bottom in pairs:
            top, bottom = _multiply(top, next_top), _multiply(bottom, next_bottom)
        return top, bottom

    def _power(self, base: Expr, exponent: Expr) -> _Pair:
        if base is E:
            return self._exponential(exponent)
        if base == self.symbol and isinstance(exponent, Rational):
            return {(exponent, ZERO): ONE}, _UNIT
        if not isinstance(exponent, Integer) or abs(int(exponent)) > MAX_POWER:
            raise OutsideClass(f"the power {exponent} is not a small integer")
        top, bottom = self._product([self.read(base)] * abs(int(exponent)))
        return (top, bottom) if exponent > 0 else (bottom, top)

    def _exponential(self, argument: Expr) -> _Pair:
        rate, constant = ZERO, ZERO
        for term in Add.make_args(_expanded(argument)):
            factor, power = term.as_independent(self.symbol, as_Add=False)
            if power is ONE:
                constant += term
                continue
            self._agree(power.as_base_exp())
            rate += factor
        return {(ZERO, rate): exp(constant)}, _UNIT

    def _agree(self, power: tuple[Expr, Expr]) -> None:
        base, grade = power
        if base != self.symbol or not isinstance(grade, Rational) or grade <= 0:
            raise OutsideClass(f"the exponent is not a multiple of a power of {self.symbol}")
        if self.grade not in (None, grade):
            raise OutsideClass(f"two different powers of {self.symbol} in the exponents")
        self.grade = grade


def _expanded(argument: Expr) -> Expr:
    """A short exponent multiplied out."""
    if sum(1 for _ in islice(preorder_traversal(argument), MAX_ARGUMENT)) == MAX_ARGUMENT:
        raise BudgetSpent("an exponent longer than allowed")
    powers = [power for power in argument.atoms(Pow) if power.base.is_Add and power.exp.is_Integer]
    if any(abs(power.exp) > MAX_EXPANDED for power in powers):
        raise OutsideClass("an exponent with a high power of a sum")
    return argument.expand(func=False, trig=False)


def _add(a: _Terms, b: _Terms) -> _Terms:
    total = dict(a)
    for key, coefficient in b.items():
        value = total.get(key, ZERO) + coefficient
        if value == ZERO:
            total.pop(key, None)
        else:
            total[key] = value
    return total


def _multiply(a: _Terms, b: _Terms) -> _Terms:
    if a is _UNIT:
        return b
    if b is _UNIT:
        return a
    if len(a) * len(b) > MAX_TERMS:
        raise BudgetSpent(f"a product of {len(a)} by {len(b)} terms is larger than allowed")
    product: _Terms = {}
    for (power_a, rate_a), c_a in a.items():
        for (power_b, rate_b), c_b in b.items():
            key = power_a + power_b, rate_a + rate_b
            product[key] = product.get(key, ZERO) + c_a * c_b
    return {key: coefficient for key, coefficient in product.items() if coefficient != ZERO}
