from __future__ import annotations

import re
from html.parser import HTMLParser

from sympy import Integer, cos

from symcircuits.symbols import alpha
from symcircuits.typeset.axes import Axis
from symcircuits.typeset.matrices import HTML_STYLE, MatrixView, matrix_html

one = Integer(1)
stream = Axis.of_blocks(
    (r"\mathrm{content}", [rf"\mathrm{{content}}_{{{i}}}" for i in range(2)]), ("v", ["v_{0}", r"\tilde v_{1}"])
)


class _Table(HTMLParser):
    """The tags of a page with their attributes, and the classes of its cells row by row."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.rows: list[list[dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append({"tag": tag, **dict(attrs)})

    def handle_endtag(self, tag: str) -> None:
        while self.open.pop() not in (tag, "path", "rect"):
            raise AssertionError(f"</{tag}> closes nothing")


def test_a_whole_table() -> None:
    page = matrix_html(MatrixView((2, 2), {(0, 1): Integer(-5)}, Axis.of_blocks(("c", ["c_{0}", "c_{1}"]))))
    assert page == (
        '<div class="matrix-box"><table class="matrix"><tbody>\n'
        '<tr><th scope="row"><i>c</i><sub>0</sub></th><td class="bracket open" rowspan="2" aria-hidden="true"></td>'
        '<td class="zero">·</td><td>−5</td><td class="bracket close" rowspan="2" aria-hidden="true"></td></tr>\n'
        '<tr><th scope="row"><i>c</i><sub>1</sub></th><td class="zero">·</td><td class="zero">·</td></tr>\n'
        "</tbody></table></div>"
    )


def test_every_row_has_its_cells() -> None:
    table = _Table(matrix_html(MatrixView((4, 4), {(2, 0): one}, stream, stream)))
    assert [len(row) for row in table.rows] == [7, 7, 5, 5, 5]


def test_rules_and_shading_follow_the_blocks() -> None:
    page = matrix_html(MatrixView((4, 4), {(2, 0): one}, stream, stream))
    table = _Table(page)
    shaded = [[index for index, cell in enumerate(row) if " on" in f" {cell.get('class')}"] for row in table.rows]
    assert shaded == [[], [], [], [1, 2], [1, 2]]
    assert page.count('<tr class="ruled">') == 1
    assert len(re.findall(r"<td [^>]*ruled", page)) == 4


def test_entries_tell_where_they_lead() -> None:
    page = matrix_html(MatrixView((4, 4), {(2, 0): one, (3, 3): cos(alpha(0))}, stream, stream))
    assert re.findall(r'title="(.*?)"', page) == ["v_0 &lt;- content_0", "v_1 &lt;- v_1"]


def test_numbers_are_text_and_the_rest_is_drawn() -> None:
    page = matrix_html(MatrixView((1, 3), {(0, 0): Integer(-12), (0, 1): cos(alpha(0))}))
    assert "<td>−12</td>" in page
    assert page.count("<svg") == 1


def test_a_large_matrix_shows_its_blocks() -> None:
    axis = Axis.of_blocks(("c", [f"c_{{{i}}}" for i in range(16)]), ("v", [f"v_{{{i}}}" for i in range(16)]))
    page = matrix_html(MatrixView((32, 32), {(16 + i, i): one for i in range(16)}, axis, axis))
    assert page.count("<i>c</i>&nbsp;(16)") == 2
    assert 'aria-label="I_{16}"' in page
    assert 'title="v (16) &lt;- c (16)"' in page


def test_the_style_asks_no_host_and_knows_the_dark_and_paper() -> None:
    assert not re.search(r"url\(|@import|http", HTML_STYLE)
    assert "prefers-color-scheme: dark" in HTML_STYLE
    assert "print-color-adjust: exact" in HTML_STYLE
    assert "overflow-x: auto" in HTML_STYLE
    assert HTML_STYLE.count("{") == HTML_STYLE.count("}")
