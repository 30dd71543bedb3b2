"""What a circuit must do, as values: each can be proved on a head and measured on arrays."""

from symcircuits.behaviours.apart import KeepsApart, TellsPair
from symcircuits.behaviours.attention import AttendsTo
from symcircuits.behaviours.choices import CopiesSome
from symcircuits.behaviours.content import AttendsToSame, AvoidsSelf
from symcircuits.behaviours.content_induction import InducesOnContents
from symcircuits.behaviours.copying import Copies, CopiesAll
from symcircuits.behaviours.following.flags import FollowsRules
from symcircuits.behaviours.following.sharp import FollowsWhenSharp
from symcircuits.behaviours.induction import Induces
from symcircuits.behaviours.least_scale import LeastScales, ScaleRow, Stated, offsets
from symcircuits.behaviours.likeness import ActsLike, Fails
from symcircuits.behaviours.logits import CopiesToLogits
from symcircuits.behaviours.paths import Path, SumOfPaths
from symcircuits.behaviours.pointer import AttendsAfterPrevious
from symcircuits.behaviours.predicting.accuracy import AccuracyRow, Rights, accuracy_rows
from symcircuits.behaviours.predicting.computing import Computes
from symcircuits.behaviours.predicting.format_rows import FormatRow, StoredRow
from symcircuits.behaviours.predicting.losing import Loses
from symcircuits.behaviours.predicting.precision import LogitsIn, RightsIn, SeesIn
from symcircuits.behaviours.predicting.precision_rows import FirstRightRow, TurnRow
from symcircuits.behaviours.predicting.prediction import Answer, Completes, Predicts
from symcircuits.behaviours.subspaces import Ignores, NeverWrites
from symcircuits.behaviours.task import Task, TaskBehaviour
from symcircuits.behaviours.trial import Behaviour, Measurement, StrictBehaviour, Trial
from symcircuits.behaviours.window import SharesAttention

__all__ = [
    "AccuracyRow",
    "ActsLike",
    "Answer",
    "AttendsAfterPrevious",
    "AttendsTo",
    "AttendsToSame",
    "AvoidsSelf",
    "Behaviour",
    "Completes",
    "Computes",
    "Copies",
    "CopiesAll",
    "CopiesSome",
    "CopiesToLogits",
    "Fails",
    "FirstRightRow",
    "FollowsRules",
    "FollowsWhenSharp",
    "FormatRow",
    "Ignores",
    "Induces",
    "InducesOnContents",
    "KeepsApart",
    "LeastScales",
    "LogitsIn",
    "Loses",
    "Measurement",
    "NeverWrites",
    "Path",
    "Predicts",
    "Rights",
    "RightsIn",
    "ScaleRow",
    "SeesIn",
    "SharesAttention",
    "Stated",
    "StoredRow",
    "StrictBehaviour",
    "SumOfPaths",
    "Task",
    "TaskBehaviour",
    "TellsPair",
    "Trial",
    "TurnRow",
    "accuracy_rows",
    "offsets",
]
