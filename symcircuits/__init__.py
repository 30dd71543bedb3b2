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
    from symcircuits.behaviours import AttendsTo, AttendsToSame, AvoidsSelf, Copies
    from symcircuits.circuit import Head, OneHot, Residual, Sinusoids
    from symcircuits.export.build import build
    from symcircuits.grading.check import check
    from symcircuits.worked import Work, derivation, derive

__version__ = "0.1.0"

_HOMES = {
    "AttendsTo": "behaviours",
    "AttendsToSame": "behaviours",
    "AvoidsSelf": "behaviours",
    "Copies": "behaviours",
    "Head": "circuit",
    "OneHot": "circuit",
    "Residual": "circuit",
    "Sinusoids": "circuit",
    "Work": "worked",
    "derivation": "worked",
    "derive": "worked",
    "build": "export.build",
    "check": "grading.check",
}

__all__ = [
    "AttendsTo",
    "AttendsToSame",
    "AvoidsSelf",
    "Copies",
    "Head",
    "OneHot",
    "Residual",
    "Sinusoids",
    "Work",
    "build",
    "check",
    "derivation",
    "derive",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'symcircuits' has no attribute {name!r}")
    value = getattr(import_module(f"symcircuits.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
