"""What a circuit must do, as values: each can be proved on a head and measured on arrays."""

from symcircuits.behaviours.attention import AttendsTo
from symcircuits.behaviours.copying import Copies, CopiesAll
from symcircuits.behaviours.trial import Behaviour, Measurement, Trial

__all__ = ["AttendsTo", "Behaviour", "Copies", "CopiesAll", "Measurement", "Trial"]
