from __future__ import annotations

from xml.etree.ElementTree import Element

import pytest

from symcircuits.typeset.outlines import Box, box_of, drawn, shortened


@pytest.mark.parametrize(
    ("path", "short"),
    [
        ("M 0 0 L 10 0 L 10 10 L 0 0 Z ", "M0 0h10v10l-10-10z"),
        ("M 1 1 L 1 1 L 3 1 Z M 5 5 Q 6 7 8 9 Z ", "M1 1h2zM5 5q1 2 3 4z"),
        ("M -3 -4 C 1 2 3 4 5 6 Z ", "M-3-4c4 6 6 8 8 10z"),
        ("", ""),
    ],
)
def test_paths_become_relative(path: str, short: str) -> None:
    assert shortened(path) == short


def test_rounding_does_not_add_up() -> None:
    path = "M 0 0 " + "".join(f"L {0.4 * step} 0 " for step in range(1, 101)) + "Z "
    assert sum(int(step) for step in shortened(path).removeprefix("M0 0h").removesuffix("z").split("h")) == 40


def test_boxes_hold_their_shapes() -> None:
    rect = Element("rect", x="1", y="-2", width="10", height="3")
    path = Element("path", d="M 0 5 L -4 6 Z ")
    assert box_of(rect) == Box(1, -2, 11, 1)
    assert box_of(path).around([box_of(rect)]) == Box(-4, -2, 11, 6)
    assert drawn(rect) == '<rect x="1" y="-2" width="10" height="3"/>'
    assert drawn(path) == '<path d="M0 5l-4 1z"/>'
