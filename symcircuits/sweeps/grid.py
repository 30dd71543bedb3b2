"""Ranges from text, and the grid of an axis for each of them.

>>> read_range("lin(0, 1, 5)").values.tolist(), read_range("8:64:28").values.tolist()
([0.0, 0.25, 0.5, 0.75, 1.0], [8.0, 36.0, 64.0])
>>> read_range("1/2, sqrt(2), 1e3").words
('1/2', 'sqrt(2)', '1e3')
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from sympy import Expr, Rational

from symcircuits.algebra.enclosures.nearest import nearest_float
from symcircuits.algebra.values import exact
from symcircuits.errors import BadValue, UnknownName
from symcircuits.exact import exact_integer, exact_value
from symcircuits.sweeps.spaced import LONG, PIECE, Spaced, Values

Kind: TypeAlias = Literal["symbol", "parameter", "n_ctx", "dtype"]
Given: TypeAlias = str | Sequence[object] | NDArray[Any]

DTYPES = ("float16", "float32", "float64")
MOST_POINTS = 10_000_000
MOST_BYTES = 2 * 2**30
LONGEST = 10**8  # points of one axis
_CALL = re.compile(r"\s*([A-Za-z_]\w*)\s*\((.*)\)\s*", re.DOTALL)


@dataclass(frozen=True, eq=False)
class Range:
    """The ``values`` of an axis as floats, or, of a list, the ``words`` that were written; ``text`` is all of it."""

    text: str
    values: Values
    words: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.words) or len(self.values)


@dataclass(frozen=True, eq=False)
class Axis:
    """One axis of a grid: its name, what kind of thing it is, its values in order, and the range as it was given."""

    name: str
    kind: Kind
    values: Values
    given: Given = ()

    def __len__(self) -> int:
        return len(self.values)


def read_range(given: Given, name: str = "the range") -> Range:
    """A range from text: ``lin(a, b, count)``, ``geom(a, b, count)``, ``a:b:step`` for whole numbers (``b`` is taken
    where a step ends on it), or a list with commas. A sequence or an array is taken as it is.

    The ends are exact numbers; points between them are rounded to floats. Raises ``BadValue`` for a range that is empty
    or falls, a ``geom`` that does not stay above zero, and a list in which a value comes twice.

    >>> read_range("geom(0, 1, 3)", "beta")
    Traceback (most recent call last):
        ...
    symcircuits.errors.BadValue: beta: geom(0, 1, 3) goes through zero; expected two positive ends
    """
    try:
        return _read(given)
    except (BadValue, UnknownName) as error:
        raise BadValue(f"{name}: {error}") from None


def _read(given: Given) -> Range:
    if not isinstance(given, str):
        return _listed([str(value) if isinstance(value, Expr) else value for value in given])
    call = _CALL.fullmatch(given)
    if call and call[1] in ("lin", "geom"):
        return _spaced(given.strip(), call[1], call[2].split(","))
    if call and "," in call[2] and not call[2].count(")"):
        raise UnknownName("range", call[1], ("lin", "geom"))
    if ":" in given:
        return _stepped(given.strip(), given.split(":"))
    words = [word.strip() for word in _outside_brackets(given)]
    if not any(words):
        raise BadValue("expected at least one value, got an empty range")
    if not all(words):
        raise BadValue(f"expected values with commas between them, got {given!r}")
    return _listed(words)


def _outside_brackets(text: str) -> list[str]:
    return re.split(r",(?![^()]*\))", text)


def _spaced(text: str, kind: str, arguments: list[str]) -> Range:
    if len(arguments) != 3:
        raise BadValue(f"expected {kind}(first, last, count), got {text!r}")
    low, high, count = exact_value(arguments[0]), exact_value(arguments[1]), exact_integer(arguments[2])
    if not 2 <= count <= LONGEST:
        raise BadValue(f"expected 2 to {LONGEST} points, got {text}")
    ends = nearest_float(low), nearest_float(high)
    if not ends[0] < ends[1]:
        raise BadValue(f"{text} does not rise; expected a first value below the last")
    if kind == "geom" and ends[0] <= 0:
        raise BadValue(f"{text} goes through zero; expected two positive ends")
    values = Spaced(*ends, count, kind == "geom")
    if not all((np.diff(values[first : first + PIECE + 1]) > 0).all() for first in range(0, count, PIECE)):
        raise BadValue("the points are closer together than floats are")
    return Range(text, values if count > LONG else values[:])


def _stepped(text: str, parts: list[str]) -> Range:
    if len(parts) not in (2, 3):
        raise BadValue(f"expected first:last:step, got {text!r}")
    low, high, step = (*(exact_integer(part) for part in parts), *([1] if len(parts) == 2 else []))
    if step < 1 or low > high:
        raise BadValue(f"{text} is empty; expected a first value up to the last, and a positive step")
    if (high - low) // step >= LONGEST:
        raise BadValue(f"{text} has more than {LONGEST} points")
    return Range(text, np.arange(low, high + 1, step, dtype=np.float64))


def _listed(values: Sequence[object]) -> Range:
    words = tuple(str(value) for value in values)
    if not words:
        raise BadValue("expected at least one value, got an empty range")
    twice = sorted({word for word in words if words.count(word) > 1}) if len(words) <= 1000 else []
    if twice:
        raise BadValue(f"{twice[0]} is there twice")
    if all(isinstance(value, int | float | np.number) for value in values):
        floats = np.array(values, dtype=np.float64)
        return Range(f"{words[0]}, ..., {words[-1]}" if len(words) > 8 else ", ".join(words), floats, words)
    return Range(", ".join(words), np.array([]), words)


def numbers(given: Range, name: str) -> Values:
    """The values of a range as finite floats, all different; raises ``BadValue``."""
    if isinstance(given.values, Spaced):
        return given.values  # they rise between two ends
    values = given.values if len(given.values) else np.array([_number(word, name) for word in given.words])
    if not np.isfinite(values).all():
        raise BadValue(f"{name}: expected finite numbers, got {values[~np.isfinite(values)][0]}")
    if len(np.unique(values)) < len(values):
        raise BadValue(f"{name}: a value is there twice")
    return values


def _number(word: str, name: str) -> float:
    try:
        return nearest_float(exact_value(word))
    except BadValue as error:
        raise BadValue(f"{name}: {error}") from None


def whole_numbers(given: Range, name: str) -> NDArray[np.int64]:
    """The values of a range as whole numbers; raises ``BadValue`` for another."""
    values = np.asarray(numbers(given, name))
    odd = values[values != np.round(values)]
    if len(odd):
        raise BadValue(f"{name}: expected whole numbers, got {odd[0]}")
    return values.astype(np.int64)


def check_size(axes: Sequence[Axis], measures: int, yes: bool) -> int:
    """The number of points; raises ``BadValue`` for more than is done without being asked twice."""
    points = prod(len(axis) for axis in axes)
    needed = 8 * points * measures
    if not yes and (points > MOST_POINTS or needed > MOST_BYTES):
        sizes = " x ".join(f"{len(axis)} {axis.name}" for axis in axes)
        raise BadValue(
            f"{sizes} are {points} points, {needed / 2**30:.1f} GiB of results; "
            f"the limit without --yes is {MOST_POINTS} points and {MOST_BYTES / 2**30:.0f} GiB"
        )
    return points


def exactly(value: float) -> Expr:
    """The rational number that a float is."""
    return exact(Rational(*float(value).as_integer_ratio()))
