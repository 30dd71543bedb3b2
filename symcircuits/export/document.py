"""The one document that every format is written from: frozen blocks, in order, without a word about any format.

Mathematics is LaTeX in a ``str``, or a matrix with its labels; running text is a tuple of spans.

>>> row = Row(left=("s",), relation="=", right=("g",), number=1)
>>> Display((row,)).numbers
(1,)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from symcircuits.typeset.matrices import MatrixView
from symcircuits.typeset.prose import Emphasis, Maths, Spans, Text
from symcircuits.worked.steps import Drawn

Answer = Literal["proved", "refuted", "undecided"]
Piece = str | MatrixView


@dataclass(frozen=True)
class Mark:
    """What is said at a statement that was not proved."""

    answer: Answer
    text: Spans


@dataclass(frozen=True)
class Row:
    """One line of a display. An empty ``left`` continues the line above; ``indented`` is the rest of its formula."""

    left: tuple[Piece, ...]
    relation: str
    right: tuple[Piece, ...]
    reason: Spans = ()
    number: int | None = None
    mark: Mark | None = None
    indented: bool = False


@dataclass(frozen=True)
class Display:
    """Aligned lines of mathematics with their reasons: a definition, a matrix, one statement or a chain of them."""

    rows: tuple[Row, ...]
    kind: str = "display"

    @property
    def numbers(self) -> tuple[int, ...]:
        """The numbers of the statements in it."""
        return tuple(row.number for row in self.rows if row.number is not None)

    @property
    def reasoned(self) -> bool:
        """Whether any line has a reason."""
        return any(row.reason for row in self.rows)


@dataclass(frozen=True)
class Heading:
    """A heading inside a sheet."""

    text: Spans
    kind: str = "heading"


@dataclass(frozen=True)
class Paragraph:
    """A paragraph of running text."""

    text: Spans
    kind: str = "paragraph"


@dataclass(frozen=True)
class Problem:
    """The exercise as posed, and what a reader is asked to write down."""

    paragraphs: tuple[Spans, ...]
    asked: tuple[Spans, ...] = ()
    kind: str = "problem"


@dataclass(frozen=True)
class Claim:
    """A behaviour claimed of a circuit."""

    number: int
    text: Spans
    note: Spans = ()
    mark: Mark | None = None
    kind: str = "claim"


@dataclass(frozen=True)
class Picture:
    """A figure, its number on this sheet, its caption, and the name of its file without an ending."""

    figure: Drawn
    number: int
    caption: Spans
    file: str
    kind: str = "picture"


@dataclass(frozen=True)
class Banner:
    """What stands on top of a sheet that is not proved throughout."""

    answer: Answer
    text: Spans
    kind: str = "banner"


@dataclass(frozen=True)
class Method:
    """Which statements were proved in one way, and what was assumed for it."""

    name: Spans
    numbers: tuple[int, ...]
    assuming: tuple[Spans, ...] = ()

    @property
    def ranges(self) -> str:
        """The numbers with runs drawn together: ``(1), (3)–(5)``."""
        return number_ranges(self.numbers)


@dataclass(frozen=True)
class Run:
    """Experiments of one kind on the numeric engine: what was measured, what was bound, and a table of outcomes."""

    behaviour: Spans
    measures: Spans
    bound: Spans
    header: tuple[Spans, ...]
    rows: tuple[tuple[Spans, ...], ...]
    passed: tuple[bool, ...]
    notes: tuple[Spans, ...] = ()


@dataclass(frozen=True)
class Checked:
    """What was proved by which method, and what was run."""

    proved: int
    total: int
    methods: tuple[Method, ...]
    remarks: tuple[Spans, ...] = ()
    runs: tuple[Run, ...] = ()
    kind: str = "checked"


Block = Heading | Paragraph | Problem | Display | Claim | Picture | Banner | Checked


@dataclass(frozen=True)
class Document:
    """A sheet: its title block and its blocks. ``answer`` is ``None`` on a sheet that keeps the solution back."""

    id: str
    title: Spans
    parameters: tuple[tuple[str, str], ...]
    convention: Spans
    answer: Answer | None
    blocks: tuple[Block, ...]

    @property
    def pictures(self) -> tuple[Picture, ...]:
        """The figures, in order."""
        return tuple(block for block in self.blocks if isinstance(block, Picture))

    @property
    def name(self) -> str:
        """The title as plain characters."""
        return plain(self.title)


def number_ranges(numbers: tuple[int, ...]) -> str:
    """Numbers of statements in words.

    >>> number_ranges((1, 2, 4, 5, 6, 9))
    '(1), (2), (4)–(6), (9)'
    """
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][-1] == number - 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(_run(run) for run in runs)


def _run(run: list[int]) -> str:
    if len(run) > 2:
        return f"({run[0]})–({run[-1]})"
    return ", ".join(f"({number})" for number in run)


def plain(spans: Spans) -> str:
    """Running text without its markup; formulas stay LaTeX."""
    return "".join(plain(span.spans) if isinstance(span, Emphasis) else _characters(span) for span in spans)


def _characters(span: Text | Maths) -> str:
    return span.text if isinstance(span, Text) else span.latex
