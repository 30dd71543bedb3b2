"""Rules that a model follows once its attention is sharp enough: for every scale above some bound, whichever it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import ClassVar

from sympy import Expr

from symcircuits.algebra import Proved, Undecided, Verdict
from symcircuits.algebra.values import as_rational
from symcircuits.behaviours.following.flags import MOST_SEQUENCES, FollowsRules, Shares, refuted
from symcircuits.behaviours.following.limits import Limits, sign_of
from symcircuits.behaviours.following.margins import Failure
from symcircuits.behaviours.trial import Measurement, Trial
from symcircuits.circuit import Transformer
from symcircuits.errors import AlgebraError, BudgetSpent, NotSupported
from symcircuits.symbols import beta


@dataclass(frozen=True)
class FollowsWhenSharp:
    """A model does what ``rules`` claims for every large enough ``beta``, by the limits of its flags.

    A flag that is inside its margin in the limit is inside for all large scales, one that is outside is outside for
    all large scales; one on the margin itself is not decided. A model without ``beta`` is decided as it is.

    >>> from sympy import Rational
    >>> from symcircuits.circuit import Head, Residual
    >>> from symcircuits.rules import RuleBook, read_rules
    >>> stream = Residual(token=2, said=2)
    >>> read, said = stream.read("token"), stream.read("said")
    >>> head = Head(W_Q=read, W_K=read, W_V=stream.read(stream["token"][0]), W_O=stream.write(stream["said"][1]),
    ...             scale=beta)
    >>> model = Transformer(((head,),), W_E=stream.write("token"), W_U=said, vocabulary=("A", "B"))
    >>> book = RuleBook(read_rules(["A -> B"], "AB"), ("A", "B"))
    >>> claim = FollowsWhenSharp(FollowsRules(book, Rational(1, 10), n_ctx=5))
    >>> claim.prove_on(model).method
    'the limits of the flags after every sequence of up to 5 tokens'
    >>> silent = replace(model, W_U=said * 0)
    >>> claim.is_off_after(model, "BA"), claim.is_off_after(silent, "BA"), claim.is_off_after(silent, "AB")
    (False, True, False)
    """

    rules: FollowsRules
    circuit: ClassVar[type] = Transformer

    @classmethod
    def short(cls, rules: FollowsRules) -> FollowsWhenSharp:
        """The same for as many tokens as can be gone through one by one."""
        room, begins = rules.n_ctx, bool(rules.begin)
        while len(rules.rules.vocabulary) ** (room - begins) > MOST_SEQUENCES:
            room -= 1
        return cls(replace(rules, n_ctx=room))

    def __str__(self) -> str:
        return f"{self.rules}, at large beta"

    def text(self) -> str:
        """The requirement, as prose with ``$...$``."""
        return f"{self.rules.text()}, for every large enough $\\beta$"

    def prove_on(self, model: Transformer) -> Verdict:
        """Whether it does. The sequence that refutes is one of the shortest that are known to."""
        limits, grows, doubt = Limits(model, beta), beta in model.free_symbols, None
        known: dict[object, Failure | None] = {}
        try:
            for tokens, shares in self._sequences():
                try:
                    flags = limits.logits(model.numbers(tokens))
                    seen = (flags, tuple(shares.items()))
                    if seen not in known:
                        asked = [shares.get(name, Fraction(0)) for name in model.vocabulary]
                        known[seen] = self._failure(flags, asked, grows)
                except AlgebraError as reason:
                    doubt = doubt or f"after {' '.join(tokens)}: {reason}"
                    continue
                if (failure := known[seen]) is not None:
                    return refuted(model, replace(failure, tokens=model.numbers(tokens)))
        except BudgetSpent as reason:
            return Undecided(str(reason))
        if doubt is not None:
            return Undecided(doubt)
        told = f"the limits of the flags after every sequence of up to {self.rules.n_ctx} tokens"
        return Proved(told, equality_at=())

    def is_off_after(self, model: Transformer, tokens: Sequence[str]) -> bool:
        """Whether some flag is certainly outside its margin after these tokens, the beginning among them: a glance at
        one sequence, where ``prove_on`` looks at all."""
        free = tokens[bool(self.rules.begin) :]
        shares = self.rules.rules.asked(free) if free else {}
        try:
            flags = Limits(model, beta).logits(model.numbers(tokens))
            asked = [shares.get(name, Fraction(0)) for name in model.vocabulary]
            return self._failure(flags, asked, beta in model.free_symbols) is not None
        except AlgebraError:
            return False

    def _sequences(self) -> Iterator[tuple[tuple[str, ...], Shares]]:
        rules = self.rules
        for length in range(1, rules.n_ctx + 1):
            if len(rules.rules.vocabulary) ** (length - bool(rules.begin)) > MOST_SEQUENCES:
                raise BudgetSpent(f"there are too many sequences of {length} tokens to go through one by one")
            yield from rules.sequences(length)

    def _failure(self, flags: Sequence[Expr], asked: Sequence[Fraction], grows: bool) -> Failure | None:
        """The flag that is off in the limit. Raises ``NotSupported`` where one is on its margin, and grows."""
        for place, (flag, share) in enumerate(zip(flags, asked, strict=True)):
            for sign, bound in self.rules.margins(share):
                inside = sign_of(sign * (flag - as_rational(bound)))
                if inside < 0:
                    return Failure((), place, float(flag), bound)
                if inside == 0 and grows:
                    raise NotSupported("a flag goes to its margin itself")
        return None

    def measure(self, trial: Trial) -> Measurement:
        """As ``FollowsRules`` at the scale of the trial, on the engine."""
        return self.rules.measure(trial)
