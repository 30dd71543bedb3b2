"""Derivations made by hand, verdicts and outcomes written down: small, and the same whatever the prover does."""

from __future__ import annotations

from dataclasses import replace

from sympy import Integer, cos, sin

from symcircuits.algebra import ExactMatrix, Factored, Proved, Refuted, Undecided, Witness
from symcircuits.symbols import alpha, beta, lambda_, m, n
from symcircuits.typeset.axes import Axis
from symcircuits.typeset.formulas import Name, Product, Scalar, Sum, Transpose
from symcircuits.worked import (
    Ask,
    BlockFigure,
    Claim,
    Definition,
    Derivation,
    Figure,
    Heading,
    Outcome,
    Prose,
    Side,
    Statement,
)

STREAM = Axis.of_blocks(("c", ("c_{0}", "c_{1}")), ("v", ("v_{0}", "v_{1}")))
HEAD = Axis.of_blocks(("h", ("h_{0}", "h_{1}")))
W_V, W_O = Name("W_{V}"), Name("W_{O}")
PLACED = ExactMatrix.from_entries((4, 4), {(2, 0): 1, (3, 1): 1}, STREAM, STREAM)
SCORE = beta * lambda_(0) ** 2 * (cos(alpha(0) * n) * cos(alpha(0) * m) + sin(alpha(0) * n) * sin(alpha(0) * m))
CLOSED = beta * lambda_(0) ** 2 * cos(alpha(0) * (n - m))
SQUARE = 2 * beta * lambda_(0) ** 2 * sin(alpha(0) * (n - m) / 2) ** 2
SCORE_NAME = Scalar("s(n, m)")
SCORE_ORIGIN = Product((Scalar(r"\beta"), Transpose(Name("x_{n}")), Name("W_{QK}"), Name("x_{m}")))
SQUARES = Proved("sum of squares", (), (alpha(0) * (n - m),))


def value_matrix() -> ExactMatrix:
    return ExactMatrix.from_entries((2, 4), {(0, 0): 1, (1, 1): 1}, HEAD, STREAM).named(W_V)


def output_matrix() -> ExactMatrix:
    return ExactMatrix.from_entries((4, 2), {(2, 0): 1, (3, 1): 1}, STREAM, HEAD).named(W_O)


def outcome(scale: str, measured: float, **changes: object) -> Outcome:
    made = Outcome(
        behaviour="AttendsTo(0)",
        bindings={"beta": scale, "alpha_0": "1/10", "lambda_0": "sqrt(2)"},
        told=("beta",),
        n_ctx=8,
        seed=3,
        measures="mean of $A_{n, n}$ over $n \\ge 0$",
        measured=measured,
        closed_form=measured,
        difference=1.1e-16,
        passed=True,
        seconds=0.1,
    )
    return replace(made, **changes)


def _steps() -> list[Prose | Heading | Definition | Statement | Claim | Figure]:
    net = Factored(output_matrix(), value_matrix(), Name(r"W_{\mathrm{net}}"))
    gap = Side(CLOSED.subs(m, n) - CLOSED, Sum(((1, Scalar("s(n, n)")), (-1, SCORE_NAME))))
    moved, proved = Proved("exact product"), Proved("normal form")
    halves = r"$1 - \cos x = 2 \sin^2(x / 2)$"
    return [
        Heading("What is moved"),
        Prose('A value matrix *selects*: 100 % of $c$ & nothing else, "as is" (see W_V #1).\n\nZeros are dots.'),
        Definition(W_V, value_matrix(), meaning="reads $c$"),
        Definition(W_O, output_matrix()),
        Definition(net.formula, net, Product((W_O, W_V))),
        Statement("equality", Side(net, net.formula), "=", Side(PLACED), moved, "$c_i$ goes to $v_i$"),
        Figure(BlockFigure((net,)), "What *moves*: $c$ & nothing else."),
        Heading("Where it looks"),
        Definition(SCORE_NAME, SCORE, SCORE_ORIGIN),
        Statement("equality", Side(SCORE, SCORE_NAME), "=", Side(CLOSED), proved, "angle addition"),
        Statement("equality", gap, "=", Side(SQUARE), proved, halves, given="$A$"),
        Statement("inequality", Side(SQUARE), r"\ge", Side(Integer(0)), SQUARES, "a square", continues=True),
        Claim(
            "AttendsTo(0)", "The head attends to the present token.", Proved("squares", ("$m \\le n$",)), "Up to turns."
        ),
    ]


def turn() -> Derivation:
    """A sheet on which everything is proved."""
    return Derivation(
        "golden/turn",
        "A head that stays where it is: $W_{QK}$",
        {"pairs": 1, "d_head": 2},
        "Write down $W_V$ and $W_O$.\n\nWhich token does the head attend to?",
        tuple(_steps()),
        {},
        asks=(Ask(("W_V", "W_O"), "Copies(c_{0}, c_{1} -> v_{0}, v_{1})", "copies $c_{0}$ into $v_{0}$"),),
        outcomes=(outcome("1", 0.253127), outcome("100", 0.999971)),
    )


def wrong() -> Derivation:
    """The same with a false statement, an undecided one and a failed experiment."""
    steps = _steps()
    witness = Witness({alpha(0): Integer(1), n: Integer(2), m: Integer(0)}, cos(2), cos(3), "-0.4161468", "-0.9899925")
    entry = Witness({}, Integer(1), Integer(0), "1", "0", ("v_{0}", "c_{0}"))
    changes = {5: Refuted(entry), 9: Refuted(witness), 10: Undecided("normal form; no witness found")}
    for place, verdict in changes.items():
        steps[place] = replace(steps[place], verdict=verdict)
    note = "the pattern differs from the closed form"
    failed = outcome("1", 0.25, closed_form=0.5, difference=0.25, passed=False, note=note)
    return replace(turn(), id="golden/wrong", steps=tuple(steps), outcomes=(failed,))
