"""Exact matrices, kept as their non-zero entries, with labelled axes and the formula they came from.

>>> a = ExactMatrix.from_rows([[1, 0], [0, 2]])
>>> (a @ a).entries
{(0, 0): 1, (1, 1): 4}
>>> a.T == a
True
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import TypeAlias

from sympy import EXRAW, Expr, Matrix, MatrixBase, S, Symbol
from sympy.polys.matrices import DomainMatrix

from symcircuits.algebra import origins
from symcircuits.algebra.forms.sums import with_own_indices
from symcircuits.algebra.invariants.characteristic import characteristic_polynomial, determinant
from symcircuits.algebra.invariants.norms import frobenius_norm, trace
from symcircuits.algebra.invariants.rank import rank
from symcircuits.algebra.invariants.singular_values import singular_values
from symcircuits.algebra.rows import Place, Rows
from symcircuits.algebra.values import exact
from symcircuits.errors import ShapeMismatch
from symcircuits.typeset.axes import Axis
from symcircuits.typeset.formulas import Formula, Name, Scalar, Tensor, to_latex
from symcircuits.typeset.matrices import MatrixView, matrix_html, matrix_plain_latex

Recipe: TypeAlias = tuple[object, ...]


@dataclass(frozen=True, eq=False)
class ExactMatrix:
    """A matrix of exact expressions.

    ``shape`` is (rows, columns); ``entries`` holds the entries that are not literally zero; ``rows`` and ``columns``
    label the axes; ``formula`` says, for print, how the matrix was put together, and ``recipe`` tells results of the
    same operations on the same operands from everything else. Two matrices are ``==`` when their shapes and entries
    are literally the same; ``prove`` decides equality of values.
    """

    shape: Place
    entries: Mapping[Place, Expr]
    rows: Axis | None = None
    columns: Axis | None = None
    formula: Formula | None = None
    recipe: Recipe | None = None

    def __post_init__(self) -> None:
        for axis, size, what in ((self.rows, self.shape[0], "rows"), (self.columns, self.shape[1], "columns")):
            if axis is not None and len(axis) != size:
                raise ShapeMismatch(f"{len(axis)} labels for {size} {what} of a matrix")
        if isinstance(self.entries, Rows):
            return  # worked out from matrices that were looked at when they were made
        for i, j in self.entries:
            if not (0 <= i < self.shape[0] and 0 <= j < self.shape[1]):
                raise ShapeMismatch(f"entry ({i}, {j}) lies outside a matrix of shape {_by(self.shape)}")
        object.__setattr__(self, "entries", Rows.of(self.entries))

    @classmethod
    def from_entries(
        cls,
        shape: Place,
        entries: Mapping[Place, Expr | int | Fraction],
        rows: Axis | None = None,
        columns: Axis | None = None,
    ) -> ExactMatrix:
        """A matrix from a mapping of (row, column) to exact values; what is not named is zero."""
        values = {place: exact(value) for place, value in entries.items()}
        return ExactMatrix(
            shape, {place: value for place, value in values.items() if value is not S.Zero}, rows, columns
        )

    @classmethod
    def from_rows(cls, rows: Sequence[Sequence[Expr | int | Fraction]]) -> ExactMatrix:
        """A matrix written out row by row; raises ``ShapeMismatch`` for rows of different lengths."""
        width = len(rows[0]) if rows else 0
        if any(len(row) != width for row in rows):
            raise ShapeMismatch(f"rows of different lengths: {sorted({len(row) for row in rows})}")
        entries = {(i, j): value for i, row in enumerate(rows) for j, value in enumerate(row)}
        return cls.from_entries((len(rows), width), entries)

    @classmethod
    def from_sympy(cls, matrix: MatrixBase) -> ExactMatrix:
        """The same matrix from SymPy."""
        return cls.from_entries(matrix.shape, dict(matrix.todok()))

    @classmethod
    def identity(cls, size: int, axis: Axis | None = None) -> ExactMatrix:
        """The identity."""
        eye = {(i, i): S.One for i in range(size)}
        return ExactMatrix((size, size), eye, axis, axis, Name(r"\mathrm{Id}"))

    @classmethod
    def zeros(cls, rows: int, columns: int) -> ExactMatrix:
        """The zero matrix."""
        return ExactMatrix((rows, columns), {}, formula=Scalar("0"))

    def named(self, formula: Formula) -> ExactMatrix:
        """The same matrix under a name."""
        return replace(self, formula=formula)

    def labelled(self, rows: Axis | None, columns: Axis | None) -> ExactMatrix:
        """The same matrix with other labels."""
        return replace(self, rows=rows, columns=columns)

    def __getitem__(self, place: Place) -> Expr:
        return self.entries.get(place, S.Zero)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ExactMatrix):
            return NotImplemented
        return self.shape == other.shape and self.entries == other.entries

    def __hash__(self) -> int:
        return hash((self.shape, frozenset(self.entries.items())))

    @cached_property
    def made_by(self) -> Recipe:
        """How the matrix came about: its recipe, or its own entries where they were written down."""
        return (self.shape, dict(self.entries)) if self.recipe is None else self.recipe

    def _recipe(self, *operation: object) -> Recipe | None:
        # What is done to a matrix that was written down is written down too.
        return None if self.recipe is None else (*operation, self.recipe)

    @property
    def T(self) -> ExactMatrix:  # noqa: N802  (the name of the field)
        """The transpose."""
        shape, formula = (self.shape[1], self.shape[0]), origins.transposed(self.formula)
        return ExactMatrix(shape, self._rows.transposed(), self.columns, self.rows, formula, self._recipe("T"))

    @property
    def _rows(self) -> Rows:
        return Rows.of(self.entries)

    def __matmul__(self, other: ExactMatrix) -> ExactMatrix:
        if not isinstance(other, ExactMatrix):
            return NotImplemented
        self.check_product(other)
        rows = self._rows.times(other._rows)
        formula = origins.product(self.formula, other.formula)
        recipe = ("@", self.made_by, other.made_by)
        return ExactMatrix((self.shape[0], other.shape[1]), rows, self.rows, other.columns, formula, recipe)

    def check_product(self, other: ExactMatrix) -> None:
        """Raise ``ShapeMismatch`` unless ``self @ other`` makes sense: sizes fit, and so do directions."""
        if self.shape[1] != other.shape[0]:
            raise ShapeMismatch(
                f"cannot multiply {self.describe()} by {other.describe()}: "
                f"{self.shape[1]} columns, {other.shape[0]} rows"
            )
        if self.columns is not None and other.rows is not None and not self.columns.fits(other.rows):
            raise ShapeMismatch(
                f"cannot multiply {self.describe()} by {other.describe()}: the columns of the first and the rows "
                f"of the second name different directions ({_names(self.columns)} and {_names(other.rows)})"
            )

    def __add__(self, other: ExactMatrix) -> ExactMatrix:
        return self._combine(other, 1)

    def __sub__(self, other: ExactMatrix) -> ExactMatrix:
        return self._combine(other, -1)

    def _combine(self, other: ExactMatrix, sign: int) -> ExactMatrix:
        if not isinstance(other, ExactMatrix):
            return NotImplemented
        if self.shape != other.shape:
            raise ShapeMismatch(f"cannot add {self.describe()} and {other.describe()}")
        self._check_directions(other)
        rows = self._rows.plus(other._rows, sign)
        formula = origins.total(self.formula, other.formula, sign)
        recipe = ("+", sign, self.made_by, other.made_by)
        axes = (self.rows or other.rows, self.columns or other.columns)
        return ExactMatrix(self.shape, rows, *axes, formula, recipe)

    def _check_directions(self, other: ExactMatrix) -> None:
        for mine, theirs, what in ((self.rows, other.rows, "rows"), (self.columns, other.columns, "columns")):
            if mine is not None and theirs is not None and not mine.fits(theirs):
                raise ShapeMismatch(
                    f"cannot add {self.describe()} and {other.describe()}: their {what} name different directions "
                    f"({_names(mine)} and {_names(theirs)})"
                )

    def __neg__(self) -> ExactMatrix:
        return self * -1

    def __mul__(self, factor: Expr | int | Fraction) -> ExactMatrix:
        scale = exact(factor)
        formula, recipe = origins.scaled(scale, self.formula), self._recipe("*", scale)
        return ExactMatrix(self.shape, self._rows.scaled(scale), self.rows, self.columns, formula, recipe)

    __rmul__ = __mul__

    def kron(self, other: ExactMatrix) -> ExactMatrix:
        """The tensor (Kronecker) product; its axes carry no labels."""
        (height, width), (r, s) = self.shape, other.shape
        formula = Tensor(self.formula, other.formula) if self.formula and other.formula else None
        rows, recipe = self._rows.kron(other._rows, other.shape), ("kron", self.made_by, other.made_by)
        return ExactMatrix((height * r, width * s), rows, formula=formula, recipe=recipe)

    def take_columns(self, columns: Sequence[int]) -> ExactMatrix:
        """The matrix of these columns, each as often as it is named, unlabelled on that axis."""
        new: dict[int, list[int]] = {}
        for place, old in enumerate(columns):
            new.setdefault(old, []).append(place)
        entries = {(i, place): value for (i, j), value in self.entries.items() for place in new.get(j, ())}
        return ExactMatrix(
            (self.shape[0], len(columns)), entries, self.rows, recipe=self._recipe("columns", tuple(columns))
        )

    def substitute(self, values: Mapping[Symbol, Expr]) -> ExactMatrix:
        """The matrix with symbols replaced."""
        put_in = {symbol: exact(value) for symbol, value in values.items()}
        entries = {place: with_own_indices(value).xreplace(put_in) for place, value in self.entries.items()}
        kept = {place: value for place, value in entries.items() if value is not S.Zero}
        return replace(self, entries=kept, recipe=self._recipe("substitute", tuple(put_in.items())))

    @property
    def free_symbols(self) -> set[Symbol]:
        """The symbols in the entries."""
        return set().union(*(value.free_symbols for value in self.entries.values()))

    def rank(self) -> int:
        """The rank over the field of the entries: for symbolic entries, that of all but special values."""
        return rank(self.shape, self.entries)

    def trace(self) -> Expr:
        """The sum of the diagonal; raises ``ShapeMismatch`` for a matrix that is not square."""
        return trace(self.shape, self.entries)

    def determinant(self) -> Expr:
        """The determinant; raises ``ShapeMismatch`` for a matrix that is not square."""
        return determinant(self.shape, self.entries)

    def characteristic_polynomial(self, symbol: Symbol) -> Expr:
        """``det(symbol Id - M)``, one factor for each kind of block.

        Raises ``ShapeMismatch`` for a matrix that is not square, ``BadValue`` for a symbol that occurs in it.

        >>> x, a = Symbol("x"), Symbol("a")
        >>> ExactMatrix.from_rows([[a, 1, 0], [1, a, 0], [0, 0, 2]]).characteristic_polynomial(x)
        (x - 2)*(a**2 - 2*a*x + x**2 - 1)
        """
        return characteristic_polynomial(self.shape, self.entries, symbol)

    def frobenius_norm(self) -> Expr:
        """The square root of the sum of ``|entry|^2``; raises ``OutsideClass`` for symbols not known to be real."""
        return frobenius_norm(self.shape, self.entries)

    def singular_values(self) -> tuple[Expr, ...]:
        """All ``min(rows, columns)`` singular values, with multiplicities, largest first where the order is proved.

        Raises ``OutsideClass`` for symbols not known to be real and where there is no closed form, ``NotSupported``
        for one of degree 3 or 4.

        >>> a, b = Symbol("a", positive=True), Symbol("b", positive=True)
        >>> ExactMatrix.from_rows([[a, b], [b, a]]).singular_values()
        (a + b, Abs(a - b))
        """
        return singular_values(self.shape, self.entries)

    def to_sympy(self) -> Matrix:
        """The same matrix for SymPy, which keeps it sparse too."""
        return DomainMatrix.from_dod(self._rows.by_row(), self.shape, EXRAW).to_Matrix()

    def scalar(self) -> Expr:
        """The entry of a 1 by 1 matrix; raises ``ShapeMismatch`` for another shape."""
        if self.shape != (1, 1):
            raise ShapeMismatch(f"expected a 1 by 1 matrix, got {self.describe()}")
        return self[0, 0]

    def describe(self) -> str:
        """Name and shape, for messages."""
        shape = _by(self.shape)
        return f"{to_latex(self.formula)} ({shape})" if self.formula else f"a {shape} matrix"

    def row_label(self, i: int) -> str:
        """The label of a row, or its index."""
        return self.rows.labels[i] if self.rows else str(i)

    def column_label(self, j: int) -> str:
        """The label of a column, or its index."""
        return self.columns.labels[j] if self.columns else str(j)

    def view(self) -> MatrixView:
        """What there is to print."""
        return MatrixView(self.shape, self.entries, self.rows, self.columns)

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {matrix_plain_latex(self.view())}$"

    def _repr_html_(self) -> str:
        return matrix_html(self.view())


def row_of(values: Iterable[Expr | int]) -> ExactMatrix:
    """A 1 by n matrix."""
    return ExactMatrix.from_rows([list(values)])


def column_of(values: Iterable[Expr | int], rows: Axis | None = None) -> ExactMatrix:
    """An n by 1 matrix."""
    column = list(values)
    return ExactMatrix.from_entries((len(column), 1), {(i, 0): value for i, value in enumerate(column)}, rows)


def _by(shape: Place) -> str:
    return f"{shape[0]} by {shape[1]}"


def _names(axis: Axis) -> str:
    return ", ".join(axis.labels[:4]) + (", ..." if len(axis) > 4 else "")
