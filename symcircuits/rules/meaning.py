"""What rules ask at the last token of a sequence: a plain definition, without any model.

A rule *fires* where its last segment ends at the current token and each segment before it is found further left. The
words "previously saw A" mean strictly earlier: each segment ends before the next one begins. ``inclusive`` counts the
current token: each segment ends no later than the next one ends.

A rule whose target is a variable may be matched in several ways; the prediction is shared among them: the share of a
token is the number of ways that end in it, over all of them, where a way is where the segments stand. So after
``A B A C A`` the rule ``a b ... a -> b`` asks for half B and half C.

At margin ``eps`` the flag of every token is at most its share plus eps, and at least its share minus eps; a flag whose
share is 1 has no upper bound, and one whose share is 0 no lower one.

>>> from symcircuits.rules.notation import read_rules
>>> book = RuleBook(read_rules(["A X -> B"], "ABC"), tuple("ABC"))
>>> book.asked("CAC"), book.asked("CCA"), book.asked("AAA")
({'B': Fraction(1, 1)}, {}, {'B': Fraction(1, 1)})
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import product
from typing import TypeAlias

from symcircuits.errors import BadValue
from symcircuits.rules.notation import Any, Atom, Rule, Segment, Token, Variable

Shares: TypeAlias = Mapping[str, Fraction]
Bound: TypeAlias = dict[str, str]
Box: TypeAlias = tuple[frozenset[str], ...]
_MOST = 20_000  # sequences that are tried


class Conflict(BadValue):
    """Two rules that ask for different things after the same tokens, neither of which has priority."""

    def __init__(self, first: Rule, second: Rule, tokens: tuple[str, ...], asked: tuple[Shares, Shares]) -> None:
        self.rules, self.tokens, self.asked = (first, second), tokens, asked
        told = " and ".join(f"{rule} asks for {_told(shares)}" for rule, shares in zip(self.rules, asked, strict=True))
        super().__init__(f"the rules disagree after {' '.join(tokens)}: {told}; expected a priority for one of them")


@dataclass(frozen=True)
class RuleBook:
    """Rules over a vocabulary. ``priorities`` are a number for each rule (none: all 0): where several fire, those with
    the largest number decide.

    Raises ``BadValue`` for no rules, or numbers that do not fit them.
    """

    rules: tuple[Rule, ...]
    vocabulary: tuple[str, ...]
    inclusive: bool = False
    priorities: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if not self.rules:
            raise BadValue("expected at least one rule, got none")
        object.__setattr__(self, "priorities", tuple(self.priorities) or (0,) * len(self.rules))
        if len(self.priorities) != len(self.rules):
            raise BadValue(f"expected {len(self.rules)} priorities, one for each rule, got {len(self.priorities)}")

    def __str__(self) -> str:
        return "; ".join(map(str, self.rules))

    @property
    def after_copies(self) -> bool:
        """Whether this is the one rule ``a b ... a -> b``, in whatever letters."""
        return len(self.rules) == 1 and self.rules[0].is_induction

    @property
    def voters(self) -> str:
        """What votes where all that is asked for is what keys vote for, in equal parts; see ``vote``."""
        if self.after_copies:
            return "earlier copies and of their successors"
        return "earlier pairs" if len(self.rules) == 1 and self.rules[0].sees_pair else ""

    def vote(self, last: str, before: str, own: str) -> str | None:
        """What a key votes for after the token ``last``, if it holds ``own`` and stands after ``before``.

        >>> from symcircuits.rules.notation import read_rules
        >>> book = RuleBook(read_rules(["A B ... A -> C"], "ABC"), tuple("ABC"))
        >>> book.vote("A", "A", "B"), book.vote("B", "A", "B"), book.vote("A", "B", "B")
        ('C', None, None)
        """
        (rule,) = self.rules
        if self.after_copies:
            return own if before == last else None
        pair = tuple(atom.name for atom in rule.segments[0] if isinstance(atom, Token))
        return rule.target.name if pair == (before, own) and _fits(rule.last[0], last, {}) else None

    def asked(self, tokens: Sequence[str]) -> Shares:
        """The share of each token in what is to be said after these tokens; nothing where no rule fires.

        Where several rules of one priority fire they are taken to agree (see ``conflict_of``): the first is told.
        """
        ranked = sorted(range(len(self.rules)), key=lambda place: -self.priorities[place])
        found = (shares_of(self.rules[place], tokens, self.inclusive) for place in ranked)
        return next((shares for shares in found if shares), {})

    def boxes(self, length: int, about: str | None = None) -> Iterator[tuple[Box, Shares]] | None:
        """Sets of tokens for each place that together hold every sequence of a length, each with what is asked for all
        in it; ``None`` where the rules do not fall into such boxes. Where only the share of one token is of interest,
        ``about`` it, there are fewer, and what they say of others does not count.

        >>> from symcircuits.rules.notation import read_rules
        >>> book = RuleBook(read_rules(["A X -> B"], "AB"), ("A", "B"))
        >>> for box, shares in book.boxes(2):
        ...     print(["".join(sorted(allowed)) for allowed in box], shares)
        ['A', 'AB'] {'B': Fraction(1, 1)}
        ['B', 'AB'] {}
        """
        if not all(rule.is_window or rule.sees_one for rule in self.rules):
            return None
        if about is None:
            return self._with_seen(length)
        book = self._about(about)
        return iter([((frozenset(self.vocabulary),) * length, {})]) if book is None else book._with_seen(length)

    def _about(self, name: str) -> RuleBook | None:
        """The rules for one token, and those that may decide before them; ``None`` where there is no rule for it."""
        ranked = list(zip(self.rules, self.priorities, strict=True))
        least = min((rank for rule, rank in ranked if rule.target.name == name), default=None)
        if least is None:
            return None
        kept = [(rule, rank) for rule, rank in ranked if rule.target.name == name or rank > least]
        return replace(self, rules=tuple(rule for rule, _ in kept), priorities=tuple(rank for _, rank in kept))

    def _windows(self, length: int) -> Iterator[Box]:
        every = frozenset(self.vocabulary)
        width = min(length, max(len(rule.last) for rule in self.rules))
        for classes in product(*(self._classes(width - 1 - place) for place in range(width))):
            yield (every,) * (length - width) + classes

    def _with_seen(self, length: int) -> Iterator[tuple[Box, Shares]]:
        """The boxes of windows, each divided by whether and where the tokens that rules look for were seen."""
        names = sorted({rule.segments[0][0].name for rule in self.rules if rule.sees_one})
        end = length if self.inclusive else length - 1
        for window in self._windows(length):
            boxes = [window]
            for name in names:
                boxes = [part for box in boxes for part in _seen_or_not(box, name, end)]
            for box in boxes:
                yield box, self.asked([min(allowed) for allowed in box])

    def _classes(self, back: int) -> list[frozenset[str]]:
        """The tokens so many places back, those together that no rule tells apart there."""
        atoms = [rule.last[-1 - back] for rule in self.rules if len(rule.last) > back]
        atoms += [] if back else [rule.segments[0][0] for rule in self.rules if rule.sees_one]
        named = sorted({atom.name for atom in atoms if isinstance(atom, Token)})
        rest = frozenset(self.vocabulary) - set(named)
        return [frozenset([name]) for name in named] + ([rest] if rest else [])


def _seen_or_not(box: Box, name: str, end: int) -> Iterator[Box]:
    """A box divided: a token is at no place before ``end``; or it is at this place."""
    without = tuple(allowed - {name} if place < end else allowed for place, allowed in enumerate(box))
    if all(without):
        yield without
    for place in range(end):
        if name in box[place]:
            yield (*box[:place], frozenset([name]), *box[place + 1 :])


def shares_of(rule: Rule, tokens: Sequence[str], inclusive: bool = False) -> Shares:
    """What one rule asks for after these tokens."""
    last = rule.last[-1]
    if isinstance(last, Token) and (not tokens or tokens[-1] != last.name):
        return {}  # most rules end here
    ways = _ways(rule, tokens, inclusive)
    if isinstance(rule.target, Token):  # every way ends in it, so one is as good as all of them
        return {} if next(ways, None) is None else {rule.target.name: Fraction(1)}
    counts = Counter(bound[rule.target.name] for bound in ways)
    return {name: Fraction(count, counts.total()) for name, count in sorted(counts.items())}


def _ways(rule: Rule, tokens: Sequence[str], inclusive: bool) -> Iterator[Bound]:
    """What the variables stand for, in each way in which the rule matches."""
    yield from _placed(rule.segments, tokens, {}, len(tokens), inclusive, last=True)


def _placed(
    segments: tuple[Segment, ...], tokens: Sequence[str], bound: Bound, limit: int, inclusive: bool, last: bool = False
) -> Iterator[Bound]:
    """The ways to place segments, the last one first: it ends by ``limit``, or right there if it is the ``last``."""
    if not segments:
        yield bound
        return
    size = len(segments[-1])
    for end in [limit] if last else range(size, limit + 1):
        found = _matched(segments[-1], tokens[end - size : end], bound) if end >= size else None
        if found is not None:
            yield from _placed(segments[:-1], tokens, found, end if inclusive else end - size, inclusive)


def _matched(segment: Segment, tokens: Sequence[str], bound: Bound) -> Bound | None:
    found = dict(bound)
    for atom, token in zip(segment, tokens, strict=True):
        if not _fits(atom, token, found):
            return None
    return found


def _fits(atom: Atom, token: str, bound: Bound) -> bool:
    """Whether a token is what an atom stands for; a variable that is not bound yet is bound to it."""
    if isinstance(atom, Any):
        return True
    if isinstance(atom, Token):
        return atom.name == token
    return bound.setdefault(atom.name, token) == token


def conflict_of(book: RuleBook) -> Conflict | None:
    """Two rules of one priority that ask for different things after the same tokens, with such tokens; ``None`` where
    none were found.

    Tried are sequences in which the last segments of two rules lie over each other, with the earlier ones of both, or
    of either first, before them: of rules that look at the last few tokens only, two that disagree anywhere disagree
    after one of these. Where a rule looks further, or says a variable, all sequences are tried besides, the shortest
    first, until there are too many.

    >>> from symcircuits.rules.notation import read_rules
    >>> print(conflict_of(RuleBook(read_rules(["A X -> B", "C -> D"], "ABCD"), tuple("ABCD"))))
    the rules disagree after A C: A X -> B asks for B and C -> D asks for D; expected a priority for one of them
    """
    if len(book.rules) < 2:
        return None
    pairs = ((i, j) for j in range(len(book.rules)) for i in range(j))
    alike = ((i, j) for i, j in pairs if book.priorities[i] == book.priorities[j])
    found = (_disagreement(book, i, j) for i, j in alike if _may_disagree(book.rules[i], book.rules[j]))
    first = next((conflict for conflict in found if conflict is not None), None)
    if first is not None or all(rule.is_window and isinstance(rule.target, Token) for rule in book.rules):
        return first
    return next(filter(None, (_conflict_after(book, tokens) for tokens in _all_sequences(book))), None)


def _may_disagree(first: Rule, second: Rule) -> bool:
    return first.target != second.target or isinstance(first.target, Variable)


def _all_sequences(book: RuleBook) -> Iterator[tuple[str, ...]]:
    """Every sequence, up to the names of tokens that no rule speaks of, the shortest first, until they are many."""
    spoken = frozenset().union(*(rule.tokens() for rule in book.rules))
    named, others = ([name for name in book.vocabulary if (name in spoken) == said] for said in (True, False))
    count, length = 0, 0
    while True:
        length += 1
        pool = named + others[:length]
        count += len(pool) ** length
        if count > _MOST:
            return
        yield from product(pool, repeat=length)


def _conflict_after(book: RuleBook, tokens: tuple[str, ...]) -> Conflict | None:
    """The first two rules that decide after these tokens and do not ask for the same."""
    found = [(rule, shares_of(rule, tokens, book.inclusive)) for rule in book.rules]
    fired = [(rank, rule, asked) for rank, (rule, asked) in zip(book.priorities, found, strict=True) if asked]
    top = max((rank for rank, _, _ in fired), default=0)
    deciding = [(rule, asked) for rank, rule, asked in fired if rank == top]
    for rule, asked in deciding[1:]:
        if asked != deciding[0][1]:
            return Conflict(deciding[0][0], rule, tokens, (deciding[0][1], asked))
    return None


def _disagreement(book: RuleBook, i: int, j: int) -> Conflict | None:
    first, second = book.rules[i], book.rules[j]
    above = [rule for rule, rank in zip(book.rules, book.priorities, strict=True) if rank > book.priorities[i]]
    spoken = frozenset().union(*(rule.tokens() for rule in (first, second, *above)))
    others = [name for name in book.vocabulary if name not in spoken][: max(1, _variables(first) + _variables(second))]
    pool = [*(name for name in book.vocabulary if name in spoken), *others]
    for slots in _overlaid(first, second):
        if len(pool) ** slots.count(None) > _MOST:
            continue
        for tokens in product(*(pool if name is None else [name] for name in slots)):
            if _disagree(book, first, second, above, tokens):
                return _shortened(book, first, second, above, tokens)
    return None


def _variables(rule: Rule) -> int:
    return len({atom for segment in rule.segments for atom in segment if isinstance(atom, Variable)})


def _disagree(
    book: RuleBook, first: Rule, second: Rule, above: Sequence[Rule], tokens: tuple[str, ...]
) -> tuple[Shares, Shares] | None:
    """What two rules ask for after tokens, where it is not the same and no rule of more priority decides."""
    asked = shares_of(first, tokens, book.inclusive), shares_of(second, tokens, book.inclusive)
    if not all(asked) or asked[0] == asked[1]:
        return None
    return None if any(shares_of(rule, tokens, book.inclusive) for rule in above) else asked


def _overlaid(first: Rule, second: Rule) -> Iterator[tuple[str | None, ...]]:
    """Sequences that may suit both rules, with ``None`` for a place that is free."""
    size = max(len(first.last), len(second.last))
    last: list[str | None] = []
    for place in range(size):
        atoms = [rule.last[place - size + len(rule.last)] for rule in (first, second) if place >= size - len(rule.last)]
        names = {atom.name for atom in atoms if isinstance(atom, Token)}
        if len(names) > 1:
            return
        last.append(next(iter(names), None))
    earlier = [[atom for segment in rule.segments[:-1] for atom in segment] for rule in (first, second)]
    for before in dict.fromkeys(tuple(one + other) for one, other in (earlier, earlier[::-1])):
        yield (*(atom.name if isinstance(atom, Token) else None for atom in before), *last)


def _shortened(
    book: RuleBook, first: Rule, second: Rule, above: Sequence[Rule], tokens: tuple[str, ...]
) -> Conflict | None:
    """The disagreement after as few of the tokens as show it."""
    for place in range(len(tokens)):
        fewer = tokens[:place] + tokens[place + 1 :]
        if _disagree(book, first, second, above, fewer):
            return _shortened(book, first, second, above, fewer)
    asked = _disagree(book, first, second, above, tokens)
    return asked and Conflict(first, second, tokens, asked)


def _told(shares: Shares) -> str:
    if len(shares) == 1:
        return next(iter(shares))
    return ", ".join(f"{share} {name}" for name, share in shares.items())
