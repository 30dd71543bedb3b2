"""Documents as notebooks: the text in Markdown cells, and code cells that build the derivation and prove it again."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Mapping
from importlib import import_module
from types import ModuleType

from sympy import Expr

from symcircuits.errors import OutputFailed
from symcircuits.export import markdown, pictures
from symcircuits.export.book import Book
from symcircuits.export.document import Block, Claim, Display, Document, Picture, Table, tag
from symcircuits.worked import steps
from symcircuits.worked.solution import Derivation
from symcircuits.worked.steps import Statement, answer

_IMPORTS = (
    "from symcircuits import derive",
    "from symcircuits.algebra import prove",
    "from symcircuits.worked import answer, run_experiments",
)
_KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}


def render(document: Document, derivation: Derivation, source: str = "") -> str:
    """The whole ``.ipynb`` file of a sheet.

    ``source`` is the derivation's file as seen from the notebook's folder, empty for one that ships.
    """
    return _written_out(_cells(document, derivation, source))


def render_book(book: Book, derivations: Mapping[str, Derivation], sources: Mapping[str, str]) -> str:
    """The whole ``.ipynb`` file of several sheets; derivations and their files by ID."""
    return _written_out(_book_cells(book, derivations, sources))


def _book_cells(
    book: Book, derivations: Mapping[str, Derivation], sources: Mapping[str, str]
) -> Iterator[tuple[str, str | Picture]]:
    yield "markdown", markdown.contents(book)
    for section in book.sections:
        if book.divided:
            yield "markdown", markdown.chapter(section)
        for document in section.parts:
            yield from _cells(document, derivations[document.id], sources[document.id])


def _written_out(found: Iterator[tuple[str, str | Picture]]) -> str:
    v4 = require_nbformat().v4
    cells = [_cell(v4, f"cell-{place}", kind, content) for place, (kind, content) in enumerate(found)]
    metadata = {"kernelspec": _KERNEL, "language_info": {"name": "python"}}
    return str(v4.writes(v4.new_notebook(cells=cells, metadata=metadata))) + "\n"


def _cell(v4: ModuleType, id: str, kind: str, content: str | Picture) -> object:
    """A cell; one that draws a figure holds its image, for readers who run nothing."""
    if kind == "markdown":
        return v4.new_markdown_cell(content, id=id)
    if isinstance(content, str):
        return v4.new_code_cell(content, id=id)
    image = b64encode(pictures.image(content)).decode()
    shown = v4.new_output("display_data", {"image/png": image, "text/plain": content.figure.alt()})
    return v4.new_code_cell(f"draw(solution.figures[{content.number - 1}])", id=id, outputs=[shown])


def require_nbformat() -> ModuleType:
    """The package that notebooks are made with. ``OutputFailed``: it is not installed."""
    try:
        return import_module("nbformat")
    except ImportError:
        raise OutputFailed("cannot write ipynb: nbformat is not installed; install symcircuits[notebook]") from None


def _cells(document: Document, derivation: Derivation, source: str) -> Iterator[tuple[str, str | Picture]]:
    yield "markdown", markdown.heading(document)
    if document.answer is not None:
        yield "code", _beginning(derivation, source)
    for block in document.blocks:
        yield "markdown", markdown.block(block, github=False, prefix=document.prefix)
        if isinstance(block, Picture):
            yield "code", block
        if numbers := _numbers(block):
            yield (
                "code",
                "\n".join(_proof(derivation.statements[number - 1], number, document.prefix) for number in numbers),
            )
    if document.answer is not None and derivation.outcomes:
        yield "code", _experiments(derivation)


def _numbers(block: Block) -> tuple[int, ...]:
    if isinstance(block, Claim | Table):
        return (block.number,)
    return block.numbers if isinstance(block, Display) else ()


def _beginning(derivation: Derivation, source: str) -> str:
    values = [*([("source", source)] if source else []), *derivation.parameters.items()]
    arguments = ", ".join([repr(derivation.id), *(f"{name}={_written(value)}" for name, value in values)])
    exact = any(isinstance(value, Expr) for value in derivation.parameters.values())
    drawing = ["from symcircuits.export.drawings import draw"] if derivation.figures else []
    lines = [*_IMPORTS, *drawing, *(["from symcircuits.exact import exact_value"] if exact else [])]
    return "\n".join([*lines, "", f"solution = derive({arguments})"])


def _written(value: object) -> str:
    return f"exact_value({str(value)!r})" if isinstance(value, Expr) else repr(value)


def _proof(step: Statement | steps.Claim | steps.Table, number: int, prefix: str) -> str:
    """An equality is decided anew; anything else was, when the derivation was built."""
    said = answer(step.verdict)
    lines = [f"step = solution.statements[{number - 1}]"]
    equality = step.kind == "equality" and isinstance(step, Statement)
    lines.append("verdict = prove(step.left.value, step.right.value)" if equality else "verdict = step.verdict")
    return "\n".join(
        [*lines, f"assert answer(verdict) == {said!r}, verdict", f'print("{tag(number, prefix)}", verdict)']
    )


def _experiments(derivation: Derivation) -> str:
    expected = [outcome.passed for outcome in derivation.outcomes]
    return "\n".join(
        [
            "outcomes = run_experiments(solution).outcomes",
            "for outcome in outcomes:",
            "    told = {name: outcome.bindings[name] for name in outcome.told}",
            '    print(outcome.behaviour, told, "measured", outcome.measured, "closed form", outcome.closed_form)',
            f"assert [outcome.passed for outcome in outcomes] == {expected}",
        ]
    )
