"""The objects of the field: residual streams, positions, heads, transformers, and their numbers for the engine."""

from symcircuits.circuit.gpt2 import Gpt2Block, gpt2_model
from symcircuits.circuit.heads import Head
from symcircuits.circuit.positions import OneHot, Position, Sinusoids
from symcircuits.circuit.spaces import Directions, Residual
from symcircuits.circuit.transformer import Transformer
from symcircuits.circuit.words import Vocabulary

__all__ = [
    "Directions",
    "Gpt2Block",
    "Head",
    "OneHot",
    "Position",
    "Residual",
    "Sinusoids",
    "Transformer",
    "Vocabulary",
    "gpt2_model",
]
