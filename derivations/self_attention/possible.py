"""What is possible: each rule of the exercises on self-attention in each class of models, by a model or by a proof."""

from collections.abc import Iterable

from symcircuits import Work, derivation
from symcircuits.rules.compiling import Compiled
from symcircuits.rules.indistinguishable import Positions, Sight
from symcircuits.rules.possible import Answer, Answers, Question

VOCABULARY = tuple("ABCD")
CURRENT, PREVIOUS, SEEN, BIGRAM = "A -> B", "A X -> B", "A ... X -> B", "A B -> C"
CYCLE, INDUCTION = "A -> B -> C -> D -> A", "a b ... a -> b"
HEADER = ("rule", "1 layer", "1, BOS", "2, BOS", "1, places", "1, places, BOS", "2, places, BOS")
PLACES: tuple[Positions, ...] = ("onehot", "sinusoidal")
COUNTED = 9  # tokens of the inputs that one head of a second layer cannot weigh apart, and BOS


@derivation("self_attention/possible", title="What is possible: six rules and six classes of models")
def possible(work: Work, n_ctx: int = 6) -> None:
    work.require(5 <= n_ctx <= 7, f"n_ctx must be from 5 to 7, got {n_ctx}")
    work.problem(
        "Each of the six rules is to be followed by attention alone, in one layer or two, with a token BOS before "
        "every sequence or without one, with positions or without. Which of these models can do it?"
    )
    work.say(
        "*Yes* is a model, proved to follow the rule within $1/10$ after every sequence of its context. *No* is a "
        "theorem about all models of the class, with any number of heads, of any width and with any weights; *one "
        "head: no* is one about all those with a single head in the last layer. An answer for places holds for "
        "one-hot places and for sinusoids, or for the kind that is named. In the inclusive rule the current token "
        "counts as seen."
    )
    rows = [row(rule, n_ctx, inclusive) for rule, inclusive in RULES]
    work.section("The table")
    work.table(
        "Models of so many layers that follow a rule, with BOS and places where they are named.",
        HEADER,
        rows,
        overview=True,
    )
    work.section("What shows it")
    work.say(
        "Each model below was compiled for the class, and has no more layers than it. The scale from which it follows "
        "the rule is told in the number $n$ of keys and the margin $\\epsilon$: the least one that this model can "
        "have, or a bound of it. Each *no* is shown by inputs after which the rule asks for different things. Either "
        "every model of the class says the same after both; or one head, which divides one sum over the keys by "
        "another, meets the same keys in two inputs together as in two others, though more is asked for after the "
        "first two than after the others. The other sheets work out why, rule by rule."
    )
    for one in rows:
        answers = [answer for several in one.classes for answer in several]
        work.table(f"{answers[0].question.told}.", ("models", "possible", "shown by"), answers)
        runs(work, answers)


def row(rule: str, n_ctx: int, inclusive: bool) -> Answers:
    """What is stated of a rule, class by class."""

    def answers(stated: bool, sights: Iterable[Sight]) -> tuple[Answer, ...]:
        """The same answer for several classes; of a rule that one head cannot follow, for models with one head."""
        return tuple(
            Answer(Question(rule, VOCABULARY, sight, length(sight, n_ctx), inclusive), stated) for sight in sights
        )

    windowed = rule in (PREVIOUS, BIGRAM, INDUCTION)
    needs_order = windowed or (rule == SEEN and not inclusive)
    heads = 1 if rule == INDUCTION else None
    more = answers(True, [Sight("none", True, 3)]) if rule == INDUCTION else ()
    kinds = PLACES[:1] if rule == SEEN and not inclusive else PLACES
    return Answers(
        (
            answers(not needs_order, [Sight("none", False, 1)]),
            answers(not windowed, [Sight("none", True, 1)]),
            answers(rule != INDUCTION, [Sight("none", True, 2, heads)]) + more,
            answers(rule != INDUCTION, [Sight(kind, False, 1, heads) for kind in kinds]),
            answers(rule != INDUCTION, [Sight(kind, True, 1, heads) for kind in PLACES]),
            answers(True, [Sight(kind, True, 2) for kind in PLACES]),
        )
    )


RULES = (
    (CURRENT, False),
    (PREVIOUS, False),
    (SEEN, True),
    (SEEN, False),
    (BIGRAM, False),
    (CYCLE, False),
    (INDUCTION, False),
)


def length(sight: Sight, n_ctx: int) -> int:
    """The tokens of a context: more where the inputs that are told are longer."""
    return COUNTED if sight.heads == 1 and sight.layers == 2 else n_ctx


def runs(work: Work, answers: Iterable[Answer]) -> None:
    """The simplest model on the engine, one layer with BOS and without positions; the other sheets run the others."""
    for answer in answers:
        result = answer.question.result
        if answer.question.sight == Sight("none", True, 1) and isinstance(result, Compiled):
            work.experiment(result.claim, of=result.model, n_ctx=result.n_ctx, beta=result.least_value)
