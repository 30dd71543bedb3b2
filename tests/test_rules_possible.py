"""What is said to be possible: the table of the sheet, where it is shown, and that a wrong answer is refuted."""

from __future__ import annotations

import pytest

from symcircuits import derive
from symcircuits.algebra import Proved, Refuted, Undecided
from symcircuits.cli import main
from symcircuits.rules.indistinguishable import Sight
from symcircuits.rules.possible import Answer, Answers, Question
from symcircuits.worked.steps import Table

pytestmark = pytest.mark.once

# Without BOS and positions; with BOS; two layers with BOS; positions; positions and BOS; two layers with both.
POSSIBLE = {
    r"$A\,\to\,B$": "yes; yes; yes; yes; yes; yes",
    r"$A\,X\,\to\,B$": "no; no; yes; yes; yes; yes",
    r"$A\,\ldots\,X\,\to\,B$, inclusive": "yes; yes; yes; yes; yes; yes",
    r"$A\,\ldots\,X\,\to\,B$": "no; yes; yes; one-hot: yes; yes; yes",
    r"$A\,B\,\to\,C$": "no; no; yes; yes; yes; yes",
    r"$A\,\to\,B\,\to\,C\,\to\,D\,\to\,A$": "yes; yes; yes; yes; yes; yes",
    r"$a\,b\,\ldots\,a\,\to\,b$": "no; no; one head: no; 3 layers: yes; one head: no; one head: no; yes",
}


def asked(sight: Sight, stated: bool, rule: str = "A X -> B") -> Answer:
    return Answer(Question(rule, tuple("ABC"), sight, 6), stated)


def test_the_table_says_what_is_possible():
    (table,) = [step for step in derive("self_attention/possible").steps if isinstance(step, Table) and step.overview]
    assert {rule: "; ".join(cells) for rule, *cells in table.rows} == POSSIBLE
    assert all(isinstance(verdict, Proved) for verdict in table.verdicts)


@pytest.mark.parametrize("target", ["self_attention/possible", "self_attention/previous"])
def test_verify_shows_the_table_where_it_is_asked_for(capsys, target):
    assert main(["verify", target]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    row = ["A", "X", "→", "B", "no", "no", "yes", "yes", "yes", "yes", "proved"]
    assert (row in lines) == (target == "self_attention/possible")


def test_a_wrong_answer_is_refuted_by_a_model_or_by_two_inputs():
    for sight, right in ((Sight("none", True, 1), False), (Sight("none", True, 2), True)):
        assert isinstance(asked(sight, right).prove(), Proved)
        wrong = asked(sight, not right)
        verdict = wrong.prove()
        assert isinstance(verdict, Refuted)
        assert (verdict.witness.left_value, verdict.witness.right_value) == (wrong.word, asked(sight, right).word)
        assert isinstance(Answers(((asked(sight, right),), (wrong,))).prove(), Refuted)


def test_what_is_not_known_is_neither():
    open_one = asked(Sight("none", True, 2), True, "a b ... a -> b")
    assert isinstance(open_one.prove(), Undecided)
    assert "no construction is known" in open_one.cells()[2]
