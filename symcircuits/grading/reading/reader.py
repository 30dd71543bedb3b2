"""What the parts of the grammar know of one another: each reads its own construct, and hands the rest on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from symcircuits.grading.reading.cursor import Cursor
from symcircuits.grading.reading.signs import Token
from symcircuits.grading.reading.syntax import Node


class Reads(Protocol):
    """What reads formulas: its place, what it has just read, and how the constructs are read that hold all others.

    ``bare`` says that what was read last is a function with an argument without brackets, ``enclosed`` is what was read
    last in brackets that are seen, ``unseen`` are sums that nothing but a brace below or above holds together.
    """

    cursor: Cursor
    bare: bool
    enclosed: Node | None
    unseen: list[Node]

    def total(self) -> Node:
        """The sum that comes next."""

    def product(self) -> Node:
        """The product that comes next."""

    def factor(self) -> Node:
        """The factor that comes next."""

    def starts(self) -> bool:
        """Whether a factor begins here."""

    def scripted(self, node: Node) -> Node:
        """What was read, with a power, a transpose or an inverse that hangs on it."""

    def inner(self, tokens: Sequence[Token], end: int) -> Node:
        """What tokens are read as that stand apart from the line, such as an exponent."""
