"""Attending: which key has the largest score, for every query and whatever the tokens hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from sympy import Expr, Integer, Symbol
from sympy.logic.boolalg import Boolean

from symcircuits.algebra import Proved, Refuted, Undecided, Verdict, Witness, prove, prove_at_least
from symcircuits.algebra.enclosures.enclosure import enclose
from symcircuits.algebra.verdict import tied
from symcircuits.behaviours.task import Task
from symcircuits.behaviours.trial import Array, Measurement, Trial, compared
from symcircuits.circuit import Head, OneHot
from symcircuits.circuit.positions import whole
from symcircuits.errors import AlgebraError, BadValue, UnboundSymbols
from symcircuits.symbols import is_coordinate, m, n
from symcircuits.typeset.expressions import latex

_BITS = 256


@dataclass(frozen=True)
class AttendsTo:
    """No key has a larger score than the one ``offset`` tokens on, ``-1`` being the previous token.

    For all ``n`` and ``m <= n`` with ``n + offset >= 0``: ``score(n, n + offset) >= score(n, m)``, whatever the
    tokens hold. The verdict says where the two are equal. Raises ``BadValue`` for a later token.

    >>> from symcircuits.circuit import Residual, Sinusoids
    >>> position = Sinusoids(1)
    >>> stream = Residual(content=1, position=position)
    >>> head = Head(W_Q=stream.read(position), W_K=position.shift(1) @ stream.read(position))
    >>> AttendsTo(-1).prove_on(head)
    Proved(method='sum of squares', assuming=(), equality_at=(alpha_0*(m - n + 1),))
    >>> AttendsTo(0).prove_on(head).witness is None
    False
    """

    offset: int

    def __post_init__(self) -> None:
        if whole(self.offset, "the offset of a token") > 0:
            raise BadValue(f"expected an offset of 0 or less (no token sees a later one), got {self.offset}")

    def __str__(self) -> str:
        return f"AttendsTo({self.offset})"

    def text(self) -> str:
        """The requirement, as prose with ``$...$``."""
        names = {0: "the present token", -1: "the previous token"}
        return f"attends to {names.get(self.offset, f'the token {-self.offset} back')}"

    def prove_on(self, head: Head) -> Verdict:
        """Whether no key has a larger score; ``equality_at`` holds the angles that must all be multiples of 2 pi for a
        tie. A head that ties everywhere is refuted."""
        one_hot = [block for block in head.stream.positions().values() if isinstance(block, OneHot)]
        return self._prove_each(head, min(block.size for block in one_hot)) if one_hot else self._prove_for_all(head)

    def _prove_for_all(self, head: Head) -> Verdict:
        best, other = self._scores(head, n, m)
        verdict = prove_at_least(best, other, given=self._rows())
        if isinstance(verdict, Refuted) and any(map(is_coordinate, (best - other).free_symbols)):
            return self._refute_with_tokens(head)
        if not isinstance(verdict, Proved):
            return verdict
        if prove(best, other):
            return tied({n: Integer(1 - self.offset), m: Integer(0)}, best, other)
        return verdict if verdict.equality_at is not None else Undecided("gap proved, but not where it is zero")

    def _refute_with_tokens(self, head: Head) -> Verdict:
        """A witness at given tokens: what a token holds is then the same wherever it occurs."""
        for query, key in self._pairs(3 - self.offset):
            best, other = self._scores(head, query, key)
            verdict = prove_at_least(best, other)
            if isinstance(verdict, Refuted):
                return _at({n: Integer(query), m: Integer(key)}, verdict)
        return Undecided("the score depends on what tokens hold; no witness found")

    def _scores(self, head: Head, query: Expr | int, key: Expr | int) -> tuple[Expr, Expr]:
        return head.score_at(query, query + self.offset), head.score_at(query, key)

    def _rows(self) -> list[Boolean]:
        return [n + self.offset >= 0, m >= 0, m <= n]

    def _prove_each(self, head: Head, n_ctx: int) -> Verdict:
        if n_ctx + self.offset < 2:
            return Undecided(f"{n_ctx} tokens have no row with another key")
        for query, key in self._pairs(n_ctx):
            best, other = self._scores(head, query, key)
            verdict = prove_at_least(best, other)
            place = {n: Integer(query), m: Integer(key)}
            if isinstance(verdict, Refuted):
                return _at(place, verdict)
            if isinstance(verdict, Undecided):
                return Undecided(f"at n = {query}, m = {key}: {verdict.tried}")
            if verdict.equality_at != ():
                return tied(place, best, other) if prove(best, other) else Undecided(f"a tie at n = {query}, m = {key}")
        return Proved(f"each of the {n_ctx} positions", equality_at=())

    def _pairs(self, n_ctx: int) -> Iterator[tuple[int, int]]:
        """Every (query, key) with ``m <= n`` that the offset does not lead before token 0, the wanted key left out."""
        for query in range(-self.offset, n_ctx):
            yield from ((query, key) for key in range(query + 1) if key != query + self.offset)

    def prove_strict(self, head: Head, values: Mapping[Symbol, Expr], n_ctx: int) -> Verdict:
        """Whether, at these values, the wanted key has strictly the largest score in every row of ``n_ctx`` tokens.

        Decided by rigorous enclosures; ``values`` binds every symbol of the score.
        """
        best, other = (score.xreplace(dict(values)) for score in self._scores(head, n, m))
        left_over = sorted(symbol.name for symbol in (best - other).free_symbols - {n, m})
        if left_over:
            raise UnboundSymbols(f"the score still contains {', '.join(left_over)}; expected a value for each symbol")
        if not any(self._pairs(n_ctx)):
            return Undecided(f"{n_ctx} tokens have no row with another key")
        pairs = self._pairs(n_ctx)
        if prove(best - other, (best - other).xreplace({n: n + 1, m: m + 1})):
            # The gap depends on n - m alone, and the last row meets every distance.
            pairs = self._one_of_each_distance(n_ctx)
        near: Undecided | None = None
        for query, key in pairs:
            place = {n: Integer(query), m: Integer(key)}
            sign = _sign(best - other, place)
            if sign < 0:
                return _at(place, prove_at_least(best.xreplace(place), other.xreplace(place)))
            if sign == 0 and near is None:  # a later key may still be a witness
                near = Undecided(f"the gap at n = {query}, m = {key} is not separated from zero with {_BITS} bits")
        if near is not None:  # a verdict is only true when proved, so "or" would lose it
            return near
        return Proved(f"enclosures of every gap over {n_ctx} tokens", equality_at=())

    def _one_of_each_distance(self, n_ctx: int) -> Iterator[tuple[int, int]]:
        """A (query, key) for each distance that occurs in the rows of ``_pairs``."""
        last = n_ctx - 1
        return ((last, key) for key in range(last + 1) if key != last + self.offset)

    def measure(self, trial: Trial) -> Measurement:
        """The attention of the engine: mean mass on the wanted key, whether it is strictly the largest in every row,
        and the distance to the closed form, if there is one."""
        if not any(self._pairs(trial.n_ctx)):
            raise BadValue(f"no row of {trial.n_ctx} tokens reaches {-self.offset} back and has another key")
        x = trial.stream()
        pattern = trial.pattern(x)
        strict = all(pattern[row, row + self.offset] > pattern[row, key] for row, key in self._pairs(trial.n_ctx))
        note = "" if strict else "another key has as much attention in some row"
        return compared(self._measures(), pattern, trial.expected(x), self.mean_mass, note)

    def task(self, trial: Trial) -> Task:
        """A random stream, the key ``offset`` tokens on wanted in every row that has it; raises ``BadValue`` for a
        context with no such row."""
        if trial.n_ctx + self.offset < 1:
            raise BadValue(f"no row of {trial.n_ctx} tokens reaches {-self.offset} back")
        wanted = np.eye(trial.n_ctx, k=self.offset, dtype=bool)
        return Task(wanted, np.arange(-self.offset, trial.n_ctx), trial.stream())

    def mean_mass(self, pattern: Array) -> float:
        """The mean over rows of the attention on the wanted key."""
        return float(np.mean(np.diagonal(pattern, self.offset)))

    def _measures(self) -> str:
        key = latex(n + self.offset)
        return f"mean of $A_{{n, {key}}}$ over $n \\ge {-self.offset}$"


def _sign(gap: Expr, place: Mapping[Symbol, Expr]) -> int:
    try:
        return enclose(gap, place, _BITS).real_sign()
    except AlgebraError:
        return 0


def _at(place: dict[Symbol, Expr], verdict: Verdict) -> Verdict:
    if not isinstance(verdict, Refuted):
        return verdict
    found = verdict.witness
    return Refuted(Witness(place | dict(found.bindings), found.left, found.right, found.left_value, found.right_value))
