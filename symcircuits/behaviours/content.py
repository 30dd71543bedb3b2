"""Attending by content: to every token that holds what the present one holds, or to another such token alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from sympy import Expr, Integer, Symbol

from symcircuits.algebra import (
    Margin,
    Proved,
    Refuted,
    Undecided,
    Verdict,
    exact,
    prove,
    prove_at_least,
    prove_gap_over,
    prove_positive,
)
from symcircuits.algebra.values import Exact
from symcircuits.algebra.verdict import tied
from symcircuits.behaviours.content_scores import ContentScores, j, refuted_at
from symcircuits.behaviours.copying import span
from symcircuits.behaviours.task import Task
from symcircuits.behaviours.tokens import random_tokens
from symcircuits.behaviours.trial import Measurement, Trial, compared
from symcircuits.circuit import Directions, Head, OneHot
from symcircuits.circuit.positions import whole
from symcircuits.errors import BadValue, UnboundSymbols
from symcircuits.symbols import beta, is_coordinate, m, n


@dataclass(frozen=True)
class AttendsToSame:
    """No key has a larger score than one that holds, in the directions of ``content``, what the query holds there.

    For every query, every key of the same content, itself included, and every other key, wherever they are and
    whatever else they hold, *provided that all contents have the same norm in these directions*. Two contents tie only
    where they are equal there. With a ``count`` it is enough to compare so many dimensions of these directions,
    whichever they are; the contents then have the same norm in those.

    >>> from symcircuits.circuit import Residual
    >>> stream = Residual(content=3)
    >>> head = Head(W_Q=stream.read("content"), W_K=stream.read("content"), scale=beta)
    >>> AttendsToSame(stream["content"]).prove_on(head)
    Proved(method='sum of squares', assuming=(), equality_at=None)
    >>> bool(AttendsToSame(stream["content"][:2]).prove_on(head))
    False
    """

    content: Directions
    count: int | None = None

    def __post_init__(self) -> None:
        _check_count(self.content, self.count)

    def __str__(self) -> str:
        return f"AttendsToSame({self.content.name}, {_told(self.content, self.count)})"

    def text(self) -> str:
        """The requirement, as prose with ``$...$``."""
        which = span(self.content) if self.count is None else f"{self.count} dimensions of {span(self.content)}"
        return f"attends to the tokens of the same content in {which}, where norms are equal"

    def prove_on(self, head: Head) -> Verdict:
        """Whether no key beats one of the same content: the score is ``w <c, c'>`` with ``w > 0``, and something that
        is the same for every key, so that the gap is ``w |c - c'|^2 / 2`` for contents of one norm.

        Raises ``BadValue`` for no direction, or for one of a position.
        """
        if _has_one_hot(head):
            return Undecided("a one-hot position has no column for a token without a number")
        scores = ContentScores(head, self.content, self.count)
        verdicts = scores.split(), scores.blind_to_the_key(), prove_positive(scores.weight)
        for verdict in verdicts:
            if not isinstance(verdict, Proved):
                found = (scores.find_loss(), scores.too_few_or_many())
                loss = next((one for one in found if one is not None), None)
                tried = verdict.tried if isinstance(verdict, Undecided) else "the score is no such product"
                return Undecided(f"{tried}; no witness found") if loss is None else loss
        assuming = {line for verdict in verdicts if isinstance(verdict, Proved) for line in verdict.assuming}
        return Proved("sum of squares", tuple(sorted(assuming)))

    def measure(self, trial: Trial) -> Measurement:
        """The attention of the engine on random tokens whose contents have one norm: mean mass on the same content,
        whether each such key has more than any other in every row, and the distance to the closed form."""
        task = self.task(trial)
        pattern = trial.pattern(task.x)
        note = "" if task.wins(pattern) else "another content has as much attention in some row"
        return compared("mean attention on the same content", pattern, trial.expected(task.x), task.mass, note)

    def task(self, trial: Trial) -> Task:
        """Random tokens, their copies wanted in every row that sees two contents; raises ``BadValue`` for none."""
        tokens = random_tokens(trial, self.content, any_of=self.count is not None)
        same = tokens.same()
        rows = [row for row in range(trial.n_ctx) if not same[row, : row + 1].all()]
        if not rows:
            raise BadValue(f"no row of {trial.n_ctx} tokens has two contents")
        return Task(same, np.array(rows), tokens.x)


@dataclass(frozen=True)
class AvoidsSelf:
    """Another copy of the present token beats both the token itself and every other content.

    Contents have the same norm in the directions of ``content``, and different ones differ there by at least ``gap``:
    ``|c|^2 - <c, c'> >= gap``. A positive symbol, ``weight``, says how much the place counts. With a ``count`` it is
    enough to compare so many dimensions of these directions. Raises ``BadValue`` for a gap that is not positive.

    >>> from symcircuits.algebra import ExactMatrix
    >>> from symcircuits.circuit import Residual, Sinusoids
    >>> stream = Residual(content=2, position=Sinusoids(1))
    >>> read, signs = stream.read("content", "position"), (1, 1, -beta, -beta)
    >>> turned = ExactMatrix.from_entries((4, 4), {(i, i): sign for i, sign in enumerate(signs)})
    >>> AvoidsSelf(stream["content"]).prove_on(Head(W_Q=read, W_K=turned @ read))
    Proved(method='sum of squares', assuming=(), equality_at=(alpha_0*(m - n),))
    """

    content: Directions
    gap: Exact = Integer(1)
    weight: Symbol = beta
    count: int | None = None

    def __post_init__(self) -> None:
        _check_count(self.content, self.count)
        object.__setattr__(self, "gap", exact(self.gap))
        if exact(self.gap).is_positive is not True:
            raise BadValue(f"expected a positive gap between contents, got {self.gap}")

    def __str__(self) -> str:
        return f"AvoidsSelf({self.content.name}, {_told(self.content, self.count)}, gap {self.gap})"

    def text(self) -> str:
        """The requirement, as prose with ``$...$``."""
        return "attends to another copy of the present token, rather than to itself or to another content"

    def prove_on(self, head: Head) -> Verdict:
        """Whether, in every context in which no frequency comes back, it does so for all weights of an interval.

        The score must be ``w <c, c'> + weight * place``, with ``w > 0`` and a place that is never less than at the
        token itself; the interval is then ``0 < weight < w gap / (greatest - least place)`` over the other tokens of
        the context. ``equality_at`` holds the angles that must all be multiples of 2 pi for a copy to tie with the
        token itself. A witness is against one of the two parts, and so against every weight.
        """
        if _has_one_hot(head):
            return Undecided("a one-hot position has no column for a token without a number")
        score, plain = (ContentScores(one, self.content, self.count) for one in (head, self._unweighted(head)))
        weighted = score.of(n, m) - plain.of(n, m)
        place = _emptied(weighted.xreplace({self.weight: Integer(1)}))
        if not prove(weighted, self.weight * place):
            tried = f"the score is not {self.weight} times something of the places alone, and a part without"
            fewer = score.too_few_or_many()
            return Undecided(tried) if fewer is None else fewer
        rest = plain.rest(n, m)
        # What a token holds is not bounded: where that counts, no weight helps. What the places do, a weight may outdo.
        if not plain.blind_to_the_key() and not isinstance(prove(rest, _emptied(rest)), Refuted):
            return Undecided(f"places count apart from {self.weight}")
        content = AttendsToSame(self.content, self.count).prove_on(plain.head)
        if not isinstance(content, Proved):
            return content
        return _least_at_the_token_itself(place)

    def interval(self, head: Head) -> tuple[Expr, Expr]:
        """For a head that has the behaviour, ``w`` and the place gap ``g`` of a token ``m``, both over the scale: it
        does so for ``0 < weight < w gap / (greatest - least g)``, over the other tokens of the context."""
        over = Head(W_Q=head.W_Q, W_K=head.W_K, rotary=head.rotary)
        plain = ContentScores(self._unweighted(over), self.content, self.count)
        score = ContentScores(over, self.content, self.count)
        place = _emptied((score.of(n, m) - plain.of(n, m)).xreplace({self.weight: Integer(1)}))
        return plain.weight, place - place.xreplace({m: n})

    def _unweighted(self, head: Head) -> Head:
        if head.W_Q is None or head.W_K is None:
            raise BadValue("this head has no W_Q and W_K")
        zero = {self.weight: Integer(0)}
        return Head(
            W_Q=head.W_Q.substitute(zero),
            W_K=head.W_K.substitute(zero),
            b_Q=head.b_Q and head.b_Q.substitute(zero),
            b_K=head.b_K and head.b_K.substitute(zero),
            scale=head.scale.xreplace(zero),
        )

    def prove_strict(self, head: Head, values: Mapping[Symbol, Expr], n_ctx: int) -> Verdict:
        """Whether, at these values, it does so strictly in every row, for every arrangement of ``n_ctx`` tokens.

        Decided by rigorous enclosures, at the copy that is placed worst. Raises ``UnboundSymbols``.
        """
        scores = ContentScores(head, self.content, self.count)
        split = scores.split()
        if not isinstance(split, Proved):
            return Undecided("the score is not a product of contents and a part of the places alone")
        weight, place = (value.xreplace(dict(values)) for value in (scores.weight, scores.rest(n, m)))
        left_over = sorted(symbol.name for symbol in (weight.free_symbols | place.free_symbols) - {n, m})
        if left_over:
            raise UnboundSymbols(f"the score still contains {', '.join(left_over)}; expected a value for each symbol")
        if n_ctx < 3:
            return Undecided(f"{n_ctx} tokens have no row with a copy and another content")
        # Where places count by their distance alone, the last row meets every pair of distances.
        by_distance = prove(place, place.xreplace({n: n + 1, m: m + 1}))
        for row in range(n_ctx - 1 if by_distance else 1, n_ctx):
            verdict = self._in_row(place.xreplace({n: Integer(row)}), weight, row)
            if not isinstance(verdict, Proved):
                return verdict
        return Proved(f"enclosures of every gap over {n_ctx} tokens", equality_at=())

    def _in_row(self, place: Expr, weight: Expr, row: int) -> Verdict:
        where = {n: Integer(row)}
        ahead = prove_gap_over(place - place.xreplace({m: Integer(row)}), m, range(row))
        if not isinstance(ahead, Margin) or ahead.least is None or ahead.ties:
            return _not_ahead(ahead, where, m)
        worst = ahead.least.reached_at[0]
        others = [key for key in range(row) if key != worst]
        if not others:
            return Proved("no other content in this row")
        best = weight * exact(self.gap) + place.xreplace({m: Integer(worst)})
        beaten = prove_gap_over(best - place.xreplace({m: j}), j, others)
        if isinstance(beaten, Margin) and not beaten.ties:
            return Proved("enclosures")
        return _not_ahead(beaten, {**where, m: Integer(worst)}, j)

    def measure(self, trial: Trial) -> Measurement:
        """The attention of the engine on random tokens whose contents have one norm and this least gap: mean mass on
        other copies, whether each beats the token itself and every other content in every row that has one, and the
        distance to the closed form."""
        task = self.task(trial)
        pattern = trial.pattern(task.x)
        note = "" if task.wins(pattern) else "the token itself or another content has as much attention in some row"
        return compared("mean attention on other copies", pattern, trial.expected(task.x), task.mass, note)

    def task(self, trial: Trial) -> Task:
        """Random tokens, their other copies wanted in every row that has one; raises ``BadValue`` for none."""
        tokens = random_tokens(trial, self.content, exact(self.gap), any_of=self.count is not None)
        copies = tokens.same() & ~np.eye(trial.n_ctx, dtype=bool)
        rows = [row for row in range(trial.n_ctx) if copies[row].any()]
        if not rows:
            raise BadValue(f"no row of {trial.n_ctx} tokens has another copy of its token")
        return Task(copies, np.array(rows), tokens.x)


def _check_count(content: Directions, count: int | None) -> None:
    if count is not None and not 1 <= whole(count, "a number of dimensions") <= len(content):
        raise BadValue(f"expected to compare 1 to {len(content)} dimensions of {content.name}, got {count}")


def _told(content: Directions, count: int | None) -> str:
    return f"{len(content)} directions" if count is None else f"{count} of {len(content)} directions"


def _has_one_hot(head: Head) -> bool:
    return any(isinstance(block, OneHot) for block in head.stream.positions().values())


def _emptied(expression: Expr) -> Expr:
    return expression.xreplace({symbol: Integer(0) for symbol in expression.free_symbols if is_coordinate(symbol)})


def _least_at_the_token_itself(place: Expr) -> Verdict:
    own = place.xreplace({m: n})
    verdict = prove_at_least(place, own, given=[m <= n])
    if isinstance(verdict, Proved) and prove(place, own):
        return tied({n: Integer(1), m: Integer(0)}, place, own)
    if isinstance(verdict, Proved) and verdict.equality_at is None:
        return Undecided("a copy is never behind the token itself, but where they tie is not known")
    return verdict


def _not_ahead(found: Margin | Refuted | Undecided, where: Mapping[Symbol, Expr], key: Symbol) -> Verdict:
    """The verdict for a row in which some gap is not positive."""
    if isinstance(found, Margin):
        return tied({**where, key: Integer(found.ties[0])}, Integer(0), Integer(0))
    return refuted_at(where, found) if isinstance(found, Refuted) else found
