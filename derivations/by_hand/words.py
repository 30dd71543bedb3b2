"""Other words by hand: the least window with which one head continues each, with its weights, or why none suffices."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import lcm

from sympy import Integer, Rational, sqrt
from sympy.solvers.simplex import linprog

from symcircuits import Head, OneHot, Residual, Transformer, Work, derivation
from symcircuits.algebra import ExactMatrix
from symcircuits.behaviours import Completes, Computes, Predicts, SharesAttention
from symcircuits.circuit import Vocabulary
from symcircuits.errors import NotSupported
from symcircuits.symbols import Lg
from symcircuits.typeset.axes import Axis
from symcircuits.typeset.formulas import Name

SEED = 1024
LETTERS = "abcd"
MOST = 6  # letters of a word
CORRECTIONS = 10_000


@dataclass(frozen=True)
class Rival:
    """A context with the letter that follows it, and another letter that must stay behind."""

    context: str
    right: str
    wrong: str


@dataclass(frozen=True)
class Task:
    """A word to continue with a window: its letters, and how far back is seen."""

    word: str
    window: int
    n_ctx: int

    @property
    def letters(self) -> str:
        return "".join(sorted(set(self.word)))

    def rivals(self) -> list[Rival]:
        """All pairs of letters to be kept apart, after contexts of full length: the shorter ones look like these."""
        answers = Predicts.cut_from(self.word, [self.n_ctx]).answers
        return [
            Rival(answer.context, answer.letter, other)
            for answer in answers
            for other in self.letters
            if other != answer.letter
        ]

    def seen(self, context: str) -> list[int]:
        """What a head adds up in the window, letter by letter, and the latest letter."""
        counts = [context[-self.window :].count(letter) for letter in self.letters]
        return counts + [int(context[-1] == letter) for letter in self.letters]

    def gap(self, rival: Rival) -> list[int]:
        """What multiplies each weight in the logit of the right letter less that of the other."""
        seen = self.seen(rival.context)
        signs = [(letter == rival.right) - (letter == rival.wrong) for letter in self.letters]
        return [sign * entry for sign in signs for entry in seen]


def contradiction(task: Task) -> list[tuple[Rival, int]] | None:
    """Rivals with positive weights with which all gaps add up to zero, so that not all of them are positive.

    There are such weights exactly where no logits keep all rivals apart (a theorem of Gordan).
    """
    rivals = task.rivals()
    gaps = [task.gap(rival) for rival in rivals]
    sums = [list(column) for column in zip(*gaps, strict=True) if any(column)]
    opposite = [[-entry for entry in row] for row in sums]
    ones = [1] * len(rivals)
    least, found = linprog([-one for one in ones], [ones, *sums, *opposite], [1] + [0] * (2 * len(sums)))
    if not least:
        return None
    shared = lcm(*(int(Rational(part).q) for part in found))
    return [(rival, int(part * shared)) for rival, part in zip(rivals, found, strict=True) if part]


def learned(task: Task) -> list[list[int]]:
    """Whole numbers that keep all rivals apart by 1 at least, a row for each letter: corrected until they do, which
    ends where there are any (the perceptron)."""
    gaps = [task.gap(rival) for rival in task.rivals()]
    weights = [0] * len(gaps[0])
    for _ in range(CORRECTIONS):
        wrong = [gap for gap in gaps if sum(a * b for a, b in zip(gap, weights, strict=True)) < 1]
        if not wrong:
            width = len(weights) // len(task.letters)
            return [weights[start : start + width] for start in range(0, len(weights), width)]
        for gap in wrong:
            weights = [a + b for a, b in zip(weights, gap, strict=True)]
    raise NotSupported(f"no weights for {task.word} were found in {CORRECTIONS} corrections")


@derivation("by_hand/words", title="A transformer by hand: other words")
def words(work: Work, word: str = "ab aab abc aabb abcac", window: int = 0, n_ctx: int = 6) -> None:
    asked = list(checked(work, word, window, n_ctx))
    work.problem(
        "One head shares its attention equally among the letters of a window, and the stream holds the latest letter. "
        "Which words does a model with such a head continue, and how long must the window be?"
    )
    work.say(
        "What the model knows are two things: how often each letter is in the window, and which one is the latest. Its "
        "logits are sums of these with weights that can be chosen, $M$ for the letters counted and $D$ for the latest "
        "one. A place in the context adds the same to all contexts of one length. So the question is whether there are "
        "weights with which the right letter is ahead after every context, and it is decided by exact arithmetic: "
        "either such weights are found, or the contexts that contradict each other."
    )
    work.suggest({Lg: SEED})
    for one in asked:
        tried = [Task(one, window, n_ctx)] if window else least(one, n_ctx)
        for task in tried:
            against = contradiction(task)
            if against is None:
                suffices(work, task)
            else:
                impossible(work, task, against)


def checked(work: Work, word: str, window: int, n_ctx: int) -> Iterator[str]:
    """The words that are asked for, each once."""
    work.require(bool(word.split()), f"expected at least one word of the letters {LETTERS}, got {word!r}")
    work.require(3 <= n_ctx <= 8, f"n_ctx must be from 3 to 8, got {n_ctx}")
    work.require(
        0 <= window < n_ctx, f"window must be from 1 to n_ctx - 1 = {n_ctx - 1}, or 0 for the least, got {window}"
    )
    for one in dict.fromkeys(word.split()):
        unknown = next((letter for letter in one if letter not in LETTERS), "")
        work.require(not unknown, f"expected a word of the letters {LETTERS}, got {unknown!r} in {one!r}")
        work.require(len(set(one)) >= 2, f"expected a word of at least two different letters, got {one!r}")
        longest = min(MOST, n_ctx)
        work.require(len(one) <= longest, f"expected a word of at most {longest} letters, got {len(one)}: {one}")
        yield one


def least(word: str, n_ctx: int) -> list[Task]:
    """The least window that suffices, after the next shorter one, which does not; the longest alone if none does."""
    for window in range(1, n_ctx):
        if contradiction(Task(word, window, n_ctx)) is None:
            return [Task(word, size, n_ctx) for size in (window - 1, window) if size]
    return [Task(word, n_ctx - 1, n_ctx)]


def axes(task: Task) -> tuple[Axis, Axis]:
    """The rows of what is seen, and a row or column for each letter."""
    told = [rf"\mathtt{{{letter}}}" for letter in task.letters]
    return Axis.of_blocks(("", told), ("", [rf"\ldots {letter}" for letter in told])), Vocabulary(task.letters).axis()


def impossible(work: Work, task: Task, against: Sequence[tuple[Rival, int]]) -> None:
    """The contexts that contradict each other."""
    work.section(f"The word $\\mathtt{{{task.word}}}$: a window of {task.window} does not suffice")
    contexts = list(dict.fromkeys(rival.context for rival, _ in against))
    seen, letters = axes(task)
    told = Axis.of_blocks(("", [rf"\mathtt{{{context}}}" for context in contexts]))
    columns = {(i, j): n for j, context in enumerate(contexts) for i, n in enumerate(task.seen(context)) if n}
    size = (len(contexts), len(task.letters))
    sides: list[dict[tuple[int, int], int]] = [{}, {}]
    for rival, weight in against:
        for side, letter in zip(sides, (rival.right, rival.wrong), strict=True):
            place = contexts.index(rival.context), task.letters.index(letter)
            side[place] = side.get(place, 0) + weight
    mark = f"{task.word},{task.window}"
    F = work.define(
        f"F_{{{mark}}}", ExactMatrix.from_entries((len(seen.labels), size[0]), columns, seen, told), "what is seen"
    )
    Y, N = (
        work.define(f"{name}_{{{mark}}}", ExactMatrix.from_entries(size, side, told, letters), meaning)
        for name, side, meaning in (("Y", sides[0], "letters that follow"), ("N", sides[1], "letters that do not"))
    )
    work.equal(F @ Y, F @ N, because="whatever the weights, both have the same logits in all")
    work.say(
        "A row of $Y$ counts the letter that follows its context, the same row of $N$ letters that do not, as many in "
        "all. Every logit is a weighted sum of what is seen. So the logits counted by $Y$ and those counted by $N$ add "
        "up to the same, and after one of these contexts at least the right letter is not ahead."
    )


def suffices(work: Work, task: Task) -> None:
    """The weights for a word, and that they continue it."""
    work.section(f"The word $\\mathtt{{{task.word}}}$: a window of {task.window} suffices")
    rows, v = learned(task), len(task.letters)
    mark = f"{task.word},{task.window}"
    seen, letters = axes(task)
    chosen = ExactMatrix.from_entries(
        (v, 2 * v), {(i, j): n for i, row in enumerate(rows) for j, n in enumerate(row) if n}, letters, seen
    )
    both = work.define(f"(M\\ D)_{{{mark}}}", chosen, "found by correcting them until they do")
    contexts = [answer.context for answer in Predicts.cut_from(task.word, [task.n_ctx]).answers]
    columns = {(i, j): n for j, context in enumerate(contexts) for i, n in enumerate(task.seen(context)) if n}
    told = Axis.of_blocks(("", [rf"\mathtt{{{context}}}" for context in contexts]))
    F = ExactMatrix.from_entries((2 * v, len(contexts)), columns, seen, told).named(Name(f"F_{{{mark}}}"))
    table = {
        (i, j): sum(weight * entry for weight, entry in zip(row, task.seen(context), strict=True))
        for j, context in enumerate(contexts)
        for i, row in enumerate(rows)
    }
    logits = ExactMatrix.from_entries((v, len(contexts)), {at: n for at, n in table.items() if n}, letters, told)
    work.equal(both @ F, logits, because="the logits without any leak, by context")
    model = continued(work, task, both, mark)
    work.claim(SharesAttention(task.window), of=model.heads[0])
    every = Predicts.cut_from(task.word, range(task.window, task.n_ctx + 1))
    text = (task.word * task.n_ctx)[: task.n_ctx + 10]
    latest = text[: task.n_ctx]
    work.experiment(Computes(latest, model.logits(latest)), of=model, n_ctx=task.n_ctx, Lg=[2, SEED])
    for behaviour in (every, Completes(latest, text[task.n_ctx :])):
        work.claim(behaviour, of=model, at={Lg: SEED}, n_ctx=task.n_ctx)
        work.experiment(behaviour, of=model, n_ctx=task.n_ctx, Lg=SEED)


def continued(work: Work, task: Task, both: ExactMatrix, mark: str) -> Transformer:
    """The model: the head counts the letters of its window, and writes with ``M`` beside what the stream holds."""
    v, place = len(task.letters), OneHot(task.n_ctx)
    stream = Residual(letter=v, place=place, out=v)
    here = stream.read("place")
    asks = sum((place.shift(-back) @ here for back in range(1, task.window)), here)
    M, D = both.take_columns(range(v)), both.take_columns(range(v, 2 * v))
    W_Q = work.define(f"W_Q^{{{mark}}}", asks, "asks for the places of the window")
    W_O = work.define(f"W_O^{{{mark}}}", stream.write("out") @ (task.window * M).labelled(None, None))
    W_U = work.define(
        f"W_U^{{{mark}}}",
        stream.read("out") + D.labelled(None, None) @ stream.read("letter"),
        "what the head wrote, and $D$ of the latest letter",
    )
    W_K = work.define(f"W_K^{{{mark}}}", here)
    W_V = work.define(f"W_V^{{{mark}}}", stream.read("letter"))
    W_E = work.define(f"W_E^{{{mark}}}", stream.write("letter"))
    work.equal(W_U @ W_O @ W_V @ W_E, task.window * M, because="what a letter adds, wherever it is in the window")
    work.equal(W_U @ W_E, D, because="and as the latest one")
    head = Head(W_Q=W_Q, W_K=W_K, W_V=W_V, W_O=W_O, scale=Lg / sqrt(Integer(8)), name="The head")
    return Transformer(
        ((head,),),
        W_E=W_E,
        W_U=W_U,
        vocabulary=tuple(task.letters),
        name=f"The model for $\\mathtt{{{task.word}}}$",
    )
