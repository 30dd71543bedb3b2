"""Prediction flags by rules: after every sequence the flag of what is asked for is up, and the others are down."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import ClassVar, Protocol, TypeAlias

import numpy as np
from sympy import Expr, Rational, Symbol

from symcircuits.algebra import Proved, Refuted, Undecided, Verdict, Witness, exact
from symcircuits.algebra.values import as_rational, fitting
from symcircuits.behaviours.deciding import CONTEXT
from symcircuits.behaviours.following.margins import Failure, Margins
from symcircuits.behaviours.following.mixture import Mixture
from symcircuits.behaviours.following.successors import Successors
from symcircuits.behaviours.trial import TOLERANCE, Array, Measurement, Trial
from symcircuits.circuit import Transformer
from symcircuits.circuit.bind import bind_transformer
from symcircuits.circuit.positions import whole
from symcircuits.engine import logits
from symcircuits.errors import AlgebraError, BadValue, BudgetSpent, UnboundSymbols
from symcircuits.typeset.expressions import latex

Shares: TypeAlias = Mapping[str, Fraction]
Box: TypeAlias = Sequence[frozenset[str]]
MOST_SEQUENCES = 4096


class Asks(Protocol):
    """What is asked of a model that says what comes next."""

    @property
    def voters(self) -> str:
        """What votes, where all that is asked for is what keys ``vote`` for, in equal parts; else empty."""

    def vote(self, last: str, before: str, own: str) -> str | None:
        """What a key votes for after the token ``last``, if it holds ``own`` and stands after ``before``."""

    @property
    def inclusive(self) -> bool:
        """Whether the last token itself counts among what came earlier, and votes."""

    @property
    def vocabulary(self) -> tuple[str, ...]:
        """The tokens of which sequences are made."""

    def asked(self, tokens: Sequence[str]) -> Shares:
        """The share of each token in what is to be said after these; nothing where nothing is asked."""

    def boxes(self, length: int, about: str | None = None) -> Iterable[tuple[Box, Shares]] | None:
        """Sets of tokens for each place which together hold every sequence of a length, each with what is asked for
        all in it, or what share of this one token is; ``None`` where there are none but the single sequences."""


@dataclass(frozen=True)
class FollowsRules:
    """After every sequence of up to ``n_ctx`` tokens, the beginning included, the logits are flags at margin ``eps``.

    The flag of a token is at most its share plus eps and at least its share minus eps; a share of 1 has no upper bound
    and a share of 0 no lower one. ``begin`` names the token that stands before every sequence (empty: none).
    Raises ``BadValue`` for an ``eps`` that is not between 0 and 1/2, or a context without room for a token.
    """

    rules: Asks
    eps: Expr
    n_ctx: int
    begin: str = ""
    circuit: ClassVar[type] = Transformer

    def __post_init__(self) -> None:
        object.__setattr__(self, "eps", exact(self.eps))
        if not (isinstance(self.eps, Rational) and 0 < self.eps < Rational(1, 2)):
            raise BadValue(f"expected eps, a fraction between 0 and 1/2, got {self.eps}")
        least = 1 + bool(self.begin)
        if whole(self.n_ctx, "n_ctx") < least:
            raise BadValue(f"expected n_ctx of at least {least}, got {self.n_ctx}")

    def __str__(self) -> str:
        return f"FollowsRules({self.rules}, eps {self.eps}, n_ctx {self.n_ctx})"

    def text(self) -> str:
        """The requirement, as prose with ``$...$``."""
        rules = str(self.rules).replace("->", r"$\to$").replace("...", r"$\ldots$")
        begin = f", the first of which is {self.begin}" if self.begin else ""
        return f"follows {rules} within ${latex(self.eps)}$ after every sequence of up to {self.n_ctx} tokens{begin}"

    def prove_on(self, model: Transformer) -> Verdict:
        """Whether it does, for a model without symbols; with symbols it is claimed at numbers."""
        if model.free_symbols:
            return Undecided("flags at a margin are claimed at numbers for the symbols")
        return self.prove_strict(model, {}, self.n_ctx)

    def prove_strict(self, model: Transformer, values: Mapping[Symbol, Expr], n_ctx: int) -> Verdict:
        """Whether it does at these values, which bind every symbol; ``n_ctx`` is its own.

        Each length is decided in turn, so that a sequence that refutes is one of the shortest. Raises
        ``UnboundSymbols`` where a symbol has no value, ``UnknownName`` for a token that the model does not know,
        ``BadValue`` for another ``n_ctx``.
        """
        if n_ctx != self.n_ctx:
            raise BadValue(f"{self} is claimed for its own n_ctx, got {n_ctx}")
        bound = {symbol: fitting(symbol, value) for symbol, value in values.items()}
        if left_over := model.free_symbols - set(bound):
            raise UnboundSymbols(f"the model still contains {', '.join(sorted(map(str, left_over)))}")
        if model.mask != "causal":
            return Undecided("flags are decided with a causal mask")
        begin = model.numbers([self.begin])[0] if self.begin else None
        if self.rules.voters and begin is not None and len(model.layers) > 1:
            return self._by_successors(model, bound, begin)
        margins = Margins(model, bound, n_ctx, begin, self.eps)
        try:
            for places, flag, share in self._flags(model):
                found = margins.first_failure(places, flag, share)
                if found is not None:
                    return refuted(model, found)
        except AlgebraError as reason:
            return Undecided(str(reason))
        return Proved(f"every choice of tokens, place by place, up to {n_ctx} tokens", equality_at=())

    def _flags(self, model: Transformer) -> Iterator[tuple[list[tuple[int, ...]], int, Fraction]]:
        """Which tokens may stand at each place, a flag, and the share it is to have then; short sequences first."""
        for length in range(1, self.n_ctx + 1):
            for flag, name in enumerate(model.vocabulary):
                for box, shares in self._boxes(length, name):
                    yield [model.numbers(sorted(allowed)) for allowed in box], flag, shares.get(name, Fraction(0))

    def _by_successors(self, model: Transformer, values: Mapping[Symbol, Expr], begin: int) -> Verdict:
        """Whether it does, by the numbers of keys that vote; if that does not tell, by sequences that the engine finds
        to be off."""
        eps = Fraction(int(self.eps.p), int(self.eps.q))
        model.numbers(list(self.rules.vocabulary))
        names = model.vocabulary

        def vote(*places: int) -> int | None:
            said = self.rules.vote(*(names[place] for place in places))
            return None if said is None else names.index(said)

        try:
            found = Successors(Mixture(model, values, self.n_ctx, begin), eps, self.rules.inclusive, vote)
            if found.hold():
                told = f"every number of {self.rules.voters}, up to {self.n_ctx} tokens"
                return Proved(told, equality_at=())
            tokens = self._worst(Trial(model.heads, values, self.n_ctx, model=model))
            failure = found.failure(model.numbers(tokens), self._asked_of(model, tokens))
        except AlgebraError as reason:
            return Undecided(str(reason))
        if failure is None:
            return Undecided(f"a bound over the numbers of {self.rules.voters} is not sharp enough")
        return refuted(model, failure)

    def _asked_of(self, model: Transformer, tokens: Sequence[str]) -> list[Fraction]:
        """The share of each token of a model after a sequence with the beginning in front."""
        free = tokens[bool(self.begin) :]
        shares = self.rules.asked(free) if free else {}
        return [shares.get(name, Fraction(0)) for name in model.vocabulary]

    def _boxes(self, length: int, flag: str) -> Iterator[tuple[Box, Shares]]:
        """The boxes of sequences of a length with the beginning in front, with what is asked of a flag."""
        begin = (frozenset([self.begin]),) if self.begin else ()
        free = length - len(begin)
        found: Iterable[tuple[Box, Shares]] | None = self.rules.boxes(free, flag) if free else [((), {})]
        if found is not None:
            yield from (((*begin, *box), shares) for box, shares in found)
            return
        if len(self.rules.vocabulary) ** free > MOST_SEQUENCES:
            raise BudgetSpent(f"there are too many sequences of {free} tokens to go through one by one")
        yield from (
            (tuple(frozenset([token]) for token in tokens), shares) for tokens, shares in self.sequences(length)
        )

    def sequences(self, length: int) -> Iterator[tuple[tuple[str, ...], Shares]]:
        """Every sequence of ``length`` tokens, with the beginning in front, and what is asked after it."""
        begin = (self.begin,) if self.begin else ()
        for tokens in product(self.rules.vocabulary, repeat=length - len(begin)):
            yield begin + tokens, self.rules.asked(tokens) if tokens else {}

    def margins(self, share: Fraction) -> list[tuple[int, Fraction]]:
        """What is asked of a flag with this share: the sign 1 with what it is at least, -1 with what it is at most."""
        eps = Fraction(int(self.eps.p), int(self.eps.q))
        return [(1, share - eps)] * (share > 0) + [(-1, share + eps)] * (share < 1)

    def measure(self, trial: Trial) -> Measurement:
        """The least distance of any flag from the wrong side of its margin, on the engine: over all sequences of up to
        ``n_ctx`` tokens where these are not too many, else over some thousands of random ones."""
        batch, slack = self._slacks(trial)
        end, row = np.unravel_index(np.argmin(slack), slack.shape)
        worst = float(slack[end, row])
        passed = worst >= -TOLERANCE  # false for nan too
        note = "" if passed else f"after {' '.join(batch[row][: end + 1])} a flag is off"
        return Measurement("least slack of a flag", worst, None, 0.0, passed, note)

    def _slacks(self, trial: Trial) -> tuple[list[tuple[str, ...]], Array]:
        """Sequences, and how far the worst flag is from the wrong side of its margin, ``[n_ctx, sequences]``."""
        model = trial.whole_model(self)
        n_ctx = min(self.n_ctx, trial.n_ctx)
        arrays = bind_transformer(model, n_ctx, trial.values)
        batch = self._batch(trial, n_ctx)
        flags = logits(np.array([model.numbers(tokens) for tokens in batch]), arrays)
        names = model.vocabulary
        return batch, np.array([self._slack(names, batch, end, flags[:, end - 1]) for end in _ends(n_ctx)])

    def _worst(self, trial: Trial) -> tuple[str, ...]:
        """The worst of the shortest sequences after which a flag seems off; else the worst of all."""
        batch, slack = self._slacks(trial)
        short = np.flatnonzero(slack.min(axis=1) < 0)
        end = int(short[0] if len(short) else slack.min(axis=1).argmin())
        return batch[int(slack[end].argmin())][: end + 1]

    def _batch(self, trial: Trial, n_ctx: int) -> list[tuple[str, ...]]:
        free = n_ctx - bool(self.begin)
        if len(self.rules.vocabulary) ** free <= MOST_SEQUENCES:
            return [tokens for tokens, _ in self.sequences(n_ctx)]
        rng = np.random.default_rng(trial.seed)
        drawn = rng.integers(0, len(self.rules.vocabulary), (max(1, 20_000 // n_ctx), free))
        begin = (self.begin,) if self.begin else ()
        return [begin + tuple(self.rules.vocabulary[token] for token in row) for row in drawn]

    def _slack(self, names: tuple[str, ...], batch: list[tuple[str, ...]], end: int, flags: Array) -> Array:
        """For each sequence, how far the worst flag after its first tokens is from the wrong side of its margin."""
        first = bool(self.begin)
        starts = {tokens[first:end] for tokens in batch}
        asked = {start: self.rules.asked(start) if start else {} for start in starts}
        rows = {start: [float(told.get(name, 0)) for name in names] for start, told in asked.items()}
        shares = np.array([rows[tokens[first:end]] for tokens in batch])  # [sequences, d_vocab]
        eps = float(self.eps)
        above = np.where(shares > 0, flags - shares + eps, np.inf)
        below = np.where(shares < 1, shares + eps - flags, np.inf)
        return np.minimum(above, below).min(axis=1)


def _ends(n_ctx: int) -> range:
    return range(1, n_ctx + 1)


def refuted(model: Transformer, found: Failure) -> Refuted:
    """The sequence after which a flag is off."""
    flag = Symbol(f"flag_{model.vocabulary[found.flag]}")
    bindings: dict[Symbol, Expr] = {CONTEXT: Symbol(" ".join(model.vocabulary[token] for token in found.tokens))}
    bound = as_rational(found.bound)
    return Refuted(Witness(bindings, flag, bound, f"{found.value:.8g}", f"{float(found.bound):.8g}"), "a flag is off")
