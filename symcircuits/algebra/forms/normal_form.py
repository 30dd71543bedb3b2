"""Expressions read into quotients of Laurent polynomials, where equality is decided.

Every cos and sin of an argument is written through one generator per independent angle, every exp through one per
independent exponent; arguments are themselves Laurent polynomials, split over their monomials. Two expressions that
come out equal are equal wherever both are defined. Two that come out different need a witness: reading is complete
only on the class of the package, never wrong outside it.
"""

from __future__ import annotations

from fractions import Fraction

from sympy import (
    Add,
    Dummy,
    E,
    Expr,
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
    cos,
    cosh,
    cot,
    coth,
    csc,
    exp,
    factorint,
    pi,
    sec,
    sin,
    sinh,
    tan,
    tanh,
)

from symcircuits.algebra.forms import laurent
from symcircuits.algebra.forms.budget import Budget
from symcircuits.algebra.forms.generators import IMAGINARY, Generators
from symcircuits.algebra.forms.laurent import constant
from symcircuits.algebra.forms.nested_roots import read_root
from symcircuits.algebra.forms.powers import read_power
from symcircuits.algebra.forms.quotient import Quotient
from symcircuits.algebra.forms.sums import read_sum, surely_positive, with_own_indices
from symcircuits.errors import BudgetSpent, OutsideClass

MAX_POWER = 4096
MAX_READS = 8
_SHORT = 40

_BY_EXPONENTIALS = (cos, sin, tan, cot, sec, csc, cosh, sinh, tanh, coth)


class Reader:
    """Reads expressions over one table of generators; ``nonzero`` collects what was divided by."""

    def __init__(self, generators: Generators, budget: Budget) -> None:
        self.generators = generators
        self.budget = budget
        self.nonzero: list[Expr] = []
        self._known: dict[Expr, Quotient] = {}
        self._pairs: dict[tuple[Expr, bool], tuple[Quotient, Quotient] | None] = {}

    def read(self, expression: Expr) -> Quotient:
        """The quotient of an expression.

        Raises ``OutsideClass`` for what is never decided, ``BudgetSpent`` for what is too large.
        """
        known = self._known.get(expression)
        if known is None:
            self.budget.check()
            known = self._known[expression] = self._read(expression)
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

    def _read(self, expression: Expr) -> Quotient:
        if isinstance(expression, Rational):
            return self.monomial(0, Fraction(int(expression.p), int(expression.q)))
        if isinstance(expression, Symbol):
            return self.monomial(self._plain_symbol(expression))
        if not expression.is_commutative:
            raise OutsideClass(f"{expression} does not commute, and only numbers are decided")
        if isinstance(expression, Add):
            return self._total(expression.args)
        if isinstance(expression, Mul):
            return self._product(expression.args)
        if isinstance(expression, Pow):
            return self._power(expression.base, expression.exp)
        if isinstance(expression, exp):
            return self._exponential(expression, self._argument(expression.args[0]))
        if isinstance(expression, _BY_EXPONENTIALS):
            return self._circular(expression)
        if isinstance(expression, Sum):
            return read_sum(self, expression)
        return self._constant_or_opaque(expression)

    def _constant_or_opaque(self, expression: Expr) -> Quotient:
        if expression is I:
            return self.monomial(IMAGINARY)
        if expression is E:
            return self._exponential(expression, Quotient({0: 1}))
        if expression is pi:
            return self.monomial(self.generators.free("pi"))
        return self.opaque(expression)

    def opaque(self, expression: Expr) -> Quotient:
        """A generator of its own for an expression that is not looked into."""
        known_kind = isinstance(expression, Function | Pow | Sum | exp) and not isinstance(expression, Piecewise)
        if not known_kind or expression.has(S.NaN, S.Infinity, S.NegativeInfinity, S.ComplexInfinity):
            raise OutsideClass(f"{expression} is outside the class of expressions that are decided")
        return self.monomial(self.generators.free("opaque", expression))

    def _total(self, terms: tuple[Expr, ...]) -> Quotient:
        total = Quotient({})
        for term in terms:
            total = self.plus(total, self.read(term))
        return total

    def _product(self, factors: tuple[Expr, ...]) -> Quotient:
        product, plain = Quotient(laurent.ONE), 0
        for factor in factors:
            if isinstance(factor, Symbol):
                plain += self._plain_symbol(factor)
            else:
                product = self.times(product, self.read(factor))
        return Quotient(laurent.scale(product.numerator, 1, plain), product.denominator) if plain else product

    def _plain_symbol(self, symbol: Symbol) -> int:
        if not symbol.is_commutative:
            raise OutsideClass(f"{symbol} does not commute, and only numbers are decided")
        return self.generators.symbol(symbol)

    def _power(self, base: Expr, exponent: Expr) -> Quotient:
        if base is E:
            return self._exponential(exp(exponent, evaluate=False), self._argument(exponent))
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
            return self.monomial(monomial * exponent)
        return quotient.to(exponent, self.generators.squares)

    def _square_root(self, base: Expr) -> Quotient:
        if isinstance(base, Symbol):
            return self.monomial(self.generators.root(base))
        if isinstance(base, Rational) and base.is_positive:
            return self._root_of_rational(int(base.p * base.q), int(base.q))
        return read_root(self, base)

    def _root_of_rational(self, square: int, denominator: int) -> Quotient:
        root = Quotient({0: 1}, constant(denominator))
        for prime, multiplicity in factorint(square, limit=1 << 20).items():
            factor = self.monomial(0, Fraction(int(prime) ** (multiplicity // 2)))
            if multiplicity % 2:
                factor = self.times(factor, self.monomial(self.generators.quadratic(("prime", int(prime)), int(prime))))
            root = self.times(root, factor)
        return root

    def _circular(self, expression: Expr) -> Quotient:
        hyperbolic = isinstance(expression, cosh | sinh | tanh | coth)
        key = (expression.args[0], hyperbolic)
        if key not in self._pairs:
            self._pairs[key] = self._pair(expression, hyperbolic)
        pair = self._pairs[key]
        return self.opaque(expression) if pair is None else self._from_pair(expression, *pair)

    def _pair(self, expression: Expr, hyperbolic: bool) -> tuple[Quotient, Quotient] | None:
        """cos and sin (or cosh and sinh) of an argument: both come at the price of one."""
        argument = self._argument(expression.args[0])
        if argument is None:
            return None
        turn = Quotient({0: 1}) if hyperbolic else self.monomial(IMAGINARY)
        return self._halves(self._exponential(expression, self.times(turn, argument)), hyperbolic)

    def _halves(self, forward: Quotient, hyperbolic: bool) -> tuple[Quotient, Quotient]:
        """``(w + 1/w) / 2`` and ``(w - 1/w) / 2``, the latter over ``i`` for a wave."""
        turned, sign = (0, 1) if hyperbolic else (IMAGINARY, -1)
        if len(forward.numerator) == 1 and forward.denominator == laurent.ONE:
            ((wave, coefficient),) = forward.numerator.items()
            if coefficient == 1 and not laurent.quadratic_part(wave):
                half = constant(2)
                if wave == 0:
                    return Quotient(laurent.ONE), Quotient({})
                return Quotient({wave: 1, -wave: 1}, half), Quotient({wave + turned: sign, turned - wave: -sign}, half)
        backward = forward.inverse(self.generators.squares)
        half_quotient = self.monomial(0, Fraction(1, 2))
        even = self.times(self.plus(forward, backward), half_quotient)
        difference = self.plus(forward, self.times(backward, Quotient({0: -1})))
        return even, self.times(self.times(difference, half_quotient), Quotient({turned: sign}))

    def _from_pair(self, expression: Expr, even: Quotient, odd: Quotient) -> Quotient:
        if isinstance(expression, cos | cosh):
            return even
        if isinstance(expression, sin | sinh):
            return odd
        top, bottom, base = {
            tan: (odd, even, cos),
            cot: (even, odd, sin),
            sec: (Quotient({0: 1}), even, cos),
            csc: (Quotient({0: 1}), odd, sin),
            tanh: (odd, even, cosh),
            coth: (even, odd, sinh),
        }[type(expression)]
        self.nonzero.append(base(expression.args[0]))
        return self.times(top, bottom.inverse(self.generators.squares))

    def _argument(self, argument: Expr) -> Quotient | None:
        """An argument as a Laurent polynomial over an integer, or ``None`` where it is something else."""
        quotient = self.read(argument)
        return quotient if quotient.integer_denominator is not None else None

    def _exponential(self, expression: Expr, argument: Quotient | None) -> Quotient:
        if argument is None:
            return self.opaque(expression)
        divisor = argument.denominator[0]
        product, plain = Quotient(laurent.ONE), 0
        for monomial, coefficient in argument.numerator.items():
            multiple = Fraction(coefficient, divisor)
            special = self._special(monomial, multiple)
            if special is not None:
                product = self.times(product, special)
            else:
                plain += self._power_of_generator(monomial, multiple)
        return Quotient(laurent.scale(product.numerator, 1, plain), product.denominator)

    def _power_of_generator(self, monomial: int, multiple: Fraction) -> int:
        kind, base = ("angle", monomial - IMAGINARY) if monomial & IMAGINARY else ("exponent", monomial)
        return self.generators.exponential(kind, base, multiple)

    def _special(self, monomial: int, multiple: Fraction) -> Quotient | None:
        """The exponential of a multiple of ``i pi`` times an integer, where it is a sign or a number."""
        turns = self._half_turns(monomial - IMAGINARY) if monomial & IMAGINARY else None
        return None if turns is None else self._whole_half_turns(turns, multiple)

    def _half_turns(self, base: int) -> int | None:
        """``M`` where the angle is ``pi * M`` with an integer-valued monomial ``M``, else ``None``."""
        if not self.generators.has_pi:
            return None
        rest = base - self.generators.free("pi")
        return rest if self.generators.integer_valued(rest) else None

    def _whole_half_turns(self, turns: int, multiple: Fraction) -> Quotient | None:
        if turns == 0:
            return self._root_of_unity(multiple)
        if multiple.denominator > 1:
            return None
        odd = multiple.numerator % 2
        return self.monomial(self.generators.quadratic(("sign", turns), 1) if odd else 0)

    def _root_of_unity(self, multiple: Fraction) -> Quotient | None:
        if 12 % multiple.denominator:
            return None  # a root under a root, or no root at all
        angle = pi * Rational(multiple.numerator, multiple.denominator)
        real, imaginary = cos(angle), sin(angle)
        return self.plus(self.read(real), self.times(self.read(imaginary), self.monomial(IMAGINARY)))


def assumption_line(divisor: Expr) -> str:
    """That a divisor is not zero, as a line; in words where it is long or has an index in it."""
    line = f"{divisor} != 0"
    bound = any(isinstance(symbol, Dummy) for symbol in divisor.free_symbols)
    return "the denominators are not zero" if bound or len(line) > _SHORT else line


def read_all(expressions: list[Expr], budget: Budget | None = None) -> tuple[list[Quotient], Reader]:
    """The quotients of several expressions over one table of generators, and their reader.

    Raises ``OutsideClass`` or ``BudgetSpent``.
    """
    expressions = [with_own_indices(expression) for expression in expressions]
    generators = Generators()
    budget = budget or Budget()
    for _ in range(MAX_READS):
        generators.stale = False
        reader = Reader(generators, budget)
        try:
            quotients = [reader.read(expression) for expression in expressions]
        except OutsideClass:
            # While a denominator is missing, generators stand for 1 and may cancel.
            if not generators.stale:
                raise
            continue
        if not generators.stale:
            return quotients, reader
    raise BudgetSpent("the generators of the expressions do not settle")
