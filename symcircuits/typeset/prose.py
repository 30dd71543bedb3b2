r"""Running text as authors write it, read into spans: ``$...$`` is mathematics, ``*...*`` is emphasis, nothing else.

>>> [span.kind for span in read("Turn *back* by $\\alpha$: 5 * 3 is 15.")]
['text', 'emphasis', 'text', 'maths', 'text']
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from textwrap import dedent


@dataclass(frozen=True)
class Text:
    """Plain characters; each format escapes them in its own way."""

    text: str
    kind: str = "text"


@dataclass(frozen=True)
class Maths:
    """A formula inside running text."""

    latex: str
    kind: str = "maths"


@dataclass(frozen=True)
class Emphasis:
    """Emphasised running text."""

    spans: Spans
    kind: str = "emphasis"


@dataclass(frozen=True)
class Link:
    """Running text that leads to a place in the same document; no author writes it."""

    spans: Spans
    target: str
    kind: str = "link"


Span = Text | Maths | Emphasis | Link
Spans = tuple[Span, ...]

# a star opens only before, and closes only after, something that is no space
_MARKUP = re.compile(r"\$(?P<maths>[^$]+)\$|(?<![\w*])\*(?P<emphasis>(?! )(?:[^*$]|\$[^$]+\$)+?)(?<! )\*(?!\w)")

_TYPED = re.compile(r"\$[^$]+\$|[\"']|(?<=\d)-(?=\d)")
_COUNTED = re.compile(r"\b\d+(?:, \d+){4,}")
_LABEL = re.compile(r"(\\?[A-Za-z]+(?:\{\w+\})?_\{[^{}]*\}|->)")


def read(text: str) -> Spans:
    """Spans of one paragraph; line breaks and runs of blanks are single blanks, as in any running text.

    >>> read('dimensions 0-3 "as they are"')[0].text
    'dimensions 0–3 “as they are”'
    """
    return _spans(_TYPED.sub(_typographic, " ".join(text.split())))


def paragraphs(text: str) -> tuple[Spans, ...]:
    """The paragraphs of a text, which blank lines separate.

    >>> len(paragraphs("One\\nstill one.\\n\\nTwo."))
    2
    """
    return tuple(read(part) for part in re.split(r"\n\s*\n", dedent(text).strip()) if part.strip())


def labelled(text: str) -> Spans:
    r"""Plain words in which the labels of directions and arrows are mathematics, as names of behaviours are.

    >>> [span.kind for span in labelled("Copies(c_{0} -> \\cos_{1})")]
    ['text', 'maths', 'text', 'maths', 'text', 'maths', 'text']
    """
    parts = _LABEL.split(_COUNTED.sub(_ranges, " ".join(text.split())))
    return tuple(_label(part) if place % 2 else Text(part) for place, part in enumerate(parts) if part)


def _ranges(found: re.Match[str]) -> str:
    """Runs of numbers that count up as ranges: a head may copy dozens of dimensions."""
    runs: list[list[int]] = []
    for number in map(int, found.group().split(", ")):
        if runs and runs[-1][-1] == number - 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(f"{run[0]}–{run[-1]}" if len(run) > 2 else ", ".join(map(str, run)) for run in runs)


def _label(text: str) -> Maths:
    return Maths(r"\to" if text == "->" else text)


def join(separator: str, parts: tuple[Spans, ...]) -> Spans:
    """Texts one after the other, with a separator between them; empty ones are left out."""
    spans: list[Span] = []
    for part in filter(None, parts):
        spans += [Text(separator), *part] if spans else part
    return tuple(spans)


def _typographic(found: re.Match[str]) -> str:
    """Curly quotation marks for straight ones, a dash in a range of numbers; mathematics as it is."""
    sign = found.group()
    if sign == '"':
        before = found.string[: found.start()][-1:] or " "
        return "“" if before in " ([–—" else "”"
    return {"'": "’", "-": "–"}.get(sign, sign)


def _spans(text: str) -> Spans:
    spans: list[Span] = []
    end = 0
    for match in _MARKUP.finditer(text):
        spans += _plain(text[end : match.start()])
        spans.append(_marked(match))
        end = match.end()
    return (*spans, *_plain(text[end:]))


def _plain(text: str) -> list[Span]:
    return [Text(text)] if text else []


def _marked(match: re.Match[str]) -> Span:
    if match["maths"] is not None:
        return Maths(match["maths"].strip())
    return Emphasis(_spans(match["emphasis"]))
