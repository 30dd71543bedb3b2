"""Whether flags are shares among what keys vote for, for all sequences at once.

A key *votes* for a token, or for none, by what it holds, what stands before it, and the last token: for what it holds
where a copy of the last token stands before it, if nothing else is told. It may be the last one only where this counts.
So what is asked depends on numbers alone: ``k`` keys vote, ``k_b`` of them for ``b``, and the share of ``b`` is
``k_b / k``. The flag is a mean of values ``v`` with weights ``w``, and it is at least ``x`` exactly where
``sum(w (v - x)) >= 0``. Each term is at least the least one of its kind - votes for ``b``, votes for another, no votes,
the beginning - so the sum is at least the numbers of these times their least terms. That is a bound for every sequence
with these numbers, and the numbers are few.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor
from typing import TypeAlias

from symcircuits.behaviours.following.least_share import Interval, Option, term
from symcircuits.behaviours.following.margins import Failure
from symcircuits.behaviours.following.mixture import Mixture

_KINDS = ("silent", "for_flag", "for_others")
Vote: TypeAlias = Callable[[int, int, int], int | None]  # the last token, the one before a key, and that of the key


def after_copies(last: int, before: int, own: int) -> int | None:
    """A vote for what came right after a copy of the last token."""
    return own if before == last else None


@dataclass(frozen=True)
class Keys:
    """The weights and values that keys of each kind may have, and how many can vote; ``reads_itself`` is what the
    flag is besides what is attended to."""

    begin: Option
    silent: tuple[Option, ...]
    for_flag: tuple[Option, ...]
    for_others: tuple[Option, ...]
    voters: int
    reads_itself: Interval


@dataclass(frozen=True)
class Scored:
    """A key by its place, with the token before it and its own, and its score."""

    key: int
    before: int
    own: int
    score: Interval


class Successors:
    """The flags of a mixture against shares within ``eps``; ``inclusive`` lets the last token vote."""

    def __init__(self, mixture: Mixture, eps: Fraction, inclusive: bool, vote: Vote = after_copies) -> None:
        self.mixture, self.eps, self.inclusive, self.vote = mixture, eps, inclusive, vote
        self._values: dict[tuple[int, int, int, int], Interval] = {}

    def hold(self) -> bool:
        """Whether every flag certainly is within its margin after every sequence; if not, nothing is known."""
        mixture = self.mixture
        least = floor(self.eps * mixture.one)
        return all(flag[1] <= least for flag in self.flags([mixture.begin])) and all(
            self._holds(self._keys(token, place, flag, scored), place, flag != mixture.begin)
            for place in range(1, mixture.n_ctx)
            for token in mixture.stream.anywhere
            for scored in (list(self._scored(token, place)),)
            for flag in mixture.flags
        )

    def failure(self, tokens: Sequence[int], shares: Sequence[Fraction]) -> Failure | None:
        """A logit that certainly is not within eps of its share after a sequence; ``None`` where none certainly is."""
        one = self.mixture.one
        for flag, ((low, high), share) in enumerate(zip(self.flags(tokens), shares, strict=True)):
            if share > 0 and Fraction(high, one) < share - self.eps:
                return Failure(tuple(tokens), flag, high / one, share - self.eps)
            if share < 1 and Fraction(low, one) > share + self.eps:
                return Failure(tuple(tokens), flag, low / one, share + self.eps)
        return None

    def flags(self, tokens: Sequence[int]) -> list[Interval]:
        """The logit of each token after a sequence, the beginning included."""
        mixture, last, known = self.mixture, len(tokens) - 1, dict(enumerate(tokens))
        read = mixture.score(tokens[last], last)
        scores = [mixture.value(read, place, known) for place in range(last + 1)]
        weights = [mixture.weight(score, max(high for _, high in scores)) for score in scores]
        found = []
        for flag in mixture.flags:
            values = [mixture.value(mixture.moved(flag), place, known) for place in range(last + 1)]
            itself = mixture.value(mixture.direct(flag), last, known)
            low, high = _mean(list(zip(weights, values, strict=True)))
            found.append((low + itself[0], high + itself[1]))
        return found

    def _scored(self, token: int, place: int) -> Iterator[Scored]:
        """All that the keys may be for a query, a token at a place; the beginning first."""
        mixture, stream = self.mixture, self.mixture.stream
        read = mixture.score(token, place)
        yield Scored(0, mixture.begin, mixture.begin, mixture.value(read, 0, {0: mixture.begin}))
        for key in range(1, place + 1):
            for before in stream.allowed(key - 1):
                for own in [token] if key == place else stream.anywhere:
                    yield Scored(key, before, own, mixture.value(read, key, self._known(key, before, own)))

    def _keys(self, token: int, place: int, flag: int, scored: list[Scored]) -> Keys:
        """The same by what they vote for, with what they move to a flag."""
        mixture = self.mixture
        reference = max(one.score[1] for one in scored)
        kinds: dict[str, dict[Interval, Interval]] = {name: {} for name in _KINDS}
        for one in scored[1:]:
            may_vote = one.key > 1 and (one.key < place or self.inclusive)
            said = self.vote(token, one.before, one.own) if may_vote else None
            kind = kinds["silent" if said is None else "for_flag" if said == flag else "for_others"]
            weight, value = mixture.weight(one.score, reference), self._value(flag, one)
            known = kind.get(value, weight)
            kind[value] = min(weight[0], known[0]), max(weight[1], known[1])  # those of one value together
        begin = mixture.weight(scored[0].score, reference), self._value(flag, scored[0])
        options = {name: tuple((weight, value) for value, weight in kind.items()) for name, kind in kinds.items()}
        itself = mixture.value(mixture.direct(flag), place, {0: mixture.begin, place: token})
        voters = max(0, place - 2 + self.inclusive) if place > 1 else 0
        return Keys(begin, **options, voters=voters, reads_itself=itself)

    def _value(self, flag: int, one: Scored) -> Interval:
        place = (flag, one.key, one.before, one.own)
        if place not in self._values:
            known = self._known(one.key, one.before, one.own)
            self._values[place] = self.mixture.value(self.mixture.moved(flag), one.key, known)
        return self._values[place]

    def _known(self, key: int, before: int, own: int) -> dict[int, int]:
        return {0: self.mixture.begin} | ({key - 1: before, key: own} if key else {})

    def _holds(self, keys: Keys, place: int, may_be_asked: bool) -> bool:
        """Whether a flag is within its margin, however many keys vote for it and for others."""
        one, (least, most) = self.mixture.one, keys.reads_itself
        for votes in range(keys.voters + 1):
            for for_flag in range(votes + 1 if may_be_asked else 1):
                share = Fraction(for_flag, votes) if votes else Fraction(0)
                counts = (place - votes, for_flag, votes - for_flag)
                if share > 0 and self._total(keys, counts, ceil((share - self.eps) * one) - least, 1) < 0:
                    return False
                if share < 1 and self._total(keys, counts, floor((share + self.eps) * one) - most, -1) < 0:
                    return False
        return True

    def _total(self, keys: Keys, counts: tuple[int, ...], bound: int, sign: int) -> int:
        """What the sum of ``sign * w (v - bound)`` is at least, with so many keys of each kind. A kind that no key can
        be is left out: no sequence has these numbers."""
        total = _least([keys.begin], bound, sign)
        for count, options in zip(counts, (getattr(keys, name) for name in _KINDS), strict=True):
            if count and not options:
                return 0
            total += count * _least(options, bound, sign) if count else 0
        return total


def _least(options: Sequence[Option], bound: int, sign: int) -> int:
    ends = (term(option, bound) for option in options)
    return min(low if sign == 1 else -high for low, high in ends)


def _mean(options: Sequence[Option]) -> Interval:
    """The interval of a mean, with an end below and above every value that it may have."""
    low = sum(min(w * value[0] for w in weight) for weight, value in options)
    high = sum(max(w * value[1] for w in weight) for weight, value in options)
    weights = [sum(weight[end] for weight, _ in options) for end in (0, 1)]
    return min(low // weight for weight in weights), max(-(-high // weight) for weight in weights)
