"""The objects of the field: residual streams, positions, heads, and their numbers for the engine."""

from symcircuits.circuit.heads import Head
from symcircuits.circuit.positions import Constant, Geometric, OneHot, Position, Sinusoids
from symcircuits.circuit.rotary import Rotary
from symcircuits.circuit.spaces import Directions, Residual

__all__ = ["Constant", "Directions", "Geometric", "Head", "OneHot", "Position", "Residual", "Rotary", "Sinusoids"]
