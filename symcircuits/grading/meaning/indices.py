r"""Subscripts that are reckoned with: indices of sums put in, ``2i + 1`` as its value, two indices of a delta.

>>> from sympy import Integer
>>> folded(("2", "i", "+", "1"), {"i": Integer(3)}, "alpha", 0), folded(("i", "j"), {"i": Integer(3)}, "a", 0)
('7', '3j')
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from sympy import Expr, Integer

from symcircuits.grading.reading.refusals import CannotRead

_SIGNS = {"+": 1, "-": -1}
_SINGLE = ("alpha", "lambda", "theta", "omega", "beta", "u", "v", "e")  # families with one index


def folded(below: Sequence[str], bound: Mapping[str, Expr], base: str, at: int) -> str:
    """The subscript as text, with the values of the indices put in. Raises ``CannotRead``."""
    return ",".join(_segment(segment, bound, base, at) for segment in _segments(below))


def two_indices(below: Sequence[str], value: Callable[[str], Expr | None], at: int) -> tuple[Expr, Expr] | None:
    """Both indices of a Kronecker delta; ``None`` where the subscript is a single one.

    ``value`` gives that of a letter, ``None`` for one that is no index. Raises ``CannotRead``.
    """
    parts = _segments(below)
    if len(parts) == 1:
        parts = _juxtaposed(parts[0])
    if len(parts) == 1:
        return None
    found = [_reckoned(part, value) for part in parts]
    if len(found) != 2 or found[0] is None or found[1] is None:
        raise CannotRead("a delta of something that is not two indices", at, r"write \delta_{n,m}")
    return found[0], found[1]


def reckoned_parts(below: Sequence[str], value: Callable[[str], Expr | None]) -> list[Expr] | None:
    """The indices of a subscript, ``n-1`` and the like reckoned out; ``None`` where something else occurs.

    >>> reckoned_parts(("n", ",", "n", "-", "1"), {"n": Integer(3)}.get)
    [3, 2]
    """
    parts = _segments(below)
    if len(parts) == 1 and not _SIGNS.keys() & set(parts[0]):
        parts = _juxtaposed(parts[0])
    found = [_reckoned(part, value) for part in parts]
    return [one for one in found if one is not None] if None not in found else None


def _segments(below: Sequence[str]) -> list[tuple[str, ...]]:
    segments: list[list[str]] = [[]]
    for part in below:
        if part == ",":
            segments.append([])
        else:
            segments[-1].append(part)
    return [tuple(segment) for segment in segments]


def _juxtaposed(segment: tuple[str, ...]) -> list[tuple[str, ...]]:
    """The parts of a subscript without signs, digits one by one."""
    if len(segment) == 1 and segment[0].isdigit():
        return [(digit,) for digit in segment[0]]
    return [(part,) for part in segment] if not {"+", "-"} & set(segment) else [segment, ()]


def _segment(segment: tuple[str, ...], bound: Mapping[str, Expr], base: str, at: int) -> str:
    inside = segment[1:-1] if segment[:1] == ("(",) and segment[-1:] == (")",) else segment
    letters = [part for part in inside if not (part.isdigit() or part in _SIGNS)]
    values = [bound[letter] for letter in letters if letter in bound]
    if any(not value.is_Integer for value in values):
        raise CannotRead("a subscript that a sum with symbolic bounds runs over", at, "write the sum out")
    if _SIGNS.keys() & set(inside):
        if len(values) < len(letters):
            return _half_known(inside, bound, at) if values else "".join(segment)
        value = _reckoned(inside, bound.get)
        if value is None or not value.is_nonnegative:
            raise CannotRead(f"the subscript {''.join(segment)} is negative or not known", at)
        return str(value)
    if not values:
        return "".join(segment)
    if len(inside) == 2 and inside[0].isdigit() and inside[1] in bound:
        if base not in _SINGLE:
            raise CannotRead(f"the subscript {''.join(inside)}", at, "write a comma between two indices")
        return str(int(inside[0]) * bound[inside[1]])
    texts = [str(bound.get(part, part)) for part in inside]
    return ("," if any(text.isdigit() and len(text) > 1 for text in texts) and len(texts) > 1 else "").join(texts)


def _half_known(inside: tuple[str, ...], bound: Mapping[str, Expr], at: int) -> str:
    """A letter and a number, with a sign between them."""
    if len(inside) != 3 or inside[0] in bound:
        raise CannotRead(f"the subscript {''.join(inside)}", at, "write the sum out")
    return "".join(str(bound.get(part, part)) for part in inside)


def _reckoned(segment: Sequence[str], value: Callable[[str], Expr | None]) -> Expr | None:
    """The value of a sum of whole numbers and indices; ``None`` where something else occurs."""
    total: Expr = Integer(0)
    sign, started = 1, False
    term: Expr | None = None
    for part in segment:
        if part in _SIGNS:
            if term is None and started:
                return None
            total += Integer(0) if term is None else sign * term
            sign, term, started = _SIGNS[part], None, True
            continue
        factor = Integer(part) if part.isdigit() else value(part)
        if factor is None or (term is not None and not term.is_Integer):
            return None
        term = factor if term is None else term * factor
    return None if term is None else total + sign * term
