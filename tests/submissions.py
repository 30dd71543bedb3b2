"""Submissions made by chance: right ones by changes that keep a head what it is, wrong ones by a single alteration.

Wrong ones are confirmed by the numeric engine, which shares nothing with the grader. Run as a command for many:

    .venv/bin/python tests/submissions.py 2000 framework/2c
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random
from time import perf_counter

from sympy import Expr, Integer, Rational, S, cos, sin

from symcircuits import Head, derive
from symcircuits.algebra import ExactMatrix
from symcircuits.behaviours import Trial
from symcircuits.circuit import Residual, Sinusoids
from symcircuits.grading.grade import grade_text
from symcircuits.grading.report import Report
from symcircuits.symbols import Lg, alpha, beta, lambda_
from symcircuits.typeset.expressions import latex
from symcircuits.worked import Ask, Derivation

Weights = dict[str, ExactMatrix]
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


def chance_matrix(random: Random, size: int) -> tuple[ExactMatrix, ExactMatrix]:
    """A random invertible matrix of small fractions, with its inverse: row operations on the identity."""
    G = inverse = ExactMatrix.identity(size)
    for _ in range(random.randrange(4)):
        i, j = random.sample(range(size), 2) if size > 1 else (0, 0)
        factor = Rational(random.choice([-2, -1, 1, 2, 3]), random.choice([1, 2]))
        entries = {(k, k): S.One for k in range(size)}
        if i != j and random.random() < 0.6:
            there, back = entries | {(i, j): factor}, entries | {(i, j): -factor}
        else:
            there, back = entries | {(i, i): factor}, entries | {(i, i): 1 / factor}
        G = ExactMatrix.from_entries((size, size), there) @ G
        inverse = inverse @ ExactMatrix.from_entries((size, size), back)
    return G, inverse


def permutation(random: Random, size: int) -> ExactMatrix:
    order = random.sample(range(size), size)
    return ExactMatrix.from_entries((size, size), {(i, j): 1 for i, j in enumerate(order)})


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
    if isinstance(stream, Residual) and not stream.labels[0].isdigit():
        rows = [
            " + ".join(_direction(matrix[i, j], stream.labels[j]) for j in _filled(matrix, i)) or "0"
            for i in _rows(matrix)
        ]
        transposed = (
            random.choice(["", "^T"])
            if all(len(_filled(matrix, i)) == 1 and matrix[i, _filled(matrix, i)[0]] is S.One for i in _rows(matrix))
            else ""
        )
        cells = [row + transposed for row in rows]
    else:
        cells = [" & ".join(disguised(random, matrix[i, j]) for j in range(matrix.shape[1])) for i in _rows(matrix)]
    inside = " \\\\ ".join(cells)
    name = name.replace("net", "{net}")
    return rf"$${name} = \begin{{{environment}}} {inside} \end{{{environment}}}$$"


def _rows(matrix: ExactMatrix) -> range:
    return range(matrix.shape[0])


def _filled(matrix: ExactMatrix, i: int) -> list[int]:
    return [j for j in range(matrix.shape[1]) if matrix[i, j] is not S.Zero]


def _direction(factor: Expr, label: str) -> str:
    kind, _, number = label.replace(r"\mathrm{cont}", "cont").replace("\\", "").partition("_")
    sign = rf"\{kind}" if kind in ("cos", "sin") else rf"\text{{{kind}}}"
    name = f"u^{{{sign}}}_{number}"
    return name if factor is S.One else rf"{bracketed(factor)} {name}"


# Right answers: the head itself, then what does not change what it does.


def queries_and_keys(random: Random, W_Q: ExactMatrix, W_K: ExactMatrix) -> Weights:
    """The same head in another basis, at another positive scale."""
    G, inverse = chance_matrix(random, W_Q.shape[0])
    P = permutation(random, W_Q.shape[0])
    c, d = (Rational(random.randint(1, 5), random.randint(1, 3)) for _ in "cd")
    sign = random.choice([1, -1])
    return {"W_Q": P @ G @ W_Q * (c * sign), "W_K": P @ inverse.T @ W_K * (d * sign)}


def values_and_outputs(random: Random, W_V: ExactMatrix, W_O: ExactMatrix, head: str) -> Weights:
    G, inverse = chance_matrix(random, W_V.shape[0])
    P = permutation(random, W_V.shape[0])
    return {f"W_V^{head}": P @ G @ W_V, f"W_O^{head}": W_O @ inverse @ P.T}


def turned(random: Random, stream: Residual, pairs: list[int], step: Expr) -> ExactMatrix:
    """Pairs of directions, each turned by ``step`` times its angle and weighted."""
    rows: dict[tuple[int, int], Expr] = {}
    places = stream["position"].places
    for k, pair in enumerate(pairs):
        c, s = cos(alpha(pair) * step), sin(alpha(pair) * step)
        x, y = places[2 * pair], places[2 * pair + 1]
        rows |= {(2 * k, x): c, (2 * k, y): -s, (2 * k + 1, x): s, (2 * k + 1, y): c}
    return ExactMatrix.from_entries((2 * len(pairs), stream.d_model), rows, None, stream)


def attending(random: Random, ask: Ask, offset: int) -> Weights:
    stream = ask.stream
    pairs = random.choice([[0, 1], [0, 1], [1, 0], [0, 2], [1, 3]])
    share = random.choice([S.Zero, S.One, S.Half])
    weights = [Rational(random.randint(1, 4), random.randint(1, 3)) for _ in pairs]
    entries = {(i, i): weights[i // 2] for i in range(2 * len(pairs))}
    W = ExactMatrix.from_entries((2 * len(pairs),) * 2, entries)
    return queries_and_keys(
        random, turned(random, stream, pairs, offset * share), W @ turned(random, stream, pairs, -offset * (1 - share))
    )


def similar(random: Random, ask: Ask) -> Weights:
    content = ask.stream["content"]
    W = ask.stream.read(content[: ask.d_head])
    return queries_and_keys(random, W, W)


def avoiding(random: Random, ask: Ask) -> Weights:
    position = Sinusoids(2)
    W = ask.stream.read(ask.stream["content"][:4], position)
    share = random.choice([beta, S.One, S.Half])
    signs = {(i, i): S.One if i < 4 else -share for i in range(8)}
    others = {(i, i): S.One if i < 4 else beta / share for i in range(8)}
    A, B = (ExactMatrix.from_entries((8, 8), entries) for entries in (signs, others))
    return queries_and_keys(random, A @ W, B @ W)


def first_head(random: Random, ask: Ask) -> Weights:
    return values_and_outputs(random, ask.stream.read("first"), ask.stream.write("passed"), "1")


def second_head(random: Random, ask: Ask) -> Weights:
    free = ask.stream["more"] + ask.stream["last"]
    sources, targets = random.sample(range(8), 3), random.sample(range(8), 4)
    reads = [free[i] for i in sources] + [ask.stream["passed"][random.randrange(4)]]
    return values_and_outputs(random, ask.stream.read(*reads), ask.stream.write(*(free[i] for i in targets)), "2")


def nets(random: Random, ask: Ask) -> Weights:
    one, two = first_head(random, ask), second_head(random, ask)
    return {"W_net^1": one["W_O^1"] @ one["W_V^1"], "W_net^2": two["W_O^2"] @ two["W_V^2"]}


RIGHT: dict[str, Callable[[Random, Ask], Weights]] = {
    "framework/1a": first_head,
    "framework/1b": second_head,
    "framework/1c": nets,
    "framework/2a": similar,
    "framework/2b": lambda random, ask: attending(random, ask, 0),
    "framework/2c": lambda random, ask: attending(random, ask, -1),
    "framework/2d": avoiding,
}


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
        entries[random.randrange(matrix.shape[0]), random.randrange(matrix.shape[1])] = Rational(1, 2)
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
    return any(_fails(ask, {name: weights[name] for name in ask.names}) for ask in asks if ask.behaviour)


def _fails(ask: Ask, weights: Weights) -> bool:
    stream, parts = ask.stream, {name.partition("^")[0]: matrix for name, matrix in weights.items()}
    if "W_net" in parts:
        parts = {"W_V": ExactMatrix.identity(stream.d_model), "W_O": parts["W_net"]}
    parts = {role: m.labelled(*((stream, None) if role == "W_O" else (None, stream))) for role, m in parts.items()}
    head = Head(**parts, scale=ask.scale)
    many = [beta] if beta in head.free_symbols and ask.scale is Lg else []
    outcomes = []
    for values in VALUES:
        for small in (Rational(1, 1000), Rational(1, 50), Rational(1, 5)) if many else (S.One,):
            trial = Trial((head,), values | {beta: small, Lg: Integer(1)}, n_ctx=24, seed=3)
            outcomes.append((values[alpha(0)], ask.behaviour.measure(trial).passed))
    if many:  # some weight of the place is enough
        return any(not any(passed for at, passed in outcomes if at == a) for a in {at for at, _ in outcomes})
    return not all(passed for _, passed in outcomes)


def submissions(id: str, count: int, seed: int = 0, derivation: Derivation | None = None) -> Iterator[Submission]:
    """Half of them right, half wrong, the same for the same seed."""
    derivation = derivation or derive(id)
    ask = next(ask for ask in derivation.asks if ask.stream is not None)
    random = Random(f"{id} {seed}")
    made = 0
    while made < count:
        weights, right, how = RIGHT[id](random, ask), made % 2 == 0, "right"
        if not right:
            weights, how = altered(random, weights)
            if not fails(derivation.asks, weights):
                continue
        made += 1
        definitions = "\n\n".join(
            written(random, name, weights[name]) for name in random.sample(list(weights), len(weights))
        )
        yield Submission(f"---\nexercise: {id}\n---\n{definitions}\n", right, how)


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
