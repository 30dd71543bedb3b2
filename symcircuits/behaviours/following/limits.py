"""What a model makes of a sequence as a scale grows without bound: exactly, layer by layer.

Scores are polynomials in the scale. Of two that differ by more than a number the larger takes all attention of the
other, up to a remainder that falls exponentially; two that differ by a number ``d`` share it as ``e^d`` to 1. What a
later layer makes of such a remainder, a polynomial in the scale times it, falls exponentially too. So the limit of the
logits is what the layers make of the limits, one after another.

>>> from symcircuits.circuit import Residual
>>> from symcircuits.symbols import beta
>>> stream = Residual(token=2, said=2)
>>> read, write = stream.read("token"), stream.write("token")
>>> head = Head(W_Q=read, W_K=read, W_V=read, W_O=stream.write("said"), scale=beta)
>>> Limits(Transformer(((head,),), W_E=write, W_U=stream.read("said")), beta).logits((0, 1, 0))
(1, 0)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sympy import Add, Expr, S, Symbol, exp

from symcircuits.algebra import ExactMatrix, Proved, prove
from symcircuits.algebra.enclosures.witness import is_certainly_positive
from symcircuits.circuit import Head, Transformer
from symcircuits.errors import BadValue, NotSupported


@dataclass(frozen=True, eq=False)
class Score:
    """A polynomial in the scale: the factor of each power."""

    factors: Mapping[int, Expr]

    def factor(self, power: int) -> Expr:
        """The factor of a power, zero where there is none."""
        return self.factors.get(power, S.Zero)


@dataclass(frozen=True, eq=False)
class Column:
    """What the stream holds at a token, kept once for all tokens that hold the same."""

    values: tuple[Expr, ...]

    @property
    def matrix(self) -> ExactMatrix:
        """The same ``[d_model, 1]``."""
        return ExactMatrix.from_entries((len(self.values), 1), {(i, 0): value for i, value in enumerate(self.values)})


class Limits:
    """The logits of a model in the limit of a large ``scale``, with ``values`` for all its other symbols.

    Raises ``BadValue`` for a model without an unembedding. Its methods raise ``NotSupported`` for what has no limit of
    this kind: scores that are no polynomials in the scale, weights that write more the larger it is, symbols without a
    value, numbers that cannot be told apart, a query that sees the keys after it.
    """

    def __init__(self, model: Transformer, scale: Symbol, values: Mapping[Symbol, Expr] | None = None) -> None:
        if model.W_U is None:
            raise BadValue("logits are read by an unembedding, and this transformer has no W_U")
        numbers = _Numbers(scale, dict(values or {}))
        self._model, self._W_U, self._numbers = model, model.W_U.labelled(None, None), numbers
        self._layers = [[_Attention(head, numbers) for head in heads] for heads in model.layers]
        self._kept: dict[tuple[Expr, ...], Column] = {}
        self._columns: dict[tuple[int, tuple[int, ...]], Column] = {}
        self._sums: dict[tuple[Column, ...], Column] = {}
        self._logits: dict[Column, tuple[Expr, ...]] = {}

    def logits(self, tokens: Sequence[int]) -> tuple[Expr, ...]:
        """The logit of every token of the vocabulary after these."""
        if self._model.mask != "causal":
            raise NotSupported("limits are of a model in which no query sees the keys after it")
        last = self._column(len(self._layers), tuple(tokens))
        if last not in self._logits:
            self._logits[last] = self._numbers.fixed(self._W_U @ last.matrix)
        return self._logits[last]

    def _column(self, layer: int, tokens: tuple[int, ...]) -> Column:
        """What the stream holds at the last of these tokens, before a layer."""
        known = (layer, tokens if layer else (len(tokens) - 1, tokens[-1]))
        if known not in self._columns:
            self._columns[known] = self._after(layer - 1, tokens) if layer else self._embedded(*known[1])
        return self._columns[known]

    def _embedded(self, place: int, token: int) -> Column:
        here = self._model.place_columns(place + 1).take_columns([place]).labelled(None, None)
        return self._keep(self._numbers.fixed(self._model.W_E.take_columns([token]).labelled(None, None) + here))

    def _after(self, layer: int, tokens: tuple[int, ...]) -> Column:
        keys = [self._column(layer, tokens[:end]) for end in range(1, len(tokens) + 1)]
        parts = (keys[-1], *(head.added(keys) for head in self._layers[layer]))
        if parts not in self._sums:
            columns = (part.values for part in parts)
            self._sums[parts] = self._keep(tuple(Add(*values) for values in zip(*columns, strict=True)))
        return self._sums[parts]

    def _keep(self, values: tuple[Expr, ...]) -> Column:
        return self._kept.setdefault(values, Column(values))


class _Attention:
    """A head in the limit."""

    def __init__(self, head: Head, numbers: _Numbers) -> None:
        self._head, self._numbers = head, numbers
        self._scores: dict[tuple[Column, Column, int], Score] = {}
        self._queries: dict[Column, ExactMatrix] = {}
        self._keys: dict[Column, ExactMatrix] = {}
        self._moved: dict[Column, tuple[Expr, ...]] = {}
        self._means: dict[frozenset[tuple[Column, Expr]], Column] = {}

    def added(self, keys: Sequence[Column]) -> Column:
        """What the head adds at the last of these tokens."""
        shares = self._shares(keys)
        known = frozenset(shares.items())
        if known not in self._means:
            whole = Add(*shares.values())
            weighted = ([value * weight for value in self._moves(key)] for key, weight in shares.items())
            self._means[known] = Column(tuple(Add(*part) / whole for part in zip(*weighted, strict=True)))
        return self._means[known]

    def _shares(self, keys: Sequence[Column]) -> dict[Column, Expr]:
        """The keys that share all attention of the last token in the limit, each with the sum of its weights."""
        scores = [self._score(keys[-1], key, place - len(keys) + 1) for place, key in enumerate(keys)]
        best: list[int] = []
        for place, score in enumerate(scores):
            ahead = self._numbers.ahead(score, scores[best[0]]) if best else 1
            best = [place] if ahead > 0 else best if ahead < 0 else [*best, place]
        shares: dict[Column, Expr] = {}
        for place in best:
            weight = exp(scores[place].factor(0) - scores[best[0]].factor(0)) if len(best) > 1 else S.One
            shares[keys[place]] = shares.get(keys[place], S.Zero) + weight
        return shares

    def _score(self, query: Column, key: Column, distance: int) -> Score:
        known = (query, key, 0 if self._head.rotary is None else distance)
        if known not in self._scores:
            if self._head.rotary is None:
                score = self._head.scale * _dot(self._asks(query), self._holds(key))
            else:
                score = self._head.score(query.matrix, key.matrix, at=(0, distance))  # the distance alone matters
            self._scores[known] = self._numbers.by_power(score)
        return self._scores[known]

    def _asks(self, query: Column) -> ExactMatrix:
        if query not in self._queries:
            self._queries[query] = self._head.query(query.matrix)
        return self._queries[query]

    def _holds(self, key: Column) -> ExactMatrix:
        if key not in self._keys:
            self._keys[key] = self._head.key(key.matrix)
        return self._keys[key]

    def _moves(self, key: Column) -> tuple[Expr, ...]:
        if key not in self._moved:
            moved = (self._head.writes() @ self._head.value(key.matrix)).labelled(None, None)
            bias = self._head.b_O
            self._moved[key] = self._numbers.fixed(moved if bias is None else moved + bias.labelled(None, None))
        return self._moved[key]


def _dot(one: ExactMatrix, other: ExactMatrix) -> Expr:
    """The product of two columns."""
    return Add(*(value * other[place] for place, value in one.entries.items() if place in other.entries))


class _Numbers:
    """What is known of the numbers of a model whose one symbol is the scale."""

    def __init__(self, scale: Symbol, values: Mapping[Symbol, Expr]) -> None:
        self._scale, self._values = scale, values
        self._ahead: dict[tuple[Score, Score], int] = {}

    def fixed(self, matrix: ExactMatrix) -> tuple[Expr, ...]:
        """The one column of a matrix, which must not depend on the scale."""
        column = tuple(matrix[i, 0].xreplace(self._values) for i in range(matrix.shape[0]))
        _check(column)
        return column

    def by_power(self, score: Expr) -> Score:
        """A score by the powers of the scale."""
        found: dict[int, list[Expr]] = {}
        for term in Add.make_args(score.xreplace(self._values).expand()):
            factor, power = term.as_coeff_exponent(self._scale)
            if factor.has(self._scale) or not (power.is_Integer and power >= 0):
                raise NotSupported(f"the score {score} is no polynomial in {self._scale}")
            found.setdefault(int(power), []).append(factor)
        powers = {power: Add(*factors) for power, factors in found.items()}
        _check(powers.values())
        return Score(powers)

    def ahead(self, one: Score, other: Score) -> int:
        """1 or -1 where one of two scores is ahead by more than any number in the end, 0 where neither is."""
        if one is other:
            return 0
        if (one, other) not in self._ahead:
            powers = sorted({*one.factors, *other.factors} - {0}, reverse=True)
            signs = (sign_of(one.factor(power) - other.factor(power)) for power in powers)
            self._ahead[one, other] = next((sign for sign in signs if sign), 0)
        return self._ahead[one, other]


def sign_of(number: Expr) -> int:
    """1, 0 or -1, by enclosures and the normal form; raises ``NotSupported`` where neither tells.

    >>> from sympy import sqrt
    >>> sign_of(sqrt(2) - 1), sign_of((1 + sqrt(2)) ** 2 - 3 - 2 * sqrt(2))
    (1, 0)
    """
    if number.is_Rational:
        return int(number.p > 0) - int(number.p < 0)
    if isinstance(prove(number, S.Zero), Proved):
        return 0
    for sign in (1, -1):
        if is_certainly_positive(sign * number):
            return sign
    raise NotSupported(f"{number} is not told from 0")


def _check(values: Iterable[Expr]) -> None:
    for value in values:
        if value.free_symbols:
            names = ", ".join(sorted(symbol.name for symbol in value.free_symbols))
            raise NotSupported(f"{value} depends on {names}, and no limit of it is known")
