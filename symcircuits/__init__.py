"""Derive, prove and check hand-built transformer circuits.

>>> from symcircuits import Head, Residual, Sinusoids, AttendsTo
>>> position = Sinusoids(2)
>>> stream = Residual(content=4, position=position)
>>> head = Head(W_Q=stream.read(position), W_K=position.shift(1) @ stream.read(position))
>>> bool(AttendsTo(-1).prove_on(head))
True

Names are imported when they are first used, so that ``import symcircuits`` costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from symcircuits.analysis.analyse import analyse
    from symcircuits.behaviours import AttendsAfterPrevious, AttendsTo, AttendsToSame, AvoidsSelf, Copies, Induces
    from symcircuits.circuit import Constant, Head, OneHot, Residual, Rotary, Sinusoids, Transformer
    from symcircuits.export.build import build
    from symcircuits.export.weights import export_weights, read_weights, to_transformer_lens
    from symcircuits.grading.check import check
    from symcircuits.rules import compile_rules
    from symcircuits.sweeps.sweep import sweep
    from symcircuits.worked import Work, derivation, derive

__version__ = "0.1.0"

_HOMES = {
    "AttendsAfterPrevious": "behaviours",
    "AttendsTo": "behaviours",
    "AttendsToSame": "behaviours",
    "AvoidsSelf": "behaviours",
    "Copies": "behaviours",
    "Constant": "circuit",
    "Head": "circuit",
    "Induces": "behaviours",
    "OneHot": "circuit",
    "Residual": "circuit",
    "Rotary": "circuit",
    "Sinusoids": "circuit",
    "Transformer": "circuit",
    "Work": "worked",
    "analyse": "analysis.analyse",
    "derivation": "worked",
    "derive": "worked",
    "build": "export.build",
    "check": "grading.check",
    "compile_rules": "rules",
    "export_weights": "export.weights",
    "read_weights": "export.weights",
    "sweep": "sweeps.sweep",
    "to_transformer_lens": "export.weights",
}

__all__ = [
    "AttendsAfterPrevious",
    "AttendsTo",
    "AttendsToSame",
    "AvoidsSelf",
    "Constant",
    "Copies",
    "Head",
    "Induces",
    "OneHot",
    "Residual",
    "Rotary",
    "Sinusoids",
    "Transformer",
    "Work",
    "analyse",
    "build",
    "check",
    "compile_rules",
    "derivation",
    "derive",
    "export_weights",
    "read_weights",
    "sweep",
    "to_transformer_lens",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'symcircuits' has no attribute {name!r}")
    value = getattr(import_module(f"symcircuits.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
