"""From rules to a model with its proof, or to the proof that a class of models holds none.

Every rule becomes looks (see ``planning``): so many tokens back, at a token that says what comes next. The looks of
one distance share a head, and the heads of all distances write side by side. Whatever was built is then proved by
``FollowsRules``, which knows nothing of how it was built; what is not proved is not handed out.

>>> compiled = compile_rules(["A X -> B"], "ABC", positions="onehot", n_ctx=8)
>>> compiled.least
log((1 - eps)*(n - 1)/eps)
>>> compile_rules(["A X -> B"], "ABC", layers=1).witness.first
('A', 'B', 'A')
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TypeAlias

import numpy as np
from sympy import Expr, Integer, Max, Rational, Symbol

from symcircuits import symbols
from symcircuits.algebra import Proved, Refuted, Undecided, exact
from symcircuits.algebra.values import Exact, fitting
from symcircuits.behaviours import FollowsRules
from symcircuits.circuit import Head, OneHot, Rotary, Sinusoids, Transformer
from symcircuits.circuit.bind import bind_transformer
from symcircuits.circuit.positions import Position, whole
from symcircuits.engine import logits
from symcircuits.errors import BadValue, UnknownName
from symcircuits.rules.balance import Balance, find_balance
from symcircuits.rules.counting import SCRATCH, back_by_counting, counting_heads
from symcircuits.rules.indistinguishable import POSITIONS, Positions, Sight, Twins, find_twins
from symcircuits.rules.inducing import LEAST as INDUCTION
from symcircuits.rules.inducing import PAIR, TOLD, after_pair, angles, layout_for, previous_token, successor
from symcircuits.rules.layout import Layout
from symcircuits.rules.looks import (
    KEYS,
    LEAK,
    Built,
    angle_of,
    at_itself,
    back_circle,
    back_onehot,
    back_rotary,
    gated,
    seen_before,
    seen_elsewhere,
)
from symcircuits.rules.meaning import RuleBook, conflict_of
from symcircuits.rules.notation import BadSetting, Rule, check_vocabulary, place_of, read_rule
from symcircuits.rules.places import COUNTED, MOST, counted_places
from symcircuits.rules.planning import Look, Plan, Seen, planned
from symcircuits.symbols import beta

ABOVE = 1 + Rational(1, 10**9)


@dataclass(frozen=True)
class Compiled:
    """A model that follows the rules, with its proof.

    ``least`` is the scale from which it does, in closed form in ``n`` and ``eps``; a smaller one fails where
    ``is_sharp``, else it is enough and not known to be needed. ``values`` bind every symbol of the ``model``, ``beta``
    to the least scale times 1 + 1e-9 unless another was asked for; ``proof`` is of the ``claim`` at these values.
    ``told`` says what each head does.
    """

    book: RuleBook
    sight: Sight
    model: Transformer
    values: Mapping[Symbol, Expr]
    least: Expr
    is_sharp: bool
    claim: FollowsRules
    proof: Proved
    told: tuple[str, ...]

    @property
    def n_ctx(self) -> int:
        """The number of tokens for which it was made, the beginning included."""
        return self.claim.n_ctx

    @property
    def scale(self) -> Expr:
        """The scale of the scores, ``beta``, at which it was proved."""
        return self.values[beta]

    def flags(self, tokens: Sequence[str]) -> list[dict[str, float]]:
        """The flag of each token of the vocabulary after each of these tokens, by the engine."""
        begin = [self.claim.begin] if self.claim.begin else []
        numbers = np.array(self.model.numbers([*begin, *tokens]))
        found = logits(numbers, bind_transformer(self.model, len(numbers), self.values))[len(begin) :]
        return [dict(zip(self.book.vocabulary, map(float, row), strict=False)) for row in found]

    @property
    def least_value(self) -> Expr:
        """The least scale at the ``n_ctx`` and ``eps`` for which it was made."""
        return at_numbers(self.least, self.n_ctx, self.claim.eps)


@dataclass(frozen=True)
class Impossible:
    """No model of a class follows the rules: the ``witness`` is two inputs that none tells apart, though the rules do,
    or four that one head cannot weigh apart."""

    book: RuleBook
    sight: Sight
    witness: Twins | Balance


Result: TypeAlias = Compiled | Impossible | Undecided


def compile_rules(
    rules: str | Sequence[str],
    vocabulary: Sequence[str],
    positions: Positions = "none",
    bos: bool | str = True,
    layers: int = 2,
    n_ctx: int = 16,
    eps: Exact = Fraction(1, 10),
    inclusive: bool = False,
    priorities: Sequence[int] = (),
    beta_value: Exact | None = None,
    heads: int | None = None,
) -> Result:
    """A model with at most ``layers`` layers that follows all the rules within ``eps`` up to ``n_ctx`` tokens, the
    beginning included; or the proof that there is none; or what was tried.

    ``bos`` is whether a token stands before every sequence, or its name. ``priorities`` are a number for each text:
    where several fire, the largest decides. ``beta_value`` is the scale to prove it at. ``heads`` are the most that the
    last layer may have, any number by default.
    Raises ``UnreadableRule`` for a rule, ``Conflict`` where two disagree after some tokens, ``BadValue`` for values out
    of their range.
    """
    names = tuple(vocabulary)
    check_vocabulary(names)
    read = [read_rule(text, names) for text in ([rules] if isinstance(rules, str) else rules)]
    ranks = _priority_of_each(read, priorities)
    book = RuleBook(tuple(rule for several in read for rule in several), names, inclusive, ranks)
    begin = bos if isinstance(bos, str) else "BOS" if bos else ""
    sight = _checked_sight(positions, begin, layers, names, heads)
    claim = FollowsRules(book, _checked_margin(eps), _checked_length(n_ctx, book, bool(begin)), begin)
    if (conflict := conflict_of(book)) is not None:
        raise conflict
    margin, longest = Fraction(str(claim.eps)), claim.n_ctx - bool(begin)
    witness = find_twins(book, sight, margin, longest) or find_balance(book, sight, margin, longest)
    if witness is not None:
        return Impossible(book, sight, witness)
    scale = None if beta_value is None else _checked_scale(beta_value)
    if book.voters:
        result = _induction(claim, sight, scale)
    else:
        plan = planned(book, bool(begin))
        result = plan if isinstance(plan, Undecided) else _Builder(claim, sight, plan).result(scale)
    built = len(result.model.layers[-1]) if isinstance(result, Compiled) else 0
    if heads is not None and built > heads:
        return Undecided(f"a model was built with {built} heads in its last layer, and none with {heads}")
    return result


def _induction(claim: FollowsRules, sight: Sight, scale: Expr | None) -> Result:
    """Two layers for ``a b ... a -> b``, or for a pair seen before, or three that begin with counted places, with the
    proof."""
    book: RuleBook = claim.rules  # type: ignore[assignment]
    n_ctx, counts = claim.n_ctx, sight.positions == "none"
    if not sight.bos or sight.layers < 2 + counts or sight.positions == "rotary":
        alone = find_balance(book, replace(sight, heads=1), Fraction(str(claim.eps)), n_ctx - sight.bos)
        more = "" if alone is None else f"; one head in the last layer is not enough, after {alone}"
        return Undecided(f"no construction is known here for {book} with {sight}{more}")
    if counts and n_ctx > MOST:
        return Undecided(f"without positions {book} is compiled for up to {MOST} tokens, got n_ctx {n_ctx}")
    layout = layout_for(sight.positions, book.vocabulary, claim.begin, n_ctx)
    if book.after_copies:
        last, told = successor(layout, n_ctx, book.inclusive), TOLD[2 - book.inclusive]
    else:
        last, told = after_pair(layout, n_ctx, book.rules[0], book.inclusive), PAIR
    model = Transformer(
        (
            *([counted_places(layout, n_ctx)] if counts else []),
            (previous_token(layout, n_ctx),),
            (last,),
        ),
        W_E=layout.embedding(),
        W_U=layout.unembedding(),
        vocabulary=layout.names,
        name="The compiled model",
    )
    numbers = angles(n_ctx) if sight.positions == "sinusoidal" else {}
    values = {beta: at_numbers(INDUCTION, n_ctx, claim.eps) * ABOVE if scale is None else scale, **numbers}
    proof = claim.prove_strict(model, values, n_ctx)
    if isinstance(proof, Refuted):
        return Undecided(f"a model of {len(model.layers)} layers was built, and is {proof}")
    if isinstance(proof, Undecided):
        return proof
    each = (*(COUNTED for _ in range(n_ctx * counts)), TOLD[0], told)
    return Compiled(book, sight, model, values, INDUCTION, False, claim, proof, each)


def at_numbers(least: Expr, n_ctx: int, eps: Expr) -> Expr:
    """A least scale at numbers."""
    return least.xreplace({KEYS: Integer(n_ctx), LEAK: eps})


class _Builder:
    def __init__(self, claim: FollowsRules, sight: Sight, plan: Plan) -> None:
        self.claim, self.sight, self.plan = claim, sight, plan
        self.book: RuleBook = claim.rules  # type: ignore[assignment]
        self.longest = max([look.back for look in plan.looks if isinstance(look, Look)], default=0)
        self.rotary = Rotary(1) if sight.positions == "rotary" else None
        self.counts = sight.positions == "none" and self.longest > 0
        scratch = SCRATCH if self.counts else {}
        self.layout = Layout(self.book.vocabulary, claim.begin, self._place(), scratch)

    def _place(self) -> Position | None:
        if self.sight.positions == "onehot":
            return OneHot(self.claim.n_ctx)
        return Sinusoids(1) if self.sight.positions == "sinusoidal" else None

    def result(self, scale: Expr | None) -> Result:
        built = [self._built(look) for look in self.plan.looks]
        missing = [found for found in built if isinstance(found, Undecided)]
        if missing:
            return missing[0]
        found = [one for one in built if isinstance(one, Built)]
        least = Max(*(one.least.xreplace({LEAK: LEAK / len(found)}) for one in found))
        values = self._values(at_numbers(least, self.claim.n_ctx, self.claim.eps) * ABOVE if scale is None else scale)
        model = self._model([head for one in found for head in one.heads])
        values = {symbol: value for symbol, value in values.items() if symbol in model.free_symbols}
        proof = self.claim.prove_strict(model, values, self.claim.n_ctx)
        if isinstance(proof, Refuted):
            return Undecided(f"a model of {len(found)} looks was built, and is {proof}")
        if isinstance(proof, Undecided):
            return proof
        is_sharp = len(found) == 1 and found[0].is_sharp and self._can_fail(self.plan.looks[0])
        told = tuple(one.told for one in found)
        return Compiled(self.book, self.sight, model, values, least, is_sharp, self.claim, proof, told)

    def _built(self, look: Look | Seen) -> Built | Undecided:
        if isinstance(look, Seen):
            return self._seen(look)
        found = self._looking(look)
        if look.gate is None or isinstance(found, Undecided):
            return found
        return gated(self.layout, found, look.gate, 2 * self.claim.n_ctx if self.counts else 4)

    def _seen(self, look: Seen) -> Built | Undecided:
        if look.inclusive or self.claim.begin:
            return seen_before(self.layout, look, self.rotary)
        if isinstance(self.layout.place, OneHot):
            return seen_elsewhere(self.layout, look, self.layout.place)
        return Undecided(f"no construction is known for a token seen strictly before with {self.sight}")

    def _looking(self, look: Look) -> Built | Undecided:
        if look.back == 0:
            return at_itself(self.layout, look, self.rotary)
        if isinstance(self.layout.place, OneHot):
            return back_onehot(self.layout, look, self.layout.place)
        if isinstance(self.layout.place, Sinusoids):
            return back_circle(self.layout, look, self.layout.place, self.longest)
        if self.rotary is not None:
            return back_rotary(self.layout, look, self.rotary, self.longest)
        if self.sight.layers < 2 or not self.claim.begin:
            return Undecided(f"no construction is known for looking {look.back} back with {self.sight}")
        return back_by_counting(self.layout, look, self.claim.n_ctx)

    def _values(self, scale: Expr) -> dict[Symbol, Expr]:
        angle = angle_of(Integer(self.claim.n_ctx), self.longest)
        return {beta: scale, symbols.alpha(0): angle, symbols.lambda_(0): Integer(1)}

    def _model(self, heads: Sequence[Head]) -> Transformer:
        first = (counting_heads(self.layout, self.claim.n_ctx),) if self.counts else ()
        return Transformer(
            (*first, tuple(heads)),
            W_E=self.layout.embedding(self.plan.start),
            W_U=self.layout.unembedding(),
            vocabulary=self.layout.names,
            name="The compiled model",
        )

    def _can_fail(self, look: Look | Seen) -> bool:
        """Whether there is a token that does not say the same, to stand at every other place."""
        targets = {target for said in look.moves.values() for target in said}
        return any(target not in look.moves.get(name, ()) for target in targets for name in self.book.vocabulary)


def _priority_of_each(read: Sequence[Sequence[Rule]], priorities: Sequence[int]) -> tuple[int, ...]:
    """A priority for each rule, from those of the texts, of which a chain of arrows holds several."""
    if not priorities:
        return ()
    if len(priorities) != len(read):
        problem = f"expected {len(read)} priorities, one for each text of rules, got {len(priorities)}"
        raise BadSetting(problem, "priority")
    return tuple(rank for rank, several in zip(priorities, read, strict=True) for _ in several)


def _checked_sight(positions: str, begin: str, layers: int, names: tuple[str, ...], heads: int | None) -> Sight:
    if positions not in POSITIONS:
        raise UnknownName("kind of positions", positions, POSITIONS)
    if whole(layers, "a number of layers") < 1:
        raise BadSetting(f"expected at least one layer, got {layers}", "layers")
    if heads is not None and whole(heads, "a number of heads") < 1:
        raise BadSetting(f"expected at least one head in the last layer, got {heads}", "heads")
    if begin in names:
        problem = f"the beginning {begin} is a token of the vocabulary; expected another name for it, or none"
        raise BadSetting(problem, "vocab", place_of(names, names.index(begin)))
    return Sight(positions, bool(begin), layers, heads)


def _checked_length(n_ctx: int, book: RuleBook, begins: bool) -> int:
    longest = max(book.rules, key=lambda rule: rule.shortest)
    least = max(2, longest.shortest + begins)
    if whole(n_ctx, "n_ctx") < least:
        raise BadSetting(f"expected n_ctx of at least {least}, so that {longest} can fire, got {n_ctx}", "n_ctx")
    return n_ctx


def _checked_scale(given: Exact) -> Expr:
    try:
        return fitting(beta, given)
    except BadValue as error:
        raise BadSetting(str(error), "beta") from error


def _checked_margin(eps: Exact) -> Expr:
    margin = exact(eps)
    if not (isinstance(margin, Rational) and 0 < margin < Rational(1, 2)):
        raise BadSetting(f"expected eps, a fraction between 0 and 1/2, got {margin}", "eps")
    return margin
