"""Results of sweeps in files and plots, and the command line that makes them."""

import csv
import errno
import io
import json
import re
import resource
import subprocess
import sys

import numpy as np
import pandas
import pytest
import xarray

from symcircuits import sweep
from symcircuits.cli import main, printing, sweeping
from symcircuits.errors import BadValue, OutputFailed, WorkerFailed
from symcircuits.sweeps import filling, grid, output
from symcircuits.sweeps.output import write
from symcircuits.sweeps.plots import plot_of

C = "framework/2c"


@pytest.fixture(scope="module")
def result():
    return sweep(C, ("mass", "leak"), {"beta": "geom(0.1, 1e3, 6)", "n_ctx": "4, 8"})


@pytest.fixture(scope="module")
def kinds():
    return sweep(C, "mass", {"beta": "geom(1, 100, 3)", "dtype": "float16, float64"}, fix={"n_ctx": 4})


@pytest.mark.parametrize("which", ["result", "kinds"])
def test_what_is_written_reads_back_as_it_was(which, tmp_path, request):
    result = request.getfixturevalue(which)
    files = {ending: tmp_path / f"swept{ending}" for ending in output.WRITERS}
    for file in files.values():
        write(result, file)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(file.name for file in files.values())
    with xarray.open_dataset(files[".nc"], engine="h5netcdf") as read:
        xarray.testing.assert_identical(read.load(), result)
    xarray.testing.assert_identical(xarray.open_zarr(files[".zarr"], consolidated=False).load(), result)
    table = result.to_dataframe(dim_order=list(result["mass"].dims)).reset_index()
    read = pandas.read_parquet(files[".parquet"])
    with open(files[".csv"], newline="", encoding="utf-8") as text:
        rows = list(csv.DictReader(text))  # some versions of pandas read floats to all but their last bit
    assert list(read.columns) == list(rows[0]) == list(table.columns)
    for name in table.columns:
        kind = str if name == "dtype" else float
        assert read[name].tolist() == table[name].tolist() == [kind(row[name]) for row in rows]
    attributes = json.loads(pandas.read_parquet(files[".parquet"]).attrs["attributes"])
    assert attributes["derivation"] == C


@pytest.mark.parametrize("ending", list(output.WRITERS))
def test_what_was_there_is_replaced_when_the_new_one_is_complete(ending, result, tmp_path, monkeypatch):
    file = tmp_path / f"swept{ending}"
    write(result, file)
    before = read_all(file)

    def full(made, place):
        write_half(place, ending)
        raise OSError(28, "No space left on device")

    monkeypatch.setitem(output.WRITERS, ending, full)
    with pytest.raises(OutputFailed, match=rf"cannot write '.*swept{ending}': no space left on device"):
        write(result, file)
    assert read_all(file) == before
    assert list(tmp_path.iterdir()) == [file]
    monkeypatch.undo()
    write(result * 0, file)
    assert read_all(file) != before


@pytest.mark.parametrize("ending", list(output.WRITERS))
def test_a_file_for_which_there_is_no_room_is_one_line(ending, result, tmp_path):
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (40, before[1]))
    try:
        with pytest.raises(OutputFailed, match=rf"^cannot write '.*swept{ending}': .*file too large"):
            write(result, tmp_path / f"swept{ending}")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert not list(tmp_path.iterdir())


def write_half(place, ending):
    if ending == ".zarr":
        place.mkdir()
        place = place / "part"
    place.write_bytes(b"half")


def read_all(file):
    files = [file] if file.is_file() else sorted(path for path in file.rglob("*") if path.is_file())
    return [path.read_bytes() for path in files]


PLOTS = [
    ({"beta": "geom(1, 100, 9)"}, "mass against \\beta"),
    ({"beta": "geom(1, 100, 9)", "n_ctx": "4, 8"}, "mass against \\beta, for $n_{\\mathrm{ctx}} = 4$, $n_{"),
    ({"dtype": "float16, float32", "beta": "1:20"}, "mass against \\beta, for float16, float32"),
    (
        {"beta": "1:9", "alpha_0": "lin(1, 2, 10)"},
        "mass against \\alpha_{0}\\ \\mathrm{(radians\\ per\\ token)} and \\beta",
    ),
]


@pytest.mark.parametrize(("over", "told"), PLOTS)
def test_a_plot_shows_a_line_a_family_or_a_map(over, told):
    drawing = plot_of(sweep(C, "mass", over, fix={} if "n_ctx" in over else {"n_ctx": 5}))
    assert repr(drawing).startswith(told)
    assert drawing.svg().startswith("<svg")
    assert drawing.pdf().startswith(b"%PDF")
    assert drawing.png().startswith(b"\x89PNG")


def test_the_proved_threshold_is_drawn_where_it_is():
    found = sweep(C, "mass", {"beta": "geom(1, 100, 9)", "n_ctx": "4, 8"})
    points = json.loads(found.attrs["break_points"])
    lines, said = plot_of(found).figure.lines, "proved: from here on {} in every row"
    for line, n_ctx in zip(lines, (4, 8), strict=True):
        assert [at for _, at in line.marks] == [point["value"] for point in points if point["n_ctx"] == n_ctx]
        assert [told for told, _ in line.marks] == [said.format(mass) for mass in ("9/10", "99/100")]
    moved = found.assign_attrs(break_points=json.dumps([points[0] | {"value": 50.0}]))
    assert [line.marks for line in plot_of(moved).figure.lines] == [((said.format("9/10"), 50.0),), ()]
    assert plot_of(moved).svg() != plot_of(found).svg()


def test_thresholds_are_lines_on_a_map():
    found = sweep(C, "mass", {"beta": "geom(1, 100, 12)", "alpha_1": "lin(1/10, 1/2, 9)"}, fix={"n_ctx": 6})
    points = json.loads(found.attrs["break_points"])
    drawn = plot_of(found).figure
    assert [told for told, _, _ in drawn.marks] == [
        f"proved: every row has a mass of at least {m}" for m in ("9/10", "99/100")
    ]
    for (_, xs, ys), mass in zip(drawn.marks, ("9/10", "99/100"), strict=True):
        here = sorted((p["alpha_1"], p["value"]) for p in points if p["after"].endswith(f" {mass}"))
        assert (drawn.x_label, len(here)) == (r"\beta", 9)
        assert list(zip(ys, xs, strict=True)) == here
    assert drawn.y_label == r"\alpha_{1}\ \mathrm{(radians\ per\ token)}"
    assert plot_of(found).svg() != plot_of(found.assign_attrs(break_points="[]")).svg()


def test_three_axes_have_no_plot():
    found = sweep(C, "mass", {"beta": "1, 2", "n_ctx": "4, 8", "alpha_0": "1, 2"})
    with pytest.raises(
        BadValue, match="a plot shows one or two axes of more than one value, .*; got 2 beta x 2 n_ctx x 2"
    ):
        plot_of(found)


IMPOSSIBLE = [
    ("beta=1,2", "n_ctx=4,8", "alpha_0=1,2", "a plot shows one or two axes .*; got 2 beta x 2 n_ctx x 2 alpha_0"),
    ("dtype=float16,float32", "beta=1", "a plot shows one or two axes .* with numbers; got 2 dtype x 1 beta"),
    ("beta=1", "n_ctx=4", "a plot shows one or two axes of more than one value, .*; got 1 beta x 1 n_ctx"),
    ("beta=geom(1,9,2000)", "alpha_0=lin(1,2,501)", "a plot shows at most 1000000 points; got 2000 beta x 501 alpha_0"),
]


@pytest.mark.parametrize("given", IMPOSSIBLE)
def test_a_plot_that_is_impossible_is_refused_before_the_sweep(given, tmp_path, monkeypatch, capsys):
    def swept(*arguments, **options):
        raise AssertionError("it was swept")

    monkeypatch.setattr(sweeping, "swept", swept)
    over = [word for text in given[:-1] for word in ("--over", text)]
    files = ("--out", str(tmp_path / "a.nc"), "--plot", str(tmp_path / "a.svg"))
    code, told, complaints = run(C, "--measure", "mass", *over, *files, capsys=capsys)
    assert (code, told) == (2, "")
    assert re.fullmatch(f"symcircuits: error: {given[-1]}\n", complaints)
    assert not list(tmp_path.iterdir())


def run(*arguments, capsys):
    code = main(["sweep", *arguments])
    caught = capsys.readouterr()
    return code, caught.out, caught.err


MASS = (C, "--measure", "previous_token_mass", "--over", "beta=geom(0.1,1e4,40)", "--over", "n_ctx=8,64")


def test_the_command_writes_and_draws(tmp_path, capsys):
    files = tmp_path / "mass.nc", tmp_path / "mass.svg"
    out = ("--out", str(files[0]), "--plot", str(files[1]))
    code, told, complaints = run(*MASS, *out, capsys=capsys)
    assert (code, complaints) == (0, "")
    assert "framework/2c: 40 beta x 2 n_ctx, closed" in told
    assert "from beta = 14.630061 on (at n_ctx = 8) every row has a mass of at least 9/10" in told
    assert files[1].read_text().startswith("<svg")
    with xarray.open_dataset(files[0], engine="h5netcdf") as read:
        expected = sweep(C, "previous_token_mass", {"beta": "geom(0.1,1e4,40)", "n_ctx": [8, 64]})
        np.testing.assert_array_equal(read["previous_token_mass"], expected["previous_token_mass"])
    before = [file.read_bytes() for file in files]
    code, told, complaints = run(*MASS, *out, capsys=capsys)
    assert (code, told) == (2, "")
    assert complaints == f"symcircuits: error: '{files[0]}' exists; give --overwrite to replace it\n"
    assert [file.read_bytes() for file in files] == before
    assert run(*MASS, *out, "--overwrite", capsys=capsys)[0] == 0


def test_a_sweep_that_ended_between_its_files_is_resumed_and_one_that_is_done_is_not(tmp_path, monkeypatch, capsys):
    files = tmp_path / "mass.nc", tmp_path / "mass.svg"
    command = (*MASS, "--out", str(files[0]), "--plot", str(files[1]), "--resume")
    with monkeypatch.context() as full:
        full.setattr("symcircuits.cli.sweeping.write_plot", raising(OSError(errno.ENOSPC, "No space left on device")))
        code, _, complaints = run(*command, capsys=capsys)
    assert (code, complaints) == (2, f"symcircuits: error: cannot write '{files[1]}': no space left on device\n")
    assert files[0].exists() and not files[1].exists()
    code, _, complaints = run(*command, capsys=capsys)
    assert (code, complaints) == (0, "symcircuits: 2 blocks were kept, 0 worked out\n")
    assert sorted(tmp_path.iterdir()) == sorted(files)
    code, _, complaints = run(*command, capsys=capsys)  # and now there is nothing left to go on with
    assert (code, complaints) == (2, f"symcircuits: error: '{files[0]}' exists; give --overwrite to replace it\n")


def raising(error):
    def fail(*_):
        raise error

    return fail


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_progress_tells_rate_and_time_left_on_a_terminal_alone(monkeypatch, capsys):
    assert run(*MASS, capsys=capsys)[2] == ""
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    with printing.progress("sweeping", "points") as on_progress:
        for done in (0, 1000, 2000, 3000):
            on_progress(C, done, 6000)
    shown = [line for line in screen.getvalue().splitlines() if "points/s" in line]
    assert re.search(r"sweeping framework/2c .* 50%.*0:00:\d\d.* [1-9][\d,]* points/s", shown[-1])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((C, "--measure", "mass"), "missing option '--over'"),
        ((C, "--over", "beta=1"), "missing option '--measure'"),
        ((C, "--measure", "mass", "--over", "beta"), "--over: expected NAME=VALUE, got 'beta'"),
        ((C, "--measure", "mass", "--over", "beta=1", "--over", "beta=2"), "--over: beta is set twice"),
        ((C, "--measure", "mass", "--over", "beta=geom(0,1,5)"), "beta: geom(0,1,5) goes through zero"),
        ((C, "--measure", "mass", "--over", "betta=1"), "unknown axis of framework/2c 'betta'; nearest: beta"),
        ((C, "--measure", "mass", "--over", "n_ctx=8"), "framework/2c has no value for beta"),
        ((C, "--measure", "mass", "--over", "beta=1", "--set", "pears=2"), "unknown parameter of framework/2c 'pears'"),
        (
            (C, "--measure", "mass", "--over", "beta=1", "--out", "a.txt"),
            "expected a file that ends in .nc, .zarr",
        ),
        (
            (C, "--measure", "mass", "--over", "beta=1", "--plot", "a.jpg"),
            "expected a file that ends in .svg, .pdf",
        ),
        ((C, "--measure", "mass", "--over", "beta=1", "--out", "no/a.nc"), "the folder of 'no/a.nc' does not exist"),
        (("framework", "--measure", "mass", "--over", "beta=1"), "sweep takes one derivation, and 'framework' stands"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_code_two(arguments, message, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    code, told, complaints = run(*arguments, capsys=capsys)
    assert (code, told) == (2, "")
    assert complaints.startswith(f"symcircuits: error: {message}")
    assert complaints.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_a_grid_beyond_the_limit_is_done_with_yes(monkeypatch, capsys):
    monkeypatch.setattr(grid, "MOST_POINTS", 79)
    code, told, complaints = run(*MASS, capsys=capsys)
    assert (code, told) == (2, "")
    assert "40 beta x 2 n_ctx are 80 points, 0.0 GiB of results; the limit without --yes is 79 points" in complaints
    assert run(*MASS, "--yes", capsys=capsys)[0] == 0


def test_the_command_takes_workers_and_a_backend(monkeypatch, capsys):
    code, told, complaints = run(*MASS[:-2], "--fix", "n_ctx=8", "--backend", "numba", capsys=capsys)
    assert (code, complaints) == (0, "")
    assert "one running sum over distances; by numba" in " ".join(told.split())
    assert run(*MASS, "--backend", "numby", capsys=capsys)[0] == 2

    def started(count, job):
        raise WorkerFailed(f"{count} of them, by {json.loads(job)['backend']}")

    monkeypatch.setattr(filling, "Workers", started)
    complaints = run(*MASS, "--workers", "2", capsys=capsys)[2]
    assert complaints == "symcircuits: error: 2 of them, by numpy\n"


def test_without_xarray_it_is_said_what_to_install():
    code = "import sys; sys.modules['xarray'] = None\nfrom symcircuits.cli import main\n"
    code += f"main({['sweep', C, '--measure', 'mass', '--over', 'beta=1', '--fix', 'n_ctx=4']!r})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stderr == "symcircuits: error: sweeps need xarray: pip install 'symcircuits[sweep]'\n"
