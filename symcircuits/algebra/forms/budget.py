"""How long one question may take.

>>> Budget(seconds=60).check()
"""

from __future__ import annotations

from dataclasses import dataclass, field
from time import monotonic

from symcircuits.errors import BudgetSpent

SECONDS = 20.0


@dataclass
class Budget:
    """A time limit, counted from when it is made."""

    seconds: float = SECONDS
    _until: float = field(init=False)

    def __post_init__(self) -> None:
        self._until = monotonic() + self.seconds

    def check(self) -> None:
        """Go on, or raise ``BudgetSpent``."""
        if monotonic() > self._until:
            raise BudgetSpent(f"budget: more than {self.seconds:g} s")

    def part(self, fraction: float) -> Budget:
        """A budget of a fraction of the time that is left, for something that may fail."""
        return Budget(max(0.0, self._until - monotonic()) * fraction)
