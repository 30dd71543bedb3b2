"""Products kept as two factors with a small inner dimension: W_O W_V, W_Q^T W_K.

>>> from symcircuits.algebra.matrices import ExactMatrix
>>> column = ExactMatrix.from_rows([[1], [0], [2]])
>>> product = Factored(column, column.T)
>>> product.shape, product.inner, product.rank(), product.expand()[2, 2]
((3, 3), 1, 1, 4)
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from sympy import Expr, Symbol

from symcircuits.algebra import origins
from symcircuits.algebra.invariants.characteristic import (
    characteristic_polynomial_of_product,
    determinant_of_product,
)
from symcircuits.algebra.invariants.cleared import Entries, Shape
from symcircuits.algebra.invariants.norms import frobenius_norm_of_product, trace_of_product
from symcircuits.algebra.invariants.singular_values import singular_values_of_product
from symcircuits.algebra.matrices import ExactMatrix, Recipe
from symcircuits.typeset.formulas import Formula
from symcircuits.typeset.matrices import matrix_html, matrix_plain_latex


@dataclass(frozen=True)
class Factored:
    """``left @ right``, multiplied out only on request: the rank is at most ``inner``, the shared dimension."""

    left: ExactMatrix
    right: ExactMatrix
    name: Formula | None = None

    def __post_init__(self) -> None:
        self.left.check_product(self.right)

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns) of the product."""
        return (self.left.shape[0], self.right.shape[1])

    @property
    def inner(self) -> int:
        """The dimension that the factors share."""
        return self.left.shape[1]

    @property
    def formula(self) -> Formula | None:
        """Its own name, else the product of the factors' names, where they have names."""
        return self.name or origins.product(self.left.formula, self.right.formula)

    def named(self, formula: Formula) -> Factored:
        """The same product under a name."""
        return replace(self, name=formula)

    @property
    def T(self) -> Factored:  # noqa: N802  (the name of the field)
        """The transpose, still factored."""
        return Factored(self.right.T, self.left.T, origins.transposed(self.name))

    def __matmul__(self, other: Factored | ExactMatrix) -> Factored:
        """A product with another: the small inner product is taken first."""
        right = (self.right @ other.left) @ other.right if isinstance(other, Factored) else self.right @ other
        return Factored(self.left, right, origins.product(self.formula, other.formula))

    def __add__(self, other: Factored | ExactMatrix) -> ExactMatrix:
        """The sum, multiplied out."""
        return self.expand() + (other.expand() if isinstance(other, Factored) else other)

    @property
    def made_by(self) -> Recipe:
        """How the product came about; see ``ExactMatrix.made_by``."""
        return ("@", self.left.made_by, self.right.made_by)

    def expand(self) -> ExactMatrix:
        """The product, multiplied out."""
        return replace(self.left @ self.right, formula=self.formula)

    def rank(self) -> int:
        """The exact rank of the product; see ``ExactMatrix.rank`` for what it means with symbols."""
        ranks = self.left.rank(), self.right.rank()
        if self.inner in ranks:  # a factor of full rank loses nothing
            return min(ranks)
        return self.expand().rank()

    def trace(self) -> Expr:
        """The trace of the product; raises ``ShapeMismatch`` for one that is not square."""
        return trace_of_product(*self._pair)

    def determinant(self) -> Expr:
        """The determinant of the product: zero at once where the inner dimension is the smaller."""
        return determinant_of_product(*self._pair)

    def characteristic_polynomial(self, symbol: Symbol) -> Expr:
        """``det(symbol Id - L R) = symbol^(d - r) det(symbol Id - R L)``; see ``ExactMatrix`` for what it raises.

        >>> from sympy import Symbol
        >>> x, column = Symbol("x"), ExactMatrix.from_rows([[1], [0], [2]])
        >>> Factored(column, column.T).characteristic_polynomial(x)
        x**2*(x - 5)
        """
        return characteristic_polynomial_of_product(*self._pair, symbol)

    def frobenius_norm(self) -> Expr:
        """The norm of the product, by ``||L R||^2 = tr (L^* L) (R R^*)``; see ``ExactMatrix.frobenius_norm``."""
        return frobenius_norm_of_product(*self._pair)

    def singular_values(self) -> tuple[Expr, ...]:
        """Those of the product, from matrices of the inner size; see ``ExactMatrix.singular_values``."""
        return singular_values_of_product(*self._pair)

    @property
    def _pair(self) -> tuple[tuple[Shape, Entries], tuple[Shape, Entries]]:
        return (self.left.shape, self.left.entries), (self.right.shape, self.right.entries)

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {matrix_plain_latex(self.expand().view())}$"

    def _repr_html_(self) -> str:
        return matrix_html(self.expand().view())
