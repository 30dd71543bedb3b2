r"""How a value was made, kept for print: names, products, sums, transposes.

A formula is a small tree. It carries no values and computes nothing; it says how a matrix or a number was put
together, so that a sheet can print ``W_net^2 W_net^1`` before the numbers, and print it again for row vectors.

>>> W = Product((Name(r"W_O"), Name(r"W_V")))
>>> to_latex(W), to_latex(as_rows(W))
('W_O W_V', 'W_V W_O')
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from symcircuits.typeset.names import latex_name


@dataclass(frozen=True)
class Name:
    """A named matrix or vector, with its LaTeX."""

    latex: str


@dataclass(frozen=True)
class Scalar:
    """A number or a scalar expression, already LaTeX; it has no transpose."""

    latex: str


@dataclass(frozen=True)
class Product:
    """A matrix product, in order."""

    factors: tuple[Formula, ...]


@dataclass(frozen=True)
class Sum:
    """A sum of terms, each with its sign (+1 or -1)."""

    terms: tuple[tuple[int, Formula], ...]


@dataclass(frozen=True)
class Tensor:
    """A tensor (Kronecker) product."""

    left: Formula
    right: Formula


@dataclass(frozen=True)
class Transpose:
    """A transpose."""

    of: Formula


@dataclass(frozen=True)
class Applied:
    """A function of a matrix that is a number, such as its rank."""

    function: str
    of: Formula


Formula = Name | Scalar | Product | Sum | Tensor | Transpose | Applied

_SYMMETRIC = re.compile(r"(I|0|\\mathbf\{?1\}?|(\\mathrm|\\operatorname|\\text)\{Id\})(_\w|_\{[^{}]*\})?")
_Kind = Literal["number", "column", "row", "matrix"]


def to_latex(formula: Formula) -> str:
    r"""The formula as LaTeX, with the parentheses that it needs and no others.

    >>> to_latex(Product((Transpose(Name("W_Q")), Sum(((1, Name("A")), (-1, Name("B")))))))
    'W_Q^{\\mathsf{T}} (A - B)'
    """
    match formula:
        case Name(latex) | Scalar(latex):
            return latex
        case Product(factors):
            return _juxtaposed([_factor_latex(factor) for factor in factors])
        case Sum(terms):
            return _sum_latex(terms)
        case Tensor(left, right):
            return rf"{_side_latex(left)} \otimes {_side_latex(right)}"
        case Transpose(of):
            return rf"{_base_latex(of)}^{{\mathsf{{T}}}}"
        case Applied(function, of):
            return f"{latex_name(function)}({to_latex(of)})"


def as_rows(formula: Formula) -> Formula:
    r"""The same thing said for row vectors, where every named matrix stands for its transpose.

    A matrix or vector is transposed as a whole, so its products turn round. A product that begins with a row and ends
    with a column is a number and keeps both its value and its order; vectors are known by names that begin with a
    small letter. Applied twice to a matrix, it gives the formula back.

    >>> to_latex(as_rows(Product((Transpose(Name("x")), Transpose(Name("W_Q")), Name("W_K"), Name("y")))))
    'x W_Q W_K^{\\mathsf{T}} y^{\\mathsf{T}}'
    """
    if _kind(formula) == "number":
        return _renamed(formula)
    match formula:
        case Product(factors):
            numbers = [factor for factor in factors if _kind(factor) == "number"]
            others = [factor for factor in reversed(factors) if _kind(factor) != "number"]
            return Product(tuple(as_rows(factor) for factor in (*numbers, *others)))
        case Sum(terms):
            return Sum(tuple((sign, as_rows(term)) for sign, term in terms))
        case Tensor(left, right):
            return Tensor(as_rows(left), as_rows(right))
        case Transpose(of):
            return _renamed(of)
        case _:
            return formula


def keeps_its_transpose(name: str) -> bool:
    """Whether a name is kept for a matrix that is its own transpose: an identity, or zero."""
    return bool(_SYMMETRIC.fullmatch(name))


def _renamed(formula: Formula) -> Formula:
    """Every named matrix replaced by its transpose, and nothing else turned round."""
    match formula:
        case Name(latex):
            return formula if keeps_its_transpose(latex) else Transpose(formula)
        case Scalar():
            return formula
        case Product(factors):
            return Product(tuple(_renamed(factor) for factor in factors))
        case Sum(terms):
            return Sum(tuple((sign, _renamed(term)) for sign, term in terms))
        case Tensor(left, right):
            return Tensor(_renamed(left), _renamed(right))
        case Transpose(of):
            return as_rows(of)
        case Applied(function, of):
            return Applied(function, as_rows(of))


def _kind(formula: Formula) -> _Kind:
    match formula:
        case Name(latex):
            return "column" if re.match(r"(\\(mathbf|boldsymbol|vec|hat)\{?)?[a-z]", latex) else "matrix"
        case Product(factors):
            return _product_kind([kind for kind in map(_kind, factors) if kind != "number"])
        case Sum(terms):
            return _kind(terms[0][1])
        case Transpose(of):
            kind = _kind(of)
            return {"column": "row", "row": "column"}.get(kind, kind)  # type: ignore[return-value]
        case Tensor():
            return "matrix"
        case _:
            return "number"


def _product_kind(kinds: list[_Kind]) -> _Kind:
    if not kinds:
        return "number"
    first, last = kinds[0], kinds[-1]
    if first == "row" and last == "column":
        return "number"
    if last == "column":
        return "column"
    return "row" if first == "row" else "matrix"


def _juxtaposed(factors: list[str]) -> str:
    """The factors side by side; words such as Id do not run into their neighbours."""
    product = factors[0]
    for before, factor in pairwise(factors):
        is_word = factor.startswith(r"\mathrm") or re.fullmatch(r"\\math(rm|it)\{\w+\}", before)
        product += (r" \, " if is_word else " ") + factor
    return product


def _sum_latex(terms: tuple[tuple[int, Formula], ...]) -> str:
    (sign, first), *others = terms
    head = ("-" if sign < 0 else "") + _term_latex(first)
    return head + "".join((" - " if minus < 0 else " + ") + _term_latex(term) for minus, term in others)


def _term_latex(term: Formula) -> str:
    return f"({to_latex(term)})" if isinstance(term, Sum) else to_latex(term)


def _factor_latex(factor: Formula) -> str:
    text = to_latex(factor)
    open_sum = isinstance(factor, Scalar) and re.search(r"[^{(^_] *[+-]", _without_groups(text))
    return f"({text})" if isinstance(factor, Sum | Tensor) or open_sum else text


def _side_latex(side: Formula) -> str:
    return f"({to_latex(side)})" if isinstance(side, Sum | Tensor) else to_latex(side)


def _base_latex(base: Formula) -> str:
    text = to_latex(base)
    return text if isinstance(base, Name) and "^" not in _without_groups(text) else f"({text})"


def _without_groups(text: str) -> str:
    """The text without what stands in braces or parentheses."""
    while text != (shorter := re.sub(r"\{[^{}]*\}|\([^()]*\)", "", text)):
        text = shorter
    return text
