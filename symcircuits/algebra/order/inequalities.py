r"""Inequalities, proved by certificates or by enclosures, refuted by witnesses.

>>> from sympy import Symbol, cos
>>> a, b = Symbol("a", real=True), Symbol("b", positive=True)
>>> prove_nonnegative(b ** 2 * (1 - cos(a)))
Proved(method='sum of squares', assuming=(), equality_at=(a,))
>>> bool(prove_positive(2 - cos(a))), prove_positive(1 - cos(a)).witness[a]
(True, 0)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mpmath import nstr
from sympy import Expr, Symbol
from sympy.logic.boolalg import Boolean

from symcircuits.algebra.enclosures.enclosure import enclose
from symcircuits.algebra.enclosures.witness import candidate_points, find_less, is_certainly_positive
from symcircuits.algebra.order.excess import Case, cases, used
from symcircuits.algebra.order.signs import certificate
from symcircuits.algebra.prove import prove
from symcircuits.algebra.values import Exact, exact
from symcircuits.algebra.verdict import Proved, Refuted, Undecided, Verdict, Witness
from symcircuits.errors import AlgebraError

TIES_TRIED = 40
DEEP = "the expression is nested too deeply"


def prove_at_least(left: Exact, right: Exact, given: Sequence[Boolean] = ()) -> Verdict:
    """Decide ``left >= right``; see ``prove_nonnegative``. A witness tells both sides."""
    high, low = exact(left), exact(right)
    try:
        verdict = proof(high - low, given)
        if isinstance(verdict, Proved):
            return verdict
        witness = find_less(high, low, given)
    except RecursionError:
        return Undecided(DEEP)
    return Refuted(witness) if witness is not None else Undecided(f"{verdict.tried}; no witness found")


def prove_nonnegative(expression: Exact, given: Sequence[Boolean] = ()) -> Verdict:
    """Decide ``expression >= 0`` for all values of its symbols.

    ``Proved`` carries in ``equality_at`` the angles that must all be multiples of 2 pi for the value to be 0, where
    that is known. Conditions in ``given`` restrict the witnesses; those that bound one symbol by a rational number are
    used in the proof too, and then listed in ``assuming``. Raises ``BadValue`` for something that is no exact value.
    """
    return prove_at_least(expression, 0, given)


def prove_less(left: Exact, right: Exact, given: Sequence[Boolean] = ()) -> Verdict:
    """Decide ``left < right``, strictly; see ``prove_nonnegative``.

    A witness is a point at which ``left`` is larger, or at which both are proved to be equal.

    >>> from sympy import Symbol
    >>> n = Symbol("n", integer=True)
    >>> bool(prove_less(n, n ** 2)), bool(prove_less(n, n ** 2, given=[n >= 2]))
    (False, True)
    """
    try:
        return _less(exact(left), exact(right), given)
    except RecursionError:
        return Undecided(DEEP)


def _less(low: Expr, high: Expr, given: Sequence[Boolean]) -> Verdict:
    verdict = proof(high - low, given)
    if isinstance(verdict, Proved) and verdict.equality_at == ():
        return verdict
    witness = None if isinstance(verdict, Proved) else find_less(high, low, given)
    if witness is not None:
        return Refuted(witness.swapped())
    witness = _find_equal(low, high, given)
    if witness is not None:
        return Refuted(witness)
    tried = "not negative, but perhaps zero" if isinstance(verdict, Proved) else verdict.tried
    return Undecided(f"{tried}; no witness found")


def prove_positive(expression: Exact, given: Sequence[Boolean] = ()) -> Verdict:
    """Decide ``expression > 0`` for all values of its symbols; see ``prove_less``."""
    verdict = prove_less(0, expression, given)
    return Refuted(verdict.witness.swapped()) if isinstance(verdict, Refuted) else verdict


def proof(difference: Expr, given: Sequence[Boolean] = ()) -> Proved | Undecided:
    """A proof of ``difference >= 0``, without a search for a witness where there is none."""
    # A number is enclosed first: a certificate, which writes out large powers, is only needed where it may be zero.
    if is_certainly_positive(difference):
        return Proved("enclosure", equality_at=())
    if is_certainly_positive(-difference):
        return Undecided("a negative number")
    verdict = certificate(difference)
    strict = isinstance(verdict, Proved) and verdict.equality_at == ()
    if not strict:
        bounded = _within_bounds(difference, given)
        verdict = bounded if bounded is not None and _better(bounded, verdict) else verdict
    return verdict if isinstance(verdict, Proved) else Undecided(getattr(verdict, "tried", ""))


def _better(bounded: Proved, verdict: Verdict) -> bool:
    return not isinstance(verdict, Proved) or bounded.equality_at == ()


def _within_bounds(difference: Expr, given: Sequence[Boolean]) -> Proved | None:
    """A proof by cases, each symbol within the bounds that are given or assumed for it."""
    symbols = difference.free_symbols
    alternatives = cases(symbols, given)
    if alternatives == [{}]:
        return None
    assuming: set[str] = set(used(symbols, given))
    strict = True
    for case in alternatives:
        verdict = _in_case(difference, case)
        if not isinstance(verdict, Proved):
            return None
        assuming |= set(verdict.assuming)
        strict &= verdict.equality_at == ()
    return Proved("certificate within the bounds", tuple(sorted(assuming)), () if strict else None)


def _in_case(difference: Expr, case: Case) -> Verdict:
    shifted = difference.xreplace(case)
    verdict = certificate(shifted)
    if getattr(verdict, "equality_at", None) != () and is_certainly_positive(shifted):
        return Proved("enclosure", equality_at=())
    return verdict


def _find_equal(left: Expr, right: Expr, given: Sequence[Boolean]) -> Witness | None:
    """A witness that both sides are equal somewhere, each point proved."""
    for point in _points(left.free_symbols | right.free_symbols, given):
        sides = left.xreplace(point), right.xreplace(point)
        try:
            values = [enclose(side, {}, 64).midpoint()[0] for side in sides]
        except AlgebraError:
            continue
        if abs(values[0] - values[1]) < 1e-9 and prove(*sides):
            text = str(nstr(values[0], 8))
            return Witness(point, *sides, text, text)
    return None


def _points(symbols: set[Symbol], given: Sequence[Boolean]) -> Iterator[dict[Symbol, Expr]]:
    mentioned = symbols | {symbol for condition in given for symbol in condition.free_symbols}
    yield from candidate_points(mentioned, given, TIES_TRIED)
