"""Induction whatever the embedding: two heads, judged on contents of one norm in the dimensions that they compare."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from sympy import Add, Expr, Integer

from symcircuits.algebra import ExactMatrix, Proved, Refuted, Undecided, Verdict, Witness, prove, prove_positive
from symcircuits.behaviours.attention import AttendsTo
from symcircuits.behaviours.induction import Repeated, previous_or_itself
from symcircuits.behaviours.trial import TOLERANCE, Array, Measurement, Trial
from symcircuits.circuit import Directions, Head, Transformer
from symcircuits.circuit.bind import bind_head, bind_matrix, bind_stream
from symcircuits.circuit.paths import ScoreTerms, score_terms
from symcircuits.engine import attention_pattern, forward
from symcircuits.errors import BadValue


@dataclass(frozen=True)
class InducesOnContents:
    """The second of two heads attends to the token after the previous copy of the present one, whatever the embedding.

    The first head attends to the previous token, and it is *given that it attends to nothing else*, in row 0 to itself.
    Tokens hold anything in ``content``, and nothing in ``empty``, blocks by name. Contents have the same
    norm in the dimensions that the second head compares, tokens that differ differ there, and the first token is one
    that occurs nowhere else. Then no key has as large a score as those after an earlier copy. Raises ``BadValue`` for
    a model that is not of two layers with one head each.

    >>> from symcircuits.circuit import Residual, Sinusoids
    >>> position = Sinusoids(1)
    >>> stream = Residual(content=3, position=position, v=3)
    >>> read = stream.read(position)
    >>> first = Head(read, position.shift(1) @ read, stream.read("content"), stream.write("v"))
    >>> second = Head(W_Q=stream.read("content"), W_K=stream.read("v"))
    >>> model = Transformer(((first,), (second,)), W_E=stream.write("content"))
    >>> InducesOnContents(stream["content"], ("v",)).prove_on(model)
    Proved(method='K-composition, entry by entry', assuming=(), equality_at=(alpha_0*(m - n + 1),))
    """

    content: Directions
    empty: tuple[str, ...]
    circuit: ClassVar[type] = Transformer

    def __str__(self) -> str:
        return f"InducesOnContents({self.content.name}, {', '.join(self.empty)} empty)"

    def text(self) -> str:
        """The requirement, as prose with ``$...$``."""
        return (
            "attends, in its second layer, to the token after the previous copy of the present one, given that the "
            "first attends to the previous token, as it does"
        )

    def prove_on(self, model: Transformer) -> Verdict:
        """Whether it does, for all values of the symbols and all sequences; ``equality_at`` is where the first head
        ties, as in ``AttendsTo``."""
        first, second = self.heads(model)
        looks = AttendsTo(-1).prove_on(self.emptied(first))
        if not isinstance(looks, Proved):
            return looks
        rank = self.form(first, second).rank()
        if rank < 2:  # in one dimension there are but two contents of one norm, and with the first token three are met
            told = f"{rank} compared", "2 needed"
            return Refuted(Witness({}, Integer(rank), Integer(2), *told), "the dimensions of the contents compared")
        reasons = list(self._not_proved(first, second))
        if reasons:
            refuted = self._refuted(first, second)
            return Undecided(reasons[0]) if refuted is None else refuted
        return Proved("K-composition, entry by entry", looks.assuming, looks.equality_at)

    def heads(self, model: Transformer) -> tuple[Head, Head]:
        """The two heads."""
        if [len(heads) for heads in model.layers] != [1, 1]:
            raise BadValue(f"{self} needs two layers with one head each")
        first, second = model.heads
        if first.W_Q is None or first.W_O is None or second.W_Q is None or first.biases() or second.biases():
            raise BadValue(f"{self} needs a whole first head and queries and keys in the second, without biases")
        return first, second

    def emptied(self, head: Head) -> Head:
        """The queries and keys of a head of the first layer, to which some directions are zero."""
        kept = ExactMatrix.from_entries(
            (head.d_model,) * 2, {(i, i): Integer(1) for i in self._entered(head)}, head.stream, head.stream
        )
        W_Q, W_K = (None if weight is None else weight @ kept for weight in (head.W_Q, head.W_K))
        return Head(W_Q=W_Q, W_K=W_K, scale=head.scale, rotary=head.rotary)

    def _entered(self, head: Head) -> list[int]:
        hidden = {place for name in self.empty for place in head.stream[name].places}
        return [place for place in range(head.d_model) if place not in hidden]

    def _not_proved(self, first: Head, second: Head) -> Iterator[str]:
        """What is missing from the proof that the second head compares the query's content with the one before."""
        places = self._entered(first)
        terms = ScoreTerms(*(_part(term, places, places) for term in score_terms(second, first)))
        for name in ("direct", "query", "both"):
            term = getattr(terms, name)
            if not prove(term, ExactMatrix.zeros(*term.shape)):
                yield f"the score has a {name} term"
        form = self.form(first, second)
        inside = set(self.content.places)
        beyond = {value for (i, j), value in terms.key.entries.items() if not {places[i], places[j]} <= inside}
        if not all(prove(value, 0) for value in beyond):
            yield "the second head compares more than contents"
        rank = form.rank()
        weight: Expr = Add(*(form[i, i] for i in range(len(inside)))) / rank
        if not (prove(form.T, form) and prove(form @ form, form * weight) and prove_positive(weight)):
            yield "the second head does not compare like with like"

    def _refuted(self, first: Head, second: Head) -> Refuted | None:
        """What no second head may do, whatever else it does: like contents less than unlike ones on the whole, or
        compare what a token may hold at any size besides its content."""
        form = self.form(first, second)
        weight = prove_positive(Add(*(form[i, i] for i in range(len(self.content)))))
        if isinstance(weight, Refuted):
            return weight
        stream = first.stream
        taken = {place for name in (*stream.positions(), *self.empty) for place in stream[name].places}
        inside = set(self.content.places)
        for (i, j), value in score_terms(second, first).key.entries.items():
            if not {i, j} & taken and not {i, j} <= inside and isinstance(prove(value, 0), Refuted):
                return Refuted(Witness({}, value, Integer(0), "compared", "not asked for"), "an entry of the score")
        return None

    def form(self, first: Head, second: Head) -> ExactMatrix:
        """The score as a form of the query's content and that of the token before the key."""
        return _part(score_terms(second, first).key, self.content.places, self.content.places)

    def measure(self, trial: Trial) -> Measurement:
        """The attention of the second head on the engine, given the first one's ideal pattern, on a token and a random
        block of others, twice: its mean on the wanted key in the second copy. It passes where that key has strictly the
        most in every row, and the previous token has in the first head."""
        first, second = self.heads(trial.whole_model(self))
        run = _repeated(trial.n_ctx)
        x = self._stream(trial, first, second, run)
        looks = attention_pattern(x, bind_head(self.emptied(first), trial.values))
        sees = all(_most(looks[row, : row + 1], row - 1) for row in range(1, trial.n_ctx))
        ideal = bind_matrix(previous_or_itself(trial.n_ctx), {})
        values = Head(W_V=first.W_V, W_O=first.W_O)
        moved = forward(x, [[bind_head(values, trial.values, ideal)]])
        pattern = attention_pattern(moved, bind_head(second, trial.values))
        right = all(_most(pattern[row, : row + 1], run.wanted(row)) for row in run.rows)
        mean = float(np.mean([pattern[row, run.wanted(row)] for row in run.rows]))
        wrong = "second" if sees else "first"
        note = "" if sees and right else f"another key has as much attention in the {wrong} head"
        return Measurement("mean attention of the second copy on the wanted key", mean, None, 0.0, not note, note)

    def _stream(self, trial: Trial, first: Head, second: Head, run: Repeated) -> Array:
        """Tokens whose contents have norm 1 in the dimensions that are compared."""
        chance = np.random.default_rng([trial.seed, 1])
        form = bind_matrix(self.form(first, second), trial.values)
        _, sizes, basis = np.linalg.svd(np.concatenate([form, form.T]))
        count = int((sizes > TOLERANCE * sizes.max(initial=0.0)).sum())
        basis = basis[:count] if count >= 2 else np.eye(len(self.content))
        vectors = chance.standard_normal((run.block + run.begins, len(basis)))
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        other = chance.standard_normal((len(vectors), len(self.content)))
        words = vectors @ basis + other - other @ basis.T @ basis
        contents = np.zeros((trial.n_ctx, first.d_model))
        contents[:, list(self.content.places)] = words[run.tokens]
        return bind_stream(first.stream, trial.n_ctx, trial.values, contents)


def _repeated(n_ctx: int) -> Repeated:
    """A token to begin with, and a block of others, twice."""
    block = n_ctx // 2
    if block < 2:
        raise BadValue(f"expected at least 4 tokens, so that a block comes twice, got {n_ctx}")
    numbers = np.arange(1, block + 1)
    return Repeated(np.array([0, *numbers, *numbers])[:n_ctx], 1, block)


def _part(matrix: ExactMatrix, rows: Sequence[int], columns: Sequence[int]) -> ExactMatrix:
    """The entries of some rows and columns."""
    down, along = ({place: i for i, place in enumerate(some)} for some in (rows, columns))
    kept = {(down[i], along[j]): value for (i, j), value in matrix.entries.items() if i in down and j in along}
    return ExactMatrix.from_entries((len(rows), len(columns)), kept)


def _most(row: Array, wanted: int) -> bool:
    return bool(row[wanted] > np.max(np.delete(row, wanted), initial=-np.inf))
