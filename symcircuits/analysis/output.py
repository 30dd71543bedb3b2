"""A report in files: one page, one JSON document, or a table of comma-separated values for each part."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from symcircuits.analysis.page import page
from symcircuits.analysis.report import Report
from symcircuits.export.files import write_whole


def write(report: Report, folder: Path, form: str) -> list[Path]:
    """The files of one form, ``html``, ``json`` or ``csv``, in a folder. Raises ``OutputFailed``."""
    return [write_whole(folder / name, text) for name, text in WRITERS[form](report).items()]


def _json(report: Report) -> dict[str, str]:
    return {"report.json": json.dumps(_finite(report.to_json()), indent=1, ensure_ascii=False, allow_nan=False) + "\n"}


def _csv(report: Report) -> dict[str, str]:
    files = {}
    for name, (columns, rows) in report.tables().items():
        if rows:
            text = io.StringIO(newline="")
            writer = csv.writer(text, lineterminator="\n")
            writer.writerow(columns)
            writer.writerows(rows)
            files[f"{name}.csv"] = text.getvalue()
    return files


def _finite(data: Any) -> Any:
    """The data with ``null`` for numbers that JSON cannot write."""
    if isinstance(data, dict):
        return {name: _finite(value) for name, value in data.items()}
    if isinstance(data, list):
        return [_finite(value) for value in data]
    return None if isinstance(data, float) and not math.isfinite(data) else data


WRITERS: Mapping[str, Callable[[Report], dict[str, str]]] = {
    "html": lambda report: {"report.html": page(report)},
    "json": _json,
    "csv": _csv,
}
