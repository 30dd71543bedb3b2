"""Every shipped derivation: whether it asks for matrices, and that its own are judged right, in columns and in rows."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from random import Random

import pytest
from submissions import expanded, plain_if_single, written

from symcircuits.algebra import ExactMatrix, Factored
from symcircuits.grading.grade import grade_text
from symcircuits.grading.meaning.scope import canonical
from symcircuits.grading.submitted.against import known
from symcircuits.worked import Ask, Derivation, shipped

pytestmark = pytest.mark.once

PAGE = Path(__file__).parents[1] / "docs" / "checking.md"
ASKING = {
    "by_hand": "attention embedding projection values",
    "framework": "1a 1b 1c 1d 1e 2a 2b 2c 2d 2e 2f 2g 3 3r",
    "self_attention": "bigram current cycle induction previous seen worked_example",
}
# The others ask for a number, a proof, a run of a model that is given, or whether something can be.
IDS = [f"{folder}/{part}" for folder, parts in ASKING.items() for part in parts.split()]


def own_answer(derivation: Derivation) -> dict[str, ExactMatrix]:
    """The matrices that it defines under the names that it asks for."""
    names = {name for ask in derivation.asks if ask.behaviour for name in ask.names}
    found = {name: derivation.definitions[name] for name in sorted(names)}
    return {canonical(name): value.expand() if isinstance(value, Factored) else value for name, value in found.items()}


def submission(id: str, convention: str, seed: int) -> str:
    derivation, random = known(id), Random(f"{id} {seed}")
    answer = own_answer(derivation)
    turned = {name: matrix.T if convention == "rows" else matrix for name, matrix in answer.items()}
    turned |= expanded_in(convention, derivation.asks, turned)
    definitions = [written(random, name, plain_if_single(matrix)) for name, matrix in turned.items()]
    head = f"exercise: {id}\nconvention: {convention}\ndeclare: {{{declared(answer)}}}"
    return f"---\n{head}\n---\n" + "\n\n".join(definitions) + "\n"


def expanded_in(convention: str, asks: tuple[Ask, ...], answer: dict[str, ExactMatrix]) -> dict[str, ExactMatrix]:
    """The products that are asked for, written out; in rows the first head stands first."""
    if convention == "columns" or all(ask.behaviour for ask in asks):
        return expanded(asks, answer)
    one, two = (answer[f"W_net^{number}"].labelled(None, None) for number in (1, 2))
    return {"W_net^1 W_net^2": one @ two, "Id W_net^2 + W_net^1 Id": two + one}


def declared(answer: dict[str, ExactMatrix]) -> str:
    """The letters of its own that an answer has to declare."""
    free = sorted(set().union(*(matrix.free_symbols for matrix in answer.values())), key=str)
    return ", ".join(
        f"{one.name}: {'positive' if one.is_positive else 'real'}" for one in free if one.name[0] in "abcdr"
    )


def test_which_derivations_ask_for_matrices() -> None:
    entries = shipped().entries
    asking = {entry.id for entry in entries if ".asks(" in Path(inspect.getfile(entry.function)).read_text("utf-8")}
    assert sorted(asking) == sorted(IDS)
    assert told_by_the_page() == {id: {name for ask in known(id).asks for name in ask.names} for id in IDS}


def told_by_the_page() -> dict[str, set[str]]:
    """The matrices that the page on checking says are asked for, by ID."""
    section = PAGE.read_text("utf-8").partition("## What can be graded")[2].partition("\n## ")[0]
    rows = [line.split("|") for line in section.splitlines() if line.startswith("| `")]
    return {id: set(re.findall("`(.+?)`", row[2])) for row in rows for id in re.findall("`(.+?)`", row[1])}


@pytest.mark.parametrize("convention", ["columns", "rows"])
@pytest.mark.parametrize("id", IDS)
def test_its_own_answer_is_right(id: str, convention: str) -> None:
    report = grade_text(submission(id, convention, 1))
    assert report.verdict == "right", [requirement.message for requirement in report.specification]
    assert {requirement.verdict for requirement in report.specification} == {"right"}


def test_in_rows_a_product_is_not_right_in_any_other_way() -> None:
    text = submission("framework/1d", "rows", 1)
    assert grade_text(text.replace("W_{net}^1 W_{net}^2 =", "W_{net}^2 W_{net}^1 =")).verdict == "wrong"
    head, _, rest = text.partition("$$W_{net}^1 W_{net}^2 =")
    report = grade_text(head + rest.partition("$$\n\n")[2])
    product = report.specification[2]
    assert (product.verdict, product.note) == ("incomplete", "missing")
