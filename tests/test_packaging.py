"""What is delivered: a wheel with the worked solutions inside, from the checkout and from a source distribution."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest
from test_architecture import PACKAGE, imports_of, inside

import symcircuits

pytestmark = pytest.mark.once
ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def hatchling(source: Path, target: str, out: Path) -> Path:
    """What hatchling makes of a source folder, without asking the network for anything."""
    command = [sys.executable, "-m", "hatchling", "build", "--target", target, "--directory", str(out)]
    subprocess.run(command, cwd=source, check=True, capture_output=True, timeout=120)
    [made] = out.iterdir()
    return made


def names_in(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    return hatchling(ROOT, "wheel", tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """The unpacked source distribution."""
    archive = hatchling(ROOT, "sdist", tmp_path_factory.mktemp("sdist"))
    folder = tmp_path_factory.mktemp("unpacked")
    with tarfile.open(archive) as packed:
        packed.extractall(folder, filter="data")
    return folder / archive.name.removesuffix(".tar.gz")


def in_checkout(folder: str, *patterns: str) -> set[str]:
    return {path.relative_to(ROOT).as_posix() for pattern in patterns for path in (ROOT / folder).rglob(pattern)}


def test_the_wheel_carries_the_package_and_the_worked_solutions_and_nothing_else(wheel):
    names = {name for name in names_in(wheel) if ".dist-info/" not in name}
    templates = {path for path in in_checkout(f"{PACKAGE}/export/templates", "*") if (ROOT / path).is_file()}
    package = in_checkout(PACKAGE, "*.py", "py.typed") | {path for path in templates if "__pycache__" not in path}
    solutions = {path.replace("derivations/", f"{PACKAGE}/_solutions/") for path in in_checkout("derivations", "*.py")}
    assert len(solutions) >= 2
    assert names == package | solutions


def test_the_wheel_of_the_source_distribution_is_the_same(wheel, source, tmp_path):
    assert names_in(hatchling(source, "wheel", tmp_path)) == names_in(wheel)


def test_the_source_distribution_can_be_tested(source):
    present = {path.name for path in source.iterdir()}
    assert {
        PACKAGE,
        "derivations",
        "docs",
        "tests",
        "pyproject.toml",
        "README.md",
        "LICENSE",
        "CHANGELOG.md",
    } <= present


def test_an_unpacked_wheel_works_from_another_folder(wheel, tmp_path):
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "installed")
    environment = os.environ | {"PYTHONPATH": str(tmp_path / "installed")}
    command = [sys.executable, "-m", PACKAGE, "verify", "framework/1a", "framework/2c", "--json"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert [entry["verdict"] for entry in json.loads(done.stdout)] == ["proved", "proved"]
    where = "import symcircuits.worked.collection as c; print(c.shipped_folder())"
    shown = subprocess.run([sys.executable, "-c", where], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert Path(shown.stdout.strip()) == tmp_path / "installed" / PACKAGE / "_solutions"


def test_an_editable_install_uses_the_folder_of_the_checkout(tmp_path):
    editable = hatchling(ROOT, "wheel:editable", tmp_path)
    with zipfile.ZipFile(editable) as archive:
        [path_file] = [name for name in archive.namelist() if name.endswith(".pth")]
        assert Path(archive.read(path_file).decode().strip()) == ROOT
        assert not [name for name in archive.namelist() if name.startswith(PACKAGE + "/")]


def test_the_version_is_told_once(wheel):
    assert wheel.name.split("-")[1] == symcircuits.__version__
    assert f"\n## {symcircuits.__version__}" in (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert PROJECT["dynamic"] == ["version"]


def names_of(requirements):
    names = {re.match(r"[\w-]+", requirement).group().replace("-", "_") for requirement in requirements}
    return {{"latexify_py": "latexify"}.get(name, name) for name in names}


def test_what_is_imported_is_required_and_what_is_required_is_imported():
    imported = {found.target.split(".")[0] for found in imports_of(ROOT) if not inside(found)}
    imported -= set(sys.stdlib_module_names)
    required = names_of(PROJECT["dependencies"])
    optional = {"flint", "nbformat", "numba", "safetensors", "threadpoolctl", "torch", "transformer_lens", "xarray"}
    optional |= {"h5netcdf", "pandas", "pyarrow", "zarr"}
    assert required <= imported
    assert imported - required <= optional


def test_every_dependency_has_a_tested_range():
    ranged = r"[\w-]+>=[\d.]+,<[\d.]+(; python_version < '3\.\d+')?"
    assert all(re.fullmatch(ranged, requirement) for requirement in PROJECT["dependencies"])
    for extra in PROJECT["optional-dependencies"].values():
        assert all(">=" in requirement or requirement.startswith(PACKAGE) for requirement in extra)


def test_the_console_script_is_the_main_of_the_command_line():
    module, _, name = PROJECT["scripts"][PACKAGE].partition(":")
    assert module == "symcircuits.cli"
    assert callable(getattr(__import__(module, fromlist=[name]), name))
