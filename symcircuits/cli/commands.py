"""What the commands do. Each returns its exit code; this module is imported when a command runs, not before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from symcircuits.cli import printing
from symcircuits.cli.reading import reading
from symcircuits.cli.summary import summary, words
from symcircuits.errors import BadValue, InputError
from symcircuits.worked import Collection, Derivation, Entry, collect, run_experiments, settings_for
from symcircuits.worked.reports import derivation_json

Settings = Mapping[str, str]
_EXIT_CODES = {"refuted": 1, "undecided": 3}  # the worst first
_UNREADABLE = 2


@dataclass
class _Done:
    """The derivations that came about, and why the others did not."""

    derivations: list[Derivation] = field(default_factory=list)
    failures: list[InputError] = field(default_factory=list)

    def exit_code(self) -> int:
        """The code of the worst of them; complains about each failure first."""
        for failure in self.failures:
            printing.complain(f"error: {failure}", failure)
        if self.failures:
            return _UNREADABLE
        found = {derivation.verdict for derivation in self.derivations}
        return next((code for verdict, code in _EXIT_CODES.items() if verdict in found), 0)


def list_solutions(as_json: bool) -> int:
    """Every shipped worked solution."""
    collection = _collect()
    if as_json:
        printing.emit_json([_entry_json(entry) for entry in collection.entries])
    else:
        rows = [(entry.id, words(entry.title), _told_parameters(entry)) for entry in collection.entries]
        printing.emit_rich(printing.table("id", "title", "parameters", rows=rows))
    return _Done(failures=list(collection.failures)).exit_code()


def derive(target: str, settings: Settings, as_json: bool) -> int:
    """What a target stands for, statement by statement, without experiments."""
    collection = _collect([target])
    if as_json and len(collection.entries) > 1:
        ids = ", ".join(entry.id for entry in collection.entries)
        raise BadValue(f"--json shows one derivation, and {target!r} stands for {len(collection.entries)}: {ids}")
    done = _derive_all(collection, settings, experiments=False)
    for derivation in done.derivations:
        if as_json:
            printing.emit_json(derivation_json(derivation))
        else:
            printing.emit_rich(*reading(derivation, printing.width()))
    return done.exit_code()


def verify(targets: Sequence[str], settings: Settings, as_json: bool) -> int:
    """Prove every statement and run every experiment."""
    done = _derive_all(_collect(targets), settings, experiments=True)
    if as_json and done.derivations:
        printing.emit_json([derivation_json(derivation) for derivation in done.derivations])
    elif done.derivations:
        printing.emit_rich(*summary(done.derivations))
    return done.exit_code()


def build(
    targets: Sequence[str], settings: Settings, *, to: Sequence[str], out: str, sheet: str, convention: str
) -> int:
    """Verify, and write the sheets."""
    from symcircuits.export.build import build as write_sheets

    with printing.progress("building") as on_progress, printing.messages_aside():
        built = write_sheets(
            *targets, to=to, out=out, sheet=sheet, convention=convention, settings=settings, on_progress=on_progress
        )
    if built.derivations:
        start = next((str(file) for file in built.files if file.name == "index.html"), out)
        printing.emit_rich(*summary(built.derivations), f"{len(built.files)} files in {out}; start with {start}")
    return _Done(list(built.derivations), list(built.failures)).exit_code()


def _derive_all(collection: Collection, settings: Settings, experiments: bool) -> _Done:
    """Derive every entry; one that fails does not keep the others from it."""
    entries, done = collection.entries, _Done(failures=list(collection.failures))
    chosen = settings_for(entries, settings) if entries else []
    with printing.progress("verifying" if experiments else "deriving") as on_progress:
        for place, (entry, values) in enumerate(zip(entries, chosen, strict=True)):
            on_progress(entry.id, place, len(entries))
            try:
                done.derivations.append(_derivation(collection, entry.id, values, experiments))
            except InputError as failure:
                done.failures.append(failure)
    return done


def _collect(targets: Sequence[str] = ()) -> Collection:
    with printing.messages_aside():
        return collect(targets)


def _derivation(collection: Collection, id: str, values: Mapping[str, object], experiments: bool) -> Derivation:
    with printing.messages_aside():
        derivation = collection.derive(id, **values)
        return run_experiments(derivation) if experiments else derivation


def _entry_json(entry: Entry) -> dict[str, object]:
    defaults = {parameter.name: _plain(parameter.default) for parameter in entry.parameters}
    return {"id": entry.id, "title": entry.title, "parameters": defaults}


def _told_parameters(entry: Entry) -> str:
    return ", ".join(f"{parameter.name}={parameter.default}" for parameter in entry.parameters)


def _plain(value: object) -> object:
    return value if isinstance(value, bool | int | str) else str(value)
