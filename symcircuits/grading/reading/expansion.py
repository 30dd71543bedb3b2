"""The writer's own commands, put in with their arguments; what they stand for takes their place in the text."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from symcircuits.grading.reading import limits
from symcircuits.grading.reading.layout import depths
from symcircuits.grading.reading.refusals import CannotRead
from symcircuits.grading.reading.scanner import Command
from symcircuits.grading.reading.signs import Token

_PARAMETER = re.compile(
    r"\\(?:mathbf|mathrm|mathit|mathsf|boldsymbol|bm|vec|operatorname)\s*\{\s*#(?P<inside>[0-9])\s*\}|#(?P<plain>[0-9])"
)


class Expansion:
    """Puts commands in; ``read`` gives the tokens of a text, ``count`` those that there are already."""

    def __init__(self, commands: Mapping[str, Command], read: Callable[[str], list[Token]], count: int) -> None:
        self.commands, self.read, self.count = commands, read, count

    def of(self, tokens: list[Token], within: tuple[str, ...] = (), depth: int = 0) -> list[Token]:
        """The tokens with every command replaced by what it stands for. Raises ``CannotRead`` beyond the limits.

        ``within`` are the commands that these tokens are made from, and ``depth`` is how deep they lie in arguments.
        """
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
            if depth > limits.DEEPEST:
                raise CannotRead(f"nested deeper than {limits.DEEPEST}", token.start)
            arguments = []
            for _ in range(command.arguments):
                argument, place = _argument(tokens, place, token)
                arguments.append(self.of(_as_cells(argument), within, depth + 1))
            body = self._body(token.text, command, arguments, token)
            self.count += len(body)
            if self.count > limits.TOKENS:
                raise CannotRead(f"more than {limits.TOKENS} signs in one formula", token.start)
            made = self.of(body, (*within, token.text), depth)
            done += [replace(part, start=token.start, end=token.end) for part in made]
        return done

    def _body(self, name: str, command: Command, arguments: list[list[Token]], at: Token) -> list[Token]:
        body: list[Token] = []
        end = 0
        for found in (*_PARAMETER.finditer(command.body), None):
            piece = command.body[end : None if found is None else found.start()]
            try:
                body += self.read(piece)
            except CannotRead as refused:
                raise CannotRead(rf"in \{name}: {refused}", at.start) from None
            if found is None:
                break
            end, number = found.end(), int(found["plain"] or found["inside"])
            if not 1 <= number <= len(arguments):
                raise CannotRead(rf"\{name} has no argument #{number}", at.start)
            body += _in_one_font(arguments[number - 1]) if found["inside"] else arguments[number - 1]
        return body


def _in_one_font(tokens: list[Token]) -> list[Token]:
    """An argument that a command sets in another type: letters side by side are one name there."""
    inside = tokens[1:-1] if tokens and tokens[0].is_sign("{") else tokens
    if len(inside) > 1 and all(token.kind == "letter" for token in inside):
        return [Token("word", "".join(token.text for token in inside), inside[0].start, inside[-1].end)]
    return inside


def _as_cells(argument: list[Token]) -> list[Token]:
    """An argument without its braces where it holds cells or lines: they are those of what the command opens."""
    inside = argument[1:-1]
    parted = any(not depth and (token.is_sign("&") or token.kind == "newline") for token, depth in depths(inside))
    return inside if parted else argument


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
