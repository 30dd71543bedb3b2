"""What a circuit must do, as values: each can be proved on a head and measured on arrays."""

from symcircuits.behaviours.attention import AttendsTo
from symcircuits.behaviours.choices import CopiesSome
from symcircuits.behaviours.content import AttendsToSame, AvoidsSelf
from symcircuits.behaviours.copying import Copies, CopiesAll
from symcircuits.behaviours.induction import Induces
from symcircuits.behaviours.least_scale import LeastScales, ScaleRow, Stated, offsets
from symcircuits.behaviours.likeness import ActsLike, Fails
from symcircuits.behaviours.logits import CopiesToLogits
from symcircuits.behaviours.paths import Path, SumOfPaths
from symcircuits.behaviours.pointer import AttendsAfterPrevious
from symcircuits.behaviours.subspaces import Ignores, NeverWrites
from symcircuits.behaviours.trial import Behaviour, Measurement, StrictBehaviour, Trial

__all__ = [
    "ActsLike",
    "AttendsAfterPrevious",
    "AttendsTo",
    "AttendsToSame",
    "AvoidsSelf",
    "Behaviour",
    "Copies",
    "CopiesAll",
    "CopiesSome",
    "CopiesToLogits",
    "Fails",
    "Ignores",
    "Induces",
    "LeastScales",
    "Measurement",
    "NeverWrites",
    "Path",
    "ScaleRow",
    "Stated",
    "StrictBehaviour",
    "SumOfPaths",
    "Trial",
    "offsets",
]
