"""One expression after another read into quotients of Laurent polynomials, over one table of generators.

Every cos and sin of an argument is written through one generator per independent angle, every exp through one per
independent exponent; arguments are themselves Laurent polynomials, split over their monomials.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from sympy import (
    Add,
    Dummy,
    E,
    Expr,
    Float,
    Function,
    I,
    Integer,
    Mul,
    Piecewise,
    Pow,
    Rational,
    S,
    Sum,
    Symbol,
    exp,
    pi,
)

from symcircuits.algebra.by_type import ByType
from symcircuits.algebra.forms import laurent
from symcircuits.algebra.forms.budget import Budget
from symcircuits.algebra.forms.generators import IMAGINARY, Generators
from symcircuits.algebra.forms.laurent import constant
from symcircuits.algebra.forms.nested_roots import read_root
from symcircuits.algebra.forms.powers import prime_factors, read_power
from symcircuits.algebra.forms.quotient import Quotient
from symcircuits.algebra.forms.sums import read_sum, surely_positive
from symcircuits.algebra.forms.waves import (
    CIRCULAR,
    EVEN,
    HYPERBOLIC,
    QUOTIENTS,
    Halves,
    Wave,
    plain_halves,
    root_of_unity,
    wave,
)
from symcircuits.algebra.values import contains
from symcircuits.errors import BudgetSpent, OutsideClass
from symcircuits.typeset.conditions import condition

MAX_POWER = 4096
_SHORT = 40


class SharedIndices(Exception):
    """A sum was met whose index may have the name of something else."""


class Reader:
    """Reads expressions over one table of generators; ``nonzero`` collects what was divided by.

    ``own_indices`` says that the sums in what is read have indices with names of their own.
    """

    def __init__(
        self, generators: Generators | None = None, budget: Budget | None = None, own_indices: bool = False
    ) -> None:
        self.generators = generators or Generators()
        self.budget = budget or Budget()
        self.own_indices = own_indices
        self.nonzero: list[Expr] = []
        self._known: dict[Expr, Quotient] = {}
        self._symbols: dict[Symbol, int] = {}
        self._waves: dict[tuple[Expr, bool], Wave | None] = {}
        self._halves: dict[tuple[Expr, bool], Halves] = {}

    def read(self, expression: Expr) -> Quotient:
        """The quotient of an expression.

        Raises ``OutsideClass`` for what is never decided, ``BudgetSpent`` for what is too large.
        """
        known = self._known.get(expression)
        if known is None:
            self.budget.check()
            known = self._known[expression] = _READINGS[type(expression)](self, expression)
        return known

    def assumptions(self) -> tuple[str, ...]:
        """What was divided by and is not known to be different from zero, each as a line; long ones in words."""
        unsure = {d for d in self.nonzero if not surely_positive(d) and d.is_nonzero is not True}
        return tuple(sorted({assumption_line(divisor) for divisor in unsure}))

    def plus(self, a: Quotient, b: Quotient) -> Quotient:
        """The sum."""
        return a.plus(b, self.generators.squares)

    def times(self, a: Quotient, b: Quotient) -> Quotient:
        """The product."""
        return a.times(b, self.generators.squares)

    def monomial(self, monomial: int, factor: Fraction = Fraction(1)) -> Quotient:
        """A monomial with a rational factor."""
        return Quotient({monomial: factor.numerator} if factor else {}, constant(factor.denominator))

    def wave(self, argument: Expr, turned: bool) -> Wave | None:
        """``exp(argument)``, or ``exp(i argument)`` where it is ``turned``; ``None`` where the argument is no Laurent
        polynomial over an integer."""
        key = (argument, turned)
        if key not in self._waves:
            quotient = self.read(argument)
            whole = quotient.integer_denominator is not None
            self._waves[key] = wave(self.generators, quotient, turned) if whole else None
        return self._waves[key]

    def opaque(self, expression: Expr) -> Quotient:
        """A generator of its own for an expression that is not looked into."""
        if not self.own_indices and contains(expression, Sum):
            raise SharedIndices
        if contains(expression, Float):
            raise OutsideClass(f"{expression} has a floating-point number")
        known_kind = isinstance(expression, Function | Pow | Sum | exp) and not isinstance(expression, Piecewise)
        if not known_kind or expression.has(S.NaN, S.Infinity, S.NegativeInfinity, S.ComplexInfinity):
            raise OutsideClass(f"{expression} is outside the class of expressions that are decided")
        return self.monomial(self.generators.free("opaque", expression))

    def symbol(self, symbol: Symbol) -> int:
        """The monomial of a symbol."""
        known = self._symbols.get(symbol)
        if known is None:
            self._commutes(symbol)
            known = self._symbols[symbol] = self.generators.symbol(symbol)
        return known

    def _other(self, expression: Expr) -> Quotient:
        self._commutes(expression)
        if expression is I:
            return self.monomial(IMAGINARY)
        if expression is E:
            return self._of_wave(Wave((self.generators.exponential("exponent", 0, 1, 1),)))
        if expression is pi:
            return self.monomial(self.generators.free("pi"))
        return self.opaque(expression)

    def _rational(self, number: Rational) -> Quotient:
        return Quotient({0: int(number.p)} if number.p else {}, constant(int(number.q)))

    def _symbol(self, symbol: Symbol) -> Quotient:
        return Quotient({self.symbol(symbol): 1})

    def _total(self, expression: Add) -> Quotient:
        self._commutes(expression)
        return Quotient.total([self.read(term) for term in expression.args], self.generators.squares)

    def _product(self, expression: Mul) -> Quotient:
        self._commutes(expression)
        squares = self.generators.squares
        numerator, over, plain = laurent.ONE, 1, 0
        others = []
        for factor in expression.args:
            if isinstance(factor, Symbol):
                plain += self.symbol(factor)
                continue
            found = self.read(factor)
            divisor = found.integer_denominator
            if divisor is None:
                others.append(found)
            else:
                numerator, over = laurent.multiply(numerator, found.numerator, squares), over * divisor
        product = Quotient(laurent.scale(numerator, 1, plain) if plain else numerator, constant(over))
        for found in others:
            product = self.times(product, found)
        return product

    def _commutes(self, expression: Expr) -> None:
        if not expression.is_commutative:
            raise OutsideClass(f"{expression} does not commute, and only numbers are decided")

    def _power(self, expression: Pow) -> Quotient:
        self._commutes(expression)
        base, exponent = expression.args
        if base is E:
            return self._exponential(exp(exponent, evaluate=False))
        if not isinstance(exponent, Rational):
            return read_power(self, base, exponent)
        if isinstance(exponent, Integer):
            return self._integer_power(base, self.read(base), int(exponent))
        if exponent.q == 2:
            return self._integer_power(base, self._square_root(base), int(exponent.p))
        return self._integer_power(base, self.opaque(Pow(base, Rational(1, exponent.q))), int(exponent.p))

    def _integer_power(self, base: Expr, quotient: Quotient, exponent: int) -> Quotient:
        if abs(exponent) > MAX_POWER:
            raise BudgetSpent(f"a power of {exponent} is larger than allowed")
        if exponent < 0:
            self.nonzero.append(base)
        if isinstance(base, Symbol) and quotient.denominator == laurent.ONE:
            ((monomial, _),) = quotient.numerator.items()
            return Quotient({monomial * exponent: 1})
        return quotient.to(exponent, self.generators.squares)

    def _square_root(self, base: Expr) -> Quotient:
        if isinstance(base, Symbol):
            return self.monomial(self.generators.root(base))
        if isinstance(base, Rational) and base.is_positive:
            return self._root_of_rational(int(base.p * base.q), int(base.q))
        return read_root(self, base)

    def _root_of_rational(self, square: int, denominator: int) -> Quotient:
        root = Quotient({0: 1}, constant(denominator))
        for prime, multiplicity in prime_factors(square).items():
            factor = self.monomial(0, Fraction(prime ** (multiplicity // 2)))
            if multiplicity % 2:
                factor = self.times(factor, self.monomial(self.generators.quadratic(("prime", prime), prime)))
            root = self.times(root, factor)
        return root

    def _exponential(self, expression: exp) -> Quotient:
        found = self.wave(expression.args[0], False)
        return self.opaque(expression) if found is None else self._of_wave(found)

    def _of_wave(self, found: Wave) -> Quotient:
        result = Quotient({found.monomial(): 1})
        for turns in found.signs:
            result = self.times(result, self.monomial(self.generators.quadratic(("sign", turns), 1)))
        for half_turns in found.turns:
            real, imaginary = map(self.read, root_of_unity(half_turns))
            result = self.times(result, self.plus(real, self.times(imaginary, self.monomial(IMAGINARY))))
        return result

    def _circular(self, expression: Expr) -> Quotient:
        kind, argument = expression.func, expression.args[0]
        hyperbolic = kind in HYPERBOLIC
        found = self.wave(argument, not hyperbolic)
        if found is None:
            return self.opaque(expression)
        halves = self._halves.get((argument, hyperbolic))
        if halves is None:
            halves = self._halves[argument, hyperbolic] = self._even_and_odd(found, hyperbolic)
        even, odd = halves
        if kind not in QUOTIENTS:
            return even if kind in EVEN else odd
        top, bottom = QUOTIENTS[kind]
        self.nonzero.append(bottom(argument))
        inverse = (even if bottom in EVEN else odd).inverse(self.generators.squares)
        return inverse if top is None else self.times(even if top in EVEN else odd, inverse)

    def _even_and_odd(self, found: Wave, hyperbolic: bool) -> Halves:
        """``(w + 1/w) / 2`` and ``(w - 1/w) / 2``, the latter over ``i`` for a circular function."""
        if found.is_plain:
            return plain_halves(found, hyperbolic)
        forward = self._of_wave(found)
        backward, half = forward.inverse(self.generators.squares), self.monomial(0, Fraction(1, 2))
        even = self.times(self.plus(forward, backward), half)
        difference = self.times(self.plus(forward, self.times(backward, Quotient({0: -1}))), half)
        return even, difference if hyperbolic else self.times(difference, Quotient({IMAGINARY: -1}))

    def _sum(self, expression: Sum) -> Quotient:
        if not self.own_indices:
            raise SharedIndices
        if contains(expression, Float):
            raise OutsideClass(f"{expression} has a floating-point number")
        return read_sum(self, expression)


_READINGS: ByType[Callable[[Reader, Any], Quotient]] = ByType(
    {
        Symbol: Reader._symbol,
        Mul: Reader._product,
        Add: Reader._total,
        Pow: Reader._power,
        Rational: Reader._rational,
        exp: Reader._exponential,
        Sum: Reader._sum,
    }
    | dict.fromkeys((*CIRCULAR, *HYPERBOLIC), Reader._circular),
    otherwise=Reader._other,
)


def assumption_line(divisor: Expr) -> str:
    """That a divisor is not zero, as prose; in words where it is long or has an index in it."""
    bound = any(isinstance(symbol, Dummy) for symbol in divisor.free_symbols)
    long = len(f"{divisor} != 0") > _SHORT
    return "the denominators are not zero" if bound or long else condition(divisor, "!=", 0)
