"""What may have gone wrong: declared changes of the writer's own work that would make it right.

A diagnosis is a remark on work that is wrong already, never the cause of a verdict.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace

from symcircuits.algebra import Proved, Undecided, Verdict, Witness
from symcircuits.behaviours import AttendsTo, AvoidsSelf, Behaviour, Copies, FollowsWhenSharp
from symcircuits.behaviours.deciding import CONTEXT
from symcircuits.circuit import Head, Transformer
from symcircuits.circuit.numbered import with_weights
from symcircuits.grading.differences import wrong_places
from symcircuits.grading.matrices.answers import Answer, Misfit
from symcircuits.grading.matrices.changes import changes, weighted_places
from symcircuits.grading.matrices.counterexamples import loses
from symcircuits.grading.matrices.other_rules import as_said, louder, other_rules, resting, scaled
from symcircuits.grading.matrices.rereading import asking, rereading
from symcircuits.rules import RuleBook

Decide = Callable[[Behaviour, Head | Transformer], Verdict]


def diagnose(
    behaviour: Behaviour,
    circuit: Head | Transformer,
    decide: Decide,
    asked: Collection[str] = (),
    witness: Witness | None = None,
) -> tuple[str, str]:
    """A code and a remark for the first change after which the circuit has the behaviour; empty where none helps.

    In a transformer one head is changed at a time, and of that only what was ``asked`` for: ``W_V^2``. What does not
    help where the ``witness`` is, is not looked at further.
    """
    if isinstance(behaviour, FollowsWhenSharp) and witness is not None and CONTEXT in witness.bindings:
        decide = _glancing(decide, str(witness.bindings[CONTEXT]).split())
    if isinstance(circuit, Transformer):
        if isinstance(behaviour, FollowsWhenSharp) and (found := _another_rule(behaviour, circuit, decide))[0]:
            return found
        return _first_that_helps(behaviour, _changes_of(behaviour, circuit, asked), decide)
    if isinstance(behaviour, AttendsTo):
        for offset in (0, -1, -2):
            if offset != behaviour.offset and _has(AttendsTo(offset), circuit, decide):
                code = "attends-to-self" if offset == 0 else "off-by-one"
                return code, f"it {AttendsTo(offset).text()}"
    if isinstance(behaviour, AvoidsSelf):
        found = _first_that_helps(behaviour, weighted_places(circuit, behaviour.weight), decide)
        if found[0]:
            return found
    found = _first_that_helps(behaviour, changes(circuit, alone=not isinstance(behaviour, AvoidsSelf)), decide)
    if not found[0] and isinstance(behaviour, Copies):
        one = len(wrong_places(circuit.W_OV.expand(), behaviour.map(circuit))) == 1
        return ("one-entry", "no other entry is wrong") if one else found
    return found


def _glancing(decide: Decide, tokens: Sequence[str]) -> Decide:
    """The same decision, with a glance at one sequence before."""

    def decided(behaviour: Behaviour, circuit: Head | Transformer) -> Verdict:
        if isinstance(behaviour, FollowsWhenSharp) and isinstance(circuit, Transformer):
            if behaviour.is_off_after(circuit, tokens):
                return Undecided(f"a flag is off after {' '.join(tokens)}")
        return decide(behaviour, circuit)

    return decided


def _another_rule(behaviour: FollowsWhenSharp, circuit: Transformer, decide: Decide) -> tuple[str, str]:
    """Which other rule of the usual ones a model follows: one that looks elsewhere, or says something else."""
    claim = behaviour.rules
    if not isinstance(claim.rules, RuleBook):
        return "", ""
    for book in (*as_said(claim.rules, claim.begin, circuit), *other_rules(claim.rules)):
        if isinstance(decide(replace(behaviour, rules=replace(claim, rules=book)), circuit), Proved):
            counted = ", where the current token counts" if book.inclusive else ""
            return "another-rule", f"it follows {str(book).replace('->', '→')}{counted}"
    return "", ""


def transposed(answer: Answer, decide: Decide) -> str:
    """The matrix of an answer of wrong shapes that makes it right when it is transposed; empty where none does."""
    behaviour = answer.ask.behaviour
    for name, matrix in answer.matrices.items():
        turned = replace(answer, matrices={**answer.matrices, name: matrix.T.labelled(None, None)})
        circuit = turned.circuit()
        if behaviour is not None and not isinstance(circuit, Misfit):
            if isinstance(decide(behaviour, circuit), Proved):
                return name
    return ""


def _first_that_helps(
    behaviour: Behaviour, tried: Iterator[tuple[str, str, Head | Transformer]], decide: Decide
) -> tuple[str, str]:
    for code, remark, changed in tried:
        if _has(behaviour, changed, decide):
            return code, remark
    return "", ""


def _has(behaviour: Behaviour, circuit: Head | Transformer, decide: Decide) -> bool:
    return not loses(behaviour, circuit) and isinstance(decide(behaviour, circuit), Proved)


def _changes_of(
    behaviour: Behaviour, model: Transformer, asked: Collection[str]
) -> Iterator[tuple[str, str, Transformer]]:
    rules = behaviour.rules if isinstance(behaviour, FollowsWhenSharp) else None
    if rules is not None:
        yield from scaled(model)
        yield from rereading(model, asked)
    yield from _changes_of_heads(model, asked)
    if rules is not None:
        yield from louder(model, asked)
        yield from resting(model, rules.begin)
        yield from asking(model, asked)


def _changes_of_heads(model: Transformer, asked: Collection[str]) -> Iterator[tuple[str, str, Transformer]]:
    for number, head in enumerate(model.heads, 1):
        own = head.weights()
        if not any(f"{name}^{number}" in asked for name in own):
            continue
        for code, remark, changed in changes(head, alone=False):
            named = {f"{name}^{number}": new for name, new in changed.weights().items() if new != own[name]}
            if named.keys() <= set(asked):
                where = f"in head {number}: " if len(model.heads) > 1 else ""
                yield code, f"{where}{remark}", with_weights(model, named)
