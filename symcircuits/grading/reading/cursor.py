"""A place in a row of tokens, and the refusals that name it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn

from symcircuits.grading.reading import limits
from symcircuits.grading.reading.refusals import CannotRead
from symcircuits.grading.reading.signs import Token


class Cursor:
    """Goes through tokens from left to right."""

    def __init__(self, tokens: Sequence[Token], end: int) -> None:
        self._tokens = [*tokens, Token("finish", "", end, end)]
        self._place = 0
        self._depth = 0

    @property
    def next(self) -> Token:
        """The token that comes next; ``finish`` at the end."""
        return self._tokens[self._place]

    def after(self, steps: int = 1) -> Token:
        """The token some steps on."""
        return self._tokens[min(self._place + steps, len(self._tokens) - 1)]

    @property
    def last(self) -> Token | None:
        """The token that was passed last; ``None`` at the beginning."""
        return self._tokens[self._place - 1] if self._place else None

    def take(self) -> Token:
        """The next token, which is then passed."""
        token = self.next
        self._place += token.kind != "finish"
        return token

    def take_text(self) -> str:
        """The words of the next token, in small letters, which is then passed; empty for one without words."""
        token = self.take()
        return token.text.lower() if token.kind == "text" else ""

    def took(self, *signs: str) -> bool:
        """Pass the next token if it is one of these signs."""
        if not self.next.is_sign(*signs):
            return False
        self._place += 1
        return True

    def expect(self, sign: str, why: str) -> None:
        """Pass this sign, or refuse what stands there."""
        if not self.took(sign):
            self.refuse(f"expected {sign} {why}, found {self.next}")

    def unwrap_bracket(self) -> None:
        r"""Leave out braces that come next round nothing but a bracket, as in SymPy's ``\cos{\left(x \right)}``."""
        if not (self.next.is_sign("{") and self.after().is_sign("(", "[")):
            return
        depth = 0
        for place in range(self._place + 1, len(self._tokens)):
            token = self._tokens[place]
            depth += token.is_sign("(", "[", "{") - token.is_sign(")", "]", "}")
            if depth == 0:
                if self._tokens[place + 1].is_sign("}"):
                    del self._tokens[place + 1], self._tokens[self._place]
                return

    def split_number(self) -> Token:
        """The first digit of the next token, as TeX reads an argument without braces; the others stay."""
        token = self.next
        if len(token.text) == 1:
            return self.take()
        self._tokens[self._place] = Token("number", token.text[1:], token.start + 1, token.end)
        return Token("number", token.text[0], token.start, token.start + 1)

    def group(self, why: str) -> tuple[list[Token], int]:
        """The tokens of an argument, in braces or a single one, and the offset of its end."""
        if not self.next.is_sign("{"):
            token = self.take()
            if token.kind == "finish" or (token.kind == "sign" and token.text not in ("*",)):
                self.refuse(f"expected {why}, found {token}", token.start)
            if token.kind == "number" and len(token.text) > 1:
                self.refuse(f"{why} of several digits without braces", token.start, "put it in braces")
            return self._with_arguments(token, why)
        self.take()
        inside: list[Token] = []
        depth = 1
        while True:
            token = self.take()
            depth += {"{": 1, "}": -1}.get(token.text, 0) if token.kind == "sign" else 0
            if token.kind == "finish":
                self.refuse("a brace that is not closed", token.start)
            if depth == 0:
                return inside, token.start
            inside.append(token)

    def _with_arguments(self, token: Token, why: str) -> tuple[list[Token], int]:
        """A single token as an argument; a fraction takes its own two along."""
        found, end = [token], token.end
        self.deeper()
        for _ in range(2 if token.is_command("frac") else 0):
            if self.next.kind == "number":
                digit = self.split_number()
                inside, end = [digit], digit.end
            else:
                inside, end = self.group(why)
            found += [Token("sign", "{", end, end), *inside, Token("sign", "}", end, end)]
        self.shallower()
        return found, end

    def deeper(self) -> None:
        """Count one level down; refuse beyond the limit."""
        self._depth += 1
        if self._depth > limits.DEEPEST:
            self.refuse(f"nested deeper than {limits.DEEPEST}")

    def shallower(self) -> None:
        """Count one level up."""
        self._depth -= 1

    def refuse(self, problem: str, at: int | None = None, hint: str = "") -> NoReturn:
        """Say what cannot be read here."""
        raise CannotRead(problem, self.next.start if at is None else at, hint)
