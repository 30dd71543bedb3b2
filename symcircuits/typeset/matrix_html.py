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
  --matrix-ink: #1b1f24; --matrix-label: #646a72; --matrix-zero: #a6acb5; --matrix-rule: #a9afb8;
  --matrix-shade: #e6eff8;
  display: inline-block; max-width: 100%; overflow-x: auto; vertical-align: middle; padding: 2px 1px;
}
.matrix { border-collapse: separate; border-spacing: 0; font-size: .95em; line-height: 1.5; margin: 0; }
.matrix th { color: var(--matrix-label); font-weight: normal; font-size: .78em; white-space: nowrap; padding: 0 .3em; }
.matrix sub, .matrix sup { font-size: .8em; line-height: 0; }
.matrix tbody th { text-align: right; padding-right: .6em; }
.matrix thead th { padding-bottom: .3em; text-align: center; }
.matrix tbody td { min-width: 1.05em; padding: .05em .35em; text-align: center; white-space: nowrap;
  color: var(--matrix-ink); font-variant-numeric: lining-nums; }
.matrix td.bracket { min-width: .35em; width: .35em; box-sizing: border-box; padding: 0;
  border: 1.5px solid var(--matrix-ink); }
.matrix td.open { border-right: none; }
.matrix td.close { border-left: none; }
.matrix td.zero { color: var(--matrix-zero); }
.matrix td.count { color: var(--matrix-label); font-size: .85em; }
.matrix td.on { background: var(--matrix-shade); -webkit-print-color-adjust: exact; print-color-adjust: exact; }
.matrix td.ruled { border-left: 1px solid var(--matrix-rule); }
.matrix tr.ruled > td:not(.bracket) { border-top: 1px solid var(--matrix-rule); }
@media (prefers-color-scheme: dark) {
  .matrix-box { --matrix-ink: #e4e7eb; --matrix-label: #9aa2ac; --matrix-zero: #656c77; --matrix-rule: #565d67;
    --matrix-shade: #22344a; }
}
@media print {
  .matrix-box { --matrix-ink: #000; --matrix-label: #555; --matrix-zero: #999; --matrix-rule: #888;
    --matrix-shade: #e6eff8; overflow: visible; break-inside: avoid; }
}
""".strip()
"""The style sheet that ``matrix_html`` needs, once a page."""

_LABEL = re.compile(
    r"(?P<base>[A-Za-z]|\d+(?:\\text\{–\}\d+)?|\\(?:cos|sin)|\\(?:mathrm|text)\{[\w ]+\})"
    r"(?:_(?P<sub>\w|\{\w*\}|\{\d+\\text\{–\}\d+\}))?(?P<note>\\ \(\d+\))?"
)


def matrix_html(view: MatrixView) -> str:
    """The matrix as a table with brackets, labels, block rules and shading; every entry that is not zero has a tooltip.

    The page needs ``HTML_STYLE`` once. From 24 rows or columns on its blocks or some lines are shown.
    """
    shown = layout(view)
    rows = "\n".join(_row(shown, index) for index in range(len(shown.cells)))
    return f'<div class="matrix-box"><table class="matrix">{_header(shown)}<tbody>\n{rows}\n</tbody></table></div>'


def _header(shown: Layout) -> str:
    if not shown.column_labels:
        return ""
    corner = "<td></td>" if shown.row_labels else ""
    names = "".join(f'<th scope="col">{_label(text)}</th>' for text in shown.column_labels)
    return f"<thead><tr>{corner}<td></td>{names}<td></td></tr></thead>"


def _row(shown: Layout, index: int) -> str:
    name = f'<th scope="row">{_label(shown.row_labels[index])}</th>' if shown.row_labels else ""
    cells = "".join(_cell(cell, place in shown.column_rules) for place, cell in enumerate(shown.cells[index]))
    before, after = (_bracket(side, len(shown.cells)) for side in ("open", "close")) if index == 0 else ("", "")
    return f"<tr{_classes(ruled=index in shown.row_rules)}>{name}{before}{cells}{after}</tr>"


def _bracket(side: str, rows: int) -> str:
    return f'<td class="bracket {side}" rowspan="{rows}" aria-hidden="true"></td>'


def _cell(cell: Cell, ruled: bool) -> str:
    quiet = cell.kind in ("zero", "dots")
    classes = _classes(zero=quiet, count=cell.kind == "count", on=cell.shaded, ruled=ruled)
    return f"<td{classes}{_tooltip(cell)}>{_content(cell)}</td>"


def _classes(**marks: bool) -> str:
    names = " ".join(name for name, marked in marks.items() if marked)
    return f' class="{names}"' if names else ""


def _content(cell: Cell) -> str:
    if cell.kind == "zero":
        return "·"
    if cell.kind == "entry" and not re.fullmatch(r"-?\d+", cell.latex):
        return formula_html(cell.latex)
    return escape(readable(cell.latex))


def _tooltip(cell: Cell) -> str:
    if cell.labels is None:
        return ""
    target, source = map(ascii_label, cell.labels)
    return f' title="{escape(f"{target} <- {source}", quote=True)}"'


def _label(latex: str) -> str:
    """A label as text with a subscript, which is light and can be searched; as a drawing where it is more than that."""
    simple = _LABEL.fullmatch(latex)
    if not simple:
        return formula_html(latex) if latex else ""
    base, sub, note = simple["base"], simple["sub"], simple["note"]
    text = f"<i>{base}</i>" if base.isalpha() else escape(readable(base))
    below = f"<sub>{escape(readable(sub))}</sub>" if sub else ""
    return text + below + (note.replace("\\ ", "&nbsp;") if note else "")
