"""What an exercise asks for, proved on the matrices of a submission: the behaviour, not equality to our answer."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sympy import Expr, Symbol

from symcircuits import symbols
from symcircuits.algebra import ExactMatrix, Proved, Refuted, Undecided, Verdict, prove
from symcircuits.behaviours import AttendsTo, Behaviour
from symcircuits.circuit import Head, Residual
from symcircuits.errors import InputError
from symcircuits.grading.counterexamples import find_counterexample
from symcircuits.grading.diagnoses import diagnose
from symcircuits.grading.evaluate import evaluate
from symcircuits.grading.heads import head_of
from symcircuits.grading.parser import INDICES, parse
from symcircuits.grading.refusals import CannotRead
from symcircuits.grading.report import Data, Requirement
from symcircuits.grading.scope import Eye, Scope, Value, canonical
from symcircuits.grading.showing import told, witness_data
from symcircuits.grading.tokens import tokenize
from symcircuits.typeset import prose
from symcircuits.typeset.readable import readable
from symcircuits.worked import Ask

ROLES = ("W_Q", "W_K", "W_V", "W_O")
_PRODUCTS = {"W_net": ("W_V", "W_O"), "W_OV": ("W_V", "W_O"), "W_QK": ("W_Q", "W_K")}
_PLACES = frozenset(symbols.integer(name) for name in INDICES)


@dataclass(frozen=True)
class Answer:
    """The matrices that answer an ask, by role, as they were written (in ``convention``)."""

    ask: Ask
    matrices: Mapping[str, ExactMatrix]
    convention: str

    def head(self, convention: str | None = None) -> Head | str:
        """The head that they make, in columns; or what is wrong with their shapes."""
        rows = (convention or self.convention) == "rows"
        weights = {role: matrix.T if rows else matrix for role, matrix in self.matrices.items()}
        stream = self.ask.stream
        if stream is None:
            return "the exercise names no residual stream"
        complaint = _misfit(weights, stream.d_model, self.ask.d_head, rows)
        return complaint or _made(weights, stream, self.ask.scale)


def judge(ask: Ask, scope: Scope, written: Sequence[ExactMatrix], convention: str, broken: bool) -> Requirement:
    """Whether a submission answers an ask; ``broken`` says that something in it could not be read."""
    if ask.behaviour is None:
        return _written_out(ask, scope, written, broken)
    text = _requirement(ask)
    names = tuple(canonical(name) for name in ask.names)
    missing = [name for name in names if not isinstance(scope.defined.get(name), ExactMatrix | Eye)]
    if missing:
        listed = " and ".join(missing)
        if broken:
            return Requirement(text, "unreadable", None, "", f"{listed} could not be read", names)
        return Requirement(text, "incomplete", None, "missing", f"{listed} is asked for and not given", names)
    matrices = {_role(name): _sized(scope.defined[name], ask) for name in names}
    if set(matrices) - {*ROLES, *_PRODUCTS} or len(matrices) < len(names):
        return Requirement(text, "undecided", None, "", "no head can be made of these names", names)
    return replace(_decided(Answer(ask, matrices, convention), text), names=names)


def _decided(answer: Answer, text: str) -> Requirement:
    head = answer.head()
    other = "rows" if answer.convention == "columns" else "columns"
    if isinstance(head, str):
        if answer.ask.stream is None:
            return Requirement(text, "undecided", None, "", head)
        note, message = (
            ("convention", f"{head}; in the convention {other} it is right")
            if _right(answer, other)
            else ("shape", head)
        )
        return Requirement(text, "wrong", None, note, message)
    behaviour = answer.ask.behaviour
    if behaviour is None:
        return Requirement(text, "undecided", None, "", "the exercise states no behaviour")
    verdict = decide(behaviour, head)
    if isinstance(verdict, Proved):
        return Requirement(text, "right", None, "", _conditions(verdict))
    if isinstance(verdict, Undecided):
        return Requirement(text, "undecided", None, "", verdict.tried)
    if _right(answer, other):
        return Requirement(
            text, "wrong", None, "convention", f"in the convention {other} it is right; say so at the head"
        )
    note, remark = diagnose(behaviour, head, decide)
    witness = _witness(behaviour, verdict)
    return Requirement(text, "wrong", witness, note, ". ".join(filter(None, (told(witness), remark))))


def decide(behaviour: Behaviour, head: Head) -> Verdict:
    """Whether a head of a submission has a behaviour, for every beta > 0, every ``lambda_0 > lambda_1 > ... > 0`` and
    generic angles. A weight may not depend on where a token is."""
    placed = sorted(symbol.name for symbol in head.free_symbols & _PLACES)
    if placed:
        return Undecided(f"a weight depends on {', '.join(placed)}; the weights of a head are the same for every token")
    try:
        verdict = behaviour.prove_on(head)
    except InputError as error:
        return Undecided(str(error))
    if isinstance(verdict, Refuted) and not _in_order(verdict.witness.bindings):
        verdict = Undecided("a counterexample was found for magnitudes that do not descend only")
    if isinstance(verdict, Undecided) and isinstance(behaviour, AttendsTo):
        found = find_counterexample(behaviour, head)
        return verdict if found is None else found
    return verdict


def _in_order(bindings: Mapping[Symbol, Expr]) -> bool:
    """Whether the magnitudes in a witness descend."""
    found = [(i, bindings[symbols.lambda_(i)]) for i in range(64) if symbols.lambda_(i) in bindings]
    return all((more - less).is_positive for (_, more), (_, less) in zip(found, found[1:], strict=False))


def _right(answer: Answer, convention: str) -> bool:
    head = answer.head(convention)
    behaviour = answer.ask.behaviour
    return isinstance(head, Head) and behaviour is not None and isinstance(decide(behaviour, head), Proved)


def _requirement(ask: Ask) -> str:
    spans = prose.read(ask.text)
    return "".join(
        readable(span.latex) if isinstance(span, prose.Maths) else str(getattr(span, "text", "")) for span in spans
    )


def _role(name: str) -> str:
    return name.partition("^")[0].removeprefix("tilde ")


def _sized(value: Value, ask: Ask) -> ExactMatrix:
    if isinstance(value, ExactMatrix):
        return value
    size = ask.stream.d_model if ask.stream else 1
    factor = value.factor if isinstance(value, Eye) else value
    return ExactMatrix.identity(size) * factor


def _misfit(weights: Mapping[str, ExactMatrix], d_model: int, d_head: int | None, rows: bool) -> str:
    """What is wrong with the shapes, as the writer sees them; empty where they fit."""
    inner = {matrix.shape[1 if role == "W_O" else 0] for role, matrix in weights.items() if role in ROLES}
    size = d_head or min(inner, default=0)
    for role, matrix in weights.items():
        expected = (d_model, d_model) if role in _PRODUCTS else (d_model, size) if role == "W_O" else (size, d_model)
        if matrix.shape != expected:
            shown, asked = (matrix.shape[::-1], expected[::-1]) if rows else (matrix.shape, expected)
            return f"{role} is {shown[0]} by {shown[1]}, expected {asked[0]} by {asked[1]}"
    return ""


def _made(weights: Mapping[str, ExactMatrix], stream: Residual, scale: Expr) -> Head | str:
    parts: dict[str, ExactMatrix] = {}
    for role, matrix in weights.items():
        if role in _PRODUCTS:
            reading, writing = _PRODUCTS[role]
            parts |= {reading: ExactMatrix.identity(stream.d_model), writing: matrix}
        else:
            parts[role] = matrix
    axes = {role: (stream, None) if role == "W_O" else (None, stream) for role in parts}
    try:
        labelled = {role: matrix.labelled(*axes[role]) for role, matrix in parts.items()}
        return head_of(labelled, scale)
    except InputError as error:
        return str(error)


def _conditions(verdict: Proved) -> str:
    angles = [readable(f"{angle}") for angle in verdict.equality_at or ()]
    told_angles = f"tied only where {', '.join(angles)} are multiples of 2π" if angles else ""
    return "; ".join(filter(None, (told_angles, *(f"assuming {line}" for line in verdict.assuming))))


def _witness(behaviour: Behaviour, verdict: Refuted) -> Data:
    data = dict(witness_data(verdict.witness))
    bindings = data.get("bindings")
    if isinstance(behaviour, AttendsTo) and isinstance(bindings, dict) and {"n", "m"} <= bindings.keys():
        data |= {"n": bindings["n"], "attended": bindings["m"]}
    return data


def _written_out(ask: Ask, scope: Scope, written: Sequence[ExactMatrix], broken: bool) -> Requirement:
    """Whether the writer has written out a matrix that is proved to be this product of the writer's own."""
    (product,) = ask.names
    text = f"{product} is written out"
    latex = re.sub(r"_(\w{2,})", r"_{\1}", product).replace("Id", r"\mathrm{Id}")
    try:
        value = evaluate(parse(tokenize(latex, 0, {}), len(latex)), scope)
    except CannotRead as refused:
        if broken:
            return Requirement(text, "unreadable", None, "", str(refused), (product,))
        return Requirement(text, "incomplete", None, "missing", str(refused), (product,))
    if isinstance(value, ExactMatrix):
        for matrix in written:
            if matrix.shape == value.shape and isinstance(prove(value, matrix), Proved):
                return Requirement(text, "right", names=(product,))
    if broken:
        return Requirement(text, "unreadable", None, "", "some of the matrices could not be read", (product,))
    return Requirement(text, "incomplete", None, "missing", "no matrix written out is this product", (product,))
