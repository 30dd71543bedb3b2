"""What a long sweep has done so far, on disk: a zarr array for each measure, and a mark for each complete block.

Data first, mark after: a sweep that is killed at any moment leaves whole blocks and perhaps one without a mark, which
is worked out again. A store belongs to one sweep, whose definition is kept in it.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from symcircuits.errors import BadValue, OutputFailed
from symcircuits.sweeps.points import Array

_DEFINITION, _DONE = "definition.json", "done"


class Store:
    """A folder for the blocks of a sweep; nothing is made before ``open``.

    ``resume`` goes on where another run stopped. ``restored`` and ``computed`` count blocks.
    """

    def __init__(self, folder: Path, resume: bool = False) -> None:
        self.folder, self.resume = folder, resume
        self.restored = self.computed = 0
        self._arrays: dict[str, Any] = {}

    def open(self, definition: Mapping[str, Any], shape: tuple[int, int], step: int) -> None:
        """Begin, or go on: arrays ``shape`` (places, points), in chunks of ``step`` points; a block is whole chunks.

        Raises ``OutputFailed`` for a folder that is there without ``resume``, one that cannot be made, and the store of
        another sweep.
        """
        told = {**definition, "shape": list(shape), "step": step}
        if self.folder.exists():
            self._check(told)
        else:
            self._begin(told, shape, step)
        zarr = _zarr()
        self._arrays = {name: zarr.open_array(self.folder / name, mode="r+") for name in definition["measures"]}

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

    def _begin(self, told: Mapping[str, Any], shape: tuple[int, int], step: int) -> None:
        zarr = _zarr()
        try:
            beside = Path(mkdtemp(prefix=".sweep-", dir=self.folder.absolute().parent))
            for name in told["measures"]:
                zarr.create_array(beside / name, shape=shape, chunks=(1, min(step, shape[1])), dtype="float64")
            (beside / _DONE).mkdir()
            (beside / _DEFINITION).write_text(json.dumps({**told, "hash": _hash(told)}, indent=1), "utf-8")
            os.rename(beside, self.folder)  # a store is there as a whole, or not at all
        except OSError as error:
            raise _failed(self.folder, error) from None

    def has(self, place: int, start: int) -> bool:
        """Whether the block that starts there is complete."""
        return self._mark(place, start).exists()

    def read(self, place: int, start: int, stop: int) -> dict[str, Array]:
        """A block that is complete."""
        self.restored += 1
        return {name: array[place, start:stop] for name, array in self._arrays.items()}

    def write(self, place: int, start: int, values: Mapping[str, Array]) -> None:
        """Keep a block. Raises ``OutputFailed`` where it cannot be written; what is complete stays so."""
        try:
            for name, array in self._arrays.items():
                array[place, start : start + len(values[name])] = values[name]
            self._mark(place, start).touch()
        except OSError as error:
            raise _failed(self.folder, error) from None
        self.computed += 1

    def remove(self) -> None:
        """Throw the store away, when its result is somewhere else."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _mark(self, place: int, start: int) -> Path:
        return self.folder / _DONE / f"{place}-{start}"


def _hash(told: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def _failed(folder: Path, error: OSError) -> OutputFailed:
    return OutputFailed(f"cannot write {str(folder)!r}: {(error.strerror or str(error)).lower()}; give --resume later")


def _zarr() -> Any:
    try:
        import zarr
    except ImportError:
        raise BadValue("a store of a sweep needs zarr: pip install 'symcircuits[sweep]'") from None
    return zarr
