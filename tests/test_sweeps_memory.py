"""Results that are kept on disk and written in pieces: the same files, in memory that does not grow with the points."""

import csv
import re
import subprocess
import sys
from itertools import product

import numpy as np
import pandas
import pytest
import xarray
from hypothesis import given, strategies

from symcircuits import sweep
from symcircuits.errors import BadValue, Disagreement, OutputFailed
from symcircuits.sweeps import breaks, filling, grid, output, sides, spaced, tables
from symcircuits.sweeps import sweep as sweeping
from symcircuits.sweeps.output import write
from symcircuits.sweeps.spaced import Spaced
from symcircuits.sweeps.store import Store
from symcircuits.sweeps.sweep import planned, swept
from symcircuits.sweeps.tables import boxes

pytestmark = pytest.mark.once

C = "framework/2c"


@pytest.fixture
def small(monkeypatch):
    """Pieces of 32 points, everything on disk, and no axis of more than 32 values in memory."""
    for module in (breaks, filling, grid, output, sides, spaced, tables):
        for name in {"PIECE", "LONG"} & set(vars(module)):
            monkeypatch.setattr(module, name, 32)
    monkeypatch.setattr(sweeping, "HELD", 0)


def read(file):
    if file.suffix == ".nc":
        with xarray.open_dataset(file, engine="h5netcdf") as found:
            return found.load()
    return xarray.open_zarr(file, consolidated=False).load()


GRIDS = [
    {"beta": "geom(0.1, 1e3, 100)"},
    {"beta": "geom(0.1, 1e3, 50)", "n_ctx": "4, 9, 5"},
    {"n_ctx": "4, 9", "beta": "geom(0.1, 1e3, 50)"},
    {"alpha_1": "1/10, 1, 2", "n_ctx": "4, 9", "beta": "lin(1, 9, 50)", "dtype": "float32, float64"},
    {"beta": "lin(1, 9, 50)", "pairs": "2, 3", "alpha_0": "1, 2, 3"},
]


@pytest.mark.parametrize("over", GRIDS)
def test_a_result_on_disk_is_written_as_the_one_in_memory(over, small, tmp_path):
    fix = {} if "n_ctx" in over else {"n_ctx": 4}
    result = sweep(C, ("mass", "leak"), over, fix=fix)
    files = [tmp_path / f"swept{ending}" for ending in output.WRITERS]
    with swept(planned(C, ("mass", "leak"), over, fix), scratch=tmp_path) as found:
        assert isinstance(found.found.kept, Store)
        assert found.found.kept.folder.exists()
        xarray.testing.assert_identical(found.dataset(), result)
        for file in files:
            write(found.table(), file)
        ends = found.found.ends
    assert sorted(tmp_path.iterdir()) == sorted(files)  # what was kept is gone
    for file in files[:2]:
        xarray.testing.assert_identical(read(file), result)
    table = result.to_dataframe(dim_order=list(over)).reset_index()
    columns = pandas.read_parquet(files[3])
    assert columns.columns.tolist() == table.columns.tolist()
    with open(files[2], newline="", encoding="utf-8") as text:
        rows = list(csv.DictReader(text))
    for name in table.columns:
        kind = str if name == "dtype" else float
        assert columns[name].tolist() == table[name].tolist() == [kind(row[name]) for row in rows]
    for name, values in result.data_vars.items():
        assert ends[name] == (values.min(), values.max())


def test_break_points_are_judged_and_told_along_a_long_axis(small, tmp_path, monkeypatch):
    whole = sweep("by_hand/breaks", "accuracy", {"Lg": "lin(1, 3, 101)"}, parameters={"n_ctx": 3})
    made = planned("by_hand/breaks", "accuracy", {"Lg": "lin(1, 3, 101)"}, parameters={"n_ctx": 3})
    assert isinstance(made.axes[0].values, Spaced)
    with swept(made, scratch=tmp_path) as found:
        assert found.table().attributes["break_points"] == whole.attrs["break_points"]
        assert found.breaks[0]["beside"] == [1.0]
    right = sides.exact_accuracy
    monkeypatch.setattr(sides, "exact_accuracy", lambda turning, values: right(turning, np.minimum(values * 1.1, 2.9)))
    with pytest.raises(Disagreement, match=r"by_hand/breaks at Lg = 1\..*: accuracy .*, and .* by the break points"):
        with swept(made, scratch=tmp_path):
            pass
    assert not list(tmp_path.iterdir())


def test_what_is_not_finite_is_counted_over_all_pieces(small, tmp_path):
    over = {"dtype": "float16, float64", "beta": "geom(1, 1e7, 90)"}
    with pytest.raises(BadValue, match="mass is not finite at 31 of 180 points, the first at dtype = float16") as told:
        sweep(C, "mass", over, fix={"n_ctx": 8})
    with pytest.raises(BadValue, match=f"^{re.escape(str(told.value))}$"):
        with swept(planned(C, "mass", over, {"n_ctx": 8}), scratch=tmp_path):
            pass
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_written_in_is_one_line(small, tmp_path):
    with pytest.raises(OutputFailed, match="cannot write in '.*gone': no such file or directory"):
        with swept(planned(C, "mass", {"beta": "1, 2"}, {"n_ctx": 4}), scratch=tmp_path / "gone"):
            pass


@given(strategies.lists(strategies.integers(1, 9), min_size=1, max_size=4), strategies.integers(1, 40))
def test_boxes_are_the_points_in_their_order(shape, size):
    numbers = np.arange(np.prod(shape)).reshape(shape)
    pieces = [numbers[box].ravel() for box in boxes(tuple(shape), size)]
    assert np.concatenate(pieces).tolist() == numbers.ravel().tolist()
    assert all(len(piece) <= size for piece in pieces)


@given(strategies.floats(1e-3, 1e3), strategies.floats(1.01, 1e3), strategies.integers(2, 10**4), strategies.booleans())
def test_spaced_values_are_those_of_numpy_and_the_same_however_they_are_asked_for(low, ratio, count, geometric):
    values = Spaced(low, low * ratio, count, geometric)
    whole = np.asarray(values)
    np.testing.assert_allclose(whole, (np.geomspace if geometric else np.linspace)(low, low * ratio, count), rtol=1e-14)
    assert (whole[0], whole[-1]) == (low, low * ratio)
    places = np.arange(0, count, max(1, count // 20))
    assert values[places].tolist() == [values[i] for i in places] == whole[places].tolist()
    for first, last in product((0, 1, count // 3, count - 1, count), repeat=2):
        assert values[first:last].tolist() == whole[first:last].tolist()
    assert values[::-3].tolist() == whole[::-3].tolist()


TWICE = """
import resource
from symcircuits.sweeps import sweep
from symcircuits.sweeps.output import write
from pathlib import Path
sweep.HELD, most = 0, []
for points in (10**6, 4 * 10**6):
    made = sweep.planned("framework/2c", "mass", {{"beta": f"geom(0.1, 1e4, {{points}})"}}, {{"n_ctx": 2}})
    with sweep.swept(made, scratch=Path({0!r})) as found:
        write(found.table(), Path({0!r}) / f"{{points}}.nc")
    most.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
print(*most)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the unit of the most memory of a process is another elsewhere")
def test_four_million_points_take_the_memory_of_one(tmp_path):
    run = [sys.executable, "-c", TWICE.format(str(tmp_path))]
    few, many = map(int, subprocess.run(run, capture_output=True, text=True, check=True).stdout.split())
    assert (many - few) * 1024 < 12 * 10**6  # the numbers alone are 24 MB more, and the values of beta as many again
