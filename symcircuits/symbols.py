r"""The one place that makes symbols: name, assumptions, LaTeX, meaning and place in a printed product.

A symbol made here twice is the same symbol; one made with ``sympy.Symbol`` and other assumptions is not.

>>> lambda_(0), lambda_(0).is_positive, latex_of(lambda_(0))
(lambda_0, True, '\\lambda_{0}')
>>> meaning_of(beta)
'scale of the scores (inverse temperature)'
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from sympy import Symbol


@dataclass(frozen=True)
class _Entry:
    latex: str
    meaning: str
    order: tuple[int, int, str]


_ENTRIES: dict[Symbol, _Entry] = {}
_NUMBERED = re.compile(r"(alpha|lambda|beta)_([0-9]{1,6})")
_FAMILIES = ("scale", "magnitude", "angle", "content", "other", "index")


def _make(name: str, latex: str, meaning: str, family: str, place: int = 0, **assumptions: bool) -> Symbol:
    symbol = Symbol(name, **assumptions)
    _ENTRIES[symbol] = _Entry(latex, meaning, (_FAMILIES.index(family), place, name))
    return symbol


beta = _make("beta", r"\beta", "scale of the scores (inverse temperature)", "scale", positive=True)
Lg = _make("Lg", r"\mathit{Lg}", "a large magnitude in a hand-made weight", "scale", 100, positive=True)
n = _make("n", "n", "position of the query", "index", 0, integer=True, nonnegative=True)
m = _make("m", "m", "position of the key", "index", 1, integer=True, nonnegative=True)

N = _make("N", "N", "number of tokens in a block that is repeated", "other", 1, integer=True, positive=True)


@cache
def beta_(head: int) -> Symbol:
    """The scale of the scores of one of several heads: ``beta_1``, ``beta_2``; positive."""
    return _make(
        f"beta_{head}", rf"\beta_{{{head}}}", f"scale of the scores of head {head}", "scale", 1 + head, positive=True
    )


@cache
def alpha(i: int) -> Symbol:
    """The angle, in radians per token, of frequency pair ``i``; real."""
    return _make(f"alpha_{i}", rf"\alpha_{{{i}}}", f"angle per token of frequency pair {i}", "angle", i, real=True)


@cache
def lambda_(i: int) -> Symbol:
    """The magnitude of frequency pair ``i`` in the residual stream; positive."""
    return _make(f"lambda_{i}", rf"\lambda_{{{i}}}", f"magnitude of frequency pair {i}", "magnitude", i, positive=True)


@cache
def coordinate(block: str, i: int, at: str, latex: str = "") -> Symbol:
    """Coordinate ``i`` of a block of the residual stream at a token position; real. ``latex`` is the block's.

    >>> latex_of(coordinate("c", 3, "n - 1"))
    'c_{3}^{(n - 1)}'
    """
    return _make(
        f"{block}_{i}^({at})",
        rf"{latex or block}_{{{i}}}^{{({at})}}",
        f"coordinate {i} of {block} at {at}",
        "content",
        i,
        real=True,
    )


@cache
def integer(name: str, meaning: str = "an integer") -> Symbol:
    """An integer symbol: an index, an offset, a number of periods."""
    if name in ("n", "m"):
        return {"n": n, "m": m}[name]
    return _make(name, _subscripted(name), meaning, "index", 2, integer=True)


@cache
def natural(name: str, meaning: str = "a positive integer") -> Symbol:
    """A positive integer symbol: a period, a number of tokens."""
    if name == "N":
        return N
    return _make(name, _subscripted(name), meaning, "other", 1, integer=True, positive=True)


@cache
def positive(name: str, meaning: str = "a positive number", latex: str = "") -> Symbol:
    """A positive real symbol, such as the total of some exponentials."""
    return _make(name, latex or name, meaning, "other", 0, positive=True)


@cache
def real(name: str, meaning: str = "a real number", latex: str = "") -> Symbol:
    """A real symbol: a number in a change of basis, an angle."""
    return _make(name, latex or name, meaning, "other", 0, real=True)


@cache
def weight(letter: str, i: int, j: int) -> Symbol:
    """Entry ``(i, j)`` of a matrix of which nothing is assumed; real. Raises ``ValueError`` for an index above 9.

    >>> weight("q", 0, 2), latex_of(weight("q", 0, 2))
    (q_02, 'q_{02}')
    """
    if not (0 <= i <= 9 and 0 <= j <= 9):
        raise ValueError(f"expected an entry from (0, 0) to (9, 9), got ({i}, {j})")
    return _make(f"{letter}_{i}{j}", f"{letter}_{{{i}{j}}}", f"entry ({i}, {j}) of a matrix", "other", 0, real=True)


def is_coordinate(symbol: Symbol) -> bool:
    """Whether a symbol stands for what a token holds in some direction."""
    entry = _ENTRIES.get(symbol)
    return entry is not None and entry.order[0] == _FAMILIES.index("content")


def latex_of(symbol: Symbol) -> str | None:
    """The declared LaTeX of a symbol, or ``None`` for one that was made elsewhere."""
    entry = _ENTRIES.get(symbol)
    return entry.latex if entry else None


def meaning_of(symbol: Symbol) -> str | None:
    """What a symbol stands for, in a line, or ``None`` for one that was made elsewhere."""
    entry = _ENTRIES.get(symbol)
    return entry.meaning if entry else None


def order_of(symbol: Symbol) -> tuple[int, int, str]:
    """Where a symbol stands in a printed product or sum: scales, magnitudes, angles, content, others, indices."""
    # The place of a symbol must not depend on whether somebody has made it here before.
    entry = _ENTRIES.get(symbol) or _numbered(symbol)
    if entry is not None:
        return entry.order
    family, place = ("other", 0)
    if symbol.is_integer:
        family, place = ("other", 1) if symbol.is_positive else ("index", 2)
    return (_FAMILIES.index(family), place, symbol.name)


def _numbered(symbol: Symbol) -> _Entry | None:
    match = _NUMBERED.fullmatch(symbol.name)
    if match is None:
        return None
    made = {"alpha": alpha, "lambda": lambda_, "beta": beta_}[match[1]](int(match[2]))
    return _ENTRIES[made] if made == symbol else None


def _subscripted(name: str) -> str:
    base, underscore, below = name.partition("_")
    return f"{base}_{{{below}}}" if underscore else name
