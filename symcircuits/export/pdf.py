"""Sheets as PDF, where TeX is installed."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from symcircuits.errors import OutputFailed

_SECONDS = 120
_STEADY = {"SOURCE_DATE_EPOCH": "0", "FORCE_SOURCE_DATE": "1"}  # the same bytes each time


def require_tex() -> str:
    """The path of pdflatex. ``OutputFailed``: there is none."""
    found = shutil.which("pdflatex")
    if found is None:
        raise OutputFailed("cannot write pdf: pdflatex is not installed (Debian: texlive-latex-recommended, lmodern)")
    return found


def compiled(source: str, name: str, beside: Mapping[str, bytes] | None = None) -> bytes:
    """A ``.tex`` file as PDF, in one run, with the files that lie ``beside`` it; ``name`` is told in the message of an
    ``OutputFailed``."""
    program = require_tex()
    with TemporaryDirectory() as folder:
        (Path(folder) / "sheet.tex").write_text(source, "utf-8")
        for file, data in (beside or {}).items():
            (Path(folder) / file).write_bytes(data)
        command = [program, "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "sheet.tex"]
        try:
            run = subprocess.run(command, cwd=folder, env=os.environ | _STEADY, capture_output=True, timeout=_SECONDS)
        except subprocess.TimeoutExpired:
            raise OutputFailed(f"cannot write {name}: pdflatex took more than {_SECONDS} seconds") from None
        if run.returncode:
            raise OutputFailed(f"cannot write {name}: pdflatex: {_first_error(run.stdout.decode('utf-8', 'replace'))}")
        return (Path(folder) / "sheet.pdf").read_bytes()


def _first_error(log: str) -> str:
    return next((line[2:] for line in log.splitlines() if line.startswith("! ")), "failed without a message")
