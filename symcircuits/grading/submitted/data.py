r"""Submissions of data, written out as the Markdown that they stand for: one matrix after the other, a row a line.

JSON: an object of matrices by name, each a list of rows, a list of directions, or a formula; ``exercise``,
``convention`` and ``declare`` may stand beside them. CSV: rows of cells; a line ``# W_Q`` names the matrix that
follows, without one it bears the name of the file; ``# exercise: framework/1a`` may stand at the head. Cells are
numbers, or formulas in the same grammar as everywhere.

>>> from tempfile import TemporaryDirectory
>>> with TemporaryDirectory() as folder:
...     file = Path(folder, "W_V.csv")
...     _ = file.write_text("# exercise: framework/1a\n1, 0.5\n\\sqrt{2}, 0\n")
...     print(markdown_of(file))
---
exercise: framework/1a
---
$$W_{V} = \begin{pmatrix}
1 & 0.5 \\
\sqrt{2} & 0
\end{pmatrix}$$
<BLANKLINE>
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TypeAlias

from symcircuits.errors import BadValue
from symcircuits.grading.reading import limits
from symcircuits.grading.submitted.files import check_size, read_text
from symcircuits.grading.submitted.tensors import arrays_of_npz, arrays_of_safetensors

DATA = (".json", ".csv", ".npz", ".safetensors")
Cells: TypeAlias = Sequence[Sequence[str]]
_HEAD = ("exercise", "convention", "declare")
_NAME = re.compile(
    r"(?:\\?(?P<accent>tilde|hat|bar)[ _]?)?\{?(?P<base>\\?[A-Za-z]+'?)\}?"
    r"(?:_\{?(?:\\text\{)?(?P<below>[A-Za-z0-9]+)\}{0,2})?"
    r"(?:\^\{?\(?(?P<head>[0-9]{1,3})\)?\}?)?(?:_\{?(?P<last>[A-Za-z0-9]+)\}?)?"
)
_FOREIGN = re.compile(r"[&$%#\n\r=]|\\\\|\\(?:begin|end|newcommand|def|text|cr|newline)(?![a-zA-Z])")
_LABEL = re.compile(r"\\text\{[A-Za-z]{1,20}\}")  # the word of a direction, as in \text{is}_A


class _Number(str):
    """A number of a JSON text, as it is written."""


def markdown_of(path: Path) -> str:
    """The text that a file of data stands for. Raises ``BadValue`` for one of another form, ``OSError`` as reading."""
    check_size(path)
    kind = path.suffix.lower()
    if kind in (".npz", ".safetensors"):
        head, matrices = (arrays_of_npz if kind == ".npz" else arrays_of_safetensors)(path)
        return _written(head, {name: [[_cell(one) for one in row] for row in rows] for name, rows in matrices.items()})
    text = read_text(path)
    return _json(text, path.name) if kind == ".json" else _csv(text, path)


def _written(head: Mapping[str, str], matrices: Mapping[str, Cells | str]) -> str:
    if not matrices:
        raise BadValue("no matrix was found; expected names such as W_Q or W_V^1")
    front = [f"{key}: {_line(value)}" for key, value in head.items()]
    lines = ["---", *front, "---"] if front else []
    for name, matrix in matrices.items():
        if isinstance(matrix, str):
            lines += [f"$${_name(name)} = {matrix}$$"]
            continue
        rows = [" & ".join(row) for row in matrix]
        lines += [rf"$${_name(name)} = \begin{{pmatrix}}", " \\\\\n".join(rows), r"\end{pmatrix}$$"]
    return "\n".join([*lines, ""])


def _line(value: str) -> str:
    if "\n" in value or "\r" in value or len(value) > 2_000:
        raise BadValue(f"expected one line, got {value[:40]!r}")
    return value


def _name(name: str) -> str:
    found = _NAME.fullmatch(name.strip())
    if found is None or (found["below"] and found["last"]):
        raise BadValue(f"expected a name such as W_Q or W_V^1, got {name[:40]!r}")
    below, accent = found["below"] or found["last"], found["accent"]
    letters = found["base"]
    plain = letters if letters.startswith("\\") or len(letters.rstrip("'")) == 1 else rf"\mathrm{{{letters}}}"
    base = rf"\{accent}{{{plain}}}" if accent else plain
    return base + (f"_{{{below}}}" if below else "") + (f"^{{{found['head']}}}" if found["head"] else "")


def _cell(text: str) -> str:
    """A cell as it stands in a matrix: a number as a plain decimal, a formula as it is."""
    stripped = text.strip()
    if re.fullmatch(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?", stripped):
        return _decimal(stripped)
    if _FOREIGN.search(_LABEL.sub("", stripped)) or len(stripped) > 2_000:
        raise BadValue(f"expected a number or a formula in a cell, got {stripped[:40]!r}")
    return stripped


def _decimal(text: str) -> str:
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise BadValue(f"expected a number, got {text[:40]!r}") from None
    digits, exponent = value.as_tuple().digits, value.as_tuple().exponent
    if not isinstance(exponent, int):
        raise BadValue(f"expected a number, got {text[:40]!r}")
    if abs(exponent) > 3 * limits.DIGITS or len(digits) > limits.DIGITS:
        raise BadValue(f"a number with too many digits: {text[:40]!r}")
    plain = format(value, "f")
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


# -- JSON ---------------------------------------------------------------------------------------------------------


def _json(text: str, name: str) -> str:
    try:
        data = json.loads(text, parse_int=_Number, parse_float=_Number, parse_constant=_Number, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise BadValue(f"{name} is no JSON: {str(error)[:80]}") from None
    if not isinstance(data, dict):
        raise BadValue(f"{name}: expected an object of matrices by name")
    head = {key: _front(key, data.pop(key)) for key in _HEAD if key in data}
    return _written(head, {key: _matrix(key, value) for key, value in data.items()})


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name occurs twice in an object")
    return found


def _front(key: str, value: object) -> str:
    if isinstance(value, dict) and key == "declare":
        return "{" + ", ".join(f"{name}: {kind}" for name, kind in value.items()) + "}"
    if not isinstance(value, str):
        raise BadValue(f"expected text for {key}, got {str(value)[:40]!r}")
    return value


def _matrix(name: str, value: object) -> Cells | str:
    if isinstance(value, str):
        if isinstance(value, _Number):
            return _decimal(value)
        if "$" in value or "%" in value or "\n\n" in value:
            raise BadValue(f"expected a formula for {name}, got {value[:40]!r}")
        return value
    if not isinstance(value, list) or not value:
        raise BadValue(f"expected a list of rows for {name}, got {str(value)[:40]!r}")
    if all(isinstance(row, list) for row in value):
        return _even(name, [[_json_cell(name, cell) for cell in row] for row in value])
    if all(isinstance(row, str) and not isinstance(row, _Number) for row in value):
        return [[_cell(row)] for row in value]  # a stack of directions
    raise BadValue(f"expected a list of rows for {name}; a single row is written [[...]]")


def _json_cell(name: str, cell: object) -> str:
    if not isinstance(cell, str):
        raise BadValue(f"expected numbers or formulas in {name}, got {str(cell)[:40]!r}")
    return _decimal(cell) if isinstance(cell, _Number) else _cell(cell)


def _even(name: str, rows: Cells) -> Cells:
    width = len(rows[0])
    if not 0 < width <= limits.SIDE or len(rows) > limits.SIDE or width * len(rows) > limits.CELLS:
        raise BadValue(f"{name} has {len(rows)} rows of {width}, expected at most {limits.CELLS} entries")
    for number, row in enumerate(rows, 1):
        if len(row) != width:
            raise BadValue(f"row {number} of {name} has {len(row)} entries, row 1 has {width}")
    return rows


# -- CSV ----------------------------------------------------------------------------------------------------------


def _csv(text: str, path: Path) -> str:
    head: dict[str, str] = {}
    matrices: dict[str, list[list[str]]] = {}
    name = path.stem
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("#"):
            key, colon, value = line[1:].partition(":")
            if colon and key.strip() in _HEAD:
                head[key.strip()] = value.strip()
                continue
            name = line[1:].strip()
            if name in matrices:
                raise BadValue(f"line {number} of {path.name}: {name[:40]} is written twice")
        elif line.strip():
            try:
                (cells,) = csv.reader([line], skipinitialspace=True, strict=True)
            except csv.Error as error:
                raise BadValue(f"line {number} of {path.name}: {error}") from None
            matrices.setdefault(name, []).append([_cell(cell) for cell in cells])
    return _written(head, {name: _even(name, rows) for name, rows in matrices.items()})
