"""The command ``analyse``: a model's report in the terminal, as JSON, and in files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from rich.console import RenderableType
from rich.text import Text

from symcircuits.analysis import Report, analyse
from symcircuits.analysis.output import WRITERS, write
from symcircuits.analysis.page import called, places, reasons
from symcircuits.analysis.scores import Score
from symcircuits.analysis.sources import source_of
from symcircuits.analysis.tokens import known_tokens, spelt_file
from symcircuits.cli import printing
from symcircuits.errors import BadValue, UnknownName
from symcircuits.exact import exact_value
from symcircuits.export.files import require_writable
from symcircuits.typeset.text import text as as_text

_SHOWN = ("rank_qk", "rank_ov", "copying_ov", "copying_full", "previous_token", "duplicate_token", "induction",
          "positional")  # fmt: skip
_HEADS = ("QK", "OV", "copying", "full", "previous", "duplicate", "induction", "position")
_PAIRS = 12


def analyse_and_tell(
    model: str,
    *,
    tokens: str | None,
    text: str | None,
    out: str | None,
    to: Sequence[str],
    top: int,
    heads_only: bool,
    settings: Mapping[str, str],
    fix: Mapping[str, str],
    as_json: bool,
) -> int:
    """Analyse one model; what is asked for is looked at before anything is worked out."""
    for name in to:
        if name not in WRITERS:
            raise UnknownName("format of a report", name, WRITERS)
    if tokens and text:
        raise BadValue("--tokens and --text: expected one of them, got both")
    if heads_only and (tokens or text):
        raise BadValue("--heads-only runs nothing, so there is no use for --tokens or --text")
    if out is not None:
        require_writable(Path(out))
    with printing.progress("analysing") as on_progress, printing.messages_aside():
        values = {name: exact_value(value) for name, value in fix.items()}
        source = source_of(model, values, settings, heads_only=heads_only)
        given = known_tokens(tokens, source) if tokens else spelt_file(text, source) if text else None
        report = analyse(source, tokens=given, top=top, on_progress=on_progress)
        written = [] if out is None else [write(report, Path(out), name) for name in to]
    if as_json:
        printing.emit_json(report.to_json())
    else:
        printing.emit_rich(*_told(report), *(Text(f"wrote {file}") for files in written for file in files))
    return 0


def _told(report: Report) -> Iterator[RenderableType]:
    config = report.config
    sizes = ", ".join(f"{name} {config[name]}" for name in ("d_model", "d_head", "d_vocab"))
    yield Text.assemble((report.name, "bold"), f": {config['n_layers']} layers of {config['n_heads']} heads, {sizes}")
    for note in report.notes:
        yield Text(note)
    yield Text()
    yield from _heads(report)
    yield from _roles(report)
    yield from _together(report)
    yield from _pairs(report)
    yield from _importance(report)


def _heads(report: Report) -> Iterator[RenderableType]:
    rows = [
        (called(one.place), *(_number(one.scores.get(name)) for name in _SHOWN), _back(one.offset))
        for one in report.heads
    ]
    if report.uniform:
        uniform = (_plain(report.uniform.get(name)) for name in _SHOWN)
        rows.append(("all alike", *uniform, ""))
    columns = ("head", *_HEADS, "at")
    yield printing.table(*columns, rows=rows, right=columns[1:])
    if report.sequences:
        yield Text(f"Patterns: {report.sequences}. 'All alike': what a head scores that attends to every key alike.")
    for reason in reasons(report):
        yield Text(reason)


def _roles(report: Report) -> Iterator[RenderableType]:
    for name, heads in report.roles.items():
        if heads:
            yield Text.assemble((f"{name.replace('_', ' ')}: ", "bold"), places(heads))


def _together(report: Report) -> Iterator[RenderableType]:
    if not report.together:
        return
    yield Text("\nWhat finds the induction key: parts of its score less the mean of the other keys'")
    rows = [
        (
            called(one.reader),
            _plain(one.direct),
            _plain(one.query),
            *(_plain(value) for value in (max(one.key.values()), one.key_sum)),
            _plain(one.both),
            _plain(one.margin),
            _plain(one.induction),
            _plain(min(one.without.values())),
            _plain(one.without_group),
        )
        for one in report.together
    ]
    columns = ("reader", "direct", "Q", "largest K", "sum of K", "both", "margin", "induction", "without one",
               "without all")  # fmt: skip
    yield printing.table(*columns, rows=rows, right=columns[1:])
    group = report.together[-1].group
    yield Text(f"K: what the previous-token heads {places(group)} wrote to the keys; 'without': induction without it.")


def _pairs(report: Report) -> Iterator[RenderableType]:
    known = [one for one in report.composition if one.score.value is not None or one.score.exact is not None]
    if not known:
        return
    known.sort(key=lambda one: -(one.score.value or 0.0))
    yield Text(f"\nLargest compositions of {len(known)} (baseline {known[0].baseline:.3f})")
    rows = [(one.kind, called(one.writer), called(one.reader), _number(one.score)) for one in known[:_PAIRS]]
    yield printing.table("kind", "writer", "reader", "score", rows=rows, right=("score",))


def _importance(report: Report) -> Iterator[RenderableType]:
    found = report.importance
    if found is None:
        return
    yield Text(f"\nImportance on {found.tokens} tokens (loss {found.loss:.4f} nats a token)")
    rows = [(str(one.order), str(one.terms), f"{one.loss:.4f}", "" if one.gain is None else f"{one.gain:+.4f}")
            for one in found.orders]  # fmt: skip
    yield printing.table("order", "terms", "loss up to it", "gain", rows=rows, right=("terms", "loss up to it", "gain"))
    heads = [(f"{one.layer}.{one.head}", f"{one.frozen - found.loss:+.4f}", f"{one.zeroed - found.loss:+.4f}")
             for one in found.heads]  # fmt: skip
    columns = ("head", "paths taken out", "zeroed, rerun")
    yield printing.table(*columns, rows=heads, right=columns[1:])


def _back(offset: int | None) -> str:
    return "" if offset is None else f"-{offset}" if offset else "0"


def _number(score: Score | None) -> str:
    """A score: its exact form where that is short, else its number; a dash where it has none."""
    if score is None or (score.value is None and score.exact is None):
        return "-"
    told = "" if score.exact is None else as_text(score.exact)
    if told and ("\n" not in told and len(told) <= 10 or score.value is None):
        return told
    return _plain(score.value)


def _plain(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:g}" if float(value).is_integer() else f"{value:.3f}"
