"""Results in files: ``.nc``, ``.zarr``, ``.csv`` or ``.parquet`` by the ending, whole or not at all.

They are written piece by piece, so that the memory that takes does not depend on how many points there are.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any

import numpy as np

from symcircuits.errors import BadValue, OutputFailed, said_of
from symcircuits.sweeps.spaced import PIECE, parts
from symcircuits.sweeps.tables import Table, boxes, is_long, table_of

if TYPE_CHECKING:
    import xarray


_ROOM = 1 << 20  # bytes for everything in a file but its numbers


def _netcdf(table: Table, file: Path) -> None:
    import h5netcdf

    _reserve(file, table.nbytes + _ROOM)
    _outside(table).to_netcdf(file, engine="h5netcdf")
    with h5netcdf.File(file, "a") as made:
        _fill(table, lambda name, dims, shape: _netcdf_array(made, name, dims, shape))


def _netcdf_array(made: Any, name: str, dims: tuple[str, ...], shape: tuple[int, ...]) -> tuple[Any, Any]:
    for dim, length in zip(dims, shape, strict=True):
        if dim not in made.dimensions:
            made.dimensions[dim] = length
    array = made.create_variable(name, dims, "float64", fillvalue=np.nan)
    return array, array.attrs


def _reserve(file: Path, size: int) -> None:
    """Raise ``OSError`` where there is no room for a file: HDF5 can crash the process when a disk is full."""
    if hasattr(os, "posix_fallocate"):
        with open(file, "wb") as place:
            os.posix_fallocate(place.fileno(), 0, size)
        file.unlink()


def _zarr(table: Table, file: Path) -> None:
    import zarr

    _outside(table).to_zarr(file, mode="w", consolidated=False, zarr_format=2)
    made = zarr.open_group(file, mode="a", zarr_format=2)
    _fill(table, lambda name, dims, shape: _zarr_array(made, name, dims, shape))


def _zarr_array(made: Any, name: str, dims: tuple[str, ...], shape: tuple[int, ...]) -> tuple[Any, Any]:
    chunks = tuple(part.stop - part.start for part in boxes(shape, PIECE)[0])
    # A zero that is not given would be read as a number that is missing.
    array = made.create_array(name, shape=shape, chunks=chunks, dtype="<f8", fill_value=np.nan)
    array.attrs["_ARRAY_DIMENSIONS"] = list(dims)
    return array, array.attrs


def _outside(table: Table) -> xarray.Dataset:
    """The result without what is written in pieces: its attributes, and its axes but for long ones."""
    import xarray

    short = {name: axis for name, axis in table.axes.items() if not is_long(axis)}
    return xarray.Dataset(
        coords={name: (name, axis.values, axis.attributes) for name, axis in short.items()}, attrs=table.attributes
    )


def _fill(table: Table, make: Callable[[str, tuple[str, ...], tuple[int, ...]], tuple[Any, Any]]) -> None:
    """Make the long axes and the measures, and write their numbers."""
    for name, axis in table.axes.items():
        if is_long(axis):
            array, attributes = make(name, (name,), (len(table.values(name)),))
            attributes.update(axis.attributes)
            for place, part in enumerate(parts(table.values(name))):
                array[place * PIECE : place * PIECE + len(part)] = part
    arrays = {}
    for name, measure in table.measures.items():
        arrays[name], attributes = make(name, tuple(table.axes), table.shape)
        attributes.update(measure.attributes)
    for box, found in table.pieces():
        for name, numbers in found.items():
            arrays[name][box] = numbers


def _csv(table: Table, file: Path) -> None:
    import pandas

    with open(file, "w", encoding="utf-8", newline="") as text:
        for number, columns in enumerate(table.rows()):
            pandas.DataFrame(columns).to_csv(text, index=False, header=number == 0)


def _parquet(table: Table, file: Path) -> None:
    import pyarrow
    from pyarrow import parquet

    writer = None
    try:
        for columns in table.rows():
            rows = pyarrow.table(columns)
            if writer is None:
                writer = parquet.ParquetWriter(file, rows.schema.with_metadata(_metadata(table)))
            writer.write_table(rows.replace_schema_metadata(_metadata(table)))
    finally:
        if writer is not None:
            writer.close()


def _metadata(table: Table) -> dict[str, str]:
    """The attributes of the result, where pandas looks for those of a table."""
    told = json.dumps({name: str(value) for name, value in table.attributes.items()})
    return {"PANDAS_ATTRS": json.dumps({"attributes": told})}


WRITERS: dict[str, Callable[[Table, Path], None]] = {
    ".nc": _netcdf,
    ".zarr": _zarr,
    ".csv": _csv,
    ".parquet": _parquet,
}


def check_file(file: Path, endings: tuple[str, ...], overwrite: bool) -> None:
    """Raise ``BadValue`` for another ending, ``OutputFailed`` for a file that exists or has no folder."""
    if file.suffix not in endings:
        raise BadValue(f"expected a file that ends in {', '.join(endings)}, got {str(file)!r}")
    if file.exists() and not overwrite:
        raise OutputFailed(f"{str(file)!r} exists; give --overwrite to replace it")
    if not file.absolute().parent.is_dir():
        raise OutputFailed(f"the folder of {str(file)!r} does not exist")


def write(result: xarray.Dataset | Table, file: Path) -> None:
    """Write a result by the ending of a file; what was there before is replaced when the new one is complete.

    Raises ``OutputFailed`` where it cannot be written, and then leaves what was there.
    """
    table = result if isinstance(result, Table) else table_of(result)
    whole(file, lambda place: WRITERS[file.suffix](table, place))


def whole(file: Path, make: Callable[[Path], None]) -> None:
    """Make a file or folder beside its place, and move it there when it is complete."""
    try:
        beside = Path(mkdtemp(prefix=".sweep-", dir=file.absolute().parent))
    except OSError as error:
        raise OutputFailed(f"cannot write {str(file)!r}: {said_of(error)}") from None
    try:
        made = beside / file.name
        make(made)
        if file.is_dir():
            os.replace(file, beside / "before")
        os.replace(made, file)
    except OSError as error:
        raise OutputFailed(f"cannot write {str(file)!r}: {said_of(error)}") from None
    except ImportError as error:
        raise BadValue(f"{file.suffix} needs {error.name}: pip install 'symcircuits[sweep]'") from None
    finally:
        shutil.rmtree(beside, ignore_errors=True)
