"""The scanner and the recursive descent from text to exact value."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn

from sympy import Expr

from symcircuits.errors import BadValue
from symcircuits.exact import arithmetic
from symcircuits.exact.arithmetic import CONSTANTS, FUNCTIONS, NoValue, Value

_LONGEST = 200  # characters of text
_DEEPEST = 25  # parentheses, signs and powers inside one another
_TOKEN = re.compile(
    r"(?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)|(?P<name>[A-Za-z_][A-Za-z_0-9]*)|(?P<sign>\*\*|[-+*/^()])"
)


def exact_value(text: str) -> Expr:
    """The exact real number that ``text`` writes: ``1/2``, ``0.1`` (a tenth), ``1e3``, ``sqrt(8)``, ``2*pi/7``.

    Functions: ``sqrt exp log cos sin tan``; constants: ``pi``, ``e`` (also ``E``); ``^`` and ``**`` are powers.
    Raises ``BadValue``, with the column, for anything else, and for values that are not real or not of a sane size.

    >>> exact_value("cos(pi/8)^2")
    sqrt(2)/4 + 1/2
    >>> exact_value("1/(2 - 2)")
    Traceback (most recent call last):
        ...
    symcircuits.errors.BadValue: cannot read '1/(2 - 2)' as an exact number: division by zero at column 2
    """
    reader = _Reader(text)
    value = reader.sum()
    reader.finish()
    return value.exact


def exact_integer(text: str) -> int:
    """The whole number that ``text`` writes, as ``exact_value`` reads it.

    Raises ``BadValue`` for a value that is not whole.

    >>> exact_integer("2^6")
    64
    >>> exact_integer("0.5")
    Traceback (most recent call last):
        ...
    symcircuits.errors.BadValue: expected a whole number, not '0.5' = 1/2
    """
    value = exact_value(text)
    if not value.is_Integer:
        written = str(value)
        raise BadValue(f"expected a whole number, not {_short(text)!r}" + (f" = {written}" if written != text else ""))
    return int(value)


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "..."


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    column: int

    def __str__(self) -> str:
        return self.text if self.kind == "end" else repr(self.text)


class _Reader:
    """Reads the tokens of one text from left to right; every refusal names the text and the column."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.depth = 0
        self.place = 0
        if len(text) > _LONGEST:
            self.refuse(f"it has {len(text)} characters, more than {_LONGEST}")
        self.tokens = self.scan()

    def refuse(self, problem: str, column: int | None = None) -> NoReturn:
        where = "" if column is None else f" at column {column}"
        raise BadValue(f"cannot read {_short(self.text)!r} as an exact number: {problem}{where}")

    def scan(self) -> list[_Token]:
        tokens, start = [], 0
        while start < len(self.text):
            if self.text[start] in " \t":
                start += 1
                continue
            found = _TOKEN.match(self.text, start)
            if found is None:
                self.refuse(f"unexpected {self.text[start]!r}", start + 1)
            tokens.append(_Token(str(found.lastgroup), found.group(), start + 1))
            start = found.end()
        return [*tokens, _Token("end", "the end", len(self.text) + 1)]

    @property
    def next(self) -> _Token:
        return self.tokens[self.place]

    def take(self, *signs: str) -> _Token | None:
        token = self.next
        if token.kind != "sign" or token.text not in signs:
            return None
        self.place += 1
        return token

    def finish(self) -> None:
        if self.next.kind != "end":
            self.refuse(f"expected an operator or the end, found {self.next}", self.next.column)

    def deeper(self, read: Callable[[], Value]) -> Value:
        self.depth += 1
        if self.depth > _DEEPEST:
            self.refuse(f"nested deeper than {_DEEPEST}", self.next.column)
        value = read()
        self.depth -= 1
        return value

    def sum(self) -> Value:
        value = self.product()
        while sign := self.take("+", "-"):
            value = self.work(arithmetic.add if sign.text == "+" else arithmetic.subtract, sign, value, self.product())
        return value

    def product(self) -> Value:
        value = self.signed()
        while sign := self.take("*", "/"):
            value = self.work(
                arithmetic.multiply if sign.text == "*" else arithmetic.divide, sign, value, self.signed()
            )
        return value

    def signed(self) -> Value:
        sign = self.take("+", "-")
        if sign is None:
            return self.power()
        value = self.deeper(self.signed)
        return value if sign.text == "+" else arithmetic.negative(value)

    def power(self) -> Value:
        base = self.atom()
        sign = self.take("^", "**")
        return self.work(arithmetic.power, sign, base, self.deeper(self.signed)) if sign else base

    def atom(self) -> Value:
        token = self.next
        if self.take("("):
            return self.inside()
        if token.kind not in ("number", "name"):
            self.refuse(f"expected a number, a name or '(', found {token}", token.column)
        self.place += 1
        return self.work(arithmetic.number, token, token.text) if token.kind == "number" else self.named(token)

    def named(self, token: _Token) -> Value:
        if token.text in CONSTANTS:
            return CONSTANTS[token.text]
        if token.text not in FUNCTIONS:
            known = ", ".join([*FUNCTIONS, *CONSTANTS])
            self.refuse(f"unknown name {_short(token.text)!r}, expected one of {known},", token.column)
        if not self.take("("):
            self.refuse(f"expected '(' after {token.text!r}, found {self.next}", self.next.column)
        return self.work(FUNCTIONS[token.text], token, self.inside())

    def inside(self) -> Value:
        value = self.deeper(self.sum)
        if not self.take(")"):
            self.refuse(f"expected ')', found {self.next}", self.next.column)
        return value

    def work(self, operation: Callable[..., Value], token: _Token, *operands: Value | str) -> Value:
        try:
            return operation(*operands)
        except NoValue as problem:
            self.refuse(str(problem), token.column)
