"""Worked solutions: steps with verdicts, the builder that authors write with, experiments, and how files are found."""

from symcircuits.worked.collection import Collection, Entry, collect, derivation, derive, settings_for, shipped
from symcircuits.worked.decimals import RoundedRow
from symcircuits.worked.diagrams import BlockFigure, ReadsFigure
from symcircuits.worked.experiments import Experiment, Outcome
from symcircuits.worked.functions import Shown, shown
from symcircuits.worked.ledger import LedgerRow
from symcircuits.worked.parameters import Parameter
from symcircuits.worked.patterns import PatternFigure, WeightedFigure
from symcircuits.worked.roots import IntervalRow, RootRow
from symcircuits.worked.scores import ScoreFigure
from symcircuits.worked.solution import Ask, Derivation, run_experiments
from symcircuits.worked.steps import (
    Claim,
    Definition,
    Figure,
    Heading,
    Prose,
    Rule,
    Side,
    Statement,
    Step,
    Table,
    TableRow,
    answer,
)
from symcircuits.worked.work import Work

__all__ = [
    "Ask",
    "BlockFigure",
    "Claim",
    "Collection",
    "Definition",
    "Derivation",
    "Entry",
    "Experiment",
    "Figure",
    "Heading",
    "IntervalRow",
    "LedgerRow",
    "Outcome",
    "Parameter",
    "PatternFigure",
    "Prose",
    "ReadsFigure",
    "RootRow",
    "RoundedRow",
    "Rule",
    "ScoreFigure",
    "Shown",
    "Side",
    "Statement",
    "Step",
    "Table",
    "TableRow",
    "WeightedFigure",
    "Work",
    "answer",
    "collect",
    "derivation",
    "derive",
    "run_experiments",
    "settings_for",
    "shipped",
    "shown",
]
