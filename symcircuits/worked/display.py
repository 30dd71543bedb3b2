"""A derivation in a notebook: its steps with their formulas and verdicts, as one HTML fragment."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from symcircuits.algebra import ExactMatrix, Factored
from symcircuits.algebra.verdict import word_html
from symcircuits.typeset import prose
from symcircuits.typeset.expressions import latex
from symcircuits.typeset.formulas import to_latex
from symcircuits.typeset.mathematics import formula_html
from symcircuits.typeset.matrices import matrix_html
from symcircuits.typeset.prose import Emphasis, Link, Maths, Span
from symcircuits.worked.steps import (
    Answer,
    Claim,
    Definition,
    Figure,
    Heading,
    Prose,
    Rule,
    Side,
    Statement,
    Step,
    Table,
    Value,
    answer,
)


def derivation_html(title: str, steps: Iterable[Step], verdict: Answer) -> str:
    """Title, steps and verdict."""
    parts = [f"<h3>{escape(title)}</h3>", *map(step_html, steps), word_html(verdict)]
    return f'<div class="symcircuits">{"".join(parts)}</div>'


def step_html(step: Step) -> str:
    """One step."""
    if isinstance(step, Heading):
        return f"<h4>{prose_html(step.text)}</h4>"
    if isinstance(step, Prose):
        return f"<p>{prose_html(step.text)}</p>"
    if isinstance(step, Rule):
        return f"<p>{formula_html(f'{step.left()} = {step.latex}')}</p>"
    if isinstance(step, Figure):
        return f"<p><em>Figure.</em> {prose_html(step.caption)}</p>"
    if isinstance(step, Claim):
        return f"<p>{prose_html(f'{step.text} {step.note}')} {word_html(answer(step.verdict))}</p>"
    if isinstance(step, Table):
        return f"{_table(step)} {word_html(answer(step.verdict))}"
    if isinstance(step, Definition):
        return f"<p>{formula_html(to_latex(step.name) + ' =')} {_value(step.value)}</p>"
    return f"<p>{_statement(step)} {word_html(answer(step.verdict))} <small>{prose_html(step.because)}</small></p>"


def prose_html(text: str) -> str:
    """Prose with its formulas drawn."""
    return "".join(map(_span, prose.read(text)))


def _span(span: Span) -> str:
    if isinstance(span, Emphasis | Link):
        return f"<em>{''.join(map(_span, span.spans))}</em>"
    return formula_html(span.latex) if isinstance(span, Maths) else escape(span.text)


def _table(step: Table) -> str:
    header, *rows = (
        f"<tr>{''.join(f'<{cell}>{prose_html(text)}</{cell}>' for text in row)}</tr>"
        for cell, row in [("th", step.header), *(("td", row) for row in step.rows)]
    )
    caption = f"<caption>{prose_html(step.text)}</caption>"
    return f"<table>{caption}<thead>{header}</thead><tbody>{''.join(rows)}</tbody></table>"


def _statement(step: Statement) -> str:
    return f"{_side(step.left)} {formula_html(step.relation)} {_side(step.right)}"


def _side(side: Side) -> str:
    return formula_html(to_latex(side.formula)) if side.formula else _value(side.value)


def _value(value: Value) -> str:
    if isinstance(value, ExactMatrix | Factored):
        return matrix_html((value.expand() if isinstance(value, Factored) else value).view())
    return formula_html(latex(value))
