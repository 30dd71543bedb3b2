"""The report as one HTML page that loads nothing: readable on a phone, and in light and dark."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from symcircuits.analysis.composition import KINDS
from symcircuits.analysis.heat import heat
from symcircuits.analysis.scores import COMPOSITION, MEANINGS, Score
from symcircuits.analysis.trigrams import RULE, SOURCE, Key
from symcircuits.export.templating import environment
from symcircuits.typeset.text import text as as_text

if TYPE_CHECKING:
    from symcircuits.analysis.report import HeadReport, Place, Report

MOST_CELLS = 600  # of a matrix of compositions that is written out
MOST_PAIRS = 30
_SHORT = 14  # characters of an exact score that stands in a table


@dataclass(frozen=True)
class Cell:
    """What stands in a cell of a table, how strongly it is coloured (0 to 1), and what is said of it."""

    text: str
    shade: float = 0.0
    title: str = ""


@dataclass(frozen=True)
class Matrix:
    """The compositions of one kind: readers in columns, writers in rows."""

    kind: str
    readers: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Cell, ...]], ...]


def page(report: Report) -> str:
    """The report as a page."""
    config = report.config
    told = {
        "name": report.name,
        "sizes": [(name, config[name]) for name in ("n_layers", "n_heads", "d_model", "d_head", "d_vocab", "n_ctx")
                  if name in config],
        "report": report,
        "roles": [(MEANINGS[name].title, places(found)) for name, found in report.roles.items() if found],
        "together": report.together,
        "scores": [(name, MEANINGS[name].title) for name in MEANINGS],
        "heads": [(called(one.place), list(_cells(one)), one) for one in report.heads],
        "uniform": [Cell(number(report.uniform.get(name))) for name in MEANINGS] if report.uniform else [],
        "reasons": list(reasons(report)),
        "pictures": list(_pictures(report)),
        "matrices": list(_matrices(report)),
        "maps": list(_maps(report)),
        "pairs": list(_pairs(report)),
        "baseline": number(report.composition[0].baseline) if report.composition else "",
        "trigrams": list(_trigrams(report)),
        "rule": RULE,
        "source": SOURCE,
        "meanings": [*MEANINGS.values(), COMPOSITION],
        "spectra": list(_spectra(report)),
        "number": number,
        "first_capital": first_capital,
        "signed": signed,
        "called": called,
        "places": places,
    }  # fmt: skip
    return environment("html").get_template("report.html").render(told)


def called(place: Place) -> str:
    """A head by layer and number.

    >>> called((0, 7))
    '0.7'
    """
    return f"{place[0]}.{place[1]}"


def places(found: Sequence[Place]) -> str:
    """Several heads."""
    return ", ".join(map(called, found))


def back(offset: int) -> str:
    """So many tokens back.

    >>> back(0), back(2)
    ('0', '−2')
    """
    return f"\N{MINUS SIGN}{offset}" if offset else "0"


def number(value: float | None) -> str:
    """A number with three decimals, a whole one without; nothing for ``None``.

    >>> number(0.12345), number(16.0), number(-0.0001)
    ('0.123', '16', '0.000')
    """
    if value is None:
        return ""
    value = 0.0 if abs(value) < 1e-12 else value  # rounding, which differs from machine to machine
    if float(value).is_integer():
        return f"{int(value)}"
    return f"{value:.3f}".replace("-0.000", "0.000")


def signed(value: float) -> str:
    """A difference, with its sign."""
    return f"{value:+.4f}"


def scored(score: Score) -> str:
    """A score in a table: its exact form where that is short, else its number, a dash where it has none."""
    exact = "" if score.exact is None else as_text(score.exact)
    if exact and "\n" not in exact and (len(exact) <= _SHORT or score.value is None):
        return exact
    return "\N{EN DASH}" if score.value is None else number(score.value)


def _cells(one: HeadReport) -> Iterator[Cell]:
    for name in MEANINGS:
        score = one.scores.get(name)
        if score is None:
            yield Cell("")
            continue
        shade = 0.0 if score.value is None or name.startswith("rank") else min(abs(score.value), 1.0)
        at = f" at {back(one.offset)}" if name == "positional" and one.offset is not None else ""
        yield Cell(scored(score) + at, round(shade, 3), score.why)


def reasons(report: Report) -> Iterator[str]:
    """Why scores are undefined, each reason once, with the scores and heads."""
    found: dict[tuple[str, str], list[Place]] = {}
    for one in report.heads:
        for name, score in one.scores.items():
            if score.why:
                found.setdefault((MEANINGS[name].title, score.why), []).append(one.place)
    for (title, why), heads in found.items():
        yield f"{first_capital(title)} of {places(heads)}: {why}"


def first_capital(text: str) -> str:
    """A text that begins with a capital letter, and is otherwise as it is.

    >>> first_capital("rank of QK")
    'Rank of QK'
    """
    return text[:1].upper() + text[1:]


def _pictures(report: Report) -> Iterator[Mapping[str, Any]]:
    if report.picture is None:
        return
    for place, pattern in report.picture.patterns.items():
        yield {"head": called(place), "pattern": heat(pattern), "weighted": heat(report.picture.weighted[place])}


def _spectra(report: Report) -> Iterator[tuple[str, str, list[tuple[str, float]]]]:
    """For each head and QK or OV the singular values, as (text, share of the largest)."""
    for one in report.heads:
        for name, values in (("QK", one.singular_qk), ("OV", one.singular_ov)):
            exact = one.exact_singular.get(name.lower(), ())
            largest = max(values, default=0.0)
            shares = [round(value / largest, 3) if largest else 0.0 for value in values] or [1.0] * len(exact)
            texts = [as_text(value) for value in exact] + [number(value) for value in values[len(exact) :]]
            if texts:
                yield called(one.place), name, list(zip(texts, shares, strict=False))


def _matrices(report: Report) -> Iterator[Matrix]:
    """The matrix of each kind, where they are small enough to be written out."""
    if len(report.composition) > MOST_CELLS:
        return
    strongest = max((one.score.value or 0.0 for one in report.composition), default=0.0) or 1.0
    for kind in KINDS:
        found = {(one.writer, one.reader): one.score for one in report.composition if one.kind == kind}
        readers = sorted({reader for _, reader in found})
        rows = [
            (called(writer), tuple(_pair_cell(found.get((writer, reader)), strongest) for reader in readers))
            for writer in sorted({writer for writer, _ in found})
        ]
        if rows:
            yield Matrix(kind, tuple(map(called, readers)), tuple(rows))


def _pair_cell(score: Score | None, strongest: float) -> Cell:
    if score is None:
        return Cell("")
    return Cell(scored(score), round((score.value or 0.0) / strongest, 3), score.why)


def _maps(report: Report) -> Iterator[tuple[str, str]]:
    """The compositions of each kind as a picture, a row for each writer, where the matrices are too large."""
    if len(report.composition) <= MOST_CELLS:
        return
    order = {one.place: number for number, one in enumerate(report.heads)}
    for kind in KINDS:
        table = np.zeros((len(order), len(order)))
        for one in report.composition:
            if one.kind == kind:
                table[order[one.writer], order[one.reader]] = one.score.value or 0.0
        yield kind, heat(table)


def _pairs(report: Report) -> Iterator[tuple[str, str, str, str]]:
    """The largest compositions, where the matrices are too large."""
    if len(report.composition) > MOST_CELLS:
        for one in sorted(report.composition, key=lambda one: -(one.score.value or 0.0))[:MOST_PAIRS]:
            yield one.kind, called(one.writer), called(one.reader), scored(one.score)


def _trigrams(report: Report) -> Iterator[Mapping[str, Any]]:
    names = report.vocabulary
    for table in report.trigrams:
        rows = [
            {
                "key": names[key.token],
                "score": number(key.score),
                "queries": _entries(names, key.queries, key, "exact_queries"),
                "outputs": _entries(names, key.outputs, key, "exact_outputs"),
            }
            for key in table.keys
        ]
        yield {"head": called((table.layer, table.head)), "rows": rows, "why": table.why}


def _entries(names: Sequence[str], found: Sequence[tuple[int, float]], key: Key, exact: str) -> list[tuple[str, str]]:
    told = [scored(Score(None, exact=value)) for value in getattr(key, exact)]
    numbers = [number(value) for _, value in found]
    return [(names[token], text) for (token, _), text in zip(found, told or numbers, strict=True)]
