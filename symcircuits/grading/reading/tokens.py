r"""LaTeX mathematics as tokens, with the writer's own commands put in and spacing left out.

>>> [(token.kind, token.text) for token in tokenize(r"\lambda_0^2 \, \cos x", 0, {})]
... # doctest: +NORMALIZE_WHITESPACE
[('command', 'lambda'), ('sign', '_'), ('number', '0'), ('sign', '^'), ('number', '2'), ('command', 'cos'),
 ('letter', 'x')]
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import replace

from symcircuits.grading.reading import limits
from symcircuits.grading.reading.expansion import Expansion
from symcircuits.grading.reading.refusals import CannotRead
from symcircuits.grading.reading.scanner import Command, made_at
from symcircuits.grading.reading.signs import Token
from symcircuits.grading.reading.vocabulary import CHARACTERS, PLAINLY, SAME

_SPACES = {",", ";", ":", "!", " ", ">", "/"}
_DROPPED = set(
    "displaystyle textstyle scriptstyle limits nolimits nonumber notag thinspace medspace thickspace negthinspace "
    "big Big bigg Bigg bigl bigr Bigl Bigr biggl biggr Biggl Biggr bigm strut hfill noindent allowbreak mathstrut "
    "hline centering middle null relax protect rm bf it sf tt enspace "
    "enskip medskip smallskip bigskip par qed qedhere blacksquare square displaylimits".split()
)
_THROWN = {"label", "tag", "hspace", "vspace", "phantom", "vphantom", "hphantom", "color", "cline", "kern", "mspace",
           "textcolor"}  # fmt: skip
_FONTS = set(
    "mathbf mathrm mathit mathsf mathtt mathcal mathbb boldsymbol bm operatorname vec mathnormal mathscr".split()
)
_OTHER_LETTERS = ("mathcal", "mathscr", "mathbb")  # not the same name as the plain letter
_OVER = ("overset", "underset", "stackrel")
_CLASSES = ("mathrel", "mathbin", "mathord")
_MAKING = ("newcommand", "renewcommand", "providecommand", "DeclareMathOperator", "def")
_WORDED = set("text mbox textrm textbf textit textsf textnormal intertext shortintertext".split())
_TOKEN = re.compile(
    r"(?P<space>\s+|~)|(?P<comment>%[^\n]*\n?)|\\(?P<command>[A-Za-z]+)|\\(?P<sign>.)"
    r"|(?P<number>(?:[0-9]{1,3}(?:\{,\}[0-9]{3})+(?![0-9])|[0-9]+)(?:\.[0-9]+)?|\.[0-9]+)"
    r"|(?P<letter>[A-Za-z])|(?P<other>[-+*/=<>^_{}()\[\]|,;:.&'!])",
    re.DOTALL,
)
_LENGTH = re.compile(r"\*?\s*\[\s*-?[0-9.]+\s*(?:pt|em|ex|mm|cm|in|\\baselineskip|\\jot)\s*\]")
_OPENED = re.compile(r"\*?\s*\{")
_OPTION = re.compile(r"\[[a-zA-Z|]*\]")
_RELATION = re.compile(r"\s*\{?\s*(=|<|>|\\leq?|\\geq?|\\approx|\\equiv)(?![A-Za-z])\s*\}?")
_SCIENTIFIC = re.compile(r"[eE]([-+]?[0-9]+)")
_UNDERLINED = re.compile(r"([A-Za-z]{1,40})\\_([A-Za-z]{1,40})")  # a name of a program, such as c_attn
_RUN = re.compile(r"[A-Za-z]+")


def tokenize(text: str, start: int, commands: Mapping[str, Command], end: int | None = None) -> list[Token]:
    """The tokens of ``text[start:end]``. Raises ``CannotRead`` for what no token begins with, and beyond the limits."""
    return _Tokens(text, commands).between(start, len(text) if end is None else end)


class _Tokens:
    def __init__(self, text: str, commands: Mapping[str, Command]) -> None:
        self.text, self.commands, self.count = text, commands, 0

    def between(self, start: int, end: int) -> list[Token]:
        tokens = list(self._read(start, end))
        if self.commands:
            tokens = Expansion(self.commands, self._body, self.count).of(tokens)
        return _without_blind(tokens)

    def _body(self, text: str) -> list[Token]:
        """The tokens of what a command stands for."""
        return list(_Tokens(text, self.commands)._read(0, len(text)))

    def _read(self, start: int, end: int) -> Iterator[Token]:
        place = start
        while place < end:
            found = _TOKEN.match(self.text, place, end)
            if found is None:
                yield from _of_character(self.text[place], place)
                place += 1
                continue
            self.count += 1
            if self.count > limits.TOKENS:
                raise CannotRead(f"more than {limits.TOKENS} signs in one formula", place)
            place = found.end()
            if found["space"] or found["comment"]:
                continue
            if found["command"] is not None:
                tokens, place = self._command(found["command"], found.start(), place, end)
                yield from tokens
            elif found["sign"] is not None:
                tokens, place = self._escaped(found["sign"], found.start(), place, end)
                yield from tokens
            elif found["letter"]:
                letter = self._letter(found.start(), end)
                place = letter.end
                yield letter
            else:
                if found["number"]:
                    self._check_number(found, end)
                kind = "number" if found["number"] else "sign"
                yield Token(kind, found.group().replace("{,}", ""), found.start(), place)

    def _check_number(self, found: re.Match[str], end: int) -> None:
        if scientific := _SCIENTIFIC.match(self.text, found.end(), end):
            raise CannotRead(
                f"{found.group()}{scientific.group()} may be a power of ten or of e",
                found.start(),
                rf"write {found.group()} \cdot 10^{{{scientific[1]}}}",
            )
        limits.check_digits(found["number"], found.start())

    def _letter(self, start: int, end: int) -> Token:
        """A letter; or a known word that is written in plain letters, with no other letter beside it."""
        found = _RUN.match(self.text, start, end)
        if found and not self.text[start - 1 : start].isalpha():
            for kind, words in PLAINLY.items():
                if found.group() in words:
                    return Token(kind, found.group(), start, found.end())
        return Token("letter", self.text[start], start, start + 1)

    def _escaped(self, sign: str, start: int, place: int, end: int) -> tuple[list[Token], int]:
        if sign in _SPACES:
            return [], place
        if sign == "\\":
            length = _LENGTH.match(self.text, place, end)
            after = length.end() if length else place + self.text.startswith("*", place, end)
            return [Token("newline", "\\", start, place)], after
        if sign in "{}|":
            return [Token("sign", "|" if sign == "|" else {"{": "(", "}": ")"}[sign], start, place)], place
        raise CannotRead(rf"\{sign} is not known", start)

    def _command(self, name: str, start: int, place: int, end: int) -> tuple[list[Token], int]:
        if name in self.commands:
            return [Token("command", name, start, place)], place
        if name in _DROPPED:
            return [], place
        if name in ("begin", "end"):
            return self._environment(name, start, place, end)
        if name in _MAKING and (made := made_at(self.text, start)) is not None:
            return [], made
        if name in _OVER:
            return self._over(name, start, place, end)
        if name in _CLASSES and _OPENED.match(self.text, place, end):
            inside, last = self._group(name, place, end)
            return list(self._read(inside, last)), last + 1
        if name in _THROWN:
            return [], self._group(name, place, end)[1] + 1
        if name in _WORDED:
            inside, last = self._group(name, place, end)
            return [
                Token("text", " ".join(self.text[inside:last].replace("~", " ").split()), start, last + 1)
            ], last + 1
        if name in _FONTS and _OPENED.match(self.text, place, end):
            return self._font(name, start, place, end)
        if name in _FONTS:
            return [], place
        same = SAME.get(name, name)
        kind = "command" if same.isalpha() else "newline" if same == "\\" else "sign"
        return [Token(kind, {"{": "(", "}": ")"}.get(same, same), start, place)], place

    def _font(self, name: str, start: int, place: int, end: int) -> tuple[list[Token], int]:
        inside, last = self._group(name, place, end)
        content = "".join(self.text[inside:last].split())
        if content.isdigit() and content != "0":
            raise CannotRead(rf"\{name}{{{content[:20]}}} may be a number or a matrix", start, "write the matrix out")
        if name in _OTHER_LETTERS and content != "I":
            content = f"{name}{content}"
        if re.fullmatch(r"[A-Za-z]{2,40}", content):
            return [Token("word", content, start, last + 1)], last + 1
        if found := _UNDERLINED.fullmatch(content):
            base = Token("word" if len(found[1]) > 1 else "letter", found[1], start, last + 1)
            return [base, replace(base, kind="sign", text="_"), replace(base, kind="word", text=found[2])], last + 1
        return list(self._read(inside, last)), last + 1

    def _over(self, name: str, start: int, place: int, end: int) -> tuple[list[Token], int]:
        """A relation with something written over it, which defines if that says so."""
        inside, last = self._group(name, place, end)
        said = self.text[inside:last]
        found = _RELATION.match(self.text, last + 1, end)
        if found is None:
            raise CannotRead(rf"\{name} of something that is no relation", start, "leave out what is written over it")
        defines = "def" in said or ":" in said or "triangle" in said
        if defines and found[1] == "=":
            return [Token("sign", ":=", start, found.end())], found.end()
        return [replace(token, start=start, end=found.end()) for token in _inserted(found[1], start)], found.end()

    def _environment(self, name: str, start: int, place: int, end: int) -> tuple[list[Token], int]:
        inside, last = self._group(name, place, end)
        environment = self.text[inside:last].strip().rstrip("*")
        environment = {"dcases": "cases", "subarray": "array"}.get(environment, environment)
        place = last + 1
        if name == "begin" and (option := _OPTION.match(self.text, place, end)):
            place = option.end()
        measured = environment in ("array", "alignat", "alignedat")
        if name == "begin" and measured and _OPENED.match(self.text, place, end):
            place = self._group(environment, place, end)[1] + 1
        return [Token(name, environment, start, place)], place

    def _group(self, name: str, place: int, end: int) -> tuple[int, int]:
        """The offsets of the content of the braces that begin here."""
        opened = _OPENED.match(self.text, place, end)
        if opened is None:
            raise CannotRead(rf"\{name} without braces", place)
        depth = 1
        for last in range(opened.end(), end):
            if self.text[last] in "{}" and self.text[last - 1] != "\\":
                depth += 1 if self.text[last] == "{" else -1
                if depth == 0:
                    return opened.end(), last
                if depth > limits.DEEPEST:
                    raise CannotRead(f"braces nested deeper than {limits.DEEPEST}", last)
        raise CannotRead("a brace that is not closed", opened.end() - 1)


def _without_blind(tokens: list[Token]) -> list[Token]:
    r"""The tokens without ``\left`` and ``\right``; where one of a pair has a dot, without both delimiters."""
    dropped: set[int] = set()
    opened: list[tuple[int, bool]] = []
    for place, token in enumerate(tokens):
        if not token.is_command("left", "right"):
            continue
        dropped.add(place)
        after = tokens[place + 1] if place + 1 < len(tokens) else None
        blind = after is not None and after.is_sign(".")
        if token.text == "left":
            opened.append((place + 1, blind))
            continue
        if not opened:
            raise CannotRead(r"\right without \left", token.start)
        opening, dark = opened.pop()
        if blind or dark:
            dropped |= {opening, place + 1}
    if opened:
        raise CannotRead(r"\left without \right", tokens[opened[-1][0] - 1].start)
    return [token for place, token in enumerate(tokens) if place not in dropped]


def _inserted(text: str, at: int) -> list[Token]:
    return [replace(token, start=at, end=at + 1) for token in tokenize(text, 0, {})]


def _of_character(character: str, place: int) -> Iterator[Token]:
    """The tokens of a sign of its own, such as a Greek letter."""
    if character not in CHARACTERS:
        raise CannotRead(f"unexpected character {_described(character)}", place, _instead(character))
    yield from _inserted(CHARACTERS[character], place)


def _described(character: str) -> str:
    return f"U+{ord(character):04X} ({unicodedata.name(character, 'a control character').lower()})"


def _instead(character: str) -> str:
    name = unicodedata.name(character, "")
    if name.startswith("GREEK SMALL LETTER "):
        return rf"write \{name.split()[-1].lower()}"
    return "write mathematics with LaTeX commands and plain letters"
