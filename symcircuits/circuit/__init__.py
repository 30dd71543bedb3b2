"""The objects of the field: residual streams, positions, heads, transformers, and their numbers for the engine."""

from symcircuits.circuit.gpt2 import Gpt2Block, gpt2_model
from symcircuits.circuit.heads import Head
from symcircuits.circuit.positions import Constant, Geometric, OneHot, Position, Sinusoids
from symcircuits.circuit.rotary import Rotary
from symcircuits.circuit.spaces import Directions, Residual
from symcircuits.circuit.transformer import Transformer
from symcircuits.circuit.words import Vocabulary

__all__ = [
    "Constant",
    "Directions",
    "Geometric",
    "Gpt2Block",
    "Head",
    "OneHot",
    "Position",
    "Residual",
    "Rotary",
    "Sinusoids",
    "Transformer",
    "Vocabulary",
    "gpt2_model",
]
