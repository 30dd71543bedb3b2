"""Softmax of exact scores: its maximum, gaps, leak and limit, each with what is proved about it.

Everything is told relative to the maximum, which is proved, not guessed: with gaps ``g_i >= 0`` the weights are
``exp(-beta g_i)`` over their sum. SymPy's ``limit`` is not used, since it gets such expressions wrong.

>>> from sympy import Integer, Symbol
>>> beta = Symbol("beta", positive=True)
>>> row = softmax_row([Integer(0), Integer(3), Integer(0)], beta)
>>> row.winners, row.gaps, row.leak().value, row.limit()
((1,), (3, 0, 3), 2/(exp(3*beta) + 2), (0, 1, 0))
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from sympy import Add, Dummy, Expr, Integer, Rational, exp
from sympy.logic.boolalg import Boolean

from symcircuits.algebra.enclosures.enclosure import enclose
from symcircuits.algebra.enclosures.witness import candidate_points
from symcircuits.algebra.order.inequalities import prove_at_least
from symcircuits.algebra.prove import prove
from symcircuits.algebra.values import Exact, exact
from symcircuits.algebra.verdict import Proved, Undecided, Verdict
from symcircuits.errors import AlgebraError, BadValue

SAMPLES = 4


@dataclass(frozen=True)
class Leak:
    """The weight off the maximum: equal to ``value`` where ``is_exact``, else at most ``value``."""

    value: Expr
    is_exact: bool
    verdict: Proved


@dataclass(frozen=True)
class SoftmaxRow:
    """One row of a softmax: ``scores``, the ``scale`` that multiplies them, and what is proved of their order.

    ``winners`` are the indices of all scores proved equal to the maximum, ``gaps[i]`` is the maximum minus score i,
    ``verdicts[i]`` the proof that it is not negative (strict where ``equality_at`` is empty).
    """

    scores: tuple[Expr, ...]
    scale: Expr
    winners: tuple[int, ...]
    gaps: tuple[Expr, ...]
    verdicts: tuple[Proved, ...]
    given: tuple[Boolean, ...] = field(default=())

    @property
    def tied(self) -> bool:
        """Whether several scores are proved to be the maximum."""
        return len(self.winners) > 1

    def weights(self) -> tuple[Expr, ...]:
        """The softmax itself, from the scores as they were given."""
        return softmax([self.scale * score for score in self.scores])

    def leak(self) -> Leak | Undecided:
        """The weight off the winners: in closed form where all gaps are equal, else a proved upper bound.

        With w winners and n keys the closed form is ``(n - w) / (w exp(beta g) + n - w)``, proved against the softmax;
        the bound is the sum of ``exp(-beta gap) / w``. The bound needs no strict gap: it may be larger than 1.
        """
        losers = [place for place in range(len(self.scores)) if place not in self.winners]
        if not losers:
            return Leak(Integer(0), True, Proved("every score is the maximum"))
        return self._equal_gaps(losers) or self._bound(losers)

    def _equal_gaps(self, losers: list[int]) -> Leak | None:
        gap, won, lost = self.gaps[losers[0]], len(self.winners), len(losers)
        if not all(prove(self.gaps[place], gap) for place in losers[1:]):
            return None
        value = lost / (won * exp(self.scale * gap) + lost)
        # The scores with what is proved of them put in: the winners are equal, and all others lie one gap below.
        top, below = Dummy("s", real=True), Dummy("g", real=True)
        powers = [exp(self.scale * top)] * won + [exp(self.scale * (top - below))] * lost
        verdict = prove(lost * powers[-1] / Add(*powers), lost / (won * exp(self.scale * below) + lost))
        return Leak(value, True, verdict) if isinstance(verdict, Proved) else None

    def _bound(self, losers: list[int]) -> Leak | Undecided:
        """The other powers over the greatest one are S, and their weight S / (w + S) is at most S / w."""
        won, top, rest = len(self.winners), Dummy("p", positive=True), Dummy("q", positive=True)
        verdict = prove_at_least(rest / top / won, rest / (won * top + rest))
        if not isinstance(verdict, Proved):
            return Undecided("the sum over the gaps is not proved to be a bound")
        value = Add(*(exp(-self.scale * self.gaps[place]) for place in losers)) / won
        return Leak(value, False, Proved("sum over the gaps", verdict.assuming))

    def limit(self) -> tuple[Expr, ...] | Undecided:
        """The weights as the scale grows without bound: shared equally by the winners, 0 elsewhere.

        Stated only where every other gap is proved positive.
        """
        for place, verdict in enumerate(self.verdicts):
            if place not in self.winners and verdict.equality_at != ():
                return Undecided(f"the gap of score {place} is not proved positive: {self.gaps[place]}")
        share = Rational(1, len(self.winners))
        return tuple(share if place in self.winners else Integer(0) for place in range(len(self.scores)))


def softmax(scores: Sequence[Expr]) -> tuple[Expr, ...]:
    """The exponentials of the scores over their sum, as they are.

    >>> softmax([Integer(0), Integer(0)])
    (1/2, 1/2)
    """
    powers = [exp(score) for score in scores]
    total = Add(*powers)
    return tuple(power / total for power in powers)


def softmax_row(scores: Sequence[Exact], scale: Exact, given: Sequence[Boolean] = ()) -> SoftmaxRow | Undecided:
    """The softmax of ``scale * scores`` with its maximum proved, pair by pair; ``given`` are conditions on symbols.

    ``Undecided`` where no score is proved to be the maximum. Raises ``BadValue`` for no scores, for one that is no
    exact value, or for a scale that is not known to be positive.
    """
    row = tuple(exact(score) for score in scores)
    factor = exact(scale)
    if not row:
        raise BadValue("expected at least one score, got none")
    if not factor.is_positive:
        raise BadValue(f"expected a scale that is known to be positive, got {factor}")
    tried: list[str] = []
    for candidate in dict.fromkeys(_candidates(row, given)):
        verdicts = _as_maximum(row, candidate, given)
        if isinstance(verdicts, str):
            tried.append(verdicts)
            continue
        return _row(row, factor, candidate, verdicts, tuple(given))
    return Undecided("; ".join(tried) or "no score could be compared")


def _as_maximum(row: tuple[Expr, ...], candidate: int, given: Sequence[Boolean]) -> list[Proved] | str:
    verdicts: list[Proved] = []
    for place, score in enumerate(row):
        verdict = _no_larger(row[candidate], score, given)
        if not isinstance(verdict, Proved):
            return f"score {candidate} is not proved to be at least score {place}"
        verdicts.append(verdict)
    return verdicts


def _no_larger(high: Expr, low: Expr, given: Sequence[Boolean]) -> Verdict:
    return Proved("the same score") if high == low else prove_at_least(high, low, given)


def _row(
    row: tuple[Expr, ...], scale: Expr, first: int, verdicts: list[Proved], given: tuple[Boolean, ...]
) -> SoftmaxRow:
    winners = tuple(
        place for place, score in enumerate(row) if verdicts[place].equality_at != () and prove(row[first], score)
    )
    gaps = tuple(Integer(0) if place in winners else row[first] - score for place, score in enumerate(row))
    return SoftmaxRow(row, scale, winners, gaps, tuple(verdicts), given)


def _candidates(row: tuple[Expr, ...], given: Sequence[Boolean]) -> Iterator[int]:
    """The places where the greatest score is found at a few sample points; what they are worth is proved later."""
    symbols = set().union(*(score.free_symbols for score in row), *(condition.free_symbols for condition in given))
    for point in candidate_points(symbols, given, SAMPLES):
        try:
            values = [enclose(score, point, 256).midpoint()[0] for score in row]
        except AlgebraError:
            continue
        yield max(range(len(row)), key=lambda place: values[place])
