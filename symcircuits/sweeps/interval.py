"""The end of the interval of a weight within which another copy of a token beats both the token itself and every other
content, in every arrangement of the tokens of a context: proved, where distances decide how places count."""

from __future__ import annotations

from collections.abc import Sequence

from sympy import Expr, Integer, Rational, ceiling, floor

from symcircuits.algebra import Proved, prove
from symcircuits.algebra.enclosures.balls import default_backend
from symcircuits.algebra.enclosures.enclosure import enclose
from symcircuits.algebra.thresholds.isolation import fraction
from symcircuits.algebra.values import as_rational, exact
from symcircuits.behaviours import AvoidsSelf
from symcircuits.errors import AlgebraError
from symcircuits.sweeps.breaks import Break
from symcircuits.sweeps.cases import Case
from symcircuits.symbols import m, n

BITS = 192
UNIT = Rational(1, 10**12)  # relatively: how far apart the two rationals are
RIGHT_BEFORE = "some arrangement of tokens is wrong; before it, every row of each is right"


def interval_ends(case: Case) -> list[Break]:
    """The end of the interval, where the one swept symbol is the weight; nothing where none is proved."""
    behaviour, n_ctx = case.behaviour, case.trial.n_ctx
    if not isinstance(behaviour, AvoidsSelf) or case.swept != (behaviour.weight,) or n_ctx < 3:
        return []
    (head,) = case.trial.heads
    if not isinstance(behaviour.prove_on(head), Proved):
        return []
    weight, place = (value.xreplace(dict(case.trial.values)) for value in behaviour.interval(head))
    if (
        weight.free_symbols
        or not place.free_symbols <= {n, m}
        or not prove(place, place.xreplace({n: n + 1, m: m + 1}))
    ):
        return []
    last = place.xreplace({n: Integer(n_ctx - 1)})
    try:
        found = _end(weight * exact(behaviour.gap), [last.xreplace({m: Integer(key)}) for key in range(n_ctx - 1)])
    except AlgebraError:
        return []
    return [] if found is None else [Break(behaviour.weight, *found, RIGHT_BEFORE)]


def _end(gap: Expr, places: Sequence[Expr]) -> tuple[Rational, Rational] | None:
    """The gap over the difference of the greatest and the least place, of which all must be positive."""
    backend = default_backend()
    bounds = [backend.bounds(enclose(place, {}, BITS).real) for place in places]
    if not min(low for low, _ in bounds) > 0:
        return None
    over = [as_rational(fraction(end)) for end in backend.bounds(enclose(gap, {}, BITS).real)]
    greatest, least = (
        tuple(as_rational(fraction(best(end))) for end in zip(*bounds, strict=True)) for best in (max, min)
    )
    spread = greatest[0] - least[1], greatest[1] - least[0]
    if not spread[0] > 0:
        return None
    low, high = over[0] / spread[1], over[1] / spread[0]
    unit = UNIT * Rational(10) ** (len(str(int(low))) if low >= 1 else 1 - len(str(int(1 / low))))
    return floor(low / unit) * unit, ceiling(high / unit) * unit
