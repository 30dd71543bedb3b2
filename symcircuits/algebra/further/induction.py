"""Equalities of sums with a symbolic bound, by induction on an integer symbol in it.

``D(n)`` is the difference of the sides. It is zero at a first value of ``n``, and ``D(n + 1)`` is zero where ``D(n)``
is: that is read off normal forms, in which the term that a sum gains has been peeled off, or the gains of both sides
are shown to be equal by an induction of their own. Where the symbol is not negative,
steps up from its least value reach every value of it; else the step is shown for every integer, and leads down as
well as up.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sympy import Dummy, Expr, Integer, Pow, S, Sum, Symbol, cos, cosh, exp, sin, sinh
from sympy.core.function import AppliedUndef

from symcircuits.algebra.forms import laurent
from symcircuits.algebra.forms.budget import Budget
from symcircuits.algebra.forms.generators import Generators
from symcircuits.algebra.forms.normal_form import read_all
from symcircuits.algebra.forms.quotient import Quotient
from symcircuits.algebra.forms.roots_of_unity import vanishes
from symcircuits.algebra.further.divisors import AT_ANY_STEP, lines, unsure_divisors
from symcircuits.algebra.verdict import Proved
from symcircuits.errors import OutsideClass

MOST_SYMBOLS = 3
MOST_STARTS = 3
_NEVER_ZERO = ("angle", "exponent", "pi")
_DEFINED = (AppliedUndef, Pow, Sum, exp, cos, sin, cosh, sinh)

Decide = Callable[[Expr, Expr], Proved | None]


def by_induction(left: Expr, right: Expr, decide: Decide, budget: Budget) -> Proved | None:
    """A proof of ``left == right`` by induction on a symbol in the bound of a sum, or ``None``.

    ``decide`` proves the sides equal where the induction begins, and what they gain in a step, where that takes more
    than normal forms. Indices must have names of their own.
    """
    for symbol in sorted(_symbols_in_bounds(left, right), key=str)[:MOST_SYMBOLS]:
        try:
            proof = _on(symbol, left, right, decide, budget)
        except OutsideClass:
            continue
        if proof is not None:
            return proof
    return None


def _symbols_in_bounds(*sides: Expr) -> set[Symbol]:
    limits = [limit for side in sides for node in side.atoms(Sum) for limit in node.limits]
    bounds = {symbol for _, lower, upper in limits for symbol in (lower + upper).free_symbols if symbol.is_integer}
    return bounds & (sides[0].free_symbols | sides[1].free_symbols)


def _on(symbol: Symbol, left: Expr, right: Expr, decide: Decide, budget: Budget) -> Proved | None:
    begin = _begin(symbol, left, right)
    if begin is None:
        return None
    more = Dummy(symbol.name, integer=True, nonnegative=True if symbol.is_nonnegative else None)
    sides = [side.xreplace({symbol: begin + more}) for side in (left, right)]
    step = _step(sides + [side.xreplace({more: more + 1}) for side in sides], more, decide, budget)
    if step is None:
        return None
    base = decide(left.xreplace({symbol: begin}), right.xreplace({symbol: begin}))
    if base is None:
        return None
    return Proved(f"induction on {symbol.name}", tuple(sorted(step | set(base.assuming))))


def _begin(symbol: Symbol, left: Expr, right: Expr) -> Integer | None:
    """The first value of a symbol at which both sides are written without a division by zero."""
    least = Integer(1 if symbol.is_positive else 0)
    for begin in range(int(least), int(least) + MOST_STARTS):
        sides = [side.xreplace({symbol: Integer(begin)}) for side in (left, right)]
        if not any(side.has(S.ComplexInfinity, S.NaN) for side in sides):
            return Integer(begin)
    return None


def _step(sides: Sequence[Expr], more: Symbol, decide: Decide, budget: Budget) -> set[str] | None:
    """What is assumed in the step from the first two sides to the last two; ``None`` where it is not shown."""
    forms, reader = read_all(list(sides), budget)
    generators = reader.generators
    if _may_be_undefined(generators, more):
        return None
    unsure = unsure_divisors(reader, sides)
    moving = [divisor for divisor in unsure if divisor.has(Dummy)]
    if moving and (_jumps(generators, more) or _sheds_terms(sides, more)):
        return None
    assuming = {*lines([divisor for divisor in unsure if divisor not in moving]), *([AT_ANY_STEP] if moving else [])}
    if _gains_the_same(forms, generators) or _is_multiple(forms, generators):
        return assuming
    gain = None if moving else decide(sides[2] - sides[0], sides[3] - sides[1])
    return None if gain is None else assuming | set(gain.assuming)


def _gains_the_same(forms: Sequence[Quotient], generators: Generators) -> bool:
    """Whether both sides gain the same in the step."""
    minus = Quotient({0: -1})
    gains = [
        after.plus(before.times(minus, generators.squares), generators.squares)
        for before, after in zip(forms[:2], forms[2:], strict=True)
    ]
    return vanishes(gains[0].cross_difference(gains[1], generators.squares), generators)


def _is_multiple(forms: Sequence[Quotient], generators: Generators) -> bool:
    """Whether the difference after the step is a multiple of that before, both over a denominator."""
    before = forms[0].cross_difference(forms[1], generators.squares)
    after = forms[2].cross_difference(forms[3], generators.squares)
    if not before or not after:
        return False
    first, second = max(before), max(after)
    ratio = second - first
    if laurent.quadratic_part(first) != laurent.quadratic_part(second) or not _is_finite(generators, ratio):
        return False
    multiple = laurent.scale(before, after[second], ratio)
    return vanishes(laurent.add(laurent.scale(after, before[first]), multiple, -1), generators)


def _is_finite(generators: Generators, monomial: int) -> bool:
    """Whether a monomial certainly has a value: it does not divide by what may be zero."""
    return all(
        exponent > 0 or key[0] in _NEVER_ZERO or (key[0] in ("symbol", "root") and key[1].is_nonzero)  # type: ignore[attr-defined]
        for key, exponent in generators.parts(monomial)
    )


def _may_be_undefined(generators: Generators, more: Symbol) -> bool:
    """Whether a function that need not have a value at every step depends on the symbol."""
    looked_past = [key[1] for key in generators.keys if key[0] == "opaque"]
    return any(
        isinstance(node, Expr) and more in node.free_symbols and not isinstance(node, _DEFINED) for node in looked_past
    )


def _sheds_terms(sides: Sequence[Expr], more: Symbol) -> bool:
    """Whether a sum may have terms at one step that it has no longer at a later one, and these be undefined."""
    return any(limit[1].has(more) for side in sides for node in side.atoms(Sum) for limit in node.limits)


def _jumps(generators: Generators, more: Symbol) -> bool:
    """Whether something else than an analytic function of the symbol is there: a sign or a fraction of a turn.

    Without these, sides that are equal at the first value are equal at all later ones by continuation, even where a
    denominator between happens to be zero.
    """
    for key in (*generators.quadratic_keys, *generators.keys):
        turning = key[0] == "sign" or (key[0] == "angle" and isinstance(key[1], int) and generators.is_turn(key[1]))
        if turning and isinstance(key[1], int) and generators.depends_on(key[1], more):
            return True
    return False
