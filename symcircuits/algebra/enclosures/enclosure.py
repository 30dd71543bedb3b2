"""Rigorous complex enclosures of exact expressions at exact points.

>>> from sympy import Integer, Symbol, exp, sqrt
>>> x = Symbol("x")
>>> enclose(sqrt(2) + exp(-x) - sqrt(2), {x: Integer(50)}, 200).real_sign()
1
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sympy import (
    Abs,
    Add,
    E,
    Expr,
    I,
    Integer,
    Mul,
    Pow,
    Rational,
    Sum,
    Symbol,
    cos,
    cosh,
    cot,
    coth,
    csc,
    exp,
    log,
    pi,
    sec,
    sin,
    sinh,
    tan,
    tanh,
)

from symcircuits.algebra.by_type import ByType
from symcircuits.algebra.enclosures.arithmetic import Arithmetic, Enclosure
from symcircuits.algebra.enclosures.balls import Backend, default_backend
from symcircuits.errors import BudgetSpent, OutsideClass

MAX_SUM = 5000
MAX_NODES = 200_000

_CIRCULAR = {cos: "cos", sin: "sin", cosh: "cosh", sinh: "sinh"}
_QUOTIENTS = {tan: (sin, cos), cot: (cos, sin), tanh: (sinh, cosh), coth: (cosh, sinh)}


def enclose(expression: Expr, point: Mapping[Symbol, Expr], bits: int, backend: Backend | None = None) -> Enclosure:
    """An enclosure of an expression at a point, computed with ``bits`` of precision.

    Raises ``OutsideClass`` where a function is not supported, a symbol has no value or the expression is not certainly
    defined there, ``BudgetSpent`` where numbers grow too large.
    """
    chosen = backend or default_backend()
    with chosen.precision(bits):
        try:
            return _Evaluator(Arithmetic(chosen), dict(point), [MAX_NODES]).value(expression)
        except (ZeroDivisionError, ValueError, OverflowError) as error:
            raise OutsideClass(f"{expression} cannot be enclosed: {error}") from None


class _Evaluator:
    def __init__(self, arithmetic: Arithmetic, point: dict[Symbol, Expr], left: list[int]) -> None:
        self.point = point
        self._with = arithmetic
        self._known: dict[Expr, Enclosure] = {}
        self._left = left

    def value(self, expression: Expr) -> Enclosure:
        known = self._known.get(expression)
        if known is None:
            self._left[0] -= 1
            if self._left[0] < 0:
                raise BudgetSpent(f"more than {MAX_NODES} parts of an expression to enclose")
            known = self._known[expression] = _EVALUATIONS[type(expression)](self, expression)
        return known

    def _other(self, expression: Expr) -> Enclosure:
        if expression is pi:
            return self._with.pi()
        if expression is E:
            return self._with.exp(self._with.rational(1))
        if expression is I:
            return self._with.imaginary_unit()
        return self._composed(expression)

    def _rational(self, number: Rational) -> Enclosure:
        return self._with.rational(int(number.p), int(number.q))

    def _symbol(self, symbol: Symbol) -> Enclosure:
        if symbol not in self.point:
            raise OutsideClass(f"{symbol} has no value")
        return self.value(self.point[symbol])

    def _total(self, expression: Add) -> Enclosure:
        terms = [self.value(term) for term in expression.args]
        imaginary = [term.imaginary for term in terms if term.imaginary is not None]
        return self._with.make(sum(term.real for term in terms), sum(imaginary) if imaginary else None)

    def _product(self, expression: Mul) -> Enclosure:
        product = self.value(expression.args[0])
        for factor in expression.args[1:]:
            product = self._with.multiply(product, self.value(factor))
        return product

    def _exponential(self, expression: exp) -> Enclosure:
        return self._with.exp(self.value(expression.args[0]))

    def _wave(self, expression: Expr) -> Enclosure:
        return self._with.circular(_CIRCULAR[expression.func], self.value(expression.args[0]))

    def _composed(self, expression: Expr) -> Enclosure:
        function, arguments = type(expression), expression.args
        if function in _QUOTIENTS:
            top, bottom = _QUOTIENTS[function]
            return self._with.divide(self.value(top(*arguments)), self.value(bottom(*arguments)))
        if function in (sec, csc):
            return self._with.divide(self._with.rational(1), self.value((cos if function is sec else sin)(*arguments)))
        if function is log and len(arguments) == 1:
            return self._with.log(self.value(arguments[0]))
        if function is Abs:
            return self._with.absolute(self.value(arguments[0]))
        raise OutsideClass(f"{expression} cannot be enclosed")

    def _power(self, expression: Pow) -> Enclosure:
        base, exponent = expression.args
        if base is E:
            return self._with.exp(self.value(exponent))
        value, power = self.value(base), exponent.xreplace(self.point)
        if isinstance(power, Integer):
            return self._with.integer_power(value, int(power))
        if isinstance(power, Rational) and power.q == 2:
            return self._with.integer_power(self._with.square_root(value), int(power.p))
        return self._with.exp(self._with.multiply(self._with.log(value), self.value(power)))

    def _sum(self, expression: Sum) -> Enclosure:
        *inner, (index, lower, upper) = expression.limits
        low, high = lower.xreplace(self.point), upper.xreplace(self.point)
        if not (isinstance(low, Integer) and isinstance(high, Integer)):
            raise OutsideClass(f"the bounds of {expression} are not integers there")
        body = Sum(expression.function, *inner) if inner else expression.function
        first, last, sign = int(low), int(high), 1
        if last < first - 1:
            first, last, sign = last + 1, first - 1, -1
        if last - first > MAX_SUM:
            raise BudgetSpent(f"a sum of {last - first} terms is longer than allowed")
        total = self._with.rational(0)
        for k in range(first, last + 1):
            at_index = _Evaluator(self._with, {**self.point, index: Integer(k)}, self._left)
            total = self._with.add(total, at_index.value(body))
        return self._with.multiply(total, self._with.rational(sign))


_EVALUATIONS: ByType[Callable[[_Evaluator, Any], Enclosure]] = ByType(
    {
        Symbol: _Evaluator._symbol,
        Mul: _Evaluator._product,
        Add: _Evaluator._total,
        Pow: _Evaluator._power,
        Rational: _Evaluator._rational,
        exp: _Evaluator._exponential,
        Sum: _Evaluator._sum,
    }
    | dict.fromkeys(_CIRCULAR, _Evaluator._wave),
    otherwise=_Evaluator._other,
)
