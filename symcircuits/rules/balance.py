"""What one head cannot weigh apart: two inputs and two others that hand it the same keys, though more is asked for
after the first two.

A head whose query is the same after all four writes ``sum(E_k v_k) / sum(E_k)``, with ``E_k > 0`` the weight of a key
and ``v_k`` what it moves to a flag, what the last token itself adds among it. If the keys of the first two are those of
the other two, taken together, so are the sums above and below the line. But with shares ``s`` or more of the flag after
each of the first two, and ``t`` or fewer after each of the others, the first sum is at least ``s - eps`` times the
second, and at most ``t + eps`` times it: which is impossible where ``s - t > 2 eps``.

- *One layer with positions*, of whatever kind: a key is its token and its place.
- *Two layers without positions*, with any number of heads in the first: a key is its token and the earlier ones,
  whatever their order.

>>> from symcircuits.rules.notation import read_rules
>>> book = RuleBook(read_rules(["a b ... a -> b"], "ABC"), tuple("ABC"))
>>> for sight in (Sight("onehot", True, 1, heads=1), Sight("none", True, 2, heads=1)):
...     print(find_balance(book, sight, Fraction(1, 10), 8))
A B A A and B A B A; A A A A and B B B A
A C C B A B C A and C A B A C C B A; A C B A C B C A and C A C B A C B A
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, permutations, product
from typing import TypeAlias

from sympy import Add

from symcircuits import symbols
from symcircuits.algebra import Proved, Verdict, prove
from symcircuits.rules.indistinguishable import Sight
from symcircuits.rules.meaning import RuleBook, Shares

Tokens: TypeAlias = tuple[str, ...]
_LONGEST = 4  # tokens of a sequence whose keys have places
_COUNTS = (2, 2, 3)  # how often three tokens occur before the last one, where keys have none: fewer do not suffice


@dataclass(frozen=True)
class Balance:
    """Two inputs after which the rules ask for more of a ``flag`` than after two others, though one head sees the same
    keys: what is ``asked`` after each of the four, and the proof that the sums over the keys are the same."""

    sight: Sight
    flag: str
    more: tuple[Tokens, Tokens]
    less: tuple[Tokens, Tokens]
    asked: tuple[Shares, Shares, Shares, Shares]
    proof: Proved

    @property
    def inputs(self) -> tuple[Tokens, ...]:
        """All four, those after which more is asked for first."""
        return (*self.more, *self.less)

    @property
    def reason(self) -> str:
        """Why no such head can."""
        keys = "at its place" if self.sight.layers == 1 else "after the same earlier ones"
        return (
            f"each token {keys} occurs as often in the first two as in the others, so the sums over the keys, weighted "
            f"and not, are the same; but more {self.flag} is asked for after the first two"
        )

    def __str__(self) -> str:
        return "; ".join(" and ".join(map(" ".join, pair)) for pair in (self.more, self.less))


def find_balance(book: RuleBook, sight: Sight, eps: Fraction, longest: int) -> Balance | None:
    """Four inputs that no head weighs apart within ``eps``, where it is alone in the last layer; ``None`` where a
    search through short sequences, of ``longest`` tokens at most, finds none, or nothing is known of the class."""
    if sight.heads != 1 or not _is_known(sight):
        return None
    for sequences in _families(book, sight, longest):
        shares = {tokens: book.asked(tokens) for tokens in sequences}
        for flag in sorted({name for asked in shares.values() for name in asked}):
            found = _of_flag(
                sight, flag, {tokens: asked.get(flag, Fraction(0)) for tokens, asked in shares.items()}, eps
            )
            if found is None:
                continue
            more, less = found
            verdict = same_sums(sight, more, less)
            if isinstance(verdict, Proved):
                first, second, third, fourth = (book.asked(tokens) for tokens in (*more, *less))
                return Balance(sight, flag, more, less, (first, second, third, fourth), verdict)
    return None


def _is_known(sight: Sight) -> bool:
    return sight.layers == 1 if sight.positions != "none" else sight.layers == 2


def _families(book: RuleBook, sight: Sight, longest: int) -> Iterator[list[Tokens]]:
    """Sequences that end alike, of three tokens at most, those of which the rules speak first."""
    spoken = frozenset().union(*(rule.tokens() for rule in book.rules))
    pool = sorted(book.vocabulary, key=lambda name: name not in spoken)[:3]
    if sight.layers == 1:
        for length in range(2, min(longest, _LONGEST) + 1):
            for last in pool:
                yield [(*before, last) for before in product(pool, repeat=length - 1)]
    elif len(pool) == len(_COUNTS) and sum(_COUNTS) < longest:
        for roles in permutations(pool):
            several = Counter(dict(zip(roles, _COUNTS, strict=True)))
            yield [(*before, roles[0]) for before in _arranged(several)]


def _arranged(several: Counter[str]) -> Iterator[Tokens]:
    """All orders of so many tokens."""
    if not several:
        yield ()
    for name in sorted(several):
        for rest in _arranged(several - Counter((name,))):
            yield (name, *rest)


def _of_flag(
    sight: Sight, flag: str, shares: dict[Tokens, Fraction], eps: Fraction
) -> tuple[tuple[Tokens, Tokens], tuple[Tokens, Tokens]] | None:
    raised = [tokens for tokens, share in shares.items() if share > 2 * eps]
    for more in combinations(raised, 2):
        most = min(shares[tokens] for tokens in more) - 2 * eps
        for less in _exchanged(sight, *more):
            if all(shares[tokens] < most for tokens in less):
                return more, less
    return None


def _exchanged(sight: Sight, first: Tokens, second: Tokens) -> Iterator[tuple[Tokens, Tokens]]:
    """The two with stretches exchanged, wherever what follows cannot tell them apart."""
    cuts = [place for place in range(len(first)) if _before(sight, first, place) == _before(sight, second, place)]
    stretches = [slice(*ends) for ends in zip(cuts, [*cuts[1:], len(first)], strict=True)]
    differ = [part for part in stretches if first[part] != second[part]]
    for number in range(1, len(differ)):
        for exchanged in combinations(differ[1:], number):  # the first stays, since the two may change their names
            one, other = list(first), list(second)
            for part in exchanged:
                one[part], other[part] = second[part], first[part]
            yield tuple(one), tuple(other)


def _before(sight: Sight, tokens: Sequence[str], place: int) -> Hashable:
    """What is known of what stands before a place."""
    return place if sight.layers == 1 else frozenset(Counter(tokens[:place]).items())


def same_sums(sight: Sight, more: Sequence[Sequence[str]], less: Sequence[Sequence[str]]) -> Verdict:
    """Whether the sums over the keys, weighted and not, are the same over the first sequences and over the others:
    proved for all weights ``E > 0`` and all moved ``v``.

    >>> places = Sight("onehot", True, 1, heads=1)
    >>> bool(same_sums(places, ("AB", "BA"), ("AA", "BB"))), bool(same_sums(places, ("AB", "BA"), ("AA", "BA")))
    (True, False)
    """
    keys = [
        [(token, _before(sight, tokens, place)) for tokens in several for place, token in enumerate(tokens)]
        for several in (more, less)
    ]
    numbers = {key: number for number, key in enumerate(dict.fromkeys([*keys[0], *keys[1]]))}
    weights = [symbols.positive(f"E_{i}", "weight of a key") for i in numbers.values()]
    moves = [symbols.real(f"v_{i}", "what a key moves") for i in numbers.values()]
    moved = prove(*(Add(*(weights[numbers[key]] * moves[numbers[key]] for key in side)) for side in keys))
    return moved and prove(*(Add(*(weights[numbers[key]] for key in side)) for side in keys))
