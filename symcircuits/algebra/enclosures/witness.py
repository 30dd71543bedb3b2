"""The search for a witness: small exact values of the symbols at which two sides differ for certain.

Candidates obey the assumptions of the symbols; the sides are separated by rigorous enclosures of growing precision.

>>> from sympy import Symbol, cos
>>> x = Symbol("x", real=True)
>>> witness = find_difference(cos(x) ** 2, cos(x))
>>> witness is not None and witness.left_value != witness.right_value
True
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import TypeAlias

from mpmath import mp, mpc, mpf, nstr
from sympy import Expr, Integer, Rational, Symbol
from sympy.logic.boolalg import Boolean

from symcircuits.algebra.enclosures.arithmetic import Enclosure
from symcircuits.algebra.enclosures.enclosure import enclose
from symcircuits.algebra.forms.budget import Budget
from symcircuits.algebra.forms.sums import with_own_indices
from symcircuits.algebra.values import symbols_in
from symcircuits.algebra.verdict import Witness
from symcircuits.errors import AlgebraError

Enclosures: TypeAlias = tuple[Enclosure, Enclosure]
Separates: TypeAlias = Callable[[Enclosure], bool]

POINTS = 60
PRECISIONS = (64, 256, 1024, 4096)
_CANCELLED = 256
_PRINTED = 1 << 24  # the size in bits up to which decimals are worked out

_VALUES = tuple(
    [Integer(k) for k in (1, 2, 3, 0, 5, -1, 4, 7, -2, 6, -3)]
    + [Rational(1, 2), Rational(3, 2), Rational(1, 3), Rational(-1, 2), Rational(2, 3), Rational(5, 4), Rational(1, 10)]
)


def obeys_assumptions(symbol: Symbol, value: Expr) -> bool:
    """Whether an exact number satisfies every assumption declared for a symbol."""
    return _obeys(value, symbol.assumptions0.items())


def _obeys(value: Expr, assumptions: Iterable[tuple[str, bool]]) -> bool:
    return all(getattr(value, f"is_{name}") is truth for name, truth in assumptions)


@cache
def _pool(assumptions: frozenset[tuple[str, bool]]) -> tuple[Expr, ...]:
    return tuple(value for value in _VALUES if _obeys(value, assumptions))


def candidate_points(
    symbols: Iterable[Symbol], given: Sequence[Boolean] = (), count: int = POINTS
) -> Iterator[dict[Symbol, Expr]]:
    """Small exact points, always in the same order; those that break a condition in ``given`` are left out."""
    ordered = sorted(symbols, key=lambda symbol: (symbol.name, sorted(symbol.assumptions0.items())))
    pools = {symbol: _pool(frozenset(symbol.assumptions0.items())) for symbol in ordered}
    if not all(pools.values()):
        return
    chooser = random.Random(20)
    found = 0
    for attempt in range(count * 8):
        point = {symbol: _choose(pool, place, attempt, chooser) for place, (symbol, pool) in enumerate(pools.items())}
        if all(condition.xreplace(point) == True for condition in given):  # noqa: E712  (SymPy's own true)
            yield point
            found += 1
        if found == count or not ordered:
            return


def _choose(pool: tuple[Expr, ...], place: int, attempt: int, chooser: random.Random) -> Expr:
    # First attempts are different small values in turn; then anything.
    return pool[(place + attempt) % len(pool)] if attempt < 3 else chooser.choice(pool)


def find_difference(
    left: Expr, right: Expr, given: Sequence[Boolean] = (), budget: Budget | None = None
) -> Witness | None:
    """A witness that ``left`` and ``right`` differ, or ``None`` where none was found."""
    return _find(left, right, given, Enclosure.differs_from_zero, budget)


def find_less(left: Expr, right: Expr, given: Sequence[Boolean] = ()) -> Witness | None:
    """A witness that ``left < right``, or ``None`` where none was found."""
    return _find(left, right, given, _certainly_negative)


def is_certainly_positive(expression: Expr) -> bool:
    """Whether an expression without symbols is positive, by rigorous enclosures."""
    if expression.free_symbols:
        return False
    return any(_separated(expression, Integer(0), {}, bits, _certainly_positive) for bits in PRECISIONS)


def _certainly_positive(value: Enclosure) -> bool:
    return value.real_sign() == 1 and value.imaginary is None


def _certainly_negative(value: Enclosure) -> bool:
    return value.real_sign() == -1 and value.imaginary is None


def _find(
    left: Expr,
    right: Expr,
    given: Sequence[Boolean],
    separates: Separates,
    budget: Budget | None = None,
) -> Witness | None:
    left, right = with_own_indices(left), with_own_indices(right)
    symbols = symbols_in(left) | symbols_in(right) | {s for condition in given for s in condition.free_symbols}
    fresh = candidate_points(symbols, given)
    tried: list[dict[Symbol, Expr]] = []
    budget = budget or Budget()
    for bits in PRECISIONS:
        for point in list(tried) if tried else fresh:
            budget.check()
            if bits == PRECISIONS[0]:
                tried.append(point)
            if sides := _separated(left, right, point, bits, separates):
                return _witness(left, right, point, bits, sides)
    # What is large on both sides may cancel before it is enclosed.
    difference = left - right
    for point in tried:
        budget.check()
        if _defined(left, right, point) and _separated(difference, Integer(0), point, _CANCELLED, separates):
            return _witness(left, right, point, _CANCELLED)
    return None


def _defined(left: Expr, right: Expr, point: Mapping[Symbol, Expr]) -> bool:
    return all(_separated(side, side, point, _CANCELLED, lambda _: True) for side in (left, right))


def _separated(
    left: Expr, right: Expr, point: Mapping[Symbol, Expr], bits: int, separates: Separates
) -> Enclosures | None:
    """Enclosures that tell the sides apart, or ``None``."""
    try:
        # Each side is enclosed by itself: in the difference a pole might cancel.
        a, b = enclose(left, point, bits), enclose(right, point, bits)
    except AlgebraError:
        return None
    with a.backend.precision(bits):
        return (a, b) if separates(a.minus(b)) else None


def _witness(
    left: Expr, right: Expr, point: Mapping[Symbol, Expr], bits: int, sides: Enclosures | None = None
) -> Witness:
    return Witness(dict(point), left, right, *_decimals(left, right, point, bits, sides))


def _decimals(
    left: Expr, right: Expr, point: Mapping[Symbol, Expr], bits: int, sides: Enclosures | None
) -> tuple[str, str]:
    """Decimals of the sides, with as many digits as it takes to tell them apart, each of them certain; ``sides`` are
    enclosures at ``bits``, where they are known."""
    for precision in (bits, 4 * bits, 16 * bits, 64 * bits, last := 256 * bits):
        sides = sides or (enclose(left, point, precision), enclose(right, point, precision))
        with mp.workprec(2 * precision):
            digits = _digits_between(*sides)
            if digits is not None and _certain(sides, digits, precision == last):
                first, second = (_complex_text(*side.midpoint(), digits) for side in sides)
                return first, second
        unclear, sides = sides, None
    first, second = (f"about {_complex_text(*side.midpoint(), 6).removeprefix('about ')}" for side in unclear)
    return first, second


def _certain(sides: Sequence[Enclosure], digits: int, last: bool) -> bool:
    """Whether that many digits of each side are certain; at last, what may be zero and is nothing beside the other."""
    allowed = mpf(10) ** (-digits - 2)
    size = max(abs(mpc(*side.midpoint())) for side in sides)
    return all(side.relative_width() < allowed or (last and side.width() < allowed * size) for side in sides)


def _digits_between(left: Enclosure, right: Enclosure) -> int | None:
    """Two digits more than the sides have in common, and at least 8; ``None`` where their middles agree."""
    a, b = (mpc(*side.midpoint()) for side in (left, right))
    size, distance = max(abs(a), abs(b)), abs(a - b)
    with mp.workprec(53):  # a count of digits takes no more
        return max(8, int(mp.log10(size / distance)) + 3) if distance else None


def _complex_text(real: mpf, imaginary: mpf, digits: int) -> str:
    return f"{_text(real, digits)} + {_text(imaginary, digits)}i" if imaginary else _text(real, digits)


def _text(number: mpf, digits: int) -> str:
    size = mp.mag(number) if number else 0
    if abs(size) < _PRINTED:
        return str(nstr(number, digits))
    return f"about {'-' if number < 0 else ''}2^{size}"
