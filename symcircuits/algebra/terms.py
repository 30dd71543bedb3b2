"""Entries of matrices: numbers times symbols and functions, which are multiplied without asking SymPy.

Most entries of a circuit are such *terms*: a rational number, different symbols, different functions of something. A
term is kept as a tuple of the three, symbols and functions in the order that SymPy keeps them, so that a product is a
merge and the SymPy expression of a result is put together only when it is wanted. Every other expression stands for
itself. Either way the result is the expression that SymPy's own product or sum gives, to the last node.

>>> from sympy import cos, symbols
>>> a, b = symbols("a b")
>>> product = times(read(-b), read(2 * a * cos(b)))
>>> product
(-2, (a, b), (cos(b),))
>>> written(product) == -2 * a * b * cos(b)
True
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Sequence
from fractions import Fraction
from functools import cmp_to_key, lru_cache
from typing import TypeAlias

from sympy import Add, Expr, Mul, Rational, S, Symbol, cos, cosh, sin, sinh, tanh
from sympy.core.basic import Basic
from sympy.core.function import AppliedUndef

from symcircuits.algebra.values import as_rational

Term: TypeAlias = tuple[int | Fraction, tuple[Symbol, ...], tuple[Expr, ...]]
Element: TypeAlias = Term | Expr

ONE: Term = (1, (), ())
ZERO: Term = (0, (), ())

_FUNCTIONS = (cos, sin, cosh, sinh, tanh, AppliedUndef)
_functions_in_order = cmp_to_key(Basic.compare)


@lru_cache(maxsize=1 << 16)
def _place(symbol: Symbol) -> tuple[object, ...]:
    # Where SymPy puts a symbol among the symbols of a product.
    assumptions = sorted(symbol.assumptions0.items())
    return len(assumptions), symbol.name, assumptions


def read(expression: Expr) -> Element:
    """The term that an expression is, or the expression where it is none."""
    if expression is S.One:
        return ONE
    if expression is S.Zero:
        return ZERO
    kind = type(expression)
    if kind is Symbol:
        return (1, (expression,), ()) if expression.is_commutative else expression
    if kind is Mul:
        return _read_product(expression)
    if isinstance(expression, Rational):
        return int(expression.p) if expression.q == 1 else Fraction(int(expression.p), int(expression.q)), (), ()
    if isinstance(expression, _FUNCTIONS) and expression.is_commutative:
        return 1, (), (expression,)
    return expression


def _read_product(expression: Mul) -> Element:
    number: int | Fraction = 1
    symbols: list[Symbol] = []
    functions: list[Expr] = []
    for factor in expression.args:
        element = read(factor)
        if not isinstance(element, tuple):
            return expression
        number *= element[0]
        symbols += element[1]
        functions += element[2]
    term = number, tuple(symbols), tuple(functions)
    return term if written(term) == expression else expression  # a product may have been left unevaluated


def times(a: Element, b: Element) -> Element:
    """The product."""
    if a is ONE:
        return b
    if b is ONE:
        return a
    if isinstance(a, tuple) and isinstance(b, tuple):
        (number, symbols, functions), (other, more, others) = a, b
        if more:
            symbols = _merged(symbols, more) if symbols else more
        if others:
            functions = _merged_functions(functions, others) if functions else others
        if symbols is not None and functions is not None:
            return number * other, symbols, functions
    return read(written(a) * written(b))


def _merged(a: tuple[Symbol, ...], b: tuple[Symbol, ...]) -> tuple[Symbol, ...] | None:
    """Both in order; ``None`` where something occurs in both, and makes a power."""
    if len(a) > len(b):
        a, b = b, a
    if len(a) > 1:
        return tuple(sorted(a + b, key=_place)) if set(a).isdisjoint(b) else None
    place = _place(a[0])
    before = bisect(b, place, key=_place)
    if before and _place(b[before - 1]) == place:
        return None
    return b[:before] + a + b[before:]


def _merged_functions(a: tuple[Expr, ...], b: tuple[Expr, ...]) -> tuple[Expr, ...] | None:
    if not set(a).isdisjoint(b):
        return None
    return tuple(sorted(a + b, key=_functions_in_order))


def total(elements: Sequence[Element]) -> Element:
    """The sum; ``ZERO`` itself where it is literally zero."""
    numbers: dict[tuple[tuple[Symbol, ...], tuple[Expr, ...]], int | Fraction] = {}
    for element in elements:
        if not isinstance(element, tuple):
            return read(Add(*map(written, elements)))
        number, symbols, functions = element
        numbers[symbols, functions] = numbers.get((symbols, functions), 0) + number
    terms: list[Element] = [(number, *factors) for factors, number in numbers.items() if number]
    if len(terms) < 2:
        return terms[0] if terms else ZERO
    return Add(*map(written, terms))


def written(element: Element) -> Expr:
    """The SymPy expression of an element."""
    if not isinstance(element, tuple):
        return element
    number, symbols, functions = element
    factors: tuple[Expr, ...] = symbols + functions
    if number == 0:
        return S.Zero
    if number != 1 or not factors:
        factors = (as_rational(number), *factors)
    # They are in order already, and SymPy would sort them again.
    return factors[0] if len(factors) == 1 else Mul._from_args(factors, is_commutative=True)
