"""Labelled matrices as HTML tables that need no script, no font and no host."""

from __future__ import annotations

import re
from html import escape

from symcircuits.typeset.layouts import Cell, Layout, layout
from symcircuits.typeset.mathematics import formula_html
from symcircuits.typeset.matrix_views import MatrixView
from symcircuits.typeset.readable import ascii_label, readable

HTML_STYLE = """
.matrix-box {
  --matrix-ink: #1b1f24; --matrix-label: #6a7078; --matrix-zero: #b3b8c0; --matrix-rule: #a9afb8; --matrix-shade: #e6eff8;
  display: inline-block; max-width: 100%; overflow-x: auto; vertical-align: middle; padding: 2px 1px;
}
.matrix { border-collapse: separate; border-spacing: 0; font-size: .95em; line-height: 1.45; margin: 0; }
.matrix th { color: var(--matrix-label); font-weight: normal; font-size: .78em; white-space: nowrap; padding: 0 .35em; }
.matrix tbody th { text-align: right; padding-right: .6em; }
.matrix thead th { padding-bottom: .3em; text-align: center; }
.matrix td { position: relative; min-width: 1.15em; padding: .05em .35em; text-align: center; color: var(--matrix-ink);
  white-space: nowrap; font-variant-numeric: lining-nums; }
.matrix td.z { color: var(--matrix-zero); }
.matrix td.n { color: var(--matrix-label); font-size: .85em; }
.matrix td.s { background: var(--matrix-shade); -webkit-print-color-adjust: exact; print-color-adjust: exact; }
.matrix td.c { border-left: 1px solid var(--matrix-rule); }
.matrix td.r { border-top: 1px solid var(--matrix-rule); }
.matrix td.first { border-left: 1.5px solid var(--matrix-ink); }
.matrix td.last { border-right: 1.5px solid var(--matrix-ink); }
.matrix tr:first-child td.first::before, .matrix tr:last-child td.first::after,
.matrix tr:first-child td.last::before, .matrix tr:last-child td.last::after {
  content: ""; position: absolute; width: .4em; height: 0; border-top: 1.5px solid var(--matrix-ink); }
.matrix tr:first-child td::before { top: 0; }
.matrix tr:last-child td::after { bottom: 0; }
.matrix td.first::before, .matrix td.first::after { left: 0; }
.matrix td.last::before, .matrix td.last::after { right: 0; }
@media (prefers-color-scheme: dark) {
  .matrix-box { --matrix-ink: #e4e7eb; --matrix-label: #9aa2ac; --matrix-zero: #5b626c; --matrix-rule: #565d67; --matrix-shade: #22344a; }
}
@media print {
  .matrix-box { --matrix-ink: #000; --matrix-label: #555; --matrix-zero: #999; --matrix-rule: #888; --matrix-shade: #e6eff8;
    overflow: visible; break-inside: avoid; }
}
""".strip()
"""The style sheet that ``matrix_html`` needs, once a page."""

_SIMPLE_LABEL = re.compile(r"([A-Za-z]|\d+(?:\.\.\d+)?|\\(?:cos|sin)|\\(?:mathrm|text)\{[\w ]+\})(?:_(\w|\{[\w. -]*\}))?(\\ \(\d+\))?")


def matrix_html(view: MatrixView) -> str:
    """The matrix as a table with brackets, labels, block rules and shading; every entry that is not zero has a tooltip.

    The page needs ``HTML_STYLE`` once. Above 24 rows or columns its blocks or corners are shown.
    """
    shown = layout(view)
    rows = "\n".join(_row(shown, index) for index in range(len(shown.cells)))
    return f'<div class="matrix-box"><table class="matrix">{_header(shown)}<tbody>\n{rows}\n</tbody></table></div>'


def _header(shown: Layout) -> str:
    if not shown.column_labels:
        return ""
    corner = "<td></td>" if shown.row_labels else ""
    return f"<thead><tr>{corner}{''.join(f'<th>{_label(text)}</th>' for text in shown.column_labels)}</tr></thead>"


def _row(shown: Layout, index: int) -> str:
    name = f"<th>{_label(shown.row_labels[index])}</th>" if shown.row_labels else ""
    return f"<tr>{name}{''.join(_cell(shown, index, place) for place in range(len(shown.cells[index])))}</tr>"


def _cell(shown: Layout, index: int, place: int) -> str:
    cell = shown.cells[index][place]
    marks = {
        "first": place == 0,
        "last": place == len(shown.cells[index]) - 1,
        "c": place in shown.column_rules,
        "r": index in shown.row_rules,
        "s": cell.shaded,
        "z": cell.kind in ("zero", "dots"),
        "n": cell.kind == "count",
    }
    names = " ".join(name for name, marked in marks.items() if marked)
    style = f' class="{names}"' if names else ""
    return f"<td{style}{_tooltip(cell)}>{_content(cell)}</td>"


def _content(cell: Cell) -> str:
    if cell.kind == "zero":
        return "·"
    if cell.kind == "entry" and not re.fullmatch(r"-?\d+", cell.latex):
        return formula_html(cell.latex)
    return escape(readable(cell.latex))


def _tooltip(cell: Cell) -> str:
    if cell.labels is None:
        return ""
    target, source = (ascii_label(label) for label in cell.labels)
    return f' title="{escape(f"{target} <- {source}", quote=True)}"'


def _label(latex: str) -> str:
    if not latex:
        return ""
    simple = _SIMPLE_LABEL.fullmatch(latex)
    if not simple:
        return formula_html(latex)
    base, script, note = simple.groups()
    text = escape(readable(base))
    name = f"<i>{text}</i>" if len(base) == 1 and base.isalpha() else text
    below = f"<sub>{escape(readable(script))}</sub>" if script else ""
    return name + below + (escape(note.replace("\\ ", "\u00a0")) if note else "")
