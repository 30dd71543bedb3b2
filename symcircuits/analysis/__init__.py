"""The report on any attention-only model, of symbols or of numbers: heads, pairs, skip trigrams, importance."""

from symcircuits.analysis.analyse import analyse
from symcircuits.analysis.report import Report

__all__ = ["Report", "analyse"]
