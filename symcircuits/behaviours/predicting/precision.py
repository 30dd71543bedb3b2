"""What a model does in a binary format: its answers, logits and attention when every operation is rounded.

Claimed by a run in exact arithmetic (``RoundedRun``); measured on the engine in NumPy's own type of the format, and
where there is none, on arrays that are rounded after every operation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import ClassVar, Literal

import numpy as np
from sympy import Expr, Symbol

from symcircuits.algebra import ExactMatrix, Proved, Refuted, Undecided, Verdict, Witness
from symcircuits.algebra.values import as_rational
from symcircuits.behaviours.predicting.prediction import Answer, Predicts
from symcircuits.behaviours.trial import Array, Measurement, Trial
from symcircuits.circuit import Transformer
from symcircuits.circuit.bind import bind_transformer
from symcircuits.circuit.rounded import RoundedRun
from symcircuits.engine import TransformerArrays, attention_pattern, embed, logits
from symcircuits.errors import BadValue
from symcircuits.formats import Format
from symcircuits.rounding import cast, rounded_embedding, rounded_logits, rounded_pattern

Values = Mapping[Symbol, Expr]
Counted = Literal["seen", "halves"]
COUNTED: tuple[Counted, ...] = ("seen", "halves")
HALF = Fraction(1, 2)


@dataclass(frozen=True)
class RightsIn:
    """In this format the answer has strictly the largest logit after exactly this many of the contexts.

    Where a weight, or anything on the way to the logits, is infinite, there is no answer.

    >>> from symcircuits.formats import BFLOAT
    >>> str(RightsIn(Predicts.by_window({"": "a"}, "ab", [1]), 1, BFLOAT))
    'RightsIn(1 of 2, bfloat16)'
    """

    predicts: Predicts
    count: int
    format: Format
    circuit: ClassVar[type] = Transformer

    def __str__(self) -> str:
        return f"RightsIn({self.count} of {len(self.predicts.answers)}, {self.format})"

    def text(self) -> str:
        """The requirement, as prose."""
        return f"in {self.format} says the right letter after {self.count} of the {self.predicts.told}"

    def prove_on(self, model: Transformer) -> Verdict:
        """Undecided: what is rounded depends on the values of the symbols."""
        return _numbers_only()

    def prove_strict(self, model: Transformer, values: Values, n_ctx: int) -> Verdict:
        """Whether it is so at these values, which bind every symbol, by a run in exact arithmetic."""
        found = rights_in(model, self.predicts, self.format, values, n_ctx)
        return _exactly() if found == self.count else refuted(found, self.count, f"{self.count} contexts", values)

    def measure(self, trial: Trial) -> Measurement:
        """The number of contexts that the engine answers rightly in the format."""
        model = trial.whole_model(self)
        arrays = cast(bind_transformer(model, trial.n_ctx, trial.values), self.format)
        rows = [_logits(model, arrays, answer.context, self.format)[-1] for answer in self.predicts.answers]
        wanted = [model.numbers(answer.letter)[0] for answer in self.predicts.answers]
        right = sum(map(_ahead, rows, wanted))
        note = "" if right == self.count else f"{right} are right"
        return Measurement(f"contexts answered in {self.format}", right, self.count, 0.0, not note, note)


@dataclass(frozen=True)
class LogitsIn:
    """In this format the logits ``[d_vocab, n_ctx]`` of a text are exactly the numbers of the table.

    Raises ``BadValue`` for a table with a symbol, or with another number of columns than the text has tokens.
    """

    word: str
    table: ExactMatrix = field(repr=False)
    format: Format
    circuit: ClassVar[type] = Transformer

    def __post_init__(self) -> None:
        if self.table.free_symbols or self.table.shape[1] != len(self.word):
            raise BadValue(f"expected numbers, a column for each token of {self.word!r}, got {self.table.describe()}")

    def __str__(self) -> str:
        return f"LogitsIn({self.word}, {self.format})"

    def text(self) -> str:
        """The requirement, as prose with ``$...$``."""
        return f"in {self.format} computes exactly these logits for $\\mathtt{{{self.word}}}$"

    def prove_on(self, model: Transformer) -> Verdict:
        """Undecided: what is rounded depends on the values of the symbols."""
        return _numbers_only()

    def prove_strict(self, model: Transformer, values: Values, n_ctx: int) -> Verdict:
        """Whether they are, at values that bind every symbol, by a run in exact arithmetic."""
        try:
            found = RoundedRun(model, self.format, values, n_ctx).logits(self.word)
        except OverflowError as error:
            return Undecided(str(error))
        for token, row in enumerate(found):
            for letter, number in enumerate(row):
                if as_rational(number) != (stated := self.table[letter, token]):
                    return refuted(number, stated, str(stated), values)
        return _exactly()

    def measure(self, trial: Trial) -> Measurement:
        """The largest difference between the engine's logits and the table; it must be zero."""
        model = trial.whole_model(self)
        arrays = cast(bind_transformer(model, trial.n_ctx, trial.values), self.format)
        found = _logits(model, arrays, self.word, self.format)
        table = np.array([[float(entry) for entry in row] for row in self.table.T.to_sympy().tolist()])
        difference = float(np.max(np.abs(found - table)))
        note = "" if difference == 0 else "the logits differ from the table"
        largest = float(np.max(found))
        return Measurement(f"largest logit in {self.format}", largest, float(np.max(table)), difference, not note, note)


@dataclass(frozen=True)
class SeesIn:
    """In this format the last of ``n_ctx`` tokens has a weight above zero for ``seen`` keys, and one of exactly 1/2 for
    ``halves`` keys. It is decided for models of one head.

    Without ``shifted`` the largest score is not subtracted before the exponentials. Where these or their sum are
    infinite, no key has a weight above zero.
    """

    seen: int
    halves: int
    format: Format
    shifted: bool = True
    circuit: ClassVar[type] = Transformer

    def __str__(self) -> str:
        plain = "" if self.shifted else ", largest score not subtracted"
        return f"SeesIn({self.seen} keys, {self.halves} with one half, {self.format}{plain})"

    def text(self) -> str:
        """The requirement, as prose with ``$...$``."""
        plain = "" if self.shifted else ", with the largest score not subtracted,"
        return f"in {self.format}{plain} gives {self.seen} keys a weight above 0, and {self.halves} exactly $1/2$"

    def prove_on(self, model: Transformer) -> Verdict:
        """Undecided: what is rounded depends on the values of the symbols."""
        return _numbers_only()

    def prove_strict(self, model: Transformer, values: Values, n_ctx: int) -> Verdict:
        """Whether it is so at values that bind every symbol, by a run in exact arithmetic."""
        try:
            found = [counted_in(model, self.format, values, n_ctx, what, self.shifted) for what in COUNTED]
        except OverflowError as error:
            return Undecided(str(error))
        for count, stated in zip(found, (self.seen, self.halves), strict=True):
            if count != stated:
                return refuted(count, stated, f"{stated} keys", values)
        return _exactly()

    def measure(self, trial: Trial) -> Measurement:
        """How many keys have a weight above zero on the engine, and how many exactly one half."""
        model = trial.whole_model(self)
        arrays = cast(bind_transformer(model, trial.n_ctx, trial.values), self.format)
        row = self._row(model, arrays, trial.n_ctx)
        seen, halves = int(np.sum(row > 0)), int(np.sum(row == float(HALF)))
        note = "" if (seen, halves) == (self.seen, self.halves) else f"{seen} and {halves} are"
        return Measurement(f"keys with a weight above 0 in {self.format}", seen, self.seen, 0.0, not note, note)

    def _row(self, model: Transformer, arrays: TransformerArrays, n_ctx: int) -> Array:
        tokens, head = np.zeros(n_ctx, dtype=int), arrays.layers[0][0]
        with np.errstate(all="ignore"):
            if self.shifted and self.format.dtype and _finite(arrays):
                return attention_pattern(embed(tokens, arrays), head)[-1]
            return rounded_pattern(rounded_embedding(tokens, arrays, self.format), head, self.format, self.shifted)[-1]


def rights_in(model: Transformer, predicts: Predicts, to: Format, values: Values, n_ctx: int) -> int:
    """After how many contexts the answer has strictly the largest logit, exactly; an overflow is no answer."""
    try:
        run = RoundedRun(model, to, values, n_ctx)
    except OverflowError:
        return 0
    return sum(_answers(run, model, answer) for answer in predicts.answers)


def margin_in(model: Transformer, answer: Answer, to: Format, values: Values, n_ctx: int) -> Fraction:
    """By how much the answer's logit exceeds the largest other one, both rounded; exactly.

    Raises ``OverflowError`` where a weight or a result is infinite.
    """
    return _margin(RoundedRun(model, to, values, n_ctx), model, answer)


def _margin(run: RoundedRun, model: Transformer, answer: Answer) -> Fraction:
    row, mine = run.last_logits(answer.context), model.numbers(answer.letter)[0]
    return row[mine] - max(other for i, other in enumerate(row) if i != mine)


def _answers(run: RoundedRun, model: Transformer, answer: Answer) -> bool:
    try:
        return _margin(run, model, answer) > 0
    except OverflowError:
        return False


def counted_in(model: Transformer, to: Format, values: Values, n_ctx: int, what: Counted, shifted: bool = True) -> int:
    """How many keys the last of ``n_ctx`` tokens sees, or sees with exactly one half; none where its sum is infinite.

    Raises ``OverflowError`` where a weight or a score is infinite.
    """
    row = RoundedRun(model, to, values, n_ctx).last_row([0] * n_ctx, shifted)
    return sum(weight > 0 for weight in row) if what == "seen" else sum(weight == HALF for weight in row)


def _logits(model: Transformer, arrays: TransformerArrays, context: str, to: Format) -> Array:
    """The logits in a format; nan where a weight is infinite."""
    tokens = np.array(model.numbers(context))
    if not _finite(arrays):
        return np.full((len(tokens), model.d_vocab), np.nan)
    with np.errstate(all="ignore"):
        found = logits(tokens, arrays) if to.dtype else rounded_logits(tokens, arrays, to)
    return found.astype(np.float64)


def _finite(arrays: TransformerArrays) -> bool:
    weights = [weight for heads in arrays.layers for head in heads for weight in vars(head).values()]
    return all(np.isfinite(weight).all() for weight in weights if isinstance(weight, np.ndarray))


def _ahead(row: Array, mine: int) -> bool:
    return bool(np.isfinite(row).all() and row[mine] > np.delete(row, mine).max())


def _exactly() -> Proved:
    return Proved("exact rounding", equality_at=())


def _numbers_only() -> Undecided:
    return Undecided("what is rounded is told at numbers")


def refuted(found: int | Fraction | Expr, stated: int | Expr, told: str, at: Values) -> Refuted:
    """A statement that is false at these values: what was found there, and what was stated, which is told in words."""
    left, right = (side if isinstance(side, Expr) else as_rational(Fraction(side)) for side in (found, stated))
    return Refuted(Witness(dict(at), left, right, str(left), told))
