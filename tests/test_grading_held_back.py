"""Whether the reader reads what is meant, measured on a corpus that was written apart from it; judged by meaning."""

from __future__ import annotations

import random
import re
import sys
from dataclasses import dataclass, field
from functools import cache
from typing import TypeAlias

import pytest
from held_back_corpus import SNIPPETS as FIRST
from held_back_meaning import WIDTH, Snippet, Statement, ones_at
from held_back_second import SNIPPETS as SECOND
from held_back_third import SNIPPETS as THIRD
from sympy import Expr, Integer, Matrix, MatrixBase, N, Rational, Symbol, eye, zeros

from symcircuits.circuit import Residual
from symcircuits.grading.lines.chains import Judge
from symcircuits.grading.meaning.dots import fill
from symcircuits.grading.meaning.evaluate import evaluate
from symcircuits.grading.meaning.scope import Eye, Scope, Value, canonical
from symcircuits.grading.reading.lines import Chain
from symcircuits.grading.reading.parser import parse
from symcircuits.grading.reading.refusals import CannotRead, Lines
from symcircuits.grading.reading.scanner import Place, scan
from symcircuits.grading.reading.syntax import Grid
from symcircuits.grading.showing import shown
from symcircuits.grading.submitted.against import reference
from symcircuits.grading.submitted.submission import read_front_matter

pytestmark = pytest.mark.once

CORPORA = {"the first corpus": FIRST, "the second corpus": SECOND, "the third corpus": THIRD}
READABLE = tuple(snippet for snippet in FIRST + SECOND + THIRD if not snippet.refused)
REFUSED = tuple(snippet for snippet in FIRST + SECOND + THIRD if snippet.refused)
POINTS = 8
_WHOLE = ("n", "m", "i", "j", "k", "N")


Kept: TypeAlias = tuple[tuple[Value, ...], tuple[str, ...]]


@dataclass
class Read:
    """What the reader made of a snippet: its chains as values with relations, and the places it refused."""

    scope: Scope
    chains: list[Kept] = field(default_factory=list)
    refused: list[tuple[tuple[int, int], str]] = field(default_factory=list)


class _Recorder(Judge):
    """Judges as always, and keeps the values of the sides of every chain."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.kept: list[Kept] = []

    def _judge_chain(self, chain: Chain, place: Place) -> None:
        sized = dict(self.scope.sized)
        super()._judge_chain(chain, place)
        shape = next((shape for key, shape in sized.items() if key not in self.scope.sized), None)
        try:
            nodes = [parse(side.tokens, side.end) for side in chain.sides]
            nodes = [fill(node, shape) if isinstance(node, Grid) and shape else node for node in nodes]
            values = tuple(evaluate(node, self.scope) for node in nodes)
        except CannotRead:
            return  # told among the statements
        self.kept.append((values, tuple(chain.relations)))


def handed_in(snippet: Snippet) -> str:
    """The snippet as a file, with its front matter."""
    keys = {
        "exercise": snippet.exercise or "",
        "convention": snippet.convention if snippet.convention != "columns" else "",
        "declare": ", ".join(f"{name}: {kind}" for name, kind in snippet.declares.items()),
    }
    keys["declare"] = f"{{{keys['declare']}}}" if keys["declare"] else ""
    lines = [f"{key}: {value}" for key, value in keys.items() if value]
    return "\n".join(["---", *lines, "---", snippet.text]) if lines else snippet.text


@cache
def _stream(exercise: str | None) -> Residual | None:
    derivation = reference(f"---\nexercise: {exercise}\n---\n", None, {}) if exercise else None
    return next((ask.stream for ask in derivation.asks if ask.stream is not None), None) if derivation else None


@cache
def read(snippet: Snippet) -> Read:
    text = handed_in(snippet)
    above = text[: len(text) - len(snippet.text)].count("\n")
    front = read_front_matter(text)
    scope = Scope(_stream(snippet.exercise), front.declare)
    found = Read(scope)
    try:
        judge = _Recorder(text, scan(text, front.start, snippet.suffix == ".tex"), scope)
        judge.judge_all()
    except CannotRead as refused:
        line, column = Lines(text).place(refused.at)
        found.refused.append(((line - above, column), str(refused)))
        return found
    found.chains = judge.kept
    for statement in judge.statements:
        # A misfit of shapes inside of a side is the writer's error, told at its place; the side has no value.
        if statement.verdict == "unreadable" or (statement.note == "shape" and not statement.read_as):
            found.refused.append(((statement.line - above, statement.column), statement.message))
    return found


class Point(dict):
    """Values of the names, drawn when they are first asked for and then kept."""

    def __init__(self, snippet: Snippet, seed: int) -> None:
        super().__init__()
        self.snippet, self.draws = snippet, random.Random(f"{snippet.name} {seed}")

    def __missing__(self, name: str) -> Expr | Matrix:
        shape = re.fullmatch(r"([0-9]+)x([0-9]+)", self.snippet.declares.get(name, ""))
        if shape:
            self[name] = Matrix(int(shape[1]), int(shape[2]), lambda i, j: self._fraction())
        elif re.match(r"u\^|v_", name):
            self[name] = Matrix(1, WIDTH, lambda i, j: self._fraction())
        elif name in _WHOLE or name in self.snippet.whole:
            self[name] = Integer(self.draws.randint(2, 5))
        else:
            self[name] = self._fraction()
        return self[name]

    def _fraction(self) -> Rational:
        return Rational(self.draws.randint(1, 96), 97)


def meant(statement: Statement, point: Point) -> list[Expr | Matrix]:
    """What the sides of a statement are at a point; names that it defines are given their values there."""
    values = [None if isinstance(side, str) else side(point) for side in statement.sides]
    given = next(value for value in values if value is not None)
    for side in statement.sides:
        if isinstance(side, str):
            point[side] = given
    return [given if value is None else value for value in values]


def at_point(value: Value, scope: Scope, point: Point, exercise: bool) -> Expr | Matrix | Eye:
    """A value of the reader's at a point; coordinates along directions become vectors."""
    if isinstance(value, Eye):
        return Eye(_number(value.factor, point))
    if isinstance(value, Expr):
        return _number(value, point)
    made = zeros(*value.shape)
    for place, entry in value.entries.items():
        made[place] = _number(entry, point)
    if exercise:
        basis = Matrix.vstack(*(point[name] for name in _direction_names(scope)))
        made = made * basis if made.cols == basis.rows else made
        made = basis.T * made if made.rows == basis.rows else made
    return made


def _direction_names(scope: Scope) -> list[str]:
    places = {place: (kind, number) for (kind, number), place in scope.directions.items()}
    named = (places.get(place, ("", place)) for place in range(scope.stream.d_model))
    return [f"v_{number}" if kind == "v" else f"u^{kind}_{number}" for kind, number in named]


def _number(value: Expr, point: Point) -> Expr:
    return value.xreplace({symbol: _drawn(symbol, point) for symbol in value.free_symbols}).doit()


def _drawn(symbol: Symbol, point: Point) -> Expr:
    entry = re.fullmatch(r"(.+)\[([0-9]+),([0-9]+)\]", symbol.name)
    return point[entry[1]][int(entry[2]), int(entry[3])] if entry else point[_spelled(symbol.name)]


def agree(found: Expr | Matrix | Eye, wanted: Expr | Matrix) -> bool:
    """Whether two values are one: shape, and every entry. A number is a 1 by 1 matrix, 0 a matrix of zeros."""
    if isinstance(wanted, MatrixBase) and wanted.shape == (1, 1):
        wanted = wanted[0, 0]
    if isinstance(found, MatrixBase) and found.shape == (1, 1):
        found = found[0, 0]
    if isinstance(wanted, MatrixBase) and not isinstance(found, MatrixBase):
        if isinstance(found, Eye):
            found = found.factor * eye(wanted.rows)
        elif found == 0:
            found = zeros(*wanted.shape)
    if isinstance(wanted, MatrixBase) != isinstance(found, MatrixBase):
        return False
    if isinstance(wanted, MatrixBase):
        return found.shape == wanted.shape and all(_same(*pair) for pair in zip(found, wanted, strict=True))
    return _same(found, wanted)


def _same(found: Expr, wanted: Expr) -> bool:
    difference = N(found - wanted, 30, maxn=200)
    return bool(abs(difference) < Rational(1, 10**20) * (1 + abs(N(wanted, 30))))


def means_the_same(snippet: Snippet, kept: Kept, number: int, statement: Statement | None = None) -> bool:
    """Whether a chain that was read is the statement with this number, or another one in its place."""
    (values, relations), scope = kept, read(snippet).scope
    statements = (*snippet.means[:number], statement or snippet.means[number])
    sides = statements[-1].sides
    if len(values) != len(sides) or tuple(one.replace(":=", "=") for one in relations) != statements[-1].relations:
        return False
    for side, value in zip(sides, values, strict=True):
        if isinstance(side, str) and not _is_called(value, side, scope):
            return False
    for seed in range(POINTS):
        point = Point(snippet, seed)
        wanted = [meant(one, point) for one in statements][-1]
        found = [at_point(value, scope, point, bool(snippet.exercise)) for value in values]
        if not all(agree(*pair) for pair in zip(found, wanted, strict=True)):
            return False
    return True


def _is_called(value: Value, name: str, scope: Scope) -> bool:
    """Whether the reader knows a value by this name: it was defined, or is a symbol that needs no definition."""
    primed = re.sub(r"^([^_]+)(_[^']+)('+)$", r"\1\3\2", name)
    defined = canonical(primed) in map(_spelled, scope.defined)
    return defined or (isinstance(value, Symbol) and _spelled(value.name) == name)


def _spelled(name: str) -> str:
    """A symbol's name as the corpus spells it; the reader takes both forms of epsilon for one."""
    return "varepsilon" if name == "epsilon" else name


def outcome(snippet: Snippet) -> str:
    """``read``, ``refused``, or ``misread``: something was understood that was not said, or silently left out."""
    found = read(snippet)
    left = list(range(len(snippet.means)))
    for kept in found.chains:
        number = next((number for number in left if means_the_same(snippet, kept, number)), None)
        if number is None:
            return "misread"
        left.remove(number)
    if found.refused:
        return "refused"
    return "misread" if left else "read"


def refused_rightly(snippet: Snippet) -> bool:
    first, last = snippet.refused_at
    return any(first <= place <= last for place, _ in read(snippet).refused)


def told(snippet: Snippet) -> str:
    """What became of a snippet, for a person."""
    found = read(snippet)
    chains = [
        " ".join(
            part for value, relation in zip(values, (*relations, ""), strict=True) for part in (shown(value), relation)
        )
        for values, relations in found.chains
    ]
    refusals = [f"{line}:{column} {message}" for (line, column), message in found.refused]
    return "\n".join(
        [snippet.name, snippet.text, *(f"  read: {one}" for one in chains), *(f"  refused: {one}" for one in refusals)]
    )


def report(snippets: tuple[Snippet, ...]) -> str:
    """The figures of a corpus, and every failure with its text: what this file prints when it is run."""
    readable = [snippet for snippet in snippets if not snippet.refused]
    refused = [snippet for snippet in snippets if snippet.refused]
    found: dict[str, list[Snippet]] = {word: [] for word in ("read", "REFUSED", "MISREAD")}
    for snippet in readable:
        word = outcome(snippet)
        found[word if word == "read" else word.upper()].append(snippet)
    silent = [snippet for snippet in refused if not read(snippet).refused]
    elsewhere = [snippet for snippet in refused if snippet not in silent and not refused_rightly(snippet)]
    figures = (
        f"{len(readable)} readable: {len(found['read'])} read, {len(found['REFUSED'])} refused, "
        f"{len(found['MISREAD'])} misread; {len(refused)} to be refused: "
        f"{len(refused) - len(silent) - len(elsewhere)} at their place, {len(elsewhere)} elsewhere, {len(silent)} not"
    )
    listed = {"MISREAD": found["MISREAD"] + silent, "REFUSED": found["REFUSED"], "REFUSED ELSEWHERE": elsewhere}
    return "\n\n".join([figures, *(f"{word}: {told(snippet)}" for word, some in listed.items() for snippet in some)])


@pytest.mark.parametrize("snippet", READABLE, ids=lambda snippet: snippet.name)
def test_nothing_is_misread(snippet):
    assert outcome(snippet) != "misread", told(snippet)


@pytest.mark.parametrize("snippet", REFUSED, ids=lambda snippet: snippet.name)
def test_what_is_not_certain_is_refused_at_its_place(snippet):
    assert refused_rightly(snippet), told(snippet)


@pytest.mark.parametrize("snippet", [one for one in FIRST if not one.refused], ids=lambda snippet: snippet.name)
def test_the_judge_notices_one_altered_entry(snippet):
    for kept in read(snippet).chains:
        for number, statement in enumerate(snippet.means):
            last = statement.sides[-1]
            sides = (*statement.sides[:-1], lambda s, last=last: _one_more(last(s)))
            assert not means_the_same(snippet, kept, number, Statement(sides, statement.relations))


def _one_more(value: Expr | Matrix) -> Expr | Matrix:
    if not isinstance(value, MatrixBase):
        return value + 1
    return value + ones_at(*value.shape, (0, value.cols - 1))


@pytest.mark.parametrize("corpus", CORPORA)
def test_nearly_all_is_read(corpus):
    readable = [snippet for snippet in CORPORA[corpus] if not snippet.refused]
    unread = [snippet for snippet in readable if outcome(snippet) != "read"]
    assert len(unread) <= 0.05 * len(readable), "\n\n".join(map(told, unread))


if __name__ == "__main__":
    for corpus, snippets in CORPORA.items():
        sys.stdout.write(f"{corpus}: {report(snippets)}\n\n")
