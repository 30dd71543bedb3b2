"""The least scale from which every row of a case has a mass on its wanted key, proved, where one scale multiplies all
scores.

What a row needs is its gaps: by how much the wanted key is ahead of each other one, over the scale. They come from the
distances of keys where these alone decide, and else from the exact scores of every query and key.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from sympy import Expr, Integer, Rational, Symbol

from symcircuits.algebra import FallingSum
from symcircuits.algebra.thresholds.exponentials import ONE, ZERO, read_quotient
from symcircuits.algebra.thresholds.falling import last_digit
from symcircuits.algebra.thresholds.isolation import Unsettled
from symcircuits.behaviours import AttendsAfterPrevious, Task
from symcircuits.circuit import Head
from symcircuits.errors import AlgebraError
from symcircuits.sweeps.breaks import Break
from symcircuits.sweeps.cases import Case
from symcircuits.sweeps.closed import scores_by_distance
from symcircuits.symbols import N, integer, m, n

MASSES = (Rational(9, 10), Rational(99, 100))
DIGITS = 8
EVERY_ROW = "every row has a mass of at least"
_K = integer("k")


def least_scales(case: Case) -> list[Break]:
    """The least value of the one swept symbol, which multiplies all scores, from which on every row has each of
    ``MASSES`` on the wanted key, to eight digits.

    Nothing where another symbol is swept, where a row wants several keys, or where gaps are not all positive.
    """
    if len(case.swept) != 1 or case.task is None:
        return []
    found: list[Break] = []
    try:
        tails = list(dict.fromkeys(_tails(case, case.task, case.swept[0])))
        for mass in MASSES if tails else ():
            at = least_of(tails, (1 - mass) / mass)
            found.append(Break(case.swept[0], at - last_digit(at, DIGITS), at, f"{EVERY_ROW} {mass}", mass))
    except AlgebraError:
        return found
    return found


def least_of(tails: list[FallingSum], level: Rational) -> Rational:
    """The least scale to eight digits at which every sum is at most a level: each of them certainly is, and one is
    certainly more at the decimal before. Raises ``Unsettled`` where another comes down later than that.

    >>> at = [FallingSum.of_values([Integer(1), Integer(g)]) for g in (2, 3)]
    >>> least_of(at, Rational(1, 2)) == at[0].least_scale(Rational(1, 2), DIGITS)
    True
    """
    some = [tail for tail in tails if level < len(tail.gaps)]  # else the sum is below it at every positive scale
    if not some:
        raise Unsettled("every row has this mass at every scale")
    latest = max(some, key=lambda tail: tail.near(level))
    at = latest.least_scale(level, DIGITS)
    if not all(tail.certainly_at_most(level, at) for tail in some):
        raise Unsettled("two rows need almost the same scale")
    return at


def _tails(case: Case, task: Task, scale: Symbol) -> Iterator[FallingSum]:
    """The sum of the weights of other keys over that of the wanted one in each row, as a function of the scale."""
    wanted = task.wanted[task.rows]
    if (wanted.sum(axis=1) != 1).any():
        return
    keys = np.argmax(wanted, axis=1)
    gap = _gap_by_distance(case)
    if gap is not None:
        over = _over_the_scale(gap.xreplace(dict(case.trial.values)), scale)
        rows = {
            frozenset(int(key) - other for other in range(row + 1)) for key, row in zip(keys, task.rows, strict=True)
        }
        for row in rows:
            if len(row) > 1 and not any(
                row < other for other in rows
            ):  # a row with more keys at the same distances needs more
                yield FallingSum.of(over, _K, sorted(row - {0}))
    elif case.trial.model is not None and case.trial.score is not None:
        values = {**case.trial.values, **({} if task.block is None else {N: Integer(task.block)})}
        score = case.trial.score.xreplace(values)
        for key, row in zip(keys, task.rows, strict=True):
            at_row = score.xreplace({n: Integer(int(row))})
            entries = [_over_the_scale(at_row.xreplace({m: Integer(other)}), scale) for other in range(int(row) + 1)]
            if len(entries) > 1:
                yield FallingSum.of_values(
                    [entries[key] - other for place, other in enumerate(entries) if place != key]
                )


def _gap_by_distance(case: Case) -> Expr | None:
    """The gap to a key that lies ``k`` tokens before the wanted one; ``None`` where distances do not decide."""
    behaviour = case.behaviour
    if isinstance(behaviour, AttendsAfterPrevious):
        return behaviour.gap(_one_head(case), _K)
    ahead = scores_by_distance(case)
    if ahead is None:
        return None
    return -ahead.xreplace({n: _K - int(getattr(behaviour, "offset", 0))})


def _one_head(case: Case) -> Head:
    (head,) = case.trial.heads
    return head


def _over_the_scale(score: Expr, scale: Symbol) -> Expr:
    """A score that is a number times the scale, without it; raises ``Unsettled`` for another."""
    if score == 0:
        return ZERO
    top, bottom = read_quotient(score, scale)
    if not set(top.terms) <= {(ONE, ZERO)} or not set(bottom.terms) <= {(ZERO, ZERO)}:
        raise Unsettled(f"{score} is no multiple of {scale}")
    over: Expr = top.terms.get((ONE, ZERO), ZERO) / bottom.terms[ZERO, ZERO]
    return over
