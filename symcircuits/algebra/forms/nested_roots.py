"""Square roots of products, and of numbers that have square roots in them.

A factor that is never negative leaves the root; other roots are not merged, because that needs a sign. The root of
``A + B sqrt(d)`` is a sum of two roots where ``A^2 - B^2 d`` is a square, and otherwise a multiple of a cosine where
``A + B sqrt(d)`` is one of ``1 + cos``, by ``2 cos^2(w/2) = 1 + cos w``.

>>> from sympy import sqrt
>>> from symcircuits.algebra.forms.normal_form import read_all
>>> (left, right), reader = read_all([sqrt(5 + 2 * sqrt(6)), sqrt(2) + sqrt(3)])
>>> left.equals(right, reader.generators.squares)
True
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sympy import Add, Expr, I, Integer, Mul, Pow, Rational, Symbol, cos, pi, sqrt

from symcircuits.algebra.forms.quotient import Quotient

if TYPE_CHECKING:
    from symcircuits.algebra.forms.reader import Reader

# The angles whose cosine is irrational, of one square root and not of two.
_ANGLES = [Rational(k, d) * pi for d, ks in ((4, (1, 3)), (6, (1, 5)), (5, (1, 2, 3, 4))) for k in ks]


def read_root(reader: Reader, base: Expr) -> Quotient:
    """The quotient of the square root of what is neither a symbol nor a positive rational number."""
    if isinstance(base, Rational):
        return reader.times(reader.read(I), reader.read(sqrt(-base))) if base.is_negative else Quotient({})
    if isinstance(base, Mul):
        coefficient, rest = base.as_coeff_Mul()
        factors = [abs(coefficient), *Mul.make_args(rest)]
        outside = [factor for factor in factors if factor.is_nonnegative]
        inside = Mul(-1 if coefficient.is_negative else 1, *(factor for factor in factors if factor not in outside))
        root = Quotient({0: 1}) if inside == 1 else _read_factor(reader, inside)
        for factor in outside:
            root = reader.times(root, _read_factor(reader, factor))
        return root
    return _read_factor(reader, base)


def _read_factor(reader: Reader, base: Expr) -> Quotient:
    if isinstance(base, Pow) and base.base.is_nonnegative and isinstance(base.exp, Integer):
        return reader.read(Pow(sqrt(base.base), base.exp, evaluate=False))
    other = _without_nesting(base) if isinstance(base, Add) and not base.free_symbols else None
    if other is not None:
        return reader.read(other)
    root = Pow(base, Rational(1, 2), evaluate=False)
    return reader.read(root) if isinstance(base, Symbol | Rational) else reader.opaque(root)


def _without_nesting(number: Expr) -> Expr | None:
    """The square root of a number ``A + B sqrt(d)``, without a root under the root; ``None`` where there is none."""
    split = _split(number)
    if split is None or split[0] <= 0:
        return None
    whole, part, square = split
    norm = sqrt(whole**2 - part**2 * square)
    if isinstance(norm, Rational):
        return sqrt((whole + norm) / 2) + (1 if part > 0 else -1) * sqrt((whole - norm) / 2)
    for angle in _ANGLES:
        model = _split(1 + cos(angle))
        if model is not None and model[2] == square and model[0] * part == model[1] * whole:
            return sqrt(2 * whole / model[0]) * cos(angle / 2, evaluate=False)
    return None


def _split(number: Expr) -> tuple[Rational, Rational, Rational] | None:
    """``A``, ``B`` and ``d`` of a number that is written as ``A + B sqrt(d)``."""
    whole, rest = number.as_coeff_Add()
    part, root = rest.as_coeff_Mul()
    if isinstance(whole, Rational) and isinstance(root, Pow) and root.exp == Rational(1, 2):
        return (whole, part, root.base) if isinstance(root.base, Rational) and root.base.is_positive else None
    return None
