"""Positions in the residual stream: what a token knows of its place, and how that place is moved along.

Every position has ``at(n)``, its column at token ``n``, and ``shift(k)``, the matrix that moves it by ``k`` tokens:
``shift(k) @ at(n) == at(n + k)``.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from sympy import Add, Expr, Integer, Rational, Symbol, cos, sin

from symcircuits import symbols
from symcircuits.algebra import ExactMatrix, column_of, exact
from symcircuits.errors import BadValue
from symcircuits.typeset.axes import Axis
from symcircuits.typeset.expressions import latex
from symcircuits.typeset.formulas import Name

Index: TypeAlias = Expr | int


class Position(Protocol):
    """What a residual stream needs of a position."""

    @property
    def free_symbols(self) -> set[Symbol]:
        """The symbols in the column of any token."""

    def axis(self) -> Axis:
        """The labelled directions."""

    def at(self, n: Index) -> ExactMatrix:
        """The column at token ``n``."""

    def shift(self, k: Index) -> ExactMatrix:
        """The matrix that moves a position by ``k`` tokens."""


class Waves(ABC):
    """A position made of frequency pairs, ``(scale_i cos(angle_i n), scale_i sin(angle_i n))``."""

    @property
    @abstractmethod
    def angles(self) -> tuple[Expr, ...]:
        """Radians per token of each pair."""

    @property
    @abstractmethod
    def scales(self) -> tuple[Expr, ...]:
        """The magnitude of each pair in the stream."""

    def weighted(self, term: Callable[[Expr], Expr]) -> Expr:
        """The sum over pairs of ``scale_i^2`` times a term of the angle: what scores and gaps of positions look like.

        >>> Sinusoids(1).weighted(lambda angle: 1 - cos(angle))
        lambda_0**2*(1 - cos(alpha_0))
        """
        return Add(*(scale**2 * term(angle) for scale, angle in zip(self.scales, self.angles, strict=True)))

    @property
    def free_symbols(self) -> set[Symbol]:
        """The symbols of the angles and magnitudes."""
        return {symbol for value in (*self.angles, *self.scales) for symbol in value.free_symbols}

    def axis(self) -> Axis:
        """Two directions for each pair."""
        blocks = [(rf"\alpha_{{{i}}}", (rf"\cos_{{{i}}}", rf"\sin_{{{i}}}")) for i in range(len(self.angles))]
        return Axis.of_blocks(*blocks)

    def at(self, n: Index) -> ExactMatrix:
        """The column of length ``2 pairs`` at token ``n``, a symbol or an integer."""
        waves = (
            (scale * cos(angle * n), scale * sin(angle * n))
            for angle, scale in zip(self.angles, self.scales, strict=True)
        )
        column = column_of((value for pair in waves for value in pair), self.axis())
        return column.named(Name(f"p({latex_index(n)})"))

    def shift(self, k: Index) -> ExactMatrix:
        """The rotation of every pair by its own angle times ``k``."""
        entries: dict[tuple[int, int], Expr] = {}
        for i, angle in enumerate(self.angles):
            c, s = cos(angle * k), sin(angle * k)
            entries |= {(2 * i, 2 * i): c, (2 * i, 2 * i + 1): -s, (2 * i + 1, 2 * i): s, (2 * i + 1, 2 * i + 1): c}
        size = 2 * len(self.angles)
        return ExactMatrix.from_entries((size, size), entries, self.axis(), self.axis())


@dataclass(frozen=True)
class Sinusoids(Waves):
    """Frequency pairs ``(lambda_i cos(alpha_i n), lambda_i sin(alpha_i n))``, ``lambda_0 >= lambda_1 >= ... > 0``.

    ``pairs`` is their number; the angles and magnitudes are symbols. The directions are ``u^cos_i, u^sin_i``.
    Raises ``BadValue`` for fewer than one pair.

    >>> from symcircuits.algebra import prove
    >>> from symcircuits.symbols import n
    >>> position = Sinusoids(2)
    >>> bool(prove(position.shift(1) @ position.at(n), position.at(n + 1)))
    True
    """

    pairs: int

    def __post_init__(self) -> None:
        if whole(self.pairs, "a number of frequency pairs") < 1:
            raise BadValue(f"expected at least one frequency pair, got {self.pairs}")

    @property
    def angles(self) -> tuple[Symbol, ...]:
        """``alpha_i``, radians per token."""
        return tuple(symbols.alpha(i) for i in range(self.pairs))

    @property
    def scales(self) -> tuple[Symbol, ...]:
        """``lambda_i``, the magnitude of each pair in the stream."""
        return tuple(symbols.lambda_(i) for i in range(self.pairs))

    def first(self, pairs: int) -> Sinusoids:
        """The ``pairs`` largest pairs; raises ``BadValue`` where there are not so many."""
        if not 1 <= pairs <= self.pairs:
            raise BadValue(f"expected 1 to {self.pairs} of the {self.pairs} frequency pairs, got {pairs}")
        return Sinusoids(pairs)

    def suggested(self, base: int = 10000) -> Mapping[Symbol, Expr]:
        """Values to run with: ``alpha_i = base^(-i / pairs)`` to three digits, magnitudes falling from 1.

        Raises ``BadValue`` for a base that is not above 1.

        >>> list(Sinusoids(3).suggested().values())
        [1, 29/625, 43/20000, 1, 3/4, 3/5]
        """
        if not base > 1:
            raise BadValue(f"expected a base of the frequencies above 1, got {base}")
        angles = {angle: _rounded(base ** (-i / self.pairs)) for i, angle in enumerate(self.angles)}
        return angles | {scale: Rational(self.pairs, self.pairs + i) for i, scale in enumerate(self.scales)}


@dataclass(frozen=True)
class Geometric(Waves):
    """Frequency pairs with ``alpha_i = base^(-i / pairs)`` and magnitude 1 each, exactly.

    ``base`` is a positive number or symbol. Raises ``BadValue`` for another, or for fewer than one pair.

    >>> Geometric(2, Integer(100)).angles
    (1, 1/10)
    """

    pairs: int
    base: Expr = Integer(10000)

    def __post_init__(self) -> None:
        if whole(self.pairs, "a number of frequency pairs") < 1:
            raise BadValue(f"expected at least one frequency pair, got {self.pairs}")
        object.__setattr__(self, "base", exact(self.base))
        if not self.base.is_positive:
            raise BadValue(f"expected a positive base of the frequencies, got {self.base}")

    @property
    def angles(self) -> tuple[Expr, ...]:
        """``base^(-i / pairs)``, radians per token."""
        return tuple(self.base ** Rational(-i, self.pairs) for i in range(self.pairs))

    @property
    def scales(self) -> tuple[Expr, ...]:
        """1 for each pair."""
        return (Integer(1),) * self.pairs


@dataclass(frozen=True)
class OneHot:
    """One direction for each of ``size`` token positions.

    Raises ``BadValue`` for fewer than one.

    >>> position = OneHot(4)
    >>> position.shift(1) @ position.at(2) == position.at(3)
    True
    """

    size: int

    def __post_init__(self) -> None:
        if whole(self.size, "a number of positions") < 1:
            raise BadValue(f"expected at least one position, got {self.size}")

    @property
    def free_symbols(self) -> set[Symbol]:
        """None."""
        return set()

    def axis(self) -> Axis:
        """One direction for each position."""
        return Axis.of_blocks((r"\mathrm{pos}", [rf"p_{{{i}}}" for i in range(self.size)]))

    def at(self, n: Index) -> ExactMatrix:
        """The unit column of length ``size`` at token ``n``; raises ``BadValue`` unless ``0 <= n < size``."""
        place = _as_integer(n, "a one-hot position")
        if not 0 <= place < self.size:
            raise BadValue(f"expected a position from 0 to {self.size - 1}, got {place}")
        column = ExactMatrix.from_entries((self.size, 1), {(place, 0): 1}, self.axis())
        return column.named(Name(f"p({place})"))

    def shift(self, k: Index) -> ExactMatrix:
        """The matrix that moves by ``k`` positions; what leaves the range is lost."""
        offset = _as_integer(k, "the shift of a one-hot position")
        places = {(i + offset, i): 1 for i in range(self.size) if 0 <= i + offset < self.size}
        return ExactMatrix.from_entries((self.size, self.size), places, self.axis(), self.axis())


@dataclass(frozen=True)
class Constant:
    """One direction that holds 1 at every token, so that a head can read something that is the same everywhere.

    It tells no two places apart: its shift is the identity.

    >>> Constant().at(7) == Constant().shift(5) @ Constant().at(2)
    True
    """

    @property
    def free_symbols(self) -> set[Symbol]:
        """None."""
        return set()

    def axis(self) -> Axis:
        """The one direction."""
        return Axis.of_blocks((r"\mathbf{1}", [r"\mathbf{1}"]))

    def at(self, n: Index) -> ExactMatrix:
        """The column ``[1]``, whatever the token."""
        return column_of([1], self.axis()).named(Name("1"))

    def shift(self, k: Index) -> ExactMatrix:
        """The identity ``[1, 1]``."""
        return ExactMatrix.from_entries((1, 1), {(0, 0): 1}, self.axis(), self.axis())


def latex_index(n: Index) -> str:
    """An index as LaTeX."""
    return str(n) if isinstance(n, int) else latex(n)


def whole(number: object, what: str) -> int:
    """A Python integer as it is; raises ``BadValue`` for anything else, a truth value too."""
    if isinstance(number, int) and not isinstance(number, bool):
        return number
    raise BadValue(f"expected a whole number for {what}, got {number!r}")


def _as_integer(n: Index, what: str) -> int:
    if isinstance(n, int | Integer) and not isinstance(n, bool):
        return int(n)
    raise BadValue(f"expected an integer for {what}, got {n}")


def _rounded(value: float) -> Expr:
    # Exact values in the symbolic half: a decimal is a fraction.
    return Rational(f"{value:.2e}")
