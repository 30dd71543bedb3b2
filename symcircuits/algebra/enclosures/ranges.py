"""Real functions of one symbol, compiled once and enclosed over whole intervals of it.

An enclosure over an interval that leaves out zero proves a sign throughout the interval, not only at samples.

>>> from fractions import Fraction
>>> from sympy import Symbol, exp
>>> x = Symbol("x", positive=True)
>>> falling = RealFunction(exp(-x) - 1, x)
>>> falling.sign(Fraction(1), Fraction(9)), falling.sign(Fraction(0), Fraction(9)), falling.sign_at(Fraction(0))
(-1, 0, 0)
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from fractions import Fraction
from functools import reduce
from operator import add, mul
from typing import Any, TypeAlias

from mpmath import isfinite, mpf
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
    cos,
    cosh,
    exp,
    log,
    sin,
    sinh,
    tan,
    tanh,
)

from symcircuits.algebra.enclosures.arithmetic import MAX_MAGNITUDE
from symcircuits.algebra.enclosures.balls import Backend, default_backend
from symcircuits.algebra.enclosures.enclosure import enclose
from symcircuits.algebra.prove import prove
from symcircuits.algebra.values import as_rational
from symcircuits.errors import AlgebraError, BudgetSpent, OutsideClass

MAX_NODES = 20_000
MAX_POWER = 4096
PRECISIONS = (64, 256, 1024)

_Step: TypeAlias = tuple[Callable[..., Any], tuple[int, ...]]
_FUNCTIONS = {exp: "exp", log: "log", cos: "cos", sin: "sin"}
_REWRITTEN = (tan, sinh, cosh, tanh)


class Undefined(AlgebraError):
    """Over this interval the function is not certainly defined and bounded."""


class Work:
    """An allowance of elementary operations, shared by everything that is done for one question."""

    def __init__(self, allowed: int) -> None:
        self.left = allowed

    def spend(self, operations: int) -> None:
        """Take from the allowance; raises ``BudgetSpent`` once it is gone."""
        self.left -= operations
        if self.left < 0:
            raise BudgetSpent("budget")


class Ranged(ABC):
    """A real function of one symbol with rigorous enclosures over rational intervals."""

    @abstractmethod
    def over(self, low: Fraction, high: Fraction, bits: int = PRECISIONS[0]) -> tuple[mpf, mpf]:
        """Two bounds of the function over ``[low, high]``; raises ``Undefined`` where there are none."""

    @abstractmethod
    def derivative(self) -> Ranged:
        """The derivative, on the same allowance of work."""

    @abstractmethod
    def exactly_at(self, x: Rational) -> Expr:
        """The value at one point."""

    def sign(self, low: Fraction, high: Fraction, bits: int = PRECISIONS[0]) -> int:
        """1 or -1 where the function certainly has that sign throughout ``[low, high]``, else 0."""
        try:
            least, greatest = self.over(low, high, bits)
        except Undefined:
            return 0
        return 1 if least > 0 else -1 if greatest < 0 else 0

    def sign_at(self, x: Fraction) -> int | None:
        """The certain sign at one point, 0 where the value is proved to be zero; ``None`` where it is not settled."""
        for bits in PRECISIONS:
            sign = self.sign(x, x, bits)
            if sign:
                return sign
        return 0 if prove(self.exactly_at(as_rational(x)), 0) else None


class RealFunction(Ranged):
    """A function that is given by an expression, which is compiled once.

    Raises ``OutsideClass`` for an expression with other symbols, or with a function that is not enclosed,
    ``BudgetSpent`` for one that is too large.
    """

    def __init__(self, expression: Expr, symbol: Symbol, work: Work | None = None) -> None:
        self.expression = expression
        self.symbol = symbol
        self._work = work or Work(1 << 40)
        self._programs: dict[int, _Program] = {}
        self._derivative: RealFunction | None = None

    def over(self, low: Fraction, high: Fraction, bits: int = PRECISIONS[0]) -> tuple[mpf, mpf]:
        """Two bounds of the function over ``[low, high]``; raises ``Undefined`` where there are none."""
        program = self._program(bits)
        self._work.spend(len(program.steps) * (1 + bits // 512))
        return program.run(low, high)

    def exactly_at(self, x: Rational) -> Expr:
        """The value at one point."""
        return self.expression.xreplace({self.symbol: x})

    def derivative(self) -> RealFunction:
        """The derivative, on the same allowance of work."""
        if self._derivative is None:
            self._derivative = RealFunction(self.expression.diff(self.symbol), self.symbol, self._work)
        return self._derivative

    def _program(self, bits: int) -> _Program:
        if bits not in self._programs:
            self._programs[bits] = _Program(self.expression, self.symbol, bits)
            self._work.spend(len(self._programs[bits].steps))
        return self._programs[bits]


class _Program:
    """The steps that compute a function; every step names the places of earlier values that it needs."""

    def __init__(self, expression: Expr, symbol: Symbol, bits: int) -> None:
        self.backend: Backend = default_backend()
        self.bits = bits
        self.symbol = symbol
        self.steps: list[_Step] = []
        self._places: dict[Expr, int] = {}
        with self.backend.precision(bits):
            self.one = self.backend.rational(1, 1)
            self.end = self._place(expression)

    def run(self, low: Fraction, high: Fraction) -> tuple[mpf, mpf]:
        with self.backend.precision(self.bits):
            ends = [self.backend.rational(x.numerator, x.denominator) for x in (low, high)]
            argument = ends[0] if low == high else self.backend.hull(*ends)
            values: list[Any] = []
            for function, places in self.steps:
                values.append(function(*(values[place] for place in places)) if places else function(argument))
            return self._finite(values[self.end])

    def _place(self, node: Expr) -> int:
        if node not in self._places:
            function, places = self._step(node)
            self.steps.append((function, places))
            self._places[node] = len(self.steps) - 1
        if len(self.steps) > MAX_NODES:
            raise BudgetSpent(f"more than {MAX_NODES} parts of an expression to enclose")
        return self._places[node]

    def _step(self, node: Expr) -> _Step:
        if self.symbol not in node.free_symbols:
            return self._constant(node)
        if node == self.symbol:
            return lambda argument: argument, ()
        if isinstance(node, Add):
            return lambda *terms: reduce(add, terms), self._all(node.args)
        if isinstance(node, Mul):
            return lambda *factors: reduce(mul, factors), self._all(node.args)
        if isinstance(node, Pow) and node.base is not E:
            return self._power(node.base, node.exp)
        return self._function(node)

    def _all(self, nodes: tuple[Expr, ...]) -> tuple[int, ...]:
        return tuple(self._place(node) for node in nodes)

    def _constant(self, node: Expr) -> _Step:
        value = enclose(node, {}, self.bits, self.backend)
        if value.imaginary is not None:
            raise OutsideClass(f"{node} is not real")
        return lambda _: value.real, ()

    def _power(self, base: Expr, exponent: Expr) -> _Step:
        if isinstance(exponent, Integer):
            if abs(int(exponent)) > MAX_POWER:
                raise BudgetSpent(f"a power of {exponent} is larger than allowed")
            return lambda x: self._integer_power(x, int(exponent)), (self._place(base),)
        if exponent == Rational(1, 2):
            return lambda x: self.backend.apply("sqrt", self._from_zero(x)), (self._place(base),)
        if isinstance(exponent, Rational) and exponent.q == 2:
            root = Pow(base, Rational(1, 2), evaluate=False)
            return lambda x: self._integer_power(x, int(exponent.p)), (self._place(root),)
        logarithm, power = self._place(log(base, evaluate=False)), self._place(exponent)
        return lambda x, y: self._apply("exp", x * y), (logarithm, power)

    def _function(self, node: Expr) -> _Step:
        if isinstance(node, Sum):
            return lambda x: x, (self._place(written_out(node)),)
        if isinstance(node, Pow):
            return lambda x: self._apply("exp", x), (self._place(node.exp),)
        if isinstance(node, _REWRITTEN):
            return lambda x: x, (self._place(_by_simpler(node)),)
        name = _FUNCTIONS.get(type(node))
        if name is None:
            raise OutsideClass(f"{node.func} is not enclosed over intervals")
        return lambda x: self._apply(name, x), (self._place(node.args[0]),)

    def _integer_power(self, x: Any, exponent: int) -> Any:
        result, square, rest = self.one, x, abs(exponent)
        while rest:
            result = result * square if rest & 1 else result
            rest >>= 1
            square = square * square if rest else square
        return result if exponent >= 0 else self.one / self._signed(result)

    def _apply(self, name: str, x: Any) -> Any:
        low, high = self._finite(x)
        if max(abs(low), abs(high)) > MAX_MAGNITUDE or (name == "log" and low <= 0):
            raise Undefined(f"{name} over this interval")
        return self.backend.apply(name, x)

    def _signed(self, x: Any) -> Any:
        low, high = self._finite(x)
        if low <= 0 <= high:
            raise Undefined("a division by what may be zero")
        return x

    def _from_zero(self, x: Any) -> Any:
        if self._finite(x)[0] < 0:
            raise Undefined("the square root of what may be negative")
        return x

    def _finite(self, x: Any) -> tuple[mpf, mpf]:
        low, high = self.backend.bounds(x)
        if not (isfinite(low) and isfinite(high)):
            raise Undefined("no bounds over this interval")
        return low, high


def written_out(node: Sum) -> Expr:
    """A sum with integer bounds, term by term; raises ``OutsideClass`` for other bounds."""
    *inner, (index, lower, upper) = node.limits
    if not (isinstance(lower, Integer) and isinstance(upper, Integer)) or upper < lower - 1:
        raise OutsideClass(f"the bounds of {node} are not integers in order")
    if upper - lower > MAX_NODES:
        raise BudgetSpent(f"a sum of {upper - lower} terms is longer than allowed")
    body = Sum(node.function, *inner) if inner else node.function
    return Add(*(body.xreplace({index: Integer(k)}) for k in range(int(lower), int(upper) + 1)))


def _by_simpler(node: Expr) -> Expr:
    (argument,) = node.args
    if isinstance(node, tan):
        return sin(argument) / cos(argument)
    up, down = exp(argument), exp(-argument)
    if isinstance(node, tanh):
        return 1 - 2 / (exp(2 * argument) + 1)
    return (up + down) / 2 if isinstance(node, cosh) else (up - down) / 2
