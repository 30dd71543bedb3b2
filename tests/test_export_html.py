"""Pages: everything is inside, nothing is asked of any host, and a browser shows the formulas."""

from __future__ import annotations

import html as entities
import json
import re
import subprocess
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from export_samples import CLOSED, SCORE, turn, wrong

from symcircuits import derive
from symcircuits.algebra import Proved
from symcircuits.errors import BadValue
from symcircuits.export import html
from symcircuits.export.compose import compose
from symcircuits.symbols import beta
from symcircuits.typeset.prose import Maths, Text
from symcircuits.worked import Derivation, Prose, Side, Statement, run_experiments

LOADING = {"src", "srcset", "href", "poster", "data", "action", "background", "xlink:href"}
# what the browser saw: written into the page around it, which --dump-dom then prints
PROBE = """<script>addEventListener("load", () => {
  const seen = (selector) => [...document.querySelectorAll(selector)].map((node) => node.getBoundingClientRect());
  const visible = (box) => box.width > 1 && box.height > 1;
  const report = {
    formulas: seen("svg.math").length, hidden: seen("svg.math").filter((box) => !visible(box)).length,
    inks: [...new Set([...document.querySelectorAll("svg.math")].map((node) => getComputedStyle(node).fill))],
    paper: getComputedStyle(document.body).backgroundColor,
    tables: seen("table.matrix").length, cut: seen("table.matrix").filter((box) => box.left < 0).length,
    requests: performance.getEntriesByType("resource").map((entry) => entry.name),
    page: document.documentElement.scrollWidth, window: innerWidth,
  };
  const told = parent.document.body.appendChild(parent.document.createElement("pre"));
  [told.id, told.textContent] = ["report", JSON.stringify(report)];
});</script>"""


class Attributes(HTMLParser):
    """All tags and attributes of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def page(derivation: Derivation, **options: str) -> str:
    return html.render(compose(derivation, **options))


def opened(chromium: str, text: str, folder: Path, *options: str, width: int = 1000) -> dict[str, Any]:
    """What a browser without a network reports of a page; in a frame, since windows cannot be as small as phones."""
    inside = entities.escape(text.replace("</body>", PROBE + "</body>"), quote=True)
    frame = f'<iframe style="width: {width}px; height: 800px; border: 0" srcdoc="{inside}"></iframe>'
    (folder / "page.html").write_text(f"<!doctype html><meta charset=utf-8><body>{frame}</body>", "utf-8")
    command = [
        chromium, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", *options,
        f"--user-data-dir={folder / 'profile'}", "--host-resolver-rules=MAP * ~NOTFOUND", "--virtual-time-budget=5000",
        "--dump-dom", f"file://{folder}/page.html",
    ]  # fmt: skip
    run = subprocess.run(command, capture_output=True, text=True, timeout=120)
    report = re.search(r'<pre id="report">(.*?)</pre>', run.stdout, re.DOTALL)
    assert report, run.stderr[-2000:]
    return json.loads(entities.unescape(report[1]))


def loads(name: str, value: str) -> bool:
    """Whether an attribute asks for something outside the page."""
    return name in LOADING and not value.startswith("#")


@pytest.mark.parametrize("derivation", [turn(), wrong()], ids=["turn", "wrong"])
def test_a_page_loads_nothing_and_runs_nothing(derivation: Derivation) -> None:
    found = Attributes(page(derivation)).found
    given = [(tag, name, value) for tag, attributes in found for name, value in attributes.items()]
    assert not [(tag, name, value) for tag, name, value in given if loads(name, value)]
    assert not {tag for tag, _ in found} & {"script", "link", "iframe", "img", "object", "embed", "base"}
    assert not re.search(r"url\((?!#)|@import|https?:", page(derivation))


def test_a_page_names_its_language_title_and_width() -> None:
    text = page(turn())
    tags = dict(Attributes(text).found)
    assert tags["html"]["lang"] == "en-GB"
    assert '<meta name="viewport" content="width=device-width, initial-scale=1">' in text
    assert "<title>A head that stays where it is: W_{QK}</title>" in text
    assert text.startswith("<!doctype html>")


def test_text_is_escaped() -> None:
    text = page(replace(turn(), title="<b> & $x$", steps=(Prose("<script>alert(1)</script> & *<i>*"),), outcomes=()))
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; <em>&lt;i&gt;</em>" in text
    assert "<b>" not in text


def test_every_formula_has_its_latex_for_those_who_hear_it() -> None:
    drawings = [attributes for tag, attributes in Attributes(page(turn())).found if tag == "svg"]
    assert drawings
    assert all(attributes["role"] == "img" and attributes["aria-label"] for attributes in drawings)


def test_a_refuted_page_says_so_on_top() -> None:
    text = page(wrong())
    assert text.index("Refuted.") < text.index("<h1>")
    assert '<span class="verdict refuted">refuted</span>' in text
    assert '<p class="mark undecided"><strong>Undecided</strong>' in text
    assert "Refuted" not in page(turn())


def test_a_formula_that_cannot_be_drawn_is_named() -> None:
    with pytest.raises(BadValue, match="nosuchcommand"):
        page(replace(turn(), steps=(Prose(r"$\nosuchcommand$"),)))


def test_reasons_stand_beside_short_mathematics_and_below_long() -> None:
    long = Statement("equality", Side(SCORE + 1), "=", Side(CLOSED + 1), Proved("normal form"), "angle addition")
    short = replace(long, left=Side(beta))
    text = page(replace(turn(), steps=(short, Prose("And"), long), outcomes=()))
    assert re.findall(r'<div class="(display[^"]*)">', text) == ["display reasoned", "display reasoned wide"]


@pytest.mark.parametrize("width", [390, 1000])
@pytest.mark.parametrize("derivation", [turn(), wrong()], ids=["turn", "wrong"])
def test_a_browser_shows_all_formulas_and_asks_nobody(
    derivation: Derivation, width: int, program: Callable[..., str], tmp_path: Path
) -> None:
    chromium = program("chromium", "chromium-browser", "google-chrome")
    seen = opened(chromium, page(derivation), tmp_path, width=width)
    assert seen["window"] == width
    assert seen["formulas"] > 20
    assert seen["tables"] == 3
    assert (seen["hidden"], seen["cut"], seen["requests"]) == (0, 0, [])
    assert seen["page"] <= width, "the page itself scrolls sideways"


def test_a_request_or_a_hidden_formula_would_be_noticed(program: Callable[..., str], tmp_path: Path) -> None:
    chromium = program("chromium", "chromium-browser", "google-chrome")
    spoilt = page(turn()).replace("<h1>", '<img src="http://host.test/a.png"><style>h1 svg { width: 0 }</style><h1>')
    seen = opened(chromium, spoilt, tmp_path)
    assert seen["requests"] == ["http://host.test/a.png"]
    assert seen["hidden"] == 1


# Books hold all of them: tests of theirs open each.
@pytest.mark.once
@pytest.mark.parametrize("id", ["framework/2c", "framework/1a", "by_hand/attention"])
def test_shipped_pages_open_on_a_phone(id: str, program: Callable[..., str], tmp_path: Path) -> None:
    chromium = program("chromium", "chromium-browser", "google-chrome")
    seen = opened(chromium, page(run_experiments(derive(id))), tmp_path, width=390)
    assert (seen["hidden"], seen["cut"], seen["requests"]) == (0, 0, [])
    assert seen["formulas"] > 10
    assert seen["page"] <= 390


def test_dark_pages_have_light_formulas(program: Callable[..., str], tmp_path: Path) -> None:
    chromium = program("chromium", "chromium-browser", "google-chrome")
    light = opened(chromium, page(turn()), tmp_path)
    dark = opened(chromium, page(turn()), tmp_path, "--blink-settings=preferredColorScheme=0")
    assert min(brightness(light["paper"]), *map(brightness, dark["inks"])) > 100
    assert max(brightness(dark["paper"]), *map(brightness, light["inks"])) < 140
    assert brightness(light["paper"]) > 250


def brightness(colour: str) -> float:
    """From 0 for black to 255 for white."""
    return sum(map(float, re.findall(r"[\d.]+", colour)[:3])) / 3


def test_no_line_ends_between_a_formula_and_its_punctuation() -> None:
    text = html.prose((Text("at ("), Maths("x"), Text("), and "), Maths("y"), Text(" or “"), Maths("z"), Text("”")))
    plain = re.sub(r"<svg.*?</svg>", "*", text)
    assert plain == 'at <span class="tied">(*),</span> and * or <span class="tied">“*”</span>'
