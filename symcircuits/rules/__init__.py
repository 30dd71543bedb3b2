"""Rules such as ``A X -> B``: what they say, what they ask, and models that do it, or the proof that none can."""

from symcircuits.rules.compiling import Compiled, Impossible, Result, compile_rules
from symcircuits.rules.indistinguishable import Sight, Twins
from symcircuits.rules.meaning import Conflict, RuleBook, conflict_of
from symcircuits.rules.notation import BadSetting, Rule, UnreadableRule, read_rule, read_rules

__all__ = [
    "BadSetting",
    "Compiled",
    "Conflict",
    "Impossible",
    "Result",
    "Rule",
    "RuleBook",
    "Sight",
    "Twins",
    "UnreadableRule",
    "compile_rules",
    "conflict_of",
    "read_rule",
    "read_rules",
]
