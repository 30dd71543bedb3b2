"""What an installed release of TransformerLens says of our models, next to what our own programs say.

Run in an environment of its own (see CONTRIBUTING.md); it prints the release, the logits of the model by hand for
aabaa and the largest difference from the engine, and ends with 1 where that is more than rounding.
"""

from __future__ import annotations

import sys
import warnings
from importlib.metadata import version
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from sympy import Rational, sqrt

from symcircuits import Head, Transformer, derive, export_weights, read_weights, to_transformer_lens
from symcircuits.algebra import ExactMatrix
from symcircuits.circuit import Gpt2Block, gpt2_model
from symcircuits.circuit.bind import bind_transformer
from symcircuits.engine import logits
from symcircuits.symbols import Lg

LARGE = (Rational(3, 10), Rational(506, 100), Rational(1024))
ROUNDING = {"float64": 1e-13, "float32": 1e-5}  # of the largest logit


def by_hand() -> Transformer:
    parts = [derive(f"by_hand/{part}", word="aab").definitions for part in ("embedding", "attention", "projection")]
    embedded, attended, projected = parts
    block = Gpt2Block(attended[r"\mathrm{c\_attn}"], projected["c_proj"], c_proj_bias=projected["c_bias"])
    return gpt2_model(embedded["wte"], embedded["wpe"], [block], "ab")


def of_chance(mask: str, sizes: tuple[int, ...]) -> Transformer:
    """Two layers of heads of different sizes, with biases everywhere."""
    chance = np.random.default_rng(7)

    def matrix(rows: int, columns: int) -> ExactMatrix:
        return ExactMatrix.from_rows(
            [[Rational(int(k), 9) for k in row] for row in chance.integers(-9, 9, (rows, columns))]
        )

    def head(size: int) -> Head:
        read = {f"W_{letter}": matrix(size, 5) for letter in "QKV"} | {"W_O": matrix(5, size), "b_O": matrix(5, 1)}
        return Head(**read, **{f"b_{letter}": matrix(size, 1) for letter in "QKV"}, scale=sqrt(Rational(1, 3)))

    layers = tuple(tuple(head(size) for size in sizes[: layer + 1]) for layer in range(2))
    return Transformer(layers, matrix(5, 2), matrix(2, 5), matrix(5, 5), mask=mask)


def said(model, tokens: list[int]) -> np.ndarray:
    import torch

    with torch.no_grad():
        return model(torch.tensor([tokens]))[0].numpy()


def largest_difference(model: Transformer, values: dict, dtype: str) -> float:
    """Over every context of 1 to 5 tokens, as a part of the largest logit; the model goes through a file."""
    with TemporaryDirectory() as folder:
        lens = to_transformer_lens(read_weights(export_weights(model, Path(folder) / "m.npz", values)), dtype=dtype)
    arrays, worst = bind_transformer(model, 5, values), 0.0
    for length in range(1, 6):
        for word in product(range(2), repeat=length):
            expected = logits(np.array(word), arrays)
            worst = max(worst, np.abs(said(lens, list(word)) - expected).max() / np.abs(expected).max())
    return worst


def tell(what: object) -> None:
    sys.stdout.write(f"{what}\n")


def main() -> int:
    warnings.simplefilter("ignore")
    model = by_hand()
    lens = to_transformer_lens(model, {Lg: 1024})
    tell(f"TransformerLens {version('transformer-lens')}, PyTorch {version('torch')}: {type(lens).__name__}")
    tell("logits of the model by hand for aabaa at Lg = 1024:")
    tell(said(lens, [0, 0, 1, 0, 0]))
    cases = {f"by hand, Lg = {large}": (model, {Lg: large}) for large in LARGE}
    cases |= {f"of chance, {mask}, heads of {sizes}": (of_chance(mask, sizes), {})
              for mask, sizes in (("causal", (2, 3)), ("none", (2, 3)), ("causal", (1, 1)))}  # fmt: skip
    wrong = 0
    for dtype, allowed in ROUNDING.items():
        for name, (made, values) in cases.items():
            worst = largest_difference(made, values, dtype)
            wrong += worst > allowed
            tell(f"{dtype}  {name}: largest difference {worst:.1e}{'' if worst <= allowed else '  WRONG'}")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
