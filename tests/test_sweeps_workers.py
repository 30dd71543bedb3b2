"""Sweeps by several processes: the bits of one, and nothing lost or left behind when one of them is ended."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from symcircuits import sweep
from symcircuits.cli import main
from symcircuits.errors import BadValue, WorkerFailed
from symcircuits.sweeps import filling, worker, workers
from symcircuits.sweeps.blocks import job_of, work_out
from symcircuits.sweeps.plan import plan
from symcircuits.sweeps.store import Store
from symcircuits.sweeps.workers import Workers
from symcircuits.worked import collect

pytestmark = pytest.mark.once

OWN = """
from symcircuits import AttendsTo, Head, Residual, Sinusoids, Work, derivation
from symcircuits.symbols import beta

@derivation("mine/head", title="A head")
def head(work: Work) -> None:
    position = Sinusoids(2)
    stream = Residual(content=2, position=position)
    work.suggest(position.suggested())
    print("what a derivation prints is no answer of a worker")
    head = Head(W_Q=stream.read(position), W_K=position.shift(1) @ stream.read(position), scale=beta)
    work.experiment(AttendsTo(-1), of=head, n_ctx=8, beta=1)
"""
ARGUMENTS = ("mine/head", ("mass", "leak"), {"beta": "geom(0.1, 1e3, 1000)", "n_ctx": "4, 9"})


@pytest.fixture
def own(tmp_path):
    """A derivation file that is derived in no time."""
    file = tmp_path / "mine.py"
    file.write_text(OWN)
    return {"source": str(file), "fix": {"lambda_0": "sqrt(2)"}}


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    """Blocks of 128 points: sixteen in all."""
    monkeypatch.setattr(filling, "stored_points", lambda work: 128)


@pytest.fixture
def started(monkeypatch):
    """The processes that are started."""
    seen, start = [], workers._start

    def noted():
        seen.append(start())
        return seen[-1]

    monkeypatch.setattr(workers, "_start", noted)
    return seen


def bits(result):
    return {name: values.values.tobytes() for name, values in result.data_vars.items()}


def test_two_workers_find_the_bits_of_one(own, started):
    one, two = (sweep(*ARGUMENTS, **own, workers=count) for count in (1, 2))
    assert len(started) == 2
    assert (bits(two), two.attrs) == (bits(one), one.attrs)
    assert one.attrs["method"] == "forward"
    assert all(process.returncode is not None for process in started)


def test_workers_sweep_the_kind_of_floating_point(own, started):
    arguments = ("mine/head", "mass", {"beta": "geom(0.1, 10, 300)", "dtype": "float32, float64"})
    alone, together = (sweep(*arguments, workers=number, **own) for number in (1, 2))
    assert len(started) == 2
    assert bits(together) == bits(alone)


def test_a_worker_that_is_killed_is_one_error_and_the_store_goes_on(own, started, tmp_path):
    store = Store(tmp_path / "store", resume=True)
    with pytest.raises(WorkerFailed, match="a worker was ended by SIGKILL before .*; with --resume, what is done is"):
        sweep(*ARGUMENTS, **own, store=store, workers=2, on_progress=lambda *told: started[1].kill())
    assert all(process.returncode is not None for process in started)
    again = Store(tmp_path / "store", resume=True)
    assert bits(sweep(*ARGUMENTS, **own, store=again)) == bits(sweep(*ARGUMENTS, **own))
    assert again.restored == store.computed > 0


def test_an_interrupt_leaves_no_process(started):
    with pytest.raises(KeyboardInterrupt, match="now"), Workers(2, "no job"):
        assert [process.poll() for process in started] == [None, None]
        raise KeyboardInterrupt("now")
    assert all(process.returncode is not None for process in started)


ALONE = """
from symcircuits.sweeps.workers import Workers
with Workers(1, {job!r}) as found:
    for _ in found.work_out([(0, 0, 1), (0, 0, 4000000)]):  # the second is more than anybody would wait for
        print(found._started[0].pid, flush=True)
"""


def running_still(pid):
    state = Path(f"/proc/{pid}/stat")
    return state.exists() and state.read_text().rpartition(")")[2].split()[0] != "Z"


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="asks the system which processes there are")
def test_a_worker_ends_with_the_process_that_started_it(own):
    over = {"beta": "lin(1, 2, 4000000)"}
    made = plan(collect([own["source"]]), "mine/head", ["mass"], over, {"n_ctx": 512}, {}, None)
    job = job_of(made, own["source"], "forward", "numpy")
    parent = subprocess.Popen([sys.executable, "-c", ALONE.format(job=job)], stdout=subprocess.PIPE, text=True)
    with parent:
        pid = int(parent.stdout.readline())
        assert running_still(pid)
        os.kill(parent.pid, signal.SIGKILL)
    end = time.monotonic() + 20
    while running_still(pid) and time.monotonic() < end:
        time.sleep(0.02)
    assert not running_still(pid)


UNABLE = "import pickle, sys; pickle.dump({answer!r}, sys.stdout.buffer); sys.stdout.flush(); sys.stdin.read()"


def test_a_worker_that_cannot_go_on_says_why(monkeypatch):
    job = json.dumps({"id": "framework/2z", "source": None})
    answer = worker._answer(job, 0, 0, 1)
    command = [sys.executable, "-c", UNABLE.format(answer=answer)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    monkeypatch.setattr(workers, "_start", lambda: subprocess.Popen(command, **pipes))
    with Workers(1, job) as one, pytest.raises(WorkerFailed, match="cannot go on: unknown derivation 'framework/2z'"):
        next(one.work_out([(0, 0, 1)]))


def test_the_block_function_takes_plain_values():
    over = {"beta": [0.1, 1, 1 / 3], "n_ctx": range(3, 6), "alpha_1": "1/10, sqrt(2)"}
    made = plan(collect(), "framework/2c", ["mass", "leak"], over, {"lambda_0": "3/2"}, {"pairs": 2}, 3)
    job = job_of(made, None, "closed", "numpy")
    assert json.loads(job)["over"] == {"beta": [0.1, 1, 1 / 3], "n_ctx": [3, 4, 5], "alpha_1": "1/10, sqrt(2)"}
    found = work_out(job, 2, 1, 5)
    whole = sweep("framework/2c", ("mass", "leak"), over, fix={"lambda_0": "3/2"}, parameters={"pairs": 2}, seed=3)
    for name, values in found.items():
        expected = whole[name].transpose("n_ctx", "beta", "alpha_1").values[2].ravel()[1:5]
        assert values.tobytes() == expected.tobytes()


def test_the_number_of_workers_is_checked(own, capsys):
    with pytest.raises(BadValue, match="expected at least one worker, got 0"):
        sweep(*ARGUMENTS, **own, workers=0)
    assert main(["sweep", "framework/2c", "--measure", "mass", "--over", "beta=1", "--workers", "0"]) == 2
    assert "invalid value for '--workers': 0 is not in the range x>=1" in capsys.readouterr().err
