"""Attention heads, as the four matrices they are made of.

Columns, as in the transformer-circuits framework: ``W_Q, W_K, W_V`` are ``d_head x d_model``, ``W_O`` is
``d_model x d_head``; the score of query ``n`` on key ``m`` is ``x_n^T W_Q^T W_K x_m * scale``. With rotary positions
a turn stands between query and key: ``x_n^T W_Q^T shift(m - n) W_K x_m * scale``. Biases are columns, and are added to
what their weights give: ``b_Q, b_K, b_V`` to queries, keys and values, ``b_O`` to what is written.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TypeAlias

from sympy import Dummy, Expr, S, Symbol

from symcircuits.algebra import ExactMatrix, Factored, exact, prove
from symcircuits.circuit.positions import Index
from symcircuits.circuit.rotary import Rotary
from symcircuits.circuit.spaces import Residual
from symcircuits.circuit.tables import Tables
from symcircuits.errors import BadValue, ShapeMismatch
from symcircuits.typeset.expressions import latex
from symcircuits.typeset.formulas import Formula, Product, Scalar, Transpose

WEIGHTS = ("W_Q", "W_K", "W_V", "W_O")
BIASES = ("b_Q", "b_K", "b_V", "b_O")
Basis: TypeAlias = tuple[ExactMatrix, ExactMatrix]
Places: TypeAlias = tuple[Index, Index]


@dataclass(frozen=True)
class Head(Tables):
    """One attention head; ``W_Q`` with ``W_K``, or ``W_V`` with ``W_O``, may be left out where an exercise leaves them.

    ``scale`` multiplies the scores, exactly; ``rotary`` turns queries and keys by their places. A bias is a column
    ``[d_head, 1]``, ``b_O`` one ``[d_model, 1]``; each may be left out. Raises ``BadValue`` for half a pair, a bias
    without its weight or a rotary position without queries and keys, ``ShapeMismatch`` for matrices that do not fit.

    >>> stream = Residual(content=2, v=2)
    >>> head = Head(W_V=stream.read("content"), W_O=stream.write("v"))
    >>> head.W_OV.rank(), head.d_head, head.d_model
    (2, 2, 4)
    """

    W_Q: ExactMatrix | None = None
    W_K: ExactMatrix | None = None
    W_V: ExactMatrix | None = None
    W_O: ExactMatrix | None = None
    scale: Expr = field(default=S.One)
    name: str = ""
    rotary: Rotary | None = None
    b_Q: ExactMatrix | None = None
    b_K: ExactMatrix | None = None
    b_V: ExactMatrix | None = None
    b_O: ExactMatrix | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "scale", exact(self.scale))
        for first, second in (("W_Q", "W_K"), ("W_V", "W_O")):
            if (getattr(self, first) is None) != (getattr(self, second) is None):
                raise BadValue(f"a head has both {first} and {second}, or neither")
        if not self.weights():
            raise BadValue("a head needs W_Q and W_K, or W_V and W_O")
        self._check_shapes()
        self._check_directions()
        if self.rotary is not None:
            if self.W_Q is None:
                raise BadValue("rotary positions turn queries and keys; this head has no W_Q and W_K")
            self.rotary.axis(self.d_head)
        self._check_biases()

    def _check_shapes(self) -> None:
        for first, second in ((self.W_Q, self.W_K), (self.W_V, self.W_O and self.W_O.T), (self.W_Q, self.W_V)):
            if first is None or second is None:
                continue
            same_head = first is self.W_Q and second is self.W_V
            if first.shape[1] != second.shape[1] or (not same_head and first.shape[0] != second.shape[0]):
                raise ShapeMismatch(f"{first.describe()} and {second.describe()} do not fit in one head")

    def _check_directions(self) -> None:
        axes = [(name, weight.rows if name == "W_O" else weight.columns) for name, weight in self.weights().items()]
        named = [(name, axis) for name, axis in axes if axis is not None]
        for name, axis in named[1:]:
            if not axis.fits(named[0][1]):
                raise ShapeMismatch(f"{named[0][0]} and {name} of one head name different directions of the stream")

    def _check_biases(self) -> None:
        for name, bias in self.biases().items():
            weight: ExactMatrix | None = getattr(self, name.replace("b", "W"))
            if weight is None:
                raise BadValue(f"{name} needs {name.replace('b', 'W')}, and this head has none")
            if bias.shape != (weight.shape[0], 1):
                raise ShapeMismatch(
                    f"{name} must be {weight.shape[0]} by 1, as {weight.describe()}; got {bias.describe()}"
                )
            if bias.rows is not None and weight.rows is not None and not bias.rows.fits(weight.rows):
                raise ShapeMismatch(f"{name} and {weight.describe()} name different directions")

    def weights(self) -> dict[str, ExactMatrix]:
        """The matrices that this head has, by name."""
        return {name: weight for name in WEIGHTS if (weight := getattr(self, name)) is not None}

    def biases(self) -> dict[str, ExactMatrix]:
        """The biases that this head has, by name."""
        return {name: bias for name in BIASES if (bias := getattr(self, name)) is not None}

    def query(self, x: ExactMatrix) -> ExactMatrix:
        """``W_Q x + b_Q`` for a column, or for a column for each token. Raises ``BadValue`` for a head without them."""
        return self._read("W_Q", x)

    def key(self, x: ExactMatrix) -> ExactMatrix:
        """``W_K x + b_K``; see ``query``."""
        return self._read("W_K", x)

    def value(self, x: ExactMatrix) -> ExactMatrix:
        """``W_V x + b_V``; see ``query``. Raises ``BadValue`` without values."""
        return self._read("W_V", x)

    def _read(self, name: str, x: ExactMatrix) -> ExactMatrix:
        weight: ExactMatrix | None = getattr(self, name)
        if weight is None:
            raise BadValue("this head has no W_V and W_O" if name == "W_V" else "this head has no W_Q and W_K")
        return _plus(weight @ x, getattr(self, name.replace("W", "b")))

    @property
    def d_model(self) -> int:
        """The number of directions of the residual stream."""
        return self._reader().shape[1]

    @property
    def d_head(self) -> int:
        """The number of dimensions of the queries and keys, or of the values where there are none."""
        return self._reader().shape[0]

    def _reader(self) -> ExactMatrix:
        reader = self.W_V if self.W_Q is None else self.W_Q
        if reader is None:
            raise BadValue("a head needs W_Q and W_K, or W_V and W_O")
        return reader

    @property
    def stream(self) -> Residual:
        """The residual stream that the columns of the weights name; raises ``BadValue`` where they name none."""
        if isinstance(axis := self._reader().columns, Residual):
            return axis
        raise BadValue(f"{self._reader().describe()} was not made from a residual stream, so its columns have no names")

    @property
    def is_turned(self) -> bool:
        """Whether rotary positions turn some dimensions that both queries and keys fill, so that no one matrix gives
        the scores."""
        turned = 0 if self.rotary is None else self.rotary.size
        return all(any(row < turned for row, _ in weight.entries) for weight in self._attending())

    @property
    def W_QK(self) -> Factored:  # noqa: N802  (the name of the field)
        """``W_Q^T W_K``, ``d_model x d_model``, kept factored. Raises ``BadValue`` without queries and keys, and where
        rotary positions turn what is read, so that no one matrix gives the scores."""
        W_Q, W_K = self._attending()
        if self.is_turned:
            raise BadValue("with rotary positions W_QK depends on the distance of the key: ask for it with W_QK_at")
        return Factored(W_Q.T, W_K)

    def W_QK_at(self, distance: Index) -> Factored:
        """``W_Q^T shift(distance) W_K``, which gives the scores of a key ``distance = m - n`` tokens on; without rotary
        positions it is the same for every key. Raises ``BadValue`` without queries and keys."""
        W_Q, W_K = self._attending()
        return Factored(W_Q.T if self.rotary is None else W_Q.T @ self.rotary.shift(distance, self.d_head), W_K)

    def _attending(self) -> tuple[ExactMatrix, ExactMatrix]:
        if self.W_Q is None or self.W_K is None:
            raise BadValue("this head has no W_Q and W_K")
        return self.W_Q, self.W_K

    @property
    def W_OV(self) -> Factored:  # noqa: N802  (the name of the field)
        """``W_O W_V``, also called ``W_net``, ``d_model x d_model``, factored. Raises ``BadValue`` without values."""
        W_V, W_O = self._moving()
        return Factored(W_O, W_V)

    def _moving(self) -> tuple[ExactMatrix, ExactMatrix]:
        if self.W_V is None or self.W_O is None:
            raise BadValue("this head has no W_V and W_O")
        return self.W_V, self.W_O

    def key_bias(self) -> ExactMatrix:
        """``W_K^T b_Q``, ``[d_model, 1]``: what a key scores whatever the query is, before the scale.

        What ``b_K`` adds is the same for every key, and a softmax does not feel it. Raises ``BadValue`` for a head with
        biases and rotary positions, where both depend on the places.
        """
        _, W_K = self._attending()
        if self.rotary is not None and (self.b_Q is not None or self.b_K is not None):
            raise BadValue("with rotary positions what a bias adds to a score depends on the places")
        return ExactMatrix.zeros(self.d_model, 1) if self.b_Q is None else W_K.T @ self.b_Q

    def constant(self) -> ExactMatrix:
        """``W_O b_V + b_O``, ``[d_model, 1]``: what the head writes whatever it attends to; zero without biases.

        Raises ``BadValue`` without values.

        >>> stream = Residual(v=1)
        >>> one = ExactMatrix.from_rows([[1]])
        >>> Head(W_V=stream.read("v"), W_O=stream.write("v") * 3, b_V=one, b_O=one).constant()[0, 0]
        4
        """
        _, W_O = self._moving()
        moved = ExactMatrix.zeros(self.d_model, 1) if self.b_V is None else W_O @ self.b_V
        return _plus(moved, self.b_O)

    def score(self, query: ExactMatrix, key: ExactMatrix, at: Places | None = None) -> Expr:
        """``query^T W_QK key * scale`` for two columns of length ``d_model``: what the softmax is taken of.

        With biases it is ``(W_Q query + b_Q)^T (W_K key + b_K) * scale``. ``at`` are the places of the two tokens,
        ``(n, m)``, by which rotary positions turn them; raises ``BadValue`` where these are needed and not given.
        """
        asked, told = self.query(query), self.key(key)
        if self.rotary is not None:
            told = self.rotary.shift(self._distance(at), self.d_head) @ told
        return (asked.T @ told).scalar() * self.scale

    def score_at(self, query: Index, key: Index) -> Expr:
        """The score of token ``query`` on token ``key`` of the head's stream, whatever they hold."""
        return self.score(self.stream.at(query), self.stream.at(key), at=(query, key))

    def scores(self, x: ExactMatrix) -> ExactMatrix:
        """The scores ``[n_ctx, n_ctx]`` of every query (row) on every key (column) of a stream ``[d_model, n_ctx]``,
        before the mask. Raises ``BadValue`` without queries and keys."""
        queries, keys = self.query(x), self.key(x)  # [d_head, d_model], [d_model, n_ctx] -> [d_head, n_ctx]
        if self.rotary is not None:
            queries, keys = (self.rotary.turned(part) for part in (queries, keys))
        return queries.T @ keys * self.scale  # [n_q, d_head], [d_head, n_k] -> [n_q, n_k]

    def output(self, x: ExactMatrix, pattern: ExactMatrix) -> ExactMatrix:
        """What the head adds to a stream ``[d_model, n_ctx]``, given its pattern ``[n_ctx, n_ctx]``.

        Raises ``BadValue`` without values.
        """
        if self.W_O is None or self.b_V is None:
            return _plus((self.W_OV @ x).expand() @ pattern.T, self.b_O)
        return _plus(self.W_O @ self.value(x) @ pattern.T, self.b_O)

    def score_formula(self, query: ExactMatrix, key: ExactMatrix, at: Places | None = None) -> Formula | None:
        """How a score is put together, ``scale query^T W_Q^T W_K key``; ``None`` where a part has no name.

        ``None`` too for a head with biases, whose score has more terms.
        """
        parts = [None if matrix is None else matrix.formula for matrix in (query, self.W_Q, self.W_K, key)]
        if any(part is None for part in parts) or self.b_Q is not None or self.b_K is not None:
            return None
        x, W_Q, W_K, y = (part for part in parts if part is not None)
        scale = () if self.scale is S.One else (Scalar(latex(self.scale)),)
        turn = () if self.rotary is None else (self.rotary.turn(self._distance(at)),)
        return Product((*scale, Transpose(x), Transpose(W_Q), *turn, W_K, y))

    def _distance(self, at: Places | None) -> Index:
        if at is None:
            raise BadValue("a score with rotary positions depends on the places of the two tokens: give at=(n, m)")
        return at[1] - at[0]

    def moved(self, queries: Basis | None = None, values: Basis | None = None) -> Head:
        """The same head in other bases (a gauge move); each basis is a matrix ``G`` with its inverse.

        ``queries`` takes ``(W_Q, W_K)`` to ``(G W_Q, G^-T W_K)``, ``values`` takes ``(W_V, W_O)`` to
        ``(G W_V, W_O G^-1)``; ``W_QK`` and ``W_OV`` stay as they are. Raises ``BadValue`` for a pair that is not proved
        to be inverse (or, with rotary positions, a ``G^T`` not proved to commute with every turn), or for weights that
        the head does not have, ``ShapeMismatch`` for one that does not fit.

        >>> stream = Residual(content=1)
        >>> head = Head(W_V=stream.read("content"), W_O=stream.write("content"))
        >>> double, half = ExactMatrix.from_rows([[2]]), ExactMatrix.from_rows([[S.Half]])
        >>> head.moved(values=(double, half)).W_V[0, 0]
        2
        """
        moved = self
        if queries is not None:
            W_Q, W_K = self._attending()
            G, inverse = _checked(queries)
            self._check_turns(G)
            moved = replace(moved, W_Q=G @ W_Q, W_K=inverse.T @ W_K)
            moved = replace(moved, b_Q=self.b_Q and G @ self.b_Q, b_K=self.b_K and inverse.T @ self.b_K)
        if values is not None:
            W_V, W_O = self._moving()
            G, inverse = _checked(values)
            moved = replace(moved, W_V=G @ W_V, W_O=W_O @ inverse, b_V=self.b_V and G @ self.b_V)
        return moved

    def _check_turns(self, G: ExactMatrix) -> None:
        if self.rotary is None:
            return
        turn = self.rotary.shift(Dummy("k", integer=True), self.d_head)
        if not prove(G.T @ turn, turn @ G.T):
            raise BadValue(f"{G.describe()} is not proved to commute with the turns of the rotary positions")

    def reads(self) -> ExactMatrix:
        """The rows of ``W_V``, ``[d_head, d_model]``: their span is what the head can move from a token that it attends
        to. Raises ``BadValue`` without values."""
        return self._moving()[0]

    def writes(self) -> ExactMatrix:
        """The columns of ``W_O``, ``[d_model, d_head]``: their span is what the head can write to. Raises ``BadValue``
        without values."""
        return self._moving()[1]

    @property
    def free_symbols(self) -> set[Symbol]:
        """The symbols of the weights, the biases, the scale and the rotary positions."""
        turned = set() if self.rotary is None else self.rotary.free_symbols
        matrices = (self.weights() | self.biases()).values()
        return set(self.scale.free_symbols).union(turned, *(matrix.free_symbols for matrix in matrices))

    def tables(self) -> dict[str, ExactMatrix | Expr]:
        """The weights, the biases and the scale, as they are printed."""
        return {**self.weights(), **self.biases(), "scale": self.scale}

    def _repr_latex_(self) -> str:
        matrices = self.weights() | self.biases()
        parts = [rf"{name} = {matrix._repr_latex_().strip('$')}" for name, matrix in matrices.items()]
        return "$" + r" \qquad ".join(parts) + "$"


def _plus(columns: ExactMatrix, bias: ExactMatrix | None) -> ExactMatrix:
    """A bias added to every column."""
    if bias is None:
        return columns
    everywhere = {(i, j): value for (i, _), value in bias.entries.items() for j in range(columns.shape[1])}
    return columns + ExactMatrix.from_entries(columns.shape, everywhere, columns.rows, columns.columns)


def _checked(basis: Basis) -> Basis:
    G, inverse = basis
    if not prove(G @ inverse, ExactMatrix.identity(G.shape[0])):
        raise BadValue(f"{G.describe()} and {inverse.describe()} are not proved to be inverse to each other")
    return basis
