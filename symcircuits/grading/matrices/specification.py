"""What an exercise asks for, proved on the matrices of a submission: the behaviour, not equality to our answer."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from sympy import Expr, Integer, Symbol

from symcircuits import symbols
from symcircuits.algebra import ExactMatrix, Proved, Refuted, Undecided, Verdict, Witness, prove
from symcircuits.behaviours import AttendsTo, AvoidsSelf, Behaviour, Induces
from symcircuits.circuit import Head, Residual
from symcircuits.circuit.numbered import weight
from symcircuits.errors import InputError
from symcircuits.grading.matrices.answers import Answer, Circuit, Misfit
from symcircuits.grading.matrices.counterexamples import find_counterexample
from symcircuits.grading.matrices.diagnoses import diagnose, transposed
from symcircuits.grading.matrices.intervals import interval_told, weighing_places, with_its_weight
from symcircuits.grading.matrices.spellings import ROWS, handed_in, spellings
from symcircuits.grading.matrices.wording import in_words
from symcircuits.grading.meaning.evaluate import evaluate
from symcircuits.grading.meaning.scope import Eye, Scope, Value, canonical
from symcircuits.grading.reading.parser import parse
from symcircuits.grading.reading.refusals import CannotRead
from symcircuits.grading.reading.tokens import tokenize
from symcircuits.grading.reading.vocabulary import INDICES
from symcircuits.grading.reports.report import Data, Requirement
from symcircuits.grading.showing import plain_prose, witness_data
from symcircuits.typeset.text import text as plain
from symcircuits.worked import Ask

_PLACES = frozenset(symbols.integer(name) for name in INDICES)


def judge(ask: Ask, scope: Scope, written: Sequence[ExactMatrix], convention: str, broken: bool) -> Requirement:
    """Whether a submission answers an ask; ``broken`` says that something in it could not be read."""
    if ask.behaviour is None:
        return _written_out(ask, scope, written, broken, convention)
    text = plain_prose(ask.text)
    names = tuple(canonical(name) for name in ask.names)
    given = {name: value for name, value in scope.defined.items() if isinstance(value, ExactMatrix | Eye)}
    given |= _written_as_zero(names, scope, ask)
    found = {name: value for name in names if (value := handed_in(name, given)) is not None}
    missing = [name for name in names if name not in found]
    if missing:
        listed = ", ".join(missing)
        if broken:
            return Requirement(text, "unreadable", None, "", f"could not be read: {listed}", names)
        return Requirement(text, "incomplete", None, "missing", f"asked for and not given: {listed}", names)
    matrices = {name: _sized(value, ask) for name, (value, _) in found.items()}
    for_rows = frozenset(name for name, (_, spelt) in found.items() if spelt in ROWS)
    requirement = _decided(Answer(ask, matrices, convention, for_rows), text)
    at_fault = requirement.names or names
    return replace(requirement, names=tuple(dict.fromkeys(found[name][1] for name in at_fault)))


def _decided(answer: Answer, text: str) -> Requirement:
    behaviour, circuit = answer.ask.behaviour, answer.circuit()
    other = "rows" if answer.convention == "columns" else "columns"
    if isinstance(circuit, Misfit):
        note, message = circuit.note, circuit.message
        at_fault = tuple(name for name in answer.matrices if name.removeprefix("tilde ") in circuit.names)
        if note and _right(answer, other):
            note, message, at_fault = "convention", f"{message}; in the convention {other} it is right", ()
        elif note and (name := transposed(answer, shown)):
            note, message, at_fault = "transposed", f"{message}. with {name} transposed it is right", (name,)
        return Requirement(text, "wrong" if note else "undecided", None, note, message, at_fault)
    if behaviour is None:
        return Requirement(text, "undecided", None, "", "the exercise states no behaviour")
    parts, power = [], Integer(1)
    if isinstance(behaviour, AvoidsSelf) and isinstance(circuit, Head):
        behaviour = with_its_weight(behaviour, circuit)
        circuit, power = weighing_places(behaviour, circuit)
    verdict = decide(behaviour, circuit)
    if isinstance(verdict, Proved):
        if isinstance(behaviour, AvoidsSelf) and isinstance(circuit, Head):
            parts = [interval_told(behaviour, circuit, power)]
        return Requirement(text, "right", None, "", "; ".join(filter(None, (*parts, _conditions(verdict)))))
    if isinstance(verdict, Undecided):
        return Requirement(text, "undecided", None, "", verdict.tried)
    if _right(answer, other):
        return Requirement(
            text, "wrong", None, "convention", f"in the convention {other} it is right; say so at the head"
        )
    note, remark = _remark(answer, behaviour, circuit, verdict.witness)
    witness = _witness(behaviour, verdict)
    shows = in_words(behaviour, circuit, verdict.witness)
    if isinstance(behaviour, Induces):
        shows = f"with {verdict.method}, {shows}"
    return Requirement(text, "wrong", witness, note, ". ".join(filter(None, (shows, remark))))


def _remark(answer: Answer, behaviour: Behaviour, circuit: Circuit, witness: Witness) -> tuple[str, str]:
    """A code and a remark on what may be wrong. Of a model whose stream has no blocks only a transpose is tried."""
    if isinstance(circuit, Head) or isinstance(circuit.W_E.rows, Residual):
        return diagnose(behaviour, circuit, shown, answer.numbered(), witness)
    name = transposed(answer, shown)
    return ("transposed", f"with {name} transposed it is right") if name else ("", "")


def decide(behaviour: Behaviour, circuit: Circuit) -> Verdict:
    """Whether the circuit of a submission has a behaviour, for every beta > 0, every ``lambda_0 > lambda_1 > ... > 0``
    and generic angles. A weight may not depend on where a token is."""
    verdict = shown(behaviour, circuit)
    if circuit.free_symbols & _PLACES:
        return verdict
    if isinstance(verdict, Refuted) and not _in_order(verdict.witness.bindings):
        verdict = Undecided("a counterexample was found for magnitudes that do not descend only")
    told = isinstance(verdict, Refuted) and (verdict.witness.bindings or isinstance(circuit, Head))
    if isinstance(verdict, Proved) or told:
        return verdict
    found = find_counterexample(behaviour, circuit)  # tells more than that the two heads are no induction circuit
    return verdict if found is None else found


def shown(behaviour: Behaviour, circuit: Circuit) -> Verdict:
    """What the behaviour itself shows, without a search for a counterexample by numbers."""
    placed = sorted(symbol.name for symbol in circuit.free_symbols & _PLACES)
    if placed:
        return Undecided(f"a weight depends on {', '.join(placed)}; the weights of a head are the same for every token")
    try:
        return behaviour.prove_on(circuit)
    except InputError as error:
        return Undecided(str(error))


def _in_order(bindings: Mapping[Symbol, Expr]) -> bool:
    """Whether the magnitudes in a witness descend."""
    found = [(i, bindings[symbols.lambda_(i)]) for i in range(64) if symbols.lambda_(i) in bindings]
    return all((more - less).is_positive for (_, more), (_, less) in zip(found, found[1:], strict=False))


def _right(answer: Answer, convention: str) -> bool:
    circuit, behaviour = answer.circuit(convention), answer.ask.behaviour
    if isinstance(circuit, Misfit) or behaviour is None:
        return False
    return isinstance(shown(behaviour, circuit), Proved)


def _written_as_zero(names: tuple[str, ...], scope: Scope, ask: Ask) -> dict[str, ExactMatrix]:
    """Matrices of the model that is given, written as the number 0: ``b_O = 0``."""
    held = {name: weight(ask.given, name) for name in names} if ask.given is not None else {}
    return {
        spelt: ExactMatrix.zeros(*matrix.shape)
        for name, matrix in held.items()
        for spelt in spellings(name)
        if matrix is not None and scope.defined.get(spelt) == 0
    }


def _sized(value: Value, ask: Ask) -> ExactMatrix:
    if isinstance(value, ExactMatrix):
        return value
    size = ask.stream.d_model if ask.stream else 1
    factor = value.factor if isinstance(value, Eye) else value
    return ExactMatrix.identity(size) * factor


def _conditions(verdict: Proved) -> str:
    angles = [plain(angle) for angle in verdict.equality_at or ()]
    told_angles = f"tied only where {_multiples(angles)} of 2π" if angles else ""
    return "; ".join(filter(None, (told_angles, *(f"assuming {plain_prose(line)}" for line in verdict.assuming))))


def _multiples(angles: Sequence[str]) -> str:
    return f"{angles[0]} is a multiple" if len(angles) == 1 else f"{' and '.join(angles)} are multiples"


def _witness(behaviour: Behaviour, verdict: Refuted) -> Data:
    data = dict(witness_data(verdict.witness))
    bindings = data.get("bindings")
    if isinstance(behaviour, AttendsTo) and isinstance(bindings, dict) and {"n", "m"} <= bindings.keys():
        data |= {"n": bindings["n"], "attended": bindings["m"]}
    return data


def _written_out(ask: Ask, scope: Scope, written: Sequence[ExactMatrix], broken: bool, convention: str) -> Requirement:
    """Whether the writer has written out a matrix that is proved to be this product of the writer's own. For rows the
    factors may stand the other way round, as these are multiplied."""
    (product,) = ask.names
    text = f"{product} is written out"
    try:
        values = [
            _product(order, scope) for order in (product, *([_reversed(product)] if convention == "rows" else []))
        ]
    except CannotRead as refused:
        if broken:
            return Requirement(text, "unreadable", None, "", str(refused), (product,))
        return Requirement(text, "incomplete", None, "missing", str(refused), (product,))
    for value in values:
        for matrix in written:
            if isinstance(value, ExactMatrix) and matrix.shape == value.shape:
                if isinstance(prove(value, matrix), Proved):
                    return Requirement(text, "right", names=(product,))
    if broken:
        return Requirement(text, "unreadable", None, "", "some of the matrices could not be read", (product,))
    return Requirement(text, "incomplete", None, "missing", "no matrix written out is this product", (product,))


def _product(product: str, scope: Scope) -> Value:
    """The value of a product of the writer's matrices. Raises ``CannotRead``."""
    latex = re.sub(r"_(\w{2,})", r"_{\1}", product).replace("Id", r"\mathrm{Id}")
    return evaluate(parse(tokenize(latex, 0, {}), len(latex)), scope)


def _reversed(product: str) -> str:
    """A sum of products with the factors of each the other way round."""
    return " + ".join(" ".join(reversed(term.split())) for term in product.split(" + "))
