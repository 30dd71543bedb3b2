"""Options and fixtures for all tests: golden files that can be renewed, and programs that CI must have."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable

import pytest
from hypothesis import settings

from symcircuits.worked import Collection, Derivation

# No test is timed: machines are slow at times. The profile that hypothesis takes in CI stays as it is otherwise.
settings.register_profile("untimed", settings.default, deadline=None)
settings.load_profile("untimed")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write the golden files anew instead of comparing")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    """A worker that has nothing left takes tests from another, since some take a hundred times as long as most."""
    from xdist.scheduler import WorkStealingScheduling

    return WorkStealingScheduling(config, log)


@pytest.fixture
def update_golden(request: pytest.FixtureRequest) -> bool:
    """Whether golden files are to be written instead of compared."""
    return bool(request.config.getoption("--update-golden"))


@pytest.fixture
def program() -> Callable[..., str]:
    """The path of the first program that is installed; without any the test is skipped, and in CI it fails."""

    def find(*names: str) -> str:
        found = next(filter(None, map(shutil.which, names)), None)
        if found is None:
            (pytest.fail if os.environ.get("CI") else pytest.skip)(f"{' or '.join(names)} is not installed")
        return found

    return find


_DERIVED: dict[tuple[object, ...], Derivation] = {}


@pytest.fixture(autouse=True)
def derived_once(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests of sweeps ask for a shipped derivation many times, and it is not what they are about: it is made once."""
    if not request.node.path.name.startswith("test_sweeps"):
        return
    derive = Collection.derive

    def once(self: Collection, id: str, **parameters: object) -> Derivation:
        key = id, *sorted(parameters.items())
        if not self.find(id).shipped:
            return derive(self, id, **parameters)
        if key not in _DERIVED:
            _DERIVED[key] = derive(self, id, **parameters)
        return _DERIVED[key]

    monkeypatch.setattr(Collection, "derive", once)
