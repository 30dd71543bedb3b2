"""The long form of the tests of compiled rules, by an engine of its own. Run by hand:

.venv/bin/python tests/long_rules.py brute      every cell, every sequence up to length 6 over 5 tokens
.venv/bin/python tests/long_rules.py float32    up to which length the counting heads work in float32
"""

from __future__ import annotations

import sys
from itertools import product

import numpy as np
from rules_engine import by_name, least_slack, logits, parameters, with_beginning
from sympy import Integer, Rational
from test_rules_compile import IMPOSSIBLE, INCLUSIVE, SAYS, is_run

from symcircuits.circuit import OneHot, Sinusoids, Transformer
from symcircuits.circuit.bind import bind_transformer
from symcircuits.rules import Compiled, compile_rules
from symcircuits.rules.compiling import ABOVE, at_numbers
from symcircuits.rules.counting import SCRATCH, back_by_counting, counting_heads
from symcircuits.rules.layout import Layout
from symcircuits.rules.looks import angle_of, back_circle, back_onehot
from symcircuits.rules.planning import Look
from symcircuits.symbols import alpha, beta, lambda_

VOCABULARY, EPS = "ABCDE", 0.1
RULES = {name: said for name, said in SAYS.items() if "X Y" not in name}


def brute(rule: str, positions: str, bos: bool, layers: int, length: int = 6) -> float | None:
    """The least slack of a cell over every sequence of 5 tokens; ``None`` where no model was compiled."""
    texts, inclusive = rule.removesuffix(", inclusive").split("; "), rule == INCLUSIVE
    margin = Rational(1, 10)
    result = compile_rules(texts, VOCABULARY, positions, bos, layers, length + bos, margin, inclusive)
    if not isinstance(result, Compiled):
        return None
    found = parameters(result, length + bos)
    letters = list(product(range(len(VOCABULARY)), repeat=length))
    begin = result.model.vocabulary.index("BOS") if bos else None
    worst = np.inf
    for start in range(0, len(letters), 4096):
        part = letters[start : start + 4096]
        flags = logits(found, with_beginning(part, begin))[:, int(bos) :, : len(VOCABULARY)]
        texts_here = ["".join(VOCABULARY[token] for token in row) for row in part]
        said = [[SAYS[rule](text[:end]) for end in range(1, length + 1)] for text in texts_here]
        wanted = np.array([[[word == name for name in VOCABULARY] for word in row] for row in said])
        worst = min(worst, least_slack(flags, wanted, EPS))
    return worst


def previous_slack(positions: str, n: int, dtype: type, batch: int = 50) -> float:
    """The least slack of ``A X -> B`` after every token of random sequences of a length, in ``dtype``.

    The heads are those that ``compile_rules`` takes, at its scale; at such a length they are run without their proof.
    """
    place = {"none": None, "onehot": OneHot(n), "sinusoidal": Sinusoids(1)}[positions]
    layout = Layout(tuple("ABCD"), "BOS", place, {} if place else SCRATCH)
    look = Look(1, {"A": ("B",)})
    if isinstance(place, OneHot):
        built = back_onehot(layout, look, place)
    else:
        built = back_circle(layout, look, place, 1) if place else back_by_counting(layout, look, n)
    model = Transformer(
        (built.heads,) if place else (counting_heads(layout, n), built.heads),
        W_E=layout.embedding(),
        W_U=layout.unembedding(),
        vocabulary=layout.names,
    )
    values = {beta: at_numbers(built.least, n, Rational(1, 10)) * ABOVE}
    values |= {alpha(0): angle_of(Integer(n), 1), lambda_(0): Integer(1)}
    found = by_name(bind_transformer(model, n, values), n)
    texts = np.random.default_rng(n).integers(0, 4, (batch, n - 1))
    flags = logits(found, with_beginning(texts, 4), dtype)[:, 1:, :4]
    wanted = np.zeros_like(flags, dtype=bool)
    wanted[:, 1:, 1] = texts[:, :-1] == 0
    return least_slack(flags, wanted, EPS)


def main() -> None:
    """What was asked for."""
    if "brute" in sys.argv:
        for cell in product(RULES, ("none", "onehot", "sinusoidal"), (False, True), (1, 2)):
            if is_run(*cell) and cell not in IMPOSSIBLE:
                slack = brute(*cell)
                sys.stdout.write(f"{cell}: {'not compiled' if slack is None else f'{slack:.4f}'}\n")
                assert slack is None or slack >= 0, cell
    if "float32" in sys.argv:
        for n in (64, 128, 201, 256, 512, 768, 896, 1024, 1088, 1152, 1280):
            slacks = [previous_slack("none", n, dtype, batch=4) for dtype in (np.float32, np.float64)]
            sys.stdout.write(f"n {n:5}: float32 {slacks[0]:8.4f}, float64 {slacks[1]:8.4f}\n")


if __name__ == "__main__":
    main()
