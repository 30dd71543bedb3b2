"""A place that cannot be read with certainty, and where it is."""

from __future__ import annotations

from bisect import bisect_right


class CannotRead(Exception):
    """What cannot be read, with its offset in the submission and a hint at what would make it readable."""

    def __init__(self, problem: str, at: int, hint: str = "") -> None:
        super().__init__(f"{problem}: {hint}" if hint else problem)
        self.problem, self.at, self.hint = problem, at, hint


class Lines:
    """Offsets in a text as lines and columns, both from 1.

    >>> Lines("ab\\ncd").place(4)
    (2, 2)
    """

    def __init__(self, text: str) -> None:
        self._starts = [0] + [place + 1 for place, character in enumerate(text) if character == "\n"]

    def place(self, offset: int) -> tuple[int, int]:
        """The line and the column of an offset."""
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1
