"""Files are written whole or not at all, and a folder that cannot be written is refused in one line."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from symcircuits.errors import OutputFailed
from symcircuits.export.files import require_writable, write_whole

KILLED = """
import os, pathlib, signal, sys
from symcircuits.export.files import write_whole
die = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
if sys.argv[2] == "before the exchange":
    os.replace = die
else:
    pathlib.Path.write_bytes = lambda path, data: (path.open("wb").write(data[:1]), die())
write_whole(pathlib.Path(sys.argv[1]), "new " * 1000)
"""


def test_folders_are_made_and_nothing_else_is_left(tmp_path: Path) -> None:
    target = tmp_path / "a" / "b" / "sheet.tex"
    assert write_whole(target, "é\n") == target
    assert target.read_bytes() == b"\xc3\xa9\n"
    assert list(target.parent.iterdir()) == [target]


def test_an_old_file_is_replaced(tmp_path: Path) -> None:
    target = tmp_path / "sheet.tex"
    target.write_text("old and longer")
    write_whole(target, b"new")
    assert target.read_bytes() == b"new"


@pytest.mark.parametrize("moment", ["before the exchange", "in the middle of writing"])
def test_a_process_killed_while_writing_leaves_the_old_file(tmp_path: Path, moment: str) -> None:
    target = tmp_path / "sheet.tex"
    target.write_text("old")
    run = subprocess.run([sys.executable, "-c", KILLED, str(target), moment], timeout=60)
    assert run.returncode == -signal.SIGKILL
    assert target.read_text() == "old"


def test_a_target_that_is_a_folder_is_refused_and_nothing_is_left(tmp_path: Path) -> None:
    target = tmp_path / "sheet.tex"
    (target / "inside").mkdir(parents=True)
    with pytest.raises(OutputFailed, match=rf"^cannot write {target}: is a directory$"):
        write_whole(target, "text")
    assert list(tmp_path.iterdir()) == [target]


def test_a_folder_below_a_file_is_refused_in_one_line(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    with pytest.raises(OutputFailed, match=rf"^cannot write in the folder {file}/sub: not a directory$"):
        require_writable(file / "sub")
    with pytest.raises(OutputFailed, match=rf"^cannot write {file}/sub/x.md: not a directory$"):
        write_whole(file / "sub" / "x.md", "text")


def test_trying_a_folder_leaves_it_empty(tmp_path: Path) -> None:
    assert require_writable(tmp_path / "new") == tmp_path / "new"
    assert list((tmp_path / "new").iterdir()) == []
