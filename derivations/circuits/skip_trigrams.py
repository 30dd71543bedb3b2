"""Skip trigrams: heads for given ones, what one head cannot keep apart, and how they are picked out of a model."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from string import ascii_letters

from sympy import Expr, Integer, diff, exp, log

from symcircuits import Head, Residual, Transformer, Work, derivation
from symcircuits.algebra import ExactMatrix, below, beside, column_of, row_of
from symcircuits.behaviours import Answer, Computes, Predicts
from symcircuits.circuit.generic import any_matrix, any_pattern, any_weights
from symcircuits.symbols import beta, natural, positive, real
from symcircuits.typeset.axes import Axis
from symcircuits.typeset.formulas import Name, Scalar
from symcircuits.worked import PatternFigure

GIVEN = "keep in mind; keep at bay; Back and forth; open , rb"
SPELLED = {*ascii_letters, *",</>"}  # what a word may be written in
BOS, BEGIN = "BOS", "."
L = positive("L", "how much a trigram adds to its logit")
KEYS, COPIES, OTHERS = natural("n"), natural("c"), natural("j")
Score = Callable[[str, str], int]
Raised = Mapping[int, Expr | int]


@dataclass(frozen=True)
class Trigram:
    """``source ... here -> output``, three words."""

    source: str
    here: str
    output: str


@derivation("circuits/skip_trigrams", title="Skip trigrams: heads for them, and what one head cannot keep apart")
def skip_trigrams(work: Work, trigrams: str = GIVEN) -> None:
    given = read_trigrams(work, trigrams)
    work.problem(
        "In a model with one layer, a head that attends from one word to another and raises a third knows a *skip "
        f"trigram*, such as {told(given)}. Write down heads for these. Which trigrams can one head not keep apart, and "
        "what helps?"
    )
    work.suggest({L: 5})
    work.section("Heads for given trigrams")
    by_hand(work, Words(given), given)
    work.section("What one head cannot keep apart")
    theorem(work)
    work.section("How many heads it takes")
    counting(work)
    work.section("A small model that shows it")
    smallest(work)
    work.section("One head that takes back what was written")
    taking_back(work)


# -- words ------------------------------------------------------------------------------------------------------------


def read_trigrams(work: Work, text: str) -> list[Trigram]:
    """Three words each, with semicolons between."""
    parts = [part.split() for part in text.split(";")]
    wrong = [" ".join(part) for part in parts if len(part) != 3]
    work.require(not wrong, f"expected three words in each trigram, such as 'keep in mind', got {wrong[:1]}")
    work.require(len(parts) <= 4, f"expected at most 4 trigrams, got {len(parts)}")
    odd = [word for part in parts for word in part if not set(word) <= SPELLED]
    work.require(not odd, f"expected words of letters a to z, commas and < / >, got {odd[:1]}")
    given = [Trigram(*part) for part in parts]
    asked = [(one.source, one.here) for one in given]
    work.require(len(set(asked)) == len(asked), "expected one output for each pair of words, got two for one")
    roles = [{getattr(one, part) for one in given} for part in ("source", "here", "output")]
    both = sorted(word for word in set().union(*roles) if sum(word in role for role in roles) > 1)
    work.require(not both, f"expected each word in one of the three places, got {both}")
    return given


def told(given: Sequence[Trigram]) -> str:
    """The trigrams as prose."""
    return "; ".join(f"*{one.source}* ... *{one.here}* $\\to$ *{one.output}*" for one in given)


def letters_of(given: Sequence[Trigram]) -> dict[str, str]:
    """A letter for each word: its first one that no word before it has."""
    letters: dict[str, str] = {}
    for word in dict.fromkeys(getattr(one, part) for part in ("source", "here", "output") for one in given):
        spelled = [letter for letter in word.replace(",", "comma") + ascii_letters if letter in ascii_letters]
        letters[word] = next(letter for letter in spelled if letter not in letters.values())
    return letters


def grouped(given: Sequence[Trigram]) -> list[list[Trigram]]:
    """The trigrams of each head: in none has a source two outputs."""
    heads: list[list[Trigram]] = []
    for one in given:
        for head in heads:
            if all(other.source != one.source or other.output == one.output for other in head):
                head.append(one)
                break
        else:
            heads.append([one])
    return heads


class Words:
    """The stream of the model by hand: a direction for each word and for BOS, and one for each output."""

    def __init__(self, given: Sequence[Trigram]) -> None:
        self.letters = letters_of(given)
        self.outputs = tuple(dict.fromkeys(one.output for one in given))
        names = (BOS, *self.letters)
        self.stream = Residual(
            content=tuple(rf"\text{{{word}}}" for word in names),
            out=tuple(rf"\to\text{{{word}}}" for word in self.outputs),
        )
        self.token = {word: self.stream["content"][place] for place, word in enumerate(names)}
        self.out = {word: self.stream["out"][place] for place, word in enumerate(self.outputs)}

    @property
    def names(self) -> tuple[str, ...]:
        """What the tokens are called in texts."""
        return BEGIN, *self.letters.values()

    def text(self, *words: str) -> str:
        """A text of letters that begins with BOS."""
        return BEGIN + "".join(self.letters[word] for word in words)

    def unembedding(self) -> ExactMatrix:
        """A logit for each word that is an output."""
        rows = {(1 + list(self.letters).index(word), self.out[word].places[0]): 1 for word in self.outputs}
        shape = (len(self.names), self.stream.d_model)
        return ExactMatrix.from_entries(shape, rows).labelled(None, self.stream)


# -- heads by hand ----------------------------------------------------------------------------------------------------


def by_hand(work: Work, words: Words, given: Sequence[Trigram]) -> None:
    """A head for each group of trigrams, the logits after a text, and the right word after every short context."""
    heads = grouped(given)
    work.say(
        "Each word, and a token BOS that begins every text, has a direction of content. Logits are read from "
        "directions marked $\\to$, which are empty at first, so that the direct path says nothing. With the word that "
        "is there a head asks for the word that goes with it, and it moves that word to its output. Where it finds "
        "nothing it rests on BOS, of which nothing is moved: every word asks for BOS too, half as strongly."
    )
    if len(heads) > 1:
        work.say(f"There are {len(heads)} heads: a source with two outputs takes two of them. Why is said below.")
    W_E = work.define("W_E", words.stream.write("content"))
    W_U = work.define("W_U", words.unembedding(), meaning="a logit for each word that is an output")
    layer = tuple(a_head(work, words, group, number) for number, group in enumerate(heads, 1))
    model = Transformer((layer,), W_E=W_E, W_U=W_U, vocabulary=words.names, name="The model")
    closed_form(work, model, words, given)
    work.say(
        "Now take every context in which the two words of a trigram stand, with one other word between them or none. "
        "The output is ahead of every other word, for all $\\beta > 0$ and $L > 0$:"
    )
    says = right_words(words, given)
    work.claim(says, of=model, because="what is asked for has more attention than what is not")
    work.experiment(says, of=model, n_ctx=4, beta=[1, 5])
    seen = (BOS, given[0].source, between(given[0], given), given[0].here)
    work.figure(
        PatternFigure.of_model(replace(model, vocabulary=(BOS, *words.letters)), " ".join(seen), {beta: 5, L: 5}),
        f"The pattern of head 1. *{given[0].here}* has found *{given[0].source}*; the others rest on BOS.",
    )


def a_head(work: Work, words: Words, group: Sequence[Trigram], number: int) -> Head:
    """The head of a group of trigrams: a dimension for each source, and one to rest on BOS."""
    stream, sources = words.stream, list(dict.fromkeys(one.source for one in group))
    rest = len(sources)
    asks = {(sources.index(one.source), words.token[one.here].places[0]): 2 for one in group}
    asks |= {(rest, place): 1 for place in stream["content"].places}
    moved = {(words.out[one.output].places[0], sources.index(one.source)): L for one in group}
    found = [words.token[source] for source in sources]
    named = {
        "W_Q": ExactMatrix.from_entries((rest + 1, stream.d_model), asks).labelled(None, stream),
        "W_K": stream.read(*found, words.token[BOS]),
        "W_V": stream.read(*found),
        "W_O": ExactMatrix.from_entries((stream.d_model, rest), moved).labelled(stream, None),
    }
    weights = {
        name: work.define(f"{name}^{number}", matrix.labelled(*axes(name, stream))) for name, matrix in named.items()
    }
    head = Head(**weights, scale=beta, name=f"Head {number}")
    tables(work, words, head, group, number)
    return head


def axes(name: str, stream: Residual) -> tuple[Residual | None, Residual | None]:
    """The labels of a weight of a head: those of the stream, on its side."""
    return (stream, None) if name == "W_O" else (None, stream)


def tables(work: Work, words: Words, head: Head, group: Sequence[Trigram], number: int) -> None:
    """What each word scores on each key that is read, and what each key adds to each output; nothing else is read."""
    stream, sources = words.stream, list(dict.fromkeys(one.source for one in group))
    every, keys = list(words.token), [BOS, *sources]
    asked = {(every.index(one.here), keys.index(one.source)): 2 for one in group}
    asked |= {(row, 0): 1 for row in range(len(every))}
    queries, read = head.W_Q @ stream.write("content"), head.W_K @ stream.write(*(words.token[key] for key in keys))
    work.equal(
        (queries.T @ read).labelled(None, None).named(Scalar(rf"\mathrm{{QK}}^{number}")),
        ExactMatrix.from_entries((len(every), len(keys)), asked).labelled(spelled(every), spelled(keys)),
        because="the score before $\\beta$; row: the word that is there; column: the key",
    )
    moved = {(words.outputs.index(one.output), sources.index(one.source)): L for one in group}
    values = head.W_V @ stream.write(*(words.token[source] for source in sources))
    work.equal(
        ((stream.read("out") @ head.W_O) @ values).labelled(None, None).named(Scalar(rf"\mathrm{{OV}}^{number}")),
        ExactMatrix.from_entries((len(words.outputs), len(sources)), moved).labelled(
            spelled(words.outputs), spelled(sources)
        ),
        because="what a key (column) adds to an output (row)",
    )
    unread = [words.token[word] for word in every if word not in keys]
    for name, reads, others in (
        ("W_K", head.W_K, stream.write(*unread, "out")),
        ("W_V", head.W_V, stream.write(*unread, words.token[BOS], "out")),
    ):
        work.equal(
            (reads @ others).named(Scalar(rf"{name}^{number} e_{{\text{{other}}}}")),
            ExactMatrix.zeros(reads.shape[0], others.shape[1]),
            because="no other direction is read",
        )


def spelled(words: Sequence[str]) -> Axis:
    """Labels for words."""
    return Axis.of_blocks(("", [rf"\text{{{word}}}" for word in words]), strict=False)


def share(copies: Expr | int, n: Expr | int) -> Expr:
    """The attention on all copies of the wanted word, of n keys: BOS, these copies, and others."""
    return copies * exp(2 * beta) / (copies * exp(2 * beta) + exp(beta) + n - copies - 1)


def leak(n: Expr | int) -> Expr:
    """The attention on a word that is not asked for, where the head rests on BOS among n keys."""
    return 1 / (exp(beta) + n - 1)


def between(one: Trigram, given: Sequence[Trigram]) -> str:
    """A word that no head reads."""
    return next((other.output for other in given if other.output != one.output), one.output)


def closed_form(work: Work, model: Transformer, words: Words, given: Sequence[Trigram]) -> None:
    """The attention on a source, its logit after a text, and the scale for a margin."""
    n, c, j = KEYS, COPIES, OTHERS
    work.say(
        "Of $n$ keys let $c$ be copies of the source that is asked for. They score $2 \\beta$, BOS scores $\\beta$, "
        "the others 0. So the attention on the source is"
    )
    p = work.define("p", share(c, n), meaning="where it is asked for")
    work.equal(p, 1 / (1 + (exp(-beta) + (n - c - 1) * exp(-2 * beta)) / c), because="divided by $c e^{2 \\beta}$")
    q = work.define("q", leak(n), meaning="on each copy of a source where nothing is asked for, or nothing is there")
    work.equal(q, exp(-beta) / (1 + (n - 1) * exp(-beta)), because="divided by $e^{\\beta}$")
    text_logits(work, model, words, given)
    y, r, w = exp(-beta), positive("r", "attention off the source, over that on it"), positive("w", "a root")
    work.say(
        "How sharp must it be? With one copy and $j$ keys besides it and BOS, the mass off the source over that on it "
        "is a polynomial in $y = e^{-\\beta}$, which falls as $\\beta$ grows:"
    )
    work.equal((1 - share(1, j + 2)) / share(1, j + 2), y + j * y**2, because="$n = j + 2$, $c = 1$")
    work.say(
        "For a mass of at least $1 - \\epsilon$ it is to be at most $r = \\epsilon / (1 - \\epsilon)$. It is just that "
        "at $y = (w - 1) / 2 j$ with $w = \\sqrt{1 + 4 j r}$, for which $r = (w^2 - 1) / 4 j$:"
    )
    least = work.define("b", -log((w - 1) / (2 * j)), meaning="the least $\\beta$")
    work.comes_to(Scalar("e^{-b}"), exp(-least), (w - 1) / (2 * j), because="this $y$")
    work.equal((y + j * y**2).xreplace({beta: least}), (w**2 - 1) / (4 * j), because="completed to a square")
    work.equal((1 / (1 + r)).xreplace({r: (w**2 - 1) / (4 * j)}), 4 * j / (4 * j + w**2 - 1), because="the mass there")


def text_logits(work: Work, model: Transformer, words: Words, given: Sequence[Trigram]) -> None:
    """What a source adds to its outputs at the words that ask for it, and all logits of a text of all words."""
    letters = "; ".join(f"$\\mathtt{{{letter}}}$ for *{word}*" for word, letter in words.letters.items())
    work.say(
        f"In texts each word is called by a letter, and BOS is a full stop: {letters}. With a word between the two "
        "that no head reads, there are four keys. The output of a trigram has the logit $L p$, and what else the "
        "source may stand for only $L q$, from the head that did not ask:"
    )
    for one in given:
        text = words.text(one.source, between(one, given), one.here)
        logits, n_ctx = model.logits(text), len(text)
        for output in dict.fromkeys(other.output for other in given if other.source == one.source):
            asked = output == one.output
            work.comes_to(
                Scalar(rf"z_{{\text{{{output}}}}}(\mathtt{{{text}}})"),
                logits[words.names.index(words.letters[output]), n_ctx - 1],
                L * (share(1, n_ctx) if asked else leak(n_ctx)),
                because="asked for: $L p$" if asked else "not asked for: $L q$",
            )
    work.say("And every logit of a text of all words, each place by what its word asks for and what has come before:")
    text = words.text(*words.letters)
    table = Computes(text, by_rule(words, grouped(given), (BOS, *words.letters)))
    work.claim(table, of=model, because="each column from the attention as it is said here")
    work.experiment(table, of=model, n_ctx=len(text), beta=[1])


def by_rule(words: Words, heads: Sequence[Sequence[Trigram]], text: Sequence[str]) -> ExactMatrix:
    """The logits of each place of a text, by what the heads are said to attend to and to move."""
    size, total = len(words.names), ExactMatrix.zeros(len(words.names), len(text))
    for group in heads:
        asked = {(one.here, one.source) for one in group}
        moved = {one.source: {words.names.index(words.letters[one.output]): L} for one in group}
        total = total + added(
            size, text, lambda here, word, asked=asked: 2 * ((here, word) in asked) + (word == BOS), moved
        )
    return total


def added(size: int, text: Sequence[str], score: Score, moved: Mapping[str, Raised]) -> ExactMatrix:
    """What a head adds to the logits ``[size, n_ctx]``: at each place the mean of what its keys move."""
    entries: dict[tuple[int, int], Expr] = {}
    for place, here in enumerate(text):
        seen = text[: place + 1]
        weights = [exp(beta * score(here, word)) for word in seen]
        for word, weight in zip(seen, weights, strict=True):
            for row, value in moved.get(word, {}).items():
                entries[row, place] = entries.get((row, place), Integer(0)) + value * weight / sum(weights)
    return ExactMatrix.from_entries((size, len(text)), entries)


def right_words(words: Words, given: Sequence[Trigram]) -> Predicts:
    """The output after the two words of a trigram, with at most one between them that stands for nothing else."""
    outputs = {(one.source, one.here): one.output for one in given}

    def contexts() -> Iterator[Answer]:
        for one in given:
            for more in ((), *((word,) for word in words.letters)):
                if all(outputs.get((word, one.here), one.output) == one.output for word in more):
                    yield Answer(words.text(one.source, *more, one.here), words.letters[one.output])

    answers = tuple(contexts())
    return Predicts(answers, f"{len(answers)} contexts of the two words of a trigram")


# -- the theorem ------------------------------------------------------------------------------------------------------


def theorem(work: Work) -> None:
    """What a source raises is a column of the OV circuit times one positive number, whatever the present word is."""
    stream, names = Residual(x=2), ("A", "B", "C", "D", "E")
    work.say(
        "Let one head do $A \\ldots B \\to C$ and $A \\ldots D \\to E$. Take any weights at all, here for five words "
        "and a stream of two dimensions, and any attention. In two texts that begin with $A$ and end with $B$ and with "
        "$D$, whatever stands between, look at what is added to the logits of $C$ and $E$ for each unit of attention "
        "from the last word on $A$. It is a column of $W_U W_{\\mathrm{OV}} W_E$, and the same in both:"
    )
    W_E, W_U = any_matrix("e", 2, 5).labelled(stream, None), any_matrix("u", 5, 2).labelled(None, stream)
    head = Head(**any_weights(stream, 1))
    model = Transformer(((head,),), W_E=W_E, W_U=W_U, vocabulary=names)
    patterns, texts = [any_pattern(letter, 3) for letter in "ab"], ("ACB", "AED")
    logits = [model.logits(text, {(0, 0): A}) for text, A in zip(texts, patterns, strict=True)]
    OV = (W_U @ head.W_O) @ (head.W_V @ W_E)
    column = column_of([OV[row, 0] for row in (2, 4)]).named(Scalar(r"[W_U W_{\mathrm{OV}} W_E]_{CE,\,A}"))
    for text, z, A in zip(texts, logits, patterns, strict=True):
        slope = Scalar(rf"\partial z_{{CE}} / \partial A_{{{text[-1]}A}}")
        work.equal(
            column_of([diff(z[row, 2], A[2, 0]) for row in (2, 4)]).named(slope),
            column,
            because=f"for each entry of each weight, after ${text[0]}\\,{text[1]}\\,{text[2]}$",
        )
    work.say(
        "The present word decides by its query how much attention there is, and not on what it is spent. Call the "
        "attention $a_B$ and $a_D$, and the entries of the column $o_C$ and $o_E$. As weights of a softmax $a_B$ and "
        "$a_D$ are positive, however small. So what $A$ adds is a table of rank one:"
    )
    a = [positive(f"a_{name}", f"attention of {name} on A", f"a_{{{name}}}") for name in "BD"]
    o = [real(f"o_{name}", f"what A adds to {name}", f"o_{{{name}}}") for name in "CE"]
    R = work.define("R", column_of(a) @ row_of(o), meaning="rows: at $B$ and at $D$; columns: to $C$ and to $E$")
    work.comes_to(Scalar(r"\det R"), R.determinant(), 0, because="one row is a multiple of the other")
    x, y = positive("x", "what C is raised by at B"), positive("y", "what E is raised by at D")
    work.say("Let the wanted trigrams be raised by $x > 0$ and $y > 0$. Then the crossed ones are raised too:")
    work.equal(
        R.substitute({o[0]: x / a[0], o[1]: y / a[1]}).named(Name("R")),
        ExactMatrix.from_rows([[x, y * a[0] / a[1]], [x * a[1] / a[0], y]]),
        because="each in the ratio of the attention",
        given="$o_C = x / a_B$, $o_E = y / a_D$",
    )
    work.at_least(y * a[0] / a[1], 0, because="$A \\ldots B \\to E$, strictly")
    work.at_least(x * a[1] / a[0], 0, because="$A \\ldots D \\to C$, strictly")
    work.say(
        "So a head that raises $C$ for $A \\ldots B$ and $E$ for $A \\ldots D$ *must raise $E$ for $A \\ldots B$ and "
        "$C$ for $A \\ldots D$ too*, and their product is that of the wanted two. Nor does it ever prefer $C$ to $E$ "
        "at $B$ and $E$ to $C$ at $D$, by what it takes from $A$:"
    )
    first, second = R[0, 0] - R[0, 1], R[1, 0] - R[1, 1]
    work.equal(first * second, a[0] * a[1] * (o[0] - o[1]) ** 2, because="both have the sign of $o_C - o_E$")
    work.at_least(first * second, 0, because="a square and two positive numbers")
    work.say("With positions nothing changes where $A$ stands at the same place: its place is added to its column.")


def counting(work: Work) -> None:
    """As many heads as the rank of the table of destinations by outputs."""
    size, heads = 3, 2
    work.say(
        "With $H$ heads what $A$ adds is a sum of $H$ such tables, $a \\, o$, where $a$ has a column for each head and "
        "$o$ a row. For more than $H$ words both can be filled up with zeros until they are square, and the product is "
        "the same. But a square matrix with a column of zeros has the determinant zero, and so has every product with "
        "it. This is so for any number of heads; here for two of them, of any weights, and three words:"
    )
    a, o = any_matrix("a", size, heads), any_matrix("o", heads, size)
    wide, tall = beside(a, ExactMatrix.zeros(size, size - heads)), below(o, ExactMatrix.zeros(size - heads, size))
    work.equal(
        (wide @ tall).named(Scalar(r"[a \;\, 0] \begin{bmatrix} o \\ 0 \end{bmatrix}")),
        (a @ o).named(Scalar(r"a \, o")),
        because="zeros times zeros add nothing",
    )
    work.comes_to(Scalar(r"\det [a \;\, 0]"), wide.determinant(), 0, because="a column of zeros")
    work.comes_to(Scalar(r"\det(a \, o)"), (a @ o).determinant(), 0, because="one factor is zero; for all entries")
    work.say(
        "Let three present words each ask for an output of their own, which no other may raise. That is a diagonal:"
    )
    x = [positive(f"x_{i}", f"what output {i} is raised by", f"x_{{{i}}}") for i in range(size)]
    wanted = work.define("X", ExactMatrix.from_entries((size, size), {(i, i): x[i] for i in range(size)}))
    work.comes_to(Scalar(r"\det X"), wanted.determinant(), x[0] * x[1] * x[2], because="not zero")
    work.say(
        "So two heads cannot do it. In the same way, for $k$ present words with $k$ outputs of their own a source "
        "takes $k$ heads, if nothing but the source writes; and $k$ are enough, as above, but for the little $L q$."
    )


def smallest(work: Work) -> None:
    """One head of one dimension: a tie, and how the direct path breaks it."""
    names = {"k": "keep", "i": "in", "a": "at", "m": "mind", "b": "bay"}
    stream = Residual(has=(r"\text{keep}", r"\text{asks}"), out=(r"\to\text{mind}", r"\to\text{bay}"))
    keep, asks = stream["has"][0].places[0], stream["has"][1].places[0]
    mind, bay = stream["out"].places
    d = positive("d", "what the direct path adds")
    work.suggest({d: 1})
    work.say(
        "Five different words are the fewest, and one dimension is the least that a head can have. Here *in* and *at* "
        "both ask for *keep*, and *keep* raises *mind* and *bay*. The direct path adds $d$ where it can tell the two: "
        "*in* raises *mind*, *at* raises *bay*."
    )
    columns = {(keep, 0): 1, (asks, 1): 1, (asks, 2): 1, (mind, 1): d, (bay, 2): d}
    W_E = work.define("W_E^s", ExactMatrix.from_entries((4, 5), columns).labelled(stream, None))
    rows = {(3, mind): 1, (4, bay): 1}
    W_U = work.define("W_U^s", ExactMatrix.from_entries((5, 4), rows).labelled(None, stream))
    head = Head(
        W_Q=work.define("W_Q^s", stream.read(stream["has"][1])),
        W_K=work.define("W_K^s", stream.read(stream["has"][0])),
        W_V=work.define("W_V^s", stream.read(stream["has"][0])),
        W_O=work.define("W_O^s", ExactMatrix.from_entries((4, 1), {(mind, 0): L, (bay, 0): L}).labelled(stream, None)),
        scale=beta,
    )
    model = Transformer(((head,),), W_E=W_E, W_U=W_U, vocabulary=tuple(names), name="The small model")
    p = exp(beta) / (exp(beta) + 1)
    for text, own in (("ki", 3), ("ka", 4)):
        table = {(own, 1): L * p + d, (7 - own, 1): L * p, (3, 0): L, (4, 0): L}
        computes = Computes(text, ExactMatrix.from_entries((5, 2), table))
        work.claim(computes, of=model, because="both words by $L e^{\\beta} / (e^{\\beta} + 1)$, its own by $d$ more")
        work.experiment(computes, of=model, n_ctx=2, beta=[1])
        found = model.logits(text)
        gap = Scalar(rf"z_{{\text{{{names['mb'[own - 3]]}}}}} - z_{{\text{{{names['mb'[4 - own]]}}}}}")
        work.comes_to(
            gap, found[own, 1] - found[7 - own, 1], d, because=f"after $\\mathtt{{{text}}}$: nothing from the head"
        )
    work.say(
        "Without the direct path, $d = 0$, they tie, and neither can be said. With it the right word is ahead; that is "
        "the cheapest trick. But the other one is still raised, by as much as ever, above all words that have nothing "
        "to do with it; and *in* says *mind* without any *keep*."
    )
    says = Predicts((Answer("ki", "m"), Answer("ka", "b")), "2 contexts")
    work.claim(says, of=model, because="by the direct path alone")
    work.experiment(says, of=model, n_ctx=2, beta=[1, 5])


def taking_back(work: Work) -> None:
    """One head for both trigrams: what the present word wrote to itself is taken away by attending to the source."""
    names = ("keep", "in", "at", "mind", "bay")
    known, said = (tuple(rf"\text{{{name}}}" for name in part) for part in (names[:3], names[3:]))
    stream = Residual(content=known, out=tuple(rf"\to{name}" for name in said))
    content, (mind, bay) = stream["content"].places, stream["out"].places
    work.say(
        "The theorem speaks of what $A$ adds. What $A$ *replaces* may differ: attention that goes to $A$ is taken from "
        "others. Let *in* rest on itself and raise *bay* there, *at* on itself and raise *mind*, and let the direct "
        "path take both away again:"
    )
    embedding = {(place, column): 1 for column, place in enumerate(content)} | {(bay, 1): -L, (mind, 2): -L}
    W_E = work.define("W_E^t", ExactMatrix.from_entries((5, 5), embedding).labelled(stream, None))
    W_U = work.define("W_U^t", ExactMatrix.from_entries((5, 5), {(3, mind): 1, (4, bay): 1}).labelled(None, stream))
    asks = {(0, content[1]): 2, (0, content[2]): 2, (1, content[1]): 1, (2, content[2]): 1}
    moved = {(mind, 0): L, (bay, 0): L, (bay, 1): L, (mind, 2): L}
    head = Head(
        W_Q=work.define("W_Q^t", ExactMatrix.from_entries((3, 5), asks).labelled(None, stream)),
        W_K=work.define("W_K^t", stream.read("content")),
        W_V=work.define("W_V^t", stream.read("content")),
        W_O=work.define("W_O^t", ExactMatrix.from_entries((5, 3), moved).labelled(stream, None)),
        scale=beta,
    )
    model = Transformer(((head,),), W_E=W_E, W_U=W_U, vocabulary=tuple("kiamb"), name="The model of one head")
    a = work.define(
        "a", exp(2 * beta) / (exp(2 * beta) + exp(beta)), meaning="on *keep*; the rest is on the word itself"
    )
    work.equal(a, 1 / (1 + exp(-beta)), because="divided by $e^{2 \\beta}$")
    for text, (first, second), word in (("ki", (3, 4), "in"), ("ka", (4, 3), "at")):
        found = model.logits(text)
        for row, value, because in (
            (first, L * a, "from *keep*"),
            (second, 0, f"$L a$ from *keep*, $L (1 - a)$ from *{word}* itself, $-L$ from the direct path"),
        ):
            name = Scalar(rf"z_{{\text{{{names[row]}}}}}(\mathtt{{{text}}})")
            work.comes_to(name, found[row, 1], value, because=because)
    work.say(
        "So with one head *keep* raises *mind* at *in*, and *bay* at *at*, and nothing else, at every $\\beta$. That "
        "does not break the theorem: from *keep* itself come $L a$ to both. Without *keep* nothing is raised: "
        "what *in* writes to itself is what the direct path takes, and a key that moves nothing only takes some away:"
    )
    found = model.logits("mi")
    work.comes_to(Scalar(r"z_{\text{mind}}(\mathtt{mi})"), found[3, 1], 0, because="no *keep*")
    value = -L / (exp(beta) + 1)
    work.comes_to(Scalar(r"z_{\text{bay}}(\mathtt{mi})"), found[4, 1], value, because="what *in* does not get back")
    for text in ("mkki", "bkia"):
        table = Computes(text, taken_back(text))
        work.claim(table, of=model)
        work.experiment(table, of=model, n_ctx=4, beta=[1])
    answers = tuple(
        Answer(before + here, says)
        for here, says in (("i", "m"), ("a", "b"))
        for before in ("k", *(f"k{x}" for x in "kiamb"), *(f"{x}k" for x in "iamb"))
    )
    says = Predicts(answers, f"{len(answers)} contexts of keep, at most one other word, and in or at")
    work.claim(says, of=model, because="one head, and the direct path")
    work.experiment(says, of=model, n_ctx=3, beta=[1, 5])
    work.figure(
        PatternFigure.of_model(replace(model, vocabulary=names), "mind in keep bay at in", {beta: 3, L: 5}),
        "*in* attends to itself where there was no *keep*, and to *keep* where there was one.",
    )


def taken_back(text: str) -> ExactMatrix:
    """The logits of the model that takes back, by what it is said to do."""
    moved = {"k": {3: L, 4: L}, "i": {4: L}, "a": {3: L}}

    def score(here: str, word: str) -> int:
        return 0 if here not in "ia" else 2 * (word == "k") + (word == here)

    taken = {(4 if here == "i" else 3, place): -L for place, here in enumerate(text) if here in "ia"}
    return added(5, text, score, moved) + ExactMatrix.from_entries((5, len(text)), taken)
