r"""Drawn shapes as short SVG: whole numbers, relative to the point before, and the box that holds them.

>>> shortened("M 3.2 -7.6 L 3.2 -7.6 L 10 -7.6 Q 11 -7 12.4 2 Z ")
'M3-8h7q1 1 2 10z'
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from xml.etree.ElementTree import Element

_STEP = re.compile(r"([A-Z])([^A-Z]*)")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


@dataclass(frozen=True)
class Box:
    """The corners of a rectangle; ``top`` is smaller than ``bottom``."""

    left: float
    top: float
    right: float
    bottom: float

    def around(self, others: Iterable[Box]) -> Box:
        """The smallest box that holds this one and the others."""
        boxes = [self, *others]
        return Box(
            min(box.left for box in boxes),
            min(box.top for box in boxes),
            max(box.right for box in boxes),
            max(box.bottom for box in boxes),
        )


def box_of(shape: Element) -> Box:
    """The box of a ``<rect>`` or of a ``<path>``, its control points included."""
    if shape.tag == "rect":
        x, y, width, height = (float(shape.get(name, "0")) for name in ("x", "y", "width", "height"))
        return Box(x, y, x + width, y + height)
    numbers = [float(number) for number in _NUMBER.findall(shape.get("d", ""))]
    return Box(min(numbers[::2]), min(numbers[1::2]), max(numbers[::2]), max(numbers[1::2]))


def drawn(shape: Element) -> str:
    """A ``<rect>`` or ``<path>`` as short text, without its colour."""
    if shape.tag == "rect":
        place = " ".join(f'{name}="{float(shape.get(name, "0")):.0f}"' for name in ("x", "y", "width", "height"))
        return f"<rect {place}/>"
    return f'<path d="{shortened(shape.get("d", ""))}"/>'


def shortened(path: str) -> str:
    """A path of absolute ``M``, ``L``, ``Q``, ``C`` and ``Z`` steps with everything but ``M`` relative."""
    text, here = "", (0, 0)
    for command, numbers in _STEP.findall(path):
        values = [round(float(number)) for number in _NUMBER.findall(numbers)]
        points = list(zip(values[::2], values[1::2], strict=True))
        text += _step(command, points, here)
        here = points[-1] if points else here
    return text


def _step(command: str, points: list[tuple[int, int]], here: tuple[int, int]) -> str:
    if command == "Z":
        return "z"
    if command == "M":
        return "M" + _joined([number for point in points for number in point])
    steps = [(x - here[0], y - here[1]) for x, y in points]
    if command == "L":
        return _line(*steps[0])
    return command.lower() + _joined([number for step in steps for number in step])


def _line(across: int, down: int) -> str:
    if across and down:
        return "l" + _joined([across, down])
    return f"h{across}" if across else f"v{down}" if down else ""


def _joined(numbers: list[int]) -> str:
    return " ".join(map(str, numbers)).replace(" -", "-")
