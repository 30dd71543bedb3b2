r"""From tokens to syntax, by recursive descent. Nothing is evaluated here, and no name means anything yet.

>>> from symcircuits.grading.reading.tokens import tokenize
>>> text = r"\lambda_0^2 (1 - \cos\alpha_0)"
>>> type(parse(tokenize(text, 0, {}), len(text))).__name__
'Product'
"""

from __future__ import annotations

from collections.abc import Sequence

from symcircuits.grading.reading import limits
from symcircuits.grading.reading.calls import call, is_differential, is_direction, root, series, worded
from symcircuits.grading.reading.cursor import Cursor
from symcircuits.grading.reading.enclosed import annotated, argument, braces, inside
from symcircuits.grading.reading.grids import DASHES, cases, grid, zeros
from symcircuits.grading.reading.named import accented, name
from symcircuits.grading.reading.scripts import read_scripts
from symcircuits.grading.reading.signs import MATRICES, Token
from symcircuits.grading.reading.syntax import (
    Named,
    Node,
    Number,
    Power,
    Product,
    Quotient,
    Tensor,
    Total,
    Turned,
)
from symcircuits.grading.reading.vocabulary import ACCENTS, FUNCTIONS, GREEK, MAGNITUDES, ROUND, STARTS


def parse(tokens: Sequence[Token], end: int) -> Node:
    """The syntax of one side of a statement; ``end`` is the offset where it ends. Raises ``CannotRead``."""
    reader = _Reader(Cursor(tokens, end))
    node = reader.total()
    if reader.cursor.next.kind != "finish":
        reader.cursor.refuse(f"unexpected {reader.cursor.next}")
    return node


class _Reader:
    def __init__(self, cursor: Cursor) -> None:
        self.cursor = cursor
        self.bare = False  # whether what was read last is a function with an argument without brackets
        self.enclosed: Node | None = None  # what was read last in brackets that are seen
        self.unseen: list[Node] = []  # sums that nothing but a brace below or above holds together

    # -- sums and products ------------------------------------------------------------------------------------------

    def total(self) -> Node:
        cursor, at = self.cursor, self.cursor.next.start
        cursor.deeper()
        sign = -1 if cursor.took("-") else 1
        if sign == 1:
            cursor.took("+")
        terms = [(sign, self.tensor())]
        while cursor.next.is_sign("+", "-"):
            terms.append((1 if cursor.take().text == "+" else -1, self.tensor()))
            if len(terms) > limits.TERMS:
                cursor.refuse(f"a sum of more than {limits.TERMS} terms")
        if cursor.next.is_command("pm", "mp"):
            cursor.refuse(f"{cursor.next} stands for two signs", None, "write both lines")
        cursor.shallower()
        if any(sign < 0 and term is other for sign, term in terms for other in self.unseen):
            cursor.refuse("a minus before a sum under a brace", at, "write brackets")
        return terms[0][1] if len(terms) == 1 and sign == 1 else Total(at, tuple(terms))

    def tensor(self) -> Node:
        node = self.product()
        while self.cursor.next.is_command("otimes"):
            at = self.cursor.take().start
            node = Tensor(at, node, self.product())
        return node

    def product(self) -> Node:
        cursor, at = self.cursor, self.cursor.next.start
        factors = [self.factor()]
        called: list[Named] = []
        while True:
            if cursor.next.is_command("cdot", "times") or cursor.next.is_sign("*"):
                sign = cursor.take()
                self._check_bare(sign)
                factors.append(self.factor())
            elif cursor.next.is_sign("/"):
                factors = [self._slash(at, factors, called)]
            elif self.starts():
                if cursor.next.kind == "number" and not self._stands_apart(factors[-1]):
                    cursor.refuse(f"the number {cursor.next} after another factor", None, r"write \cdot between them")
                before = factors[-1]
                if cursor.next.is_sign("(", "[") and isinstance(before, Named) and before is not self.enclosed:
                    called += [] if before.turn else [before]
                factors.append(self.factor())
            else:
                if len(factors) > 1 and any(one is other for one in factors for other in self.unseen):
                    cursor.refuse("a factor beside a sum under a brace", at, "write brackets")
                return factors[0] if len(factors) == 1 else Product(at, tuple(factors), tuple(called))
            if len(factors) > limits.TERMS:
                cursor.refuse(f"a product of more than {limits.TERMS} factors")

    def _stands_apart(self, before: Node) -> bool:
        """Whether the number that comes next is the base of a power, set off from a factor that does not end with a
        number: such as the second factor of ``(-1)^n 2^{-k}``, and not that of ``x_1 2`` or ``2^10^k``."""
        last, number = self.cursor.last, self.cursor.next
        apart = last is not None and last.kind != "number" and (last.end < number.start or last.is_sign(")", "]", "}"))
        return apart and self.cursor.after().is_sign("^") and not isinstance(before, Number)

    def _check_bare(self, sign: Token) -> None:
        following = self.cursor.next
        function = following.kind in ("command", "word") and following.text in FUNCTIONS
        ends = function or following.kind == "begin" or following.is_command(*MAGNITUDES) or is_direction(self)
        if self.bare and not ends:
            self.cursor.refuse(f"{sign} after a function without brackets", sign.start, "put its argument in brackets")

    def _slash(self, at: int, factors: list[Node], called: list[Named]) -> Node:
        cursor = self.cursor
        sign = cursor.take()
        if self.bare:
            cursor.refuse("/ after a function without brackets", sign.start, r"write \frac, or brackets")
        top = factors[0] if len(factors) == 1 else Product(at, tuple(factors), tuple(called))
        bottom = self.factor()
        if self.starts() or cursor.next.is_sign("/"):
            cursor.refuse("a factor after a / may belong above or below", None, r"write \frac, or brackets")
        return Quotient(at, top, bottom)

    def starts(self) -> bool:
        """Whether a factor begins here."""
        token = self.cursor.next
        if token.kind == "command":
            return token.text in STARTS
        if token.kind == "begin":
            return token.text in (*MATRICES, "cases")
        dashes = token.kind == "text" and not token.text.strip(DASHES)
        return token.kind in ("number", "letter", "word", "text") and not dashes or token.is_sign("(", "[", "{")

    # -- factors ----------------------------------------------------------------------------------------------------

    def factor(self) -> Node:
        token = self.cursor.next
        self.bare = False
        self.cursor.deeper()
        node = self._factor(token)
        self.cursor.shallower()
        return node

    def _factor(self, token: Token) -> Node:
        cursor = self.cursor
        if token.kind == "number":
            cursor.take()
            if token.text == "0" and cursor.next.is_sign("_"):
                return zeros(cursor, token.start)
            return self.scripted(Number(token.start, token.text))
        if token.kind == "begin":
            if token.text == "cases":
                node: Node = cases(self)
                if self.starts():
                    cursor.refuse("a factor after cases", None, "begin a line of its own, or write it before them")
                return node
            return self.scripted(grid(self)) if token.text in MATRICES else self._unknown(token)
        if token.is_sign("(", "["):
            return self.scripted(inside(self))
        if token.is_sign("{"):
            return braces(self)
        if token.kind == "command" and token.text not in GREEK:
            return self._command(token)
        if token.kind in ("word", "text") and token.text in ("diag", "softmax", "sqrt", *FUNCTIONS):
            cursor.take()
            return worded(self, token)
        if token.kind in ("letter", "word", "command") or (token.kind == "text" and _is_plain(token.text)):
            return name(self, "")
        return self._unknown(token)

    def _unknown(self, token: Token) -> Node:
        if token.kind == "finish":
            self.cursor.refuse("something is missing here")
        if token.is_sign("|"):
            self.cursor.refuse("bars are not read", None, "write the norm or the absolute value out")
        if token.is_sign("+", "-"):
            self.cursor.refuse(f"a sign {token} after an operator", None, "put it in brackets")
        if token.is_command("dots", "vdots", "ddots"):
            self.cursor.refuse("dots leave something out", None, "write every entry and every term")
        return self.cursor.refuse(f"{token} is not known here")

    def _command(self, token: Token) -> Node:
        cursor, name = self.cursor, token.text
        if name == "frac":
            cursor.take()
            top, bottom = argument(self), argument(self)
            if is_differential(top) and is_differential(bottom):
                cursor.refuse("a derivative is not read", token.start, "write what it is")
            return self.scripted(Quotient(token.start, top, bottom))
        if name == "sqrt":
            return self.scripted(root(self))
        if name == "sum":
            return series(self)
        if name in FUNCTIONS:
            cursor.take()
            return call(self, token)
        if name in ACCENTS:
            cursor.take()
            return accented(self, {"widetilde": "tilde", "widehat": "hat", "overline": "bar"}.get(name, name))
        if name in ROUND:
            return annotated(self)
        return self._unknown(token)

    def inner(self, tokens: Sequence[Token], end: int) -> Node:
        self.cursor.deeper()
        inner = _Reader(Cursor(tokens, end))
        inner.cursor._depth = self.cursor._depth
        node = inner.total()
        if inner.cursor.next.kind != "finish":
            inner.cursor.refuse(f"unexpected {inner.cursor.next}")
        self.cursor.shallower()
        return node

    def scripted(self, node: Node) -> Node:
        """What hangs on something that is no name: a power, a transpose or an inverse."""
        at = self.cursor.next.start
        found = read_scripts(self.cursor, self.inner)
        if found.below or found.primes:
            self.cursor.refuse("a subscript or prime on something that is no name", at)
        if found.label:
            if not found.label.isdigit():
                self.cursor.refuse(f"a superscript {found.label} on something that is no name", at)
            node = Power(node.at, node, Number(at, found.label))
        if found.power is not None:
            node = Power(node.at, node, found.power)
        return Turned(node.at, node, found.turn) if found.turn else node


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isalpha()
