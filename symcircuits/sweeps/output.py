"""Results in files: ``.nc``, ``.zarr``, ``.csv`` or ``.parquet`` by the ending, whole or not at all."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any

from symcircuits.errors import BadValue, OutputFailed

if TYPE_CHECKING:
    import xarray


_ROOM = 1 << 20  # bytes for everything in a file but its numbers


def _netcdf(result: xarray.Dataset, file: Path) -> None:
    _reserve(file, result.nbytes + _ROOM)
    result.to_netcdf(file, engine="h5netcdf")


def _reserve(file: Path, size: int) -> None:
    """Raise ``OSError`` where there is no room for a file: HDF5 can crash the process when a disk is full."""
    if hasattr(os, "posix_fallocate"):
        with open(file, "wb") as place:
            os.posix_fallocate(place.fileno(), 0, size)
        file.unlink()


def _zarr(result: xarray.Dataset, file: Path) -> None:
    result.to_zarr(file, mode="w", consolidated=False, zarr_format=2)


def _csv(result: xarray.Dataset, file: Path) -> None:
    _table(result).to_csv(file, index=False)


def _parquet(result: xarray.Dataset, file: Path) -> None:
    table = _table(result)
    table.attrs = {"attributes": json.dumps({name: str(value) for name, value in result.attrs.items()})}
    table.to_parquet(file, engine="pyarrow", index=False)


WRITERS: dict[str, Callable[[xarray.Dataset, Path], None]] = {
    ".nc": _netcdf,
    ".zarr": _zarr,
    ".csv": _csv,
    ".parquet": _parquet,
}


def _table(result: xarray.Dataset) -> Any:
    """A row for each point: the axes, then the measures."""
    return result.to_dataframe().reset_index()


def check_file(file: Path, endings: tuple[str, ...], overwrite: bool) -> None:
    """Raise ``BadValue`` for another ending, ``OutputFailed`` for a file that exists or has no folder."""
    if file.suffix not in endings:
        raise BadValue(f"expected a file that ends in {', '.join(endings)}, got {str(file)!r}")
    if file.exists() and not overwrite:
        raise OutputFailed(f"{str(file)!r} exists; give --overwrite to replace it")
    if not file.absolute().parent.is_dir():
        raise OutputFailed(f"the folder of {str(file)!r} does not exist")


def write(result: xarray.Dataset, file: Path) -> None:
    """Write a result by the ending of a file; what was there before is replaced when the new one is complete.

    Raises ``OutputFailed`` where it cannot be written, and then leaves what was there.
    """
    whole(file, lambda place: WRITERS[file.suffix](result, place))


def whole(file: Path, make: Callable[[Path], None]) -> None:
    """Make a file or folder beside its place, and move it there when it is complete."""
    try:
        beside = Path(mkdtemp(prefix=".sweep-", dir=file.absolute().parent))
    except OSError as error:
        raise OutputFailed(f"cannot write {str(file)!r}: {(error.strerror or str(error)).lower()}") from None
    try:
        made = beside / file.name
        make(made)
        if file.is_dir():
            os.replace(file, beside / "before")
        os.replace(made, file)
    except OSError as error:
        raise OutputFailed(f"cannot write {str(file)!r}: {(error.strerror or str(error)).lower()}") from None
    except ImportError as error:
        raise BadValue(f"{file.suffix} needs {error.name}: pip install 'symcircuits[sweep]'") from None
    finally:
        shutil.rmtree(beside, ignore_errors=True)
