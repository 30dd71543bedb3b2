"""What a circuit must do, as values: each can be proved on a head and measured on arrays."""

from symcircuits.behaviours.attention import AttendsTo
from symcircuits.behaviours.computing import Computes
from symcircuits.behaviours.content import AttendsToSame, AvoidsSelf
from symcircuits.behaviours.copying import Copies, CopiesAll
from symcircuits.behaviours.induction import Induces
from symcircuits.behaviours.likeness import ActsLike, Fails
from symcircuits.behaviours.prediction import Answer, Completes, Predicts
from symcircuits.behaviours.trial import Behaviour, Measurement, StrictBehaviour, Trial
from symcircuits.behaviours.window import SharesAttention

__all__ = [
    "ActsLike",
    "Answer",
    "AttendsTo",
    "AttendsToSame",
    "AvoidsSelf",
    "Behaviour",
    "Completes",
    "Computes",
    "Copies",
    "CopiesAll",
    "Fails",
    "Induces",
    "Measurement",
    "Predicts",
    "SharesAttention",
    "StrictBehaviour",
    "Trial",
]
