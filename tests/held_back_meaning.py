"""What a snippet of the held-back corpus means, in SymPy and plain Python alone: nothing of the reader is used.

A meaning is a function of the values of the names, so that two ways of writing the same thing mean the same thing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sympy import Expr, Integer, Matrix, Rational, exp, sympify, zeros

WIDTH = 18  # the coordinates that a direction of the residual stream is given

# Names as a meaning spells them: `W_Q^1` has head 1, `W_O` is `W_{out}`, `u^cos_0` is a row, `tilde W_Q` has its mark.
Values = Mapping[str, Expr | Matrix]
Meaning = Callable[[Values], Expr | Matrix]


@dataclass(frozen=True)
class Statement:
    """A chain: its sides, each a meaning or the name that is defined, and the relations between them."""

    sides: tuple[Meaning | str, ...]
    relations: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Snippet:
    """A piece of a submission as a person writes it, with what it means or the place where it must be refused.

    ``text`` is the body without front matter. Where ``refused`` tells a reason, the text marks by « and » the place
    that a reader must point at; the marks are not part of the text.
    """

    name: str
    marked: str
    means: tuple[Statement, ...] = ()
    declares: Mapping[str, str] = field(default_factory=dict)
    exercise: str | None = None
    convention: str = "columns"
    whole: frozenset[str] = frozenset()  # names of whole numbers, besides n, m, i, j, k, N
    suffix: str = ".md"
    refused: str = ""

    @property
    def text(self) -> str:
        return self.marked.replace("«", "").replace("»", "")

    @property
    def refused_at(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """The first and the last place that may be pointed at, each as (line, column) from 1."""
        first, last = self.marked.index("«"), self.marked.index("»") - 1
        return _place(self.text, first), _place(self.text, last - 1)


def _place(text: str, offset: int) -> tuple[int, int]:
    before = text[:offset]
    return before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1


def says(*parts: Meaning | str) -> Statement:
    """A chain, in the order in which it is written: side, relation, side, relation, side."""
    relations = tuple(str(part) for part in parts[1::2])
    return Statement(parts[::2], relations)


def number(value: int | str) -> Meaning:
    """A number: what ``0.25`` or ``7/2`` means, exactly."""
    return lambda s: Rational(value)


def name(spelled: str) -> Meaning:
    """The value of a name that is known already."""
    return lambda s: s[spelled]


def rows(*lines: list) -> Matrix:
    """A matrix of its rows."""
    return Matrix([[sympify(entry) for entry in line] for line in lines])


def ones_at(n_rows: int, n_columns: int, *places: tuple[int, int]) -> Matrix:
    """A matrix of zeros with a one at each of the places, counted from 0."""
    made = zeros(n_rows, n_columns)
    for place in places:
        made[place] = Integer(1)
    return made


def stack(*directions: Matrix) -> Matrix:
    """Directions as rows, one under the other."""
    return Matrix.vstack(*directions)


def nothing() -> Matrix:
    """The zero row of a stack."""
    return zeros(1, WIDTH)


def softmax(row: Matrix) -> Matrix:
    """The softmax of a row, from its definition."""
    total = sum(exp(entry) for entry in row)
    return row.applyfunc(lambda entry: exp(entry) / total)


def turn(cosine: Expr, sine: Expr) -> Matrix:
    """The 2x2 turn by the angle with this cosine and sine, anticlockwise."""
    return Matrix([[cosine, -sine], [sine, cosine]])


def kronecker(left: Matrix, right: Matrix) -> Matrix:
    """The Kronecker product, from its definition."""
    return Matrix(
        left.rows * right.rows,
        left.cols * right.cols,
        lambda i, j: left[i // right.rows, j // right.cols] * right[i % right.rows, j % right.cols],
    )
