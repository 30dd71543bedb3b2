"""Derivation files collected by path, as test files are: the shipped ones, and anybody's own.

A file is an ordinary Python module; every function in it that carries ``@derivation`` is an entry.
"""

from __future__ import annotations

import hashlib
import re
import sys
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import TypeVar

from symcircuits.errors import BadValue, DerivationFailed, InputError, UnknownName
from symcircuits.worked.parameters import Parameter, parameters_of, read_settings
from symcircuits.worked.solution import Derivation
from symcircuits.worked.steps import Value
from symcircuits.worked.work import Work

F = TypeVar("F", bound=Callable[..., None])
_MARK = "__symcircuits_derivation__"


def derivation(id: str, *, title: str) -> Callable[[F], F]:
    """Mark a function as a worked solution.

    ``id`` is ``folder/part``; the function takes a ``Work`` and the exercise's parameters, with defaults.
    Raises ``BadValue`` for an ID of another form.

    >>> @derivation("mine/square", title="A square")
    ... def square(work, size: int = 2): ...
    """
    folder, slash, part = id.partition("/")
    if not (slash and folder and part) or any(character.isspace() for character in id):
        raise BadValue(f"expected an ID of the form folder/part, got {id!r}")

    def mark(function: F) -> F:
        setattr(function, _MARK, (id, title))
        return function

    return mark


@dataclass(frozen=True)
class Entry:
    """A worked solution that can be derived: its ID, title, parameters and file."""

    id: str
    title: str
    function: Callable[..., None]
    file: Path
    parameters: tuple[Parameter, ...]
    shipped: bool
    beside: tuple[Entry, ...] = field(default=(), compare=False, repr=False)

    def read_settings(self, settings: Mapping[str, str]) -> dict[str, object]:
        """Parameters from their text; raises ``UnknownName`` or ``BadValue``."""
        return read_settings(self.id, self.parameters, settings)

    def derive(self, **parameters: object) -> Derivation:
        """Build the derivation. Raises ``DerivationFailed`` where it raises, ``UnknownName`` for an unknown parameter.

        What it is given comes from what was collected with it, else from the shipped ones.
        """
        return Collection((self, *self.beside)).derive(self.id, **parameters)


@dataclass(frozen=True)
class Collection:
    """Entries, with the files that could not be loaded."""

    entries: tuple[Entry, ...]
    failures: tuple[DerivationFailed, ...] = ()

    def find(self, id: str) -> Entry:
        """The entry with this ID, a shipped one if there is no other; raises ``UnknownName``."""
        for entry in (*self.entries, *shipped().entries):
            if entry.id == id:
                return entry
        raise UnknownName("derivation", id, [entry.id for entry in (*self.entries, *shipped().entries)])

    def derive(self, id: str, **parameters: object) -> Derivation:
        """Build a derivation; what it is given comes from this collection, else from the shipped ones."""
        return self._derive(id, parameters, ())

    def _derive(self, id: str, parameters: Mapping[str, object], within: tuple[str, ...]) -> Derivation:
        if id in within:
            raise BadValue(f"derivations build on each other in a circle: {' -> '.join((*within, id))}")
        entry = self.find(id)
        values = _with_defaults(entry, parameters)

        def given(other: str, **others: object) -> Mapping[str, Value]:
            return self._derive(other, others, (*within, id)).definitions

        work = Work(id, entry.title, values, given, "" if entry.shipped else str(entry.file))
        _call(entry, work, values)
        return work.finish()


def _with_defaults(entry: Entry, parameters: Mapping[str, object]) -> dict[str, object]:
    known = {parameter.name: parameter.default for parameter in entry.parameters}
    for name in parameters:
        if name not in known:
            raise UnknownName(f"parameter of {entry.id}", name, known)
    return known | dict(parameters)


def _call(entry: Entry, work: Work, values: Mapping[str, object]) -> None:
    try:
        entry.function(work, **values)
    except InputError as error:
        raise DerivationFailed(f"{entry.id}: {_one_line(error)}") from error
    except (Exception, SystemExit) as error:
        raise DerivationFailed(
            f"{entry.id} raised {_told(error)} ({entry.file.name}, line {_line(error, entry.file)})"
        ) from error


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())


def _told(error: BaseException) -> str:
    text = _one_line(error)
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _line(error: BaseException, file: Path) -> int:
    inside = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename) == file]
    return next((line for line in reversed(inside) if line is not None), 0)


def shipped_folder() -> Path:
    """The folder of the worked solutions that come with the package."""
    package = Path(__file__).parent.parent
    inside = package / "_solutions"
    return inside if inside.is_dir() else package.parent / "derivations"


@cache
def shipped() -> Collection:
    """The worked solutions that come with the package, in the order of their IDs, whatever files they are in."""
    found = _load_all(sorted(shipped_folder().rglob("*.py")), shipped=True)
    return replace(found, entries=tuple(sorted(found.entries, key=lambda entry: natural_order(entry.id))))


def natural_order(id: str) -> list[tuple[int, str]]:
    """What IDs are sorted by: numbers as numbers.

    >>> sorted(["e/10a", "e/2c", "e/q4"], key=natural_order)
    ['e/2c', 'e/10a', 'e/q4']
    """
    return [(int(part), "") if part.isdigit() else (0, part) for part in re.split(r"(\d+)", id)]


def collect(targets: Sequence[str] = ()) -> Collection:
    """The entries that targets stand for; without targets, all that are shipped.

    A target is an ID, a folder of IDs, or the path of a file or folder on disk. Raises ``UnknownName`` for one that
    is none of these; a file that cannot be loaded is listed in ``failures`` and the others go on.

    >>> [entry.id for entry in collect(["framework/2c", "framework/3r"]).entries]
    ['framework/2c', 'framework/3r']
    """
    if not targets:
        return shipped()
    found = [_collect_one(target) for target in targets]
    for collection in found:
        _refuse_doubles(collection.entries)
    entries = {(entry.id, entry.file): entry for collection in found for entry in collection.entries}
    failures = {str(failure): failure for collection in found for failure in collection.failures}
    _refuse_doubles(entries.values())
    together = tuple(entries.values())
    return Collection(tuple(replace(entry, beside=together) for entry in together), tuple(failures.values()))


def _collect_one(target: str) -> Collection:
    if not target.strip():
        raise BadValue("expected an ID, a folder or a file, got an empty name")
    ours = shipped()
    chosen = [entry for entry in ours.entries if entry.id == target or entry.id.startswith(target.rstrip("/") + "/")]
    if chosen:
        return Collection(tuple(chosen))
    path = Path(target)
    if path.is_dir():
        return _load_all(sorted(path.rglob("*.py")), shipped=False)
    if path.is_file():
        return _load_all([path], shipped=False)
    if path.suffix == ".py":
        raise BadValue(f"expected a derivation file, got {target!r}, which does not exist")
    raise UnknownName("derivation", target, [entry.id for entry in ours.entries])


def _refuse_doubles(entries: Iterable[Entry]) -> None:
    seen: dict[str, Path] = {}
    for entry in entries:
        if entry.id in seen:
            both = f"in two files: {seen[entry.id]} and {entry.file}"
            raise BadValue(f"{entry.id} is {f'twice in {entry.file}' if seen[entry.id] == entry.file else both}")
        seen[entry.id] = entry.file


def settings_for(entries: Sequence[Entry], settings: Mapping[str, str]) -> list[dict[str, object]]:
    """For each entry the settings whose names it has, read; raises ``UnknownName`` for a name that none has.

    >>> settings_for(collect(["framework/2c"]).entries, {"pairs": "3"})
    [{'pairs': 3}]
    """
    names = {parameter.name for entry in entries for parameter in entry.parameters}
    for name in settings:
        if name not in names:
            raise UnknownName("parameter", name, names)
    return [
        entry.read_settings({p.name: settings[p.name] for p in entry.parameters if p.name in settings})
        for entry in entries
    ]


def derive(id: str, *, source: str | None = None, **parameters: object) -> Derivation:
    """Build a worked solution: a shipped one by its ID, or one from a file (``source``).

    Experiments are declared, not run. Raises ``UnknownName``, ``BadValue`` or ``DerivationFailed``.

    >>> derive("framework/2c", pairs=1).verdict
    'proved'
    """
    if source is None:
        return shipped().derive(id, **parameters)
    collection = collect([source])
    if collection.failures:
        raise collection.failures[0]
    return collection.derive(id, **parameters)


def _load_all(files: Iterable[Path], shipped: bool) -> Collection:
    entries: list[Entry] = []
    failures: list[DerivationFailed] = []
    for file in files:
        if file.name.startswith("_"):
            continue
        try:
            entries += _entries_of(file, shipped)
        except DerivationFailed as failure:
            failures.append(failure)
    return Collection(tuple(entries), tuple(failures))


def _entries_of(file: Path, shipped: bool) -> list[Entry]:
    module = _load(file)
    marked = [value for value in vars(module).values() if hasattr(value, _MARK) and value.__module__ == module.__name__]
    if not marked and not shipped:
        raise DerivationFailed(f"{file} has no function marked with @derivation")
    try:
        return [_entry(function, file.resolve(), shipped) for function in dict.fromkeys(marked)]
    except (InputError, NameError, ValueError, TypeError) as error:
        raise DerivationFailed(f"{file}: {_one_line(error)}") from error


def _entry(function: Callable[..., None], file: Path, shipped: bool) -> Entry:
    id, title = getattr(function, _MARK)
    return Entry(id, title, function, file, parameters_of(function), shipped)


def _place(file: Path, line: int | None) -> str:
    return f"{file}, line {line}" if line else str(file)


def _load(file: Path) -> ModuleType:
    place = file.resolve()
    name = f"_symcircuits_{hashlib.sha256(str(place).encode()).hexdigest()[:16]}"
    spec = spec_from_file_location(name, place)
    if spec is None or spec.loader is None:
        raise DerivationFailed(f"expected a Python file, got {file}")
    module = module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except SyntaxError as error:
        raise DerivationFailed(f"{_place(file, error.lineno)}: {error.msg}") from None
    except (Exception, SystemExit) as error:
        raise DerivationFailed(f"{_place(file, _line(error, place))}: {_told(error)}") from error
    return module
