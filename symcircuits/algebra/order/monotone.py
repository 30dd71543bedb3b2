"""Functions of one scale that rise, or fall, throughout an interval.

>>> from sympy import Symbol
>>> beta = Symbol("beta", positive=True)
>>> bool(prove_increasing(1 / (1 + exp(-beta)), beta, 0, oo))
True
>>> prove_increasing(beta * exp(-beta), beta, 0, 2).witness.left
-exp(-2)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from mpmath import nstr
from sympy import Expr, Function, Ge, Integer, Le, Pow, Rational, Symbol, cos, cosh, exp, oo, sin, sinh, tanh
from sympy.logic.boolalg import Boolean

from symcircuits.algebra.enclosures.enclosure import enclose
from symcircuits.algebra.enclosures.ranges import RealFunction, Undefined, Work
from symcircuits.algebra.enclosures.witness import find_less
from symcircuits.algebra.order.excess import cases, used
from symcircuits.algebra.order.inequalities import proof
from symcircuits.algebra.order.signs import certificate
from symcircuits.algebra.prove import prove
from symcircuits.algebra.thresholds.exponentials import read_quotient
from symcircuits.algebra.thresholds.sign_changes import sign_changes
from symcircuits.algebra.values import Exact, as_fraction, exact
from symcircuits.algebra.verdict import Proved, Refuted, Undecided, Verdict, Witness
from symcircuits.errors import AlgebraError, BadValue, OutsideClass

BUDGET = 500_000
DIGITS = 3
MAX_HALVINGS = 30
_ENTIRE = (exp, cos, sin, cosh, sinh, tanh)


def prove_increasing(
    expression: Exact,
    symbol: Symbol,
    low: Exact,
    high: Exact,
    given: Sequence[Boolean] = (),
    budget: int = BUDGET,
) -> Verdict:
    """Decide whether an expression is strictly increasing in a real symbol on ``[low, high]``, or ``[low, oo)``.

    ``low`` and ``high`` are rationals, ``high`` may be ``oo``; the ends themselves count where the function is
    continuous there. The sign of the derivative is proved, by a certificate (with ``given`` about the other symbols)
    or by enclosures over a subdivision; it may be zero at single points.
    ``Refuted`` carries a point at which the derivative, the witness's left side, is negative. Raises ``BadValue`` for
    ends of another kind, or not in rising order.
    """
    function, (start, end) = exact(expression), _ends(low, high)
    within = [*given, Ge(symbol, start, evaluate=False), *([] if end is oo else [Le(symbol, end, evaluate=False)])]
    slope = function.diff(symbol)
    verdict: Verdict | None = None
    if _is_defined(function, within):
        verdict = _by_certificate(slope, symbol, within, used(slope.free_symbols, given))
    if verdict is None and slope.free_symbols <= {symbol}:
        verdict = _by_enclosures(function, slope, symbol, start, end, budget)
    if isinstance(verdict, Proved):
        return verdict
    witness = _falling(slope, symbol, start, end)
    if witness is None:
        witness = find_less(slope, Integer(0), within)
    if witness is not None:
        return Refuted(witness, "the derivative is negative")
    return verdict or Undecided("the sign of the derivative is not proved; no witness found")


def prove_decreasing(
    expression: Exact,
    symbol: Symbol,
    low: Exact,
    high: Exact,
    given: Sequence[Boolean] = (),
    budget: int = BUDGET,
) -> Verdict:
    """Decide whether an expression is strictly decreasing; ``prove_increasing`` of its negative."""
    return prove_increasing(-exact(expression), symbol, low, high, given, budget)


def _ends(low: Exact, high: Exact) -> tuple[Rational, Expr]:
    start, end = exact(low), high if high is oo else exact(high)
    if not isinstance(start, Rational) or not (end is oo or isinstance(end, Rational)) or not start < end:
        raise BadValue(f"expected two rational ends in rising order (or oo as the upper one), got {start} and {end}")
    return start, end


def _by_certificate(slope: Expr, symbol: Symbol, within: Sequence[Boolean], assumed: tuple[str, ...]) -> Proved | None:
    """A proof for all values of the other symbols; one that had to assume a denominator away does not count."""
    verdict = proof(slope, within)
    ends = set(used([symbol], within))
    if isinstance(verdict, Proved) and verdict.equality_at == () and set(verdict.assuming) <= {*ends, *assumed}:
        return Proved("sign of the derivative", assumed)
    plain = certificate(slope)
    if isinstance(plain, Proved) and not plain.assuming and _only_single_zeros(plain, symbol):
        return Proved("sign of the derivative, zero at single points only")
    return None


def _only_single_zeros(verdict: Proved, symbol: Symbol) -> bool:
    """Whether one of the angles that must be whole turns is a non-zero rational multiple of the symbol, shifted."""
    rates = [angle.diff(symbol) for angle in verdict.equality_at or ()]
    return any(isinstance(rate, Rational) and rate != 0 for rate in rates)


def _by_enclosures(
    function: Expr, slope: Expr, symbol: Symbol, low: Rational, high: Expr, budget: int
) -> Proved | Undecided:
    work = Work(budget)
    start = as_fraction(low)
    end = None if high is oo else as_fraction(high)
    try:
        changes = sign_changes(slope, symbol, start, end, DIGITS, work)
        _check_defined(function, symbol, start, end, work)
    except (AlgebraError, RecursionError) as error:
        return Undecided(str(error) or "the expression is nested too deeply")
    if changes.signs == (1,):
        return Proved("sign of the derivative by enclosures over intervals")
    return Undecided("the derivative is not positive throughout")


def _is_defined(function: Expr, within: Sequence[Boolean]) -> bool:
    """Whether a function of the simplest kinds is defined for all values of its symbols, no denominator being zero."""
    if not all(type(part) in _ENTIRE for part in function.atoms(Function)):
        return False
    if not all(power.exp.is_Integer or power.base.is_positive for power in function.atoms(Pow)):
        return False
    forms = [function.xreplace(case) for case in cases(function.free_symbols, within)]
    verdicts = [prove(form, form) for form in forms]
    return all(isinstance(verdict, Proved) and not verdict.assuming for verdict in verdicts)


def _check_defined(function: Expr, symbol: Symbol, low: Fraction, high: Fraction | None, work: Work) -> None:
    """Raise ``OutsideClass`` where a function may have a pole or a gap, on both sides of which it could rise."""
    try:
        bottom = read_quotient(function, symbol)[1].expression()
    except OutsideClass:
        if high is None:
            raise
        _check_bounded(RealFunction(function, symbol, work), low, high, MAX_HALVINGS)
        return
    if symbol in bottom.free_symbols and len(sign_changes(bottom, symbol, low, high, DIGITS, work).signs) > 1:
        raise OutsideClass("a denominator vanishes")


def _check_bounded(function: RealFunction, low: Fraction, high: Fraction, halvings: int) -> None:
    try:
        function.over(low, high)
    except Undefined:
        if not halvings:
            raise
        middle = (low + high) / 2
        _check_bounded(function, low, middle, halvings - 1)
        _check_bounded(function, middle, high, halvings - 1)


def _falling(slope: Expr, symbol: Symbol, low: Rational, high: Expr) -> Witness | None:
    """A witness at a rational point of the interval, where the symbol is the only one."""
    if not slope.free_symbols <= {symbol}:
        return None
    for x in _samples(low, high):
        value = slope.xreplace({symbol: x})
        try:
            enclosure = enclose(value, {}, 256)
        except AlgebraError:
            continue
        if enclosure.imaginary is None and enclosure.real_sign() < 0:
            return Witness({symbol: x}, value, Integer(0), str(nstr(enclosure.midpoint()[0], 8)), "0.0")
    return None


def _samples(low: Rational, high: Expr) -> Iterator[Rational]:
    end = low + 64 if high is oo else high
    yield from (end, low)
    for parts in (2, 3, 8, 31):
        yield from (low + (end - low) * Rational(k, parts) for k in range(1, parts))
