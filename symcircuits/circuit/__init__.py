"""The objects of the field: residual streams, positions, heads, transformers, and their numbers for the engine."""

from symcircuits.circuit.heads import Head
from symcircuits.circuit.positions import Constant, Geometric, OneHot, Position, Sinusoids
from symcircuits.circuit.rotary import Rotary
from symcircuits.circuit.spaces import Directions, Residual
from symcircuits.circuit.transformer import Transformer

__all__ = [
    "Constant",
    "Directions",
    "Geometric",
    "Head",
    "OneHot",
    "Position",
    "Residual",
    "Rotary",
    "Sinusoids",
    "Transformer",
]
