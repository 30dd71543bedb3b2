"""The writer's own commands, put in with their arguments; what they stand for takes their place in the text."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from symcircuits.grading.reading import limits
from symcircuits.grading.reading.refusals import CannotRead
from symcircuits.grading.reading.scanner import Command
from symcircuits.grading.reading.signs import Token


class Expansion:
    """Puts commands in; ``read`` gives the tokens of a text, ``count`` those that there are already."""

    def __init__(self, commands: Mapping[str, Command], read: Callable[[str], list[Token]], count: int) -> None:
        self.commands, self.read, self.count = commands, read, count

    def of(self, tokens: list[Token], within: tuple[str, ...] = ()) -> list[Token]:
        """The tokens with every command replaced by what it stands for. Raises ``CannotRead`` beyond the limits."""
        done: list[Token] = []
        place = 0
        while place < len(tokens):
            token = tokens[place]
            place += 1
            command = self.commands.get(token.text) if token.kind == "command" else None
            if command is None:
                done.append(token)
                continue
            if token.text in within:
                raise CannotRead(rf"\{token.text} is made from itself", token.start)
            arguments = []
            for _ in range(command.arguments):
                argument, place = _argument(tokens, place, token)
                arguments.append(argument)
            body = self._body(token.text, command, arguments, token)
            done += [replace(part, start=token.start, end=token.end) for part in self.of(body, (*within, token.text))]
            self.count += len(body)
            if self.count > limits.TOKENS:
                raise CannotRead(f"more than {limits.TOKENS} signs in one formula", token.start)
        return done

    def _body(self, name: str, command: Command, arguments: list[list[Token]], at: Token) -> list[Token]:
        pieces = re.split(r"#([0-9])", command.body)
        body: list[Token] = []
        for place, piece in enumerate(pieces):
            if place % 2 == 0:
                try:
                    body += self.read(piece)
                except CannotRead as refused:
                    raise CannotRead(rf"in \{name}: {refused}", at.start) from None
            elif 1 <= int(piece) <= len(arguments):
                body += arguments[int(piece) - 1]
            else:
                raise CannotRead(rf"\{name} has no argument #{piece}", at.start)
        return body


def _argument(tokens: list[Token], place: int, of: Token) -> tuple[list[Token], int]:
    """One argument of a command: a token, or what stands in braces, with the braces."""
    if place >= len(tokens):
        raise CannotRead(rf"\{of.text} lacks an argument", of.start)
    if not tokens[place].is_sign("{"):
        return [tokens[place]], place + 1
    depth = 0
    for last in range(place, len(tokens)):
        depth += {"{": 1, "}": -1}.get(tokens[last].text, 0) if tokens[last].kind == "sign" else 0
        if depth == 0:
            return tokens[place : last + 1], last + 1
    raise CannotRead("a brace that is not closed", tokens[place].start)
