"""What a circuit must do, as values: each can be proved on a head and measured on arrays."""

from symcircuits.behaviours.attention import AttendsTo
from symcircuits.behaviours.content import AttendsToSame, AvoidsSelf
from symcircuits.behaviours.copying import Copies, CopiesAll
from symcircuits.behaviours.induction import Induces
from symcircuits.behaviours.likeness import ActsLike, Fails
from symcircuits.behaviours.trial import Behaviour, Measurement, StrictBehaviour, Trial
from symcircuits.behaviours.window import SharesAttention

__all__ = [
    "ActsLike",
    "AttendsTo",
    "AttendsToSame",
    "AvoidsSelf",
    "Behaviour",
    "Copies",
    "CopiesAll",
    "Fails",
    "Induces",
    "Measurement",
    "SharesAttention",
    "StrictBehaviour",
    "Trial",
]
