"""What a class of models cannot tell apart: two inputs after which every model of the class says the same.

A head writes ``sum(E_m v_m) / sum(E_m)`` over the visible keys, with ``E_m = exp(score)`` and ``v_m`` what it moves
from key ``m``, in each direction of the stream. Three things follow, for any number of heads and any width.

- *One layer without positions*: for a given current token, ``E`` and ``v`` of a key depend on its token alone. So the
  order of the earlier tokens does not matter.
- *Without a beginning* besides, nor does it matter if all of them occur twice, or three times, as often.
- *Without positions in the stream and without a beginning*, in any number of layers and with rotary positions too: if
  all tokens are the same, all keys move the same ``v``, and their weighted mean is ``v`` whatever the weights, after
  one token and after many.

>>> from symcircuits.rules.notation import read_rules
>>> book = RuleBook(read_rules(["A X -> B"], "ABC"), tuple("ABC"))
>>> found = find_twins(book, Sight(positions="none", bos=True, layers=1), Fraction(1, 10), 8)
>>> found.first, found.second, bool(found.proof)
(('A', 'B', 'A'), ('B', 'A', 'A'), True)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from math import gcd
from typing import Literal

from sympy import Add, Expr

from symcircuits import symbols
from symcircuits.algebra import Proved, Verdict, prove
from symcircuits.rules.meaning import RuleBook, Shares

Positions = Literal["none", "onehot", "sinusoidal", "rotary"]
POSITIONS: tuple[Positions, ...] = ("none", "onehot", "sinusoidal", "rotary")
_MOST = 20_000
BEGIN = "the beginning"


@dataclass(frozen=True)
class Sight:
    """A class of models by what they can see: the kind of positions, whether a token stands at the beginning of every
    sequence and nowhere else, the number of layers, and how many heads the last may have, if not any number; any number
    of other heads, any width, any weights."""

    positions: Positions
    bos: bool
    layers: int
    heads: int | None = None

    def __str__(self) -> str:
        layers = f"{self.layers} layer{'s' if self.layers > 1 else ''}"
        places = "no positions" if self.positions == "none" else f"{self.positions} positions"
        bos = "with BOS" if self.bos else "no BOS"
        if self.heads is None:
            return f"{layers}, {places}, {bos}"
        return f"{layers}, {places}, {bos}, {self.heads} head{'s' if self.heads > 1 else ''} in the last layer"

    @property
    def tells_all(self) -> bool:
        """Whether nothing is known here that its models cannot tell apart."""
        with_places = self.positions in ("onehot", "sinusoidal")
        return with_places or (self.bos and (self.positions != "none" or self.layers > 1))

    def seen(self, tokens: Sequence[str]) -> tuple[str, Hashable]:
        """A reason, and what the last token of a sequence sees: two sequences for which both are the same are not told
        apart."""
        if self.positions in ("none", "rotary") and not self.bos and len(set(tokens)) == 1:
            return "same token", tokens[0]
        if self.positions != "none" or self.layers > 1:
            return "everything", tuple(tokens)
        counts = Counter(tokens)
        share = 1 if self.bos else gcd(*counts.values())
        return "order", (tokens[-1], frozenset((name, count // share) for name, count in counts.items()))


@dataclass(frozen=True)
class Twins:
    """Two inputs that no model of a class tells apart, though the rules do: what is asked after each, why the models
    do not, and the proof that what any head writes is the same after both."""

    sight: Sight
    first: tuple[str, ...]
    second: tuple[str, ...]
    asked: tuple[Shares, Shares]
    reason: str
    proof: Proved

    @property
    def inputs(self) -> tuple[tuple[str, ...], ...]:
        """Both."""
        return self.first, self.second

    def __str__(self) -> str:
        return f"{' '.join(self.first)} and {' '.join(self.second)}"


_REASONS = {
    "same token": "all tokens are the same, so every key moves the same vector, and so does their weighted mean",
    "order": "the current token is the same, and for it the weight of a key and what it moves depend on the token of "
    "the key alone: a sum over the keys does not see their order",
}


def find_twins(book: RuleBook, sight: Sight, eps: Fraction, longest: int) -> Twins | None:
    """The shortest two sequences that a class of models cannot tell apart, after which the rules ask for flags that no
    one value meets within ``eps``; ``None`` where a search through short sequences, of ``longest`` tokens at most,
    finds none."""
    if sight.tells_all:
        return None
    seen: dict[Hashable, list[tuple[tuple[str, ...], Shares]]] = {}
    for tokens in _short_sequences(book, longest):
        asked = book.asked(tokens)
        before = seen.setdefault(sight.seen(tokens), [])
        for other, shares in before:
            if not _compatible(asked, shares, eps):
                return _twins(sight, other, tokens, (shares, asked))
        if all(shares != asked for _, shares in before):
            before.append((tokens, asked))
    return None


def _twins(sight: Sight, first: tuple[str, ...], second: tuple[str, ...], asked: tuple[Shares, Shares]) -> Twins | None:
    kind, _ = sight.seen(first)
    verdict = same_written(kind, first, second, sight.bos)
    if not isinstance(verdict, Proved):
        return None
    reason = _REASONS[kind]
    if kind == "order" and not sight.bos:
        reason += ", nor, without a beginning, how often all of them are repeated"
    return Twins(sight, first, second, asked, reason, verdict)


def same_written(kind: str, first: Sequence[str], second: Sequence[str], bos: bool) -> Verdict:
    """Whether what a head writes in any direction is the same after both: proved for all weights ``E > 0`` and all
    moved ``v``. The ``kind`` says of what they are known to be functions.

    >>> bool(same_written("order", "ABA", "BAA", True)), bool(same_written("order", "ABA", "BBA", True))
    (True, False)
    """
    if kind == "same token":
        moved = symbols.real("v", "what any key moves")
        weights = [symbols.positive(f"E_{m}", "weight of a key") for m in range(max(len(first), len(second)))]
        means = [_mean([(weight, moved) for weight in weights[: len(side)]]) for side in (first, second)]
        verdicts = [prove(mean, moved) for mean in means]
        return next((verdict for verdict in verdicts if not verdict), verdicts[0])
    sides = [([BEGIN] if bos else []) + list(tokens) for tokens in (first, second)]
    if first[-1] != second[-1]:
        return prove(symbols.real("v_0"), symbols.real("v_1"))  # another current token, of which nothing is known
    numbers = {name: place for place, name in enumerate(sorted({name for side in sides for name in side}))}
    keys = {
        name: (symbols.positive(f"E_{i}", "weight of a key"), symbols.real(f"v_{i}", "what a key moves"))
        for name, i in numbers.items()
    }
    return prove(*(_mean([keys[name] for name in side]) for side in sides))


def _mean(keys: Sequence[tuple[Expr, Expr]]) -> Expr:
    return Add(*(weight * moved for weight, moved in keys)) / Add(*(weight for weight, _ in keys))


def _short_sequences(book: RuleBook, longest: int) -> Iterator[tuple[str, ...]]:
    """Sequences of the tokens that the rules speak of and one or two others, a little longer than the rules."""
    spoken = frozenset().union(*(rule.tokens() for rule in book.rules))
    others = [name for name in book.vocabulary if name not in spoken][:2]
    pool = [name for name in book.vocabulary if name in spoken or name in others]
    count = 0
    for length in range(1, min(longest, max(rule.shortest for rule in book.rules) + 2) + 1):
        count += len(pool) ** length
        if count > _MOST:
            return
        yield from product(pool, repeat=length)


def _compatible(first: Shares, second: Shares, eps: Fraction) -> bool:
    """Whether one value of each flag suits both."""
    for name in {*first, *second}:
        low, high = sorted((first.get(name, Fraction(0)), second.get(name, Fraction(0))))
        if high > 0 and low < 1 and low + eps < high - eps:
            return False
    return True
