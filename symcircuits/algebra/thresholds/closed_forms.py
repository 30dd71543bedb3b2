"""Break points in closed form: conditions that are polynomial of degree 1 or 2 in the symbol, or in one exponential.

The difference of the sides is written ``exp(r x^p) (a T^2 + b T + c) / D``, with ``T`` the symbol or ``exp(g x^p)``;
this is proved as an identity. The signs of ``a``, ``D``, ``g`` and of the discriminant must be proved too, and then
say between which break points the condition holds.

>>> from sympy import exp, symbols
>>> x, g, c = symbols("x g c", positive=True)
>>> form = closed_form(exp(-g * x) - c, x, [])
>>> form.breaks, form.signs
((-log(c)/g,), (1, -1))
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations

from sympy import Add, Dummy, Expr, Mul, Rational, Symbol, exp, factor, log, sqrt
from sympy.logic.boolalg import Boolean

from symcircuits.algebra.order.inequalities import prove_nonnegative, prove_positive
from symcircuits.algebra.prove import prove
from symcircuits.algebra.thresholds.exponentials import ONE, ZERO, ExponentialSum, read_quotient
from symcircuits.algebra.verdict import Proved
from symcircuits.errors import OutsideClass
from symcircuits.typeset.conditions import condition
from symcircuits.typeset.expressions import latex

MAX_FACTORED = 150
MAX_RATES = 5  # some may come out equal
SHORT = 60


@dataclass(frozen=True)
class ClosedForm:
    """The ``breaks`` in rising order and the ``signs`` of the difference before, between and after them."""

    breaks: tuple[Expr, ...]
    signs: tuple[int, ...]
    assuming: tuple[str, ...]
    method: str


@dataclass(frozen=True)
class _Polynomial:
    """``coefficients[k]`` multiplies ``T^k``, where T is the symbol (``rate`` is ``None``) or an exponential."""

    coefficients: tuple[Expr, Expr, Expr]
    rate: Expr | None
    grade: Rational


def closed_form(difference: Expr, symbol: Symbol, given: Sequence[Boolean]) -> ClosedForm:
    """The break points of ``difference = 0`` and the signs around them.

    Raises ``OutsideClass`` where there is no such form, or where a sign that it needs is not proved; ``BudgetSpent``
    for an expression that is too large.
    """
    top, bottom = read_quotient(difference, symbol)
    if len({rate for _, rate in top.terms}) > MAX_RATES:
        raise OutsideClass("exponentials with many rates")
    top = _without_zeros(top)
    if not prove(difference, top.expression() / bottom.expression()):
        raise OutsideClass("the quotient of sums of exponentials is not proved")
    solver = _Solver(symbol, given)
    polynomial = solver.polynomial(top)
    below = solver.sign(bottom.expression(), "the denominator")
    return solver.solve(polynomial, below)


def _without_zeros(top: ExponentialSum) -> ExponentialSum:
    """The terms that do not vanish; raises ``OutsideClass`` where there are none, or where no form can be told."""
    terms = {key: value for key, value in top.terms.items() if not _vanishes(value)}
    if not terms:
        raise OutsideClass("the two sides are identically equal")
    if len({rate for _, rate in terms}) > 1 and len({power for power, _ in terms}) > 1:
        raise OutsideClass("both powers and exponentials of the symbol")
    return ExponentialSum(terms, top.symbol, top.grade)


def _vanishes(value: Expr) -> bool:
    return bool(value == 0 if isinstance(value, Rational) else prove(value, 0))


class _Solver:
    def __init__(self, symbol: Symbol, given: Sequence[Boolean]) -> None:
        self.symbol = symbol
        self.given = given
        self.assuming: set[str] = set()

    def polynomial(self, top: ExponentialSum) -> _Polynomial:
        terms = top.terms
        for rate in {rate for _, rate in terms if rate != 0}:
            self.sign(exp(rate * self.symbol**top.grade), "an exponential")  # which holds for a real rate alone
        rates = list(dict.fromkeys(rate for _, rate in terms))
        powers = list(dict.fromkeys(power for power, _ in terms))
        if len(rates) == 1:
            return self._in_symbol({power: value for (power, _), value in terms.items()})
        if powers[0] != 0 and not self.symbol.is_positive:
            raise OutsideClass("both powers and exponentials of the symbol")
        return self._in_exponential({rate: value for (_, rate), value in terms.items()}, top.grade)

    def _in_symbol(self, by_power: dict[Expr, Expr]) -> _Polynomial:
        lowest = min(by_power)
        if lowest != 0 and not self.symbol.is_positive:
            lowest = ZERO
        coefficients = [by_power.pop(lowest + k, ZERO) for k in range(3)]
        if by_power:
            raise OutsideClass("a polynomial of another degree than 1 or 2")
        return _Polynomial((coefficients[0], coefficients[1], coefficients[2]), None, ONE)

    def _in_exponential(self, by_rate: dict[Expr, Expr], grade: Rational) -> _Polynomial:
        if grade != 1 and not self.symbol.is_positive:
            raise OutsideClass("an exponential of a power of a symbol that may be negative")
        if len(by_rate) == 2:
            base, other = sorted(by_rate, key=lambda rate: rate != 0)
            return _Polynomial((by_rate[base], by_rate[other], ZERO), other - base, grade)
        if len(by_rate) == 3:
            for low, middle, high in permutations(by_rate):
                if prove(high - low, 2 * (middle - low)):
                    return _Polynomial((by_rate[low], by_rate[middle], by_rate[high]), middle - low, grade)
        raise OutsideClass("exponentials with unrelated rates")

    def sign(self, expression: Expr, name: str) -> int:
        """The proved sign of an expression that must not be zero."""
        for sign in (1, -1):
            verdict = prove_positive(sign * expression, self.given)
            if isinstance(verdict, Proved):
                self.assuming |= set(verdict.assuming)
                return sign
        raise OutsideClass(f"the sign of {name} is not proved")

    def solve(self, polynomial: _Polynomial, below: int) -> ClosedForm:
        c, b, a = polynomial.coefficients
        if a == 0 and b == 0:
            return self._form((), (below * self.sign(c, "the difference"),), "constant sign")
        if a == 0:
            roots: tuple[Expr, ...] = (self._tidy(-c / b),)
            outer = below * self.sign(b, "the leading coefficient")
            return self._from_roots(polynomial, roots, (-outer, outer))
        outer = below * self.sign(a, "the leading coefficient")
        return self._quadratic(polynomial, outer, below)

    def _quadratic(self, polynomial: _Polynomial, outer: int, below: int) -> ClosedForm:
        c, b, a = polynomial.coefficients
        self._check_root_formula()
        discriminant = self._tidy(b**2 - 4 * a * c)
        if prove(discriminant, 0):
            return self._from_roots(polynomial, (self._tidy(-b / (2 * a)),), (outer, outer))
        if self.sign(discriminant, "the discriminant") < 0:
            return self._form((), (outer,), "no real zero")
        half = sqrt(discriminant) * (outer * below)
        lower, upper = (-b - half) / (2 * a), (-b + half) / (2 * a)
        return self._from_roots(polynomial, (lower, upper), (outer, -outer, outer))

    def _check_root_formula(self) -> None:
        a, b, c, root = (Dummy(name) for name in "abcr")
        t = (-b + root) / (2 * a)
        if not prove(4 * a * (a * t**2 + b * t + c), root**2 - (b**2 - 4 * a * c)):
            raise OutsideClass("the formula for the zeros of a square is not proved")

    def _from_roots(self, polynomial: _Polynomial, roots: tuple[Expr, ...], signs: tuple[int, ...]) -> ClosedForm:
        if polynomial.rate is None:
            return self._form(roots, signs, f"polynomial of degree {2 if polynomial.coefficients[2] != 0 else 1}")
        kept, between = [], [signs[0]]
        for root, after in zip(roots, signs[1:], strict=True):
            if self._is_reached(root, alone=len(roots) == 1):
                kept.append(root)
                between.append(after)
            else:
                between = [after]  # the exponential is above every root that is not positive
        rising = self.sign(polynomial.rate, "the rate")
        breaks = [self._preimage(root, polynomial, rising) for root in kept]
        order = slice(None, None, rising)
        return self._form(tuple(breaks[order]), tuple(between[order]), "polynomial in one exponential")

    def _is_reached(self, root: Expr, alone: bool) -> bool:
        """Whether a value is positive, as an exponential is; assumed where neither is proved and it is the only one."""
        verdict = prove_positive(root, self.given)
        if isinstance(verdict, Proved):
            self.assuming |= set(verdict.assuming)
            return True
        verdict = prove_nonnegative(-root, self.given)
        if isinstance(verdict, Proved):
            self.assuming |= set(verdict.assuming)
            return False
        if not alone:
            raise OutsideClass("the sign of a zero is not proved")
        short = len(f"{root} > 0") <= SHORT
        self.assuming.add(condition(root, ">", 0) if short else "the argument of the logarithm is positive")
        return True

    def _preimage(self, root: Expr, polynomial: _Polynomial, rising: int) -> Expr:
        value = log(root) / polynomial.rate
        if polynomial.grade == 1:
            return value
        if not prove_positive(rising * (root - 1), self.given):
            raise OutsideClass("the sign of a logarithm is not proved")
        return value ** (1 / polynomial.grade)

    def _form(self, breaks: tuple[Expr, ...], signs: tuple[int, ...], method: str) -> ClosedForm:
        unsure = {symbol for root in breaks for symbol in root.free_symbols if not symbol.is_extended_real}
        self.assuming |= {f"${latex(symbol)}$ is real" for symbol in unsure}
        return ClosedForm(breaks, signs, tuple(sorted(self.assuming)), method)

    def _tidy(self, expression: Expr) -> Expr:
        """The same value, factored where that is cheap and proved to change nothing."""
        if expression.is_number or expression.count_ops() > MAX_FACTORED:
            return expression
        factored = self._positive_factors(factor(expression))
        return factored if prove(factored, expression) else expression

    def _positive_factors(self, product: Expr) -> Expr:
        """A product with its minus sign moved into a factor that is then known to be positive."""
        sign, rest = product.as_coeff_Mul()
        if sign >= 0:
            return product
        factors = list(Mul.make_args(rest))
        for place, part in enumerate(factors):
            if isinstance(part, Add) and prove_positive(-part, self.given):
                factors[place] = -part
                return Mul(-sign, *factors)
        return product
