"""What a model keeps apart: tokens and places in the sum of their embeddings, pairs of letters in the sum of values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from sympy import Expr, Integer, Rational, Symbol
from sympy.solvers.simplex import linprog

from symcircuits.algebra import ExactMatrix, Proved, Refuted, Undecided, Verdict, Witness, beside, prove, prove_positive
from symcircuits.behaviours.trial import TOLERANCE, Array, Measurement, Trial
from symcircuits.circuit import Transformer
from symcircuits.circuit.bind import bind_matrix
from symcircuits.errors import BadValue

_GAPS = 256  # so many are weighed against each other at most
_CORRECTIONS = 10_000


@dataclass(frozen=True)
class KeepsApart:
    """A matrix reads the unit columns of a token and of its place off the sum of their embeddings.

    There is such a matrix exactly where the sums span one dimension less than there are tokens and places: one more is
    never needed, since a column may be moved from all tokens to all places.

    >>> from symcircuits.circuit import Head
    >>> one = ExactMatrix.identity(3)
    >>> tokens, places = one.take_columns([0, 1]), one.take_columns([1, 2])
    >>> idle = ((Head(W_Q=one, W_K=one),),)
    >>> bool(KeepsApart().prove_on(Transformer(idle, W_E=tokens, W_pos=places)))
    True
    >>> print(KeepsApart().prove_on(Transformer(idle, W_E=tokens, W_pos=tokens)))
    refuted: left the sums of a token and its place span 2 dimensions, right 3 are needed
    """

    circuit: ClassVar[type] = Transformer

    def __str__(self) -> str:
        return "KeepsApart()"

    def text(self) -> str:
        """The requirement, as prose."""
        return "keeps tokens and places apart: a matrix reads the unit columns of both off the sum of their embeddings"

    def prove_on(self, model: Transformer) -> Verdict:
        """Whether it does, for all values of the symbols. Raises ``BadValue`` without a table of positions."""
        sums, columns = _independent_sums(model), beside(model.W_E, _places(model)).labelled(None, None)
        all_apart = prove_positive(_volume(columns))  # enough, and simpler where tokens and places differ in size
        if isinstance(all_apart, Proved):
            return Proved("a volume that is not zero", all_apart.assuming, ())
        volume = _volume(sums)
        if isinstance(prove(volume, 0), Proved):
            return _too_few(sums, {})
        verdict = prove_positive(volume)
        if isinstance(verdict, Refuted):
            return _too_few(sums, verdict.witness.bindings)
        return Proved("a volume that is not zero", verdict.assuming, ()) if isinstance(verdict, Proved) else verdict

    def measure(self, trial: Trial) -> Measurement:
        """The rank of the sums, by singular values."""
        sums = bind_matrix(_independent_sums(trial.whole_model(self)), trial.values)
        rank, needed = int(np.linalg.matrix_rank(sums)), sums.shape[1]
        note = "" if rank == needed else f"the sums span {rank} dimensions, {needed} are needed"
        return Measurement("rank of the sums", rank, needed, abs(rank - needed), rank == needed, note)


def _volume(columns: ExactMatrix) -> Expr:
    """The square of the volume that columns span, zero where these are more than the dimensions."""
    return (columns.T @ columns).determinant() if columns.shape[1] <= columns.shape[0] else Integer(0)


def _too_few(sums: ExactMatrix, values: Mapping[Symbol, Expr]) -> Refuted:
    """The sums do not span enough where the symbols have these values."""
    found, needed = sums.substitute(values).rank(), sums.shape[1]
    spanned = f"the sums of a token and its place span {found} dimensions"
    return Refuted(Witness(values, Integer(found), Integer(needed), spanned, f"{needed} are needed"), "rank")


def _independent_sums(model: Transformer) -> ExactMatrix:
    """The sums of all others: the first token at each place, and each other token at the first."""
    tokens, places = model.W_E, _places(model)
    columns = [(0, place) for place in range(places.shape[1])] + [(token, 0) for token in range(1, tokens.shape[1])]
    at_tokens, at_places = (list(numbers) for numbers in zip(*columns, strict=True))
    return (tokens.take_columns(at_tokens) + places.take_columns(at_places)).labelled(None, None)


def _places(model: Transformer) -> ExactMatrix:
    if model.W_pos is None:
        raise BadValue("expected a model with a table of positions, W_pos")
    return model.W_pos


@dataclass(frozen=True)
class TellsPair:
    """The values of two neighbours, added up, tell one pair of letters from the ``others``: one number that is linear
    in the sum is larger for the pair, wherever either of them stands.

    That is what an output matrix and a bias need where two tokens share the attention. By a theorem of Gordan there is
    such a number exactly where no positive multiples of the differences between the sums add up to zero. Raises
    ``BadValue`` for something else than pairs.

    >>> from symcircuits.circuit import Head
    >>> one, two = ExactMatrix.identity(2), ExactMatrix.from_rows([[1, 1]])
    >>> tells = TellsPair("aa", ("ab", "ba"))
    >>> W_O = ExactMatrix.zeros(2, 1)
    >>> models = [Transformer(((Head(W_V=W_V, W_O=W_O),),), W_E=one, vocabulary=("a", "b"))
    ...           for W_V in (ExactMatrix.from_rows([[1, -1]]), two)]
    >>> [bool(tells.prove_on(model)) for model in models]
    [True, False]
    """

    pair: str
    others: tuple[str, ...]
    circuit: ClassVar[type] = Transformer

    def __post_init__(self) -> None:
        if not self.others or any(len(letters) != 2 for letters in (self.pair, *self.others)):
            raise BadValue(f"expected pairs of letters, got {self.pair!r} and {', '.join(map(repr, self.others))}")

    def __str__(self) -> str:
        return f"TellsPair({self.pair} from {' '.join(self.others)})"

    def text(self) -> str:
        """The requirement, as prose with ``$...$``."""
        others = " and ".join(f"$\\mathtt{{{other}}}$" for other in self.others)
        told = f"tells the pair $\\mathtt{{{self.pair}}}$ from {others}"
        return f"{told} by one number, linear in the sum of the values of the two"

    def prove_on(self, model: Transformer) -> Verdict:
        """Whether it does, for all values of the symbols, in a model of a single head."""
        if len(model.heads) != 1:
            return Undecided(f"a model of {len(model.heads)} heads")
        gaps: dict[ExactMatrix, str] = {}
        for other, gap in self._gaps(model):
            gaps.setdefault(gap, other)
        for gap, other in gaps.items():
            if isinstance(prove(gap, ExactMatrix.zeros(*gap.shape)), Proved):
                same = f"the values of {self.pair} and {other} have the same sum"
                return Refuted(Witness({}, Integer(0), Integer(0), same, "expected two"), "equal sums")
        if any(_along(gaps, row, sign) for row in range(model.heads[0].W_OV.inner) for sign in (1, -1)):
            return Proved("one dimension of the values", equality_at=())
        if len(gaps) > _GAPS or not all(isinstance(entry, Rational) for gap in gaps for entry in gap.entries.values()):
            return Undecided("no single dimension of the values tells the pairs apart for all values of the symbols")
        if _cancel(list(gaps)):
            sides = (
                f"the sums of {self.pair} lie among those of {' and '.join(self.others)}",
                "no line keeps them apart",
            )
            return Refuted(Witness({}, Integer(0), Integer(0), *sides), "positive multiples that add up to zero")
        return Proved("no positive multiples of the differences add up to zero", equality_at=())

    def _gaps(self, model: Transformer) -> Iterator[tuple[str, ExactMatrix]]:
        """What is added up for the pair less what is for another, for all places of both."""
        size = 2 if model.W_pos is None else model.W_pos.shape[1]
        values = {one: model.heads[0].value(model.embed(one * size)).labelled(None, None) for one in model.vocabulary}

        def sums(letters: str) -> ExactMatrix:
            first, second = (values[letter] for letter in letters)
            return first.take_columns(range(size - 1)) + second.take_columns(range(1, size))

        wanted = sums(self.pair)
        for other in self.others:
            against = sums(other)
            for i in range(size - 1):
                for k in range(size - 1):
                    yield other, wanted.take_columns([i]) - against.take_columns([k])

    def measure(self, trial: Trial) -> Measurement:
        """The least difference along a direction that is corrected until it tells all apart."""
        gaps = np.array([bind_matrix(gap, trial.values)[:, 0] for _, gap in self._gaps(trial.whole_model(self))])
        least = _least_along_a_direction(gaps)
        note = "" if least > TOLERANCE else "no direction was found that tells the pairs apart"
        return Measurement("least difference of two sums", least, None, 0.0, not note, note)


def _along(gaps: dict[ExactMatrix, str], row: int, sign: int) -> bool:
    return all(isinstance(prove_positive(sign * gap[row, 0]), Proved) for gap in gaps)


def _cancel(gaps: list[ExactMatrix]) -> bool:
    """Whether some positive multiples of columns of rational numbers add up to zero."""
    rows = [[gap[row, 0] for gap in gaps] for row in range(gaps[0].shape[0])]
    sums = [row for row in rows if any(row)]
    opposite = [[-entry for entry in row] for row in sums]
    ones = [1] * len(gaps)
    least, _ = linprog([-one for one in ones], [ones, *sums, *opposite], [1] + [0] * (2 * len(sums)))
    return bool(least)


def _least_along_a_direction(gaps: Array) -> float:
    """The least part of the gaps, of length 1 at most, along a direction found by the perceptron."""
    scaled = gaps / max(float(np.linalg.norm(gaps, axis=1).max()), TOLERANCE)
    direction = scaled.sum(axis=0)
    for _ in range(_CORRECTIONS):
        wrong = scaled[scaled @ direction <= TOLERANCE]
        if not len(wrong):
            break
        direction = direction + wrong[0]
    return float((scaled @ direction).min() / max(float(np.linalg.norm(direction)), TOLERANCE))
