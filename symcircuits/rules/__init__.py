"""Rules such as ``A X -> B``: what they say, what they ask, and models that do it, or the proof that none can."""

from symcircuits.rules.meaning import Conflict, RuleBook, conflict_of
from symcircuits.rules.notation import Rule, read_rule, read_rules

__all__ = ["Conflict", "Rule", "RuleBook", "conflict_of", "read_rule", "read_rules"]
