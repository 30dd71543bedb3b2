"""Induction: a later layer attends to the token after the previous copy of the present one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import permutations
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from sympy import Expr, Integer

from symcircuits.algebra import (
    ExactMatrix,
    Proved,
    Refuted,
    Undecided,
    Verdict,
    Witness,
    prove,
    prove_at_least,
    prove_positive,
)
from symcircuits.algebra.verdict import TIE
from symcircuits.behaviours.task import Task
from symcircuits.behaviours.trial import TOLERANCE, Array, Measurement, Trial, model_pattern
from symcircuits.circuit import Transformer
from symcircuits.circuit.bind import table_of, values_at
from symcircuits.circuit.paths import ScoreTerms, score_terms
from symcircuits.engine import causal_softmax
from symcircuits.errors import BadValue
from symcircuits.symbols import N, m, n


@dataclass(frozen=True, eq=False)
class Repeated:
    """A token to begin with, or none, and a random block of different tokens, twice: ``tokens`` ``[n_ctx]`` by number.

    ``begins`` is the number of tokens before the block, ``block`` its length; the second copy may be cut short by one.

    >>> Repeated(np.array([0, 3, 1, 3, 1]), begins=1, block=2).rows
    range(3, 5)
    """

    tokens: NDArray[np.integer[Any]]
    begins: int
    block: int

    @property
    def rows(self) -> range:
        """The queries of the second copy."""
        return range(self.begins + self.block, len(self.tokens))

    def wanted(self, row: Any) -> Any:
        """The key after the previous copy of the query's token, of one query or of an array of them."""
        return row - (self.block - 1)

    def task(self) -> Task:
        """The tokens with the wanted key of each query of the second copy."""
        rows, n_ctx = np.array(self.rows), len(self.tokens)
        wanted = np.zeros((n_ctx, n_ctx), dtype=bool)
        wanted[rows, self.wanted(rows)] = True
        return Task(wanted, rows, self.tokens, self.block)


def repeated_tokens(model: Transformer, n_ctx: int, seed: int, begin: str = "") -> Repeated:
    """``begin`` and a random block of different other tokens, twice, ``n_ctx`` tokens in all.

    The tokens of the block are different, so that each query has one earlier copy. The same seed gives the same tokens.
    Raises ``BadValue`` where the block would be shorter than two tokens, or the vocabulary is too small for it.
    """
    first = model.numbers([begin]) if begin else ()
    others = [token for token in range(model.d_vocab) if token not in first]
    block = (n_ctx - len(first) + 1) // 2
    if not 2 <= block <= len(others):
        raise BadValue(
            f"{n_ctx} tokens repeat a block of {block}, expected 2 to {len(others)}, the other tokens of the vocabulary"
        )
    chosen = np.random.default_rng(seed).permutation(others)[:block]
    return Repeated(np.array([*first, *chosen, *chosen])[:n_ctx], len(first), block)


@dataclass(frozen=True)
class Induces:
    """A head of the last layer attends to the token after the previous copy of the present one.

    Proved for two layers, with one head in the first, *given that this head attends to the previous token*, and in
    row 0 to itself: on every sequence that starts with ``begin``, whatever its length, a token other than ``begin``
    has strictly the largest scores on the successors of its earlier copies. Measured on ``begin`` and a random block of
    different tokens, twice. With an empty ``begin`` sequences start anywhere. ``head`` is the number of the head in its
    layer. Raises ``BadValue`` for a model without such a head.

    >>> from symcircuits.circuit import Head, Residual
    >>> stream = Residual(content=3, before=3)
    >>> first = Head(W_V=stream.read("content"), W_O=stream.write("before"))
    >>> second = Head(W_Q=stream.read("content"), W_K=stream.read("before"))
    >>> model = Transformer(((first,), (second,)), W_E=stream.write("content"), vocabulary=("BOS", "a", "b"))
    >>> Induces().prove_on(model)
    Proved(method='K-composition, entry by entry', assuming=(), equality_at=())
    >>> Induces(begin="").prove_on(model).method
    'the tokens BOS a BOS'
    """

    begin: str = "BOS"
    head: int = 0
    circuit: ClassVar[type] = Transformer

    def __str__(self) -> str:
        begins = f"after {self.begin}" if self.begin else "with no token to begin with"
        return f"Induces({begins}{f', head {self.head}' if self.head else ''})"

    def text(self) -> str:
        """The requirement, as prose with ``$...$``."""
        given = "given that the first layer attends to the previous token"
        begins = f"in every sequence that begins with {self.begin}" if self.begin else "in every sequence"
        return f"attends to the token after the previous copy of the present one, {begins}, {given}"

    def prove_on(self, model: Transformer) -> Verdict:
        """Whether it induces, for all values of the symbols and all sequences; see the class for what is given.

        The score must be a matrix of the query's token and the token before the key (K-composition), in each row of
        which the diagonal is the largest, by more than what the key's own token may add. A witness is a short sequence
        in which another key has as large a score.
        """
        last = model.head(len(model.layers) - 1, self.head)
        if len(model.layers) != 2 or len(model.layers[0]) != 1:
            return Undecided("proved only for two layers, the first of them with one head")
        if last.W_Q is None:
            raise BadValue("the head of the last layer has no W_Q and W_K")
        reasons = list(self._not_proved(model)) if self.begin else ["no token to begin with"]
        if not reasons:
            return Proved("K-composition, entry by entry", equality_at=())
        loss = self._find_loss(model)
        return Undecided(f"{reasons[0]}; no witness found") if loss is None else loss

    def _not_proved(self, model: Transformer) -> Iterator[str]:
        """What is missing from the proof, if anything."""
        if model.mask != "causal":
            yield "the mask is not causal"
        if any(head.biases() for head in model.heads):
            yield "a head has biases"
            return
        if model.head(1, self.head).is_turned:
            yield "what the last layer compares is turned by the places"
            return
        enters = _entering(model)  # [d_model, d_vocab + places]
        terms = ScoreTerms(*(enters.T @ term @ enters for term in score_terms(model.head(1, self.head), model.head(0))))
        for name in ("query", "both"):
            term = getattr(terms, name)
            if not prove(term, ExactMatrix.zeros(*term.shape)):
                yield f"the score has a {name} term"
        of_places = [value for term in (terms.direct, terms.key) for value in _beyond(term, model.d_vocab)]
        if not all(prove(value, 0) for value in set(of_places)):
            yield "the score depends on places"
        if not all(prove_positive(gap) for gap in self._gaps(model, terms)):
            yield "another key may have as large a score as the token after a copy"

    def _gaps(self, model: Transformer, terms: ScoreTerms) -> set[Expr]:
        """By how much the score of a key after a copy exceeds that of a key after another token, whatever tokens the
        two keys are themselves."""
        tokens = range(model.d_vocab)
        gaps = set()
        for query in set(tokens) - set(model.numbers([self.begin])):
            before = {terms.key[query, query] - terms.key[query, other] for other in tokens if other != query}
            own = {terms.direct[query, key] for key in tokens}
            gaps |= {gap + mine - theirs for gap in before for mine in own for theirs in own}
        return gaps

    def _find_loss(self, model: Transformer) -> Refuted | None:
        """A witness among short sequences: ``begin``, a token, others, and the token again."""
        first = (self.begin,) if self.begin else ()
        for one, other in permutations([token for token in model.vocabulary if token not in first], 2):
            for between in ((other,), (other, other)):
                lost = self._lost(model, (*first, one, *between, one), len(first) + 1)
                if lost is not None:
                    return lost
        return None

    def _lost(self, model: Transformer, tokens: tuple[str, ...], wanted: int) -> Refuted | None:
        """A witness that in the last row of this sequence some key has as large a score as the wanted one."""
        scores, query = self._ideal_scores(model, tokens), len(tokens) - 1
        for key in (key for key in range(len(tokens)) if key != wanted):
            best, rival = scores[query, wanted], scores[query, key]
            found, places = prove_at_least(best, rival), {n: Integer(query), m: Integer(key)}
            if isinstance(found, Refuted):
                at = found.witness
                lost = Witness({**places, **at.bindings}, at.left, at.right, at.left_value, at.right_value)
                return Refuted(lost, f"the tokens {' '.join(tokens)}")
            if prove(best, rival):
                return Refuted(Witness(places, best, rival, TIE, TIE), f"the tokens {' '.join(tokens)}")
        return None

    def _ideal_scores(self, model: Transformer, tokens: tuple[str, ...]) -> ExactMatrix:
        read = model.forward(tokens, {(0, 0): previous_or_itself(len(tokens))}, layers=1)[1]
        return model.scores(1, self.head, read)

    def measure(self, trial: Trial) -> Measurement:
        """The attention of the engine on the second copy: its mean on the wanted key (the induction score), the share
        of rows in which that key has strictly the most, and both next to the closed form and the proved bound.

        It passes where every row keeps the bound and meets the closed form, and, without a bound, where every row is
        right.
        """
        model = trial.whole_model(self)
        if model.mask != "causal":
            raise BadValue(f"{self} is measured with a causal mask, got {model.mask}")
        run = repeated_tokens(model, trial.n_ctx, trial.seed, self.begin)
        pattern = self._pattern(trial, model, run)
        wanted = np.array([pattern[row, run.wanted(row)] for row in run.rows])
        right = [_strictly_most(pattern[row, : row + 1], run.wanted(row)) for row in run.rows]
        expected, bounds = _expected(trial, run), _bounds(trial, run)
        rows = list(run.rows)
        difference = 0.0 if expected is None else float(np.max(np.abs(pattern[rows] - expected[rows])))
        notes = []
        if bounds is None and not all(right):
            notes.append("another key has as much attention in some row")
        if bounds is not None and not np.all(wanted >= bounds - TOLERANCE):
            notes.append("the bound is not kept in some row")
        if not difference <= TOLERANCE:  # true for nan too
            notes.append("the pattern differs from the closed form")
        return Measurement(
            "mean of $A_{n, n - N + 1}$ over the second copy",
            float(np.mean(wanted)),
            None if expected is None else float(np.mean([expected[row, run.wanted(row)] for row in rows])),
            difference,
            not notes,
            "; ".join(notes),
            bound=None if bounds is None else float(np.mean(bounds)),
            accuracy=float(np.mean(right)),
        )

    def task(self, trial: Trial) -> Task:
        """``begin`` and a random block, twice; in the second copy the key after the previous one is wanted.

        Raises ``BadValue`` without a model, or where no such block fits.
        """
        return repeated_tokens(trial.whole_model(self), trial.n_ctx, trial.seed, self.begin).task()

    def _pattern(self, trial: Trial, model: Transformer, run: Repeated) -> Array:
        return model_pattern(model, run.tokens, trial.values, (len(model.layers) - 1, self.head))


def previous_or_itself(n_ctx: int) -> ExactMatrix:
    """The ideal pattern ``[n_ctx, n_ctx]`` of a previous-token head: row 0 has no previous token and sees itself.

    >>> previous_or_itself(3).entries
    {(0, 0): 1, (1, 0): 1, (2, 1): 1}
    """
    return ExactMatrix.from_entries((n_ctx, n_ctx), {(row, max(row - 1, 0)): 1 for row in range(n_ctx)})


def _beyond(term: ExactMatrix, size: int) -> Iterator[Expr]:
    """The entries outside the square of this size in the corner."""
    return (value for (i, j), value in term.entries.items() if i >= size or j >= size)


def _entering(model: Transformer) -> ExactMatrix:
    """Columns that span all that a token can be before the first layer: one a token, then those of its place."""
    entries = dict(model.W_E.entries)
    if model.W_pos is not None:
        width = model.W_pos.shape[1]
        entries |= {(i, model.d_vocab + j): value for (i, j), value in model.W_pos.entries.items()}
    else:
        places = [place for name in model.positions() for place in model.stream[name].places]
        width = len(places)
        entries |= {(place, model.d_vocab + j): Integer(1) for j, place in enumerate(places)}
    return ExactMatrix.from_entries((model.d_model, model.d_vocab + width), entries, model.W_E.rows)


def _strictly_most(row: Array, wanted: int) -> bool:
    return bool(row[wanted] > np.max(np.delete(row, wanted)))


def _expected(trial: Trial, run: Repeated) -> Array | None:
    """The pattern by the closed form of it, or of the score, in the rows of the second copy."""
    values = {**trial.values, N: Integer(run.block)}
    if trial.closed_form is not None:
        return table_of(trial.closed_form, run.rows, trial.n_ctx, values)
    return None if trial.score is None else causal_softmax(table_of(trial.score, run.rows, trial.n_ctx, values))


def _bounds(trial: Trial, run: Repeated) -> Array | None:
    """The least attention on the wanted key that was proved, a row of the second copy each."""
    if trial.bound is None:
        return None
    return values_at(trial.bound, run.rows, {**trial.values, N: Integer(run.block)})
