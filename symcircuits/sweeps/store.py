"""Where the numbers of a sweep are kept: in memory, or on disk with a mark for each block that is complete.

Data first, mark after: a sweep that is killed at any moment leaves whole blocks and perhaps one without a mark, which
is worked out again. A store belongs to one sweep, whose definition is kept in it.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Protocol

import numpy as np

from symcircuits.errors import BadValue, OutputFailed, said_of
from symcircuits.sweeps.points import Array

_DEFINITION, _DONE = "definition.json", "done"


class Kept(Protocol):
    """The numbers of each measure, a row for each place on the outer axes and a column for each inner point."""

    def write(self, place: int, first: int, values: Mapping[str, Array]) -> None:
        """Keep the numbers of a place from one point on."""

    def read(self, place: int, first: int, last: int) -> dict[str, Array]:
        """The numbers of a place, from one point to another."""

    def whole(self) -> dict[str, Array]:
        """All numbers, ``[places, points]``."""


class Held:
    """Numbers in memory.

    >>> held = Held(["mass"], (1, 4))
    >>> held.write(0, 1, {"mass": np.array([0.5, 0.25])})
    >>> held.read(0, 1, 3)["mass"]
    array([0.5 , 0.25])
    """

    def __init__(self, names: Sequence[str], shape: tuple[int, int]) -> None:
        self._arrays: dict[str, Array] = {name: np.empty(shape) for name in names}

    def write(self, place: int, first: int, values: Mapping[str, Array]) -> None:
        """Keep the numbers of a place from one point on."""
        for name, array in self._arrays.items():
            array[place, first : first + len(values[name])] = values[name]

    def read(self, place: int, first: int, last: int) -> dict[str, Array]:
        """The numbers of a place, from one point to another, as views."""
        return {name: array[place, first:last] for name, array in self._arrays.items()}

    def whole(self) -> dict[str, Array]:
        """All numbers, ``[places, points]``, as they are kept."""
        return self._arrays


class Store:
    """A folder for the blocks of a sweep; nothing is made before ``open``.

    ``resume`` goes on where another run stopped. ``restored`` and ``computed`` count blocks. Each measure is a zarr
    array without compression with a chunk for each place: a file of its numbers, in which they are written and read
    where they stand, since that takes a tenth of the time that it takes by zarr, and no memory. The marks are one file
    with a byte for each block, since to make a file for each takes longer than to write its numbers.
    """

    def __init__(self, folder: Path, resume: bool = False) -> None:
        self.folder, self.resume = folder, resume
        self.restored = self.computed = 0
        self._names: tuple[str, ...] = ()
        self._shape, self._step = (0, 0), 1
        self._marks = bytearray()

    def open(self, definition: Mapping[str, Any], shape: tuple[int, int], step: int) -> None:
        """Begin, or go on: arrays ``shape`` (places, points), in blocks of ``step`` points or more.

        Raises ``OutputFailed`` for a folder that is there without ``resume``, one that cannot be made, and the store of
        another sweep.
        """
        told = {**definition, "shape": list(shape), "step": step}
        self._names, self._shape, self._step = tuple(definition["measures"]), shape, step
        if self.folder.exists():
            self._check(told)
        else:
            self._begin(told, shape)
        self._marks = self._read_marks()

    def _check(self, told: Mapping[str, Any]) -> None:
        if not self.resume:
            raise OutputFailed(f"{str(self.folder)!r} holds an unfinished sweep; give --resume to go on with it")
        try:
            before = json.loads((self.folder / _DEFINITION).read_text("utf-8"))
        except (OSError, ValueError):
            raise OutputFailed(f"{str(self.folder)!r} is no store of a sweep") from None
        if before.get("hash") != _hash(told):
            other = sorted(name for name in {*before, *told} - {"hash"} if before.get(name) != told.get(name))
            raise OutputFailed(f"{str(self.folder)!r} holds another sweep: {', '.join(other)} differ")

    def _begin(self, told: Mapping[str, Any], shape: tuple[int, int]) -> None:
        zarr = _zarr()
        try:
            beside = Path(mkdtemp(prefix=".sweep-", dir=self.folder.absolute().parent))
            for name in self._names:
                zarr.create_array(beside / name, shape=shape, chunks=(1, shape[1]), dtype="<f8", compressors=None)
                for place in range(shape[0]):
                    file = beside / name / "c" / str(place) / "0"
                    file.parent.mkdir(parents=True)
                    with open(file, "wb") as numbers:
                        numbers.truncate(8 * shape[1])  # zeros, which take no room until they are written
            (beside / _DONE).write_bytes(bytes(self._number(shape[0], 0)))
            (beside / _DEFINITION).write_text(json.dumps({**told, "hash": _hash(told)}, indent=1), "utf-8")
            os.rename(beside, self.folder)  # a store is there as a whole, or not at all
        except OSError as error:
            raise self._failed(error) from None

    def has(self, place: int, first: int) -> bool:
        """Whether the block that starts there is complete."""
        return self._marks[self._number(place, first)] != 0

    def write(self, place: int, first: int, values: Mapping[str, Array]) -> None:
        """Keep the numbers of a place from one point on.

        Raises ``OutputFailed`` where they cannot be written; what is marked stays so.
        """
        try:
            for name in self._names:
                with open(self._file(name, place), "r+b") as file:
                    file.seek(8 * first)
                    file.write(np.ascontiguousarray(values[name], "<f8").data)
        except OSError as error:
            raise self._failed(error) from None

    def mark(self, place: int, first: int) -> None:
        """A block is complete. Raises ``OutputFailed`` where that cannot be noted."""
        try:
            with open(self.folder / _DONE, "r+b", buffering=0) as marks:
                marks.seek(self._number(place, first))
                marks.write(b"\1")
        except OSError as error:
            raise self._failed(error) from None
        self._marks[self._number(place, first)] = 1
        self.computed += 1

    def read(self, place: int, first: int, last: int) -> dict[str, Array]:
        """The numbers of a place, from one point to another, of blocks that are complete. Raises ``OutputFailed`` where
        they are no longer there."""
        found: dict[str, Array] = {name: np.empty(last - first, "<f8") for name in self._names}
        self._read(place, first, found)
        return found

    def whole(self) -> dict[str, Array]:
        """All numbers, ``[places, points]``."""
        found: dict[str, Array] = {name: np.empty(self._shape, "<f8") for name in self._names}
        for place in range(self._shape[0]):
            self._read(place, 0, {name: numbers[place] for name, numbers in found.items()})
        return found

    def _read(self, place: int, first: int, into: Mapping[str, Array]) -> None:
        for name, numbers in into.items():
            try:
                with open(self._file(name, place), "rb") as file:
                    file.seek(8 * first)
                    complete = file.readinto(numbers.data) == numbers.nbytes
            except FileNotFoundError:
                complete = False
            if not complete:
                raise OutputFailed(f"{str(self.folder)!r} is damaged: numbers of a complete block are missing")

    def remove(self) -> None:
        """Throw the store away, when its result is somewhere else."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _failed(self, error: OSError) -> OutputFailed:
        what = f"cannot write {str(self.folder)!r}: {said_of(error)}"
        return OutputFailed(f"{what}; give --resume later" if self.resume else what)

    def _file(self, name: str, place: int) -> str:
        return f"{self.folder}/{name}/c/{place}/0"

    def _number(self, place: int, first: int) -> int:
        """Of a block among those of the shortest length."""
        return place * -(-self._shape[1] // self._step) + first // self._step

    def _read_marks(self) -> bytearray:
        try:
            marks = bytearray((self.folder / _DONE).read_bytes())
        except OSError:
            marks = bytearray()
        if len(marks) != self._number(self._shape[0], 0):
            raise OutputFailed(f"{str(self.folder)!r} is damaged: the marks of its blocks are missing")
        return marks


def _hash(told: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def _zarr() -> Any:
    try:
        import zarr
    except ImportError:
        raise BadValue("a store of a sweep needs zarr: pip install 'symcircuits[sweep]'") from None
    return zarr
