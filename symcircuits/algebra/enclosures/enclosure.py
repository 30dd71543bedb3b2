"""Rigorous complex enclosures of exact expressions at exact points.

>>> from sympy import Integer, Symbol, exp, sqrt
>>> x = Symbol("x")
>>> enclose(sqrt(2) + exp(-x) - sqrt(2), {x: Integer(50)}, 200).real_sign()
1
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mpmath import isfinite, mp, mpf
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
from symcircuits.algebra.enclosures.balls import WIDE, Backend, default_backend
from symcircuits.errors import BudgetSpent, OutsideClass

MAX_MAGNITUDE = 1 << 40
MAX_ANGLE = 1 << 1024
MAX_SUM = 5000
MAX_NODES = 200_000

_CIRCULAR = {cos: "cos", sin: "sin", cosh: "cosh", sinh: "sinh"}
_QUOTIENTS = {tan: (sin, cos), cot: (cos, sin), tanh: (sinh, cosh), coth: (cosh, sinh)}


class Enclosure:
    """A complex number known to lie in ``real + i * imaginary`` (``imaginary`` is ``None`` for a real number)."""

    __slots__ = ("backend", "imaginary", "real")  # one is made for every part of an expression

    def __init__(self, real: Any, imaginary: Any, backend: Backend) -> None:
        self.real = real
        self.imaginary = imaginary
        self.backend = backend

    def real_sign(self) -> int:
        """1 or -1 where the real part certainly has that sign, else 0."""
        low, high = self.backend.bounds(self.real)
        return 1 if low > 0 else -1 if high < 0 else 0

    def differs_from_zero(self) -> bool:
        """Whether the number is certainly not zero."""
        bounds = [self.backend.bounds(part) for part in self._parts()]
        return all(isfinite(end) for pair in bounds for end in pair) and any(
            low > 0 or high < 0 for low, high in bounds
        )

    def relative_width(self) -> mpf:
        """The width of the enclosure over the least size of the number; infinite for one that may be zero."""
        bounds = [self.backend.bounds(part) for part in self._parts()]
        size = max(mpf(0) if low <= 0 <= high else min(abs(low), abs(high)) for low, high in bounds)
        width = self.width()
        return width / size if size else mpf("inf") if width else mpf(0)

    def width(self) -> mpf:
        """The larger width of the real and the imaginary part."""
        bounds = [self.backend.bounds(part) for part in self._parts()]
        return max(high - low for low, high in bounds)

    def _parts(self) -> list[Any]:
        return [self.real] if self.imaginary is None else [self.real, self.imaginary]

    def minus(self, other: Enclosure) -> Enclosure:
        """An enclosure of the difference; to be computed at the precision of both."""
        real = self.real - other.real
        if self.imaginary is None or other.imaginary is None:
            missing = None if other.imaginary is None else -other.imaginary
            return Enclosure(real, missing if self.imaginary is None else self.imaginary, self.backend)
        return Enclosure(real, self.imaginary - other.imaginary, self.backend)

    def midpoint(self) -> tuple[mpf, mpf]:
        """Real and imaginary part of the middle."""
        return self._middle(self.real), mpf(0) if self.imaginary is None else self._middle(self.imaginary)

    def _middle(self, part: Any) -> mpf:
        low, high = self.backend.bounds(part)
        if low <= 0 <= high:
            return mpf(0)  # what is left of a zero is noise
        with mp.workprec(WIDE):
            return (low + high) / 2


def enclose(expression: Expr, point: Mapping[Symbol, Expr], bits: int, backend: Backend | None = None) -> Enclosure:
    """An enclosure of an expression at a point, computed with ``bits`` of precision.

    Raises ``OutsideClass`` where a function is not supported, a symbol has no value or the expression is not certainly
    defined there, ``BudgetSpent`` where numbers grow too large.
    """
    chosen = backend or default_backend()
    with chosen.precision(bits):
        try:
            return _Evaluator(chosen, dict(point), [MAX_NODES]).value(expression)
        except (ZeroDivisionError, ValueError, OverflowError) as error:
            raise OutsideClass(f"{expression} cannot be enclosed: {error}") from None


class _Evaluator:
    def __init__(self, backend: Backend, point: dict[Symbol, Expr], left: list[int]) -> None:
        self.backend = backend
        self.point = point
        self.zero = backend.rational(0, 1)
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

    def make(self, real: Any, imaginary: Any = None) -> Enclosure:
        return Enclosure(real, imaginary, self.backend)

    def _other(self, expression: Expr) -> Enclosure:
        if expression is pi:
            return self.make(self.backend.pi())
        if expression is E:
            return self._exp(self.make(self.backend.rational(1, 1)))
        if expression is I:
            return self.make(self.zero, self.backend.rational(1, 1))
        return self._composed(expression)

    def _rational(self, number: Rational) -> Enclosure:
        return self.make(self.backend.rational(int(number.p), int(number.q)))

    def _symbol(self, symbol: Symbol) -> Enclosure:
        if symbol not in self.point:
            raise OutsideClass(f"{symbol} has no value")
        return self.value(self.point[symbol])

    def _total(self, expression: Add) -> Enclosure:
        terms = [self.value(term) for term in expression.args]
        imaginary = [term.imaginary for term in terms if term.imaginary is not None]
        return self.make(sum(term.real for term in terms), sum(imaginary) if imaginary else None)

    def _product(self, expression: Mul) -> Enclosure:
        product = self.value(expression.args[0])
        for factor in expression.args[1:]:
            product = self._multiply(product, self.value(factor))
        return product

    def _exponential(self, expression: exp) -> Enclosure:
        return self._exp(self.value(expression.args[0]))

    def _wave(self, expression: Expr) -> Enclosure:
        return self._circular(_CIRCULAR[expression.func], self.value(expression.args[0]))

    def _composed(self, expression: Expr) -> Enclosure:
        function, arguments = type(expression), expression.args
        if function in _QUOTIENTS:
            top, bottom = _QUOTIENTS[function]
            return self._divide(self.value(top(*arguments)), self.value(bottom(*arguments)))
        if function in (sec, csc):
            one = self.make(self.backend.rational(1, 1))
            return self._divide(one, self.value((cos if function is sec else sin)(*arguments)))
        if function is log and len(arguments) == 1:
            return self._log(self.value(arguments[0]))
        if function is Abs:
            return self._absolute(self.value(arguments[0]))
        raise OutsideClass(f"{expression} cannot be enclosed")

    def _add(self, a: Enclosure, b: Enclosure) -> Enclosure:
        if a.imaginary is None or b.imaginary is None:
            return self.make(a.real + b.real, b.imaginary if a.imaginary is None else a.imaginary)
        return self.make(a.real + b.real, a.imaginary + b.imaginary)

    def _multiply(self, a: Enclosure, b: Enclosure) -> Enclosure:
        if a.imaginary is None and b.imaginary is None:
            return self.make(a.real * b.real)
        a_im, b_im = self._imaginary(a), self._imaginary(b)
        return self.make(a.real * b.real - a_im * b_im, a.real * b_im + a_im * b.real)

    def _imaginary(self, a: Enclosure) -> Any:
        return self.zero if a.imaginary is None else a.imaginary

    def _divide(self, a: Enclosure, b: Enclosure) -> Enclosure:
        if not b.differs_from_zero():
            raise OutsideClass("a denominator is not certainly different from zero")
        if b.imaginary is None:
            return self.make(a.real / b.real, None if a.imaginary is None else a.imaginary / b.real)
        length = b.real * b.real + b.imaginary * b.imaginary
        if self.make(length).real_sign() != 1:
            raise OutsideClass("a denominator is not certainly different from zero")
        product = self._multiply(a, self.make(b.real, -b.imaginary))
        return self.make(product.real / length, product.imaginary / length)

    def _power(self, expression: Pow) -> Enclosure:
        base, exponent = expression.args
        if base is E:
            return self._exp(self.value(exponent))
        value, power = self.value(base), exponent.xreplace(self.point)
        if isinstance(power, Integer):
            return self._integer_power(value, int(power))
        if isinstance(power, Rational) and power.q == 2:
            return self._integer_power(self._square_root(value), int(power.p))
        return self._exp(self._multiply(self._log(value), self.value(power)))

    def _integer_power(self, value: Enclosure, exponent: int) -> Enclosure:
        result = self.make(self.backend.rational(1, 1))
        square, rest = value, abs(exponent)
        if rest > MAX_MAGNITUDE:
            raise BudgetSpent(f"a power of {exponent} is larger than allowed")
        while rest:
            if rest & 1:
                result = self._multiply(result, square)
            rest >>= 1
            if rest:
                square = self._multiply(square, square)
        return result if exponent >= 0 else self._divide(self.make(self.backend.rational(1, 1)), result)

    def _square_root(self, value: Enclosure) -> Enclosure:
        low, high = self.backend.bounds(value.real)
        if value.imaginary is None and low >= 0:
            return self.make(self.backend.apply("sqrt", value.real))
        if value.imaginary is None and high < 0:
            return self.make(self.zero, self.backend.apply("sqrt", -value.real))
        raise OutsideClass("the square root of a number that is not certainly real and of one sign")

    def _log(self, value: Enclosure) -> Enclosure:
        sign = value.real_sign() if value.imaginary is None else 0
        if sign == 1:
            return self.make(self.backend.apply("log", value.real))
        if sign == -1:
            return self.make(self.backend.apply("log", -value.real), self.backend.pi())
        raise OutsideClass("the logarithm of a number that is not certainly real and different from zero")

    def _absolute(self, value: Enclosure) -> Enclosure:
        sign = value.real_sign() if value.imaginary is None else 0
        if sign == 0:
            raise OutsideClass("the absolute value of a number whose sign is not certain")
        return value if sign == 1 else self.make(-value.real)

    def _exp(self, value: Enclosure) -> Enclosure:
        size = self._real_function("exp", value.real)
        if value.imaginary is None:
            return self.make(size)
        cosine = self._real_function("cos", value.imaginary)
        return self.make(size * cosine, size * self._real_function("sin", value.imaginary))

    def _circular(self, name: str, value: Enclosure) -> Enclosure:
        if value.imaginary is None and name in ("cos", "sin"):
            return self.make(self._real_function(name, value.real))
        turn = self.make(self.backend.rational(1, 1))
        if name in ("cos", "sin"):
            turn = self.make(self.zero, self.backend.rational(1, 1))
        forward = self._exp(self._multiply(turn, value))
        backward = self._divide(self.make(self.backend.rational(1, 1)), forward)
        half = self.make(self.backend.rational(1, 2))
        if name in ("cos", "cosh"):
            return self._multiply(self._add(forward, backward), half)
        minus = self._multiply(backward, self.make(self.backend.rational(-1, 1)))
        return self._divide(self._multiply(self._add(forward, minus), half), turn)

    def _real_function(self, name: str, x: Any) -> Any:
        if not self.backend.within(x, MAX_MAGNITUDE if name == "exp" else MAX_ANGLE):
            raise BudgetSpent(f"the argument of {name} is larger than allowed")
        return self.backend.apply(name, x)

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
        total = self.make(self.zero)
        for k in range(first, last + 1):
            at_index = _Evaluator(self.backend, {**self.point, index: Integer(k)}, self._left)
            total = self._add(total, at_index.value(body))
        return self._multiply(total, self.make(self.backend.rational(sign, 1)))


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
