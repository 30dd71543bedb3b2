"""Words over a small vocabulary: letters as tokens, and the words cut from a periodic one.

>>> ab = Vocabulary("ab")
>>> ab.encode("aabaa"), ab.decode([0, 1])
((0, 0, 1, 0, 0), 'ab')
>>> cuts("aab", 2)
('aa', 'ab', 'ba')
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product

from symcircuits.algebra import ExactMatrix
from symcircuits.circuit.positions import whole
from symcircuits.errors import BadValue
from symcircuits.typeset.axes import Axis


@dataclass(frozen=True)
class Vocabulary:
    """Letters, each a token; the number of a token is its place. Raises ``BadValue`` for none, or for one twice."""

    letters: str

    def __post_init__(self) -> None:
        if not self.letters:
            raise BadValue("expected a vocabulary of at least one letter, got none")
        if len(set(self.letters)) != len(self.letters):
            raise BadValue(f"expected a vocabulary of different letters, got {self.letters!r}")

    def __len__(self) -> int:
        return len(self.letters)

    def encode(self, word: str) -> tuple[int, ...]:
        """The numbers of the letters of a word; raises ``BadValue`` for an empty word or an unknown letter."""
        if not word:
            raise BadValue("expected a word of at least one letter, got an empty one")
        for place, letter in enumerate(word):
            if letter not in self.letters:
                known = ", ".join(self.letters)
                raise BadValue(f"expected a word of the letters {known}, got {letter!r} at place {place} of {word!r}")
        return tuple(self.letters.index(letter) for letter in word)

    def decode(self, tokens: Iterable[int]) -> str:
        """The word with these tokens; raises ``BadValue`` for a number that is no token."""
        found = list(tokens)
        for token in found:
            if not 0 <= token < len(self):
                raise BadValue(f"expected tokens from 0 to {len(self) - 1}, got {token}")
        return "".join(self.letters[token] for token in found)

    def one_hot(self, word: str) -> ExactMatrix:
        """The matrix ``[vocabulary, n_ctx]`` with a 1 for each letter of a word, in a column for each token."""
        entries = {(token, place): 1 for place, token in enumerate(self.encode(word))}
        return ExactMatrix.from_entries((len(self), len(word)), entries, self.axis())

    def axis(self) -> Axis:
        """One label for each letter."""
        return Axis.of_blocks((r"\mathrm{tok}", [rf"\mathtt{{{letter}}}" for letter in self.letters]))

    def tokens(self, word: str) -> Axis:
        """One label for each token of a word, its place and its letter, for print; raises as ``encode`` does.

        >>> Vocabulary("ab").tokens("ab").labels
        ('0\\\\ \\\\mathtt{a}', '1\\\\ \\\\mathtt{b}')
        """
        self.encode(word)
        return Axis.of_blocks(
            ("", [rf"{place}\ \mathtt{{{letter}}}" for place, letter in enumerate(word)]), strict=False
        )

    def words(self, lengths: Iterable[int]) -> Iterator[str]:
        """Every word of these lengths, in the order of the vocabulary.

        >>> list(Vocabulary("ab").words([1, 2]))
        ['a', 'b', 'aa', 'ab', 'ba', 'bb']
        """
        for length in lengths:
            if whole(length, "a length") < 0:
                raise BadValue(f"expected a length of at least 0, got {length}")
            yield from ("".join(letters) for letters in product(self.letters, repeat=length))


def cuts(word: str, length: int) -> tuple[str, ...]:
    """The different words of a length that are cut from ``word`` repeated without end, in alphabetical order.

    Raises ``BadValue`` for an empty word, or a length below 1.
    """
    if not word:
        raise BadValue("expected a word of at least one letter, got an empty one")
    if whole(length, "a length") < 1:
        raise BadValue(f"expected a length of at least 1, got {length}")
    repeated = word * (length // len(word) + 2)
    return tuple(sorted({repeated[start : start + length] for start in range(len(word))}))


def followers(word: str, context: str) -> str:
    """The letters that follow a context somewhere in ``word`` repeated without end, in alphabetical order.

    >>> followers("aab", "a"), followers("aab", "ba"), followers("aab", "bb")
    ('ab', 'a', '')
    """
    return "".join(sorted({longer[-1] for longer in cuts(word, len(context) + 1) if longer[:-1] == context}))
