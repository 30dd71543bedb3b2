"""A choice by the class of an expression, as quick as looking it up in a dictionary.

>>> from sympy import Integer, Rational, Symbol
>>> kinds = ByType({Rational: "a number", Symbol: "a symbol"}, "something else")
>>> kinds[type(Integer(1))], kinds[type(Symbol("x") + 1)]
('a number', 'something else')
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

Choice = TypeVar("Choice")


class ByType(dict[type, Choice]):
    """What is chosen for a class: the entry of the class, or of the nearest of its bases that has one."""

    def __init__(self, table: Mapping[type, Choice], otherwise: Choice) -> None:
        super().__init__(table)
        self._otherwise = otherwise

    def __missing__(self, kind: type) -> Choice:
        found = next((self[base] for base in kind.__mro__[1:] if base in self), self._otherwise)
        self[kind] = found
        return found
