"""Rows of tables that tell from which value of a symbol on a condition holds, to thirty digits.

>>> from sympy import Gt, exp
>>> from symcircuits.symbols import Lg
>>> row = RootRow.found(("e",), Gt(exp(Lg), 2, evaluate=False), Lg)
>>> row.cells(), bool(row.prove())
(('e', '$0.693147180559945309417232121458\\\\ldots$'), True)
>>> bool(RootRow(("e",), row.condition, Lg, row.low - UNIT, row.low).prove())
False
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sympy import Expr, Rational, Symbol, ceiling, floor, oo
from sympy.core.relational import Relational

from symcircuits.algebra import Proved, Refuted, Threshold, Undecided, Verdict, Witness, exact, threshold
from symcircuits.errors import BadValue, NotSupported
from symcircuits.typeset.decimals import decimal_latex

DIGITS = 30
UNIT = Rational(1, 10**DIGITS)


@dataclass(frozen=True)
class RootRow:
    """A condition fails below a number between ``low`` and ``high``, and holds above it.

    ``told`` are the other cells. Where the two ends are equal, the number is exact; else they are neighbours among the
    decimals of ``DIGITS`` digits. Raises ``BadValue`` for other ends.
    """

    told: tuple[str, ...]
    condition: Relational
    symbol: Symbol
    low: Rational
    high: Rational

    def __post_init__(self) -> None:
        if self.high - self.low not in (0, UNIT):
            ends = f"{self.low} and {self.high}"
            raise BadValue(f"expected one number, or two neighbouring decimals of {DIGITS} digits, got {ends}")

    @classmethod
    def found(cls, told: Sequence[str], condition: Relational, symbol: Symbol) -> RootRow:
        """The row with its number worked out. Raises ``NotSupported`` where it is not certain, or not the only one."""
        result = threshold(condition, symbol, digits=DIGITS + 4)
        if not isinstance(result, Threshold) or result.least is None or len(result.breaks) != 1:
            raise NotSupported(f"no single root from which on {condition} holds")
        low, high = _ends(result)
        if low != high:
            low, high = floor(low / UNIT) * UNIT, ceiling(high / UNIT) * UNIT
        return cls(tuple(told), condition, symbol, low, high)

    @property
    def number(self) -> str:
        """The number as LaTeX: its first digits, with dots where it is not exact."""
        return decimal_latex(self.low, DIGITS) + r"\ldots" if self.low != self.high else decimal_latex(self.low)

    def cells(self) -> tuple[str, ...]:
        """What is told, and the number."""
        return (*self.told, f"${self.number}$")

    def prove(self) -> Verdict:
        """Whether the condition fails below the number and holds above it, and the number lies between the ends."""
        result = threshold(self.condition, self.symbol, digits=DIGITS + 4)
        if isinstance(result, Undecided):
            return result
        if len(result.breaks) == 1 and result.least is not None:
            low, high = _ends(result)
            if self.low <= low and high <= self.high:
                return Proved(result.method, equality_at=())
        told = "; ".join(str(stretch) for stretch in result.stretches)
        point = {self.symbol: exact(self.low)}
        return Refuted(Witness(point, self.condition.lhs, self.condition.rhs, told, "what is stated"), result.method)


def _ends(result: Threshold) -> tuple[Rational, Rational]:
    point = result.breaks[0]
    if isinstance(point.exact, Rational):
        return point.exact, point.exact
    if point.low is None or point.high is None:
        raise NotSupported(f"the number {point} has no rational numbers around it")
    return point.low, point.high


@dataclass(frozen=True)
class IntervalRow:
    """A condition holds between two numbers and nowhere else; each lies between two decimals of ``DIGITS`` digits.

    ``told`` are the other cells; ``ends`` are the lower decimals, empty where it holds nowhere.

    >>> from sympy import Gt
    >>> x = Symbol("x", positive=True)
    >>> row = IntervalRow.found(("x",), Gt((x - 1) * (3 - x), 0, evaluate=False), x)
    >>> row.cells(), bool(row.prove())
    (('x', '$1$', '$3$'), True)
    """

    told: tuple[str, ...]
    condition: Relational
    symbol: Symbol
    ends: tuple[Expr, ...]

    @classmethod
    def found(cls, told: Sequence[str], condition: Relational, symbol: Symbol) -> IntervalRow:
        """The row with its numbers worked out. Raises ``NotSupported`` where there is no such interval."""
        result = threshold(condition, symbol, digits=DIGITS + 4)
        ends = result if isinstance(result, Undecided) else _interval(result)
        if ends is None or isinstance(ends, Undecided):
            raise NotSupported(f"{condition}: {ends.tried if ends else 'it holds on no single bounded interval'}")
        return cls(tuple(told), condition, symbol, ends)

    def cells(self) -> tuple[str, ...]:
        """What is told, and both numbers."""
        return (*self.told, *(["nowhere", "–"] if not self.ends else [f"${_dotted(end)}$" for end in self.ends]))

    def prove(self) -> Verdict:
        """Whether these are the numbers."""
        result = threshold(self.condition, self.symbol, digits=DIGITS + 4)
        if isinstance(result, Undecided):
            return result
        found = _interval(result)
        if isinstance(found, Undecided):
            return found
        if found == self.ends:
            return Proved("zeros isolated by enclosures", equality_at=())
        point = {self.symbol: exact(found[0] if found else 1)}
        told = str(found) if found is not None else "; ".join(str(stretch) for stretch in result.stretches)
        return Refuted(Witness(point, self.condition.lhs, self.condition.rhs, told, str(self.ends)))


def _interval(result: Threshold) -> tuple[Expr, ...] | Undecided | None:
    """The ends, cut after ``DIGITS`` digits, where a condition holds on one bounded interval; none where it holds
    nowhere, and ``None`` where it holds elsewhere."""
    if result.never:
        return ()
    if [stretch.holds for stretch in result.stretches] != [False, True, False]:
        return None
    found = []
    for point in result.breaks:
        if isinstance(point.exact, Rational):
            found.append(point.exact)
            continue
        if point.low is None or floor(point.low / UNIT) != floor(point.high / UNIT):
            return Undecided(f"{DIGITS} digits of {point} are not certain")
        found.append(floor(point.low / UNIT) * UNIT)
    return tuple(found)


def _dotted(end: Expr) -> str:
    whole = decimal_latex(end, DIGITS)
    return whole if end is oo or exact(end).is_integer else whole + r"\ldots"
