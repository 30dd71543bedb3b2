"""Models of numbers under the parameter names of TransformerLens: from a transformer, to a file, and back."""

from symcircuits.export.weights.files import export_weights, naming, read_parameters, read_weights, write_weights
from symcircuits.export.weights.from_model import weights_of
from symcircuits.export.weights.lens import from_transformer_lens, to_transformer_lens
from symcircuits.export.weights.value import Weights

__all__ = [
    "Weights",
    "export_weights",
    "from_transformer_lens",
    "naming",
    "read_parameters",
    "read_weights",
    "to_transformer_lens",
    "weights_of",
    "write_weights",
]
