"""Heads for rules handed in by hand: right in many ways, or wrong with a shortest sequence that shows it."""

from __future__ import annotations

from functools import cache
from itertools import pairwise, product
from pathlib import Path

import numpy as np
import pytest
from sympy import Integer

from symcircuits import derive
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
from symcircuits.symbols import beta
from symcircuits.worked import Ask, Derivation

pytestmark = pytest.mark.once

HAND_IN = Path(__file__).parent / "hand_in"
IS = {name: rf"\text{{is}}_{{{name}}}" for name in ("A", "B", "C", "D", "BOS")}
A, B, BOS, SAY_B, SAY_C = IS["A"], IS["B"], IS["BOS"], r"\text{say}_B", r"\text{say}_C"
ALL = f"({' + '.join(IS.values())})"
HALF = rf"\tfrac{{1}}{{2}} {ALL}"


def stack(*rows: str) -> str:
    return f"{rows[0]}^T" if len(rows) == 1 else r"\begin{pmatrix}" + r" \\ ".join(rows) + r"\end{pmatrix}"


def head(W_Q: str, W_K: str, W_V: str = f"{A}^T", W_O: str = SAY_B, number: str = "") -> str:
    weights = zip("QKVO", (W_Q, W_K, W_V, W_O), strict=True)
    return "\n\n".join(f"$$W_{role}{number} = {text}$$" for role, text in weights)


def side(*columns: str) -> str:
    return r"\begin{pmatrix}" + " & ".join(columns) + r"\end{pmatrix}"


def says(letters: str) -> str:
    return side(*(rf"\text{{say}}_{letter}" for letter in letters))


@cache
def derivation_of(id: str) -> Derivation:
    """With a place less for induction: a quarter of the sequences."""
    return derive(f"self_attention/{id}", **({"n_ctx": 6} if id == "induction" else {}))


def hand_in(id: str, answer: str, convention: str = "columns") -> Report:
    text = f"---\nexercise: self_attention/{id}\nconvention: {convention}\n---\n{answer}\n"
    return grade_text(text, against=derivation_of(id))


def judged(id: str, answer: str) -> Requirement:
    (requirement,) = hand_in(id, answer).specification
    return requirement


PLACES = [f"p_{{{place}}}" for place in range(7)]
TOKENS = stack(*IS.values())
X = r"\text{is}_X"
THREE, RESTS = stack(A, B, X), (stack(A, f"({B} + {X} + {BOS})"), stack(A, BOS))
NO_BOS = stack(*(IS[name] for name in "ABCD"))
HERE, BACK, BEFORE = stack(*PLACES), stack("(p_{0} + p_{1})", *PLACES[2:]), stack(*PLACES[:6])
LATE = f"({' + '.join(f'{i} {place}' for i, place in enumerate(PLACES) if i)})"
STRICT = (stack(rf"\beta {ALL}", rf"\log(2) ({ALL} - {A})"), stack(f"{A} + {BOS}", A), f"({A} - {BOS})^T", f"3 {SAY_B}")


def gated(gate: str, back: tuple[str, ...] = ("(p_{0} + p_{1})", *PLACES[2:]), said: str = SAY_C, **others: str) -> str:
    """The head that looks one place back, with a row of queries that BOS answers."""
    return head(stack(*back, gate), stack(*PLACES[: len(back)], BOS), W_O=said, **others)


CLOSED = f"({ALL} - {B})"

WAS = [rf"\text{{was}}_{name}" for name in "ABCD"]
FEWER = PLACES[:6]
TELLS = head(stack("(p_{0} + p_{1})", *FEWER[2:]), stack(*FEWER[:5]), NO_BOS, side(*WAS), "^1")
ITSELF = head(stack(*FEWER), stack(*FEWER), NO_BOS, side(*WAS), "^1")


def two_layers(
    first: str = TELLS, asks: str = HALF, begin: str = BOS, reads: str = NO_BOS, keys: tuple[str, ...] = (*WAS,)
) -> str:
    """The answer of the sheet, or one with a part of the second head replaced."""
    is_there = [IS[name] for name in "ABCD"]
    W_Q, W_K = stack(*is_there, asks, *(f"-{place}" for place in FEWER)), stack(*keys, begin, *FEWER)
    return f"{first}\n\n{head(W_Q, W_K, reads, says('ABCD'), '^2')}"


RIGHT = {
    "bigram, a gate of 2": ("bigram", gated(f"2 {CLOSED}")),
    "bigram, by counting": ("bigram", gated(rf"(\tfrac{{3}}{{2}} {ALL} - {B})")),
    "bigram, at a sixth of the scale": (
        "bigram",
        gated(f"2 {CLOSED}").replace("W_K =", r"W_K = \tfrac{1}{2}").replace("W_Q =", r"W_Q = \tfrac{1}{3}"),
    ),
    "worked_example, every token asks for itself": ("worked_example", head(THREE, THREE)),
    "worked_example, the others rest on BOS": (
        "worked_example",
        head(*RESTS, W_O=rf"({SAY_B} + \tfrac{{4}}{{5}} \text{{seen}}_A)"),
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
    "cycle, by likeness": ("cycle", head(TOKENS, TOKENS, NO_BOS, says("BCDA"))),
    "cycle, the values in another order": (
        "cycle",
        head(NO_BOS, NO_BOS, stack(IS["D"], A, IS["C"], IS["B"]), says("ABDC")),
    ),
    "induction, as in the sheet": ("induction", two_layers()),
    "induction, BOS at a third": ("induction", two_layers(asks=rf"\tfrac{{1}}{{3}} {ALL}")),
    "induction, half of it is told and asked for twice": (
        "induction",
        two_layers(TELLS.replace(NO_BOS, rf"\tfrac{{1}}{{2}} {NO_BOS}"), keys=tuple(f"2 {flag}" for flag in WAS)),
    ),
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
    "worked_example, as proposed": ("worked_example", head(f"{A}^T", f"{A}^T"), "no-sink", "A B"),
    "worked_example, BOS is read": (
        "worked_example",
        head(RESTS[0], RESTS[1], f"({A} + {BOS})^T"),
        "one-entry",
        "",
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
    "cycle, a wrong successor": ("cycle", head(TOKENS, TOKENS, NO_BOS, says("CCDA")), "another-rule", "A"),
    "cycle, the other way round": ("cycle", head(TOKENS, TOKENS, NO_BOS, says("DABC")), "another-rule", "A"),
    "cycle, the values transposed": ("cycle", head(TOKENS, TOKENS, f"({NO_BOS})^T", says("BCDA")), "transposed", ""),
    "cycle, D asks for nothing": (
        "cycle",
        head(stack(*list(IS.values())[:3]), stack(*list(IS.values())[:3]), NO_BOS, says("BCDA")),
        "no-sink",
        "D",
    ),
    "cycle, half of it": (
        "cycle",
        head(TOKENS, TOKENS, rf"\tfrac{{1}}{{2}} {NO_BOS}", says("BCDA")),
        "factor-two",
        "A",
    ),
    "induction, the keys are not shifted": (
        "induction",
        two_layers(keys=tuple(IS[name] for name in "ABCD")),
        "wrong-block",
        "A A",
    ),
    "induction, says what came before": ("induction", two_layers(reads=stack(*WAS)), "wrong-block", "A B A"),
    "induction, both": (
        "induction",
        two_layers(reads=stack(*WAS), keys=tuple(IS[name] for name in "ABCD")),
        "wrong-block",
        "A A A",
    ),
    "induction, the first head tells itself": (
        "induction",
        two_layers(ITSELF),
        "off-by-one",
        "A A",
    ),
    "induction, the current token counts": (
        "induction",
        two_layers().replace(stack(*WAS, BOS, *FEWER), stack(*WAS, BOS, *(f"0 {place}" for place in FEWER))),
        "another-rule",
        "A A",
    ),
    "induction, nothing to rest on": ("induction", two_layers(begin=f"0 {BOS}"), "no-sink", "A A"),
    "induction, BOS before all": ("induction", two_layers(asks=f"2 {ALL}"), "", "A A A"),
    "seen, a sign": ("seen", head(*STRICT[:2], f"({A} + {BOS})^T", STRICT[3]), "", ""),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_answer_is_refuted_by_a_shortest_sequence(name):
    id, answer, note, context = WRONG[name]
    found = judged(id, answer)
    assert (found.verdict, found.note) == ("wrong", note), found.message
    if note == "transposed":
        assert "transposed it is right" in found.message
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
    "bigram": lambda letters: "C" * (letters[-2:] == "AB"),
    "current": lambda letters: "B" * (letters[-1:] == "A"),
    "worked_example": lambda letters: "B" * (letters[-1:] == "A"),
    "previous": lambda letters: "B" * (letters[-2:-1] == "A"),
    "seen": lambda letters: "B" * ("A" in letters[:-1]),
    "cycle": lambda letters: letters[-1:].translate(str.maketrans("ABCD", "BCDA")),
    "induction": lambda letters: "".join(b for a, b in pairwise(letters[:-1]) if a == letters[-1]),
}


@pytest.mark.parametrize("name", [*RIGHT, *(name for name, (*_, note, _) in WRONG.items() if note != "transposed")])
def test_the_engine_agrees_at_a_large_scale(name):
    """The given model with the matrices that were read, run on every sequence, against the rule as one expression: the
    letters that are to be said, each as often as its share."""
    id, answer = (RIGHT.get(name) or WRONG[name])[:2]
    (ask,) = derivation_of(id).asks
    read = matrices_of(answer, ask)
    arrays = bind_transformer(with_weights(ask.given, read), 6, {beta: Integer(60)})
    *known, begin = ask.given.vocabulary

    def holds(letters: str) -> bool:
        flags = logits(np.array(ask.given.numbers([begin, *letters])), arrays)[-1]
        return follows(flags, ask.given.vocabulary, SAID[id](letters))

    texts = ("".join(letters) for length in range(1, 6) for letters in product(known, repeat=length))
    failing, nothing = [letters for letters in texts if not holds(letters)], holds("")
    context = "" if name in RIGHT else WRONG[name][3].replace(" ", "")
    assert (name in RIGHT) == (nothing and not failing)
    if name in WRONG:
        assert failing[0] == context if context else not nothing


def matrices_of(answer: str, ask: Ask) -> dict[str, ExactMatrix]:
    scope = Scope(ask.stream)
    for line in answer.replace("$", "").split("\n\n"):
        name, _, text = line.partition(" = ")
        value = evaluate(parse(tokenize(text, 0, {}), len(text)), scope)
        scope.defined[name] = value.labelled(*((ask.stream, None) if name.startswith("W_O") else (None, ask.stream)))
    return scope.defined


def follows(flags: np.ndarray, names: tuple[str, ...], letters: str) -> bool:
    shares = np.array([letters.count(name) for name in names]) / max(len(letters), 1)
    low, high = np.where(shares > 0, shares - 0.1, -np.inf), np.where(shares < 1, shares + 0.1, np.inf)
    return bool(np.all((flags >= low) & (flags <= high)))


def test_the_command_judges_files_in_several_forms(capsys):
    assert main(["check", str(HAND_IN / "current.md")]) == 0
    assert main(["check", str(HAND_IN / "current_bos.md")]) == 0
    capsys.readouterr()
    assert main(["check", str(HAND_IN / "current_sign.md")]) == 1
    out = " ".join(capsys.readouterr().out.split())
    assert "after BOS A C the flag of B goes to 0.50 as β grows, expected at most 0.10" in out
    assert "with the other sign in row 3 of W_K it is right" in out
