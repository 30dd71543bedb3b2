"""Heads for rules handed in by hand: right in many ways, or wrong with a shortest sequence that shows it."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import numpy as np
import pytest
from sympy import Integer

from symcircuits.algebra import ExactMatrix
from symcircuits.circuit.bind import bind_transformer
from symcircuits.circuit.numbered import with_weights
from symcircuits.cli import main
from symcircuits.engine import logits
from symcircuits.grading.grade import grade_text
from symcircuits.grading.meaning.evaluate import evaluate
from symcircuits.grading.meaning.scope import Scope
from symcircuits.grading.reading.parser import parse
from symcircuits.grading.reading.tokens import tokenize
from symcircuits.grading.reports.report import Report, Requirement
from symcircuits.grading.submitted.against import known
from symcircuits.symbols import beta
from symcircuits.worked import Ask

pytestmark = pytest.mark.once

HAND_IN = Path(__file__).parent / "hand_in"
IS = {name: rf"\text{{is}}_{{{name}}}" for name in ("A", "B", "C", "D", "BOS")}
A, B, BOS, SAY_B, SAY_C = IS["A"], IS["B"], IS["BOS"], r"\text{say}_B", r"\text{say}_C"
ALL = f"({' + '.join(IS.values())})"


def stack(*rows: str) -> str:
    return f"{rows[0]}^T" if len(rows) == 1 else r"\begin{pmatrix}" + r" \\ ".join(rows) + r"\end{pmatrix}"


def head(W_Q: str, W_K: str, W_V: str = f"{A}^T", W_O: str = SAY_B) -> str:
    return "\n\n".join(f"$$W_{role} = {text}$$" for role, text in zip("QKVO", (W_Q, W_K, W_V, W_O), strict=True))


def hand_in(id: str, answer: str, convention: str = "columns") -> Report:
    return grade_text(f"---\nexercise: self_attention/{id}\nconvention: {convention}\n---\n{answer}\n")


def judged(id: str, answer: str) -> Requirement:
    (requirement,) = hand_in(id, answer).specification
    return requirement


PLACES = [f"p_{{{place}}}" for place in range(7)]
TOKENS = stack(*IS.values())
NO_BOS = stack(*(IS[name] for name in "ABCD"))
HERE, BACK, BEFORE = stack(*PLACES), stack("(p_{0} + p_{1})", *PLACES[2:]), stack(*PLACES[:6])
LATE = f"({' + '.join(f'{i} {place}' for i, place in enumerate(PLACES) if i)})"
STRICT = (stack(rf"\beta {ALL}", rf"\log(2) ({ALL} - {A})"), stack(f"{A} + {BOS}", A), f"({A} - {BOS})^T", f"3 {SAY_B}")


def gated(gate: str, back: tuple[str, ...] = ("(p_{0} + p_{1})", *PLACES[2:]), said: str = SAY_C, **others: str) -> str:
    """The head that looks one place back, with a row of queries that BOS answers."""
    return head(stack(*back, gate), stack(*PLACES[: len(back)], BOS), W_O=said, **others)


CLOSED = f"({ALL} - {B})"

RIGHT = {
    "bigram, a gate of 2": ("bigram", gated(f"2 {CLOSED}")),
    "bigram, by counting": ("bigram", gated(rf"(\tfrac{{3}}{{2}} {ALL} - {B})")),
    "bigram, at a sixth of the scale": (
        "bigram",
        gated(f"2 {CLOSED}").replace("W_K =", r"W_K = \tfrac{1}{2}").replace("W_Q =", r"W_Q = \tfrac{1}{3}"),
    ),
    "current, by likeness": ("current", head(TOKENS, TOKENS)),
    "current, BOS looks for nothing": ("current", head(NO_BOS, NO_BOS)),
    "current, every token at a scale of its own": (
        "current",
        head(stack(*(f"{i} {name}" for i, name in enumerate(IS.values(), 1))), TOKENS),
    ),
    "current, A looks for itself and every other token rests on BOS": (
        "current",
        head(stack(A, rf"\tfrac{{1}}{{2}} {ALL}"), stack(A, BOS)),
    ),
    "current, both signs turned and half of the value": (
        "current",
        head(f"-{TOKENS}", f"-{TOKENS}", rf"\tfrac{{1}}{{2}} {A}^T", f"2 {SAY_B}"),
    ),
    "previous, by one-hot places": ("previous", head(BACK, BEFORE)),
    "previous, at three times the scale": ("previous", head(f"3 {BACK}", BEFORE)),
    "previous, the latest but for itself": (
        "previous",
        head(stack(f"({' + '.join(PLACES)})", *PLACES), stack(LATE, *(f"-2 {place}" for place in PLACES))),
    ),
    "seen, as in the sheet": ("seen", head(*STRICT)),
    "seen, copies and BOS weigh more": (
        "seen",
        head(rf"\begin{{pmatrix}} 2 \beta {ALL} \\ \log(2) ({ALL} - {A}) \end{{pmatrix}}", *STRICT[1:]),
    ),
    "seen, twice as much is written": ("seen", head(*STRICT[:3], f"6 {SAY_B}")),
}


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_answer_is_right_in_any_form(name):
    id, answer = RIGHT[name]
    report = hand_in(id, answer)
    assert report.verdict == "right", [found.message for found in (*report.specification, *report.lines)]


WRONG = {
    "bigram, without a gate": ("bigram", head(BACK, BEFORE, W_O=SAY_C), "another-rule", "A A"),
    "bigram, the other way round": (
        "bigram",
        gated(f"2 ({ALL} - {A})", W_V=f"{B}^T"),
        "another-rule",
        "A B",
    ),
    "bigram, the second token alone": ("bigram", head(TOKENS, TOKENS, f"{B}^T", SAY_C), "another-rule", "B"),
    "bigram, two places back": (
        "bigram",
        gated(f"4 {CLOSED}", ("(p_{0} + p_{1} + p_{2})", *PLACES[3:])),
        "another-rule",
        "A B",
    ),
    "bigram, a gate that ties": ("bigram", gated(CLOSED), "factor-two", "A A"),
    "bigram, a sign": ("bigram", gated(f"-2 {CLOSED}"), "sign", "A"),
    "bigram, a token is forgotten": ("bigram", gated(f"2 ({A} + {IS['C']} + {BOS})"), "", "A D"),
    "bigram, never open": ("bigram", gated(f"2 {ALL}"), "", "A B"),
    "bigram, exchanged": (
        "bigram",
        head(stack(*PLACES[:6], BOS), stack("(p_{0} + p_{1})", *PLACES[2:], f"2 {CLOSED}"), W_O=SAY_C),
        "q-k-exchanged",
        "A",
    ),
    "current, a sign": ("current", head(TOKENS, stack(A, IS["B"], f"-{IS['C']}", IS["D"], BOS)), "sign", "A C"),
    "current, an entry": ("current", head(TOKENS, TOKENS, f"({A} + {IS['C']})^T"), "one-entry", "C"),
    "current, B where A is asked for": (
        "current",
        head(TOKENS, TOKENS, f"{IS['B']}^T", r"\text{say}_A"),
        "another-rule",
        "A",
    ),
    "current, as in the seed": ("current", head(f"{A}^T", f"{A}^T"), "no-sink", "A B"),
    "current, half of it": ("current", head(TOKENS, TOKENS, W_O=rf"\tfrac{{1}}{{2}} {SAY_B}"), "factor-two", "A"),
    "current, the keys transposed": ("current", head(TOKENS, f"({TOKENS})^T"), "transposed", ""),
    "previous, itself": ("previous", head(HERE, HERE), "another-rule", "A"),
    "previous, exchanged": ("previous", head(BEFORE, BACK), "q-k-exchanged", "A"),
    "previous, a place is missing": (
        "previous",
        head(BACK, stack("p_{0}", "0 p_{1}", *PLACES[2:6])),
        "",
        "A A",
    ),
    "seen, counts itself": ("seen", head(rf"\beta {ALL}^T", f"{A}^T"), "another-rule", "A"),
    "seen, a copy weighs as BOS": ("seen", head(rf"\beta {ALL}^T", f"({A} + {BOS})^T", *STRICT[2:]), "", "A B"),
    "seen, without beta": ("seen", head(stack(ALL, rf"\log(2) ({ALL} - {A})"), *STRICT[1:]), "no-scale", "A B"),
    "seen, a sign": ("seen", head(*STRICT[:2], f"({A} + {BOS})^T", STRICT[3]), "", ""),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_answer_is_refuted_by_a_shortest_sequence(name):
    id, answer, note, context = WRONG[name]
    found = judged(id, answer)
    assert (found.verdict, found.note) == ("wrong", note), found.message
    if note == "transposed":
        assert "with W_K transposed it is right" in found.message
        return
    assert found.message.startswith(f"after {' '.join(['BOS', *context.split()])} the flag of ")


def test_what_is_not_decided_is_not_called_wrong():
    found = judged("current", f"$$c := 3 c_1$$\n\n{head(f'c {TOKENS}', TOKENS)}")
    assert found.verdict == "undecided", found.message
    assert "c_1" in found.message


def test_rows_are_read_as_rows():
    columns = head(*STRICT)
    assert hand_in("seen", columns, "rows").verdict == "wrong"


SAID = {
    "bigram": lambda letters: letters[-2:] == "AB",
    "current": lambda letters: letters[-1] == "A",
    "previous": lambda letters: letters[-2:-1] == "A",
    "seen": lambda letters: "A" in letters[:-1],
}


@pytest.mark.parametrize("name", [*RIGHT, *(name for name, (*_, note, _) in WRONG.items() if note != "transposed")])
def test_the_engine_agrees_at_a_large_scale(name):
    """The given model with the matrices that were read, run on every sequence, against the rule as one expression."""
    id, answer = (RIGHT.get(name) or WRONG[name])[:2]
    derivation = known(f"self_attention/{id}")
    (ask,) = derivation.asks
    read = matrices_of(answer, ask)
    arrays = bind_transformer(with_weights(ask.given, read), 6, {beta: Integer(60)})
    failing = [
        "".join(letters)
        for length in range(1, 6)
        for letters in product("ABCD", repeat=length)
        if not follows(id, logits(np.array([4, *map("ABCD".index, letters)]), arrays)[-1], "".join(letters))
    ]
    nothing = follows(id, logits(np.array([4]), arrays)[-1], "")
    context = "" if name in RIGHT else WRONG[name][3].replace(" ", "")
    assert (name in RIGHT) == (nothing and not failing)
    if name in WRONG:
        assert failing[0] == context if context else not nothing


def matrices_of(answer: str, ask: Ask) -> dict[str, ExactMatrix]:
    scope, axes = Scope(ask.stream), {"W_O": (ask.stream, None)}
    for line in answer.replace("$", "").split("\n\n"):
        name, _, text = line.partition(" = ")
        value = evaluate(parse(tokenize(text, 0, {}), len(text)), scope)
        scope.defined[name] = value.labelled(*axes.get(name, (None, ask.stream)))
    return scope.defined


def follows(id: str, flags: np.ndarray, letters: str) -> bool:
    said = 2 if id == "bigram" else 1
    up = flags[said] >= 0.9 if SAID[id](letters) else flags[said] <= 0.1
    return bool(up and np.max(np.delete(flags, said)) <= 0.1)


def test_the_command_judges_files_in_several_forms(capsys):
    assert main(["check", str(HAND_IN / "current.md")]) == 0
    assert main(["check", str(HAND_IN / "current_bos.md")]) == 0
    capsys.readouterr()
    assert main(["check", str(HAND_IN / "current_sign.md")]) == 1
    out = " ".join(capsys.readouterr().out.split())
    assert "after BOS A C the flag of B goes to 0.50 as β grows, expected at most 0.10" in out
    assert "with the other sign in row 3 of W_K it is right" in out
