"""What a model says next: its answer to every context of a finite set, and how it completes a text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from sympy import Expr, Symbol

from symcircuits.algebra import Between, Proved, Refuted, Undecided, Verdict
from symcircuits.behaviours.deciding import Decider, after, gaps
from symcircuits.behaviours.trial import Array, Measurement, Trial
from symcircuits.circuit import Transformer
from symcircuits.circuit.bind import bind_transformer
from symcircuits.circuit.positions import whole
from symcircuits.circuit.words import Vocabulary, cuts, followers
from symcircuits.engine import TransformerArrays, logits
from symcircuits.errors import BadValue

_REPEATED = re.compile(r"\((\w+)\)\*")


@dataclass(frozen=True)
class Answer:
    """The one letter that a model must say after a context."""

    context: str
    letter: str


@dataclass(frozen=True)
class Predicts:
    """After each of these contexts the answer has a larger logit than every other token: run over all, exhaustively.

    ``contexts`` says in words which they are. It is claimed for all values of the symbols; ``between``, for those of
    one symbol between two numbers. The counterexample that is told is the first of the shortest. Raises ``BadValue``
    for no contexts, or for two answers to one.

    >>> always_a = Predicts.by_window({"": "a"}, "ab", [1, 2])
    >>> str(always_a), len(always_a.answers)
    ('Predicts(6 contexts of 1 to 2 letters by the last 0)', 6)
    """

    answers: tuple[Answer, ...]
    contexts: str
    between: Between | None = None
    circuit: ClassVar[type] = Transformer

    def __post_init__(self) -> None:
        if not self.answers:
            raise BadValue("expected at least one context to predict after, got none")
        if len({answer.context for answer in self.answers}) != len(self.answers):
            raise BadValue("expected one answer to each context, got two to one")
        object.__setattr__(self, "answers", tuple(sorted(self.answers, key=_shortest_first)))

    @classmethod
    def cut_from(cls, word: str, lengths: Iterable[int]) -> Predicts:
        """The continuation of every context cut from ``word`` repeated, of these lengths, that has only one.

        >>> [answer.context for answer in Predicts.cut_from("aab", [1, 2]).answers]
        ['b', 'aa', 'ab', 'ba']
        """
        sizes = list(lengths)
        found = ((context, followers(word, context)) for length in sizes for context in cuts(word, length))
        answers = tuple(Answer(context, letters) for context, letters in found if len(letters) == 1)
        return cls(answers, f"{len(answers)} contexts of {_span(sizes)} letters cut from ({word})*")

    @classmethod
    def by_window(cls, rule: Mapping[str, str], letters: str, lengths: Iterable[int]) -> Predicts:
        """The answer that the last letters of a context have in ``rule``, for every word of these lengths that has one.

        The keys of ``rule`` have the same length. Raises ``BadValue`` where they do not, or for a letter that is
        not among ``letters``.
        """
        widths, sizes = {len(key) for key in rule}, list(lengths)
        if len(widths) != 1:
            raise BadValue(f"expected a rule for windows of one length, got {sorted(widths)}")
        (width,) = widths
        for window, letter in rule.items():
            Vocabulary(letters).encode(window + letter)
        words = [word for word in Vocabulary(letters).words(sizes) if word[len(word) - width :] in rule]
        answers = tuple(Answer(word, rule[word[len(word) - width :]]) for word in words if len(word) >= width)
        return cls(answers, f"{len(answers)} contexts of {_span(sizes)} letters by the last {width}")

    def __str__(self) -> str:
        return f"Predicts({self.contexts})"

    @property
    def told(self) -> str:
        r"""Which contexts they are, as prose with ``$...$``.

        >>> Predicts.cut_from("aab", [2]).told
        '3 contexts of 2 letters cut from $(\\mathtt{aab})^*$'
        """
        return _REPEATED.sub(r"$(\\mathtt{\1})^*$", self.contexts)

    def text(self) -> str:
        """The requirement, as prose with ``$...$``."""
        where = f", {self.between.text()}" if self.between else ""
        if len(self.answers) == 1:
            return f"says $\\mathtt{{{self.answers[0].letter}}}$ after $\\mathtt{{{self.answers[0].context}}}${where}"
        return f"says the right letter after each of the {self.told}{where}"

    def prove_on(self, model: Transformer) -> Verdict:
        """Whether it answers each context, for all values of the symbols."""
        return self._each(model, Decider(self.between))

    def prove_strict(self, model: Transformer, values: Mapping[Symbol, Expr], n_ctx: int) -> Verdict:
        """Whether it does at these values, which bind every symbol, after contexts of up to ``n_ctx`` letters.

        Raises ``BadValue`` where a context is longer.
        """
        if any(len(answer.context) > n_ctx for answer in self.answers):
            raise BadValue(f"expected contexts of at most n_ctx = {n_ctx} letters, got {self.answers[-1].context}")
        return self._each(model, Decider(values=values))

    def _each(self, model: Transformer, decider: Decider) -> Verdict:
        undecided: Verdict | None = None
        for answer in self.answers:
            for mine, other in gaps(model, answer.context, answer.letter):
                verdict = after(answer.context, decider.exceeds(mine, other))
                if isinstance(verdict, Refuted):
                    return verdict
                if isinstance(verdict, Undecided):
                    undecided = verdict if undecided is None else undecided  # a verdict is only true when proved
        if undecided is not None:
            return undecided
        count = len(self.answers)
        return Proved("this context" if count == 1 else f"each of the {count} contexts", equality_at=())

    def measure(self, trial: Trial) -> Measurement:
        """The share of contexts that the engine answers, a tie being no answer; the first wrong one is told."""
        model = trial.whole_model(self)
        arrays = bind_transformer(model, trial.n_ctx, trial.values)
        wrong = [answer for answer in self.answers if not _says(model, arrays, answer)]
        share = 1 - len(wrong) / len(self.answers)
        note = f"after {wrong[0].context} it does not say {wrong[0].letter}" if wrong else ""
        measures = f"share of {len(self.answers)} contexts answered"
        return Measurement(measures, share, None, 0.0, not wrong, note, accuracy=share)


@dataclass(frozen=True)
class Completes:
    """A text is completed in this way: the token with the largest logit is added, again and again.

    The model sees as many of the last tokens as it has places for. A tie refutes. ``between`` as in ``Predicts``.
    Raises ``BadValue`` for an empty text or completion.

    >>> str(Completes("a", "baab")), [answer.context for answer in Completes("a", "baab").steps(2).answers]
    ('Completes(a -> baab)', ['a', 'aa', 'ab', 'ba'])
    """

    text_before: str
    completion: str
    between: Between | None = None
    circuit: ClassVar[type] = Transformer

    def __post_init__(self) -> None:
        if not self.text_before or not self.completion:
            raise BadValue("expected a text and a completion of at least one letter each")

    def __str__(self) -> str:
        return f"Completes({self.text_before} -> {self.completion})"

    def text(self) -> str:
        """The requirement, as prose with ``$...$``."""
        where = f", {self.between.text()}" if self.between else ""
        return f"completes $\\mathtt{{{self.text_before}}}$ as $\\mathtt{{{self.completion}}}${where}"

    def steps(self, n_ctx: int) -> Predicts:
        """The contexts of up to ``n_ctx`` letters that are met on the way, each with the letter that is said.

        Raises ``BadValue`` for an ``n_ctx`` below 1.
        """
        if whole(n_ctx, "n_ctx") < 1:
            raise BadValue(f"expected a context of at least one token, got n_ctx = {n_ctx}")
        answers = tuple(dict.fromkeys(self._steps(n_ctx)))
        return Predicts(answers, f"{len(answers)} contexts met", self.between)

    def _steps(self, n_ctx: int) -> Iterator[Answer]:
        text = self.text_before + self.completion
        for place in range(len(self.text_before), len(text)):
            yield Answer(text[max(0, place - n_ctx) : place], text[place])

    def prove_on(self, model: Transformer) -> Verdict:
        """Whether it says each letter, for all values of the symbols."""
        return self._counted(self.steps(_places(model, self)).prove_on(model))

    def prove_strict(self, model: Transformer, values: Mapping[Symbol, Expr], n_ctx: int) -> Verdict:
        """Whether it does at these values, which bind every symbol, with a context of ``n_ctx``."""
        return self._counted(self.steps(n_ctx).prove_strict(model, values, n_ctx))

    def _counted(self, verdict: Verdict) -> Verdict:
        method = f"each of the {len(self.completion)} letters"
        return replace(verdict, method=method) if isinstance(verdict, Proved) else verdict

    def measure(self, trial: Trial) -> Measurement:
        """How many letters the engine says before one that differs, as a share."""
        model = trial.whole_model(self)
        arrays = bind_transformer(model, trial.n_ctx, trial.values)
        steps = list(self._steps(trial.n_ctx))
        right = next((i for i, step in enumerate(steps) if not _says(model, arrays, step)), len(steps))
        note = "" if right == len(steps) else f"after {steps[right].context} it does not say {steps[right].letter}"
        return Measurement(f"share of {len(steps)} letters", right / len(steps), None, 0.0, not note, note)


def complete(model: Transformer, values: Mapping[Symbol, Expr], text: str, count: int, n_ctx: int) -> str:
    """``count`` letters after a text, by the engine; a tie ends it, and is told as a question mark.

    Raises ``BadValue`` for an ``n_ctx`` below 1.
    """
    arrays = bind_transformer(model, n_ctx, values)
    said = ""
    for _ in range(count):
        row = _last_row(model, arrays, (text + said)[-n_ctx:])
        best = np.flatnonzero(row == row.max())
        if len(best) > 1:
            return f"{said}?"
        said += model.vocabulary[int(best[0])]
    return said


def _last_row(model: Transformer, arrays: TransformerArrays, context: str) -> Array:
    return logits(np.array(model.numbers(context)), arrays)[-1]


def _says(model: Transformer, arrays: TransformerArrays, answer: Answer) -> bool:
    """Whether the answer has strictly the largest logit."""
    row = _last_row(model, arrays, answer.context)
    mine = model.numbers(answer.letter)[0]
    return bool(row[mine] > np.delete(row, mine).max())


def _places(model: Transformer, behaviour: Completes) -> int:
    """How many tokens a model sees; without a table of positions the whole text."""
    longest = len(behaviour.text_before) + len(behaviour.completion)
    return longest if model.W_pos is None else model.W_pos.shape[1]


def _shortest_first(answer: Answer) -> tuple[int, str]:
    return len(answer.context), answer.context


def _span(lengths: list[int]) -> str:
    least, most = min(lengths, default=0), max(lengths, default=0)
    return str(least) if least == most else f"{least} to {most}"
