"""Whether the logits of a model stay within margins for every choice of tokens, decided place by place.

The layers before the last may look at places alone; then the last layer reads a stream of token and place (see
``token_and_place``), and its heads are bounded one by one (see ``least_share``). For one head the bound is the least
value that occurs; for several, a sum of such, and where it is not enough the sequences are gone through one by one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import product
from math import prod

from sympy import Add, Expr, Rational, Symbol, exp

from symcircuits.algebra import ExactMatrix, softmax
from symcircuits.algebra.values import as_fraction, as_rational
from symcircuits.behaviours.following.alike import Looks
from symcircuits.behaviours.following.least_share import Interval, Numbers, Option, least_share
from symcircuits.behaviours.following.token_and_place import Reading, TokenAndPlace
from symcircuits.circuit import Transformer
from symcircuits.errors import BadValue, BudgetSpent, NotSupported

_BITS = (192, 1024, 4096)
_MOST_CHOICES = 2048
Choice = tuple[tuple[int, ...], ...]
Pair = tuple[ExactMatrix, ExactMatrix]


@dataclass(frozen=True)
class Failure:
    """A sequence of tokens after which the logit of token ``flag``, about ``value``, is on the wrong side of
    ``bound``."""

    tokens: tuple[int, ...]
    flag: int
    value: float
    bound: Fraction


class Margins:
    """The logits of a model at ``values`` for its symbols, over sequences of up to ``n_ctx`` tokens.

    Raises ``BadValue`` for a model without an unembedding.
    """

    def __init__(
        self, model: Transformer, values: Mapping[Symbol, Expr], n_ctx: int, begin: int | None, eps: Rational
    ) -> None:
        if model.W_U is None:
            raise BadValue("flags are read by an unembedding, and this transformer has no W_U")
        self._model, self._W_U, self._n_ctx, self._begin = model, model.W_U, n_ctx, begin
        self._eps = as_fraction(eps)
        self._values = dict(values)
        self._numbers = [Numbers(values, bits) for bits in _BITS]
        self._held: set[tuple[object, Fraction]] = set()

    def first_failure(self, box: Sequence[Sequence[int]], flag: int, share: Fraction) -> Failure | None:
        """A sequence out of a box of tokens after which a logit is not within eps of its share; ``None`` where there is
        certainly none. What looks alike to the flag is decided once. Raises ``NotSupported`` or ``BudgetSpent`` where
        that is not decided."""
        before = tuple(tuple(options) for options in box[:-1])
        for token in box[-1]:
            choice = (*before, (token,))
            look = (self._looks.of(before, token, flag), share)
            if look not in self._held:
                found = self._failure(choice, flag, share)
                if found is not None:
                    return found
                self._held.add(look)
        return None

    def _failure(self, choice: Choice, flag: int, share: Fraction) -> Failure | None:
        sides = [(1, share - self._eps)] if share > 0 else []
        sides += [(-1, -share - self._eps)] if share < 1 else []
        for sign, bound in sides:
            worst = self._worst(choice, flag, sign, bound)
            for tokens in () if worst is None else self._one_by_one(choice, worst):
                if (found := self._off(tokens, flag, sign, bound)) is not None:
                    return found
        return None

    def _worst(self, choice: Choice, flag: int, sign: int, bound: Fraction) -> list[tuple[int, ...]] | None:
        """``None`` where ``sign`` times the logit is at least ``bound`` for every choice, else the nearest choices."""
        worst: list[tuple[int, ...]] = []
        for numbers in self._numbers:
            least = self._least(numbers, choice, flag, sign)
            if least is None:
                continue
            if Fraction(least[0], numbers.one) >= bound:
                return None
            worst = least[1]
        return None if self._holds_exactly(choice, flag, sign, bound) else worst

    def _holds_exactly(self, choice: Choice, flag: int, sign: int, bound: Fraction) -> bool:
        """Whether the same is seen in fractions, where the scales are logarithms of such and only one head has a
        choice: then a flag may be its margin exactly."""
        last, place = choice[-1][0], len(choice) - 1
        tokens, places = self._direct
        rest: Expr = as_rational(bound) - sign * (tokens[flag, last] + places[flag, place])
        chosen: list[list[set[tuple[Expr, Expr]]]] = []
        for head in self._looks.heads(flag):
            row = self._exact_row(head, choice, flag, sign)
            if any(len(options) > 1 for options in row):
                chosen.append(row)
            else:
                fixed = [option for options in row for option in options]
                rest -= Add(*(weight * value for weight, value in fixed)) / Add(*(weight for weight, _ in fixed))
        if len(chosen) > 1 or not rest.is_Rational:
            return False
        terms = [[weight * (value - rest) for weight, value in options] for row in chosen for options in row]
        if not all(term.is_Rational for options in terms for term in options):
            return False
        return bool(Add(*map(min, terms)) >= 0 if chosen else rest <= 0)

    def _exact_row(self, head: int, choice: Choice, flag: int, sign: int) -> list[set[tuple[Expr, Expr]]]:
        """The different weights and values that a key may have at each place, for one query, as expressions."""
        reading, (from_tokens, from_places) = self._readings[head], self._to_flags[head]
        last, place = choice[-1][0], len(choice) - 1
        return [
            {
                (
                    exp(reading.score(last, place, key, at).xreplace(self._values)),
                    (sign * (from_tokens[flag, key] + from_places[flag, at])).xreplace(self._values),
                )
                for key in allowed
            }
            for at, allowed in enumerate(choice)
        ]

    def _one_by_one(self, choice: Choice, first: list[tuple[int, ...]]) -> Iterator[tuple[int, ...]]:
        """Sequences out of a box, the ones that seem worst first: all of them, unless they are too many."""
        yield from first
        if prod(map(len, choice)) > _MOST_CHOICES:
            raise BudgetSpent(f"a bound over sequences of {len(choice)} tokens is not sharp enough")
        yield from product(*choice)

    def _off(self, tokens: tuple[int, ...], flag: int, sign: int, bound: Fraction) -> Failure | None:
        """The failure after one sequence, if it certainly is one; ``None`` where it certainly is none."""
        alone = tuple((token,) for token in tokens)
        for numbers in self._numbers:
            low, high = self._least(numbers, alone, flag, sign), self._least(numbers, alone, flag, -sign)
            if low is not None and Fraction(low[0], numbers.one) >= bound:
                return None
            if high is not None and Fraction(-high[0], numbers.one) < bound:
                return Failure(tokens, flag, -sign * high[0] / numbers.one, sign * bound)
        exactly = self._exactly(tokens, flag) * sign
        if exactly.is_Rational:
            value = as_fraction(exactly)
            return None if value >= bound else Failure(tokens, flag, float(sign * value), sign * bound)
        raise NotSupported(f"a logit after {len(tokens)} tokens is too near its margin to be told from it")

    def _exactly(self, tokens: tuple[int, ...], flag: int) -> Expr:
        """The logit after one sequence as an expression; a fraction where the scales are logarithms of such."""
        last, place = tokens[-1], len(tokens) - 1
        total = self._direct[0][flag, last] + self._direct[1][flag, place]
        for head in self._looks.heads(flag):
            reading, (from_tokens, from_places) = self._readings[head], self._to_flags[head]
            scores = [reading.score(last, place, key, at).xreplace(self._values) for at, key in enumerate(tokens)]
            moved = [from_tokens[flag, key] + from_places[flag, at] for at, key in enumerate(tokens)]
            total += Add(*(weight * value for weight, value in zip(softmax(scores), moved, strict=True)))
        return total.xreplace(self._values)

    def _least(
        self, numbers: Numbers, choice: Choice, flag: int, sign: int
    ) -> tuple[int, list[tuple[int, ...]]] | None:
        """A bound that ``sign`` times the logit is not below, and for each head the choice that comes nearest."""
        place, token = len(choice) - 1, choice[-1][0]
        tokens, places = self._direct
        low, high = _signed(numbers.value(tokens[flag, token] + places[flag, place]), sign)
        nearest = []
        for head in self._looks.heads(flag):
            options = self._row(numbers, head, choice, flag, sign)
            found = least_share(options)
            if found is None:
                return None
            low += found.bound
            nearest.append(tuple(allowed[i] for allowed, i in zip(choice, found.chosen, strict=True)))
        return low, nearest

    def _row(self, numbers: Numbers, head: int, choice: Choice, flag: int, sign: int) -> list[list[Option]]:
        """Weight and value of every token that a key may be, for one query."""
        place, token = len(choice) - 1, choice[-1][0]
        reading, (from_tokens, from_places) = self._readings[head], self._to_flags[head]
        scores = [[reading.score(token, place, key, at) for key in allowed] for at, allowed in enumerate(choice)]
        reference = numbers.greatest([score for row in scores for score in row])
        return [
            [
                (
                    numbers.weight(score, reference),
                    _signed(numbers.value(from_tokens[flag, key] + from_places[flag, at]), sign),
                )
                for key, score in zip(allowed, row, strict=True)
            ]
            for at, (allowed, row) in enumerate(zip(choice, scores, strict=True))
        ]

    @cached_property
    def _stream(self) -> TokenAndPlace:
        stream = TokenAndPlace.of(self._model, self._n_ctx, self._begin)
        for layer, heads in enumerate(self._model.layers[:-1]):
            after = stream.after(heads)
            if after is None:
                raise NotSupported(f"layer {layer} looks at the tokens, and it is not the last one")
            stream = after
        return stream

    @cached_property
    def _readings(self) -> list[Reading]:
        return [Reading(head, self._stream) for head in self._model.layers[-1]]

    @cached_property
    def _looks(self) -> Looks:
        return Looks(self._readings, self._to_flags, self._direct)

    @cached_property
    def _direct(self) -> Pair:
        return self._flags_of(self._stream.tokens, self._stream.places)

    @cached_property
    def _to_flags(self) -> list[Pair]:
        return [self._flags_of(*reading.written) for reading in self._readings]

    def _flags_of(self, *parts: ExactMatrix) -> Pair:
        tokens, places = (self._W_U.labelled(None, None) @ part.labelled(None, None) for part in parts)
        return tokens, places


def _signed(value: Interval, sign: int) -> Interval:
    return value if sign == 1 else (-value[1], -value[0])
