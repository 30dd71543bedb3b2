"""Rules as they are written: what came before, an arrow, and what is to be said next.

A name of the vocabulary stands for that token. ``X``, ``Y`` and ``Z`` stand for any token, each time another if need
be; a small letter stands for any token too, for the same one wherever it is written in the rule. ``...`` stands for
any number of tokens, or none. Several arrows in a row make a rule for each: ``A -> B -> A`` is ``A -> B`` and
``B -> A``. The arrow is ``->``, ``-->`` or ``→``.

>>> print(*read_rule("A ... X --> B", ["A", "B"]))
A ... X -> B
>>> print(*read_rule("A -> B -> C -> A", ["A", "B", "C"]), sep="; ")
A -> B; B -> C; C -> A
>>> print(*read_rule("a b ... a -> b", ["A", "B"]))
a b ... a -> b
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TypeAlias

from symcircuits.errors import BadValue

ARROWS = ("->", "-->", "→")
ANY = ("X", "Y", "Z")
_WORD = re.compile(r"[-=~]*>+|[→⇒⟶↦]|\.{2,}|…|[^\s→⇒⟶↦>…]+?(?=[-=~]*>|[→⇒⟶↦…]|\s|$)")
_GAP = ("...", "…")


class UnreadableRule(BadValue):
    """A rule that cannot be read: what is wrong, with the text and the place (from 0) of the word."""

    def __init__(self, problem: str, text: str, place: int) -> None:
        self.text, self.place = text, place
        super().__init__(f"{problem}, at character {place + 1} of {text!r}")
        self.under(text, place)


class BadSetting(BadValue):
    """A ``setting`` of ``compile_rules`` that is out of its range; ``place`` (from 0) is where in its text, names with
    commas between them, for those who were given it as one."""

    def __init__(self, problem: str, setting: str, place: int = 0) -> None:
        self.setting, self.place = setting, place
        super().__init__(problem)


@dataclass(frozen=True)
class Token:
    """One token of the vocabulary, by its name."""

    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Any:
    """Any token whatever; ``name`` is how it was written."""

    name: str = "X"

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Variable:
    """Any token, and the same one wherever the letter stands in the rule."""

    name: str

    def __str__(self) -> str:
        return self.name


Atom: TypeAlias = Token | Any | Variable
Segment: TypeAlias = tuple[Atom, ...]


@dataclass(frozen=True)
class Rule:
    """``segments``, the stretches of tokens between the gaps, the last of which ends at the current token, and the
    ``target`` that is to be said next: a token, or a variable that the segments bind."""

    segments: tuple[Segment, ...]
    target: Token | Variable

    def __str__(self) -> str:
        return f"{' ... '.join(' '.join(map(str, segment)) for segment in self.segments)} -> {self.target}"

    @property
    def last(self) -> Segment:
        """The stretch that ends at the current token."""
        return self.segments[-1]

    @property
    def shortest(self) -> int:
        """The number of tokens of the shortest sequence on which the rule can fire."""
        return sum(map(len, self.segments))

    @property
    def is_window(self) -> bool:
        """Whether it looks at the last few tokens only, and for names rather than repetitions."""
        return len(self.segments) == 1 and not any(isinstance(atom, Variable) for atom in self.last)

    @property
    def sees_one(self) -> bool:
        """Whether it asks for one token somewhere before the current one, and for nothing else but what that is."""
        return (
            [len(segment) for segment in self.segments] == [1, 1]
            and isinstance(self.segments[0][0], Token)
            and not isinstance(self.last[0], Variable)
        )

    @property
    def is_induction(self) -> bool:
        """Whether it is ``a b ... a -> b``: say what came right after an earlier copy of the current token.

        >>> read_rule("x y ... x -> y", ["A"])[0].is_induction, read_rule("a b ... b -> a", ["A"])[0].is_induction
        (True, False)
        """
        if [len(segment) for segment in self.segments] != [2, 1]:
            return False
        (first, second), (last,) = self.segments
        variables = isinstance(first, Variable) and isinstance(second, Variable) and first != second
        return variables and (first, second) == (last, self.target)

    @property
    def sees_pair(self) -> bool:
        """Whether it asks for two tokens one after the other somewhere before the current one, and for nothing else but
        what that is.

        >>> read_rule("A B ... A -> B", "AB")[0].sees_pair, read_rule("A B ... a -> a", "AB")[0].sees_pair
        (True, False)
        """
        return (
            [len(segment) for segment in self.segments] == [2, 1]
            and all(isinstance(atom, Token) for atom in self.segments[0])
            and not isinstance(self.last[0], Variable)
        )

    def tokens(self) -> frozenset[str]:
        """The names of the vocabulary that the rule speaks of."""
        every = [atom for segment in self.segments for atom in segment] + [self.target]
        return frozenset(atom.name for atom in every if isinstance(atom, Token))


@dataclass(frozen=True)
class _Word:
    text: str
    place: int


def read_rules(texts: Sequence[str], vocabulary: Sequence[str]) -> tuple[Rule, ...]:
    """The rules of several texts, in order; see ``read_rule``."""
    return tuple(rule for text in texts for rule in read_rule(text, vocabulary))


def read_rule(text: str, vocabulary: Sequence[str]) -> tuple[Rule, ...]:
    """The rules that a text stands for: one, or one for each arrow.

    Raises ``UnreadableRule`` for a token that is not in the vocabulary, another arrow, no target, a target that is any
    token, or ``...`` at the beginning, before an arrow, or in a rule with several arrows; ``BadSetting`` for a
    vocabulary that is empty or names a token twice.

    >>> read_rule("A Q -> B", ["A", "B"])
    Traceback (most recent call last):
        ...
    symcircuits.rules.notation.UnreadableRule: unknown token 'Q' (the vocabulary is A, B), at character 3 of 'A Q -> B'
    """
    check_vocabulary(vocabulary)
    words = [_Word(match.group(), match.start()) for match in _WORD.finditer(text)]
    reader = _Reader(text, tuple(vocabulary))
    sides = reader.sides(words)
    if len(sides) == 2:
        return (reader.rule(*sides),)
    return tuple(reader.step(before, after) for before, after in zip(sides, sides[1:], strict=False))


def check_vocabulary(vocabulary: Sequence[str]) -> None:
    """Raise ``BadSetting`` for a vocabulary without tokens, with one twice, or with a name that no rule can say."""
    twice = next((place for place, name in enumerate(vocabulary) if name in vocabulary[:place]), None)
    if not vocabulary or twice is not None:
        problem = f"expected a vocabulary of different names, got {', '.join(vocabulary) or 'none'}"
        raise BadSetting(problem, "vocab", place_of(vocabulary, twice or 0))
    for place, name in enumerate(vocabulary):
        if not name or [match.group() for match in _WORD.finditer(name)] != [name] or name in (*ARROWS, *_GAP):
            problem = f"expected names of tokens without blanks, arrows and dots, got {name!r}"
            raise BadSetting(problem, "vocab", place_of(vocabulary, place))


def place_of(names: Sequence[str], which: int) -> int:
    """Where a name begins among names with commas between them.

    >>> place_of(["A", "BOS", "C"], 2)
    6
    """
    return sum(len(name) + 1 for name in names[:which])


class _Reader:
    def __init__(self, text: str, vocabulary: tuple[str, ...]) -> None:
        self.text, self.vocabulary = text, vocabulary

    def fail(self, problem: str, place: int) -> UnreadableRule:
        return UnreadableRule(problem, self.text, place)

    def sides(self, words: list[_Word]) -> list[list[_Word]]:
        """The words between the arrows."""
        sides: list[list[_Word]] = [[]]
        for word in words:
            if word.text in ARROWS:
                if not sides[-1]:
                    raise self.fail("expected a token before the arrow", word.place)
                sides.append([])
            elif ">" in word.text or word.text in "⇒⟶↦":
                raise self.fail(f"unknown arrow {word.text!r} (expected ->, --> or →)", word.place)
            else:
                sides[-1].append(word)
        if len(sides) == 1:
            raise self.fail("expected an arrow (->, --> or →) and a token after it", len(self.text.rstrip()))
        if not sides[-1]:
            raise self.fail("expected a token after the arrow", len(self.text.rstrip()))
        return sides

    def rule(self, before: list[_Word], after: list[_Word]) -> Rule:
        segments: list[list[Atom]] = [[]]
        for word in before:
            if word.text not in _GAP:
                segments[-1].append(self.atom(word))
            elif not segments[-1]:
                raise self.fail("... means nothing at the beginning or after another ...", word.place)
            else:
                segments.append([])
        if not segments[-1]:
            raise self.fail("... means nothing before the arrow: write the current token after it", before[-1].place)
        known = {atom for segment in segments for atom in segment}
        return Rule(tuple(map(tuple, segments)), self.target(after, known))

    def step(self, before: list[_Word], after: list[_Word]) -> Rule:
        """One arrow of a chain."""
        for side in (before, after):
            for word in side:
                if word.text in _GAP:
                    raise self.fail("... means nothing in a chain of arrows", word.place)
        return self.rule(before, after)

    def target(self, after: list[_Word], known: set[Atom]) -> Token | Variable:
        word = after[0]
        if word.text in _GAP:
            raise self.fail("... means nothing after the arrow", word.place)
        if len(after) > 1:
            raise self.fail("expected one token after the arrow", after[1].place)
        atom = self.atom(word)
        if isinstance(atom, Any) or (isinstance(atom, Variable) and atom not in known):
            raise self.fail(f"{word.text} stands for any token, and nothing before the arrow says which", word.place)
        return atom

    def atom(self, word: _Word) -> Atom:
        if word.text in ANY:
            return Any(word.text)
        if len(word.text) == 1 and word.text.islower():
            return Variable(word.text)
        if word.text not in self.vocabulary:
            near = get_close_matches(word.text, self.vocabulary, n=1)
            shown = f"nearest: {near[0]}" if near else f"the vocabulary is {', '.join(self.vocabulary[:12])}"
            raise self.fail(f"unknown token {word.text!r} ({shown})", word.place)
        return Token(word.text)
