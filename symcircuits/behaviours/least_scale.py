"""The least scale at which every row gives one token at least a mass: stated to eight digits, proved and run.

For a head whose gaps to the wanted key depend on the distance ``k = n + offset - m`` alone, the last row has every
gap that another row has. So it decides, and the least scale is where its tail ``sum_k exp(-beta g(k))`` comes down to
``(1 - mass) / mass``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from sympy import Expr, Integer, Rational, log

from symcircuits.algebra import FallingSum, Proved, Refuted, Undecided, Verdict, Witness, prove, prove_rounded, rounded
from symcircuits.algebra.thresholds.falling import last_digit
from symcircuits.behaviours.trial import Measurement, Trial
from symcircuits.circuit import Head
from symcircuits.circuit.bind import bind_head, bind_scalar
from symcircuits.engine import attention_pattern
from symcircuits.errors import AlgebraError, BadValue
from symcircuits.symbols import integer, m, n
from symcircuits.typeset.expressions import latex

DIGITS = 8
GAP_DIGITS = 6
_K = integer("k")


def offsets(n_ctx: int, offset: int) -> tuple[int, ...]:
    """The distances ``k = n + offset - m`` of other keys that occur in ``n_ctx`` tokens, those of the last row.

    >>> offsets(5, -1)
    (-1, 1, 2, 3)
    """
    return tuple(k for k in range(offset, n_ctx + offset) if k != 0)


@dataclass(frozen=True)
class Stated:
    """The least ``scale`` for a ``mass`` in every row of ``n_ctx`` tokens, rounded up to eight digits."""

    n_ctx: int
    mass: Rational
    scale: Rational


@dataclass(frozen=True)
class ScaleRow:
    """A row of a table of least scales: what is ``told`` of the case, the least gap, and two scales for each mass.

    ``least_gap`` is rounded down to six digits, scales are rounded up to eight; ``sufficient`` are those that follow
    from the least gap alone. ``tail`` is that of the last row. Raises ``BadValue`` unless there is one for each.

    >>> from sympy import cos
    >>> tail = FallingSum.of(1 - cos(_K), _K, offsets(8, -1))
    >>> row = ScaleRow.found(("8",), tail, [Rational(9, 10)])
    >>> row.cells(), bool(row.prove())
    (('8', '$6$', '$0.0398297$', '$55.165463$', '$104.02121$'), True)
    >>> bool(replace(row, least_at=5).prove())
    False
    """

    told: tuple[str, ...]
    tail: FallingSum
    least_at: int
    least_gap: Rational
    stated: tuple[Stated, ...]
    sufficient: tuple[Rational, ...]

    def __post_init__(self) -> None:
        if len(self.stated) != len(self.sufficient):
            raise BadValue(f"expected a sufficient scale for each of {len(self.stated)}, got {len(self.sufficient)}")

    @classmethod
    def found(cls, told: tuple[str, ...], tail: FallingSum, masses: Sequence[Rational]) -> ScaleRow:
        """The row with its figures worked out. Raises ``AlgebraError`` where one of them is not certain."""
        at = abs(tail.least_gap_at())
        gap, count = _gap(tail, at), len(tail.offsets)
        stated = tuple(Stated(count + 1, mass, tail.least_scale(_level(mass), DIGITS)) for mass in masses)
        sufficient = tuple(rounded(_sufficient(count, mass, gap), DIGITS) for mass in masses)
        return cls(told, tail, at, rounded(gap, GAP_DIGITS, up=False), stated, sufficient)

    def cells(self) -> tuple[str, ...]:
        """The case, where the least gap is and how large, and for each mass the least scale and the sufficient one."""
        figures = [(self.least_gap, GAP_DIGITS)]
        for one, enough in zip(self.stated, self.sufficient, strict=True):
            figures += [(one.scale, DIGITS), (enough, DIGITS)]
        return (*self.told, f"${self.least_at}$", *(f"${decimal(value, digits)}$" for value, digits in figures))

    def prove(self) -> Verdict:
        """Whether each figure is right: by enclosures at it and at the decimal next to it."""
        try:
            at = abs(self.tail.least_gap_at())
        except AlgebraError as error:
            return Undecided(str(error))
        if at != self.least_at:
            found, stated = (Integer(k) for k in (at, self.least_at))
            return Refuted(Witness({}, found, stated, str(at), str(self.least_at)))
        gap, count = _gap(self.tail, at), len(self.tail.offsets)
        verdicts = [prove_rounded(gap, self.least_gap, GAP_DIGITS, up=False)]
        for one, enough in zip(self.stated, self.sufficient, strict=True):
            verdicts.append(_same_context(one.n_ctx, count + 1))
            verdicts.append(self.tail.prove_least_scale(_level(one.mass), one.scale, DIGITS))
            verdicts.append(prove_rounded(_sufficient(count, one.mass, gap), enough, DIGITS))
        return next((verdict for verdict in verdicts if not verdict), verdicts[0])


@dataclass(frozen=True)
class LeastScales:
    """At each stated scale every row gives the token ``offset`` on at least the mass, and at the decimal before not.

    The scores of the head, which have no symbols in them but the places, are multiplied by each stated scale.

    >>> from symcircuits.circuit import Geometric, Head, Residual
    >>> position = Geometric(2)
    >>> read = Residual(position=position).read(position)
    >>> head = Head(W_Q=read, W_K=position.shift(1) @ read)
    >>> stated = Stated(8, Rational(9, 10), Rational("52.780885"))
    >>> bool(LeastScales(-1, (stated,)).prove_on(head)), bool(LeastScales(0, (stated,)).prove_on(head))
    (True, False)
    """

    offset: int
    stated: tuple[Stated, ...]

    def __str__(self) -> str:
        return f"LeastScales({self.offset})"

    def text(self) -> str:
        """The requirement, as prose with ``$...$``."""
        key = {0: "the present token", -1: "the previous token"}.get(self.offset, f"the token {-self.offset} back")
        return f"gives {key} its mass from each stated scale on, and not from the decimal before it"

    def prove_on(self, head: Head) -> Verdict:
        """Whether it does at every stated scale, by enclosures of the last row's tail."""
        gap = head.score_at(n, n + self.offset) - head.score_at(n, m).xreplace({m: n + self.offset - _K})
        if not gap.free_symbols <= {n, _K}:
            return Undecided("the scores have symbols in them")
        if not prove(gap, gap.xreplace({n: n + 1})):
            return Undecided("the gaps depend on more than the distance of the key")
        verdicts = []
        for one in self.stated:
            try:
                tail = FallingSum.of(gap.xreplace({n: Integer(0)}), _K, offsets(one.n_ctx, self.offset))
            except AlgebraError as error:
                return Undecided(str(error))
            verdicts.append(tail.prove_least_scale(_level(one.mass), one.scale, DIGITS))
        return next((verdict for verdict in verdicts if not verdict), verdicts[0])

    def measure(self, trial: Trial) -> Measurement:
        """How many passes of the engine have the least mass of all rows on the right side: one at each stated scale,
        one at the decimal before it."""
        if len(trial.heads) != 1:
            raise BadValue(f"expected one head to measure attention, got {len(trial.heads)}")
        x = replace(trial, n_ctx=max(one.n_ctx for one in self.stated)).stream()
        arrays = bind_head(trial.heads[0], trial.values)
        right = 0
        for one in self.stated:
            before = one.scale - last_digit(one.scale, DIGITS)
            for scale, enough in ((one.scale, True), (before, False)):
                scaled = replace(arrays, scale=arrays.scale * bind_scalar(scale, {}))
                least = np.diagonal(attention_pattern(x[: one.n_ctx], scaled), self.offset).min()
                right += bool(least >= float(one.mass)) == enough
        asked = 2 * len(self.stated)
        note = "" if right == asked else "a pass has its least mass on the wrong side"
        measures = (
            f"passes with the least $A_{{n, {latex(n + self.offset)}}}$ on the right side of the mass asked for, "
            f"{trial.heads[0].name or 'the head'}"
        )
        return Measurement(measures, float(right), float(asked), float(asked - right), not note, note)


def decimal(x: Rational, digits: int) -> str:
    """A positive number with that many digits, exactly.

    >>> decimal(Rational(1, 16), 4), decimal(Rational(3), 3), decimal(Rational(123400), 4)
    ('0.06250', '3.00', '123400')
    """
    unit = last_digit(x, digits)
    places = len(str(1 / unit)) - 1 if unit < 1 else 0
    whole = str(x * 10**places).zfill(places + 1)
    return f"{whole[:-places]}.{whole[-places:]}" if places else whole


def _gap(tail: FallingSum, at: int) -> Expr:
    return tail.gap.xreplace({tail.index: Integer(at)})


def _level(mass: Rational) -> Rational:
    return (1 - mass) / mass


def _sufficient(count: int, mass: Rational, gap: Expr) -> Expr:
    return log(count / _level(mass)) / gap


def _same_context(stated: int, found: int) -> Verdict:
    if stated == found:
        return Proved("counted")
    return Refuted(Witness({}, Integer(found), Integer(stated), str(found), str(stated)))
