"""What names mean: directions of the stream, what the writer has defined or declared, and what needs no declaration.

>>> scope = Scope()
>>> scope.scalar("lambda_0").is_positive, scope.scalar("q").is_positive, sorted(scope.assumed)
(True, None, ['q'])
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from sympy import E, Expr, Integer, Symbol, pi

from symcircuits import symbols
from symcircuits.algebra import ExactMatrix
from symcircuits.circuit import Residual, Sinusoids
from symcircuits.errors import BadValue
from symcircuits.grading.reading import limits
from symcircuits.grading.reading.vocabulary import GREEK, INDICES

_LABEL = re.compile(r"(?:\\mathrm\{([A-Za-z]+)\}|\\?([A-Za-z]+))_\{([0-9]+)\}")
_FLAG = re.compile(r"\\text\{([A-Za-z]+) (\w+)\}")
_SHAPE = re.compile(r"([0-9]{1,3})\s*x\s*([0-9]{1,3})")
_NUMBERED = re.compile(r"(alpha|lambda|beta)_([0-9]{1,4})")
_KNOWN = {"beta": symbols.beta, "Lg": symbols.Lg, "n": symbols.n, "m": symbols.m, "pi": pi, "e": E}
_POSITIVE = ("lambda", "d", "d_k", "d_head", "d_model", "d_h", "n_ctx")


@dataclass(frozen=True)
class Eye:
    """A multiple of the identity whose size its context gives."""

    factor: Expr = Integer(1)


Value: TypeAlias = Expr | ExactMatrix | Eye


class Scope:
    """The names of one submission; ``assumed`` are those taken for real numbers without a declaration.

    Raises ``BadValue`` for a declaration of an unknown kind.
    """

    def __init__(self, stream: Residual | None = None, declare: Mapping[str, str] | None = None) -> None:
        self.stream = stream or Residual(content=8, position=Sinusoids(4), v=16)
        self.directions = directions_of(self.stream)
        self.flags = flags_of(self.stream)
        self.defined: dict[str, Value] = {}
        self.bound: dict[str, Expr] = {}  # indices of sums, while these are read
        self.assumed: dict[str, Symbol] = {}
        self.nodes = 0
        self.sized: dict[str, tuple[int, int]] = {}  # matrices of which the size is declared, until they are used
        self.declared = {canonical(name) for name in declare or {}}
        for name, kind in (declare or {}).items():
            self._declare(canonical(name), kind)

    def _declare(self, name: str, kind: str) -> None:
        shape = _SHAPE.fullmatch(kind)
        words = set(kind.split())
        if shape:
            self.defined[name] = _unknown_matrix(name, int(shape[1]), int(shape[2]))
            self.sized[name] = int(shape[1]), int(shape[2])
        elif words and words <= {"real", "positive", "integer", "negative", "nonnegative", "number"}:
            assumptions = {word: True for word in words - {"number"}} or {"real": True}
            known = self._known(name)
            agrees = known is not None and all(getattr(known, f"is_{word}") is True for word in assumptions)
            self.defined[name] = known if known is not None and agrees else Symbol(name, **assumptions)
        else:
            raise BadValue(f"expected {name} to be declared as real, positive, integer or 4x4, got {kind[:40]!r}")

    def is_known(self, key: str) -> bool:
        """Whether a name means something without being assumed."""
        return key in self.defined or key in self.bound or self._known(key) is not None

    def value_of(self, key: str) -> Value:
        """The value that the writer has given it; from then on a declared matrix is a fixed one."""
        self.sized.pop(key, None)
        return self.defined[key]

    def is_defined(self, key: str) -> bool:
        """Whether the writer has given it a value, or declared it."""
        return key in self.defined

    def is_matrix(self, key: str) -> bool:
        """Whether the writer's name stands for a matrix."""
        return isinstance(self.defined.get(key), ExactMatrix | Eye)

    def scalar(self, key: str) -> Expr:
        """A scalar that nobody has defined: known, or assumed to be real."""
        known = self._known(key)
        if known is not None:
            return known
        return self.assumed.setdefault(key, symbols.real(key, "a real number", _latex(key)))

    def _known(self, key: str) -> Expr | None:
        if key in _KNOWN:
            return _KNOWN[key]
        if key in INDICES:
            return symbols.integer(key)
        if found := _NUMBERED.fullmatch(key):
            made = {"alpha": symbols.alpha, "lambda": symbols.lambda_, "beta": symbols.beta_}[found[1]]
            return made(int(found[2]))
        if key in _POSITIVE or key.startswith(("lambda_", "beta_")):
            return symbols.positive(key, "a positive number", _latex(key))
        if key.startswith("alpha"):
            return symbols.real(key, "an angle", _latex(key))
        return None


def canonical(name: str) -> str:
    r"""A name as it is written in front matter or by an exercise, in the form that names are kept in.

    >>> canonical("W_{out}^2"), canonical(r"\theta"), canonical(r"W_{\text{net}}"), canonical(r"\tilde W_V^2")
    ('W_O^2', 'theta', 'W_net', 'tilde W_V^2')
    """
    plain = re.sub(r"\\(?:text|mathrm|mathbf|operatorname)\s*", "", name.strip()).replace("\\", "")
    plain = re.sub(r"[{}]", "", plain)
    found = re.fullmatch(r"(.+?)\^\(?([0-9]+)\)?_(.+)", plain)
    plain = f"{found[1]}_{found[3]}^{found[2]}" if found else re.sub(r"\^\(([0-9]+)\)", r"^\1", plain)
    return re.sub(r"^W_out(?=\^|$)", "W_O", plain)


def directions_of(stream: Residual) -> dict[tuple[str, int], int]:
    """The place of every direction, by kind and number; a numbered stream has the kind ``e``. The one direction of a
    block that has no more goes by the name of the block, too.

    >>> directions_of(Residual(v=2))
    {('v', 0): 0, ('v', 1): 1}
    """
    found = {}
    for place, label in enumerate(stream.labels):
        if label.isdigit():
            found["e", int(label)] = place
        elif named := _LABEL.fullmatch(label):
            found[named[1] or named[2], int(named[3])] = place
    alone = {(name, 0): stream[name].places[0] for name in stream.names if len(stream[name]) == 1}
    return alone | found


def flags_of(stream: Residual) -> dict[tuple[str, str], int]:
    r"""The place of every direction whose name is a word and a token: ``is A``, which is written ``\text{is}_A``.

    >>> flags_of(Residual(token=(r"\text{is A}", r"\text{is BOS}")))
    {('is', 'A'): 0, ('is', 'BOS'): 1}
    """
    found = ((place, _FLAG.fullmatch(label)) for place, label in enumerate(stream.labels))
    return {(flag[1], flag[2]): place for place, flag in found if flag}


def _unknown_matrix(name: str, rows: int, columns: int) -> ExactMatrix:
    if not 0 < rows * columns <= limits.CELLS:
        raise BadValue(f"expected {name} to have 1 to {limits.CELLS} entries, got {rows} by {columns}")
    places = [(i, j) for i in range(rows) for j in range(columns)]
    entries = {(i, j): Symbol(f"{name}[{i},{j}]", real=True) for i, j in places}
    return ExactMatrix.from_entries((rows, columns), entries)


def _latex(key: str) -> str:
    base, _, below = key.partition("_")
    letter = rf"\{base}" if base in GREEK else base
    return rf"{letter}_{{{below}}}" if below else letter
