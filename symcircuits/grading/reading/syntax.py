"""What a formula is read as, before its names mean anything. Every node knows the offset at which it stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True)
class Number:
    """Digits, perhaps with a point."""

    at: int
    text: str


@dataclass(frozen=True)
class Named:
    """A name with what hangs on it.

    ``below`` are the parts of its subscript, ``label`` is a superscript that is a word or a whole number, ``power`` any
    other superscript, ``turn`` is ``T``, ``-1`` or ``-T``.
    """

    at: int
    base: str
    below: tuple[str, ...] = ()
    label: str = ""
    power: Node | None = None
    turn: str = ""


@dataclass(frozen=True)
class Total:
    """A sum: terms with their signs."""

    at: int
    terms: tuple[tuple[int, Node], ...]


@dataclass(frozen=True)
class Product:
    """A product, in the order written; ``called`` are the names that a bracket follows, which may be functions."""

    at: int
    factors: tuple[Node, ...]
    called: tuple[Named, ...] = ()


@dataclass(frozen=True)
class Quotient:
    """A fraction."""

    at: int
    top: Node
    bottom: Node


@dataclass(frozen=True)
class Power:
    """A power of something in brackets, or of a number."""

    at: int
    base: Node
    exponent: Node


@dataclass(frozen=True)
class Turned:
    """The transpose, the inverse or both of something in brackets."""

    at: int
    base: Node
    turn: str


@dataclass(frozen=True)
class Call:
    """A function; ``base`` is that of a logarithm, or the degree of a root, ``bare`` says that its argument stands
    without brackets."""

    at: int
    function: str
    argument: Node
    base: Node | None = None
    bare: bool = False


@dataclass(frozen=True)
class Tensor:
    """A tensor product."""

    at: int
    left: Node
    right: Node


@dataclass(frozen=True)
class Grid:
    """A matrix as it is written out; ``None`` is an empty cell."""

    at: int
    rows: tuple[tuple[Node | None, ...], ...]


@dataclass(frozen=True)
class Dots:
    """A cell that stands for those left out: ``dots``, ``vdots`` or ``ddots``."""

    at: int
    kind: str


@dataclass(frozen=True)
class Condition:
    """An order of two formulas, under which a case holds."""

    left: Node
    relation: str
    right: Node


@dataclass(frozen=True)
class Case:
    """A value, and its conditions; ``None`` for all other cases."""

    value: Node
    condition: tuple[Condition, ...] | None


@dataclass(frozen=True)
class Cases:
    """Values told apart by cases; the first that holds counts."""

    at: int
    rows: tuple[Case, ...]


@dataclass(frozen=True)
class Diagonal:
    """A matrix given by its diagonal."""

    at: int
    cells: tuple[Node, ...]


@dataclass(frozen=True)
class Zeros:
    """A block of zeros of a size that is written below it."""

    at: int
    rows: int
    columns: int


@dataclass(frozen=True)
class Series:
    """A sum over an index."""

    at: int
    index: str
    low: Node
    high: Node
    body: Node


Node: TypeAlias = (
    Number
    | Named
    | Total
    | Product
    | Quotient
    | Power
    | Turned
    | Call
    | Tensor
    | Grid
    | Dots
    | Cases
    | Diagonal
    | Series
    | Zeros
)
