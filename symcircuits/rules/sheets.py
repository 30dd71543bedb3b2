"""What sheets on rules have in common: the rule as a claim, heads and models with their weights defined, and the sums
over keys of which the proofs are made that a rule is impossible.

>>> from symcircuits.worked import Work
>>> from symcircuits.rules.looks import at_itself
>>> from symcircuits.rules.planning import Look
>>> work, layout = Work("mine/rule", "If the current token is A, say B"), Layout(("A", "B"), "BOS")
>>> head = defined(work, at_itself(layout, Look(0, {"A": ("B",)})).heads[0])
>>> model = model_on(work, layout, (head,))
>>> model.free_symbols, [str(name) for name in work.finish().definitions]
({beta}, ['W_Q', 'W_K', 'W_V', 'W_O', 'W_E', 'W_U'])
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sympy import Integer, Rational

from symcircuits.algebra import ExactMatrix, Proved, Refuted, Verdict, Witness, column_of, row_of
from symcircuits.behaviours import FollowsRules
from symcircuits.circuit import Head, Transformer
from symcircuits.rules.layout import Layout
from symcircuits.rules.meaning import RuleBook
from symcircuits.rules.notation import read_rules
from symcircuits.symbols import positive, real
from symcircuits.worked import Work

EPS = Rational(1, 10)


def follows(
    rule: str, vocabulary: Sequence[str], n_ctx: int, begin: str = "BOS", inclusive: bool = False
) -> FollowsRules:
    """The rule within the margin ``EPS``, after every sequence of up to ``n_ctx`` tokens, the beginning included.

    Raises ``UnreadableRule`` for a rule, and ``BadValue`` for a context without room for a token.

    >>> str(follows("A -> B", ("A", "B"), 5))
    'FollowsRules(A -> B, eps 1/10, n_ctx 5)'
    """
    names = tuple(vocabulary)
    return FollowsRules(RuleBook(read_rules([rule], names), names, inclusive), EPS, n_ctx, begin)


def defined(work: Work, head: Head, mark: str = "") -> Head:
    """The head with its weights defined: ``W_Q^mark`` and so on, or ``W_Q`` without a mark."""
    named: dict[str, Any] = {name: work.define(_marked(name, mark), matrix) for name, matrix in head.weights().items()}
    return replace(head, **named)


def model_on(work: Work, layout: Layout, *layers: tuple[Head, ...], mark: str = "") -> Transformer:
    """The model with these layers, and with ``W_E`` and ``W_U`` of the layout, which are defined and stated to read
    and to say flags."""
    W_E = work.define(_marked("W_E", mark), layout.embedding())
    W_U = work.define(_marked("W_U", mark), layout.unembedding())
    reads_and_says(work, layout, W_E, W_U)
    return Transformer(layers, W_E=W_E, W_U=W_U, vocabulary=layout.names)


def reads_and_says(work: Work, layout: Layout, W_E: ExactMatrix, W_U: ExactMatrix) -> None:
    """State that every token raises its own flag, that every flag that is said is the logit of its token, and that
    nothing is said without a head."""
    stream, size = layout.stream, len(layout.names)
    work.equal(W_E, stream.write("token").labelled(stream, None), because="a token raises its own flag")
    said = ExactMatrix.from_entries((size, len(layout.vocabulary)), {(i, i): 1 for i in range(len(layout.vocabulary))})
    begin = f"; {layout.bos} is never said" if layout.bos else ""
    work.equal(W_U @ stream.write("pred"), said, because=f"a flag that is said is a logit{begin}")
    work.equal(W_U @ W_E, ExactMatrix.zeros(size, size), because="without a head nothing is said")


@dataclass(frozen=True)
class Sums:
    """The keys that a query sees: a row of their ``weights`` ``[1, n]``, and a column of what each ``moves`` ``[n, 1]``
    in some direction. A head writes the quotient of the two sums."""

    weights: ExactMatrix
    moves: ExactMatrix

    @property
    def moved(self) -> ExactMatrix:
        """What is moved, times its weight, in all."""
        return self.weights @ self.moves

    @property
    def total(self) -> ExactMatrix:
        """The sum of the weights, by which that is divided."""
        return self.weights @ column_of([Integer(1)] * self.moves.shape[0])


def sums_over(work: Work, mark: str, keys: Iterable[str], told: str = "") -> Sums:
    """Keys one after another, with their weights defined as ``E^mark`` and what they move as ``v^mark``. Keys of the
    same name, which may be empty, have the same weight and move the same.

    >>> twice = sums_over(Work("mine/sums", "One token twice"), "1", "AA")
    >>> twice.moved.scalar(), twice.total.scalar()
    (2*E_A*v_A, 2*E_A)
    """
    below = [f"_{{{key}}}" if len(key) > 1 else f"_{key}" if key else "" for key in keys]
    weights = [positive(f"E{name}", "weight of a key") for name in below]
    moves = [real(f"v{name}", "what a key moves, in some direction") for name in below]
    return Sums(work.define(f"E^{mark}", row_of(weights), meaning=told), work.define(f"v^{mark}", column_of(moves)))


@dataclass(frozen=True)
class InputsRow:
    """A row of a table that sets two inputs side by side: what is told of each, and what is ``found`` of it."""

    told: tuple[str, str, str]
    found: tuple[str, str]

    def cells(self) -> tuple[str, ...]:
        """What is told, and of what."""
        return self.told

    def prove(self) -> Verdict:
        """Whether what is told is what is found."""
        if self.told[1:] == self.found:
            return Proved("reading the inputs and the rule")
        words = (", ".join(self.told[1:]), ", ".join(self.found))
        return Refuted(Witness({}, Integer(1), Integer(0), *words), "reading the inputs and the rule")


def side_by_side(
    work: Work, rule: str, vocabulary: Sequence[str], inputs: Mapping[str, str], keys: tuple[str, str]
) -> Verdict:
    """State what the rule asks for after each of two inputs, and which keys they have, whatever their order.

    >>> twins = {"A B A": "nothing", "B A A": "B"}
    >>> work = Work("mine/twins", "Two inputs")
    >>> side_by_side(work, "A X -> B", "AB", twins, ("A, A, B", "A, A, B")).method
    'reading the inputs and the rule'
    >>> bool(side_by_side(work, "A X -> B", "AB", twins | {"B A A": "A"}, ("A, A, B", "A, A, B")))
    False
    """
    book = RuleBook(read_rules([rule], tuple(vocabulary)), tuple(vocabulary))
    first, second = (text.split() for text in inputs)
    of_first, of_second = inputs.values()
    rows = [
        InputsRow(("keys, in any order", *keys), (_sorted(first), _sorted(second))),
        InputsRow(("the last", first[-1], second[-1]), (first[-1], second[-1])),
        InputsRow(("asked for", of_first, of_second), (_asked(book, first), _asked(book, second))),
    ]
    header = [rf"${text}$".replace(" ", r"\,") for text in inputs]
    return work.table("Two inputs that the rule tells apart.", ("", *header), rows)


def _sorted(tokens: Sequence[str]) -> str:
    return ", ".join(sorted(tokens))


def _asked(book: RuleBook, tokens: Sequence[str]) -> str:
    shares = book.asked(tokens)
    return ", ".join(name if share == 1 else f"{share} {name}" for name, share in shares.items()) or "nothing"


def _marked(name: str, mark: str) -> str:
    return f"{name}^{mark}" if mark else name
