"""Steps and derivations: frozen values, and the verdict over them."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, fields, replace

import pytest
from sympy import Integer

from symcircuits import Work
from symcircuits.algebra import ExactMatrix, Proved, Refuted, Undecided, Witness
from symcircuits.symbols import beta, n
from symcircuits.typeset.formulas import Name
from symcircuits.worked import Ask, Claim, Definition, Derivation, Heading, Prose, Side, Statement, answer, derive

PROVED = Proved("normal form")
REFUTED = Refuted(Witness({n: Integer(1)}, Integer(1), Integer(2), "1", "2"))
UNDECIDED = Undecided("nothing applies")


def statement(verdict=PROVED):
    return Statement("equality", Side(n), "=", Side(n + 1), verdict)


def claim(verdict=PROVED):
    return Claim("AttendsTo(0)", "This head attends to the present token.", verdict)


def derivation(*verdicts, **more):
    return Derivation("a/b", "Title", {}, "", tuple(statement(verdict) for verdict in verdicts), {}, **more)


@pytest.mark.parametrize(
    "value",
    [
        Heading("h"),
        Prose("p"),
        Side(n),
        Definition(Name("R"), n),
        statement(),
        claim(),
        Ask(("W_Q",), "AttendsTo(0)"),
        derivation(),
        PROVED,
        REFUTED,
        UNDECIDED,
    ],
    ids=lambda value: type(value).__name__,
)
def test_everything_is_frozen(value):
    for field in fields(value):
        with pytest.raises(FrozenInstanceError, match=f"cannot assign to field '{field.name}'"):
            setattr(value, field.name, None)


@pytest.mark.parametrize("name", ["parameters", "definitions", "suggested"])
def test_the_tables_of_a_derivation_cannot_be_changed(name):
    work = Work("a/b", "Title", {"size": 2})
    work.define("W", ExactMatrix.identity(2))
    work.suggest({beta: 1})
    with pytest.raises(TypeError, match="does not support item assignment"):
        getattr(work.finish(), name)[next(iter(getattr(work.finish(), name)))] = None


def test_kinds_of_steps():
    assert [step.kind for step in (Heading("h"), Prose("p"), Definition(Name("R"), n), claim())] == [
        "heading",
        "prose",
        "definition",
        "claim",
    ]


@pytest.mark.parametrize(("verdict", "word"), [(PROVED, "proved"), (REFUTED, "refuted"), (UNDECIDED, "undecided")])
def test_the_word_for_a_verdict(verdict, word):
    assert answer(verdict) == word
    assert derivation(verdict).verdict == word
    assert replace(derivation(), steps=(claim(verdict),)).verdict == word


@pytest.mark.parametrize(
    ("verdicts", "word"),
    [
        ((), "proved"),
        ((PROVED, PROVED), "proved"),
        ((PROVED, UNDECIDED), "undecided"),
        ((UNDECIDED, REFUTED, PROVED), "refuted"),
        ((REFUTED, UNDECIDED), "refuted"),
    ],
)
def test_the_worst_statement_decides(verdicts, word):
    assert derivation(*verdicts).verdict == word


def test_a_failed_run_refutes_what_is_proved():
    proved = derive("framework/1a", d_model=8, d_head=2)
    (experiment,) = proved.experiments
    passed = experiment.run()
    assert replace(proved, outcomes=(passed,)).verdict == "proved"
    assert replace(proved, outcomes=(passed, replace(passed, passed=False))).verdict == "refuted"
    undecided = replace(proved, steps=(statement(UNDECIDED),))
    assert replace(undecided, outcomes=(passed,)).verdict == "undecided"


def test_statements_are_those_with_a_verdict():
    one, two = statement(), claim()
    steps = (Heading("h"), one, Prose("p"), two, Definition(Name("R"), n))
    assert replace(derivation(), steps=steps).statements == (one, two)


def test_where_a_derivation_came_from_does_not_tell_two_apart():
    assert derivation(PROVED) == derivation(PROVED, source="/somewhere.py")
    assert derivation(PROVED) != derivation(UNDECIDED)


def test_a_derivation_shows_itself_in_a_notebook():
    shown = derive("framework/1a", d_model=8, d_head=2)
    html = shown._repr_html_()
    assert shown.title in html
    assert "proved" in html
    assert shown.id in shown._repr_latex_()
    refuted = replace(shown, steps=(*shown.steps, statement(REFUTED)))
    assert "refuted" in refuted._repr_html_()
