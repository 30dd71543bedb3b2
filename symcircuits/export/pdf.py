"""Sheets as PDF, where TeX is installed: by latexmk, or by pdflatex as often as contents and links need."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from symcircuits.errors import OutputFailed

_SECONDS = 240
_MOST_RUNS = 5
_STEADY = {"SOURCE_DATE_EPOCH": "0", "FORCE_SOURCE_DATE": "1"}  # the same bytes each time
_OPTIONS = ("-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape")
_REMEMBERED = (".aux", ".toc", ".out")  # what a run leaves for the next


def require_tex() -> str:
    """The path of pdflatex, which latexmk needs too. ``OutputFailed``: there is none."""
    found = shutil.which("pdflatex")
    if found is None:
        raise OutputFailed("cannot write pdf: pdflatex is not installed (Debian: texlive-latex-recommended, lmodern)")
    return found


def compiled(source: str, name: str, beside: Mapping[str, bytes] | None = None) -> bytes:
    """A ``.tex`` file as PDF, with the files that lie ``beside`` it, and the same bytes each time.

    ``name`` is told in the message of an ``OutputFailed``: TeX is missing, fails, or takes too long.
    """
    pdflatex = require_tex()
    latexmk = shutil.which("latexmk")
    with TemporaryDirectory() as folder:
        sheet = Path(folder) / "sheet.tex"
        sheet.write_text(source, "utf-8")
        for file, data in (beside or {}).items():
            (Path(folder) / file).write_bytes(data)
        if latexmk is not None:
            _run([latexmk, "-norc", "-pdf", *_OPTIONS, sheet.name], sheet, name)
        else:
            _run_until_settled([pdflatex, *_OPTIONS, sheet.name], sheet, name)
        return sheet.with_suffix(".pdf").read_bytes()


def _run_until_settled(command: list[str], sheet: Path, name: str) -> None:
    """Run until what is left for the next run is what the last run found."""
    before = _left(sheet)
    for _ in range(_MOST_RUNS):
        _run(command, sheet, name)
        after = _left(sheet)
        if after == before:
            return
        before = after
    raise OutputFailed(f"cannot write {name}: pdflatex: page numbers still change after {_MOST_RUNS} runs")


def _left(sheet: Path) -> dict[str, bytes]:
    found = (sheet.with_suffix(ending) for ending in _REMEMBERED)
    return {file.suffix: file.read_bytes() for file in found if file.is_file()}


def _run(command: list[str], sheet: Path, name: str) -> None:
    try:
        run = subprocess.run(command, cwd=sheet.parent, env=os.environ | _STEADY, capture_output=True, timeout=_SECONDS)
    except subprocess.TimeoutExpired:
        raise OutputFailed(f"cannot write {name}: pdflatex took more than {_SECONDS} seconds") from None
    if run.returncode:
        raise OutputFailed(f"cannot write {name}: pdflatex: {_first_error(sheet.with_suffix('.log'))}")


def _first_error(log: Path) -> str:
    lines = log.read_text("utf-8", "replace").splitlines() if log.is_file() else []
    return next((line[2:] for line in lines if line.startswith("! ")), "failed without a message")
