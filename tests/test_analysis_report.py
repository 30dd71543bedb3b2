"""Reports: exact and numeric ones of one model agree, shared work is found, and what is written is as it should be."""

from __future__ import annotations

import csv
import difflib
import json
import re
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from analysis_models import random_weights, shared_induction
from sympy import Symbol, sqrt

from symcircuits import Head, Residual, Transformer, analyse
from symcircuits.analysis.heat import heat
from symcircuits.analysis.page import page
from symcircuits.analysis.sources import source_of
from symcircuits.cli import main
from symcircuits.export.weights import Weights, write_weights

pytestmark = pytest.mark.once

GOLDEN = Path(__file__).parent / "golden_analysis"
OF_WEIGHTS = ("rank_qk", "rank_ov", "copying_ov", "copying_full")


@cache
def induction():
    return analyse("framework/3", sequences=8)


def test_the_induction_model_of_exercise_3():
    report = induction()
    first, second = report.heads
    assert first.scores["copying_ov"].why.startswith("a copying score is undefined (0/0): the matrix is nilpotent")
    assert [str(one) for one in (first.scores["rank_qk"].exact, second.scores["copying_full"].exact)] == ["4", "1"]
    assert [(pair.kind, pair.score.exact) for pair in report.composition] == [("Q", 0), ("K", sqrt(2) / 4), ("V", 0)]
    assert report.roles == {"previous_token": ((0, 0),), "duplicate_token": (), "induction": ((1, 0),)}
    assert {str(value) for value in first.exact_singular["qk"]} == {"beta_1"}
    (table,) = (one for one in report.trigrams if (one.layer, one.head) == (1, 0))
    assert [str(entry) for entry in table.keys[0].exact_queries] == ["beta_2/2"] * 5
    (parts,) = report.together
    assert parts.key_sum == pytest.approx(40, abs=0.01)  # beta_2, all of it on the right key
    assert parts.without_group < 1e-6 < 0.999 < parts.induction


@pytest.mark.parametrize("given", ["framework/3", "framework/2g", "by_hand/projection", "self_attention/previous"])
def test_exact_and_numeric_reports_agree(given):
    source = source_of(given)
    exact = induction() if given == "framework/3" else analyse(source, sequences=8)
    numeric = analyse(source.weights, sequences=8)
    assert exact.roles == numeric.roles
    compared = 0
    for one, other in zip(exact.heads, numeric.heads, strict=True):
        for name, score in one.scores.items():
            assert score.value == pytest.approx(other.scores[name].value, abs=1e-9), name
            compared += name in OF_WEIGHTS and score.exact is not None
        for kind, numbers in (("qk", other.singular_qk), ("ov", other.singular_ov)):
            found = sorted(float(value.subs(source.values)) for value in one.exact_singular.get(kind, ()))
            assert not found or found == pytest.approx(sorted(value for value in numbers if value > 1e-9))
    for pair, same in zip(exact.composition, numeric.composition, strict=True):
        assert (pair.kind, pair.writer, pair.reader) == (same.kind, same.writer, same.reader)
        assert pair.score.exact is not None
        assert pair.score.value == pytest.approx(same.score.value, abs=1e-9)
        compared += 1
    assert compared
    told = [[(key.token, key.queries, key.outputs) for key in table.keys] for table in exact.trigrams]
    assert told == [[(key.token, key.queries, key.outputs) for key in table.keys] for table in numeric.trigrams]


def test_symbols_without_values_stay_symbols():
    a, b = Symbol("a", positive=True), Symbol("b", real=True)
    stream = Residual(content=2, v=2)
    first = Head(W_Q=stream.read("content") * a, W_K=stream.read("content"), W_V=stream.read("content"),
                 W_O=stream.write("v") * b)  # fmt: skip
    second = Head(
        W_Q=stream.read("v"), W_K=stream.read("content"), W_V=stream.read("v"), W_O=stream.write("content") * a
    )
    model = Transformer(
        ((first,), (second,)), W_E=stream.write("content"), W_U=stream.read("v") + stream.read("content")
    )
    report = analyse(model)
    assert report.notes[1] == "No value for a, b: what needs the model to be run is left out."
    scores = report.head(0, 0).scores
    assert (scores["rank_ov"].exact, scores["rank_ov"].value) == (2, 2.0)
    assert scores["copying_full"].why.startswith("no exact form: the sign of")  # it is the sign of b
    assert scores["induction"].why == "no value for a, b"
    assert {pair.kind: str(pair.score.exact) for pair in report.composition} == {
        "Q": "sqrt(2)/2", "K": "0", "V": "sqrt(2)/2"
    }  # fmt: skip
    assert report.trigrams == ()
    assert "sqrt(2)/2" not in page(report)  # printed as a formula
    assert "√2/2" in page(report)
    bound = analyse(model, values={"a": 2, "b": -3}, sequences=2, tokens=[0, 1, 1])
    assert bound.head(0, 0).scores["copying_full"].value == -1.0
    assert bound.importance.tokens == 2


@pytest.mark.parametrize("n_first", [1, 4])
def test_work_that_is_shared_is_found(n_first):
    report = analyse(shared_induction(n_first), sequences=16)
    assert report.roles["previous_token"] == tuple((0, head) for head in range(n_first))
    assert report.roles["induction"] == ((1, 0), (1, 1))
    for one in report.together:
        assert set(one.group) == {(0, head) for head in range(n_first)}
        shares = [one.key[place] / one.margin for place in one.group]
        assert shares == pytest.approx([1 / n_first] * n_first, rel=0.02)
        assert one.key_sum == pytest.approx(one.margin)
        assert one.without_group < 0.1
        if n_first > 1:  # no head by itself is decisive
            assert min(one.without.values()) > 0.6 * one.induction
            single = max(
                pair.score.value for pair in report.composition if (pair.kind, pair.reader) == ("K", one.reader)
            )
            assert one.score.value == pytest.approx(single)  # aligned, so the sum composes as each of them


class Reader(HTMLParser):
    """The open tags of a page, and what it would load."""

    def __init__(self):
        super().__init__()
        self.open, self.loads = [], []

    def handle_starttag(self, tag, attrs):
        if tag not in ("meta", "img", "br", "link"):
            self.open.append(tag)
        self.loads += [value for name, value in attrs if name in ("src", "href") and not value.startswith("data:")]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_the_page_is_whole_and_loads_nothing():
    weights = random_weights(1, vocab=["<b>", "&amp;", '"', *"abcdef"])
    text = page(analyse(weights, tokens=[1, 2, 3, 4, 5], sequences=2))
    reader = Reader()
    reader.feed(text)
    assert (reader.open, reader.loads) == ([], [])
    assert "&lt;b&gt;" in text
    assert "@import" not in text and "url(" not in text
    assert text.count("data:image/png;base64,") == 2 * 6


def test_a_picture_is_a_png_with_the_matrix_as_its_opacity():
    import base64
    import struct
    import zlib

    matrix = np.array([[1.0, 0.0, 0.5], [0.25, 2.0, 0.0]])
    data = base64.b64decode(heat(matrix).partition(",")[2])
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", data[16:24]) == (3, 2)
    start = data.index(b"IDAT")
    (size,) = struct.unpack(">I", data[start - 4 : start])
    rows = np.frombuffer(zlib.decompress(data[start + 4 : start + 4 + size]), np.uint8).reshape(2, 13)
    assert rows[:, 4::4] / 255 == pytest.approx(matrix / 2, abs=0.005)
    assert heat(np.zeros((2, 2))).startswith("data:")


def test_the_terminal_tells_who_shares_the_work(tmp_path, capsys):
    assert main(["analyse", str(write_weights(shared_induction(), tmp_path / "shared.npz"))]) == 0
    out = capsys.readouterr().out
    assert "previous token: 0.0, 0.1, 0.2, 0.3\ninduction: 1.0, 1.1" in out
    assert "What finds the induction key" in out
    assert main(["analyse", "framework/3"]) == 0
    assert "K      0.0      1.0       √2/4" in capsys.readouterr().out


def test_the_command_writes_what_it_tells(tmp_path, capsys):
    path = write_weights(random_weights(0, vocab=list("abcdefghi")), tmp_path / "model.npz")
    (tmp_path / "tokens.txt").write_text("a b c d a b c d")
    arguments = ["analyse", str(path), "--tokens", str(tmp_path / "tokens.txt"), "--top", "3"]
    assert main([*arguments, "--out", str(tmp_path / "out"), "--to", "html,json,csv"]) == 0
    out = capsys.readouterr().out
    assert "model.npz: 2 layers of 3 heads, d_model 7, d_head 3, d_vocab 9" in out
    assert "Importance on 7 tokens" in out
    assert f"wrote {tmp_path / 'out' / 'report.html'}" in out.replace("\n", "")
    names = ["composition", "heads", "importance", "skip_trigrams", "virtual_heads"]
    files = [*(f"{name}.csv" for name in names), "report.html", "report.json"]
    assert sorted(file.name for file in (tmp_path / "out").iterdir()) == sorted(files)
    assert main([*arguments, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told == json.loads((tmp_path / "out" / "report.json").read_text("utf-8"))
    with (tmp_path / "out" / "composition.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [float(row["score"]) if row["score"] else None for row in rows] == [
        one["score"] for one in told["composition"]
    ]
    assert rows[0]["writer"] == "0 0"
    assert all(len(table["keys"]) <= 3 for table in told["skip_trigrams"])


def rounded(data):
    """Numbers as far as they are the same on every machine."""
    if isinstance(data, dict):
        return {name: rounded(value) for name, value in data.items()}
    if isinstance(data, list):
        return [rounded(value) for value in data]
    return round(data, 6) + 0.0 if isinstance(data, float) else data


def shared_report():
    weights = shared_induction(3, 2, tokens=5)
    return analyse(Weights(weights.config, weights.parameters), tokens=list("abcdabcde"), sequences=4, top=3)


MADE = {
    "induction.json": lambda: json.dumps(rounded(induction().to_json()), indent=1, ensure_ascii=False) + "\n",
    "induction.html": lambda: without_images(page(induction())),
    "shared.json": lambda: json.dumps(rounded(shared_report().to_json()), indent=1, ensure_ascii=False) + "\n",
    "shared.html": lambda: without_images(page(shared_report())),
}


def without_images(text):
    text = re.sub(r'src="data:[^"]*"', 'src="[[picture]]"', text)
    return re.sub(r"<style>.*?</style>\n", "", text, flags=re.DOTALL)


@pytest.mark.parametrize("name", MADE)
def test_the_report_is_the_golden_one(name, update_golden):
    path, found = GOLDEN / name, MADE[name]()
    if update_golden:
        path.parent.mkdir(exist_ok=True)
        path.write_text(found, "utf-8")
    expected = path.read_text("utf-8").splitlines() if path.is_file() else []
    difference = "\n".join(difflib.unified_diff(expected, found.splitlines(), f"golden/{name}", "found", lineterm=""))
    assert not difference, f"\n{difference}\n(pytest --update-golden accepts this)"
