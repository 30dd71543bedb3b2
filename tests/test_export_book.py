"""Documents of several parts: what belongs together, where links lead, and that nothing is kept back or given away."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from export_samples import turn, wrong
from test_export_html import opened
from test_export_latex import log_of, overfull

from symcircuits.errors import BadValue, OutputFailed, UnknownName
from symcircuits.export import chapters, html, latex, markdown, notebook, pdf, pictures
from symcircuits.export.book import Book, called, exercises
from symcircuits.export.build import build
from symcircuits.export.compose import compose
from symcircuits.export.document import Claim, Problem, plain
from symcircuits.export.references import Places
from symcircuits.typeset.prose import Emphasis, Link, Text
from symcircuits.worked import Derivation, Prose

pytestmark = pytest.mark.once

DERIVATIONS = """
from sympy import cos
from symcircuits import Work, derivation
from symcircuits.symbols import alpha

@derivation("mine/1a", title="Exercise 1(a): a cosine")
def first(work: Work):
    work.problem("What is twice a square of a cosine?")
    work.say("SECRET")
    work.equal(2 * cos(alpha(0)) ** 2 - 1, cos(2 * alpha(0)), because="it is")

@derivation("mine/1b", title="Exercise 1(b): once more")
def second(work: Work):
    work.problem("And now?")
    work.given("mine/1a")
    work.say("As part (a) says, and question 1 too.")

@derivation("mine/q1", title="Question 1: none")
def question(work: Work):
    work.problem("Nothing?")
    work.say("Nothing. Exercise 1(b) has more, as (1a.1) has.")
"""


def part(id: str, title: str, text: str = "Nothing.", builds_on: tuple[str, ...] = ()) -> Derivation:
    return replace(turn(), id=f"e/{id}", title=title, steps=(Prose(text), *turn().steps), builds_on=builds_on)


@cache
def folder(sheet: str = "solutions", convention: str = "columns") -> dict[str, Book]:
    parts = [
        part("aliasing", "Aliasing: when frequencies come back", "See exercise 2 and (2c.1); (7z.9) is nowhere."),
        part(
            "2c", "Exercise 2(c): the previous token", "As in parts (a) and (c), and in question 4.", ("e/2a", "e/q4")
        ),
        part("2a", "Exercise 2(a): similar content"),
        part("q4", "Question 4: where a head attends", "*Here exercise 2(a)*, not exercise 3(f) and not 2(a)."),
        replace(wrong(), id="e/10a", title="Exercise 10(a): the last"),
    ]
    return exercises("e", parts, sheet, convention)


def links(page: str) -> set[str]:
    return set(re.findall(r'href="#([^"]+)"', page))


def places(page: str) -> list[str]:
    return re.findall(r'\bid="([^"]+)"', page)


def test_parts_are_gathered_by_exercise_in_the_order_of_people() -> None:
    books = folder()
    assert list(books) == ["e/questions", "e/exercise-2", "e/exercise-10", "e/further", "e/book"]
    sections = books["e/book"].sections
    assert [[document.anchor for document in section.parts] for section in sections] == [
        ["q4"], ["2a", "2c"], ["10a"], ["aliasing"],
    ]  # fmt: skip
    assert [section.title for section in sections] == [
        "Opening questions",
        "Exercise 2",
        "Exercise 10",
        "Further results",
    ]
    assert [document.anchor for document in books["e/exercise-2"].sections[0].parts] == ["2a", "2c"]
    assert plain(books["e/exercise-2"].title) == "Exercise 2"


def test_a_folder_of_one_exercise_is_a_book_without_division() -> None:
    books = exercises("e", [part("2a", "Exercise 2(a): x"), part("2c", "Exercise 2(c): y")])
    assert list(books) == ["e/book"]
    assert not books["e/book"].divided
    assert "chapterline{" not in latex.render_book(books["e/book"]).partition(r"\begin{document}")[2]


def test_the_worst_part_is_the_verdict_of_the_whole() -> None:
    assert folder()["e/book"].answer == "refuted"
    assert folder()["e/exercise-2"].answer == "proved"
    assert folder()["e/exercise-2"].told == "10 of 10 statements proved, 4 of 4 experiments passed."


def test_statements_are_numbered_with_their_part() -> None:
    text = html.render_book(folder()["e/book"])
    for number in ("2c.1", "q4.5", "10a.2", "A.1"):
        assert f"({number})" in text
        assert places(text).count(number) == 1
    assert ">(1)<" not in text
    assert "(2c.1)" in latex.render_book(folder()["e/book"])
    assert r"\text{(2c.1)}" in markdown.render_book(folder()["e/book"])


def test_what_names_another_part_leads_to_it() -> None:
    book = folder()["e/book"]
    documents = {document.anchor: document for section in book.sections for document in section.parts}
    said = {anchor: document.blocks[1].text for anchor, document in documents.items() if anchor != "10a"}  # type: ignore[union-attr]
    found = {anchor: [span for span in spans if isinstance(span, Link)] for anchor, spans in said.items()}
    assert [(plain(link.spans), link.target) for link in found["2c"]] == [("(a)", "2a"), ("question 4", "q4")]
    assert [(plain(link.spans), link.target) for link in found["aliasing"]] == [
        ("exercise 2", "exercise-2"), ("(2c.1)", "2c.1"),
    ]  # fmt: skip
    emphasised = said["q4"][0]
    assert isinstance(emphasised, Emphasis)
    assert emphasised.spans[1:] == (Link((Text("exercise 2(a)"),), "2a"),)
    assert plain(documents["2c"].builds_on) == "Builds on Exercise 2(a), Question 4."


def test_an_exercise_alone_has_no_links_out_of_itself() -> None:
    book = folder()["e/exercise-2"]
    assert plain(book.sections[0].parts[1].builds_on) == "Builds on Exercise 2(a), Question 4."
    found = links(html.render_book(book))
    assert found & {"q4", "exercise-2"} == set()
    assert "2a" in found


@pytest.mark.parametrize("id", list(folder()))
@pytest.mark.parametrize("sheet", ["solutions", "problems"])
def test_no_link_dangles_in_any_format(id: str, sheet: str) -> None:
    book = folder(sheet)[id]
    page = html.render_book(book)
    assert len(places(page)) == len(set(places(page)))
    assert links(page) <= set(places(page))
    source = latex.render_book(book).partition(r"\begin{document}")[2]
    targets = re.findall(r"\\(?:place|chapterline|partbegins)\{([^{}]+)\}", source)
    assert len(targets) == len(set(targets))
    assert set(re.findall(r"\\hyperlink\{([^{}]+)\}", source)) <= set(targets)
    text = markdown.render_book(book)
    assert set(re.findall(r"\]\(#([^)]+)\)", text)) <= set(re.findall(r'<a id="([^"]+)"></a>', text))


def test_a_dangling_link_would_be_noticed() -> None:
    assert links(html.render_book(folder()["e/book"])) & {"2a", "2c.1", "exercise-2", "q4"} == {
        "2a",
        "2c.1",
        "exercise-2",
        "q4",
    }
    astray = Places({"Exercise 2(a)": "nowhere"}).linked((Text("exercise 2(a)"),), "q4")
    assert astray == (Link((Text("exercise 2(a)"),), "nowhere"),)


def test_problem_sheets_hold_no_solution() -> None:
    for book in folder("problems").values():
        assert book.answer is None
        for section in book.sections:
            assert all(isinstance(block, Problem) for document in section.parts for block in document.blocks)
        for text in (latex.render_book(book), html.render_book(book), markdown.render_book(book)):
            said = text.partition("<body")[2] or text.partition(r"\begin{document}")[2] or text
            assert "Write down" in said
            assert not re.search(r"begin\{array\}|<table|[Cc]hecked|[Pp]roved|Claim|Builds on|Nothing\.", said)


def test_a_book_for_rows_turns_its_displays_round() -> None:
    text = markdown.render_book(folder(convention="rows")["e/exercise-2"])
    assert "W_{V} W_{O}" in text
    assert "W_{O} W_{V}" not in text


def test_a_notebook_of_several_parts_builds_each_of_them() -> None:
    parts = {id: replace(turn(), id=id, title=f"Exercise {id[2:]}: x") for id in ("e/2a", "e/2c")}
    (book,) = exercises("e", list(parts.values())).values()
    text = notebook.render_book(book, parts, dict.fromkeys(parts, ""))
    assert re.findall(r"solution = derive\('(e/\w+)'", text) == ["e/2a", "e/2c"]
    assert 'print(\\"(2c.5)\\", verdict)' in text


def test_rendering_is_the_same_each_time() -> None:
    book = folder()["e/book"]
    for render in (latex.render_book, html.render_book, markdown.render_book):
        assert render(book) == render(book)


def test_what_a_part_is_called() -> None:
    assert called("Exercise 2(c): attend") == "Exercise 2(c)"
    assert called("No colon") == "No colon"


@pytest.mark.parametrize("name", ["book", "exercise-2", "further"])
def test_a_part_may_not_take_the_name_of_a_document(name: str) -> None:
    with pytest.raises(BadValue, match=f"^e/{name} has the name of a document over all of e: expected another part$"):
        chapters.whole_folders([], ["e/2a", f"e/{name}"])


def test_whole_folders_are_those_that_were_asked_for() -> None:
    ids = ["e/2a", "e/2c", "f/1", "g/1a", "g/1b"]
    assert chapters.whole_folders([], ids) == ["e", "g"]
    assert chapters.whole_folders(["e/"], ids) == ["e"]
    assert chapters.whole_folders(["e/2a", "e/2c", "g/1a"], ids) == []


def test_unknown_options_are_refused() -> None:
    with pytest.raises(UnknownName, match="^unknown sheet 'answers'"):
        exercises("e", [turn()], "answers")


def own(tmp_path: Path, text: str = DERIVATIONS) -> str:
    (tmp_path / "own").mkdir(exist_ok=True)
    (tmp_path / "own/own.py").write_text(text, "utf-8")
    return str(tmp_path / "own")


def names(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_a_whole_folder_gets_its_documents_and_the_index_lists_them_first(tmp_path: Path) -> None:
    built = build(own(tmp_path), to=["html"], out=tmp_path / "out")
    assert not built.failures
    assert names(tmp_path / "out") == [
        "index.html", "mine/1a.html", "mine/1b.html", "mine/book.html", "mine/exercise-1.html", "mine/q1.html",
        "mine/questions.html",
    ]  # fmt: skip
    index = (tmp_path / "out/index.html").read_text("utf-8")
    assert re.findall(r"<code>mine/([\w-]+)</code>", index) == ["book", "questions", "exercise-1", "q1", "1a", "1b"]
    book = (tmp_path / "out/mine/book.html").read_text("utf-8")
    assert set(re.findall(r'href="#([^"]+)"', book)) >= {"1a", "1b", "q1", "exercise-1", "1a.1", "contents"}
    assert 'Builds on <a href="#1a">Exercise 1(a)</a>.' in book


def test_a_part_of_a_folder_gets_no_book(tmp_path: Path) -> None:
    build(own(tmp_path) + "/own.py", to=["md"], out=tmp_path / "file")
    assert names(tmp_path / "file") == ["index.html", "mine/1a.md", "mine/1b.md", "mine/q1.md"]
    build("framework/1a", "framework/1e", to=["html"], out=tmp_path / "ids")
    assert names(tmp_path / "ids") == ["framework/1a.html", "framework/1e.html", "index.html"]


def test_a_folder_with_a_failure_gets_no_book(tmp_path: Path) -> None:
    failing = DERIVATIONS.replace('work.say("SECRET")', "raise ValueError('half way')")
    built = build(own(tmp_path, failing), to=["md"], out=tmp_path / "out")
    assert {str(failure).partition(" ")[0] for failure in built.failures} >= {"mine/1a"}
    assert names(tmp_path / "out") == ["index.html", "mine/q1.md"]


def test_problem_books_are_written_without_solutions(tmp_path: Path) -> None:
    build(own(tmp_path), to=["md", "tex", "html"], out=tmp_path / "out", sheet="problems")
    for name in names(tmp_path / "out"):
        text = (tmp_path / "out" / name).read_text("utf-8")
        assert "SECRET" not in text, name
        assert ">it is<" not in text, name
        assert "{it is}" not in text, name


def test_the_same_build_gives_the_same_bytes(tmp_path: Path, program: Callable[..., str]) -> None:
    program("pdflatex")
    for folder in ("a", "b"):
        build(own(tmp_path), to=["tex", "html", "md", "ipynb", "pdf"], out=tmp_path / folder)
    assert "mine/book.pdf" in names(tmp_path / "a")
    for name in names(tmp_path / "a"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes(), name


def test_latexmk_and_pdflatex_alone_give_the_same(
    program: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program("latexmk")
    book = folder()["e/book"]
    with_latexmk = pdf.compiled(latex.render_book(book), "book.pdf", pictures.of_book(book))
    (tmp_path / "pdflatex").symlink_to(program("pdflatex"))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert pdf.compiled(latex.render_book(book), "book.pdf", pictures.of_book(book)) == with_latexmk


def test_a_document_that_never_settles_is_given_up(
    program: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pdflatex = program("pdflatex")
    monkeypatch.setattr("shutil.which", lambda name: pdflatex if name == "pdflatex" else None)
    restless = (
        r"\documentclass{article}\makeatletter\newwrite\w\begin{document}\InputIfFileExists{sheet.out}{}{}x"
        r"\immediate\openout\w=sheet.out\immediate\write\w{\string\relax\pdfuniformdeviate 99999999}"
        r"\immediate\closeout\w\end{document}"
    )
    with pytest.raises(OutputFailed, match=r"^cannot write x\.pdf: pdflatex: page numbers still change after 5 runs$"):
        pdf.compiled(restless, "x.pdf")


@pytest.mark.parametrize("sheet", ["solutions", "problems"])
def test_samples_compile_with_contents_and_bookmarks(sheet: str, program: Callable[..., str], tmp_path: Path) -> None:
    log = log_of(program("pdflatex"), tmp_path, folder(sheet)["e/book"], passes=3)
    assert all(points < 1 for points in overfull(log)), log
    assert not re.search(r"undefined ref|Rerun to|multiply", log)
    assert "Exercise 10(a)" in (tmp_path / "sheet.toc").read_text("utf-8")
    assert (tmp_path / "sheet.out").read_text("utf-8").count(r"\BOOKMARK [2]") == 5


@cache
def built(folder: str) -> tuple[Derivation, ...]:
    with TemporaryDirectory() as out:
        found = build(folder, to=["md"], out=out)
    assert not found.failures
    return found.derivations


# How a book is made, and how often it is compiled: once for its pages, once more for its contents.
WAYS = {"columns": ({}, 2), "rows": ({"convention": "rows"}, 1), "problems": ({"sheet": "problems"}, 2)}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("folder", ["framework", "by_hand"])
def test_the_shipped_book_has_room_for_all_it_holds(
    folder: str, way: str, program: Callable[..., str], tmp_path: Path
) -> None:
    options, passes = WAYS[way]
    book = exercises(folder, built(folder), **options)[f"{folder}/book"]
    log = log_of(program("pdflatex"), tmp_path, book, passes=passes)
    assert all(points < 1 for points in overfull(log)), log


@pytest.mark.parametrize("folder", ["framework", "by_hand"])
def test_the_shipped_book_opens_on_a_phone(folder: str, program: Callable[..., str], tmp_path: Path) -> None:
    whole = exercises(folder, built(folder))[f"{folder}/book"]
    assert sum(
        isinstance(block, Claim) for section in whole.sections for part in section.parts for block in part.blocks
    )
    chromium = program("chromium", "chromium-browser", "google-chrome")
    page = html.render_book(whole)
    assert links(page) <= set(places(page))
    seen = opened(chromium, page, tmp_path, width=390)
    assert (seen["hidden"], seen["cut"], seen["requests"]) == (0, 0, [])
    assert seen["page"] <= 390


def test_a_single_sheet_knows_nothing_of_a_book() -> None:
    document = compose(turn())
    assert (document.prefix, document.anchor, document.builds_on) == ("", "", ())
    assert "hyperref" not in latex.render(document)
    assert 'class="contents"' not in html.render(document)
