"""Tokens from outside: files of numbers or names, and text read by the names of a vocabulary."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from symcircuits.analysis.running import Tokens
from symcircuits.analysis.sources import Source
from symcircuits.errors import BadValue, UnknownName
from symcircuits.export.weights import Weights


def contexts_of(
    tokens: Sequence[int | str], weights: Weights, begin_of: Callable[[Weights], int | None]
) -> list[Tokens]:
    """Tokens, by number or by name, cut into contexts as long as the model reads: arrays ``[1, n_ctx]``.

    Each begins with BOS where the model has one. Raises ``BadValue`` for fewer than two tokens or a number outside the
    vocabulary, ``UnknownName`` for a name that is not in it, told with its place.
    """
    numbers = numbered(tokens, weights)
    begin = begin_of(weights)
    front = [] if begin is None else [begin]
    if begin is not None and numbers[:1] == front:
        numbers = numbers[1:]
    room = weights.config["n_ctx"] - len(front)
    if room < 1 or len(front) + len(numbers) < 2:
        raise BadValue(f"expected at least two tokens in a context, got {len(front) + min(len(numbers), max(room, 0))}")
    parts = [front + numbers[start : start + room] for start in range(0, len(numbers), room)]
    return [np.array([part]) for part in parts if len(part) > 1]


def numbered(tokens: Sequence[int | str], weights: Weights) -> list[int]:
    """The numbers of tokens in the vocabulary."""
    names = {name: number for number, name in enumerate(weights.config.get("vocab") or [])}
    size = weights.config["d_vocab"]
    found = []
    for place, token in enumerate(tokens):
        if isinstance(token, str) and token in names:
            token = names[token]
        elif isinstance(token, str) and names:
            raise UnknownName(f"token number {place}", token, names)
        if isinstance(token, str | bool) or not isinstance(token, int | np.integer) or not 0 <= token < size:
            raise BadValue(f"expected tokens from 0 to {size - 1}, got {token!r} at place {place}")
        found.append(int(token))
    return found


def read_tokens(path: str | Path) -> list[int | str]:
    """The tokens in a file: a JSON list, or numbers and names with blanks or commas between them.

    Raises ``BadValue`` where it cannot be read, or holds none.
    """
    text = read_text(path)
    if text.lstrip().startswith("["):
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            raise BadValue(f"{path}: expected a JSON list of tokens, got what is no JSON") from None
        wrong = [token for token in found if isinstance(token, bool) or not isinstance(token, int | str)]
        if wrong:
            raise BadValue(f"{path}: expected a list of numbers and names, got {str(wrong[0])[:40]!r} in it")
    else:
        words = text.replace(",", " ").split()
        found = [int(word) if word.isascii() and word.isdigit() and len(word) < 10 else word for word in words]
    if not found:
        raise BadValue(f"{path}: expected tokens, got none")
    return list(found)


def known_tokens(path: str | Path, source: Source) -> list[int | str]:
    """The tokens in a file, looked up in the vocabulary of a model where it has numbers.

    Raises ``BadValue``, naming the file, where it cannot be read, or holds a token that the model does not know.
    """
    found = read_tokens(path)
    try:
        if source.weights is not None:
            numbered(found, source.weights)
    except (BadValue, UnknownName) as error:
        raise BadValue(f"{path}: {error}") from None
    return found


def read_text(path: str | Path) -> str:
    """The text of a file. Raises ``BadValue`` where it cannot be read as UTF-8."""
    try:
        return Path(path).read_text("utf-8")
    except UnicodeDecodeError as error:
        raise BadValue(f"cannot read {path}: it is no UTF-8 text (byte {error.start})") from None
    except OSError as error:
        raise BadValue(f"cannot read {path}: {(error.strerror or type(error).__name__).lower()}") from None


def spelt(text: str, vocabulary: Sequence[str]) -> list[str]:
    """Text as tokens: at each place the longest name that stands there; white space that no name holds is skipped.

    Raises ``BadValue`` at the first place where no name fits.

    >>> spelt("the cat", ["the", "t", "c", "a", "he"])
    ['the', 'c', 'a', 't']
    """
    names, longest = set(vocabulary), max(map(len, vocabulary))
    found, place = [], 0
    while place < len(text):
        fitting = (text[place : place + size] for size in range(longest, 0, -1))
        name = next((part for part in fitting if part in names), None)
        if name is not None:
            found.append(name)
            place += len(name)
        elif text[place].isspace():
            place += 1
        else:
            line = text.count("\n", 0, place) + 1
            column = place - text.rfind("\n", 0, place)
            there = text[place : place + 12]
            raise BadValue(f"line {line}, column {column}: no token of the vocabulary begins {there!r}")
    return found


def spelt_file(path: str | Path, source: Source) -> list[int | str]:
    """The text in a file as tokens of a model. Raises ``BadValue`` where its tokens have no names, or none fits."""
    names = None if source.weights is None else source.weights.config.get("vocab")
    if not names:
        raise BadValue(f"--text needs the names of the tokens, and the header of {source.name} has no vocab")
    text = read_text(path)
    try:
        return list(spelt(text, names))
    except BadValue as error:
        raise BadValue(f"{path}: {error}") from None
