"""What a circuit must do, as values: each can be proved on a head and measured on arrays."""

from symcircuits.behaviours.attention import AttendsTo
from symcircuits.behaviours.choices import CopiesSome
from symcircuits.behaviours.content import AttendsToSame, AvoidsSelf
from symcircuits.behaviours.copying import Copies, CopiesAll
from symcircuits.behaviours.likeness import ActsLike, Fails
from symcircuits.behaviours.trial import Behaviour, Measurement, StrictBehaviour, Trial

__all__ = [
    "ActsLike",
    "AttendsTo",
    "AttendsToSame",
    "AvoidsSelf",
    "Behaviour",
    "Copies",
    "CopiesAll",
    "CopiesSome",
    "Fails",
    "Measurement",
    "StrictBehaviour",
    "Trial",
]
