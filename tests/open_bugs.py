"""Tests that fail because of bugs that are known and open: take a line out when its bug is fixed."""

from __future__ import annotations

import pytest

OPEN: dict[str, tuple[str, ...]] = {}


@pytest.fixture(autouse=True)
def open_bugs(request: pytest.FixtureRequest) -> None:
    """A test listed in ``OPEN`` is expected to fail, and must."""
    name = f"{request.node.path.name}::{request.node.name}"
    for reason, tests in OPEN.items():
        if name in tests:
            request.applymarker(pytest.mark.xfail(strict=True, reason=reason))
