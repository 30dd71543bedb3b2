"""The command ``sweep``: a grid worked out, written, drawn, and told in a few lines."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import gettempdir
from typing import Any

from rich.text import Text

from symcircuits.cli import printing
from symcircuits.errors import BadValue
from symcircuits.sweeps.breaks import told_apart
from symcircuits.sweeps.output import WRITERS, check_file, whole, write
from symcircuits.sweeps.plots import ENDINGS, check_plot, write_plot
from symcircuits.sweeps.result import Swept
from symcircuits.sweeps.store import Store
from symcircuits.sweeps.sweep import planned, swept
from symcircuits.sweeps.tables import Table
from symcircuits.worked import collect

_MOST_BREAKS = 60
_MOST_PLACES = 4  # on the outer axes, at which a value that is not the same at all is told
_OF_A_BREAK = ("symbol", "value", "between", "after", "beside")


def sweep(
    target: str,
    measures: Sequence[str],
    over: Mapping[str, str],
    fix: Mapping[str, str],
    settings: Mapping[str, str],
    *,
    method: str,
    out: str | None,
    plot: str | None,
    resume: bool,
    overwrite: bool,
    workers: int,
    backend: str,
    seed: int | None,
    yes: bool,
) -> int:
    """Sweep one derivation; files are looked at before anything is worked out."""
    if resume and not out:
        raise BadValue("--resume needs --out, beside which the store is kept")
    files = [(Path(name), endings) for name, endings in ((out, tuple(WRITERS)), (plot, ENDINGS)) if name]
    kept = Path(f"{out}.partial")
    goes_on = resume and kept.exists()  # what is there is then of the same sweep, which ended between its files
    for file, endings in files:
        check_file(file, endings, overwrite or goes_on)
    with printing.messages_aside():
        collection = collect([target])
    if collection.failures:
        raise collection.failures[0]
    if len(collection.entries) != 1:
        raise BadValue(f"sweep takes one derivation, and {target!r} stands for {len(collection.entries)}")
    (entry,) = collection.entries
    parameters = entry.read_settings(settings)
    store = Store(kept, resume=True) if resume else None
    with printing.progress("sweeping", "points") as on_progress, printing.messages_aside():
        source = None if entry.shipped else str(entry.file)
        made = planned(entry.id, tuple(measures), over, fix, parameters, seed, source)
        if plot:
            check_plot(made)
        scratch = Path(out).absolute().parent if out else Path(gettempdir())
        with swept(
            made, method=method, yes=yes, source=source, store=store, workers=workers,  # type: ignore[arg-type]
            backend=backend, on_progress=on_progress, scratch=scratch,  # type: ignore[arg-type]
        ) as found:  # fmt: skip
            table = found.table()
            if out:
                write(table, Path(out))
            if plot:
                result = found.dataset()
                whole(Path(plot), lambda place: write_plot(result, place))
    if store is not None:
        printing.complain(f"{store.restored} blocks were kept, {store.computed} worked out")
        store.remove()
    printing.emit_rich(*_told(table, found), *(Text(f"wrote {file}") for file, _ in files))
    return 0


def _told(table: Table, found: Swept) -> Iterator[Any]:
    attributes = table.attributes
    sizes = " x ".join(f"{size} {name}" for name, size in zip(table.axes, table.shape, strict=True))
    yield Text.assemble((str(attributes["derivation"]), "bold"), f": {sizes}, {attributes['method']}")
    by = "" if attributes["backend"] == "numpy" else f"; by {attributes['backend']}"
    yield Text(f"method: {attributes['method']} ({attributes['reason']}); {attributes['computed_by']}{by}")
    yield Text(f"checked: {_checked(attributes)}")
    for name, label in (("held_fixed", "fixed"), ("suggested_values", "suggested"), ("parameters", "parameters")):
        values = json.loads(str(attributes[name]))
        if values:
            yield Text(f"{label}: " + ", ".join(f"{key} = {_at_places(value)}" for key, value in values.items()))
    rows = [(name, *(f"{end:.6g}" for end in found.found.ends[name]), str(measure.attributes["long_name"]))
            for name, measure in table.measures.items()]  # fmt: skip
    yield printing.table("measure", "least", "largest", "what it is", rows=rows, right=("least", "largest"))
    yield from _told_breaks(found.breaks)


def _at_places(value: Any) -> str:
    """A value, or those at the places on the outer axes, of which many are not all told."""
    if not isinstance(value, list):
        return str(value)
    told = ["-" if one is None else str(one) for one in value]
    return f"({', '.join(told if len(told) <= _MOST_PLACES else [told[0], '...', told[-1]])})"


def _checked(attributes: Mapping[Any, Any]) -> str:
    if not attributes["points_checked"]:
        return "no second way to check by"
    return (
        f"{attributes['points_checked']} points both ways, at most {attributes['largest_difference']:.1e} apart "
        f"(tolerance {attributes['tolerance']:.0e})"
    )


def _told_breaks(points: Sequence[Mapping[str, Any]]) -> Iterator[Text]:
    for point, value in zip(points[:_MOST_BREAKS], told_apart([point["between"] for point in points]), strict=False):
        others = ", ".join(f"{name} = {_short(value)}" for name, value in point.items() if name not in _OF_A_BREAK)
        at = f"from {point['symbol']} = {value} on" + (f" (at {others})" if others else "")
        near = ", ".join(f"{value:.17g}" for value in point.get("beside", ()))
        yield Text(f"{at} {point['after']}" + (f" (within rounding of it, and not judged: {near})" if near else ""))
    if len(points) > _MOST_BREAKS:
        yield Text(f"and {len(points) - _MOST_BREAKS} more break points, in the attributes of the result")


def _short(value: Any) -> str:
    return f"{value:.8g}" if isinstance(value, float) else str(value)
