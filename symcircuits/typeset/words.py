r"""Formulas as sums of words, in which two are the same exactly where they are equal for all matrices that fit.

A word is a product of letters, and a letter is a name with or without its transpose; numbers stand before the word, in
any order. Nothing is known of a letter but that a transpose turns a product round and undoes itself, so what is equal
here is equal for every meaning of the names.

>>> from symcircuits.typeset.formulas import Name, Product, Transpose
>>> W, x = Name("W"), Name("x")
>>> words(Transpose(Product((W, x)))) == words(Product((Transpose(x), Transpose(W))))
True
>>> words(Product((W, x))) == words(Product((x, W)))
False
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping
from functools import reduce
from typing import TypeAlias

from symcircuits.typeset.formulas import (
    Applied,
    Formula,
    Name,
    Product,
    Scalar,
    Sum,
    Tensor,
    Transpose,
    keeps_its_transpose,
)

Letter: TypeAlias = tuple[Hashable, bool]  # what it is, and whether it is transposed
Words: TypeAlias = Mapping[tuple[tuple[Hashable, ...], tuple[Letter, ...]], int]


def words(formula: Formula, rows: bool = False) -> Words:
    """The formula as words; with ``rows`` every name stands for the transpose of what it stands for otherwise."""
    match formula:
        case Name(latex):
            return {((), ((latex, rows and not keeps_its_transpose(latex)),)): 1}
        case Scalar(latex):
            return {((latex,), ()): 1}
        case Product(factors):
            return reduce(_product, (words(factor, rows) for factor in factors))
        case Sum(terms):
            return _sum([(sign, words(term, rows)) for sign, term in terms])
        case Transpose(of):
            return transposed(words(of, rows))
        case Tensor(left, right):
            return {((), (((_kept(words(left, rows)), _kept(words(right, rows))), False),)): 1}
        case Applied(function, of):
            # what a matrix and its transpose have in common, such as a rank
            inside = words(of, rows)
            return {(((function, frozenset([_kept(inside), _kept(transposed(inside))])),), ()): 1}


def transposed(found: Words) -> Words:
    """The transpose: every word backwards, each letter transposed."""
    return {(numbers, tuple(_turned(letter) for letter in reversed(word))): c for (numbers, word), c in found.items()}


def _turned(letter: Letter) -> Letter:
    what, turned = letter
    if isinstance(what, tuple):
        left, right = (_kept(transposed(dict(side))) for side in what)
        return (left, right), False
    return what, not turned and not (isinstance(what, str) and keeps_its_transpose(what))


def _kept(found: Words) -> Hashable:
    return frozenset(found.items())


def _product(left: Words, right: Words) -> Words:
    found: Counter[tuple[tuple[Hashable, ...], tuple[Letter, ...]]] = Counter()
    for (numbers, word), c in left.items():
        for (others, ending), d in right.items():
            found[tuple(sorted((*numbers, *others), key=str)), word + ending] += c * d
    return {word: c for word, c in found.items() if c}


def _sum(terms: list[tuple[int, Words]]) -> Words:
    found: Counter[tuple[tuple[Hashable, ...], tuple[Letter, ...]]] = Counter()
    for sign, term in terms:
        for word, c in term.items():
            found[word] += sign * c
    return {word: c for word, c in found.items() if c}
