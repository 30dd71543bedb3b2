"""How large a submission may be, in every way that could cost time or memory before anything is built.

>>> from symcircuits.grading.reading.refusals import CannotRead
>>> check_digits("123", 5)
>>> check_digits("1" * 100, 5)
Traceback (most recent call last):
    ...
symcircuits.grading.reading.refusals.CannotRead: a number of 100 digits; at most 40 are read
"""

from __future__ import annotations

from collections.abc import Iterable

from sympy import Basic, Expr, Rational

from symcircuits.grading.reading.refusals import CannotRead

CHARACTERS = 1_000_000  # of a file
PLACES = 2_000  # pieces of mathematics in a submission
TOKENS = 40_000  # in a submission, after its own commands were put in
DEEPEST = 40  # braces, brackets, environments and functions inside one another
DIGITS = 40  # of a number
EXPONENT = 40  # of a power that is a number
MATRIX_POWER = 8  # of a matrix in brackets
BITS = 2_000  # of a power of numbers
CELLS = 4_096  # of a matrix
SIDE = 256  # rows or columns of a matrix
TERMS = 400  # of a sum or a product
SERIES = 64  # terms of a sum with bounds that are numbers
SIZE = 20_000  # nodes of an expression, written out as a tree
NODES = 60_000  # steps of evaluation in a submission


def check_digits(text: str, at: int) -> None:
    """Refuse a number with too many digits."""
    if len(text) > DIGITS:
        raise CannotRead(f"a number of {len(text)} digits; at most {DIGITS} are read", at)


def check_power(base: Expr, exponent: Expr, at: int) -> None:
    """Refuse a power whose numbers could fill pages, and towers of powers, before SymPy multiplies them out."""
    if exponent.is_Rational and max(abs(int(exponent.p)), int(exponent.q)) > EXPONENT:
        raise CannotRead(f"an exponent beyond {EXPONENT}", at)
    largest = max((_bits(number) for number in base.atoms(Rational)), default=1)
    size = max((max(abs(int(number.p)), int(number.q)) for number in exponent.atoms(Rational)), default=1)
    if largest * size > BITS:
        raise CannotRead("a power with too many digits", at)
    if any(power.exp.free_symbols for power in exponent.atoms() if power.is_Pow):
        raise CannotRead("a tower of powers", at)


def check_size(expressions: Iterable[Expr], at: int) -> None:
    """Refuse values that have grown, by definitions that build on each other, beyond what can be printed."""
    sizes: dict[Basic, int] = {}
    total = 0
    for expression in expressions:
        total += _size(expression, sizes)
        if total > SIZE:
            raise CannotRead("a value that is too large to be written out", at)
        if any(_bits(number) > BITS for number in sizes if isinstance(number, Rational)):
            raise CannotRead("a number with too many digits", at)


def _size(expression: Basic, sizes: dict[Basic, int]) -> int:
    """The nodes of the tree, each different part counted once and for all."""
    waiting = [expression]
    while waiting:
        node = waiting[-1]
        missing = [part for part in node.args if part not in sizes]
        if missing:
            waiting += missing
            continue
        sizes[node] = 1 + sum(sizes[part] for part in node.args)
        waiting.pop()
    return sizes[expression]


def _bits(number: Rational) -> int:
    return int(number.p).bit_length() + int(number.q).bit_length()
