"""The objects of the field: residual streams, positions, heads, and their numbers for the engine."""

from symcircuits.circuit.heads import Head
from symcircuits.circuit.positions import OneHot, Position, Sinusoids
from symcircuits.circuit.spaces import Directions, Residual
from symcircuits.circuit.words import Vocabulary

__all__ = ["Directions", "Head", "OneHot", "Position", "Residual", "Sinusoids", "Vocabulary"]
