"""Submissions made by chance: right ones by changes that keep a head what it is, wrong ones by a single alteration.

Wrong ones are confirmed by the numeric engine, which shares nothing with the grader. Run as a command for many:

    .venv/bin/python tests/submissions.py 2000 framework/2c
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from random import Random
from time import perf_counter

import numpy as np
from right_answers import RIGHT, Weights
from sympy import Expr, Integer, Rational, S, Symbol, cos, sin

from symcircuits import Head, Transformer, derive
from symcircuits.algebra import ExactMatrix
from symcircuits.behaviours import FollowsWhenSharp, Trial
from symcircuits.circuit import OneHot, Residual
from symcircuits.circuit.bind import bind_matrix
from symcircuits.circuit.numbered import with_weights
from symcircuits.grading.grade import grade_text
from symcircuits.grading.reports.report import Report
from symcircuits.symbols import Lg, alpha, beta, beta_, lambda_
from symcircuits.typeset.expressions import latex
from symcircuits.worked import Ask, Derivation

Values = dict[Symbol, Expr]
VALUES = [
    {alpha(0): Rational(1), alpha(1): Rational(31, 100), alpha(2): Rational(7, 10), alpha(3): Rational(17, 100)}
    | {lambda_(0): Integer(1), lambda_(1): Rational(4, 5), lambda_(2): Rational(3, 5), lambda_(3): Rational(1, 2)},
    {alpha(0): Rational(13, 10), alpha(1): Rational(47, 100), alpha(2): Rational(9, 10), alpha(3): Rational(23, 100)}
    | {lambda_(0): Integer(3), lambda_(1): Rational(2), lambda_(2): Rational(3, 2), lambda_(3): Rational(1)},
]
# Small ones, or large ones where it is the contents that are weighed; with these attention would underflow at scale 1.
WEIGHTS_OF_PLACE = [(Rational(1, small), S.One) for small in (1000, 50, 5)]
WEIGHTS_OF_PLACE += [(Integer(50), Rational(1, 10)), (Integer(1000), Rational(1, 100))]


@dataclass(frozen=True)
class Submission:
    """A text, and whether it is right."""

    text: str
    right: bool
    how: str


def disguised(random: Random, entry: Expr) -> str:
    """The same number, written otherwise."""
    if entry is S.One:
        return random.choice(["1", "1", r"\frac{2}{2}", r"\frac{\sqrt{4}}{2}", r"\cos(0)", "(2 - 1)", "1.0"])
    if entry is S.Zero:
        return random.choice(["0", "0", "0", "", r"\sin(0)"])
    text, inside = latex(entry), bracketed(entry)
    ways = [text, text, rf"\frac{{2 \cdot {inside}}}{{2}}", rf"{inside} \cdot 1", rf"\frac{{{text}}}{{\cos(0)}}"]
    if isinstance(entry, cos):
        ways += [rf"\cos({latex(-entry.args[0])})", rf"1 - 2 \sin^2\left({latex(entry.args[0] / 2)}\right)"]
    if isinstance(entry, sin):
        half = rf"\left({latex(entry.args[0] / 2)}\right)"
        ways += [rf"-\sin({latex(-entry.args[0])})", rf"2 \sin{half} \cos{half}"]
    if isinstance(entry, Rational):
        ways += [f"{float(entry)}"] if 1000 % entry.q == 0 else [rf"\frac{{{3 * entry.p}}}{{{3 * entry.q}}}"]
    return random.choice(ways)


def bracketed(entry: Expr) -> str:
    return rf"\left({latex(entry)}\right)"


def written(random: Random, name: str, matrix: ExactMatrix) -> str:
    """A definition of the matrix: as numbers, as a stack of directions, or as numbers times such a stack."""
    down, along = (_is_named(axis) for axis in (matrix.rows, matrix.columns))
    if 1 in matrix.shape and down != along and random.random() < 0.7:  # in a matrix it might be a row or a column
        value = _combined(random, matrix.T if down else matrix, 0)
    elif 1 in matrix.shape or down == along or random.random() < 0.1:
        value = _matrix(random, _cells(random, matrix))
    elif random.random() < 0.15:
        value = _times_a_stack(random, matrix.T if down else matrix) + ")^T" * down
        value = "(" * down + value
    elif down and random.random() < 0.3:
        value = _stack(random, matrix.T) + "^T"
    elif down:
        value = _matrix(random, [[_combined(random, matrix.T, j) for j in range(matrix.shape[1])]])
    else:
        value = _stack(random, matrix)
    return rf"$${_written_name(name)} = {value}$$"


def plain_if_single(matrix: ExactMatrix) -> ExactMatrix:
    """A row or column in numbers, since as a direction it would be either."""
    return matrix.labelled(None, None) if 1 in matrix.shape else matrix


def _is_named(axis: object) -> bool:
    """Whether an axis is that of a stream whose directions have names."""
    return isinstance(axis, Residual) and not axis.labels[0].isdigit()


def _written_name(name: str) -> str:
    subscripts = re.sub(r"(?<=_)[a-z]{2,}", r"{\g<0>}", name)
    return subscripts.replace("Id", r"\operatorname{Id}").replace("tilde", r"\tilde")


def _matrix(random: Random, cells: Sequence[Sequence[str]]) -> str:
    environment = random.choice(["pmatrix", "bmatrix", "matrix"])
    inside = r" \\ ".join(" & ".join(row) or "0" for row in cells)  # an empty row of one cell would be a stray break
    written = rf"\begin{{{environment}}} {inside} \end{{{environment}}}"
    return rf"\left({written}\right)" if environment == "matrix" else written


def _cells(random: Random, matrix: ExactMatrix) -> list[list[str]]:
    return [[disguised(random, matrix[i, j]) for j in range(matrix.shape[1])] for i in _rows(matrix)]


def _stack(random: Random, matrix: ExactMatrix) -> str:
    """A row for each of the matrix, as a combination of directions; now and then each of them turned over."""
    plain = all(len(_filled(matrix, i)) == 1 and matrix[i, _filled(matrix, i)[0]] is S.One for i in _rows(matrix))
    over = random.choice(["", "^T"]) if plain else ""
    return _matrix(random, [[_combined(random, matrix, i) + over] for i in _rows(matrix)])


def _times_a_stack(random: Random, matrix: ExactMatrix) -> str:
    """The numbers, times a stack of those directions that are read."""
    places = sorted({j for _, j in matrix.entries}) or [0]
    random.shuffle(places)
    numbers = [[disguised(random, matrix[i, j]) for j in places] for i in _rows(matrix)]
    directions = [[_direction(random, S.One, matrix.columns.labels[j])] for j in places]
    stack = _matrix(random, directions) if len(places) > 1 else f"{directions[0][0]}^T"
    return f"{_matrix(random, numbers)} {stack}"


def _combined(random: Random, matrix: ExactMatrix, i: int) -> str:
    """A row as a combination of the directions of its columns."""
    labels = matrix.columns.labels
    filled = _filled(matrix, i)
    return " + ".join(_direction(random, matrix[i, j], labels[j]) for j in random.sample(filled, len(filled))) or "0"


def _rows(matrix: ExactMatrix) -> range:
    return range(matrix.shape[0])


def _filled(matrix: ExactMatrix, i: int) -> list[int]:
    return [j for j in range(matrix.shape[1]) if matrix[i, j] is not S.Zero]


def _direction(random: Random, factor: Expr, label: str) -> str:
    if flag := re.fullmatch(r"\\text\{(\w+) (\w+)\}", label):
        word = rf"\text{{{flag[1]}}}"
        below = rf"_{{{flag[2]}}}"
        name = random.choice([word + below, f"u^{{{word}}}{below}", rf"u^{{\text{{{flag[1]} {flag[2]}}}}}"])
        return name if factor is S.One else rf"\left({disguised(random, factor)}\right) {name}"
    plain = re.sub(r"\\mathrm\{(\w+)\}", r"\1", label).replace(r"\mathbf{1}", "one_0").replace("\\", "")
    kind, _, number = plain.partition("_")
    sign = rf"\{kind}" if kind in ("cos", "sin") else rf"\text{{{kind}}}"
    name = f"{kind}_{number}" if kind in ("v", "w") else f"u^{{{sign}}}_{number}"
    return name if factor is S.One else rf"\left({disguised(random, factor)}\right) {name}"


# Wrong answers: one alteration.


KINDS = [
    "sign",
    "row sign",
    "dropped",
    "doubled",
    "moved",
    "moved down",
    "exchanged",
    "rows exchanged",
    "added",
    "shifted",
]
TURNED = {"turned back": -1, "turned twice": 2, "turned by half": S.Half, "not turned": 0}


def altered(random: Random, weights: Weights) -> tuple[Weights, str]:
    """One alteration of one matrix, or queries and keys exchanged."""
    name = random.choice(sorted(weights))
    matrix = weights[name]
    kind = random.choice([*KINDS, *TURNED] if _angles(matrix) else KINDS)
    other = name.replace("W_Q", "W_K")
    if kind == "exchanged" and name != other:
        return {**weights, name: weights[other], other: matrix}, f"exchanged {name}"
    entries = _altered(random, kind, matrix)
    return {**weights, name: ExactMatrix.from_entries(matrix.shape, entries, matrix.rows, matrix.columns)}, (
        f"{kind} in {name}"
    )


def _altered(random: Random, kind: str, matrix: ExactMatrix) -> dict[tuple[int, int], Expr]:
    entries, (rows, columns) = dict(matrix.entries), matrix.shape
    place = i, j = random.choice(sorted(entries))
    if kind == "sign":
        entries[place] = -entries[place]
    elif kind == "row sign":
        entries = {at: -value if at[0] == i else value for at, value in entries.items()}
    elif kind == "dropped":
        del entries[place]
    elif kind == "doubled":
        entries[place] = 2 * entries[place]
    elif kind == "moved":
        entries[i, random.randrange(columns)] = entries.pop(place)
    elif kind == "moved down":
        entries[random.randrange(rows), j] = entries.pop(place)
    elif kind == "rows exchanged":
        k = random.randrange(rows)
        entries = {({i: k, k: i}.get(r, r), c): value for (r, c), value in entries.items()}
    elif kind == "shifted":
        by = random.randrange(1, max(columns, 2))
        entries = {(r, (c + by) % columns): value for (r, c), value in entries.items()}
    elif kind == "added":
        entries[random.randrange(rows), random.randrange(columns)] = entries[place] / 2
    elif kind in TURNED:
        some = random.choice([_angles(matrix), [random.choice(_angles(matrix))]])
        entries = {at: value.xreplace({one: TURNED[kind] * one for one in some}) for at, value in entries.items()}
    return entries


def _angles(matrix: ExactMatrix) -> list[Symbol]:
    return sorted((one for one in matrix.free_symbols if one.name.startswith("alpha")), key=str)


def fails(asks: tuple[Ask, ...], weights: Weights) -> bool:
    """Whether the engine finds some ask unanswered, whatever the numbers that are tried."""
    named = {name.removeprefix("tilde "): matrix for name, matrix in weights.items()}
    return any(_fails(ask, {name: named[_plain(name)] for name in ask.names}) for ask in asks if ask.behaviour)


def _plain(name: str) -> str:
    return name.rpartition(" ")[2]


def _fails(ask: Ask, weights: Weights) -> bool:
    if ask.given is not None:
        model = with_weights(ask.given, weights)
        n_ctx = 15 if model.W_pos is None else min(15, model.W_pos.shape[1])
        large = {beta: Integer(5000)} if isinstance(ask.behaviour, FollowsWhenSharp) else {}
        numbers = [at | large for at in map(_complete(model), VALUES[:1] if large else VALUES)]
        trials = [Trial(model.heads, at, n_ctx=n_ctx, seed=3, model=model) for at in numbers]
        return not all(ask.behaviour.measure(trial).passed for trial in trials)
    stream, parts = ask.stream, {_plain(name).partition("^")[0]: matrix for name, matrix in weights.items()}
    if "W_net" in parts:
        parts = {"W_V": ExactMatrix.identity(stream.d_model), "W_O": parts["W_net"]}
    parts = {role: m.labelled(*((stream, None) if role == "W_O" else (None, stream))) for role, m in parts.items()}
    head = Head(**parts, scale=ask.scale, rotary=ask.rotary)
    many = [beta] if beta in head.free_symbols and ask.scale is Lg else []
    outcomes = []
    for values in map(_complete(head), VALUES):
        for size, scale in WEIGHTS_OF_PLACE if many else [(S.One, S.One)]:
            trial = Trial((head,), values | {beta: size, Lg: scale}, n_ctx=_fitting(stream, 24), seed=3)
            outcomes.append((values[alpha(0)], ask.behaviour.measure(trial).passed))
    if many:  # some weight of the place is enough
        return any(not any(passed for at, passed in outcomes if at == a) for a in {at for at, _ in outcomes})
    return not all(passed for _, passed in outcomes)


def _fitting(stream: Residual, n_ctx: int) -> int:
    """The length of a context, or as much of it as there are one-hot places for."""
    return min([n_ctx, *(len(stream[name]) for name, block in stream.positions().items() if isinstance(block, OneHot))])


def _complete(circuit: Head | Transformer) -> Callable[[Values], Values]:
    """Numbers for every symbol: those that are not told are 3/2, and what a model must have large is."""
    return lambda values: (
        {one: Rational(3, 2) for one in circuit.free_symbols} | {beta_(1): Integer(1000), Lg: Integer(2000)} | values
    )


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
        elif fails(derivation.asks, weights):
            raise AssertionError(f"the engine finds that this is no right answer to {id}: {weights}")
        made += 1
        turned = not products and random.random() < 0.1
        if turned:
            weights = {name: matrix.T for name, matrix in weights.items()}
        definitions = [
            written(random, name, plain_if_single(weights[name])) for name in random.sample(list(weights), len(weights))
        ]
        definitions += [written(random, name, product) for name, product in products.items()]
        head = f"---\nexercise: {id}\n{'convention: rows' * turned}\n---\n"
        yield Submission(head + "\n\n".join(definitions) + "\n", right, how)


def expanded(asks: tuple[Ask, ...], weights: Weights) -> Weights:
    """The products that are to be written out."""
    if all(ask.behaviour for ask in asks):
        return {}
    one, two = (weights[f"W_net^{number}"].labelled(None, None) for number in (1, 2))
    return {"W_net^2 W_net^1": two @ one, "W_net^2 Id + Id W_net^1": two + one}


def agree(some: Weights, others: Weights) -> bool:
    """Whether matrices of numbers are the same."""
    return all(np.array_equal(bind_matrix(some[name], {}), bind_matrix(others[name], {})) for name in some)


def survey(
    id: str, count: int, seed: int = 0, **parameters: object
) -> tuple[Counter[str], list[tuple[Submission, Report]]]:
    """How often each outcome came, and the submissions that were judged falsely or not at all."""
    derivation = derive(id, **parameters)
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
