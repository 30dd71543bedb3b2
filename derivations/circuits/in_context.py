"""Copying in context: one head that raises words seen before, where they may come next."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product
from string import ascii_letters

from sympy import Expr, Integer, exp

from symcircuits import Head, Residual, Transformer, Work, derivation
from symcircuits.algebra import ExactMatrix
from symcircuits.behaviours import Answer, Computes, Predicts
from symcircuits.circuit.scores import copying_score
from symcircuits.symbols import beta, natural, positive
from symcircuits.typeset.axes import Axis
from symcircuits.typeset.formulas import Name, Product, Scalar
from symcircuits.worked import PatternFigure

BOS, BEGIN = "BOS", "."
BIGRAM, COPY = positive("d", "the logit of a bigram"), positive("c", "what a copied word gains")
REST = exp(beta / 2)


class Grammar:
    """Words in classes: a word may come after one of the class before its own; the first class also after BOS."""

    def __init__(self, classes: Sequence[Sequence[str]]) -> None:
        self.classes = classes
        self.words = [word for one in classes for word in one]
        self.letters = [BEGIN, *(word[0] for word in self.words)]
        self.kind = {word[0]: number for number, one in enumerate(classes) for word in one}

    def asked(self, here: str) -> int:
        """The class that may come after a letter."""
        return 0 if here == BEGIN else (self.kind[here] + 1) % len(self.classes)

    def may_follow(self, here: str, letter: str) -> bool:
        """Whether a letter may come after another."""
        return letter != BEGIN and self.kind[letter] == self.asked(here)

    def axis(self) -> Axis:
        """Labels for BOS and the words."""
        return Axis.of_blocks(("", [rf"\text{{{word}}}" for word in (BOS, *self.words)]), strict=False)

    def table(self, value: Expr | int) -> ExactMatrix:
        """``value`` where a word (row) may come after another (column)."""
        places = range(len(self.letters))
        may = {(row, at): value for at in places for row in places if self.may_follow(*self._pair(at, row))}
        return ExactMatrix.from_entries((len(self.letters),) * 2, may)

    def _pair(self, here: int, letter: int) -> tuple[str, str]:
        return self.letters[here], self.letters[letter]


@derivation("circuits/in_context", title="Copying in context: words seen before, where they may come")
def in_context(work: Work, classes: str = "The His; fly; on to") -> None:
    grammar = read_classes(work, classes)
    work.problem(
        "A head of one layer that copies whatever it sees would raise words that cannot come next. Write down one that "
        "copies a word only where the bigrams of the model let it come. By how much does a text then change what the "
        "model says, from what has come before in it? Which knowledge lies in which circuit, and what is it without "
        "one of them?"
    )
    work.suggest({COPY: 4, BIGRAM: 2})
    work.section("What may come, and what has come")
    model = by_hand(work, grammar)
    work.section("What a text adds")
    added = what_is_added(work)
    work.section("Without the one or the other")
    without(work, model, grammar, added)
    work.section("On texts")
    on_texts(work, model, grammar)


def read_classes(work: Work, text: str) -> Grammar:
    """Classes of words with semicolons between."""
    classes = [part.split() for part in text.split(";")]
    words = [word for one in classes for word in one]
    odd = [word for word in words if not set(word) <= set(ascii_letters)]
    work.require(not odd, f"expected words of letters a to z, got {odd[:1]}")
    work.require(3 <= len(classes) <= 4, f"expected 3 or 4 classes with semicolons between, got {len(classes)}")
    work.require(all(classes), "expected at least one word in each class, got none in one")
    work.require(len(words) <= 6, f"expected at most 6 words, got {len(words)}")
    work.require(len({word[0] for word in words}) == len(words), "expected words that begin with different letters")
    work.require(max(map(len, classes)) > 1, "expected a class of two words, between which a text may decide")
    return Grammar(classes)


def by_hand(work: Work, grammar: Grammar) -> Transformer:
    """The model, and the three tables that it is."""
    told = "; ".join(", ".join(f"*{word}*" for word in one) for one in grammar.classes)
    names = tuple(rf"\text{{{word}}}" for word in (BOS, *grammar.words))
    stream = Residual(content=names, out=tuple(rf"\to{name}" for name in names[1:]))
    work.say(
        f"Let there be {len(grammar.classes)} classes of words: {told}. Each class comes after the one before it, and "
        "the first after the last, and after BOS, which begins every text. A token writes what it is, and raises by "
        "$d$, on the direct path, every word that may come next: that is a bigram model. Logits are read from the "
        "directions marked $\\to$."
    )
    bigrams, out = grammar.table(BIGRAM), stream["out"].places
    said = ExactMatrix.from_entries((len(names), stream.d_model), {(at, place): 1 for at, place in enumerate(out, 1)})
    W_E = work.define("W_E", stream.write("content") + (said.T @ bigrams).labelled(stream, None))
    W_U = work.define("W_U", said.labelled(None, stream), meaning="a logit for each word")
    work.say(
        "The head knows the bigrams, too, and uses them the other way round. A query asks for the *class* that may "
        "come next, and a key tells its own. BOS tells half of each, so that every query may rest on it where it finds "
        "nothing better; of BOS nothing is moved. Of a word it is the word itself that is raised, by $c$:"
    )
    content, size = stream["content"].places, len(grammar.classes)
    asks = {(grammar.asked(letter), content[at]): Integer(1) for at, letter in enumerate(grammar.letters)}
    tells = {(grammar.kind[letter], content[at]): 1 for at, letter in enumerate(grammar.letters) if letter != BEGIN}
    tells |= {(number, content[0]): Integer(1) / 2 for number in range(size)}
    shape, words = (size, stream.d_model), stream["content"][1:]
    W_Q = work.define("W_Q", ExactMatrix.from_entries(shape, asks).labelled(None, stream))
    W_K = work.define("W_K", ExactMatrix.from_entries(shape, tells).labelled(None, stream))
    W_V, W_O = work.define("W_V", stream.read(words)), work.define("W_O", stream.write("out") * COPY)
    head = Head(W_Q, W_K, W_V, W_O, scale=beta, name="The head")
    work.say("Between words these are three tables, and they are all that the model knows:")
    axis, plain = grammar.axis(), grammar.table(1)
    work.equal(
        (W_U @ W_E).labelled(None, None).named(Product((Name("W_U"), Name("W_E")))),
        bigrams.labelled(axis, axis),
        because="what may come: row the next word, column the present one",
    )
    rest = ExactMatrix.from_entries(plain.shape, {(at, 0): Integer(1) / 2 for at in range(plain.shape[0])})
    QK = ((W_Q @ W_E).T @ (W_K @ W_E)).labelled(None, None)
    work.equal(
        QK.named(Name(r"\mathrm{QK}_{\mathrm{full}}")),
        (plain.T + rest).labelled(axis, axis),
        because="what is looked for: row the present word, column the key",
    )
    OV = ((W_U @ W_O) @ (W_V @ W_E)).labelled(None, None)
    copied = {(at, at): COPY for at in range(1, len(names))}
    work.equal(
        OV.named(Name(r"\mathrm{OV}_{\mathrm{full}}")),
        ExactMatrix.from_entries(plain.shape, copied).labelled(axis, axis),
        because="what is raised: every word itself",
    )
    work.comes_to(
        Scalar(r"\mathrm{copying}(\mathrm{OV}_{\mathrm{full}})"),
        copying_score(OV),
        1,
        because="no eigenvalue but $c$, and 0 for BOS",
    )
    work.rank(QK.named(Name(r"\mathrm{QK}_{\mathrm{full}}")), size, because="one for each class")
    work.say(
        "So the values copy, whatever it is; where that makes sense is decided by queries and keys alone. They need no "
        "dimension for each word, but one for each class."
    )
    return Transformer(((head,),), W_E=W_E, W_U=W_U, vocabulary=tuple(grammar.letters), name="The model")


def what_is_added(work: Work) -> tuple[Expr, Expr]:
    """The attention on a word that may come and on one that may not, and the odds; returns both."""
    m, k, M, r = (natural(name) for name in "mkMr")
    work.say(
        "Among the keys that a query sees let there be BOS, $M$ words that may come next, each copy counted, and $r$ "
        "others, the present word among them. A word that may come and of which there are $m$ copies gets, together,"
    )
    total = M * exp(beta) + REST + r
    mine = work.define("a", m * exp(beta) / total, meaning="may come, and has come $m$ times")
    others = work.define("b", k / total, meaning="may not come, and has come $k$ times")
    work.equal(
        mine,
        m / M / (1 + (exp(-beta / 2) + r * exp(-beta)) / M),
        because="divided by $M e^{\\beta}$: its share of the words that may come, when the head is sharp",
    )
    work.say(
        "Their logits are $d + c\\,a$ and $c\\,b$. Two words that may both come tie by the bigrams. If one has $m$ "
        "copies and the other $j$ fewer, it is ahead by"
    )
    j = natural("j", "by how many copies one is ahead")
    fewer = mine.xreplace({m: m - j})
    gain = COPY * j * exp(beta) / total
    work.comes_to(
        Scalar(r"(d + c \, a_{m}) - (d + c \, a_{m-j})"),
        (BIGRAM + COPY * mine) - (BIGRAM + COPY * fewer),
        gain,
        because="the bigrams cancel; their odds are $e$ to this",
    )
    work.at_least(gain, 0, because="so the one that has come more often is ahead, strictly")
    work.say("And over a word that may not come, whatever has come, a word that may is ahead by")
    ahead = BIGRAM + COPY * (m * exp(beta) - k) / total
    work.comes_to(
        Scalar(r"(d + c \, a) - c \, b"), BIGRAM + COPY * mine - COPY * others, ahead, because="over one denominator"
    )
    work.say("which is more than nothing where it has come no less often, $k \\le m$, since $e^{\\beta} > 1$:")
    work.at_least(ahead.xreplace({k: m}), BIGRAM, because="strictly", given="$k = m$, the most that is allowed")
    work.say(
        "That is learning in context, of the simplest kind: weights are as they were, and the text itself shifts the "
        "odds. Where nothing that may come has come, the head is to stay out of it, and what does not rest on BOS is"
    )
    less = r * exp(-beta / 2) / (1 + r * exp(-beta / 2))
    work.equal(1 - REST / (REST + r), less, because="less and less as $\\beta$ grows", given="$M = 0$")
    return mine, others


def without(work: Work, model: Transformer, grammar: Grammar, added: tuple[Expr, Expr]) -> None:
    """The bigrams alone tie; copying alone raises all that was seen."""
    (mine, others), (m, k, M, r) = added, (natural(name) for name in "mkMr")
    here, (one, other) = choice(grammar)
    places = [grammar.letters.index(letter) for letter in (one, other)]
    said = [spelled(grammar, letter) for letter in (one, other, here)]
    work.say(f"Without the head, *{said[0]}* and *{said[1]}* tie after *{said[2]}*, in every text:")
    direct = replace(model, layers=()).logits(here)
    work.comes_to(
        Scalar(rf"d_{{\text{{{said[0]}}}}} - d_{{\text{{{said[1]}}}}}"),
        direct[places[0], 0] - direct[places[1], 0],
        0,
        because=f"both may come after *{said[2]}*",
    )
    work.say(
        "And without what the queries know, at $\\beta = 0$, the head weighs all keys alike. It raises each word as "
        "often as it has come, may it come next or not: a bag of words."
    )
    alike = {beta: Integer(0)}
    work.comes_to(
        Scalar("a"), mine.xreplace(alike), m / (M + 1 + r), because="its part of all keys", given="$\\beta=0$"
    )
    work.comes_to(Scalar("b"), others.xreplace(alike), k / (M + 1 + r), because="just so", given="$\\beta = 0$")


def spelled(grammar: Grammar, letter: str) -> str:
    """The word of a letter."""
    return grammar.words[grammar.letters.index(letter) - 1]


def choice(grammar: Grammar) -> tuple[str, tuple[str, str]]:
    """A word after which two may come, and the two."""
    number = max(range(len(grammar.classes)), key=lambda number: (len(grammar.classes[number]) > 1, number))
    first, second = grammar.classes[number][:2]
    return grammar.classes[number - 1][0][0], (first[0], second[0])


def on_texts(work: Work, model: Transformer, grammar: Grammar) -> None:
    """All logits of a text, and the right word after every short context in which one is to be preferred."""
    letters = "; ".join(f"$\\mathtt{{{word[0]}}}$ for *{word}*" for word in grammar.words)
    here, (one, other) = choice(grammar)
    before = grammar.classes[grammar.kind[here] - 1][-1][0]
    text = BEGIN + here + one + before + here
    work.say(
        f"In texts each word is called by its first letter, and BOS is a full stop: {letters}. In "
        f"$\\mathtt{{{text}}}$ the last word is *{spelled(grammar, here)}* again, and what came after it before is "
        "ahead:"
    )
    found, last = model.logits(text), len(text) - 1
    told = {
        one: (BIGRAM + COPY * exp(beta) / (exp(beta) + REST + 3), "may come, and has come"),
        other: (BIGRAM, "may come"),
        before: (COPY / (exp(beta) + REST + 3), "has come"),
    }
    for letter, (value, because) in told.items():
        name = Scalar(rf"z_{{\text{{{spelled(grammar, letter)}}}}}")
        work.comes_to(name, found[grammar.letters.index(letter), last], value, because=because)
    rounds = max(map(len, grammar.classes))
    every = BEGIN + "".join(one[turn % len(one)][0] for turn in range(rounds + 1) for one in grammar.classes)
    work.say("And so every logit at each place of a text in which every word stands:")
    table = Computes(every, by_rule(grammar, every))
    work.claim(table, of=model, because="bigrams, and the attention on each word")
    work.experiment(table, of=model, n_ctx=len(every), beta=[1])
    work.say(
        "Now take every context of BOS and up to three words in which one of the words that may come has come more "
        "often than the others that may, and no less often than any word. It is said next, for all $\\beta$, $c$ and "
        "$d$ above zero:"
    )
    answers = tuple(preferred(grammar))
    says = Predicts(answers, f"{len(answers)} contexts in which one word is to be preferred")
    work.claim(says, of=model)
    work.experiment(says, of=model, n_ctx=4, beta=[1, 5])
    named = replace(model, vocabulary=(BOS, *grammar.words))
    words = " ".join((BOS, *(spelled(grammar, letter) for letter in text[1:])))
    work.figure(
        PatternFigure.of_model(named, words, {beta: 5, COPY: 4, BIGRAM: 2}),
        f"The pattern. The second *{spelled(grammar, here)}* finds *{spelled(grammar, one)}*, which may come next; "
        "what finds nothing rests on BOS.",
    )


def by_rule(grammar: Grammar, text: str) -> ExactMatrix:
    """The logits of each place of a text, by what the model is said to know."""
    entries: dict[tuple[int, int], Expr] = {}
    for place, here in enumerate(text):
        seen = text[: place + 1]
        weights = [REST if key == BEGIN else exp(beta) if grammar.may_follow(here, key) else Integer(1) for key in seen]
        for row, letter in enumerate(grammar.letters[1:], 1):
            copied = sum((weight for key, weight in zip(seen, weights, strict=True) if key == letter), Integer(0))
            entries[row, place] = BIGRAM * int(grammar.may_follow(here, letter)) + COPY * copied / sum(weights)
    return ExactMatrix.from_entries((len(grammar.letters), len(text)), entries)


def preferred(grammar: Grammar) -> Iterator[Answer]:
    """The contexts in which one word that may come has come most often."""
    for length in (2, 3):
        for chosen in product(grammar.letters[1:], repeat=length):
            count = {letter: chosen.count(letter) for letter in grammar.letters[1:]}
            may = sorted((count[x] for x in count if grammar.may_follow(chosen[-1], x)), reverse=True)
            most = max(count, key=lambda x: (grammar.may_follow(chosen[-1], x), count[x]))
            if count[most] > max(may[1:], default=0) and count[most] == max(count.values()):
                yield Answer(BEGIN + "".join(chosen), most)
