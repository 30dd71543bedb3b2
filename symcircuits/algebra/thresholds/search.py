"""Thresholds: for which values of one symbol a condition holds, proved on every interval that is stated.

>>> from sympy import Symbol, exp, symbols
>>> beta, g = symbols("beta g", positive=True)
>>> n = Symbol("n", integer=True, positive=True)
>>> eps = Symbol("epsilon", positive=True)
>>> mass = 1 - (n - 1) / (exp(beta * g) + n - 1)
>>> threshold(mass >= 1 - eps, beta, given=[n >= 2, eps < 1]).least.exact
log((1 - epsilon)*(n - 1)/epsilon)/g
>>> found = threshold(exp(-beta) + exp(-2 * beta) + exp(-3 * beta) <= 1, beta, digits=8)
>>> found.least.low, found.least.high
(60937786343/100000000000, 7617223293/12500000000)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from itertools import islice

from sympy import Expr, Ge, Gt, Le, Lt, Rational, Symbol, oo, preorder_traversal
from sympy.core.relational import Relational
from sympy.logic.boolalg import Boolean, BooleanFalse, BooleanTrue

from symcircuits.algebra.enclosures.enclosure import enclose
from symcircuits.algebra.enclosures.ranges import Work
from symcircuits.algebra.enclosures.witness import obeys_assumptions
from symcircuits.algebra.order.inequalities import proof, prove_less
from symcircuits.algebra.prove import prove
from symcircuits.algebra.thresholds.closed_forms import ClosedForm, closed_form
from symcircuits.algebra.thresholds.isolation import fraction
from symcircuits.algebra.thresholds.sign_changes import SignChanges, sign_changes
from symcircuits.algebra.thresholds.truth import BreakPoint, Threshold, assembled, everywhere
from symcircuits.algebra.values import as_fraction, as_rational, exact
from symcircuits.algebra.verdict import Proved, Undecided
from symcircuits.errors import AlgebraError, BadValue, BudgetSpent, OutsideClass

BUDGET = 3_000_000
MAX_DIGITS = 2000
MAX_NODES = 20_000

_HOLDS_ABOVE = {Ge: True, Gt: True, Le: False, Lt: False}
_HOLDS_AT_ZERO = {Ge: True, Gt: False, Le: True, Lt: False}
Domain = tuple[Expr, Expr]


def threshold(
    condition: Boolean,
    symbol: Symbol,
    digits: int = 15,
    between: tuple[object, object] | None = None,
    given: Sequence[Boolean] = (),
    budget: int = BUDGET,
) -> Threshold | Undecided:
    """Decide for which values of a real ``symbol`` a condition ``left >= right`` (or ``>``, ``<=``, ``<``) holds.

    The values looked at are those strictly ``between`` two rationals (the upper one may be ``oo``); without it, the
    positive numbers for a symbol that is positive or non-negative, else all real numbers. A closed form is tried
    first, with ``given`` as assumptions on the other symbols. Where there is none and every other symbol has a
    number, the break points are isolated, each between two rationals that agree to ``digits`` digits (1 to 2000) and
    at which the condition has certain, opposite truths. What is not settled within ``budget`` elementary operations
    is ``Undecided("budget")``.

    Raises ``BadValue`` for something that is no such condition (SymPy may have turned it into true or false: then write
    it with ``evaluate=False``), or for ends or digits out of range.
    """
    difference = _difference(condition, symbol, digits)
    domain = _domain(symbol, between)
    try:
        return _answer(condition, symbol, difference, domain, digits, budget, tuple(given))
    except RecursionError:
        return Undecided("the expression is nested too deeply")


@lru_cache(maxsize=1024)
def _answer(
    condition: Relational,
    symbol: Symbol,
    difference: Expr,
    domain: Domain,
    digits: int,
    budget: int,
    given: tuple[Boolean, ...],
) -> Threshold | Undecided:
    """The answer. It is remembered, since a sheet asks the same for its prose, its tables and its claims."""
    try:
        return _Question(condition, symbol, difference, domain, digits, budget).answer(given)
    except AlgebraError as error:
        return Undecided(str(error))


def _difference(condition: Boolean, symbol: Symbol, digits: int) -> Expr:
    if isinstance(condition, BooleanTrue | BooleanFalse):
        raise BadValue(f"expected a condition, got {condition}: SymPy has decided it, write Ge(.., evaluate=False)")
    if not isinstance(condition, Relational) or type(condition) not in _HOLDS_ABOVE:
        raise BadValue(f"expected a condition with >=, >, <= or <, got {condition}")
    if not isinstance(digits, int) or isinstance(digits, bool) or not 1 <= digits <= MAX_DIGITS:
        raise BadValue(f"expected 1 to {MAX_DIGITS} digits, got {digits!r}")
    if not isinstance(symbol, Symbol):
        raise BadValue(f"expected a symbol, got {symbol!r}")
    return exact(condition.lhs) - exact(condition.rhs)


def _domain(symbol: Symbol, between: tuple[object, object] | None) -> Domain:
    if between is None:
        return (Rational(0), oo) if symbol.is_positive or symbol.is_nonnegative else (-oo, oo)
    low, high = exact(between[0]), oo if between[1] is oo else exact(between[1])
    if not isinstance(low, Rational) or not (high is oo or isinstance(high, Rational)) or not low < high:
        raise BadValue(f"expected two rational ends in rising order (or oo as the upper one), got {low} and {high}")
    if low < 0 and (symbol.is_positive or symbol.is_nonnegative):
        raise BadValue(f"expected ends from 0 on, since {symbol} is not negative, got {low}")
    return low, high


class _Question:
    def __init__(
        self, condition: Relational, symbol: Symbol, difference: Expr, domain: Domain, digits: int, budget: int
    ) -> None:
        self.condition = condition
        self.symbol = symbol
        self.difference = difference
        self.domain = domain
        self.digits = digits
        self.work = Work(budget)
        self.holds_above = _HOLDS_ABOVE[type(condition)]
        self.holds_at_zero = _HOLDS_AT_ZERO[type(condition)]

    def answer(self, given: Sequence[Boolean]) -> Threshold | Undecided:
        size = sum(1 for _ in islice(preorder_traversal(self.difference), MAX_NODES))
        if size == MAX_NODES:
            return Undecided("budget")
        self.work.spend(size)
        only = self.difference.free_symbols <= {self.symbol}
        equal = prove(self.condition.lhs, self.condition.rhs) if only and not self._differ_at_two() else None
        if isinstance(equal, Proved):
            method, assuming = "the sides are equal", equal.assuming
            return everywhere(self.condition, self.symbol, self.holds_at_zero, self.domain, method, assuming)
        try:
            return self._from_closed_form(closed_form(self.difference, self.symbol, given), only)
        except AlgebraError as error:
            if not only:
                return self._throughout(given) or Undecided(f"no closed form: {error}; other symbols have no number")
        try:
            return self._isolated()
        except BudgetSpent:
            raise
        except AlgebraError as error:
            return self._throughout(given) or Undecided(str(error))

    def _differ_at_two(self) -> bool:
        """Whether the sides are certainly different at 2, which is quicker than to ask whether they are equal."""
        two = Rational(2)
        return obeys_assumptions(self.symbol, two) and _is_not_zero(self.difference, {self.symbol: two})

    def _throughout(self, given: Sequence[Boolean]) -> Threshold | None:
        """The answer where one certificate decides for all values."""
        for sign in (1, -1):
            verdict = proof(sign * self.difference, given)
            holds = self._truth(sign)
            if isinstance(verdict, Proved) and (verdict.equality_at == () or holds == self.holds_at_zero):
                return everywhere(self.condition, self.symbol, holds, self.domain, verdict.method, verdict.assuming)
        return None

    def _isolated(self) -> Threshold:
        return self._from_changes(
            sign_changes(self.difference, self.symbol, self._finite_low(), self._high(), self.digits, self.work)
        )

    def _finite_low(self) -> Fraction:
        if self.domain[0] == -oo:
            raise OutsideClass(f"no closed form, and {self.symbol} is not known to be positive: state the ends")
        return as_fraction(self.domain[0])

    def _high(self) -> Fraction | None:
        return None if self.domain[1] is oo else as_fraction(self.domain[1])

    def _truth(self, sign: int) -> bool:
        return self.holds_above == (sign > 0)

    def _from_closed_form(self, form: ClosedForm, only: bool) -> Threshold:
        breaks, signs = list(form.breaks), list(form.signs)
        if only:
            breaks, signs = self._inside(breaks, signs)
        points = [self._exact_point(root, only) for root in breaks]
        return self._assembled(points, signs, form.method, form.assuming)

    def _inside(self, breaks: list[Expr], signs: list[int]) -> tuple[list[Expr], list[int]]:
        """The break points inside the domain, which are numbers, and the signs around these."""
        low, high = self.domain
        while breaks and low != -oo and self._at_most(breaks[0], low):
            breaks, signs = breaks[1:], signs[1:]
        while breaks and high is not oo and self._at_most(high, breaks[-1]):
            breaks, signs = breaks[:-1], signs[:-1]
        return breaks, signs

    def _at_most(self, left: Expr, right: Expr) -> bool:
        if prove_less(right, left):
            return False
        if prove_less(left, right) or prove(left, right):
            return True
        raise OutsideClass(f"the order of {left} and {right} is not proved")

    def _exact_point(self, root: Expr, only: bool) -> BreakPoint:
        low, high = _rationals(root, self.digits) if only else (None, None)
        return BreakPoint(root, low, high, self.holds_at_zero)

    def _from_changes(self, changes: SignChanges) -> Threshold:
        points = [
            BreakPoint(low, low, low, self.holds_at_zero)
            if low == high
            else BreakPoint(None, low, high, self.holds_at_zero)
            for low, high in changes.zeros
        ]
        return self._assembled(points, list(changes.signs), changes.method, ())

    def _assembled(
        self, points: list[BreakPoint], signs: list[int], method: str, assuming: tuple[str, ...]
    ) -> Threshold:
        truths = [self._truth(sign) for sign in signs]
        return assembled(self.condition, self.symbol, points, truths, self.domain, method, assuming)


def _is_not_zero(expression: Expr, point: Mapping[Symbol, Expr]) -> bool:
    try:
        return enclose(expression, point, 64).differs_from_zero()
    except AlgebraError:
        return False


def _rationals(number: Expr, digits: int) -> tuple[Rational, Rational]:
    """Two rationals around an exact number that agree to that many digits; the number itself where it is rational."""
    if isinstance(number, Rational):
        return number, number
    for bits in (4 * digits + 64, 8 * digits + 1024):
        value = enclose(number, {}, bits)
        low, high = value.backend.bounds(value.real)
        ends = [as_rational(fraction(end)) for end in (low, high)]
        size = max(abs(end) for end in ends)
        margin = size / 10 ** (digits + 1)
        if value.imaginary is None and ends[1] - ends[0] < margin:
            return ends[0] - margin / 4, ends[1] + margin / 4
    raise OutsideClass(f"{number} is not enclosed to {digits} digits")
