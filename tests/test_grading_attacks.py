"""Submissions that mean harm: each is refused or cut within its limits, and none runs anything."""

from __future__ import annotations

import io
import json
import os
import zipfile
from pathlib import Path
from time import perf_counter

import pytest

from symcircuits import check
from symcircuits.errors import BadValue
from symcircuits.grading.check import check_all, submissions
from symcircuits.grading.grade import grade_text
from symcircuits.grading.isolation.child import Limits

pytestmark = pytest.mark.once
HAND_IN = Path(__file__).parent / "hand_in"
UNREADABLE = {
    "import": "$$__import__('os').system('touch pwned') = 1$$",
    "import as a name": r"$$\operatorname{__import__}(\text{os}) = 1$$",
    "import as a text": r"$$x = \text{__import__('os').system('touch pwned')}$$",
    "eval": r"$$\mathrm{eval}(1) = 1$$",
    "a tower of powers": "$$9^{9^{9^{9}}} = 1$$",
    "a tower of exponentials": "$$e^{e^{e^{e^{e^{100}}}}} = 1$$",
    "a huge power": "$$10^{1000000} = 1$$",
    "a factorial": "$$1000000! = 1$$",
    "a binomial": r"$$\binom{1000000}{500000} = 1$$",
    "a long sum": r"$$\sum_{i=0}^{10000000} i = 1$$",
    "sums in sums": "$$" + "".join(rf"\sum_{{{c}=0}}^{{60}} " for c in "ijklabc") + " i = 1$$",
    "10000 braces": "$$" + "{" * 10_000 + "x" + "}" * 10_000 + " = 1$$",
    "10000 brackets": "$$" + "(" * 10_000 + "x" + ")" * 10_000 + " = 1$$",
    "10000 roots": "$$" + r"\sqrt{" * 10_000 + "x" + "}" * 10_000 + " = 1$$",
    "10000 exponents": "$$" + "x^{" * 10_000 + "x" + "}" * 10_000 + " = 1$$",
    "5000 matrices in one another": "$$" + r"\begin{pmatrix}" * 5_000 + "1" + r"\end{pmatrix}" * 5_000 + " = 1$$",
    "5000 cases in one another": "$$x = " + r"\begin{cases}" * 5_000 + "1" + r"\end{cases}" * 5_000 + "$$",
    "fractions above fractions": "$$x^" + r"\frac" * 5_000 + " = 1$$",
    "10000 columns of statements": r"\begin{align} a = 1 " + "& " * 10_000 + r"\end{align} $$x/2y = 1$$",
    "10000 names": "$$" + "a, " * 10_000 + "a = 1$$",
    "dots": "---\ndeclare: {M: 64x64}\n---\n$$M = \\begin{pmatrix}" + "\\dots & " * 200 + "1\\end{pmatrix}$$",
    "a block of zeros": r"$$M = 0_{99999999999 \times 99999999999}$$",
    "a matrix of 1000 by 1000": "$$M = \\begin{pmatrix}"
    + r"\\".join(["&".join("1" * 1000)] * 1000)
    + "\\end{pmatrix}$$",
    "2000 terms": "$$x = " + "+".join(f"\\cos(a_{{{i}}})" for i in range(2000)) + "$$",
    "5 MB of text": "$$x = " + "1+" * 2_500_000 + "1$$",
    "NUL": "$$x = 1\0$$",
    "right to left": "$$x = 1\u202e + 2$$",
    "look-alike": "$$\u0430 = 1$$",
    "zero width": "$$x\u200b = 1$$",
    "unbalanced align": r"\begin{align} x = 1",
    "unbalanced end": r"$$\end{pmatrix} = 1$$",
    "unbalanced display": r"\[ x = 1",
    "a command made from itself": "\\newcommand{\\a}{\\a\\a}\n$$\\a = 1$$",
    "a command in its own argument": "\\newcommand{\\a}[1]{#1 #1}\n$$" + "\\a{" * 5_000 + "x" + "}" * 5_000 + " = 1$$",
    "commands that double": "".join(
        f"\\newcommand{{\\{a * 2}}}{{\\{b * 2}\\{b * 2}}}\n"
        for a, b in zip("abcdefghijklmnopqrstuvwxy", "bcdefghijklmnopqrstuvwxyz", strict=True)
    )
    + "\\newcommand{\\zz}{x}\n$$\\aa = 1$$",
    "100000 digits": "$$x = " + "9" * 100_000 + "$$",
    "a large tensor product": "$$M = " + r" \otimes ".join([r"\begin{pmatrix}1&1\\1&1\end{pmatrix}"] * 20) + "$$",
    "a large identity": "$$M = I_{100000000}$$",
    "a large declaration": "---\ndeclare: {R: 999x999}\n---\n$$R = R$$",
    "a tag of YAML": "---\nexercise: !!python/object/apply:os.system ['touch pwned']\n---\n$$x=1$$",
    "a path": "---\nexercise: /etc/passwd\n---\n$$x=1$$",
    "a derivation file": "---\nexercise: derivations/framework/exercise_2.py\n---\n$$x=1$$",
    "5000 formulas": "$x=1$ " * 5000,
    "squares of squares": "".join(f"$$a_{{{i + 1}}} = \\cos(a_{{{i}}}) + \\sin(a_{{{i}}})$$\n" for i in range(60)),
    "squares of matrices": r"$$M_{0} = \begin{pmatrix} 2 & 3\\ 5 & 1\end{pmatrix}$$"
    + "".join(f"$$M_{{{i + 1}}} = M_{{{i}}} M_{{{i}}}$$\n" for i in range(60)),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_an_attack_is_refused_quickly(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    start = perf_counter()
    report = grade_text(UNREADABLE[name])
    assert perf_counter() - start < 10
    assert report.verdict == "unreadable"
    assert report.message or any(statement.message for statement in report.statements)
    assert not (tmp_path / "pwned").exists()


def test_a_command_of_latex_reads_no_file():
    assert grade_text(r"\input{/etc/passwd} \include{x} $$a = 1$$").verdict == "right"


# The process in which a submission is graded.


def test_a_file_is_graded_in_a_process_of_its_own():
    report = check(HAND_IN / "2b_sign.md")
    assert (report.verdict, report.exercise, report.file) == ("wrong", "framework/2b", str(HAND_IN / "2b_sign.md"))
    assert report.specification[0].note == "sign"


def test_memory_is_bounded():
    report = check(HAND_IN / "2b_sign.md", limits=Limits(memory=120 << 20))
    assert report.verdict == "undecided"
    assert report.message


def test_processor_time_is_bounded(tmp_path):
    endless = tmp_path / "endless.py"
    endless.write_text("while True: pass\n")
    (tmp_path / "x.md").write_text("$x = 1$")
    report = check(tmp_path / "x.md", against=str(endless), limits=Limits(seconds=2))
    assert report.verdict == "undecided"
    assert report.message == "stopped: more than 2 s of processor time"


def test_output_is_bounded(tmp_path):
    loud = tmp_path / "loud.py"
    loud.write_text("import sys\nwhile True: print('x' * 10000)\n")
    (tmp_path / "x.md").write_text("$x = 1$")
    report = check(tmp_path / "x.md", against=str(loud), limits=Limits(output=100_000))
    assert report.verdict in ("undecided", "unreadable")


def test_no_module_is_taken_from_the_folder_of_a_submission(tmp_path, monkeypatch):
    for name in ("json", "sympy", "symcircuits", "resource", "numpy"):
        (tmp_path / f"{name}.py").write_text(f"open({str(tmp_path / 'pwned')!r}, 'w')\nraise SystemExit\n")
    (tmp_path / "x.md").write_text("$x = 1$ and $x + 1 = 2$")
    monkeypatch.chdir(tmp_path)
    assert check("x.md").verdict == "right"
    assert not (tmp_path / "pwned").exists()


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("bytes.md", b"\xff\xfe$x = 1$", "is no text in UTF-8"),
        ("bomb.npz", b"", "cannot be unpacked"),
        ("weights.pkl", b"\x80\x04.", "expected a file that ends in"),
        ("long.md", b"$x = 1$" + b" " * 4_100_000, "more than"),
        ("broken.ipynb", b"{", "is no notebook"),
        ("deep.ipynb", b"[" * 200_000, "is no notebook"),
        ("list.ipynb", b"[]", "is no notebook"),
    ],
)
def test_a_file_that_is_no_submission_says_so(name, content, message, tmp_path):
    (tmp_path / name).write_bytes(content)
    report = check(tmp_path / name)
    assert report.verdict == "unreadable"
    assert message in report.message


def test_a_zip_bomb_is_not_opened(tmp_path):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("W_Q.npy", b"0" * 50_000_000)
    (tmp_path / "bomb.npz").write_bytes(packed.getvalue())
    report = check(tmp_path / "bomb.npz")
    assert (report.verdict, "unpacks to more than" in report.message) == ("unreadable", True)


def test_the_code_of_a_notebook_is_not_run(tmp_path):
    cells = [
        {"cell_type": "code", "source": f"open({str(tmp_path / 'pwned')!r}, 'w')"},
        {"cell_type": "markdown", "source": ["$a = 1$ and\n", "$a + a = 3$"]},
    ]
    (tmp_path / "x.ipynb").write_text(json.dumps({"cells": cells}))
    report = check(tmp_path / "x.ipynb")
    assert [(one.line, one.verdict) for one in report.statements] == [(1, "right"), (2, "wrong")]
    assert not (tmp_path / "pwned").exists()


# Folders.


def test_one_broken_file_never_stops_the_rest_and_a_run_resumes(tmp_path):
    (tmp_path / "in").mkdir()
    for name, text in {"good.md": "$1 + 1 = 2$", "bad.md": "$1 + 1 = 3$", "dark.md": "\0"}.items():
        (tmp_path / "in" / name).write_text(text)
    files = submissions([str(tmp_path / "in")])
    keep = tmp_path / "out"
    first = {Path(report.file).name: report for report in check_all(files, keep=keep)}
    assert {name: report.verdict for name, report in first.items()} == {
        "good.md": "right",
        "bad.md": "wrong",
        "dark.md": "unreadable",
    }
    kept = sorted(keep.glob("*.json"))
    assert len(kept) == 3
    before = {path: os.stat(path).st_mtime_ns for path in kept}
    (tmp_path / "in" / "good.md").write_text("$1 + 1 = 4$")
    again = {Path(report.file).name: report.verdict for report in check_all(files, keep=keep, resume=True)}
    assert again == {"good.md": "wrong", "bad.md": "wrong", "dark.md": "unreadable"}
    assert sum(os.stat(path).st_mtime_ns != before[path] for path in kept) == 1


def test_a_path_that_holds_nothing_is_refused(tmp_path):
    with pytest.raises(BadValue, match="^expected a file or a folder to check, got"):
        submissions([str(tmp_path / "no.md")])
    with pytest.raises(BadValue, match="holds no file that ends in"):
        submissions([str(tmp_path)])
    with pytest.raises(BadValue, match="^expected a file to check, got"):
        check(tmp_path)
