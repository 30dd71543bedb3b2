"""A derivation for a reader at a terminal: the blocks of its sheet as text, each statement with verdict and method."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text

from symcircuits.algebra import ExactMatrix, Factored, Proved, Refuted, Undecided, Verdict
from symcircuits.cli import printing
from symcircuits.cli.lines import Part, beside, continued, sentence
from symcircuits.export.compose import compose
from symcircuits.export.document import (
    Banner,
    Block,
    Checked,
    Claim,
    Display,
    Heading,
    Paragraph,
    Picture,
    Piece,
    Problem,
    Row,
    Table,
)
from symcircuits.typeset import prose
from symcircuits.typeset.matrices import matrix_text
from symcircuits.typeset.prose import Emphasis, Link, Maths, Spans
from symcircuits.typeset.readable import readable
from symcircuits.typeset.text import formula_text, text
from symcircuits.worked import Derivation, Side, Statement, answer, steps

STYLES = {"proved": "green", "refuted": "bold red", "undecided": "yellow"}
_INDENT = "    "
_SHORT = 30  # characters of an exact number that is shown beside its decimals


def reading(derivation: Derivation, width: int) -> Iterator[RenderableType]:
    """The derivation from its title to its verdict, in pieces to print one below the other, ``width`` columns wide."""
    document = compose(derivation)
    verdicts = [statement.verdict for statement in derivation.statements]
    yield Text.assemble((document.id, "bold"), "  ", (spoken(document.title), "bold"))
    if document.parameters:
        yield Text(", ".join(f"{name} = {value}" for name, value in document.parameters), "dim")
    for block in document.blocks:
        yield from _block(block, verdicts, width)
    yield Text()
    yield Text.assemble(document.id, ": ", styled(derivation.verdict))


def spoken(spans: Spans) -> str:
    """Running text without markup, its formulas readable."""
    return "".join(_spoken(span) for span in spans)


def _spoken(span: object) -> str:
    if isinstance(span, Emphasis | Link):
        return spoken(span.spans)
    return readable(span.latex) if isinstance(span, Maths) else str(getattr(span, "text", ""))


def styled(word: str) -> Text:
    """The word of a verdict in its colour."""
    return Text(word, STYLES[word])


def verdict_text(verdict: Verdict) -> Text:
    """A verdict in a line: by which method, or why not."""
    if isinstance(verdict, Proved):
        assuming = "; ".join(spoken(prose.read(condition)) for condition in verdict.assuming)
        return Text.assemble(styled("proved"), f" by {verdict.method}", f", assuming {assuming}" if assuming else "")
    return Text.assemble(styled(answer(verdict)), f": {why_not(verdict)}")


def why_not(verdict: Refuted | Undecided) -> str:
    """The witness of a refuted statement, in decimals where the exact sides are long, or what was tried."""
    if isinstance(verdict, Undecided):
        return verdict.tried or "no method applies"
    found = verdict.witness
    entry = f"in entry ({readable(found.entry[0])}, {readable(found.entry[1])})" if found.entry else ""
    values = ", ".join(f"{text(symbol)} = {text(value)}" for symbol, value in found.bindings.items())
    where = " ".join(filter(None, (entry, values and f"at {values}")))
    sides = f"left {_number(found.left, found.left_value)}, right {_number(found.right, found.right_value)}"
    return f"{where}: {sides}" if where else sides


def _number(exact: Any, decimal: str) -> str:
    shown = text(exact)
    if len(shown) > _SHORT or shown == decimal:
        return decimal
    return f"{shown} ≈ {decimal}"


def statement_text(statement: Statement | steps.Claim | steps.Table) -> str:
    """A statement in one line: formulas as they are, a matrix without one as its shape."""
    if isinstance(statement, steps.Claim | steps.Table):
        return spoken(prose.read(statement.text))
    return f"{_side(statement.left)} {readable(statement.relation)} {_side(statement.right)}"


def _side(side: Side) -> str:
    if side.formula is not None:
        return formula_text(side.formula)
    if isinstance(side.value, ExactMatrix | Factored):
        return "a matrix of {} by {}".format(*side.value.shape)
    return text(side.value)


def _block(block: Block, verdicts: Sequence[Verdict], width: int) -> Iterator[RenderableType]:
    match block:
        case Heading():
            yield from (Text(), Text(spoken(block.text), "bold underline"))
        case Paragraph():
            yield from (Text(), Text(spoken(block.text)))
        case Problem():
            for paragraph in (*block.paragraphs, *block.asked):
                yield from (Text(), Text(spoken(paragraph), "italic"))
        case Display():
            yield from (Text(), *_display(block, verdicts, width - len(_INDENT)))
        case Claim():
            yield from (Text(), Text(spoken(block.text)))
            yield _said(block.number, block.note, verdicts)
        case Table():
            header, *rows = ([spoken(cell) for cell in row] for row in (block.header, *block.rows))
            yield from (Text(), Text(spoken(block.caption)))
            yield _indented(printing.table(*header, rows=rows, right=header))
            yield _said(block.number, (), verdicts)
        case Picture():
            yield from (Text(), Text.assemble((f"Figure {block.number}. ", "italic"), spoken(block.caption)))
        case Banner():
            yield from (Text(), Text(spoken(block.text), STYLES[block.answer]))
        case Checked():
            yield Text()
            yield Text(f"{block.proved} of {block.total} statements proved.")
            yield from (Text(spoken(remark)) for remark in block.remarks)


def _display(display: Display, verdicts: Sequence[Verdict], width: int) -> Iterator[RenderableType]:
    margin = 0
    for rows in _statements(display.rows):
        margin = max(margin, len(beside([_part(piece) for piece in rows[0].left])[0]))
        for row in rows:
            yield _fixed(_row(row, margin, width))
        number = next((row.number for row in rows if row.number is not None), None)
        reason = next((row.reason for row in rows if row.reason), ())
        if number is not None:
            yield _said(number, reason, verdicts)
        elif reason:
            yield _indented(Text(f"[{spoken(reason)}]", "dim"))


def _statements(rows: Sequence[Row]) -> Iterator[list[Row]]:
    """Rows that make one statement: its first, and those that only continue a side."""
    group: list[Row] = []
    for row in rows:
        if group and (row.left or row.relation):
            yield group
            group = []
        group.append(row)
    yield group


def _row(row: Row, margin: int, width: int) -> list[str]:
    left, right = ([_part(piece) for piece in pieces] for pieces in (row.left, row.right))
    if left or row.relation:
        return sentence(left, readable(row.relation), right, margin, width)
    return continued(right, margin + 4 if row.indented else 0, width)


def _part(piece: Piece) -> Part:
    return readable(piece) if isinstance(piece, str) else matrix_text(piece).split("\n")


def _said(number: int, reason: Spans, verdicts: Sequence[Verdict]) -> RenderableType:
    """What stands below a statement: its number, its verdict, and the author's reason."""
    given = f"  [{spoken(reason)}]" if reason else ""
    return _indented(Text.assemble(f"({number}) ", verdict_text(verdicts[number - 1]), (given, "dim")))


def _indented(part: RenderableType) -> RenderableType:
    return Padding(part, (0, 0, 0, len(_INDENT)), expand=False)


def _fixed(lines: Sequence[str]) -> Text:
    """Lines whose columns stand below one another: never wrapped."""
    return Text("\n".join(f"{_INDENT}{line}" for line in lines), no_wrap=True, overflow="ignore")
