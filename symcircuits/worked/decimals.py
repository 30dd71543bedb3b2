"""Rows of tables that tell numbers as decimals: what was computed exactly, after rounding.

>>> from sympy import exp
>>> row = RoundedRow(("e",), (exp(1), exp(-1)), ("2.718", "0.368"))
>>> row.cells(), bool(row.prove())
(('e', '$2.718$', '$0.368$'), True)
>>> bool(RoundedRow(("e",), (exp(1),), ("2.719",)).prove())
False
"""

from __future__ import annotations

from dataclasses import dataclass

from sympy import Rational

from symcircuits.algebra import Proved, Refuted, Undecided, Verdict, Witness, exact
from symcircuits.algebra.enclosures.witness import is_certainly_positive
from symcircuits.algebra.values import Exact
from symcircuits.circuit.positions import whole
from symcircuits.errors import BadValue
from symcircuits.exact import exact_value
from symcircuits.worked.bounds import prove_bound


@dataclass(frozen=True)
class RoundedRow:
    """Each value is within half a unit of the last digit of its decimal, such as ``"0.58"``.

    ``told`` are the other cells, and stand first. With ``places``, the unit is that of so many decimals, which may be
    more than are shown. Raises ``BadValue`` for decimals that are none, or another number of them than of values.

    >>> from sympy import exp
    >>> RoundedRow((), (1 / (1 + exp(-100)),), ("1",), places=43).prove().method
    'enclosures, within half a unit'
    """

    told: tuple[str, ...]
    values: tuple[Exact, ...]
    decimals: tuple[str, ...]
    places: int | None = None

    def __post_init__(self) -> None:
        if len(self.values) != len(self.decimals) or not self.values:
            count = len(self.values)
            raise BadValue(f"expected a decimal for each value, at least one, got {len(self.decimals)} for {count}")
        for decimal in self.decimals:
            if self.places is not None and whole(self.places, "places") < _places(decimal):
                raise BadValue(f"expected decimals of at most {self.places} places, got {decimal}")
            exact_value(decimal)

    def cells(self) -> tuple[str, ...]:
        """What is told, and the decimals."""
        return (*self.told, *(f"${decimal}$" for decimal in self.decimals))

    def prove(self) -> Verdict:
        """Whether every value rounds to its decimal; a refutation tells the first that does not."""
        undecided: Verdict | None = None
        for value, decimal in zip(self.values, self.decimals, strict=True):
            half = Rational(1, 2 * 10 ** (_places(decimal) if self.places is None else self.places))
            rounded = exact_value(decimal)
            both = _above(value, rounded - half), _above(rounded + half, value)
            if any(isinstance(verdict, Refuted) for verdict in both):
                witness = Witness({}, exact(value), rounded, str(exact(value)), decimal)
                return Refuted(witness, "enclosures, within half a unit")
            for verdict in both:
                if isinstance(verdict, Undecided) and undecided is None:  # a verdict is only true when proved
                    undecided = verdict
        return Proved("enclosures, within half a unit") if undecided is None else undecided


def _above(left: Exact, right: Exact) -> Verdict:
    """Whether one number is at least another: seldom more is needed than that enclosures of the two are apart."""
    if is_certainly_positive(exact(left) - exact(right)):
        return Proved("enclosure", equality_at=())
    return prove_bound(left, right)


def _places(decimal: str) -> int:
    """How many digits stand after the point."""
    return len(decimal.partition(".")[2])
