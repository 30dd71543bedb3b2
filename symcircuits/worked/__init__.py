"""Worked solutions: steps with verdicts, the builder that authors write with, experiments, and how files are found."""

from symcircuits.worked.collection import Collection, Entry, collect, derivation, derive, settings_for, shipped
from symcircuits.worked.experiments import Experiment, Outcome, run_experiments
from symcircuits.worked.parameters import Parameter
from symcircuits.worked.steps import Claim, Definition, Derivation, Heading, Prose, Side, Statement, Step, answer
from symcircuits.worked.work import Work

__all__ = [
    "Claim",
    "Collection",
    "Definition",
    "Derivation",
    "Entry",
    "Experiment",
    "Heading",
    "Outcome",
    "Parameter",
    "Prose",
    "Side",
    "Statement",
    "Step",
    "Work",
    "answer",
    "collect",
    "derivation",
    "derive",
    "run_experiments",
    "settings_for",
    "shipped",
]
