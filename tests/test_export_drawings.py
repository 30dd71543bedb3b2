"""Drawings: every format, the same bytes each time, and no settings of the user's."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from sympy import Integer, cos

from symcircuits import Head, Residual, Sinusoids, Transformer, Work, build
from symcircuits.errors import BadValue
from symcircuits.export import html, latex, markdown, pictures
from symcircuits.export.compose import compose
from symcircuits.export.drawings import draw
from symcircuits.export.drawings.sweeps import Line, LinesFigure, draw_lines
from symcircuits.symbols import beta, integer
from symcircuits.typeset.formulas import Name
from symcircuits.worked import BlockFigure, PatternFigure, ReadsFigure, ScoreFigure, WeightedFigure

POSITION = Sinusoids(1)
STREAM = Residual(content=2, position=POSITION, v=2)
MOVER = Head(W_V=STREAM.read("content"), W_O=STREAM.write("v"))
READ = STREAM.read("position")
LOOKER = Head(W_Q=READ, W_K=POSITION.shift(1) @ READ, scale=beta)
AT = POSITION.suggested() | {beta: Integer(10)}
TELLER = Head(STREAM.read("content"), STREAM.read("content"), STREAM.read("content"), STREAM.write("v") * 3)
TOLD = Transformer(((TELLER,),), W_E=STREAM.write("content"), vocabulary=("a", "b"))
k = integer("k")
FIGURES = {
    "pattern": PatternFigure.of(LOOKER, 5, AT),
    "many": PatternFigure.of(LOOKER, 40, AT),
    "weighted": WeightedFigure.of_model(TOLD, "a b b", AT),
    "score": ScoreFigure(cos(k), k, range(-1, 9)),
    "gap": ScoreFigure(1 - cos(k), k, range(1, 9), best=None, label=r"g(k)"),
    "blocks": BlockFigure(tuple(MOVER.W_OV.named(Name(f"W^{{{i}}}")) for i in range(4))),
    "reads": ReadsFigure((MOVER, MOVER)),
}

OWN = """
from symcircuits import Head, Residual, Work, derivation
from symcircuits.worked import ReadsFigure

@derivation("mine/moves", title="A move")
def moves(work: Work):
    stream = Residual(a=1, b=1)
    head = Head(W_V=stream.read("a"), W_O=stream.write("b"))
    work.figure(ReadsFigure((head,)), "One move.")
    work.figure(ReadsFigure((head,), tokens=2), "The same.")
"""


@pytest.mark.parametrize("name", FIGURES)
def test_every_format_has_the_same_bytes_each_time(name):
    first, second = draw(FIGURES[name]), draw(FIGURES[name])
    assert first.pdf() == second.pdf()
    assert first.png() == second.png()
    assert first.svg() == second.svg()
    assert first.pdf().startswith(b"%PDF")
    assert first.png() == first._repr_png_()
    assert not re.search(rb"CreationDate|/Producer|/Creator", first.pdf())


@pytest.mark.parametrize("name", FIGURES)
def test_a_file_is_an_image_with_words_and_paths_for_letters(name):
    root = ElementTree.fromstring(draw(FIGURES[name]).svg())
    assert root.tag.endswith("svg")
    assert root.get("aria-label") == FIGURES[name].alt()
    assert not [node for node in root.iter() if node.tag.rpartition("}")[2] in ("text", "style", "script", "metadata")]
    assert float(root.get("width").removesuffix("pt")) < 453, "wider than the text of a sheet"


def test_ids_on_one_page_are_apart():
    ids = [set(re.findall(r'\bid="([^"]+)"', draw(FIGURES["reads"]).inline(name))) for name in ("a", "b")]
    assert not ids[0] & ids[1]
    used = set(re.findall(r'(?:href="#|url\(#)([^")]+)', draw(FIGURES["reads"]).inline("a")))
    assert used
    assert used <= ids[0]


def test_settings_of_the_user_change_nothing():
    before = draw(FIGURES["score"]).svg()
    with mpl.rc_context({"lines.linewidth": 9, "font.size": 30, "axes.facecolor": "red"}):
        assert draw(FIGURES["score"]).svg() == before
        assert mpl.rcParams["font.size"] == 30


def test_another_pattern_is_another_picture():
    other = PatternFigure.of(LOOKER, 5, AT | {beta: Integer(1)})
    assert draw(other).png() != draw(FIGURES["pattern"]).png()


def test_a_label_that_cannot_be_drawn_is_one_line():
    with pytest.raises(BadValue, match=r"^cannot draw a figure: .*"):
        draw(ScoreFigure(cos(k), k, range(3), label=r"\nosuchcommand{x}")).svg()


def test_a_sheet_numbers_its_figures_and_names_their_files(tmp_path: Path):
    work = Work("mine/one", "One")
    work.say("Before.")
    work.figure(FIGURES["reads"], "Who reads *whom* & $x_1$.")
    work.figure(FIGURES["score"], "A score.")
    document = compose(work.finish())
    assert [picture.number for picture in document.pictures] == [1, 2]
    assert [picture.file for picture in document.pictures] == ["one-figure-1", "one-figure-2"]
    text = latex.render(document)
    assert r"\showpicture{one-figure-2.pdf}{\textbf{Figure 2.} A score." in text
    assert r"Who reads \emph{whom} \& $x_1$." in text
    page = html.render(document)
    assert page.count("<figure>") == page.count("<figcaption>") == 2
    assert "](one-figure-1.svg)\n\n**Figure 1.** Who reads *whom* \\& $x_1$." in markdown.render(document)
    assert compose(work.finish(), sheet="problems").pictures == ()


def test_figures_lie_beside_the_sheets_that_need_them(tmp_path: Path):
    own = tmp_path / "own.py"
    own.write_text(OWN, "utf-8")
    for formats, files in {
        ("html", "ipynb"): [],
        ("tex",): ["moves-figure-1.pdf", "moves-figure-2.pdf"],
        ("md",): ["moves-figure-1.svg", "moves-figure-2.svg"],
    }.items():
        out = tmp_path / formats[0]
        built = build(str(own), to=formats, out=out)
        assert sorted(path.name for path in (out / "mine").glob("moves-figure-*")) == files
        assert {path for path in built.files if "figure" in path.name} == {out / "mine" / name for name in files}


def test_a_pdf_sheet_needs_no_files_beside_it(tmp_path: Path, program):
    program("pdflatex")
    own = tmp_path / "own.py"
    own.write_text(OWN, "utf-8")
    build(str(own), to=["pdf"], out=tmp_path / "out")
    assert [path.name for path in (tmp_path / "out/mine").iterdir()] == ["moves.pdf"]


def test_pictures_of_a_document_without_any_load_nothing():
    assert pictures.beside(compose(Work("mine/none", "None").finish()), "pdf") == {}


@pytest.mark.parametrize(("labels", "shown"), [(("",), []), (("one", "two"), ["one", "two"]), (("one", ""), ["one"])])
def test_lines_with_a_name_are_in_the_legend_and_no_others(labels, shown):
    x, figure = np.array([1.0, 2.0]), Figure()
    draw_lines(LinesFigure(x, r"\beta", "mass", [Line(label, x) for label in labels]), figure)
    [plot] = figure.axes
    legends = [artist for artist in plot.artists if isinstance(artist, Legend)]
    assert [text.get_text() for legend in legends for text in legend.get_texts()] == shown
