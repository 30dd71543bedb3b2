"""A sweep that is killed goes on where it stopped, and ends in the same numbers, bit for bit."""

import json
import random
import resource
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import zarr

from symcircuits import sweep
from symcircuits.cli import main
from symcircuits.errors import OutputFailed
from symcircuits.sweeps import filling
from symcircuits.sweeps.store import Store

pytestmark = pytest.mark.once

ARGUMENTS = ("framework/2c", ("mass", "leak"), {"beta": "geom(0.1, 1e3, 1000)", "n_ctx": "4, 9"})
BLOCKS = 2 * 8


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    """Blocks of 128 points: sixteen in all, with 16 or 7 pieces of cache size in each."""
    monkeypatch.setattr(filling, "stored_points", lambda work: 128)


class Stopped(Exception):
    pass


class Stopping(Store):
    """A store at which a run is stopped when a block is to be written, before it is marked."""

    def __init__(self, folder, after):
        super().__init__(folder, resume=True)
        self.after = after

    def write(self, place, start, values):
        if self.computed == self.after:
            for name, numbers in values.items():
                array = zarr.open_array(self.folder / name, mode="r+")
                array[place, start : start + len(numbers) // 2] = 7.0  # half of the data, and no mark
            raise Stopped("half a block is written")
        super().write(place, start, values)


def bits(result):
    return {name: values.values.tobytes() for name, values in result.data_vars.items()}


@pytest.mark.parametrize("after", [0, 7, 15])
def test_a_sweep_goes_on_where_it_stopped(after, tmp_path):
    folder = tmp_path / "store"
    with pytest.raises(Stopped, match="half a block"):
        sweep(*ARGUMENTS, store=Stopping(folder, after))
    again = Store(folder, resume=True)
    result = sweep(*ARGUMENTS, store=again)
    assert (again.restored, again.computed) == (after, BLOCKS - after)
    unbroken = sweep(*ARGUMENTS)
    assert (bits(result), result.attrs) == (bits(unbroken), unbroken.attrs)


def test_what_is_in_the_store_is_what_is_used(tmp_path):
    store = Store(tmp_path / "store", resume=True)
    sweep(*ARGUMENTS, store=store)
    zarr.open_array(tmp_path / "store" / "mass", mode="r+")[1, 5] = 0.25
    again = sweep(*ARGUMENTS, store=Store(tmp_path / "store", resume=True))
    assert again["mass"].sel(n_ctx=9).values[5] == 0.25


OTHERS = [
    ((("mass",), {"beta": "geom(0.1, 1e3, 1000)", "n_ctx": "4, 9"}, {}), "measures"),
    ((("mass", "leak"), {"beta": "geom(0.1, 1e3, 1000)", "n_ctx": "4, 8"}, {}), "axes"),
    ((("mass", "leak"), {"beta": "geom(0.1, 999, 1000)", "n_ctx": "4, 9"}, {}), "axes"),
    ((("mass", "leak"), {"beta": "geom(0.1, 1e3, 1000)", "n_ctx": "4, 9"}, {"fix": {"alpha_1": "1/9"}}), "fixed"),
    ((("mass", "leak"), {"beta": "geom(0.1, 1e3, 1000)", "n_ctx": "4, 9"}, {"parameters": {"pairs": 3}}), "parameters"),
    ((("mass", "leak"), {"beta": "geom(0.1, 1e3, 1000)", "n_ctx": "4, 9"}, {"method": "forward"}), "method"),
    ((("mass", "leak"), {"beta": "geom(0.1, 1e3, 1000)", "n_ctx": "4, 9"}, {"seed": 1}), "seed"),
]


@pytest.fixture(scope="module")
def begun(tmp_path_factory):
    """A store with three blocks."""
    folder = tmp_path_factory.mktemp("begun") / "store"
    with pytest.MonkeyPatch.context() as patch, pytest.raises(Stopped, match="half a block"):
        patch.setattr(filling, "stored_points", lambda work: 128)
        sweep(*ARGUMENTS, store=Stopping(folder, 3))
    return folder


@pytest.mark.parametrize(("other", "differs"), OTHERS)
def test_the_store_of_another_sweep_is_refused(other, differs, begun):
    measures, over, options = other
    with pytest.raises(OutputFailed, match=f"holds another sweep: .*{differs}.* differ"):
        sweep("framework/2c", measures, over, store=Store(begun, resume=True), **options)
    assert sum((begun / "done").read_bytes()) == 3


def test_a_store_is_only_gone_on_with_where_that_is_asked_for(begun):
    with pytest.raises(OutputFailed, match="holds an unfinished sweep; give --resume"):
        sweep(*ARGUMENTS, store=Store(begun))
    assert sum((begun / "done").read_bytes()) == 3


def test_a_folder_that_is_no_store_is_refused(tmp_path):
    with pytest.raises(OutputFailed, match="is no store of a sweep"):
        sweep(*ARGUMENTS, store=Store(tmp_path, resume=True))


def test_a_store_without_its_marks_is_refused(begun, tmp_path):
    shutil.copytree(begun, tmp_path / "store")
    (tmp_path / "store" / "done").write_bytes(b"\1")
    with pytest.raises(OutputFailed, match="is damaged: the marks of its blocks are missing"):
        sweep(*ARGUMENTS, store=Store(tmp_path / "store", resume=True))


def test_a_full_disk_is_one_line_and_leaves_the_store_whole(tmp_path):
    class Full(Store):
        def _file(self, name, place):
            if self.computed == 5:
                raise OSError(28, "No space left on device")
            return super()._file(name, place)

    with pytest.raises(OutputFailed, match="cannot write '.*store': no space left on device; give --resume later"):
        sweep(*ARGUMENTS, store=Full(tmp_path / "store", resume=True))
    again = Store(tmp_path / "store", resume=True)
    assert bits(sweep(*ARGUMENTS, store=again)) == bits(sweep(*ARGUMENTS))
    assert again.restored == 5


def test_a_write_that_fails_is_one_line_and_leaves_the_store_whole(tmp_path):
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        with pytest.raises(OutputFailed, match="cannot write '.*store': file too large; give --resume later"):
            sweep(
                *ARGUMENTS,
                store=Store(tmp_path / "store", resume=True),
                on_progress=lambda *told: resource.setrlimit(resource.RLIMIT_FSIZE, (100, before[1])),
            )
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    again = Store(tmp_path / "store", resume=True)
    assert bits(sweep(*ARGUMENTS, store=again)) == bits(sweep(*ARGUMENTS))
    assert again.restored == 1


SLOW = """
import sys, time
from pathlib import Path
from symcircuits import sweep
from symcircuits.sweeps import filling
from symcircuits.sweeps.store import Store
filling.stored_points = lambda work: 128
class Slow(Store):
    def mark(self, *block):
        super().mark(*block)
        time.sleep(0.03)
        print(self.computed, flush=True)
sweep(*{arguments!r}, store=Slow(Path(sys.argv[1]), resume=True))
"""


def killed_and_resumed(folder, chance):
    """Kill a sweep with ``kill -9`` at a random moment after its first block; what the next run does and finds."""
    run = subprocess.Popen(
        [sys.executable, "-c", SLOW.format(arguments=ARGUMENTS), str(folder)], stdout=subprocess.PIPE
    )
    assert run.stdout.readline()
    time.sleep(chance.uniform(0, 0.4))
    run.send_signal(signal.SIGKILL)
    assert run.wait() == -signal.SIGKILL
    run.stdout.close()
    again = Store(folder, resume=True)
    result = sweep(*ARGUMENTS, store=again)
    assert again.restored + again.computed == BLOCKS
    return again.computed, bits(result)


def test_a_killed_sweep_ends_in_the_same_bits(tmp_path):
    expected, chance = bits(sweep(*ARGUMENTS)), random.Random(7)
    for kill in range(2):
        recomputed, found = killed_and_resumed(tmp_path / str(kill), chance)
        assert 0 < recomputed < BLOCKS
        assert found == expected


def test_the_command_resumes(tmp_path, capsys):
    out = tmp_path / "mass.zarr"
    with pytest.raises(Stopped, match="half a block"):
        sweep(*ARGUMENTS, store=Stopping(tmp_path / "mass.zarr.partial", 4))
    command = ["sweep", "framework/2c", "--measure", "mass", "--measure", "leak"]
    command += ["--over", "beta=geom(0.1, 1e3, 1000)", "--over", "n_ctx=4, 9", "--out", str(out)]
    assert main([*command, "--resume"]) == 0
    assert capsys.readouterr().err == "symcircuits: 4 blocks were kept, 12 worked out\n"
    assert [path.name for path in tmp_path.iterdir()] == ["mass.zarr"]
    assert main([*command[:-2], "--resume"]) == 2
    assert capsys.readouterr().err == "symcircuits: error: --resume needs --out, beside which the store is kept\n"


def test_the_definition_is_plain_and_kept(tmp_path):
    store = Store(tmp_path / "store", resume=True)
    sweep(*ARGUMENTS, store=store)
    kept = json.loads((tmp_path / "store" / "definition.json").read_text())
    assert (kept["derivation"], kept["method"], kept["shape"]) == ("framework/2c", "closed", [2, 1000])
    assert np.isfinite(zarr.open_array(tmp_path / "store" / "leak", mode="r")[:]).all()
