"""Submissions made by chance: right ones by changes that keep a head what it is, wrong ones by a single alteration.

Wrong ones are confirmed by the numeric engine, which shares nothing with the grader. Run as a command for many:

    .venv/bin/python tests/submissions.py 2000 framework/2c
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random
from time import perf_counter

import numpy as np
from right_answers import RIGHT, Weights
from sympy import Expr, Integer, Rational, S, Symbol

from symcircuits import Head, Transformer, derive
from symcircuits.algebra import ExactMatrix
from symcircuits.behaviours import Trial
from symcircuits.circuit import Residual
from symcircuits.circuit.bind import bind_matrix
from symcircuits.circuit.numbered import with_weights
from symcircuits.grading.grade import grade_text
from symcircuits.grading.reports.report import Report
from symcircuits.symbols import Lg, alpha, beta, lambda_
from symcircuits.typeset.expressions import latex
from symcircuits.worked import Ask, Derivation

Values = dict[Symbol, Expr]
VALUES = [
    {alpha(0): Rational(1), alpha(1): Rational(31, 100), alpha(2): Rational(7, 10), alpha(3): Rational(17, 100)}
    | {lambda_(0): Integer(1), lambda_(1): Rational(4, 5), lambda_(2): Rational(3, 5), lambda_(3): Rational(1, 2)},
    {alpha(0): Rational(13, 10), alpha(1): Rational(47, 100), alpha(2): Rational(9, 10), alpha(3): Rational(23, 100)}
    | {lambda_(0): Integer(3), lambda_(1): Rational(2), lambda_(2): Rational(3, 2), lambda_(3): Rational(1)},
]


@dataclass(frozen=True)
class Submission:
    """A text, and whether it is right."""

    text: str
    right: bool
    how: str


def disguised(random: Random, entry: Expr) -> str:
    """The same number, written otherwise."""
    text = latex(entry)
    if entry is S.One:
        return random.choice(["1", "1", r"\frac{2}{2}", r"\frac{\sqrt{4}}{2}", r"\cos(0)", "(2 - 1)"])
    if entry is S.Zero:
        return random.choice(["0", "0", "0", ""])
    return random.choice([text, text, rf"\frac{{2 \cdot {bracketed(entry)}}}{{2}}"])


def bracketed(entry: Expr) -> str:
    return rf"\left({latex(entry)}\right)"


def written(random: Random, name: str, matrix: ExactMatrix) -> str:
    """A definition of the matrix, as numbers or as a stack of directions."""
    environment = random.choice(["pmatrix", "bmatrix", "matrix"])
    stream = matrix.columns
    if isinstance(matrix.rows, Residual) and stream is None and not matrix.rows.labels[0].isdigit():
        if random.random() < 0.7:
            combined = [_combined(matrix.T, j) for j in range(matrix.shape[1])]
            return _defined(name, environment, " & ".join(combined))
    if isinstance(stream, Residual) and not stream.labels[0].isdigit():
        rows = [_combined(matrix, i) for i in _rows(matrix)]
        transposed = (
            random.choice(["", "^T"])
            if all(len(_filled(matrix, i)) == 1 and matrix[i, _filled(matrix, i)[0]] is S.One for i in _rows(matrix))
            else ""
        )
        cells = [row + transposed for row in rows]
    else:
        cells = [" & ".join(disguised(random, matrix[i, j]) for j in range(matrix.shape[1])) for i in _rows(matrix)]
    return _defined(name, environment, " \\\\ ".join(cells))


def _defined(name: str, environment: str, inside: str) -> str:
    name = name.replace("net", "{net}").replace("Id", r"\operatorname{Id}").replace("tilde", r"\tilde")
    return rf"$${name} = \begin{{{environment}}} {inside} \end{{{environment}}}$$"


def _combined(matrix: ExactMatrix, i: int) -> str:
    """A row as a combination of the directions of its columns."""
    labels = matrix.columns.labels
    return " + ".join(_direction(matrix[i, j], labels[j]) for j in _filled(matrix, i)) or "0"


def _rows(matrix: ExactMatrix) -> range:
    return range(matrix.shape[0])


def _filled(matrix: ExactMatrix, i: int) -> list[int]:
    return [j for j in range(matrix.shape[1]) if matrix[i, j] is not S.Zero]


def _direction(factor: Expr, label: str) -> str:
    plain = re.sub(r"\\mathrm\{(\w+)\}", r"\1", label).replace(r"\mathbf{1}", "one_0").replace("\\", "")
    kind, _, number = plain.partition("_")
    sign = rf"\{kind}" if kind in ("cos", "sin") else rf"\text{{{kind}}}"
    name = f"{kind}_{number}" if kind in ("v", "w") else f"u^{{{sign}}}_{number}"
    return name if factor is S.One else rf"{bracketed(factor)} {name}"


# Wrong answers: one alteration.


def altered(random: Random, weights: Weights) -> tuple[Weights, str]:
    """One alteration of one matrix."""
    name = random.choice(sorted(weights))
    matrix = weights[name]
    place = random.choice(sorted(matrix.entries))
    kind = random.choice(["sign", "row sign", "dropped", "doubled", "moved", "exchanged", "turned back", "added"])
    entries = dict(matrix.entries)
    if kind == "sign":
        entries[place] = -entries[place]
    elif kind == "row sign":
        entries = {at: -value if at[0] == place[0] else value for at, value in entries.items()}
    elif kind == "dropped":
        del entries[place]
    elif kind == "doubled":
        entries[place] = 2 * entries[place]
    elif kind == "moved":
        value = entries.pop(place)
        entries[place[0], random.randrange(matrix.shape[1])] = value
    elif kind == "added":
        entries[random.randrange(matrix.shape[0]), random.randrange(matrix.shape[1])] = S.Half
    elif kind == "turned back":
        angles = {alpha(i): -alpha(i) for i in range(4)}
        entries = {at: value.xreplace(angles) for at, value in entries.items()}
    changed = dict(weights)
    if kind == "exchanged" and {"W_Q", "W_K"} <= set(weights):
        changed["W_Q"], changed["W_K"] = weights["W_K"], weights["W_Q"]
    else:
        changed[name] = ExactMatrix.from_entries(matrix.shape, entries, matrix.rows, matrix.columns)
    return changed, f"{kind} in {name}"


def fails(asks: tuple[Ask, ...], weights: Weights) -> bool:
    """Whether the engine finds some ask unanswered, whatever the numbers that are tried."""
    named = {name.removeprefix("tilde "): matrix for name, matrix in weights.items()}
    return any(_fails(ask, {name: named[_plain(name)] for name in ask.names}) for ask in asks if ask.behaviour)


def _plain(name: str) -> str:
    return name.rpartition(" ")[2]


def _fails(ask: Ask, weights: Weights) -> bool:
    if ask.given is not None:
        model = with_weights(ask.given, weights)
        trials = [Trial(model.heads, at, n_ctx=16, seed=3, model=model) for at in map(_complete(model), VALUES)]
        return not all(ask.behaviour.measure(trial).passed for trial in trials)
    stream, parts = ask.stream, {_plain(name).partition("^")[0]: matrix for name, matrix in weights.items()}
    if "W_net" in parts:
        parts = {"W_V": ExactMatrix.identity(stream.d_model), "W_O": parts["W_net"]}
    parts = {role: m.labelled(*((stream, None) if role == "W_O" else (None, stream))) for role, m in parts.items()}
    head = Head(**parts, scale=ask.scale, rotary=ask.rotary)
    many = [beta] if beta in head.free_symbols and ask.scale is Lg else []
    outcomes = []
    for values in map(_complete(head), VALUES):
        for small in (Rational(1, 1000), Rational(1, 50), Rational(1, 5)) if many else (S.One,):
            trial = Trial((head,), values | {beta: small, Lg: Integer(1)}, n_ctx=24, seed=3)
            outcomes.append((values[alpha(0)], ask.behaviour.measure(trial).passed))
    if many:  # some weight of the place is enough
        return any(not any(passed for at, passed in outcomes if at == a) for a in {at for at, _ in outcomes})
    return not all(passed for _, passed in outcomes)


def _complete(circuit: Head | Transformer) -> Callable[[Values], Values]:
    """Numbers for every symbol: those that are not told are 3/2."""
    return lambda values: {symbol: Rational(3, 2) for symbol in circuit.free_symbols} | values


def submissions(id: str, count: int, seed: int = 0, derivation: Derivation | None = None) -> Iterator[Submission]:
    """Half of them right, half wrong, the same for the same seed."""
    derivation = derivation or derive(id)
    ask = next(ask for ask in derivation.asks if ask.stream is not None)
    random = Random(f"{id} {seed}")
    made = 0
    while made < count:
        weights, right, how = RIGHT[id](random, ask), made % 2 == 0, "right"
        products = expanded(derivation.asks, weights)
        if not right and products and random.random() < 0.5:
            changed, how = altered(random, products)
            if agree(changed, products):
                continue
            products = changed
        elif not right:
            weights, how = altered(random, weights)
            if not fails(derivation.asks, weights):
                continue
            products = expanded(derivation.asks, weights)
        made += 1
        definitions = [written(random, name, weights[name]) for name in random.sample(list(weights), len(weights))]
        definitions += [written(random, name, product) for name, product in products.items()]
        yield Submission(f"---\nexercise: {id}\n---\n" + "\n\n".join(definitions) + "\n", right, how)


def expanded(asks: tuple[Ask, ...], weights: Weights) -> Weights:
    """The products that are to be written out."""
    if all(ask.behaviour for ask in asks):
        return {}
    one, two = (weights[f"W_net^{number}"].labelled(None, None) for number in (1, 2))
    return {"W_net^2 W_net^1": two @ one, "W_net^2 Id + Id W_net^1": two + one}


def agree(some: Weights, others: Weights) -> bool:
    """Whether matrices of numbers are the same."""
    return all(np.array_equal(bind_matrix(some[name], {}), bind_matrix(others[name], {})) for name in some)


def survey(id: str, count: int, seed: int = 0) -> tuple[Counter[str], list[tuple[Submission, Report]]]:
    """How often each outcome came, and the submissions that were judged falsely or not at all."""
    derivation = derive(id)
    found: Counter[str] = Counter()
    odd = []
    for submission in submissions(id, count, seed, derivation):
        report = grade_text(submission.text, against=derivation)
        verdict = report.verdict
        outcome = f"{'right' if submission.right else 'wrong'} judged {verdict}"
        found[outcome] += 1
        if verdict != ("right" if submission.right else "wrong"):
            odd.append((submission, report))
    return found, odd


if __name__ == "__main__":
    for part in sys.argv[2:] or sorted(RIGHT):
        start = perf_counter()
        counts, strange = survey(part, int(sys.argv[1]))
        sys.stdout.write(f"{part}: {dict(counts)}, {perf_counter() - start:.0f} s\n")
        for submission, report in strange[:5]:
            told = [requirement.message for requirement in report.specification]
            sys.stdout.write(f"  {submission.how}, judged {report.verdict}: {told}\n")
