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
from symcircuits.typeset.prose import Emphasis, Link, Maths, Spans, Text
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
class Table:
    """Figures in rows under a header, with a caption."""

    number: int
    caption: Spans
    header: tuple[Spans, ...]
    rows: tuple[tuple[Spans, ...], ...]
    mark: Mark | None = None
    kind: str = "table"


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
    """Which statements were proved in one way, and what was assumed for it.

    ``ranges`` are the numbers with runs drawn together: ``(1), (3)–(5)``.
    """

    name: Spans
    ranges: Spans
    assuming: tuple[Spans, ...] = ()


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


Block = Heading | Paragraph | Problem | Display | Claim | Table | Picture | Banner | Checked


@dataclass(frozen=True)
class Document:
    """A sheet: its title block and its blocks. ``answer`` is ``None`` on a sheet that keeps the solution back.

    As a part of a larger document it has a ``prefix``, which stands before the numbers of its statements (``2c.``), an
    ``anchor`` that leads to it, and the parts that it ``builds_on``.
    """

    id: str
    title: Spans
    parameters: tuple[tuple[str, str], ...]
    convention: Spans
    answer: Answer | None
    blocks: tuple[Block, ...]
    prefix: str = ""
    anchor: str = ""
    builds_on: Spans = ()

    @property
    def pictures(self) -> tuple[Picture, ...]:
        """The figures, in order."""
        return tuple(block for block in self.blocks if isinstance(block, Picture))

    @property
    def name(self) -> str:
        """The title as plain characters."""
        return plain(self.title)

    @property
    def called(self) -> str:
        """What it is called in a sentence: the title up to its colon."""
        return self.name.partition(":")[0]

    @property
    def numbers(self) -> tuple[int, ...]:
        """The numbers of all statements."""
        found = (
            block.numbers if isinstance(block, Display) else (block.number,)
            for block in self.blocks
            if isinstance(block, Display | Claim | Table)
        )
        return tuple(number for numbers in found for number in numbers)


def number_ranges(numbers: tuple[int, ...], prefix: str = "") -> str:
    """Numbers of statements in words, with what stands before each.

    >>> number_ranges((1, 2, 4, 5, 6, 9)), number_ranges((1, 2, 3), "2c.")
    ('(1), (2), (4)–(6), (9)', '(2c.1)–(2c.3)')
    """
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][-1] == number - 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(_run(run, prefix) for run in runs)


def _run(run: list[int], prefix: str) -> str:
    tags = [tag(number, prefix) for number in run]
    return f"{tags[0]}–{tags[-1]}" if len(run) > 2 else ", ".join(tags)


def tag(number: int | None, prefix: str = "") -> str:
    """The number of a statement as it is printed; nothing for a line without one."""
    return "" if number is None else f"({prefix}{number})"


def plain(spans: Spans) -> str:
    """Running text without its markup; formulas stay LaTeX."""
    return "".join(plain(span.spans) if isinstance(span, Emphasis | Link) else _characters(span) for span in spans)


def _characters(span: Text | Maths) -> str:
    return span.text if isinstance(span, Text) else span.latex
