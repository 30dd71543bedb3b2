"""Building: which files, in which folder, and what is refused before anything is computed."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from symcircuits import build as public_build
from symcircuits.errors import BadValue, OutputFailed, UnknownName
from symcircuits.export.build import FORMATS, build
from symcircuits.export.index import Sheet, write_index

REFUTED = """
from sympy import cos
from symcircuits import Work, derivation
from symcircuits.symbols import alpha

@derivation("mine/wrong", title="A sign slip")
def slip(work: Work, times: int = 2):
    work.problem("Is $\\\\cos$ odd?")
    work.equal(cos(-alpha(0)), -cos(alpha(0)), because="wrongly said to be odd")
"""
RAISES = """
from symcircuits import Work, derivation

@derivation("mine/raises", title="Stops half way")
def stops(work: Work):
    raise ZeroDivisionError("half way")
"""
UNDRAWN = """
from symcircuits import Work, derivation

@derivation("mine/undrawn", title="Not a formula: $\\\\nosuchcommand$")
def undrawn(work: Work):
    work.say("Nothing.")
"""
CLIMBING = """
from symcircuits import Work, derivation

@derivation("../../mine", title="Out of the folder")
def climbing(work: Work):
    work.say("Nothing.")
"""


def names(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def own(folder: Path, text: str) -> str:
    (folder / "own.py").write_text(text, "utf-8")
    return str(folder / "own.py")


def test_files_are_named_by_id_with_an_index_over_them(tmp_path: Path) -> None:
    built = build("framework/1a", "framework/1b", to=["md", "html", "md"], out=tmp_path)
    assert names(tmp_path) == [
        "framework/1a-figure-1.svg",
        "framework/1a.html",
        "framework/1a.md",
        "framework/1b-figure-1.svg",
        "framework/1b.html",
        "framework/1b.md",
        "index.html",
    ]
    assert sorted(built.files) == sorted(tmp_path / name for name in names(tmp_path))
    assert [derivation.id for derivation in built.derivations] == ["framework/1a", "framework/1b"]
    assert all(derivation.outcomes for derivation in built.derivations)
    assert public_build is build


def test_the_same_build_gives_the_same_bytes(tmp_path: Path) -> None:
    formats = [ending for ending in FORMATS if ending != "pdf"]
    for folder in ("a", "b"):
        build("framework/1b", to=formats, out=tmp_path / folder)
    for name in names(tmp_path / "a"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes(), name


def test_progress_is_told_before_and_after_each(tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    build("framework/1a", "framework/1b", to=["md"], out=tmp_path, on_progress=lambda *step: told.append(step))
    assert told == [("framework/1a", 0, 2), ("framework/1a", 1, 2), ("framework/1b", 1, 2), ("framework/1b", 2, 2)]


def test_problem_sheets_keep_the_solution_back(tmp_path: Path) -> None:
    build("framework/1b", to=["md", "tex", "html"], out=tmp_path, sheet="problems")
    for ending in ("md", "tex", "html"):
        text = (tmp_path / f"framework/1b.{ending}").read_text("utf-8")
        assert "To be written down" in text
        said = text.partition("<body>")[2] or text.partition("\\begin{document}")[2] or text
        assert not re.search(r"begin\{array\}|<table|[Cc]hecked|proved|Claim", said)
    assert ">problem<" in (tmp_path / "index.html").read_text("utf-8")


def test_rows_convention_prints_products_for_row_vectors(tmp_path: Path) -> None:
    build("framework/1c", to=["md"], out=tmp_path, convention="rows")
    rows = (tmp_path / "framework/1c.md").read_text("utf-8")
    build("framework/1c", to=["md"], out=tmp_path)
    columns = (tmp_path / "framework/1c.md").read_text("utf-8")
    product = re.compile(r"&= (W_\{[VO]\}\^\{1\} W_\{[VO]\}\^\{1\})")
    assert product.search(columns)[1] == "W_{O}^{1} W_{V}^{1}"
    assert product.search(rows)[1] == "W_{V}^{1} W_{O}^{1}"


def test_a_refuted_sheet_is_written_and_marked(tmp_path: Path) -> None:
    built = build(own(tmp_path, REFUTED), to=["tex", "html", "md", "ipynb"], out=tmp_path / "out")
    (derivation,) = built.derivations
    assert (derivation.verdict, built.failures) == ("refuted", ())
    for ending in ("tex", "html", "md", "ipynb"):
        assert "Refuted" in (tmp_path / "out" / f"mine/wrong.{ending}").read_text("utf-8")
    assert '<span class="verdict refuted">' in (tmp_path / "out/index.html").read_text("utf-8")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (RAISES, "mine/raises raised ZeroDivisionError: half way (own.py, line 6)"),
        (UNDRAWN, "mine/undrawn: cannot draw the formula '\\\\nosuchcommand'"),
        (CLIMBING, "'../../mine' cannot name a file: expected letters, digits"),
    ],
    ids=["raises", "undrawn", "climbing"],
)
def test_a_failure_is_told_in_one_line_and_leaves_no_file(tmp_path: Path, text: str, message: str) -> None:
    built = build(own(tmp_path, text), "framework/1a", to=["html", "md"], out=tmp_path / "out")
    assert [str(failure).startswith(message) for failure in built.failures] == [True], built.failures
    assert "\n" not in str(built.failures[0])
    made = ["framework/1a-figure-1.svg", "framework/1a.html", "framework/1a.md", "index.html"]
    assert names(tmp_path / "out") == made


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"to": ["tex", "word"]}, UnknownName, "^unknown format 'word'; known: html, ipynb, md, pdf, tex$"),
        ({"sheet": "solution"}, UnknownName, "^unknown sheet 'solution'; nearest: solutions$"),
        ({"convention": "row"}, UnknownName, "^unknown convention 'row'; nearest: rows$"),
        ({"settings": {"pears": "2"}}, UnknownName, "^unknown parameter 'pears'"),
        ({"settings": {"d_head": "x"}}, BadValue, "d_head"),
    ],
)
def test_wrong_options_are_refused_before_a_folder_is_made(
    tmp_path: Path, options: dict[str, object], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        build("framework/1a", out=tmp_path / "out", **options)  # type: ignore[arg-type]
    assert not (tmp_path / "out").exists()


def test_an_unwritable_folder_is_refused_before_anything_is_derived(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    told: list[object] = []
    with pytest.raises(OutputFailed, match=f"^cannot write in the folder {tmp_path}/file/sub: not a directory$"):
        build("framework/1a", out=tmp_path / "file" / "sub", on_progress=lambda *step: told.append(step))
    assert told == []


def test_the_index_keeps_earlier_sheets_that_are_still_there(tmp_path: Path) -> None:
    build("framework/1a", to=["md"], out=tmp_path)
    build("framework/1b", to=["html"], out=tmp_path)
    text = (tmp_path / "index.html").read_text("utf-8")
    assert re.findall(r'href="([^"]+)"', text) == ["framework/1a.md", "framework/1b.html", "framework/1b.html"]
    (tmp_path / "framework/1a.md").unlink()
    build("framework/1b", to=["md"], out=tmp_path)
    assert "framework/1a" not in (tmp_path / "index.html").read_text("utf-8")


def test_the_index_is_sorted_as_people_count_and_safe_from_titles(tmp_path: Path) -> None:
    for name in ("2c", "10a"):
        (tmp_path / f"{name}.md").write_text("")
    write_index(tmp_path, [Sheet("10a", "Ten", "proved"), Sheet("2c", "</script><b>", "proved")], ["md"])
    text = (tmp_path / "index.html").read_text("utf-8")
    assert re.findall(r"<code>(\w+)</code>", text) == ["2c", "10a"]
    assert "<b>" not in text
    data = re.search(r'id="sheets">(.*?)</script>', text)
    assert data
    assert json.loads(data[1])[0]["title"] == "</script><b>"


def test_an_index_that_something_else_wrote_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text('<script type="application/json" id="sheets">[{"no": "id"}]</script>')
    build("framework/1a", to=["md"], out=tmp_path)
    assert "framework/1a.md" in (tmp_path / "index.html").read_text("utf-8")
