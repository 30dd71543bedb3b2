r"""Which classes of models follow a rule: what is stated of each is decided by compiling, for tables of a sheet.

>>> answer = Answer(Question("A X -> B", tuple("ABC"), Sight("none", True, 1), 6), False)
>>> answer.cells()
('1 layer, no positions, with BOS', 'no', 'the same after $ABA$ and $BAA$')
>>> bool(answer.prove()), Answer(answer.question, True).prove().method
(True, 'compiling it')
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

from sympy import Integer

from symcircuits.algebra import Proved, Refuted, Undecided, Verdict, Witness
from symcircuits.rules.compiling import Compiled, Result, compile_rules
from symcircuits.rules.indistinguishable import Sight, Twins
from symcircuits.typeset.expressions import latex

_APART = r"\,"


@dataclass(frozen=True)
class Question:
    """Whether a model of a class follows a rule up to ``n_ctx`` tokens, the beginning included."""

    rule: str
    vocabulary: tuple[str, ...]
    sight: Sight
    n_ctx: int
    inclusive: bool = False

    @property
    def result(self) -> Result:
        """What compiling the rule for the class comes to. Raises what ``compile_rules`` does."""
        return _compiled(self)

    @property
    def told(self) -> str:
        """The rule, as prose with ``$...$``."""
        written = self.rule.replace("->", r"\to").replace("...", r"\ldots").replace(" ", _APART)
        return f"${written}$" + (", inclusive" if self.inclusive else "")


@cache  # several tables tell the same answers
def _compiled(question: Question) -> Result:
    sight = question.sight
    return compile_rules(
        question.rule,
        question.vocabulary,
        sight.positions,
        sight.bos,
        sight.layers,
        question.n_ctx,
        inclusive=question.inclusive,
        heads=sight.heads,
    )


@dataclass(frozen=True)
class Answer:
    """A row of a table: whether some model of a class follows a rule, as ``stated``. *No* is said of all its models,
    whatever their weights."""

    question: Question
    stated: bool

    @property
    def word(self) -> str:
        """What is stated."""
        return "yes" if self.stated else "no"

    def cells(self) -> tuple[str, ...]:
        """The class, what is stated, and what shows it."""
        sight = self.question.sight
        heads = "; one head" if sight.heads == 1 else ""
        return f"{replace(sight, heads=None)}{heads}", self.word, _shown(self.question.result)

    def prove(self) -> Verdict:
        """Whether compiling comes to what is stated, by its own proof."""
        result = self.question.result
        if isinstance(result, Undecided):
            return result
        found = isinstance(result, Compiled)
        if found != self.stated:
            witness = Witness({}, Integer(self.stated), Integer(found), self.word, "yes" if found else "no")
            return Refuted(witness, "compiling it")
        return result.proof if isinstance(result, Compiled) else result.witness.proof


@dataclass(frozen=True)
class Answers:
    """A row of a table over classes of models: for each class one answer on a rule, or several for parts of it."""

    classes: tuple[tuple[Answer, ...], ...]

    def cells(self) -> tuple[str, ...]:
        """The rule, and a cell for each class."""
        return self.classes[0][0].question.told, *map(_cell, self.classes)

    def prove(self) -> Verdict:
        """Whether all are right: the first verdict that is no proof, if there is one."""
        verdicts = (answer.prove() for answers in self.classes for answer in answers)
        missing = next((verdict for verdict in verdicts if not isinstance(verdict, Proved)), None)
        return Proved("a model or an impossibility for each class") if missing is None else missing


def _cell(answers: tuple[Answer, ...]) -> str:
    """The answers of a class, those that are not for all of it with the part that they are for."""
    first = answers[0].question.sight
    kinds = {answer.question.sight.positions for answer in answers}
    words = []
    for answer in answers:
        sight = answer.question.sight
        part = "one head: " if sight.heads == 1 else "one-hot: " if kinds == {"onehot"} else ""
        more = f"{sight.layers} layers: " if sight.layers > first.layers else ""
        words.append(f"{more}{part}{answer.word}")
    return "; ".join(dict.fromkeys(words))


def _shown(result: Result) -> str:
    if isinstance(result, Undecided):
        return result.tried
    if isinstance(result, Compiled):
        heads = " + ".join(str(len(layer)) for layer in result.model.layers)
        noun = "head" if heads == "1" else "heads"
        relation = "=" if result.is_sharp else r"\le"
        return rf"{heads} {noun}, least $\beta {relation} {latex(result.least)}$"
    apart = "" if all(len(token) == 1 for tokens in result.witness.inputs for token in tokens) else _APART
    inputs = [f"${apart.join(tokens)}$" for tokens in result.witness.inputs]
    if isinstance(result.witness, Twins):
        return f"the same after {inputs[0]} and {inputs[1]}"
    return f"the same keys in {inputs[0]}, {inputs[1]} as in {inputs[2]}, {inputs[3]}"
