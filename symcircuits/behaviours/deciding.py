"""Gaps between logits: whether they are positive for all values, at some, or between two numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sympy import Expr, Gt, Symbol

from symcircuits.algebra import Between, Proved, Refuted, Undecided, Verdict, Witness, prove_between, prove_positive
from symcircuits.algebra.enclosures.witness import is_certainly_positive
from symcircuits.algebra.values import fitting
from symcircuits.circuit import Transformer
from symcircuits.errors import BadValue, UnboundSymbols

CONTEXT = Symbol("context")


def last_logits(model: Transformer, context: str) -> dict[str, Expr]:
    """The exact logit of every token after a context, by its name."""
    logits = model.logits(context)
    return {name: logits[row, logits.shape[1] - 1] for row, name in enumerate(model.vocabulary)}


def gaps(model: Transformer, context: str, answer: str) -> Iterator[tuple[Expr, Expr]]:
    """The logit of the answer and that of each other token, after a context. Raises ``BadValue`` for no token."""
    logits = last_logits(model, context)
    if answer not in logits:
        raise BadValue(f"expected a token of {', '.join(logits)} after {context}, got {answer!r}")
    yield from ((logits[answer], other) for name, other in logits.items() if name != answer)


class Decider:
    """Decides whether one expression exceeds another, each difference once.

    Raises ``BadValue`` for a value that breaks an assumption of its symbol.
    """

    def __init__(self, between: Between | None = None, values: Mapping[Symbol, Expr] | None = None) -> None:
        self._between = between
        self._values = {symbol: fitting(symbol, value) for symbol, value in (values or {}).items()}
        self._known: dict[Expr, Verdict] = {}

    def exceeds(self, left: Expr, right: Expr) -> Verdict:
        """Whether ``left > right``, for all values that are left of the symbols."""
        left, right = left.xreplace(self._values), right.xreplace(self._values)
        gap = left - right
        if self._values and gap.free_symbols:
            names = ", ".join(sorted(symbol.name for symbol in gap.free_symbols))
            raise UnboundSymbols(f"the logits still contain {names}; expected a value for each symbol")
        if gap not in self._known:
            self._known[gap] = self._positive(gap)
        verdict = self._known[gap]
        if not isinstance(verdict, Refuted):
            return verdict
        found = verdict.witness
        return Refuted(Witness(found.bindings, left, right, *_told(left, right, found.bindings)), verdict.method)

    def _positive(self, gap: Expr) -> Verdict:
        if self._between is not None:
            return _throughout(gap, self._between)
        if not gap.free_symbols and is_certainly_positive(gap):
            return Proved("enclosure", equality_at=())
        return prove_positive(gap)


def _told(left: Expr, right: Expr, bindings: Mapping[Symbol, Expr]) -> tuple[str, str]:
    values = (side.xreplace(dict(bindings)) for side in (left, right))
    first, second = (str(value.evalf(8)) if value.is_number else str(value) for value in values)
    return first, second


def _throughout(gap: Expr, values: Between) -> Verdict:
    if not gap.has(values.symbol):
        return prove_positive(gap)
    return prove_between(Gt(gap, 0, evaluate=False), values)


def after(context: str, verdict: Verdict) -> Verdict:
    """A verdict about a context, which is told with it."""
    if isinstance(verdict, Undecided):
        return Undecided(f"after {context}: {verdict.tried}")
    if isinstance(verdict, Proved):
        return verdict
    found = verdict.witness
    bindings = {CONTEXT: Symbol(context), **found.bindings}
    witness = Witness(bindings, found.left_side, found.right_side, found.left_value, found.right_value)
    return Refuted(witness, verdict.method)
