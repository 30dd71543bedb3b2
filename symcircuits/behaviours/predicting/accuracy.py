"""How many contexts a model answers rightly as one symbol grows: break points, and what holds between them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import ClassVar, TypeAlias

from sympy import Expr, Gt, Integer, Rational, Symbol, ceiling, floor, oo

from symcircuits.algebra import BreakPoint, Proved, Refuted, Threshold, Undecided, Verdict, Witness, threshold
from symcircuits.algebra.values import exact
from symcircuits.behaviours.deciding import Decider, gaps
from symcircuits.behaviours.predicting.prediction import Answer, Predicts
from symcircuits.behaviours.trial import Measurement, Trial
from symcircuits.circuit import Transformer
from symcircuits.errors import BadValue, NotSupported
from symcircuits.typeset.decimals import decimal_latex

Margin: TypeAlias = Callable[[Answer], Expr]

DIGITS = 30
UNIT = Rational(1, 10**DIGITS)
MORE = 4  # digits by which the break points of a context are known better than those that are stated


@dataclass(frozen=True)
class Rights:
    """After exactly this many of the contexts the answer has strictly the largest logit.

    >>> str(Rights(Predicts.by_window({"": "a"}, "ab", [1]), 1))
    'Rights(1 of 2)'
    """

    predicts: Predicts
    count: int
    circuit: ClassVar[type] = Transformer

    def __str__(self) -> str:
        return f"Rights({self.count} of {len(self.predicts.answers)})"

    def text(self) -> str:
        """The requirement, as prose."""
        return f"says the right letter after {self.count} of the {self.predicts.told}"

    def prove_on(self, model: Transformer) -> Verdict:
        """Undecided: how many are right depends on the values of the symbols."""
        return Undecided("how many contexts are answered rightly is told at numbers")

    def prove_strict(self, model: Transformer, values: Mapping[Symbol, Expr], n_ctx: int) -> Verdict:
        """Whether it is so at these values, which bind every symbol."""
        decider, right = Decider(values=values), 0
        for answer in self.predicts.answers:
            verdicts = [decider.exceeds(*sides) for sides in gaps(model, answer.context, answer.letter)]
            if any(isinstance(verdict, Undecided) for verdict in verdicts):
                return Undecided(f"after {answer.context}")
            right += all(verdicts)
        return _counted(right, self.count, {})

    def measure(self, trial: Trial) -> Measurement:
        """The number of contexts that the engine answers rightly."""
        found = self.predicts.measure(trial)
        right = round(found.measured * len(self.predicts.answers))
        note = "" if right == self.count else f"{right} are right"
        return replace(found, measures="contexts answered", measured=right, passed=not note, note=note)


@dataclass(frozen=True)
class AccuracyRow:
    """Between two values of a symbol a model answers ``right`` of the contexts, and no other number of them.

    ``low`` and ``high`` are rational, the upper one may be infinite. ``turning`` are the contexts with a break point at
    ``low``, or less than a unit of the last digit below it where ``exactly`` is false; 0 is exact. Raises ``BadValue``
    for ends that are not in order.
    """

    model: Transformer = field(repr=False)
    predicts: Predicts
    symbol: Symbol
    low: Expr
    high: Expr
    right: int
    turning: tuple[str, ...] = ()
    exactly: bool = False

    def __post_init__(self) -> None:
        if not (self.low >= (0 if self.exactly else UNIT) and (self.high is oo or self.low < self.high)):
            raise BadValue(f"expected two numbers from 0 on, in rising order, got {self.low} and {self.high}")

    def cells(self) -> tuple[str, ...]:
        """From which value on, how many are right, and which contexts change there."""
        begins = decimal_latex(exact(self.low)) if self.exactly else decimal_latex(self.low - UNIT, DIGITS) + r"\ldots"
        turning = ", ".join(f"$\\mathtt{{{context}}}$" for context in self.turning)
        return (f"${begins}$", f"${self.right}$", turning or "–")

    def prove(self) -> Verdict:
        """Whether each context is right throughout, or not right throughout, the right ones are as many, and the break
        points are where they are said to be."""
        right, turning = 0, []
        for answer in self.predicts.answers:
            found = _where_right(self.model, answer.context, answer.letter, self.symbol)
            if isinstance(found, Undecided):
                return Undecided(f"after {answer.context}: {found.tried}")
            inside = [s for s in found.stretches if s.low <= self.low and (s.high is oo or self.high <= s.high)]
            if len(inside) != 1:
                told = f"a break point after {answer.context}"
                return Refuted(Witness({self.symbol: self.low}, self.low, self.high, told, "none stated"))
            right += inside[0].holds
            turning += [answer.context for point in found.breaks if self._begins_at(point)]
        if tuple(turning) != self.turning:
            lists = ", ".join(turning) or "none", ", ".join(self.turning) or "none"
            return Refuted(Witness({self.symbol: self.low}, self.low, self.low, *lists))
        return _counted(right, self.right, {self.symbol: self.low})

    def _begins_at(self, point: BreakPoint) -> bool:
        low, high = _ends(point)
        if self.exactly or low == high:
            return self.exactly and low == high == self.low
        return bool(self.low - UNIT < low and high <= self.low)


def accuracy_rows(model: Transformer, predicts: Predicts, symbol: Symbol, margin: Margin) -> list[AccuracyRow]:
    """The stretches from 0 on, each with the number of contexts that are right there, to ``DIGITS`` digits.

    ``margin`` is positive where an answer is right, by a closed form; the rows state of the model what
    follows from it. Raises ``NotSupported`` where a break point is not certain.
    """
    known = {answer.context: _certain(margin(answer), symbol, answer) for answer in predicts.answers}
    places: list[tuple[Rational, Rational, list[str]]] = []
    for low, high, context in sorted(_break_points(known)):
        if places and low <= places[-1][1]:
            before = places.pop()
            places.append((before[0], max(high, before[1]), [*before[2], context]))
        else:
            places.append((low, high, [context]))
    ends: list[tuple[Expr, Expr]] = [(Integer(0), Integer(0)), *(_rounded(low, high) for low, high, _ in places)]
    rows = []
    for i, (_, start) in enumerate(ends):
        stop = ends[i + 1][0] if i + 1 < len(ends) else oo
        changing = set(places[i - 1][2]) if i else set()
        turning = tuple(context for context in known if context in changing)
        right = sum(_holds_at(found, start + 1 if stop is oo else (start + stop) / 2) for found in known.values())
        rows.append(AccuracyRow(model, predicts, symbol, start, stop, right, turning, ends[i][0] == start))
    return rows


def _certain(margin: Expr, symbol: Symbol, answer: Answer) -> Threshold:
    found = _where_positive(margin, symbol)
    if isinstance(found, Undecided):
        raise NotSupported(f"after {answer.context}: {found.tried}")
    return found


def _break_points(known: Mapping[str, Threshold]) -> Iterator[tuple[Rational, Rational, str]]:
    for context, found in known.items():
        yield from ((*_ends(point), context) for point in found.breaks)


def _holds_at(found: Threshold, value: Expr) -> bool:
    return any(part.holds and part.low < value and (part.high is oo or value < part.high) for part in found.stretches)


def _ends(point: BreakPoint) -> tuple[Rational, Rational]:
    if isinstance(point.exact, Rational):
        return point.exact, point.exact
    if point.low is None or point.high is None:
        raise NotSupported(f"the break point {point} has no rational numbers around it")
    return point.low, point.high


@lru_cache(maxsize=4096)
def _where_right(model: Transformer, context: str, letter: str, symbol: Symbol) -> Threshold | Undecided:
    (sides,) = _only_rival(model, context, letter)
    gap = sides[0] - sides[1]
    return _where_positive(gap, symbol)


def _only_rival(model: Transformer, context: str, letter: str) -> Sequence[tuple[Expr, Expr]]:
    found = list(gaps(model, context, letter))
    if len(found) != 1:
        raise BadValue(f"expected a vocabulary of two tokens, got {model.d_vocab}")
    return found


@lru_cache(maxsize=4096)
def _where_positive(gap: Expr, symbol: Symbol) -> Threshold | Undecided:
    return threshold(Gt(gap, 0, evaluate=False), symbol, digits=DIGITS + MORE)


def _rounded(low: Rational, high: Rational) -> tuple[Expr, Expr]:
    """A break point between decimals: itself where it is exact, else the neighbours with ``DIGITS`` digits."""
    if low == high:
        return low, high
    below, beyond = floor(low / UNIT) * UNIT, ceiling(high / UNIT) * UNIT
    if beyond - below != UNIT:
        raise NotSupported(f"{DIGITS} digits of the break point near {below} are not certain")
    return below, beyond


def _counted(found: int, stated: int, at: Mapping[Symbol, Expr]) -> Verdict:
    if found == stated:
        return Proved("each context by itself", equality_at=())
    return Refuted(Witness(dict(at), Integer(found), Integer(stated), str(found), str(stated)))
